// Draws the console's icon in the sizes that devices ask for, from the one drawing there is. They lie in
// `web/console/src/icons` and are checked in: `npx playwright test --config pictures.config.ts icons`.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "@playwright/test";

const CONSOLE = join(import.meta.dirname, "../../web/console/src");

/** `whole`: to the edges, for devices that cut a shape of their own out of it. */
const ICONS = [
  { name: "icon-192", size: 192, whole: false },
  { name: "icon-512", size: 512, whole: false },
  { name: "icon-whole-512", size: 512, whole: true },
  { name: "icon-touch-180", size: 180, whole: true },
];

for (const { name, size, whole } of ICONS) {
  test(name, async ({ page }) => {
    const drawing = readFileSync(join(CONSOLE, "icon.svg"), "utf8");
    const svg = whole ? drawing.replace('rx="8"', "") : drawing;
    await page.setViewportSize({ width: size, height: size });
    await page.setContent(
      `<style>html,body{margin:0}svg{display:block;width:100vw;height:100vh}</style>${svg}`,
    );
    await page.screenshot({ path: join(CONSOLE, `icons/${name}.png`), omitBackground: !whole });
  });
}
