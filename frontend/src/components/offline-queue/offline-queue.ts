import { LitElement, type nothing, type TemplateResult } from "lit";
import { toast } from "../../behaviours/toasts";
import { announce } from "../../dom";
import { t } from "../../i18n";
import { actOf, send, sendNow, type Answer } from "./acts";
import { Leaving } from "./leaving";
import { busy, clear, leadOn, putPage, sayAt, showKept, what } from "./page";
import { picturesOf } from "./pictures";
import { forget, keep, waiting, type Act } from "./store";
import { strip } from "./strip";

const AGAIN = 20_000;

type Refusal = { act: Act; why: string };

/**
 * Lets a phone work without signal. A form marked data-offline is kept first and sent then, in order, each under
 * its own key and with its own time; what does not get through within some seconds moves the page on and goes out
 * later. A form marked data-online is sent by script too, and stays as it is when there is no way. See store.ts for
 * how words are kept, page.ts for the attributes that lead a page on.
 */
export class TxOfflineQueue extends LitElement {
  static override properties = {
    sample: { type: Number },
    member: { type: String },
    seal: { type: String },
    count: { state: true },
    online: { state: true },
    asksLogin: { state: true },
  };

  declare sample: number;
  declare member: string;
  declare seal: string;
  declare count: number;
  declare online: boolean;
  declare asksLogin: boolean;
  #timer: ReturnType<typeof setInterval> | undefined;
  #sending: Promise<unknown> = Promise.resolve();
  #failedAt = 0;
  #shown: Act[] = [];
  #answers = new Map<string, Answer>();
  #leaving = new Leaving(this);

  constructor() {
    super();
    Object.assign(this, { sample: 0, member: "", seal: "", count: 0, online: navigator.onLine, asksLogin: false });
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.sample) return;
    document.addEventListener("submit", this.#onSubmit, { capture: true });
    document.addEventListener("htmx:afterSwap", this.#onSwap);
    this.#leaving.listen();
    window.addEventListener("online", this.#onLine);
    window.addEventListener("offline", this.#onLine);
    this.#timer = setInterval(() => this.count > 0 && void this.flush(), AGAIN);
    void this.#recount().then(() => this.flush());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("submit", this.#onSubmit, { capture: true });
    document.removeEventListener("htmx:afterSwap", this.#onSwap);
    this.#leaving.forget();
    window.removeEventListener("online", this.#onLine);
    window.removeEventListener("offline", this.#onLine);
    clearInterval(this.#timer);
  }

  /** Whether it is known that there is no way through just now: then nobody waits for it. */
  get lost(): boolean {
    return !navigator.onLine || Date.now() - this.#failedAt < AGAIN;
  }

  #onLine = (): void => {
    this.online = navigator.onLine;
    this.#failedAt = 0;
    if (this.online) void this.flush();
  };

  /** The server's own state came in: what waits here is laid over it again. */
  #onSwap = (): void => {
    showKept(this.#shown);
  };

  #onSubmit = (event: Event): void => {
    const form = event.target as HTMLFormElement;
    if (!form.matches("[data-offline], [data-online]") || event.defaultPrevented) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const submitter = (event as SubmitEvent).submitter;
    if (form.hasAttribute("data-sending")) return;
    sayAt(form, "");
    void (form.matches("[data-offline]") ? this.#take(form, submitter) : this.#now(form, submitter));
  };

  /** Keep it, send it; when that does not work, the page moves on and it is sent later. */
  async #take(form: HTMLFormElement, submitter: HTMLElement | null): Promise<void> {
    const act = actOf(form, submitter, new Date(), this.member);
    const pictures = "pictures" in form.dataset ? await picturesOf(form) : {};
    if (act === "words" || !pictures) return this.#now(form, submitter);
    if (Object.keys(pictures).length) act.pictures = pictures;
    if (!(await keep(act, this.seal))) return this.#now(form, submitter);
    await this.#recount(act.key);
    if (this.lost) return this.#kept(form, act);
    busy(form, true);
    await this.flush(this.count === 1 ? act.key : "");
    busy(form, false);
    const answer = this.#answers.get(act.key);
    this.#answers.delete(act.key);
    if (!answer) return this.#kept(form, act);
    this.#heard(form, answer);
  }

  #kept(form: HTMLFormElement, act: Act): void {
    clear(form);
    form.dispatchEvent(new CustomEvent("tx:kept", { bubbles: true, detail: act }));
    void this.#recount();
    if (navigator.onLine) void this.flush();
  }

  /** Send what cannot be kept; it stays on the screen when there is no way. */
  async #now(form: HTMLFormElement, submitter: HTMLElement | null): Promise<void> {
    busy(form, true);
    const answer: Answer = navigator.onLine ? await sendNow(form, submitter) : { outcome: "later" };
    busy(form, false);
    if (answer.outcome === "later") return sayAt(form, t("No signal: this is not sent. It stays here; press again when there is signal."));
    if (answer.outcome === "log in") location.assign(this.#loginUrl());
    else if (answer.page !== undefined && form.dataset["online"] === "page") putPage(answer.page);
    else this.#heard(form, answer);
  }

  /** The answer came while the hand was still there. */
  #heard(form: HTMLFormElement, { outcome, why, next, stale }: Answer): void {
    if (outcome === "refused") {
      if (!stale && why) return sayAt(form, why);
      toast(why ?? this.#unknown(), "broken");
      return refresh();
    }
    clear(form);
    if (form.dataset["online"] === "load") return location.assign(next ?? location.pathname);
    if (next && new URL(next, location.href).pathname !== location.pathname) return location.assign(next);
    leadOn(form);
    refresh();
  }

  /** Send what waits, oldest first, and stop at the first that does not get through. */
  async flush(firstHand = ""): Promise<void> {
    const turn = this.#sending.then(() => this.#turn(firstHand));
    this.#sending = turn.catch(() => undefined);
    await turn;
  }

  async #turn(firstHand: string): Promise<void> {
    const all = (): Promise<void> => this.#sendAll(firstHand);
    if (navigator.locks) await navigator.locks.request("tongxin-acts", all);
    else await all();
    await this.#recount();
  }

  async #sendAll(firstHand: string): Promise<void> {
    const refused: Refusal[] = [];
    let sent = 0;
    for (const act of await waiting(this.member, this.seal)) {
      const answer = act.label || Object.keys(act.fields).length > 0 || !this.seal ? await send(act, act.key === firstHand) : this.#unread();
      this.asksLogin = answer.outcome === "log in";
      this.#failedAt = answer.outcome === "later" ? Date.now() : 0;
      if (answer.outcome === "later" || answer.outcome === "log in") break;
      await forget(act.id!);
      sent += 1;
      if (act.key === firstHand) this.#answers.set(act.key, answer);
      else if (answer.outcome === "refused") refused.push({ act, why: answer.why ?? this.#unknown() });
      document.dispatchEvent(new CustomEvent("tx:sent", { detail: { url: act.url, outcome: answer.outcome } }));
    }
    tell(refused);
    if (sent > 0 && !firstHand) refresh();
  }

  #unknown(): string {
    return t("It could not be done any more. The page shows how it stands now.");
  }

  #unread(): Answer {
    return { outcome: "refused", why: t("What was kept can no longer be read on this phone: do it once more.") };
  }

  async #recount(besides = ""): Promise<void> {
    const acts = await waiting(this.member, this.seal);
    this.count = acts.length;
    this.#shown = acts.filter((act) => act.key !== besides);
    showKept(this.#shown);
  }

  #loginUrl(): string {
    return `/accounts/login/?next=${encodeURIComponent(location.pathname)}`;
  }

  protected override render(): TemplateResult | typeof nothing {
    return strip({ count: this.sample || this.count, online: this.online && !this.sample, asksLogin: this.asksLogin, loginUrl: this.#loginUrl() });
  }
}

/** Say in one sentence which acts were refused, and why; what was typed is given back. */
function tell(refused: Refusal[]): void {
  for (const why of new Set(refused.map((each) => each.why))) {
    const acts = refused.filter((each) => each.why === why).map(({ act }) => act);
    const about = [...new Set(acts.map((act) => act.about))].filter(Boolean).join(" · ");
    toast(t("Not done: %(what)s (%(about)s). %(why)s", { what: acts.map(what).join(" · "), about, why }).replace(/ ?[(（][)）]/, ""), "broken");
  }
}

/** Everything that listens shows how it stands now. A button that was pressed does not hold the page. */
function refresh(): void {
  if (document.activeElement instanceof HTMLButtonElement) document.activeElement.blur();
  announce("tx:stale", {});
  announce("tx:burst", { changes: [], stale: true });
}

customElements.define("tx-offline-queue", TxOfflineQueue);
