// Decides what a conversation looks like after each fact: a pure reducer over the events of the
// wire, plus the messages this client has written and not yet seen in the log. Knows nothing of
// how facts arrive or how they are drawn.

import type {
  AgentEvent,
  AgentFace,
  AgentJoined,
  AgentMessage,
  AgentPage,
  ChatMessage,
  ConversationSummary,
  MessageKind,
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
};

/** A conversation as one audience sees it. */
export type Thread<M extends ChatMessage | AgentMessage, C> = {
  /** Without what stands beside it here: joins, which name the agents, and receipts. */
  conversation: C;
  /** Oldest first. */
  messages: M[];
  /** Everybody's joining, oldest first, also of before the first message here. */
  joins: AgentJoined[];
  receipts: Receipt[];
  /** Cursor: seq of the last fact applied, in the audience's counter. */
  seq: number;
  /** Are there older messages than the first here? */
  more: boolean;
  local: LocalMessage[];
};

export type VisitorThread = Thread<ChatMessage, Omit<VisitorConversation, "agents" | "receipts">>;
export type AgentThread = Thread<AgentMessage, Omit<ConversationSummary, "agents">>;

export function visitorThread(page: VisitorPage, local: LocalMessage[] = []): VisitorThread {
  const { agents: _agents, receipts, ...conversation } = page.conversation;
  return settled({ conversation, receipts: inOrder(receipts), ...rest(page), local });
}

export function agentThread(page: AgentPage, local: LocalMessage[] = []): AgentThread {
  const { agents: _agents, ...conversation } = page.conversation;
  return settled({ conversation, receipts: inOrder(page.receipts), ...rest(page), local });
}

type Rest<M> = { messages: M[]; joins: AgentJoined[]; seq: number; more: boolean };

function rest<M>({ messages, joins, seq, more }: Rest<M>): Rest<M> {
  return { messages, joins, seq, more };
}

/** The thread after this fact. Facts come in order; `Sync` sees to that. */
export function applyVisitorEvent(thread: VisitorThread, event: VisitorEvent): VisitorThread {
  switch (event.event) {
    case "ChatMessageReceived":
      return settled({ ...withMessage(thread, event.data), seq: event.data.seq });
    case "agent.joined":
    case "receipt.updated":
      return applyCommon(thread, event);
  }
}

/** The thread after this fact, notes and the summary's fields included. */
export function applyAgentEvent(thread: AgentThread, event: AgentEvent): AgentThread {
  const conversation = { ...thread.conversation, seq: event.data.seq };
  switch (event.event) {
    case "message.created":
      return settled({
        ...withMessage(thread, event.data),
        conversation: { ...conversation, ...summaryAfter(thread.conversation, event.data) },
        seq: event.data.seq,
      });
    case "agent.joined":
    case "receipt.updated":
      return applyCommon({ ...thread, conversation }, event);
  }
}

type CommonEvent = Exclude<VisitorEvent, { event: "ChatMessageReceived" }>;

function applyCommon<T extends Pick<VisitorThread, "joins" | "receipts" | "seq">>(
  thread: T,
  event: CommonEvent,
): T {
  switch (event.event) {
    case "agent.joined": {
      const { seq } = event.data;
      const known = thread.joins.some((one) => one.seq === seq);
      return { ...thread, joins: known ? thread.joins : [...thread.joins, event.data], seq };
    }
    case "receipt.updated": {
      const { seq, timestamp: _at, ...receipt } = event.data;
      const others = thread.receipts.filter((one) => one.reader_id !== receipt.reader_id);
      return { ...thread, receipts: inOrder([...others, receipt]), seq };
    }
  }
}

function withMessage<M extends ChatMessage | AgentMessage, C>(
  thread: Thread<M, C>,
  message: M,
): Thread<M, C> {
  return { ...thread, messages: [...thread.messages, message] };
}

/** The first 140 characters stand in the list, or the first file's name (wire: `MessagePreview`). */
const PREVIEW_CHARS = 140;

function summaryAfter(
  before: Pick<ConversationSummary, "visitor_messages">,
  message: AgentMessage,
): Pick<ConversationSummary, "last_message" | "visitor_messages"> {
  const { sender_type, sender_name, kind, timestamp } = message;
  const shown = message.message || (message.attachment_name ?? "");
  const text = [...shown].slice(0, PREVIEW_CHARS).join("");
  return {
    last_message: { sender_type, sender_name, kind, text, timestamp },
    visitor_messages: before.visitor_messages + (sender_type === "visitor" ? 1 : 0),
  };
}

/** Older messages, from `GET …?before=`. */
export function withOlder<T extends VisitorThread | AgentThread>(
  thread: T,
  page: { messages: T["messages"]; more: boolean },
): T {
  const have = new Set(thread.messages.map((message) => message.id));
  const older = (page.messages as ChatMessage[]).filter((message) => !have.has(message.id));
  return { ...thread, messages: [...older, ...thread.messages], more: page.more };
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

/** Has anybody on the other side read this message? */
export function isRead(
  thread: Pick<VisitorThread, "receipts">,
  message: ChatMessage | AgentMessage,
): boolean {
  return thread.receipts.some(
    (one) =>
      (one.reader_type === "visitor") !== (message.sender_type === "visitor") && one.read_seq >= message.seq,
  );
}

/** The messages of others that this reader has not read. */
export function unreadBy<M extends ChatMessage | AgentMessage>(
  thread: Pick<Thread<M, unknown>, "messages" | "receipts">,
  readerId: string,
): M[] {
  const read = thread.receipts.find((one) => one.reader_id === readerId)?.read_seq ?? 0;
  return thread.messages.filter((message) => message.seq > read && message.sender_id !== readerId);
}
