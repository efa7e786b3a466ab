// Decides whether a visitor is asked how it was. Knows nothing of how they are asked.

import type { VisitorThread } from "@frontdesk/shared/store";

/** A conversation that is over, and not rated since it ended. */
export function wantsRating(thread: VisitorThread | null): boolean {
  if (thread?.conversation.status !== "resolved" || thread.conversation.agents.length === 0) return false;
  const ended = thread.activity
    .filter((one) => one.event === "conversation.updated" && one.data.status === "resolved")
    .at(-1);
  const since = ended?.data.seq ?? thread.messages[0]?.seq ?? 0;
  return !thread.messages.some((message) => message.rating !== undefined && message.seq > since);
}
