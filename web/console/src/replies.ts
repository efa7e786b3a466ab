// Decides which canned replies are offered for what is being typed, and what stands for their placeholders.
// Knows nothing of drawing and of where the replies are kept.

import type { CannedReply } from "@frontdesk/shared/wire.gen";
import { signal } from "@preact/signals";
import { agentApi } from "./agent-api";

/** The shared ones and the agent's own, as last fetched. */
export const replies = signal<readonly CannedReply[]>([]);

/** Without them nothing is offered; the next occasion asks again. */
export async function listReplies(): Promise<void> {
  const reply = await agentApi.replies().catch(() => null);
  if (reply) replies.value = reply.replies;
}

/** What is being looked for. */
export interface Asking {
  /** Where its `/` stands. */
  readonly from: number;
  readonly typed: string;
}

/** So many are offered. */
const OFFERED = 8;

/** A `/` asks where a line begins, and there for several words; elsewhere where a word begins: in `and/or` it does not. */
export function askingAt(text: string, caret: number): Asking | null {
  const before = text.slice(0, caret);
  const found =
    /(?:^|\n)\/([^\n/]{0,60})$/u.exec(before) ?? /(?:^|[\s([{])\/([\p{L}\p{N}_-]{0,40})$/u.exec(before);
  return found ? { from: caret - (found[1]?.length ?? 0) - 1, typed: found[1] ?? "" } : null;
}

/** Those whose shortcut begins like that, then those with every typed word in shortcut or text. */
export function offeredReplies(typed: string, all: readonly CannedReply[]): CannedReply[] {
  const wanted = plain(typed).trim();
  const words = wanted.split(/\s+/).filter(Boolean);
  const first: CannedReply[] = [];
  const rest: CannedReply[] = [];
  for (const reply of all) {
    if (reply.shortcut.startsWith(wanted)) first.push(reply);
    else if (hasWords(reply, words)) rest.push(reply);
    if (first.length >= OFFERED) break;
  }
  return [...first, ...rest].slice(0, OFFERED);
}

function hasWords({ shortcut, text }: CannedReply, words: readonly string[]): boolean {
  const all = `${shortcut} ${plain(text)}`;
  return words.every((word) => all.includes(word));
}

function plain(text: string): string {
  return text.toLocaleLowerCase();
}

/** What placeholders stand for; `null`: nobody knows. */
export interface Known {
  readonly "visitor.name": string | null;
  readonly "visitor.email": string | null;
  readonly "agent.name": string | null;
  readonly "widget.name": string | null;
}

export const PLACEHOLDERS: readonly (keyof Known)[] = [
  "visitor.name",
  "visitor.email",
  "agent.name",
  "widget.name",
];

/** What the server calls visitors who gave no name: to greet them by it would be worse than by none. */
const NAMELESS = "Visitor";

export function known(about: {
  readonly visitor: { readonly name: string; readonly email: string | null } | undefined;
  readonly agent: string | undefined;
  readonly widget: string | undefined;
}): Known {
  const { visitor, agent, widget } = about;
  return {
    "visitor.name": visitor && visitor.name !== NAMELESS ? visitor.name : null,
    "visitor.email": visitor?.email ?? null,
    "agent.name": agent ?? null,
    "widget.name": widget ?? null,
  };
}

/** `{{visitor.name|there}}` reads as the name, or as what stands after the line; unknown ones stay as they are. */
export function filled(text: string, about: Known): string {
  return text.replace(/\{\{\s*([a-z.]+)\s*(?:\|([^{}]*))?\}\}/g, (whole, name: string, instead?: string) => {
    if (!(PLACEHOLDERS as readonly string[]).includes(name)) return whole;
    return about[name as keyof Known] || (instead ?? "").trim();
  });
}

/** Names in braces that mean nothing here, so that whoever writes a reply is told. */
export function unknownPlaceholders(text: string): string[] {
  const names = [...text.matchAll(/\{\{([^{}]*)\}\}/g)].map(
    ([, inner = ""]) => inner.split("|")[0]?.trim() ?? "",
  );
  return names.filter((name) => !(PLACEHOLDERS as readonly string[]).includes(name));
}

/** The text with the reply in it, and where the caret goes. */
export function inserted(text: string, caret: number, { from }: Asking, reply: string): [string, number] {
  const before = text.slice(0, from) + reply;
  return [before + text.slice(caret), before.length];
}
