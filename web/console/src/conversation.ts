// Decides how one conversation lives in the console: fetched, followed, caught up, written to, read.
// Knows nothing of the list, of drawing, and of whether anybody is looking.

import { Outbox } from "@frontdesk/shared/outbox";
import type { Socket, Subscription } from "@frontdesk/shared/socket";
import {
  type AgentThread,
  agentThread,
  applyAgentEvent,
  withLocal,
  withOlder,
  withoutLocal,
} from "@frontdesk/shared/store";
import { Sync } from "@frontdesk/shared/sync";
import type {
  AgentEvent,
  AgentPage,
  ConversationSummary,
  MessageKind,
  Typing,
  TypingNow,
} from "@frontdesk/shared/wire.gen";
import { signal } from "@preact/signals";
import { agentApi, isOver, refusalName, sentence } from "./agent-api";
import { OwnTyping, Typists } from "./typing";

const TYPING = "client-typing";

export interface Surroundings {
  readonly socket: Socket;
  /** The agent's own id. */
  readonly agentId: string;
  /** The list may not know yet what a page says. */
  onSummary(conversation: ConversationSummary): void;
}

export class Conversation {
  readonly id: string;
  /** `null` until first fetched. */
  readonly thread = signal<AgentThread | null>(null);
  /** Why it cannot be shown. */
  readonly problem = signal<string | null>(null);
  /** An older page is on its way. */
  readonly fetchingOlder = signal(false);
  readonly typists = new Typists();
  /** What stands in the composer; it waits here while another conversation is open. */
  readonly draft = signal("");
  readonly kind = signal<MessageKind>("text");

  #around: Surroundings;
  #sync: Sync<AgentEvent> | null = null;
  #outbox: Outbox;
  #typing: OwnTyping;
  #facts: Subscription | null = null;
  #whispers: Subscription | null = null;
  #loading: Promise<void> | null = null;
  #open = false;
  #readId = "";

  constructor(id: string, around: Surroundings) {
    this.id = id;
    this.#around = around;
    this.#outbox = new Outbox({
      send: (message) => this.#send(message.message, message.kind, message.client_id),
      onChange: (message) => this.#change((thread) => withLocal(thread, message)),
    });
    this.#typing = new OwnTyping((typing) => this.#whisper(typing));
  }

  /** Somebody looks: fetch, then follow. */
  open(): void {
    this.#open = true;
    this.problem.value = null;
    void this.#load();
  }

  /** Nobody looks: it stays as it is until it is opened again. */
  close(): void {
    this.#open = false;
    this.#typing.stop();
    this.typists.clear();
    this.#facts?.leave();
    this.#whispers?.leave();
    this.#facts = this.#whispers = null;
  }

  /** For good. */
  end(): void {
    this.close();
    this.#sync?.stop();
    this.#outbox.stop();
  }

  /** The server can be reached again, or somebody signed in. */
  wake(): void {
    this.#outbox.wake();
    if (this.#open && !this.#sync) void this.#load();
  }

  /** While the socket is not joined: ask. */
  async poll(): Promise<void> {
    if (this.#facts?.joined) return;
    await (this.#sync ? this.#sync.catchUp() : this.#load());
  }

  say(text: string, kind: MessageKind): void {
    this.#typing.stop();
    this.#outbox.add(text, kind);
  }

  retry(clientId: string): void {
    this.#outbox.retry(clientId);
  }

  discard(clientId: string): void {
    this.#outbox.discard(clientId);
    this.#change((thread) => withoutLocal(thread, clientId));
  }

  /** A key was struck. Ruling 3: not while writing a note. */
  typed(text: string, kind: MessageKind): void {
    if (kind === "note" || text.trim() === "") this.#typing.stop();
    else this.#typing.go();
  }

  /** Somebody saw all of it. */
  async markRead(): Promise<void> {
    const thread = this.thread.value;
    const last = thread?.messages.filter((message) => message.sender_type === "visitor").at(-1);
    if (!thread || !last || last.id === this.#readId) return;
    const mine = thread.receipts.find((receipt) => receipt.reader_id === this.#around.agentId);
    if (mine && mine.read_seq >= last.seq) return;
    this.#readId = last.id;
    await agentApi.read(this.id, last.id).catch(() => {
      this.#readId = "";
    });
  }

  async fetchOlder(): Promise<void> {
    const first = this.thread.value?.messages[0];
    if (!first || !this.thread.value?.more || this.fetchingOlder.value) return;
    this.fetchingOlder.value = true;
    try {
      const page = await agentApi.page(this.id, { before: first.seq });
      this.#change((thread) => withOlder(thread, page));
    } finally {
      this.fetchingOlder.value = false;
    }
  }

  #load(): Promise<void> {
    this.#loading ??= this.#fetch().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  async #fetch(): Promise<void> {
    if (!this.#sync) {
      try {
        this.#begin(await agentApi.page(this.id));
      } catch (error) {
        // Not reached: the next poll or reconnect asks again.
        if (refusalName(error) && !isOver(error)) this.problem.value = sentence(error);
        return;
      }
    }
    if (this.#open && !this.#facts) this.#follow();
  }

  #begin(page: AgentPage): void {
    this.problem.value = null;
    this.thread.value = agentThread(page, this.thread.value?.local ?? [...this.#outbox.messages]);
    this.#around.onSummary(page.conversation);
    this.#sync?.stop();
    this.#sync = new Sync<AgentEvent>(page.seq, {
      fetch: (after) => this.#fetchAfter(after),
      apply: (event) => this.#apply(event),
      onRewound: () => this.#startOver(),
    });
  }

  /** Facts on the agents' channel; the visitor's only for the dots. */
  #follow(): void {
    const { socket, agentId } = this.#around;
    this.#facts = socket.subscribe(`private-agents.conversation.${this.id}`, {
      onEvent: (event, data) => {
        if (isFact(event)) this.#sync?.offer({ event, data } as AgentEvent);
      },
      onJoined: () => void this.#sync?.catchUp().catch(() => {}),
    });
    this.#whispers = socket.subscribe(`private-chat.conversation.${this.id}`, {
      onEvent: (event, data, userId) => {
        if (event === TYPING && userId && userId !== agentId) this.typists.heard(userId, data as Typing);
      },
    });
    // Without a socket nobody says "joined".
    if (socket.state !== "connected") void this.#sync?.catchUp().catch(() => {});
  }

  async #fetchAfter(after: number): Promise<AgentPage> {
    const page = await agentApi.page(this.id, { after });
    this.#around.onSummary(page.conversation);
    if (!this.#facts?.joined) this.typists.are(page.typing.filter((now) => this.#isOther(now)));
    return page;
  }

  #isOther(typing: TypingNow): boolean {
    return typing.user_id !== this.#around.agentId;
  }

  #apply(event: AgentEvent): void {
    this.#change((thread) => applyAgentEvent(thread, event));
    if (event.event === "message.created" && event.data.sender_id) this.typists.stopped(event.data.sender_id);
  }

  /** Our place is not in the server's log: it was restored from a backup, or no longer goes back so far. */
  #startOver(): void {
    this.#sync?.stop();
    this.#sync = null;
    void this.#load();
  }

  async #send(message: string, kind: MessageKind, client_id: string): Promise<void> {
    try {
      const posted = await agentApi.post(this.id, { message, kind, client_id });
      this.#sync?.offer({ event: "message.created", data: posted.message });
    } catch (error) {
      // A session that ended is no fault of the message: it waits until somebody signs in.
      throw isOver(error) ? new Error("signed out") : error;
    }
  }

  #whisper(typing: Typing): void {
    if (!this.#whispers?.whisper(TYPING, typing)) void agentApi.typing(this.id, typing).catch(() => {});
  }

  #change(how: (thread: AgentThread) => AgentThread): void {
    if (this.thread.value) this.thread.value = how(this.thread.value);
  }
}

/** A kind of fact that is missing here does not compile: over the socket it would not be heard. */
const FACTS: Record<AgentEvent["event"], true> = {
  "message.created": true,
  "message.updated": true,
  "message.deleted": true,
  "message.reaction": true,
  "agent.joined": true,
  "agent.left": true,
  "receipt.updated": true,
  "conversation.updated": true,
  "visitor.changed": true,
  "visitor.tracked": true,
  "conversation.erased": true,
};

function isFact(event: string): event is AgentEvent["event"] {
  return Object.hasOwn(FACTS, event);
}
