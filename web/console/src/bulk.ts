// Decides how one change is made to many conversations: a few at a time, each by itself, and what is said in the
// end. Knows nothing of what the change is.

import { sentence } from "./agent-api";

export interface Outcome {
  readonly done: number;
  readonly failed: number;
  /** Why the first of those failed. */
  readonly why: string | null;
}

/** More at once would make the agent's own typing wait. */
const AT_ONCE = 4;

export async function forEach(
  ids: readonly string[],
  change: (id: string) => Promise<unknown>,
): Promise<Outcome> {
  const queue = [...ids];
  let [done, failed] = [0, 0];
  let why: string | null = null;
  const work = async () => {
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
      try {
        await change(id);
        done += 1;
      } catch (error) {
        failed += 1;
        why ??= sentence(error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { done, failed, why };
}

/** `3 conversations resolved.` */
export function outcomeWords({ done, failed, why }: Outcome, did: string): string {
  const count = `${done} ${done === 1 ? "conversation" : "conversations"} ${did}.`;
  return failed === 0 ? count : `${count} ${failed} could not be changed: ${why}`;
}
