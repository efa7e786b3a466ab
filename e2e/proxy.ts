// A proxy such as offices have: it forwards HTTP and, when told to, strips `Upgrade`, so that no
// WebSocket comes up behind it. Knows nothing of what it carries.

import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { freePort } from "./server";

export class OfficeProxy {
  stripsUpgrade = false;
  /** How many upgrade requests came by. */
  upgrades = 0;
  port = 0;
  /** Pages of the website itself, by path; everything else is the server's. */
  readonly pages = new Map<string, string>();
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((incoming, outgoing) => this.forward(incoming, outgoing));

  constructor(private readonly target: number) {
    this.server.on("upgrade", (incoming, socket: Socket, head: Buffer) => {
      this.upgrades += 1;
      if (this.stripsUpgrade) return this.forwardStripped(incoming, socket);
      const upstream = connect(this.target, "127.0.0.1", () => {
        upstream.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${rawHeaders(incoming)}\r\n`);
        upstream.write(head);
        upstream.pipe(socket).pipe(upstream);
      });
      for (const end of [upstream, socket]) {
        this.sockets.add(end);
        end.on("error", () => undefined);
        end.on("close", () => {
          upstream.destroy();
          socket.destroy();
        });
      }
    });
  }

  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  async start(): Promise<this> {
    this.port = await freePort();
    await new Promise<void>((resolve) => this.server.listen(this.port, "127.0.0.1", resolve));
    return this;
  }

  /** Cuts every open WebSocket, as a proxy does that was set to strict. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }

  stop(): void {
    this.cut();
    this.server.closeAllConnections();
    this.server.close();
  }

  private forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, url: path, headers } = incoming;
    const page = this.pages.get(path ?? "");
    if (page !== undefined) {
      const kind = path?.endsWith(".js") ? "text/javascript" : "text/html";
      outgoing.writeHead(200, { "content-type": kind }).end(page);
      return;
    }
    const upstream = request({ host: "127.0.0.1", port: this.target, method, path, headers }, (reply) => {
      outgoing.writeHead(reply.statusCode ?? 502, reply.rawHeaders);
      reply.pipe(outgoing);
      // An answer that broke off behind the proxy breaks off in front of it too.
      reply.on("close", () => reply.complete || outgoing.destroy());
    });
    upstream.on("error", () => outgoing.destroy());
    outgoing.on("close", () => upstream.destroy());
    incoming.pipe(upstream);
  }

  private forwardStripped(incoming: IncomingMessage, socket: Socket): void {
    const { upgrade: _, connection: __, ...headers } = incoming.headers;
    const upstream = request(
      {
        host: "127.0.0.1",
        port: this.target,
        path: incoming.url,
        headers: { ...headers, connection: "close" },
      },
      (reply) => {
        socket.end(`HTTP/1.1 ${reply.statusCode} Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
        reply.resume();
      },
    );
    upstream.on("error", () => socket.destroy());
    upstream.end();
  }
}

function rawHeaders(incoming: IncomingMessage): string {
  let text = "";
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    text += `${incoming.rawHeaders[at]}: ${incoming.rawHeaders[at + 1]}\r\n`;
  }
  return text;
}
