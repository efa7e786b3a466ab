// Pictures of the console's pages to be looked at, in both schemes and on a phone: long names, other scripts, nothing
// there, and every menu. They lie in `results/console`, and nothing else depends on them.

import { Ben, expect, PASSWORD, test } from "../cast";
import { guest } from "../guest";
import type { Server } from "../server";

const NAMES = [
  "Maya Lindqvist",
  "Tom Okafor",
  "محمد الفارسي",
  "Wolfeschlegelsteinhausenbergerdorff-Papadopoulou Konstantinos",
  "Jun Sato",
  "Zoë van Dyk",
  "Ana Ruiz",
];

/** Everybody has written once; answers the conversations' ids. */
async function everybodyWrites(server: Server): Promise<string[]> {
  const ids: string[] = [];
  for (const name of NAMES) {
    const visitor = await guest(server, name);
    await visitor.write(
      name.startsWith("م")
        ? "مرحبا، هل يمكنكم مساعدتي في طلبي رقم ٤٨٢١؟"
        : "My order **#4821** arrived without the charger :(",
    );
    ids.push(visitor.id);
  }
  return ids;
}

for (const scheme of ["light", "dark"] as const) {
  test(`the console's pages, ${scheme}`, async ({ browser, server, complaints }) => {
    const ben = await Ben.setUp(browser, server, complaints);
    const { page } = ben;
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width: 1440, height: 900 });
    const shot = (name: string) => page.screenshot({ path: `results/console/${name}-${scheme}.png` });
    const api = `${server.origin}/api/v1`;
    const { widgets } = await ben.ask<{ widgets: { id: string }[] }>("GET", `${api}/widgets`);
    const carol = { name: "Carol", email: "carol@desk.example", password: PASSWORD, role: "agent" };
    await ben.ask("POST", `${api}/agents`, { ...carol, widgets: widgets.map(({ id }) => id) });
    await shot("first-steps");
    await page.goto(`${server.origin}/#/settings`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await shot("settings");
    await page.setViewportSize({ width: 390, height: 844 });
    await shot("phone-settings");
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(`${server.origin}/#/`);
    const ids = await everybodyWrites(server);
    await ben.ask("PATCH", `${api}/conversations/${ids[1]}`, { priority: "urgent", tags: ["billing"] });
    await ben.ask("PATCH", `${api}/conversations/${ids[6]}`, {
      priority: "high",
      tags: ["orders", "colour"],
    });
    await ben.openConversation("Ana Ruiz");
    await page
      .locator("input[type=file]")
      .setInputFiles(["../docs/pictures/widget-light.png", "../README.md"]);
    await expect(page.locator(".chosen-picture")).toBeVisible();
    await ben.composer.fill("Is it this one?");
    await shot("files");
    await ben.composer.press("Enter");
    await expect(ben.log.locator(".picture img")).toBeVisible();
    const said = ben.log.locator(".said").first();
    await said.hover();
    await said.getByRole("button", { name: "Message actions" }).click();
    await shot("message");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /^Belongs to/ }).click();
    await expect(page.getByRole("button", { name: "Carol" })).toBeVisible();
    await shot("assign");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Note" }).click();
    await ben.composer.pressSequentially("Could you look, @");
    await expect(page.getByRole("option", { name: "Carol" })).toBeVisible();
    await shot("mention");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await expect(page.getByRole("combobox")).toBeFocused();
    await shot("palette");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByRole("textbox", { name: "Search messages and people" }).fill("charger");
    await expect(page.locator(".hit mark").first()).toBeVisible();
    await shot("search");
    await page.getByRole("button", { name: "Close search" }).click();
    await page.getByRole("checkbox", { name: /Tom/ }).check({ force: true });
    await shot("selection");
    await page.getByRole("button", { name: "Select none" }).click();
    await page.getByRole("button", { name: "More lists" }).click();
    await page.getByRole("button", { name: "Snoozed" }).click();
    await expect(page.getByRole("heading", { name: "Nothing is asleep" })).toBeVisible();
    await shot("empty");
    await page.getByRole("button", { name: "All", exact: true }).click();
    await page.setViewportSize({ width: 390, height: 844 });
    await shot("phone-conversation");
    await page.goto(`${server.origin}/#/c/${ids[2]}`);
    await expect(ben.log).toContainText("مرحبا");
    await shot("phone-other-script");
    await page.goto(`${server.origin}/#/`);
    await expect(ben.row("Ana Ruiz")).toBeVisible();
    await shot("phone-inbox");
    expect(complaints).toEqual([]);
  });
}
