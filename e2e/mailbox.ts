// A mail server on loopback that keeps what it is given: as much of SMTP as one letter takes. Knows
// nothing of what is in the letters.

import { createServer, type Server, type Socket } from "node:net";
import { listening } from "./server";

export class Mailbox {
  readonly letters: string[] = [];
  #server: Server | undefined;

  async start(): Promise<number> {
    const server = createServer((socket) => this.#serve(socket));
    this.#server = server;
    return listening(server);
  }

  stop(): void {
    this.#server?.close();
  }

  #serve(socket: Socket): void {
    let heard = "";
    let isLetter = false;
    socket.write("220 mailbox\r\n");
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      heard += bytes;
      for (;;) {
        const end = isLetter ? "\r\n.\r\n" : "\r\n";
        const at = heard.indexOf(end);
        if (at < 0) return;
        const said = heard.slice(0, at);
        heard = heard.slice(at + end.length);
        if (isLetter) this.letters.push(said.replaceAll("=\r\n", "").replaceAll("=3D", "="));
        isLetter = !isLetter && said.toUpperCase() === "DATA";
        socket.write(isLetter ? "354 go on\r\n" : "250 ok\r\n");
      }
    });
  }
}
