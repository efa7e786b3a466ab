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
});

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

test("look and place can change at any time, which asks the server nothing", async () => {
  const asked = vi.spyOn(globalThis, "fetch");
  page.ChatbotConfig = { apiToken: TOKEN, position: "left", zIndex: 7 };
  await script();
  const [host] = hosts();
  const style = () => host?.shadowRoot?.adoptedStyleSheets.map((one) => [...one.cssRules].at(-1)?.cssText);
  expect(host?.className).toBe("left");
  expect(style()?.join()).toContain("z-index: 7");
  page.Frontdesk("update", { position: "right", label: "Ask us", offsetY: 90, icon: "M4 4h16v12z" });
  expect(host?.className).toBe("right");
  expect(button()?.textContent).toBe("Ask us");
  expect(button()?.querySelector("path")?.getAttribute("d")).toBe("M4 4h16v12z");
  expect(style()?.join()).toContain("--y: 90px");
  page.Frontdesk("setLocale", "de");
  page.Frontdesk("update", { label: "" });
  expect(button()?.ariaLabel).toBe("Chat öffnen");
  page.Frontdesk("hideLauncher");
  expect(button()?.hidden).toBe(true);
  page.Frontdesk("showLauncher");
  expect(button()?.hidden).toBe(false);
  expect(asked).not.toHaveBeenCalled();
});

test("what the page says of its visitor waits in memory, and asks nothing", async () => {
  const asked = vi.spyOn(globalThis, "fetch");
  const wrote = vi.spyOn(Storage.prototype, "setItem");
  await script();
  for (const name of ["setAttributes", "setConversationAttributes", "addTag", "removeTag", "track"])
    page.Frontdesk(name, "anything");
  expect(asked).not.toHaveBeenCalled();
  expect(wrote).not.toHaveBeenCalled();
  expect(hosts()[0]?.shadowRoot?.querySelector('[role="dialog"]')).toBeNull();
});

test("calls made before there is a widget are its first", async () => {
  delete page.ChatbotConfig;
  await script();
  page.Frontdesk("hideLauncher");
  page.Frontdesk("boot", { apiToken: TOKEN });
  expect(button()?.hidden).toBe(true);
});

test("what the page writes for the visitor stands in the field, unsent", async () => {
  await script();
  page.Frontdesk("prefill", "Where is parcel 7?");
  page.Frontdesk("setTheme", "dark");
  page.Frontdesk("open");
  await vi.waitFor(
    () => expect(hosts()[0]?.shadowRoot?.querySelector("textarea")?.value).toBe("Where is parcel 7?"),
    { timeout: 20_000 },
  );
  expect(hosts()[0]?.className).toBe("right dark");
  page.Frontdesk("setTheme", "light");
  expect(hosts()[0]?.className).toBe("right");
});

test("shutdown forgets at once who was here, before anything is fetched", async () => {
  const key = `frontdesk:${TOKEN.slice(0, 16)}`;
  localStorage.setItem(key, JSON.stringify({ secret: "fds_ana" }));
  await script();
  page.Frontdesk("shutdown");
  expect(localStorage.getItem(key)).toBeNull();
  await vi.waitFor(() => expect(hosts()).toHaveLength(0), { timeout: 20_000 });
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
