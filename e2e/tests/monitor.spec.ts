// The monitor's pages: Ana comes and a number moves, Ben looks on at her channel and reads what she said only after
// asking, makes an event that a Pusher client hears, and has a webhook tried again; nobody but an owner sees any of it.

import { createServer } from "node:http";
import { findings } from "../axe";
import { Ana, Ben, colleague, expect, test } from "../cast";
import { listening, Server } from "../server";

const open = (ben: Ben, server: Server, page: string) => ben.page.goto(`${server.origin}/#/monitor/${page}`);

test("Ana comes, and the number of connections moves by itself", async ({ browser, server, complaints }) => {
  const ben = await Ben.setUp(browser, server, complaints);
  await ben.page.getByRole("link", { name: "Monitor" }).click();
  await expect(ben.page.getByRole("heading", { name: "Overview" })).toBeVisible();
  const connections = ben.page.locator("[data-figure=Connections]");
  await expect(connections).toHaveText("1");
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.open();
  await expect(connections).toHaveText("2");
  const chart = ben.page.getByRole("figure", { name: "Connections" });
  await expect(chart.locator("canvas")).toBeVisible();
  await chart.getByText("As a table").click();
  await expect(chart.getByRole("columnheader", { name: "Open" })).toBeVisible();
  await expect(chart.getByRole("cell", { name: "2", exact: true }).first()).toBeVisible();

  // A page that nobody sees asks nothing.
  const asked: string[] = [];
  ben.page.on("request", (request) => asked.push(request.url()));
  await ben.page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await ana.page.close();
  const overview = `${server.origin}/api/v1/monitor/overview?after=4000000000`;
  const now = async () => (await ben.ask<{ connections: number }>("GET", overview)).connections;
  await expect.poll(now).toBe(1);
  const before = asked.filter((url) => url.includes("/monitor/")).length;
  await ben.page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "visible", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await expect(connections).toHaveText("1");
  expect(before, "while it was hidden").toBeLessThanOrEqual(1);
  expect(complaints).toEqual([]);
});

test("Ben finds Ana's channel, sees her message by its name, and what it says when he asks", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.open();
  await ana.write("Hello");
  await expect(ben.row("Test User")).toBeVisible();
  await open(ben, server, "channels");
  const { page } = ben;
  await page.getByRole("searchbox").fill("private-chat.conversation.");
  const channel = page.getByRole("listitem").filter({ hasText: "private-chat.conversation." });
  await expect(channel).toHaveCount(1);
  await channel.getByRole("button", { name: /^Inspect/ }).click();
  await expect(page.getByText("Waiting for the first event…")).toBeVisible();
  await ana.write("The code is 4711");
  const event = page.getByRole("listitem").filter({ hasText: "ChatMessageReceived" });
  await expect(event).toBeVisible();
  await expect(page.locator("body")).not.toContainText("4711");
  await event.getByRole("button", { name: /^Show body/ }).click();
  await expect(event.locator("pre")).toContainText("The code is 4711");
  await event.getByRole("button", { name: /^Hide body/ }).click();
  await expect(page.locator("body")).not.toContainText("4711");
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByRole("button", { name: "Inspect", exact: true })).toBeVisible();
  expect(complaints).toEqual([]);
});

test("Ben makes an event, and a Pusher client hears it", async ({ browser, server, complaints }) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const { key } = (await ben.ask<{ realtime: { key: string } }>("GET", `${server.origin}/api/v1/me`))
    .realtime;
  const shop = await (await browser.newContext()).newPage();
  await shop.goto(`${server.origin}/up`);
  await shop.addScriptTag({ url: `${server.origin}/vendor/pusher.js` });
  await shop.evaluate(
    ([key, port]) => {
      const page = window as unknown as { Pusher: new (...words: unknown[]) => PusherLike; heard: unknown[] };
      page.heard = [];
      const options = {
        wsHost: "localhost",
        wsPort: Number(port),
        forceTLS: false,
        enabledTransports: ["ws"],
      };
      const client = new page.Pusher(key, { ...options, cluster: "", enableStats: false });
      const channel = client.subscribe("news");
      channel.bind("sale", (data: unknown) => page.heard.push(data));
      channel.bind("pusher:subscription_succeeded", () => document.body.setAttribute("data-ready", ""));
    },
    [key, `${server.port}`],
  );
  await expect(shop.locator("body[data-ready]")).toBeAttached();
  await open(ben, server, "inspector");
  const { page } = ben;
  await page.getByLabel("Send to channel").fill("news");
  await page.getByLabel("Event name").fill("sale");
  await page.getByLabel("Body").fill("{off: 20}");
  await page.getByRole("button", { name: "Send event" }).click();
  await expect(page.getByText("This is not JSON.")).toBeVisible();
  await page.getByLabel("Body").fill('{"off": 20}');
  await page.getByRole("button", { name: "Send event" }).click();
  await expect(page.getByText("Sent to 1 subscriber")).toBeVisible();
  await expect.poll(() => shop.evaluate("window.heard")).toEqual([{ off: 20 }]);
  await page.getByLabel("Send to channel").fill("nobody");
  await page.getByRole("button", { name: "Send event" }).click();
  await expect(page.getByText("nobody listens to this channel")).toBeVisible();
  expect(complaints).toEqual([]);
});

interface PusherLike {
  subscribe(channel: string): { bind(event: string, heard: (data: unknown) => void): void };
}

test("a webhook that is refused waits with its reason, and goes when Ben has it tried again", async ({
  browser,
  complaints,
}) => {
  let status = 503;
  const heard: number[] = [];
  const receiver = createServer((request, response) => {
    request.resume();
    heard.push(status);
    response.writeHead(status).end();
  });
  const port = await listening(receiver);
  const server = await new Server({ FRONTDESK_OUTBOUND_ALLOW: "127.0.0.0/8" }).start();
  try {
    const ben = await Ben.setUp(browser, server, complaints);
    const hook = { url: `http://127.0.0.1:${port}/hook?key=secret` };
    await ben.ask("POST", `${server.origin}/api/v1/webhooks`, hook);
    const ana = await Ana.arrive(browser, server.origin, complaints);
    await ana.open();
    await ana.write("Hello");
    await open(ben, server, "queues");
    const { page } = ben;
    const queue = page.getByRole("list", { name: "Queues" }).getByRole("listitem").first();
    await expect(queue).toContainText("retrying");
    const waiting = page.getByRole("region", { name: "Webhooks that wait" });
    await expect(waiting).toContainText("it answered 503");
    await expect(waiting).toContainText(`http://127.0.0.1:${port}/hook`);
    await expect(page.locator("body")).not.toContainText("secret");
    expect(await findings(page)).toEqual([]);
    status = 200;
    await waiting.getByRole("button", { name: /^Try now/ }).click();
    await expect(waiting).toContainText("Nothing waits");
    expect(heard).toContain(200);
    expect(complaints).toEqual([]);
  } finally {
    await server.remove();
    receiver.close();
  }
});

test("Carol, who owns nothing, finds no monitor and is refused", async ({ browser, server, complaints }) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const { page } = await colleague(browser, ben, complaints, { origin: server.origin });
  await expect(page.getByRole("link", { name: "Monitor" })).toHaveCount(0);
  for (const name of ["overview", "inspector"]) {
    await page.goto(`${server.origin}/#/monitor/${name}`);
    await expect(page.getByRole("heading", { name: "This page is not for your role" })).toBeVisible();
  }
  for (const path of ["overview", "channels", "queues", "nodes"]) {
    const reply = await page.request.get(`${server.origin}/api/v1/monitor/${path}`);
    expect(reply.status(), path).toBe(403);
  }
});

test("no page of the monitor has an accessibility finding, by day or by night", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.open();
  await ana.write("Hello");
  const { page } = ben;
  const ready = {
    overview: page.getByRole("figure", { name: "Connections" }).locator("canvas"),
    channels: page.getByRole("listitem").filter({ hasText: "private-" }).first(),
    inspector: page.getByRole("button", { name: "Send event" }),
    queues: page.getByRole("heading", { name: "Chat webhooks" }),
    nodes: page.getByText("Answers this page"),
  };
  for (const [name, there] of Object.entries(ready)) {
    await open(ben, server, name);
    await expect(there, name).toBeVisible();
    expect(await findings(page), name).toEqual([]);
  }
  expect(complaints).toEqual([]);
});
