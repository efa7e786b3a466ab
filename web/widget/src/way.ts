// Decides whether this tab shares a socket with the visitor's other tabs (ruling 14) or has its own.
// Knows nothing of how they share it: that is a part, fetched where there are Web Locks.

import { Transport, type Way } from "@frontdesk/shared/transport";
import type { TabsOptions } from "./tabs";

/** Call early: it comes beside the first requests then. */
export const tabsPart = () => import("./tabs").catch(() => null);

/** A tab that cannot fetch the part has a socket of its own: one too many is better than none. */
export async function wayFor(
  options: Omit<TabsOptions, "locks"> & { locks: LockManager | undefined },
): Promise<Way> {
  const { locks } = options;
  const tabs = locks && (await tabsPart());
  return tabs ? new tabs.Tabs({ ...options, locks }) : new Transport(options);
}

/** The secret of the visitor of another open tab; see there. */
export async function secretElsewhere(name: string, locks: LockManager): Promise<string | undefined> {
  return (await tabsPart())?.secretElsewhere(name, locks).catch(() => undefined);
}
