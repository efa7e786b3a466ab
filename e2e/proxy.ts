// What stands between a browser and the server: a proxy such as offices have, which can strip `Upgrade` so
// that no WebSocket comes up behind it, and a slow line that loses connections. Knows nothing of what is carried.

import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect, createServer as listen, type Socket } from "node:net";
import { listening } from "./server";

export class OfficeProxy {
  stripsUpgrade = false;
  /** The computer sleeps: nothing is carried, and whatever connects is turned away. */
  private asleep = false;
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
      if (this.asleep) return socket.destroy();
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
          // Nobody tells a computer that sleeps that its connection is gone, nor when it has woken.
          if (!this.asleep) socket.destroy();
        });
      }
    });
  }

  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  async start(): Promise<this> {
    this.port = await listening(this.server);
    return this;
  }

  /** Cuts every open WebSocket, as a proxy does that was set to strict. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }

  /** The server loses its end of every WebSocket; the browser's stays open, and nothing comes out of it any more. */
  sleep(): void {
    this.asleep = true;
    for (const end of this.sockets) {
      if (end.remotePort === this.target) end.destroy();
      else end.unpipe();
    }
    this.server.closeIdleConnections();
  }

  wake(): void {
    this.asleep = false;
  }

  stop(): void {
    this.wake();
    this.cut();
    this.server.closeAllConnections();
    this.server.close();
  }

  private forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, url: path, headers } = incoming;
    if (this.asleep) {
      incoming.destroy();
      return;
    }
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

/** One way; a round trip takes twice as long. */
const LATENCY_MS = 200;
const BYTES_PER_S = 50_000;
/** In trouble, so many pieces come between two stalls, and between two connections that break. */
const STALL_EVERY = 25;
const STALL_MS = 2_000;
const BREAK_EVERY = 60;

/** A slow line (ruling 23): HTTP and WebSocket alike; `inTrouble` it stalls, and resets connections. */
export class SlowLine {
  inTrouble = false;
  /** How many connections were reset. */
  broken = 0;
  port = 0;
  private pieces = 0;
  private readonly ends = new Set<Socket>();
  private readonly server = listen((near) => this.carry(near));

  constructor(
    private readonly target: number,
    /** Of a request that waits for nothing else, half of what it takes there and back. */
    private readonly latency_ms = LATENCY_MS,
  ) {}

  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  async start(): Promise<this> {
    this.port = await listening(this.server);
    return this;
  }

  stop(): void {
    for (const end of this.ends) end.destroy();
    this.server.close();
  }

  private carry(near: Socket): void {
    const far = connect(this.target, "127.0.0.1");
    for (const end of [near, far]) {
      this.ends.add(end);
      end.on("error", () => undefined);
      end.on("close", () => this.ends.delete(end));
    }
    this.pour(near, far);
    this.pour(far, near);
  }

  /** Each piece arrives when those before it have, and its own bytes took their time. */
  private pour(from: Socket, to: Socket): void {
    let freeAt = 0;
    const later = (then: () => void) => setTimeout(then, Math.max(0, freeAt - Date.now()) + this.latency_ms);
    from.on("data", (piece: Buffer) => {
      freeAt = Math.max(freeAt, Date.now()) + (piece.length / BYTES_PER_S) * 1_000;
      if (this.inTrouble && ++this.pieces % STALL_EVERY === 0) freeAt += STALL_MS;
      if (this.inTrouble && this.pieces % BREAK_EVERY === 0) return this.reset(from, to);
      later(() => to.destroyed || to.write(piece));
    });
    from.on("close", () => later(() => to.destroy()));
  }

  private reset(...ends: Socket[]): void {
    this.broken += 1;
    for (const end of ends) end.resetAndDestroy();
  }
}

function rawHeaders(incoming: IncomingMessage): string {
  let text = "";
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    text += `${incoming.rawHeaders[at]}: ${incoming.rawHeaders[at + 1]}\r\n`;
  }
  return text;
}
