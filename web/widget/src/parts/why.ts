// Decides how it is said in plain words why the connection is as it is: what was tried, with what outcome,
// and what comes next. In English alone: it is read by whoever runs the website. Knows nothing of drawing.

import type { Step } from "@frontdesk/shared/transport";
import type { Status } from "../surface";

/** What a browser says about itself, so that a copied text stands on its own. */
export type Surroundings = { server: string; browser: string; online: boolean; locks: boolean };

/** The whole answer, one line each, without a word of what was written and without tokens. */
export function why(status: Status, now: number, around: Surroundings): string[] {
  const { trail = [] } = status;
  return [
    headline(status, now),
    ...next(status, now),
    whoHolds(status, around),
    `Round trip: ${status.rtt === null ? "not measured yet" : `${status.rtt} ms`}.`,
    `Last number in the conversation's log: ${status.lastSeq}.`,
    `Messages not sent yet: ${status.waiting ?? 0}.`,
    "",
    "What was tried, oldest first:",
    ...(trail.length > 0 ? runs(trail.map(told)).map(timed) : ["  nothing yet"]),
    "",
    `Server: ${around.server}`,
    `Network, says the browser: ${around.online ? "yes" : "no"}`,
    `Browser: ${around.browser}`,
  ];
}

export function headline({ connected, provider, polls, since, attempts }: Status, now: number): string {
  const how = connected
    ? `Connected by socket (${provider})`
    : provider !== "polling"
      ? `Not connected, trying ${provider ?? "nothing yet"}`
      : polls
        ? "Polling, because no socket could be opened"
        : "Not connected: neither a socket nor a poll gets through";
  const failures = connected || attempts === 0 ? "" : `, ${attempts} tries failed`;
  return `${how}${since ? ` since ${clock(since)} (${spell(now - since)})` : ""}${failures}.`;
}

function next({ connected, nextAt }: Status, now: number): string[] {
  if (connected || !nextAt) return [];
  return [`Next try for a socket in ${spell(Math.max(0, nextAt - now))}.`];
}

function whoHolds({ leader }: Status, { locks }: Surroundings): string {
  if (!locks)
    return "This tab has a connection of its own: the browser has no Web Locks here (they need TLS).";
  if (leader) return "This tab holds the connection.";
  return "Another tab holds the connection; what stands below is what that tab tried.";
}

type Told = { at: number; words: string };

function told(step: Step): Told {
  return { at: step.at, words: words(step) };
}

function words(step: Step): string {
  switch (step.kind) {
    case "started":
      return "started";
    case "connected":
      return `${step.provider}: the socket is open`;
    case "joining":
      return `${step.provider}: asks to hear the conversation`;
    case "joined":
      return `${step.provider}: hears the conversation`;
    case "refused":
      return `${step.provider}: may not hear the conversation (${step.reason})`;
    case "failed":
      return `${step.provider}: ${outcome(step)}${step.next ? `; goes on with ${step.next}` : ""}`;
  }
}

/** Browsers do not say why a socket did not open; what they do say, and when, tells most of it. */
function outcome({ code = 0, reason = "", lived, offline }: Step): string {
  if (offline) return "the browser had no network";
  if (code >= 4000) return `refused with code ${code}${reason ? ` (${reason})` : ""}`;
  if (reason === "no answer in time") return "no answer in time: something on the way swallows it";
  if (reason === "ping not answered") return "the connection went silent (a ping was not answered)";
  if (lived) return `the connection broke (code ${code})`;
  return `not opened (code ${code}): the server is not there, or a proxy on the way lets no WebSocket through (a blocked Upgrade)`;
}

/** The same outcome many times is one line with a count. */
function runs(all: Told[]): Array<Told & { times: number; last: number }> {
  const lines: Array<Told & { times: number; last: number }> = [];
  for (const one of all) {
    const before = lines.at(-1);
    if (before?.words === one.words) Object.assign(before, { times: before.times + 1, last: one.at });
    else lines.push({ ...one, times: 1, last: one.at });
  }
  return lines;
}

function timed({ at, words, times, last }: Told & { times: number; last: number }): string {
  return `  ${clock(at)} ${words}${times > 1 ? ` (${times} times, last at ${clock(last)})` : ""}`;
}

function clock(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB");
}

function spell(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
