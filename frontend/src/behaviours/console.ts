import type { TxMap } from "../components/map/map";

/** What ties the console's three columns together: the pane tells the map, the map fills the new call. */
export function tieConsole(): void {
  document.addEventListener("htmx:afterSettle", showChosen);
  document.addEventListener("htmx:afterSettle", catchUp);
  document.addEventListener("tx:changed", noteVersion as EventListener);
  document.addEventListener("tx:spot", takeSpot as EventListener);
  document.addEventListener("tx:choose", openChosen as EventListener);
  document.addEventListener("click", onClick);
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
  if (!newCall()) drawn?.clearSpot?.();
  if (!drawn || drawn.chosen === number) return;
  drawn.chosen = number;
  drawn.candidates = pane?.dataset["candidates"] ?? "";
  drawn.routes = pane?.dataset["routes"] ?? "";
  const [lon, lat] = [Number(pane?.dataset["lon"]), Number(pane?.dataset["lat"])];
  if (pane && lon && lat) drawn.goTo?.(lon, lat);
}

function newCall(): HTMLFormElement | null {
  return document.querySelector<HTMLFormElement>("#new-call");
}

function fill(form: HTMLFormElement, lon: number, lat: number, label?: string): void {
  const field = (name: string): HTMLInputElement | null => form.querySelector(`[name="${name}"]`);
  const [x, y, place] = [field("lon"), field("lat"), field("place")];
  if (x) x.value = String(lon);
  if (y) y.value = String(lat);
  if (place && label) place.value = label;
  form.querySelector('[name="place"]')?.dispatchEvent(new CustomEvent("tx:spot", { bubbles: true, detail: { lon, lat } }));
}

function takeSpot(event: CustomEvent<{ lon: number; lat: number }>): void {
  const form = newCall();
  if (!form || !(event.target as Element).closest("#map")) return;
  form.dataset["pinned"] = "map";
  fill(form, event.detail.lon, event.detail.lat);
}

/** A mark on the map was chosen: an incident opens as if its row had been pressed. */
function openChosen(event: CustomEvent<{ kind: string; ref: string }>): void {
  if (event.detail.kind !== "incidents") return;
  const row = document.querySelector<HTMLElement>(`[data-pane="${CSS.escape(event.detail.ref)}"]`);
  if (row) row.click();
  else location.assign(`/console/incidents/${encodeURIComponent(event.detail.ref)}/`);
}

function onClick(event: Event): void {
  const button = (event.target as Element).closest<HTMLElement>("[data-set-spot], [data-show-spot], [data-clear]");
  if (!button) return;
  if (button.dataset["clear"]) document.querySelector(button.dataset["clear"])?.replaceChildren();
  const [lon, lat] = [Number(button.dataset["lon"]), Number(button.dataset["lat"])];
  const form = newCall();
  if (button.hasAttribute("data-set-spot") && form) {
    fill(form, lon, lat, button.dataset["label"]);
    form.querySelector<HTMLElement>('[name="kind"]:checked, [name="kind"]')?.focus();
  }
  if (button.hasAttribute("data-set-spot") || button.hasAttribute("data-show-spot")) map()?.showSpot(lon, lat);
}
