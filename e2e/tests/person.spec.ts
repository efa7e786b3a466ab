// What an agent does about the person they talk with: merges, keeps out, hands out, erases; and what is kept of a
// conversation, said by voice, or put off. By keys alone, and nothing that axe-core finds.

import { readFileSync } from "node:fs";
import { findings } from "../axe";
import { Ana, Ben, colleague, expect, meet, test } from "../cast";
import { guest } from "../guest";
import { Website } from "../website";

test.use({
  // A microphone that hums.
  launchOptions: async ({ launchOptions }, use) => {
    const microphone = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
    await use({ ...launchOptions, args: [...(launchOptions.args ?? []), ...microphone] });
  },
});

/** Ben presses keys where no letter is written, and gets the dialog. */
async function asks(ben: Ben, keys: string, name: string | RegExp) {
  await ben.log.focus();
  await ben.page.keyboard.press(keys);
  const dialog = ben.page.getByRole("dialog", { name });
  await expect(dialog).toBeVisible();
  return dialog;
}

test("Ana's two visits become one person after Ben has seen what will happen, and two again", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const phone = await guest(server, "Ana", "ana@shop.example");
  const laptop = await guest(server, "Ana Ruiz");
  await phone.write("Where is my parcel?");
  await laptop.write("It is me again, on my laptop");
  await ben.openConversation("Ana Ruiz");
  await ben.page.getByRole("button", { name: "Visitor details" }).click();
  const card = ben.page.getByRole("complementary", { name: "Visitor" });
  await expect(card.getByRole("region", { name: "Other conversations" })).toContainText(
    "This is the only one.",
  );

  const find = await asks(ben, "m", "Is this somebody you know?");
  await ben.page.keyboard.type("ana@shop");
  await expect(find.getByRole("listitem")).toHaveCount(1);
  expect(await findings(ben.page), "finding").toEqual([]);
  await ben.page.keyboard.press("Tab");
  await ben.page.keyboard.press("Enter");
  const sure = ben.page.getByRole("dialog", { name: "Make them one?" });
  await expect(sure.getByRole("region", { name: "What remains" })).toContainText("ana@shop.example");
  await expect(sure).toContainText("You can take it back later");
  expect(await findings(ben.page), "before it happens").toEqual([]);
  await sure.getByRole("button", { name: "Make them one" }).press("Enter");
  await expect(sure).toBeHidden();
  const other = card.getByRole("link", { name: "Where is my parcel?" });
  await expect(other).toBeVisible();
  await expect(card).toContainText("ana@shop.example");
  expect(await findings(ben.page), "one person").toEqual([]);
  await other.click();
  await expect(ben.log).toContainText("Where is my parcel?");
  await expect(card.getByRole("link", { name: "It is me again, on my laptop" })).toBeVisible();

  const apart = await asks(ben, "Shift+M", "This is somebody else?");
  expect(await findings(ben.page), "taking apart").toEqual([]);
  await apart.getByRole("button", { name: "Take them apart" }).click();
  await expect(card.getByRole("region", { name: "Other conversations" })).toContainText(
    "This is the only one.",
  );
  expect(complaints).toEqual([]);
});

test("Ben keeps Eve out for a day, lets her in, hands out what is kept of her, and erases it", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const eve = await guest(server, "Eve");
  await eve.write("Buy my watches");
  await ben.openConversation("Eve");
  await ben.page.getByRole("button", { name: "Visitor details" }).click();
  const card = ben.page.getByRole("complementary", { name: "Visitor" });
  const block = await asks(ben, "b", "Block Eve?");
  expect(await findings(ben.page), "blocking").toEqual([]);
  await block.getByLabel("Why (for your team)").fill("watches");
  await block.getByRole("button", { name: "Block" }).click();
  await expect(card).toContainText("Blocked until tomorrow");
  expect(await findings(ben.page), "blocked").toEqual([]);
  await expect(eve.write("Cheap watches")).rejects.toThrow(/403|401/);
  await card.getByRole("button", { name: "Let in" }).click();
  await expect(card).not.toContainText("Blocked");

  const hand = await asks(ben, "Shift+D", "Export everything?");
  expect(await findings(ben.page), "exporting").toEqual([]);
  const coming = ben.page.waitForEvent("download");
  await hand.getByRole("link", { name: "Export" }).click();
  expect(readFileSync(await (await coming).path(), "utf8")).toContain("Buy my watches");

  const erase = await asks(ben, "Shift+Delete", "Erase Eve?");
  const go = erase.getByRole("button", { name: "Erase for good" });
  await expect(go).toBeDisabled();
  expect(await findings(ben.page), "erasing").toEqual([]);
  await erase.getByLabel("Type “erase” to go on").fill("erase");
  await go.click();
  await expect(ben.page.getByText("Erased: 1 conversation.")).toBeVisible();
  await expect(ben.page.locator(".row-name")).toHaveCount(0);
  expect(complaints).toEqual([]);
});

test("Carol, who owns nothing, is not asked what only owners can do", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const carol = await colleague(browser, ben, complaints, { origin: server.origin });
  await (await guest(server, "Ana")).write("Hello");
  await carol.openConversation("Ana");
  await carol.log.focus();
  for (const keys of ["b", "Shift+D", "Shift+Delete"]) await carol.page.keyboard.press(keys);
  const dialog = await asks(carol, "Shift+T", "Transcript");
  await expect(carol.page.getByRole("dialog")).toHaveCount(1);
  await dialog.press("Escape");
  await carol.page.getByRole("button", { name: "Visitor details" }).click();
  await carol.page.getByRole("button", { name: "More about this visitor" }).click();
  await expect(carol.page.getByRole("dialog").getByRole("button")).toHaveText(["This is somebody else…"]);
  expect(complaints).toEqual([]);
});

test("a conversation is saved as a text and printed, without the team's notes unless they are wanted", async ({
  browser,
  server,
  complaints,
}) => {
  const { ben } = await meet(browser, server, complaints, "Where is my order?");
  await ben.write("It left yesterday.");
  await ben.page.getByRole("button", { name: "Note" }).click();
  await ben.write("She sounds cross.");
  await expect(ben.log).toContainText("She sounds cross.");
  const dialog = await asks(ben, "Shift+T", "Transcript");
  await expect(dialog).toContainText("It left yesterday.");
  expect(await findings(ben.page), "transcript").toEqual([]);
  const saved = async () => {
    const coming = ben.page.waitForEvent("download");
    await dialog.getByRole("button", { name: "Save as text" }).click();
    return readFileSync(await (await coming).path(), "utf8");
  };
  const text = await saved();
  expect(text).toMatch(
    /Test User, .+\nWhere is my order\?\n\n.*Ben joined[\s\S]*Ben, .+\nIt left yesterday\.\n/,
  );
  expect(text).not.toContain("cross");
  await dialog.getByLabel(/^With notes/).check();
  expect(await saved()).toContain("She sounds cross.");
  await dialog.getByLabel(/^With notes/).uncheck();

  // The browser's own window for printing would wait for somebody.
  await ben.page.evaluate(() => {
    window.print = () => undefined;
  });
  await dialog.getByRole("button", { name: "Print" }).click();
  await ben.page.emulateMedia({ media: "print" });
  await expect(ben.page.locator(".paper")).toBeVisible();
  await expect(ben.page.locator(".paper")).toContainText("It left yesterday.");
  await expect(ben.page.locator(".paper")).not.toContainText("cross");
  await expect(ben.page.locator("#console")).toBeHidden();
  await ben.page.evaluate("dispatchEvent(new Event('afterprint'))");
  await ben.page.emulateMedia({ media: "screen" });
  await expect(ben.page.locator("#console")).toBeVisible();
  expect(complaints).toEqual([]);
});

test("Ben puts a conversation off until a day and hour of his choice", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  await (await guest(server, "Ana")).write("Call me next year");
  await ben.openConversation("Ana");
  const dialog = await asks(ben, "Shift+S", "Snooze until…");
  expect(await findings(ben.page), "snoozing").toEqual([]);
  const field = dialog.getByLabel("Day and time");
  await field.fill("2020-01-01T09:00");
  await dialog.getByRole("button", { name: "Snooze" }).click();
  await expect(dialog).toContainText("still to come");
  const year = new Date().getFullYear() + 1;
  await field.fill(`${year}-03-02T10:30`);
  await dialog.getByRole("button", { name: "Snooze" }).click();
  await expect(ben.log).toContainText("You snoozed the conversation until");
  const id = /cnv_\w+/.exec(ben.page.url())?.[0];
  const now = await ben.ask<{ conversation: { snoozed_until: string } }>(
    "GET",
    `${server.origin}/api/v1/conversations/${id}`,
  );
  expect(new Date(now.conversation.snoozed_until)).toEqual(new Date(year, 2, 2, 10, 30));
  expect(complaints).toEqual([]);
});

test("Ana hears what Ben says, and he sees what she types before she sends it", async ({
  browser,
  server,
  complaints,
}) => {
  const { ana, ben } = await meet(browser, server, complaints, "Can you call me?");
  await ben.page.context().grantPermissions(["microphone"]);
  await ben.log.focus();
  await ben.page.keyboard.press("v");
  const recorder = ben.page.getByRole("group", { name: "Voice message" });
  await expect(recorder.getByText("0:01")).toBeVisible();
  expect(await findings(ben.page), "recording").toEqual([]);
  await ben.page.keyboard.press("Enter");
  await expect(recorder.getByRole("button", { name: "Listen to it" })).toBeVisible();
  expect(await findings(ben.page), "recorded").toEqual([]);
  await ben.page.keyboard.press("Enter");
  await expect(ben.composer).toBeFocused();
  await expect(ben.log.getByRole("button", { name: "Play voice message" })).toBeVisible();
  await expect(ana.log.getByRole("button", { name: "Play" })).toBeVisible();
  await ben.log.focus();
  await ben.page.keyboard.press("v");
  await expect(recorder.getByRole("button", { name: "Done" })).toBeEnabled();
  await ben.page.keyboard.press("Escape");
  await expect(ben.composer).toBeFocused();

  const { widgets } = await ben.ask<{ widgets: { id: string; settings: object }[] }>(
    "GET",
    `${server.origin}/api/v1/widgets`,
  );
  const widget = `${server.origin}/api/v1/widgets/${widgets[0]?.id}`;
  await ben.ask("PATCH", widget, { settings: { ...widgets[0]?.settings, typing_preview: true } });
  await ana.page.reload();
  await ana.open();
  // The first signal of a conversation goes without its text, while the server looks up whose it is.
  await expect(async () => {
    await ana.composer.pressSequentially("maybe ");
    await expect(ben.log.locator(".typing-bubble")).toContainText("maybe", { timeout: 2_000 });
  }).toPass({ timeout: 30_000 });
  expect(complaints).toEqual([]);
});

test("Ben sees where Ana writes from, in her browser's own words, and follows her to the next page", async ({
  browser,
  server,
  complaints,
}) => {
  const widget = (title: string, apiToken: string) =>
    `<!doctype html><html lang="en"><title>${title}</title><script>window.ChatbotConfig = ${JSON.stringify({ apiToken, visitorName: "Ana" })}</script><script src="${server.origin}/widget.js" async></script>`;
  const ben = await Ben.setUp(browser, server, complaints);
  const apiToken = await server.widgetToken();
  const shop = await new Website({
    "/shoes/blue?token=secret": widget("Blue shoes", apiToken),
    "/cart": widget("Your cart", apiToken),
  }).start();
  try {
    const context = await browser.newContext({
      locale: "de-AT",
      timezoneId: "Asia/Tokyo",
      userAgent:
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0",
    });
    const page = await context.newPage();
    const [asked, told]: [string[], string[]] = [[], []];
    page.on("request", (request) => request.url().startsWith(server.origin) && asked.push(request.url()));
    page.on("response", async (reply) => {
      if (reply.url().includes("/api/")) told.push(await reply.text().catch(() => ""));
    });
    page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => told.push(`${payload}`)));
    const ana = await Ana.visit(page, `${shop.origin}/shoes/blue?token=secret#key=secret`, complaints);
    await expect(ana.launcher).toBeVisible();
    expect(asked.filter((one) => one.includes("/api/"))).toEqual([]);
    await ana.open();
    await ana.write("Do they come in green?");

    await ben.openConversation("Ana");
    await ben.page.getByRole("button", { name: "Visitor details" }).click();
    const where = ben.page.getByRole("region", { name: "Where they are" });
    await expect(where).toContainText("Their browser says so");
    await expect(where).toContainText("Blue shoes");
    const link = where.getByRole("link", { name: "/shoes/blue" });
    await expect(link).toHaveAttribute("href", `${shop.origin}/shoes/blue`);
    await expect(where).toContainText("Edge on Windows");
    await expect(where).toContainText(/German \(Austria\)|Austrian German/);
    await expect(where).toContainText("Asia/Tokyo");
    expect(await findings(ben.page), "where she is").toEqual([]);

    await page.goto(`${shop.origin}/cart`);
    await ana.open();
    await ana.write("How do I pay?");
    await expect(where.getByRole("link", { name: "/cart" })).toBeVisible();
    await expect(where).toContainText("Your cart");
    await expect(where).not.toContainText("Blue shoes");
    await expect(ben.log).not.toContainText("changed");
    expect(told.filter((text) => text.includes("/shoes/blue") || text.includes("Edge on"))).toEqual([]);
    expect(asked.filter((url) => url.endsWith("/messages"))).toHaveLength(2);
    expect(await context.cookies()).toEqual([]);
  } finally {
    shop.stop();
  }
  expect(complaints).toEqual([]);
});
