// Decides what the development build and the editor's preview talk to: a pretended server with mock data on timers
// (R3). Never part of a built widget; flipping `USE_WEBSOCKETS` to the real server changes no view.

import type {
  AgentFace,
  ChatMessage,
  ConfigReply,
  SessionReply,
  VisitorEvent,
  VisitorPage,
} from "@frontdesk/shared/wire.gen";
import type { Environment } from "./surface";

/** `?live` in the address of the development page: the real server, through the dev server's proxy. */
const USE_WEBSOCKETS = new URLSearchParams(location.search).has("live");

export function environment(): Environment {
  return USE_WEBSOCKETS ? {} : new MockServer().environment();
}

const BEN: AgentFace = { id: "agt_ben", name: "Ben Okafor", avatar: null };
const ID = "cnv_mock";
const CHANNEL = `private-chat.conversation.${ID}`;

/** How much of their usual delays a network and a person have here. */
type Pace = { network: number; person: number };

/** Answers as a server would that has these settings. */
export class MockServer {
  readonly #config: ConfigReply;
  readonly #pace: Pace;
  #events: VisitorEvent[] = [];
  #line: MockLine | null = null;
  #started = false;

  constructor(config: ConfigReply = CONFIG, pace: Pace = { network: 1, person: 1 }) {
    this.#config = config;
    this.#pace = pace;
  }

  #later(ms: number): Promise<void> {
    return later(ms * this.#pace.person);
  }

  environment(): Environment {
    return {
      fetch: async (input, init) => {
        await later(150 * this.#pace.network);
        const body = init?.body ? JSON.parse(String(init.body)) : {};
        const reply = this.#answer(new URL(String(input), location.href), init?.method ?? "GET", body);
        return new Response(JSON.stringify(reply), { status: 200 });
      },
      carry: async ({ onSent, body, signal }) => {
        const bytes = body instanceof Blob ? body.size : 0;
        for (let part = 1; part <= 5; part++) {
          await later(250 * this.#pace.network);
          if (signal.aborted) throw new TypeError("aborted");
          onSent?.((bytes * part) / 5);
        }
        return { status: 201, text: JSON.stringify({ id: "att_mock", attachment: {} }), retryAfter: null };
      },
      open: () => {
        this.#line = new MockLine(this.#pace.network);
        return this.#line as unknown as WebSocket;
      },
    };
  }

  #answer(
    url: URL,
    method: string,
    body: { message?: string; client_id?: string; message_id?: string; score?: number; comment?: string },
  ): unknown {
    const path = url.pathname;
    if (path.endsWith("/config")) return this.#config;
    if (path.endsWith("/session")) return SESSION;
    if (path.endsWith("/messages")) return { success: true, message: this.#posted(body) };
    if (path.endsWith("/auth")) return { auth: "mock:mock", channel_data: "{}" };
    if (/\/(typing|read|delivered)$/.test(path)) return { success: true };
    if (path.endsWith("/conversations")) return { success: true, conversations: [], next: null };
    if (path.endsWith("/close")) return this.#changed({ event: "conversation.updated", status: "resolved" });
    if (path.endsWith("/rating")) return { success: true, message: this.#rated(body) };
    const [, id, , emoji] = /messages\/(\w+)(\/reactions\/(.+))?$/.exec(path) ?? [];
    if (emoji) {
      const by = { by_type: "visitor", by: SESSION.visitor.id };
      return this.#changed({
        event: "message.reaction",
        message_id: id,
        emoji: decodeURIComponent(emoji),
        on: method === "PUT",
        ...by,
      });
    }
    if (id && method === "PATCH")
      return this.#changed({ event: "message.updated", message_id: id, message: body.message });
    if (id) return this.#changed({ event: "message.deleted", message_id: id });
    if (method === "POST") this.#started = true;
    return this.#page(url.searchParams.get("after"));
  }

  /** A fact of that kind. */
  #changed({ event, ...about }: { event: VisitorEvent["event"]; [field: string]: unknown }): object {
    const data = { ...about, seq: this.#next(), timestamp: new Date().toISOString() };
    this.#tell({ event, data } as unknown as VisitorEvent);
    return { success: true };
  }

  #rated({ score, comment = "", client_id }: { score?: number; comment?: string; client_id?: string }) {
    const said = this.#message(comment, "visitor", "Ana", SESSION.visitor.id, client_id ?? null);
    const data = { ...said, ...(score ? { rating: score } : {}) };
    this.#tell({ event: "ChatMessageReceived", data });
    return data;
  }

  #page(after: string | null): VisitorPage {
    return {
      success: true,
      conversation: {
        id: ID,
        status: "open",
        agents: [],
        receipts: [],
        created_at: new Date().toISOString(),
      },
      joins: [],
      activity: [],
      messages: [],
      events: after === null ? [] : this.#events.slice(Number(after)),
      seq: after === null ? 0 : this.#events.length,
      more: false,
      typing: [],
      availability: this.#config.availability,
    };
  }

  #posted({ message = "", client_id }: { message?: string; client_id?: string }): ChatMessage {
    const said = this.#message(message, "visitor", "Ana", SESSION.visitor.id, client_id ?? null);
    this.#tell({ event: "ChatMessageReceived", data: said });
    void this.#respond(said);
    return said;
  }

  async #respond(to: ChatMessage): Promise<void> {
    // Nobody who is not there answers.
    if (!this.#config.availability.online) return;
    await this.#later(900);
    if (!this.#events.some((event) => event.event === "agent.joined")) {
      const data = { conversationId: ID, agent: BEN, seq: this.#next(), timestamp: new Date().toISOString() };
      this.#tell({ event: "agent.joined", data });
    }
    const receipt = {
      reader_type: "agent" as const,
      reader_id: BEN.id,
      message_id: to.id,
      read_seq: to.seq,
      delivered_seq: to.seq,
    };
    this.#tell({ event: "receipt.updated", data: { ...receipt, seq: this.#next(), timestamp: "" } });
    this.#line?.says("client-typing", { on: true }, CHANNEL, BEN.id);
    await this.#later(2_200);
    const text = `Thanks for writing! You said “${to.message.slice(0, 80)}”. Our guide is at https://chat.example/help.`;
    this.#tell({ event: "ChatMessageReceived", data: this.#message(text, "agent", BEN.name, BEN.id, null) });
  }

  #message(
    message: string,
    sender_type: ChatMessage["sender_type"],
    sender_name: string,
    sender_id: string,
    client_id: string | null,
  ): ChatMessage {
    const seq = this.#next();
    return {
      id: `msg_${seq}`,
      sender_type,
      sender_name,
      message,
      attachment_path: null,
      attachment_name: null,
      is_voice: false,
      timestamp: new Date().toISOString(),
      seq,
      client_id,
      sender_id,
    };
  }

  #next(): number {
    return this.#events.length + 1;
  }

  #tell(event: VisitorEvent): void {
    this.#events.push(event);
    if (this.#started) this.#line?.says(event.event, event.data, CHANNEL);
  }
}

/** As much of a WebSocket as the client touches. */
class MockLine {
  readyState = 0;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: unknown = null;

  constructor(pace: number) {
    setTimeout(() => {
      this.readyState = 1;
      this.says("pusher:connection_established", { socket_id: "1.1", activity_timeout: 120 });
    }, 200 * pace);
  }

  send(text: string): void {
    const frame = JSON.parse(text) as { event: string; data: { channel?: string } };
    if (frame.event === "pusher:ping") this.says("pusher:pong", {});
    if (frame.event !== "pusher:subscribe") return;
    setTimeout(() => this.says("pusher_internal:subscription_succeeded", {}, frame.data.channel), 50);
  }

  close(): void {
    this.readyState = 3;
  }

  says(event: string, data: unknown, channel?: string, user_id?: string): void {
    this.onmessage?.({ data: JSON.stringify({ event, data: JSON.stringify(data), channel, user_id }) });
  }
}

const CONFIG: ConfigReply = {
  success: true,
  realtimeProvider: "reverb",
  providers: ["reverb"],
  reverb: { enabled: true, key: "mock", scheme: "http" },
  pusher: { enabled: false },
  widget: {
    id: "wgt_mock",
    name: "Northwind Store",
    color: "#3554d1",
    greeting: "Hi there 👋 How can we help you today?",
  },
  poll_interval_ms: 2_000,
  typing_preview: false,
  whereabouts: true,
  pre_chat: [],
  consent: null,
  availability: { online: true, agents: [], open: true, opens_at: null, away_text: null },
};

const SESSION: SessionReply = {
  success: true,
  token: "mock",
  expires_in_s: 900,
  secret: "mock",
  visitor: { id: "vis_ana", name: "Ana", email: null, verified: false },
  conversation_id: null,
};

function later(ms: number): Promise<void> {
  return new Promise((then) => setTimeout(then, ms));
}
