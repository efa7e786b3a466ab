// Proves that the style sheets do not undo each other: all of them hold for every page, some from when a page was
// first opened.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const folder = fileURLToPath(new URL("../src/style/", import.meta.url));

/** What each sheet says outside of all conditions: single classes, and names of movements. */
function namesIn(sheet: string): Set<string> {
  const text = readFileSync(folder + sheet, "utf8").replace(/\/\*.*?\*\//gs, "");
  const names = new Set<string>([...text.matchAll(/@keyframes [\w-]+/g)].map(([name]) => name));
  let depth = 0;
  for (const [, before = "", brace] of text.matchAll(/([^{}]*)([{}])/g)) {
    const rule = before.split(";").at(-1) ?? "";
    if (brace === "{" && depth === 0)
      for (const one of rule.split(",")) if (/^\.[\w-]+$/.test(one.trim())) names.add(one.trim());
    depth += brace === "{" ? 1 : -1;
  }
  return names;
}

test("a class and a movement are described in one sheet alone", () => {
  const sheets = readdirSync(folder).filter((name) => name.endsWith(".css"));
  const where = new Map<string, string[]>();
  for (const sheet of sheets)
    for (const name of namesIn(sheet)) where.set(name, [...(where.get(name) ?? []), sheet]);
  expect(where.size, "they were read").toBeGreaterThan(300);
  expect(where.get("@keyframes breathe")).toEqual(["base.css"]);
  expect([...where].filter(([, sheets]) => sheets.length > 1)).toEqual([]);
});
