// Decides when a written message is sent, sent again, or given up: in order, once, over reloads.
// Knows nothing of conversations; the caller sends, the caller draws.

import { RefusalError } from "./api";
import { backoff } from "./socket";
import type { LocalFile, LocalMessage } from "./store";
import type { MessageKind } from "./wire.gen";

/** Where unsent messages survive a reload. May throw; then they live in memory. */
export type OutboxStorage = { load(): LocalMessage[]; save(messages: LocalMessage[]): void };

export type OutboxOptions = {
  /** Resolves when the server has it. The `client_id` makes a second try the same message. */
  send(message: LocalMessage): Promise<void>;
  /** The message is now so; draw it. */
  onChange(message: LocalMessage): void;
  storage?: OutboxStorage;
};

/** What a message may have beside its text. */
export type Written = Pick<LocalMessage, "conversation_id" | "reply_to" | "files">;

export class Outbox {
  #options: OutboxOptions;
  #queue: LocalMessage[] = [];
  #sending = false;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#queue = attempt(() => options.storage?.load() ?? [], []);
  }

  /** What is waiting or failed, oldest first; what `storage` gave included. */
  get messages(): readonly LocalMessage[] {
    return this.#queue;
  }

  add(message: string, kind: MessageKind = "text", more: Written = {}): LocalMessage {
    const entry: LocalMessage = {
      ...more,
      client_id: randomId(),
      message,
      kind,
      timestamp: new Date().toISOString(),
      delivery: "pending",
      problem: null,
    };
    this.#queue.push(entry);
    this.#changed(entry);
    this.wake();
    return entry;
  }

  /** Sends a failed one again, in its old place. */
  retry(clientId: string): void {
    const entry = this.#queue.find((one) => one.client_id === clientId);
    if (entry?.delivery !== "failed") return;
    this.#update(clientId, { delivery: "pending", problem: null });
    this.wake();
  }

  /** What was learnt while sending, such as how far its files are; kept over a reload. */
  amend(clientId: string, change: { conversation_id?: string; files?: LocalFile[] }): void {
    this.#update(clientId, change);
  }

  discard(clientId: string): void {
    this.#queue = this.#queue.filter((one) => one.client_id !== clientId);
    this.#save();
  }

  /** Try now: the page came back, or what was missing is there. */
  wake(): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    if (!this.#sending) void this.#work();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #work(): Promise<void> {
    this.#sending = true;
    for (let next = this.#next(); next && !this.#stopped; next = this.#next()) {
      try {
        await this.#options.send(next);
        this.#attempt = 0;
        this.discard(next.client_id);
        this.#options.onChange({ ...next, delivery: "sent" });
      } catch (error) {
        // Discarded while it was being sent: nothing is owed for it.
        if (!this.#has(next.client_id)) continue;
        const wait = waitFor(error, ++this.#attempt);
        if (wait !== null) {
          if (!this.#stopped) this.#timer = setTimeout(() => this.wake(), wait);
          break;
        }
        this.#attempt = 0;
        this.#update(next.client_id, { delivery: "failed", problem: (error as Error).message });
      }
    }
    this.#sending = false;
  }

  #next(): LocalMessage | undefined {
    return this.#queue.find((one) => one.delivery === "pending");
  }

  #has(clientId: string): boolean {
    return this.#queue.some((one) => one.client_id === clientId);
  }

  #update(clientId: string, change: Partial<LocalMessage>): void {
    const entry = this.#queue.find((one) => one.client_id === clientId);
    if (!entry) return;
    const changed = { ...entry, ...change };
    this.#queue = this.#queue.map((one) => (one === entry ? changed : one));
    this.#changed(changed);
  }

  #changed(entry: LocalMessage): void {
    this.#save();
    this.#options.onChange(entry);
  }

  #save(): void {
    attempt(() => this.#options.storage?.save(this.#queue), undefined);
  }
}

/** Milliseconds until the next try; `null` when trying again cannot help. */
function waitFor(error: unknown, attempts: number): number | null {
  if (!(error instanceof RefusalError)) return backoff(attempts + 1);
  if (error.status < 500 && error.status !== 429 && error.status !== 408) return null;
  return Math.max(error.retryAfterMs ?? 0, backoff(attempts + 1));
}

function attempt<T>(what: () => T, otherwise: T): T {
  try {
    return what();
  } catch {
    return otherwise;
  }
}

/** 128 random bits; `randomUUID` is missing on pages without TLS. */
export function randomId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
