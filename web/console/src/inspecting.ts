// Remembers which channel is to be inspected, from one page of the monitor to the other, and what was seen of it.
// Knows nothing of drawing.

import type { InspectedEvent, InspectionReply } from "@frontdesk/shared/wire.gen";
import { signal } from "@preact/signals";

export interface Target {
  readonly app: string;
  readonly channel: string;
}

/** What the list of channels asks the inspector to open. */
export const wanted = signal<Target | null>(null);

/** Lines on the page. */
const AT_MOST = 500;

/** What was seen so far, newest first. */
export interface Seen {
  readonly events: readonly InspectedEvent[];
  /** Events that were too many to be kept. */
  readonly dropped: number;
  readonly last: number;
}

export const NOTHING_SEEN: Seen = { events: [], dropped: 0, last: 0 };

export function withMore(seen: Seen, reply: Pick<InspectionReply, "events" | "dropped">): Seen {
  // An answer that overtook another says nothing new.
  const fresh = reply.events.filter(({ number }) => number > seen.last);
  const last = fresh.at(-1)?.number ?? seen.last;
  const dropped = fresh.length ? Math.max(0, last - seen.last - fresh.length) : 0;
  return {
    events: [...fresh.reverse(), ...seen.events].slice(0, AT_MOST),
    dropped: seen.dropped + dropped,
    last,
  };
}
