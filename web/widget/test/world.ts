// A server as the widget meets it over HTTP and one scripted socket, for tests: a log, its pages,
// and a list of what was asked. Knows nothing of the engine.

import type { ChatMessage, VisitorEvent, VisitorPage } from "@frontdesk/shared/wire.gen";
import { Line } from "../../shared/test/line";

export const ID = "cnv_1";
export const ROOM = `private-chat.conversation.${ID}`;
export const BEN = { id: "agt_ben", name: "Ben", avatar: null };
const AT = "2026-11-22T10:00:00.000Z";

export class World {
  log: VisitorEvent[] = [];
  started = false;
  asked: string[] = [];
  bodies: Record<string, unknown>[] = [];
  /** Answers instead of the server, by `METHOD path`. */
  refusals = new Map<string, Response>();
  reachable = true;
  /** What `GET config` answers beside the usual. */
  config: object = {};
  /** What a session's reply says beside the usual. */
  session: object = {};
  /** What stands in the visitor's list. */
  rows: object[] = [];

  environment = {
    open: Line.open,
    fetch: (async (input: unknown, init?: RequestInit) => {
      const url = new URL(String(input));
      const asked = `${init?.method} ${url.pathname}${url.search}`;
      if (!this.reachable) throw new TypeError("network");
      this.asked.push(asked);
      const body = init?.body ? JSON.parse(String(init.body)) : {};
      this.bodies.push(body);
      const refusal = this.refusals.get(asked);
      if (refusal) {
        this.refusals.delete(asked);
        return refusal;
      }
      return new Response(JSON.stringify(this.#answer(url, init?.method ?? "GET", body)), { status: 200 });
    }) as typeof fetch,
  };

  refuse(asked: string, status: number, name: string, title: string): void {
    const problem = {
      type: `urn:frontdesk:refusal:${name}`,
      name,
      title,
      status,
      retry: "no",
      success: false,
    };
    this.refusals.set(asked, new Response(JSON.stringify(problem), { status }));
  }

  message(text: string, more: Partial<ChatMessage> = {}): ChatMessage {
    const seq = this.log.length + 1;
    const data: ChatMessage = {
      id: `msg_${seq}`,
      sender_type: "agent",
      sender_name: "Ben",
      message: text,
      attachment_path: null,
      attachment_name: null,
      is_voice: false,
      timestamp: AT,
      seq,
      client_id: null,
      sender_id: BEN.id,
      ...more,
    };
    this.log.push({ event: "ChatMessageReceived", data });
    return data;
  }

  joined(): void {
    const data = { conversationId: ID, agent: BEN, seq: this.log.length + 1, timestamp: AT };
    this.log.push({ event: "agent.joined", data });
  }

  erased(): void {
    const data = { conversation_id: ID, seq: this.log.length + 1, timestamp: AT };
    this.log.push({ event: "conversation.erased", data });
  }

  /** The server knows that so much is on Ana's device. */
  delivered(delivered_seq: number): void {
    const seq = this.log.length + 1;
    const data = {
      reader_type: "visitor" as const,
      reader_id: "vis_ana",
      message_id: null,
      delivered_seq,
      read_seq: 0,
      seq,
      timestamp: AT,
    };
    this.log.push({ event: "receipt.updated", data });
  }

  /** Lets the last fact travel by socket. */
  tell(): void {
    const fact = this.log.at(-1);
    Line.last.says(fact?.event ?? "", fact?.data, { channel: ROOM });
  }

  #answer(
    url: URL,
    method: string,
    body: { message?: string; client_id?: string; score?: number; attachments?: string[] },
  ): unknown {
    const path = url.pathname;
    if (path.endsWith("/config")) return { ...CONFIG, ...this.config };
    if (path.endsWith("/session"))
      return { ...SESSION, ...this.session, conversation_id: this.started ? ID : null };
    if (path.endsWith("/user-auth")) return { auth: "key:sig", user_data: '{"id":"vis_ana"}' };
    if (path.endsWith("/auth")) return { auth: "key:sig", channel_data: '{"user_id":"vis_ana"}' };
    if (path.endsWith("/popout")) return { success: true, path: "/chat/wgt_1", code: "fdm_1" };
    if (/\/(typing|read|delivered|close|logout|website)$/.test(path)) return { success: true };
    if (path.endsWith("/conversations")) return { success: true, conversations: this.rows, next: null };
    if (path.endsWith("/attachments")) return { success: true, id: "att_1" };
    if (path.includes("/messages/")) return { success: true, message: this.log[0]?.data };
    if (path.endsWith("/rating")) return { success: true, message: this.#rated(body) };
    if (path.endsWith("/messages")) return { success: true, message: this.#posted(body) };
    if (method === "POST") this.started = true;
    const other = /cnv_other/.exec(path)?.[0];
    return this.#page(url.searchParams.get("after"), other);
  }

  #rated({ score, client_id }: { score?: number; client_id?: string }): ChatMessage {
    const own = { sender_type: "visitor" as const, sender_name: "Ana", sender_id: "vis_ana" };
    return this.message("", { ...own, client_id: client_id ?? null, ...(score ? { rating: score } : {}) });
  }

  #posted({ message = "", client_id }: { message?: string; client_id?: string }): ChatMessage {
    const known = this.log.find(
      (fact) => fact.event === "ChatMessageReceived" && fact.data.client_id === client_id,
    );
    if (known?.event === "ChatMessageReceived") return known.data;
    const own = { sender_type: "visitor" as const, sender_name: "Ana", sender_id: "vis_ana" };
    return this.message(message, { ...own, client_id: client_id ?? null });
  }

  #page(after: string | null, other?: string): VisitorPage {
    const messages = other
      ? []
      : this.log.flatMap((fact) => (fact.event === "ChatMessageReceived" ? [fact.data] : []));
    return {
      success: true,
      conversation: { id: other ?? ID, status: "open", agents: [], receipts: [], created_at: AT },
      joins: this.log.flatMap((fact) => (fact.event === "agent.joined" ? [fact.data] : [])),
      activity: [],
      messages: after === null ? messages : [],
      events: after === null || other ? [] : this.log.slice(Number(after)),
      seq: other ? 0 : this.log.length,
      more: false,
      typing: [],
      availability: { online: true, agents: [], open: true, opens_at: null, away_text: null },
    };
  }
}

const CONFIG = {
  success: true,
  realtimeProvider: "reverb",
  providers: ["reverb"],
  reverb: { enabled: true, key: "key", host: "chat.example", port: 443, scheme: "https" },
  pusher: { enabled: false },
  widget: { id: "wgt_1", name: "Shop", color: "#3554d1", greeting: "Hello" },
  poll_interval_ms: 2_000,
};
const SESSION = {
  success: true,
  token: "token",
  expires_in_s: 900,
  secret: "secret",
  visitor: { id: "vis_ana", name: "Ana", email: null, verified: false },
};
