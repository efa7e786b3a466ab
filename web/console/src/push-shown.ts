// Decides what the service worker does with a push, and where a click on it leads. Knows nothing of the browser's
// interfaces for either.

/** What a push says. */
export interface Pushed {
  readonly conversation_id: string;
  readonly title: string;
  readonly text: string;
  /** Of a test, which asks whether pushes come back. */
  readonly token?: string;
}

/** A tab with the console. */
export interface Tab {
  readonly url: string;
  readonly visible: boolean;
}

/** Where a conversation is in the console. */
export const addressOf = (id: string) => `/#/c/${encodeURIComponent(id)}`;

/** Back from its bytes; whatever cannot be read still says that there is something. */
export function read(text: string | undefined): Pushed {
  try {
    const { conversation_id, title, text: said, token } = JSON.parse(text ?? "");
    return {
      conversation_id: `${conversation_id ?? ""}`,
      title: `${title}`,
      text: `${said}`,
      ...(token && { token }),
    };
  } catch {
    return { conversation_id: "", title: "Frontdesk", text: "Somebody waits for you." };
  }
}

/** Is it to be shown? Not to somebody who has it before their eyes. */
export function isShown({ conversation_id, token }: Pushed, tabs: readonly Tab[]): boolean {
  const seen = tabs.filter(({ visible }) => visible);
  if (token) return seen.length === 0;
  return !seen.some(({ url }) => hashOf(url).startsWith(`#/c/${encodeURIComponent(conversation_id)}`));
}

/** The newest about a conversation takes the place of the one before; with a console open it makes no sound of its own. */
export function look({ conversation_id, title, text }: Pushed, tabs: readonly Tab[]) {
  return {
    title,
    options: {
      body: text,
      tag: conversation_id || "frontdesk",
      renotify: tabs.length === 0 && conversation_id !== "",
      data: { conversation_id },
    },
  };
}

/** Which tab comes to the front: one that is visible, else any; none: a new one. */
export function chosen<T extends Tab>(tabs: readonly T[]): T | undefined {
  return tabs.find(({ visible }) => visible) ?? tabs[0];
}

function hashOf(url: string): string {
  const at = url.indexOf("#");
  return at < 0 ? "" : url.slice(at);
}
