import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Change } from "./changes";
import { Doubles, readChanges } from "./changes";
import "./live";

/** Stands for the browser's EventSource, which no test environment has. */
class Source extends EventTarget {
  static all: Source[] = [];
  onopen?: () => void;
  onerror?: () => void;
  onmessage?: (event: MessageEvent) => void;
  closed = false;
  readonly url: URL;

  constructor(url: URL) {
    super();
    this.url = url;
    Source.all.push(this);
  }

  close(): void {
    this.closed = true;
  }

  tell(lastEventId: string, data: unknown): void {
    this.onmessage?.(new MessageEvent("message", { lastEventId, data: JSON.stringify(data) }));
  }
}

const heard: Change[] = [];
const bursts: Change[][] = [];
const stale = vi.fn();
const hear = (event: Event): void => void heard.push((event as CustomEvent<Change>).detail);
const hearBurst = (event: Event): void => void bursts.push((event as CustomEvent<{ changes: Change[] }>).detail.changes);
let tickets = 0;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Source);
  vi.stubGlobal("fetch", async () => Response.json({ ticket: `t${++tickets}`, url: "http://127.0.0.1:9/live/" }));
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  document.addEventListener("tx:changed", hear);
  document.addEventListener("tx:burst", hearBurst);
  document.addEventListener("tx:stale", stale);
  document.body.innerHTML = '<tx-live ticket="drawn" stream-url="http://127.0.0.1:9/live/"></tx-live>';
});

afterEach(() => {
  document.body.replaceChildren();
  document.removeEventListener("tx:changed", hear);
  document.removeEventListener("tx:burst", hearBurst);
  document.removeEventListener("tx:stale", stale);
  stale.mockReset();
  heard.length = bursts.length = Source.all.length = tickets = 0;
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const change = (ref: string, version: number): Change => ({ topic: "area:1", ref, version });

it("tells each change once and a burst together, by ref and topic too", async () => {
  const byRef = vi.fn();
  document.addEventListener("tx:ref:incident:7", byRef);
  await vi.advanceTimersByTimeAsync(0);
  const source = Source.all[0]!;
  expect(source.url.searchParams.get("ticket")).toBe("drawn");
  source.tell("10", change("incident:7", 1));
  source.tell("10", change("incident:7", 1));
  source.tell("11", [change("incident:7", 2), change("incident:8", 1)]);
  expect(heard).toEqual([]);
  await vi.advanceTimersByTimeAsync(150);
  expect(heard).toEqual([change("incident:7", 1), change("incident:7", 2), change("incident:8", 1)]);
  expect(bursts).toHaveLength(1);
  expect(byRef).toHaveBeenCalledTimes(2);
});

it("comes back after a break with a new ticket and the last event's id, and drops what is resent", async () => {
  await vi.advanceTimersByTimeAsync(0);
  Source.all[0]!.onopen?.();
  Source.all[0]!.tell("10", change("incident:7", 1));
  await vi.advanceTimersByTimeAsync(200);
  Source.all[0]!.onerror?.();
  expect(Source.all[0]!.closed).toBe(true);
  await vi.advanceTimersByTimeAsync(500);
  const again = Source.all[1]!;
  expect(again.url.searchParams.get("ticket")).toBe("t1");
  expect(again.url.searchParams.get("last")).toBe("10");
  again.tell("12", [change("incident:7", 1), change("incident:9", 1)]);
  await vi.advanceTimersByTimeAsync(200);
  expect(heard.map((each) => each.ref)).toEqual(["incident:7", "incident:9"]);
  expect(stale).not.toHaveBeenCalled();
});

it("has lists fetched afresh where something may have been missed", async () => {
  await vi.advanceTimersByTimeAsync(0);
  Source.all[0]!.onopen?.();
  expect(stale).not.toHaveBeenCalled(); // the drawn page's ticket reaches back to its drawing
  Source.all[0]!.dispatchEvent(new Event("bye"));
  await vi.advanceTimersByTimeAsync(500);
  Source.all[1]!.onopen?.(); // no event was ever heard: nobody knows since when
  expect(stale).toHaveBeenCalledTimes(1);
  Source.all[1]!.dispatchEvent(new Event("reload")); // the feed no longer reaches back so far
  expect(stale).toHaveBeenCalledTimes(2);
});

it("says so when it cannot get through, and waits longer each time", async () => {
  vi.stubGlobal("fetch", async () => new Response("", { status: 503 }));
  document.body.innerHTML = "<tx-live></tx-live>";
  await vi.advanceTimersByTimeAsync(20_000);
  expect(document.querySelector("tx-live .is-broken")).not.toBeNull();
});

it("leaves out what is no change", () => {
  expect(readChanges("not json")).toEqual([]);
  expect(readChanges('{"topic": "x"}')).toEqual([]);
  expect(readChanges('[null, {"topic": "x", "ref": "a", "version": 3}]')).toEqual([{ topic: "x", ref: "a", version: 3 }]);
});

it("an older version that arrives late is news too, a double is not", () => {
  const doubles = new Doubles();
  expect(doubles.isNew(change("a", 2))).toBe(true);
  expect(doubles.isNew(change("a", 1))).toBe(true);
  expect(doubles.isNew(change("a", 2))).toBe(false);
});
