// Decides how the list of conversations changes: which news wins, what is unread, what stands on top.
// Knows nothing of sockets, requests and drawing.

import type { ConversationSummary, InboxReply, InboxRow } from "@frontdesk/shared/wire.gen";

export interface Inbox {
  /** By conversation id. */
  readonly rows: ReadonlyMap<string, InboxRow>;
  /** Cursor of the next older page; `null` when all are here. */
  readonly next: string | null;
  /** Has the list ever been fetched? */
  readonly loaded: boolean;
  /** A conversation turned up of which we do not know how much was read: the list is to be fetched again. */
  readonly stale: boolean;
}

export type InboxNews =
  /** The newest page, asked for at start and after every reconnect. */
  | { readonly kind: "newest"; readonly reply: InboxReply }
  /** An older page. */
  | { readonly kind: "older"; readonly reply: InboxReply }
  /** `conversation.changed`, or the summary of a conversation just fetched. */
  | { readonly kind: "changed"; readonly conversation: ConversationSummary }
  /** This agent has seen everything up to `seq` of the conversation. */
  | { readonly kind: "read"; readonly id: string; readonly seq: number };

export const emptyInbox: Inbox = { rows: new Map(), next: null, loaded: false, stale: false };

export function reduceInbox(inbox: Inbox, news: InboxNews): Inbox {
  switch (news.kind) {
    case "newest":
      return withNewest(inbox, news.reply);
    case "older":
      return { ...inbox, rows: merged(inbox.rows, news.reply.conversations), next: news.reply.next };
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

export function unreadTotal(inbox: Inbox): number {
  let total = 0;
  for (const row of inbox.rows.values()) total += unread(row);
  return total;
}

/** Newest change first. A receipt is a change of the log, but nobody expects it to move a conversation. */
export function ordered(inbox: Inbox): InboxRow[] {
  return [...inbox.rows.values()].sort(
    (a, b) =>
      lastChange(b.conversation) - lastChange(a.conversation) ||
      (a.conversation.id < b.conversation.id ? 1 : -1),
  );
}

/** RFC 3339, of the last message or else of the beginning. */
export function changedAt(conversation: ConversationSummary): string {
  return conversation.last_message?.timestamp ?? conversation.created_at;
}

function lastChange(conversation: ConversationSummary): number {
  return Date.parse(changedAt(conversation)) || 0;
}

function withNewest(inbox: Inbox, reply: InboxReply): Inbox {
  // Older pages fetched before stay, and so does their cursor: the newest page says nothing about them.
  const next = inbox.loaded && inbox.rows.size > reply.conversations.length ? inbox.next : reply.next;
  return { rows: merged(inbox.rows, reply.conversations), next, loaded: true, stale: false };
}

function merged(rows: ReadonlyMap<string, InboxRow>, fetched: readonly InboxRow[]): Map<string, InboxRow> {
  const all = new Map(rows);
  for (const row of fetched) {
    const known = all.get(row.conversation.id);
    all.set(row.conversation.id, known ? newer(known, row) : row);
  }
  return all;
}

/** Both halves only ever grow, so each is taken where it is further. */
function newer(known: InboxRow, fetched: InboxRow): InboxRow {
  return {
    conversation:
      fetched.conversation.seq >= known.conversation.seq ? fetched.conversation : known.conversation,
    read_visitor_messages: Math.max(known.read_visitor_messages, fetched.read_visitor_messages),
  };
}

function withChange(inbox: Inbox, conversation: ConversationSummary): Inbox {
  const known = inbox.rows.get(conversation.id);
  if (known && known.conversation.seq >= conversation.seq) return inbox;
  if (!conversation.last_message) return withoutRow(inbox, conversation.id);
  const row: InboxRow = { conversation, read_visitor_messages: known?.read_visitor_messages ?? 0 };
  const rows = new Map(inbox.rows).set(conversation.id, row);
  // A conversation with a past that was not on our pages: how much of it was read, only the server knows.
  const stale = inbox.stale || (!known && conversation.visitor_messages > 1);
  return { ...inbox, rows, stale };
}

/** Everything in it was erased: there is nothing to list. */
function withoutRow(inbox: Inbox, id: string): Inbox {
  const rows = new Map(inbox.rows);
  rows.delete(id);
  return { ...inbox, rows };
}

function withRead(inbox: Inbox, id: string, seq: number): Inbox {
  const row = inbox.rows.get(id);
  if (!row || unread(row) === 0) return inbox;
  // The list may know of a message that the open conversation does not show yet.
  if (row.conversation.seq > seq) return inbox;
  const read: InboxRow = { ...row, read_visitor_messages: row.conversation.visitor_messages };
  return { ...inbox, rows: new Map(inbox.rows).set(id, read) };
}
