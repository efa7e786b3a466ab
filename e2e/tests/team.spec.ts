// The team in the browser: Carol joins by invitation and only reads along; Ben signs in in two steps, and with a
// recovery code; what axe-core finds on the pages, by day and by night.

import { createHmac } from "node:crypto";
import type { Browser, Page } from "@playwright/test";
import { findings } from "../axe";
import { Ben, colleague, expect, meet, PASSWORD, test, watch } from "../cast";
import type { Server } from "../server";

/** What an authenticator app shows (RFC 6238). */
function codeOf(key: string, at_ms: number): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...key].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const bytes = bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? [];
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at_ms / 30_000)));
  const hash = createHmac("sha1", Buffer.from(bytes)).update(counter).digest();
  const from = (hash[19] ?? 0) & 15;
  return String((hash.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

async function somebody(browser: Browser, server: Server, complaints: string[], hash = ""): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  watch(page, complaints);
  await page.goto(`${server.origin}/${hash}`);
  return page;
}

async function signsIn(page: Page, email: string): Promise<void> {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Types the first code and keeps the recovery codes. */
async function setsUpTwoSteps(page: Page): Promise<void> {
  const key = ((await page.locator(".key-text code").textContent()) ?? "").replace(/\s/g, "");
  await page.getByLabel("Code from the app").fill(codeOf(key, Date.now()));
  await page.getByRole("button", { name: "Switch on" }).click();
  await expect(page.getByRole("list", { name: "Recovery codes" }).getByRole("listitem")).toHaveCount(10);
  await page.getByRole("button", { name: "I have kept them" }).click();
}

test("Carol joins by invitation as a viewer, reads along, and cannot answer", async ({
  browser,
  server,
  complaints,
}) => {
  const { ana, ben } = await meet(browser, server, complaints, "Where is my order?");
  await ben.page.goto(`${server.origin}/#/settings/team`);
  await ben.page.getByRole("button", { name: "Invite" }).click();
  const dialog = ben.page.getByRole("dialog");
  await dialog.getByRole("radio", { name: /^Viewer/ }).check();
  await dialog.getByRole("button", { name: "Invite" }).click();
  const link = (await dialog.locator("code").textContent()) ?? "";
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect(ben.page.getByRole("region", { name: "Invited" })).toContainText("Viewer");

  const carol = await somebody(browser, server, complaints, new URL(link).hash);
  await expect(carol.getByText("Ben invites you as viewer.")).toBeVisible();
  await carol.getByLabel("Your name").fill("Carol");
  await carol.getByLabel("E-mail").fill("carol@desk.example");
  await carol.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await carol.getByRole("button", { name: "Join" }).click();
  await expect(carol.getByRole("heading", { name: "Inbox" })).toBeVisible();
  await carol.locator(".row").first().click();
  await expect(carol.getByRole("log")).toContainText("Where is my order?");
  await expect(carol.getByText("You read along here.")).toBeVisible();
  await expect(carol.locator(".composer")).toHaveCount(0);
  await expect(carol.getByRole("button", { name: "Resolve" })).toHaveCount(0);
  await expect(carol.getByRole("checkbox")).toHaveCount(0);
  await carol.keyboard.press("Control+k");
  await expect(carol.getByRole("option", { name: /Next conversation/ })).toBeVisible();
  await expect(carol.getByRole("option", { name: /Reply|Take it|Write a note/ })).toHaveCount(0);
  await carol.keyboard.press("Escape");
  await ana.write("Hello?");
  await expect(carol.getByRole("log")).toContainText("Hello?");

  // The link worked once.
  const eve = await somebody(browser, server, complaints.slice(), new URL(link).hash);
  await expect(eve.locator(".refusal")).toContainText("Ask for a new one");

  // What Ben gives, she has at once.
  await ben.page.getByRole("button", { name: "Change Carol" }).click();
  await dialog.getByRole("radio", { name: /^Agent/ }).check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(carol.locator(".composer")).toBeVisible();
  await carol.locator(".composer-text").fill("It left yesterday.");
  await carol.keyboard.press("Enter");
  await expect(ana.log).toContainText("It left yesterday.");

  await ben.page.goto(`${server.origin}/#/settings/audit`);
  const trail = ben.page.getByRole("list").filter({ hasText: "joined the team" });
  await expect(trail).toContainText("role: viewer to agent");
  await ben.page.getByLabel("What").selectOption({ label: "Invited" });
  await expect(ben.page.locator(".trail li")).toHaveCount(1);
  expect(complaints).toEqual([]);
});

test("Ben switches two-step sign-in on, and comes in with a code and with a recovery code", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const { page } = ben;
  await page.goto(`${server.origin}/#/settings/account`);
  await page.getByRole("button", { name: "Set up" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("img", { name: /QR code/ })).toBeVisible();
  const key = ((await dialog.locator("code").textContent()) ?? "").replace(/\s/g, "");
  expect(key).toMatch(/^[A-Z2-7]{32}$/);
  await dialog.getByLabel("Code from the app").fill("12 34");
  await dialog.getByRole("button", { name: "Switch on" }).click();
  await expect(dialog).toContainText("This code is not right.");
  // The one before: the present one is then still to be used.
  await dialog.getByLabel("Code from the app").fill(codeOf(key, Date.now() - 30_000));
  await dialog.getByRole("button", { name: "Switch on" }).click();
  await expect(dialog.getByRole("heading", { name: "Your recovery codes" })).toBeVisible();
  const codes = await dialog.getByRole("listitem").allInnerTexts();
  expect(codes).toHaveLength(10);
  await dialog.getByRole("button", { name: "I have kept them" }).click();
  await expect(page.getByText("10 recovery codes are left.")).toBeVisible();

  const other = await somebody(browser, server, complaints);
  await signsIn(other, "ben@desk.example");
  await other.getByLabel("Code").fill("000000");
  await other.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(other.locator(".refusal")).toContainText("This code is not right");
  const code = codeOf(key, Date.now());
  await other.getByLabel("Code").fill(code);
  await other.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(other.getByRole("heading", { name: "Inbox" })).toBeVisible();

  const third = await somebody(browser, server, complaints);
  await signsIn(third, "ben@desk.example");
  await third.getByLabel("Code").fill(code);
  await third.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(third.locator(".refusal")).toContainText("used already");
  await third.getByLabel("Code").fill(codes[0] ?? "");
  await third.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(third.getByRole("heading", { name: "Inbox" })).toBeVisible();

  await page.reload();
  const sessions = page.getByRole("region", { name: "Where you are signed in" });
  await expect(sessions.getByRole("listitem")).toHaveCount(3);
  await sessions.getByRole("button", { name: "Sign out everywhere else" }).click();
  await expect(sessions.getByRole("listitem")).toHaveCount(1);
  await expect(third.getByText("You were signed out")).toBeVisible();

  await page.getByRole("button", { name: "Switch off" }).click();
  await dialog.getByLabel("Your password or a code").fill(PASSWORD);
  await dialog.getByRole("button", { name: "Switch off" }).click();
  await expect(page.getByRole("button", { name: "Set up" })).toBeVisible();
  expect(complaints).toEqual([]);
});

test("Ben demands two-step sign-in of everybody, and the others are led to it wherever they are", async ({
  browser,
  server,
  complaints,
}) => {
  const { ana, ben } = await meet(browser, server, complaints, "Where is my order?");
  const { page } = ben;
  const carol = await colleague(browser, ben, complaints, { origin: server.origin });
  await carol.openConversation("Test User");
  await page.goto(`${server.origin}/#/settings/team`);
  const panel = page.getByRole("region", { name: "Two-step sign-in for everybody" });
  const demand = panel.getByLabel("Demand it of everybody");
  await expect(panel).toContainText("so that you do not lock yourself out");
  await expect(demand).toBeDisabled();
  await panel.getByRole("link", { name: "My account" }).click();
  await page.getByRole("button", { name: "Set up" }).click();
  await setsUpTwoSteps(page);
  await page.goto(`${server.origin}/#/settings/team`);
  await expect(panel).toContainText("One person has not set it up yet: Carol.");
  await demand.click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Carol can do nothing else from now on");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(demand).not.toBeChecked();
  await demand.click();
  await dialog.getByRole("button", { name: "Demand it" }).click();
  await expect(demand).toBeChecked();
  await expect(page.getByRole("listitem").filter({ hasText: "Carol" })).toContainText("Not set up yet");
  expect(await findings(page), "demanded").toEqual([]);

  // She was in the middle of a conversation, and does nothing but look on.
  const one = carol.page.getByRole("heading", { name: "One step before you go on" });
  await expect(one).toBeVisible();
  await expect(carol.page.getByRole("navigation", { name: "Frontdesk" })).toHaveCount(0);
  await expect(carol.page.getByText("Where is my order?")).toHaveCount(0);
  await carol.page.reload();
  await expect(one).toBeVisible();
  await expect(carol.page.getByRole("img", { name: /QR code/ })).toBeVisible();
  expect(await findings(carol.page), "owing").toEqual([]);
  await setsUpTwoSteps(carol.page);
  await expect(carol.log).toContainText("Where is my order?");
  await carol.write("It left yesterday.");
  await expect(ana.log).toContainText("It left yesterday.");
  await carol.page.goto(`${server.origin}/#/settings/account`);
  await expect(carol.page.getByText("so it cannot be switched off")).toBeVisible();
  await expect(carol.page.getByRole("button", { name: "Switch off" })).toHaveCount(0);

  // Whoever is invited meets it on the way in.
  const api = `${server.origin}/api/v1`;
  const { code } = await ben.ask<{ code: string }>("POST", `${api}/invitations`, { role: "agent" });
  const dora = await somebody(browser, server, complaints, `#join=${code}`);
  await expect(dora.getByText("This team signs in in two steps.")).toBeVisible();
  await dora.getByLabel("Your name").fill("Dora");
  await dora.getByLabel("E-mail").fill("dora@desk.example");
  await dora.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await dora.getByRole("button", { name: "Join" }).click();
  await setsUpTwoSteps(dora);
  await expect(dora.getByRole("heading", { name: "Inbox" })).toBeVisible();
  await page.reload();
  await expect(panel).toContainText("Everybody has it.");

  // Who lost the phone begins anew; and who would rather not is let out.
  await page.getByRole("button", { name: "Change Dora" }).click();
  await dialog.getByRole("button", { name: "Switch off" }).click();
  await expect(page.getByText("Dora sets two-step sign-in up anew")).toBeVisible();
  await expect(dora.getByRole("heading", { name: "One step before you go on" })).toBeVisible();
  await dora.getByRole("button", { name: "Sign out" }).click();
  await expect(dora.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await page.goto(`${server.origin}/#/settings/audit`);
  await expect(page.locator(".trail")).toContainText("Ben demanded two-step sign-in of everybody");
  await expect(page.locator(".trail")).toContainText("Ben made an invitation link for an agent");
  await page.goto(`${server.origin}/#/settings/team`);
  await demand.click();
  await expect(demand).not.toBeChecked();
  await expect(page.getByText("Two-step sign-in is left to each again.")).toBeVisible();
  expect(complaints).toEqual([]);
});

test("axe-core finds nothing on the pages of the team, by day and by night", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const { page } = ben;
  const api = `${server.origin}/api/v1`;
  await ben.ask("POST", `${api}/agents`, {
    ...{ name: "محمد الفارسي", email: "m@desk.example", password: PASSWORD, role: "viewer", widgets: [] },
  });
  const { code } = await ben.ask<{ code: string }>("POST", `${api}/invitations`, { role: "agent" });
  const guest = await somebody(browser, server, complaints, `#join=${code}`);
  await expect(guest.getByLabel("Your name")).toBeVisible();
  expect(await findings(guest), "join").toEqual([]);
  for (const [id, ready] of [
    ["team", page.locator(".people li").first()],
    ["account", page.getByRole("region", { name: "Where you are signed in" })],
    ["audit", page.locator(".trail li").first()],
  ] as const) {
    await page.goto(`${server.origin}/#/settings/${id}`);
    await expect(ready).toBeVisible();
    expect(await findings(page), id).toEqual([]);
  }
  await page.goto(`${server.origin}/#/settings/team`);
  await page.getByRole("button", { name: "Invite" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  expect(await findings(page), "inviting").toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /^Change محمد/ }).click();
  expect(await findings(page), "changing").toEqual([]);
  await page.keyboard.press("Escape");
  await page.goto(`${server.origin}/#/settings/account`);
  await page.getByRole("button", { name: "Set up" }).click();
  await expect(page.getByRole("img", { name: /QR code/ })).toBeVisible();
  expect(await findings(page), "setting up").toEqual([]);
  await page.keyboard.press("Escape");
  expect(complaints).toEqual([]);
});
