// Decides how something is kept in the browser's database, one store a database. Knows nothing of what it is; where
// there is no database, or it says no, everything is as if nothing had been kept.

export class Database {
  #name: string;
  #store: string;
  #make: (database: IDBDatabase, store: string) => void;
  #opening: Promise<IDBDatabase | null> | null = null;

  /** `make` makes the store in a database that is new. */
  constructor(
    name: string,
    store: string,
    make: (database: IDBDatabase, store: string) => void = (database, store) =>
      void database.createObjectStore(store),
  ) {
    this.#name = name;
    this.#store = store;
    this.#make = make;
  }

  /** `null` when the database has nothing to say, or there is none. Resolves once it is written. */
  async run<T>(mode: IDBTransactionMode, what: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
    this.#opening ??= this.#opened();
    const database = await this.#opening;
    if (!database) return null;
    return new Promise((resolve) => {
      try {
        const transaction = database.transaction(this.#store, mode);
        const request = what(transaction.objectStore(this.#store));
        transaction.oncomplete = () => resolve(request.result ?? null);
        transaction.onerror = transaction.onabort = () => resolve(null);
      } catch {
        resolve(null);
      }
    });
  }

  /** Until it is needed again. */
  close(): void {
    void this.#opening?.then((database) => database?.close());
    this.#opening = null;
  }

  /** Blocked storage, a private window, no such interface: `null`. */
  #opened(): Promise<IDBDatabase | null> {
    return new Promise((resolve) => {
      try {
        const request = indexedDB.open(this.#name, 1);
        request.onupgradeneeded = () => this.#make(request.result, this.#store);
        request.onsuccess = () => resolve(request.result);
        request.onerror = request.onblocked = () => resolve(null);
      } catch {
        resolve(null);
      }
    });
  }
}
