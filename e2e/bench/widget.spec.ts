// Measures what a visitor waits for: from the click to the open panel on a slow processor, and from Enter to
// the words on the other side. Prints rows of the table, beside their goals; no time fails anything.

import { appendFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { Ana, expect, meet, test } from "../cast";

const OPENINGS = 15;
const MESSAGES = 60;
const GOAL = "<= 100";
/** For which a finger rests on a button; a script's click takes no time at all. */
const PRESS_MS = 90;

test("click to open panel, on a processor four times slower", async ({ browser, server, complaints }) => {
  const [first, again, pressed]: [number[], number[], number[]] = [[], [], []];
  for (let at = 0; at < OPENINGS; at++) {
    // A browser context each: nothing of the panel is cached.
    const ana = await Ana.arrive(browser, server.origin, complaints);
    await expect(ana.launcher).toBeVisible();
    const slow = await ana.page.context().newCDPSession(ana.page);
    await slow.send("Emulation.setCPUThrottlingRate", { rate: 4 });
    first.push(await opening(ana));
    await ana.page.keyboard.press("Escape");
    await expect(ana.panel).toBeHidden();
    again.push(await opening(ana));
    await ana.page.context().close();
    const eve = await Ana.arrive(browser, server.origin, complaints);
    await expect(eve.launcher).toBeVisible();
    const slowToo = await eve.page.context().newCDPSession(eve.page);
    await slowToo.send("Emulation.setCPUThrottlingRate", { rate: 4 });
    pressed.push(await opening(eve, PRESS_MS));
    await eve.page.context().close();
  }
  print("click to open panel, processor slowed 4 times, panel not cached", first);
  print(`the same, after a press of ${PRESS_MS} ms`, pressed);
  print("the same, opened again", again);
});

test("Enter to shown on the other side", async ({ browser, server, complaints }) => {
  const { ana, ben } = await meet(browser, server, complaints, "Hello");
  await expect(ana.connection).toHaveText("Connected");
  await expect(ben.connection).toHaveText("Connected");
  for (const [from, to, what] of [
    [ana, ben, "visitor's Enter to shown in the console"],
    [ben, ana, "agent's Enter to shown in the widget"],
  ] as const) {
    const times: number[] = [];
    for (let at = 0; at < MESSAGES; at++) {
      const text = `${what} ${at}`;
      const shown = whenShown(to.page, text);
      await from.composer.fill(text);
      const began = await pressEnter(from.page);
      times.push((await shown) - began);
    }
    print(what, times);
  }
});

/** From the click to the open panel, in milliseconds. */
async function opening(ana: Ana, press_ms = 0): Promise<number> {
  await ana.page.evaluate(() => {
    const taken = new Promise<number>((resolve) => {
      let began = 0;
      const clicked = (event: Event) => {
        began = event.timeStamp;
      };
      addEventListener("click", clicked, { capture: true, once: true });
      // Opened, and a frame later on the screen.
      const opened = () => requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
      addEventListener("frontdesk:open", opened, { once: true });
    });
    Object.assign(window, { taken });
  });
  const box = await ana.launcher.boundingBox();
  if (!box) throw new Error("the launcher has gone");
  // No locator: what Playwright asks the page to find and to await things takes time from the same slow processor.
  await ana.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2, { delay: press_ms });
  const took = (await ana.page.evaluate("window.taken")) as number;
  await expect(ana.panel).toBeVisible();
  return took;
}

/** Presses Enter, and answers when the page got it, by the machine's clock. */
async function pressEnter(page: Page): Promise<number> {
  await page.evaluate(() => {
    const pressed = new Promise<number>((resolve) =>
      addEventListener("keydown", (event) => resolve(performance.timeOrigin + event.timeStamp), {
        capture: true,
        once: true,
      }),
    );
    Object.assign(window, { pressed });
  });
  await page.keyboard.press("Enter");
  return (await page.evaluate("window.pressed")) as number;
}

/** When that text stands in the page and a frame is drawn with it, by the machine's clock. */
function whenShown(page: Page, text: string): Promise<number> {
  return page.evaluate(
    (text) =>
      new Promise<number>((resolve) => {
        const root = document.querySelector("frontdesk-widget")?.shadowRoot ?? document;
        const log = () => root.querySelector("[role=log]");
        const observer = new MutationObserver(() => {
          if (!log()?.textContent?.includes(text)) return;
          observer.disconnect();
          requestAnimationFrame(() => setTimeout(() => resolve(performance.timeOrigin + performance.now())));
        });
        observer.observe(root, { subtree: true, childList: true, characterData: true });
      }),
    text,
  );
}

/** Two rows of the table: the middle, and what nineteen of twenty stay under. */
function print(what: string, times: number[]): void {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const rows = [
    { what: `${what}, median of ${times.length}`, value: at(0.5), unit: "ms", goal: GOAL },
    { what: "- 95th percentile", value: at(0.95), unit: "ms", goal: "" },
  ];
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  process.stdout.write(text);
  if (process.env.BENCH_RAW) appendFileSync(process.env.BENCH_RAW, text);
}
