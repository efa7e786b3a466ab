// Decides what a conversation looks like after each fact: a pure reducer over the events of the
// wire, plus the messages this client has written and not yet seen in the log. Knows nothing of
// how facts arrive or how they are drawn.

import type {
  AgentEvent,
  AgentFace,
  AgentJoined,
  AgentLeft,
  AgentMessage,
  AgentPage,
  ChatMessage,
  ConversationSummary,
  MessageDeleted,
  MessageKind,
  MessagePreview,
  MessageReaction,
  MessageUpdated,
  Quote,
  Receipt,
  VisitorConversation,
  VisitorEvent,
  VisitorPage,
} from "./wire.gen";

/** `sent`: the server has it, its fact has not come yet. */
export type Delivery = "pending" | "sent" | "failed";

/** A message this client wrote; it goes away when the fact with its `client_id` is applied. */
export type LocalMessage = {
  client_id: string;
  message: string;
  kind: MessageKind;
  /** RFC 3339, this client's clock. */
  timestamp: string;
  delivery: Delivery;
  /** Why it failed, for people. */
  problem: string | null;
  /** Where it was written; absent: in the conversation that is started with it. */
  conversation_id?: string;
  /** What it answers to. */
  reply_to?: Quote;
  /** What goes with it, in order. */
  files?: LocalFile[];
};

/** A file that waits in this browser; its bytes are kept under `key`. */
export type LocalFile = {
  key: string;
  name: string;
  media_type: string;
  bytes: number;
  is_voice?: boolean;
  duration_ms?: number;
  /** Peaks from 0 to 100. */
  waveform?: number[];
  /** `att_…`, since its upload began. */
  upload_id?: string;
  /** Does the server have it whole? */
  sent?: boolean;
};

/** A line between messages: who left, what was set, what the website tells of its visitor. */
export type Activity<E> = Extract<E, { event: "agent.left" | "conversation.updated" | "visitor.tracked" }>;

/** A conversation as one audience sees it. */
export type Thread<M extends ChatMessage | AgentMessage, C, E = VisitorEvent | AgentEvent> = {
  /** Without the receipts, which stand beside it here. */
  conversation: C;
  /** Oldest first. */
  messages: M[];
  /** Everybody's last joining, oldest first, also of before the first message here and of who has left. */
  joins: AgentJoined[];
  /** What else happened since the first message here, oldest first. */
  activity: Activity<E>[];
  receipts: Receipt[];
  /** Cursor: seq of the last fact applied, in the audience's counter. */
  seq: number;
  /** Are there older messages than the first here? */
  more: boolean;
  local: LocalMessage[];
};

export type VisitorThread = Thread<ChatMessage, Omit<VisitorConversation, "receipts">, VisitorEvent>;
export type AgentThread = Thread<AgentMessage, ConversationSummary, AgentEvent>;

export function visitorThread(page: VisitorPage, local: LocalMessage[] = []): VisitorThread {
  const { receipts, ...conversation } = page.conversation;
  const activity = page.activity as Activity<VisitorEvent>[];
  return settled({ conversation, receipts: inOrder(receipts), activity, ...rest(page), local });
}

export function agentThread(page: AgentPage, local: LocalMessage[] = []): AgentThread {
  const { conversation } = page;
  const activity = page.activity as Activity<AgentEvent>[];
  return settled({ conversation, receipts: inOrder(page.receipts), activity, ...rest(page), local });
}

type Rest<M> = { messages: M[]; joins: AgentJoined[]; seq: number; more: boolean };

function rest<M>({ messages, joins, seq, more }: Rest<M>): Rest<M> {
  return { messages, joins, seq, more };
}

/** The thread after this fact. Facts come in order; `Sync` sees to that. */
export function applyVisitorEvent(before: VisitorThread, event: VisitorEvent): VisitorThread {
  const thread = { ...before, seq: event.data.seq };
  switch (event.event) {
    case "ChatMessageReceived":
      return settled(withMessage(thread, event.data));
    case "conversation.updated": {
      const conversation = { ...thread.conversation, status: event.data.status };
      return { ...thread, conversation, activity: [...thread.activity, event] };
    }
    case "agent.left":
      return { ...withoutAgent(thread, event.data), activity: [...thread.activity, event] };
    case "conversation.erased":
      return { ...thread, ...NOTHING_SAID };
    default:
      return applyCommon(thread, event);
  }
}

/** What is left of messages, receipts and the lines between when a conversation was erased; who joined stays. */
const NOTHING_SAID = { messages: [], activity: [], receipts: [], more: false, local: [] };

/** The thread after this fact, notes and the summary's fields included. */
export function applyAgentEvent(before: AgentThread, event: AgentEvent): AgentThread {
  const { seq } = event.data;
  const thread: AgentThread = { ...before, seq, conversation: { ...before.conversation, seq } };
  switch (event.event) {
    case "message.created":
      return settled(
        withSummary(withMessage(thread, event.data), summaryAfter(thread.conversation, event.data)),
      );
    case "message.updated":
      return applyCommon(withPreview(thread, event.data.message_id, event.data.message), event);
    case "message.deleted":
      return applyCommon(withPreview(thread, event.data.message_id, ""), event);
    case "conversation.updated": {
      const { by_type: _type, by: _by, changed: _changed, timestamp: _at, ...state } = event.data;
      const over = state.status === "resolved" ? { waiting_since: null } : {};
      const summary = { ...withoutLabels(thread.conversation), ...state, ...over };
      return { ...thread, conversation: summary, activity: [...thread.activity, event] };
    }
    case "visitor.tracked":
      return { ...thread, activity: [...thread.activity, event] };
    case "agent.left":
      return { ...withoutAgent(thread, event.data), activity: [...thread.activity, event] };
    case "visitor.changed":
      return withSummary(thread, { visitor: event.data.visitor });
    case "conversation.erased":
      return withSummary(
        { ...thread, ...NOTHING_SAID, conversation: withoutLabels(thread.conversation) },
        NOTHING_KNOWN,
      );
    default:
      return applyCommon(thread, event);
  }
}

const NOTHING_KNOWN = { last_message: null, waiting_since: null, tags: [], attributes: {} };

/** What page and browser say no more is not there any more. */
function withoutLabels(summary: ConversationSummary): ConversationSummary {
  const { website: _website, here: _here, ...rest } = summary;
  return rest;
}

type CommonEvent = Extract<
  VisitorEvent,
  { event: "agent.joined" | "receipt.updated" | "message.updated" | "message.deleted" | "message.reaction" }
>;
type AnyThread = VisitorThread | AgentThread;

/** What reads the same for both audiences. */
function applyCommon<T extends AnyThread>(thread: T, event: CommonEvent): T {
  switch (event.event) {
    case "agent.joined":
      return withAgent(thread, event.data);
    case "receipt.updated": {
      const { seq: _seq, timestamp: _at, ...receipt } = event.data;
      const others = thread.receipts.filter((one) => one.reader_id !== receipt.reader_id);
      return { ...thread, receipts: inOrder([...others, receipt]) };
    }
    case "message.updated":
      return withMessages(thread, (message) => rewritten(message, event.data));
    case "message.deleted":
      return withMessages(thread, (message) => takenBack(message, event.data));
    case "message.reaction":
      return withMessages(thread, (message) => reactedTo(message, event.data));
  }
}

function withAgent<T extends AnyThread>(thread: T, joined: AgentJoined): T {
  const { agent, seq } = joined;
  if (thread.joins.some((one) => one.seq === seq)) return thread;
  const joins = [...thread.joins.filter((one) => one.agent.id !== agent.id), joined];
  return withSummary({ ...thread, joins }, { agents: [...thread.conversation.agents, agent] });
}

function withoutAgent<T extends AnyThread>(thread: T, { agent }: AgentLeft): T {
  const agents = thread.conversation.agents.filter((one) => one.id !== agent.id);
  return withSummary(thread, { agents });
}

function withSummary<T extends AnyThread>(thread: T, change: Partial<ConversationSummary>): T {
  return { ...thread, conversation: { ...thread.conversation, ...change } };
}

function withMessages<T extends AnyThread>(thread: T, change: <M extends ChatMessage>(message: M) => M): T {
  return { ...thread, messages: (thread.messages as ChatMessage[]).map(change) };
}

function rewritten<M extends ChatMessage>(message: M, to: MessageUpdated): M {
  const { message_id, message: text, timestamp } = to;
  if (message.id === message_id) return { ...message, message: text, edited_at: timestamp };
  return withQuote(message, message_id, text);
}

function takenBack<M extends ChatMessage>(message: M, gone: MessageDeleted): M {
  if (message.id !== gone.message_id) return withQuote(message, gone.message_id, "");
  const said = message as M & AgentMessage;
  const { reactions: _r, mentions: _m, attachments: _a, attachment_url: _u, ...rest } = said;
  const bare = { ...rest, message: "", attachment_path: null, attachment_name: null, is_voice: false };
  return { ...(bare as unknown as M), deleted_at: gone.timestamp };
}

function withQuote<M extends ChatMessage>(message: M, quotedId: string, text: string): M {
  if (message.reply_to?.id !== quotedId) return message;
  return { ...message, reply_to: { ...message.reply_to, text: previewOf(text) } };
}

function reactedTo<M extends ChatMessage>(message: M, reacted: MessageReaction): M {
  if (message.id !== reacted.message_id) return message;
  const { emoji, by, by_type, on } = reacted;
  const others = (message.reactions ?? []).filter((one) => one.by !== by || one.emoji !== emoji);
  return { ...message, reactions: on ? [...others, { emoji, by_type, by }] : others };
}

function withMessage<T extends AnyThread>(thread: T, message: T["messages"][number]): T {
  return { ...thread, messages: [...thread.messages, message] };
}

/** The first 140 characters stand in the list, or the first file's name (wire: `preview`); a rating begins with its stars. */
const PREVIEW_CHARS = 140;

function previewOf(text: string, rating?: number, firstFile?: string | null): string {
  return [...starred(text || (firstFile ?? ""), rating)].slice(0, PREVIEW_CHARS).join("");
}

function starred(text: string, rating?: number): string {
  const stars = rating === undefined ? "" : `${"★".repeat(rating)}${"☆".repeat(5 - rating)} `;
  return (stars + text).trimEnd();
}

type Told = Pick<ConversationSummary, "last_message" | "visitor_messages" | "waiting_since">;

function summaryAfter(before: Told, message: AgentMessage): Told {
  const { id, sender_type, sender_name, kind, timestamp, rating } = message;
  const byVisitor = sender_type === "visitor";
  const answers = kind === "text" && (sender_type === "agent" || sender_type === "bot");
  const since = before.waiting_since;
  return {
    last_message: {
      id,
      sender_type,
      sender_name,
      kind,
      text: previewOf(message.message, rating, message.attachment_name),
      timestamp,
    },
    visitor_messages: before.visitor_messages + (byVisitor ? 1 : 0),
    waiting_since: answers ? null : byVisitor && rating === undefined ? (since ?? timestamp) : since,
  };
}

function withPreview(thread: AgentThread, messageId: string, text: string): AgentThread {
  const last: MessagePreview | null = thread.conversation.last_message;
  if (last?.id !== messageId) return thread;
  return withSummary(thread, { last_message: { ...last, text: previewOf(text) } });
}

/** Older messages, from `GET …?before=`. */
export function withOlder<T extends AnyThread>(
  thread: T,
  page: { messages: T["messages"]; activity: Array<VisitorEvent | AgentEvent>; more: boolean },
): T {
  const have = new Set(thread.messages.map((message) => message.id));
  const older = (page.messages as ChatMessage[]).filter((message) => !have.has(message.id));
  const known = new Set(thread.activity.map((one) => one.data.seq));
  const activity = page.activity.filter((one) => !known.has(one.data.seq)) as T["activity"];
  return {
    ...thread,
    messages: [...older, ...thread.messages],
    activity: [...activity, ...thread.activity],
    more: page.more,
  };
}

/** A message of our own, shown before the server has it; the same `client_id` again replaces it. */
export function withLocal<T extends { local: LocalMessage[] }>(thread: T, message: LocalMessage): T {
  const known = thread.local.some((one) => one.client_id === message.client_id);
  const local = known
    ? thread.local.map((one) => (one.client_id === message.client_id ? message : one))
    : [...thread.local, message];
  return settled({ ...thread, local });
}

export function withoutLocal<T extends { local: LocalMessage[] }>(thread: T, clientId: string): T {
  return { ...thread, local: thread.local.filter((one) => one.client_id !== clientId) };
}

/** Drops what is in the log by now. */
function settled<T extends { local: LocalMessage[] }>(thread: T): T {
  if (thread.local.length === 0) return thread;
  const messages = (thread as { messages?: Array<ChatMessage | AgentMessage> }).messages ?? [];
  const inLog = new Set(messages.map((message) => message.client_id));
  const local = thread.local.filter((one) => !inLog.has(one.client_id));
  return local.length === thread.local.length ? thread : { ...thread, local };
}

function inOrder(receipts: Receipt[]): Receipt[] {
  return [...receipts].sort((a, b) => (a.reader_id < b.reader_id ? -1 : 1));
}

/** An agent who joined. */
export function agentIn(thread: Pick<VisitorThread, "joins"> | null, id: string | null): AgentFace | null {
  return thread?.joins.find((one) => one.agent.id === id)?.agent ?? null;
}

/** Messages and joins in the order of the log; a join older than what is loaded waits for the older page. */
export function inLog<M extends ChatMessage | AgentMessage>(
  thread: Pick<Thread<M, unknown>, "messages" | "joins" | "more">,
): Array<M | AgentJoined> {
  const from = thread.more ? (thread.messages[0]?.seq ?? 0) : 0;
  const joins = thread.joins.filter((one) => one.seq > from);
  return [...thread.messages, ...joins].sort((a, b) => a.seq - b.seq);
}

/** What stands in a message's bubble: a rating has its stars, what was taken back the words for that. */
export function wordsOf(message: ChatMessage | AgentMessage, takenBack: string): string {
  return message.deleted_at ? takenBack : starred(message.message, message.rating);
}

/** Has anybody on the other side read this message? */
export function isRead(
  thread: Pick<VisitorThread, "receipts">,
  message: ChatMessage | AgentMessage,
): boolean {
  return othersOf(thread, message).some((one) => one.read_seq >= message.seq);
}

/** Has it reached a device of anybody on the other side? */
export function isDelivered(
  thread: Pick<VisitorThread, "receipts">,
  message: ChatMessage | AgentMessage,
): boolean {
  return othersOf(thread, message).some((one) => one.delivered_seq >= message.seq);
}

function othersOf(thread: Pick<VisitorThread, "receipts">, message: ChatMessage | AgentMessage): Receipt[] {
  const byVisitor = message.sender_type === "visitor";
  return thread.receipts.filter((one) => (one.reader_type === "visitor") !== byVisitor);
}

/** The messages of others that this reader has not read. */
export function unreadBy<M extends ChatMessage | AgentMessage>(
  thread: Pick<Thread<M, unknown>, "messages" | "receipts">,
  readerId: string,
): M[] {
  const read = thread.receipts.find((one) => one.reader_id === readerId)?.read_seq ?? 0;
  return thread.messages.filter((message) => message.seq > read && message.sender_id !== readerId);
}
