// Decides which parts of a plain text are addresses that may be followed: http and https, nothing else.
// Knows nothing of drawing; whoever draws makes text nodes and anchors of the parts.

export interface TextPart {
  readonly text: string;
  /** Absolute address, where this part is one. */
  readonly href?: string;
}

const CANDIDATE = /\bhttps?:\/\/[^\s<>"“”‘’«»]+/gi;
/** A sentence's own marks at the end of an address are not part of it. */
const TRAILING = /[.,;:!?'"*_~…»]$/;
const BRACKETS: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** The whole text, in order; joined again it is the same text. */
export function partsOf(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const shown = trimmed(match[0]);
    const href = safe(shown);
    if (!href) continue;
    if (match.index > from) parts.push({ text: text.slice(from, match.index) });
    parts.push({ text: shown, href });
    from = match.index + shown.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}

/** One pass from the end: a text made of brackets must not take quadratic time. */
function trimmed(candidate: string): string {
  const stray = new Map(
    Object.entries(BRACKETS).map(([close, open]) => [close, excess(candidate, close, open)]),
  );
  let end = candidate.length;
  for (; end > 0; end -= 1) {
    const last = candidate[end - 1] ?? "";
    const left = stray.get(last);
    // A closing bracket belongs to the address only if it was opened in it.
    if (left !== undefined && left > 0) stray.set(last, left - 1);
    else if (!TRAILING.test(last)) break;
  }
  return candidate.slice(0, end);
}

/** `null` for what is no address, and for `https://bank.example@evil.example`, which reads as another. */
function safe(candidate: string): string | null {
  if (!URL.canParse(candidate)) return null;
  const url = new URL(candidate);
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  return url.username || url.password ? null : url.href;
}

function excess(text: string, close: string, open: string): number {
  return text.split(close).length - text.split(open).length;
}
