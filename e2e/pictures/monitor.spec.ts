// Pictures of the monitor's pages to be looked at, in both schemes and on a phone: with something on them, with nothing,
// with what went wrong. They lie in `results/console`, and nothing else depends on them.

import { createServer } from "node:http";
import { Ana, Ben, expect, test } from "../cast";
import { listening, Server } from "../server";

const LONG = `presence-${"a-very-long-name-of-a-channel-".repeat(5)}end`;

for (const scheme of ["light", "dark"] as const) {
  test(`the monitor's pages, ${scheme}`, async ({ browser, complaints }) => {
    const refusing = createServer((request, response) => {
      request.resume();
      response.writeHead(503).end();
    });
    const port = await listening(refusing);
    const server = await new Server({ FRONTDESK_OUTBOUND_ALLOW: "127.0.0.0/8" }).start();
    try {
      const ben = await Ben.setUp(browser, server, complaints);
      const { page } = ben;
      const api = `${server.origin}/api/v1`;
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width: 1440, height: 1000 });
      const shot = (name: string) =>
        page.screenshot({ path: `results/console/monitor-${name}-${scheme}.png` });
      const go = (name: string) => page.goto(`${server.origin}/#/monitor/${name}`);
      await go("queues");
      await expect(page.getByText("Nothing waits")).toBeVisible();
      await shot("queues-empty");
      await go("inspector");
      await expect(page.getByRole("button", { name: "Send event" })).toBeVisible();
      await shot("inspector-empty");

      const ana = await Ana.arrive(browser, server.origin, complaints);
      await ana.open();
      await ana.write("Hello");
      await expect.poll(() => ana.shown()).toContain("Hello");
      await ben.ask("POST", `${api}/webhooks`, { url: `http://127.0.0.1:${port}/hooks/frontdesk` });
      await go("channels");
      const row = page.getByRole("listitem").filter({ hasText: "private-chat.conversation." });
      await expect(row).toBeVisible();
      await shot("channels");
      await row.getByRole("button", { name: /^Inspect/ }).click();
      await expect(page.getByText("Waiting for the first event…")).toBeVisible();
      for (const text of ["My order did not arrive", "It is number 4821", "Are you there?"]) {
        await ana.write(text);
        await expect.poll(() => ana.shown()).toContain(text);
      }
      const event = page.getByRole("listitem").filter({ hasText: "ChatMessageReceived" });
      await expect(event).toHaveCount(3);
      await event
        .first()
        .getByRole("button", { name: /^Show body/ })
        .click();
      await expect(page.locator("pre")).toBeVisible();
      await page.getByLabel("Event name").fill("order.shipped");
      await page.getByLabel("Body").fill('{"order": 4821, "by": }');
      await page.getByRole("button", { name: "Send event" }).click();
      await shot("inspector");
      await go("queues");
      await expect(page.getByRole("region", { name: "Webhooks that wait" })).toContainText("503");
      await shot("queues");
      await go("nodes");
      await expect(page.getByText("Answers this page")).toBeVisible();
      await shot("nodes");
      await go("overview");
      await expect(page.locator("canvas").first()).toBeVisible();
      for (let n = 0; n < 60; n += 1) {
        await ben.ask("POST", `${api}/monitor/events`, { channel: LONG, event: "tick", data: `${n}` });
        if (n % 12 === 0) await ana.write(`Message ${n}`);
      }
      await expect.poll(async () => (await overview(ben, api)).columns.at.length).toBeGreaterThan(12);
      await page.getByText("As a table").first().click();
      await page.waitForResponse((reply) => reply.url().includes("/monitor/overview"));
      await shot("overview");
      await page.setViewportSize({ width: 390, height: 844 });
      await shot("phone-overview");
      for (const name of ["channels", "inspector", "queues", "nodes"]) {
        await go(name);
        await expect(page.getByRole("heading", { level: 1 })).toHaveText(new RegExp(name, "i"));
        await page.waitForLoadState("networkidle");
        await shot(`phone-${name}`);
      }
      expect(complaints).toEqual([]);
    } finally {
      await server.remove();
      refusing.close();
    }
  });
}

const overview = (ben: Ben, api: string) =>
  ben.ask<{ columns: { at: number[] } }>("GET", `${api}/monitor/overview`);
