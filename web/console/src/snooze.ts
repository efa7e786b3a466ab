// Decides until when a conversation can be put off with one choice. Knows nothing of drawing; `now` comes from outside.

export interface Rest {
  readonly name: string;
  readonly until: Date;
}

const HOUR = 3_600_000;
/** When a day of work begins and ends. */
const [MORNING, EVENING] = [9, 18];

export function rests(now: Date): Rest[] {
  const later = new Date(now.getTime() + 3 * HOUR);
  const isToday = later.getDate() === now.getDate() && later.getHours() < EVENING;
  const days = (count: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + count, MORNING);
  const toMonday = (8 - now.getDay()) % 7 || 7;
  return [
    { name: "One hour", until: new Date(now.getTime() + HOUR) },
    ...(isToday ? [{ name: "Later today", until: later }] : []),
    { name: "Tomorrow", until: days(1) },
    ...(toMonday > 1 ? [{ name: "Monday", until: days(toMonday) }] : []),
    { name: "In a week", until: days(7) },
    { name: "In a month", until: days(30) },
  ];
}

/** As a field for day and time has it: `2026-11-27T09:00`, on this computer's clock. */
export function localInput(at: Date): string {
  const two = (value: number) => `${value}`.padStart(2, "0");
  const day = [`${at.getFullYear()}`.padStart(4, "0"), two(at.getMonth() + 1), two(at.getDate())].join("-");
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** What was typed there; `null` where it is no moment, or one that is over. */
export function untilOf(typed: string, now_ms: number): Date | null {
  const until = new Date(typed);
  return typed !== "" && until.getTime() > now_ms ? until : null;
}
