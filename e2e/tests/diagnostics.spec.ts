// "Why am I polling?": the answer that support gets from a visitor behind an office's proxy, under the
// strict policy, by a key and by the line that `debug` shows.

import { Ana, expect, test } from "../cast";
import { OfficeProxy } from "../proxy";

test("r38: behind a proxy without WebSockets the widget says why it polls, to be read and copied", async ({
  browser,
  server,
  complaints,
}) => {
  const proxy = await new OfficeProxy(server.port).start();
  proxy.stripsUpgrade = true;
  const ana = await Ana.arrive(browser, proxy.origin, complaints);
  await ana.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await ana.open();
  await ana.write("My secret");
  await expect.poll(async () => (await ana.status()).provider, { timeout: 60_000 }).toBe("polling");

  await ana.composer.press("Alt+Shift+KeyD");
  const answer = ana.page.getByRole("dialog", { name: "Connection" });
  await expect(answer).toContainText("Polling, because no socket could be opened");
  await expect(answer).toContainText("a blocked Upgrade");
  await expect(answer).toContainText("goes on with polling");
  await answer.getByRole("button", { name: "Copy as text" }).click();
  await expect(answer.getByRole("button", { name: "Copied" })).toBeVisible();
  const copied = await ana.page.evaluate("navigator.clipboard.readText()");
  expect(copied).toContain("What was tried, oldest first:");
  expect(copied).not.toContain("secret");
  await ana.page.keyboard.press("Escape");
  await expect(answer).toBeHidden();
  await expect(ana.composer, "the chat is still open").toBeVisible();

  await ana.page.evaluate(
    "Frontdesk.destroy(); Frontdesk.boot({ ...ChatbotConfig, debug: true }); Frontdesk.open()",
  );
  proxy.stripsUpgrade = false;
  const line = ana.page.getByRole("button", { name: /^Connected by socket \(reverb\) since/ });
  await expect(line).toBeVisible({ timeout: 60_000 });
  await line.click();
  await expect(answer).toContainText("This tab holds the connection.");
  await answer.getByRole("button", { name: "Close" }).click();
  await expect(answer).toBeHidden();
  expect(complaints).toEqual([]);
  proxy.stop();
});
