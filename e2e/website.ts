// Somebody's website on another origin than the server's: a few files on a port of its own, gone with its test.

import { createServer } from "node:http";
import { listening } from "./server";

/** By path; what ends in `.js` or `.mjs` is a script, all else a page. */
export type Files = Record<string, string>;

export class Website {
  port = 0;
  private readonly server;

  constructor(files: Files) {
    this.server = createServer((incoming, outgoing) => {
      const path = incoming.url ?? "/";
      const text = files[path];
      const type = /js$/.test(path) ? "text/javascript" : "text/html";
      outgoing
        .writeHead(text === undefined ? 404 : 200, { "content-type": `${type}; charset=utf-8` })
        .end(text);
    });
  }

  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  async start(): Promise<this> {
    this.port = await listening(this.server);
    return this;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
