// Decides what stands for a person without a picture: initials and one of eight colours, always the same.
// Knows nothing of drawing.

/** How many avatar colours the style sheet has. */
export const HUES = 8;

/** One or two letters; by code point, so that no letter is cut in half. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]];
  const text = letters.map((word) => [...(word ?? "")][0] ?? "").join("");
  return text.toLocaleUpperCase() || "?";
}

/** From the id, not the name: it stays when the visitor tells their name. */
export function hue(id: string): number {
  let hash = 0;
  for (let i = 0; i < id.length; i += 1) hash = (hash * 31 + id.charCodeAt(i)) >>> 0;
  return hash % HUES;
}
