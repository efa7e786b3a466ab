// Alerts that arrive: of two tabs one rings, a notification is shown, a push is shown by the worker, nothing disturbs
// who does not want it, and "Will I be alerted?" names exactly what is broken.

import type { BrowserContext, Page } from "@playwright/test";
import { findings } from "../axe";
import { Ana, Ben, expect, test } from "../cast";
import { Mailbox } from "../mailbox";
import { Server } from "../server";

/** What a page did, as its instruments say. */
interface Noted {
  noted: { tones: number; shown: string[]; turns: string[] };
}

/** Notes every tone, every notification, and every turn that is asked for. */
async function instrument(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const noted = { tones: 0, shown: [] as string[], turns: [] as string[] };
    Object.assign(window, { noted });
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...when) {
      noted.tones += 1;
      return start.apply(this, when);
    };
    window.Notification = class extends Notification {
      constructor(title: string, options?: NotificationOptions) {
        super(title, options);
        noted.shown.push(`${title}: ${options?.body}`);
      }
    };
    const request = navigator.locks.request.bind(navigator.locks) as (...args: unknown[]) => Promise<unknown>;
    navigator.locks.request = ((...args: unknown[]) => {
      noted.turns.push(`${args[0]}`);
      return request(...args);
    }) as typeof navigator.locks.request;
  });
}

const notedOf = (page: Page) => page.evaluate(() => (window as unknown as Noted).noted);
const rings = (turns: string[]) =>
  turns.filter((turn) => turn.startsWith("frontdesk:bell:") && !turn.endsWith(":shown"));

/** Ben's console in a second tab; both were touched, so that the browser lets them make sounds. */
async function twoTabs(ben: Ben, server: Server): Promise<Page[]> {
  const context = ben.page.context();
  await instrument(context);
  await context.grantPermissions(["notifications"], { origin: server.origin });
  await ben.page.reload();
  const second = await context.newPage();
  await second.goto(server.origin);
  for (const page of [ben.page, second]) {
    await expect(page.getByRole("heading", { name: "Inbox" })).toBeVisible();
    await expect(page.getByRole("navigation", { name: "Frontdesk" }).getByRole("status")).toHaveText(
      "Connected",
    );
    await page.getByRole("heading", { name: "Inbox" }).click();
  }
  return [ben.page, second];
}

test("of two tabs one rings and one shows a notification, and none while Ana's conversation is open", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const tabs = await twoTabs(ben, server);
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.open();
  await ana.write("Is it back?");
  const all = () => Promise.all(tabs.map(notedOf));
  // Both have asked for their turn, and one has had it.
  await expect.poll(async () => (await all()).map(({ turns }) => rings(turns).length)).toEqual([1, 1]);
  await expect
    .poll(async () => (await all()).flatMap(({ shown }) => shown))
    .toEqual(["Test User: Is it back?"]);
  await expect.poll(async () => (await all()).reduce((sum, { tones }) => sum + tones, 0)).toBe(2);
  await expect(tabs[1] as Page).toHaveTitle(/^\(1\)/);

  await ben.openConversation("Test User");
  await ana.write("Hello?");
  await expect(ben.log).toContainText("Hello?");
  // The next one, which nobody has before their eyes, is shown again, and nothing was between.
  await ben.page.getByRole("link", { name: /^Settings/ }).click();
  await ana.write("Anybody?");
  await expect
    .poll(async () => (await all()).flatMap(({ shown }) => shown).sort())
    .toEqual(["Test User: Anybody?", "Test User: Is it back?"]);
  await expect.poll(async () => (await all()).reduce((sum, { tones }) => sum + tones, 0)).toBe(4);
  expect(complaints).toEqual([]);
});

test("do not disturb by one key: nothing rings, and what was held back is listed", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const [page] = (await twoTabs(ben, server)) as [Page, Page];
  await page.keyboard.press("d");
  await expect(page.getByRole("button", { name: "Do not disturb" })).toHaveAttribute("aria-pressed", "true");
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.open();
  await ana.write("Is it back?");
  await expect(ben.row("Test User")).toBeVisible();
  const missed = async () =>
    (await ben.ask<{ missed: { reason: string }[] }>("GET", `${server.origin}/api/v1/me/alerts`)).missed;
  await expect.poll(missed).toHaveLength(1);
  expect((await notedOf(page)).tones).toBe(0);
  await page.goto(`${server.origin}/#/settings/alerts`);
  await expect(page.getByText("“Do not disturb” was on.")).toBeVisible();
  await page.keyboard.press("d");
  await expect(page.getByRole("button", { name: "Do not disturb" })).toHaveAttribute("aria-pressed", "false");
  expect(complaints).toEqual([]);
});

/** Chromium's push service cannot be reached from a test: the push is handed to the worker as the browser would. */
async function pusher(page: Page, origin: string): Promise<(message: object) => Promise<void>> {
  const devtools = await page.context().newCDPSession(page);
  const found = new Promise<string>((resolve) => {
    devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const one = registrations.find(({ isDeleted }) => !isDeleted);
      if (one) resolve(one.registrationId);
    });
  });
  await devtools.send("ServiceWorker.enable");
  const registrationId = await found;
  return async (message) => {
    const data = JSON.stringify(message);
    await devtools.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data });
  };
}

const shownBy = (page: Page) =>
  page.evaluate(async () => {
    const { ready } = navigator.serviceWorker;
    return (await (await ready).getNotifications()).map(({ title, body, tag }) => ({ title, body, tag }));
  });

test("a push shows Ana's words unless they are before Ben's eyes, and a click opens the conversation", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const { page } = ben;
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.open();
  await ana.write("Is it back?");
  await expect(ben.row("Test User")).toBeVisible();
  const href = (await ben.row("Test User").getAttribute("href")) ?? "";
  const id = href.replace("#/c/", "");
  await page.context().grantPermissions(["notifications"], { origin: server.origin });
  await page.goto(`${server.origin}/#/settings/alerts`);
  await page.getByRole("button", { name: "Try every way" }).click();
  await expect(page.getByLabel("The browser keeps watch while the console is closed: Works")).toBeVisible();
  const push = await pusher(page, server.origin);

  await push({ conversation_id: id, title: "Ana", text: "Is it back?" });
  await expect.poll(() => shownBy(page)).toEqual([{ title: "Ana", body: "Is it back?", tag: id }]);
  // A newer one takes its place.
  await push({ conversation_id: id, title: "Ana", text: "Hello?" });
  await expect.poll(() => shownBy(page)).toEqual([{ title: "Ana", body: "Hello?", tag: id }]);
  const worker = page.context().serviceWorkers()[0];
  await worker?.evaluate(async () => {
    const scope = self as unknown as {
      registration: ServiceWorkerRegistration;
      NotificationEvent: new (name: string, more: object) => Event;
    };
    const [notification] = await scope.registration.getNotifications();
    self.dispatchEvent(new scope.NotificationEvent("notificationclick", { notification }));
  });
  await expect(ben.log).toContainText("Is it back?");
  // It is open and visible now: nothing is shown, and the next one about another is.
  await push({ conversation_id: id, title: "Ana", text: "Thanks" });
  await push({ conversation_id: "cnv_other", title: "Eve", text: "Hello" });
  await expect.poll(async () => (await shownBy(page)).map(({ title }) => title)).toEqual(["Eve"]);
});

test("“Will I be alerted?” names exactly the way that is broken, and how it is mended", async ({
  browser,
  complaints,
}) => {
  const mailbox = new Mailbox();
  const port = await mailbox.start();
  const server = await new Server({
    FRONTDESK_SMTP_URL: `smtp://127.0.0.1:${port}`,
    FRONTDESK_MAIL_FROM: "Shop <chat@shop.example>",
  }).start();
  const ben = await Ben.setUp(browser, server, complaints);
  const { page } = ben;
  const api = `${server.origin}/api/v1/me/alerts`;
  await page.context().grantPermissions(["notifications"], { origin: server.origin });
  // Chromium cannot reach its push service here, so that way is switched off.
  const ways = { sound: true, desktop: true, push: false, mail: true };
  await ben.ask("PATCH", api, { mine: ways, unassigned: ways, mention: ways });
  await page.goto(`${server.origin}/#/settings/alerts`);
  await page.getByRole("button", { name: "Try every way" }).click();
  await expect(page.getByText("Yes: every way that is switched on reaches you.")).toBeVisible();
  expect(mailbox.letters.join()).toContain("Alerts by mail arrive");
  const broken = page.getByRole("listitem", { name: /: Broken$/ });
  await expect(broken).toHaveCount(0);

  await ben.ask("PATCH", api, { quiet_until: new Date(Date.now() + 3_600_000).toISOString() });
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("Not by every way: one is broken.")).toBeVisible();
  await expect(broken).toHaveAccessibleName("Do not disturb is off: Broken");
  await broken.getByRole("button", { name: "Switch it off" }).click();
  await expect(page.getByText("Yes: every way that is switched on reaches you.")).toBeVisible();

  mailbox.stop();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("Not by every way: one is broken.")).toBeVisible();
  await expect(broken).toHaveAccessibleName("A mail is sent to you: Broken");
  await expect(broken).toContainText("The mail server could not be reached.");
  expect(complaints).toEqual([]);
  await server.remove();
});

test("the ladder of a widget is set on a page of its own", async ({ browser, server, complaints }) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const { page } = ben;
  await page.goto(`${server.origin}/#/settings/escalation`);
  const steps = page.getByRole("group", { name: /^Step/ });
  await expect(steps).toHaveCount(4);
  await steps.nth(1).getByLabel("After").fill("1");
  await expect(page.getByText("After 1 minute: push to everyone who answers")).toBeVisible();
  await steps.nth(1).getByLabel("Mail").check();
  await page.getByRole("button", { name: "Remove step 4" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved")).toBeVisible();
  const { widgets } = await ben.ask<{ widgets: { settings: { escalation: { steps: unknown[] } } }[] }>(
    "GET",
    `${server.origin}/api/v1/widgets`,
  );
  expect(widgets[0]?.settings.escalation.steps).toEqual([
    { after_s: 0, whom: "assignee", ways: ["sound", "desktop", "push"] },
    { after_s: 60, whom: "members", ways: ["push", "mail"] },
    { after_s: 300, whom: "members", ways: ["mail"] },
  ]);
  expect(complaints).toEqual([]);
});

test("the pages for alerts have no accessibility finding, by day and by night", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const { page } = ben;
  const days = ["mon", "tue"].map((day) => ({ day, from: "20:00", to: "08:00" }));
  await ben.ask("PATCH", `${server.origin}/api/v1/me/alerts`, {
    quiet_until: new Date(Date.now() + 3_600_000).toISOString(),
    quiet_hours: { zone: "Europe/Madrid", days },
  });
  await page.evaluate(() => {
    location.hash = "#/settings/alerts";
  });
  await page.getByRole("button", { name: "Try every way" }).click();
  await expect(page.getByText(/^Not by every way/)).toBeVisible();
  expect(await findings(page), "alerts").toEqual([]);
  await page.evaluate(() => {
    location.hash = "#/settings/escalation";
  });
  await expect(page.getByRole("button", { name: "Add a step" })).toBeVisible();
  expect(await findings(page), "escalation").toEqual([]);
  for (let step = 4; step > 0; step -= 1)
    await page.getByRole("button", { name: `Remove step ${step}` }).click();
  expect(await findings(page), "no steps").toEqual([]);
  expect(complaints).toEqual([]);
});

test("the console goes onto a home screen as an app, where an iPhone lets it take pushes", async ({
  playwright,
  launchOptions,
  server,
}) => {
  // A private window takes no apps, and every other test has one.
  const context = await playwright.chromium.launchPersistentContext(
    test.info().outputPath("profile"),
    launchOptions,
  );
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    // That nobody is signed in is an error there too.
    const complaints: string[] = [];
    page.on(
      "console",
      (message) => /policy|manifest/i.test(message.text()) && complaints.push(message.text()),
    );
    await page.goto(server.origin);
    await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
    const browser = await context.newCDPSession(page);
    const found = await browser.send("Page.getAppManifest");
    expect(found).toMatchObject({ url: `${server.origin}/manifest.webmanifest`, errors: [] });
    expect(JSON.parse(found.data ?? "")).toMatchObject({
      name: "Frontdesk",
      start_url: "/",
      display: "standalone",
    });
    expect((await browser.send("Page.getInstallabilityErrors")).installabilityErrors).toEqual([]);
    const icons = await page.evaluate(async () => {
      const { href } = document.querySelector<HTMLLinkElement>("link[rel=apple-touch-icon]") ?? { href: "" };
      const manifest = await (await fetch("/manifest.webmanifest")).json();
      const all: string[] = [href, ...manifest.icons.map((icon: { src: string }) => icon.src)];
      const size = async (src: string) => {
        const { width, height } = await createImageBitmap(await (await fetch(src)).blob());
        return [width, height];
      };
      return Promise.all(all.map(size));
    });
    expect(icons).toEqual([
      [180, 180],
      [192, 192],
      [512, 512],
      [512, 512],
    ]);
    expect(complaints).toEqual([]);
  } finally {
    await context.close();
  }
});
