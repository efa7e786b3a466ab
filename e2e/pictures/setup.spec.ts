// Pictures of the pages of set-up to be looked at, in both schemes and on a phone: empty, full, with long names and in
// another script. They lie in `results/setup`, and nothing else depends on them.

import { Ben, expect, test } from "../cast";

const LONG = "Wolfeschlegelsteinhausenbergerdorff and Sons, Purveyors of Fine Bicycles since 1911";

for (const scheme of ["light", "dark"] as const) {
  test(`the pages of set-up, ${scheme}`, async ({ browser, server, complaints }) => {
    test.setTimeout(300_000);
    const ben = await Ben.setUp(browser, server, complaints);
    const { page } = ben;
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width: 1440, height: 900 });
    const shot = (name: string) => page.screenshot({ path: `results/setup/${name}-${scheme}.png` });
    const open = async (name: string) => {
      await page.goto(`${server.origin}/#/${name}`);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    };
    const drawn = async () => {
      const chat = page.frameLocator("iframe[title='Preview of the chat']");
      await expect(chat.getByRole("dialog")).toBeVisible();
      await expect(chat.getByText("Connecting…")).toHaveCount(0);
    };
    const api = `${server.origin}/api/v1`;
    await open("welcome");
    await drawn();
    await shot("welcome");
    await page.locator(".settings").evaluate((one) => one.scrollTo(0, 900));
    await shot("welcome-end");
    for (const name of ["replies", "tags", "blocks", "webhooks", "keys", "backup"]) {
      await open(`settings/${name}`);
      await shot(`${name}-empty`);
    }
    const { widgets } = await ben.ask<{ widgets: { id: string }[] }>("GET", `${api}/widgets`);
    await ben.ask("POST", `${api}/widgets`, { name: LONG, color: "#b3261e" });
    await ben.ask("POST", `${api}/widgets`, { name: "متجر الدراجات", color: "#f5c400" });
    await ben.ask("PATCH", `${api}/widgets/${widgets[0]?.id}`, { origins: ["https://shop.example"] });
    const texts = [
      "Hello {{visitor.name|there}}!\nHow can we help?",
      `${LONG}. `.repeat(6),
      "مرحبا، كيف نساعدك؟",
    ];
    for (const [n, text] of texts.entries())
      await ben.ask("POST", `${api}/replies`, {
        shortcut: ["hello", "about-us", "مرحبا"][n],
        text,
        is_shared: n < 2,
      });
    await ben.ask("POST", `${api}/webhooks`, { url: `https://shop.example/hooks/${"chat/".repeat(30)}` });
    await ben.ask("POST", `${api}/webhooks`, {
      url: "https://crm.example/hook",
      events: ["message.created", "csat.created"],
    });
    await ben.ask("POST", `${api}/keys`, {
      name: "Shop bot",
      scopes: ["conversations:read", "conversations:write"],
    });
    await ben.ask("POST", `${api}/keys`, { name: LONG, scopes: ["agents:read", "webhooks", "blocks"] });
    await ben.ask("POST", `${api}/blocks`, {
      kind: "address",
      value: "203.0.113.0/24",
      reason: "Writes rude things",
    });
    await ben.ask("POST", `${api}/blocks`, { kind: "email", value: "somebody@mail.example", for_s: 86_400 });
    await page.reload();
    await open("settings/widget");
    await drawn();
    await shot("widget");
    await page.getByLabel("Greeting").fill("Moin!");
    await page.getByLabel("Open at these times").check();
    await page.getByRole("button", { name: "Closed", exact: true }).click();
    await drawn();
    await page.getByText("Thursday").scrollIntoViewIfNeeded();
    await shot("widget-hours");
    await page.getByRole("button", { name: "Discard" }).click();
    await page.getByRole("region", { name: "Put it on your website" }).scrollIntoViewIfNeeded();
    await shot("widget-embed");
    await page.getByRole("button", { name: "New token…" }).click();
    await shot("widget-token");
    await page.keyboard.press("Escape");
    for (const name of ["replies", "blocks", "webhooks", "keys"]) {
      await open(`settings/${name}`);
      await shot(name);
    }
    await open("settings/webhooks");
    await page.getByRole("button", { name: "Test call" }).first().click();
    await expect(page.getByRole("table")).toBeVisible();
    await shot("deliveries");
    await page.locator(".toast").getByRole("button").click();
    await page.getByRole("button", { name: "Add webhook" }).click();
    await page.getByLabel("Only some of it").check();
    await shot("webhook-new");
    await page.keyboard.press("Escape");
    await open("settings/keys");
    await page.getByRole("button", { name: "New key" }).click();
    await shot("key-new");
    await page.keyboard.press("Escape");
    await open("settings/replies");
    await page.getByRole("button", { name: "Change /hello" }).click();
    await shot("reply");
    await page.keyboard.press("Escape");
    await page.setViewportSize({ width: 390, height: 844 });
    for (const name of ["welcome", "settings/widget", "settings/webhooks", "settings/keys"]) {
      await open(name);
      await shot(`phone-${name.replace("settings/", "")}`);
    }
  });
}
