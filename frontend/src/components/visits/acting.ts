import type { Book, KeptBuilding } from "./keeping";
import type { Conflict, Field, Flat, Op, Person, Sent, Value } from "./wire";

/** What a phone shows: what the server said last, with the own acts that it has not heard yet laid over it. */

export type Step = Omit<Op, "id" | "at" | "after">;

/** An act from a step: its own id and time, the stamp that was seen, and the own act it builds on. */
export function opOf(step: Step, flat: Flat | undefined, waiting: Sent[], now: Date): Op {
  const op: Op = { id: crypto.randomUUID(), at: now.toISOString(), ...step };
  if (step.do !== "set") return op;
  const stamp = fieldOf(flat, step)?.stamp;
  const base = waiting.filter((each) => each.flat === step.flat && sets(each, step)).at(-1);
  return { ...op, ...(stamp === undefined ? {} : { stamp }), ...(base ? { after: base.id } : {}) };
}

function fieldOf(flat: Flat | undefined, step: Step): Field | undefined {
  const fields = step.person ? flat?.people.find((each) => each.key === step.person)?.fields : flat?.fields;
  return fields?.[step.field ?? ""];
}

/** Whether an earlier act made the value that the step changes. */
function sets(earlier: Op, step: Step): boolean {
  if (step.person) return earlier.person === step.person && (earlier.do === "add_person" || (earlier.do === "set" && earlier.field === step.field));
  if (earlier.do === "visit") return step.field === "no_visit" && outcomeOf(earlier) === "not_wanted";
  return earlier.do === "set" && !earlier.person && earlier.field === step.field;
}

export const outcomeOf = (op: Op): string => String((op.value as Record<string, Value>)["outcome"] ?? "");

/** A flat with acts laid over it; the flat itself stays as it is. */
export function laidOver(flat: Flat, ops: Op[], by = ""): Flat {
  return ops.filter((op) => op.flat === flat.id).reduce((shown, op) => DO[op.do](shown, op, by), flat);
}

const withPerson = (flat: Flat, key: string | undefined, change: (person: Person) => Person): Flat => ({
  ...flat,
  people: flat.people.map((each) => (each.key === key ? change(each) : each)),
});

const put = (fields: Record<string, Field>, name: string, value: Value): Record<string, Field> => ({ ...fields, [name]: { stamp: fields[name]?.stamp ?? 0, value } });
const without = (flat: Flat, key: string | undefined): Flat => ({ ...flat, people: flat.people.filter((each) => each.key !== key) });

const DO: Record<Op["do"], (flat: Flat, op: Op, by: string) => Flat> = {
  set(flat, op) {
    const value = op.value as Value;
    if (op.person) return withPerson(flat, op.person, (person) => ({ ...person, fields: put(person.fields, op.field!, value) }));
    return { ...flat, fields: put(flat.fields, op.field!, value) };
  },
  add_person: (flat, op) => ({ ...flat, people: [...flat.people, personOf(op)] }),
  move_out: (flat, op) => without(flat, op.person),
  withdraw: (flat, op) => without(flat, op.person),
  add_care: (flat, op) =>
    withPerson(flat, op.person, (person) => ({ ...person, care: [...person.care, { key: op.care!, code: String((op.value as Record<string, Value>)["code"]) }] })),
  end_care: (flat, op) => ({ ...flat, people: flat.people.map((person) => ({ ...person, care: person.care.filter((mark) => mark.key !== op.care) })) }),
  confirm: (flat, op) => ({ ...flat, confirmed_at: op.at }),
  visit(flat, op, by) {
    const outcome = outcomeOf(op);
    const after = { ...flat, visits: [{ at: op.at, outcome, by }, ...flat.visits] };
    if (outcome === "not_wanted") return { ...after, fields: put(flat.fields, "no_visit", true) };
    return outcome === "confirmed" || outcome === "changed" ? { ...after, confirmed_at: op.at } : after;
  },
  settle: (flat) => flat,
};

const FIELDS = ["name", "phone", "note", "part", "lives_here"];

function personOf(op: Op): Person {
  const said = op.value as Record<string, Value>;
  const fields = Object.fromEntries(FIELDS.map((name) => [name, { value: said[name] ?? "", stamp: 0 }]));
  const consent = said["legal_basis"] !== "duty";
  return { key: op.person!, fields, is_minor: said["is_minor"] === true, withheld: false, consent, care: [] };
}

/** The conflicts that wait for somebody, without those that were settled here. */
export function openConflicts(book: Book): Conflict[] {
  const settled = new Set(book.ops.filter((op) => op.do === "settle").map((op) => op.conflict));
  return book.conflicts.filter((each) => each.settled === null && !settled.has(each.id));
}

/** A flat as it is shown now. */
export function shownFlat(book: Book, id: number): Flat | undefined {
  const flat = book.flats.get(id);
  return flat && laidOver(flat, book.ops, book.head?.member.name);
}

export const dayOf = (at: string | Date): string => new Date(at).toDateString();

/** Whether somebody was at the door on the same day. */
export const doneOn = (flat: Flat, now: Date): boolean => flat.visits.some((visit) => dayOf(visit.at) === dayOf(now));

/** Whether something was changed here today that no visit has closed yet. */
export function changedSince(ops: Op[], flat: number): boolean {
  const own = ops.filter((op) => op.flat === flat && op.do !== "settle");
  return own.length > 0 && own.at(-1)!.do !== "visit";
}

export type Doors = { due: Flat[]; done: Flat[]; others: Flat[] };

/** The doors of a building: those of today by rank, those that were visited today, and the rest. */
export function doorsOf(book: Book, building: KeptBuilding, now: Date): Doors {
  const flats = building.flats.flatMap((id) => shownFlat(book, id) ?? []);
  const done = flats.filter((flat) => doneOn(flat, now));
  const rest = flats.filter((flat) => !doneOn(flat, now));
  const due = rest.filter((flat) => flat.rank !== null && flat.fields["no_visit"]?.value !== true).sort((a, b) => a.rank! - b.rank!);
  const others = rest.filter((flat) => !due.includes(flat)).sort((a, b) => a.unit.localeCompare(b.unit, undefined, { numeric: true }) || b.floor - a.floor || a.number.localeCompare(b.number, undefined, { numeric: true }));
  return { due, done, others };
}
