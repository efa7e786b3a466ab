// Decides which facts are applied, and when to ask for those between: the cursor every transport
// feeds. Knows nothing of sockets, of HTTP, or of what a fact means.

import { isRefusal } from "./api";
import { backoff } from "./socket";

/** Anything with a place in the log. */
export type Fact = { data: { seq: number } };

/** What `GET …?after=` answers. */
export type FactPage<F extends Fact> = { events: F[]; seq: number; more: boolean };

export type SyncOptions<F extends Fact> = {
  /** Facts with a seq above `after`, oldest first. */
  fetch(after: number): Promise<FactPage<F>>;
  /** Called once per fact, in the order of seq, without a gap. */
  apply(fact: F): void;
  /** Our cursor is not in the server's log: it was restored from a backup, or no longer goes back so far. */
  onRewound?(): void;
};

/** The log no longer goes back to our cursor: no page, and no failure. */
function startedOver(error: unknown): null {
  if (isRefusal(error, "start-over")) return null;
  throw error;
}

/** Facts held back while a gap is being filled; what overflows is fetched. */
const WAITING_FACTS = 500;

export class Sync<F extends Fact> {
  /** Seq of the last fact applied. */
  seq: number;

  #options: SyncOptions<F>;
  #waiting = new Map<number, F>();
  #running: Promise<void> | null = null;
  #again = false;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(seq: number, options: SyncOptions<F>) {
    this.seq = seq;
    this.#options = options;
  }

  /** A fact from a socket, or from the reply to a POST. */
  offer(fact: F): void {
    if (this.#stopped || this.#accept(fact)) return;
    if (this.#waiting.size < WAITING_FACTS) this.#waiting.set(fact.data.seq, fact);
    this.catchUp().catch(() => {});
  }

  /**
   * Fetches until nothing is missing; call after each (re)subscription and at each poll. A call while one
   * is under way adds one more fetch, because the running one may have been answered before.
   * Rejects when the server could not be asked; it is then asked again with back-off.
   */
  catchUp(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
  }

  /** `true` when nothing more is owed for this fact. */
  #accept(fact: F): boolean {
    if (fact.data.seq > this.seq + 1) return false;
    if (fact.data.seq <= this.seq) return true;
    this.#apply(fact);
    for (let next = this.#waiting.get(this.seq + 1); next; next = this.#waiting.get(this.seq + 1)) {
      this.#apply(next);
    }
    return true;
  }

  #apply(fact: F): void {
    this.seq = fact.data.seq;
    this.#waiting.delete(this.seq);
    this.#options.apply(fact);
  }

  async #run(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false;
        await this.#fetchAll();
      }
      this.#failures = 0;
    } catch (error) {
      if (!this.#stopped) {
        this.#retry = setTimeout(() => this.catchUp().catch(() => {}), backoff(++this.#failures + 1));
      }
      throw error;
    }
    for (const seq of this.#waiting.keys()) if (seq <= this.seq) this.#waiting.delete(seq);
  }

  async #fetchAll(): Promise<void> {
    for (;;) {
      const after = this.seq;
      const page = await this.#options.fetch(after).catch(startedOver);
      if (this.#stopped) return;
      if (!page || page.seq < after) return this.#rewound();
      for (const fact of page.events) this.#accept(fact);
      // Without progress another request would be answered alike.
      if (!page.more || this.seq === after) return;
    }
  }

  #rewound(): void {
    this.#waiting.clear();
    this.#options.onRewound?.();
  }
}
