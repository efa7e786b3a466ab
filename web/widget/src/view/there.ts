// Decides what a visitor is told of whether anybody is there. Knows nothing of how that is found out.

import type { VisitorThread } from "@frontdesk/shared/store";
import type { AgentFace, AgentShown, Availability } from "@frontdesk/shared/wire.gen";
import { LANGUAGE, TEXT } from "./texts";

export type There = {
  state: "online" | "away" | "closed";
  /** One line. */
  words: string;
  /** Whom the visitor deals with: those in the conversation, else those who are online; at most three. */
  faces: AgentShown[];
  /** What is said to those who write now, when nobody answers now. */
  note: string | null;
};

const FACES = 3;
/** Whoever wrote so lately is there, wherever they write from. */
export const LATELY_MS = 60_000;

type Heard = {
  availability: Availability | null;
  thread: Pick<VisitorThread, "conversation" | "messages"> | null;
  typing: unknown[];
};

/** `null` before the server said anything. */
export function there({ availability, thread, typing }: Heard, now: Date): There | null {
  if (!availability) return null;
  const { opens_at, away_text, agents } = availability;
  const inside: AgentFace[] = thread?.conversation.agents ?? [];
  const last = lastFromAgent(thread);
  const isHeard = typing.length > 0 || (last !== null && now.getTime() - last < LATELY_MS);
  const online = availability.online || isHeard;
  const open = availability.open || isHeard;
  const faces = (inside.length > 0 ? inside : agents).slice(0, FACES);
  if (online && open) {
    const names = listed(faces.map((one) => first(one.name)));
    const words =
      inside.length > 0 ? TEXT.talkingWith(names) : faces.length > 0 ? TEXT.onlineWith(names) : TEXT.online;
    return { state: "online", words, faces, note: null };
  }
  const note = away_text || TEXT.awayNote;
  if (open) return { state: "away", words: TEXT.away, faces, note };
  const words = opens_at ? TEXT.backAt(whenWords(new Date(opens_at), now)) : TEXT.closed;
  return { state: "closed", words, faces, note };
}

/** When an agent last wrote here, in milliseconds. */
export function lastFromAgent(thread: Heard["thread"]): number | null {
  const last = thread?.messages.filter((one) => one.sender_type === "agent").at(-1);
  return last ? Date.parse(last.timestamp) : null;
}

function first(name: string): string {
  return name.trim().split(/\s+/)[0] ?? name;
}

function listed(names: string[]): string {
  return new Intl.ListFormat(LANGUAGE, { style: "short" }).format(names);
}

/** "tomorrow at 9:00", "Monday at 9:00", "3 January at 9:00": as near as it is. */
export function whenWords(then: Date, now: Date): string {
  const time = then.toLocaleTimeString(LANGUAGE, { hour: "numeric", minute: "2-digit" });
  const days = daysBetween(now, then);
  if (days < 2) {
    const day = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto" }).format(days, "day");
    return days === 0 ? time : `${day}, ${time}`;
  }
  const day: Intl.DateTimeFormatOptions = days < 7 ? { weekday: "long" } : { day: "numeric", month: "long" };
  return `${then.toLocaleDateString(LANGUAGE, day)}, ${time}`;
}

/** Midnights between the two. */
export function daysBetween(from: Date, to: Date): number {
  const midnight = (date: Date) => new Date(date).setHours(0, 0, 0, 0);
  return Math.round((midnight(to) - midnight(from)) / 86_400_000);
}
