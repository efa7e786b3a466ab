// Decides which days a week has, and which day and time a zone's clock shows. Knows nothing of what is open or quiet.

import type { Day } from "@frontdesk/shared/wire.gen";

export const DAYS: readonly (readonly [Day, string])[] = [
  ["mon", "Monday"],
  ["tue", "Tuesday"],
  ["wed", "Wednesday"],
  ["thu", "Thursday"],
  ["fri", "Friday"],
  ["sat", "Saturday"],
  ["sun", "Sunday"],
];

export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

export interface Shown {
  readonly day: Day;
  /** `HH:MM`. */
  readonly time: string;
}

/** A zone's clock; `null`: this browser does not know the zone. */
export function clockOf(zone: string): ((at_ms: number) => Shown) | null {
  try {
    const parts = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    return (at_ms) => {
      const said = Object.fromEntries(parts.formatToParts(at_ms).map(({ type, value }) => [type, value]));
      return { day: said.weekday?.toLowerCase() as Day, time: `${said.hour}:${said.minute}` };
    };
  } catch {
    return null;
  }
}
