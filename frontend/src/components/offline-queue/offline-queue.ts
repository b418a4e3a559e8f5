import { LitElement, html, nothing, type TemplateResult } from "lit";
import { toast } from "../../behaviours/toasts";
import { csrfToken } from "../../dom";
import { t } from "../../i18n";
import { actOf, send } from "./acts";
import { forget, forgetAll, keep, waiting } from "./store";

const AGAIN = 20_000;

/**
 * Lets a phone work without signal. A form marked data-offline="names of its fields" that cannot be sent
 * is kept and sent later, in order, each under its own idempotency key; see acts.ts for what may be kept.
 */
export class TxOfflineQueue extends LitElement {
  static override properties = {
    sample: { type: Number },
    count: { state: true },
    online: { state: true },
    asksLogin: { state: true },
  };

  declare sample: number;
  declare count: number;
  declare online: boolean;
  declare asksLogin: boolean;
  #submitters = new WeakMap<HTMLFormElement, HTMLElement | null>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #sending = false;

  constructor() {
    super();
    Object.assign(this, { sample: 0, count: 0, online: navigator.onLine, asksLogin: false });
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.sample) return;
    document.addEventListener("submit", this.#onSubmit, { capture: true });
    document.addEventListener("htmx:sendError", this.#onSendError, { capture: true });
    document.addEventListener("click", this.#onLogOut, { capture: true });
    window.addEventListener("online", this.#onLine);
    window.addEventListener("offline", this.#onLine);
    this.#timer = setInterval(() => this.count > 0 && void this.flush(), AGAIN);
    void this.flush();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("submit", this.#onSubmit, { capture: true });
    document.removeEventListener("htmx:sendError", this.#onSendError, { capture: true });
    document.removeEventListener("click", this.#onLogOut, { capture: true });
    window.removeEventListener("online", this.#onLine);
    window.removeEventListener("offline", this.#onLine);
    clearInterval(this.#timer);
  }

  #onLine = (): void => {
    this.online = navigator.onLine;
    if (this.online) void this.flush();
  };

  /** Known to be off line, or older acts still wait: keep it, for order matters. */
  #onSubmit = (event: Event): void => {
    const form = event.target as HTMLFormElement;
    if (!form.matches("[data-offline]") || event.defaultPrevented) return;
    const submitter = (event as SubmitEvent).submitter;
    this.#submitters.set(form, submitter);
    if (navigator.onLine && this.count === 0) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    void this.#keep(form, submitter);
  };

  /** htmx tried and there was no way through. */
  #onSendError = (event: Event): void => {
    const form = (event.target as Element).closest<HTMLFormElement>("form[data-offline]");
    if (form) void this.#keep(form, this.#submitters.get(form) ?? null);
  };

  /** Nothing stays in the browser of somebody who leaves. */
  #onLogOut = (event: Event): void => {
    if ((event.target as Element).closest("[data-log-out]")) void forgetAll();
  };

  async #keep(form: HTMLFormElement, submitter: HTMLElement | null): Promise<void> {
    const act = actOf(form, submitter, new Date());
    if (act === "words") {
      toast(t("No signal. Notes and photos are not kept on the phone: leave this page open and send again."), "broken");
      return;
    }
    await keep(act);
    form.dispatchEvent(new CustomEvent("tx:kept", { bubbles: true, detail: act }));
    await this.#recount();
    if (navigator.onLine) await this.flush();
  }

  /** Send what waits, oldest first, and stop at the first that does not get through. */
  async flush(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      if (navigator.locks) await navigator.locks.request("tongxin-acts", () => this.#sendAll());
      else await this.#sendAll();
    } finally {
      this.#sending = false;
      await this.#recount();
    }
  }

  async #sendAll(): Promise<void> {
    for (const act of await waiting()) {
      const outcome = await send(act, csrfToken());
      this.asksLogin = outcome === "log in";
      if (outcome === "later" || outcome === "log in") return;
      await forget(act.id!);
      if (outcome === "refused") toast(t("Something kept without signal could not be done any more. The page shows how it stands now."), "broken");
      document.dispatchEvent(new CustomEvent("tx:sent", { detail: { url: act.url, outcome } }));
    }
  }

  async #recount(): Promise<void> {
    this.count = (await waiting()).length;
  }

  protected override render(): TemplateResult | typeof nothing {
    const count = this.sample || this.count;
    if (!count && this.online) return nothing;
    return html`<div class="offline-strip" role="status"><svg class="mark is-unknown" aria-hidden="true"><use href="#m-unknown"></use></svg><span>${this.#words(count)}</span></div>`;
  }

  #words(count: number): string {
    if (this.asksLogin) return t("%(count)s saved; log in again and they are sent", { count });
    if (this.online && !this.sample) return t("%(count)s saved, being sent…", { count });
    if (!count) return t("No signal; everything still works here");
    return t("No signal; %(count)s saved, sent by itself when there is", { count });
  }
}

customElements.define("tx-offline-queue", TxOfflineQueue);
