// Proves what the list shows after each piece of news, in whatever order they come.

import type { InboxRow, MessagePreview } from "@frontdesk/shared/wire.gen";
import { expect, test } from "vitest";
import {
  emptyInbox,
  type Inbox,
  type InboxNews,
  Lister,
  listed,
  reduceInbox,
  unread,
  unreadTotal,
} from "../src/inbox";
import { ALL, keyOf, queryOf } from "../src/view";
import { at, ben, carol, reply, row, summary } from "./people";

const after = (...news: InboxNews[]) => news.reduce(reduceInbox, emptyInbox);
const only = (inbox: Inbox) => [...inbox.rows.values()][0] as InboxRow;
const ids = (inbox: Inbox, view = ALL, staysId: string | null = null) =>
  listed(inbox, { view, ownId: ben.id, staysId })?.map((one) => one.conversation.id) ?? null;
const said = (minute: number): MessagePreview => ({
  id: "msg_1",
  sender_type: "visitor",
  sender_name: "Ana",
  kind: "text",
  text: "Hello",
  timestamp: at(minute),
});

test("news with a higher seq wins over the list, whichever comes first", () => {
  const list: InboxNews = { kind: "newest", view: ALL, reply: reply([row({ seq: 4 })]) };
  const change: InboxNews = { kind: "changed", conversation: summary({ seq: 5, last_message: said(9) }) };
  expect(only(after(list, change)).conversation.seq).toBe(5);
  expect(only(after(change, list)).conversation.seq).toBe(5);
});

test("news that is late changes nothing", () => {
  const inbox = after({ kind: "newest", view: ALL, reply: reply([row({ seq: 4 })]) });
  expect(reduceInbox(inbox, { kind: "changed", conversation: summary({ seq: 4 }) })).toBe(inbox);
});

test("unread is what the visitor wrote less what this agent read", () => {
  const inbox = after({ kind: "newest", view: ALL, reply: reply([row({ visitor_messages: 5, seq: 9 }, 3)]) });
  expect(unread(only(inbox))).toBe(2);
  expect(unreadTotal(inbox)).toBe(2);
});

test("a change keeps what was read, so that only new messages are unread", () => {
  const inbox = after(
    { kind: "newest", view: ALL, reply: reply([row({ visitor_messages: 3, seq: 5 }, 3)]) },
    { kind: "changed", conversation: summary({ visitor_messages: 4, seq: 6, last_message: said(9) }) },
  );
  expect(unread(only(inbox))).toBe(1);
  expect(inbox.stale).toBe(false);
});

test("a new visitor's first message needs no further question", () => {
  const inbox = after(
    { kind: "newest", view: ALL, reply: reply([]) },
    { kind: "changed", conversation: summary({ visitor_messages: 1, seq: 1, last_message: said(9) }) },
  );
  expect(unread(only(inbox))).toBe(1);
  expect(inbox.stale).toBe(false);
});

test("a conversation of which nothing is left leaves the list", () => {
  const inbox = after(
    {
      kind: "newest",
      view: ALL,
      reply: reply([row({ visitor_messages: 3, seq: 5, last_message: said(1) })]),
    },
    { kind: "changed", conversation: summary({ visitor_messages: 3, seq: 6, last_message: null }) },
  );
  expect(ids(inbox)).toEqual([]);
});

test("an old conversation that turns up makes the list ask how much of it was read", () => {
  const conversation = summary({ visitor_messages: 8, seq: 20, last_message: said(9) });
  const change: InboxNews = { kind: "changed", conversation };
  const inbox = after({ kind: "newest", view: ALL, reply: reply([]) }, change);
  expect(inbox.stale).toBe(true);
  const asked = reduceInbox(inbox, {
    kind: "newest",
    view: ALL,
    reply: reply([row({ visitor_messages: 8, seq: 20 }, 7)]),
  });
  expect(asked.stale).toBe(false);
  expect(unread(only(asked))).toBe(1);
});

test("what is open and seen is read, unless the list knows of more than is shown", () => {
  const inbox = after({ kind: "newest", view: ALL, reply: reply([row({ visitor_messages: 2, seq: 7 })]) });
  expect(unread(only(reduceInbox(inbox, { kind: "read", id: "cnv_1", seq: 6 })))).toBe(2);
  expect(unread(only(reduceInbox(inbox, { kind: "read", id: "cnv_1", seq: 7 })))).toBe(0);
});

test("what was read here is not unread again by a list that was asked for earlier", () => {
  const list: InboxNews = { kind: "newest", view: ALL, reply: reply([row({ visitor_messages: 2, seq: 7 })]) };
  expect(unreadTotal(after(list, { kind: "read", id: "cnv_1", seq: 7 }, list))).toBe(0);
});

test("the newest message is on top, and a receipt moves nothing", () => {
  const first = row({ id: "cnv_1", seq: 3, last_message: said(10) });
  const second = row({ id: "cnv_2", seq: 3, last_message: said(20) });
  const inbox = after({ kind: "newest", view: ALL, reply: reply([second, first]) });
  expect(ids(inbox)).toEqual(["cnv_2", "cnv_1"]);
  const receipt = summary({ id: "cnv_1", seq: 4, last_message: said(10) });
  expect(ids(reduceInbox(inbox, { kind: "changed", conversation: receipt }))).toEqual(["cnv_2", "cnv_1"]);
  const message = summary({ id: "cnv_1", seq: 5, last_message: said(30) });
  expect(ids(reduceInbox(inbox, { kind: "changed", conversation: message }))).toEqual(["cnv_1", "cnv_2"]);
});

test("a conversation without a message stands by its beginning", () => {
  const inbox = after({
    kind: "newest",
    view: ALL,
    reply: reply([row({ id: "cnv_1", last_message: said(5) }), row({ id: "cnv_2", created_at: at(6) })]),
  });
  expect(ids(inbox)).toEqual(["cnv_2", "cnv_1"]);
});

test("a conversation further down than the list was fetched waits for its page", () => {
  const old = summary({ id: "cnv_old", last_message: said(1), visitor_messages: 1 });
  const newest: InboxNews = {
    kind: "newest",
    view: ALL,
    reply: reply([row({ id: "cnv_9", last_message: said(30) })], "p2"),
  };
  const opened: InboxNews = { kind: "changed", conversation: old };
  expect(ids(after(newest, opened))).toEqual(["cnv_9"]);
  const older: InboxNews = {
    kind: "older",
    view: ALL,
    reply: reply([{ conversation: old, read_visitor_messages: 1 }]),
  };
  expect(ids(after(newest, opened, older))).toEqual(["cnv_9", "cnv_old"]);
});

test("after a break the list is trusted no further than it was fetched again", () => {
  const page = (id: string, minute: number, next: string | null) =>
    reply([row({ id, last_message: said(minute) })], next);
  const inbox = after(
    { kind: "newest", view: ALL, reply: page("cnv_2", 20, "p2") },
    { kind: "older", view: ALL, reply: page("cnv_1", 10, null) },
    { kind: "newest", view: ALL, anew: true, reply: page("cnv_3", 40, "p2") },
  );
  expect(ids(inbox)).toEqual(["cnv_3"]);
});

test("what a colleague resolved while Ben was away is gone, and what he heard since he asked is not", () => {
  const away = after({
    kind: "newest",
    view: ALL,
    reply: reply([row({ id: "cnv_1" }), row({ id: "cnv_2" })]),
  });
  const heard = summary({ id: "cnv_3", seq: 1, visitor_messages: 1, last_message: said(50) });
  const inbox = reduceInbox(reduceInbox(away, { kind: "changed", conversation: heard }), {
    ...{ kind: "newest", view: ALL, anew: true },
    ...{ asked: away.rows, reply: reply([row({ id: "cnv_2" })]) },
  });
  expect(ids(inbox)).toEqual(["cnv_3", "cnv_2"]);
});

test("what is given to Ben is his, and what is resolved leaves the list but for the one he looks at", () => {
  const mine = { ...ALL, name: "mine" as const };
  const his = summary({ seq: 2, assignee: { ...ben, avatar: null }, last_message: said(2) });
  const inbox = after(
    { kind: "newest", view: mine, reply: reply([]) },
    { kind: "newest", view: ALL, reply: reply([row({ last_message: said(1) })]) },
    { kind: "changed", conversation: his },
  );
  expect(ids(inbox, mine)).toEqual(["cnv_1"]);
  expect(ids(inbox, { ...ALL, name: "unassigned" })).toBeNull();
  const resolved: InboxNews = { kind: "changed", conversation: { ...his, seq: 3, status: "resolved" } };
  expect(ids(reduceInbox(inbox, resolved), mine)).toEqual([]);
  expect(ids(reduceInbox(inbox, resolved), mine, "cnv_1")).toEqual(["cnv_1"]);
});

test("whom a note calls only the server knows", () => {
  const mentions = { ...ALL, name: "mentions" as const };
  const all = reply([row({ id: "cnv_1" }), row({ id: "cnv_2" })]);
  const inbox = after(
    { kind: "newest", view: ALL, reply: all },
    { kind: "newest", view: mentions, reply: reply([row({ id: "cnv_2" })]) },
  );
  expect(ids(inbox, mentions)).toEqual(["cnv_2"]);
  expect(queryOf(mentions)).toMatchObject({ mentions: "me", status: undefined });
});

test("who waits longest is first, and who was answered is gone", () => {
  const waiting = { ...ALL, waiting: true };
  const rows = [
    row({ id: "cnv_1", waiting_since: at(5), tags: ["vip"] }),
    row({ id: "cnv_2", waiting_since: at(3) }),
    row({ id: "cnv_3" }),
  ];
  const inbox = after({ kind: "newest", view: waiting, reply: reply(rows) });
  expect(ids(inbox, waiting)).toEqual(["cnv_2", "cnv_1"]);
});

test("an old conversation that a colleague tags does not look unread", () => {
  const last_message = { ...said(1), sender_type: "agent" as const, sender_name: carol.name };
  const conversation = summary({ visitor_messages: 8, seq: 20, status: "resolved", last_message });
  const inbox = after({ kind: "newest", view: ALL, reply: reply([]) }, { kind: "changed", conversation });
  expect(unreadTotal(inbox)).toBe(0);
});

test("of many thousand conversations one that changes is put in its place without touching the others", () => {
  const moment = (ms: number) => ({ ...said(0), timestamp: new Date(ms).toISOString() });
  const many = Array.from({ length: 20_000 }, (_, n) =>
    row({ id: `cnv_${n}`, seq: 1, last_message: moment(2e12 - n * 1e4) }),
  );
  const lister = new Lister();
  const looking = { view: ALL, ownId: ben.id, staysId: null };
  let inbox = after({ kind: "newest", view: ALL, reply: reply(many) });
  const before = lister.list(inbox, looking);
  for (const [n, seq] of [
    [17_000, 2],
    [3, 3],
    [17_000, 4],
  ] as const) {
    const last_message = moment(2e12 + seq);
    inbox = reduceInbox(inbox, {
      kind: "changed",
      conversation: summary({ id: `cnv_${n}`, seq, last_message }),
    });
    expect(inbox.rows.since(inbox.rows)).toEqual([]);
    expect(lister.list(inbox, looking)?.[0]?.conversation.seq).toBe(seq);
  }
  const now = lister.list(inbox, looking);
  expect(now?.map((one) => one.conversation.id)).toEqual(ids(inbox));
  expect(now?.[5_000]).toBe(before?.[4_999]);
});

test("fetching the newest page again keeps older pages and their cursor", () => {
  const newest: InboxNews = { kind: "newest", view: ALL, reply: reply([row({ id: "cnv_9" })], "p2") };
  const older: InboxNews = { kind: "older", view: ALL, reply: reply([row({ id: "cnv_1" })], "p3") };
  const inbox = after(newest, older, newest);
  expect(inbox.rows.size).toBe(2);
  expect(inbox.lists.get(keyOf(ALL))?.next).toBe("p3");
});

test("the list that is kept up is the list made anew, whatever comes in whatever order", () => {
  const dice = rolls(7);
  const lister = new Lister();
  const mentions = { ...ALL, name: "mentions" as const };
  const views = [ALL, { ...ALL, name: "mine" as const }, { ...ALL, waiting: true }, mentions];
  let inbox = emptyInbox;
  for (let turn = 0; turn < 600; turn += 1) {
    const view = views[dice(12) % views.length] ?? ALL;
    const conversation = summary({
      id: `cnv_${dice(60)}`,
      seq: turn + 1,
      status: dice(4) === 0 ? "resolved" : "open",
      assignee: dice(2) === 0 ? { ...ben, avatar: null } : null,
      waiting_since: dice(3) === 0 ? null : at(dice(50)),
      last_message: said(dice(50)),
    });
    const page = [row(conversation), row({ ...conversation, id: `cnv_${dice(60)}`, seq: turn + 1 })];
    const place = (one: InboxRow) => Date.parse(one.conversation.last_message?.timestamp ?? "");
    const sorted = page.sort((a, b) => place(b) - place(a));
    const next = dice(3) === 0 ? null : `p${turn}`;
    const news: InboxNews[] = [
      { kind: "changed", conversation },
      { kind: "older", view, reply: reply(sorted, next) },
      { kind: "newest", view, reply: reply(sorted, next), anew: dice(2) === 0 },
    ];
    inbox = reduceInbox(inbox, news[dice(8)] ?? (news[0] as InboxNews));
    const looked = views[Math.floor(turn / 40) % views.length] ?? ALL;
    const staysId = Math.floor(turn / 25) % 2 === 0 ? null : "cnv_7";
    expect(
      lister.list(inbox, { view: looked, ownId: ben.id, staysId })?.map((one) => one.conversation.id),
    ).toEqual(ids(inbox, looked, staysId) ?? undefined);
  }
});

/** Numbers without a pattern, the same in each run. */
function rolls(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % sides;
  };
}
