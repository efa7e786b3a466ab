// Decides what a conversation looks like as lines: days, "Ben joined", what changed, and groups of bubbles with one
// mark each. Knows nothing of how lines are drawn and where messages come from.

import {
  type AgentThread,
  inLog,
  isDelivered,
  isRead,
  type LocalMessage,
  wordsOf,
} from "@frontdesk/shared/store";
import type { AgentJoined, AgentMessage, ConversationUpdated, Quote } from "@frontdesk/shared/wire.gen";
import { activityWords, byWebsite, type Happened, isTold } from "./activity";
import { sameDay } from "./time";

export type Story = Pick<AgentThread, "messages" | "joins" | "activity" | "more" | "local" | "receipts"> & {
  /** As far as it is told of. */
  readonly conversation: { readonly visitor: { readonly name: string } };
};
/** The agent who looks. */
export type Reader = { readonly id: string; readonly name: string };

export interface Bubble {
  readonly key: string;
  readonly text: string;
  readonly timestamp: string;
  readonly quote: Quote | null;
  /** As the log has it; `null` while it is on its way. */
  readonly message: AgentMessage | null;
  /** As it waits here. */
  readonly local: LocalMessage | null;
}

/** What the writer of a group may know of it. */
export type Mark = "none" | "sent" | "delivered" | "read" | "sending" | "failed";

export interface Group {
  readonly kind: "group";
  readonly key: string;
  readonly side: "in" | "out";
  readonly note: boolean;
  readonly who: { readonly id: string; readonly name: string };
  /** Written by the agent who looks. */
  readonly own: boolean;
  readonly mark: Mark;
  /** Why it failed. */
  readonly problem: string | null;
  readonly bubbles: readonly Bubble[];
}

/** A change between the messages, as a sentence. */
export interface Told {
  readonly key: string;
  readonly words: string;
  readonly timestamp: string;
  /** How far it can be believed, where that is in question. */
  readonly doubt: string | null;
}

export type Line =
  | { readonly kind: "day"; readonly key: string; readonly timestamp: string }
  | { readonly kind: "joined"; readonly key: string; readonly name: string; readonly own: boolean }
  | ({ readonly kind: "activity" } & Told)
  | Group;

/** Bubbles further apart than this do not stand together. */
const TOGETHER_MS = 5 * 60_000;

interface Said extends Omit<Group, "kind" | "key" | "bubbles"> {
  readonly bubble: Bubble;
}

type Happening =
  | { readonly at: string; readonly said: Said }
  | { readonly at: string; readonly joined: { name: string; own: boolean; key: string } }
  | { readonly at: string; readonly activity: Told };

export function linesOf(story: Story, me: Reader, now_ms = Date.now()): Line[] {
  const lines: Line[] = [];
  let last = "";
  for (const happening of happenings(story, me, now_ms)) {
    if (!last || !sameDay(last, happening.at)) {
      lines.push({ kind: "day", key: `day-${happening.at}`, timestamp: happening.at });
    }
    last = happening.at;
    if ("joined" in happening) lines.push({ kind: "joined", ...happening.joined });
    else if ("activity" in happening) lines.push({ kind: "activity", ...happening.activity });
    else add(lines, happening.said);
  }
  return lines;
}

function happenings(story: Story, me: Reader, now_ms: number): Happening[] {
  const told = { ownId: me.id, visitor: story.conversation.visitor.name, now_ms };
  let before: ConversationUpdated | null = null;
  const past = inOrder(story).map((entry): Happening => {
    if (!("event" in entry)) return writtenOrJoined(entry, story, me);
    const { seq, timestamp: at } = entry.data;
    const words = activityWords(entry, before, told);
    if (entry.event === "conversation.updated") before = entry.data;
    const doubt = entry.event === "visitor.tracked" ? byWebsite(entry.data.verified) : null;
    return { at, activity: { words, key: `activity-${seq}`, timestamp: at, doubt } };
  });
  return [...past, ...story.local.map((local) => ({ at: local.timestamp, said: underway(local, me) }))];
}

type Entry = AgentMessage | AgentJoined;

/** Messages, joins and what else happened, in the order of the log. */
function inOrder(story: Story): Array<Entry | Happened> {
  const seq = (entry: Entry | Happened) => ("event" in entry ? entry.data.seq : entry.seq);
  return [...inLog(story), ...story.activity.filter(isTold)].sort((a, b) => seq(a) - seq(b));
}

function writtenOrJoined(entry: Entry, story: Story, me: Reader): Happening {
  const at = entry.timestamp;
  if (!("agent" in entry)) return { at, said: saidBy(entry, story, me) };
  const { id, name } = entry.agent;
  return { at, joined: { name, own: id === me.id, key: `joined-${id}` } };
}

function saidBy(message: AgentMessage, story: Story, me: Reader): Said {
  const side = message.sender_type === "visitor" ? "in" : "out";
  const note = message.kind === "note";
  return {
    side,
    note,
    own: message.sender_id === me.id,
    who: { id: message.sender_id ?? message.sender_type, name: message.sender_name },
    mark: side === "in" || note ? "none" : markOf(message, story),
    problem: null,
    // Keyed by client id: the bubble that was on its way stays the same element when it arrives.
    bubble: {
      key: message.client_id ?? message.id,
      text: wordsOf(message, "This message was taken back."),
      timestamp: message.timestamp,
      quote: message.reply_to ?? null,
      message,
      local: null,
    },
  };
}

function markOf(message: AgentMessage, story: Story): Mark {
  if (isRead(story, message)) return "read";
  return isDelivered(story, message) ? "delivered" : "sent";
}

function underway(local: LocalMessage, me: Reader): Said {
  const marks = { pending: "sending", sent: "sent", failed: "failed" } as const;
  return {
    side: "out",
    note: local.kind === "note",
    own: true,
    who: me,
    mark: marks[local.delivery],
    problem: local.problem,
    bubble: {
      key: local.client_id,
      text: local.message,
      timestamp: local.timestamp,
      quote: local.reply_to ?? null,
      message: null,
      local,
    },
  };
}

function add(lines: Line[], said: Said): void {
  const before = lines[lines.length - 1];
  const { bubble, ...rest } = said;
  if (before?.kind === "group" && together(before, said)) {
    lines[lines.length - 1] = { ...before, bubbles: [...before.bubbles, bubble] };
  } else {
    lines.push({ kind: "group", key: `group-${bubble.key}`, ...rest, bubbles: [bubble] });
  }
}

function together(group: Group, said: Said): boolean {
  const newest = group.bubbles[group.bubbles.length - 1];
  return (
    group.who.id === said.who.id &&
    group.note === said.note &&
    group.mark === said.mark &&
    // Each failure has its own way out.
    said.mark !== "failed" &&
    newest !== undefined &&
    Date.parse(said.bubble.timestamp) - Date.parse(newest.timestamp) < TOGETHER_MS
  );
}

/** The emoji on a message, in the order in which they came, and who put them there. */
export interface ReactionCount {
  readonly emoji: string;
  readonly by: readonly string[];
  /** Is one of them the agent who looks? */
  readonly own: boolean;
}

export function reactionsOf(message: AgentMessage, ownId: string): ReactionCount[] {
  const all = message.reactions ?? [];
  const emoji = [...new Set(all.map((one) => one.emoji))];
  return emoji.map((one) => {
    const by = all.filter((other) => other.emoji === one).map((other) => other.by);
    return { emoji: one, by, own: by.includes(ownId) };
  });
}
