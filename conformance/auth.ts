// The customer's own back end as pusher-js and Echo call it: it signs channels and users with Pusher's
// server SDK, so that no signature here is ours. Whoever asks says who they are, as in a shop's demo.

import {
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import PusherServer from "pusher";
import { type App, MASTER_KEY } from "./apps";

export class AuthServer {
  private readonly http: HttpServer;
  private readonly sdk: PusherServer;
  /** Every signature that was asked for, as `socket_id channel`. */
  readonly asked: string[] = [];

  constructor(app: App) {
    this.sdk = new PusherServer({
      appId: app.id,
      key: app.key,
      secret: app.secret,
      host: "localhost",
      encryptionMasterKeyBase64: MASTER_KEY,
    });
    this.http = createServer((request, response) => this.answer(request, response));
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.http.listen(0, "127.0.0.1", resolve));
    return this;
  }

  stop(): void {
    this.http.close();
    this.http.closeAllConnections();
  }

  get origin(): string {
    return `http://localhost:${(this.http.address() as AddressInfo).port}`;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "*");
    if (request.method === "OPTIONS") return void response.end();
    if (request.url === "/page") {
      response.setHeader("content-type", "text/html");
      return void response.end("<!doctype html><title>Shop</title>");
    }
    if (request.method !== "POST") return void response.writeHead(404).end();
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const form = new URLSearchParams(Buffer.concat(parts).toString());
    const reply = request.url === "/user" ? this.user(form) : this.channel(form);
    response.writeHead(reply ? 200 : 403, { "content-type": "application/json" });
    response.end(JSON.stringify(reply ?? { message: "Forbidden" }));
  }

  private channel(form: URLSearchParams) {
    const [socket, channel, name] = ["socket_id", "channel_name", "user"].map(
      (field) => form.get(field) ?? "",
    );
    this.asked.push(`${socket} ${channel}`);
    if (channel.includes("forbidden")) return undefined;
    const member = { user_id: name, user_info: { name } };
    return this.sdk.authorizeChannel(socket, channel, channel.startsWith("presence-") ? member : undefined);
  }

  private user(form: URLSearchParams) {
    const [socket, id, watch] = ["socket_id", "user", "watch"].map((field) => form.get(field) ?? "");
    this.asked.push(`${socket} user`);
    const watchlist = watch.split(",").filter(Boolean);
    return this.sdk.authenticateUser(socket, { id, user_info: { name: id }, watchlist });
  }
}
