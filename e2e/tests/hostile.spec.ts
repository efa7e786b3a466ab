// The widget on pages that were written without it in mind: whatever a page does to styles, prototypes,
// globals, storage, the network or its own body, the same conversation works and the panel looks the same.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "@playwright/test";
import { Ana, Ben, expect, test } from "../cast";
import { OfficeProxy } from "../proxy";
import { Server } from "../server";

// One desk for all: what differs is the page.
test.describe.configure({ mode: "default" });

let server: Server;
let site: OfficeProxy;
let ben: Ben;
let token: string;

test.beforeAll(async ({ browser }) => {
  server = await new Server().start();
  site = await new OfficeProxy(server.port).start();
  ben = await Ben.setUp(browser, server, []);
  token = await server.widgetToken();
});

test.afterAll(async () => {
  site.stop();
  await server.remove();
});

/** A page of the shop with the widget: `head` stands before everything else. */
function put(path: string, head: string, widgetUrl = site.origin): void {
  const config = JSON.stringify({ apiToken: token, widgetUrl, visitorName: path, locale: "en" });
  site.pages.set(
    path,
    `<!doctype html><html lang="en"><title>Shop</title>${head}
     <script>window.ChatbotConfig = ${config}</script>
     <script src="${widgetUrl}/widget.js" async></script>
     <body><main><h1>Shop</h1><p>Shoes.</p></main></body></html>`,
  );
}

type Row = { conversation: { id: string; visitor: { name: string } } };
type Said = { message: string; attachment_name: string | null };

/** Ben's side of the conversation with whoever came on that page. */
async function heardFrom(path: string): Promise<{ id: string; messages: Said[] } | null> {
  const list = `${server.origin}/api/v1/conversations`;
  const { conversations } = await ben.ask<{ conversations: Row[] }>("GET", list);
  const one = conversations.find(({ conversation }) => conversation.visitor.name === path)?.conversation;
  if (!one) return null;
  const { messages } = await ben.ask<{ messages: Said[] }>("GET", `${list}/${one.id}`);
  return { id: one.id, messages };
}

/** Ana opens, writes, is answered, and sends a file. */
async function talk(ana: Ana, path: string): Promise<void> {
  await ana.open();
  await ana.write("Do you have these in green?");
  await expect.poll(async () => (await heardFrom(path))?.messages.length).toBe(1);
  const id = (await heardFrom(path))?.id;
  const message = "In **green** and in blue.";
  await ben.ask("POST", `${server.origin}/api/v1/conversations/${id}/messages`, { message });
  await expect(ana.log).toContainText("In green and in blue.");
  const file = { name: "size.txt", mimeType: "text/plain", buffer: Buffer.from("42") };
  await ana.panel.locator("input[type=file]").setInputFiles([file]);
  await expect(ana.panel.getByRole("button", { name: "Remove size.txt" })).toBeVisible();
  await ana.write("My size");
  await expect(ana.log.getByRole("link", { name: /size.txt/ })).toBeVisible();
  await expect
    .poll(async () => (await heardFrom(path))?.messages.map((one) => [one.message, one.attachment_name]))
    .toEqual([
      ["Do you have these in green?", null],
      [message, null],
      ["My size", "size.txt"],
    ]);
  expect(await ana.shown()).toEqual(["Do you have these in green?", "In green and in blue.", "My size"]);
}

/** What of an element's style a page could spoil, and where it stands. */
const LOOKS = [
  "position display visibility opacity color background-color font-family font-size font-weight line-height",
  "letter-spacing text-transform text-align direction cursor border-radius padding margin width height z-index",
].flatMap((some) => some.split(" "));

type Look = Record<string, Record<string, string>>;

/** How launcher, panel and what is in it look once nothing moves any more. */
async function look(ana: Ana): Promise<Look> {
  await ana.page.emulateMedia({ reducedMotion: "reduce" });
  await ana.page.mouse.move(0, 0);
  return ana.page.evaluate(async (properties) => {
    const host = document.querySelector("frontdesk-widget") as HTMLElement;
    const root = host.shadowRoot as ShadowRoot;
    await Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {})));
    const found: Record<string, Element | null> = { host };
    for (const one of [".launcher", ".panel", "header", "h2", ".own .bubble", ".their .bubble", "textarea"])
      found[one] = root.querySelector(one);
    const all: Record<string, Record<string, string>> = {};
    for (const [name, element] of Object.entries(found)) {
      if (!element) throw new Error(`no ${name}`);
      const style = getComputedStyle(element);
      const { x, y } = element.getBoundingClientRect();
      all[name] = Object.fromEntries(properties.map((one) => [one, style.getPropertyValue(one)]));
      if (!name.includes("bubble")) Object.assign(all[name], { x, y });
    }
    return all;
  }, LOOKS) as Promise<Look>;
}

/** How it looks on a page that does nothing to it. */
let plain: Look | undefined;

async function plainLook(browser: Browser): Promise<Look> {
  if (plain) return plain;
  put("/plain", "");
  const ana = await Ana.visit(await (await browser.newContext()).newPage(), `${site.origin}/plain`, []);
  await talk(ana, "/plain");
  plain = await look(ana);
  await ana.page.context().close();
  return plain;
}

/** What pages do, by name; each runs before the widget comes. */
const PAGES: Record<string, string> = {
  "takes every style away": "<style>* { all: unset !important }</style>",
  "shouts at every element": `<style>
    :not(html) { color: red !important; font: 40px/3 serif !important; letter-spacing: 9px !important;
        text-transform: uppercase !important; opacity: .3 !important; position: static !important;
        display: inline !important; margin: 50px !important; visibility: hidden !important;
        transform: rotate(3deg) !important; filter: blur(2px) !important; pointer-events: none !important;
        text-align: right !important; z-index: 1 !important; width: 30px !important }
  </style>`,
  "freezes the prototypes": `<script>
    for (const one of [Array, Object, Function, String, Promise, Map, Set]) Object.freeze(one.prototype);
  </script>`,
  "has another framework's globals": `<script>
    var $ = () => { throw new Error("not yours") };
    var jQuery = $, React = { createElement: $ }, ReactDOM = {}, Vue = $, preact = { h: $, render: $ }, Pusher = $,
      Echo = $, io = $, process = { env: {} }, global = 1, module = { exports: {} }, exports = module.exports,
      require = $, h = $, render = $, Fragment = 1, name = "shop", status = "busy", event = null;
    var define = (...all) => { window.defined = all };
    define.amd = {};
  </script>`,
  "carries a library from before JSON": `<script>
    // As such libraries did: arrays and strings that write themselves, iterators replaced by copies.
    Array.prototype.toJSON = function () { return "[" + this.join(",") + "]" };
    String.prototype.toJSON = function () { return '"' + this + '"' };
    Array.prototype.entries = Array.prototype.toArray = function () { return this.slice() };
    Array.prototype.first = function () { return this[0] };
    Array.from = function (some) {
      const all = new Array(some.length || 0);
      for (let at = 0; at < all.length; at++) all[at] = some[at];
      return all;
    };
    Element.prototype.show = Element.prototype.hide = function () { return this };
    Object.prototype.extend = function () { return this };
  </script>`,
  "may store nothing": `<script>
    const denied = () => { throw new DOMException("denied", "SecurityError") };
    for (const one of ["localStorage", "sessionStorage", "indexedDB", "caches"])
      Object.defineProperty(window, one, { get: denied });
    Object.defineProperty(document, "cookie", { get: denied, set: denied });
    navigator.locks.request = async () => denied();
  </script>`,
};

for (const [what, head] of Object.entries(PAGES)) {
  test(`a whole conversation on a page that ${what}`, async ({ browser, complaints }) => {
    const expected = await plainLook(browser);
    const path = `/${what.replaceAll(/\W/g, "-")}`;
    put(path, head);
    const page = await (await browser.newContext()).newPage();
    const ana = await Ana.visit(page, `${site.origin}${path}`, complaints);
    await talk(ana, path);
    expect(await look(ana)).toEqual(expected);
    await picture(page, path);
    expect(await page.evaluate("window.defined"), "the widget is nobody's module").toBeUndefined();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
}

test("a page's service worker that answers everything from its cache keeps no message back", async ({
  browser,
  complaints,
}) => {
  put("/worker", "<script>navigator.serviceWorker.register('/worker.js')</script>");
  site.pages.set(
    "/worker.js",
    `addEventListener("install", () => skipWaiting());
     addEventListener("activate", (event) => event.waitUntil(clients.claim()));
     addEventListener("fetch", (event) => {
       if (event.request.method !== "GET") return;
       event.respondWith((async () => {
         const cache = await caches.open("shop");
         const known = await cache.match(event.request);
         if (known) return known;
         const reply = await fetch(event.request);
         await cache.put(event.request, reply.clone());
         return reply;
       })());
     });`,
  );
  // By polling, so that every message passes the worker.
  site.stripsUpgrade = true;
  const page = await (await browser.newContext()).newPage();
  const ana = await Ana.visit(page, `${site.origin}/worker`, complaints);
  await page.evaluate("navigator.serviceWorker.ready.then(() => {})");
  await expect.poll(() => page.evaluate("!!navigator.serviceWorker.controller")).toBe(true);
  await page.reload();
  await talk(ana, "/worker");
  expect((await ana.status()).connected, "all of it passed the worker").toBe(false);
  await page.reload();
  await ana.launcher.click();
  await expect
    .poll(() => ana.shown())
    .toEqual(["Do you have these in green?", "In green and in blue.", "My size"]);
  site.stripsUpgrade = false;
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("a page that exchanges its body keeps the widget, the panel and what stands in the field", async ({
  browser,
  complaints,
}) => {
  put("/body", "");
  const page = await (await browser.newContext()).newPage();
  const ana = await Ana.visit(page, `${site.origin}/body`, complaints);
  await talk(ana, "/body");
  await ana.composer.fill("Half a sen");
  await page.evaluate(() => {
    const next = document.createElement("body");
    next.innerHTML = "<h1>Another page</h1>";
    document.documentElement.replaceChild(next, document.body);
    history.pushState(null, "", "/body?second");
  });
  await expect(page.getByRole("heading", { name: "Another page" })).toBeVisible();
  await expect(ana.panel, "as frameworks exchange a body").toBeVisible();
  await expect(ana.composer).toHaveValue("Half a sen");
  await page.evaluate(() => {
    document.body.innerHTML = "<h1>A third page</h1>";
  });
  await expect(ana.panel, "as older ones empty it").toBeVisible();
  await ana.write("Half a sentence");
  await expect.poll(async () => (await heardFrom("/body"))?.messages.length).toBe(4);
  await expect(page.locator("frontdesk-widget")).toHaveCount(1);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("a browser that blocks third-party cookies has a whole conversation across sites", async ({
  playwright,
  launchOptions,
  complaints,
}) => {
  const profile = mkdtempSync(join(tmpdir(), "frontdesk-profile-"));
  mkdirSync(join(profile, "Default"));
  writeFileSync(
    join(profile, "Default/Preferences"),
    JSON.stringify({ profile: { block_third_party_cookies: true, cookie_controls_mode: 1 } }),
  );
  const widgets = `${server.origin}/api/v1/widgets`;
  const shop = `http://127.0.0.1:${site.port}`;
  const { widgets: all } = await ben.ask<{ widgets: { id: string }[] }>("GET", widgets);
  await ben.ask("PATCH", `${widgets}/${all[0]?.id}`, { origins: [shop] });
  const context = await playwright.chromium.launchPersistentContext(profile, launchOptions);
  try {
    put("/cookies", `<iframe src="${server.origin}/up"></iframe>`, server.origin);
    const page = await context.newPage();
    const ana = await Ana.visit(page, `${shop}/cookies`, complaints);
    expect(await cookiesOf(page, server.origin), "the premise").toBe("");
    await talk(ana, "/cookies");
    expect(await context.cookies()).toEqual([]);
    expect(complaints).toEqual([]);
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
});

/** What a frame of that origin keeps of a cookie it sets. */
async function cookiesOf(page: Page, origin: string): Promise<unknown> {
  const frame = page.frames().find((one) => one.url().startsWith(origin));
  return frame?.evaluate("document.cookie = 'a=1; SameSite=None; Secure'; document.cookie");
}

/** For people to look at: `PICTURES=folder`. */
async function picture(page: Page, path: string): Promise<void> {
  const folder = process.env.PICTURES;
  if (folder) await page.screenshot({ path: `${folder}${path}.png` });
}
