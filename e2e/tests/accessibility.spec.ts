// What axe-core finds in the widget: nothing, in each of its states, by day and by night. Knows nothing of
// the keyboard, which has tests of its own (`talking.spec.ts`).

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Ana, Ben, expect, test } from "../cast";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PICTURE = "../docs/pictures/widget-light.png";

/** What is wrong right now, in both schemes; each finding names its rule and the first place. */
async function findings(ana: Ana): Promise<string[]> {
  const all: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    // What is still moving has colours of its own.
    await ana.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const found = (await ana.page.evaluate(
      "axe.run('frontdesk-widget').then(({ violations }) => violations.map((one) => one.id + ': ' + one.nodes[0].html))",
    )) as string[];
    all.push(...found.map((one) => `${colorScheme}: ${one}`));
  }
  return all;
}

test("the widget has no accessibility finding in any state", async ({ browser, server, complaints }) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.page.evaluate(AXE);
  const boot = (more: object) =>
    ana.page.evaluate((more) => {
      const page = window as unknown as { Frontdesk(...call: unknown[]): void; ChatbotConfig: object };
      const { apiToken } = page.ChatbotConfig as { apiToken: string };
      page.Frontdesk("destroy");
      page.Frontdesk("boot", { apiToken, ...more });
      page.Frontdesk("open");
    }, more);
  const button = (name: string | RegExp) => ana.panel.getByRole("button", { name, exact: true });
  const field = ana.panel.getByRole("textbox", { name: "Write a message" });
  const menu = (name: string) => ana.panel.getByRole("menuitem", { name });

  expect(await findings(ana), "closed").toEqual([]);
  await boot({ preChat: ["name", "email"], consent: "I agree" });
  await expect(button("Start the conversation")).toBeVisible();
  expect(await findings(ana), "asked first").toEqual([]);
  await ben.leave();
  await boot({ color: "#f5c400" });
  await expect(ana.panel.getByLabel("Your e-mail address")).toBeVisible();
  expect(await findings(ana), "nobody there, on a light colour").toEqual([]);

  await boot({});
  await field.fill("Is **this** `it`? https://shop.example");
  await field.press("Enter");
  await ben.comeBack(server);
  await ben.row("Visitor").click();
  await ben.write("It is.");
  await expect(ana.log).toContainText("It is.");
  await button("More for this message").last().click();
  await expect(menu("Reply")).toBeVisible();
  expect(await findings(ana), "a message's menu").toEqual([]);
  await menu("Emoji").click();
  await expect(ana.panel.getByRole("tab", { name: "Food" })).toBeVisible();
  expect(await findings(ana), "all emoji").toEqual([]);
  await ana.page.keyboard.press("Escape");
  await button("More for this message").last().click();
  await menu("React: 👍").click();
  await button("More for this message").last().click();
  await menu("Reply").click();
  await ana.panel.locator("input[type=file]").setInputFiles([PICTURE]);
  await expect(button("Remove widget-light.png")).toBeVisible();
  expect(await findings(ana), "a reply with a picture, not sent yet").toEqual([]);
  await field.press("Enter");
  await button("widget-light.png").click();
  await expect(ana.page.getByRole("dialog", { name: "widget-light.png" })).toBeVisible();
  expect(await findings(ana), "a picture, large").toEqual([]);
  await ana.page.keyboard.press("Escape");
  expect(await findings(ana), "a conversation").toEqual([]);

  await button("More").click();
  await menu("End the conversation").click();
  await ana.panel.getByRole("radio", { name: "4 of 5" }).check();
  expect(await findings(ana), "rating").toEqual([]);
  await button("All conversations").click();
  await expect(button("New conversation")).toBeVisible();
  expect(await findings(ana), "the list").toEqual([]);
  expect(complaints).toEqual([]);
});
