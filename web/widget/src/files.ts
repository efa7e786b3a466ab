// Decides where the bytes of unsent files wait: in this browser's database, so that a reload loses
// none, in memory where there is no database. Knows nothing of messages and uploads.

import { randomId } from "@frontdesk/shared/outbox";

/** Whoever comes back later than this finds the message without its file. */
const KEPT_MS = 7 * 86_400_000;

/** A key that says since when. */
export function fileKey(): string {
  return `${Date.now().toString(36)}.${randomId()}`;
}

function isOld(key: string): boolean {
  return Date.now() - Number.parseInt(key, 36) > KEPT_MS;
}

/** A file by key; the outbox knows the keys. */
export class FileKeep {
  #memory = new Map<string, Blob>();
  #name: string;
  #opening: Promise<IDBDatabase | null> | null = null;
  #named: () => string[];

  /** `named` are the keys that still matter. */
  constructor(name: string, named: () => string[]) {
    this.#name = name;
    this.#named = named;
  }

  async put(key: string, file: Blob): Promise<void> {
    const isFirst = this.#memory.size === 0;
    this.#memory.set(key, file);
    if (isFirst) await this.#dropOthers();
    await this.#run("readwrite", (files) => files.put(file, key));
  }

  async get(key: string): Promise<Blob | null> {
    return this.#memory.get(key) ?? (await this.#run<Blob>("readonly", (files) => files.get(key))) ?? null;
  }

  async remove(key: string): Promise<void> {
    this.#memory.delete(key);
    await this.#run("readwrite", (files) => files.delete(key));
  }

  close(): void {
    void this.#opening?.then((database) => database?.close());
    this.#opening = null;
  }

  /** What no message here names and is old: another tab may have one that names what is new. */
  async #dropOthers(): Promise<void> {
    const all = await this.#run<IDBValidKey[]>("readonly", (files) => files.getAllKeys());
    const named = new Set(this.#named());
    for (const key of all ?? []) if (!named.has(`${key}`) && isOld(`${key}`)) await this.remove(`${key}`);
  }

  /** `null` when the database has nothing to say, or there is none. */
  async #run<T>(mode: IDBTransactionMode, what: (files: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
    this.#opening ??= opened(this.#name);
    const database = await this.#opening;
    if (!database) return null;
    return new Promise((resolve) => {
      try {
        const transaction = database.transaction("files", mode);
        const request = what(transaction.objectStore("files"));
        transaction.oncomplete = () => resolve(request.result ?? null);
        transaction.onerror = transaction.onabort = () => resolve(null);
      } catch {
        resolve(null);
      }
    });
  }
}

/** Blocked storage, a private window, no such interface: then memory has it. */
function opened(name: string): Promise<IDBDatabase | null> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore("files");
      request.onsuccess = () => resolve(request.result);
      request.onerror = request.onblocked = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}
