// Decides what the widget does: connects, starts the conversation at the first message,
// keeps the thread in step with the log. Knows nothing of how it is drawn.

import { RefusalError } from "@frontdesk/shared/api";
import { Outbox, randomId } from "@frontdesk/shared/outbox";
import { backoff, onReturn, type SignIn } from "@frontdesk/shared/socket";
import {
  agentIn,
  applyVisitorEvent,
  type LocalFile,
  type LocalMessage,
  unreadBy,
  type VisitorThread,
  visitorThread,
  withLocal,
  withOlder,
  withoutLocal,
} from "@frontdesk/shared/store";
import { Sync } from "@frontdesk/shared/sync";
import { addresses, Transport } from "@frontdesk/shared/transport";
import type {
  AgentFace,
  Availability,
  ChannelAuthReply,
  ChatMessage,
  ConfigReply,
  Quote,
  VisitorConversationRow,
  VisitorConversationsReply,
  VisitorEvent,
  VisitorFace,
  VisitorPage,
  VisitorPosted,
  WidgetLook,
} from "@frontdesk/shared/wire.gen";
import { LIMITS } from "@frontdesk/shared/wire.gen";
import { Keep } from "./keep";
import type { Environment, EventName, Status, VisitorLabel, WidgetConfig } from "./surface";
import { storageKey } from "./surface";
import { OwnTyping, Typists } from "./typing";
import type { Chosen, Uploads } from "./uploads";
import { Visitor } from "./visitor";

/** `live`: by socket. `polling`: every few seconds. `waiting`: neither right now. */
export type Connection = "connecting" | "live" | "polling" | "waiting";

export type EngineState = {
  look: Partial<WidgetLook>;
  /** `null` before the first message. */
  thread: VisitorThread | null;
  /** Written before there is a conversation. */
  drafts: LocalMessage[];
  /** Is the conversation so far still being fetched? */
  loading: boolean;
  connection: Connection;
  typing: Array<AgentFace | null>;
  unread: number;
  visitorId: string | null;
  /** As the server knows them; `null` before a session. */
  visitor: VisitorFace | null;
  /** Is anybody there? `null` before the server said so. */
  availability: Availability | null;
  /** The visitor's conversations, newest first; `null` before they were asked for. */
  conversations: VisitorConversationRow[] | null;
  /** How far a message's files are, from 0 to 1, by `client_id`. */
  progress: Readonly<Record<string, number>>;
  /** Do agents see what is typed before it is sent? */
  previewed: boolean;
  /** The link from a mail was used before, or is too old. */
  linkUsed: boolean;
  /** Something just asked for was refused; for people, and for a moment. */
  notice: string | null;
  /** The server refuses this page or widget; for people. */
  problem: string | null;
};

export type EngineOptions = {
  config: WidgetConfig;
  origin: string;
  look?: Partial<WidgetLook>;
  environment?: Environment;
  /** From the link in a mail. */
  code?: string | undefined;
  emit?(name: EventName, detail?: unknown): void;
};

/** A loss shorter than this is not shown. */
const GRACE_MS = 1_500;
/** Whoever reads at once need not say before that it arrived. */
const DELIVERED_AFTER_MS = 400;
const NOTICE_MS = 7_000;
/** Messages that stay in memory, at least, once they were read. */
const KEPT = 50;
/** A whisper is 1 KB at most, and these are up to 4 bytes each. */
const PREVIEW_CHARS = 200;

export class Engine {
  state: EngineState;

  #options: EngineOptions;
  #keep: Keep;
  #visitor: Visitor;
  #outbox: Outbox;
  /** Fetched by those who send a file. */
  #uploads: Promise<Uploads> | null = null;
  #transport: Transport | null = null;
  #sync: Sync<VisitorEvent> | null = null;
  #typists: Typists;
  #ownTyping: OwnTyping;
  #opening: Promise<void> | null = null;
  #starting: Promise<string> | null = null;
  #watchers = new Set<() => void>();
  #older: Promise<void> | null = null;
  #readAsked = "";
  #deliveredAsked = "";
  #deliveredSoon: ReturnType<typeof setTimeout> | undefined;
  #noticed: ReturnType<typeof setTimeout> | undefined;
  /** The conversation that was last asked for, so that a slow answer does not replace it. */
  #wanted: string | null = null;
  /** The same until it got through, so that pressing again is no second rating. */
  #ratingId: string | null = null;
  #grace: ReturnType<typeof setTimeout> | undefined;
  #stopReturn = () => {};
  #tryNow = () => {};
  #stopped = false;

  constructor(options: EngineOptions) {
    const { config, origin, environment } = options;
    this.#options = options;
    this.#keep = new Keep(config.apiToken);
    this.#visitor = new Visitor({
      apiToken: config.apiToken,
      origin,
      label: {
        ...(config.visitorName ? { name: config.visitorName } : {}),
        ...(config.visitorEmail ? { email: config.visitorEmail } : {}),
      },
      keep: this.#keep,
      ...(environment?.fetch ? { fetch: environment.fetch } : {}),
      code: options.code,
      onKnown: ({ visitor }) => this.#set({ visitorId: visitor.id, visitor }),
      onCodeRefused: () => this.#set({ linkUsed: true }),
    });
    this.#outbox = new Outbox({
      send: (message) => this.#deliver(message),
      onChange: (message) => this.#localChanged(message),
      storage: {
        load: () => this.#keep.kept.outbox ?? [],
        save: (messages) => this.#keep.set({ outbox: messages }),
      },
    });
    this.#typists = new Typists(() => this.#typingChanged());
    this.#ownTyping = new OwnTyping((on, text) => this.#tellTyping(on, text));
    this.state = {
      look: options.look ?? {},
      thread: null,
      drafts: this.#outbox.messages.filter((one) => !one.conversation_id),
      loading: this.#keep.kept.conversationId !== undefined,
      connection: "connecting",
      typing: [],
      unread: 0,
      visitorId: null,
      visitor: null,
      availability: null,
      conversations: null,
      progress: {},
      previewed: false,
      linkUsed: false,
      notice: null,
      problem: null,
    };
  }

  get muted(): boolean {
    return this.#keep.kept.muted === true || this.#options.config.sound === false;
  }

  /** May this visitor have other conversations? */
  get isKnown(): boolean {
    return this.#keep.acted;
  }

  /** Is there a form to fill in before the first message? */
  get asksFirst(): boolean {
    const { preChat, consent } = this.#options.config;
    return ((preChat?.length ?? 0) > 0 || !!consent) && !this.#keep.kept.agreed && !this.state.thread;
  }

  /** The form is filled in. */
  agree(label: VisitorLabel): void {
    this.#keep.set({ agreed: true });
    this.identify(label);
    this.#set({});
  }

  /** Leaves an address to be written to; `false` when the server will not have it. */
  async leaveEmail(email: string): Promise<boolean> {
    this.#visitor.identify({ email });
    this.#keep.act();
    try {
      await this.open();
      await this.#visitor.renew();
      return true;
    } catch (error) {
      this.#notice(error);
      return false;
    }
  }

  /** A wish of the visitor's about this browser. */
  mute(muted: boolean): void {
    this.#keep.set({ muted });
    this.#set({});
  }

  /** Calls `watcher` after each change of `state`. Returns how to stop. */
  subscribe(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Fetches the configuration, opens the session and connects; once, however often it is called. */
  open(): Promise<void> {
    this.#opening ??= this.#begin();
    this.#opening.catch(() => {});
    return this.#opening;
  }

  send(text: string, replyTo?: Quote): void {
    const message = text.trim();
    if (message) this.#write(message, replyTo);
  }

  /** `false`: the part for files could not be fetched, and nothing was taken. */
  async sendFiles(text: string, files: Chosen[], replyTo?: Quote): Promise<boolean> {
    try {
      const uploads = await this.#filePart();
      // More than one message takes go with several; the text stands with the first.
      for (let at = 0; at < files.length; at += LIMITS.MESSAGE_ATTACHMENTS) {
        const some = uploads.take(files.slice(at, at + LIMITS.MESSAGE_ATTACHMENTS));
        if (at === 0) this.#write(text.trim(), replyTo, some);
        else this.#write("", undefined, some);
      }
      return true;
    } catch (error) {
      this.#notice(error);
      return false;
    }
  }

  #write(message: string, replyTo?: Quote, files?: LocalFile[]): void {
    this.#keep.act();
    this.#ownTyping.stopped();
    void this.open();
    // One that is being fetched is meant already.
    const id = this.state.thread?.conversation.id ?? this.#wanted;
    this.#outbox.add(message, "text", {
      ...(id ? { conversation_id: id } : {}),
      ...(replyTo ? { reply_to: replyTo } : {}),
      ...(files ? { files } : {}),
    });
  }

  #filePart(): Promise<Uploads> {
    this.#uploads ??= import("./uploads").then(
      ({ Uploads }) =>
        new Uploads({
          origin: this.#options.origin,
          credential: this.#visitor.credential,
          storage: storageKey(this.#options.config.apiToken),
          keys: () => this.#outbox.messages.flatMap((one) => one.files ?? []).map((file) => file.key),
          onProgress: (clientId, share) => this.#progressed(clientId, share),
          onFiles: (clientId, files) => this.#outbox.amend(clientId, { files }),
          carry: this.#options.environment?.carry,
        }),
    );
    this.#uploads.catch(() => {
      this.#uploads = null;
    });
    return this.#uploads;
  }

  /** The bytes of a file that was not sent yet. */
  async blob(key: string): Promise<Blob | null> {
    return (await this.#filePart()).blob(key);
  }

  /** Another text for a message of one's own. */
  edit(messageId: string, text: string): Promise<boolean> {
    this.#ownTyping.stopped();
    return this.#ask("PATCH", `/api/chatbot/messages/${messageId}`, { message: text.trim() });
  }

  takeBack(messageId: string): Promise<boolean> {
    return this.#ask("DELETE", `/api/chatbot/messages/${messageId}`);
  }

  /** Puts an emoji there, or takes one's own away again. */
  react(message: ChatMessage, emoji: string): Promise<boolean> {
    const { visitorId } = this.state;
    const isThere = message.reactions?.some((one) => one.by === visitorId && one.emoji === emoji);
    const path = `/api/chatbot/messages/${message.id}/reactions/${encodeURIComponent(emoji)}`;
    return this.#ask(isThere ? "DELETE" : "PUT", path);
  }

  /** The visitor is done. */
  end(): Promise<boolean> {
    return this.#ask("POST", `${this.#path()}/close`, {});
  }

  async rate(score: number, comment: string): Promise<boolean> {
    this.#ratingId ??= randomId();
    const body = { score, client_id: this.#ratingId, ...(comment.trim() ? { comment: comment.trim() } : {}) };
    const went = await this.#ask("POST", `${this.#path()}/rating`, body);
    if (went) this.#ratingId = null;
    return went;
  }

  /** Asks for the visitor's conversations. */
  async list(): Promise<void> {
    await this.open();
    const reply = await this.#visitor.api.get<VisitorConversationsReply>("/api/chatbot/conversations");
    this.#set({ conversations: reply.conversations });
  }

  /** Goes to another conversation of theirs. */
  async show(id: string): Promise<void> {
    this.#wanted = id;
    if (id === this.state.thread?.conversation.id) return;
    this.#leave();
    this.#set({ thread: null, drafts: [], loading: true });
    try {
      const page = await this.#visitor.api.get<VisitorPage>(`/api/chatbot/conversation/${id}`);
      if (this.#wanted === id) this.#adopt(page);
    } catch (error) {
      if (this.#wanted !== id) return;
      this.#set({ loading: false });
      this.#notice(error);
    }
  }

  /** The next message starts a conversation of its own. */
  begin(): void {
    this.#wanted = null;
    this.#forget();
    this.#set({ loading: false });
  }

  retry(clientId: string): void {
    if (this.state.problem) this.#opening = null;
    this.#outbox.retry(clientId);
  }

  discard(clientId: string): void {
    const message = this.#outbox.messages.find((one) => one.client_id === clientId);
    this.#outbox.discard(clientId);
    if (message) this.#forgetFiles(message);
    const { thread, drafts } = this.state;
    if (thread) this.#set({ thread: withoutLocal(thread, clientId) });
    else this.#set({ drafts: withoutLocal({ local: drafts }, clientId).local });
  }

  identify(label: VisitorLabel): void {
    this.#visitor.identify(label);
    this.#keep.act();
    if (this.#visitor.reply) void this.#visitor.renew().catch(() => {});
    else void this.open();
  }

  typed(text: string): void {
    this.#ownTyping.typed(text);
  }

  /** Everything shown has been seen. */
  read(): void {
    const { thread, visitorId } = this.state;
    const last = thread && visitorId ? unreadBy(thread, visitorId).at(-1) : undefined;
    if (!thread || !last || last.id === this.#readAsked) return;
    this.#readAsked = last.id;
    clearTimeout(this.#deliveredSoon);
    this.#visitor.api.post(`${this.#path()}/read`, { message_id: last.id }).catch(() => {
      this.#readAsked = "";
    });
  }

  /** Earlier messages; once, however often it is called while they are on their way. */
  older(): Promise<void> {
    this.#older ??= this.#fetchOlder().finally(() => {
      this.#older = null;
    });
    return this.#older;
  }

  /** What was said before the first message of a thread. */
  before({ conversation, messages }: VisitorThread): Promise<VisitorPage> {
    return this.#visitor.api.get(`/api/chatbot/conversation/${conversation.id}?before=${messages[0]?.seq}`);
  }

  /** Keeps the newest alone: whoever scrolls up gets the others again. */
  trim(): void {
    const { thread } = this.state;
    const messages = thread?.messages.slice(-KEPT) ?? [];
    if (thread && thread.messages.length > 2 * KEPT)
      this.#set({ thread: { ...thread, messages, more: true } });
  }

  async #fetchOlder(): Promise<void> {
    const { thread } = this.state;
    if (!thread?.more || !thread.messages[0]) return;
    const page = await this.before(thread);
    const now = this.state.thread;
    if (now?.conversation.id === thread.conversation.id) this.#set({ thread: withOlder(now, page) });
  }

  /** Seed B's state, and ours (R14). */
  status(): Status {
    const { thread } = this.state;
    const transport = this.#transport;
    const connected = transport?.connected ?? false;
    const provider = transport?.provider ?? null;
    return {
      conversationId: thread?.conversation.id ?? null,
      messages: thread?.messages ?? [],
      realtimeConnected: connected,
      realtimeProvider: provider,
      channelSubscription: transport?.subscription ?? null,
      provider,
      connected,
      attempts: transport?.socket.attempts ?? 0,
      lastSeq: thread?.seq ?? 0,
      rtt: transport?.socket.rtt ?? null,
      ...(this.#options.config.debug ? { socket: transport?.socket.native ?? null } : {}),
    };
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#grace);
    clearTimeout(this.#deliveredSoon);
    clearTimeout(this.#noticed);
    void this.#uploads?.then((uploads) => uploads.stop());
    this.#visitor.stop();
    this.#stopReturn();
    this.#ownTyping.stopped();
    this.#typists.stop();
    this.#outbox.stop();
    this.#sync?.stop();
    this.#transport?.stop();
    this.#watchers.clear();
  }

  async #begin(): Promise<void> {
    this.#stopReturn();
    this.#stopReturn = onReturn(() => this.#returned());
    for (let attempt = 1; ; attempt++) {
      try {
        const [config] = await Promise.all([
          this.#visitor.widgetApi.get<ConfigReply>("/api/chatbot/config"),
          this.#visitor.renew(),
        ]);
        if (this.#stopped) return;
        const { widget, availability = null, typing_preview } = config;
        this.#set({ look: widget, availability, previewed: typing_preview, problem: null });
        this.#connect(config);
        await this.#resume();
        this.#emit("ready");
        return;
      } catch (error) {
        if (this.#stopped) throw error;
        if (error instanceof RefusalError && error.status < 500 && error.status !== 429) {
          this.#set({ problem: error.message, loading: false, connection: "waiting" });
          this.#emit("error", error);
          throw error;
        }
        this.#connectionChanged("waiting");
        await new Promise<void>((then) => {
          this.#tryNow = then;
          setTimeout(then, backoff(attempt));
        });
      }
    }
  }

  #connect(config: ConfigReply): void {
    const { config: page, environment } = this.#options;
    const wish = page.REALTIME_CONFIG ?? page;
    this.#transport?.stop();
    this.#transport = new Transport({
      addresses: addresses(
        config,
        { secure: location.protocol === "https:", host: new URL(this.#origin()).host },
        wish,
      ),
      pollIntervalMs: config.poll_interval_ms,
      authorize: (socket_id, channel_name, provider) =>
        this.#visitor.api.post<ChannelAuthReply>("/broadcasting/auth", { socket_id, channel_name, provider }),
      // Agents see who is there. A conversation's channel says so by itself.
      introduce: (socket_id) =>
        this.#visitor.reply?.conversation_id
          ? null
          : this.#visitor.api.post<SignIn>("/broadcasting/user-auth", { socket_id }),
      // Before there is a conversation, at least: is the server there?
      poll: () => this.#sync?.catchUp() ?? this.#visitor.widgetApi.get("/api/chatbot/config"),
      onChange: () => this.#transportChanged(),
      log: (line) => this.#log(line),
      isHidden: () => document.hidden,
      ...(wish.reconnectAttempts ? { attempts: wish.reconnectAttempts } : {}),
      ...(wish.reconnectDelay ? { reconnectDelayMs: wish.reconnectDelay } : {}),
      ...(environment?.open ? { open: environment.open } : {}),
    });
    this.#transport.socket.subscribe(`cache-widget.${config.widget.id}`, {
      onEvent: (event, data) => {
        if (event === "availability.updated") this.#set({ availability: data as Availability });
      },
    });
    this.#log("✅ Real-time client initialised for the chat widget");
    this.#transport.start();
  }

  /** Takes up the visitor's open conversation, if there is one, and sends what waited. */
  async #resume(): Promise<void> {
    const id = this.#visitor.reply?.conversation_id;
    if (id && id !== this.state.thread?.conversation.id) {
      this.#adopt(await this.#visitor.api.get<VisitorPage>(`/api/chatbot/conversation/${id}`));
    }
    if (!id) this.#keep.set({ conversationId: undefined });
    this.#set({ loading: false });
    this.#outbox.wake();
  }

  #adopt(page: VisitorPage): void {
    const { id } = page.conversation;
    // What was written before there was a conversation goes into this one, whatever is shown when it is sent.
    for (const one of this.#outbox.messages)
      if (!one.conversation_id) this.#outbox.amend(one.client_id, { conversation_id: id });
    const local = this.#outbox.messages.filter((one) => one.conversation_id === id);
    this.#wanted = id;
    if (this.state.thread?.conversation.id !== id) this.#leave();
    this.#sync?.stop();
    this.#keep.set({ conversationId: id, startId: undefined });
    this.#sync = new Sync<VisitorEvent>(page.seq, {
      fetch: (after) => this.#fetch(id, after),
      apply: (event) => this.#apply(event),
      onRewound: () =>
        void this.#visitor.api.get<VisitorPage>(this.#path()).then(
          (fresh) => this.#adopt(fresh),
          () => {},
        ),
    });
    this.#set({
      thread: visitorThread(page, local),
      drafts: [],
      loading: false,
      availability: page.availability,
    });
    this.#arrived();
    this.#transport?.join(`private-chat.conversation.${id}`, {
      onEvent: (event, data, userId) => this.#heard(event, data, userId),
      onJoined: () => this.#sync?.catchUp().catch(() => {}),
    });
    this.#emit("conversation", { id });
  }

  async #fetch(id: string, after: number): Promise<VisitorPage> {
    const page = await this.#visitor.api
      .get<VisitorPage>(`/api/chatbot/conversation/${id}?after=${after}`)
      .catch((error: unknown) => {
        if (isUnknown(error)) this.#orphaned(id);
        throw error;
      });
    if (!this.#transport?.connected) {
      this.#set({ availability: page.availability });
      this.#typists.only(page.typing.map((one) => one.user_id).filter((one) => one !== this.state.visitorId));
    }
    return page;
  }

  #heard(event: string, data: unknown, userId: string | undefined): void {
    if (event === "client-typing") {
      if (userId && userId !== this.state.visitorId)
        this.#typists.set(userId, (data as { on?: boolean }).on === true);
      return;
    }
    // A foreign provider could not carry what was said: it is here.
    if (event === "conversation.behind") {
      if (((data as { up_to?: number } | null)?.up_to ?? 0) > (this.#sync?.seq ?? 0))
        this.#sync?.catchUp().catch(() => {});
      return;
    }
    // Without a place in the log (a bare `trigger`, or seed B's own back end) there is nothing to apply.
    if (typeof (data as { seq?: unknown } | null)?.seq !== "number") return;
    this.#sync?.offer({ event, data } as VisitorEvent);
  }

  #apply(event: VisitorEvent): void {
    const { thread } = this.state;
    if (!thread) return;
    if (event.event === "ChatMessageReceived") this.#received(event.data);
    if (event.event === "agent.joined") this.#log(`✓ ${event.data.agent.id} joined`);
    this.#set({
      thread: applyVisitorEvent(thread, event) ?? { ...thread, seq: (event as VisitorEvent).data.seq },
    });
  }

  #received(message: ChatMessage): void {
    this.#arrivedSoon();
    if (message.sender_id) this.#typists.set(message.sender_id, false);
    if (message.sender_id === this.state.visitorId) return;
    const size = `[${message.message.length} characters]`;
    this.#log(`✓ New message received via ${this.#transport?.provider}: ${size}`);
    this.#emit("message", message);
  }

  async #deliver(message: LocalMessage, again = false): Promise<void> {
    await this.open();
    const id = message.conversation_id ?? (await this.#conversation());
    try {
      const files = message.files ? await (await this.#filePart()).send(message, id) : [];
      const reply = await this.#visitor.api.post<VisitorPosted>(`/api/chatbot/conversation/${id}/messages`, {
        message: message.message,
        client_id: message.client_id,
        ...(message.reply_to ? { reply_to: message.reply_to.id } : {}),
        ...(files.length > 0 ? { attachments: files } : {}),
      });
      this.#forgetFiles(message);
      // The reply carries the whole fact (ruling 2): it is applied now, whenever the socket brings it.
      if (this.state.thread?.conversation.id === id) this.#offer(reply.message);
      if (reply.availability) this.#set({ availability: reply.availability });
      this.#emit("sent", { id: reply.message.id });
    } catch (error) {
      if (!isUnknown(error) || again) throw error;
      this.#orphaned(id);
      const orphan = this.#outbox.messages.find((one) => one.client_id === message.client_id);
      if (orphan) await this.#deliver(orphan, true);
    }
  }

  #forgetFiles(message: LocalMessage): void {
    if (message.files)
      this.#filePart().then(
        (uploads) => uploads.forget(message),
        () => {},
      );
  }

  #offer(message: ChatMessage): void {
    this.#sync?.offer({ event: "ChatMessageReceived", data: message });
  }

  /** The server does not know this conversation any more: what waits for it goes into the next one, files anew. */
  #orphaned(id: string): void {
    for (const one of this.#outbox.messages) {
      if (one.conversation_id !== id) continue;
      const files = one.files?.map(({ upload_id: _id, sent: _sent, ...file }) => file);
      this.#outbox.amend(one.client_id, { conversation_id: undefined, ...(files ? { files } : {}) });
    }
    if (this.state.thread?.conversation.id === id) this.#forget();
  }

  #progressed(clientId: string, share: number | null): void {
    const { [clientId]: _over, ...others } = this.state.progress;
    this.#set({ progress: share === null ? others : { ...others, [clientId]: share } });
  }

  /** One verb on what is in the log; the log brings what comes of it. */
  async #ask(method: string, path: string, body?: unknown): Promise<boolean> {
    try {
      const reply = await this.#visitor.api.request<Partial<VisitorPosted>>(method, path, body);
      if (path.endsWith("/rating") && reply.message) this.#offer(reply.message);
      if (!this.#transport?.connected) this.#sync?.catchUp().catch(() => {});
      return true;
    } catch (error) {
      this.#notice(error);
      return false;
    }
  }

  #notice(error: unknown): void {
    clearTimeout(this.#noticed);
    this.#set({ notice: (error as Error).message });
    this.#noticed = setTimeout(() => this.#set({ notice: null }), NOTICE_MS);
  }

  #arrivedSoon(): void {
    clearTimeout(this.#deliveredSoon);
    this.#deliveredSoon = setTimeout(() => this.#arrived(), DELIVERED_AFTER_MS);
  }

  /** The others' messages are on this device, whether or not anybody looks. */
  #arrived(): void {
    const { thread, visitorId } = this.state;
    const last = thread?.messages.filter((one) => one.sender_id !== visitorId).at(-1);
    const known = thread?.receipts.find((one) => one.reader_id === visitorId)?.delivered_seq ?? 0;
    if (!last || last.seq <= known || last.id === this.#deliveredAsked) return;
    this.#deliveredAsked = last.id;
    this.#visitor.api.post(`${this.#path()}/delivered`, { message_id: last.id }).catch(() => {
      this.#deliveredAsked = "";
    });
  }

  /** The conversation's id; starts it when there is none. */
  async #conversation(): Promise<string> {
    const id = this.state.thread?.conversation.id;
    if (id) return id;
    this.#starting ??= this.#start().finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  async #start(): Promise<string> {
    const client_id = this.#keep.kept.startId ?? randomId();
    this.#keep.set({ startId: client_id });
    const page = await this.#visitor.api.post<VisitorPage>("/api/chatbot/conversation", { client_id });
    this.#adopt(page);
    return page.conversation.id;
  }

  /** No conversation is shown; the next message starts one. */
  #forget(): void {
    this.#leave();
    this.#keep.set({ conversationId: undefined, startId: undefined });
    this.#set({ thread: null, drafts: this.#outbox.messages.filter((one) => !one.conversation_id) });
  }

  #leave(): void {
    clearTimeout(this.#deliveredSoon);
    this.#sync?.stop();
    this.#sync = null;
    this.#typists.stop();
    this.#transport?.leave();
  }

  #localChanged(message: LocalMessage): void {
    const { thread, drafts } = this.state;
    // Written elsewhere: it is sent all the same, and stands there.
    if (message.conversation_id && message.conversation_id !== thread?.conversation.id) return;
    if (thread) this.#set({ thread: withLocal(thread, message) });
    else this.#set({ drafts: withLocal({ local: drafts }, message).local });
  }

  #tellTyping(on: boolean, text: string): void {
    if (!this.state.thread) return;
    const typing = {
      on,
      ...(on && this.state.previewed ? { text: [...text].slice(-PREVIEW_CHARS).join("") } : {}),
    };
    // Typing stays with our own server (ruling 13).
    const isOurs = this.#transport?.provider !== "pusher";
    if (isOurs && this.#transport?.subscription?.whisper("client-typing", typing)) return;
    this.#visitor.api.post(`${this.#path()}/typing`, typing).catch(() => {});
  }

  #typingChanged(): void {
    const typing = this.#typists.ids.map((id) => agentIn(this.state.thread, id));
    this.#set({ typing });
    this.#emit("typing", { on: typing.length > 0 });
  }

  #transportChanged(): void {
    const transport = this.#transport;
    if (!transport || this.#stopped) return;
    if (transport.connected) this.#connectionChanged("live");
    else if (transport.polls) this.#connectionChanged("polling");
    else this.#connectionChanged("waiting");
  }

  /** Good news at once, bad news after a moment. */
  #connectionChanged(connection: Connection): void {
    clearTimeout(this.#grace);
    if (connection === this.state.connection) return;
    const change = () => {
      this.#set({ connection });
      if (connection !== "waiting") this.#outbox.wake();
      this.#emit("connection", { connection, provider: this.#transport?.provider ?? null });
    };
    if (connection === "waiting") this.#grace = setTimeout(change, GRACE_MS);
    else change();
  }

  #returned(): void {
    this.#tryNow();
    this.#transport?.wake();
    this.#outbox.wake();
  }

  #path(): string {
    return `/api/chatbot/conversation/${this.state.thread?.conversation.id}`;
  }

  #origin(): string {
    return this.#options.origin || location.origin;
  }

  #set(change: Partial<EngineState>): void {
    const state = { ...this.state, ...change };
    const { thread, visitorId } = state;
    state.unread = thread && visitorId ? unreadBy(thread, visitorId).length : 0;
    const unreadChanged = state.unread !== this.state.unread;
    this.state = state;
    if (unreadChanged) this.#emit("unread", { count: state.unread });
    for (const watcher of this.#watchers) watcher();
  }

  #emit(name: EventName, detail?: unknown): void {
    this.#options.emit?.(name, detail);
  }

  #log(line: string): void {
    if (!this.#options.config.debug) return;
    const bad = /failed|error/i.test(line);
    console[bad ? "warn" : "info"](line);
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof RefusalError && error.problem.name === "unknown-conversation";
}
