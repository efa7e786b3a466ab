// Decides what the widget does: connects, starts the conversation at the first message,
// keeps the thread in step with the log. Knows nothing of how it is drawn.

import { isRefusal, RefusalError } from "@frontdesk/shared/api";
import { randomId } from "@frontdesk/shared/outbox";
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
import { addresses, type Way } from "@frontdesk/shared/transport";
import type {
  AgentFace,
  Availability,
  ChannelAuthReply,
  ChatMessage,
  ConfigReply,
  PopoutReply,
  PreChatField,
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
import { here } from "./here";
import { Keep } from "./keep";
import type { Spoken } from "./parts/console";
import { Receipts } from "./receipts";
import { type Progress, Sending } from "./sending";
import type { Environment, EventName, Identity, Status, VisitorLabel, WidgetConfig } from "./surface";
import { storageKey } from "./surface";
import { OwnTyping, Typists } from "./typing";
import type { Chosen } from "./uploads";
import { Visitor } from "./visitor";
import { secretElsewhere, tabsPart, wayFor } from "./way";

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
  progress: Progress;
  /** Do agents see what is typed before it is sent? */
  previewed: boolean;
  /** What the owner wants to know, most of it before the first message; `null` before the server said so. */
  asked: Pick<ConfigReply, "pre_chat" | "consent" | "whereabouts"> | null;
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

/** A conversation's channel without its id. */
const ROOM = "private-chat.conversation.";
/** A loss shorter than this is not shown. */
const GRACE_MS = 1_500;
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
  #sending: Sending;
  #way: Way | null = null;
  #sync: Sync<VisitorEvent> | null = null;
  #typists: Typists;
  #ownTyping: OwnTyping;
  #opening: Promise<void> | null = null;
  #starting: Promise<string> | null = null;
  #watchers = new Set<() => void>();
  #older: Promise<void> | null = null;
  #receipts: Receipts;
  #noticed: ReturnType<typeof setTimeout> | undefined;
  /** The conversation that was last asked for, so that a slow answer does not replace it. */
  #wanted: string | null = null;
  /** The same until it got through, so that pressing again is no second rating. */
  #ratingId: string | null = null;
  #grace: ReturnType<typeof setTimeout> | undefined;
  #stopReturn = () => {};
  #tryNow = () => {};
  stopped = false;

  constructor(options: EngineOptions) {
    const { config, origin, environment } = options;
    this.#options = options;
    this.#keep = new Keep(config.apiToken);
    this.#visitor = new Visitor({
      apiToken: config.apiToken,
      origin,
      label: {
        name: config.visitorName || undefined,
        email: config.visitorEmail || undefined,
      },
      keep: this.#keep,
      fetch: environment?.fetch,
      code: options.code,
      onKnown: ({ visitor }) => this.#set({ visitorId: visitor.id, visitor }),
      onCodeRefused: () => this.#set({ linkUsed: true }),
    });
    this.#sending = new Sending({
      visitor: this.#visitor,
      keep: this.#keep,
      origin,
      storage: this.#key,
      carry: environment?.carry,
      conversation: (known) => this.#conversation(known),
      here: () => (this.state.asked?.whereabouts ? here() : undefined),
      onChange: (message) => this.#localChanged(message),
      onProgress: (progress) => this.#set({ progress }),
      onPosted: (id, reply) => this.#posted(id, reply),
      onForgotten: (id) => id === this.state.thread?.conversation.id && this.#forget(),
    });
    this.#receipts = new Receipts({
      thread: () => this.state.thread,
      visitorId: () => this.state.visitorId,
      tell: (what, message_id) => this.tell(what, { message_id }),
    });
    this.#typists = new Typists(() => this.#typingChanged());
    this.#ownTyping = new OwnTyping((on, text) => this.#tellTyping(on, text));
    this.state = {
      look: options.look ?? {},
      thread: null,
      drafts: this.#sending.of(),
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
      asked: null,
      linkUsed: false,
      notice: null,
      problem: null,
    };
  }

  get muted(): boolean {
    return this.#keep.kept.muted === true || this.#options.config.sound === false;
  }

  /** Does the page want to see what goes on? */
  get debugs(): boolean {
    return this.#options.config.debug === true;
  }

  /** May this visitor have other conversations? */
  get isKnown(): boolean {
    return this.#keep.acted;
  }

  /** The form to fill in before the first message; what the page says of it wins. */
  get asks(): { fields: PreChatField[]; consent: string | null | undefined } | null {
    const { asked, thread } = this.state;
    const { preChat: fields = asked?.pre_chat ?? [], consent = asked?.consent } = this.#options.config;
    return (fields[0] || consent) && !this.#keep.kept.agreed && !thread ? { fields, consent } : null;
  }

  /** The form is filled in. */
  agree(label: VisitorLabel): void {
    this.#keep.set({ agreed: true });
    this.identify(label);
    this.#sending.wake();
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
      const uploads = await this.#sending.uploads();
      // More than one message takes go with several; the text stands with the first.
      for (let at = 0; at < files.length; at += LIMITS.MESSAGE_ATTACHMENTS) {
        const some = uploads.choose(files.slice(at, at + LIMITS.MESSAGE_ATTACHMENTS));
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
    this.#sending.add(message, "text", {
      conversation_id: id ?? undefined,
      reply_to: replyTo,
      files,
    });
  }

  /** The bytes of a file that was not sent yet. */
  async blob(key: string): Promise<Blob | null> {
    return (await this.#sending.uploads()).blob(key);
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

  /** What comes of it, agents hear. */
  tell(what: string, body: unknown): Promise<unknown> {
    return this.#visitor.api.post(`${this.#path()}/${what}`, body);
  }

  /** The visitor is done. */
  end(): Promise<boolean> {
    return this.#ask("POST", `${this.#path()}/close`, {});
  }

  async rate(score: number, comment: string): Promise<boolean> {
    this.#ratingId ??= randomId();
    const body = { score, client_id: this.#ratingId, comment: comment.trim() || undefined };
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
    this.#sending.retry(clientId);
  }

  discard(clientId: string): void {
    this.#sending.discard(clientId);
    const { thread, drafts } = this.state;
    if (thread) this.#set({ thread: withoutLocal(thread, clientId) });
    else this.#set({ drafts: withoutLocal({ local: drafts }, clientId).local });
  }

  identify(who: Identity): void {
    this.#visitor.identify(who);
    this.#keep.act();
    if (this.#visitor.reply) void this.#recognised().catch((error: unknown) => this.#emit("error", error));
    else
      this.open().catch(() => {
        // It was asked without this word.
        this.#opening = null;
        if (!this.stopped) void this.open();
      });
  }

  /** Who the website says this is. */
  get label(): Visitor["label"] {
    return this.#visitor.label;
  }

  /** Whoever was proven to be somebody goes on with that person's conversation, not with what stood here. */
  async #recognised(): Promise<void> {
    const before = this.state.visitorId;
    await this.#visitor.renew();
    if (this.state.visitorId === before) return;
    this.begin();
    await this.#resume();
  }

  /** What opens this session in a window of our own. */
  async popout(): Promise<PopoutReply> {
    await this.open();
    return this.#visitor.api.post<PopoutReply>("/api/chatbot/popout");
  }

  /** Nothing stays in this browser, and what the server has of this session ends. */
  forget(kept?: string | null): void {
    this.stop();
    this.#keep.forget(kept);
    try {
      indexedDB.deleteDatabase(storageKey(this.#options.config.apiToken));
    } catch {
      // There is none.
    }
    if (this.#visitor.reply || this.#keep.kept.secret)
      this.#visitor.api.post("/api/chatbot/logout").catch(() => {});
  }

  typed(text: string): void {
    this.#ownTyping.typed(text);
  }

  /** Everything shown has been seen. */
  read(): void {
    this.#receipts.read();
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
    const {
      connected = false,
      provider = null,
      subscription = null,
      native = null,
      report,
    } = this.#way ?? {};
    return {
      conversationId: thread?.conversation.id ?? null,
      messages: thread?.messages ?? [],
      realtimeConnected: connected,
      realtimeProvider: provider,
      channelSubscription: subscription,
      provider,
      connected,
      attempts: 0,
      rtt: null,
      leader: false,
      ...report,
      lastSeq: thread?.seq ?? 0,
      waiting: this.#sending.messages.length,
      ...(this.debugs ? { socket: native } : {}),
    };
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.#grace);
    this.#receipts.stop();
    clearTimeout(this.#noticed);
    this.#visitor.stop();
    this.#stopReturn();
    this.#ownTyping.stopped();
    this.#typists.stop();
    this.#sending.stop();
    this.#sync?.stop();
    this.#way?.stop();
    this.#watchers.clear();
  }

  async #begin(): Promise<void> {
    this.#stopReturn();
    this.#stopReturn = onReturn(() => this.#returned());
    for (let attempt = 1; ; attempt++) {
      try {
        const [config] = await Promise.all([
          this.#visitor.widgetApi.get<ConfigReply>("/api/chatbot/config"),
          this.#introduce(),
        ]);
        if (this.stopped) return;
        const { widget, availability = null, typing_preview } = config;
        this.#set({ look: widget, availability, previewed: typing_preview, asked: config, problem: null });
        void this.#connect(config);
        await this.#resume();
        this.#emit("ready");
        return;
      } catch (error) {
        if (this.stopped) throw error;
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

  /** Opens the session. Who has stored nothing yet may be known to another tab. */
  async #introduce(): Promise<void> {
    const { kept } = this.#keep;
    if (this.#locks) void tabsPart();
    if (this.#locks && !kept.secret && !this.#options.code) {
      const secret = await secretElsewhere(this.#key, this.#locks);
      if (secret) this.#keep.set({ secret });
    }
    await this.#visitor.renew();
  }

  async #connect(config: ConfigReply): Promise<void> {
    const { config: page, environment } = this.#options;
    const wish = page.REALTIME_CONFIG ?? page;
    const way = await wayFor({
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
      onChange: () => this.#wayChanged(),
      onStep: (step) => this.#say(step),
      isHidden: () => document.hidden,
      attempts: wish.reconnectAttempts || undefined,
      reconnectDelayMs: wish.reconnectDelay || undefined,
      open: environment?.open,
      name: this.#key,
      visitorId: this.state.visitorId ?? "",
      locks: this.#locks,
      secret: () => this.#keep.kept.secret,
      onPage: (page) => this.#paged(page as VisitorPage),
      onBegun: (channel) => this.#begun(channel.slice(ROOM.length)),
    });
    if (this.stopped) return;
    this.#way?.stop();
    this.#way = way;
    way.listen(`cache-widget.${config.widget.id}`, (event, data) => {
      if (event === "availability.updated") this.#set({ availability: data as Availability });
    });
    way.start();
    this.#join();
  }

  /** Another tab of theirs began this conversation. */
  #begun(id: string): void {
    if (!this.state.thread && !this.#wanted && !this.#starting) void this.show(id);
  }

  /** Takes up the visitor's open conversation, if there is one, and sends what waited. */
  async #resume(): Promise<void> {
    const id = this.#visitor.reply?.conversation_id;
    if (id && id !== this.state.thread?.conversation.id) {
      this.#adopt(await this.#visitor.api.get<VisitorPage>(`/api/chatbot/conversation/${id}`));
    }
    if (!id) this.#keep.set({ conversationId: undefined });
    this.#set({ loading: false });
    this.#sending.wake();
  }

  #adopt(page: VisitorPage): void {
    const { id } = page.conversation;
    this.#sending.began(id);
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
      thread: visitorThread(page, this.#sending.of(id)),
      drafts: [],
      loading: false,
      availability: page.availability,
    });
    this.#receipts.arrived();
    this.#join();
    this.#emit("conversation", { id, status: page.conversation.status });
  }

  #join(): void {
    const { thread } = this.state;
    if (thread)
      this.#way?.join(ROOM + thread.conversation.id, {
        onEvent: (event, data, userId) => this.#heard(event, data, userId),
        onJoined: () => this.#sync?.catchUp().catch(() => {}),
      });
  }

  async #fetch(id: string, after: number): Promise<VisitorPage> {
    const page = await this.#visitor.api
      .get<VisitorPage>(`/api/chatbot/conversation/${id}?after=${after}`)
      .catch((error: unknown) => {
        if (isRefusal(error, "unknown-conversation")) this.#sending.orphaned(id);
        throw error;
      });
    if (!this.#way?.connected) {
      this.#paged(page);
      this.#way?.share?.(page);
    }
    return page;
  }

  /** What a poll says, this tab's or the leader's. */
  #paged({ availability, typing, events }: VisitorPage): void {
    this.#set({ availability });
    this.#typists.only(typing.map((one) => one.user_id).filter((one) => one !== this.state.visitorId));
    for (const event of events) this.#sync?.offer(event);
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
    if (event.event === "agent.joined") this.#say({ kind: "agent", who: event.data.agent.id });
    if (event.event === "agent.joined" || event.event === "agent.left")
      this.#emit("agent", { ...event.data.agent, joined: event.event === "agent.joined" });
    if (event.event === "conversation.updated")
      this.#emit("conversation", { id: thread.conversation.id, status: event.data.status });
    this.#set({
      thread: applyVisitorEvent(thread, event) ?? { ...thread, seq: (event as VisitorEvent).data.seq },
    });
  }

  #received(message: ChatMessage): void {
    this.#receipts.arrivedSoon(this.#way?.report.leader !== false);
    if (message.sender_id) this.#typists.set(message.sender_id, false);
    if (message.sender_id === this.state.visitorId) return;
    this.#say({ kind: "message", provider: this.#way?.provider, characters: message.message.length });
    this.#emit("message", message);
  }

  #posted(id: string, { message, availability }: VisitorPosted): void {
    // The reply carries the whole fact (ruling 2): it is applied now, whenever the socket brings it.
    if (this.state.thread?.conversation.id === id) this.#offer(message);
    if (availability) this.#set({ availability });
    this.#emit("sent", { id: message.id });
  }

  #offer(message: ChatMessage): void {
    this.#sync?.offer({ event: "ChatMessageReceived", data: message });
  }

  /** One verb on what is in the log; the log brings what comes of it. */
  async #ask(method: string, path: string, body?: unknown): Promise<boolean> {
    try {
      const reply = await this.#visitor.api.request<Partial<VisitorPosted>>(method, path, body);
      if (path.endsWith("/rating") && reply.message) this.#offer(reply.message);
      if (!this.#way?.connected) this.#sync?.catchUp().catch(() => {});
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

  /** That conversation, else the one that is shown; begins one when there is none. */
  async #conversation(known: string | undefined): Promise<string> {
    await this.open();
    const id = known ?? this.state.thread?.conversation.id;
    if (id) return id;
    // Nothing begins before; what was written waits, and is sent by `agree`.
    if (this.asks) throw new Error();
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
    this.#way?.began?.();
    return page.conversation.id;
  }

  /** No conversation is shown; the next message starts one. */
  #forget(): void {
    this.#leave();
    this.#keep.set({ conversationId: undefined, startId: undefined });
    this.#set({ thread: null, drafts: this.#sending.of() });
  }

  #leave(): void {
    this.#receipts.stop();
    this.#sync?.stop();
    this.#sync = null;
    this.#typists.stop();
    this.#way?.leave();
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
      text: on && this.state.previewed ? [...text].slice(-PREVIEW_CHARS).join("") : undefined,
    };
    // Typing stays with our own server (ruling 13).
    const isOurs = this.#way?.provider !== "pusher";
    if (isOurs && this.#way?.subscription?.whisper("client-typing", typing)) return;
    this.tell("typing", typing).catch(() => {});
  }

  #typingChanged(): void {
    const typing = this.#typists.ids.map((id) => agentIn(this.state.thread, id));
    this.#set({ typing });
    this.#emit("typing", { on: typing.length > 0 });
  }

  #wayChanged(): void {
    const way = this.#way;
    if (!way || this.stopped) return;
    if (way.connected) this.#connectionChanged("live");
    else if (way.polls) this.#connectionChanged("polling");
    else this.#connectionChanged("waiting");
  }

  /** Good news at once, bad news after a moment. */
  #connectionChanged(connection: Connection): void {
    clearTimeout(this.#grace);
    if (connection === this.state.connection) return;
    const change = () => {
      this.#set({ connection });
      if (connection !== "waiting") this.#sending.wake();
      this.#emit("connection", { connection, provider: this.#way?.provider ?? null });
    };
    if (connection === "waiting") this.#grace = setTimeout(change, GRACE_MS);
    else change();
  }

  #returned(): void {
    this.#tryNow();
    this.#way?.wake();
    this.#sending.wake();
  }

  #path(): string {
    return `/api/chatbot/conversation/${this.state.thread?.conversation.id}`;
  }

  get #key(): string {
    return storageKey(this.#options.config.apiToken);
  }

  /** Without locks (no TLS) each tab is on its own (ruling 14); and where there is no real server. */
  get #locks(): LockManager | undefined {
    const { environment } = this.#options;
    return environment?.open ? environment.locks : navigator.locks;
  }

  #origin(): string {
    return this.#options.origin || location.origin;
  }

  #set(change: Partial<EngineState>): void {
    const state = { ...this.state, ...change };
    const { thread, visitorId } = state;
    state.unread = thread && visitorId ? unreadBy(thread, visitorId).length : 0;
    const unreadChanged = state.unread !== this.state.unread;
    const { online, open } = state.availability ?? {};
    const isNews = online !== this.state.availability?.online || open !== this.state.availability?.open;
    this.state = state;
    if (isNews) this.#emit("status", { online, open });
    if (unreadChanged) this.#emit("unread", { count: state.unread });
    for (const watcher of this.#watchers) watcher();
  }

  #emit(name: EventName, detail?: unknown): void {
    this.#options.emit?.(name, detail);
  }

  /** For a console, and without a word of what was written. */
  #say(what: Spoken): void {
    if (!this.debugs) return;
    import("./parts/console").then(
      (part) => part.say(what),
      () => {},
    );
  }
}
