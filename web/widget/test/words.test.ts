// Proves that no language lacks a word, and that each is the one a visitor asks for. Knows nothing of drawing.

import { afterEach, expect, test } from "vitest";
import * as texts from "../src/view/texts";
import { words as english } from "../src/words/en";

afterEach(() => texts.speak("en", "en"));

const languages = Object.keys(texts.OTHERS);

test("the panel speaks eight languages", () => {
  expect(["en", ...languages].sort()).toEqual(["ar", "de", "en", "es", "fr", "ja", "pt", "zh"]);
});

test.each(languages)("nothing is missing in %s, and what is put in is said", async (language) => {
  const { words } = (await texts.OTHERS[language]?.()) ?? { words: english };
  expect(Object.keys(words)).toEqual(Object.keys(english));
  const alike: string[] = [];
  for (const [name, there] of Object.entries(english)) {
    const here = words[name as keyof typeof words] as unknown;
    if (typeof there === "function") {
      const said = (here as (...put: unknown[]) => string)("Ana7", 7);
      expect(said, name).toContain("Ana7");
      if (there.length > 1) expect(said, name).toContain("7");
    } else if (Array.isArray(there)) {
      expect(new Set(here as string[]).size, name).toBe(there.length);
    } else {
      expect(here, name).toMatch(/\S/);
      if (here === there) alike.push(name);
    }
  }
  // Words that two languages share, and no more than these.
  const shared = ["title", "log", "emoji", "conversations", "pause", "name"];
  expect(alike.filter((name) => !shared.includes(name))).toEqual([]);
});

test("the first language we have of those that are wanted is spoken, English without any", () => {
  expect(texts.chosen(["pt-BR", "en"])).toBe("pt");
  expect(texts.chosen(["nl", "de-CH"])).toBe("de");
  expect(texts.chosen(["en-GB", "es"])).toBe("en");
  expect(texts.chosen(["nl", "constructor"])).toBe("en");
  expect(texts.chosen([])).toBe("en");
});

test("a language that came is spoken at once, and from its own side", async () => {
  expect(texts.isRtl).toBe(false);
  expect(await texts.speak("ar", "ar-EG")).toBe(true);
  expect(texts.TEXT.send).toBe("إرسال الرسالة");
  expect(texts.LANGUAGE).toBe("ar-EG");
  expect(texts.isRtl).toBe(true);
});
