// What a conversation is beyond writing: who is there, what is done to messages, several conversations,
// the end of one, and the way back in from a mail.

import type { Locator, Page } from "@playwright/test";
import { Ana, arriveBoth, Ben, expect, meet, test } from "../cast";
import { Mailbox } from "../mailbox";
import { OfficeProxy } from "../proxy";
import { Server } from "../server";

test("Ana sees whether somebody is there, and with whom she talks", async ({
  browser,
  server,
  complaints,
}) => {
  const { ana, ben } = await arriveBoth(browser, server, complaints);
  await expect(ana.panel.getByText("We are online")).toBeVisible();
  await ben.leave();
  await expect(ana.panel.getByText("Away right now")).toBeVisible({ timeout: 30_000 });
  await expect(ana.panel.getByText("We answer as soon as somebody is back.")).toBeVisible();
  await ana.write("Hello");
  await expect(ana.log.getByText("Sent")).toBeVisible();
  await ben.comeBack(server);
  await expect(ana.panel.getByText("We answer as soon as somebody is back.")).toBeHidden();
  await ben.openConversation("Test User");
  await expect(ana.log.getByText("Read")).toBeVisible();
  await ben.write("Hello Ana");
  await expect(ana.panel.getByText("You are talking with Ben")).toBeVisible();
  expect(complaints).toEqual([]);
});

test("Ana reacts, answers to a message, changes hers and takes it back, with the keyboard alone", async ({
  browser,
  server,
  complaints,
}) => {
  const { ana, ben } = await meet(browser, server, complaints, "Do you ship to Norway?");
  await ben.write("We do.");
  await expect(ana.log).toContainText("We do.");
  const keys = async (...all: string[]) => {
    for (const key of all) await ana.page.keyboard.press(key);
  };
  const menu = ana.panel.getByRole("menu");

  // From the field back to the newest message's actions.
  await expect(ana.composer).toBeFocused();
  await keys("Shift+Tab", "Shift+Tab", "Enter");
  await expect(menu.getByRole("menuitem", { name: "React: 👍" })).toBeFocused();
  await keys("ArrowRight", "Enter");
  await expect(ana.log.getByRole("button", { name: "❤️, 1" })).toHaveAttribute("aria-pressed", "true");

  await expect(ana.log.getByRole("button", { name: "More for this message" }).last()).toBeFocused();
  await keys("Enter");
  await expect(menu).toBeVisible();
  await menu.getByRole("menuitem", { name: "Reply" }).press("Enter");
  await expect(ana.panel.getByText("Reply to Ben")).toBeVisible();
  await expect(ana.composer).toBeFocused();
  await ana.page.keyboard.type("How long dose it take?");
  await keys("Enter");
  await expect(ana.log.getByRole("button", { name: "Ben We do." })).toBeVisible();
  await expect(ben.log).toContainText("How long dose it take?");

  await keys("Shift+Tab", "Shift+Tab", "Enter");
  await menu.getByRole("menuitem", { name: "Edit" }).press("Enter");
  await expect(ana.composer).toHaveValue("How long dose it take?");
  await ana.composer.fill("How long does it take?");
  await keys("Enter");
  await expect(ana.log.getByText("Edited")).toBeVisible();
  await expect(ana.log).not.toContainText("dose");
  await expect(ben.log).toContainText("How long does it take?");

  await keys("Shift+Tab", "Shift+Tab", "Enter");
  await menu.getByRole("menuitem", { name: "Take back" }).press("Enter");
  await expect(ana.log.getByText("This message was taken back.")).toBeVisible();
  await expect(ana.log).not.toContainText("How long");
  await expect(ben.log).not.toContainText("How long");
  expect(await ana.texts()).toEqual(["Do you ship to Norway?", "We do.", ""]);
  expect(complaints).toEqual([]);
});

test("a second conversation stands beside the first, and each keeps its own", async ({
  browser,
  server,
  complaints,
}) => {
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.open();
  await ana.write("About my order");
  await expect(ana.log.getByText("Sent")).toBeVisible();
  await ana.panel.getByRole("button", { name: "All conversations" }).click();
  await ana.panel.getByRole("button", { name: "New conversation" }).click();
  await expect(ana.log).not.toContainText("About my order");
  await ana.write("About a job");
  await expect(ana.log.getByText("Sent")).toBeVisible();
  await ana.panel.getByRole("button", { name: "All conversations" }).click();
  const rows = ana.panel.getByRole("listitem");
  await expect(rows).toHaveCount(2);
  await rows.filter({ hasText: "About my order" }).getByRole("button").click();
  await expect(ana.log).toContainText("About my order");
  await expect(ana.log).not.toContainText("About a job");
  expect(complaints).toEqual([]);
});

for (const way of ["a socket", "polls"])
  test(`an open list is live over ${way}: an answer moves its conversation up`, async ({
    browser,
    server,
    complaints,
  }) => {
    test.setTimeout(90_000);
    const proxy = await new OfficeProxy(server.port).start();
    proxy.stripsUpgrade = way === "polls";
    const ben = await Ben.setUp(browser, server, complaints);
    const ana = await Ana.arrive(browser, proxy.origin, complaints);
    await ana.open();
    await ana.write("About my order");
    await ben.openConversation("Test User");
    const list = ana.panel.getByRole("button", { name: "All conversations" });
    await list.click();
    await ana.panel.getByRole("button", { name: "New conversation" }).click();
    await ana.write("About a job");
    await expect(ana.log.getByText("Sent")).toBeVisible();
    const provider = async () => (await ana.status()).provider;
    if (proxy.stripsUpgrade) await expect.poll(provider, { timeout: 60_000 }).toBe("polling");
    await list.click();
    const rows = ana.panel.getByRole("listitem");
    await expect(rows.first()).toContainText("About a job");
    const order = rows.filter({ hasText: "About my order" }).getByRole("button");
    await order.focus();
    await ben.write("It is on its way");
    await expect(rows.first()).toContainText("It is on its way");
    await expect(rows.first().getByRole("img", { name: "1" })).toBeVisible();
    await expect(rows.first().getByRole("button")).toBeFocused();
    await ben.write("It comes tomorrow");
    await expect(rows.first()).toContainText("It comes tomorrow");
    await rows.first().getByRole("button").click();
    await expect(ana.log).toContainText("It comes tomorrow");
    proxy.stop();
    expect(complaints).toEqual([]);
  });

test("Ana ends the conversation, says how it was, and can go on all the same", async ({
  browser,
  server,
  complaints,
}) => {
  const { ana, ben } = await meet(browser, server, complaints, "Thank you!");
  await ben.write("You are welcome.");
  await expect(ana.log).toContainText("You are welcome.");
  await ana.panel.getByRole("button", { name: "More", exact: true }).click();
  await ana.panel.getByRole("menuitem", { name: "End the conversation" }).click();
  await expect(ana.log).toContainText("The conversation has ended");
  await ana.panel.getByRole("radio", { name: "4 of 5" }).check();
  await ana.panel.getByRole("textbox", { name: "Would you like to say more?" }).fill("Quick");
  await ana.panel.getByRole("button", { name: "Send", exact: true }).click();
  await expect(ana.log).toContainText("★★★★☆ Quick");
  await expect(ana.panel.getByText("How was this conversation?")).toBeHidden();
  await expect(ben.log).toContainText("★★★★☆ Quick");
  await ana.write("One more thing");
  await expect(ana.log).toContainText("The conversation goes on");
  expect(complaints).toEqual([]);
});

test("what the owner asks first is asked on every page that does not ask for itself", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  await ben.page.goto(`${server.origin}/#/settings/widget`);
  const form = ben.page.getByRole("region", { name: "Before the first message" });
  await form.getByRole("checkbox", { name: "Their e-mail address" }).check();
  await form.getByLabel("Consent").fill("I have read how my data is used.");
  await ben.page.getByRole("button", { name: "Save" }).click();
  await expect(ben.page.getByText("Saved", { exact: true })).toBeVisible();
  await ben.page.reload();
  await expect(form.getByRole("checkbox", { name: "Their e-mail address" })).toBeChecked();

  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.open();
  const begin = ana.panel.getByRole("button", { name: "Start the conversation" });
  await expect(begin).toBeDisabled();
  await expect(ana.composer).toHaveCount(1);
  await ana.panel.getByLabel("Your e-mail address").fill("ana@home.example");
  await ana.panel.getByRole("checkbox", { name: "I have read how my data is used." }).check();
  await begin.click();
  await ana.write("Hello");
  await expect(ana.log.getByText("Sent")).toBeVisible();
  await ben.comeBack(server);
  await ben.openConversation("Test User");

  const eve = await Ana.arrive(browser, server.origin, complaints);
  await eve.page.evaluate(
    "Frontdesk.destroy(); Frontdesk.boot({ ...ChatbotConfig, preChat: [], consent: '' }); Frontdesk.open()",
  );
  await eve.write("The page asks nothing");
  await expect(eve.log.getByText("Sent")).toBeVisible();
  expect(complaints).toEqual([]);
});

test("the link in a mail opens the conversation on another device, once, and leaves the address", async ({
  browser,
  complaints,
}) => {
  const mailbox = new Mailbox();
  const port = await mailbox.start();
  const server = await new Server({
    FRONTDESK_SMTP_URL: `smtp://127.0.0.1:${port}`,
    FRONTDESK_MAIL_FROM: "Shop <chat@shop.example>",
    FRONTDESK_MAIL_AFTER_S: "1",
  }).start();
  try {
    const ben = await Ben.setUp(browser, server, complaints);
    const ana = await Ana.arrive(browser, server.origin, complaints);
    await ana.open();
    await ana.write("Is the green one back?");
    await expect(ana.log.getByText("Sent")).toBeVisible();
    await ana.page.close();
    await ben.openConversation("Test User");
    await ben.write("Since Monday.");
    await expect.poll(() => mailbox.letters.length).toBe(1);
    const code = /#frontdesk=([\w-]+)/.exec(mailbox.letters[0] ?? "")?.[1];

    const follow = async (): Promise<Page> => {
      const page = await (await browser.newContext()).newPage();
      await page.goto(`${server.origin}/chatbot-test.html?from=mail#frontdesk=${code}`);
      await expect(page.getByRole("dialog")).toBeVisible();
      expect(page.url()).toBe(`${server.origin}/chatbot-test.html?from=mail`);
      return page;
    };
    const phone = await follow();
    await expect(phone.getByRole("log")).toContainText("Is the green one back?");
    await expect(phone.getByRole("log")).toContainText("Since Monday.");
    await phone.reload();
    await phone.getByRole("button", { name: /open chat/i }).click();
    await expect(phone.getByRole("log"), "known from now on").toContainText("Since Monday.");

    const eve = await follow();
    await expect(eve.getByRole("log")).toContainText("This link was used before");
    await expect(eve.getByRole("log")).not.toContainText("green");
    expect(complaints).toEqual([]);
  } finally {
    await server.remove();
    mailbox.stop();
  }
});

test("the panel speaks the language the page asks for, from its own side", async ({
  browser,
  server,
  complaints,
}) => {
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.open();
  await ana.page.evaluate(
    "Frontdesk.destroy(); Frontdesk.boot({ ...window.ChatbotConfig, locale: 'ar-EG' })",
  );
  await ana.page.getByRole("button", { name: "فتح المحادثة" }).click();
  await expect(ana.panel.getByRole("textbox", { name: "اكتب رسالة" })).toBeVisible();
  await expect(ana.panel).toHaveAttribute("dir", "rtl");
  await ana.write("مرحبا");
  await expect(ana.log.getByText("أُرسلت")).toBeVisible();
  // A part that comes later speaks it too, although the panel was here once before.
  await ana.panel.getByRole("button", { name: "المزيد", exact: true }).click();
  await expect(ana.panel.getByRole("menuitem", { name: "إنهاء المحادثة" })).toBeVisible();
  expect(complaints).toEqual([]);
});

test("what the page asks first is asked once; who leaves an address is not asked again", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const ana = await Ana.arrive(browser, server.origin, complaints);
  const boot = (more: object) =>
    ana.page.evaluate((more) => {
      const page = window as unknown as { Frontdesk(...call: unknown[]): void; ChatbotConfig: object };
      page.Frontdesk("destroy");
      const { apiToken } = page.ChatbotConfig as { apiToken: string };
      page.Frontdesk("boot", { apiToken, ...more });
      page.Frontdesk("open");
    }, more);
  const asked = { preChat: ["name"], consent: "I have read how my data is used." };
  await boot(asked);
  const begin = ana.panel.getByRole("button", { name: "Start the conversation" });
  await expect(begin).toBeDisabled();
  await ana.panel.getByLabel("Your name").fill("Ana Ruiz");
  await expect(begin).toBeDisabled();
  await ana.panel.getByRole("checkbox", { name: asked.consent }).check();
  await ben.leave();
  await begin.click();

  const address = ana.panel.getByLabel("Your e-mail address");
  await address.fill("ana@home");
  await ana.panel.getByRole("button", { name: "Save" }).click();
  await expect(address).toHaveAccessibleDescription(/such as ana@example.com/);
  await address.fill("ana@home.example");
  await ana.panel.getByRole("button", { name: "Save" }).click();
  await expect(address).toBeHidden();
  await ana.write("Hello");
  await ben.comeBack(server);
  await ben.openConversation("Ana Ruiz");
  const id = /cnv_\w+/.exec(ben.page.url())?.[0];
  const { conversation } = await (
    await ben.page.request.get(`${server.origin}/api/v1/conversations/${id}`)
  ).json();
  expect(conversation.visitor).toMatchObject({ name: "Ana Ruiz", email: "ana@home.example" });
  await boot(asked);
  await expect(ana.composer).toBeVisible();
  await expect(begin).toBeHidden();
  expect(complaints).toEqual([]);
});

test("earlier messages come as Ana scrolls up, and what she reads stays where it is", async ({
  browser,
  server,
  complaints,
}) => {
  const { ana, ben } = await meet(browser, server, complaints, "Tell me everything");
  const { csrf } = await (await ben.page.request.get(`${server.origin}/api/v1/me`)).json();
  const id = /cnv_\w+/.exec(ben.page.url())?.[0];
  const answers = Array.from({ length: 54 }, (_, at) =>
    ben.page.request.post(`${server.origin}/api/v1/conversations/${id}/messages`, {
      headers: { "x-csrf-token": csrf },
      data: { message: `message ${at} of many` },
    }),
  );
  for (const reply of await Promise.all(answers)) expect(reply.status()).toBe(201);
  await ana.page.reload();
  await ana.launcher.click();
  await expect.poll(async () => (await ana.texts()).length).toBeGreaterThan(0);
  const loaded = await ana.texts();
  expect(loaded.length, "the premise: not all are here").toBeLessThan(55);
  const [first, last] = [loaded[0] ?? "", loaded.at(-1) ?? ""].map((text) =>
    ana.log.getByText(text, { exact: true }),
  );
  await expect(last as Locator).toBeInViewport();
  await ana.log.evaluate((log) => {
    log.scrollTop = 10;
  });
  await expect.poll(async () => (await ana.texts()).length).toBe(55);
  await expect(first as Locator).toBeInViewport();
  await ana.log.press("End");
  await expect(last as Locator).toBeInViewport();
  expect(complaints).toEqual([]);
});

test("the title counts what came while nobody looked", async ({ browser, server, complaints }) => {
  const { ana, ben } = await arriveBoth(browser, server, complaints);
  await ana.write("I wait in another tab");
  await expect(ana.log.getByText("Sent")).toBeVisible();
  const look = (hidden: boolean) =>
    ana.page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
      Object.defineProperty(document, "visibilityState", {
        get: () => (hidden ? "hidden" : "visible"),
        configurable: true,
      });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  const title = await ana.page.title();
  await look(true);
  await ben.openConversation("Test User");
  await ben.write("Here I am");
  await expect(ana.page).toHaveTitle(`(1) ${title}`);
  await look(false);
  await expect(ana.page).toHaveTitle(title);
  expect(complaints).toEqual([]);
});
