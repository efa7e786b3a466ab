// Decides what a page gets from one script tag: a button, the `Frontdesk` function, and nothing
// more until the visitor acts (ruling 9). Knows nothing of conversations; the panel is loaded for that.

import type { WidgetLook } from "@frontdesk/shared/wire.gen";
import { accent, DEFAULT_COLOR } from "./color";
import css from "./launcher.css?inline";
import type { EventName, Panel, PanelModule, Status, Surface, VisitorLabel, WidgetConfig } from "./surface";
import { MAIL_LINK, storageKey } from "./surface";

declare const __PANEL_PATH__: string;
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
  open(): void;
  close(): void;
  toggle(): void;
  send(text: string): void;
  identify(label: VisitorLabel): void;
  on(name: EventName, listener: Listener): () => void;
  status(): Status;
  destroy(): void;
};
type Global = ((...call: Call) => unknown) & Partial<Api> & { q?: ArrayLike<unknown>[] };

const page = window as unknown as { Frontdesk?: Global; ChatbotConfig?: WidgetConfig };
const script = document.currentScript as HTMLScriptElement | null;
const listeners = new Map<string, Set<Listener>>();
let surface: Surface | undefined;
let panel: Panel | undefined;
let loading: Promise<Panel> | undefined;
let failures = 0;

const api: Api = {
  boot(given) {
    const data = script?.dataset ?? {};
    const token = given?.apiToken ?? data.token;
    const host = surface?.root.host;
    // A page that exchanged all of itself took ours along: put it back as it was.
    if (host && !host.isConnected) document.documentElement.append(host);
    if (host || !token) return;
    const config = {
      label: data.label,
      color: data.color,
      position: data.position,
      ...given,
      apiToken: token,
    };
    if (document.body) draw(config as WidgetConfig);
    else addEventListener("DOMContentLoaded", () => api.boot(given), { once: true });
  },
  open: () => act((it) => it.open()),
  close: () => panel?.close(),
  toggle: () => act((it) => it.toggle()),
  send: (text) => act((it) => it.send(text)),
  identify: (label) => act((it) => it.identify(label)),
  on(name, listener) {
    const all = listeners.get(name) ?? new Set();
    listeners.set(name, all.add(listener));
    return () => all.delete(listener);
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
  destroy() {
    panel?.destroy();
    surface?.root.host.remove();
    surface = panel = loading = undefined;
    listeners.clear();
  },
};

/** The panel's chunk is fetched at the first act; after a failure under another URL, as browsers remember. */
function load(on: Surface): Promise<Panel> {
  loading ??= (async () => {
    if (import.meta.env.DEV) {
      on.environment = (await import("./mock")).environment();
      return (await import("./panel")).mount(on);
    }
    const path = `${on.origin}/${__PANEL_PATH__}${failures ? `?${failures}` : ""}`;
    return ((await import(/* @vite-ignore */ path)) as PanelModule).mount(on);
  })().then(
    (loaded) => {
      // `destroy` may have come meanwhile.
      if (surface !== on) loaded.destroy();
      else panel = loaded;
      return loaded;
    },
    (error) => {
      loading = undefined;
      failures++;
      on.emit("error", error);
      throw error;
    },
  );
  return loading;
}

function act(what: (panel: Panel) => void): void {
  const on = surface;
  if (on) load(on).then((loaded) => surface === on && what(loaded), console.error);
}

function draw(config: WidgetConfig): void {
  let look: Partial<WidgetLook> = {};
  try {
    look = __FRONTDESK_LOOK__;
  } catch {}
  const origin = (config.widgetUrl ?? new URL(script?.src ?? location.href).origin).replace(/\/$/, "");
  const [ground, ink] = accent(config.color ?? look.color ?? DEFAULT_COLOR);
  const language = config.locale || document.documentElement.lang || navigator.language;
  const host = document.createElement("frontdesk-widget");
  if (config.position === "left") host.className = "left";
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`${css}:host{--accent:${ground};--ink:${ink}}`);
  root.adoptedStyleSheets = [sheet];

  const button = document.createElement("button");
  button.className = "launcher";
  button.type = "button";
  button.setAttribute("aria-haspopup", "dialog");
  button.onclick = () => api.toggle();
  const badge = document.createElement("b");
  badge.ariaHidden = "true";
  button.append(icon(), config.label ?? "", badge);
  root.append(button);
  // Not into the body: pages exchange or empty that as they go from one to the next.
  document.documentElement.append(host);

  surface = {
    root,
    button,
    config,
    origin,
    look,
    environment: {},
    emit(name, detail) {
      for (const listener of listeners.get(name) ?? []) listener(detail);
      dispatchEvent(new CustomEvent(`frontdesk:${name}`, { detail }));
    },
    show(open, unread) {
      const [toOpen, toClose] = WORDS[language.slice(0, 2)] ?? ["Open chat", "Close chat"];
      const name = open ? toClose : config.label || toOpen;
      button.ariaExpanded = `${open}`;
      button.ariaLabel = name + (unread ? ` (${unread})` : "");
      badge.textContent = unread ? `${unread}` : "";
    },
  };
  surface.show(false, 0);
  if (location.hash.startsWith(MAIL_LINK)) api.open();
  if (hasSession(config.apiToken)) {
    const idle = window.requestIdleCallback ?? ((then: () => void) => setTimeout(then, 2_000));
    idle(() => act((it) => it.connect()));
  }
}

function icon(): SVGElement {
  const svg = (name: string) => document.createElementNS("http://www.w3.org/2000/svg", name);
  const drawing = svg("svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  for (const d of [
    "M12 3.5c-5 0-9 3.4-9 7.7 0 2.4 1.2 4.5 3.2 5.9L5.6 21l4.2-2.3q1 .2 2.2.2c5 0 9-3.4 9-7.7s-4-7.7-9-7.7",
    "M6 9.5l6 6 6-6",
  ]) {
    const path = svg("path");
    path.setAttribute("d", d);
    drawing.append(path);
  }
  return drawing;
}

/** Reading our own key is allowed before the first act, writing is not (ruling 9). */
function hasSession(token: string): boolean {
  try {
    return localStorage.getItem(storageKey(token)) !== null;
  } catch {
    return false;
  }
}

const before = page.Frontdesk;
if (before?.boot) before.boot(page.ChatbotConfig);
else {
  const call: Global = (name: string, ...rest: unknown[]) =>
    (api[name as keyof Api] as (...rest: unknown[]) => unknown)?.(...rest);
  page.Frontdesk = Object.assign(call, api);
  api.boot(page.ChatbotConfig);
  for (const queued of before?.q ?? []) call(...(Array.from(queued) as Call));
}
