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
    await ask("d", "Transcript");
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
    await ask("m", "Is this somebody you know?");
    await shot("person-phone-merge");
    await page.keyboard.press("Escape");
    await ask("d", "Transcript");
    await shot("person-phone-transcript");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Record a voice message" }).click();
    await expect(page.getByRole("alert")).toBeVisible();
    await shot("person-phone-record");
    expect(complaints).toEqual([]);
  });
}
