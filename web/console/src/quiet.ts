// Decides whether an agent is not to be disturbed right now, as the server does by the same rules.
// Knows nothing of alerts.

import type { AgentStatus, AlertRules, OpenSpan } from "@frontdesk/shared/wire.gen";
import { clockOf, DAYS } from "./week";

const ORDER = DAYS.map(([day]) => day);

/** Why nobody disturbs them; `null`: alerts come. */
export function quiet(
  rules: AlertRules,
  status: AgentStatus,
  now_ms: number,
): "until" | "hours" | "away" | null {
  if (rules.quiet_until && Date.parse(rules.quiet_until) > now_ms) return "until";
  if (rules.quiet_hours && inHours(rules.quiet_hours.days, rules.quiet_hours.zone, now_ms)) return "hours";
  return rules.away_is_quiet && status !== "online" ? "away" : null;
}

/** A span that goes over midnight begins the day before. */
export function inHours(spans: readonly OpenSpan[], zone: string, now_ms: number): boolean {
  const here = clockOf(zone)?.(now_ms);
  if (!here) return false;
  const before = ORDER[(ORDER.indexOf(here.day) + 6) % 7];
  return spans.some(({ day, from, to }) => {
    const over = to <= from;
    if (day === here.day && here.time >= from && (over || here.time < to)) return true;
    return over && day === before && here.time < to;
  });
}

/** The next eight in the morning: whoever forgets to switch it off is not silent for good. */
export function nextMorning(now_ms: number): Date {
  const morning = new Date(now_ms);
  morning.setHours(8, 0, 0, 0);
  if (morning.getTime() <= now_ms) morning.setDate(morning.getDate() + 1);
  return morning;
}
