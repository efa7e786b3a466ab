// Decides how opening hours read as a week, and when a desk opens next by them. The server decides by its own
// reading; this one is for the editor and its preview. Knows nothing of drawing.

import type { Day, OpeningHours, OpenSpan } from "@frontdesk/shared/wire.gen";
import { clockOf, DAYS } from "./week";

/** What a new week looks like: nobody has to click ten times for the usual one. */
export function usualHours(zone: string): OpeningHours {
  const days = DAYS.slice(0, 5).map(([day]) => ({ day, from: "09:00", to: "17:00" }));
  return { zone, days };
}

/** Every zone that this browser knows, and the one that is set. */
export function zones(chosen: string): string[] {
  const all: readonly string[] = Intl.supportedValuesOf?.("timeZone") ?? [];
  return all.includes(chosen) ? [...all] : [chosen, ...all];
}

export function spansOf(hours: OpeningHours, day: Day): OpenSpan[] {
  return hours.days.filter((span) => span.day === day);
}

/** The same hours with these spans on that day. */
export function withDay(hours: OpeningHours, day: Day, spans: readonly OpenSpan[]): OpeningHours {
  const order = DAYS.map(([one]) => one);
  const others = hours.days.filter((span) => span.day !== day);
  const days = [...others, ...spans].sort((a, b) => order.indexOf(a.day) - order.indexOf(b.day));
  return { ...hours, days };
}

const STEP_MS = 5 * 60_000;
const WEEK_MS = 8 * 86_400_000;

/** When it opens next, after it was closed; RFC 3339. `null`: not within a week. Looked for in steps, so that no rule of a zone is needed. */
export function nextOpening(hours: OpeningHours, now_ms: number): string | null {
  const clock = clockOf(hours.zone);
  if (!clock) return null;
  const isOpen = (at_ms: number) => {
    const { day, time } = clock(at_ms);
    return hours.days.some((span) => span.day === day && span.from <= time && isBefore(time, span));
  };
  let before = isOpen(now_ms);
  for (let at = Math.ceil(now_ms / STEP_MS) * STEP_MS; at < now_ms + WEEK_MS; at += STEP_MS) {
    const open = isOpen(at);
    if (open && !before) return new Date(at).toISOString();
    before = open;
  }
  return null;
}

/** One that ends on the next day is open until midnight at least. */
function isBefore(time: string, { from, to }: OpenSpan): boolean {
  return to <= from || time < to;
}
