// Decides which of a visitor's tabs holds the socket, and what the others hear of it (ruling 14): whoever
// has the Web Lock leads, the rest follow by BroadcastChannel. Knows nothing of facts beyond their number.

import { randomId } from "@frontdesk/shared/outbox";
import {
  type Report,
  Transport,
  type TransportChannel,
  type TransportOptions,
  type Way,
} from "@frontdesk/shared/transport";

export type TabsOptions = TransportOptions & {
  /** The same in all tabs with this widget. */
  name: string;
  /** Tabs of another visitor have a socket of their own: theirs may not hear what is said here. */
  visitorId: string;
  locks: LockManager;
  /** Proves to a tab that opens later that it is the same visitor's; nothing is stored for that (ruling 9). */
  secret(): string | undefined;
  /** What the leader's poll brought for the conversation shown here. */
  onPage(page: unknown): void;
  /** Another tab began this conversation, and there has been none here. */
  onBegun(channel: string): void;
};

/** How the leader stands; every word of it proves that it lives. */
type State = Pick<Transport, "provider" | "polls"> & {
  report: Report;
  /** Is the socket open? */
  open: boolean;
  joined: string[];
  /** Seq of the last fact heard, by channel: whoever heard less has missed something. */
  heads: Record<string, number>;
};

type Word =
  // Of the leader.
  | ({ kind: "state" } & State)
  | { kind: "event"; channel: string; event: string; data: unknown; userId: string | undefined }
  | { kind: "page"; channel: string; page: unknown }
  | { kind: "polled"; channel: string | null }
  | { kind: "refused"; channel: string }
  // Of those who follow. `want` is also the question whether the leader lives.
  | { kind: "want"; channel: string | null; hidden: boolean }
  | { kind: "gone" }
  | { kind: "whisper"; channel: string; event: string; data: unknown }
  | { kind: "wake" }
  | { kind: "nudge" }
  // Of anybody.
  | { kind: "began"; channel: string }
  | { kind: "who" }
  | { kind: "secret"; secret: string };
type Sent = Word & { from: string; visitorId: string };

/** Who follows, as the leader knows them. */
type Follower = { channel: string | null; hidden: boolean; at: number };

/** The leader is asked this often whether it lives. */
const ASK_MS = 10_000;
/** A leader that says nothing for so long does not lead: it is frozen, or stands in a debugger. */
const ANSWER_MS = 3_000;
/** Whoever was deposed is more patient from then on: on a machine that is slow for all, none is to blame. */
const PATIENCE_MS = 60_000;
/** Timers of hidden tabs run once a minute; one that asked for nothing for longer is gone. */
const FORGET_MS = 180_000;
/** A tab that just opened waits at most this long for another's word on who the visitor is. */
const SECRET_MS = 1_000;
/** And so long for one that is opening itself. */
const OPENING_MS = 4_000;

/** Of the words below; tabs that were loaded before an upgrade keep to themselves. */
const VERSION = 1;
const lineName = (name: string) => `${name}:tabs:${VERSION}`;
const lockName = (name: string, visitorId: string) => `${lineName(name)}:${visitorId}`;

/** Ends the turn of this page, by name; see `inTurn`. */
const turns = new Map<string, () => void>();

/** Of tabs that open at the same time one asks the server who it is, and the next one asks that tab. */
function inTurn(name: string, locks: LockManager): Promise<void> {
  return new Promise((go) => {
    const turn = () =>
      new Promise<void>((end) => {
        const late = setTimeout(end, OPENING_MS);
        turns.set(name, () => {
          clearTimeout(late);
          end();
        });
        go();
      });
    locks.request(`${name}:opening`, { signal: AbortSignal.timeout(OPENING_MS) }, turn).catch(() => go());
  });
}

/** The secret of the visitor of another open tab that has stored nothing yet; `undefined` when there is none. */
export async function secretElsewhere(name: string, locks: LockManager): Promise<string | undefined> {
  await inTurn(name, locks);
  const { held = [] } = await locks.query();
  if (!held.some((lock) => lock.name?.startsWith(lockName(name, "")))) return undefined;
  const line = new BroadcastChannel(lineName(name));
  let late: number | undefined;
  return new Promise<string | undefined>((resolve) => {
    line.onmessage = ({ data }: MessageEvent<Sent>) => data.kind === "secret" && resolve(data.secret);
    line.postMessage({ kind: "who", from: randomId(), visitorId: "" } satisfies Sent);
    late = window.setTimeout(resolve, SECRET_MS);
  }).finally(() => {
    clearTimeout(late);
    line.close();
  });
}

/** What an engine takes for its transport; only one of all tabs has a socket behind it. */
export class Tabs implements Way {
  #options: TabsOptions;
  #me = randomId();
  #line: BroadcastChannel | null = null;
  /** Ours: we lead, or are on our own. */
  #transport: Transport | null = null;
  /** Gives the lock back; `null` unless we lead. */
  #free: (() => void) | null = null;
  #waiting: AbortController | null = null;
  #alone = false;
  #stopped = true;
  #channel: { name: string; handlers: TransportChannel } | null = null;
  #hadChannel = false;
  #doors = new Map<string, TransportChannel["onEvent"]>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  // While we follow.
  #leader: (State & { from: string }) | null = null;
  #askedAt = 0;
  #answered = true;
  #patienceMs = ANSWER_MS;
  #isJoined = false;

  // While we lead.
  #followers = new Map<string, Follower>();
  /** Conversations of others that are not ours. */
  #others = new Map<
    string,
    { joined: boolean; leave(): void; whisper(event: string, data: unknown): boolean }
  >();
  #polledAt = 0;

  #heads: Record<string, number> = {};

  constructor(options: TabsOptions) {
    this.#options = options;
  }

  get provider(): string {
    return (this.#transport ?? this.#leader)?.provider ?? this.#options.addresses[0]?.name ?? "polling";
  }

  get connected(): boolean {
    if (this.#transport) return this.#transport.connected;
    return this.#leader?.open === true && (!this.#channel || this.#isJoined);
  }

  get polls(): boolean {
    return (this.#transport ?? this.#leader)?.polls ?? false;
  }

  get native(): WebSocket | null {
    return this.#transport?.native ?? null;
  }

  get subscription(): Way["subscription"] {
    if (this.#transport) return this.#transport.subscription;
    const channel = this.#channel?.name;
    if (channel === undefined) return null;
    return {
      channel,
      joined: this.#isJoined,
      whisper: (event, data) => {
        if (this.connected) this.#say({ kind: "whisper", channel, event, data });
        return this.connected;
      },
      leave: () => this.leave(),
    };
  }

  get report(): Report {
    if (this.#transport) return this.#transport.report;
    const unknown = { attempts: 0, rtt: null, polls: false, nextAt: null, since: this.#askedAt, trail: [] };
    return { ...(this.#leader?.report ?? unknown), leader: false };
  }

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    addEventListener("pagehide", this.#pause);
    document.addEventListener("freeze", this.#pause);
    document.addEventListener("resume", this.#resume);
    this.#resume();
  }

  stop(): void {
    this.#stopped = true;
    removeEventListener("pagehide", this.#pause);
    document.removeEventListener("freeze", this.#pause);
    document.removeEventListener("resume", this.#resume);
    this.#pause();
    this.#transport?.stop();
  }

  wake(): void {
    if (this.#stopped) return;
    this.#resume();
    if (this.#transport) return this.#transport.wake();
    this.#say({ kind: "wake" });
    this.#ask();
  }

  listen(channel: string, onEvent: TransportChannel["onEvent"]): void {
    this.#doors.set(channel, onEvent);
    if (this.#transport) this.#listen(channel);
  }

  join(name: string, handlers: TransportChannel): void {
    this.#channel = { name, handlers };
    this.#hadChannel = true;
    this.#isJoined = false;
    if (this.#transport) this.#join();
    else this.#ask();
    this.#tell();
  }

  leave(): void {
    this.#channel = null;
    this.#isJoined = false;
    this.#transport?.leave();
    if (this.#transport) this.#serve();
    else this.#ask();
    this.#tell();
  }

  /** The conversation here was begun just now. */
  began(): void {
    if (this.#channel) this.#say({ kind: "began", channel: this.#channel.name });
  }

  /** What our own poll brought. */
  share(page: unknown): void {
    if (this.#free && this.#channel) this.#say({ kind: "page", channel: this.#channel.name, page });
  }

  /** A page that may be kept in memory, or is on its way out, must not hold the lock: it may never run again. */
  #pause = (): void => {
    if (this.#alone || !this.#line) return;
    this.#say({ kind: "gone" });
    clearTimeout(this.#timer);
    this.#waiting?.abort();
    this.#line.close();
    this.#line = null;
    this.#abdicate();
    this.#leader = null;
  };

  #resume = (): void => {
    if (this.#alone || this.#line || this.#stopped) return;
    this.#line = new BroadcastChannel(lineName(this.#options.name));
    this.#line.onmessage = ({ data }: MessageEvent<Sent>) => this.#hear(data);
    this.#ask();
    this.#queue();
    // From here on we answer whoever asks.
    turns.get(this.#options.name)?.();
  };

  // ---- who leads

  #queue(): void {
    const waiting = new AbortController();
    this.#waiting = waiting;
    this.#request({ signal: waiting.signal }, () => waiting.signal.aborted);
  }

  /** The leader does not answer. It finds out that it was deposed when it runs again. */
  #steal(): void {
    this.#waiting?.abort();
    this.#waiting = null;
    this.#request({ steal: true }, () => false);
  }

  #request(how: LockOptions, isOver: () => boolean): void {
    const { name, visitorId, locks } = this.#options;
    const line = this.#line;
    // Granted to a page that was put aside meanwhile: not wanted any more.
    const hold = () => (line && line === this.#line && !isOver() ? this.#lead() : undefined);
    locks.request(lockName(name, visitorId), how, hold).catch((error: Error) => {
      if (isOver() || line !== this.#line || !line) return;
      // Not taken from us but refused: a sandboxed page has no locks.
      if (error.name !== "AbortError") return this.#goAlone();
      this.#patienceMs = Math.min(PATIENCE_MS, 2 * this.#patienceMs);
      this.#abdicate();
      this.#ask();
      this.#queue();
    });
  }

  /** Ends when we lead no more. */
  #lead(): Promise<void> {
    this.#leader = null;
    clearTimeout(this.#timer);
    this.#connect({
      ...this.#options,
      isHidden: () => this.#isHidden() && [...this.#followers.values()].every((one) => one.hidden),
      poll: async () => {
        this.#polledAt = Date.now();
        const brought = await this.#options.poll();
        this.#say({ kind: "polled", channel: this.#channel?.name ?? null });
        this.#tell();
        return brought;
      },
      onChange: () => {
        this.#tell();
        this.#options.onChange?.();
      },
    });
    return new Promise((free) => {
      this.#free = free;
      // Whoever follows says now what they need.
      this.#tell();
    });
  }

  #abdicate(): void {
    this.#free?.();
    this.#free = null;
    this.#transport?.stop();
    this.#transport = null;
    this.#isJoined = false;
    this.#followers.clear();
    this.#others.clear();
    if (!this.#stopped) this.#options.onChange?.();
  }

  #connect(options: TransportOptions): void {
    this.#transport = new Transport(options);
    for (const channel of this.#doors.keys()) this.#listen(channel);
    if (this.#channel) this.#join();
    this.#transport.start();
  }

  /** What the leader could not have for us, we try to have ourselves. */
  #goAlone(): void {
    this.#pause();
    this.#alone = true;
    this.#connect(this.#options);
  }

  // ---- leading

  #listen(channel: string): void {
    this.#transport?.listen(channel, (event, data, userId) => {
      this.#doors.get(channel)?.(event, data, userId);
      this.#say({ kind: "event", channel, event, data, userId });
    });
  }

  #join(): void {
    const channel = this.#channel;
    if (!channel || !this.#transport) return;
    this.#others.delete(channel.name);
    this.#transport.join(channel.name, {
      onEvent: (event, data, userId) => {
        this.#passed(channel.name, event, data, userId);
        channel.handlers.onEvent(event, data, userId);
      },
      onJoined: () => {
        this.#tell();
        channel.handlers.onJoined();
      },
    });
    this.#serve();
  }

  /** Followers' conversations that are not ours are joined while somebody wants them. */
  #serve(): void {
    const { socket } = this.#transport ?? {};
    if (!this.#free || !socket) return;
    const wanted = new Set([...this.#followers.values()].map((one) => one.channel));
    wanted.delete(null);
    wanted.delete(this.#channel?.name ?? null);
    for (const [channel, one] of this.#others) {
      if (wanted.has(channel)) continue;
      one.leave();
      this.#others.delete(channel);
    }
    for (const channel of wanted as Set<string>) {
      if (this.#others.has(channel)) continue;
      const subscription = socket.subscribe(channel, {
        onEvent: (event, data, userId) => this.#passed(channel, event, data, userId),
        onJoined: () => this.#tell(),
        onRefused: () => this.#say({ kind: "refused", channel }),
      });
      this.#others.set(channel, subscription);
    }
  }

  #passed(channel: string, event: string, data: unknown, userId: string | undefined): void {
    this.#note(channel, data);
    this.#say({ kind: "event", channel, event, data, userId });
  }

  #tell(): void {
    const transport = this.#transport;
    if (!this.#free || !transport) return;
    const own = transport.subscription;
    const joined = [...this.#others].filter(([, one]) => one.joined).map(([channel]) => channel);
    if (own?.joined) joined.push(own.channel);
    const { provider, polls, report } = transport;
    const open = transport.socket.state === "connected";
    this.#say({ kind: "state", provider, polls, report, open, joined, heads: this.#heads });
  }

  #heardOfFollower(from: string, channel: string | null, hidden: boolean): void {
    if (!this.#free) return;
    const now = Date.now();
    this.#followers.set(from, { channel, hidden, at: now });
    for (const [one, { at }] of this.#followers) if (now - at > FORGET_MS) this.#followers.delete(one);
    this.#serve();
    this.#tell();
  }

  // ---- following

  /** Says what we need; any word of the leader is the answer. */
  #ask(): void {
    if (this.#free || this.#alone) return;
    this.#askedAt = Date.now();
    this.#answered = false;
    this.#say({ kind: "want", channel: this.#channel?.name ?? null, hidden: this.#isHidden() });
    this.#later();
  }

  #later(): void {
    clearTimeout(this.#timer);
    const pace = this.#leader?.open === false ? this.#options.pollIntervalMs : ASK_MS;
    this.#timer = setTimeout(() => this.#tick(), this.#answered ? pace : this.#patienceMs);
  }

  #tick(): void {
    if (this.#free || this.#alone || !this.#line) return;
    if (!this.#answered) this.#steal();
    else if (Date.now() - this.#askedAt >= ASK_MS) return this.#ask();
    // Timers of a hidden leader are slow, words are not: a tab that is looked at sets the pace.
    else if (this.#leader?.open === false && !this.#isHidden()) this.#say({ kind: "nudge" });
    this.#answered = true;
    this.#later();
  }

  #heardState(leader: State & { from: string }): void {
    if (this.#free || this.#alone) return;
    const isNew = this.#leader?.from !== leader.from;
    const opened = this.#leader?.open !== leader.open;
    this.#leader = leader;
    const name = this.#channel?.name;
    const was = this.#isJoined;
    this.#isJoined = name !== undefined && leader.joined.includes(name);
    if (isNew) this.#ask();
    this.#answered = true;
    if (opened) this.#later();
    this.#options.onChange?.();
    if (name === undefined) return;
    const missed = (leader.heads[name] ?? 0) > (this.#heads[name] ?? 0);
    this.#heads = { ...this.#heads, ...leader.heads };
    if (this.#isJoined && (!was || missed)) this.#channel?.handlers.onJoined();
  }

  #heardEvent({ channel, event, data, userId }: Extract<Word, { kind: "event" }>): void {
    if (this.#free || this.#alone) return;
    this.#doors.get(channel)?.(event, data, userId);
    if (channel !== this.#channel?.name) return;
    this.#note(channel, data);
    this.#channel.handlers.onEvent(event, data, userId);
  }

  // ---- words

  #hear(word: Sent): void {
    if (word.kind === "who") return this.#introduce();
    if (word.visitorId !== this.#options.visitorId) return;
    if (word.from === this.#leader?.from) this.#answered = true;
    const own = this.#channel?.name;
    switch (word.kind) {
      case "state":
        return this.#heardState(word);
      case "want":
        return this.#heardOfFollower(word.from, word.channel, word.hidden);
      case "began":
        if (!this.#hadChannel) this.#options.onBegun(word.channel);
        return;
      case "event":
        return this.#heardEvent(word);
      case "page":
        if (!this.#free && word.channel === own) this.#options.onPage(word.page);
        return;
      case "polled":
        // Theirs is another conversation: ours is asked for at the same pace.
        if (!this.#free && own && word.channel !== own) void this.#options.poll().catch(() => {});
        return;
      case "refused":
        if (!this.#free && word.channel === own) this.#goAlone();
        return;
      case "gone":
        if (this.#followers.delete(word.from)) this.#serve();
        return;
      case "whisper":
        return this.#whisper(word);
      case "wake":
        if (this.#free) this.#transport?.wake();
        return;
      case "nudge":
        return this.#nudged();
      case "secret":
        return;
    }
  }

  #whisper({ channel, event, data }: Extract<Word, { kind: "whisper" }>): void {
    if (!this.#free) return;
    const own = this.#channel?.name === channel ? this.#transport?.subscription : null;
    (own ?? this.#others.get(channel))?.whisper(event, data);
  }

  /** What was due is done now. */
  #nudged(): void {
    const transport = this.#transport;
    if (!this.#free || !transport) return;
    const now = Date.now();
    const { nextAt } = transport.report;
    if (nextAt !== null && now > nextAt) transport.wake();
    else if (now - this.#polledAt >= this.#options.pollIntervalMs) transport.pollNow();
  }

  #introduce(): void {
    const secret = this.#options.secret();
    if (secret) this.#say({ kind: "secret", secret });
  }

  #say(word: Word): void {
    const sent: Sent = { ...word, from: this.#me, visitorId: this.#options.visitorId };
    this.#line?.postMessage(sent);
  }

  /** Facts have a number; the last one heard says whether something was missed. */
  #note(channel: string, data: unknown): void {
    const seq = (data as { seq?: unknown } | null)?.seq;
    if (typeof seq === "number" && seq > (this.#heads[channel] ?? 0)) this.#heads[channel] = seq;
  }

  #isHidden(): boolean {
    return this.#options.isHidden?.() ?? false;
  }
}
