import type { TxMap } from "../components/map/map";
import { t } from "../i18n";

/**
 * The strip for a new call without a mouse: Enter leads from the place to the kind, the number, the words,
 * and sends; Ctrl+Enter sends from anywhere. Put by, it stays in the page as it is, and nowhere else: the
 * words of residents are not stored. Only taking it in and "Empty it" empty it.
 */
export function tieNewCall(): void {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  document.addEventListener("htmx:beforeRequest", takeUp as EventListener);
  document.addEventListener("htmx:afterSwap", tellDraft);
}

const SUGGESTIONS = "[data-set-spot]";

function onKey(event: KeyboardEvent): void {
  const field = event.target as HTMLElement;
  const form = field.closest?.<HTMLFormElement>("form[data-pick-spot]");
  if (!form || event.isComposing) return;
  const done = field.closest(SUGGESTIONS) ? amongPlaces(event.key, field, form) : inField(event, field, form);
  if (done) event.preventDefault();
}

function inField(event: KeyboardEvent, field: HTMLElement, form: HTMLFormElement): boolean {
  const { name } = field as HTMLInputElement;
  if (event.key === "Enter" && event.ctrlKey) return send(form);
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (name === "place") return inPlace(event.key, form);
  if (name === "kind") return inKind(event.key, form);
  if (name === "contact_phone" && event.key === "Enter") return focused(form.querySelector<HTMLElement>('[name="what"]'));
  if (name === "what" && event.key === "Enter" && !event.shiftKey) return send(form);
  return false;
}

function inPlace(key: string, form: HTMLFormElement): boolean {
  const first = form.querySelector<HTMLElement>(SUGGESTIONS);
  if (key === "ArrowDown" && first) return focused(first);
  if (key !== "Enter") return false;
  // Without a list, or before it came, the server takes the best match for the words.
  if (first && !form.querySelector<HTMLInputElement>('[name="lon"]')?.value) first.click();
  return focused(afterPlace(form));
}

/** Where one goes on when the place is known: to the kind, or to the button. */
export function afterPlace(form: HTMLFormElement): HTMLElement | null {
  return form.querySelector<HTMLElement>('[name="kind"]:checked') ?? form.querySelector<HTMLElement>('[name="kind"], [type="submit"]');
}

function amongPlaces(key: string, at: HTMLElement, form: HTMLFormElement): boolean {
  const all = [...form.querySelectorAll<HTMLElement>(SUGGESTIONS)];
  const here = all.indexOf(at);
  if (key === "ArrowDown") return focused(all[Math.min(here + 1, all.length - 1)]);
  if (key === "ArrowUp") return focused(here > 0 ? all[here - 1] : form.querySelector<HTMLElement>('[name="place"]'));
  return false;
}

function inKind(key: string, form: HTMLFormElement): boolean {
  const chosen = /^\d$/.test(key) ? form.querySelectorAll<HTMLInputElement>('[name="kind"]')[(Number(key) + 9) % 10] : undefined;
  if (chosen) chosen.checked = true;
  if (!chosen && key !== "Enter") return false;
  return focused(form.querySelector<HTMLElement>('[name="contact_phone"]'));
}

function send(form: HTMLFormElement): boolean {
  form.requestSubmit();
  return true;
}

function focused(element: HTMLElement | null | undefined): boolean {
  element?.focus();
  return true;
}

const strip = (): HTMLElement | null => document.querySelector<HTMLElement>("#strip");
const call = (): HTMLFormElement | null => document.querySelector<HTMLFormElement>("#new-call");
const map = (): TxMap | null => document.querySelector<TxMap>("#map");
const opener = (): HTMLElement | null => document.querySelector<HTMLElement>("[data-new-call]");

function onClick(event: Event): void {
  const target = event.target as Element;
  if (target.closest("[data-put-by]")) putBy();
  if (target.closest("[data-empty-call]")) {
    strip()?.replaceChildren();
    opener()?.click(); // a fresh strip, with a key of its own
  }
}

/** The strip goes out of sight; half written it stays as it is, else nothing is left of it. */
function putBy(): void {
  const [place, form] = [strip(), call()];
  if (!place || !form) return;
  if (isWritten(form)) place.hidden = true;
  else place.replaceChildren();
  map()?.clearSpot?.();
  opener()?.focus();
  tellDraft();
}

function isWritten(form: HTMLFormElement): boolean {
  return ["place", "contact_phone", "what", "lon"].some((name) => !!form.querySelector<HTMLInputElement>(`[name="${name}"]`)?.value.trim());
}

/** "New call" while one is written: it is shown again, where the hand had left it. */
function takeUp(event: CustomEvent<{ elt: Element }>): void {
  const form = call();
  if (!form || !event.detail.elt.hasAttribute("data-new-call")) return;
  event.preventDefault();
  strip()!.hidden = false;
  const [lon, lat] = ["lon", "lat"].map((name) => Number(form.querySelector<HTMLInputElement>(`[name="${name}"]`)?.value));
  if (lon && lat) map()?.showSpot?.(lon, lat);
  const names = ["place", "contact_phone", "what"];
  const fields = names.map((name) => form.querySelector<HTMLInputElement>(`[name="${name}"]`));
  focused(fields.find((field) => field?.required && !field.value) ?? fields.at(-1));
  tellDraft();
}

/** Beside the button stands that a call waits to be written on; once it is taken in, nothing does. */
function tellDraft(): void {
  const [place, told] = [strip(), document.querySelector("[data-draft-told]")];
  if (place && !call()) place.hidden = false;
  const words = place?.hidden ? t("A call is half written: n takes it up again") : "";
  if (told && told.textContent !== words) told.textContent = words;
}
