// Decides what the agent is told about the connection. Knows nothing of how it is made.

export type Link = "connecting" | "connected" | "reconnecting" | "polling" | "offline";

export interface Signs {
  /** Are all channels of the list joined? */
  readonly joined: boolean;
  /** Was the list ever joined since signing in? */
  readonly everJoined: boolean;
  /** Milliseconds without the list's channels. */
  readonly downMs: number;
  /** Did the last poll get an answer? `null` before the first. */
  readonly polls: boolean | null;
}

/** A short break is not worth a word about polling. */
const SHORT_MS = 4_000;

export function linkOf({ joined, everJoined, downMs, polls }: Signs): Link {
  if (joined) return "connected";
  if (polls === false) return "offline";
  if (downMs >= SHORT_MS && polls) return "polling";
  return everJoined ? "reconnecting" : "connecting";
}

export const LINK_NAMES: Readonly<Record<Link, string>> = {
  connecting: "Connecting…",
  connected: "Connected",
  reconnecting: "Reconnecting…",
  polling: "Offline, polling",
  offline: "No connection",
};

/** What it means for the agent's work; nothing when all is well. */
export const LINK_MEANS: Readonly<Partial<Record<Link, string>>> = {
  reconnecting: "Reconnecting… Nothing is lost meanwhile.",
  polling: "The live connection is down. New messages are fetched every 2 seconds.",
  offline: "The server cannot be reached. What you write is sent when it is back.",
};
