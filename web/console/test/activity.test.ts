// Proves that what happens between messages reads as a colleague would say it.

import type { ConversationUpdated } from "@frontdesk/shared/wire.gen";
import { expect, test } from "vitest";
import { activityWords, listed } from "../src/activity";
import { rests } from "../src/snooze";
import { at, ben, carol } from "./people";

const told = { ownId: ben.id, visitor: "Ana", now_ms: Date.parse(at(30)) };
const face = (who: { id: string; name: string }) => ({ ...who, avatar: null });
const updated = (change: Partial<ConversationUpdated>): ConversationUpdated => ({
  by_type: "agent",
  by: face(carol),
  changed: [],
  seq: 4,
  timestamp: at(4),
  status: "open",
  snoozed_until: null,
  assignee: null,
  priority: "normal",
  tags: [],
  attributes: {},
  ...change,
});
const words = (change: Partial<ConversationUpdated>, before: ConversationUpdated | null = null) =>
  activityWords({ event: "conversation.updated", data: updated(change) }, before, told);

test("whoever resolved, took or gave a conversation is named, oneself as you", () => {
  expect(words({ changed: ["status"], status: "resolved" })).toBe("Carol resolved the conversation");
  expect(words({ changed: ["assignee"], by: face(ben), assignee: face(ben) })).toBe(
    "You took the conversation",
  );
  expect(words({ changed: ["assignee"], assignee: face(ben) })).toBe("Carol gave the conversation to you");
  expect(words({ changed: ["assignee"] })).toBe("Carol gave the conversation back to everyone");
});

test("tags are told by what came and what went", () => {
  const before = updated({ tags: ["billing", "vip"] });
  expect(words({ changed: ["tags"], tags: ["vip", "norway"] }, before)).toBe(
    "Carol added the tag norway and removed the tag billing",
  );
  expect(words({ changed: ["tags"], tags: ["a", "b"] })).toBe("Carol set the tags a and b");
});

test("what happened at once is one sentence", () => {
  expect(words({ changed: ["status", "priority"], status: "open", priority: "high" })).toBe(
    "Carol opened the conversation again and set the priority to high",
  );
});

test("what no agent did is told without one", () => {
  expect(words({ by_type: "system", by: null, changed: ["status"] })).toContain("It is time");
  expect(words({ by_type: "visitor", by: null, changed: ["status"], status: "resolved" })).toBe(
    "Ana ended the conversation",
  );
  expect(words({ by_type: "visitor", by: null, changed: ["status"] })).toContain("Ana wrote");
});

test("a snooze says until when, from the reader's own calendar", () => {
  const until = new Date(2026, 10, 21, 9).toISOString();
  expect(words({ changed: ["status"], status: "snoozed", snoozed_until: until })).toMatch(
    /until tomorrow, 0?9/,
  );
});

test("lists read like sentences", () => {
  expect([listed([]), listed(["a"]), listed(["a", "b", "c"])]).toEqual(["", "a", "a, b and c"]);
});

test("a conversation is put off to hours of work, and never to the past", () => {
  const sunday = new Date(2026, 10, 22, 20, 15);
  const names = rests(sunday).map(({ name }) => name);
  expect(names).not.toContain("Later today");
  // Monday is tomorrow: it is offered once.
  expect(names).not.toContain("Monday");
  expect(rests(sunday).every(({ until }) => until > sunday)).toBe(true);
  expect(rests(new Date(2026, 10, 20, 9)).map(({ name }) => name)).toContain("Later today");
});
