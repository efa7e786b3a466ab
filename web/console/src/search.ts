// Decides what is found for the words that are typed: asked when typing pauses, the last question wins, further
// pages on demand. Knows nothing of drawing.

import type { SearchHit, SearchReply } from "@frontdesk/shared/wire.gen";
import { signal } from "@preact/signals";
import { agentApi, sentence } from "./agent-api";

export interface Found {
  /** What was asked for; empty: nothing yet. */
  readonly words: string;
  readonly hits: readonly SearchHit[];
  readonly next: string | null;
  readonly busy: boolean;
  readonly problem: string | null;
}

/** Nobody types a word slower than this. */
const PAUSE_MS = 180;
const NOTHING: Found = { words: "", hits: [], next: null, busy: false, problem: null };

type Ask = (words: string, before?: string) => Promise<SearchReply>;

export class Search {
  readonly found = signal(NOTHING);
  #ask: Ask;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;

  constructor(ask: Ask = agentApi.search) {
    this.#ask = ask;
  }

  typed(text: string): void {
    const words = text.trim();
    clearTimeout(this.#timer);
    this.#turn += 1;
    if (words === "") this.found.value = NOTHING;
    else {
      this.found.value = { ...this.found.value, busy: true };
      this.#timer = setTimeout(() => void this.#page(words, []), PAUSE_MS);
    }
  }

  async more(): Promise<void> {
    const { words, hits, next, busy } = this.found.value;
    if (next && !busy) await this.#page(words, hits, next);
  }

  async #page(words: string, before: readonly SearchHit[], next?: string): Promise<void> {
    const turn = this.#turn;
    this.found.value = { ...this.found.value, busy: true };
    const now = await this.#ask(words, next).then(
      (reply): Found => ({
        words,
        hits: [...before, ...reply.hits],
        next: reply.next,
        busy: false,
        problem: null,
      }),
      (error): Found => ({ words, hits: before, next: null, busy: false, problem: sentence(error) }),
    );
    if (turn === this.#turn) this.found.value = now;
  }
}
