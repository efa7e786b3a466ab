// Decides the order and grouping of what stands in the message list: days, joins, runs of one
// author. Knows nothing of markup.

import {
  agentIn,
  inLog,
  isRead,
  type LocalMessage,
  type VisitorThread,
  wordsOf,
} from "@frontdesk/shared/store";
import type { AgentJoined, ChatMessage } from "@frontdesk/shared/wire.gen";
import { TEXT } from "./texts";

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
  note: "sending" | "sent" | "read" | "failed" | null;
  problem: string | null;
  clientId: string | null;
};

export type Item = Bubble | { kind: "day" | "joined"; key: string; text: string };

type Entry = AgentJoined | ChatMessage | LocalMessage;

/** Messages of one author this close together are one run. */
const RUN_MS = 5 * 60_000;

export function flow(thread: VisitorThread | null, drafts: LocalMessage[], now: Date): Item[] {
  const entries: Entry[] = thread ? [...inLog(thread), ...thread.local] : drafts;
  const items: Item[] = [];
  let day = "";
  for (const entry of entries) {
    const at = entry.timestamp;
    const words = dayWords(new Date(at), now);
    if (words !== day) {
      day = words;
      items.push({ kind: "day", key: `day ${at}`, text: words });
    }
    if ("agent" in entry) {
      const { id, name } = entry.agent;
      items.push({ kind: "joined", key: `${id} ${at}`, text: TEXT.joined(name) });
    } else {
      items.push(bubble(entry, thread));
    }
  }
  return grouped(items);
}

function bubble(entry: ChatMessage | LocalMessage, thread: VisitorThread | null): Bubble {
  const { client_id: clientId, timestamp } = entry;
  const local = "delivery" in entry ? entry : null;
  const message = "delivery" in entry ? null : entry;
  const text = message ? wordsOf(message, TEXT.takenBack) : entry.message;
  return {
    kind: "bubble",
    // The same before and after the fact arrives, so that the bubble is not drawn anew.
    key: clientId ?? message?.id ?? timestamp,
    text,
    own: !message || message.sender_type === "visitor",
    name: message?.sender_name ?? "",
    avatar: agentIn(thread, message?.sender_id ?? null)?.avatar ?? null,
    time: new Date(timestamp).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" }),
    timestamp,
    first: true,
    last: true,
    note: local ? noteOf(local) : message && thread && isRead(thread, message) ? "read" : "sent",
    problem: local?.problem ?? null,
    clientId,
  };
}

function noteOf(local: LocalMessage): Bubble["note"] {
  return local.delivery === "pending" ? "sending" : local.delivery;
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
    if (!item.own || (item !== newest && item.note !== "failed" && item.note !== "sending")) item.note = null;
  });
  return items;
}

function runs(one: Bubble, next: Bubble): boolean {
  const apart = Date.parse(next.timestamp) - Date.parse(one.timestamp);
  return one.own === next.own && one.name === next.name && apart < RUN_MS && one.note !== "failed";
}

function dayWords(day: Date, now: Date): string {
  const midnight = (date: Date) => new Date(date).setHours(0, 0, 0, 0);
  const ago = Math.round((midnight(now) - midnight(day)) / 86_400_000);
  if (ago <= 0) return TEXT.today;
  if (ago === 1) return TEXT.yesterday;
  return day.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
}
