// Decides how a change of a conversation reads between its messages. Knows nothing of drawing, and of who is
// meant by "you" beside an id.

import type { AgentThread } from "@frontdesk/shared/store";
import type { Attribute, ConversationUpdated, StatePart, VisitorTracked } from "@frontdesk/shared/wire.gen";
import { moment } from "./time";

export type Happened = AgentThread["activity"][number];

/** Those who stand in the sentence. */
export interface Told {
  /** The agent who reads. */
  readonly ownId: string;
  readonly visitor: string;
  readonly now_ms: number;
}

/** A sentence; `before` is the change before this one, where it is known. */
export function activityWords(happened: Happened, before: ConversationUpdated | null, told: Told): string {
  if (happened.event === "agent.left") {
    const { agent } = happened.data;
    return `${agent.id === told.ownId ? "You" : agent.name} left the conversation`;
  }
  if (happened.event === "visitor.tracked") return `${told.visitor}: ${trackedWords(happened.data)}`;
  const { data } = happened;
  if (data.by_type !== "agent" && data.by_type !== "bot") return withoutAgent(data, told);
  const did = data.changed.map((part) => DID[part](data, before, told)).filter(Boolean);
  const who = data.by?.id === told.ownId ? "You" : (data.by?.name ?? "A colleague");
  return `${who} ${listed(did) || "changed the conversation"}`;
}

/** By writing, by ending it, or by the clock. */
function withoutAgent({ by_type, status }: ConversationUpdated, told: Told): string {
  if (by_type === "system") return "It is time: the conversation is open again";
  if (status === "resolved") return `${told.visitor} ended the conversation`;
  return `${told.visitor} wrote, which opened the conversation again`;
}

const DID: Record<
  StatePart,
  (now: ConversationUpdated, before: ConversationUpdated | null, told: Told) => string
> = {
  status({ status, snoozed_until }, _before, { now_ms }) {
    if (status === "resolved") return "resolved the conversation";
    if (status === "open") return "opened the conversation again";
    return `snoozed the conversation until ${snoozed_until ? moment(snoozed_until, now_ms) : "later"}`;
  },
  assignee({ assignee, by }, _before, { ownId }) {
    if (!assignee) return "gave the conversation back to everyone";
    if (assignee.id === by?.id) return "took the conversation";
    return `gave the conversation to ${assignee.id === ownId ? "you" : assignee.name}`;
  },
  priority: ({ priority }) => `set the priority to ${priority}`,
  tags: ({ tags }, before) => tagWords(tags, before?.tags ?? null),
  attributes: () => "changed its details",
  website: ({ changed }) => (changed.length > 1 ? "" : "changed what the website says"),
  here: () => "",
};

function trackedWords({ name, props }: VisitorTracked): string {
  const more = Object.entries(props).map(([what, value]) => `${what}: ${inWords(value)}`);
  return more.length > 0 ? `${name} (${more.join(", ")})` : name;
}

/** A website's value as agents read it. */
export function inWords(value: Attribute): string {
  return value === true ? "yes" : value === false ? "no" : `${value}`;
}

/** How far a website's word can be believed. */
export function byWebsite(verified: boolean): string {
  return `The website's page said so; the visitor was ${verified ? "" : "not "}verified. Nobody has checked it.`;
}

/** What website and browser say of a visitor stands in their card, and not between what was written. */
export function isTold({ event, data }: Happened): boolean {
  if (event !== "conversation.updated" || data.by_type !== "visitor") return true;
  return data.changed.some((part) => part !== "website" && part !== "here");
}

function tagWords(now: readonly string[], before: readonly string[] | null): string {
  if (!before) return now.length ? `set ${tagged(now)}` : "removed all tags";
  const added = now.filter((tag) => !before.includes(tag));
  const removed = before.filter((tag) => !now.includes(tag));
  return listed([
    added.length ? `added ${tagged(added)}` : "",
    removed.length ? `removed ${tagged(removed)}` : "",
  ]);
}

function tagged(tags: readonly string[]): string {
  return `the ${tags.length > 1 ? "tags" : "tag"} ${listed(tags)}`;
}

/** "a", "a and b", "a, b and c". */
export function listed(words: readonly string[]): string {
  const given = words.filter(Boolean);
  const last = given[given.length - 1] ?? "";
  return given.length > 1 ? `${given.slice(0, -1).join(", ")} and ${last}` : last;
}
