import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Step } from "./acting";
import { doorsOf, laidOver, openConflicts, opOf, shownFlat } from "./acting";
import { newDataKey, newDeviceSecret, openByPin, ROUNDS, tooEasy } from "./keys";
import { append, begin, change, load, NAME, present, readKeys, unsent, waiting, wipeAll, wipePlans, Wiped } from "./keeping";
import { Safe } from "./safe";
import { keepTaken, stillGood, stillLetIn, sync, withholdLate } from "./syncing";
import { MOST, restOf } from "./tries";
import type { Flat, Op, Taken } from "./wire";
import { Watch } from "./watching";

const PIN = "802913";
const NAMED = "孙阿婆";
const PHONE = "13900001122";
type Sent = { path: string; body: { device: string; ops: Op[]; since?: string } };
const sent: Sent[] = [];
let answer: (body: Sent["body"], path: string) => Response | Promise<Response>;

beforeEach(async () => {
  await wipeAll();
  sent.length = 0;
  answer = ({ ops }) => said({ applied: ops.map((op) => op.id) });
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    const body = JSON.parse(String(init.body ?? "{}")) as Sent["body"];
    sent.push({ path, body });
    return answer(body, path);
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const json = (body: object, status = 200): Response => new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
const said = (more: object = {}): Response => json({ applied: [], refused: [], conflicts: [], flats: [], expires_at: tomorrow(), mark: "2026-06-15T03:00:00Z", ...more });
const tomorrow = (): string => new Date(Date.now() + 86_400_000).toISOString();

const flatOf = (id: number, more: Partial<Flat> = {}): Flat => ({
  id, unit: "2", number: `${id}01`, label: `2-${id}01`, floor: id,
  fields: { state: { value: "lived_in", stamp: 3 }, no_visit: { value: false, stamp: 0 } },
  confirmed_at: null, rest_until: null, why: [{ code: "old", words: "久未核实" }], rank: id,
  people: [{ key: "resident:7", fields: { name: { value: NAMED, stamp: 1 }, phone: { value: PHONE, stamp: 4 } }, is_minor: false, withheld: false, consent: true, care: [] }],
  visits: [], ...more,
}); // prettier-ignore

const takenOf = (flats: Flat[], more: Partial<Taken> = {}): Taken => ({
  device: "d", taken_at: new Date().toISOString(), expires_at: tomorrow(), mark: "2026-06-15T02:00:00Z", member: { id: 5, name: "李响" }, notice_version: "n",
  states: [], marks: [], parts: [], care: [], grounds: [], outcomes: [], conflicts: [],
  buildings: [{ id: 1, label: "3号楼", plan: {}, flats }], ...more,
}); // prettier-ignore

async function taken(flats = [flatOf(5)], more: Partial<Taken> = {}): Promise<{ safe: Safe; key: CryptoKey }> {
  const safe = new Safe();
  const key = await safe.setUp(PIN, crypto.randomUUID(), 5);
  await keepTaken(key, takenOf(flats, more));
  return { safe, key };
}

/** Act as the page does. */
async function act(key: CryptoKey, ...steps: Step[]): Promise<Op[]> {
  const { flats } = await load(key);
  return append(key, (before) => {
    const made = [...before];
    return steps.map((step) => {
      const op = opOf(step, flats.get(step.flat), made, new Date());
      made.push({ ...op, seq: 0 });
      return op;
    });
  });
}

const phone = (value: string): Step => ({ do: "set", flat: 5, person: "resident:7", field: "phone", value });

/** Everything that lies in the browser's storage, as bytes and letters. */
async function dump(): Promise<string> {
  const database = await new Promise<IDBDatabase>((resolve) => {
    const asked = indexedDB.open(NAME);
    asked.onsuccess = () => resolve(asked.result);
  });
  const words = (value: unknown): string => {
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return new TextDecoder("utf-8").decode(value as ArrayBuffer);
    return value && typeof value === "object" ? Object.entries(value).map(([name, each]) => `${name}:${words(each)}`).join(" ") : String(value);
  };
  const all: string[] = [];
  for (const name of database.objectStoreNames) {
    const rows = await new Promise<unknown[]>((resolve) => {
      const asked = database.transaction(name).objectStore(name).getAll();
      asked.onsuccess = () => resolve(asked.result);
    });
    all.push(...rows.map(words));
  }
  database.close();
  return all.join("\n");
}

it("opens by the PIN and this device together, and by neither alone", async () => {
  const [mine, other] = [await newDeviceSecret(), await newDeviceSecret()];
  const { key, wrap } = await newDataKey(PIN, mine);
  expect(wrap.rounds).toBe(ROUNDS);
  expect(ROUNDS).toBeGreaterThanOrEqual(600_000);
  expect(key.extractable).toBe(false);
  expect(mine.extractable).toBe(false);
  expect(await openByPin(PIN, mine, wrap)).toBeDefined();
  expect(await openByPin("802914", mine, wrap)).toBeUndefined();
  expect(await openByPin(PIN, other, wrap)).toBeUndefined();
});

it("takes no PIN that is guessed at once", () => {
  expect(["1234", "000000", "123456", "987654", "111111"].filter((pin) => !tooEasy(pin))).toEqual([]);
  expect([PIN, "135792", "20260615"].filter(tooEasy)).toEqual([]);
});

it("keeps no name, no number, no address and no answer in clear", async () => {
  const { key } = await taken();
  await act(key, phone("13911112222"), { do: "visit", flat: 5, value: { outcome: "refused", note: "老人睡了" } });
  const raw = await dump();
  for (const word of [NAMED, PHONE, "13911112222", "老人睡了", "refused", "3号楼", "lived_in", "李响", PIN]) expect(raw).not.toContain(word);
  expect((await load(key)).flats.get(5)!.people[0]!.fields["name"]!.value).toBe(NAMED);
});

it("opens nothing that was put in another's place", async () => {
  const { key } = await taken([flatOf(5), flatOf(6)]);
  const database = await new Promise<IDBDatabase>((resolve) => {
    const asked = indexedDB.open(NAME);
    asked.onsuccess = () => resolve(asked.result);
  });
  const kept = database.transaction("kept", "readwrite").objectStore("kept");
  kept.get("flat:6").onsuccess = (event) => kept.put({ ...(event.target as IDBRequest<object>).result, id: "flat:5" });
  await new Promise((resolve) => (kept.transaction.oncomplete = resolve));
  database.close();
  expect([...(await load(key)).flats.keys()]).toEqual([6]);
});

it("five wrong PINs rest for a growing time, the tenth clears everything", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const { safe, key } = await taken();
  await act(key, phone("1"));
  safe.lock();
  expect(safe.key).toBeUndefined();
  const rests: number[] = [];
  for (let n = 1; n < MOST; n++) {
    const tried = await safe.unlock("000001");
    expect(tried).toMatchObject({ is: "wrong", left: MOST - n });
    const { rest } = tried as { rest: number };
    if (rest) {
      rests.push(rest / 60_000);
      expect(await safe.unlock(PIN)).toMatchObject({ is: "rest" }); // even the right one waits
      vi.setSystemTime(Date.now() + rest);
    }
  }
  expect(rests).toEqual([1, 2, 5, 15, 60]);
  expect(await safe.unlock("000001")).toEqual({ is: "wiped" });
  expect(present()).toBe(false);
  expect(await unsent()).toBe(0);
}, 60_000);

it("the right PIN begins the count anew; a clock set back does not shorten the rest", async () => {
  const { safe } = await taken();
  await safe.unlock("000001");
  expect(await safe.unlock(PIN)).toEqual({ is: "open" });
  expect((await readKeys()).tries).toMatchObject({ count: 0 });
  expect(restOf({ count: 5, since: 1_000_000 }, 0)).toBe(60_000);
}, 20_000);

it("lays acts over what the server said, each on top of the own one before", async () => {
  const { key } = await taken();
  const [first] = await act(key, phone("1"));
  const [second] = await act(key, phone("2"));
  const [care] = await act(key, { do: "add_care", flat: 5, person: "resident:7", care: "new:c", value: { code: "oxygen" } });
  expect(first).toMatchObject({ stamp: 4 });
  expect(first!.after).toBeUndefined();
  expect(second).toMatchObject({ stamp: 4, after: first!.id });
  expect(care!.after).toBeUndefined();
  const shown = shownFlat(await load(key), 5)!;
  expect(shown.people[0]!.fields["phone"]!.value).toBe("2");
  expect(shown.people[0]!.care).toEqual([{ key: "new:c", code: "oxygen" }]);
  expect((await load(key)).flats.get(5)!.people[0]!.fields["phone"]!.value).toBe(PHONE);
});

it("builds on who was entered here, also once the server has given them another name", async () => {
  const { key } = await taken();
  const [added] = await act(key, { do: "add_person", flat: 5, person: "new:x", value: { name: "钱远行", phone: "1", part: "owner" } });
  const [set] = await act(key, { do: "set", flat: 5, person: "new:x", field: "phone", value: "2" });
  expect(set!.after).toBe(added!.id);
  answer = () => said({ applied: [added!.id], made: { "new:x": "resident:9" }, flats: [flatOf(5, { people: [{ ...flatOf(5).people[0]!, key: "resident:9" }] })] });
  await sync(key);
  expect(shownFlat(await load(key), 5)!.people[0]!.fields["phone"]!.value).toBe("2");
  const [again] = await act(key, { do: "set", flat: 5, person: "resident:9", field: "phone", value: "3" });
  expect(again!.after).toBe(set!.id);
});

it("“不用来” is honoured at once: the door leaves the list, and so does one that was not opened", async () => {
  const { key } = await taken([flatOf(5), flatOf(6), flatOf(7)]);
  await act(key, { do: "visit", flat: 6, value: { outcome: "not_wanted" } }, { do: "visit", flat: 7, value: { outcome: "refused" } });
  const book = await load(key);
  const { due, done } = doorsOf(book, book.buildings[0]!, new Date());
  expect(due.map((flat) => flat.id)).toEqual([5]);
  expect(done.map((flat) => flat.id)).toEqual([6, 7]);
  expect(shownFlat(book, 6)!.fields["no_visit"]!.value).toBe(true);
  const tomorrow = doorsOf(book, book.buildings[0]!, new Date(Date.now() + 86_400_000));
  expect(tomorrow.due.map((flat) => flat.id)).not.toContain(6);
});

it("sends in order, and under the same ids again when the answer was lost", async () => {
  const { key } = await taken();
  await act(key, phone("1"));
  await act(key, { do: "visit", flat: 5, value: { outcome: "changed" } });
  answer = () => Promise.reject(new TypeError("torn"));
  expect(await sync(key)).toEqual({ is: "later" });
  expect(await unsent()).toBe(2);
  answer = ({ ops }) => said({ applied: ops.map((op) => op.id), flats: [flatOf(5, { confirmed_at: "2026-06-15T03:00:00Z" })] });
  expect(await sync(key)).toEqual({ is: "done" });
  expect(sent[1]!.body.ops).toEqual(sent[0]!.body.ops);
  expect(sent[1]!.body.ops.map((op) => op.do)).toEqual(["set", "visit"]);
  const numbers = sent[1]!.body.ops.map((op) => (op as Op & { seq: number }).seq);
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  expect(await unsent()).toBe(0);
  expect((await load(key)).flats.get(5)!.confirmed_at).toBe("2026-06-15T03:00:00Z");
  await sync(key);
  expect(sent[0]!.body.since).toBe("2026-06-15T02:00:00Z");
  expect(sent[2]!.body.since).toBe("2026-06-15T03:00:00Z");
});

it("tells what was refused, with its door, and forgets the act", async () => {
  const { key } = await taken();
  const [op] = await act(key, phone("1"));
  answer = () => said({ refused: [{ id: op!.id, code: "x", detail: "号码不对" }] });
  await sync(key);
  expect((await load(key)).told).toMatchObject([{ flat: 5, detail: "号码不对" }]);
  expect(await unsent()).toBe(0);
});

it("an act that cannot be read is told and holds up no other", async () => {
  const { key } = await taken();
  await act(key, phone("1"));
  const [bad] = await act(key, phone("2"));
  await act(key, phone("3"));
  const unreadable = { code: "visits.body", detail: "看不懂" };
  answer = ({ ops }) => (ops.some((op) => op.id === bad!.id) ? json(unreadable, 400) : said({ applied: ops.map((op) => op.id) }));
  expect(await sync(key)).toEqual({ is: "done" });
  expect(await unsent()).toBe(0);
  expect((await load(key)).told).toMatchObject([{ id: bad!.id, detail: "看不懂" }]);
});

it("a log-in that is over keeps everything, a fault of the server too", async () => {
  const { key } = await taken();
  await act(key, phone("1"));
  for (const [status, is] of [[401, "log in"], [403, "log in"], [503, "later"], [429, "later"]] as const) {
    answer = () => new Response("", { status });
    expect(await sync(key)).toMatchObject({ is });
  }
  answer = () => json({ code: "x", detail: "不行" }, 403);
  expect(await sync(key)).toEqual({ is: "refused", detail: "不行" });
  expect(await unsent()).toBe(1);
});

it("a conflict shows both values and is settled by an act like any other", async () => {
  const { key } = await taken();
  const clash = { id: 3, flat: 5, flat_label: "2-501", person: "resident:7", field: "phone", field_words: "电话", now: { value: "2", by: "乙", at: "", stamp: 9 }, theirs: { value: "1", by: "甲", at: "" }, mine: true, settled: null };
  answer = () => said({ conflicts: [clash] });
  await sync(key);
  expect(openConflicts(await load(key))).toHaveLength(1);
  await act(key, { do: "settle", flat: 5, conflict: 3, value: "1", stamp: 9 });
  expect(openConflicts(await load(key))).toEqual([]);
  expect((await waiting(key))[0]).toMatchObject({ do: "settle", conflict: 3, value: "1", stamp: 9 });
});

it("a revoked phone forgets everything at its next contact, also while it is locked", async () => {
  const { key, safe } = await taken();
  await act(key, phone("1"));
  answer = () => json({ wipe: true, code: "visits.revoked", detail: "" }, 410);
  expect(await sync(key)).toEqual({ is: "wiped" });
  expect(present()).toBe(false);
  await expect(act(key, phone("2"))).rejects.toThrow();
  await wipeAll();
  await taken();
  safe.lock();
  expect(await stillLetIn()).toBe(false);
  expect(present()).toBe(false);
  expect(sent.map((each) => each.path).slice(-2)).toMatchObject([expect.stringMatching(/day\/\?device=/), expect.stringMatching(/wiped\/$/)]);
});

it("after its day the plans go and what is not sent stays sealed until it is sent", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const { key, safe } = await taken();
  const [op] = await act(key, phone("13911112222"));
  expect(await stillGood()).toBe(true);
  vi.setSystemTime(Date.now() + 25 * 3_600_000);
  expect(await stillGood()).toBe(false);
  expect((await load(key)).flats.size).toBe(0);
  expect(await dump()).not.toContain("13911112222");
  expect(await unsent()).toBe(1);
  safe.lock();
  expect(await safe.unlock(PIN)).toEqual({ is: "open" });
  answer = ({ ops }) => json({ wipe: true, code: "visits.expired", detail: "", applied: ops.map((each) => each.id), refused: [] }, 410);
  expect(await sync(safe.key!)).toEqual({ is: "over" });
  expect(sent.at(-1)!.body.ops.map((each) => each.id)).toEqual([op!.id]);
  expect(await unsent()).toBe(0);
});

it("a clock that is set back makes the day no longer", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const now = Date.now();
  await taken();
  vi.setSystemTime(now + 23 * 3_600_000);
  expect(await stillGood()).toBe(true);
  vi.setSystemTime(now - 7 * 86_400_000);
  expect(await stillGood()).toBe(true);
  vi.setSystemTime(now + 25 * 3_600_000);
  expect(await stillGood()).toBe(false);
});

it("a clock that was once beyond the day has ended it, wherever it is set then", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const now = Date.now();
  const { key } = await taken();
  const { moment } = await import("./keeping");
  await moment(now + 30 * 3_600_000);
  vi.setSystemTime(now);
  expect(await stillGood()).toBe(false);
  expect((await load(key)).flats.size).toBe(0);
});

it("a minor’s name goes when the supervisor’s yes is over", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const { key } = await taken([flatOf(5, { people: [{ ...flatOf(5).people[0]!, is_minor: true, until }] })]);
  expect(await withholdLate(key, await load(key))).toBe(false);
  vi.setSystemTime(Date.now() + 3_600_001);
  expect(await withholdLate(key, await load(key))).toBe(true);
  const [person] = (await load(key)).flats.get(5)!.people;
  expect(person).toMatchObject({ withheld: true, fields: { name: { value: null }, phone: { value: null } } });
});

it("two pages that act at once lose nothing and build on each other", async () => {
  const { key } = await taken();
  await Promise.all(Array.from({ length: 8 }, (_each, n) => act(key, phone(String(n)))));
  const ops = await waiting(key);
  expect(new Set(ops.map((op) => op.value)).size).toBe(8);
  ops.slice(1).forEach((op, at) => expect(op.after).toBe(ops[at]!.id));
});

it("nothing half is kept when the page is killed within a transaction", async () => {
  const { key } = await taken();
  await act(key, phone("1"));
  const before = await dump();
  for (const torn of ["add", "delete", "put"] as const) {
    const real = IDBObjectStore.prototype[torn] as (...given: unknown[]) => IDBRequest;
    let left = torn === "add" ? 1 : 0;
    vi.spyOn(IDBObjectStore.prototype, torn).mockImplementation(function (this: IDBObjectStore, ...given: unknown[]) {
      const asked = real.apply(this, given);
      if (left-- === 0) this.transaction.abort();
      return asked;
    } as never);
    answer = ({ ops }) => said({ applied: ops.map((op) => op.id), flats: [flatOf(5), flatOf(6)] });
    if (torn === "add") await expect(act(key, phone("2"), { do: "visit", flat: 5, value: { outcome: "changed" } })).rejects.toThrow();
    else await expect(sync(key)).rejects.toThrow();
    vi.restoreAllMocks();
    expect(await dump()).toBe(before);
  }
  await sync(key);
  expect(await unsent()).toBe(0);
});

it("a page that was killed at any moment of its sending loses nothing and sends nothing else", async () => {
  const { key } = await taken();
  const [op] = await act(key, phone("1"));
  answer = ({ ops }) => {
    void ops; // the server has it; the page dies before the answer
    throw new TypeError("gone");
  };
  await sync(key);
  const fresh = new Safe();
  expect(await fresh.unlock(PIN)).toEqual({ is: "open" });
  answer = ({ ops }) => said({ applied: ops.map((each) => each.id) });
  await sync(fresh.key!);
  expect(sent.map((each) => each.body.ops.map((sentOp) => sentOp.id))).toEqual([[op!.id], [op!.id]]);
});

it("a page on which another has cleared the phone keeps nothing more there", async () => {
  const { key } = await taken();
  await change(key, { put: { conflicts: [] } });
  await wipePlans();
  await change(key, { put: { "flat:5": flatOf(5) } });
  expect((await load(key)).flats.size).toBe(0); // a late answer brings no expired plan back
  await wipeAll();
  await begin({ id: "device", uuid: "u", secret: await newDeviceSecret() }, (await newDataKey(PIN, await newDeviceSecret())).wrap, { iv: new Uint8Array(12), data: new ArrayBuffer(8) }, 0);
  await wipeAll();
  localStorage.setItem("tongxin-visits", "1");
  await expect(append(key, () => [opOf(phone("1"), undefined, [], new Date())])).rejects.toBeInstanceOf(Wiped);
  localStorage.removeItem("tongxin-visits");
}, 20_000);

it("locks after a quarter of an hour without a hand, and after five minutes out of sight", () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const lock = vi.fn();
  const watch = new Watch(lock, () => undefined);
  watch.start();
  const after = (minutes: number): void => void vi.setSystemTime(Date.now() + minutes * 60_000);
  after(14);
  document.dispatchEvent(new Event("pointerdown"));
  after(14);
  watch.look();
  expect(lock).not.toHaveBeenCalled();
  after(2);
  document.dispatchEvent(new Event("pointerdown")); // too late: the touch itself finds it locked
  expect(lock).toHaveBeenCalledTimes(1);
  vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  document.dispatchEvent(new Event("visibilitychange"));
  after(6);
  vi.spyOn(document, "visibilityState", "get").mockReturnValue("visible");
  document.dispatchEvent(new Event("visibilitychange"));
  expect(lock).toHaveBeenCalledTimes(2);
  watch.stop();
});

it("lays nothing of another flat over a flat", () => {
  const flat = flatOf(5);
  expect(laidOver(flat, [{ id: "a", at: "", do: "visit", flat: 6, value: { outcome: "refused" } }])).toEqual(flat);
});
