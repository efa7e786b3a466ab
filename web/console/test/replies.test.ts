// Proves where canned replies are offered, which, and what stands for their placeholders.

import { expect, test } from "vitest";
import { askingAt, filled, inserted, known, offeredReplies, unknownPlaceholders } from "../src/replies";

const reply = (shortcut: string, text: string) => ({
  id: `rpl_${shortcut}`,
  shortcut,
  text,
  is_shared: true,
});
const asked = (text: string) => askingAt(text, text.length)?.typed ?? null;

test("a slash asks where a line or a word begins, and nowhere else", () => {
  expect(asked("/")).toBe("");
  expect(asked("/par")).toBe("par");
  expect(asked("Hello\n/left today")).toBe("left today");
  expect(asked("Hello /par")).toBe("par");
  expect(asked("Hello /par cel")).toBeNull();
  expect(asked("and/or")).toBeNull();
  expect(asked("https://shop.example")).toBeNull();
  expect(asked("1/2")).toBeNull();
});

test("shortcuts that begin like that come first, then texts with every word", () => {
  const all = [
    reply("bye", "Your parcel is on its way"),
    reply("par", "Short"),
    reply("parcel", "Left today"),
    reply("refund", "You get it back"),
  ];
  const offered = (typed: string) => offeredReplies(typed, all).map(({ shortcut }) => shortcut);
  expect(offered("par")).toEqual(["par", "parcel", "bye"]);
  expect(offered("WAY parcel")).toEqual(["bye"]);
  expect(offered("nothing")).toEqual([]);
  expect(offered("")).toEqual(["bye", "par", "parcel", "refund"]);
});

test("of a thousand replies eight are offered, and quickly", () => {
  const all = Array.from({ length: 1_000 }, (_, n) => reply(`r${n}`, `Text number ${n} `.repeat(50)));
  expect(offeredReplies("r", all)).toHaveLength(8);
  expect(offeredReplies("number 999", all).map(({ shortcut }) => shortcut)).toEqual(["r999"]);
});

test("a placeholder reads as what is known, else as what stands after the line", () => {
  const ana = known({ visitor: { name: "Ana", email: null }, agent: "Ben", widget: "Shop" });
  const nobody = known({ visitor: { name: "Visitor", email: null }, agent: "Ben", widget: undefined });
  const text = "Hello {{visitor.name|there}}, {{ agent.name }} of {{widget.name|us}}{{visitor.email}}";
  expect(filled(text, ana)).toBe("Hello Ana, Ben of Shop");
  expect(filled(text, nobody)).toBe("Hello there, Ben of us");
  expect(filled("{{visitor.age}} {{x", ana)).toBe("{{visitor.age}} {{x");
  expect(unknownPlaceholders("{{visitor.name|you}} {{visitor.age|1}}")).toEqual(["visitor.age"]);
});

test("a name with braces or dollars in it stays as it is", () => {
  const odd = known({ visitor: { name: "$& {{agent.name}}", email: null }, agent: "Ben", widget: "Shop" });
  expect(filled("Hello {{visitor.name}}!", odd)).toBe("Hello $& {{agent.name}}!");
});

test("what was typed makes room for the reply, and what follows stays", () => {
  const asking = askingAt("Hi /par", 7);
  expect(asking && inserted("Hi /par and more", 7, asking, "Left")).toEqual(["Hi Left and more", 7]);
});
