import { csrfToken } from "../dom";
import { t } from "../i18n";
import { sound, soundIsOn } from "../components/sound/sound";

const WARN_S = 60;
const LOOK_MS = 5_000;
const CALL_MS = 10_000;
const LEFT = "X-Tongxin-Left";

/** What the server says: seconds until the log-in ends, "ended", or nothing when it is out of reach. */
type Answer = number | "ended" | undefined;

/**
 * A log-in without a hand on it ends after a quarter of an hour, and then nothing sounds any more. This
 * says so a minute before, takes any key for "stay", and, when it has ended, calls until somebody comes.
 */
export class Idleness {
  #ends = 0; // when the log-in ends, by this page's clock
  #asking = false;
  #box: HTMLElement | undefined;
  #over = false;

  constructor(private readonly url: string) {}

  start(): void {
    void this.look();
    setInterval(() => void this.look(), LOOK_MS);
    setInterval(() => this.#count(), 1_000);
    document.addEventListener("keydown", this.#touched, { capture: true });
    document.addEventListener("pointerdown", this.#touched, { capture: true });
    document.addEventListener("tx:logged-out", (event) => this.#ended(event));
    document.addEventListener("htmx:beforeOnLoad", ((event: CustomEvent<{ xhr: XMLHttpRequest }>) => {
      if (event.detail.xhr.status === 401) this.#ended(event);
    }) as EventListener);
  }

  /** Ask how long is left when it may be little: other pages' hands count too, so the server knows best. */
  async look(): Promise<void> {
    if (this.#over || this.#asking || (this.#ends && this.#left() > WARN_S)) return;
    this.#take(await this.#ask(true));
  }

  #left(): number {
    return Math.ceil((this.#ends - Date.now()) / 1000);
  }

  async #ask(background: boolean): Promise<Answer> {
    this.#asking = true;
    const headers: Record<string, string> = { "X-CSRFToken": csrfToken() };
    if (background) headers["X-Tongxin-Background"] = "1";
    try {
      const answer = await fetch(this.url, { method: "POST", headers, redirect: "manual" });
      if (answer.type === "opaqueredirect" || [302, 401, 403].includes(answer.status)) return "ended";
      const left = Number(answer.headers.get(LEFT) ?? Number.NaN);
      return answer.ok && Number.isFinite(left) ? left : undefined;
    } catch {
      return undefined;
    } finally {
      this.#asking = false;
    }
  }

  #take(answer: Answer): void {
    if (answer === "ended") return this.#ended();
    if (answer === undefined) return;
    this.#ends = Date.now() + answer * 1000;
    if (answer > WARN_S) this.#close();
    else this.#warn();
  }

  #warn(): void {
    if (this.#box) return;
    this.#box = box("alertdialog", t("In %(seconds)s s you are logged out", { seconds: this.#left() }), [
      t("Nobody has touched this page for a while. Then no new report makes a sound here. Press any key to stay."),
    ]);
    this.#box.append(button(t("Stay"), () => undefined)); // any press stays
    document.body.append(this.#box);
    sound();
  }

  #count(): void {
    const head = this.#box?.querySelector("h2");
    if (head) head.textContent = t("In %(seconds)s s you are logged out", { seconds: Math.max(0, this.#left()) });
  }

  #close(): void {
    this.#box?.remove();
    this.#box = undefined;
  }

  /** A key or a press while the warning stands means "stay" and nothing else. */
  #touched = (event: Event): void => {
    if (!this.#box || this.#over) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    void this.#ask(false).then((answer) => this.#take(answer));
  };

  /** What the page showed goes; the title and a tone call for somebody, who logs in here or elsewhere. */
  #ended(event?: Event): void {
    event?.preventDefault();
    if (this.#over) return;
    this.#over = true;
    const loud = soundIsOn();
    const place = box("alert", t("Logged out"), [
      t("For fifteen minutes nobody touched this page, so the log-in has ended. New reports are not seen here and make no sound."),
    ]);
    const way = document.createElement("a");
    way.className = "button primary big";
    way.href = `/accounts/login/?next=${encodeURIComponent(location.pathname + location.search)}`;
    way.textContent = t("Log in again");
    place.append(way);
    document.body.replaceChildren(place);
    way.focus();
    const calling = setInterval(() => this.#call(loud && !place.dataset["silent"]), CALL_MS);
    if (loud) place.append(button(t("Stop the tone"), () => (place.dataset["silent"] = "1")));
    const titles = [`▲ ${t("Logged out")}`, t("Log in: nobody watches here")];
    let turn = 0;
    setInterval(() => (document.title = titles[turn++ % 2]!), 1_000);
    document.title = titles[1]!;
    window.addEventListener("pagehide", () => clearInterval(calling));
    if (loud) sound();
  }

  #call(loud: boolean): void {
    if (loud) sound();
    void this.#ask(true).then((answer) => {
      if (typeof answer === "number") location.reload();
    });
  }
}

function box(role: string, title: string, words: string[]): HTMLElement {
  const made = document.createElement("section");
  made.className = "idle-box";
  made.setAttribute("role", role);
  made.setAttribute("aria-label", title);
  const head = document.createElement("h2");
  head.textContent = title;
  made.append(head);
  for (const each of words) {
    const line = document.createElement("p");
    line.textContent = each;
    made.append(line);
  }
  return made;
}

function button(words: string, press: () => void): HTMLElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button";
  made.textContent = words;
  made.addEventListener("click", press);
  return made;
}

/** Watch the log-in of this page. */
export function watchIdleness(): void {
  const url = document.querySelector<HTMLMetaElement>('meta[name="alive-url"]')?.content;
  if (url) new Idleness(url).start();
}
