// Ruling 14, in a browser: Ana's tabs share one socket and outlive the one that has it, by socket and by
// polling. The server itself says how many sockets there are.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import { Ana, arriveBoth, Ben, expect, test } from "../cast";
import { OfficeProxy } from "../proxy";
import { BINARY, type Server } from "../server";

/** One more tab of Ana's browser, with the chat open. */
async function another(ana: Ana): Promise<Page> {
  const page = await ana.page.context().newPage();
  await page.goto(ana.page.url());
  await page.getByRole("button", { name: /open chat/i }).click();
  return page;
}

const log = (page: Page) => page.getByRole("dialog").getByRole("log");
const connection = (page: Page) => page.getByRole("dialog").getByRole("status");
const status = (page: Page): Promise<{ leader: boolean; provider: string }> =>
  page.evaluate("window.Frontdesk.status()");

/** The visitors behind the server's sockets, one for each socket. */
async function visitors(server: Server): Promise<string[]> {
  const words = ["connections", "--data", server.data, "--port", `${server.port}`, "--json"];
  const { stdout } = await promisify(execFile)(BINARY, words, { cwd: server.data });
  const { connections } = JSON.parse(stdout) as { connections: { users: string[] }[] };
  return connections.flatMap((one) => one.users.filter((user) => user.startsWith("vis_")));
}

test("ruling 14: three tabs have one socket, and the next one leads when the first is closed", async ({
  browser,
  server,
  complaints,
}) => {
  const { ana, ben } = await arriveBoth(browser, server, complaints);
  // Opened before anything is stored: still one visitor.
  const second = await another(ana);
  await ana.write("It is me");
  await expect(log(second)).toContainText("It is me");
  const third = await another(ana);
  const tabs = [ana.page, second, third];
  for (const tab of tabs) await expect(connection(tab)).toHaveText("Connected");
  await expect.poll(() => visitors(server)).toHaveLength(1);
  const leaders = await Promise.all(tabs.map(async (tab) => (await status(tab)).leader));
  expect(leaders).toEqual([true, false, false]);

  await ben.openConversation("Test User");
  await ben.write("Good morning");
  for (const tab of tabs) await expect(log(tab).getByText("Good morning")).toHaveCount(1);

  await ana.page.close();
  await ben.write("Are you still there?");
  for (const tab of [second, third]) {
    await expect(log(tab).getByText("Are you still there?")).toHaveCount(1);
    await expect(log(tab).getByText("Good morning")).toHaveCount(1);
    await expect(connection(tab)).toHaveText("Connected");
  }
  await expect.poll(() => visitors(server)).toHaveLength(1);
  const left = await Promise.all([second, third].map(async (tab) => (await status(tab)).leader));
  expect(left.filter(Boolean)).toHaveLength(1);
  await ben.write("Good");
  for (const tab of [second, third]) await expect(log(tab).getByText("Good", { exact: true })).toHaveCount(1);
  expect(complaints).toEqual([]);
});

test("ruling 14: a leader that stands in a debugger does not stop the others", async ({
  browser,
  server,
  complaints,
}) => {
  const { ana, ben } = await arriveBoth(browser, server, complaints);
  await ana.write("It is me");
  await expect(ana.connection).toHaveText("Connected");
  const second = await another(ana);
  await expect(connection(second)).toHaveText("Connected");
  expect((await status(second)).leader, "the premise: the first one leads").toBe(false);

  const debug = await ana.page.context().newCDPSession(ana.page);
  await debug.send("Debugger.enable");
  await debug.send("Debugger.pause");
  // It stops at the next line that runs.
  const paused = new Promise((resolve) => debug.once("Debugger.paused", resolve));
  void ana.page.evaluate("1").catch(() => undefined);
  await paused;
  await ben.openConversation("Test User");
  await ben.write("Can you hear me?");
  await expect(log(second).getByText("Can you hear me?")).toHaveCount(1, { timeout: 40_000 });
  await expect.poll(async () => (await status(second)).leader, { timeout: 40_000 }).toBe(true);

  await debug.send("Debugger.disable");
  await expect(ana.log.getByText("Can you hear me?")).toHaveCount(1);
  await expect.poll(async () => (await status(ana.page)).leader).toBe(false);
  await expect.poll(() => visitors(server)).toHaveLength(1);
  expect(complaints).toEqual([]);
});

test("ruling 14: where sockets are forbidden one tab polls for all", async ({
  browser,
  server,
  complaints,
}) => {
  const proxy = await new OfficeProxy(server.port).start();
  proxy.stripsUpgrade = true;
  const ben = await Ben.setUp(browser, server, complaints);
  const ana = await Ana.arrive(browser, proxy.origin, complaints);
  await ana.open();
  await ana.write("It is me");
  const second = await another(ana);
  await expect.poll(async () => (await status(second)).provider, { timeout: 60_000 }).toBe("polling");
  await expect(log(second)).toContainText("It is me");
  const polls: Page[] = [];
  for (const tab of [ana.page, second])
    tab.on("request", (request) => /conversation\/cnv_\w+\?after=/.test(request.url()) && polls.push(tab));
  await expect.poll(() => polls.length, { timeout: 30_000 }).toBeGreaterThan(3);
  expect(new Set(polls)).toEqual(new Set([ana.page]));
  await ben.openConversation("Test User");
  await ben.write("By poll");
  await expect(log(second).getByText("By poll")).toHaveCount(1);
  await expect(ana.log.getByText("By poll")).toHaveCount(1);
  expect(complaints).toEqual([]);
  proxy.stop();
});
