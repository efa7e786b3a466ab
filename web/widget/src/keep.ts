// Decides what of a visitor stays in the browser, and since when: nothing before the first
// message or `identify` (ruling 9), memory alone when storage is blocked. Knows nothing of its meaning.

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

  constructor(token: string) {
    this.#key = storageKey(token);
    try {
      const text = localStorage.getItem(this.#key);
      if (text) {
        this.#kept = JSON.parse(text) as Kept;
        this.#acted = true;
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
    if (this.#acted) this.#write();
  }

  #write(): void {
    try {
      localStorage.setItem(this.#key, JSON.stringify(this.#kept));
    } catch {
      // Memory has it.
    }
  }
}
