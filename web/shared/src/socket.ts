// Decides how one WebSocket to a Pusher-protocol server is opened, kept alive, resubscribed and
// tried again. Knows nothing of chat, of cursors, or of which provider comes next.

/** Where a provider is. `name` is what people read in `status()`: `reverb`, `pusher`. */
export type Address = { name: string; url: string };

/** `waiting` means: not connected, the next try is scheduled. */
export type SocketState = "idle" | "connecting" | "connected" | "waiting" | "stopped";

/** What a close code asks of a client (contract 1.7): give this provider up, back off, or come back soon. */
export type CloseKind = "fatal" | "later" | "soon";

/** One try that failed, or one connection that ended. */
export type Failure = {
  address: Address;
  code: number;
  kind: CloseKind;
  reason: string;
  wasConnected: boolean;
};

/** What signs a private channel (contract 1.9). */
export type ChannelSignature = { auth: string; channel_data?: string };

/** What signs a connection in (contract 1.9). */
export type SignIn = { auth: string; user_data: string };

export type SocketOptions = {
  /** Asked before each try. */
  address(): Address;
  /** An error with `status` 400-499 is surfaced as a refusal, any other is tried again. */
  authorize(socketId: string, channel: string): Promise<ChannelSignature>;
  /** Says who this is; `null`: a channel says so, or it need not be known. */
  introduce?(socketId: string): Promise<SignIn> | null;
  onState?(state: SocketState): void;
  /** Told before the next try is scheduled; may set `socket.attempts` to 0 to have that try soon. */
  onFailure?(failure: Failure): void;
  /** First step of the back-off, milliseconds. */
  reconnectDelayMs?: number;
  /** How to open; tests and the mock give their own. */
  open?(url: string): WebSocket;
};

export type ChannelHandlers = {
  /** An event of the channel; `userId` is whom the server says a whisper is from. */
  onEvent(event: string, data: unknown, userId: string | undefined): void;
  /** Joined, at first and after each reconnect: what was missed has to be fetched now. */
  onJoined?(data: unknown): void;
  /** Not allowed in, or no answer; tried again at the next connection only. */
  onRefused?(error: unknown): void;
};

/** One channel that is wanted, joined or not. */
export type Subscription = {
  readonly channel: string;
  readonly joined: boolean;
  /** Sends a client event; `false` when not joined right now. */
  whisper(event: string, data: unknown): boolean;
  leave(): void;
};

type Channel = Subscription & { joined: boolean; handlers: ChannelHandlers; timer?: Timer | undefined };
type Timer = ReturnType<typeof setTimeout>;
type Frame = { event: string; channel?: string; data?: unknown; user_id?: string };

/** A link that does not speak by then is bad: construction never throws on one (T4). */
const HANDSHAKE_MS = 4_000;
const ACTIVITY_MS = 120_000;
const PONG_MS = 10_000;
/** After sleep the old connection is likely dead; find out soon. */
const WAKE_PONG_MS = 3_000;
const JOIN_MS = 10_000;
/** A connection this old was a success: the back-off starts over. */
const STABLE_MS = 5_000;
export const BACKOFF_CAP_MS = 30_000;
/** Our own "no answer", as browsers report a dead link. */
const NO_ANSWER = 1006;

/** Exponential with full jitter: 0 to `base`·2^(attempt-1), at most 30 s. */
export function backoff(attempt: number, base = 1_000): number {
  return Math.random() * Math.min(BACKOFF_CAP_MS, base * 2 ** Math.max(0, attempt - 1));
}

export function closeKind(code: number): CloseKind {
  if (code >= 4000 && code < 4100) return "fatal";
  return code >= 4200 && code < 4300 ? "soon" : "later";
}

/** Calls `back` whenever the page is likely to have come back: network, tab, page cache. Returns how to stop. */
export function onReturn(back: () => void): () => void {
  const seen = () => document.visibilityState === "visible" && back();
  addEventListener("online", back);
  addEventListener("pageshow", back);
  document.addEventListener("visibilitychange", seen);
  return () => {
    removeEventListener("online", back);
    removeEventListener("pageshow", back);
    document.removeEventListener("visibilitychange", seen);
  };
}

export class Socket {
  state: SocketState = "idle";
  socketId: string | null = null;
  /** Failures since the last connection that lasted. */
  attempts = 0;
  /** Milliseconds of the last ping's round trip. */
  rtt: number | null = null;
  /** When the next try is due, in milliseconds since 1970; `null` while none is. */
  nextAt: number | null = null;
  /** The browser's own object, for people at a console. */
  native: WebSocket | null = null;

  #options: SocketOptions;
  #address: Address = { name: "", url: "" };
  #channels = new Map<string, Channel>();
  #timer: Timer | undefined;
  #alive: Timer | undefined;
  #stable: Timer | undefined;
  #activityMs = ACTIVITY_MS;
  #pingedAt = 0;
  #errorCode = 0;

  constructor(options: SocketOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.state === "idle" || this.state === "stopped") this.#connect();
  }

  stop(): void {
    this.#detach();
    this.#setState("stopped");
  }

  /** The page came back: try at once, or see whether the connection survived. */
  wake(): void {
    if (this.state === "waiting") this.#connect();
    else if (this.state === "connected") this.#ping(WAKE_PONG_MS);
  }

  /** Ends this connection as failed with that code; the next try follows the usual way. */
  drop(code: number, reason: string): void {
    if (this.native) this.#lost(code, reason);
  }

  subscribe(channel: string, handlers: ChannelHandlers): Subscription {
    const entry: Channel = {
      channel,
      handlers,
      joined: false,
      whisper: (event, data) => entry.joined && this.#send({ event, channel, data }),
      leave: () => this.#leave(entry),
    };
    const before = this.#channels.get(channel);
    if (before) this.#leave(before);
    this.#channels.set(channel, entry);
    if (this.state === "connected") void this.#join(entry);
    return entry;
  }

  #leave(entry: Channel): void {
    clearTimeout(entry.timer);
    if (this.#channels.get(entry.channel) !== entry) return;
    this.#channels.delete(entry.channel);
    if (this.state === "connected") {
      this.#send({ event: "pusher:unsubscribe", data: { channel: entry.channel } });
    }
    entry.joined = false;
  }

  #connect(): void {
    this.#detach();
    this.#address = this.#options.address();
    this.#errorCode = 0;
    this.#setState("connecting");
    this.#timer = setTimeout(() => this.#lost(NO_ANSWER, "no answer in time"), HANDSHAKE_MS);
    try {
      const native = (this.#options.open ?? ((url) => new WebSocket(url)))(this.#address.url);
      this.native = native;
      native.onmessage = (message) => this.#receive(String(message.data));
      native.onclose = (close) => this.#lost(this.#errorCode || close.code, close.reason);
    } catch (error) {
      this.#lost(NO_ANSWER, String(error));
    }
  }

  #detach(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#alive);
    clearTimeout(this.#stable);
    for (const entry of this.#channels.values()) {
      clearTimeout(entry.timer);
      entry.joined = false;
    }
    const native = this.native;
    this.native = this.socketId = this.nextAt = null;
    if (!native) return;
    native.onmessage = native.onclose = null;
    native.close();
  }

  #lost(code: number, reason: string): void {
    const wasConnected = this.state === "connected";
    const kind = closeKind(code);
    this.#detach();
    this.attempts++;
    // The state first: whoever is told of the failure sees the channels unjoined.
    this.#setState("waiting");
    this.#options.onFailure?.({ address: this.#address, code, kind, reason, wasConnected });
    if (this.state !== "waiting") return;
    const soonest = code >= 4100 && code < 4200 ? 1_000 : 0;
    // Over capacity (4100-4199): never at once.
    const delay = Math.max(soonest, backoff(this.attempts, this.#options.reconnectDelayMs));
    this.nextAt = Date.now() + delay;
    this.#timer = setTimeout(() => this.#connect(), delay);
  }

  #receive(text: string): void {
    let frame: Frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    this.#heard();
    const data = parsed(frame.data);
    const entry = frame.channel === undefined ? undefined : this.#channels.get(frame.channel);
    switch (frame.event) {
      case "pusher:connection_established":
        return this.#established(data as { socket_id: string; activity_timeout?: number });
      case "pusher:ping":
        this.#send({ event: "pusher:pong", data: {} });
        return;
      case "pusher:pong":
        this.rtt = Date.now() - this.#pingedAt;
        return;
      case "pusher:error":
        return this.#refused(data as { code?: number | null; message?: string } | null);
      case "pusher_internal:subscription_succeeded":
        if (!entry) return;
        clearTimeout(entry.timer);
        entry.joined = true;
        return entry.handlers.onJoined?.(data);
      case "pusher:subscription_error":
        if (!entry) return;
        clearTimeout(entry.timer);
        return entry.handlers.onRefused?.(data);
      default:
        entry?.handlers.onEvent(frame.event, data, frame.user_id);
    }
  }

  #established(hello: { socket_id: string; activity_timeout?: number }): void {
    if (this.state !== "connecting") return;
    clearTimeout(this.#timer);
    this.socketId = hello.socket_id;
    this.#activityMs = Math.min(ACTIVITY_MS, (hello.activity_timeout || 120) * 1_000);
    this.#stable = setTimeout(() => {
      this.attempts = 0;
    }, STABLE_MS);
    this.#heard();
    this.#setState("connected");
    for (const entry of this.#channels.values()) void this.#join(entry);
    void this.#introduce(hello.socket_id);
  }

  /** What fails here is tried at the next connection only: nothing that is shown depends on it. */
  async #introduce(socketId: string): Promise<void> {
    try {
      const signed = await this.#options.introduce?.(socketId);
      if (signed && this.socketId === socketId) this.#send({ event: "pusher:signin", data: signed });
    } catch {}
  }

  /** An error with a closing code before or instead of the close; others leave the connection as it is. */
  #refused(error: { code?: number | null; message?: string } | null): void {
    const code = error?.code ?? 0;
    if (code < 4000 || code >= 4300) return;
    this.#errorCode = code;
    this.#lost(code, error?.message ?? "");
  }

  async #join(entry: Channel, attempt = 1): Promise<void> {
    const socketId = this.socketId;
    const current = () => this.socketId === socketId && this.#channels.get(entry.channel) === entry;
    if (!socketId || !current()) return;
    let signature: ChannelSignature = { auth: "" };
    try {
      if (/^(private|presence)-/.test(entry.channel)) {
        signature = await this.#options.authorize(socketId, entry.channel);
      }
    } catch (error) {
      if (!current()) return;
      const status = (error as { status?: number }).status ?? 0;
      if (status >= 400 && status < 500 && status !== 429) return entry.handlers.onRefused?.(error);
      entry.timer = setTimeout(() => void this.#join(entry, attempt + 1), backoff(attempt + 1));
      return;
    }
    if (!current()) return;
    entry.timer = setTimeout(() => entry.handlers.onRefused?.(new Error("no answer in time")), JOIN_MS);
    this.#send({ event: "pusher:subscribe", data: { channel: entry.channel, ...signature } });
  }

  /** Any frame counts as activity (contract 1.6). */
  #heard(): void {
    clearTimeout(this.#alive);
    this.#alive = setTimeout(() => this.#ping(PONG_MS), this.#activityMs);
  }

  #ping(withinMs: number): void {
    clearTimeout(this.#alive);
    this.#pingedAt = Date.now();
    this.#send({ event: "pusher:ping", data: {} });
    this.#alive = setTimeout(() => this.#lost(NO_ANSWER, "ping not answered"), withinMs);
  }

  #send(frame: Frame): boolean {
    if (this.state !== "connected" || this.native?.readyState !== 1) return false;
    this.native.send(JSON.stringify(frame));
    return true;
  }

  #setState(state: SocketState): void {
    this.state = state;
    this.#options.onState?.(state);
  }
}

/** `data` is normally a string holding JSON (contract 1.2); one that is not JSON stays a string. */
function parsed(data: unknown): unknown {
  if (typeof data !== "string") return data;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}
