import { LitElement, html, type PropertyValues, type TemplateResult } from "lit";
import { t } from "../../i18n";
import { everySecond } from "../../ticker";

/** `4:05`, from an hour on `1:04:05`. */
export function minSec(seconds: number): string {
  const whole = Math.trunc(Math.abs(seconds));
  const two = (part: number): string => String(part).padStart(2, "0");
  const [hours, minutes] = [Math.trunc(whole / 3600), Math.trunc((whole % 3600) / 60)];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** How a promise stands: seconds left (negative: over) and the state it is shown in. */
export function standing(due: number, now: number, warn: number, done?: number): { left: number; state: string } {
  const left = (due - (done ?? now)) / 1000;
  if (left < 0) return { left, state: "broken" };
  if (done !== undefined) return { left, state: "done" };
  return { left, state: left <= warn ? "waiting" : "" };
}

/**
 * A promise's clock: counts down to `due`, amber in the last `warn` seconds, red and counting up once
 * broken, still once `done`. It blinks only in the last ten seconds before it breaks.
 */
export class TxClock extends LitElement {
  static override properties = {
    due: {},
    done: {},
    label: {},
    warn: { type: Number },
    now: { state: true },
  };

  declare due: string;
  declare done: string | null;
  declare label: string;
  declare warn: number;
  declare now: number;
  #stop: (() => void) | undefined;

  constructor() {
    super();
    Object.assign(this, { due: "", done: null, label: t("Time left"), warn: 60, now: Date.now() });
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.now = Date.now();
    this.#stop = everySecond((now) => (this.now = now));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop?.();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!this.hasUpdated) this.replaceChildren(); // what the server wrote
    if (changed.has("done") && this.done) this.#stop?.();
  }

  protected override render(): TemplateResult | string {
    const due = Date.parse(this.due);
    if (Number.isNaN(due)) return "–";
    const { left, state } = standing(due, this.now, this.warn, this.done ? Date.parse(this.done) : undefined);
    for (const each of ["waiting", "broken", "done"]) this.classList.toggle(`is-${each}`, each === state);
    this.classList.toggle("blink", !this.done && left >= 0 && left <= 10);
    this.setAttribute("role", "timer");
    this.setAttribute("aria-label", this.#spoken(left, state));
    const mark = state && html`<svg class="mark is-${state}" aria-hidden="true"><use href="#m-${state}"></use></svg>`;
    return html`${mark}<span>${left < 0 ? "+" : ""}${minSec(left)}</span>`;
  }

  /** The same for ears: what is promised, and how it stands. */
  #spoken(left: number, state: string): string {
    const time = minSec(left);
    if (state === "broken") return t("%(label)s: over by %(time)s", { label: this.label, time });
    if (state === "done") return t("%(label)s: kept with %(time)s left", { label: this.label, time });
    return `${this.label}: ${time}`;
  }
}

customElements.define("tx-clock", TxClock);
