// What a website's page says of its visitor: it waits until she writes, agents read it as the page's word, and
// nothing of it comes back to her.

import type { Page } from "@playwright/test";
import { Ana, Ben, expect, test } from "../cast";

type Call = [name: string, ...rest: unknown[]];

/** Ana, on a page that calls all this before its widget has come. */
async function arrive(page: Page, origin: string, apiToken: string, calls: Call[]): Promise<Ana> {
  const ana = await Ana.visit(page, `${origin}/up`, []);
  await page.evaluate(
    ([src, apiToken, calls]) => {
      Object.assign(window, {
        ChatbotConfig: { apiToken, visitorName: "Ana" },
        Frontdesk: Object.assign(() => undefined, { q: calls }),
      });
      const script = document.createElement("script");
      script.src = src;
      document.head.append(script);
    },
    [`${origin}/widget.js`, apiToken, calls] as const,
  );
  return ana;
}

test("the page tells before boot, Ana writes, Ben reads it as the website's word", async ({
  browser,
  server,
  page,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const eve = await Ana.arrive(browser, server.origin, complaints);
  await eve.open();
  await eve.write("I am Eve");
  await expect(ben.row("Test User")).toBeVisible();
  const list = `${server.origin}/api/v1/conversations`;
  const { conversations } = await ben.ask<{ conversations: { conversation: { id: string } }[] }>("GET", list);
  await ben.ask("PATCH", `${list}/${conversations[0]?.conversation.id}`, { tags: ["known_vip"] });

  const [asked, told]: [string[], string[]] = [[], []];
  page.on("request", (request) => request.url().includes("/api/") && asked.push(request.url()));
  page.on("response", async (reply) => {
    if (reply.url().includes("/api/")) told.push(await reply.text().catch(() => ""));
  });
  page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => told.push(`${payload}`)));
  const ana = await arrive(page, server.origin, await server.widgetToken(), [
    ["setAttributes", { plan_name: "gold_plan", seats: 5 }],
    ["setConversationAttributes", { cart_total: 99 }],
    ["addTag", "known_vip"],
    ["addTag", "made_up"],
    ["track", "viewed_pricing", { from: "menu" }],
  ]);
  await expect(ana.launcher).toBeVisible();
  expect(asked).toEqual([]);
  await ana.open();
  await ana.write("Hello");

  await ben.openConversation("Ana");
  await expect(ben.log).toContainText("Ana: viewed_pricing (from: menu)");
  await ben.page.getByRole("button", { name: "Visitor details" }).click();
  const said = ben.page.getByRole("region", { name: "From the website" });
  await expect(said).toContainText("Visitor was not verified");
  for (const text of ["plan_namegold_plan", "seats5", "cart_total99", "Tagsknown_vip"])
    await expect(said).toContainText(text);
  await expect(said).not.toContainText("made_up");
  expect(await ben.ask("GET", `${server.origin}/api/v1/tags`)).toMatchObject({ tags: ["known_vip"] });

  await page.evaluate(() => {
    const { Frontdesk } = window as unknown as { Frontdesk: Record<string, (...rest: unknown[]) => void> };
    Frontdesk.setAttributes?.({ plan_name: null, seats: 6 });
    Frontdesk.removeTag?.("known_vip");
    Frontdesk.track?.("left_cart");
  });
  await expect(said).toContainText("seats6");
  await expect(said).not.toContainText("gold_plan");
  await expect(said).not.toContainText("known_vip");
  await expect(ben.log).toContainText("Ana: left_cart");

  await ben.write("Hello Ana");
  await expect(ana.log).toContainText("Hello Ana");
  expect(told.join()).toContain("Hello Ana");
  expect(told.join()).not.toMatch(/_plan|plan_name|seats|cart_|_cart|_vip|_pricing/);
  expect(complaints).toEqual([]);
});
