// Decides who is shown as typing and when our own typing is told. Signals only: nothing here is kept.
// Knows nothing of how a signal travels.

import type { Typing, TypingNow } from "@frontdesk/shared/wire.gen";
import { signal } from "@preact/signals";

/** Not renewed for so long, it is over (wire: `TYPING_LASTS_MS`). */
const LASTS_MS = 6_000;
/** Told again after this, well within `LASTS_MS`. */
const AGAIN_MS = 3_000;
/** No key for so long: a pause. */
const PAUSE_MS = 4_000;

export interface Typist {
  readonly id: string;
  /** What stands in their composer, where the widget shares it. */
  readonly text: string;
}

/** Others who type. */
export class Typists {
  readonly now = signal<readonly Typist[]>([]);
  #timers = new Map<string, ReturnType<typeof setTimeout>>();

  heard(id: string, typing: Typing): void {
    if (typeof typing !== "object" || typing === null || !typing.on) return this.stopped(id);
    clearTimeout(this.#timers.get(id));
    this.#timers.set(
      id,
      setTimeout(() => this.stopped(id), LASTS_MS),
    );
    const text = typeof typing.text === "string" ? typing.text : "";
    const others = this.now.value.filter((typist) => typist.id !== id);
    this.now.value = [...others, { id, text }];
  }

  /** What a poll says: these, and nobody else. */
  are(typing: readonly TypingNow[]): void {
    const ids = new Set(typing.map((now) => now.user_id));
    for (const { id } of this.now.value) if (!ids.has(id)) this.stopped(id);
    for (const now of typing) this.heard(now.user_id, { on: true, text: now.text ?? "" });
  }

  stopped(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    if (this.now.value.some((typist) => typist.id === id)) {
      this.now.value = this.now.value.filter((typist) => typist.id !== id);
    }
  }

  clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.now.value = [];
  }
}

/** Our own: said at the first key and every three seconds, taken back after a pause. */
export class OwnTyping {
  #tell: (typing: Typing) => void;
  #toldAt = 0;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(tell: (typing: Typing) => void) {
    this.#tell = tell;
  }

  go(): void {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.stop(), PAUSE_MS);
    if (Date.now() - this.#toldAt < AGAIN_MS) return;
    this.#toldAt = Date.now();
    this.#tell({ on: true });
  }

  /** Says nothing if nothing was said. */
  stop(): void {
    clearTimeout(this.#pause);
    if (this.#toldAt === 0) return;
    this.#toldAt = 0;
    this.#tell({ on: false });
  }
}
