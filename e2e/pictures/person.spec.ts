// Pictures of what is known of a visitor and of what is asked about one, in both schemes, on a desk and on a phone:
// long names, other scripts, somebody who is blocked. They lie in `results/console`, and nothing else depends on them.

import { Ben, expect, test } from "../cast";
import { guest } from "../guest";

const LONG = "Wolfeschlegelsteinhausenbergerdorff-Papadopoulou Konstantinos";

for (const scheme of ["light", "dark"] as const) {
  test(`about a person, ${scheme}`, async ({ browser, server, complaints }) => {
    const ben = await Ben.setUp(browser, server, complaints);
    const { page } = ben;
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width: 1440, height: 900 });
    const shot = (name: string) => page.screenshot({ path: `results/console/${name}-${scheme}.png` });
    const ana = await guest(server, "Ana Ruiz", "ana@shop.example");
    await ana.write("Where is my order?");
    await ana.says({
      visitor: {
        page: "https://shop.example/orders/4821",
        referrer: "https://search.example/",
        device: "Firefox on Android",
        time_zone: "America/Sao_Paulo",
        language: "pt-BR",
        plan: "gold",
      },
    });
    const again = await guest(server, LONG);
    await again.write(
      "It is me again, from my laptop, and I still wait for an answer about the parcel of last week",
    );
    const arab = await guest(server, "محمد الفارسي");
    await arab.write("مرحبا، هل يمكنكم مساعدتي في طلبي رقم ٤٨٢١؟");
    await ben.openConversation("Ana Ruiz");
    await ben.write("It left yesterday.");
    const ask = async (keys: string, name: string | RegExp) => {
      await ben.log.focus();
      await page.keyboard.press(keys);
      await expect(page.getByRole("dialog", { name })).toBeVisible();
      return page.getByRole("dialog", { name });
    };
    const card = page.getByRole("complementary", { name: "Visitor" });
    // The window was too narrow for it when the console started.
    await page.getByRole("button", { name: "Visitor details" }).click();
    await expect(card).toContainText("Firefox on Android");
    await shot("person-card");
    const merge = await ask("m", "Is this somebody you know?");
    await page.keyboard.type("Wolfe");
    await expect(merge.getByRole("listitem")).toHaveCount(1);
    await shot("person-merge-find");
    await merge.getByRole("listitem").getByRole("button").click();
    await expect(page.getByRole("dialog", { name: "Make them one?" })).toContainText("What remains");
    await shot("person-merge");
    await page.getByRole("button", { name: "Make them one" }).click();
    await expect(card.getByRole("link", { name: /It is me again/ })).toBeVisible();
    const block = await ask("b", /^Block/);
    await block.getByLabel(/A network address/).check();
    await shot("person-block");
    await block.getByLabel(/^This visitor/).check();
    await block.getByRole("button", { name: "Block" }).click();
    await expect(card).toContainText("Blocked until");
    await shot("person-blocked");
    await ask("Shift+T", "Transcript");
    await expect(page.locator(".transcript-said")).toHaveCount(2);
    await shot("person-transcript");
    await page.keyboard.press("Escape");
    await ask("Shift+S", "Snooze until…");
    await shot("person-snooze");
    await page.keyboard.press("Escape");
    await ask("Shift+Delete", /^Erase/);
    await shot("person-erase");
    await page.keyboard.press("Escape");
    await ben.openConversation("محمد");
    await expect(ben.log).toContainText("مرحبا");
    await shot("person-other-script");
    await page.setViewportSize({ width: 390, height: 844 });
    await shot("person-phone-card");
    await page.getByRole("button", { name: "Visitor details" }).click();
    await expect(card).toBeHidden();
    await ask("m", "Is this somebody you know?");
    await shot("person-phone-merge");
    await page.keyboard.press("Escape");
    await ask("Shift+T", "Transcript");
    await shot("person-phone-transcript");
    await page.keyboard.press("Escape");
    expect(complaints).toEqual([]);
  });
}

for (const scheme of ["light", "dark"] as const) {
  test(`where visitors are, ${scheme}`, async ({ browser, server, complaints }) => {
    const ben = await Ben.setUp(browser, server, complaints);
    const { page } = ben;
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width: 1440, height: 900 });
    const shot = (name: string) => page.screenshot({ path: `results/console/${name}-${scheme}.png` });
    const { widgets } = await ben.ask<{ widgets: { id: string }[] }>(
      "GET",
      `${server.origin}/api/v1/widgets`,
    );
    const widget = `${server.origin}/api/v1/widgets/${widgets[0]?.id}`;
    await ben.ask("PATCH", widget, { origins: ["https://shop.example"] });
    const ana = await guest(server, "Ana Ruiz", "ana@shop.example");
    await ana.write("Do they come in green?", {
      page: "https://shop.example/shoes/blue",
      title: "Blue shoes – The Shop",
      referrer: "https://search.example/",
      device: "Firefox on Windows",
      language: "pt-BR",
      time_zone: "America/Sao_Paulo",
    });
    const long = await guest(server, LONG);
    await long.says({ visitor: { device: "The shop's app 4.2", plan: "gold" } });
    await long.write("Where do I find my order?", {
      page: `https://shop.example/${"a-very-long-way-to-go/".repeat(9)}`,
      title:
        "Everything that you may want to know about the blue shoes of this season, and of all seasons before it",
      language: "de",
    });
    const arab = await guest(server, "محمد الفارسي");
    await arab.write("مرحبا", {
      page: "https://shop.example/ar/",
      title: "المتجر – أحذية زرقاء",
      device: "Safari on iPhone",
      language: "ar",
      time_zone: "Asia/Riyadh",
    });
    await ben.openConversation("Ana Ruiz");
    await page.getByRole("button", { name: "Visitor details" }).click();
    const where = page.getByRole("region", { name: "Where they are" });
    await expect(where).toContainText("Blue shoes");
    await shot("where");
    for (const [name, words] of [
      ["Wolfe", "Everything"],
      ["محمد", "المتجر"],
    ] as const) {
      await ben.openConversation(name);
      await expect(where).toContainText(words);
      await where.scrollIntoViewIfNeeded();
      await shot(`where-${name === "Wolfe" ? "long" : "other-script"}`);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await where.scrollIntoViewIfNeeded();
    await shot("where-phone");
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(`${server.origin}/#/settings/widget`);
    const tick = page.getByLabel(/^Say where visitors are/);
    await expect(tick).toBeChecked();
    await tick.scrollIntoViewIfNeeded();
    await shot("where-setting");
    await page.setViewportSize({ width: 390, height: 844 });
    await tick.scrollIntoViewIfNeeded();
    await shot("where-setting-phone");
  });
}
