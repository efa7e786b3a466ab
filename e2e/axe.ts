// What axe-core finds on a page, by day and by night. Knows nothing of what the page is.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What is looked at: a selector, or all but some; without it everything. */
type Context = string | { exclude: string[][] };

/** Each finding names the scheme, its rule and the first place. The page is left in the dark. */
export async function findings(page: Page, context?: Context): Promise<string[]> {
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(AXE);
  const all: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    // What is still moving has colours of its own.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const found = (await page.evaluate(
      `axe.run(${context ? JSON.stringify(context) : "document"}).then(({ violations }) => violations.map((one) => one.id + ': ' + one.nodes[0].html))`,
    )) as string[];
    all.push(...found.map((one) => `${colorScheme}: ${one}`));
  }
  return all;
}
