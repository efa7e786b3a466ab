// Golden transcripts: who says what over the wire, one line each, read from a text file and played
// against a real server (see transcripts/README.md for the form). Knows no client library but a bare WebSocket.

import { createHash, createHmac } from "node:crypto";
import { WebSocket } from "ws";
import type { Server } from "../e2e/server";
import type { App } from "./apps";

/** What a line waits for at most. */
const DEADLINE_MS = 10_000;

interface Line {
  at: number;
  who: string;
  /** `>` is said to the server, `<` by it. */
  way: ">" | "<";
  text: string;
}

/** A transcript's title, the server's settings and its lines. */
export interface Transcript {
  title: string;
  settings: Record<string, string>;
  lines: Line[];
}

/** Reads a transcript; a line that is none is an error that names it. */
export function parse(text: string): Transcript {
  const lines: Line[] = [];
  const settings: Record<string, string> = {};
  const [title = ""] = text.split("\n", 1);
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (!line || line.startsWith("#")) continue;
    const setting = /^settings ([A-Z_]+)=(.*)$/.exec(line);
    const said = /^(\w+) ([<>]) (.+)$/.exec(line);
    if (setting) settings[setting[1]] = setting[2];
    else if (said) lines.push({ at: index + 1, who: said[1], way: said[2] as ">" | "<", text: said[3] });
    else throw new Error(`line ${index + 1} is no line of a transcript: ${line}`);
  }
  return { title: title.replace(/^#\s*/, ""), settings, lines };
}

/** Somebody's socket: what came over it in order, as text or as a note in brackets. */
class Peer {
  private readonly came: string[] = [];
  private wake: () => void = () => undefined;

  private constructor(
    readonly app: App | undefined,
    readonly socket: WebSocket,
  ) {
    const note = (text: string) => {
      this.came.push(text);
      this.wake();
    };
    socket.on("message", (data) => note(data.toString()));
    socket.on("pong", (data) => note(`(pong ${data})`));
    socket.on("close", (code, reason) => note(`(close ${`${code} ${reason}`.trim()})`));
    socket.on("error", (error) => note(`(error ${error.message})`));
  }

  static async connect(server: Server, apps: App[], path: string): Promise<Peer> {
    const app = apps.find((app) => path.includes(`/app/${app.key}`));
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`);
    const peer = new Peer(app, socket);
    await new Promise((resolve) => socket.once("open", resolve).once("error", resolve));
    return peer;
  }

  /** The next thing that came, or what is missing. */
  async next(): Promise<string> {
    if (this.came.length === 0) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        timer = setTimeout(resolve, DEADLINE_MS);
      });
      clearTimeout(timer);
    }
    return this.came.shift() ?? "(nothing)";
  }

  say(text: string): void {
    const [, word, rest] = /^\((\w+) ?(.*)\)$/.exec(text) ?? [];
    if (word === "ping") this.socket.ping(rest);
    else if (word === "close") this.socket.close(Number(rest));
    else if (word === "binary") this.socket.send(Buffer.from(rest));
    else this.socket.send(text);
  }
}

/** Plays transcripts against one server. */
export class Player {
  private readonly peers = new Map<string, Peer>();
  private readonly replies = new Map<string, string[]>();
  /** What `$name` stands for. */
  private readonly ids = new Map<string, string>();
  private readonly now = Math.floor(Date.now() / 1_000);
  /** What came instead, by line, when the transcripts are being written anew. */
  readonly instead = new Map<number, string>();

  constructor(
    private readonly server: Server,
    private readonly apps: App[],
    private readonly writing = false,
  ) {}

  /** Plays all lines; the first that differs is an error with both texts. */
  async play(lines: Line[]): Promise<void> {
    for (const line of lines) {
      if (line.way === ">") await this.say(line);
      else await this.hear(line);
    }
  }

  stop(): void {
    for (const peer of this.peers.values()) peer.socket.terminate();
  }

  private async say({ who, text }: Line): Promise<void> {
    const [, method, path, body] = /^(GET|POST|PUT|DELETE) (\S+) ?(.*)$/.exec(text) ?? [];
    if (method === "GET" && /^\/(\w+\/)?app(\/|\?|$)/.test(path)) {
      this.peers.set(who, await Peer.connect(this.server, this.apps, this.fill(path)));
    } else if (method) {
      const reply = await this.call(method, this.fill(path), this.fill(body));
      this.replies.set(who, [...(this.replies.get(who) ?? []), reply]);
    } else {
      const peer = this.peer(who);
      peer.say(this.sign(this.fill(text), who, peer.app));
    }
  }

  private async hear({ at, who, text }: Line): Promise<void> {
    const replies = this.replies.get(who);
    if (text === "(nothing)") {
      // What was under way before the ping comes before its pong.
      const peer = this.peer(who);
      peer.say("(ping proof)");
      expectLine(at, /^\(pong proof\)$/, await peer.next(), text);
      return;
    }
    const came = replies ? (replies.shift() ?? "(no reply)") : await this.peer(who).next();
    const names: string[] = [];
    const pattern = text
      .replace(/[.*+?^{}()|[\]\\]/g, "\\$&")
      .replace(/<number>/g, "\\d+")
      .replace(/<any>/g, ".*")
      .replace(/\$(\w+)/g, (_, name: string) => {
        const known = this.ids.get(name);
        if (known) return known.replace(".", "\\.");
        if (names.includes(name)) return `\\${names.indexOf(name) + 1}`;
        names.push(name);
        return "(\\d+\\.\\d+)";
      })
      .replace(/<now>/g, `${this.now}`)
      .replace(/<(\d+) x>/g, "x{$1}");
    const wanted = new RegExp(`^${pattern}$`, "s");
    if (this.writing && !wanted.test(came)) return void this.instead.set(at, this.named(came));
    const match = expectLine(at, wanted, came, text);
    for (const [n, name] of names.entries()) this.ids.set(name, match[n + 1]);
  }

  /** A text with placeholders for what they stand for. */
  private named(text: string): string {
    const plain = text.replaceAll(`${this.now}`, "<now>").replace(/x{100,}/g, (run) => `<${run.length} x>`);
    return [...this.ids].reduce((text, [name, id]) => text.replaceAll(id, `$${name}`), plain);
  }

  private peer(who: string): Peer {
    const peer = this.peers.get(who);
    if (!peer) throw new Error(`${who} has not connected`);
    return peer;
  }

  /** Puts in what placeholders stand for. */
  private fill(text: string): string {
    return text
      .replace(/\$(\w+)/g, (word, name: string) => this.ids.get(name) ?? word)
      .replace(/<now([+-]\d+)?>/g, (_, shift) => `${this.now + Number(shift ?? 0)}`)
      .replace(/<(\d+) x>/g, (_, count) => "x".repeat(Number(count)));
  }

  /** `<signed>` in a frame becomes the signature that a back end would have made for it. */
  private sign(text: string, who: string, app: App | undefined): string {
    if (!text.includes("<signed>") || !app) return text;
    const frame = JSON.parse(text);
    const data = typeof frame.data === "string" ? JSON.parse(frame.data) : frame.data;
    const parts =
      frame.event === "pusher:signin" ? ["", "user", "", data.user_data] : [data.channel, data.channel_data];
    const signed = [this.ids.get(who), ...parts].filter((part) => part !== undefined).join(":");
    return text.replace("<signed>", `${app.key}:${hmac(app, signed)}`);
  }

  /** One HTTP call, signed unless it says its own `auth_` parameters; answers `STATUS BODY`. */
  private async call(method: string, path: string, body: string): Promise<string> {
    const url = new URL(path, `http://127.0.0.1:${this.server.port}`);
    const app = this.apps.find((app) => url.pathname.includes(`/apps/${app.id}/`));
    const params = url.searchParams;
    if (app && !path.includes("auth_")) {
      params.set("auth_key", app.key);
      params.set("auth_timestamp", `${this.now}`);
      params.set("auth_version", "1.0");
      if (body) params.set("body_md5", createHash("md5").update(body).digest("hex"));
      const sorted = [...params]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => `${name}=${value}`);
      params.set("auth_signature", hmac(app, `${method}\n${url.pathname}\n${sorted.join("&")}`));
    }
    const headers = { "content-type": "application/json" };
    const reply = await fetch(url, { method, headers, body: body || undefined });
    return `${reply.status} ${await reply.text()}`.trim().replaceAll("\n", " ⏎ ");
  }
}

function hmac(app: App, text: string): string {
  return createHmac("sha256", app.secret).update(text).digest("hex");
}

function expectLine(at: number, pattern: RegExp, came: string, expected: string): RegExpExecArray {
  const match = pattern.exec(came);
  if (!match) throw new Error(`line ${at}\n  expected ${expected}\n  came     ${came}`);
  return match;
}
