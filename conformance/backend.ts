// A customer's back end through Pusher's own server SDKs, for Node and for Python: one set of verbs, so
// that each test runs through both. Knows nothing of sockets.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import PusherServer from "pusher";
import { type App, MASTER_KEY } from "./apps";

export type Json = Record<string, unknown>;
export type BatchEvent = { channel: string; name: string; data: unknown };

/** What both SDKs can do. A refused call rejects with a text that names the status. */
export interface Backend {
  trigger(channels: string[], event: string, data: unknown, exceptSocket?: string): Promise<void>;
  batch(events: BatchEvent[]): Promise<void>;
  channels(prefix?: string, info?: string[]): Promise<Json>;
  channel(name: string, info?: string[]): Promise<Json>;
  users(channel: string): Promise<Json>;
  sendToUser(user: string, event: string, data: unknown): Promise<void>;
  terminate(user: string): Promise<void>;
  authorize(socketId: string, channel: string, member?: Json): Promise<Json & { auth: string }>;
  authenticate(
    socketId: string,
    user: Json & { id: string },
  ): Promise<Json & { auth: string; user_data: string }>;
  /** The webhook's content, or null when key or signature are not right. */
  webhook(key: string, signature: string, body: string): Promise<Json | null>;
  stop(): void;
}

export class NodeBackend implements Backend {
  private readonly sdk: PusherServer;

  constructor(app: App, port: number) {
    this.sdk = new PusherServer({
      appId: app.id,
      key: app.key,
      secret: app.secret,
      host: "localhost",
      port: `${port}`,
      useTLS: false,
      encryptionMasterKeyBase64: MASTER_KEY,
    });
  }

  async trigger(channels: string[], event: string, data: unknown, exceptSocket?: string) {
    await said(this.sdk.trigger(channels, event, data, exceptSocket ? { socket_id: exceptSocket } : {}));
  }

  async batch(events: BatchEvent[]) {
    await said(this.sdk.triggerBatch(events as never));
  }

  async channels(prefix?: string, info?: string[]) {
    const params = { ...(prefix && { filter_by_prefix: prefix }), ...(info && { info: info.join(",") }) };
    return (await said(this.sdk.get({ path: "/channels", params }))).json();
  }

  async channel(name: string, info?: string[]) {
    const params = info ? { info: info.join(",") } : {};
    return (await said(this.sdk.get({ path: `/channels/${name}`, params }))).json();
  }

  async users(channel: string) {
    return (await said(this.sdk.get({ path: `/channels/${channel}/users`, params: {} }))).json();
  }

  /** Open connections, by the address that Laravel Pulse asks. */
  async connections(): Promise<number> {
    const reply = await said(this.sdk.get({ path: "/connections", params: {} }));
    return ((await reply.json()) as { connections: number }).connections;
  }

  async sendToUser(user: string, event: string, data: unknown) {
    await said(this.sdk.sendToUser(user, event, data));
  }

  async terminate(user: string) {
    await said(this.sdk.terminateUserConnections(user));
  }

  async authorize(socketId: string, channel: string, member?: Json) {
    return this.sdk.authorizeChannel(socketId, channel, member as never) as never;
  }

  async authenticate(socketId: string, user: Json & { id: string }) {
    return this.sdk.authenticateUser(socketId, user as never) as never;
  }

  async webhook(key: string, signature: string, body: string) {
    const headers = {
      "x-pusher-key": key,
      "x-pusher-signature": signature,
      "content-type": "application/json",
    };
    const webhook = this.sdk.webhook({ headers, rawBody: body });
    return webhook.isValid() ? (webhook.getData() as unknown as Json) : null;
  }

  stop() {}
}

/** The Node SDK rejects with `status` and `body`; the tests compare texts. */
async function said<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (error) {
    const { status, body } = error as { status?: number; body?: string };
    throw new Error(`${status} ${body}`);
  }
}

/** Pusher's Python SDK in a process of its own (`sdk.py`), asked in lines of JSON. */
export class PythonBackend implements Backend {
  private readonly process: ChildProcessWithoutNullStreams;
  private readonly waiting: ((line: string) => void)[] = [];

  constructor(app: App, port: number) {
    const python =
      process.env.CONFORMANCE_PYTHON ?? join(import.meta.dirname, "../target/conformance-venv/bin/python");
    const words = [join(import.meta.dirname, "sdk.py"), app.id, app.key, app.secret, `${port}`, MASTER_KEY];
    this.process = spawn(python, words, { stdio: "pipe" });
    this.process.stderr.pipe(process.stderr);
    createInterface(this.process.stdout).on("line", (line) => this.waiting.shift()?.(line));
    this.process.once("exit", () => {
      for (const wake of this.waiting) wake(JSON.stringify({ error: "the Python process has ended" }));
    });
  }

  private async ask<T>(verb: string, ...args: unknown[]): Promise<T> {
    const line = await new Promise<string>((resolve) => {
      this.waiting.push(resolve);
      this.process.stdin.write(`${JSON.stringify({ verb, args })}\n`);
    });
    const reply = JSON.parse(line);
    if (reply.error) throw new Error(reply.error);
    return reply.value;
  }

  trigger(channels: string[], event: string, data: unknown, exceptSocket?: string) {
    return this.ask<void>("trigger", channels, event, data, exceptSocket ?? null);
  }

  batch(events: BatchEvent[]) {
    return this.ask<void>("trigger_batch", events);
  }

  channels(prefix?: string, info: string[] = []) {
    return this.ask<Json>("channels_info", prefix ?? null, info);
  }

  channel(name: string, info: string[] = []) {
    return this.ask<Json>("channel_info", name, info);
  }

  users(channel: string) {
    return this.ask<Json>("users_info", channel);
  }

  sendToUser(user: string, event: string, data: unknown) {
    return this.ask<void>("send_to_user", user, event, data);
  }

  terminate(user: string) {
    return this.ask<void>("terminate", user);
  }

  authorize(socketId: string, channel: string, member?: Json) {
    return this.ask<Json & { auth: string }>("authenticate", channel, socketId, member ?? null);
  }

  authenticate(socketId: string, user: Json & { id: string }) {
    return this.ask<Json & { auth: string; user_data: string }>("authenticate_user", socketId, user);
  }

  webhook(key: string, signature: string, body: string) {
    return this.ask<Json | null>("validate_webhook", key, signature, body);
  }

  stop() {
    this.process.stdin.end();
  }
}
