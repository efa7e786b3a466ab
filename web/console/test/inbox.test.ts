// Proves what the list shows after each piece of news, in whatever order they come.

import type { InboxRow, MessagePreview } from "@frontdesk/shared/wire.gen";
import { expect, test } from "vitest";
import {
  emptyInbox,
  type Inbox,
  type InboxNews,
  ordered,
  reduceInbox,
  unread,
  unreadTotal,
} from "../src/inbox";
import { at, reply, row, summary } from "./people";

const after = (...news: InboxNews[]) => news.reduce(reduceInbox, emptyInbox);
const only = (inbox: Inbox) => [...inbox.rows.values()][0] as InboxRow;
const ids = (inbox: Inbox) => ordered(inbox).map((one) => one.conversation.id);
const said = (minute: number): MessagePreview => ({
  id: "msg_1",
  sender_type: "visitor",
  sender_name: "Ana",
  kind: "text",
  text: "Hello",
  timestamp: at(minute),
});

test("news with a higher seq wins over the list, whichever comes first", () => {
  const list: InboxNews = { kind: "newest", reply: reply([row({ seq: 4 })]) };
  const change: InboxNews = { kind: "changed", conversation: summary({ seq: 5, last_message: said(9) }) };
  expect(only(after(list, change)).conversation.seq).toBe(5);
  expect(only(after(change, list)).conversation.seq).toBe(5);
});

test("news that is late changes nothing", () => {
  const inbox = after({ kind: "newest", reply: reply([row({ seq: 4 })]) });
  expect(reduceInbox(inbox, { kind: "changed", conversation: summary({ seq: 4 }) })).toBe(inbox);
});

test("unread is what the visitor wrote less what this agent read", () => {
  const inbox = after({ kind: "newest", reply: reply([row({ visitor_messages: 5, seq: 9 }, 3)]) });
  expect(unread(only(inbox))).toBe(2);
  expect(unreadTotal(inbox)).toBe(2);
});

test("a change keeps what was read, so that only new messages are unread", () => {
  const inbox = after(
    { kind: "newest", reply: reply([row({ visitor_messages: 3, seq: 5 }, 3)]) },
    { kind: "changed", conversation: summary({ visitor_messages: 4, seq: 6, last_message: said(9) }) },
  );
  expect(unread(only(inbox))).toBe(1);
  expect(inbox.stale).toBe(false);
});

test("a new visitor's first message needs no further question", () => {
  const inbox = after(
    { kind: "newest", reply: reply([]) },
    { kind: "changed", conversation: summary({ visitor_messages: 1, seq: 1, last_message: said(9) }) },
  );
  expect(unread(only(inbox))).toBe(1);
  expect(inbox.stale).toBe(false);
});

test("a conversation of which nothing is left leaves the list", () => {
  const inbox = after(
    { kind: "newest", reply: reply([row({ visitor_messages: 3, seq: 5, last_message: said(1) })]) },
    { kind: "changed", conversation: summary({ visitor_messages: 3, seq: 6, last_message: null }) },
  );
  expect(ids(inbox)).toEqual([]);
});

test("an old conversation that turns up makes the list ask how much of it was read", () => {
  const conversation = summary({ visitor_messages: 8, seq: 20, last_message: said(9) });
  const change: InboxNews = { kind: "changed", conversation };
  const inbox = after({ kind: "newest", reply: reply([]) }, change);
  expect(inbox.stale).toBe(true);
  const asked = reduceInbox(inbox, {
    kind: "newest",
    reply: reply([row({ visitor_messages: 8, seq: 20 }, 7)]),
  });
  expect(asked.stale).toBe(false);
  expect(unread(only(asked))).toBe(1);
});

test("what is open and seen is read, unless the list knows of more than is shown", () => {
  const inbox = after({ kind: "newest", reply: reply([row({ visitor_messages: 2, seq: 7 })]) });
  expect(unread(only(reduceInbox(inbox, { kind: "read", id: "cnv_1", seq: 6 })))).toBe(2);
  expect(unread(only(reduceInbox(inbox, { kind: "read", id: "cnv_1", seq: 7 })))).toBe(0);
});

test("what was read here is not unread again by a list that was asked for earlier", () => {
  const list: InboxNews = { kind: "newest", reply: reply([row({ visitor_messages: 2, seq: 7 })]) };
  expect(unreadTotal(after(list, { kind: "read", id: "cnv_1", seq: 7 }, list))).toBe(0);
});

test("the newest message is on top, and a receipt moves nothing", () => {
  const first = row({ id: "cnv_1", seq: 3, last_message: said(10) });
  const second = row({ id: "cnv_2", seq: 3, last_message: said(20) });
  const inbox = after({ kind: "newest", reply: reply([second, first]) });
  expect(ids(inbox)).toEqual(["cnv_2", "cnv_1"]);
  const receipt = summary({ id: "cnv_1", seq: 4, last_message: said(10) });
  expect(ids(reduceInbox(inbox, { kind: "changed", conversation: receipt }))).toEqual(["cnv_2", "cnv_1"]);
  const message = summary({ id: "cnv_1", seq: 5, last_message: said(30) });
  expect(ids(reduceInbox(inbox, { kind: "changed", conversation: message }))).toEqual(["cnv_1", "cnv_2"]);
});

test("a conversation without a message stands by its beginning", () => {
  const inbox = after({
    kind: "newest",
    reply: reply([row({ id: "cnv_1", last_message: said(5) }), row({ id: "cnv_2", created_at: at(6) })]),
  });
  expect(ids(inbox)).toEqual(["cnv_2", "cnv_1"]);
});

test("fetching the newest page again keeps older pages and their cursor", () => {
  const newest: InboxNews = { kind: "newest", reply: reply([row({ id: "cnv_9" })], "p2") };
  const older: InboxNews = { kind: "older", reply: reply([row({ id: "cnv_1" })], "p3") };
  const inbox = after(newest, older, newest);
  expect(inbox.rows.size).toBe(2);
  expect(inbox.next).toBe("p3");
});
