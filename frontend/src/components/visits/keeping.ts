import { inside, opener, removeDatabase } from "../../database";
import { openWith, sealWith, type Sealed } from "../offline-queue/sealing";
import type { Wrap } from "./keys";
import { NONE, type Tries } from "./tries";
import type { Building, Conflict, Flat, Op, Sent, Taken, Words } from "./wire";

/**
 * What a phone keeps of its visits. Three stores: `keys` (how the data key is wrapped, tries, times; nobody's data),
 * `kept` (what was taken along, sealed) and `ops` (what was done at doors, sealed, oldest first). In clear are row
 * numbers, the act's random id, and times; no name, number, address or answer. Every change is one transaction.
 */
export const NAME = "tongxin-visits";
const FLAG = "tongxin-visits";
const STORES = ["keys", "kept", "ops"];

const open = opener(NAME, (database) => {
  database.createObjectStore("keys", { keyPath: "id" });
  database.createObjectStore("kept", { keyPath: "id" });
  database.createObjectStore("ops", { keyPath: "seq", autoIncrement: true });
});

/** The latest moment seen, when the plans go, and when the server last told what has changed. */
export type Times = { latest: number; expires: number; mark?: string };

export type Keys = {
  device?: { id: "device"; uuid: string; secret: CryptoKey };
  pin?: { id: "pin" } & Wrap;
  passkey?: { id: "passkey" } & Wrap;
  tries?: { id: "tries" } & Tries;
  times?: { id: "times" } & Times;
  owner?: { id: "owner" } & Sealed;
};
type KeyRecord = NonNullable<Keys[keyof Keys]>;
type Kept = { id: string } & Sealed;
type Row = { seq: number; id: string } & Sealed;

/** What an answer of the server said of an own act that was not taken over. */
export type Told = { id: string; flat: number; detail: string; at: string };
export type Head = Words & Pick<Taken, "device" | "taken_at" | "member" | "notice_version">;
/** What the server calls whom this phone has entered, by the phone's own key. */
export type Made = Record<string, string>;
export type KeptBuilding = Omit<Building, "flats"> & { flats: number[] };
export type Book = { head: Head | undefined; buildings: KeptBuilding[]; flats: Map<number, Flat>; conflicts: Conflict[]; told: Told[]; made: Made; ops: Sent[] };

/** Whether this phone may keep visits; asked where opening the database would first make one. */
export const present = (): boolean => localStorage.getItem(FLAG) !== null;

/** What lies in clear; nothing, and no database is made, where no visits are kept. */
export async function readKeys(): Promise<Keys> {
  if (!present()) return {};
  const all = await inside(open, ["keys"], "readonly", (transaction) => {
    const asked = transaction.objectStore("keys").getAll();
    return () => asked.result as KeyRecord[];
  });
  return Object.fromEntries(all.map((each) => [each.id, each])) as Keys;
}

/** How many acts are not sent yet; this needs no key. */
export async function unsent(): Promise<number> {
  if (!present()) return 0;
  return inside(open, ["ops"], "readonly", (transaction) => {
    const asked = transaction.objectStore("ops").count();
    return () => asked.result;
  });
}

/** Begin to keep visits on this phone. */
export async function begin(device: Keys["device"] & object, pin: Wrap, owner: Sealed, now: number): Promise<void> {
  localStorage.setItem(FLAG, "1");
  await putKeys(device, { id: "pin", ...pin }, { id: "tries", ...NONE }, { id: "times", latest: now, expires: 0 }, { id: "owner", ...owner });
}

export function putKeys(...records: KeyRecord[]): Promise<void> {
  return inside(open, ["keys"], "readwrite", (transaction) => {
    for (const record of records) transaction.objectStore("keys").put(record);
    return () => undefined;
  });
}

/** Count a try before it is made: what was counted, in one transaction over all pages. */
export function countTry(change: (before: Tries) => Tries | undefined): Promise<Tries | undefined> {
  return inside(open, ["keys"], "readwrite", (transaction) => {
    const keys = transaction.objectStore("keys");
    let after: Tries | undefined;
    const asked = keys.get("tries");
    asked.onsuccess = () => {
      after = change((asked.result as Tries | undefined) ?? NONE);
      if (after) keys.put({ id: "tries", count: after.count, since: after.since });
    };
    return () => after;
  });
}

/** The latest moment ever seen here: a clock that is set back gains nothing. */
export async function moment(now: number): Promise<Times> {
  return inside(open, ["keys"], "readwrite", (transaction) => {
    const keys = transaction.objectStore("keys");
    let times: Times = { latest: now, expires: 0 };
    const asked = keys.get("times");
    asked.onsuccess = () => {
      const known = asked.result as Times | undefined;
      if (!known) return;
      times = { ...known, latest: Math.max(known.latest, now) };
      if (times.latest > known.latest) keys.put({ ...times, id: "times" });
    };
    return () => times;
  });
}

/** Open all that is kept. What cannot be opened is left out. */
export async function load(key: CryptoKey): Promise<Book> {
  const { kept, rows } = await inside(open, ["kept", "ops"], "readonly", (transaction) => {
    const [some, others] = [transaction.objectStore("kept").getAll(), transaction.objectStore("ops").getAll()];
    return () => ({ kept: some.result as Kept[], rows: others.result as Row[] });
  });
  const opened = new Map(await Promise.all(kept.map(async (each) => [each.id, await openWith<unknown>(key, each, each.id)] as const)));
  const made = (opened.get("made") as Made | undefined) ?? {};
  const of = <T>(prefix: string): T[] => [...opened].filter(([id, value]) => id.startsWith(prefix) && value !== undefined).map(([, value]) => value as T);
  return {
    head: opened.get("head") as Head | undefined,
    buildings: of<KeptBuilding>("building:"),
    flats: new Map(of<Flat>("flat:").map((flat) => [flat.id, flat])),
    conflicts: (opened.get("conflicts") as Conflict[] | undefined) ?? [],
    told: (opened.get("told") as Told[] | undefined) ?? [],
    made,
    ops: (await opsOf(key, rows)).map((op) => renamed(op, made)),
  };
}

async function opsOf(key: CryptoKey, rows: Row[]): Promise<Sent[]> {
  const all = await Promise.all(rows.map(async (row) => ({ op: await openWith<Op>(key, row, `op:${row.id}`), seq: row.seq })));
  return all.flatMap(({ op, seq }) => (op ? [{ ...op, seq }] : []));
}

/** An act about somebody entered here, under the name that the server has given since. */
function renamed<T extends Op>(op: T, made: Made): T {
  const key = (given: string | undefined): string | undefined => (given === undefined ? undefined : (made[given] ?? given));
  return { ...op, ...(op.person ? { person: key(op.person) } : {}), ...(op.care ? { care: key(op.care) } : {}) };
}

/** The acts that are not sent, oldest first. */
export async function waiting(key: CryptoKey): Promise<Sent[]> {
  const { rows, names } = await inside(open, ["kept", "ops"], "readonly", (transaction) => {
    const [some, made] = [transaction.objectStore("ops").getAll(), transaction.objectStore("kept").get("made")];
    return () => ({ rows: some.result as Row[], names: made.result as Kept | undefined });
  });
  const made = (names && (await openWith<Made>(key, names, "made"))) ?? {};
  return (await opsOf(key, rows)).map((op) => renamed(op, made));
}

export class Wiped extends Error {}

/**
 * Add acts after those that wait, all of them or none. `make` is given what waits, for an act says on which
 * earlier one it builds; when another page was faster, it is asked again. Raises `Wiped` when nothing is kept here
 * any more.
 */
export async function append(key: CryptoKey, make: (waiting: Sent[]) => Op[]): Promise<Op[]> {
  for (;;) {
    const before = await waiting(key);
    const ops = make(before);
    const rows = await Promise.all(ops.map(async (op) => ({ id: op.id, ...(await sealWith(key, op, `op:${op.id}`)) })));
    if (await added(rows, before.at(-1)?.seq ?? 0)) return ops;
  }
}

async function added(rows: Omit<Row, "seq">[], last: number): Promise<boolean> {
  return whileHeld(["keys", "ops"], (transaction) => {
    const ops = transaction.objectStore("ops");
    let mine = false;
    const newest = ops.openKeyCursor(null, "prev");
    newest.onsuccess = () => {
      mine = Number(newest.result?.key ?? 0) <= last;
      if (mine) for (const row of rows) ops.add(row);
    };
    return () => mine;
  });
}

/** A change of what is kept: acts that are settled, records that come, whether all others go. */
export type Change = { drop?: number[]; put?: Record<string, unknown>; anew?: boolean; times?: Partial<Times> };

/** Do a change in one transaction: what was sent goes only together with the answer's coming. */
export async function change(key: CryptoKey, { drop = [], put = {}, anew = false, times }: Change): Promise<void> {
  const sealed = await Promise.all(Object.entries(put).map(async ([id, value]) => ({ id, ...(await sealWith(key, value, id)) })));
  await whileHeld(STORES, (transaction) => {
    for (const seq of drop) transaction.objectStore("ops").delete(seq);
    const kept = transaction.objectStore("kept");
    if (anew) kept.clear();
    const head = kept.get("head");
    head.onsuccess = () => {
      // Plans that expired meanwhile do not come back with a late answer.
      for (const record of sealed) if (anew || head.result || ["told", "made"].includes(record.id)) kept.put(record);
    };
    if (times) setTimes(transaction.objectStore("keys"), times);
    return () => undefined;
  });
}

function setTimes(keys: IDBObjectStore, times: Partial<Times>): void {
  const asked = keys.get("times");
  asked.onsuccess = () => keys.put({ latest: 0, expires: 0, ...(asked.result as object), ...times, id: "times" });
}

/** Work only while a key is kept here: another page may have wiped all. */
function whileHeld<T>(stores: string[], work: (transaction: IDBTransaction) => () => T): Promise<T> {
  let gone = false;
  const done = inside(open, stores, "readwrite", (transaction) => {
    const held = transaction.objectStore("keys").getKey("pin");
    let result: (() => T) | undefined;
    held.onsuccess = () => {
      gone = held.result === undefined;
      if (gone) transaction.abort();
      else result = work(transaction);
    };
    return () => result!();
  });
  return done.catch((error: unknown) => {
    throw gone ? new Wiped() : error;
  });
}

/** Forget what was taken along; acts that are not sent stay, sealed. */
export function wipePlans(): Promise<void> {
  return inside(open, ["keys", "kept"], "readwrite", (transaction) => {
    transaction.objectStore("kept").clear();
    setTimes(transaction.objectStore("keys"), { expires: 0 });
    return () => undefined;
  });
}

/** Forget everything: plans, acts, and the keys that would open them. */
export async function wipeAll(): Promise<void> {
  if (!present()) return;
  await inside(open, STORES, "readwrite", (transaction) => {
    for (const name of STORES) transaction.objectStore(name).clear();
    return () => undefined;
  });
  await removeDatabase(NAME);
  localStorage.removeItem(FLAG);
}
