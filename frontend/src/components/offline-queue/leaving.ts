import { toast } from "../../behaviours/toasts";
import { t } from "../../i18n";
import { present } from "../visits/keeping";
import { within } from "./acts";
import { mayLeave } from "./visits";

const PATIENCE = 8_000;

type Queue = { count: number; readonly lost: boolean; flush(): Promise<void> };

/** Ways off the page: nobody leaves unsent steps behind unasked, nobody runs into the browser's error page. */
export class Leaving {
  constructor(private readonly queue: Queue) {}

  listen(): void {
    document.addEventListener("click", this.#onClick, { capture: true });
  }

  forget(): void {
    document.removeEventListener("click", this.#onClick, { capture: true });
  }

  #onClick = (event: MouseEvent): void => {
    const target = event.target as Element;
    const out = target.closest<HTMLButtonElement>("[data-log-out]");
    if (out) return this.#logOut(event, out);
    const link = target.closest<HTMLAnchorElement>("a[href]");
    if (link && !event.defaultPrevented) this.#follow(event, link);
  };

  #logOut(event: Event, button: HTMLButtonElement): void {
    if (!this.queue.count && navigator.onLine && !present()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    void this.#sendFirst(button.form);
  }

  async #sendFirst(form: HTMLFormElement | null): Promise<void> {
    const { count } = this.queue;
    if (count && !window.confirm(t("%(count)s not sent yet. Send them first and log out then?", { count }))) return;
    if (count) await this.queue.flush();
    if (!navigator.onLine) {
      toast(t("No signal: you stay logged in, and nothing is lost. Log out when there is signal."), "broken");
      return;
    }
    if (this.queue.count && !window.confirm(t("They cannot be sent just now. Log out all the same? They stay on this phone, sealed, and are sent when you log in again."))) return;
    if (await mayLeave()) form?.submit();
  }

  #follow(event: MouseEvent, link: HTMLAnchorElement): void {
    const there = new URL(link.href, location.href);
    const same = there.origin === location.origin && !(there.pathname === location.pathname && there.hash);
    if (!same || link.target || event.ctrlKey || event.metaKey || event.shiftKey || !this.queue.lost) return;
    event.preventDefault();
    void this.#openIfThere(there);
  }

  /** The way was lost a moment ago: look first whether it leads there. */
  async #openIfThere(there: URL): Promise<void> {
    if (await answers(there)) location.assign(there);
    else toast(t("No signal: that page does not open now. This one works on."), "waiting");
  }
}

async function answers(there: URL): Promise<boolean> {
  if (!navigator.onLine) return false;
  try {
    return (await fetch(there, { signal: within(PATIENCE) })).status < 500;
  } catch {
    return false;
  }
}
