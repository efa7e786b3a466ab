// The ledger of a conversation over every way facts can come: Ana and Ben write at the same time, edit and
// react, while the network does what networks do. At the end what Ana sees is what the database has: each
// message once, in order. The same without a browser, and longer: `crates/server/tests/ledger.rs`.

import type { Browser } from "@playwright/test";
import { Ana, Ben, expect, test } from "../cast";
import { OfficeProxy, SlowLine } from "../proxy";
import { Server } from "../server";

// One desk for all: what differs is the network.
test.describe.configure({ mode: "default" });

/** Messages of each side. */
const EACH = 40;

let server: Server;
let ben: Ben;

test.beforeAll(async ({ browser }) => {
  server = await new Server().start();
  ben = await Ben.setUp(browser, server, []);
  // Its page is not needed, and would only try to connect.
  await ben.leave();
});

test.afterAll(() => server.remove());

type Said = {
  id: string;
  seq: number;
  message: string;
  sender_type: string;
  reactions?: { emoji: string }[];
};

/** What is written between `from` and `to`, by each. */
const numbers = (who: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => `${who} ${from + at}`);

/** A conversation with Ana's first message in it, and what to do in it. */
class Ledger {
  #said = new Map<string, string>();

  private constructor(
    readonly ana: Ana,
    readonly id: string,
  ) {}

  static async begin(browser: Browser, origin: string, complaints: string[]): Promise<Ledger> {
    return Ledger.of(await Ana.arrive(browser, origin, complaints));
  }

  static async of(ana: Ana): Promise<Ledger> {
    await ana.open();
    await ana.write("Ana 1");
    await expect(ana.log.getByText("Sent")).toBeVisible();
    const { conversationId } = (await ana.status()) as unknown as { conversationId: string };
    return new Ledger(ana, conversationId);
  }

  /** Both write, at the same time; of Ben's every tenth is changed, and he reacts to what Ana said first. */
  async write(from: number, to: number): Promise<void> {
    await Promise.all([this.anaWrites(from, to), this.benWrites(from, to)]);
  }

  async anaWrites(from: number, to: number): Promise<void> {
    for (const text of numbers("Ana", Math.max(2, from), to)) await this.ana.write(text);
  }

  async benWrites(from: number, to: number): Promise<void> {
    const url = `${server.origin}/api/v1`;
    for (const text of numbers("Ben", from, to)) {
      const said = { message: text, client_id: `${this.id} ${text}` };
      const { message } = await this.#insist<{ message: Said }>(
        "POST",
        `${url}/conversations/${this.id}/messages`,
        said,
      );
      this.#said.set(text, text);
      if (!text.endsWith("0")) continue;
      this.#said.set(text, `${text}, I mean`);
      await this.#insist("PATCH", `${url}/messages/${message.id}`, { message: `${text}, I mean` });
      const [first] = await this.#log();
      await this.#insist("PUT", `${url}/messages/${first?.id}/reactions/${encodeURIComponent("👍")}`);
    }
  }

  /** What Ana sees is what the database has, and that is what was written. */
  async balances(): Promise<void> {
    const written = numbers("Ana", 1, EACH);
    await expect.poll(() => this.#texts("visitor"), { timeout: 60_000 }).toEqual(written);
    expect(await this.#texts("agent")).toEqual([...this.#said.values()]);
    expect(this.#said.size, "the premise").toBe(EACH);
    const all = (await this.#log()).map((one) => one.message);
    await expect.poll(() => this.ana.shown(), { timeout: 60_000 }).toEqual(all);
    await expect(this.ana.log.getByRole("button", { name: "👍, 1" })).toHaveCount(1);
    await expect(this.ana.log.getByText(/Sending|Not sent/)).toHaveCount(0);
    await this.ana.page.context().close();
  }

  async #texts(by: string): Promise<string[]> {
    return (await this.#log()).filter((one) => one.sender_type === by).map((one) => one.message);
  }

  /** The conversation in the database, whole. */
  async #log(): Promise<Said[]> {
    const all: Said[] = [];
    for (let more = true; more; ) {
      const before = all[0] ? `?before=${all[0].seq}` : "";
      const page = await this.#insist<{ messages: Said[]; more: boolean }>(
        "GET",
        `${server.origin}/api/v1/conversations/${this.id}${before}`,
      );
      all.unshift(...page.messages);
      more = page.more;
    }
    return all;
  }

  /** As a client does: again until it is answered. */
  async #insist<T>(method: string, address: string, data?: object): Promise<T> {
    let reply: T | undefined;
    await expect(async () => {
      reply = await ben.ask<T>(method, address, data);
    }).toPass({ timeout: 30_000, intervals: [50, 100, 200] });
    return reply as T;
  }
}

test("over a WebSocket", async ({ browser, complaints }) => {
  const ledger = await Ledger.begin(browser, server.origin, complaints);
  await expect(ledger.ana.connection).toHaveText("Connected");
  await ledger.write(1, EACH);
  expect((await ledger.ana.status()).provider).toBe("reverb");
  await ledger.balances();
  expect(complaints).toEqual([]);
});

test("with `Upgrade` stripped in the middle, and back", async ({ browser, complaints }) => {
  const proxy = await new OfficeProxy(server.port).start();
  const ledger = await Ledger.begin(browser, proxy.origin, complaints);
  await expect(ledger.ana.connection).toHaveText("Connected");
  await ledger.write(1, 10);
  proxy.stripsUpgrade = true;
  proxy.cut();
  await ledger.write(11, 30);
  expect((await ledger.ana.status()).connected, "the premise").toBe(false);
  proxy.stripsUpgrade = false;
  await ledger.write(31, EACH);
  await expect.poll(async () => (await ledger.ana.status()).connected, { timeout: 60_000 }).toBe(true);
  await ledger.balances();
  expect(complaints).toEqual([]);
  proxy.stop();
});

test("by polling alone", async ({ browser, complaints }) => {
  const page = await (await browser.newContext()).newPage();
  const ana = await Ana.visit(page, `${server.origin}/chatbot-test.html`, complaints);
  await page.evaluate(
    "Frontdesk.destroy(); Frontdesk.boot({ ...ChatbotConfig, REALTIME_CONFIG: { providers: [] } })",
  );
  const ledger = await Ledger.of(ana);
  await ledger.write(1, EACH);
  expect((await ana.status()).provider).toBe("polling");
  await ledger.balances();
  expect(complaints).toEqual([]);
});

test("on a slow line that stalls and breaks", async ({ browser, complaints }) => {
  const line = await new SlowLine(server.port).start();
  const ledger = await Ledger.begin(browser, line.origin, complaints);
  line.inTrouble = true;
  await ledger.write(1, EACH);
  await ledger.balances();
  expect(line.broken, "the premise").toBeGreaterThan(0);
  expect(complaints).toEqual([]);
  line.stop();
});

test("offline for a minute", async ({ browser, complaints }) => {
  const proxy = await new OfficeProxy(server.port).start();
  const context = await browser.newContext();
  const page = await context.newPage();
  // The minute passes by the page's clock: what is due meanwhile runs, as late as it may.
  await page.clock.install();
  const ledger = await Ledger.of(await Ana.visit(page, `${proxy.origin}/chatbot-test.html`, complaints));
  await expect(ledger.ana.connection).toHaveText("Connected");
  await ledger.write(1, 10);
  await context.setOffline(true);
  proxy.cut();
  await ledger.benWrites(11, 30);
  for (let first = 11; first <= 26; first += 3) {
    await ledger.anaWrites(first, first + 2);
    await page.clock.fastForward(10_000);
  }
  await expect(ledger.ana.connection).toHaveText("Reconnecting…");
  await expect(ledger.ana.log).toContainText("Ana 28");
  expect(await ledger.ana.shown(), "the premise").not.toContain("Ben 30, I mean");
  await context.setOffline(false);
  await ledger.anaWrites(29, 30);
  await ledger.write(31, EACH);
  await page.clock.runFor(5_000);
  await ledger.balances();
  expect(complaints).toEqual([]);
  proxy.stop();
});

test("asleep in the middle, with the connection gone meanwhile", async ({ browser, complaints }) => {
  const proxy = await new OfficeProxy(server.port).start();
  const ledger = await Ledger.begin(browser, proxy.origin, complaints);
  await expect(ledger.ana.connection).toHaveText("Connected");
  await ledger.write(1, 10);
  const lid = await ledger.ana.page.context().newCDPSession(ledger.ana.page);
  await lid.send("Page.setWebLifecycleState", { state: "frozen" });
  proxy.cut();
  await ledger.benWrites(11, 30);
  await lid.send("Page.setWebLifecycleState", { state: "active" });
  await ledger.anaWrites(11, 30);
  await ledger.write(31, EACH);
  await ledger.balances();
  expect(complaints).toEqual([]);
  proxy.stop();
});

test("while the server is killed again and again", async ({ browser, complaints }) => {
  test.setTimeout(180_000);
  const ledger = await Ledger.begin(browser, server.origin, complaints);
  const round = EACH / 8;
  await ledger.write(1, round);
  for (let first = round + 1; first <= EACH; first += round) {
    const killed = server.kill().then(() => server.start());
    await Promise.all([killed, ledger.write(first, first + round - 1)]);
  }
  await ledger.balances();
  expect(complaints).toEqual([]);
});
