// Pictures of the team's pages to be looked at, in both schemes and on a phone. They lie in `results/team`, and nothing
// else depends on them.

import { Ben, expect, PASSWORD, test } from "../cast";

for (const scheme of ["light", "dark"] as const) {
  test(`the team's pages, ${scheme}`, async ({ browser, server, complaints }) => {
    const ben = await Ben.setUp(browser, server, complaints);
    const { page } = ben;
    const api = `${server.origin}/api/v1`;
    const { widgets } = await ben.ask<{ widgets: { id: string }[] }>("GET", `${api}/widgets`);
    const ids = widgets.map(({ id }) => id);
    for (const [n, [name, role]] of [
      ["Alma Okafor", "admin"],
      ["Wolfeschlegelsteinhausenbergerdorff-Papadopoulou Konstantinos", "agent"],
      ["محمد الفارسي", "viewer"],
    ].entries()) {
      const email = `colleague-${n}@desk.example`;
      await ben.ask("POST", `${api}/agents`, { name, email, password: PASSWORD, role, widgets: ids });
    }
    const { code } = await ben.ask<{ code: string }>("POST", `${api}/invitations`, {
      role: "viewer",
      widgets: ids,
      email: "carol@desk.example",
    });
    await ben.ask("POST", `${api}/invitations`, { role: "agent", widgets: ids });
    await page.emulateMedia({ colorScheme: scheme });
    const shot = (name: string) => page.screenshot({ path: `results/team/${name}-${scheme}.png` });
    for (const [place, width, height] of [
      ["", 1440, 900],
      ["phone-", 390, 844],
    ] as const) {
      await page.setViewportSize({ width, height });
      for (const id of ["team", "account", "audit"]) {
        await page.goto(`${server.origin}/#/settings/${id}`);
        await expect(page.locator(".people li, .trail li").first()).toBeVisible();
        await shot(place + id);
      }
      await page.goto(`${server.origin}/#/settings/team`);
      await page.getByRole("button", { name: "Invite" }).click();
      await shot(`${place}invite`);
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Change Wolfe" }).click();
      await shot(`${place}change`);
      await page.keyboard.press("Escape");
      await page.goto(`${server.origin}/#/settings/account`);
      await page.getByRole("button", { name: "Set up" }).click();
      await expect(page.getByRole("img", { name: /QR code/ })).toBeVisible();
      await shot(`${place}two-factor`);
      await page.keyboard.press("Escape");
    }
    const guest = await (await browser.newContext({ colorScheme: scheme })).newPage();
    await guest.setViewportSize({ width: 1440, height: 900 });
    await guest.goto(`${server.origin}/#join=${code}`);
    await expect(guest.getByLabel("Your name")).toBeVisible();
    await guest.screenshot({ path: `results/team/join-${scheme}.png` });
    await guest.getByLabel("Your name").fill("Carol");
    await guest.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await guest.getByRole("button", { name: "Join" }).click();
    await expect(guest.getByRole("heading", { name: "Inbox" })).toBeVisible();
    await guest.screenshot({ path: `results/team/viewer-${scheme}.png` });
  });
}
