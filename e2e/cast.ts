// The people of the end-to-end tests: Ana on the website, Ben in the console, each in a browser
// context of their own. Knows the pages by their roles and names, as a screen reader does.

import { type Browser, test as base, expect, type Locator, type Page } from "@playwright/test";
import { Server } from "./server";

export const PASSWORD = "correct horse battery";

/** A server for each test, gone with it; and whatever a page complains about fails the test. */
export const test = base.extend<{ server: Server; complaints: string[]; visits: undefined }>({
  // Whoever came in a test leaves with it: the browser outlives it, and a page that was left open goes on
  // looking for its server, and drawing that, beside all tests that follow.
  visits: [
    async ({ browser }, use) => {
      const before = new Set(browser.contexts());
      await use(undefined);
      await Promise.all(browser.contexts().map((one) => before.has(one) || one.close()));
    },
    { auto: true },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's shape
  server: async ({}, use) => {
    const server = await new Server().start();
    await use(server);
    await server.remove();
  },
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's shape
  complaints: async ({}, use) => {
    await use([]);
  },
});

export { expect };

/** Ana, on a page with the widget. */
export class Ana {
  private constructor(readonly page: Page) {}

  static async arrive(browser: Browser, origin: string, complaints: string[]): Promise<Ana> {
    const context = await browser.newContext();
    return Ana.visit(await context.newPage(), `${origin}/chatbot-test.html`, complaints);
  }

  /** On any page with the widget. */
  static async visit(page: Page, address: string, complaints: string[]): Promise<Ana> {
    watch(page, complaints);
    await page.goto(address);
    return new Ana(page);
  }

  get launcher(): Locator {
    return this.page.getByRole("button", { name: /open chat/i });
  }

  get panel(): Locator {
    return this.page.getByRole("dialog");
  }

  get log(): Locator {
    return this.panel.getByRole("log");
  }

  get connection(): Locator {
    return this.panel.getByRole("status");
  }

  get composer(): Locator {
    return this.panel.getByRole("textbox");
  }

  async open(): Promise<void> {
    await this.launcher.click();
    await expect(this.panel).toBeVisible();
  }

  async write(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** The widget's own word on its state: seed B's `state`. */
  async status(): Promise<{ provider: string; connected: boolean; messages: { message: string }[] }> {
    return this.page.evaluate("window.Frontdesk.status()");
  }

  /** The words in the bubbles, as they are drawn, in order. */
  async shown(): Promise<string[]> {
    return this.log.locator(".bubble .text").allInnerTexts();
  }

  /** The messages in the log, in order. */
  async texts(): Promise<string[]> {
    return (await this.status()).messages.map((message) => message.message);
  }
}

/** Ben, in the console. */
export class Ben {
  #csrf: string | undefined;

  private constructor(readonly page: Page) {}

  /** Sets up the desk by the one-time link. */
  static async setUp(browser: Browser, server: Server, complaints: string[], origin?: string): Promise<Ben> {
    const context = await browser.newContext();
    const page = await context.newPage();
    watch(page, complaints);
    await page.goto(`${origin ?? server.origin}/#setup=${server.setupCode}`);
    await page.getByLabel("Your name").fill("Ben");
    await page.getByLabel("E-mail").fill("ben@desk.example");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Create account" }).click();
    // The first steps come first; whoever knows them goes past.
    await page.getByRole("link", { name: "Go to the inbox" }).click();
    await expect(page.getByRole("heading", { name: "Inbox" })).toBeVisible();
    return new Ben(page);
  }

  /** Anybody whose password is everybody's here. */
  static async signIn(page: Page, origin: string, email: string): Promise<Ben> {
    await page.goto(origin);
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("heading", { name: "Inbox" })).toBeVisible();
    return new Ben(page);
  }

  /** Closes the console, so that nobody is there for visitors any more. */
  async leave(): Promise<void> {
    await this.page.goto("about:blank");
  }

  async comeBack(server: Server): Promise<void> {
    await this.page.goto(server.origin);
    await expect(this.page.getByRole("heading", { name: "Inbox" })).toBeVisible();
  }

  get connection(): Locator {
    return this.page.getByRole("navigation", { name: "Frontdesk" }).getByRole("status");
  }

  get log(): Locator {
    return this.page.getByRole("log");
  }

  get composer(): Locator {
    return this.page.getByRole("textbox", { name: /^(Reply|Note)$/ });
  }

  row(visitor: string): Locator {
    return this.page.getByRole("listitem").filter({ hasText: visitor }).getByRole("link").first();
  }

  async openConversation(visitor: string): Promise<void> {
    await this.row(visitor).click();
    await expect(this.log).toBeVisible();
  }

  async write(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** Asks as the console does, without drawing anything: for what is not about the console. */
  async ask<T>(method: string, address: string, data?: object): Promise<T> {
    const { origin } = new URL(address);
    this.#csrf ??= (await (await this.page.request.get(`${origin}/api/v1/me`)).json()).csrf as string;
    const headers = { "x-csrf-token": this.#csrf };
    const reply = await this.page.request.fetch(address, { method, headers, ...(data && { data }) });
    if (!reply.ok()) throw new Error(`${method} ${address}: ${reply.status()} ${await reply.text()}`);
    return (await reply.json()) as T;
  }
}

/** A colleague of Ben's on all of his widgets, in a browser of her own. */
export async function colleague(
  browser: Browser,
  ben: Ben,
  complaints: string[],
  { origin, name = "Carol" }: { origin: string; name?: string },
): Promise<Ben> {
  const { widgets } = await ben.ask<{ widgets: { id: string }[] }>("GET", `${origin}/api/v1/widgets`);
  const email = `${name.toLowerCase()}@desk.example`;
  const agent = { name, email, password: PASSWORD, role: "agent", widgets: widgets.map(({ id }) => id) };
  await ben.ask("POST", `${origin}/api/v1/agents`, agent);
  const page = await (await browser.newContext()).newPage();
  watch(page, complaints);
  return Ben.signIn(page, origin, email);
}

/** Ben has set up the desk, and Ana has the chat open. */
export async function arriveBoth(
  browser: Browser,
  server: Server,
  complaints: string[],
): Promise<{ ana: Ana; ben: Ben }> {
  const ben = await Ben.setUp(browser, server, complaints);
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.open();
  return { ana, ben };
}

/** Ana writes, and Ben opens her conversation. */
export async function meet(
  browser: Browser,
  server: Server,
  complaints: string[],
  firstWords: string,
): Promise<{ ana: Ana; ben: Ben }> {
  const { ana, ben } = await arriveBoth(browser, server, complaints);
  await ana.write(firstWords);
  await ben.openConversation("Test User");
  return { ana, ben };
}

/** How often a text stands in a log. */
export async function occurrences(log: Locator, text: string): Promise<number> {
  return ((await log.textContent()) ?? "").split(text).length - 1;
}

/** A page must not break its own policy, throw, or load what is not there. */
export function watch(page: Page, complaints: string[]): void {
  page.on("pageerror", (error) => complaints.push(`${error}`));
  page.on("console", (message) => {
    const text = message.text();
    // A server that is killed on purpose is a network error, which the browser prints by itself.
    const expected = /ERR_CONNECTION|WebSocket connection|ERR_EMPTY|Failed to load resource/.test(text);
    if (message.type() === "error" && !expected) complaints.push(text);
  });
}
