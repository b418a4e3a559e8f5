/** The strip for a new call without a mouse: Enter goes from the place to the kind, from there to the words, and sends. */
export function tieNewCall(): void {
  document.addEventListener("keydown", onKey);
  document.addEventListener("input", onInput);
}

const SUGGESTIONS = "#duplicates [data-set-spot]";

function onKey(event: KeyboardEvent): void {
  const field = event.target as HTMLElement;
  const form = field.closest?.<HTMLFormElement>("#new-call");
  if (!form || event.isComposing) return;
  const done = field.closest(SUGGESTIONS) ? amongPlaces(event.key, field, form) : inField(event, field, form);
  if (done) event.preventDefault();
}

function inField(event: KeyboardEvent, field: HTMLElement, form: HTMLFormElement): boolean {
  const name = (field as HTMLInputElement).name;
  if (name === "place") return inPlace(event.key, form);
  if (name === "kind") return inKind(event.key, form);
  if (name === "what" && event.key === "Enter" && !event.shiftKey) return send(form);
  return false;
}

function inPlace(key: string, form: HTMLFormElement): boolean {
  const first = document.querySelector<HTMLElement>(SUGGESTIONS);
  if (key === "ArrowDown" && first) return focused(first);
  if (key !== "Enter") return false;
  // Without a list, or before it came, the server takes the best match for the words.
  if (first) first.click();
  return focused(form.querySelector<HTMLElement>('[name="kind"]:checked, [name="kind"]'));
}

function amongPlaces(key: string, at: HTMLElement, form: HTMLFormElement): boolean {
  const all = [...document.querySelectorAll<HTMLElement>(SUGGESTIONS)];
  const here = all.indexOf(at);
  if (key === "ArrowDown") return focused(all[Math.min(here + 1, all.length - 1)]);
  if (key === "ArrowUp") return focused(here > 0 ? all[here - 1] : form.querySelector<HTMLElement>('[name="place"]'));
  return false;
}

function inKind(key: string, form: HTMLFormElement): boolean {
  const chosen = /^\d$/.test(key) ? form.querySelectorAll<HTMLInputElement>('[name="kind"]')[(Number(key) + 9) % 10] : undefined;
  if (chosen) chosen.checked = true;
  if (!chosen && key !== "Enter") return false;
  return focused(form.querySelector<HTMLElement>('[name="what"]'));
}

function send(form: HTMLFormElement): boolean {
  form.requestSubmit();
  return true;
}

function focused(element: HTMLElement | null | undefined): boolean {
  element?.focus();
  return true;
}

/** Other words mean another place: the spot of the old ones goes, unless it is the pin on the map. */
function onInput(event: Event): void {
  const field = event.target as HTMLInputElement;
  const form = field.closest?.<HTMLFormElement>("#new-call");
  if (!form || field.name !== "place" || form.dataset["pinned"]) return;
  for (const name of ["lon", "lat"]) form.querySelector<HTMLInputElement>(`[name="${name}"]`)!.value = "";
}
