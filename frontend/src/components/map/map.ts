import "./map.css";
import { LitElement, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { t } from "../../i18n";
import { SHAPES, type Shape } from "./marks";
import { NOTHING, SOURCES, type Collection, type SourceName } from "./layers";
import type { Engine } from "./engine";

type Given = string | Collection;
const LISTED = 30;
const LIVE_PAUSE = 1000;

/**
 * The map. It draws over any MapLibre style, or over plain paper when there is none; MapLibre itself is
 * fetched only when the element comes on the screen. Every mark on it also stands in a list for keyboard
 * and screen reader.
 */
export class TxMap extends LitElement {
  static override properties = {
    styleUrl: { attribute: "style-url" },
    center: {},
    zoom: { type: Number },
    chosen: {},
    pick: { type: Boolean },
    legend: { type: Boolean },
    every: { type: Number },
    label: {},
    ...Object.fromEntries(SOURCES.map((name) => [name, {}])),
    data: { state: true },
    trouble: { state: true },
  };

  declare styleUrl: string;
  declare center: string;
  declare zoom: number;
  declare chosen: string;
  declare pick: boolean;
  declare legend: boolean;
  declare every: number;
  declare label: string;
  declare areas: Given;
  declare routes: Given;
  declare people: Given;
  declare candidates: Given;
  declare incidents: Given;
  declare data: Partial<Record<SourceName, Collection>>;
  declare trouble: string;
  #engine: Engine | undefined;
  #seen: IntersectionObserver | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #soon: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    Object.assign(this, { styleUrl: "", center: "", zoom: 13, chosen: "", pick: false, legend: false, every: 0, label: t("Map"), data: {}, trouble: "" });
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#seen = new IntersectionObserver((entries) => entries.some((each) => each.isIntersecting) && void this.#start());
    this.#seen.observe(this);
    document.addEventListener("tx:burst", this.#onBurst);
    document.addEventListener("tx:theme", this.#onTheme);
    if (this.every) this.#timer = setInterval(() => this.#refetch(["people"]), this.every * 1000);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#seen?.disconnect();
    document.removeEventListener("tx:burst", this.#onBurst);
    document.removeEventListener("tx:theme", this.#onTheme);
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    this.#engine?.end();
    this.#engine = undefined;
  }

  async #start(): Promise<void> {
    this.#seen?.disconnect();
    await this.updateComplete;
    const { Engine } = await import("./engine");
    const container = this.querySelector<HTMLElement>(".map-canvas");
    if (!container || this.#engine || !this.isConnected) return;
    try {
      this.#engine = new Engine(container, { center: this.#middle(), zoom: this.zoom });
    } catch {
      this.trouble = t("This device cannot draw the map. The list below says the same.");
      return;
    }
    this.#listen(this.#engine);
    for (const name of SOURCES) if (this.data[name]) this.#engine.show(name, this.data[name]);
    this.#engine.choose(this.chosen);
    if (this.styleUrl) await this.#engine.base(this.#themed());
    if (!this.center) this.fit();
  }

  #listen({ map }: Engine): void {
    map.on("click", (event) => {
      const hit = this.#engine?.hit(event.point);
      if (hit?.ref) this.#say("tx:choose", hit);
      else if (this.pick) this.#picked(event.lngLat.lng, event.lngLat.lat);
    });
    map.on("mousemove", (event) => {
      map.getCanvas().style.cursor = this.#engine?.hit(event.point) ? "pointer" : this.pick ? "crosshair" : "";
    });
    map.getCanvas().addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !this.pick) return;
      const { lng, lat } = map.getCenter();
      this.#picked(lng, lat);
    });
    map.once("idle", () => this.setAttribute("ready", ""));
  }

  #middle(): [number, number] {
    const [lon, lat] = this.center.split(",").map(Number);
    return Number.isFinite(lon) && Number.isFinite(lat) ? [lon!, lat!] : [105, 35];
  }

  #themed(): string {
    const address = new URL(this.styleUrl, location.href);
    const chosen = document.documentElement.dataset["theme"];
    const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    address.searchParams.set("theme", dark ? "dark" : "light");
    return address.href;
  }

  protected override updated(changed: PropertyValues): void {
    for (const name of SOURCES) if (changed.has(name)) void this.#load(name);
    if (changed.has("chosen")) this.#engine?.choose(this.chosen ?? "");
    if (changed.has("styleUrl") && changed.get("styleUrl") !== undefined && this.#engine) void this.#engine.base(this.#themed());
  }

  async #load(name: SourceName): Promise<void> {
    const data = await collection(this[name]);
    if (!data) return;
    // Most of the time nobody has moved; then nothing is drawn anew.
    if (JSON.stringify(data) === JSON.stringify(this.data[name])) return;
    const before = JSON.stringify(this.data[name]?.features.map((each) => each.properties?.["id"]));
    this.data = { ...this.data, [name]: data };
    this.#engine?.show(name, data);
    // Who is near is known a moment after the incident: then both come into sight, once.
    const after = JSON.stringify(data.features.map((each) => each.properties?.["id"]));
    if (name === "candidates" && this.chosen && data.features.length && before !== after) this.#engine?.fitChosen();
  }

  #refetch(names: readonly SourceName[]): void {
    if (document.visibilityState === "hidden") return;
    for (const name of names) if (isAddress(this[name])) void this.#load(name);
  }

  /** Something changed: fetch again, but not more than once a second however much happens. */
  #onBurst = (): void => {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#refetch(SOURCES.filter((name) => name !== "areas" && !(name === "people" && this.every)));
    }, LIVE_PAUSE);
  };

  #onTheme = (): void => void this.#engine?.base(this.styleUrl ? this.#themed() : "");

  #picked(lon: number, lat: number): void {
    this.showSpot(lon, lat, false);
    this.#say("tx:spot", { lon, lat });
  }

  /** Put the pin at a spot and, unless told not to, go there. */
  showSpot(lon: number, lat: number, go = true): void {
    this.#engine?.pin(lon, lat, (east, north) => this.#say("tx:spot", { lon: east, lat: north }));
    if (go) this.#engine?.go([lon, lat]);
  }

  /** Go to a spot without a pin. */
  goTo(lon: number, lat: number): void {
    this.#engine?.go([lon, lat]);
  }

  /** Take the pin away. */
  clearSpot(): void {
    this.#engine?.unpin();
  }

  /** Show all that matters: the incident with its candidates, else the incidents, else the areas. */
  fit(): void {
    const has = (name: SourceName): boolean => !!this.data[name]?.features.length;
    if (has("candidates")) this.#engine?.fit(["candidates", "routes", "incidents"]);
    else this.#engine?.fit([SOURCES.find((name) => name === "incidents" && has(name)) ?? "areas"]);
  }

  #say(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }

  protected override render(): TemplateResult {
    return html`<div class="map-canvas"></div>
      ${this.trouble ? html`<p class="map-trouble" role="status">${this.trouble}</p>` : nothing}
      <div class="map-foot">${this.legend ? this.#legend() : nothing}${this.#list()}</div>`;
  }

  #legend(): TemplateResult {
    const rows: [string, string][] = [
      ["waiting", t("waiting")], ["coming", t("on the way")], ["there", t("on scene")],
      ["done", t("done")], ["broken", t("promise broken")], ["unknown", t("not known")],
    ];
    return html`<details class="map-note"><summary>${t("What the marks say")}</summary><ul>
      ${rows.map(([code, words]) => html`<li class="state is-${code}"><svg class="mark is-${code}" aria-hidden="true"><use href="#m-${code}"></use></svg><span>${words}</span></li>`)}
      <li><span class="map-ring" aria-hidden="true"></span>${t("in a ring: an incident; without: a person")}</li>
      ${this.people ? this.#shapes() : nothing}</ul></details>`;
  }

  /** Which outline is whose; hollow is free. */
  #shapes(): TemplateResult[] {
    const rows: [Shape, string][] = [
      ["circle", t("police officer")], ["square", t("auxiliary")], ["triangle", t("village officer")],
      ["diamond", t("grid worker, other networks")], ["hexagon", t("volunteers and others")],
    ];
    return rows.map(([name, words]) => html`<li class="state is-unknown"><svg class="mark outline" viewBox="0 0 16 16" aria-hidden="true"><path d=${SHAPES[name]}></path></svg><span>${words}</span></li>`);
  }

  #list(): TemplateResult | typeof nothing {
    const lines = [...listed("incident", this.data.incidents), ...listed("candidate", this.data.candidates)];
    if (lines.length === 0) return nothing;
    return html`<details class="map-note"><summary>${t("As a list (%(count)s)", { count: lines.length })}</summary><ul>
      ${lines.slice(0, LISTED).map(({ kind, ref, code, words, at }) => html`<li><button class="button quiet small" type="button" @click=${() => this.#choose(kind, ref, at)}><svg class="mark is-${code}" aria-hidden="true"><use href="#m-${code}"></use></svg><span>${words}</span></button></li>`)}
      </ul></details>`;
  }

  #choose(kind: string, ref: string, at: [number, number]): void {
    this.#engine?.go(at);
    this.#say("tx:choose", { kind, ref });
  }
}

const isAddress = (given: Given | undefined): given is string => typeof given === "string" && !given.trimStart().startsWith("{") && given !== "";

/** The collection behind an address, a JSON text or an object; what cannot be read keeps the old one. */
async function collection(given: Given | undefined): Promise<Collection | undefined> {
  if (!given) return NOTHING;
  if (typeof given !== "string") return given;
  if (!isAddress(given)) return JSON.parse(given) as Collection;
  try {
    const answer = await fetch(given, { headers: { "X-Tongxin-Background": "1", Accept: "application/geo+json, application/json" } });
    return answer.ok ? ((await answer.json()) as Collection) : undefined;
  } catch {
    return undefined;
  }
}

type Line = { kind: string; ref: string; code: string; words: string; at: [number, number] };

function listed(kind: string, data: Collection | undefined): Line[] {
  return (data?.features ?? []).flatMap(({ geometry, properties }) => {
    if (geometry.type !== "Point") return [];
    const { ref, id, state = "unknown", label = "", minutes } = (properties ?? {}) as Record<string, string>;
    const words = minutes === undefined ? label : t("%(who)s, %(minutes)s min", { who: label, minutes });
    return [{ kind, ref: String(ref ?? id ?? ""), code: state, words, at: geometry.coordinates as [number, number] }];
  });
}

customElements.define("tx-map", TxMap);
