// Decides what the widget does: connects, starts the conversation at the first message,
// keeps the thread in step with the log. Knows nothing of how it is drawn.

import { RefusalError } from "@frontdesk/shared/api";
import { Outbox, randomId } from "@frontdesk/shared/outbox";
import { backoff, onReturn, type SignIn } from "@frontdesk/shared/socket";
import {
  agentIn,
  applyVisitorEvent,
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
  ChannelAuthReply,
  ChatMessage,
  ConfigReply,
  VisitorEvent,
  VisitorPage,
  VisitorPosted,
  WidgetLook,
} from "@frontdesk/shared/wire.gen";
import { Keep } from "./keep";
import type { Environment, EventName, Status, VisitorLabel, WidgetConfig } from "./surface";
import { OwnTyping, Typists } from "./typing";
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
  /** The server refuses this page or widget; for people. */
  problem: string | null;
};

export type EngineOptions = {
  config: WidgetConfig;
  origin: string;
  look?: Partial<WidgetLook>;
  environment?: Environment;
  emit?(name: EventName, detail?: unknown): void;
};

/** A loss shorter than this is not shown. */
const GRACE_MS = 1_500;

export class Engine {
  state: EngineState;

  #options: EngineOptions;
  #keep: Keep;
  #visitor: Visitor;
  #outbox: Outbox;
  #transport: Transport | null = null;
  #sync: Sync<VisitorEvent> | null = null;
  #typists: Typists;
  #ownTyping: OwnTyping;
  #opening: Promise<void> | null = null;
  #starting: Promise<string> | null = null;
  #watchers = new Set<() => void>();
  #readAsked = "";
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
      onKnown: ({ visitor }) => this.#set({ visitorId: visitor.id }),
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
    this.#ownTyping = new OwnTyping((on) => this.#tellTyping(on));
    this.state = {
      look: options.look ?? {},
      thread: null,
      drafts: [...this.#outbox.messages],
      loading: this.#keep.kept.conversationId !== undefined,
      connection: "connecting",
      typing: [],
      unread: 0,
      visitorId: null,
      problem: null,
    };
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

  send(text: string): void {
    const message = text.trim();
    if (!message) return;
    this.#keep.act();
    this.#ownTyping.stopped();
    void this.open();
    this.#outbox.add(message);
  }

  retry(clientId: string): void {
    if (this.state.problem) this.#opening = null;
    this.#outbox.retry(clientId);
  }

  discard(clientId: string): void {
    this.#outbox.discard(clientId);
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
    this.#visitor.api.post(`${this.#path()}/read`, { message_id: last.id }).catch(() => {
      this.#readAsked = "";
    });
  }

  async older(): Promise<void> {
    const first = this.state.thread?.messages[0];
    if (!first || !this.state.thread?.more) return;
    const page = await this.#visitor.api.get<VisitorPage>(`${this.#path()}?before=${first.seq}`);
    if (this.state.thread) this.#set({ thread: withOlder(this.state.thread, page) });
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
        this.#set({ look: config.widget, problem: null });
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
    const local = this.state.thread?.local ?? this.state.drafts;
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
    this.#set({ thread: visitorThread(page, local), drafts: [], loading: false });
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
        if (isUnknown(error)) this.#forget();
        throw error;
      });
    if (!this.#transport?.connected) {
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
    if (message.sender_id) this.#typists.set(message.sender_id, false);
    if (message.sender_id === this.state.visitorId) return;
    const size = `[${message.message.length} characters]`;
    this.#log(`✓ New message received via ${this.#transport?.provider}: ${size}`);
    this.#emit("message", message);
  }

  async #deliver(message: LocalMessage, again = false): Promise<void> {
    await this.open();
    const id = await this.#conversation();
    try {
      const reply = await this.#visitor.api.post<VisitorPosted>(`/api/chatbot/conversation/${id}/messages`, {
        message: message.message,
        client_id: message.client_id,
      });
      // The reply carries the whole fact (ruling 2): it is applied now, whenever the socket brings it.
      this.#sync?.offer({ event: "ChatMessageReceived", data: reply.message });
      this.#emit("sent", { id: reply.message.id });
    } catch (error) {
      if (!isUnknown(error) || again) throw error;
      this.#forget();
      await this.#deliver(message, true);
    }
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

  /** The server does not know our conversation any more; the next message starts one. */
  #forget(): void {
    this.#sync?.stop();
    this.#sync = null;
    this.#transport?.subscription?.leave();
    this.#keep.set({ conversationId: undefined, startId: undefined });
    this.#set({ thread: null, drafts: [...this.#outbox.messages] });
  }

  #localChanged(message: LocalMessage): void {
    const { thread, drafts } = this.state;
    if (thread) this.#set({ thread: withLocal(thread, message) });
    else this.#set({ drafts: withLocal({ local: drafts }, message).local });
  }

  #tellTyping(on: boolean): void {
    if (!this.state.thread) return;
    // Typing stays with our own server (ruling 13).
    const isOurs = this.#transport?.provider !== "pusher";
    if (isOurs && this.#transport?.subscription?.whisper("client-typing", { on })) return;
    this.#visitor.api.post(`${this.#path()}/typing`, { on }).catch(() => {});
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
