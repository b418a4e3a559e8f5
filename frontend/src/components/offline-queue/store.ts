import { inside, opener } from "../../database";
import type { Picture } from "./pictures";
import { seal, unseal, type Sealed } from "./sealing";

/** An act that waits for the network, with what a person typed. */
export type Act = {
  id?: number;
  url: string;
  fields: Record<string, string>;
  /** What it is called, and what place it is about. */
  label: string;
  about: string;
  key: string;
  at: string;
  /** The member who did it: nobody else's log-in may send it. */
  by: string;
  pictures?: Record<string, Picture>;
};

/** As it lies on the phone: what was typed is sealed; plain are only codes, numbers and dates. */
type Kept = { id?: number; url: string; key: string; at: string; by?: string; label?: string; about?: string; fields?: Record<string, string>; sealed?: Sealed };

const NAME = "tongxin-acts";
/** Codes, numbers, dates and versions; whatever could be somebody's words does not fit. */
const PLAIN = /^[\w.:+-]{0,80}$/;

const open = opener(NAME, (database) => void database.createObjectStore("acts", { keyPath: "id", autoIncrement: true }));

async function within<T>(mode: IDBTransactionMode, work: (acts: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  return inside(open, ["acts"], mode, (transaction) => {
    const asked = work(transaction.objectStore("acts"));
    return () => asked.result;
  });
}

/** Keep an act until it is sent; false when its words cannot be sealed here, so that it must not be. */
export async function keep(act: Act, secret: string): Promise<boolean> {
  const { fields, label, about, pictures, ...plain } = act;
  const sealed = await seal({ fields, label, about, pictures }, secret);
  if (!sealed && pictures) return false;
  if (!sealed && !Object.values(fields).every((value) => PLAIN.test(value))) return false;
  await within("readwrite", (acts) => acts.add(sealed ? { ...plain, sealed } : act));
  return true;
}

/** The member's acts that wait, oldest first. One that cannot be read any more has no fields. */
export async function waiting(by = "", secret = ""): Promise<Act[]> {
  const all = await within<Kept[]>("readonly", (acts) => acts.getAll());
  const mine = all.filter((each) => (each.by ?? "") === by || !each.by);
  return Promise.all(mine.map((each) => opened(each, secret)));
}

async function opened(kept: Kept, secret: string): Promise<Act> {
  const { sealed, ...rest } = kept;
  const said = sealed ? await unseal<Pick<Act, "fields" | "label" | "about" | "pictures">>(sealed, secret) : undefined;
  return { label: "", about: "", fields: {}, by: "", ...rest, ...said };
}

/** Forget an act that was sent or refused. */
export const forget = (id: number): Promise<undefined> => within("readwrite", (acts) => acts.delete(id));

/** Forget everything. */
export const forgetAll = (): Promise<undefined> => within("readwrite", (acts) => acts.clear());
