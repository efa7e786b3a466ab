// Pictures of what owners decide for all: two-step sign-in for everybody, two who change one widget, who answers on it,
// and the queue of alerts. They lie in `results/owner-rules`, and nothing else depends on them.

import { createHmac } from "node:crypto";
import { Ben, colleague, expect, PASSWORD, test } from "../cast";

/** What an authenticator app shows (RFC 6238). */
function codeOf(key: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...key].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const bytes = bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? [];
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const hash = createHmac("sha1", Buffer.from(bytes)).update(counter).digest();
  return String((hash.readUInt32BE((hash[19] ?? 0) & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

const LONG = "Wolfeschlegelsteinhausenbergerdorff-Papadopoulou Konstantinos";
const SIZES = [
  ["", 1440, 900],
  ["phone-", 390, 844],
] as const;

for (const scheme of ["light", "dark"] as const) {
  test(`what owners decide for all, ${scheme}`, async ({ browser, server, complaints }) => {
    const ben = await Ben.setUp(browser, server, complaints);
    const { page } = ben;
    const api = `${server.origin}/api/v1`;
    const names = [LONG, "محمد الفارسي", "Dora Lindqvist", "Emil Okafor", "Zoë van Dyk"];
    for (const [n, name] of names.entries()) {
      const email = `colleague-${n}@desk.example`;
      const role = n === 1 ? "viewer" : "agent";
      await ben.ask("POST", `${api}/agents`, { name, email, password: PASSWORD, role, widgets: [] });
    }
    const carol = await colleague(browser, ben, complaints, { origin: server.origin });
    await page.emulateMedia({ colorScheme: scheme });
    await carol.page.emulateMedia({ colorScheme: scheme });
    const shot = (name: string, of = page) =>
      of.screenshot({ path: `results/owner-rules/${name}-${scheme}.png` });

    await page.goto(`${server.origin}/#/settings/widget`);
    const panel = page.getByRole("region", { name: "Who answers here" });
    const greeting = page.getByLabel("Greeting");
    await expect(panel.getByRole("checkbox").first()).toBeVisible();
    for (const [place, width, height] of SIZES) {
      await page.setViewportSize({ width, height });
      await panel.scrollIntoViewIfNeeded();
      await shot(`${place}agents`);
      await page.getByRole("button", { name: "New widget" }).click();
      await expect(page.getByRole("dialog").getByRole("checkbox").first()).toBeVisible();
      await shot(`${place}new-widget`);
      await page.keyboard.press("Escape");
      const [{ id }] = (await ben.ask<{ widgets: [{ id: string }] }>("GET", `${api}/widgets`)).widgets;
      await ben.ask("PATCH", `${api}/widgets/${id}`, {
        greeting: `Ahoy! We answer within minutes. ${place}`,
      });
      await greeting.fill(`مرحبا، كيف يمكننا مساعدتك؟ ${place}`);
      await page.locator(".save-bar").getByRole("button", { name: "Save" }).click();
      await expect(page.getByRole("dialog")).toBeVisible();
      await shot(`${place}clash`);
      await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
      await expect(page.getByRole("dialog")).toHaveCount(0);
    }

    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(`${server.origin}/#/settings/team`);
    await expect(page.locator(".people li").first()).toBeVisible();
    await shot("team-without");
    const { key } = await ben.ask<{ key: string }>("POST", `${api}/account/two-factor`, {});
    await ben.ask("PUT", `${api}/account/two-factor`, { code: codeOf(key) });
    await page.reload();
    await page.getByLabel("Demand it of everybody").click();
    await shot("team-asking");
    await page.getByRole("dialog").getByRole("button", { name: "Demand it" }).click();
    await expect(page.getByText("Not set up yet").first()).toBeVisible();
    for (const [place, width, height] of SIZES) {
      await page.setViewportSize({ width, height });
      await shot(`${place}team-demanded`);
      await carol.page.setViewportSize({ width, height });
      await expect(carol.page.getByRole("img", { name: /QR code/ })).toBeVisible();
      await shot(`${place}owing`, carol.page);
    }
    await carol.page.setViewportSize({ width: 1440, height: 900 });
    const own = ((await carol.page.locator(".key-text code").textContent()) ?? "").replace(/\s/g, "");
    await carol.page.getByLabel("Code from the app").fill(codeOf(own));
    await carol.page.getByRole("button", { name: "Switch on" }).click();
    await expect(carol.page.getByRole("list", { name: "Recovery codes" })).toBeVisible();
    await shot("owing-codes", carol.page);
    const { code } = await ben.ask<{ code: string }>("POST", `${api}/invitations`, { role: "agent" });
    const guest = await (await browser.newContext({ colorScheme: scheme })).newPage();
    await guest.goto(`${server.origin}/#join=${code}`);
    await expect(guest.getByText("This team signs in in two steps.")).toBeVisible();
    await shot("join", guest);

    const asked = await ben.ask<{ queues: { kind: string }[] }>("GET", `${api}/monitor/queues`);
    const failing = { waiting: 3, sending: 1, retrying: 2, dead: 2, oldest_ms: 90_000, failure: "503" };
    const missed = { agent_id: "a", conversation_id: "c", kind: "mine", at: new Date().toISOString() };
    const body = {
      ...asked,
      queues: asked.queues.map((one) => (one.kind === "alerts" ? { ...one, ...failing } : one)),
      dead_alerts: [
        {
          ...missed,
          id: "1",
          agent_name: LONG,
          visitor_name: "Ana",
          way: "push",
          reason: "The push service said 400.",
        },
        {
          ...missed,
          id: "2",
          agent_name: "محمد",
          visitor_name: "Eve",
          way: "mail",
          reason: "The mail server said no: 550.",
        },
      ],
    };
    await page.route("**/api/v1/monitor/queues*", (route) => route.fulfill({ json: body }));
    for (const [place, width, height] of SIZES) {
      await page.setViewportSize({ width, height });
      await page.goto(`${server.origin}/#/monitor/queues`);
      await expect(page.getByText("Alerts given up")).toBeVisible();
      await page.screenshot({ path: `results/owner-rules/${place}queues-${scheme}.png` });
      await page.getByText("Alerts given up").scrollIntoViewIfNeeded();
      await shot(`${place}queues-end`);
    }
  });
}
