// The widget on somebody else's page (rulings 9 and 10): what it does before the visitor acts,
// and that the strictest policy of a page does not stop it.

import type { Page } from "@playwright/test";
import { Ana, Ben, expect, test } from "../cast";
import { OfficeProxy } from "../proxy";

test.use({
  launchOptions: async ({ launchOptions }, use) => {
    const microphone = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
    const sound = "--autoplay-policy=no-user-gesture-required";
    await use({ ...launchOptions, args: [...(launchOptions.args ?? []), ...microphone, sound] });
  },
});

/** Every shift of the page's content that the browser has noted so far. */
async function shifts(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let count = 0;
        const observer = new PerformanceObserver((list) => {
          count += list.getEntries().length;
        });
        observer.observe({ type: "layout-shift", buffered: true });
        // What is buffered is told after the next frame at the latest.
        requestAnimationFrame(() => setTimeout(() => resolve(count), 100));
      }),
  );
}

/** Whatever an origin can keep in a browser, counted. */
async function stored(page: Page): Promise<number> {
  const cookies = await page.context().cookies();
  const kept = await page.evaluate(
    async () =>
      localStorage.length +
      sessionStorage.length +
      (await indexedDB.databases()).length +
      (await caches.keys()).length,
  );
  return cookies.length + kept;
}

for (const how of ["with its look (?w=)", "without"]) {
  test(`ruling 9: before the first act one script request, nothing stored, moved or connected; ${how}`, async ({
    browser,
    server,
    complaints,
  }) => {
    const site = await new OfficeProxy(server.port).start();
    const look =
      how === "without"
        ? ""
        : (await (await fetch(`${server.origin}/chatbot-test.html`)).text()).match(/\?w=wgt_\w+/)?.[0];
    expect(look).toBeDefined();
    site.pages.set(
      "/shop",
      `<!doctype html><title>Shop</title><h1>Shoes</h1><p>Red ones.</p>
       <script src="/widget.js${look}" data-token="${await server.widgetToken()}" async></script>`,
    );
    const page = await (await browser.newContext()).newPage();
    page.on("pageerror", (error) => complaints.push(`${error}`));
    const requests: string[] = [];
    const sockets: string[] = [];
    page.on("request", (request) => requests.push(new URL(request.url()).pathname));
    page.on("websocket", (socket) => sockets.push(socket.url()));
    await page.goto(`${site.origin}/shop`);
    await expect(page.getByRole("button", { name: /open chat/i })).toBeVisible();
    await page.waitForLoadState("networkidle");
    expect(requests.filter((path) => path !== "/favicon.ico")).toEqual(["/shop", "/widget.js"]);
    expect(sockets).toEqual([]);
    expect(await stored(page)).toBe(0);
    expect(await shifts(page)).toBe(0);

    // To look at it is no act. To press it is, which brings the panel's code and no more.
    await page.getByRole("button", { name: /open chat/i }).hover();
    await page.getByRole("button", { name: /open chat/i }).focus();
    const before = requests.length;
    await page.mouse.down();
    await expect.poll(() => requests.length).toBeGreaterThan(before);
    await page.mouse.move(10, 10);
    await page.mouse.up();
    await page.waitForLoadState("networkidle");
    const press = requests.slice(2).filter((path) => path !== "/favicon.ico");
    expect(press.map((path) => path.replace(/-.*/, "")).sort()).toEqual(["/assets/core", "/assets/panel"]);
    expect(sockets).toEqual([]);
    expect(await stored(page)).toBe(0);
    await expect(page.getByRole("dialog")).toBeHidden();

    await page.getByRole("button", { name: /open chat/i }).click();
    await expect(page.getByRole("textbox", { name: "Write a message" })).toBeVisible();
    await expect.poll(() => sockets.length).toBe(1);
    expect(await stored(page), "opening stores nothing").toBe(0);
    expect(await shifts(page), "opening moves nothing of the page").toBe(0);
    await page.getByRole("textbox", { name: "Write a message" }).fill("Hello");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate("localStorage.length")).toBeGreaterThan(0);
    expect(await page.context().cookies()).toEqual([]);

    await page.evaluate(
      "document.body.prepend(Object.assign(document.createElement('h1'), { innerText: 'Sale' }))",
    );
    await expect.poll(() => shifts(page), "the premise: a shift would be seen").toBeGreaterThan(0);
    expect(complaints).toEqual([]);
    site.stop();
  });
}

test("ruling 10: the strict policy reports no violation, whatever a visitor uses", async ({
  browser,
  server,
  complaints,
}) => {
  const context = await browser.newContext({ permissions: ["microphone"] });
  await context.addInitScript(() => {
    const violations: string[] = [];
    Object.assign(window, { violations });
    document.addEventListener("securitypolicyviolation", (event) =>
      violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`),
    );
  });
  const ben = await Ben.setUp(browser, server, complaints);
  const parts = new Set<string>();
  const page = await context.newPage();
  page.on("response", (response) => {
    const part = /assets\/(\w+)-[\w-]{8}\.js/.exec(response.url())?.[1];
    if (part && response.ok()) parts.add(part);
  });
  const ana = await Ana.visit(page, `${server.origin}/chatbot-test.html`, complaints);
  const button = (name: string) => ana.panel.getByRole("button", { name, exact: true });
  await page.evaluate(
    "Frontdesk.destroy(); Frontdesk.boot({ ...ChatbotConfig, preChat: ['name'], consent: 'I agree', locale: 'de' })",
  );
  await page.getByRole("button", { name: "Chat öffnen" }).click();
  await expect(ana.panel.getByRole("checkbox")).toBeVisible();
  await page.evaluate("Frontdesk.destroy(); Frontdesk.boot({ ...ChatbotConfig, locale: 'en' })");
  await ana.open();

  // Words with signs in them, and an address.
  await ana.write("Look at **https://example.com/** please");
  await expect(ana.panel.getByRole("link", { name: "https://example.com/" })).toBeVisible();
  await expect(ana.connection).toHaveText("Connected");
  await button("Emoji").click();
  await ana.panel.getByRole("tab", { name: "Food" }).click();
  await ana.panel.getByRole("button", { name: "🍎" }).click();
  await ana.composer.press("Enter");
  // A picture: waiting, sent, large.
  await ana.panel.locator("input[type=file]").setInputFiles("../docs/pictures/widget-light.png");
  await expect(button("Remove widget-light.png")).toBeVisible();
  await ana.composer.press("Enter");
  await button("widget-light.png").click();
  const large = page.getByRole("dialog", { name: "widget-light.png" });
  await expect
    .poll(() => large.locator("img").evaluate((img) => (img as HTMLImageElement).naturalWidth))
    .toBeGreaterThan(0);
  await page.keyboard.press("Escape");
  // A voice message: recorded, heard before and after.
  await button("Record a voice message").click();
  await expect(ana.panel.getByText("0:01")).toBeVisible();
  await button("Stop recording").click();
  await button("Play").click();
  await button("Send message").click();
  await ana.log.getByRole("button", { name: "Play" }).click();
  await expect(ana.log.getByRole("button", { name: "Pause" })).toBeVisible();
  // A reaction to an answer, the end and what is asked then, the list.
  await ben.openConversation("Test User");
  await ben.write("It is lovely");
  await expect(ana.log).toContainText("It is lovely");
  await button("More for this message").last().click();
  await ana.panel.getByRole("menuitem", { name: "React: 👍" }).click();
  await expect(ana.log.getByRole("button", { name: "👍, 1" })).toBeVisible();
  await button("More").click();
  await ana.panel.getByRole("menuitem", { name: "End the conversation" }).click();
  await ana.panel.getByRole("radio", { name: "5 of 5" }).check();
  await ana.panel.getByRole("button", { name: "Send", exact: true }).click();
  await expect(ana.log).toContainText("★★★★★");
  await button("All conversations").click();
  await expect(button("New conversation")).toBeVisible();

  expect([...parts].sort(), "the premise: they all came").toEqual(
    expect.arrayContaining([
      "actions",
      "bell",
      "de",
      "emoji",
      "files",
      "forms",
      "gallery",
      "list",
      "player",
      "rich",
      "uploads",
      "voice",
    ]),
  );
  expect(await page.evaluate("window.violations")).toEqual([]);
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
