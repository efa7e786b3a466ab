// Decides what a page gets from one script tag: a button, the `Frontdesk` function, and nothing
// more until the visitor acts (ruling 9). Knows nothing of conversations; the panel is loaded for that.

import type { WidgetLook } from "@frontdesk/shared/wire.gen";
import { accent, DEFAULT_COLOR, readable } from "./color";
import css from "./launcher.css?inline";
import type { EventName, Panel, PanelModule, Status, Surface, WidgetConfig } from "./surface";
import { MAIL_LINK, storageKey } from "./surface";

declare const __PANEL_PATH__: string;
/** What the panel imports first, asked for beside it: one round trip less. */
declare const __CORE_PATH__: string;
/** The server puts the widget's look here when asked with `?w=`; else the name is undefined. */
declare const __FRONTDESK_LOOK__: WidgetLook;

/** The panel brings whole languages; the button has to be named before it comes. */
const WORDS: Record<string, [toOpen: string, toClose: string]> = {
  es: ["Abrir el chat", "Cerrar el chat"],
  de: ["Chat öffnen", "Chat schließen"],
  fr: ["Ouvrir le chat", "Fermer le chat"],
  pt: ["Abrir o chat", "Fechar o chat"],
  ar: ["فتح المحادثة", "إغلاق المحادثة"],
  ja: ["チャットを開く", "チャットを閉じる"],
  zh: ["打开聊天", "关闭聊天"],
};

type Listener = (detail: unknown) => void;
type Call = [name: string, ...rest: unknown[]];
type Api = {
  boot(config?: WidgetConfig): void;
  update(change: Partial<WidgetConfig>): void;
  close(): void;
  on(name: EventName, listener: Listener): () => void;
  status(): Status;
  reset(): void;
  shutdown(): void;
  destroy(): void;
} & Record<string, (...rest: never[]) => unknown>;
type Global = ((...call: Call) => unknown) & Partial<Api> & { q?: ArrayLike<unknown>[] };

const page = window as unknown as { Frontdesk?: Global; ChatbotConfig?: WidgetConfig };
const script = document.currentScript as HTMLScriptElement | null;
/** Calls that came while there was no widget, for the next one. */
const waiting: Array<(on: Surface) => void> = [];
let surface: Surface | undefined;
let panel: Panel | undefined;
let loading: Promise<Panel> | undefined;
/** One more after each failure: a new address, as browsers remember which could not be fetched. */
let marks = "";
/** Ends what the page listens to. */
let ending = new AbortController();

const api: Api = {
  boot(given) {
    const config = settings(given);
    const host = surface?.root.host;
    // A page that exchanged all of itself took ours along: put it back as it was.
    if (host && !host.isConnected) document.documentElement.append(host);
    if (host || !config.apiToken) return;
    if (document.body) draw(config);
    else addEventListener("DOMContentLoaded", () => api.boot(given), { signal: ending.signal });
  },
  update: (change) =>
    soon((on) => {
      Object.assign(on.config, change);
      on.dress();
      panel?.update();
    }),
  close: () => panel?.close(),
  on(name, listener) {
    const heard = (event: Event) => listener((event as CustomEvent).detail);
    addEventListener(`frontdesk:${name}`, heard, { signal: ending.signal });
    return () => removeEventListener(`frontdesk:${name}`, heard);
  },
  status: () =>
    panel?.status() ?? {
      conversationId: null,
      messages: [],
      realtimeConnected: false,
      realtimeProvider: null,
      channelSubscription: null,
      provider: null,
      connected: false,
      attempts: 0,
      lastSeq: 0,
      rtt: null,
    },
  reset: () => signOut(),
  shutdown: () => signOut(api.destroy),
  destroy() {
    panel?.destroy();
    surface?.root.host.remove();
    surface = panel = loading = undefined;
    ending.abort();
    ending = new AbortController();
    waiting.splice(0);
  },
};
/** What the panel does: whoever asks for it acts (ruling 9). */
for (const name of ["open", "toggle", "send", "identify", "popout"] as const)
  api[name] = (...rest) => act((it) => (it[name] as (...rest: unknown[]) => void)(...rest));
/** What the page says of its visitor waits, the last of it, until there is a panel (ruling 9). */
for (const name of ["setAttributes", "setConversationAttributes", "addTag", "removeTag", "track"])
  api[name] = (...rest) =>
    soon((on) => {
      on.said = [...on.said, [name, ...rest] as const].slice(-999);
      panel?.update();
    });
/** Settings that others change by a verb of their own. */
for (const [name, key, fixed] of [
  ["setLocale", "locale"],
  ["setTheme", "theme"],
  ["prefill", "prefill"],
  ["showLauncher", "hidden", false],
  ["hideLauncher", "hidden", true],
] as const)
  api[name] = (value) => api.update({ [key]: fixed ?? value });

/** What stands at the script (`data-token`, `data-z-index`, …), and what the page says after it. */
function settings(given?: WidgetConfig): WidgetConfig {
  const data = script?.dataset ?? {};
  const config: Record<string, unknown> = { apiToken: data.token };
  for (const name in data) config[name] = data[name] === "false" ? false : data[name] || true;
  return Object.assign(config, given) as WidgetConfig;
}

function soon(what: (on: Surface) => void): void {
  if (surface) what(surface);
  else waiting.push(what);
}

/** The panel's chunk is fetched at the first act. */
function load(on: Surface): Promise<Panel> {
  loading ??= (async () => {
    try {
      const [panelModule] = await (import.meta.env.DEV
        ? inDevelopment(on)
        : Promise.all(
            [__PANEL_PATH__ + marks, __CORE_PATH__].map((name) => {
              const path = `${on.origin}/assets/${name}`;
              return import(/* @vite-ignore */ path);
            }),
          ));
      const loaded = (panelModule as PanelModule).mount(on);
      // `destroy` may have come meanwhile.
      if (surface === on) panel = loaded;
      else loaded.destroy();
      return loaded;
    } catch (error) {
      loading = undefined;
      marks += "?";
      on.emit("error", error);
      throw error;
    }
  })();
  return loading;
}

/** The panel as it is written, with a stand-in for the server. */
async function inDevelopment(on: Surface): Promise<[PanelModule]> {
  on.environment = (await import("./mock")).environment();
  return [await import("./panel")];
}

function act(what: (panel: Panel) => void): void {
  soon((on) => load(on).then((loaded) => surface === on && what(loaded), console.error));
}

/** What was kept of the visitor is gone at once; the panel ends it at the server too. */
function signOut(then?: () => void): void {
  const kept = surface && session(surface.config.apiToken, true);
  if (!kept && !loading) return then?.();
  act((it) => {
    it.reset(kept);
    then?.();
  });
}

function draw(config: WidgetConfig): void {
  let look: Partial<WidgetLook> = {};
  try {
    look = __FRONTDESK_LOOK__;
  } catch {}
  const origin = (config.widgetUrl ?? new URL(script?.src ?? location.href).origin).replace(/\/$/, "");
  const host = document.createElement("frontdesk-widget");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  root.adoptedStyleSheets = [sheet];
  const button = document.createElement("button");
  button.className = "launcher";
  button.ariaHasPopup = "dialog";
  button.onclick = api.toggle as () => void;
  // Whoever presses it acts (ruling 9): the panel is fetched and compiled while the finger is still down.
  button.onpointerdown = () => act(() => {});
  const badge = document.createElement("b");
  root.append(button);
  // Not into the body: pages exchange or empty that as they go from one to the next.
  document.documentElement.append(host);

  let shown: [open: boolean, unread: number] = [false, 0];
  const on: Surface = {
    root,
    button,
    config,
    origin,
    look,
    said: [],
    accent,
    readable,
    emit: (name, detail) => dispatchEvent(new CustomEvent(`frontdesk:${name}`, { detail })),
    show(...now) {
      shown = now;
      const [open, unread] = now;
      const language = config.locale || document.documentElement.lang || navigator.language;
      const [toOpen, toClose] = WORDS[language.slice(0, 2)] ?? ["Open chat", "Close chat"];
      const name = open ? toClose : config.label || toOpen;
      button.ariaExpanded = open as unknown as string;
      button.ariaLabel = name + (unread ? ` (${unread})` : "");
      badge.textContent = (unread || "") as string;
    },
    dress() {
      const { page, hidden, label, offsetX = 20, offsetY = 20 } = config;
      const [ground, ink] = accent(config.color ?? look.color ?? DEFAULT_COLOR);
      const side = config.position === "left" ? "left" : "right";
      sheet.replaceSync(
        `${css}:host{--accent:${ground};--ink:${ink};--x:${offsetX}px;--y:${offsetY}px;z-index:${config.zIndex ?? 2147483000}!important;${side}:max(var(--x),env(safe-area-inset-${side}))!important;bottom:max(var(--y),env(safe-area-inset-bottom))!important}`,
      );
      host.className = side;
      // A page of the chat's own has nothing to open.
      button.hidden = !!(hidden || page);
      button.replaceChildren(icon(config.icon), label ?? "", badge);
      on.show(...shown);
    },
  };
  surface = on;
  on.dress();
  for (const call of waiting.splice(0)) call(on);
  if (config.page || config.open || location.hash.startsWith(MAIL_LINK)) (api.open as () => void)();
  if (session(config.apiToken)) {
    const idle = window.requestIdleCallback ?? ((then: () => void) => setTimeout(then, 2_000));
    idle(() => surface === on && act((it) => it.connect()));
  }
}

function icon(
  drawn = "M12 3.5c-5 0-9 3.4-9 7.7 0 2.4 1.2 4.5 3.2 5.9L5.6 21l4.2-2.3q1 .2 2.2.2c5 0 9-3.4 9-7.7s-4-7.7-9-7.7",
): SVGElement {
  const svg = (name: string) => document.createElementNS("http://www.w3.org/2000/svg", name);
  const drawing = svg("svg");
  const path = svg("path");
  drawing.setAttribute("viewBox", "0 0 24 24");
  path.setAttribute("d", drawn);
  drawing.append(path);
  return drawing;
}

/** What is kept. Reading our own key is allowed before the first act, writing is not (ruling 9). */
function session(token: string, ends?: boolean): string | null {
  try {
    const kept = localStorage.getItem(storageKey(token));
    if (ends) localStorage.removeItem(storageKey(token));
    return kept;
  } catch {
    return null;
  }
}

const before = page.Frontdesk;
if (before?.boot) before.boot(page.ChatbotConfig);
else {
  const call = (name: string, ...rest: unknown[]) =>
    (api[name] as ((...rest: unknown[]) => unknown) | undefined)?.(...rest);
  page.Frontdesk = Object.assign(call, api) as Global;
  api.boot(page.ChatbotConfig);
  for (const queued of before?.q ?? []) call(...(queued as unknown as Call));
}
