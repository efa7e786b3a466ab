// Proves what a conversation reads like: who stands where, what is grouped, and what is said of each message.

import type { LocalMessage } from "@frontdesk/shared/store";
import { expect, test } from "vitest";
import { type Group, type Line, linesOf, reactionsOf, type Story } from "../src/timeline";
import { ana, at, ben, carol, message } from "./people";

const story = (change: Partial<Story>): Story => ({
  conversation: { visitor: ana },
  messages: [],
  joins: [],
  activity: [],
  more: false,
  local: [],
  receipts: [],
  ...change,
});
const groups = (lines: Line[]) => lines.filter((line): line is Group => line.kind === "group");
const kinds = (lines: Line[]) => lines.map((line) => line.kind);
const joins = (lines: Line[]) => lines.flatMap((line) => (line.kind === "joined" ? [line.name] : []));
const local = (change: Partial<LocalMessage>): LocalMessage => ({
  client_id: "c1",
  message: "On its way",
  kind: "text",
  timestamp: at(9),
  delivery: "pending",
  problem: null,
  ...change,
});

test("messages of one person within five minutes stand together", () => {
  const messages = [message(ana, 1), message(ana, 2), message(ana, 9), message(ben, 10)];
  expect(groups(linesOf(story({ messages }), ben)).map((group) => group.bubbles.length)).toEqual([2, 1, 1]);
});

test("the visitor stands left, agents right, and a note is apart from a reply", () => {
  const messages = [message(ana, 1), message(ben, 2, { kind: "note" }), message(ben, 3)];
  const shown = groups(linesOf(story({ messages, more: true }), ben));
  expect(shown.map(({ side, note }) => [side, note])).toEqual([
    ["in", false],
    ["out", true],
    ["out", false],
  ]);
});

test("a day begins with its name", () => {
  const tomorrow = message(ana, 2, { timestamp: new Date(2026, 10, 21, 9).toISOString() });
  expect(kinds(linesOf(story({ messages: [message(ana, 1), tomorrow] }), ben))).toEqual([
    "day",
    "group",
    "day",
    "group",
  ]);
});

test("what the visitor has read is marked apart from what was only sent", () => {
  const receipts = [
    {
      reader_type: "visitor" as const,
      reader_id: ana.id,
      message_id: "msg_2",
      read_seq: 2,
      delivered_seq: 2,
    },
  ];
  const messages = [message(ben, 2), message(ben, 3)];
  const shown = groups(linesOf(story({ messages, receipts, more: true }), ben));
  expect(shown.map((group) => group.mark)).toEqual(["read", "sent"]);
});

test("what has reached the visitor's device is marked apart from what is only sent", () => {
  const receipts = [
    { reader_type: "visitor" as const, reader_id: ana.id, message_id: null, read_seq: 0, delivered_seq: 2 },
  ];
  const messages = [message(ben, 2), message(ben, 3)];
  const shown = groups(linesOf(story({ messages, receipts, more: true }), ben));
  expect(shown.map((group) => group.mark)).toEqual(["delivered", "sent"]);
});

test("another agent's receipt does not mark a message as read", () => {
  const receipts = [
    {
      reader_type: "agent" as const,
      reader_id: carol.id,
      message_id: "msg_2",
      read_seq: 2,
      delivered_seq: 2,
    },
  ];
  const shown = groups(linesOf(story({ messages: [message(ben, 2)], receipts }), ben));
  expect(shown.map((group) => group.mark)).toEqual(["sent"]);
});

test("a note has no mark, for nobody outside can read it", () => {
  const shown = groups(linesOf(story({ messages: [message(ben, 2, { kind: "note" })] }), ben));
  expect(shown[0]?.mark).toBe("none");
});

test("messages on their way stand last, and each failure alone with its reason", () => {
  const unsent = [
    local({ client_id: "c1", delivery: "failed", problem: "Too long." }),
    local({ client_id: "c2", delivery: "failed", problem: "Too long." }),
    local({ client_id: "c3" }),
  ];
  const shown = groups(linesOf(story({ messages: [message(ana, 1)], local: unsent }), ben));
  expect(shown.map((group) => group.mark)).toEqual(["none", "failed", "failed", "sending"]);
  expect(shown[1]?.problem).toBe("Too long.");
  expect(shown[3]?.own).toBe(true);
});

test("a message keeps its key when it arrives", () => {
  const before = groups(linesOf(story({ local: [local({ client_id: "c7" })] }), ben));
  const after = groups(linesOf(story({ messages: [message(ben, 1, { client_id: "c7" })] }), ben));
  expect(after[0]?.bubbles[0]?.key).toBe(before[0]?.bubbles[0]?.key);
});

const carolJoins = (seq: number) => ({
  conversationId: "cnv_1",
  agent: { ...carol, avatar: null },
  seq,
  timestamp: at(seq),
});

test("who joined is told where it happened", () => {
  const messages = [message(ana, 1), message(carol, 3)];
  const lines = linesOf(story({ messages, joins: [carolJoins(2)] }), ben);
  expect(kinds(lines)).toEqual(["day", "group", "joined", "group"]);
  expect(joins(lines)).toEqual(["Carol"]);
});

test("a join older than what is loaded is told when the older page is there", () => {
  const loaded = { messages: [message(carol, 5)], joins: [carolJoins(2)] };
  expect(joins(linesOf(story({ ...loaded, more: true }), ben))).toEqual([]);
  expect(joins(linesOf(story(loaded), ben))).toEqual(["Carol"]);
});

test("a join after the last message is told too, and one's own as one's own", () => {
  const lines = linesOf(story({ messages: [message(ana, 1)], joins: [carolJoins(2)] }), carol);
  expect(lines.at(-1)).toMatchObject({ kind: "joined", name: "Carol", own: true });
});

test("what the website tells of its visitor stands between the messages, in order", () => {
  const data = { name: "viewed_pricing", verified: false, seq: 2, timestamp: at(2) };
  const activity: Story["activity"] = [
    { event: "visitor.tracked", data: { ...data, props: { plan: "pro", trial: false } } },
    { event: "visitor.tracked", data: { ...data, props: {}, name: "left_cart", seq: 3 } },
  ];
  const lines = linesOf(story({ messages: [message(ana, 1), message(ana, 4)], activity }), ben);
  expect(kinds(lines)).toEqual(["day", "group", "activity", "activity", "group"]);
  const told = lines.flatMap((line) => (line.kind === "activity" ? [line.words] : []));
  expect(told).toEqual(["Ana: viewed_pricing (plan: pro, trial: no)", "Ana: left_cart"]);
});

test("what was set is told where it happened", () => {
  const resolved = {
    event: "conversation.updated" as const,
    data: {
      ...{ by_type: "agent" as const, by: { ...carol, avatar: null }, changed: ["status" as const] },
      ...{ status: "resolved" as const, snoozed_until: null, assignee: null, priority: "normal" as const },
      ...{ tags: [], attributes: {}, seq: 2, timestamp: at(2) },
    },
  };
  const messages = [message(ana, 1), message(ana, 3)];
  const lines = linesOf(story({ messages, activity: [resolved], more: true }), ben);
  expect(kinds(lines)).toEqual(["day", "group", "activity", "group"]);
  expect(lines[2]).toMatchObject({ words: "Carol resolved the conversation" });
});

test("an answer carries what it answers to, and one that waits does too", () => {
  const quote = { id: "msg_1", sender_type: "visitor" as const, sender_name: "Ana", text: "Where is it?" };
  const messages = [message(ben, 2, { reply_to: quote })];
  const shown = groups(linesOf(story({ messages, local: [local({ reply_to: quote })], more: true }), ben));
  expect(shown.flatMap((group) => group.bubbles.map((bubble) => bubble.quote))).toEqual([quote, quote]);
});

test("emoji are counted in the order in which they came, and one's own is known", () => {
  const by = (who: { id: string }, emoji: string) => ({ emoji, by_type: "agent" as const, by: who.id });
  const liked = message(ana, 1, { reactions: [by(carol, "🎉"), by(ben, "👍"), by(carol, "👍")] });
  expect(reactionsOf(liked, ben.id)).toEqual([
    { emoji: "🎉", by: [carol.id], own: false },
    { emoji: "👍", by: [ben.id, carol.id], own: true },
  ]);
});
