// Pictures of the pages about alerts, to be looked at: in both schemes, on a phone, with what did not arrive and with
// nothing. They lie in `results/console`, and nothing else depends on them.

import { Ana, Ben, expect, test } from "../cast";

for (const scheme of ["light", "dark"] as const) {
  test(`the pages about alerts, ${scheme}`, async ({ browser, server, complaints }) => {
    const ben = await Ben.setUp(browser, server, complaints);
    const { page } = ben;
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width: 1440, height: 900 });
    const shot = async (name: string) => {
      const height = await page.evaluate(() => document.querySelector(".settings-page")?.scrollHeight ?? 0);
      const width = page.viewportSize()?.width ?? 0;
      await page.setViewportSize({ width, height: Math.max(height + 120, 844) });
      await page.screenshot({ path: `results/console/${name}-${scheme}.png` });
      await page.setViewportSize({ width, height: 900 });
    };
    const own = `${server.origin}/api/v1/me/alerts`;
    await page.goto(`${server.origin}/#/settings/alerts`);
    await expect(page.getByText("Everything arrived.")).toBeVisible();
    await shot("alerts-empty");
    await ben.ask("PATCH", own, { quiet_until: new Date(Date.now() + 7_200_000).toISOString() });
    const days = ["mon", "tue", "wed"].map((day) => ({ day, from: "20:00", to: "08:00" }));
    await ben.ask("PATCH", own, { quiet_hours: { zone: "Europe/Madrid", days } });
    const ana = await Ana.arrive(browser, server.origin, complaints);
    await ana.open();
    await ana.write("Is it back?");
    const missed = async () => (await ben.ask<{ missed: unknown[] }>("GET", own)).missed.length;
    await expect.poll(missed).toBe(1);
    await ben.ask("POST", `${server.origin}/api/v1/me/devices`, {
      endpoint: "https://push.example/ben",
      p256dh: `BA${"A".repeat(85)}`,
      auth: "A".repeat(22),
      name: "Firefox on Linux",
    });
    await page.reload();
    await page.getByRole("button", { name: "Try every way" }).click();
    await expect(page.getByText(/^Not by every way/)).toBeVisible();
    await shot("alerts");
    await page.setViewportSize({ width: 390, height: 844 });
    await shot("phone-alerts");
    await page.goto(`${server.origin}/#/settings/escalation`);
    await expect(page.getByRole("button", { name: "Add a step" })).toBeVisible();
    await shot("phone-escalation");
    await page.setViewportSize({ width: 1440, height: 900 });
    await shot("escalation");
  });
}
