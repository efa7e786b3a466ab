// Decides what a conversation looks like as lines: days, "Ben joined", what the website tells, and groups of bubbles
// with one mark each.
// Knows nothing of how lines are drawn and where messages come from.

import { type AgentThread, inLog, isRead, type LocalMessage, wordsOf } from "@frontdesk/shared/store";
import type { AgentJoined, AgentMessage, Attribute, VisitorTracked } from "@frontdesk/shared/wire.gen";
import { sameDay } from "./time";

export type Story = Pick<AgentThread, "messages" | "joins" | "activity" | "more" | "local" | "receipts">;
/** The agent who looks. */
export type Reader = { readonly id: string; readonly name: string };

export interface Bubble {
  readonly key: string;
  readonly text: string;
  readonly timestamp: string;
}

/** What the writer of a group may know of it. */
export type Mark = "none" | "sent" | "read" | "sending" | "failed";

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

/** What the visitor did, by the website's word. */
export interface Told {
  readonly key: string;
  /** `viewed_pricing (plan: pro)` */
  readonly text: string;
  readonly timestamp: string;
  readonly verified: boolean;
}

export type Line =
  | { readonly kind: "day"; readonly key: string; readonly timestamp: string }
  | { readonly kind: "joined"; readonly key: string; readonly name: string; readonly own: boolean }
  | ({ readonly kind: "tracked" } & Told)
  | Group;

/** Bubbles further apart than this do not stand together. */
const TOGETHER_MS = 5 * 60_000;

interface Said extends Omit<Group, "kind" | "key" | "bubbles"> {
  readonly bubble: Bubble;
}

type Happening =
  | { readonly at: string; readonly said: Said }
  | { readonly at: string; readonly told: Told }
  | { readonly at: string; readonly joined: { name: string; own: boolean; key: string } };

export function linesOf(story: Story, me: Reader): Line[] {
  const lines: Line[] = [];
  let last = "";
  for (const happening of happenings(story, me)) {
    if (!last || !sameDay(last, happening.at)) {
      lines.push({ kind: "day", key: `day-${happening.at}`, timestamp: happening.at });
    }
    last = happening.at;
    if ("joined" in happening) lines.push({ kind: "joined", ...happening.joined });
    else if ("told" in happening) lines.push({ kind: "tracked", ...happening.told });
    else add(lines, happening.said);
  }
  return lines;
}

function happenings(story: Story, me: Reader): Happening[] {
  const past = inOrder(story).map((entry): Happening => {
    const at = entry.timestamp;
    if ("props" in entry) return { at, told: told(entry) };
    if (!("agent" in entry)) return { at, said: saidBy(entry, story, me) };
    const { id, name } = entry.agent;
    return { at, joined: { name, own: id === me.id, key: `joined-${id}` } };
  });
  return [...past, ...story.local.map((local) => ({ at: local.timestamp, said: underway(local, me) }))];
}

function inOrder(story: Story): Array<AgentMessage | AgentJoined | VisitorTracked> {
  const tracked = story.activity.flatMap((one) => (one.event === "visitor.tracked" ? [one.data] : []));
  return [...inLog(story), ...tracked].sort((a, b) => a.seq - b.seq);
}

function told({ name, props, timestamp, verified, seq }: VisitorTracked): Told {
  const more = Object.entries(props).map(([what, value]) => `${what}: ${inWords(value)}`);
  const text = more.length > 0 ? `${name} (${more.join(", ")})` : name;
  return { key: `tracked-${seq}`, text, timestamp, verified };
}

/** A website's value as agents read it. */
export function inWords(value: Attribute): string {
  return value === true ? "yes" : value === false ? "no" : `${value}`;
}

function saidBy(message: AgentMessage, story: Story, me: Reader): Said {
  const side = message.sender_type === "visitor" ? "in" : "out";
  const note = message.kind === "note";
  return {
    side,
    note,
    own: message.sender_id === me.id,
    who: { id: message.sender_id ?? message.sender_type, name: message.sender_name },
    mark: side === "in" || note ? "none" : isRead(story, message) ? "read" : "sent",
    problem: null,
    // Keyed by client id: the bubble that was on its way stays the same element when it arrives.
    bubble: {
      key: message.client_id ?? message.id,
      text: wordsOf(message, "This message was taken back."),
      timestamp: message.timestamp,
    },
  };
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
    bubble: { key: local.client_id, text: local.message, timestamp: local.timestamp },
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
