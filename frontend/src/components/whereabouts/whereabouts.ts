import { LitElement, html, nothing, type TemplateResult } from "lit";
import { csrfToken } from "../../dom";
import { t } from "../../i18n";
import { relative } from "../../behaviours/times";
import { everySecond } from "../../ticker";

/** One position as it is posted: WGS-84 degrees, metres, ISO time. */
export type Position = { lon: number; lat: number; accuracy_m: number; at: string; mode: string };

const MOST = 200;

/**
 * While on duty, sends this phone's position in batches and shows the member that it does. Positions stay
 * in memory only; off duty nothing is asked of the phone at all. 422 means the server knows of no duty.
 */
export class TxWhereabouts extends LitElement {
  static override properties = {
    postUrl: { attribute: "post-url" },
    onDuty: { attribute: "on-duty", type: Boolean },
    mode: {},
    every: { type: Number },
    last: { state: true },
    trouble: { state: true },
    now: { state: true },
  };

  declare postUrl: string;
  declare onDuty: boolean;
  declare mode: string;
  declare every: number;
  declare last: Position | undefined;
  declare trouble: string;
  declare now: number;
  #batch: Position[] = [];
  #watch: number | undefined;
  #stop: (() => void) | undefined;
  #sent = 0;

  constructor() {
    super();
    Object.assign(this, { postUrl: "", onDuty: false, mode: "foot", every: 15, trouble: "", now: Date.now() });
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#end();
  }

  protected override updated(changed: Map<string, unknown>): void {
    if (changed.has("onDuty")) this.onDuty ? this.#begin() : this.#end();
  }

  #begin(): void {
    if (this.#watch !== undefined) return;
    if (!("geolocation" in navigator)) {
      this.trouble = t("This phone gives no position; your post stands for you.");
      return;
    }
    const options = { enableHighAccuracy: true, maximumAge: 10_000, timeout: 30_000 };
    this.#watch = navigator.geolocation.watchPosition(this.#take, this.#miss, options);
    this.#stop = everySecond((now) => {
      this.now = now;
      if (now - this.#sent >= this.every * 1000) void this.#send(now);
    });
  }

  #end(): void {
    if (this.#watch !== undefined) navigator.geolocation.clearWatch(this.#watch);
    this.#watch = undefined;
    this.#stop?.();
    this.#batch = [];
  }

  #take = ({ coords, timestamp }: GeolocationPosition): void => {
    this.trouble = "";
    this.last = {
      lon: coords.longitude,
      lat: coords.latitude,
      accuracy_m: Math.round(coords.accuracy),
      at: new Date(timestamp).toISOString(),
      mode: this.mode,
    };
    this.#batch.push(this.last);
    this.#batch = this.#batch.slice(-MOST);
  };

  #miss = (error: GeolocationPositionError): void => {
    this.trouble = error.code === error.PERMISSION_DENIED
      ? t("The position is not allowed on this phone; your post stands for you. Allow it in the browser's settings.")
      : t("No position just now; the last one is used.");
  };

  async #send(now: number): Promise<void> {
    if (this.#batch.length === 0) return;
    this.#sent = now;
    const sending = this.#batch;
    this.#batch = [];
    try {
      const answer = await fetch(this.postUrl, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken(), "X-Tongxin-Background": "1", Accept: "application/json" },
        body: JSON.stringify({ positions: sending }),
      });
      if (answer.status === 422) this.#offDuty();
      else if (answer.status >= 500) this.#keep(sending);
    } catch {
      this.#keep(sending);
    }
  }

  #keep(positions: Position[]): void {
    this.#batch = [...positions, ...this.#batch].slice(-MOST);
  }

  #offDuty(): void {
    this.onDuty = false;
    this.dispatchEvent(new CustomEvent("tx:off-duty", { bubbles: true }));
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.onDuty) return nothing;
    const words = this.trouble || this.#words();
    const code = this.trouble ? "waiting" : this.last ? "there" : "unknown";
    return html`<p class="state is-${code} small whereabouts" role="status"><svg class="mark is-${code}" aria-hidden="true"><use href="#m-${code}"></use></svg><span>${words}</span></p>`;
  }

  #words(): string {
    if (!this.last) return t("On duty: looking for your position…");
    const at = relative(Date.parse(this.last.at), this.now);
    return t("On duty: your position is seen (%(at)s, ±%(metres)s m)", { at, metres: this.last.accuracy_m });
  }
}

customElements.define("tx-whereabouts", TxWhereabouts);
