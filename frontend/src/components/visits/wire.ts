import { csrfToken } from "../../dom";

/** What goes between a phone on its visits and the server; see docs/adr/0013. */
export type Word = { code: string; words: string };
export type Ground = Word & { rules: Word[] };
export type Value = string | number | boolean | null;
export type Field = { value: Value; stamp: number };
export type CareMark = { key: string; code: string };
export type Person = { key: string; fields: Record<string, Field>; is_minor: boolean; withheld: boolean; consent: boolean; care: CareMark[]; until?: string | null };
export type Visit = { at: string; outcome: string; by: string; note?: string };
export type Flat = {
  id: number;
  unit: string;
  number: string;
  label: string;
  floor: number;
  fields: Record<string, Field>;
  confirmed_at: string | null;
  rest_until: string | null;
  why: Word[];
  rank: number | null;
  people: Person[];
  visits: Visit[];
};
export type Said = { value: Value; by: string; at: string; stamp?: number };
export type Conflict = {
  id: number | string;
  flat: number;
  flat_label: string;
  person?: string;
  field: string;
  field_words: string;
  now: Said;
  theirs: Said;
  mine: boolean;
  settled: { by: string; at: string } | null;
};
export type Building = { id: number; label: string; plan: unknown; flats: Flat[] };
export type Words = { states: Word[]; marks: Word[]; parts: Word[]; care: Word[]; grounds: Ground[]; outcomes: Word[] };
export type Taken = Words & {
  device: string;
  taken_at: string;
  expires_at: string;
  member: { id: number; name: string };
  notice_version: string;
  /** When the server looked: what has changed since is asked for next time. */
  mark?: string;
  buildings: Building[];
  conflicts: Conflict[];
};
export type DayBuilding = { id: number; label: string; flats: number; due: number; nearest_m?: number };
export type Refusal = { id: string; code: string; detail: string };
/** What became of the acts; `made` says what the server calls whom this phone has entered. */
export type Heard = { applied: string[]; refused: Refusal[]; made?: Record<string, string> };
export type Synced = Heard & { conflicts: Conflict[]; flats: Flat[]; expires_at: string; mark?: string };

/** One act at a door; `stamp` is what was seen, `after` an own earlier act that it builds on. */
export type Op = {
  id: string;
  at: string;
  do: "set" | "add_person" | "move_out" | "withdraw" | "add_care" | "end_care" | "confirm" | "visit" | "settle";
  flat: number;
  person?: string;
  care?: string;
  conflict?: number | string;
  field?: string;
  value?: Value | Record<string, Value>;
  stamp?: number;
  after?: string;
};
export type Sent = Op & { seq: number };

/** `later`: no way through just now; `gone`: the server says that this phone must forget everything. */
export type Answer<T> = { is: "done"; said: T } | { is: "later" } | { is: "log in" } | { is: "gone"; why: string; heard: Heard } | { is: "refused"; code: string; detail: string };

const PATIENCE = 20_000;
const ROOT = "/field/visits/";

/** Ask the server; never throws. */
export async function ask<T>(path: string, body?: unknown): Promise<Answer<T>> {
  const giving = new AbortController();
  const timer = setTimeout(() => giving.abort(), PATIENCE);
  try {
    return await read<T>(await fetch(ROOT + path, request(body, giving.signal)));
  } catch {
    return { is: "later" };
  } finally {
    clearTimeout(timer);
  }
}

function request(body: unknown, signal: AbortSignal): RequestInit {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body === undefined) return { headers, signal, redirect: "manual", cache: "no-store" };
  Object.assign(headers, { "Content-Type": "application/json", "X-CSRFToken": csrfToken() });
  return { method: "POST", headers, signal, redirect: "manual", cache: "no-store", body: JSON.stringify(body) };
}

type Told = { code?: string; detail?: string };

async function read<T>(answer: Response): Promise<Answer<T>> {
  const { status } = answer;
  if (answer.type === "opaqueredirect" || status === 401 || (status >= 300 && status < 400)) return { is: "log in" };
  if (status === 408 || status === 425 || status === 429 || status >= 500) return { is: "later" };
  const ours = (answer.headers.get("Content-Type") ?? "").includes("json");
  const told = (ours ? await answer.json() : {}) as Told & T;
  if (status < 300) return { is: "done", said: told };
  if (status === 410) return { is: "gone", why: told.code ?? "revoked", heard: { applied: [], refused: [], ...told } };
  // A 403 that is not our own sentence comes from before the view: the token is another log-in's.
  if (status === 403 && told.detail === undefined) return { is: "log in" };
  return { is: "refused", code: told.code ?? "", detail: told.detail ?? "" };
}
