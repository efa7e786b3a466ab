// What a page can have the widget do, and that it leaves nothing behind when it is told to go.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { Ana, Ben, expect, test } from "../cast";
import { type Files, Website } from "../website";

declare global {
  interface Window {
    Frontdesk(name: string, ...rest: unknown[]): unknown;
  }
}

/** Counts what scripts leave in a page: listeners, timers, sockets, nodes, globals. */
function countLeftovers(): void {
  const live = {
    listeners: new Map<string, number>(),
    timers: new Set<number>(),
    sockets: new Set<WebSocket>(),
  };
  const names = new Set<string>();
  const count = (name: string, by: number) => live.listeners.set(name, (live.listeners.get(name) ?? 0) + by);
  // One entry for each listener, as the browser has it: the same one twice is one.
  const known = new WeakMap<EventTarget, Map<unknown, Set<string>>>();
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  const isOutside = (target: EventTarget) =>
    target === window ||
    target === document ||
    (target instanceof Node && document.contains(target) && !(target.getRootNode() instanceof ShadowRoot)) ||
    target instanceof MediaQueryList ||
    target === window.visualViewport;
  const drop = (target: EventTarget, type: string, listener: unknown) => {
    if (known.get(target)?.get(listener)?.delete(type)) count(type, -1);
  };
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    const target = this ?? window;
    if (listener && isOutside(target)) {
      const all = known.get(target) ?? new Map<unknown, Set<string>>();
      known.set(target, all);
      const types = all.get(listener) ?? new Set<string>();
      all.set(listener, types);
      if (!types.has(type)) count(type, 1);
      types.add(type);
      const signal = typeof options === "object" ? options?.signal : undefined;
      if (signal) addEventListener.call(signal, "abort", () => drop(target, type, listener));
      if (typeof options === "object" && options?.once)
        addEventListener.call(target, type, () => drop(target, type, listener), { once: true });
    }
    return addEventListener.call(target, type, listener, options);
  };
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    const target = this ?? window;
    drop(target, type, listener);
    return removeEventListener.call(target, type, listener, options);
  };
  const { setTimeout, clearTimeout, setInterval, clearInterval, WebSocket: Socket } = window;
  const timed = (start: typeof setTimeout, repeats: boolean) =>
    ((then: () => void, ms?: number, ...rest: unknown[]) => {
      const id = start(
        () => {
          if (!repeats) live.timers.delete(id);
          then();
        },
        ms,
        ...rest,
      ) as unknown as number;
      live.timers.add(id);
      return id;
    }) as typeof setTimeout;
  const cleared = (end: typeof clearTimeout) =>
    ((id?: number) => {
      if (id !== undefined) live.timers.delete(id);
      end(id);
    }) as typeof clearTimeout;
  Object.assign(window, {
    setTimeout: timed(setTimeout, false),
    setInterval: timed(setInterval as typeof setTimeout, true),
    clearTimeout: cleared(clearTimeout),
    clearInterval: cleared(clearInterval),
    WebSocket: class extends Socket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        live.sockets.add(this);
        addEventListener.call(this, "close", () => live.sockets.delete(this));
      }
    },
    leftovers: () => ({
      listeners: Object.fromEntries([...live.listeners].filter(([, many]) => many !== 0)),
      timers: live.timers.size,
      sockets: [...live.sockets].filter((one) => one.readyState < 2).length,
      nodes: document.querySelectorAll("*").length,
      sheets: document.adoptedStyleSheets.length,
      globals: Object.keys(window).filter((name) => !names.has(name)),
      title: document.title,
    }),
  });
  for (const name of Object.keys(window)) names.add(name);
}

const leftovers = (page: Page) => page.evaluate("window.leftovers()") as Promise<Record<string, unknown>>;

/** A page that has no widget yet, and one script that brings it. */
async function bare(page: Page, origin: string): Promise<void> {
  await page.addInitScript(countLeftovers);
  await page.goto(`${origin}/up`);
  await page.evaluate("document.head.append(document.createElement('style'))");
}

async function arrive(page: Page, origin: string, token: string): Promise<void> {
  await page.evaluate(
    ([src, apiToken]) => {
      const script = document.createElement("script");
      Object.assign(script, { src });
      script.dataset.token = apiToken;
      const there = new Promise((then) => script.addEventListener("load", then, { once: true }));
      document.head.append(script);
      return there.then(() => script.remove());
    },
    [`${origin}/widget.js`, token] as const,
  );
}

test("destroy leaves no node, listener, timer, socket or global, three times over", async ({
  page,
  server,
}) => {
  await bare(page, server.origin);
  const before = await leftovers(page);
  await arrive(page, server.origin, await server.widgetToken());
  for (const round of [1, 2, 3]) {
    if (round > 1)
      await page.evaluate((apiToken) => window.Frontdesk("boot", { apiToken }), await server.widgetToken());
    await page.evaluate(() => window.Frontdesk("on", "message", () => undefined));
    await page.getByRole("button", { name: "Open chat" }).click();
    const panel = page.getByRole("dialog");
    const field = panel.getByRole("textbox", { name: "Write a message" });
    await field.fill(`Round ${round}`);
    await field.press("Enter");
    await expect(panel.getByText("Sent")).toBeVisible();
    await expect(panel.getByRole("status")).toHaveText("Connected");
    expect(await leftovers(page)).not.toEqual(before);
    await page.evaluate(() => window.Frontdesk("destroy"));
    // The function itself stays, so that `boot` can bring the widget back.
    await expect
      .poll(() => leftovers(page), { message: `round ${round}`, timeout: 1_000 })
      .toEqual({ ...before, globals: [...(before.globals as string[]), "Frontdesk"] });
  }
});

test("settings at the script place, size and dress the widget", async ({ page, server }) => {
  const token = await server.widgetToken();
  await page.goto(`${server.origin}/up`);
  await page.evaluate(
    ([src, apiToken]) => {
      const script = document.createElement("script");
      script.src = src;
      const given = {
        position: "left",
        offsetX: "40",
        offsetY: "60",
        width: "320",
        height: "400",
        zIndex: "5",
      };
      Object.assign(script.dataset, { token: apiToken, label: "Ask us", theme: "dark", open: "", ...given });
      document.head.append(script);
    },
    [`${server.origin}/widget.js`, token] as const,
  );
  const panel = page.getByRole("dialog");
  await expect(panel.getByRole("textbox", { name: "Write a message" })).toBeVisible();
  await expect(page.locator("frontdesk-widget")).toHaveCSS("z-index", "5");
  // Once it has come to rest.
  await expect
    .poll(async () => {
      const box = await panel.boundingBox();
      return box && [box.x, box.width, box.height].map(Math.round);
    })
    .toEqual([40, 320, 400]);
  await expect(panel).toHaveCSS("color-scheme", "dark");
  const button = page.getByRole("button", { name: "Close chat" }).first();
  const box = await button.boundingBox();
  expect(box && [box.x, 800 - box.y - box.height].map(Math.round)).toEqual([40, 60]);
  await page.evaluate(() => window.Frontdesk("setTheme", "light"));
  await expect(panel).toHaveCSS("color-scheme", "light");
  await page.evaluate(() => window.Frontdesk("setLocale", "de"));
  await expect(panel.getByRole("textbox", { name: "Nachricht schreiben" })).toBeVisible();
});

test("open shows what the page asks for, prefill waits to be sent", async ({
  browser,
  server,
  complaints,
}) => {
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.page.evaluate(() => {
    window.Frontdesk("prefill", "Where is parcel 7?");
    window.Frontdesk("open");
  });
  await expect(ana.composer).toHaveValue("Where is parcel 7?");
  await ana.composer.press("Enter");
  await expect(ana.panel.getByText("Sent")).toBeVisible();
  const first = await ana.page.evaluate("window.Frontdesk.status().conversationId");
  await ana.page.evaluate(() => window.Frontdesk("open", "new"));
  await ana.write("Something else");
  await expect.poll(() => ana.page.evaluate("window.Frontdesk.status().conversationId")).not.toBe(first);
  await expect(ana.log.getByText("Where is parcel 7?")).toHaveCount(0);
  await ana.page.evaluate(() => window.Frontdesk("open", "list"));
  await expect(ana.panel.getByRole("listitem")).toHaveCount(2);
  await ana.page.evaluate((id) => window.Frontdesk("open", id), first);
  await expect(ana.log.getByText("Where is parcel 7?")).toBeVisible();
  expect(complaints).toEqual([]);
});

test("reset makes the next one in this browser a stranger", async ({ browser, server, complaints }) => {
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.open();
  await ana.write("My secret");
  await expect(ana.panel.getByText("Sent")).toBeVisible();
  const kept = () => ana.page.evaluate("JSON.stringify(localStorage)") as Promise<string>;
  const before = JSON.parse(Object.values(JSON.parse(await kept()))[0] as string) as { secret: string };
  const signedOut = ana.page.waitForResponse((reply) => reply.url().endsWith("/api/chatbot/logout"));
  await ana.page.evaluate(() => window.Frontdesk("reset"));
  expect(await kept()).toBe("{}");
  expect((await signedOut).status()).toBe(200);
  await ana.page.reload();
  await ana.open();
  await expect(ana.log.getByText("My secret")).toHaveCount(0);
  // The secret is worth nothing any more, wherever it may have been copied to.
  const token = await server.widgetToken();
  const reply = await fetch(`${server.origin}/api/chatbot/session`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ secret: before.secret }),
  });
  expect(((await reply.json()) as { conversation_id: string | null }).conversation_id).toBeNull();
  expect(complaints).toEqual([]);
});

test("shutdown after a reload forgets without the panel having been opened", async ({
  browser,
  server,
  complaints,
}) => {
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.open();
  await ana.write("Hello");
  await expect(ana.panel.getByText("Sent")).toBeVisible();
  const signedOut = ana.page.waitForResponse((reply) => reply.url().endsWith("/api/chatbot/logout"));
  await ana.page.reload();
  await ana.page.waitForFunction("window.Frontdesk?.boot");
  await ana.page.evaluate(() => window.Frontdesk("shutdown"));
  await expect(ana.page.locator("frontdesk-widget")).toHaveCount(0);
  expect((await signedOut).status()).toBe(200);
  expect(await ana.page.evaluate("localStorage.length")).toBe(0);
  expect(complaints).toEqual([]);
});

const HEAD = `<!doctype html><title>Shop</title><link rel="icon" href="data:,">`;

/** A website that is built with modules, with React 18 and our package. */
function moduleSite(body: string): Files {
  const read = (...path: string[]) => readFileSync(join(import.meta.dirname, "..", ...path), "utf8");
  const umd = (name: string) => read("node_modules", name, "umd", `${name}.development.js`);
  return {
    "/": HEAD + body,
    "/react.js": umd("react"),
    "/react-dom.js": umd("react-dom"),
    "/react.mjs": "export const { useEffect, useRef } = window.React;",
    "/embed/index.js": read("../web/embed/index.js"),
    "/embed/react.js": read("../web/embed/react.js"),
  };
}

/** Opens a website with these files for the time of a test. */
async function visit(page: Page, files: Files): Promise<void> {
  const site = await new Website(files).start();
  page.on("close", () => site.stop());
  await page.goto(`${site.origin}/`);
}

test("React in strict mode mounts and unmounts the component three times, and nothing is left", async ({
  page,
  server,
}) => {
  await page.addInitScript(countLeftovers);
  const files = moduleSite(
    `<main></main>
     <script type="importmap">{"imports": {"react": "/react.mjs"}}</script>
     <script src="/react.js"></script><script src="/react-dom.js"></script>
     <script type="module">
       import { FrontdeskWidget } from "/embed/react.js";
       const root = ReactDOM.createRoot(document.querySelector("main"));
       window.draw = (props) => root.render(React.createElement(React.StrictMode, null,
         props && React.createElement(FrontdeskWidget, props)));
       window.draw(null);
     </script>`,
  );
  await visit(page, files);
  await page.waitForFunction("window.draw");
  const props = { apiToken: await server.widgetToken(), widgetUrl: server.origin, label: "Ask us" };
  const draw = (what: object | null) =>
    page.evaluate((what) => (window as unknown as { draw(what: object | null): void }).draw(what), what);
  await expect.poll(() => page.evaluate("document.querySelector('main').childNodes.length")).toBe(0);
  const before = await leftovers(page);
  for (const round of [1, 2, 3]) {
    await draw(props);
    await page.getByRole("button", { name: "Ask us" }).click();
    const panel = page.getByRole("dialog");
    const field = panel.getByRole("textbox", { name: "Write a message" });
    await field.fill(`Round ${round}`);
    await field.press("Enter");
    await expect(panel.getByText("Sent")).toBeVisible();
    await draw({ ...props, position: "left" });
    await expect(page.locator("frontdesk-widget")).toHaveClass(/left/);
    await draw(null);
    await expect.poll(() => leftovers(page), { message: `round ${round}`, timeout: 1_000 }).toEqual(before);
  }
});

/** A page as Chatwoot's documentation has site owners write it, with one address of ours. */
const forChatwoot = (address: string) => `
  <h1>Shop</h1>
  <script>
    window.heard = [];
    for (const name of ["ready", "error", "on-message", "opened", "closed"])
      window.addEventListener("chatwoot:" + name, (event) => heard.push([name, event.detail && event.detail.content]));
    window.addEventListener("chatwoot:ready", () => {
      window.$chatwoot.setUser("42", { name: "Ana", email: "ana@shop.example" });
      window.$chatwoot.setCustomAttributes({ plan: "large", trial: true });
      window.$chatwoot.deleteCustomAttribute("trial");
    });
    window.chatwootSettings = { position: "left", type: "expanded_bubble", launcherTitle: "Ask us", darkMode: "dark" };
    (function (d, t) {
      var g = d.createElement(t), s = d.getElementsByTagName(t)[0];
      g.src = "${address}";
      g.async = true;
      s.parentNode.insertBefore(g, s);
      g.onload = function () {
        window.chatwootSDK.run({ websiteToken: "theirs", baseUrl: "https://app.chatwoot.example" });
      };
    })(document, "script");
  </script>`;

test("a page that was written for Chatwoot changes one address", async ({
  page,
  server,
  browser,
  complaints,
}) => {
  page.on("pageerror", (error) => complaints.push(`${error}`));
  const address = `${server.origin}/compat/chatwoot.js?token=${await server.widgetToken()}`;
  await visit(page, { "/": HEAD + forChatwoot(address) });
  const widget = page.locator("frontdesk-widget");
  await expect(widget).toHaveClass(/left/);
  await expect(page.getByRole("button", { name: "Ask us" })).toBeVisible();
  const chatwoot = (what: string) => page.evaluate(`window.$chatwoot.${what}`);
  const heard = () => page.evaluate("window.heard") as Promise<Array<[string, string | undefined]>>;
  await expect.poll(heard).toContainEqual(["ready", null]);

  await chatwoot("toggle('open')");
  const panel = page.getByRole("dialog");
  await expect(panel).toHaveCSS("color-scheme", "dark");
  expect(await chatwoot("isOpen")).toBe(true);
  await chatwoot("setColorScheme('light')");
  await expect(panel).toHaveCSS("color-scheme", "light");
  await chatwoot("setLocale('es')");
  await expect(panel.getByRole("textbox", { name: "Escribe un mensaje" })).toBeVisible();
  await panel.getByRole("textbox", { name: "Escribe un mensaje" }).fill("Hola");
  await page.keyboard.press("Enter");
  await expect.poll(heard).toContainEqual(["on-message", "Hola"]);

  const ben = await Ben.setUp(browser, server, complaints);
  await ben.openConversation("Ana");
  await ben.page.getByRole("button", { name: "Visitor details" }).click();
  const said = ben.page.getByRole("region", { name: "From the website" });
  await expect(said).toContainText("planlarge");
  await expect(said).not.toContainText("trial");
  await ben.write("Buenos días");
  await expect.poll(heard).toContainEqual(["on-message", "Buenos días"]);

  await chatwoot("toggle('close')");
  expect(await chatwoot("isOpen")).toBe(false);
  await chatwoot("toggleBubbleVisibility('hide')");
  await expect(page.getByRole("button", { name: "Ask us" })).toBeHidden();
  await chatwoot("reset()");
  expect(await page.evaluate("localStorage.length")).toBe(0);
  expect((await heard()).map(([name]) => name)).not.toContain("error");
  expect(complaints).toEqual([]);
});
