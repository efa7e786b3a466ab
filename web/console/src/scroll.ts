// Decides where a log of messages stands: at its end while the agent is there, where they read otherwise.
// Knows nothing of messages.

/** So near the end counts as the end. */
const NEAR_END_PX = 48;
/** So near the beginning, older messages are wanted. */
const NEAR_TOP_PX = 240;

/** What is measured of the element that scrolls. */
type Measured = Pick<HTMLElement, "scrollTop" | "scrollHeight" | "clientHeight">;

export class LogScroll {
  /** Does the log follow what comes? */
  following = true;

  #height = 0;
  #first: string | undefined;

  /** After each drawing; `first` names the oldest message shown. */
  drawn(log: Measured, first: string | undefined): void {
    const older = this.#first !== undefined && first !== this.#first;
    if (this.following) log.scrollTop = log.scrollHeight;
    else if (older) log.scrollTop += log.scrollHeight - this.#height;
    this.#first = first;
    this.#height = log.scrollHeight;
  }

  /** The element or what is in it changed its size. */
  resized(log: Measured): void {
    if (this.following) log.scrollTop = log.scrollHeight;
    this.#height = log.scrollHeight;
  }

  /** Somewhere in the middle is looked for: what comes does not lead away from there. */
  stay(): void {
    this.following = false;
  }

  /** The agent scrolled; `true` when older messages are wanted. */
  scrolled(log: Measured): boolean {
    this.following = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END_PX;
    return log.scrollTop < NEAR_TOP_PX;
  }
}
