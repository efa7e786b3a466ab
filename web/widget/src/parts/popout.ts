// Decides how the chat moves into a window of its own: the session goes over by a code that works once, in the
// fragment, which is sent to no server (ruling 15); what the website signed is handed from page to window and
// stands in no address. Knows nothing of what is said.

import type { Engine } from "../engine";
import { type Identity, MAIL_LINK, type Surface } from "../surface";

/** From the window: who is it? From the page: this one. */
type Word = { frontdesk: Identity | "who" };

/**
 * `engine`: of whoever is the visitor then. `target` was opened at the press; `null` where the browser allows none.
 * `close` closes the panel that is left behind, and `signal` ends with the widget.
 */
export async function handOver(
  { origin, emit }: Pick<Surface, "origin" | "emit">,
  engine: () => Engine,
  target: Window | null,
  close: () => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    if (!target) throw new Error("The browser opened no window.");
    const { path, code } = await engine().popout();
    if (claimOf(engine())) vouch(origin, engine, target, signal);
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
function vouch(server: string, engine: () => Engine, target: Window, signal: AbortSignal): void {
  const { origin } = new URL(server, location.href);
  const heard = ({ source, origin: from, data }: MessageEvent<Word | null>) => {
    const claim = claimOf(engine());
    if (source === target && from === origin && data?.frontdesk === "who" && claim)
      target.postMessage({ frontdesk: claim } satisfies Word, origin);
  };
  addEventListener("message", heard, { signal });
}

/** What proves who it is, besides the secret. */
function claimOf({ label: { jwt, identity } }: Engine): Identity | null {
  return jwt || identity ? { jwt, ...(identity as Identity) } : null;
}

/**
 * Asks the page that opened this window who its visitor is. Any page may open us, and the signed word of a
 * stranger would make theirs what stands here: only the widget's own pages are believed. `pages` are their
 * origins, apart by spaces; none: those of this computer.
 */
export function askOpener(
  opener: Window,
  pages: string | undefined,
  identify: (who: Identity) => void,
  signal: AbortSignal,
): void {
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
