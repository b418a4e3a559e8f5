import "./place-picker.css";
import "../map/map";
import { LitElement, html, nothing, type TemplateResult } from "lit";
import { t } from "../../i18n";
import type { TxMap } from "../map/map";

export type Place = { label: string; lon: number; lat: number; hint?: string };

const PAUSE = 250;

/** The places in an answer: a list, or an object that holds one. */
export function readPlaces(answer: unknown): Place[] {
  const all = Array.isArray(answer) ? answer : ((answer as { places?: unknown[] } | null)?.places ?? []);
  return (all as Place[]).filter((place) => place && Number.isFinite(place.lon) && Number.isFinite(place.lat));
}

/**
 * Where is it? By position, by what people call it, or by the pin: all three end in the hidden fields
 * lon, lat, srs (WGS-84 always: browsers give it and our maps are drawn in it) beside the words.
 */
export class TxPlacePicker extends LitElement {
  static override properties = {
    searchUrl: { attribute: "search-url" },
    styleUrl: { attribute: "style-url" },
    center: {},
    zoom: { type: Number },
    name: {},
    label: {},
    value: {},
    lon: { type: Number },
    lat: { type: Number },
    required: { type: Boolean },
    open: { type: Boolean },
    places: { state: true },
    at: { state: true },
    busy: { state: true },
    trouble: { state: true },
  };

  declare searchUrl: string;
  declare styleUrl: string;
  declare center: string;
  declare zoom: number;
  declare name: string;
  declare label: string;
  declare value: string;
  declare lon: number | undefined;
  declare lat: number | undefined;
  declare required: boolean;
  declare open: boolean;
  declare places: Place[];
  declare at: number;
  declare busy: boolean;
  declare trouble: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  constructor() {
    super();
    Object.assign(this, { searchUrl: "", styleUrl: "", center: "", zoom: 14, name: "place", label: t("Where is it?"), value: "", required: false, open: false, places: [], at: -1, busy: false, trouble: "" });
  }

  protected override createRenderRoot(): this {
    return this;
  }

  /** What the server wrote inside serves where no script runs. */
  protected override willUpdate(): void {
    if (!this.hasUpdated) this.replaceChildren();
  }

  #onInput(event: Event): void {
    this.value = (event.target as HTMLInputElement).value;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#search(), PAUSE);
  }

  async #search(): Promise<void> {
    const asked = ++this.#asked;
    const words = this.value.trim();
    if (!this.searchUrl || !words) return void (this.places = []);
    const address = new URL(this.searchUrl, location.href);
    address.searchParams.set("q", words);
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      // A slow answer to older words must not replace a newer one.
      if (asked === this.#asked && answer.ok) [this.places, this.at] = [readPlaces(await answer.json()), -1];
    } catch {
      this.trouble = t("The search is out of reach. Describe the place in words, or put the pin.");
    }
  }

  #onKey(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.places.length) {
      event.preventDefault();
      this.at = (this.at + step + this.places.length) % this.places.length;
    } else if (event.key === "Enter" && this.places[this.at]) {
      event.preventDefault();
      this.#choose(this.places[this.at]!);
    } else if (event.key === "Escape") this.places = [];
  }

  #choose(place: Place): void {
    this.value = place.label;
    this.places = [];
    this.#spot(place.lon, place.lat, true);
  }

  #locate(): void {
    this.busy = true;
    const options = { enableHighAccuracy: true, timeout: 15_000, maximumAge: 30_000 };
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        this.busy = false;
        this.trouble = "";
        this.open = true;
        this.#spot(coords.longitude, coords.latitude, true);
      },
      () => {
        this.busy = false;
        this.trouble = t("No position from this phone. Search for the place, or put the pin on the map.");
      },
      options,
    );
  }

  #spot(lon: number, lat: number, go: boolean): void {
    [this.lon, this.lat] = [lon, lat];
    this.trouble = "";
    if (go) void this.updateComplete.then(() => this.querySelector<TxMap>("tx-map")?.showSpot(lon, lat));
    this.dispatchEvent(new CustomEvent("tx:spot", { bubbles: true, detail: { lon, lat } }));
  }

  protected override render(): TemplateResult {
    const id = `place-${this.name}`;
    return html`<div class="field">
      <label for=${id}>${this.label}${this.required ? nothing : html` <span class="must">(${t("optional")})</span>`}</label>
      <div class="place-line">
        <input class="input" id=${id} name=${this.name} .value=${this.value} ?required=${this.required} autocomplete="off" role="combobox" aria-autocomplete="list" aria-expanded=${this.places.length > 0} aria-controls="${id}-list" aria-activedescendant=${this.at >= 0 ? `${id}-${this.at}` : nothing} placeholder=${t("As people call it, or street and number")} @input=${this.#onInput} @keydown=${this.#onKey}>
        <button class="button" type="button" ?disabled=${this.busy} @click=${this.#locate}><svg class="i" aria-hidden="true"><use href="#i-locate"></use></svg><span>${this.busy ? t("Looking…") : t("Where I am")}</span></button>
      </div>
      <ul class="suggestions" id="${id}-list" role="listbox" aria-label=${t("Places found")} ?hidden=${this.places.length === 0}>
        ${this.places.map((place, index) => html`<li role="option" id="${id}-${index}" aria-selected=${index === this.at} @mousedown=${(event: Event) => event.preventDefault()} @click=${() => this.#choose(place)}>${place.label}${place.hint ? html` <small class="muted">${place.hint}</small>` : nothing}</li>`)}
      </ul>
      ${this.trouble ? html`<p class="error" role="status"><svg class="mark is-broken" aria-hidden="true"><use href="#m-broken"></use></svg><span>${this.trouble}</span></p>` : nothing}
      <details ?open=${this.open} @toggle=${(event: Event) => (this.open = (event.target as HTMLDetailsElement).open)}><summary>${this.lon === undefined ? t("Put the pin on the map") : t("The pin is set; move it if it stands wrong")}</summary>
        ${this.open ? html`<tx-map class="picker-map" pick style-url=${this.styleUrl} center=${this.#middle()} zoom=${this.zoom} @tx:spot=${(event: CustomEvent<{ lon: number; lat: number }>) => { event.stopPropagation(); this.#spot(event.detail.lon, event.detail.lat, false); }}></tx-map>` : nothing}
      </details>
      <input type="hidden" name="lon" .value=${this.lon?.toFixed(6) ?? ""}><input type="hidden" name="lat" .value=${this.lat?.toFixed(6) ?? ""}><input type="hidden" name="srs" value="WGS-84">
    </div>`;
  }

  #middle(): string {
    return this.lon === undefined || this.lat === undefined ? this.center : `${this.lon},${this.lat}`;
  }
}

customElements.define("tx-place-picker", TxPlacePicker);
