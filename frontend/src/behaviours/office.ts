import type { TxMap } from "../components/map/map";
import { t } from "../i18n";

/** What ties the office's maps and filters to its forms. */
export function tieOffice(): void {
  document.addEventListener("tx:spot", takeSpot as EventListener);
  document.addEventListener("change", sendOnChange);
  document.addEventListener("htmx:afterSettle", showAnswer);
  document.addEventListener("input", forgetSpot);
}

/** A spot picked on <tx-map data-fills="FORM"> goes into the form; it is sent unless the map keeps it. */
function takeSpot(event: CustomEvent<{ lon: number; lat: number }>): void {
  const map = (event.target as Element).closest<HTMLElement>("[data-fills]");
  const form = map && document.querySelector<HTMLFormElement>(`#${CSS.escape(map.dataset["fills"]!)}`);
  if (!form) return;
  set(form, "lon", event.detail.lon.toFixed(6));
  set(form, "lat", event.detail.lat.toFixed(6));
  if (map.hasAttribute("data-keeps")) tell(form, event.detail);
  else {
    set(form, "place", "");
    form.requestSubmit();
  }
}

function set(form: HTMLFormElement, name: string, value: string): void {
  const field = form.querySelector<HTMLInputElement>(`[name="${name}"]`);
  if (field) field.value = value;
}

function tell(form: HTMLFormElement, { lon, lat }: { lon: number; lat: number }): void {
  const told = form.querySelector<HTMLElement>("[data-spot-told]");
  if (!told) return;
  told.className = "";
  told.textContent = t("Spot chosen: %(lon)s, %(lat)s", { lon: lon.toFixed(5), lat: lat.toFixed(5) });
}

/** Words typed anew stand for another place than the one picked before. */
function forgetSpot(event: Event): void {
  const form = (event.target as Element).closest<HTMLFormElement>("form");
  if ((event.target as HTMLInputElement).name !== "place" || !form) return;
  set(form, "lon", "");
  set(form, "lat", "");
}

/** The map goes to the spot that the answer is about. */
function showAnswer(): void {
  const at = document.querySelector<HTMLElement>("#answer [data-spot]")?.dataset["spot"];
  const map = document.querySelector<TxMap>("#spot-map");
  const [lon, lat] = (at ?? "").split(",").map(Number);
  if (map && at && Number.isFinite(lon) && Number.isFinite(lat)) map.showSpot(lon!, lat!);
}

function sendOnChange(event: Event): void {
  (event.target as Element).closest<HTMLFormElement>("form[data-send-on-change]")?.requestSubmit();
}
