// What a page holds once all that is not needed is gone. Knows nothing of what the page is.

import { type CDPSession, expect, type Page } from "@playwright/test";

export type Held = { heap: number; nodes: number };

export async function profiled(page: Page): Promise<CDPSession> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable");
  return devtools;
}

export async function held(devtools: CDPSession): Promise<Held> {
  await devtools.send("HeapProfiler.collectGarbage");
  await devtools.send("HeapProfiler.collectGarbage");
  const { metrics } = await devtools.send("Performance.getMetrics");
  const of = (name: string) => metrics.find((one) => one.name === name)?.value ?? Number.NaN;
  return { heap: of("JSHeapUsedSize"), nodes: of("Nodes") };
}

/** Within ten percent. */
export function expectNoMore(after: Held, before: Held): void {
  expect(after.heap).toBeLessThan(before.heap * 1.1);
  expect(after.nodes).toBeLessThan(before.nodes * 1.1);
}

/**
 * The same, as soon as what was about to go has gone: a name that is still said to type, code that nothing has called for
 * some collections.
 */
export async function expectBack(devtools: CDPSession, before: Held): Promise<void> {
  const more = async () => {
    const now = await held(devtools);
    return Math.max(now.heap / before.heap, now.nodes / before.nodes);
  };
  await expect.poll(more, { timeout: 30_000 }).toBeLessThan(1.1);
}
