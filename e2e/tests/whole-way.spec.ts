// The whole way: a visitor writes on a web page, an agent answers in the console, each sees the
// other type, and nothing is reloaded.

import { Ana, arriveBoth, Ben, expect, meet, test } from "../cast";

test("a visitor writes, the agent sees it without a reload and answers", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  await expect(ben.connection).toHaveText("Connected");
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.open();
  await ana.write("Hello, is anybody there?");
  await expect(ana.log).toContainText("Hello, is anybody there?");

  await ben.openConversation("Test User");
  await expect(ben.log).toContainText("Hello, is anybody there?");
  await expect(ana.connection).toHaveText("Connected");

  // His console may still be joining the channel, and a signal is kept for nobody: she types on.
  await expect(async () => {
    await ana.composer.pressSequentially("I am ty", { delay: 20 });
    await expect(ben.page.getByText(/is typing|typing…/).first()).toBeVisible({ timeout: 3_000 });
  }).toPass();
  await ben.composer.pressSequentially("Hello A", { delay: 20 });
  await expect(ana.panel.getByText(/is typing/)).toBeVisible();

  await ben.write("Hello Ana, how can I help?");
  await expect(ana.log).toContainText("Ben joined");
  await expect(ana.log).toContainText("Hello Ana, how can I help?");
  await expect(ana.panel.getByText(/is typing/)).toBeHidden();
  await expect(ben.log).toContainText("Hello Ana, how can I help?");
  expect((await ana.status()).provider).toBe("reverb");
  expect(complaints).toEqual([]);
});

test("a conversation survives a reload of the page and of the console", async ({
  browser,
  server,
  complaints,
}) => {
  const { ana, ben } = await meet(browser, server, complaints, "First");
  await ben.write("Second");
  await expect(ana.log).toContainText("Second");

  await ana.page.reload();
  await ana.page.getByRole("button", { name: /open chat/i }).click();
  await expect(ana.log).toContainText("First");
  await expect(ana.log).toContainText("Second");
  await expect(ana.log).toContainText("Ben joined");
  await ben.page.reload();
  await expect(ben.log).toContainText("Second");
  await expect(ben.log).toContainText("You joined the conversation");
  expect(await ana.texts()).toEqual(["First", "Second"]);
  expect(complaints).toEqual([]);
});

test("what a visitor writes is shown as text and never as markup", async ({
  browser,
  server,
  complaints,
}) => {
  const { ana, ben } = await arriveBoth(browser, server, complaints);
  const markup = `<img src=x onerror="document.title='stolen'"><script>document.title='stolen'</script>`;
  await ana.write(markup);
  await ben.openConversation("Test User");
  await expect(ben.log).toContainText(markup);
  await expect(ana.log).toContainText(markup);
  await ben.write(markup);
  await expect(ana.log.getByText(markup)).toHaveCount(2);
  expect(await ben.page.title()).not.toContain("stolen");
  expect(await ana.page.title()).not.toContain("stolen");
  expect(complaints).toEqual([]);
});

test("a note stays among agents", async ({ browser, server, complaints }) => {
  const { ana, ben } = await meet(browser, server, complaints, "Hello");
  await ben.page.getByRole("button", { name: "Note" }).click();
  await ben.write("She seems nice");
  await expect(ben.log).toContainText("She seems nice");
  await ben.page.getByRole("button", { name: "Reply" }).click();
  await ben.write("Hi there");
  await expect(ana.log).toContainText("Hi there");
  expect(await ana.texts()).toEqual(["Hello", "Hi there"]);
});

test("signing out ends the console's session and its socket", async ({ browser, server, complaints }) => {
  const ben = await Ben.setUp(browser, server, complaints);
  await expect(ben.connection).toHaveText("Connected");
  await ben.page.getByRole("button", { name: "Sign out" }).click();
  await expect(ben.page.getByRole("button", { name: "Sign in" })).toBeVisible();
  expect((await ben.page.request.get(`${server.origin}/api/v1/me`)).status()).toBe(401);
});
