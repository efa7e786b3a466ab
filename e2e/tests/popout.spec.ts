// The chat in a window of its own (ruling 15): the same visitor goes on there, by a code that works once.

import { createHmac } from "node:crypto";
import { Ana, Ben, expect, meet, test } from "../cast";
import { Website } from "../website";

test("ruling 15: the chat moves into a window of its own, and both sides go on", async ({
  browser,
  server,
  complaints,
}) => {
  const { ana, ben } = await meet(browser, server, complaints, "Can you help me?");
  await expect(ana.log.getByText("Can you help me?")).toBeVisible();
  const opens = ana.page.waitForEvent("popup");
  await ana.panel.getByRole("button", { name: "More", exact: true }).click();
  await ana.panel.getByRole("menuitem", { name: "Open in a window" }).click();
  const window = await opens;
  window.on("pageerror", (error) => complaints.push(`${error}`));
  window.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  const panel = window.getByRole("dialog");
  await expect(panel.getByRole("log").getByText("Can you help me?")).toBeVisible();
  await expect(ana.panel).toBeHidden();
  // The code leaves the address at once, and the page has no way back to the one that opened it.
  expect(new URL(window.url()).hash).toBe("");
  expect(await window.evaluate("window.opener")).toBeNull();
  await expect(window.locator(".launcher")).toBeHidden();
  await expect(panel.getByRole("button", { name: "Close chat" })).toBeHidden();
  const { width, height } = window.viewportSize() ?? { width: 0, height: 0 };
  if (width) expect(await panel.boundingBox()).toEqual({ x: 0, y: 0, width, height });

  await panel.getByRole("textbox", { name: "Write a message" }).fill("I am over here now");
  await window.keyboard.press("Enter");
  await expect(ben.log.getByText("I am over here now")).toBeVisible();
  await ben.write("I see you");
  await expect(panel.getByRole("log").getByText("I see you")).toBeVisible();
  // The same visitor stays where they were as well.
  await ana.page.evaluate("window.Frontdesk.open()");
  await expect(ana.log.getByText("I see you")).toBeVisible();
  await window.reload();
  await expect(panel.getByRole("log").getByText("I see you")).toBeVisible();
  expect(complaints).toEqual([]);
});

test("ruling 15: the page by its link alone is a stranger's, and only the widget's pages may frame it", async ({
  browser,
  server,
  complaints,
}) => {
  const ana = await Ana.arrive(browser, server.origin, complaints);
  const config = await fetch(`${server.origin}/api/chatbot/config`, {
    headers: { authorization: `Bearer ${await server.widgetToken()}` },
  });
  const { widget } = (await config.json()) as { widget: { id: string } };
  const chat = `${server.origin}/chat/${widget.id}`;
  await ana.page.goto(chat);
  await expect(ana.panel).toBeVisible();
  await ana.page.keyboard.press("Escape");
  await expect(ana.panel, "there is nothing behind it").toBeVisible();
  await ana.panel.getByRole("textbox", { name: "Write a message" }).fill("From the page itself");
  await ana.page.keyboard.press("Enter");
  await expect(ana.panel.getByText("Sent")).toBeVisible();

  const site = await new Website({ "/": `<iframe src="${chat}" width="400" height="600"></iframe>` }).start();
  const framed = async (host: string) => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`http://${host}:${site.port}/`);
    return page.frameLocator("iframe").getByRole("dialog");
  };
  await expect(await framed("localhost")).toBeVisible();
  await expect(await framed("evil.localhost")).toHaveCount(0);
  site.stop();
  expect(complaints).toEqual([]);
});

test("ruling 15: where a signed identity is demanded, the window has the word of the page that opened it", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const api = `${server.origin}/api/v1/widgets`;
  const { widgets } = await ben.ask<{ widgets: { id: string; token: string; settings: object }[] }>(
    "GET",
    api,
  );
  const widget = widgets[0] ?? { id: "", token: "", settings: {} };
  const address = `${api}/${widget.id}`;
  const { secrets } = await ben.ask<{ secrets: { secret: string }[] }>("POST", `${address}/identity`, {});
  await ben.ask("PATCH", address, { settings: { ...widget.settings, identity_required: true } });
  const jwt = signed(secrets[0]?.secret ?? "", {
    sub: "ana",
    name: "Ana Reyes",
    exp: Date.now() / 1_000 + 600,
  });
  const site = await new Website({
    "/": `<script>
        ChatbotConfig = { apiToken: "${widget.token}" };
        Frontdesk = (...call) => (Frontdesk.q ||= []).push(call);
        Frontdesk("identify", { jwt: "${jwt}" });
      </script>
      <script src="${server.origin}/widget.js"></script>`,
  }).start();
  const ana = await Ana.visit(await (await browser.newContext()).newPage(), `${site.origin}/`, complaints);
  await ana.open();
  await ana.write("Where is my order?");
  await expect(ana.log.getByText("Sent")).toBeVisible();
  const opens = ana.page.waitForEvent("popup");
  await ana.panel.getByRole("button", { name: "More", exact: true }).click();
  await ana.panel.getByRole("menuitem", { name: "Open in a window" }).click();
  const window = await opens;
  const asked: (string | null)[] = [];
  window.on("request", (request) => request.url().endsWith("/session") && asked.push(request.postData()));
  const panel = window.getByRole("dialog");
  await expect(panel.getByRole("log").getByText("Where is my order?")).toBeVisible();
  await expect.poll(() => asked.some((body) => body?.includes(jwt))).toBe(true);
  expect(window.url()).toBe(`${server.origin}/chat/${widget.id}`);
  await ben.openConversation("Ana Reyes");
  await ben.write("On its way");
  await expect(panel.getByRole("log").getByText("On its way")).toBeVisible();
  // Its secret alone opens nothing; the page is there to be asked.
  await window.reload();
  await expect(panel.getByRole("log").getByText("On its way")).toBeVisible();
  // Whoever has the address of the window and no page behind it stays outside.
  const eve = await Ana.visit(await (await browser.newContext()).newPage(), window.url(), complaints);
  await expect(eve.panel.getByText("This chat needs a signed identity.")).toBeVisible();
  await ana.page.evaluate("Frontdesk.shutdown()");
  await window.reload();
  await expect(panel.getByText("This chat needs a signed identity.")).toBeVisible();
  site.stop();
  expect(complaints).toEqual([]);
});

/** As a website signs who its user is. */
function signed(secret: string, claims: object): string {
  const part = (what: object) => Buffer.from(JSON.stringify(what)).toString("base64url");
  const said = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${said}.${createHmac("sha256", secret).update(said).digest("base64url")}`;
}
