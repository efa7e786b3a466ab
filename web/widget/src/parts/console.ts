// Decides what a developer reads in the console (R36, R37): the seeds' lines, with the length of a message
// where they have its text. Knows nothing of when they are said.

import type { Step } from "@frontdesk/shared/transport";

/** What an engine has to say. */
export type Spoken =
  | Step
  | { kind: "message"; provider: string | undefined; characters: number }
  | { kind: "agent"; who: string };

const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
const plain = (channel = "") => channel.replace(/^private-/, "");

/** The line for it; `null` when it is not worth one. */
export function line(what: Spoken): string | null {
  switch (what.kind) {
    case "started":
      return "✅ Real-time client initialised for the chat widget";
    case "connected":
      return `✓ ${capital(what.provider)} real-time connected`;
    case "joining":
      return `🔌 Subscribing to channel: ${plain(what.channel)}`;
    case "joined":
      return `✓ Subscribed to real-time channel: ${plain(what.channel)} via ${what.provider}`;
    case "refused":
      return `Subscription error: ${what.reason}`;
    case "failed":
      return failed(what);
    case "message":
      return `✓ New message received via ${what.provider}: [${what.characters} characters]`;
    case "agent":
      return `✓ ${what.who} joined`;
  }
}

/** Each try that fails is not worth a line; moving on is. */
function failed({ provider, reason, code, next }: Step): string | null {
  if (!next) return null;
  const then = next === "polling" ? "falling back to polling" : `trying ${next}`;
  return `${capital(provider)} initialization failed (${reason || `code ${code}`}), ${then}...`;
}

export function say(what: Spoken): void {
  const text = line(what);
  if (text === null) return;
  if (what.kind === "failed" || what.kind === "refused") console.warn(text);
  else console.info(text);
}
