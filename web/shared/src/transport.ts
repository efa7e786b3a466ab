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
  /** Lines for a developer's console (R36, R37). */
  log?(line: string): void;
  /** Is nobody looking? Then polls are rarer (T12). */
  isHidden?(): boolean;
  open?(url: string): WebSocket;
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

  constructor(options: TransportOptions) {
    this.#options = options;
    this.provider = options.addresses[0]?.name ?? "polling";
    this.socket = new Socket({
      address: () => options.addresses[this.#index] as Address,
      authorize: (socketId, channel) => options.authorize(socketId, channel, this.#named()),
      introduce: (socketId) => (this.#named() === "pusher" ? null : (options.introduce?.(socketId) ?? null)),
      onState: (state) => {
        this.#update();
        if (state === "connected") this.#log(`✓ ${capital(this.#named())} real-time connected`);
      },
      onFailure: (failure) => this.#failed(failure),
      ...(options.open ? { open: options.open } : {}),
      ...(options.reconnectDelayMs === undefined ? {} : { reconnectDelayMs: options.reconnectDelayMs }),
    });
  }

  get subscription(): Subscription | null {
    return this.#channel;
  }

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
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
    if (this.#timer !== undefined) this.#pollIn(0);
  }

  /** The one channel facts come by. */
  join(channel: string, handlers: TransportChannel): void {
    this.#log(`🔌 Subscribing to channel: ${channel.replace(/^private-/, "")}`);
    this.#channel = this.socket.subscribe(channel, {
      onEvent: handlers.onEvent,
      onJoined: () => {
        this.#refused = false;
        this.#update();
        this.#log(
          `✓ Subscribed to real-time channel: ${channel.replace(/^private-/, "")} via ${this.provider}`,
        );
        handlers.onJoined();
      },
      onRefused: (error) => {
        this.#log(`Subscription error: ${(error as Error)?.message ?? JSON.stringify(error)}`);
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
    if (fatal || this.#tries >= limit) this.#next(failure);
    this.#pollIn(this.#exhausted ? 0 : this.#options.pollIntervalMs, true);
    this.#update();
  }

  /** The next provider at once; after the last one polling, and the first again with back-off. */
  #next({ address, reason, code }: Failure): void {
    const { addresses } = this.#options;
    this.#tries = 0;
    this.#index = (this.#index + 1) % addresses.length;
    if (this.#index > 0 && !this.#exhausted) this.socket.attempts = 0;
    const then = this.#index > 0 ? `trying ${addresses[this.#index]?.name}` : "falling back to polling";
    if (!this.#exhausted) {
      this.#log(`${capital(address.name)} initialization failed (${reason || `code ${code}`}), ${then}...`);
    }
    if (this.#index === 0) this.#exhausted = true;
  }

  #update(): void {
    this.connected = this.socket.state === "connected" && (!this.#channel || this.#channel.joined);
    if (this.connected) {
      this.#exhausted = this.polls = false;
      this.#tries = 0;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    this.provider = this.#exhausted ? "polling" : this.#named();
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

  #log(line: string): void {
    this.#options.log?.(line);
  }
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
