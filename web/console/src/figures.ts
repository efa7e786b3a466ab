// Decides how the server's figures are put together over time, and how each reads. Knows nothing of drawing.

import type { Columns } from "@frontdesk/shared/wire.gen";

/** What is drawn over time. */
export type Figure = Exclude<keyof Columns, "step_s" | "at">;

export const FIGURES: readonly Figure[] = [
  "connections",
  "messages",
  "deliveries",
  "latency_p50_us",
  "latency_p99_us",
  "requests",
  "errors",
  "memory_bytes",
  "cpu",
];

/** Rows that a chart holds: ten minutes of seconds, two days of minutes. */
export const rowsOf = (step_s: number): number => (step_s === 1 ? 600 : 2_880);

/** What was known and what came after it, no longer than the server keeps it. */
export function continued(known: Columns | null, fresh: Columns): Columns {
  if (!known || known.step_s !== fresh.step_s) return fresh;
  const last = known.at.at(-1) ?? 0;
  const from = fresh.at.findIndex((at) => at > last);
  if (from < 0) return known;
  const most = rowsOf(fresh.step_s);
  const join = (name: Figure | "at") => [...known[name], ...fresh[name].slice(from)].slice(-most);
  const joined = Object.fromEntries(FIGURES.map((name) => [name, join(name)])) as Record<Figure, number[]>;
  return { step_s: fresh.step_s, at: join("at"), ...joined };
}

/** The mean of the last rows: a single second jumps. */
export function lately(values: readonly number[], rows = 10): number {
  const some = values.slice(-rows);
  return some.length ? some.reduce((sum, value) => sum + value, 0) / some.length : 0;
}

export const highest = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, value), 0);

/** Rows of the table behind a chart, newest first: the first of each stretch, so that it is short enough to be read. */
export function tableRows(at: readonly number[], most = 20): number[] {
  const every = Math.max(1, Math.ceil(at.length / most));
  return at
    .map((_, row) => row)
    .filter((row) => (at.length - 1 - row) % every === 0)
    .reverse();
}

export function count(value: number): string {
  return Math.round(value).toLocaleString();
}

/** `0`, `0.4`, `12`, `1,204`: small rates keep a digit. */
export function rate(value: number): string {
  if (value === 0 || value >= 10) return count(value);
  return value < 0.05 ? "< 0.1" : value.toLocaleString(undefined, { maximumFractionDigits: 1 });
}

/** `320 µs`, `4.2 ms`, `1.3 s`; nothing was measured: a dash. */
export function micros(us: number): string {
  if (us <= 0) return "–";
  if (us < 1_000) return `${Math.round(us)} µs`;
  const digits = (value: number) => (value < 10 ? value.toFixed(1) : value.toFixed(0));
  return us < 1_000_000 ? `${digits(us / 1_000)} ms` : `${digits(us / 1_000_000)} s`;
}

export function bytes(value: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let unit = 0;
  let left = value;
  while (left >= 1_000 && unit < units.length - 1) {
    left /= 1_000;
    unit += 1;
  }
  return `${unit > 0 && left < 10 ? left.toFixed(1) : left.toFixed(0)} ${units[unit]}`;
}

/** Of one core. */
export const share = (cores: number): string => `${(cores * 100).toFixed(cores < 0.1 ? 1 : 0)} %`;

const SPANS = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1_000, "s"],
] as const;

/** How long something takes or took: `3 d 4 h`, `12 min`, `8 s`. */
export function lasting(ms: number): string {
  if (ms < 1_000) return "under 1 s";
  const at = SPANS.findIndex(([span]) => ms >= span);
  const [span, unit] = SPANS[at] ?? SPANS[3];
  const [smaller, word] = SPANS[at + 1] ?? [1, ""];
  const whole = Math.floor(ms / span);
  const rest = Math.floor((ms % span) / smaller);
  return unit === "d" || unit === "h"
    ? `${whole} ${unit}${rest ? ` ${rest} ${word}` : ""}`
    : `${whole} ${unit}`;
}

/** Minutes and seconds that are left. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Why this text is not JSON, or `null` when it is. */
export function wrongJson(text: string): string | null {
  if (!text.trim()) return 'Write JSON, such as {"hello":"world"}.';
  try {
    JSON.parse(text);
    return null;
  } catch {
    return "This is not JSON. Check brackets, commas and quotes.";
  }
}

/** JSON with its lines broken, or the text as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
