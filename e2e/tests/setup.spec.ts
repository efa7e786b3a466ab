// Setting up and keeping house: from the printed link to the first message, the editor with its preview, and what an
// owner gives to other programs; every page by day and by night.

import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { Page } from "@playwright/test";
import { findings } from "../axe";
import { Ana, Ben, test as base, colleague, expect, meet, PASSWORD } from "../cast";
import { listening, Server } from "../server";

/** Webhooks of these tests go to this computer. */
const test = base.extend({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's shape
  server: async ({}, use) => {
    const server = await new Server({ FRONTDESK_OUTBOUND_ALLOW: "127.0.0.0/8" }).start();
    await use(server);
    await server.remove();
  },
});

/** The chat as the preview draws it. */
const preview = (page: Page) => page.frameLocator("iframe[title='Preview of the chat']");

async function open(ben: Ben, server: Server, name: string): Promise<void> {
  await ben.page.goto(`${server.origin}/#/settings/${name}`);
  await expect(ben.page.getByRole("heading", { level: 1 })).toBeVisible();
}

test("from the printed link to the first message in under a minute, by keyboard", async ({
  browser,
  server,
  complaints,
}) => {
  const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(`${error}`));
  page.on("console", (message) => {
    // Nobody is signed in yet, which the browser prints by itself.
    const expected = /Failed to load resource/.test(message.text());
    if (message.type() === "error" && !expected) complaints.push(message.text());
  });
  const began = Date.now();
  await page.goto(`${server.origin}/#setup=${server.setupCode}`);
  await expect(page.getByLabel("Your name")).toBeFocused();
  const { keyboard } = page;
  await keyboard.type("Ben");
  await keyboard.press("Tab");
  await keyboard.type("ben@desk.example");
  await keyboard.press("Tab");
  await keyboard.type(PASSWORD);
  await keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Set up your chat" })).toBeVisible();

  await page.getByLabel("Name", { exact: true }).focus();
  await keyboard.press("Control+a");
  await keyboard.type("Northwind");
  await expect(preview(page).getByRole("dialog", { name: /Northwind/ })).toBeVisible();
  await page.getByLabel("Greeting").fill("Moin! What can we do for you?");
  await expect(preview(page).getByText("Moin! What can we do for you?")).toBeVisible();
  await page.getByRole("button", { name: "Save" }).press("Enter");
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await expect(page.getByText("works on this computer only")).toBeVisible();
  await page.getByRole("button", { name: "Copy snippet" }).press("Enter");
  await expect(page.getByText("On your clipboard")).toBeVisible();
  expect(await page.evaluate("navigator.clipboard.readText()")).toContain(
    `${server.origin}/widget.js?w=wgt_`,
  );

  await expect(page.getByText("Waiting for the first message…")).toBeVisible();
  const chat = await page.getByRole("link", { name: "Open the chat alone" }).getAttribute("href");
  const ana = await Ana.visit(await (await browser.newContext()).newPage(), server.origin + chat, complaints);
  await expect(ana.log).toContainText("Moin!");
  await ana.write("Hello, are you there?");
  await expect(page.getByText("The first message is here.")).toBeVisible();
  expect(Date.now() - began).toBeLessThan(60_000);
  await page.getByRole("link", { name: "Answer it" }).press("Enter");
  await expect(page.getByRole("log")).toContainText("Hello, are you there?");
  expect(complaints).toEqual([]);
});

test("what Ben changes shows in the preview, and to Ana once he has saved it", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const { page } = ben;
  await open(ben, server, "widget");
  const chat = preview(page);
  const region = (name: string) => page.getByRole("region", { name });
  await page.getByLabel("Greeting").fill("Ahoy!");
  await expect(chat.getByText("Ahoy!")).toBeVisible();
  await page.getByLabel("Colour", { exact: true }).fill("#aa2200");
  await expect(chat.locator(".launcher")).toHaveCSS("background-color", "rgb(170, 34, 0)");
  await page.getByLabel("While nobody is there").fill("Back on Monday.");
  await page.getByRole("button", { name: "Nobody is there" }).click();
  await expect(chat.getByText("Back on Monday.")).toBeVisible();
  await region("Who is there").getByLabel("Open at these times").check();
  await page.getByRole("button", { name: "Closed", exact: true }).click();
  await expect(chat.getByText(/back/i).first()).toBeVisible();
  await page.getByRole("button", { name: "Somebody is there" }).click();
  await page.getByLabel("See what visitors type").check();
  await region("Before the first message").getByLabel("Their name").check();
  await page.getByLabel("Consent").fill("I agree to be helped.");
  await expect(chat.getByText("I agree to be helped.")).toBeVisible();
  await page.getByLabel("Language", { exact: true }).selectOption("de");
  const head = chat.getByRole("dialog").getByRole("button", { name: "Chat schließen" });
  await expect(head).toBeVisible();
  await page.getByLabel("Corner").selectOption("left");
  await expect(region("Put it on your website")).toContainText('position: "left"');
  await region("Where it may stand").getByLabel("Websites").fill("https://shop.example/");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("list", { name: "Websites that may show the chat" })).toContainText(
    "https://shop.example",
  );

  // Nobody else has seen any of it.
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.open();
  await expect(ana.log).not.toContainText("Ahoy!");
  await page.getByRole("link", { name: "Team" }).click();
  await expect(page.getByRole("dialog", { name: "Leave without saving?" })).toBeVisible();
  await page.getByRole("button", { name: "Stay" }).click();
  await expect(page.getByLabel("Greeting")).toHaveValue("Ahoy!");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await ana.page.reload();
  await ana.open();
  await expect(ana.panel.getByText("Ahoy!")).toBeVisible();
  await expect(ana.panel.getByText("I agree to be helped.")).toBeVisible();
  await page.getByLabel("Greeting").fill("Never mind");
  await page.getByRole("button", { name: "Discard" }).click();
  await expect(page.getByLabel("Greeting")).toHaveValue("Ahoy!");
  await page.getByRole("link", { name: "Team" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Team" })).toBeVisible();
  expect(complaints).toEqual([]);
});

test("Ben and Carol change one widget at once, and neither loses anything", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const api = `${server.origin}/api/v1`;
  const carol = await colleague(browser, ben, complaints, { origin: server.origin });
  const me = await carol.ask<{ agent: { id: string } }>("GET", `${api}/me`);
  await ben.ask("PATCH", `${api}/agents/${me.agent.id}`, { role: "admin" });
  await open(ben, server, "widget");
  await open(carol, server, "widget");
  const greeting = (of: Ben) => of.page.getByLabel("Greeting");
  const saves = async (of: Ben) => of.page.getByRole("button", { name: "Save", exact: true }).first().click();
  const saved = (of: Ben) => expect(of.page.getByText("Saved", { exact: true })).toBeVisible();
  await greeting(ben).fill("Moin!");
  await saves(ben);
  await saved(ben);
  // What only one of them changed is put together.
  await carol.page.getByLabel("While nobody is there").fill("Back on Monday.");
  await saves(carol);
  await saved(carol);
  await expect(carol.page.getByText("Somebody else changed Greeting meanwhile.")).toBeVisible();
  await expect(greeting(carol)).toHaveValue("Moin!");

  // What both changed is asked about.
  await greeting(ben).fill("Ahoy!");
  await ben.page.getByLabel("Consent").fill("Our terms");
  await saves(ben);
  await saved(ben);
  await expect(ben.page.getByLabel("While nobody is there")).toHaveValue("Back on Monday.");
  await greeting(carol).fill("Servus!");
  await carol.page.getByLabel("Colour", { exact: true }).fill("#112233");
  await saves(carol);
  const dialog = carol.page.getByRole("dialog", { name: "Somebody else changed this too" });
  const theirs = dialog.getByRole("group", { name: "Greeting" }).getByLabel("Take theirs");
  await expect(theirs).toBeChecked();
  await expect(dialog.getByRole("group")).toHaveCount(1);
  await expect(dialog).toContainText("Ahoy!");
  expect(await findings(carol.page), "a clash").toEqual([]);
  await dialog.getByRole("button", { name: "Back to editing" }).click();
  await expect(greeting(carol)).toHaveValue("Servus!");
  await saves(carol);
  await dialog.getByLabel("Keep mine").check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toHaveCount(0);
  await saved(carol);
  await expect(carol.page.getByLabel("Consent")).toHaveValue("Our terms");

  await greeting(ben).fill("Hei!");
  await saves(ben);
  await ben.page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(greeting(ben)).toHaveValue("Servus!");
  await expect(ben.page.getByLabel("Colour", { exact: true })).toHaveValue("#112233");
  const { widgets } = await ben.ask<{ widgets: { greeting: string; color: string }[] }>(
    "GET",
    `${api}/widgets`,
  );
  expect(widgets[0]).toMatchObject({ greeting: "Servus!", color: "#112233" });
  expect(complaints).toEqual([]);
});

test("Ben chooses who answers on a widget, and on one that he adds", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const api = `${server.origin}/api/v1`;
  const carol = await colleague(browser, ben, complaints, { origin: server.origin });
  for (const name of ["Dora", "Emil", "Fritz", "Gul", "Zoë"]) {
    const email = `${name.charAt(0).toLowerCase()}@desk.example`;
    await ben.ask("POST", `${api}/agents`, { name, email, password: PASSWORD, role: "agent", widgets: [] });
  }
  await open(ben, server, "widget");
  const panel = ben.page.getByRole("region", { name: "Who answers here" });
  await expect(panel).toContainText("Owners and admins are on every widget: Ben.");
  await expect(panel.getByRole("checkbox")).toHaveCount(6);
  await panel.getByLabel("Search by name").fill("zoe");
  await panel.getByLabel(/Zoë/).check();
  await panel.getByLabel("Search by name").fill("car");
  await panel.getByLabel(/Carol/).uncheck();
  await ben.page.getByRole("link", { name: "Team" }).click();
  await ben.page.getByRole("dialog").getByRole("button", { name: "Stay" }).click();
  await panel.getByRole("button", { name: "Save" }).click();
  await expect(panel.getByText("Saved", { exact: true })).toBeVisible();
  expect(await findings(ben.page, { exclude: [["iframe"]] }), "agents").toEqual([]);
  // Carol loses the list of those who write there, at once.
  await expect
    .poll(async () => (await carol.ask<{ widgets: [] }>("GET", `${api}/widgets`)).widgets)
    .toEqual([]);
  await ben.page.getByRole("button", { name: "New widget" }).click();
  const dialog = ben.page.getByRole("dialog", { name: "New widget" });
  await dialog.getByLabel("Name", { exact: true }).fill("Second");
  await dialog.getByLabel(/Carol/).check();
  await dialog.getByRole("button", { name: "Make widget" }).click();
  await expect(ben.page.getByRole("button", { name: "Second" })).toHaveAttribute("aria-pressed", "true");
  await panel.getByLabel("Search by name").fill("car");
  await expect(panel.getByLabel(/Carol/)).toBeChecked();
  const { agents } = await ben.ask<{ agents: { name: string; widgets: string[] }[] }>("GET", `${api}/agents`);
  const on = Object.fromEntries(agents.map(({ name, widgets }) => [name, widgets.length]));
  expect(on).toEqual({ Ben: 2, Carol: 1, Dora: 0, Emil: 0, Fritz: 0, Gul: 0, Zoë: 1 });
  expect(complaints).toEqual([]);
});

test("another widget comes and goes, and a new token ends the old one", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const { page } = ben;
  const before = await server.widgetToken();
  await open(ben, server, "widget");
  await page.getByRole("button", { name: "New token…" }).click();
  await page.getByRole("radio", { name: /At once/ }).check();
  await page.getByRole("button", { name: "Make a new token" }).click();
  await expect(page.getByText("There is a new token.")).toBeVisible();
  await expect(page.getByRole("region", { name: "Put it on your website" })).not.toContainText(before);
  const config = (token: string) =>
    fetch(`${server.origin}/api/chatbot/config`, { headers: { authorization: `Bearer ${token}` } });
  expect((await config(before)).status).toBe(401);
  expect((await config(await server.widgetToken())).status).toBe(200);

  await page.getByRole("button", { name: "New widget" }).click();
  await page.getByLabel("Name", { exact: true }).last().fill("Second shop");
  await page.getByRole("button", { name: "Make widget" }).click();
  await expect(page.getByRole("button", { name: "Second shop", pressed: true })).toBeVisible();
  // What visitors write on it reaches the console that made it, without a reload.
  const { widgets } = await ben.ask<{ widgets: { name: string; token: string }[] }>(
    "GET",
    `${server.origin}/api/v1/widgets`,
  );
  expect(widgets.map(({ name }) => name)).toContain("Second shop");
  await page.getByRole("button", { name: "Remove widget…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove", exact: true }).click();
  await expect(page.getByText("Second shop was removed.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Second shop" })).toHaveCount(0);
  await expect(ben.connection).toContainText("Connected");
  expect(complaints).toEqual([]);
});

test("Ben writes a reply once, and finds it by / in every conversation", async ({
  browser,
  server,
  complaints,
}) => {
  const { ana, ben } = await meet(browser, server, complaints, "Where is my parcel?");
  const { page } = ben;
  const conversation = page.url();
  await open(ben, server, "replies");
  await page.getByRole("button", { name: "New reply" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Shortcut").fill("Parcel!");
  await expect(dialog.getByLabel("Shortcut")).toHaveValue("parcel");
  await dialog
    .getByLabel("Text")
    .fill("Hello {{visitor.name|there}}, your parcel left today. {{agent.name}}");
  await expect(dialog.getByText("Hello there, your parcel left today. Ben")).toBeVisible();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("/parcel")).toBeVisible();

  await page.goto(conversation);
  await expect(ben.composer).toBeVisible();
  await ben.composer.pressSequentially("/left tod");
  const option = page.getByRole("option", { name: /parcel/ });
  await expect(option).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Escape");
  await expect(option).toHaveCount(0);
  await ben.composer.fill("");
  await ben.composer.pressSequentially("/par");
  await expect(option).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(ben.composer).toHaveValue("Hello Test User, your parcel left today. Ben");
  await page.keyboard.press("Enter");
  await expect(ana.log).toContainText("your parcel left today. Ben");
  expect(complaints).toEqual([]);
});

test("a tag gets another name on every conversation, and is taken from them", async ({
  browser,
  server,
  complaints,
}) => {
  const { ben } = await meet(browser, server, complaints, "Hello");
  const { page } = ben;
  const id = page.url().split("/c/")[1];
  await ben.ask("PATCH", `${server.origin}/api/v1/conversations/${id}`, { tags: ["bill", "billing"] });
  await open(ben, server, "tags");
  await page.getByRole("button", { name: "Rename bill", exact: true }).click();
  await page.getByLabel("Name", { exact: true }).fill("billing");
  await page.getByRole("button", { name: "Make them one" }).click();
  await expect(page.getByRole("button", { name: "Rename bill", exact: true })).toHaveCount(0);
  await expect(page.getByRole("listitem").filter({ hasText: "1 conversation" })).toContainText("billing");
  await page.getByRole("button", { name: "Remove billing" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(page.getByRole("heading", { name: "No tags yet" })).toBeVisible();
  expect(complaints).toEqual([]);
});

/** A program that is called, and what it was told. */
async function receiver() {
  const calls: { headers: IncomingMessage["headers"]; body: string }[] = [];
  const http = createServer((incoming, outgoing) => {
    let body = "";
    incoming.on("data", (part) => {
      body += part;
    });
    incoming.on("end", () => {
      calls.push({ headers: incoming.headers, body });
      outgoing.writeHead(204).end();
    });
  });
  return { calls, port: await listening(http), stop: () => http.close() };
}

test("a webhook calls a real program, its deliveries are listed and one is sent again", async ({
  browser,
  server,
  complaints,
}) => {
  const program = await receiver();
  const { ana, ben } = await meet(browser, server, complaints, "Hello");
  const { page } = ben;
  await open(ben, server, "webhooks");
  await page.getByRole("button", { name: "Add webhook" }).click();
  await page.getByLabel("Address").fill(`http://127.0.0.1:${program.port}/hook`);
  await page.getByRole("dialog").getByRole("button", { name: "Add webhook" }).click();
  await expect(page.getByRole("dialog", { name: "The secret of this webhook" })).toContainText("whsec_");
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Test call" }).click();
  await expect(page.getByText("The test call was answered with 204.")).toBeVisible();
  await ana.write("And again");
  const row = page.getByRole("row").filter({ hasText: "message.created" }).first();
  await expect(row).toContainText("204");
  const told = program.calls.length;
  await row.getByRole("button", { name: /again/ }).click();
  await expect.poll(() => program.calls.length).toBeGreaterThan(told);
  const ids = program.calls.map(({ headers }) => headers["webhook-id"]);
  expect(new Set(ids).size).toBeLessThan(ids.length);
  expect(program.calls.some(({ body }) => body.includes("And again"))).toBe(false);
  await page.getByRole("button", { name: "Switch off" }).click();
  await expect(page.getByRole("button", { name: "Switch on" })).toBeVisible();
  program.stop();
  expect(complaints).toEqual([]);
});

test("a key is shown once, works, says when, and ends", async ({ browser, server, complaints }) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const { page } = ben;
  await open(ben, server, "keys");
  await page.getByRole("button", { name: "New key" }).click();
  await page.getByLabel("Name").fill("Shop bot");
  await page.getByLabel("Read who the agents are").check();
  await page.getByRole("button", { name: "Make key" }).click();
  const shown = page.getByRole("dialog", { name: "The new key" });
  const key = (await shown.locator("code").textContent()) ?? "";
  await shown.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText(key)).toHaveCount(0);
  const ask = (path: string) =>
    fetch(`${server.origin}/api/v1/${path}`, { headers: { authorization: `Bearer ${key}` } });
  expect((await ask("agents")).status).toBe(200);
  expect((await ask("contacts")).status).toBe(403);
  await page.reload();
  await expect(page.getByText(/Used last/)).toBeVisible();
  await page.getByRole("button", { name: "Revoke Shop bot" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByText("Revoked keys: 1")).toBeVisible();
  expect((await ask("agents")).status).toBe(401);
  expect(complaints).toEqual([]);
});

test("somebody is blocked and let in again; a backup is downloaded with the password", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const { page } = ben;
  await open(ben, server, "blocks");
  await page.getByRole("button", { name: "Block somebody" }).click();
  await page.getByLabel("Address").fill("203.0.113.0/24");
  await page.getByLabel("Reason").fill("Writes rude things");
  await page.getByRole("button", { name: "Block", exact: true }).click();
  await expect(page.getByText("Writes rude things")).toBeVisible();
  await page.getByRole("button", { name: "Let in 203.0.113.0/24" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Let in" }).click();
  await expect(page.getByRole("heading", { name: "Nobody is blocked" })).toBeVisible();

  await open(ben, server, "backup");
  await expect(page.getByText("There was no backup yet.")).toBeVisible();
  await page.getByLabel("Your password").fill("not my password");
  await page.getByRole("button", { name: "Download backup" }).click();
  await expect(page.getByText("That is not your password.")).toBeVisible();
  await page.getByLabel("Your password").fill(PASSWORD);
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download backup" }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^frontdesk-.*\.tar\.gz$/);
  expect([...readFileSync(await download.path()).subarray(0, 2)]).toEqual([0x1f, 0x8b]);
  await expect(page.getByText("The last backup was made")).toBeVisible();
  expect(complaints).toEqual([]);
});

test("axe finds nothing on the pages of set-up, by day and by night", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const { page } = ben;
  const api = `${server.origin}/api/v1`;
  await ben.ask("POST", `${api}/replies`, { shortcut: "hello", text: "Hello {{visitor.name|there}}!" });
  await ben.ask("POST", `${api}/webhooks`, { url: "https://shop.example/hook" });
  await ben.ask("POST", `${api}/keys`, { name: "Shop bot", scopes: ["agents:read"] });
  await ben.ask("POST", `${api}/blocks`, { kind: "address", value: "203.0.113.7", reason: "Rude" });
  await ben.ask("POST", `${api}/widgets`, { name: "Second shop" });
  await page.reload();
  // What the preview shows is the widget, which is looked at elsewhere.
  const look = async (where: string) =>
    expect.soft(await findings(page, { exclude: [["iframe"]] }), where).toEqual([]);
  const dialogs: Record<string, string> = {
    replies: "New reply",
    webhooks: "Add webhook",
    keys: "New key",
    blocks: "Block somebody",
    widget: "New widget",
  };
  for (const name of ["widget", "replies", "tags", "blocks", "webhooks", "keys", "backup"]) {
    await open(ben, server, name);
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    await look(name);
    if (!dialogs[name]) continue;
    await page.getByRole("button", { name: dialogs[name] }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await look(`${name}: ${dialogs[name]}`);
    await page.keyboard.press("Escape");
  }
  await page.goto(`${server.origin}/#/welcome`);
  await expect(page.getByRole("heading", { name: "Set up your chat" })).toBeVisible();
  await look("first steps");
  expect(complaints).toEqual([]);
});
