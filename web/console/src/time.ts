// Decides how a moment reads: short in the list, by the clock in a conversation, as a day between days.
// Knows nothing of whose moment it is; `now` comes from outside.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** `now`, `5m`, `3h`, `Yesterday`, `Mon`, `12 Nov`, `12 Nov 2025`. */
export function ago(timestamp: string, now_ms: number): string {
  const then = new Date(timestamp);
  const past = now_ms - then.getTime();
  if (Number.isNaN(past)) return "";
  if (past < MINUTE) return "now";
  if (past < HOUR) return `${Math.floor(past / MINUTE)}m`;
  const days = daysBetween(then, new Date(now_ms));
  if (days === 0) return `${Math.floor(past / HOUR)}h`;
  if (days === 1) return "Yesterday";
  if (days < 7) return then.toLocaleDateString(undefined, { weekday: "short" });
  return date(then, now_ms, "short");
}

/** The time of day, as this agent's computer writes it. */
export function clock(timestamp: string): string {
  return new Date(timestamp).toLocaleTimeString(undefined, { hour: "numeric", minute: "2-digit" });
}

/** `Today`, `Yesterday`, `Monday`, `12 November`. */
export function dayName(timestamp: string, now_ms: number): string {
  const then = new Date(timestamp);
  const days = daysBetween(then, new Date(now_ms));
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days < 7) return then.toLocaleDateString(undefined, { weekday: "long" });
  return date(then, now_ms, "long");
}

/** The day and time in full. */
export function inFull(timestamp: string): string {
  return new Date(timestamp).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** When something is to be: `9:00 AM`, `tomorrow, 9:00 AM`, `Monday, 9:00 AM`, `4 December, 9:00 AM`. */
export function moment(timestamp: string, now_ms: number): string {
  const then = new Date(timestamp);
  const days = daysBetween(new Date(now_ms), then);
  if (days === 0) return clock(timestamp);
  const soon = days > 0 && days < 7;
  const weekday = then.toLocaleDateString(undefined, { weekday: "long" });
  const day = days === 1 ? "tomorrow" : soon ? weekday : date(then, now_ms, "long");
  return `${day}, ${clock(timestamp)}`;
}

/** Two moments on one day of this computer's calendar. */
export function sameDay(a: string, b: string): boolean {
  return daysBetween(new Date(a), new Date(b)) === 0;
}

function date(then: Date, now_ms: number, month: "short" | "long"): string {
  const year = then.getFullYear() === new Date(now_ms).getFullYear() ? undefined : "numeric";
  return then.toLocaleDateString(undefined, { day: "numeric", month, year });
}

/** Counted from midnight to midnight; rounding swallows the hour of summer time. */
function daysBetween(earlier: Date, later: Date): number {
  const midnight = (d: Date) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
  return Math.round((midnight(later) - midnight(earlier)) / (24 * HOUR));
}
