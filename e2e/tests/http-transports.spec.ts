// pusher-js's own HTTP transports in Chromium, unmodified (contract 1.15): on a page of another origin,
// over streams and over polls, everything a socket can do, once and in order.

import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "@playwright/test";
import type Pusher from "pusher-js";
import type { Channel } from "pusher-js";
import { expect, test } from "../cast";
import { OfficeProxy } from "../proxy";
import type { Server } from "../server";

interface Shared {
  pusher: Pusher & { connection: { connection?: { transport: { name: string } } } };
  channels: Record<string, Channel>;
  heard: string[];
}

/** What the server wrote for its owner. */
function secrets(server: Server): Record<string, string> {
  const text = readFileSync(join(server.data, "secrets.toml"), "utf8");
  return Object.fromEntries([...text.matchAll(/^(\w+) = "(.*)"$/gm)].map((line) => [line[1], line[2]]));
}

/** A page of somebody's site with pusher-js connecting to `port`. */
async function open(
  browser: Browser,
  server: Server,
  site: OfficeProxy,
  transports: string[] | undefined,
  port = server.port,
): Promise<Page> {
  const { app_key: key, app_secret: secret } = secrets(server);
  const page = await (await browser.newContext()).newPage();
  site.pages.set("/page", `<script src="/vendor/pusher.js"></script>`);
  await page.exposeFunction("sign", (text: string) => {
    return `${key}:${createHmac("sha256", secret).update(text).digest("hex")}`;
  });
  await page.goto(`${site.origin}/page`);
  await page.evaluate(
    ([key, port, transports]) => {
      const { Pusher, sign } = window as never as { Pusher: never; sign: (text: string) => Promise<string> };
      const shared: Shared = {
        pusher: new (Pusher as new (key: string, options: unknown) => Shared["pusher"])(key, {
          cluster: "mt1",
          wsHost: "localhost",
          wsPort: port,
          httpHost: "localhost",
          httpPort: port,
          forceTLS: false,
          ...(transports ? { enabledTransports: transports } : { disabledTransports: ["wss"] }),
          channelAuthorization: {
            customHandler: (
              ask: { socketId: string; channelName: string },
              callback: (error: null, answer: unknown) => void,
            ) => {
              const data = ask.channelName.startsWith("presence-") ? `:{"user_id":"${ask.socketId}"}` : "";
              sign(`${ask.socketId}:${ask.channelName}${data}`).then((auth) =>
                callback(null, { auth, ...(data && { channel_data: data.slice(1) }) }),
              );
            },
          },
        }),
        channels: {},
        heard: [],
      };
      Object.assign(window, { shared });
    },
    [key, port, transports] as const,
  );
  await expect.poll(() => state(page), { timeout: 30_000 }).toBe("connected");
  return page;
}

const state = (page: Page) => page.evaluate("window.shared.pusher.connection.state");
const transport = (page: Page) => page.evaluate("window.shared.pusher.connection.connection.transport.name");
const heard = (page: Page): Promise<string[]> => page.evaluate("window.shared.heard");

/** Subscribes, and notes the event `told` and who comes. */
async function subscribe(page: Page, channel: string): Promise<void> {
  await page.evaluate(
    (channel) =>
      new Promise<void>((resolve) => {
        const { shared } = window as never as { shared: Shared };
        const joined = shared.pusher.subscribe(channel);
        shared.channels[channel] = joined;
        joined.bind("told", ({ n }: { n: number }) => shared.heard.push(`told ${n}`));
        joined.bind("client-typing", ({ on }: { on: boolean }) => shared.heard.push(`typing ${on}`));
        joined.bind("pusher:member_added", () => shared.heard.push("came"));
        joined.bind("pusher:subscription_succeeded", () => resolve());
      }),
    channel,
  );
}

async function publish(server: Server, channel: string, n: number, filling: string): Promise<void> {
  const reply = await fetch(`${server.origin}/operator/trigger`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${secrets(server).operator_token}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ channel, event: "told", data: JSON.stringify({ n, filling }) }),
  });
  expect(reply.status).toBe(200);
}

const told = (count: number) => Array.from({ length: count }, (_, n) => `told ${n}`);

for (const name of ["xhr_streaming", "xhr_polling"] as const) {
  test(`${name} carries a connection from another origin, everything once and in order`, async ({
    browser,
    server,
  }) => {
    const site = await new OfficeProxy(server.port).start();
    const ana = await open(browser, server, site, [name]);
    expect(await transport(ana)).toBe(name);
    await subscribe(ana, "news");
    // More than twice what a stream holds before pusher-js takes the next one, in characters of all widths.
    const count = 150;
    const filling = "aé€😀".repeat(800);
    for (let n = 0; n < count; n += 1) await publish(server, "news", n, filling);
    await expect.poll(async () => (await heard(ana)).length).toBeGreaterThanOrEqual(count);
    expect(await heard(ana)).toEqual(told(count));
    expect(await state(ana)).toBe("connected");

    await subscribe(ana, "private-room");
    await subscribe(ana, "presence-room");
    const ben = await open(browser, server, site, ["ws"]);
    await subscribe(ben, "private-room");
    await subscribe(ben, "presence-room");
    await ana.evaluate(`window.shared.channels["private-room"].trigger("client-typing", { on: true })`);
    await expect.poll(() => heard(ben)).toEqual(["typing true"]);
    await ben.evaluate(`window.shared.channels["private-room"].trigger("client-typing", { on: false })`);
    await expect.poll(async () => (await heard(ana)).slice(count)).toEqual(["came", "typing false"]);

    await server.kill();
    await expect.poll(() => state(ana)).not.toBe("connected");
    await server.start();
    await expect.poll(() => state(ana), { timeout: 30_000 }).toBe("connected");
    expect(await transport(ana)).toBe(name);
    site.stop();
  });
}

test("a page whose WebSockets are blocked falls back by itself, and goes on", async ({ browser, server }) => {
  const office = await new OfficeProxy(server.port).start();
  office.stripsUpgrade = true;
  const ana = await open(browser, server, office, undefined, office.port);
  expect(office.upgrades).toBeGreaterThan(0);
  expect(await transport(ana)).toBe("xhr_streaming");
  await subscribe(ana, "news");
  await publish(server, "news", 0, "");
  await expect.poll(() => heard(ana)).toEqual(told(1));
  office.stop();
});

test("a page that may not connect is told so once and stays away", async ({ browser, server }) => {
  const site = await new OfficeProxy(server.port).start();
  const page = await (await browser.newContext()).newPage();
  site.pages.set("/page", `<script src="/vendor/pusher.js"></script>`);
  await page.goto(`${site.origin}/page`);
  const code = await page.evaluate(
    (port) =>
      new Promise((resolve) => {
        const { Pusher } = window as never as { Pusher: new (key: string, options: unknown) => Pusher };
        const pusher = new Pusher("nobody", {
          cluster: "mt1",
          httpHost: "localhost",
          httpPort: port,
          forceTLS: false,
          enabledTransports: ["xhr_streaming"],
        });
        Object.assign(window, { shared: { pusher } });
        pusher.connection.bind(
          "error",
          (error: { data?: { code: number }; error?: { data: { code: number } } }) =>
            resolve(error.data?.code ?? error.error?.data.code),
        );
      }),
    server.port,
  );
  expect(code).toBe(4001);
  await expect.poll(() => state(page)).toBe("disconnected");
  site.stop();
});
