// pusher-js's browser build, unmodified, in Chromium on a page of another origin.

import { join } from "node:path";
import type { Page } from "@playwright/test";
import type PusherClass from "pusher-js";
import { OfficeProxy } from "../../e2e/proxy";
import { SHOP, serve } from "../apps";
import { NodeBackend } from "../backend";
import { expect, options, test } from "../world";

const BUILD = join(import.meta.dirname, "../node_modules/pusher-js/dist/web/pusher-with-encryption.js");

/** What the page's own script keeps on its window. */
declare global {
  interface Window {
    Pusher: typeof PusherClass;
    pusher: PusherClass;
    told: string[];
  }
}

/** Opens a page with a connected pusher-js; `more` goes into its options. */
async function visit(page: Page, origin: string, settings: object): Promise<void> {
  await page.goto(`${origin}/page`);
  await page.addScriptTag({ path: BUILD });
  await page.evaluate(
    ([key, settings]) => {
      window.told = [];
      window.pusher = new window.Pusher(key, settings as never);
      window.pusher.connection.bind("state_change", ({ current }: { current: string }) =>
        window.told.push(current),
      );
    },
    [SHOP.key, settings] as const,
  );
  await expect
    .poll(() => page.evaluate(() => window.pusher.connection.state), { timeout: 20_000 })
    .toBe("connected");
}

/** Subscribes, and says how the channel answered. */
function subscribe(page: Page, name: string): Promise<string> {
  return page.evaluate(
    (name) =>
      new Promise<string>((resolve) => {
        const channel = window.pusher.subscribe(name);
        channel.bind_global((event: string, data: unknown) => {
          if (!event.startsWith("pusher:")) window.told.push(`${event} ${JSON.stringify(data)}`);
        });
        channel.bind("pusher:subscription_succeeded", () => resolve("joined"));
        channel.bind("pusher:subscription_error", (error: { status: number }) => resolve(`${error.status}`));
      }),
    name,
  );
}

for (const transport of ["ws", "xhr_streaming", "xhr_polling"] as const) {
  test(`in Chromium over ${transport}: events, presence, encryption, client events`, async ({
    page,
    server,
    auth,
    backend,
    join: connect,
    own,
  }) => {
    await visit(page, auth.origin, { ...options(server, auth, "ana"), enabledTransports: [transport] });
    for (const kind of ["", "private-", "presence-", "private-encrypted-"]) {
      expect(await subscribe(page, `${kind}${own}`)).toBe("joined");
    }
    expect(await subscribe(page, `private-forbidden-${own}`)).toBe("403");
    await backend.trigger([own, `private-${own}`], "shipped", { text: "Grüße ☃" });
    await backend.trigger([`private-encrypted-${own}`], "told", { pin: 1234 });
    const told = () => page.evaluate(() => window.told.filter((word) => word.includes(" ")));
    await expect
      .poll(told)
      .toEqual(['shipped {"text":"Grüße ☃"}', 'shipped {"text":"Grüße ☃"}', 'told {"pin":1234}']);

    const ben = await connect("ben");
    const channel = ben.subscribe(`presence-${own}`);
    const typed = new Promise<unknown[]>((resolve) => {
      channel.bind("client-typing", (data: unknown, metadata: unknown) => resolve([data, metadata]));
    });
    await expect
      .poll(() =>
        page.evaluate((name) => {
          const { members } = window.pusher.channel(name) as never as { members: { members: object } };
          return Object.keys(members.members).sort();
        }, `presence-${own}`),
      )
      .toEqual(["ana", "ben"]);
    await page.evaluate(
      (name) => window.pusher.channel(name).trigger("client-typing", { on: true }),
      `presence-${own}`,
    );
    expect(await typed).toEqual([{ on: true }, { user_id: "ana" }]);
  });
}

for (const [fallback, disabledTransports] of [
  ["xhr_streaming", []],
  ["xhr_polling", ["xhr_streaming"]],
] as const) {
  test(`in Chromium behind a proxy without WebSockets it falls back to ${fallback}, and reconnects`, async ({
    page,
    auth,
    own,
  }) => {
    const server = await serve([SHOP]);
    const backend = new NodeBackend(SHOP, server.port);
    const office = await new OfficeProxy(server.port).start();
    office.stripsUpgrade = true;
    const { enabledTransports: _, ...settings } = options(server, auth, "ana");
    const behind = { ...settings, wsPort: office.port, httpPort: office.port, disabledTransports };
    await visit(page, auth.origin, behind);
    const transport = () =>
      page.evaluate(() => {
        const { connection } = window.pusher.connection as never as {
          connection: { transport: { name: string } };
        };
        return connection.transport.name;
      });
    expect(await transport()).toBe(fallback);
    expect(office.upgrades).toBeGreaterThan(0);
    expect(await subscribe(page, `presence-${own}`)).toBe("joined");
    const told = () => page.evaluate(() => window.told.filter((word) => word.includes(" ")));
    const long = "x".repeat(10_000);
    await backend.trigger([`presence-${own}`], "shipped", long);
    await backend.trigger([`presence-${own}`], "paid", 1);
    await expect.poll(told).toEqual([`shipped "${long}"`, "paid 1"]);

    const before = await page.evaluate(() => window.pusher.connection.socket_id);
    await server.kill();
    await server.start();
    await expect
      .poll(() => page.evaluate(() => window.pusher.connection.socket_id), { timeout: 40_000 })
      .not.toBe(before);
    await expect.poll(() => backend.users(`presence-${own}`)).toEqual({ users: [{ id: "ana" }] });
    await backend.trigger([`presence-${own}`], "again", 2);
    await expect.poll(async () => (await told()).at(-1)).toBe("again 2");
    office.stop();
    await server.remove();
  });
}

test("in Chromium over xhr_streaming: a wrong key is refused for good, with 4001", async ({
  page,
  server,
  auth,
}) => {
  await page.goto(`${auth.origin}/page`);
  await page.addScriptTag({ path: BUILD });
  const told = await page.evaluate(
    (settings) =>
      new Promise<unknown[]>((resolve) => {
        const told: unknown[] = [];
        const pusher = new window.Pusher("no-such-key", settings as never);
        pusher.connection.bind(
          "error",
          (failure: { error?: { data?: { code: number } }; data?: { code: number } }) =>
            told.push(failure.data?.code ?? failure.error?.data?.code),
        );
        pusher.connection.bind("disconnected", () => resolve(told));
      }),
    { ...options(server, auth), enabledTransports: ["xhr_streaming"] },
  );
  expect(told).toEqual([4001]);
});
