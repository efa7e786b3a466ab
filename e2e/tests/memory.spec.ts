// What a long conversation costs a page: 10,000 messages that are scrolled through and a day of somebody typing
// leave the heap as it was, and never more than some hundred messages stand in the document.

import type { Locator } from "@playwright/test";
import { Ana, type Ben, expect, meet, test } from "../cast";
import { expectBack, held, profiled } from "../heap";
import { Server } from "../server";

/** `MANY=400 SIGNALS=1728` for a quick look. */
const MESSAGES = Number(process.env.MANY ?? 10_000);
/** A day of typing: one every five seconds, of colleagues who may send so many at once. */
const SIGNALS = Number(process.env.SIGNALS ?? 17_280);
const SIGNALS_EACH = 576;
/** Messages drawn at once, at most; and nodes for each, generously. */
const DRAWN = 300;
const NODES_EACH = 30;

/** How Ben's browser asks, for more questions than it could ask in time. */
async function quickly(ben: Ben, origin: string): Promise<(path: string, body: object) => Promise<void>> {
  const { csrf } = await ben.ask<{ csrf: string }>("GET", `${origin}/api/v1/me`);
  const cookies = await ben.page.context().cookies(origin);
  const headers = {
    "content-type": "application/json",
    "x-csrf-token": csrf,
    cookie: cookies.map(({ name, value }) => `${name}=${value}`).join("; "),
  };
  return async (path, body) => {
    const asked = { method: "POST", headers, body: JSON.stringify(body) };
    // A connection that was closed just then: again, with the same `client_id`.
    const reply = await fetch(origin + path, asked).catch(() => fetch(origin + path, asked));
    await reply.arrayBuffer();
    if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
  };
}

/** Each number from `from` up to `to` once, so many at a time. */
async function each(
  from: number,
  to: number,
  atOnce: number,
  what: (at: number) => Promise<void>,
): Promise<void> {
  let next = from;
  const work = async () => {
    while (next < to) await what(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** So many colleagues, by what they sign with: one person's signals are limited, and a day of them is to take seconds. */
async function colleagues(ben: Ben, origin: string, count: number): Promise<string[]> {
  const secrets: string[] = [];
  await each(0, count, 4, async (at) => {
    const key = { name: `Colleague ${at}`, scopes: ["conversations:write"] };
    secrets.push((await ben.ask<{ secret: string }>("POST", `${origin}/api/v1/keys`, key)).secret);
  });
  return secrets;
}

/** So many signals that somebody types, as quick as they are taken; each one pauses now and then. */
async function type(count: number, secrets: string[], address: string): Promise<void> {
  await each(0, count, 50, async (at) => {
    const authorization = `Bearer ${secrets[at % secrets.length]}`;
    const headers = { "content-type": "application/json", authorization };
    const body = JSON.stringify({ on: Math.floor(at / secrets.length) % 48 !== 47 });
    const reply = await fetch(address, { method: "POST", headers, body });
    await reply.arrayBuffer();
    if (!reply.ok) throw new Error(`typing: ${reply.status}`);
  });
}

test("a long conversation that is scrolled through, and a day of typing, leave nothing behind", {
  tag: "@alone",
}, async ({ browser, complaints }) => {
  test.setTimeout(400_000);
  const server = await new Server({ FRONTDESK_KEY_CALLS_PER_MINUTE: "0" }).start();
  const { ana, ben } = await meet(browser, server, complaints, "Tell me everything");
  await ana.page.close();
  const post = await quickly(ben, server.origin);
  const path = `/api/v1/conversations/${/cnv_\w+/.exec(ben.page.url())?.[0]}`;
  const typists = await colleagues(ben, server.origin, SIGNALS / SIGNALS_EACH);
  await ben.leave();
  await each(0, MESSAGES, 100, (at) =>
    post(`${path}/messages`, { message: `message ${at} of many`, client_id: `many ${at}` }),
  );
  const page = await ana.page.context().newPage();
  const back = await Ana.visit(page, `${server.origin}/chatbot-test.html`, complaints);
  await back.open();
  const last = back.log.getByText(/of many/).last();
  await expect(last).toBeInViewport();
  const devtools = await profiled(back.page);
  const typing = async (count: number) => {
    const typed = type(count, typists, `${server.origin}${path}/typing`);
    await expect(back.log.getByText("is typing")).toHaveCount(1);
    await typed;
    await expect(back.log.getByText("is typing")).toHaveCount(0, { timeout: 20_000 });
  };
  // What is compiled at the first scrolling, and the first typing, is no leak.
  await up(back, `message ${MESSAGES * 0.9} of`);
  await down(back, last);
  await typing(SIGNALS / 4);
  const before = await held(devtools);

  const drawn = await up(back, "Tell me everything");
  expect(drawn).toBeLessThanOrEqual(DRAWN);
  const above = await held(devtools);
  expect(above.nodes).toBeLessThan(DRAWN * NODES_EACH);
  await down(back, last);
  await expectBack(devtools, before);

  await typing(SIGNALS);
  await expectBack(devtools, before);
  expect(complaints).toEqual([]);
  await server.remove();
});

/** Scrolls up, as fast as earlier messages come, until that text is drawn; answers how many messages were at most. */
async function up(ana: Ana, text: string): Promise<number> {
  return ana.log.evaluate(
    (log, text) =>
      new Promise<number>((resolve) => {
        let most = 0;
        const step = () => {
          most = Math.max(most, log.querySelectorAll(".bubble").length);
          if (log.textContent?.includes(text)) return resolve(most);
          log.scrollTop = log.scrollTop > 0 ? 0 : 1;
          requestAnimationFrame(step);
        };
        step();
      }),
    text,
  );
}

/** Back to the end, where little is kept. */
async function down(ana: Ana, last: Locator): Promise<void> {
  await ana.panel.getByRole("button", { name: "New messages" }).click();
  await expect(last).toBeInViewport();
  await expect.poll(async () => (await ana.status()).messages.length).toBeLessThanOrEqual(100);
}
