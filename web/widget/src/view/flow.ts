// Decides the order and grouping of what stands in the message list: days, who came and left, runs of
// one author, what is said beside a message. Knows nothing of markup.

import {
  type Activity,
  agentIn,
  isDelivered,
  isRead,
  type LocalFile,
  type LocalMessage,
  type VisitorThread,
  wordsOf,
} from "@frontdesk/shared/store";
import type {
  AgentJoined,
  Attachment,
  ChatMessage,
  Quote,
  Reaction,
  VisitorEvent,
} from "@frontdesk/shared/wire.gen";
import { LANGUAGE, TEXT } from "./texts";
import { daysBetween } from "./there";

export type Bubble = {
  kind: "bubble";
  key: string;
  text: string;
  own: boolean;
  /** Author and picture; own messages need none. */
  name: string;
  avatar: string | null;
  time: string;
  timestamp: string;
  /** First and last of a run by one author. */
  first: boolean;
  last: boolean;
  /** State line under the newest of our own, or under one that failed. */
  note: "sending" | "sent" | "delivered" | "read" | "failed" | null;
  problem: string | null;
  clientId: string | null;
  /** As it stands in the log; `null` before. */
  message: ChatMessage | null;
  quote: Quote | null;
  /** In the log, or waiting here. */
  files: Array<Attachment | LocalFile>;
  reactions: Tally[];
  isEdited: boolean;
  isGone: boolean;
};

/** One emoji under a message. */
export type Tally = { emoji: string; count: number; own: boolean };

export type Item = Bubble | { kind: "day" | "joined"; key: string; text: string };

type Line = Activity<VisitorEvent>;
type Entry = AgentJoined | ChatMessage | LocalMessage | Line;

/** By language: making one takes as long as a thousand times of day. */
const clocks: Record<string, Intl.DateTimeFormat> = {};
/** Messages of one author this close together are one run. */
const RUN_MS = 5 * 60_000;

export function flow(thread: VisitorThread | null, drafts: LocalMessage[], now: Date): Item[] {
  const items: Item[] = [];
  let day = "";
  for (const entry of thread ? [...told(thread), ...thread.local] : drafts) {
    const at = "event" in entry ? entry.data.timestamp : entry.timestamp;
    const date = new Date(at);
    // Asked of each entry: naming the day of ten thousand takes a second.
    if (date.toDateString() !== day) {
      day = date.toDateString();
      items.push({ kind: "day", key: `day ${at}`, text: dayWords(date, now) });
    }
    items.push(item(entry, thread));
  }
  return grouped(items);
}

/** Messages and the lines between them, in the order of the log; a line older than what is loaded waits for its page. */
function told(thread: VisitorThread): Array<ChatMessage | AgentJoined | Line> {
  const from = thread.more ? (thread.messages[0]?.seq ?? 0) : 0;
  const lines = [...thread.joins, ...thread.activity].filter((one) => seqOf(one) > from);
  return [...thread.messages, ...lines].sort((a, b) => seqOf(a) - seqOf(b));
}

function seqOf(entry: ChatMessage | AgentJoined | Line): number {
  return "event" in entry ? entry.data.seq : entry.seq;
}

function item(entry: Entry, thread: VisitorThread | null): Item {
  if ("event" in entry) return { kind: "joined", key: `line ${entry.data.seq}`, text: lineWords(entry) };
  if (!("agent" in entry)) return bubble(entry, thread);
  const { id, name } = entry.agent;
  return { kind: "joined", key: `${id} ${entry.timestamp}`, text: TEXT.joined(name) };
}

function lineWords(line: Line): string {
  if (line.event === "agent.left") return TEXT.left(line.data.agent.name);
  return line.data.status === "resolved" ? TEXT.ended : TEXT.reopened;
}

function bubble(entry: ChatMessage | LocalMessage, thread: VisitorThread | null): Bubble {
  const { client_id: clientId, timestamp } = entry;
  const local = "delivery" in entry ? entry : null;
  const message = "delivery" in entry ? null : entry;
  return {
    kind: "bubble",
    // The same before and after the fact arrives, so that the bubble is not drawn anew.
    key: clientId ?? message?.id ?? timestamp,
    text: message ? wordsOf(message, TEXT.takenBack) : entry.message,
    own: !message || message.sender_type === "visitor",
    name: message?.sender_name ?? "",
    avatar: agentIn(thread, message?.sender_id ?? null)?.avatar ?? null,
    get time() {
      const form = { hour: "numeric", minute: "2-digit" } as const;
      const clock = clocks[LANGUAGE] ?? new Intl.DateTimeFormat(LANGUAGE, form);
      clocks[LANGUAGE] = clock;
      return clock.format(new Date(timestamp));
    },
    timestamp,
    first: true,
    last: true,
    note: local ? noteOf(local) : reached(thread, message),
    problem: local?.problem ?? null,
    clientId,
    message,
    quote: entry.reply_to ?? null,
    files: message?.attachments ?? local?.files ?? [],
    reactions: tallies(message?.reactions ?? []),
    isEdited: !!message?.edited_at && !message.deleted_at,
    isGone: !!message?.deleted_at,
  };
}

function reached(thread: VisitorThread | null, message: ChatMessage | null): Bubble["note"] {
  if (!thread || !message) return "sent";
  if (isRead(thread, message)) return "read";
  return isDelivered(thread, message) ? "delivered" : "sent";
}

function noteOf(local: LocalMessage): Bubble["note"] {
  return local.delivery === "pending" ? "sending" : local.delivery;
}

/** In the order in which the emoji first came. */
function tallies(reactions: Reaction[]): Tally[] {
  const all = new Map<string, Tally>();
  for (const { emoji, by_type } of reactions) {
    const one = all.get(emoji) ?? { emoji, count: 0, own: false };
    // A conversation has one visitor: a visitor's emoji is ours.
    all.set(emoji, { emoji, count: one.count + 1, own: one.own || by_type === "visitor" });
  }
  return [...all.values()];
}

function grouped(items: Item[]): Item[] {
  const own = items.filter((item) => item.kind === "bubble" && item.own && item.note !== "failed");
  const newest = own.at(-1);
  items.forEach((item, at) => {
    if (item.kind !== "bubble") return;
    const next = items[at + 1];
    if (next?.kind === "bubble" && runs(item, next)) {
      item.last = false;
      next.first = false;
    }
    const says = item === newest ? !item.isGone : item.note === "failed" || item.note === "sending";
    if (!item.own || !says) item.note = null;
  });
  return items;
}

function runs(one: Bubble, next: Bubble): boolean {
  const apart = Date.parse(next.timestamp) - Date.parse(one.timestamp);
  return one.own === next.own && one.name === next.name && apart < RUN_MS && one.note !== "failed";
}

function dayWords(day: Date, now: Date): string {
  const ago = daysBetween(day, now);
  if (ago <= 0) return TEXT.today;
  if (ago === 1) return TEXT.yesterday;
  return day.toLocaleDateString(LANGUAGE, { weekday: "long", day: "numeric", month: "long" });
}
