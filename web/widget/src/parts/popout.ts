// Decides how the chat moves into a window of its own: the session goes over by a code that works once, in the
// fragment, which is sent to no server (ruling 15); what the website signed is handed from page to window and
// stands in no address. Knows nothing of what is said.

import type { Engine } from "../engine";
import { type Identity, MAIL_LINK, type Surface } from "../surface";

type Move = {
  readonly engine: Engine;
  origin: string;
  /** Opened at the press; `null` where the browser allows none. */
  target: Window | null;
  emit: Surface["emit"];
  /** Closes the panel that is left behind. */
  close(): void;
  /** Ends with the widget. */
  signal: AbortSignal;
};

/** From the window: who is it? From the page: this one. */
type Word = { frontdesk: Identity | "who" };

export async function handOver(move: Move): Promise<void> {
  const { engine, origin, target, emit, close } = move;
  try {
    if (!target) throw new Error("The browser opened no window.");
    const { path, code } = await engine.popout();
    if (engine.claim) vouch(move, target);
    // Without anything to ask for the new page has no business with this one.
    else target.opener = null;
    target.location.replace(origin + path + MAIL_LINK + code);
    close();
    emit("popout");
  } catch (error) {
    target?.close();
    emit("error", error);
  }
}

/** Says to our window, and to no other page that may come to stand in it, what the website signed. */
function vouch(move: Move, target: Window): void {
  const { origin } = new URL(move.origin, location.href);
  const heard = ({ source, origin: from, data }: MessageEvent<Word | null>) => {
    const { claim } = move.engine;
    if (source === target && from === origin && data?.frontdesk === "who" && claim)
      target.postMessage({ frontdesk: claim } satisfies Word, origin);
  };
  addEventListener("message", heard, { signal: move.signal });
}

type Asked = {
  opener: Window;
  /** Origins of the widget's pages, apart by spaces; none: those of this computer. */
  pages: string | undefined;
  identify(who: Identity): void;
  signal: AbortSignal;
};

/**
 * Asks the page that opened this window who its visitor is. Any page may open us, and the signed word of a
 * stranger would make theirs what stands here: only the widget's own pages are believed.
 */
export function askOpener({ opener, pages, identify, signal }: Asked): void {
  const heard = ({ source, origin, data }: MessageEvent<Word | null>) => {
    const who = data?.frontdesk;
    if (source === opener && typeof who === "object" && isOurs(origin, pages)) identify(who);
  };
  addEventListener("message", heard, { signal });
  opener.postMessage({ frontdesk: "who" } satisfies Word, "*");
}

function isOurs(origin: string, pages = ""): boolean {
  const list = pages.split(" ").filter(Boolean);
  if (list.length > 0) return list.includes(origin);
  return /^https?:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/.test(origin);
}
