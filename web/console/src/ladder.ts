// Decides how a widget's ladder reads, and what of it can be saved. Knows nothing of drawing.

import type { Escalation, EscalationStep, Way, Whom } from "@frontdesk/shared/wire.gen";
import { listed } from "./activity";

export const WAY_NAMES: Readonly<Record<Way, string>> = {
  sound: "Sound",
  desktop: "Notification",
  push: "Push",
  mail: "Mail",
};

export const WHOM_NAMES: Readonly<Record<Whom, string>> = {
  assignee: "Whose conversation it is",
  members: "Everyone who answers",
  owners: "Owners and admins",
};

export const UNITS = { seconds: 1, minutes: 60, hours: 3_600 } as const;
export type Unit = keyof typeof UNITS;

/** The server's limits; in the generated ones the widget would carry them too. */
export const STEPS = 10;
export const AFTER_S = 86_400;

/** As the server has it without an owner's word. */
export const USUAL: Escalation = {
  steps: [
    { after_s: 0, whom: "assignee", ways: ["sound", "desktop", "push"] },
    { after_s: 120, whom: "members", ways: ["push"] },
    { after_s: 300, whom: "members", ways: ["mail"] },
    { after_s: 900, whom: "owners", ways: ["mail"] },
  ],
};

/** In the largest unit that leaves no rest. */
export function parted(after_s: number): { readonly count: number; readonly unit: Unit } {
  if (after_s > 0 && after_s % 3_600 === 0) return { count: after_s / 3_600, unit: "hours" };
  if (after_s > 0 && after_s % 60 === 0) return { count: after_s / 60, unit: "minutes" };
  return { count: after_s, unit: after_s === 0 ? "minutes" : "seconds" };
}

export function secondsOf(count: number, unit: Unit): number {
  return Math.max(0, Math.round(count * UNITS[unit]));
}

/** "After 2 minutes, everyone who answers gets a push". */
export function inWords({ after_s, whom, ways }: EscalationStep): string {
  const { count, unit } = parted(after_s);
  const when = after_s === 0 ? "At once" : `After ${count} ${count === 1 ? unit.slice(0, -1) : unit}`;
  const who = {
    assignee: "whose conversation it is",
    members: "everyone who answers",
    owners: "owners and admins",
  }[whom];
  const what = listed(ways.map((way) => WAY_NAMES[way].toLowerCase())) || "nothing";
  return `${when}: ${what} to ${who}`;
}

/** Every step needs a way. */
export function isWhole({ steps }: Escalation): boolean {
  return steps.every(({ ways }) => ways.length > 0);
}
