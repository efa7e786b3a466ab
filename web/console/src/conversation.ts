// Decides how one conversation lives in the console: fetched, followed, caught up, written to, read.
// Knows nothing of the list, of drawing, and of whether anybody is looking.

import { Outbox } from "@frontdesk/shared/outbox";
import type { Voice } from "@frontdesk/shared/recorder";
import type { Socket, Subscription } from "@frontdesk/shared/socket";
import {
  type AgentThread,
  agentThread,
  applyAgentEvent,
  type LocalMessage,
  withLocal,
  withOlder,
  withoutLocal,
} from "@frontdesk/shared/store";
import { Sync } from "@frontdesk/shared/sync";
import type { Uploads } from "@frontdesk/shared/uploads";
import type {
  AgentEvent,
  AgentMessage,
  AgentPage,
  ConversationChange,
  ConversationSummary,
  MessageKind,
  Typing,
  TypingNow,
} from "@frontdesk/shared/wire.gen";
import { signal } from "@preact/signals";
import { agentApi, isOver, refusalName, sentence } from "./agent-api";
import { type KeptThread, trimmed } from "./cache";
import { Draft, quoteOf } from "./draft";
import { type Colleague, mentionsIn } from "./mention";
import { answers } from "./role";
import { OwnTyping, Typists } from "./typing";
import { agentUploads } from "./uploads";
import { Viewers } from "./viewers";

const TYPING = "client-typing";
/** So far back a message is looked for. */
const REACH_PAGES = 40;
/** Recordings of this page. */
let keys = 0;

export interface Surroundings {
  readonly socket: Socket;
  /** The agent's own id. */
  readonly agentId: string;
  /** Those a note in a conversation of this widget can call. */
  colleagues(widgetId: string): readonly Colleague[];
  /** As it was when it was last looked at on this computer, if that is kept. */
  kept(): Promise<KeptThread | null>;
  /** It is left as it is now. */
  keep(thread: AgentThread): void;
  /** The server says that it is gone, or not this agent's. */
  forget(): void;
  /** The list may not know yet what a page says. */
  onSummary(conversation: ConversationSummary): void;
  /** Something that nobody waits for went wrong. */
  onTrouble(error: unknown): void;
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
  readonly viewers: Viewers;
  /** What stands in the composer; it waits here while another conversation is open. */
  readonly draft = new Draft();
  /** How much of a message's files has gone, from 0 to 1, by its client id. */
  readonly progress = signal<ReadonlyMap<string, number>>(new Map());

  #around: Surroundings;
  #sync: Sync<AgentEvent> | null = null;
  #outbox: Outbox;
  #uploads: Uploads;
  #typing: OwnTyping;
  #facts: Subscription | null = null;
  #whispers: Subscription | null = null;
  #presence: Subscription | null = null;
  #loading: Promise<void> | null = null;
  #open = false;
  #readId = "";

  constructor(id: string, around: Surroundings) {
    this.id = id;
    this.#around = around;
    this.#outbox = new Outbox({
      send: (message) => this.#send(message),
      onChange: (message) => this.#change((thread) => withLocal(thread, message)),
    });
    this.#uploads = agentUploads({
      onProgress: (clientId, share) => this.#progressed(clientId, share),
      onFiles: (clientId, files) => this.#outbox.amend(clientId, { files }),
    });
    this.viewers = new Viewers(around.agentId);
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
    const thread = this.#open && this.thread.value;
    this.#open = false;
    if (thread) {
      // Of many that were looked at, the end of each is enough.
      if (this.#sync) this.thread.value = { ...trimmed(thread), local: thread.local };
      this.#around.keep(thread);
    }
    this.#typing.stop();
    this.typists.clear();
    this.viewers.clear();
    for (const channel of [this.#facts, this.#whispers, this.#presence]) channel?.leave();
    this.#facts = this.#whispers = this.#presence = null;
  }

  /** For good. */
  end(): void {
    this.close();
    this.#sync?.stop();
    this.#outbox.stop();
    this.#uploads.stop();
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

  /** Asks for what may have been missed, whatever the socket says of itself. */
  async catchUp(): Promise<void> {
    await this.#sync?.catchUp();
  }

  /** Sends what stands in the composer, or saves the change it is. */
  say(): void {
    const { draft } = this;
    if (draft.isEmpty) return;
    this.#typing.stop();
    const text = draft.text.value.trim();
    const { editing, quoting } = draft;
    if (editing.value) void this.#rewrite(editing.value, text);
    else {
      const files = this.#uploads.take(draft.files.value);
      this.#outbox.add(text, draft.kind.value, {
        ...(quoting.value ? { reply_to: quoteOf(quoting.value) } : {}),
        ...(files.length > 0 ? { files } : {}),
      });
    }
    draft.done();
  }

  /** Sends what was recorded, beside what stands in the composer. */
  sayVoice(voice: Voice): void {
    keys += 1;
    const files = this.#uploads.take([{ ...voice, key: `voice-${this.id}-${keys}` }]);
    const { kind, quoting } = this.draft;
    this.#outbox.add("", kind.value, {
      ...(quoting.value ? { reply_to: quoteOf(quoting.value) } : {}),
      files,
    });
    quoting.value = null;
  }

  /** Puts an emoji to a message, or takes the agent's own away. */
  async react(message: AgentMessage, emoji: string): Promise<void> {
    const own = (message.reactions ?? []).some(
      (one) => one.emoji === emoji && one.by === this.#around.agentId,
    );
    await this.#done(agentApi.react(message.id, emoji, !own));
  }

  takeBack(message: AgentMessage): Promise<void> {
    return this.#done(agentApi.takeBack(message.id));
  }

  /** Status, assignee, priority, tags. */
  set(change: ConversationChange): Promise<void> {
    return this.#done(
      agentApi.change(this.id, change).then(({ conversation }) => this.#around.onSummary(conversation)),
    );
  }

  /** Those a note here can call. */
  get colleagues(): readonly Colleague[] {
    return this.#around.colleagues(this.thread.value?.conversation.widget_id ?? "");
  }

  retry(clientId: string): void {
    this.#outbox.retry(clientId);
  }

  discard(clientId: string): void {
    const message = this.#outbox.messages.find((one) => one.client_id === clientId);
    if (message) this.#uploads.forget(message);
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

  /** Fetches older pages until this message is here; `false` when it is too far away or nowhere. */
  async reach(seq: number): Promise<boolean> {
    await this.#loading;
    for (let pages = 0; pages < REACH_PAGES; pages += 1) {
      const thread = this.thread.value;
      const first = thread?.messages[0];
      if (!thread || !first) return false;
      if (first.seq <= seq) return thread.messages.some((message) => message.seq === seq);
      if (!thread.more) return false;
      await this.fetchOlder();
    }
    return false;
  }

  #load(): Promise<void> {
    this.#loading ??= this.#fetch().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  async #fetch(): Promise<void> {
    if (!this.#sync) {
      void this.#showKept();
      try {
        this.#begin(await agentApi.page(this.id));
      } catch (error) {
        // Not reached: the next poll or reconnect asks again.
        if (refusalName(error) && !isOver(error)) this.#refused(error);
        return;
      }
    }
    if (this.#open && !this.#facts) this.#follow();
  }

  /** At once what was here the last time, until the server has answered. */
  async #showKept(): Promise<void> {
    const kept = await this.#around.kept();
    if (kept && !this.thread.value && !this.problem.value) {
      this.thread.value = { ...kept, local: [...this.#outbox.messages] };
    }
  }

  #refused(error: unknown): void {
    this.problem.value = sentence(error);
    this.thread.value = null;
    this.#around.forget();
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
    if (answers.peek())
      this.#presence = socket.subscribe(`presence-agents.conversation.${this.id}`, {
        onEvent: (event, data) => this.viewers.heard(event, data),
        onJoined: (data) => this.viewers.are(data),
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
    if (event.event === "conversation.erased") this.#around.forget();
    if (event.event === "message.created" && event.data.sender_id) this.typists.stopped(event.data.sender_id);
  }

  /** Our place is not in the server's log: it was restored from a backup, or no longer goes back so far. */
  #startOver(): void {
    this.#sync?.stop();
    this.#sync = null;
    void this.#load();
  }

  async #send(local: LocalMessage): Promise<void> {
    const { message, kind, client_id, reply_to } = local;
    const mentions = kind === "note" ? mentionsIn(message, this.colleagues) : [];
    try {
      const attachments = local.files ? await this.#uploads.send(local, this.id) : [];
      const posted = await agentApi.post(this.id, {
        message,
        kind,
        client_id,
        ...(reply_to ? { reply_to: reply_to.id } : {}),
        ...(mentions.length > 0 ? { mentions } : {}),
        ...(attachments.length > 0 ? { attachments } : {}),
      });
      this.#uploads.forget(local);
      this.#sync?.offer({ event: "message.created", data: posted.message });
    } catch (error) {
      // A session that ended is no fault of the message: it waits until somebody signs in.
      throw isOver(error) ? new Error("signed out") : error;
    }
  }

  async #rewrite(message: AgentMessage, text: string): Promise<void> {
    if (text === message.message) return;
    try {
      await this.#done(agentApi.edit(message.id, text));
    } catch (error) {
      // The words are not lost: they stand in the composer again.
      this.draft.edit(message);
      this.draft.text.value = text;
      this.#around.onTrouble(error);
    }
  }

  /** What was done is a fact by now; where no channel brings it, it is asked for. */
  async #done(request: Promise<unknown>): Promise<void> {
    await request;
    if (!this.#facts?.joined) await this.#sync?.catchUp().catch(() => {});
  }

  #progressed(clientId: string, share: number | null): void {
    const progress = new Map(this.progress.value);
    if (share === null) progress.delete(clientId);
    else progress.set(clientId, share);
    this.progress.value = progress;
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
