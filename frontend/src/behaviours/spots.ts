import { t } from "../i18n";

type Spot = { lon: number; lat: number };

let used: Element | null = null;

/** The forms that ask where something is: the map's spot and a place from a list go into the one in hand. */
export function tieSpots(): void {
  document.addEventListener("focusin", (event) => {
    used = (event.target as Element).closest("form[data-pick-spot]") ?? used;
  });
  document.addEventListener("input", forget);
}

/** The form that a spot is meant for now: of those to be seen the one used last, else the last. */
export function spotForm(): HTMLFormElement | null {
  const seen = [...document.querySelectorAll<HTMLFormElement>("form[data-pick-spot]")].filter(visible);
  return seen.find((form) => form === used) ?? seen.at(-1) ?? null;
}

function visible(element: Element): boolean {
  return element.getClientRects().length > 0;
}

/** Put a spot into the form and say so; with a label the words follow it. */
export function fillSpot(form: HTMLFormElement, { lon, lat }: Spot, label?: string): void {
  set(form, "lon", String(lon));
  set(form, "lat", String(lat));
  if (label) set(form, "place", label);
  else form.dataset["pinned"] = "map";
  tell(form, label ? t("Place chosen: %(label)s", { label }) : t("Spot on the map: %(lon)s, %(lat)s", { lon: lon.toFixed(5), lat: lat.toFixed(5) }));
  field(form, "place")?.dispatchEvent(new CustomEvent("tx:spot", { bubbles: true, detail: { lon, lat } }));
}

function field(form: HTMLFormElement, name: string): HTMLInputElement | null {
  return form.querySelector<HTMLInputElement>(`[name="${name}"]`);
}

function set(form: HTMLFormElement, name: string, value: string): void {
  const input = field(form, name);
  if (input) input.value = value;
}

function tell(form: HTMLFormElement, words: string): void {
  const told = form.querySelector("[data-spot-told]");
  if (told) told.textContent = words;
}

/** Other words mean another place: the spot of the old ones goes, unless it is the pin on the map. */
function forget(event: Event): void {
  const input = event.target as HTMLInputElement;
  const form = input.closest?.<HTMLFormElement>("form[data-pick-spot]");
  if (!form || input.name !== "place" || form.dataset["pinned"]) return;
  set(form, "lon", "");
  set(form, "lat", "");
  tell(form, "");
}
