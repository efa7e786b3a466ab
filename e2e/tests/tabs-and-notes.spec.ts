// What is seen beyond one page: a visitor's own message in another tab (ruling 2), and not a trace
// of the note that an agent writes (ruling 3).

import type { Page } from "@playwright/test";
import { Ana, Ben, expect, test } from "../cast";

test("ruling 2: another tab sees the message, and our clients send no X-Socket-ID", async ({
  browser,
  server,
  complaints,
}) => {
  const ana = await Ana.arrive(browser, server.origin, complaints);
  const excluding: string[] = [];
  ana.page.on("request", (request) => {
    if (request.headers()["x-socket-id"]) excluding.push(request.url());
  });
  await ana.open();
  await ana.write("First");
  await expect(ana.connection).toHaveText("Connected");

  const tab = await ana.page.context().newPage();
  await tab.goto(`${server.origin}/chatbot-test.html`);
  await tab.getByRole("button", { name: /open chat/i }).click();
  const log = tab.getByRole("dialog").getByRole("log");
  await expect(log).toContainText("First");
  await expect(tab.getByRole("dialog").getByRole("status")).toHaveText("Connected");

  await ana.write("Second");
  await expect(log.getByText("Second")).toHaveCount(1);
  await expect(ana.log.getByText("Second")).toHaveCount(1);
  expect(excluding).toEqual([]);
  expect(complaints).toEqual([]);
});

test("ruling 3: an agent who writes a note is not seen typing by the visitor", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const ana = await Ana.arrive(browser, server.origin, complaints);
  const signals = typingHeard(ana.page);
  await ana.open();
  await ana.write("Hello");
  await ben.openConversation("Test User");
  await expect(ana.connection).toHaveText("Connected");
  await ben.composer.pressSequentially("A reply", { delay: 20 });
  await expect.poll(() => signals.length, "the premise: a reply shows").toBeGreaterThan(0);
  await ben.composer.fill("");
  await expect(ana.panel.getByText(/is typing/)).toBeHidden();

  signals.length = 0;
  await ben.page.getByRole("button", { name: "Note" }).click();
  await ben.composer.pressSequentially("She seems nice", { delay: 20 });
  await ben.page.keyboard.press("Enter");
  await expect(ben.log).toContainText("She seems nice");
  // Not through the composer, which would rightly show Ben as typing.
  const { csrf } = await (await ben.page.request.get(`${server.origin}/api/v1/me`)).json();
  const id = /cnv_\w+/.exec(ben.page.url())?.[0];
  const reply = await ben.page.request.post(`${server.origin}/api/v1/conversations/${id}/messages`, {
    headers: { "x-csrf-token": csrf },
    data: { message: "Hi Ana" },
  });
  expect(reply.status()).toBe(201);
  await expect(ana.log).toContainText("Hi Ana");
  expect(signals).toEqual([]);
  expect(complaints).toEqual([]);
});

/** Every "somebody types" that comes to this page's sockets, from now on. */
function typingHeard(page: Page): string[] {
  const heard: string[] = [];
  page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => {
      const text = `${payload}`;
      if (text.includes("client-typing") && /on\W+true/.test(text)) heard.push(text);
    }),
  );
  return heard;
}
