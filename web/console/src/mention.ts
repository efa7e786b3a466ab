// Decides whom a note calls: what is being typed after an `@`, who may be meant, and who is named in the end.
// Knows nothing of drawing and sending.

import type { AgentProfile } from "@frontdesk/shared/wire.gen";
import { isEverywhere } from "./role";

export type Colleague = Pick<AgentProfile, "id" | "name">;

/** The name that is being typed. */
export interface Call {
  /** Where its `@` stands. */
  readonly from: number;
  readonly typed: string;
}

/** So many are offered. */
const OFFERED = 6;

/** Those who answer on the widget; the server refuses to call others. */
export function callable(agents: readonly AgentProfile[], widgetId: string, ownId: string): Colleague[] {
  return agents.filter(
    ({ id, role, widgets }) => id !== ownId && (isEverywhere(role) || widgets.includes(widgetId)),
  );
}

/** An `@` begins a name where a word begins: in `ana@shop.example` it does not. */
export function callAt(text: string, caret: number): Call | null {
  const found = /(?:^|[\s([{])@([^\n@]{0,40})$/u.exec(text.slice(0, caret));
  return found ? { from: caret - (found[1]?.length ?? 0) - 1, typed: found[1] ?? "" } : null;
}

/** Whoever has a word of their name begin like that, those whose first word does before others. */
export function offered(typed: string, colleagues: readonly Colleague[]): Colleague[] {
  const wanted = plain(typed);
  const fits = (name: string) => plain(name).startsWith(wanted);
  const later = (name: string) => plain(name).includes(` ${wanted}`);
  const first = colleagues.filter(({ name }) => fits(name));
  const rest = colleagues.filter(({ name }) => !fits(name) && later(name));
  return [...first, ...rest].slice(0, OFFERED);
}

/** The text with the name in it, and where the caret goes. */
export function completed(text: string, caret: number, call: Call, name: string): [string, number] {
  const before = `${text.slice(0, call.from)}@${name} `;
  return [before + text.slice(caret).replace(/^ /, ""), before.length];
}

/** Everybody whose `@Name` stands in the text. */
export function mentionsIn(text: string, colleagues: readonly Colleague[]): string[] {
  const called = new Set(spans(text, colleagues).map((span) => span.id));
  return [...called];
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly id: string;
}

/** Where names stand. The longest is meant: `@Ben Carter` is not Ben. */
export function spans(text: string, colleagues: readonly Colleague[]): Span[] {
  const longestFirst = [...colleagues].sort((a, b) => b.name.length - a.name.length);
  const found: Span[] = [];
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    const rest = text.slice(at + 1);
    const who = longestFirst.find(({ name }) => name && startsWithName(rest, name));
    if (who) found.push({ from: at, to: at + 1 + who.name.length, id: who.id });
  }
  return found;
}

function startsWithName(rest: string, name: string): boolean {
  const same = plain(rest.slice(0, name.length)) === plain(name);
  return same && !/^[\p{L}\p{N}]/u.test(rest.slice(name.length));
}

function plain(text: string): string {
  return text.toLocaleLowerCase();
}
