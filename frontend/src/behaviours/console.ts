import type { TxMap } from "../components/map/map";
import { afterPlace } from "./new-call";
import { fillSpot, spotForm } from "./spots";

/** What ties the console's three columns together: the pane tells the map, the map fills the form that asks for a place. */
export function tieConsole(): void {
  document.addEventListener("htmx:afterSettle", showChosen);
  document.addEventListener("htmx:afterSettle", catchUp);
  document.addEventListener("tx:changed", noteVersion as EventListener);
  document.addEventListener("tx:spot", takeSpot as EventListener);
  document.addEventListener("tx:choose", openChosen as EventListener);
  document.addEventListener("click", onClick);
  document.addEventListener("toggle", intoForm, { capture: true });
  showChosen();
}

const newest = new Map<string, number>();
const caughtUp = new Map<string, number>();

function noteVersion(event: CustomEvent<{ ref: string; version: number }>): void {
  const { ref, version } = event.detail;
  newest.set(ref, Math.max(version, newest.get(ref) ?? 0));
}

/** A pane that was drawn before a change and arrives after it has missed it: it is fetched again, once. */
function catchUp(): void {
  const pane = document.querySelector<HTMLElement>("#incident");
  const ref = `incident:${pane?.dataset["id"] ?? ""}`;
  const version = newest.get(ref) ?? 0;
  if (!pane || version <= Number(pane.dataset["version"]) || version <= (caughtUp.get(ref) ?? 0)) return;
  caughtUp.set(ref, version);
  document.dispatchEvent(new CustomEvent(`tx:ref:${ref}`, { detail: { ref, version } }));
}

let shownAt = ""; // the incident that is drawn as chosen, and where it lay

const map = (): TxMap | null => document.querySelector<TxMap>("#map");

/** The chosen incident's candidates and ways are drawn, and its row in the queue is marked. */
function showChosen(): void {
  const pane = document.querySelector<HTMLElement>("#incident");
  const number = pane?.dataset["incident"] ?? "";
  for (const row of document.querySelectorAll<HTMLElement>("[data-pane]")) {
    if (row.dataset["pane"] === number) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
  const drawn = map();
  if (!spotForm()) drawn?.clearSpot?.();
  const at = `${number} ${pane?.dataset["lon"]} ${pane?.dataset["lat"]}`;
  if (!drawn || at === shownAt || (shownAt === "" && drawn.chosen === number)) return;
  shownAt = at;
  drawn.chosen = number;
  drawn.candidates = pane?.dataset["candidates"] ?? "";
  drawn.routes = pane?.dataset["routes"] ?? "";
  const [lon, lat] = [Number(pane?.dataset["lon"]), Number(pane?.dataset["lat"])];
  if (pane && lon && lat) drawn.goTo?.(lon, lat);
}

function takeSpot(event: CustomEvent<{ lon: number; lat: number }>): void {
  const form = spotForm();
  if (form && (event.target as Element).closest("#map")) fillSpot(form, event.detail);
}

/** A form that opens has the cursor in its first field; so no change of the page closes it again. */
function intoForm(event: Event): void {
  const opened = event.target as HTMLDetailsElement;
  if (!opened.open || !opened.closest("#incident")) return;
  opened.querySelector<HTMLElement>("form :is(input:not([type=hidden]), select, textarea)")?.focus();
}

/** A mark on the map was chosen: an incident opens as if its row had been pressed. */
function openChosen(event: CustomEvent<{ kind: string; ref: string }>): void {
  if (event.detail.kind !== "incidents") return;
  const row = document.querySelector<HTMLElement>(`[data-pane="${CSS.escape(event.detail.ref)}"]`);
  if (row) row.click();
  else location.assign(`/console/incidents/${encodeURIComponent(event.detail.ref)}/`);
}

function onClick(event: Event): void {
  const button = (event.target as Element).closest<HTMLElement>("[data-set-spot], [data-show-spot]");
  if (!button) return;
  const [lon, lat] = [Number(button.dataset["lon"]), Number(button.dataset["lat"])];
  const form = button.closest<HTMLFormElement>("form[data-pick-spot]");
  if (button.hasAttribute("data-set-spot") && form) {
    fillSpot(form, { lon, lat }, button.dataset["label"]);
    afterPlace(form)?.focus();
  }
  map()?.showSpot(lon, lat);
}
