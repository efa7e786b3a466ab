// Decides which way facts come: the providers in their order, polling last, and back up again
// (seed B's chain). Knows nothing of facts: whatever arrives goes through one cursor, `Sync`.

import {
  type Address,
  type ChannelSignature,
  type Failure,
  type SignIn,
  Socket,
  type Subscription,
} from "./socket";
import type { ConfigReply, Provider } from "./wire.gen";

/** What a page may say about real time: seed B's `REALTIME_CONFIG` (R7). */
export type RealtimeConfig = {
  providers?: string[];
  pusher?: {
    cluster?: string;
    encrypted?: boolean;
    enabledTransports?: string[];
    disabledTransports?: string[];
  };
  reverb?: { forceTLS?: boolean; encrypted?: boolean; disableStats?: boolean };
  /** Tries before moving to the next provider (C10). */
  reconnectAttempts?: number;
  /** First step of the back-off, milliseconds. */
  reconnectDelay?: number;
};

/** The page, as far as addresses depend on it. */
export type PageAddress = { secure: boolean; host: string };

/** The enabled providers' addresses, in the order to try. TLS follows the page (C8). */
export function addresses(config: ConfigReply, page: PageAddress, wish: RealtimeConfig = {}): Address[] {
  return config.providers
    .filter((name) => !wish.providers || wish.providers.includes(name))
    .flatMap((name) => {
      const provider = name === "pusher" ? config.pusher : config.reverb;
      const url = provider.enabled && provider.key ? address(name, provider, page, wish) : null;
      return url ? [{ name, url }] : [];
    });
}

function address(name: string, provider: Provider, page: PageAddress, wish: RealtimeConfig): string | null {
  const pusher = name === "pusher" ? wish.pusher : undefined;
  const barred = pusher?.disabledTransports ?? [];
  const secure =
    page.secure ||
    provider.scheme === "https" ||
    provider.encrypted === true ||
    wish.reverb?.forceTLS === true;
  const transport = secure ? "wss" : "ws";
  if (barred.includes(transport) || pusher?.enabledTransports?.includes(transport) === false) return null;
  const cluster = pusher?.cluster ?? provider.cluster;
  const host = provider.host || (cluster ? `ws-${cluster}.pusher.com` : page.host);
  return socketUrl({ secure, host, port: provider.port, path: provider.path, key: provider.key ?? "" });
}

/** Contract 1.1. */
export function socketUrl(at: {
  secure: boolean;
  host: string;
  port?: number | undefined;
  path?: string | undefined;
  key: string;
}): string {
  const path = (at.path ?? "").replace(/^\/?/, "/").replace(/\/$/, "");
  const port = at.port ? `:${at.port}` : "";
  const base = `${at.secure ? "wss" : "ws"}://${at.host}${port}${path}`;
  return `${base}/app/${encodeURIComponent(at.key)}?protocol=7&client=js&version=0.1.0&flash=false`;
}

export type TransportOptions = {
  addresses: Address[];
  attempts?: number;
  reconnectDelayMs?: number;
  pollIntervalMs: number;
  /** `provider` says whose secret has to sign (ruling 13). */
  authorize(socketId: string, channel: string, provider: string): Promise<ChannelSignature>;
  /** Says who this is, before there is a channel. Never told a foreign provider: presence is our server's (ruling 13). */
  introduce?(socketId: string): Promise<SignIn> | null;
  /** Asks once for what is missing; rejects when the server was not reached. */
  poll(): Promise<unknown>;
  /** Something in `provider`, `connected` or `polls` changed. */
  onChange?(): void;
  /** For those who ask why: the step that was just added to `trail` (R36, R37). */
  onStep?(step: Step): void;
  /** Is nobody looking? Then polls are rarer (T12). */
  isHidden?(): boolean;
  open?(url: string): WebSocket;
};

/** What happened on the way to a connection; never what was said over it. */
export type Step = {
  kind: "started" | "connected" | "failed" | "joining" | "joined" | "refused";
  /** Milliseconds since 1970. */
  at: number;
  provider: string;
  channel?: string;
  /** How it was closed; 1006 when the browser does not say. */
  code?: number;
  reason?: string;
  /** The connection had stood before. */
  lived?: boolean;
  /** The browser knew of no network. */
  offline?: boolean;
  /** What is tried now instead. */
  next?: string;
};

/** How it stands with the connection, for `status()` and for those who ask why. */
export type Report = {
  attempts: number;
  /** Milliseconds. */
  rtt: number | null;
  /** Does this tab hold the connection itself? */
  leader: boolean;
  /** Without a socket: did the last poll get through? */
  polls: boolean;
  /** When the next try is due, and since when it is as it is; milliseconds since 1970. */
  nextAt: number | null;
  since: number;
  /** The last steps, oldest first. */
  trail: Step[];
};

/** What an engine asks of whatever brings its facts: a transport of its own, or one for all tabs. */
export type Way = Pick<
  Transport,
  | "provider"
  | "connected"
  | "polls"
  | "subscription"
  | "native"
  | "report"
  | "start"
  | "stop"
  | "wake"
  | "listen"
  | "join"
  | "leave"
> & {
  /** What a poll brought, for those who follow this tab. */
  share?(page: unknown): void;
  /** The conversation that was joined last is a new one. */
  began?(): void;
};

export type TransportChannel = {
  onEvent(event: string, data: unknown, userId: string | undefined): void;
  /** (Re)joined: ask for what was missed meanwhile. */
  onJoined(): void;
};

/** A hidden page polls this much more rarely. */
const HIDDEN_POLL_FACTOR = 5;
/** 4009 on a connection that lived: the session behind it ended, a new one is asked for when joining. */
const NOT_AUTHORISED = 4009;
/** Steps that are remembered. */
const TRAIL = 30;

export class Transport {
  readonly socket: Socket;
  /** How facts come now, or what is being tried; `polling` once every provider failed. */
  provider: string;
  /** Is a socket open, and the channel joined if one is wanted? */
  connected = false;
  /** Without a socket: did the last poll get through? */
  polls = false;

  #options: TransportOptions;
  #index = 0;
  #tries = 0;
  #exhausted = false;
  #refused = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #polling = false;
  #stopped = true;
  #channel: Subscription | null = null;
  #trail: Step[] = [];
  #since = Date.now();

  constructor(options: TransportOptions) {
    this.#options = options;
    this.provider = options.addresses[0]?.name ?? "polling";
    this.socket = new Socket({
      address: () => options.addresses[this.#index] as Address,
      authorize: (socketId, channel) => options.authorize(socketId, channel, this.#named()),
      introduce: (socketId) => (this.#named() === "pusher" ? null : (options.introduce?.(socketId) ?? null)),
      onState: (state) => {
        this.#update();
        if (state === "connected") this.#note("connected");
      },
      onFailure: (failure) => this.#failed(failure),
      open: options.open,
      reconnectDelayMs: options.reconnectDelayMs,
    });
  }

  get subscription(): Subscription | null {
    return this.#channel;
  }

  get native(): WebSocket | null {
    return this.socket.native;
  }

  get report(): Report {
    const { attempts, rtt, nextAt } = this.socket;
    return { attempts, rtt, leader: true, polls: this.polls, nextAt, since: this.#since, trail: this.#trail };
  }

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#note("started");
    if (this.#options.addresses.length > 0) return this.socket.start();
    this.#exhausted = true;
    this.#update();
    this.#pollIn(0);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.socket.stop();
  }

  wake(): void {
    if (this.#stopped) return;
    this.socket.wake();
    this.pollNow();
  }

  /** Polls at once if it polls at all. */
  pollNow(): void {
    if (this.#timer !== undefined) this.#pollIn(0);
  }

  /** A channel without facts: nothing waits for it. */
  listen(channel: string, onEvent: TransportChannel["onEvent"]): void {
    this.socket.subscribe(channel, { onEvent });
  }

  /** The one channel facts come by. */
  join(channel: string, handlers: TransportChannel): void {
    this.#note("joining", { channel });
    this.#channel = this.socket.subscribe(channel, {
      onEvent: handlers.onEvent,
      onJoined: () => {
        this.#refused = false;
        this.#update();
        this.#note("joined", { channel });
        handlers.onJoined();
      },
      onRefused: (error) => {
        this.#note("refused", { channel, reason: (error as Error)?.message ?? JSON.stringify(error) });
        this.#refused = true;
        this.socket.drop(4000, "subscription refused");
      },
    });
    this.#update();
  }

  /** No channel is wanted any more; the socket stays. */
  leave(): void {
    this.#channel?.leave();
    this.#channel = null;
    this.#update();
  }

  #failed(failure: Failure): void {
    const lived = failure.wasConnected && !this.#refused;
    this.#refused = false;
    if (lived) this.#tries = 0;
    else this.#tries++;
    const fatal = failure.kind === "fatal" && !(lived && failure.code === NOT_AUTHORISED);
    const limit = this.#exhausted ? 1 : (this.#options.attempts ?? 5);
    const next = fatal || this.#tries >= limit ? this.#next() : undefined;
    const { address, code, reason, wasConnected } = failure;
    this.#note("failed", {
      provider: address.name,
      code,
      reason,
      lived: wasConnected,
      offline: globalThis.navigator?.onLine === false,
      next,
    });
    this.#pollIn(this.#exhausted ? 0 : this.#options.pollIntervalMs, true);
    this.#update();
  }

  /** The next provider at once; after the last one polling, and the first again with back-off. Says where to. */
  #next(): string | undefined {
    const { addresses } = this.#options;
    const before = this.#exhausted;
    this.#tries = 0;
    this.#index = (this.#index + 1) % addresses.length;
    if (this.#index === 0) this.#exhausted = true;
    else if (!before) this.socket.attempts = 0;
    if (before) return undefined;
    return this.#exhausted ? "polling" : this.#named();
  }

  #update(): void {
    const { connected, provider } = this;
    this.connected = this.socket.state === "connected" && (!this.#channel || this.#channel.joined);
    if (this.connected) {
      this.#exhausted = this.polls = false;
      this.#tries = 0;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    this.provider = this.#exhausted ? "polling" : this.#named();
    if (connected !== this.connected || provider !== this.provider) this.#since = Date.now();
    this.#options.onChange?.();
  }

  /** Polls bridge every time without a socket; `soon` leaves a poll that is due earlier. */
  #pollIn(delayMs: number, unlessDue = false): void {
    if (unlessDue && this.#timer !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#poll(), delayMs);
  }

  async #poll(): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    const polls = await this.#options.poll().then(
      () => true,
      () => false,
    );
    this.#polling = false;
    if (this.connected || this.#stopped) return;
    const changed = polls !== this.polls;
    this.polls = polls;
    // The server is back: the socket need not wait out its back-off.
    if (changed && polls && this.#exhausted) this.socket.wake();
    const factor = this.#options.isHidden?.() ? HIDDEN_POLL_FACTOR : 1;
    this.#pollIn(this.#options.pollIntervalMs * factor);
    if (changed) this.#options.onChange?.();
  }

  #named(): string {
    return this.#options.addresses[this.#index]?.name ?? "polling";
  }

  #note(kind: Step["kind"], more: Partial<Step> = {}): void {
    const step = { kind, at: Date.now(), provider: this.#named(), ...more };
    this.#trail = [...this.#trail.slice(1 - TRAIL), step];
    this.#options.onStep?.(step);
  }
}
