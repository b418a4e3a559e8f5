import "./visits.css";
import { LitElement, html, nothing, type PropertyValues } from "lit";
import { toast } from "../../behaviours/toasts";
import { t } from "../../i18n";
import { strip } from "../offline-queue/strip";
import { opOf, openConflicts, type Step } from "./acting";
import { append, load, present, readKeys, unsent, Wiped, type Book, type Keys } from "./keeping";
import { leaveNow, sendAllFirst } from "./leaving";
import { mayHavePasskey } from "./passkey";
import { Safe, type Tried } from "./safe";
import { at, notice, type Shell, type View } from "./shell";
import { forgetAll, heardAll, keepTaken, stillGood, stillLetIn, sync, takeAlong, tellWiped, withholdLate, type Outcome } from "./syncing";
import { conflictsView } from "./views/conflicts";
import { buildingView, homeView, planView } from "./views/doors";
import { doorView } from "./views/door";
import { lockView } from "./views/lock";
import { newPersonView, personView } from "./views/person";
import { leaveView, phoneView } from "./views/phone";
import { takeView, type Day } from "./views/take";
import { Watch } from "./watching";
import { ask, type DayBuilding } from "./wire";

type Phase = "starting" | "none" | "locked" | "open";
const AGAIN = 20_000;
const CALL = "tongxin-visits";

/**
 * Visits from door to door, with or without signal. Everything that is shown comes from this phone, opened by a
 * PIN or a passkey (safe.ts); every act goes into the queue first (keeping.ts) and to the server when there is a way
 * (syncing.ts). The page itself carries nobody's data.
 */
export class TxVisits extends LitElement {
  static override properties = {
    phase: { state: true }, book: { state: true }, day: { state: true }, tried: { state: true }, busy: { state: true },
    online: { state: true }, lost: { state: true }, login: { state: true }, waiting: { state: true }, said: { state: true }, route: { state: true },
  };

  declare phase: Phase;
  declare book: Book | undefined;
  declare day: Day;
  declare tried: Tried | undefined;
  declare busy: boolean;
  declare online: boolean;
  declare lost: boolean;
  declare login: boolean;
  declare waiting: number;
  declare said: { words: string; tone: string } | undefined;
  declare route: string[];
  readonly safe = new Safe();
  #keys: Keys = {};
  #call: BroadcastChannel | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #syncing: Promise<Outcome> | undefined;
  #again = false;
  #stale = false;
  #stuck = false;
  readonly #watch = new Watch(() => this.lock(), () => void this.#housekeep());

  constructor() {
    super();
    Object.assign(this, { phase: "starting", day: { is: "asked" }, busy: false, online: navigator.onLine, lost: false, login: false, waiting: 0, route: routeNow() });
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    for (const [name, act] of this.#events) window.addEventListener(name, act);
    this.addEventListener("visits:heard", this.#heard);
    this.#watch.start();
    this.#timer = setInterval(() => this.waiting > 0 && !this.#stuck && void this.sync(), AGAIN);
    this.#call = "BroadcastChannel" in globalThis ? new BroadcastChannel(CALL) : undefined;
    this.#call?.addEventListener("message", (event: MessageEvent) => void (event.data === "wiped" ? this.#emptied() : this.#reread()));
    void this.#begin();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const [name, act] of this.#events) window.removeEventListener(name, act);
    this.#watch.stop();
    clearInterval(this.#timer);
    this.#call?.close();
  }

  readonly #events: [string, () => void][] = [
    ["online", () => this.#line()],
    ["offline", () => this.#line()],
    ["hashchange", () => this.#turned()],
    // Back to a page that the browser kept in memory: it may be another's by now.
    ["pageshow", () => void this.#housekeep()],
  ];

  #line(): void {
    this.online = navigator.onLine;
    this.lost = false;
    if (!this.online) return;
    if (this.phase === "open") void this.sync();
    if (this.phase === "locked") void this.#housekeep(true);
    if (this.#taking) void this.askDay();
  }

  #turned(): void {
    this.route = routeNow();
    this.said = undefined;
    if (this.#taking && this.day.is !== "here") void this.askDay();
    void this.updateComplete.then(() => {
      scrollTo(0, 0);
      document.getElementById("main")?.focus({ preventScroll: true });
    });
  }

  get #taking(): boolean {
    return this.phase === "none" || (this.phase === "open" && (this.route[0] === "take" || !this.book?.head));
  }

  async #begin(): Promise<void> {
    this.#keys = await readKeys();
    this.waiting = await unsent();
    this.phase = this.#keys.pin ? "locked" : "none";
    if (this.phase === "none") return this.askDay();
    await this.#housekeep(true);
  }

  /** What time and the server ask for, whether open or locked: plans of a day that is over go, a revoked phone forgets. */
  async #housekeep(ask = false): Promise<void> {
    if (this.phase !== "open" && this.phase !== "locked") return;
    if (!present()) return this.#emptied();
    if (!(await stillGood())) await this.#reread();
    const { key } = this.safe;
    if (key && this.book && (await withholdLate(key, this.book))) await this.#reread();
    if (ask && this.phase === "locked" && this.online && !(await stillLetIn())) this.#wiped(t("The office has revoked this phone: everything that was taken along is cleared."));
  }

  lock(): void {
    this.safe.lock();
    if (this.phase !== "open") return;
    this.book = undefined;
    this.phase = "locked";
    this.tried = undefined;
    if (this.#stale) location.reload();
  }

  renewWhenLocked(): void {
    this.#stale = true;
  }

  async open(pin: string): Promise<void> {
    this.busy = true;
    this.tried = await this.safe.unlock(pin);
    this.busy = false;
    if (this.tried.is === "open") return this.#opened();
    if (this.tried.is !== "wiped") return;
    const uuid = this.#keys.device?.uuid;
    if (uuid) void tellWiped(uuid, "tries");
    this.#wiped(t("Ten wrong PINs: this phone is cleared. Take the buildings along anew."));
  }

  async #byPasskey(): Promise<void> {
    if (await this.safe.unlockByPasskey()) return this.#opened();
    toast(t("The passkey did not open it. Use the PIN."), "waiting");
  }

  async #opened(): Promise<void> {
    this.tried = undefined;
    this.#keys = await readKeys();
    await stillGood();
    this.phase = "open";
    await this.#reread();
    if (this.#taking) void this.askDay();
    void this.sync();
  }

  async #reread(): Promise<void> {
    this.waiting = await unsent();
    const { key } = this.safe;
    if (!key || this.phase !== "open") return;
    this.book = await load(key);
    this.#keys = await readKeys();
    if (this.#taking && this.day.is !== "here") void this.askDay();
  }

  #changed(): Promise<void> {
    this.#call?.postMessage("changed");
    return this.#reread();
  }

  #emptied(): void {
    this.safe.lock();
    Object.assign(this, { book: undefined, waiting: 0, tried: undefined, login: false, phase: "none" });
    this.#keys = {};
    location.hash = at.home;
    void this.askDay();
  }

  #wiped(words: string): void {
    this.#call?.postMessage("wiped");
    this.#emptied();
    toast(words, "broken");
  }

  async askDay(): Promise<void> {
    if (this.day.is !== "here") this.day = { is: "asked" };
    const answer = await ask<{ buildings: DayBuilding[] }>("day/");
    if (answer.is === "done") this.day = { is: "here", buildings: answer.said.buildings };
    else this.day = { is: "not", why: answer.is === "refused" ? answer.detail : answer.is === "log in" ? "log in" : "later" };
  }

  async #take(buildings: number[], pin: string): Promise<void> {
    this.busy = true;
    const uuid = this.#keys.device?.uuid ?? crypto.randomUUID();
    const answer = await takeAlong(uuid, phoneName(), buildings);
    if (answer.is === "done") await this.#takenOver(answer.said, uuid, pin);
    else if (answer.is === "gone") this.#wiped(t("The office has revoked this phone: everything that was taken along is cleared."));
    else this.said = { words: whyNot(answer.is, answer.is === "refused" ? answer.detail : ""), tone: "broken" };
    this.busy = false;
  }

  async #takenOver(said: Parameters<typeof keepTaken>[1], uuid: string, pin: string): Promise<void> {
    const owner = await this.safe.owner();
    if (owner !== undefined && owner !== said.member.id) {
      this.said = { words: t("This phone keeps the visits of another member. They log out on it first."), tone: "broken" };
      return;
    }
    const key = this.safe.key ?? (await this.safe.setUp(pin, uuid, said.member.id));
    await keepTaken(key, said);
    void navigator.storage?.persist?.();
    this.phase = "open";
    this.said = undefined;
    location.hash = at.home;
    await this.#changed();
    if (this.waiting) void this.sync();
  }

  /** Put acts into the queue; then the page moves on, whatever the network does. */
  async act(steps: Step[], then?: string): Promise<void> {
    const { key } = this.safe;
    if (!key) return this.lock();
    try {
      await append(key, (before) => {
        const made = [...before];
        return steps.map((step) => {
          const op = opOf(step, this.book?.flats.get(step.flat), made, new Date());
          made.push({ ...op, seq: 0 });
          return op;
        });
      });
    } catch (error) {
      if (error instanceof Wiped) return this.#emptied();
      return toast(t("This could not be kept on the phone. It is still here: try again."), "broken");
    }
    await this.#changed();
    if (then) location.hash = then;
    void this.sync();
  }

  /** Send what waits; asked for again meanwhile, it is done once more afterwards. */
  sync(): Promise<Outcome> {
    if (this.#syncing) {
      this.#again = true;
      return this.#syncing;
    }
    this.#syncing = this.#syncOnce().finally(() => {
      this.#syncing = undefined;
      if (!this.#again) return;
      this.#again = false;
      if (this.phase === "open") void this.sync();
    });
    return this.#syncing;
  }

  async #syncOnce(): Promise<Outcome> {
    const { key } = this.safe;
    if (!key || !navigator.onLine) return "later";
    const clashes = this.book ? openConflicts(this.book).length : 0;
    const { is, detail } = await sync(key).catch((error: unknown) => {
      if (error instanceof Wiped) return { is: "wiped" as const, detail: "" };
      throw error;
    });
    this.lost = is === "later";
    this.login = is === "log in";
    this.#stuck = is === "refused";
    if (is === "wiped") this.#wiped(t("The office has revoked this phone: everything that was taken along is cleared."));
    else if (is === "done" || is === "over") await this.#changed();
    if (is === "refused") toast(t("The server does not take this: %(why)s Nothing is lost.", { why: detail ?? "" }), "broken");
    this.#tellClashes(clashes);
    return is;
  }

  #tellClashes(before: number): void {
    if (this.book && openConflicts(this.book).length > before) toast(t("Somebody else wrote something different: both are kept, please settle it."), "waiting");
  }

  #heard = (): void => {
    const { key } = this.safe;
    if (key) void heardAll(key).then(() => this.#changed());
  };

  async #leave(): Promise<void> {
    this.busy = true;
    const left = await sendAllFirst(() => this.sync(), unsent);
    this.busy = false;
    if (!navigator.onLine || this.lost) this.said = { words: t("No signal: you stay logged in, and nothing is lost. Log out when there is signal."), tone: "broken" };
    else if (left) this.said = { words: t("%(count)s cannot be sent just now.", { count: left }), tone: "broken" };
    else await this.#out();
  }

  async #discard(): Promise<void> {
    if (window.confirm(t("%(count)s not sent would be lost.", { count: this.waiting }))) await this.#out();
  }

  async #out(): Promise<void> {
    await forgetAll("logout");
    this.#call?.postMessage("wiped");
    this.safe.lock();
    this.book = undefined;
    leaveNow();
  }

  async #forget(): Promise<void> {
    if (!window.confirm(t("Clear everything that lies on this phone? It cannot be brought back."))) return;
    await forgetAll("tries");
    this.#wiped(t("This phone is cleared."));
  }

  async #addPasskey(pin: string): Promise<void> {
    const how = await this.safe.addPasskey(pin);
    const words = { done: t("The passkey opens this phone from now on."), wrong: t("This PIN is wrong."), "not here": t("This phone’s passkey cannot do that; the PIN stays.") };
    this.said = { words: words[how], tone: how === "done" ? "done" : "broken" };
    this.#keys = await readKeys();
    this.#lockedOut();
  }

  async #changePin(pin: string, next: string): Promise<void> {
    const done = await this.safe.changePin(pin, next);
    this.said = done ? { words: t("The new PIN opens this phone from now on."), tone: "done" } : { words: t("This PIN is wrong."), tone: "broken" };
    this.#lockedOut();
  }

  /** The tenth wrong PIN clears the phone, wherever it was typed. */
  #lockedOut(): void {
    if (!present()) this.#wiped(t("Ten wrong PINs: this phone is cleared. Take the buildings along anew."));
  }

  protected override willUpdate(): void {
    if (!this.hasUpdated) this.replaceChildren(); // the skeleton that the page came with
  }

  protected override updated(_changed: PropertyValues): void {
    const head = document.querySelector(".bar h1");
    const title = this.#title();
    if (head && head.textContent !== title) head.textContent = document.title = title;
  }

  #title(): string {
    const [place, id] = this.route;
    if (this.phase !== "open" || !this.book) return t("Visits");
    if (place === "door") return this.book.flats.get(Number(id))?.label ?? t("Visits");
    if (place === "building" || place === "plan") return this.book.buildings.find((each) => each.id === Number(id))?.label ?? t("Visits");
    return place === "conflicts" ? t("To settle") : place === "phone" ? t("This phone") : t("Visits");
  }

  protected override render(): View {
    const login = `/accounts/login/?next=${encodeURIComponent(location.pathname)}`;
    return html`${strip({ count: this.waiting, online: this.online && !this.lost, asksLogin: this.login, loginUrl: login })}<div class="visits">${this.#view()}</div>`;
  }

  #view(): View {
    if (this.phase === "starting") return nothing;
    if (this.phase === "locked") return this.#lockView();
    if (this.phase === "open" && this.route[0] === "leave") return this.#leaveView();
    if (this.#taking || !this.book) return this.#takeView();
    return this.#place({ book: this.book, now: new Date(), online: this.online, act: (steps, then) => this.act(steps, then) });
  }

  #lockView(): View {
    const { waiting, tried, busy } = this;
    if (this.route[0] === "leave" && !waiting) return this.#leaveView();
    return lockView({ unsent: waiting, tried, busy, passkey: !!this.#keys.passkey && mayHavePasskey(), open: (pin) => void this.open(pin), byPasskey: () => void this.#byPasskey(), forget: () => void this.#forget() });
  }

  #leaveView(): View {
    return leaveView({ unsent: this.waiting, online: this.online, busy: this.busy, said: this.said?.words ?? "", go: () => void this.#leave(), discard: () => void this.#discard() });
  }

  #takeView(): View {
    if (!globalThis.crypto?.subtle) return notice(t("Visits are kept sealed on the phone: this needs a safe address (https) and a newer browser."), "broken");
    const taken = this.book?.buildings.map((each) => each.id) ?? [];
    const say = (words: string): void => void (this.said = { words, tone: "broken" });
    return takeView({ day: this.day, online: this.online, taken, needsPin: this.phase === "none", busy: this.busy, trouble: this.said?.words ?? "", again: () => void this.askDay(), take: (buildings, pin) => void this.#take(buildings, pin), say });
  }

  #place(shell: Shell): View {
    const [place, id, more, key] = this.route;
    if (place === "building") return buildingView(shell, Number(id));
    if (place === "plan") return planView(shell, Number(id));
    if (place === "door" && more === "new") return newPersonView(shell, Number(id));
    if (place === "door" && more === "person") return personView(shell, Number(id), decodeURIComponent(key ?? ""));
    if (place === "door") return doorView(shell, Number(id));
    if (place === "conflicts") return conflictsView(shell);
    if (place === "phone") return this.#phoneView(shell);
    return homeView(shell);
  }

  #phoneView(shell: Shell): View {
    return phoneView(shell, {
      mayPasskey: mayHavePasskey(),
      hasPasskey: !!this.#keys.passkey,
      said: this.said,
      expires: this.#keys.times?.expires ?? 0,
      lock: () => this.lock(),
      addPasskey: (pin) => void this.#addPasskey(pin),
      changePin: (pin, next) => void this.#changePin(pin, next),
      say: (words) => void (this.said = { words, tone: "broken" }),
    });
  }
}

const routeNow = (): string[] => location.hash.replace(/^#\/?/, "").split("/").filter(Boolean);

function whyNot(is: string, detail: string): string {
  if (detail) return detail;
  return is === "log in" ? t("Log in again to take buildings along. What is on this phone stays.") : t("No signal just now. Try again where there is some.");
}

/** What the office's list calls this phone: its kind, no more. */
function phoneName(): string {
  const agent = navigator.userAgent;
  const kind = ["iPhone", "iPad", "HarmonyOS", "Android", "Windows", "Macintosh", "Linux"].find((each) => agent.includes(each));
  return kind ?? "";
}

customElements.define("tx-visits", TxVisits);
