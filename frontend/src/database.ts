/** The browser's own database, one short transaction at a time; only a finished one is on disk. */
export type Opener = () => Promise<IDBDatabase>;

/** How to open the database `name`; `make` lays its stores out the first time. */
export function opener(name: string, make: (database: IDBDatabase) => void): Opener {
  return () =>
    new Promise((resolve, reject) => {
      const asked = indexedDB.open(name, 1);
      asked.onupgradeneeded = () => make(asked.result);
      asked.onsuccess = () => {
        // Another page that deletes the whole is not held up by this one.
        asked.result.onversionchange = () => asked.result.close();
        resolve(asked.result);
      };
      asked.onerror = () => reject(asked.error ?? new Error("no database"));
    });
}

/** Do `work` in one transaction; what it returns is asked for the result once all of it is on disk. */
export async function inside<T>(open: Opener, stores: string[], mode: IDBTransactionMode, work: (transaction: IDBTransaction) => () => T): Promise<T> {
  const database = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(stores, mode);
      const result = work(transaction);
      transaction.oncomplete = () => resolve(result());
      transaction.onerror = () => reject(transaction.error ?? new Error("not kept"));
      transaction.onabort = transaction.onerror;
    });
  } finally {
    database.close();
  }
}

/** Delete a whole database, and wait until it is gone. */
export function removeDatabase(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.deleteDatabase(name);
    asked.onsuccess = () => resolve();
    asked.onerror = () => reject(asked.error ?? new Error("not deleted"));
  });
}
