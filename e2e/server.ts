// A real server process on a free port with a folder of its own, to be killed and started again.
// Knows the product by its command line alone.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server as NetServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export const BINARY = process.env.FRONTDESK_BINARY ?? join(import.meta.dirname, "../target/ci/frontdesk");

export class Server {
  readonly data = mkdtempSync(join(tmpdir(), "frontdesk-e2e-"));
  port = 0;
  setupCode = "";
  private child: ChildProcess | undefined;
  /** The process that took over from the child. */
  private successor: number | undefined;

  constructor(private readonly environment: Record<string, string> = {}) {}

  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  async start(): Promise<this> {
    this.port ||= await freePort();
    const words = ["serve", "--host", "127.0.0.1", "--port", `${this.port}`, "--data", this.data];
    const child = spawn(BINARY, words, {
      cwd: this.data,
      env: { ...process.env, FRONTDESK_MESSAGES_PER_MINUTE: "0", ...this.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    const said: string[] = [];
    createInterface(child.stderr).on("line", (line) => {
      said.push(line);
      this.setupCode = /#setup=(\S+)/.exec(line)?.[1] ?? this.setupCode;
    });
    await new Promise<void>((resolve, reject) => {
      createInterface(child.stdout).once("line", () => resolve());
      child.once("exit", (code) => reject(new Error(`exit ${code}: ${said.join("\n")}`)));
    });
    return this;
  }

  /** A power cut: SIGKILL, and nothing is flushed. */
  async kill(): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.removeAllListeners("exit");
    child.once("exit", () => undefined);
    child.kill("SIGKILL");
    await Promise.race([gone, new Promise((resolve) => child.once("close", resolve))]);
  }

  /** Asks the server to stop, as a supervisor does, and waits for its exit code. */
  async stop(): Promise<number | null> {
    const child = this.child;
    if (!child || child.exitCode !== null) return child?.exitCode ?? null;
    child.removeAllListeners("exit");
    const exit = new Promise<number | null>((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    return exit;
  }

  /** Has a new process take over (SIGUSR2), and waits until it serves. */
  async handOver(): Promise<void> {
    const before = this.servingPid();
    process.kill(before, "SIGUSR2");
    const deadline = Date.now() + 20_000;
    while (this.servingPid() === before) {
      if (Date.now() > deadline) throw new Error("no new process serves");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.successor = this.servingPid();
  }

  private servingPid(): number {
    return Number(readFileSync(join(this.data, "frontdesk.pid"), "utf8"));
  }

  async remove(): Promise<void> {
    await this.kill();
    if (this.successor) process.kill(this.successor, "SIGKILL");
    rmSync(this.data, { recursive: true, force: true });
  }

  /** The first widget's token, from the test page. */
  async widgetToken(): Promise<string> {
    const page = await (await fetch(`${this.origin}/chatbot-test.html`)).text();
    return /cbw_[a-z0-9]{60}/.exec(page)?.[0] ?? "";
  }
}

/** Starts a server on a port of this computer that nobody has; answers which. */
export async function listening(server: NetServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  const port = await listening(probe);
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
