// Decides how a plain text is marked up: the few signs people type (bold, italic, struck out, code,
// a block of code) and addresses. Knows nothing of drawing; makes no HTML and loses no letter but the signs.

import { partsOf } from "./links";

export type Rich =
  | { kind: "text"; text: string }
  | { kind: "link"; text: string; href: string }
  | { kind: "code" | "block"; text: string }
  | { kind: "bold" | "italic" | "struck"; inside: Rich[] };

/**
 * A sign counts only where a word begins and ends, so that `2 * 3 * 4` and `snake_case_name` stay as they
 * are; what was opened and not closed stays too.
 */
const SIGNS =
  /```\n?([\s\S]+?)\n?```|`([^`\n]+)`|(?<![\p{L}\p{N}*])\*\*(?=\S)([^\n]*?\S)\*\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}*])\*(?=[^\s*])([^*\n]*[^\s*])\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}_])_(?=[^\s_])([^_\n]*[^\s_])_(?![\p{L}\p{N}_])|(?<![\p{L}\p{N}~])~~(?=\S)([^\n]*?\S)~~(?![\p{L}\p{N}~])/gu;
/** Signs inside signs end here: a text made of stars must not take long. */
const DEPTH = 3;
/** Longer texts are shown as they are typed: what a pattern costs grows with them. */
const CHARS = 4_000;

export function richOf(text: string, depth = 0): Rich[] {
  if (depth >= DEPTH || text.length > CHARS) return linked(text);
  const parts: Rich[] = [];
  let from = 0;
  // Addresses first: the signs in them are theirs.
  const taken = addresses(text);
  for (const match of text.matchAll(SIGNS)) {
    const { index } = match;
    if (index < from || taken.some(([start, end]) => index > start && index < end)) continue;
    parts.push(...linked(text.slice(from, index)), marked(match, depth));
    from = index + match[0].length;
  }
  parts.push(...linked(text.slice(from)));
  return parts;
}

function marked(match: RegExpMatchArray, depth: number): Rich {
  const [, block, code, bold, starred, underscored, struck] = match;
  if (block !== undefined) return { kind: "block", text: block };
  if (code !== undefined) return { kind: "code", text: code };
  const inside = richOf(bold ?? starred ?? underscored ?? struck ?? "", depth + 1);
  return { kind: bold !== undefined ? "bold" : struck !== undefined ? "struck" : "italic", inside };
}

function linked(text: string): Rich[] {
  return partsOf(text).map(({ text, href }) =>
    href ? { kind: "link", text, href } : { kind: "text", text },
  );
}

function addresses(text: string): Array<[start: number, end: number]> {
  const found: Array<[number, number]> = [];
  let at = 0;
  for (const part of partsOf(text)) {
    if (part.href) found.push([at, at + part.text.length]);
    at += part.text.length;
  }
  return found;
}
