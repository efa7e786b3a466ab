// Decides where the bytes of unsent files wait: in this browser's database, so that a reload loses
// none, in memory where there is no database. Knows nothing of messages and uploads.

import { Database } from "@frontdesk/shared/database";
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
  #database: Database;
  #named: () => string[];

  /** `named` are the keys that still matter. */
  constructor(name: string, named: () => string[]) {
    this.#database = new Database(name, "files");
    this.#named = named;
  }

  async put(key: string, file: Blob): Promise<void> {
    const isFirst = this.#memory.size === 0;
    this.#memory.set(key, file);
    await this.#database.run("readwrite", (files) => files.put(file, key));
    if (isFirst) await this.#dropOthers();
  }

  async get(key: string): Promise<Blob | null> {
    return (
      this.#memory.get(key) ?? (await this.#database.run<Blob>("readonly", (files) => files.get(key))) ?? null
    );
  }

  async remove(key: string): Promise<void> {
    this.#memory.delete(key);
    await this.#database.run("readwrite", (files) => files.delete(key));
  }

  close(): void {
    this.#database.close();
  }

  /** What no message here names and is old: another tab may have one that names what is new. */
  async #dropOthers(): Promise<void> {
    const all = await this.#database.run<IDBValidKey[]>("readonly", (files) => files.getAllKeys());
    const named = new Set(this.#named());
    for (const key of all ?? []) if (!named.has(`${key}`) && isOld(`${key}`)) await this.remove(`${key}`);
  }
}
