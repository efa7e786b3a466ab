// Decides what of a visitor stays in the browser, and since when: nothing before the first
// message or `identify` (ruling 9), memory alone when storage is blocked. Knows nothing of its meaning.

import { json } from "@frontdesk/shared/api";
import type { LocalMessage } from "@frontdesk/shared/store";
import { storageKey } from "./surface";

export type Kept = {
  /** Proves next time that this is the same visitor. */
  secret?: string | undefined;
  conversationId?: string | undefined;
  /** `client_id` of the conversation being started, so that a reload does not start a second. */
  startId?: string | undefined;
  /** Written and not yet sent. */
  outbox?: LocalMessage[] | undefined;
  /** Said what the page asks before the first message, and agreed to its consent line. */
  agreed?: boolean | undefined;
  /** No sound for new messages. */
  muted?: boolean | undefined;
};

export class Keep {
  #key: string;
  #kept: Kept = {};
  #acted = false;
  /** Messages this tab has had in its outbox; whatever else waits there is another tab's. */
  #ours = new Set<string>();

  constructor(token: string) {
    this.#key = storageKey(token);
    try {
      const stored = this.#stored();
      if (stored) {
        this.#kept = stored;
        this.#acted = true;
        for (const one of stored.outbox ?? []) this.#ours.add(one.client_id);
      }
    } catch {
      // Blocked, or not ours: start with nothing.
    }
  }

  get kept(): Readonly<Kept> {
    return this.#kept;
  }

  /** Does anything stay? Then this visitor may have conversations. */
  get acted(): boolean {
    return this.#acted;
  }

  /** The visitor did what makes keeping legitimate: wrote, or was identified by the page. */
  act(): void {
    if (this.#acted) return;
    this.#acted = true;
    this.#write();
  }

  set(change: Kept): void {
    this.#kept = { ...this.#kept, ...change };
    for (const one of change.outbox ?? []) this.#ours.add(one.client_id);
    if (this.#acted) this.#write();
  }

  /** Nothing stays. What proves who it was, `stored` before if that is all there is, is known until it is ended. */
  forget(stored?: string | null): void {
    this.#acted = false;
    try {
      const { secret } = stored ? (JSON.parse(stored) as Kept) : this.#kept;
      this.#kept = { secret };
      localStorage.removeItem(this.#key);
    } catch {
      // Blocked, or not ours.
    }
  }

  #stored(): Kept | null {
    const text = localStorage.getItem(this.#key);
    return text ? (JSON.parse(text) as Kept) : null;
  }

  #write(): void {
    try {
      // Another tab's unsent messages stay until it has sent them; a third may find them after it is closed.
      const others = (this.#stored()?.outbox ?? []).filter((one) => !this.#ours.has(one.client_id));
      const outbox = [...others, ...(this.#kept.outbox ?? []).filter((one) => this.#ours.has(one.client_id))];
      localStorage.setItem(this.#key, json({ ...this.#kept, outbox }));
    } catch {
      // Memory has it.
    }
  }
}
