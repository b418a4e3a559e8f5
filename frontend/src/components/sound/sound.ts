import { LitElement, html, type TemplateResult } from "lit";
import { t } from "../../i18n";

const KEPT = "tongxin-sound";

let context: AudioContext | undefined; // the page's one, which may sound once a hand was on the page

/** Whether the reader wants sound, and the browser allows it by now. */
export function soundIsOn(): boolean {
  return localStorage.getItem(KEPT) !== "off" && context?.state === "running";
}

/** Sound, if that is wanted and possible. */
export function sound(): void {
  if (context && soundIsOn()) beep(context);
}

/** Two short tones, calm enough for a night shift. */
export function beep(context: AudioContext): void {
  [660, 880].forEach((pitch, index) => {
    const at = context.currentTime + index * 0.18;
    const tone = new OscillatorNode(context, { frequency: pitch });
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.2, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.16);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.17);
  });
}

/**
 * Sounds when something new stands in the watched list, and counts in the title what waits there.
 * `watch` names the list, `new` what counts; its `data-ref` tells one from another.
 */
export class TxSound extends LitElement {
  static override properties = { watch: {}, counts: { attribute: "new" }, on: { state: true } };

  declare watch: string;
  declare counts: string;
  declare on: boolean;
  #known = new Set<string>();
  #title = document.title;
  #observer = new MutationObserver(() => this.#look());

  constructor() {
    super();
    Object.assign(this, { watch: "#queue", counts: "[data-state=waiting]", on: localStorage.getItem(KEPT) !== "off" });
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#look(true);
    // The list itself may be swapped as a whole: watch what stays, the document.
    this.#observer.observe(document.body, { childList: true, subtree: true, attributeFilter: ["data-state"] });
    document.addEventListener("pointerdown", this.#wake);
    document.addEventListener("keydown", this.#wake);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer.disconnect();
    document.removeEventListener("pointerdown", this.#wake);
    document.removeEventListener("keydown", this.#wake);
    document.title = this.#title;
  }

  /** Browsers let a page sound only after a hand was on it. */
  #wake = (): void => {
    context ??= new AudioContext();
    void context.resume();
  };

  #look(first = false): void {
    const list = document.querySelector(this.watch);
    const waiting = [...(list?.querySelectorAll<HTMLElement>(this.counts) ?? [])].map((each) => each.dataset["ref"] ?? "");
    const fresh = waiting.filter((ref) => !this.#known.has(ref));
    fresh.forEach((ref) => this.#known.add(ref));
    const title = waiting.length ? `(${waiting.length}) ${this.#title}` : this.#title;
    if (document.title !== title) document.title = title;
    if (!first && fresh.length) sound();
  }

  #toggle(): void {
    this.on = !this.on;
    localStorage.setItem(KEPT, this.on ? "on" : "off");
    this.#wake();
    if (this.on && context) beep(context);
  }

  protected override render(): TemplateResult {
    const words = this.on ? t("Sound on") : t("Sound off");
    return html`<button class="button quiet small" type="button" aria-pressed=${this.on} data-key="s" data-key-label=${t("Sound on or off")} @click=${() => this.#toggle()}>
      <svg class="i" aria-hidden="true"><use href="#i-${this.on ? "sound" : "silent"}"></use></svg><span>${words}</span></button>`;
  }
}

customElements.define("tx-sound", TxSound);
