/** An act that waits for the network. Only codes, numbers and dates: no words that a person typed. */
export type Act = {
  id?: number;
  url: string;
  fields: Record<string, string>;
  key: string;
  at: string;
};

const NAME = "tongxin-acts";

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("acts", { keyPath: "id", autoIncrement: true });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("no database"));
  });
}

async function within<T>(mode: IDBTransactionMode, work: (acts: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction("acts", mode);
      const asked = work(transaction.objectStore("acts"));
      // Only a finished transaction is on disk.
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = () => reject(transaction.error ?? new Error("not kept"));
      transaction.onabort = transaction.onerror;
    });
  } finally {
    database.close();
  }
}

/** Keep an act until it is sent. */
export const keep = (act: Act): Promise<IDBValidKey> => within("readwrite", (acts) => acts.add(act));

/** All acts that wait, oldest first. */
export const waiting = (): Promise<Act[]> => within<Act[]>("readonly", (acts) => acts.getAll());

/** Forget an act that was sent or refused. */
export const forget = (id: number): Promise<undefined> => within("readwrite", (acts) => acts.delete(id));

/** Forget everything: at log-out. */
export const forgetAll = (): Promise<undefined> => within("readwrite", (acts) => acts.clear());
