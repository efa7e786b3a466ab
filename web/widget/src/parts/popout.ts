// Decides how the chat moves into a window of its own: the session goes over by a code that works once, in the
// fragment, which is sent to no server (ruling 15). Knows nothing of what is said.

import type { Engine } from "../engine";
import { MAIL_LINK, type Surface } from "../surface";

type Move = {
  engine: Engine;
  origin: string;
  /** Opened at the press; `null` where the browser allows none. */
  target: Window | null;
  emit: Surface["emit"];
  /** Closes the panel that is left behind. */
  close(): void;
};

export async function handOver({ engine, origin, target, emit, close }: Move): Promise<void> {
  try {
    if (!target) throw new Error("The browser opened no window.");
    const { path, code } = await engine.popout();
    // The new page has no business with this one.
    target.opener = null;
    target.location.replace(origin + path + MAIL_LINK + code);
    close();
    emit("popout");
  } catch (error) {
    target?.close();
    emit("error", error);
  }
}
