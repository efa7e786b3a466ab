// Decides who is shown as typing, and when our own typing is told: signals, renewed while they
// last and forgotten by themselves. Knows nothing of how they travel.

import { LIMITS } from "@frontdesk/shared/wire.gen";

/** Our own signal is renewed at most this often. */
const TELL_EVERY_MS = 3_000;
/** After this long without a key, we stopped. */
const IDLE_MS = 5_000;

/** The others. */
export class Typists {
  #until = new Map<string, ReturnType<typeof setTimeout>>();
  #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get ids(): string[] {
    return [...this.#until.keys()];
  }

  set(id: string, on: boolean): void {
    const before = this.#until.get(id);
    clearTimeout(before);
    if (on)
      this.#until.set(
        id,
        setTimeout(() => this.set(id, false), LIMITS.TYPING_LASTS_MS),
      );
    else this.#until.delete(id);
    if ((before !== undefined) !== on) this.#changed();
  }

  /** What a poll says: these and no others. */
  only(ids: string[]): void {
    for (const id of this.ids) if (!ids.includes(id)) this.set(id, false);
    for (const id of ids) this.set(id, true);
  }

  stop(): void {
    this.only([]);
  }
}

/** Ourselves. */
export class OwnTyping {
  #tell: (on: boolean, text: string) => void;
  #toldAt = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(tell: (on: boolean, text: string) => void) {
    this.#tell = tell;
  }

  /** The composer's text after a key. */
  typed(text: string): void {
    clearTimeout(this.#idle);
    if (!text.trim()) return this.stopped();
    this.#idle = setTimeout(() => this.stopped(), IDLE_MS);
    if (Date.now() - this.#toldAt < TELL_EVERY_MS) return;
    this.#toldAt = Date.now();
    this.#tell(true, text);
  }

  stopped(): void {
    clearTimeout(this.#idle);
    if (this.#toldAt === 0) return;
    this.#toldAt = 0;
    this.#tell(false, "");
  }
}
