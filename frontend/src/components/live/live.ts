import { LitElement, html, type TemplateResult } from "lit";
import { announce, csrfToken } from "../../dom";
import { t } from "../../i18n";
import { Burst, Doubles, readChanges, type Change } from "./changes";

type State = "connecting" | "connected" | "lost";
type Ticket = { ticket: string; url: string };

const PATIENCE = [500, 1000, 2000, 5000, 10_000];

/**
 * The page's ear on the live stream. It takes the short-lived ticket that the page was drawn with, or
 * fetches one, listens, drops doubles and tells the document what changed; the page fetches its fragments
 * itself. After a break it comes back with a new ticket and the last event's id. Where it cannot know
 * that nothing was missed it says "tx:stale", and lists are fetched afresh.
 */
export class TxLive extends LitElement {
  static override properties = {
    ticketUrl: { attribute: "ticket-url" },
    streamUrl: { attribute: "stream-url" },
    ticket: {},
    state: { state: true },
  };

  declare ticketUrl: string;
  declare streamUrl: string;
  declare ticket: string;
  declare state: State;
  #source: EventSource | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #last = "";
  #sure = false; // whether the stream reaches back to what the page shows
  #doubles = new Doubles();
  #burst = new Burst((changes) => this.#tell(changes));

  constructor() {
    super();
    Object.assign(this, { ticketUrl: "/live/ticket/", streamUrl: "", ticket: "", state: "connecting" });
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("online", this.#now);
    document.addEventListener("visibilitychange", this.#now);
    void this.#connect();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener("online", this.#now);
    document.removeEventListener("visibilitychange", this.#now);
    clearTimeout(this.#again);
    this.#source?.close();
  }

  /** Back on line or on screen: do not wait for the next turn. */
  #now = (): void => {
    if (document.visibilityState === "hidden" || this.state === "connected") return;
    this.#failures = 0;
    void this.#connect();
  };

  async #connect(): Promise<void> {
    clearTimeout(this.#again);
    this.#source?.close();
    try {
      this.#listen(await this.#nextTicket());
    } catch {
      this.#lost();
    }
  }

  /** The ticket that the page was drawn with reaches back to the drawing; a later one does not. */
  async #nextTicket(): Promise<Ticket> {
    const drawn = this.ticket;
    this.ticket = "";
    this.#sure = !!drawn || !!this.#last;
    if (drawn && this.streamUrl) return { ticket: drawn, url: this.streamUrl };
    const answer = await fetch(this.ticketUrl, {
      method: "POST",
      headers: { "X-CSRFToken": csrfToken(), "X-Tongxin-Background": "1", Accept: "application/json" },
      redirect: "manual",
    });
    // The log-in has ended: the page says so, or the server sends it to where one logs in again.
    if (answer.type === "opaqueredirect" || answer.status === 401) {
      if (document.dispatchEvent(new CustomEvent("tx:logged-out", { cancelable: true }))) location.reload();
    }
    if (!answer.ok) throw new Error(`no ticket: ${answer.status}`);
    return (await answer.json()) as Ticket;
  }

  #listen({ ticket, url }: Ticket): void {
    const address = new URL(this.streamUrl || url, location.href);
    address.searchParams.set("ticket", ticket);
    if (this.#last) address.searchParams.set("last", this.#last);
    const source = (this.#source = new EventSource(address));
    source.onopen = () => this.#opened();
    source.onmessage = (event) => this.#take(event);
    source.addEventListener("reload", () => this.#stale());
    source.addEventListener("bye", () => this.#leave(source));
    // The ticket may have run out meanwhile: a new one, not the browser's own retry.
    source.onerror = () => this.#leave(source);
  }

  #leave(source: EventSource): void {
    source.close();
    if (source === this.#source) this.#lost();
  }

  #opened(): void {
    this.#become("connected");
    if (!this.#sure) this.#stale();
  }

  /** Something may have been missed: everything that listens fetches afresh. */
  #stale(): void {
    this.#sure = true;
    announce("tx:stale", {});
    announce("tx:burst", { changes: [], stale: true });
  }

  #take(event: MessageEvent<string>): void {
    if (event.lastEventId) this.#last = event.lastEventId;
    this.#burst.add(readChanges(event.data).filter((change) => this.#doubles.isNew(change)));
  }

  #tell(changes: Change[]): void {
    for (const change of changes) {
      announce("tx:changed", change);
      announce(`tx:ref:${change.ref}`, change);
      announce(`tx:topic:${change.topic}`, change);
    }
    announce("tx:burst", { changes });
  }

  #lost(): void {
    this.#become(this.#failures > 1 ? "lost" : "connecting");
    const wait = PATIENCE[Math.min(this.#failures++, PATIENCE.length - 1)]!;
    // Spread the returns, so that a restarted server is not met by all at once.
    this.#again = setTimeout(() => void this.#connect(), wait * (0.75 + Math.random() / 2));
  }

  #become(state: State): void {
    if (state === "connected") this.#failures = 0;
    if (state === this.state) return;
    this.state = state;
    announce("tx:live", { state });
  }

  protected override render(): TemplateResult {
    const [code, words] = {
      connecting: ["waiting", t("connecting…")],
      connected: ["there", t("live")],
      lost: ["broken", t("not live: shown as it was; trying again")],
    }[this.state] as [string, string];
    return html`<span class="state is-${code} small" role="status"><svg class="mark is-${code}" aria-hidden="true"><use href="#m-${code}"></use></svg><span>${words}</span></span>`;
  }
}

customElements.define("tx-live", TxLive);
