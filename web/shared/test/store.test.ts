// Proves what a conversation is after each fact, and that facts and pages agree: the law of the
// log. Knows nothing of how facts arrive.

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  agentIn,
  agentThread,
  applyAgentEvent,
  applyVisitorEvent,
  inLog,
  isRead,
  type LocalMessage,
  unreadBy,
  visitorThread,
  withLocal,
  withOlder,
} from "../src/store";
import type {
  AgentEvent,
  AgentJoined,
  AgentPage,
  ChatMessage,
  VisitorEvent,
  VisitorPage,
} from "../src/wire.gen";

const message = (seq: number, more: Partial<ChatMessage> = {}): ChatMessage => ({
  id: `msg_${seq}`,
  sender_type: "visitor",
  sender_name: "Ana",
  message: "Hello",
  attachment_path: null,
  attachment_name: null,
  is_voice: false,
  timestamp: "2026-11-22T10:00:00.000Z",
  seq,
  client_id: null,
  sender_id: "vis_ana",
  ...more,
});
const page = (more: Partial<VisitorPage> = {}): VisitorPage => ({
  success: true,
  conversation: {
    id: "cnv_1",
    status: "open",
    agents: [],
    receipts: [],
    created_at: "2026-11-22T10:00:00.000Z",
  },
  joins: [],
  activity: [],
  messages: [],
  events: [],
  seq: 0,
  more: false,
  typing: [],
  availability: { online: true, agents: [], open: true, opens_at: null, away_text: null },
  ...more,
});
const local = (client_id: string): LocalMessage => ({
  client_id,
  message: "Hello",
  kind: "text",
  timestamp: "2026-11-22T10:00:00.000Z",
  delivery: "pending",
  problem: null,
});
const said = (data: ChatMessage): VisitorEvent => ({ event: "ChatMessageReceived", data });
const ben = { id: "agt_ben", name: "Ben", avatar: null };
const joined = (seq: number): AgentJoined => ({
  conversationId: "cnv_1",
  agent: ben,
  seq,
  timestamp: "2026-11-22T10:00:00.000Z",
});

test("our own message stands once, as soon as its fact is there", () => {
  let thread = withLocal(visitorThread(page()), local("c1"));
  thread = applyVisitorEvent(thread, said(message(1, { client_id: "c1" })));
  expect(thread.local).toEqual([]);
  expect(thread.messages).toHaveLength(1);
  expect(withLocal(thread, { ...local("c1"), delivery: "sent" }).local).toEqual([]);
});

test("a page that holds the fact drops the local message too", () => {
  const thread = visitorThread(page({ messages: [message(1, { client_id: "c1" })], seq: 1 }), [
    local("c1"),
    local("c2"),
  ]);
  expect(thread.local.map((one) => one.client_id)).toEqual(["c2"]);
});

test("a join stands once, whether the page brings it, the event, or both", () => {
  const event: VisitorEvent = { event: "agent.joined", data: joined(2) };
  for (const joins of [[], [joined(2)]]) {
    const thread = applyVisitorEvent(visitorThread(page({ joins, messages: [message(1)], seq: 1 })), event);
    expect(thread.joins).toEqual([joined(2)]);
    expect(thread.seq).toBe(2);
    expect(agentIn(thread, ben.id)).toEqual(ben);
    expect(agentIn(thread, "agt_carol")).toBeNull();
  }
});

test("joins stand among the messages, those before the first only when nothing is older", () => {
  const messages = [message(5), message(7)];
  const thread = visitorThread(page({ joins: [joined(2), joined(6)], messages, seq: 7, more: true }));
  expect(inLog(thread).map((one) => one.seq)).toEqual([5, 6, 7]);
  const older = withOlder(thread, { messages: [message(1), message(3)], activity: [], more: false });
  expect(inLog(older).map((one) => one.seq)).toEqual([1, 2, 3, 5, 6, 7]);
  expect(inLog(visitorThread(page({ joins: [joined(1)], seq: 1 }))).map((one) => one.seq)).toEqual([1]);
});

test("a message is read once somebody of the other side has read so far", () => {
  const receipt = (reader_type: "visitor" | "agent", read_seq: number): VisitorEvent => ({
    event: "receipt.updated",
    data: {
      reader_type,
      reader_id: `id_${reader_type}`,
      message_id: "m",
      read_seq,
      delivered_seq: read_seq,
      seq: 9,
      timestamp: "",
    },
  });
  const own = applyVisitorEvent(visitorThread(page()), receipt("visitor", 5));
  expect(isRead(own, message(5))).toBe(false);
  const both = applyVisitorEvent(own, receipt("agent", 5));
  expect([4, 5, 6].map((seq) => isRead(both, message(seq)))).toEqual([true, true, false]);
});

test("unread is what others wrote after the reader's receipt", () => {
  const theirs = (seq: number) => message(seq, { sender_type: "agent", sender_id: "agt_ben" });
  const thread = applyVisitorEvent(
    visitorThread(page({ messages: [message(1), theirs(2), theirs(3)], seq: 3 })),
    {
      event: "receipt.updated",
      data: {
        reader_type: "visitor",
        reader_id: "vis_ana",
        message_id: "msg_2",
        read_seq: 2,
        delivered_seq: 2,
        seq: 4,
        timestamp: "",
      },
    },
  );
  expect(unreadBy(thread, "vis_ana").map((one) => one.seq)).toEqual([3]);
  expect(unreadBy(thread, "vis_eve")).toHaveLength(3);
});

test("older messages are put before, each once", () => {
  const thread = visitorThread(page({ messages: [message(3)], seq: 3, more: true }));
  const older = withOlder(thread, { messages: [message(2), message(3)], activity: [], more: false });
  expect(older.messages.map((one) => one.seq)).toEqual([2, 3]);
  expect(older.more).toBe(false);
});

// Recorded by the chat's Rust tests: for each verb, the page before, what it emitted, the page after.
type Law = { name: string } & (
  | { audience: "visitor"; before: VisitorPage; events: VisitorEvent[]; after: VisitorPage }
  | { audience: "agent" | "agents"; before: AgentPage; events: AgentEvent[]; after: AgentPage }
);
const fixture = new URL("../fixtures/law-of-the-log.json", import.meta.url);

describe("the law of the log", () => {
  test("its fixture is there", () => {
    expect(existsSync(fixture), "the chat's tests write web/shared/fixtures/law-of-the-log.json").toBe(true);
  });

  const laws: Law[] = existsSync(fixture) ? JSON.parse(readFileSync(fixture, "utf8")) : [];
  test.each(laws.map((law) => [`${law.audience}: ${law.name}`, law] as const))("%s", (_name, law) => {
    const [reached, fetched] =
      law.audience === "visitor"
        ? [law.events.reduce(applyVisitorEvent, visitorThread(law.before)), visitorThread(law.after)]
        : [law.events.reduce(applyAgentEvent, agentThread(law.before)), agentThread(law.after)];
    // A page holds the newest messages only.
    const messages = reached.messages.slice(-fetched.messages.length || reached.messages.length);
    const { more: _more, ...state } = { ...reached, messages };
    const { more: _more2, ...expected } = fetched;
    expect(state).toEqual(expected);
  });
});
