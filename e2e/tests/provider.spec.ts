// Ruling 13 in a browser: facts come through a foreign provider, played by a second server; when it
// dies the widget goes on with ours and misses nothing.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ana, Ben, expect, occurrences, test } from "../cast";
import { Server } from "../server";

test("a widget hears through the provider, and through us when the provider dies", async ({
  browser,
  complaints,
}) => {
  test.setTimeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), "frontdesk-provider-"));
  const file = join(folder, "provider.toml");
  writeFileSync(file, "[[apps]]\nid = '77'\nkey = 'their-key'\nsecret = 'their-secret'\n");
  const provider = await new Server({ FRONTDESK_CONFIG: file }).start();
  const server = await new Server({
    BROADCAST_CONNECTION: "pusher",
    PUSHER_APP_ID: "77",
    PUSHER_APP_KEY: "their-key",
    PUSHER_APP_SECRET: "their-secret",
    PUSHER_HOST: "localhost",
    PUSHER_PORT: String(provider.port),
    PUSHER_SCHEME: "http",
    FRONTDESK_OUTBOUND_ALLOW: "127.0.0.0/8,::1",
  }).start();
  const ben = await Ben.setUp(browser, server, complaints);
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.open();
  await ana.write("One");
  await expect.poll(async () => (await ana.status()).provider).toBe("pusher");
  await ben.openConversation("Test User");
  await ben.write("Two");
  await expect(ana.log).toContainText("Two");
  await ana.composer.pressSequentially("Thr", { delay: 20 });
  await expect(ben.page.getByText(/is typing|typing…/).first()).toBeVisible();

  await provider.kill();
  await ben.write("Three");
  await expect(ana.log).toContainText("Three", { timeout: 60_000 });
  await expect.poll(async () => (await ana.status()).provider, { timeout: 60_000 }).toBe("reverb");
  await ana.write("Four");
  await expect(ben.log).toContainText("Four");
  for (const text of ["One", "Two", "Three"]) {
    for (const log of [ana.log, ben.log]) expect(await occurrences(log, text), text).toBe(1);
  }
  await ben.page.getByRole("link", { name: "Settings" }).click();
  await expect(ben.page.getByText("passes through a third party, localhost")).toBeVisible();
  await server.remove();
  rmSync(provider.data, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
});
