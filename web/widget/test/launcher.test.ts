// @vitest-environment happy-dom
// Proves what one script tag does to a page: a button, one global, nothing else until it is used.
// Knows nothing of conversations.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Status } from "../src/surface";

type Frontdesk = {
  (name: string, ...rest: unknown[]): unknown;
  boot(config?: object): void;
  toggle(): void;
  on(name: string, listener: (detail: unknown) => void): () => void;
  status(): Status;
  destroy(): void;
  q?: unknown[][];
};
const page = window as unknown as { Frontdesk: Frontdesk; ChatbotConfig?: object };
const TOKEN = `cbw_${"a".repeat(60)}`;

/** The script, run once more, as a page with one more script tag would. */
async function script(): Promise<void> {
  vi.resetModules();
  await import("../src/launcher");
}

const hosts = () => document.querySelectorAll("frontdesk-widget");
const button = () => hosts()[0]?.shadowRoot?.querySelector("button");

beforeEach(() => {
  page.ChatbotConfig = { apiToken: TOKEN };
  localStorage.clear();
});
afterEach(() => {
  page.Frontdesk?.destroy?.();
  delete (page as Partial<typeof page>).Frontdesk;
  vi.restoreAllMocks();
});

test("one script draws a named button, writes nothing and asks nothing", async () => {
  const asked = vi.spyOn(globalThis, "fetch");
  const wrote = vi.spyOn(Storage.prototype, "setItem");
  const before = Object.keys(window);
  await script();
  expect(button()?.getAttribute("aria-label") ?? button()?.ariaLabel).toBe("Open chat");
  expect(asked).not.toHaveBeenCalled();
  expect(wrote).not.toHaveBeenCalled();
  expect(document.cookie).toBe("");
  expect(Object.keys(window).filter((name) => !before.includes(name))).toEqual(["Frontdesk"]);
});

test("a second script tag and a second boot change nothing", async () => {
  await script();
  const first = page.Frontdesk;
  await script();
  first.boot({ apiToken: "cbw_other" });
  expect(page.Frontdesk).toBe(first);
  expect(hosts()).toHaveLength(1);
});

test("a page that exchanges its body keeps the widget, and one that exchanges all gets the same back", async () => {
  await script();
  const [host] = hosts();
  document.documentElement.replaceChild(document.createElement("body"), document.body);
  expect([...hosts()]).toEqual([host]);
  host?.remove();
  await script();
  expect([...hosts()]).toEqual([host]);
});

test("without a token nothing is drawn until boot brings one", async () => {
  delete page.ChatbotConfig;
  await script();
  expect(hosts()).toHaveLength(0);
  page.Frontdesk("boot", { apiToken: TOKEN });
  expect(hosts()).toHaveLength(1);
});

test("calls made before the script came are done in their order", async () => {
  const opened = vi.fn();
  const early = Object.assign((...call: unknown[]) => void early.q.push(call), { q: [] as unknown[][] });
  page.Frontdesk = early as unknown as Frontdesk;
  early("on", "open", opened);
  early("open");
  await script();
  // The panel's modules come one by one from disk.
  await vi.waitFor(() => expect(opened).toHaveBeenCalledOnce(), { timeout: 20_000 });
}, 30_000);

test("status answers before the panel is loaded, with seed B's names", async () => {
  await script();
  expect(page.Frontdesk("status")).toMatchObject({
    conversationId: null,
    messages: [],
    realtimeConnected: false,
    realtimeProvider: null,
    channelSubscription: null,
  });
});

test("the panel opens as a dialog, Esc closes it and the focus is back on the button", async () => {
  await script();
  const closed = vi.fn();
  page.Frontdesk.on("close", closed);
  button()?.click();
  const dialog = await vi.waitFor(() => {
    const found = hosts()[0]?.shadowRoot?.querySelector<HTMLElement>('[role="dialog"].open');
    if (!found) throw new Error("not open yet");
    return found;
  });
  dialog.querySelector("textarea")?.focus();
  dialog.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  expect(closed).toHaveBeenCalledOnce();
  expect(dialog.className).not.toContain("open");
  expect(hosts()[0]?.shadowRoot?.activeElement).toBe(button());
});

test("off stops a listener, destroy leaves nothing, boot begins again", async () => {
  await script();
  const listener = vi.fn();
  page.Frontdesk.on("open", listener)();
  page.Frontdesk("open");
  page.Frontdesk("destroy");
  await new Promise((then) => setTimeout(then, 50));
  expect(hosts()).toHaveLength(0);
  expect(listener).not.toHaveBeenCalled();
  page.Frontdesk("boot", { apiToken: TOKEN });
  expect(hosts()).toHaveLength(1);
});

test("storage that throws does not keep the button away", async () => {
  vi.spyOn(Storage.prototype, "getItem").mockImplementation(() => {
    throw new Error("blocked");
  });
  await script();
  expect(hosts()).toHaveLength(1);
});
