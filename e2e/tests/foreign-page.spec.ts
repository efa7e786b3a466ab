// The widget on somebody else's page (rulings 9 and 10): what it does before the visitor acts,
// and that the strictest policy of a page does not stop it.

import { Ana, expect, test } from "../cast";

test("ruling 9: before the first act one script request, nothing stored, no socket", async ({
  browser,
  server,
  complaints,
}) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const requests: string[] = [];
  const sockets: string[] = [];
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  page.on("websocket", (socket) => sockets.push(socket.url()));
  await page.goto(`${server.origin}/chatbot-test.html`);
  await expect(page.getByRole("button", { name: /open chat/i })).toBeVisible();
  await page.waitForLoadState("networkidle");
  expect(requests.filter((path) => path !== "/favicon.ico")).toEqual(["/chatbot-test.html", "/widget.js"]);
  expect(sockets).toEqual([]);
  const stored = () => page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length");
  expect(await stored()).toBe(0);

  await page.getByRole("button", { name: /open chat/i }).click();
  await expect(page.getByRole("dialog").getByRole("textbox")).toBeVisible();
  await expect.poll(() => sockets.length).toBe(1);
  expect(await stored(), "opening stores nothing").toBe(0);
  await page.getByRole("dialog").getByRole("textbox").fill("Hello");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.evaluate("localStorage.length")).toBeGreaterThan(0);
  expect(await page.evaluate("document.cookie")).toBe("");
  expect(complaints).toEqual([]);
});

test("ruling 10: the strict policy reports no violation through a whole conversation", async ({
  browser,
  server,
  complaints,
}) => {
  const context = await browser.newContext();
  await context.addInitScript(() => {
    const violations: string[] = [];
    Object.assign(window, { violations });
    document.addEventListener("securitypolicyviolation", (event) =>
      violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`),
    );
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(`${error}`));
  await page.goto(`${server.origin}/chatbot-test.html`);
  await page.getByRole("button", { name: /open chat/i }).click();
  const panel = page.getByRole("dialog");
  await panel.getByRole("textbox").fill("Look at https://example.com/ please");
  await page.keyboard.press("Enter");
  await expect(panel.getByRole("link", { name: "https://example.com/" })).toBeVisible();
  await expect(panel.getByRole("status")).toHaveText("Connected");
  const violations = (await page.evaluate("window.violations")) as string[];
  // The browser asks for an icon by itself; the policy's own `img-src` allows it.
  expect(violations).toEqual([]);
  expect(complaints).toEqual([]);
});

test("the panel closes by Escape and gives the focus back", async ({ browser, server, complaints }) => {
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.open();
  await expect(ana.composer).toBeFocused();
  await ana.page.keyboard.press("Escape");
  await expect(ana.panel).toBeHidden();
  await expect(ana.launcher).toBeFocused();
  expect(complaints).toEqual([]);
});

test("destroy takes everything away, and boot brings it back", async ({ browser, server, complaints }) => {
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.open();
  await ana.page.evaluate("window.Frontdesk.destroy()");
  await expect(ana.page.locator("frontdesk-widget")).toHaveCount(0);
  await ana.page.evaluate("window.Frontdesk('boot', window.ChatbotConfig)");
  await expect(ana.launcher).toBeVisible();
  expect(complaints).toEqual([]);
});
