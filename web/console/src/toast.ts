// Decides which short sentences float over the console, and for how long.
// Knows nothing of what failed or succeeded.

import { signal } from "@preact/signals";
import { isOver, sentence } from "./agent-api";

export interface Toast {
  readonly id: number;
  readonly tone: "good" | "bad";
  readonly text: string;
}

export const toasts = signal<readonly Toast[]>([]);

/** Long enough to read twice. */
const STAYS_MS = 7_000;
/** More than these would cover the work. */
const AT_MOST = 3;
let last = 0;

export function tell(tone: Toast["tone"], text: string): void {
  // The same trouble said twice is noise.
  const others = toasts.value.filter((toast) => toast.text !== text);
  last += 1;
  const id = last;
  toasts.value = [...others, { id, tone, text }].slice(-AT_MOST);
  setTimeout(() => dismiss(id), STAYS_MS);
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

/** What the server said, or that it said nothing. A session that ended has a screen of its own. */
export function complain(error: unknown): void {
  if (!isOver(error)) tell("bad", sentence(error));
}
