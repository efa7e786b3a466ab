// Decides what a page that was written for Chatwoot's documented interface gets instead: the same names, done by
// the widget. Knows nothing of the widget but its function.

import type { ChatMessage } from "@frontdesk/shared/wire.gen";
import type { Status, WidgetConfig } from "../surface";

/** `window.chatwootSettings`, as far as it means something here. */
type Settings = {
  position?: "left" | "right";
  hideMessageBubble?: boolean;
  type?: "standard" | "expanded_bubble";
  launcherTitle?: string;
  locale?: string;
  useBrowserLanguage?: boolean;
  darkMode?: string;
};
type Run = { websiteToken?: string; baseUrl?: string };
type User = { name?: string; email?: string; identifier_hash?: string };
type Frontdesk = ((...call: unknown[]) => unknown) & { q?: unknown[][] };

const page = window as unknown as {
  Frontdesk?: Frontdesk;
  chatwootSettings?: Settings;
  chatwootSDK?: { run(options: Run): void };
  $chatwoot?: Record<string, unknown>;
};
/** Of this script: its origin is the server's, and `?token=` makes its address all that a page has to change. */
const address = new URL((document.currentScript as HTMLScriptElement | null)?.src ?? location.href);

/** The widget's own function; a queue until it is there. */
const call: Frontdesk = (...rest) => (page.Frontdesk as Frontdesk)(...rest);
const tell = (name: string, detail?: unknown) =>
  dispatchEvent(new CustomEvent(`chatwoot:${name}`, { detail }));
const theme = (scheme: unknown) => (scheme === "auto" ? "system" : scheme === "dark" ? "dark" : "light");

function configOf({ websiteToken = "" }: Run, settings: Settings): WidgetConfig {
  const { position, hideMessageBubble, type, launcherTitle, locale, useBrowserLanguage, darkMode } = settings;
  const language = useBrowserLanguage ? navigator.language : locale;
  return {
    apiToken: address.searchParams.get("token") ?? websiteToken,
    widgetUrl: address.origin,
    theme: theme(darkMode),
    hidden: !!hideMessageBubble,
    ...(position ? { position } : {}),
    ...(type === "expanded_bubble" && launcherTitle ? { label: launcherTitle } : {}),
    ...(language ? { locale: language } : {}),
  };
}

/** A message as those pages read it: 0 is the visitor's, 1 an agent's. */
function messageOf({ id, message, sender_type, sender_name, timestamp }: ChatMessage) {
  return {
    id,
    content: message,
    message_type: sender_type === "visitor" ? 0 : 1,
    created_at: Math.floor(Date.parse(timestamp) / 1_000),
    conversation_id: (call("status") as Status | undefined)?.conversationId ?? null,
    sender: { name: sender_name },
  };
}

function listen(chatwoot: Record<string, unknown>): void {
  const on = (name: string, then: (detail: never) => void) => call("on", name, then);
  const opens = (isOpen: boolean) => () => {
    chatwoot.isOpen = isOpen;
    tell(isOpen ? "opened" : "closed");
  };
  on("open", opens(true));
  on("close", opens(false));
  on("message", (message: ChatMessage) => tell("on-message", messageOf(message)));
  on("sent", ({ id }: { id: string }) => {
    const sent = (call("status") as Status).messages.find((one) => one.id === id);
    if (sent) tell("on-message", messageOf(sent));
  });
  on("error", (error: unknown) => tell("error", error));
}

/** Takes away what was said under this name. */
const taken = (name: unknown) => ({ [String(name)]: null });

function verbs(): Record<string, unknown> {
  return {
    toggle: (state?: string) => call(state === "open" || state === "close" ? state : "toggle"),
    toggleBubbleVisibility: (state: string) => call(state === "hide" ? "hideLauncher" : "showLauncher"),
    popoutChatWindow: () => call("popout"),
    setUser: (id: string | number, { name, email, identifier_hash }: User = {}) =>
      call("identify", { id: `${id}`, name, email, identifier_hash }),
    setLocale: (locale = "en") => call("setLocale", locale),
    setColorScheme: (scheme = "light") => call("setTheme", theme(scheme)),
    reset: () => call("reset"),
    setCustomAttributes: (attributes: object) => call("setAttributes", attributes),
    deleteCustomAttribute: (name: string) => call("setAttributes", taken(name)),
    setConversationCustomAttributes: (attributes: object) => call("setConversationAttributes", attributes),
    deleteConversationCustomAttribute: (name: string) => call("setConversationAttributes", taken(name)),
    setLabel: (label: string) => call("addTag", label),
    removeLabel: (label: string) => call("removeTag", label),
  };
}

function run(options: Run): void {
  if (page.$chatwoot) return;
  const config = configOf(options, page.chatwootSettings ?? {});
  const chatwoot = {
    ...verbs(),
    isOpen: false,
    hasLoaded: false,
    websiteToken: config.apiToken,
    baseUrl: address.origin,
  };
  page.$chatwoot = chatwoot;
  if (!page.Frontdesk) {
    const queue: Frontdesk = (...rest) => void queue.q?.push(rest);
    queue.q = [];
    page.Frontdesk = queue;
  }
  listen(chatwoot);
  call("boot", config);
  const script = document.createElement("script");
  script.src = `${address.origin}/widget.js`;
  script.async = true;
  script.onload = () => {
    chatwoot.hasLoaded = true;
    tell("ready");
  };
  script.onerror = () => tell("error", new Error("The chat could not be loaded."));
  document.head.append(script);
}

page.chatwootSDK ??= { run };
