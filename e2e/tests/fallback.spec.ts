// The transports: behind a proxy that strips `Upgrade` the conversation goes on by polling; when
// WebSockets come back, the widget returns to them without a reload, nothing lost or doubled.

import { Ana, Ben, expect, meet, occurrences, test } from "../cast";
import { OfficeProxy } from "../proxy";

test("without WebSockets the same conversation goes on by polling, and returns by itself", async ({
  browser,
  server,
  complaints,
}) => {
  test.setTimeout(120_000);
  const proxy = await new OfficeProxy(server.port).start();
  proxy.stripsUpgrade = true;
  const ben = await Ben.setUp(browser, server, complaints);
  const ana = await Ana.arrive(browser, proxy.origin, complaints);
  await ana.open();
  await ana.write("One");
  await expect.poll(async () => (await ana.status()).provider, { timeout: 60_000 }).toBe("polling");
  expect(proxy.upgrades).toBeGreaterThan(0);

  await ben.openConversation("Test User");
  await ben.write("Two");
  await expect(ana.log).toContainText("Two");
  await ana.composer.pressSequentially("Thr", { delay: 20 });
  await expect(ben.page.getByText(/is typing|typing…/).first()).toBeVisible();
  await ana.write("Three");
  await expect(ben.log).toContainText("Three");

  await ana.page.evaluate("window.stillTheSamePage = true");
  proxy.stripsUpgrade = false;
  await expect.poll(async () => (await ana.status()).provider, { timeout: 60_000 }).toBe("reverb");
  await ben.write("Four");
  await expect(ana.log).toContainText("Four");

  proxy.stripsUpgrade = true;
  proxy.cut();
  await ben.write("Five");
  await expect(ana.log).toContainText("Five");
  await ana.write("Six");
  await expect(ben.log).toContainText("Six");
  proxy.stripsUpgrade = false;
  await expect.poll(async () => (await ana.status()).provider, { timeout: 60_000 }).toBe("reverb");

  expect(await ana.texts()).toEqual(["One", "Two", "Three", "Four", "Five", "Six"]);
  for (const text of ["One", "Two", "Three", "Four", "Five", "Six"]) {
    for (const log of [ana.log, ben.log]) expect(await occurrences(log, text), text).toBe(1);
  }
  expect(await ana.page.evaluate("window.stillTheSamePage")).toBe(true);
  expect(complaints).toEqual([]);
  proxy.stop();
});

test("the server is killed in the middle of a conversation and both sides go on", async ({
  browser,
  server,
  complaints,
}) => {
  test.setTimeout(120_000);
  const { ana, ben } = await meet(browser, server, complaints, "Before 1");
  await ben.write("Before 2");
  await expect(ana.log).toContainText("Before 2");

  await server.kill();
  await ana.write("Meanwhile from Ana");
  await ben.write("Meanwhile from Ben");
  await expect(ana.connection).not.toHaveText("Connected");
  await expect(ben.connection).not.toHaveText("Connected");
  await server.start();

  await expect(ana.connection).toHaveText("Connected", { timeout: 60_000 });
  await expect(ben.connection).toHaveText("Connected", { timeout: 60_000 });
  await expect(ben.log).toContainText("Meanwhile from Ana", { timeout: 60_000 });
  await expect(ana.log).toContainText("Meanwhile from Ben", { timeout: 60_000 });
  await ana.write("After");
  await expect(ben.log).toContainText("After");

  const texts = await ana.texts();
  expect(texts.slice(0, 2)).toEqual(["Before 1", "Before 2"]);
  expect([...texts].sort()).toEqual([
    "After",
    "Before 1",
    "Before 2",
    "Meanwhile from Ana",
    "Meanwhile from Ben",
  ]);
  for (const text of texts) {
    for (const log of [ana.log, ben.log]) expect(await occurrences(log, text), text).toBe(1);
  }
  expect(complaints).toEqual([]);
});
