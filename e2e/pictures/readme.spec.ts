// The pictures in the README: a real conversation between two real pages, as it looks today.

import { Ana, Ben, expect, test } from "../cast";

const PICTURES = "../docs/pictures";

for (const scheme of ["light", "dark"] as const) {
  test(`pictures, ${scheme}`, async ({ browser, server, complaints }) => {
    const ben = await Ben.setUp(browser, server, complaints);
    await ben.page.emulateMedia({ colorScheme: scheme });
    const said: [string, string, string][] = [
      ["Maya Lindqvist", "Hi! Do you ship to Norway?", "We do, in three to five days."],
      ["Tom Okafor", "My order #4821 arrived without the charger :(", ""],
      ["Ana Ruiz", "Hello! Can I still change the colour of my order?", ""],
    ];
    const widget = {
      authorization: `Bearer ${await server.widgetToken()}`,
      "content-type": "application/json",
    };
    const post = async (path: string, headers: Record<string, string>, body: unknown) =>
      (
        await fetch(`${server.origin}${path}`, { method: "POST", headers, body: JSON.stringify(body) })
      ).json();
    for (const [name, question] of said.slice(0, 2)) {
      const { token } = await post("/api/chatbot/session", widget, {
        name,
        email: `${name.split(" ")[0].toLowerCase()}@example.com`,
      });
      const visitor = { ...widget, authorization: `Bearer ${token}` };
      const { conversation } = await post("/api/chatbot/conversation", visitor, {});
      await post(`/api/chatbot/conversation/${conversation.id}/messages`, visitor, { message: question });
    }
    const ana = await Ana.arrive(browser, server.origin, complaints);
    await ana.page.setViewportSize({ width: 1100, height: 760 });
    await ana.page.emulateMedia({ colorScheme: scheme });
    await ana.page.evaluate(`window.Frontdesk.identify({ name: "Ana Ruiz", email: "ana@example.com" })`);
    await ana.open();
    await ana.write(said[2][1]);
    await ben.openConversation("Ana Ruiz");
    await expect(ben.log).toContainText(said[2][1]);
    await ben.write("Of course, Ana. Which one would you like?");
    await expect(ana.log).toContainText("Which one would you like?");
    await ana.write("The green one, please.");
    await expect(ben.log).toContainText("The green one, please.");
    await ben.page.getByRole("button", { name: "Note" }).click();
    await ben.write("Green is back in stock since Monday.");
    await ben.page.getByRole("button", { name: "Reply" }).click();
    await ben.write("Done! The green one leaves today.");
    await expect(ana.log).toContainText("leaves today");
    await ana.composer.pressSequentially("Wonderful, tha", { delay: 20 });
    await expect(ben.page.getByText(/is typing/).first()).toBeVisible();
    await ben.page.screenshot({ path: `${PICTURES}/console-${scheme}.png` });
    await ben.composer.pressSequentially("You are wel", { delay: 20 });
    await expect(ana.panel.getByText(/is typing/)).toBeVisible();
    await ana.page.screenshot({ path: `${PICTURES}/widget-${scheme}.png` });
    await ana.composer.clear();
    await ana.panel.getByRole("button", { name: "Close chat" }).click();
    await expect(ana.panel).toBeHidden();
    await ana.page.screenshot({ path: `${PICTURES}/closed-${scheme}.png` });

    const { page } = ben;
    await page.goto(`${server.origin}/#/settings/widget`);
    const preview = page.frameLocator("iframe[title='Preview of the chat']");
    await page.getByLabel("Name", { exact: true }).fill("Fjord Bikes");
    await page.getByLabel("Colour", { exact: true }).fill("#b3412e");
    await page.getByLabel("Greeting").fill("Hei! Ask us anything about bikes.");
    await expect(preview.getByText("Hei! Ask us anything about bikes.")).toBeVisible();
    await expect(preview.getByText("We are online")).toBeVisible();
    await page.locator(".settings").evaluate((one) => one.scrollTo(0, 0));
    await page.screenshot({ path: `${PICTURES}/editor-${scheme}.png` });
    await page.getByRole("button", { name: "Discard" }).click();
    await page.goto(`${server.origin}/#/settings/alerts`);
    await page.getByRole("button", { name: "Try every way" }).click();
    await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
    await page.screenshot({ path: `${PICTURES}/alerts-${scheme}.png` });
  });
}
