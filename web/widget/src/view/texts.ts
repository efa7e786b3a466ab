// Decides in which language the panel speaks. Knows nothing of when its words are shown.

import { type Words, words } from "../words/en";

/** The words of now; whoever changes them has the panel drawn again. */
export let TEXT: Words = words;
/** BCP 47, for dates and times. */
export let LANGUAGE = "en";
/** Is it written from right to left? */
export let isRtl = false;

/** Each language is a part of its own, fetched by those who read it. */
export const OTHERS: Record<string, () => Promise<{ words: Words }>> = {
  es: () => import("../words/es"),
  de: () => import("../words/de"),
  fr: () => import("../words/fr"),
  pt: () => import("../words/pt"),
  ar: () => import("../words/ar"),
  ja: () => import("../words/ja"),
  zh: () => import("../words/zh"),
};

/** The language to speak for what a browser or page asks for; English when we have none of them. */
export function chosen(wanted: readonly string[]): string {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split(/[-_]/)[0] ?? "";
    if (base === "en" || Object.hasOwn(OTHERS, base)) return base;
  }
  return "en";
}

/** Resolves once the panel speaks it; `false` when it did before. */
export async function speak(language: string, tag: string): Promise<boolean> {
  if (language === LANGUAGE) return false;
  const loaded = language === "en" ? { words } : await OTHERS[language]?.();
  if (!loaded) return false;
  TEXT = loaded.words;
  LANGUAGE = tag;
  isRtl = language === "ar";
  return true;
}
