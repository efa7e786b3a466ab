// Decides when the server hears what a page says of its visitor: once there is a conversation, and not before
// (ruling 9); then in order, and again until it got through. Knows nothing of what agents make of it.

import { RefusalError } from "@frontdesk/shared/api";
import { randomId } from "@frontdesk/shared/outbox";
import type { Attribute, TrackedEvent, WebsiteSays } from "@frontdesk/shared/wire.gen";
import type { Engine } from "../engine";
import type { PageCall } from "../surface";

/** Events that wait, the last of them; as many as the server takes at once. */
const MOST_EVENTS = 20;
const MOST_CHARS = 500;
const AGAIN_MS = 5_000;
const AGAIN_MAX_MS = 300_000;

type Attributes = Record<string, Attribute | null>;

/** Of each visitor; whoever comes after them begins anew. */
const told = new WeakMap<Engine, Website>();

/** What the page said goes to the agents of this visitor, until `signal`. */
export function hear(calls: PageCall[], engine: Engine, signal: AbortSignal): void {
  const website = told.get(engine) ?? new Website(engine, signal);
  told.set(engine, website);
  website.take(calls);
}

class Website {
  #engine: Engine;
  #signal: AbortSignal;
  /** All that was said of the person: another conversation hears it again. */
  #person: Attributes = {};
  /** What is not said yet. */
  #visitor: Attributes = {};
  #conversation: Attributes = {};
  #tags = new Map<string, boolean>();
  #events: TrackedEvent[] = [];
  /** On its way, or to be tried again. */
  #saying: WebsiteSays | null = null;
  #isBusy = false;
  #heardIn: string | undefined;
  #failures = 0;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(engine: Engine, signal: AbortSignal) {
    this.#engine = engine;
    this.#signal = signal;
    engine.subscribe(() => this.#go());
    signal.addEventListener("abort", () => clearTimeout(this.#again));
  }

  take(calls: PageCall[]): void {
    for (const [name, what, props] of calls) this.#hear(name, what, props);
    this.#go();
  }

  get #isOver(): boolean {
    return this.#engine.stopped || this.#signal.aborted;
  }

  #hear(name: string, what: unknown, props: unknown): void {
    if (name === "setAttributes") {
      Object.assign(this.#visitor, attributes(what));
      Object.assign(this.#person, this.#visitor);
    } else if (name === "setConversationAttributes") Object.assign(this.#conversation, attributes(what));
    else if (name === "track") this.#track(String(what), attributes(props));
    // The last word on a tag counts.
    else this.#tags.set(String(what), name === "addTag");
  }

  #track(name: string, given: Attributes): void {
    const said = Object.entries(given).filter(([, value]) => value !== null);
    const props = Object.fromEntries(said) as Record<string, Attribute>;
    this.#events = [...this.#events, { client_id: randomId(), name, props }].slice(-MOST_EVENTS);
  }

  #go(): void {
    const id = this.#engine.state.thread?.conversation.id;
    if (!id || this.#isBusy || this.#again || this.#isOver) return;
    if (this.#heardIn !== id) this.#visitor = { ...this.#person };
    this.#heardIn = id;
    this.#saying ??= this.#next();
    if (this.#saying) void this.#say(this.#saying);
  }

  /** A tag goes by itself: whoever names one that agents do not have loses nothing else. */
  #next(): WebsiteSays | null {
    const says: WebsiteSays = {};
    if (hasAny(this.#visitor)) says.visitor = this.#visitor;
    if (hasAny(this.#conversation)) says.conversation = this.#conversation;
    if (this.#events.length > 0) says.events = this.#events;
    if (hasAny(says)) {
      [this.#visitor, this.#conversation, this.#events] = [{}, {}, []];
      return says;
    }
    for (const [tag, isOn] of this.#tags) {
      this.#tags.delete(tag);
      return isOn ? { add_tags: [tag] } : { remove_tags: [tag] };
    }
    return null;
  }

  async #say(says: WebsiteSays): Promise<void> {
    this.#isBusy = true;
    try {
      await this.#engine.tell("website", says);
      this.#failures = 0;
      this.#saying = null;
    } catch (error) {
      if (error instanceof RefusalError && error.problem.retry === "no") {
        this.#saying = null;
        console.warn(`Frontdesk: ${error.message} ${error.problem.detail ?? ""}`, says);
      } else if (!this.#isOver) this.#later(error);
    }
    this.#isBusy = false;
    this.#go();
  }

  #later(error: unknown): void {
    const wait = (error as Partial<RefusalError>).retryAfterMs ?? AGAIN_MS * 2 ** this.#failures++;
    this.#again = setTimeout(
      () => {
        this.#again = undefined;
        this.#go();
      },
      Math.min(wait, AGAIN_MAX_MS),
    );
  }
}

function hasAny(what: object): boolean {
  return Object.keys(what).length > 0;
}

/** Texts, numbers and yes or no; of anything else its JSON. What is absent is taken away. */
function attributes(given: unknown): Attributes {
  const entries = Object.entries((given ?? {}) as Record<string, unknown>);
  return Object.fromEntries(entries.map(([name, value]) => [name, attribute(value)]));
}

function attribute(value: unknown): Attribute | null {
  const plain = json(value);
  if (plain === null || typeof plain === "boolean" || typeof plain === "number") return plain;
  const text = typeof plain === "string" ? plain : JSON.stringify(plain);
  return [...text].slice(0, MOST_CHARS).join("");
}

/** What has no JSON, or goes round in circles, is nothing. */
function json(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value) ?? "null");
  } catch {
    return null;
  }
}
