import { change, load, moment, readKeys, waiting, wipeAll, wipePlans, type Book, type Change, type Head, type KeptBuilding, type Times, type Told } from "./keeping";
import { ask, type Answer, type Heard, type Person, type Refusal, type Sent, type Synced, type Taken } from "./wire";

/** `over`: the day is over, its plans are gone; `wiped`: everything is. */
export type Outcome = "done" | "later" | "log in" | "over" | "wiped" | "refused";
export type Result = { is: Outcome; detail?: string };
export type Why = "logout" | "expired" | "revoked" | "tries";

const MOST = 200;
const MOST_TOLD = 50;
const UNREADABLE = "visits.body";

/** Tell the server that this phone has forgotten everything; it need not be heard. */
export async function tellWiped(uuid: string, why: Why): Promise<void> {
  await ask("wiped/", { device: uuid, why });
}

/** Take buildings along: what was there before is replaced in one go; acts that wait stay. */
export async function takeAlong(uuid: string, label: string, buildings: number[]): Promise<Answer<Taken>> {
  return ask<Taken>("take/", { device: uuid, label, buildings });
}

/** What an answer to `takeAlong` becomes on the phone. */
export function recordsOf(taken: Taken): Record<string, unknown> {
  const { buildings, conflicts, expires_at: _expires, mark: _mark, ...head } = taken;
  const kept = buildings.map(({ flats, ...rest }): [string, KeptBuilding] => [`building:${rest.id}`, { ...rest, flats: flats.map((flat) => flat.id) }]);
  const flats = buildings.flatMap((building) => building.flats.map((flat) => [`flat:${flat.id}`, flat] as const));
  return { head: head satisfies Head, conflicts, ...Object.fromEntries(kept), ...Object.fromEntries(flats) };
}

export async function keepTaken(key: CryptoKey, taken: Taken): Promise<void> {
  await change(key, { anew: true, put: recordsOf(taken), times: timesOf(taken) });
}

const timesOf = ({ expires_at, mark }: { expires_at: string; mark?: string }): Partial<Times> => ({ expires: Date.parse(expires_at), ...(mark ? { mark } : {}) });

/**
 * Send what waits, in order, under the ids it has had from the start, and take in what the server says of it. One
 * page at a time; when the answer is lost the same acts are sent again, and the server gives the same answer.
 */
export async function sync(key: CryptoKey): Promise<Result> {
  const all = (): Promise<Result> => sendAll(key);
  return navigator.locks ? await navigator.locks.request("tongxin-visits", all) : all();
}

async function sendAll(key: CryptoKey): Promise<Result> {
  let most = MOST;
  for (;;) {
    const { device, times } = await readKeys();
    if (!device) return { is: "wiped" };
    const ops = (await waiting(key)).slice(0, most);
    const answer = await ask<Synced>("sync/", { device: device.uuid, ops, ...(times?.mark ? { since: times.mark } : {}) });
    if (answer.is === "gone") {
      if (isOver(answer.why)) await change(key, await changeOf(key, answer.heard, ops));
      return forget(answer.why);
    }
    if (answer.is === "refused" && answer.code === UNREADABLE && ops.length > 0) {
      // One act that cannot be read must not hold up the others: they go one by one, and it is told.
      if (ops.length === 1) await change(key, await changeOf(key, { applied: [], refused: [{ ...answer, id: ops[0]!.id }] }, ops));
      most = 1;
      continue;
    }
    if (answer.is !== "done") return answer.is === "refused" ? { is: "refused", detail: answer.detail } : { is: answer.is };
    const heard = await takeIn(key, answer.said, ops);
    if (ops.length < most || heard === 0) return { is: "done" };
  }
}

const isOver = (why: string): boolean => why.endsWith("expired");

/** A phone whose day is over forgets the plans and keeps what is not sent; one that is revoked forgets everything. */
async function forget(why: string): Promise<Result> {
  if (isOver(why)) {
    await wipePlans();
    return { is: "over" };
  }
  await forgetAll("revoked");
  return { is: "wiped" };
}

/** Forget everything, and say so. */
export async function forgetAll(why: Why): Promise<void> {
  const { device } = await readKeys();
  await wipeAll();
  if (device) await tellWiped(device.uuid, why);
}

/** While locked, only ask whether this phone is still let in: what an answer tells could not be kept. */
export async function stillLetIn(): Promise<boolean> {
  const { device } = await readKeys();
  if (!device) return false;
  const answer = await ask(`day/?device=${device.uuid}`);
  return answer.is !== "gone" || (await forget(answer.why)).is === "over";
}

/** Take in an answer in one transaction; how many acts it was about. */
async function takeIn(key: CryptoKey, said: Synced, ops: Sent[]): Promise<number> {
  const flats = Object.fromEntries(said.flats.map((flat) => [`flat:${flat.id}`, flat]));
  const { drop = [], put } = await changeOf(key, said, ops);
  await change(key, { drop, put: { ...put, conflicts: said.conflicts, ...flats }, times: timesOf(said) });
  return drop.length;
}

/** What was heard of acts: they go, refusals are told, and who was entered here has the server's name. */
async function changeOf(key: CryptoKey, heard: Heard, ops: Sent[]): Promise<Change> {
  const gone = new Set([...heard.applied, ...heard.refused.map((each) => each.id)]);
  const drop = ops.filter((op) => gone.has(op.id)).map((op) => op.seq);
  const fresh = heard.refused.length > 0 || Object.keys(heard.made ?? {}).length > 0;
  if (!fresh) return { drop };
  const { told, made } = await load(key);
  return { drop, put: { told: [...told, ...toldOf(heard.refused, ops)].slice(-MOST_TOLD), made: { ...made, ...heard.made } } };
}

function toldOf(refused: Refusal[], ops: Sent[]): Told[] {
  const of = new Map(ops.map((op) => [op.id, op]));
  return refused.map(({ id, detail }) => ({ id, detail, flat: of.get(id)?.flat ?? 0, at: of.get(id)?.at ?? "" }));
}

/** Whether what was taken along is still its day's; when not, it goes. A clock set back makes no day longer. */
export async function stillGood(): Promise<boolean> {
  const { latest, expires } = await moment(Date.now());
  if (!expires || latest < expires) return true;
  const { device } = await readKeys();
  await wipePlans();
  if (device) void tellWiped(device.uuid, "expired");
  return false;
}

/** A minor's name and number go when the supervisor's yes is over. */
export async function withholdLate(key: CryptoKey, book: Book): Promise<boolean> {
  const { latest } = await moment(Date.now());
  const late = [...book.flats.values()].filter((flat) => flat.people.some((person) => isLate(person, latest)));
  if (!late.length) return false;
  const put = late.map((flat) => [`flat:${flat.id}`, { ...flat, people: flat.people.map((person) => (isLate(person, latest) ? withheld(person) : person)) }]);
  await change(key, { put: Object.fromEntries(put) });
  return true;
}

const isLate = (person: Person, now: number): boolean => !person.withheld && !!person.until && Date.parse(person.until) <= now;

function withheld(person: Person): Person {
  const fields = Object.entries(person.fields).map(([name, field]) => [name, ["name", "phone", "note"].includes(name) ? { ...field, value: null } : field]);
  return { ...person, withheld: true, fields: Object.fromEntries(fields) as Person["fields"] };
}

/** Forget that a refusal was told. */
export const heardAll = (key: CryptoKey): Promise<void> => change(key, { put: { told: [] } });

