// Decides how a message's text becomes nodes. Knows nothing of messages; makes no HTML from text.

import { usePart } from "./lazy";

/** What may be more than words. */
const SIGN = /[*_~`]|https?:/i;

/** Once the part for it came, text with its addresses as links and its few signs as what they mean. */
export function Linked({ text }: { text: string }) {
  const part = usePart("rich", SIGN.test(text));
  return part ? <part.RichText text={text} /> : text;
}

const EMOJI =
  /^(?:\p{Extended_Pictographic}(?:\uFE0F|\u200D\p{Extended_Pictographic}|[\u{1F3FB}-\u{1F3FF}])*\s*){1,3}$/u;

/** Is there nothing but one to three emoji? Those are drawn large. */
export function isEmojiOnly(text: string): boolean {
  return EMOJI.test(text.trim());
}

/** At most two letters for a face without a picture. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const picked = words.length > 1 ? [words[0], words.at(-1)] : words;
  return picked
    .map((word) => [...(word ?? "")][0] ?? "")
    .join("")
    .toUpperCase();
}
