// Decides how the lists of conversations change: which news wins, what is unread, what stands on top.
// Knows nothing of sockets, requests and drawing.

import type { ConversationSummary, InboxReply, InboxRow } from "@frontdesk/shared/wire.gen";
import { Rows } from "./rows";
import { keyOf, shows, type View } from "./view";

export interface Inbox {
  /** Every conversation heard of, by id; a list is what of them belongs in it. */
  readonly rows: Rows<InboxRow>;
  /** By the view's key. */
  readonly lists: ReadonlyMap<string, Listed>;
  /** Rows of which nobody has told yet how much this agent has read. */
  readonly guessed: ReadonlySet<string>;
  /** Such a row turned up: the list is to be fetched again. */
  readonly stale: boolean;
}

/** How far a list has been fetched. */
export interface Listed {
  /** Cursor of the next older page; `null` when all are here. */
  readonly next: string | null;
  /** Milliseconds of the last row that was fetched: beyond it the list has gaps. */
  readonly end_ms: number | null;
  /** What the server named in it. */
  readonly ids: ReadonlySet<string>;
}

export type InboxNews =
  /** From the newest on, asked for at start and after every reconnect. */
  | {
      readonly kind: "newest";
      readonly view: View;
      readonly reply: InboxReply;
      /** What was fetched further down before is not to be trusted any more. */
      readonly anew?: boolean;
      /** The rows as they were when the list was asked for. */
      readonly asked?: Rows<InboxRow>;
    }
  /** An older page. */
  | { readonly kind: "older"; readonly view: View; readonly reply: InboxReply }
  /** `conversation.changed`, or the summary of a conversation just fetched. */
  | { readonly kind: "changed"; readonly conversation: ConversationSummary }
  /** This agent has seen everything up to `seq` of the conversation. */
  | { readonly kind: "read"; readonly id: string; readonly seq: number };

export const emptyInbox: Inbox = { rows: new Rows(), lists: new Map(), guessed: new Set(), stale: false };

export function reduceInbox(inbox: Inbox, news: InboxNews): Inbox {
  switch (news.kind) {
    case "newest":
      return withoutGone(withNewest(inbox, news.view, news.reply, news.anew ?? false), news);
    case "older":
      return withPage(inbox, news.view, news.reply, endOf(news.view, news.reply));
    case "changed":
      return withChange(inbox, news.conversation);
    case "read":
      return withRead(inbox, news.id, news.seq);
  }
}

/** Messages of the visitor that this agent has not read. */
export function unread(row: InboxRow): number {
  return Math.max(0, row.conversation.visitor_messages - row.read_visitor_messages);
}

/** From what it was the last time: of many thousand rows few differ. */
export function unreadTotal({ rows }: Inbox): number {
  for (const [was, is] of rows.since(counted.rows))
    counted.total += (is ? unread(is) : 0) - (was ? unread(was) : 0);
  counted.rows = rows;
  return counted.total;
}

const counted = { rows: new Rows<InboxRow>(), total: 0 };

export interface Looking {
  readonly view: View;
  /** The agent's own id. */
  readonly ownId: string;
  /** It was opened from this list, and stays in it until it is left. */
  readonly staysId: string | null;
}

/** The rows of a list in their order; `null` before it was ever fetched. */
export function listed(inbox: Inbox, looking: Looking): InboxRow[] | null {
  const list = inbox.lists.get(keyOf(looking.view));
  return list ? fetched(inOrder(inbox, list, looking), list, looking) : null;
}

/** More changes than these are sorted anew: each that is put in its place moves all behind it. */
const FEW = 300;

/**
 * The same, from what it was the last time: of many thousand rows few differ, and a list that was fetched further is
 * the same order, of which more is shown.
 */
export class Lister {
  #before: { rows: Rows<InboxRow>; ids: Listed["ids"]; looking: Looking; order: InboxRow[] } | null = null;

  list(inbox: Inbox, looking: Looking): InboxRow[] | null {
    const list = inbox.lists.get(keyOf(looking.view));
    const order = list ? this.#order(inbox, list, looking) : null;
    this.#before = order && list ? { rows: inbox.rows, ids: list.ids, looking, order } : null;
    return order && list ? fetched(order, list, looking) : null;
  }

  #order(inbox: Inbox, list: Listed, looking: Looking): InboxRow[] {
    const before = this.#before;
    if (!before || !sameLooking(before.looking, looking)) return inOrder(inbox, list, looking);
    // Who is called, only the server knows.
    if (looking.view.name === "mentions" && before.ids !== list.ids) return inOrder(inbox, list, looking);
    const changed = inbox.rows.since(before.rows);
    if (changed.length > FEW) return inOrder(inbox, list, looking);
    return changed.length > 0 ? amended(before.order, changed, list, looking) : before.order;
  }
}

function sameLooking(a: Looking, b: Looking): boolean {
  return a.view === b.view && a.ownId === b.ownId && a.staysId === b.staysId;
}

/** All that belong in the list, those below what was fetched of it too. */
function inOrder({ rows }: Inbox, list: Listed, looking: Looking): InboxRow[] {
  const all: InboxRow[] = [];
  for (const row of rows.values()) if (belongs(row, list, looking)) all.push(row);
  return all.sort(orderOf(looking.view));
}

function amended(
  order: readonly InboxRow[],
  changed: ReadonlyArray<[was: InboxRow | undefined, is: InboxRow | undefined]>,
  list: Listed,
  looking: Looking,
): InboxRow[] {
  const compare = orderOf(looking.view);
  const next = [...order];
  for (const [was] of changed) {
    const at = was ? placeIn(next, was, compare) : 0;
    if (was && next[at] === was) next.splice(at, 1);
  }
  for (const [, is] of changed)
    if (is && belongs(is, list, looking)) next.splice(placeIn(next, is, compare), 0, is);
  return next;
}

/** Down to where the list was fetched; and the one that stays. */
function fetched(order: InboxRow[], list: Listed, { view, staysId }: Looking): InboxRow[] {
  let [low, high] = [0, order.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isWithin(list, view, (order[middle] as InboxRow).conversation)) low = middle + 1;
    else high = middle;
  }
  if (low === order.length) return order;
  const rows = order.slice(0, low);
  const stays = staysId && order.slice(low).find(({ conversation }) => conversation.id === staysId);
  return stays ? [...rows, stays] : rows;
}

/** Where it stands, or would. */
function placeIn(
  order: readonly InboxRow[],
  row: InboxRow,
  compare: (a: InboxRow, b: InboxRow) => number,
): number {
  let [low, high] = [0, order.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(order[middle] as InboxRow, row) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Fetched so far or not. */
function belongs({ conversation }: InboxRow, list: Listed, { view, ownId, staysId }: Looking): boolean {
  if (conversation.id === staysId) return true;
  return shows(view, conversation, ownId, list.ids.has(conversation.id));
}

function orderOf({ waiting }: View): (a: InboxRow, b: InboxRow) => number {
  return waiting ? byWaiting : byChange;
}

/** RFC 3339, of the last message or else of the beginning. */
export function changedAt(conversation: ConversationSummary): string {
  return conversation.last_message?.timestamp ?? conversation.created_at;
}

/** Parsed once for each summary: a list of many rows is sorted at every change of one. */
const changes = new WeakMap<ConversationSummary, number>();

function lastChange(conversation: ConversationSummary): number {
  let at = changes.get(conversation);
  if (at === undefined) {
    at = Date.parse(changedAt(conversation)) || 0;
    changes.set(conversation, at);
  }
  return at;
}

/** Newest change first. A receipt is a change of the log, but nobody expects it to move a conversation. */
function byChange(a: InboxRow, b: InboxRow): number {
  return lastChange(b.conversation) - lastChange(a.conversation) || byId(a, b);
}

/** Longest first; who is answered while the list is looked at goes to its end. */
function byWaiting(a: InboxRow, b: InboxRow): number {
  return placeOf(true, a.conversation) - placeOf(true, b.conversation) || byId(a, b);
}

function byId(a: InboxRow, b: InboxRow): number {
  if (a.conversation.id === b.conversation.id) return 0;
  return a.conversation.id < b.conversation.id ? 1 : -1;
}

/** What a list is ordered by. */
function placeOf(waiting: boolean, conversation: ConversationSummary): number {
  if (!waiting) return lastChange(conversation);
  return conversation.waiting_since ? Date.parse(conversation.waiting_since) : Number.MAX_SAFE_INTEGER;
}

/** Rows further down than the list was fetched have others between that nobody knows. */
function isWithin({ next, end_ms }: Listed, { waiting }: View, conversation: ConversationSummary): boolean {
  if (next === null || end_ms === null) return true;
  const at = placeOf(waiting, conversation);
  return waiting ? at <= end_ms : at >= end_ms;
}

function endOf(view: View, { conversations, next }: InboxReply): Omit<Listed, "ids"> {
  const last = conversations[conversations.length - 1];
  return { next, end_ms: last ? placeOf(view.waiting, last.conversation) : null };
}

function withNewest(inbox: Inbox, view: View, reply: InboxReply, anew: boolean): Inbox {
  const before = inbox.lists.get(keyOf(view));
  const end = endOf(view, reply);
  // Older pages fetched before stay, and so does their cursor: the newest page says nothing about them.
  const further = before && !anew && before.ids.size > reply.conversations.length;
  const fetched = withPage(inbox, view, reply, further ? before : end, anew);
  return { ...fetched, stale: false };
}

/**
 * What belongs in the list by what we know, and the server does not name, has become something else meanwhile. But
 * what was heard since the list was asked for is newer than the answer.
 */
function withoutGone(inbox: Inbox, news: Extract<InboxNews, { kind: "newest" }>): Inbox {
  const { view, reply, asked } = news;
  if (!asked || view.name === "mine" || view.name === "mentions") return inbox;
  const named = new Set(reply.conversations.map(({ conversation }) => conversation.id));
  const covered = { ...endOf(view, reply), ids: named };
  let { rows } = inbox;
  for (const row of inbox.rows.values()) {
    const { conversation } = row;
    if (named.has(conversation.id) || asked.get(conversation.id) !== row) continue;
    const belongs = shows(view, conversation, "", false) && isWithin(covered, view, conversation);
    if (belongs) rows = rows.without(conversation.id);
  }
  return rows === inbox.rows ? inbox : { ...inbox, rows };
}

function withPage(
  inbox: Inbox,
  view: View,
  { conversations }: InboxReply,
  { next, end_ms }: Omit<Listed, "ids">,
  anew = false,
): Inbox {
  const key = keyOf(view);
  const ids = new Set(anew ? [] : inbox.lists.get(key)?.ids);
  const guessed = new Set(inbox.guessed);
  const rows = inbox.rows.with(
    conversations.map((row) => {
      const known = inbox.rows.get(row.conversation.id);
      return known ? newer(known, row, guessed.has(row.conversation.id)) : row;
    }),
  );
  for (const { conversation } of conversations) {
    ids.add(conversation.id);
    guessed.delete(conversation.id);
  }
  return { ...inbox, rows, guessed, lists: new Map(inbox.lists).set(key, { next, end_ms, ids }) };
}

/** Both halves only ever grow, so each is taken where it is further; a guess gives way. */
function newer(known: InboxRow, fetched: InboxRow, guessed: boolean): InboxRow {
  const read = fetched.read_visitor_messages;
  return {
    conversation:
      fetched.conversation.seq >= known.conversation.seq ? fetched.conversation : known.conversation,
    read_visitor_messages: guessed ? read : Math.max(known.read_visitor_messages, read),
  };
}

function withChange(inbox: Inbox, conversation: ConversationSummary): Inbox {
  const { id, seq, visitor_messages } = conversation;
  const known = inbox.rows.get(id);
  if (known && known.conversation.seq >= seq) return inbox;
  if (!conversation.last_message) return withoutRow(inbox, id);
  // A conversation with a past that was not on our pages: how much of it was read, only the server knows.
  const isGuess = !known && visitor_messages > 1;
  const read = known?.read_visitor_messages ?? (isGuess ? guess(conversation) : 0);
  const rows = inbox.rows.with([{ conversation, read_visitor_messages: read }]);
  if (!isGuess) return { ...inbox, rows };
  return { ...inbox, rows, guessed: new Set(inbox.guessed).add(id), stale: true };
}

/** All but what has just come: an old conversation that is tagged must not look like news. */
function guess({ visitor_messages, last_message }: ConversationSummary): number {
  return last_message?.sender_type === "visitor" ? visitor_messages - 1 : visitor_messages;
}

/** Everything in it was erased: there is nothing to list. */
function withoutRow(inbox: Inbox, id: string): Inbox {
  return { ...inbox, rows: inbox.rows.without(id) };
}

function withRead(inbox: Inbox, id: string, seq: number): Inbox {
  const row = inbox.rows.get(id);
  if (!row || unread(row) === 0) return inbox;
  // The list may know of a message that the open conversation does not show yet.
  if (row.conversation.seq > seq) return inbox;
  const read: InboxRow = { ...row, read_visitor_messages: row.conversation.visitor_messages };
  return { ...inbox, rows: inbox.rows.with([read]) };
}
