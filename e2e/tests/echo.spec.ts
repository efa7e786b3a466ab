// Official clients, unmodified from npm: Laravel Echo with pusher-js joins each seed's channel and
// receives each event in the shape that seed shows; in Node, and in a browser with our vendor copies.

import Echo from "laravel-echo";
import Pusher from "pusher-js";
import { Ben, expect, test } from "../cast";
import { OfficeProxy } from "../proxy";
import type { Server } from "../server";

type Heard = { event: string; data: Record<string, unknown> };

interface Conversation {
  id: string;
  token: string;
  key: string;
  answer: (text: string) => Promise<void>;
}

/** Ana has written; Ben can answer. */
async function conversation(server: Server, ben: Ben): Promise<Conversation> {
  const widget = { authorization: `Bearer ${await server.widgetToken()}` };
  const call = async (path: string, headers: Record<string, string>, body?: unknown) => {
    const reply = await fetch(`${server.origin}${path}`, {
      method: body ? "POST" : "GET",
      headers: { "content-type": "application/json", ...headers },
      body: body ? JSON.stringify(body) : undefined,
    });
    return reply.json();
  };
  const config = await call("/api/chatbot/config", widget);
  const { token } = await call("/api/chatbot/session", widget, { name: "Ana" });
  const ana = { authorization: `Bearer ${token}` };
  const { id } = (await call("/api/chatbot/conversation", ana, {})).conversation;
  await call(`/api/chatbot/conversation/${id}/messages`, ana, { message: "Hello" });
  const { csrf } = await (await ben.page.request.get(`${server.origin}/api/v1/me`)).json();
  const answer = async (text: string) => {
    const reply = await ben.page.request.post(`${server.origin}/api/v1/conversations/${id}/messages`, {
      headers: { "x-csrf-token": csrf },
      data: { message: text },
    });
    expect(reply.status()).toBe(201);
  };
  return { id, token, key: config.reverb.key, answer };
}

function options(server: Server, it: Conversation, broadcaster: "reverb" | "pusher") {
  return {
    broadcaster,
    key: it.key,
    cluster: "mt1",
    wsHost: "localhost",
    wsPort: server.port,
    wssPort: server.port,
    forceTLS: false,
    enabledTransports: ["ws", "wss"] as ("ws" | "wss")[],
    authEndpoint: `${server.origin}/broadcasting/auth`,
    auth: { headers: { Authorization: `Bearer ${it.token}` } },
  };
}

for (const broadcaster of ["reverb", "pusher"] as const) {
  test(`Echo (${broadcaster}) hears both seeds' channels`, async ({ browser, server, complaints }) => {
    const ben = await Ben.setUp(browser, server, complaints);
    const it = await conversation(server, ben);
    const echo = new Echo({ ...options(server, it, broadcaster), Pusher } as never) as Echo<"reverb">;
    const heard: Heard[] = [];
    const on = (event: string) => (data: Record<string, unknown>) => heard.push({ event, data });
    const joined = (channel: string, events: string[]) =>
      new Promise<void>((resolve, reject) => {
        const subscription = echo.private(channel).subscribed(resolve).error(reject);
        for (const event of events) subscription.listen(`.${event}`, on(`${channel.split(".")[0]} ${event}`));
      });
    await joined(`chat.conversation.${it.id}`, ["ChatMessageReceived"]);
    await joined(`conversation.${it.id}`, ["message.sent", "agent.joined"]);
    await it.answer("Hi Ana");
    await expect.poll(() => heard.length).toBe(3);
    echo.disconnect();

    const find = (event: string) => heard.find((one) => one.event === event)?.data as Record<string, never>;
    const seedB = find("chat ChatMessageReceived");
    for (const field of [
      "id",
      "sender_type",
      "sender_name",
      "message",
      "attachment_path",
      "attachment_name",
    ]) {
      expect(seedB).toHaveProperty(field);
    }
    expect(seedB).toMatchObject({
      sender_type: "agent",
      sender_name: "Ben",
      message: "Hi Ana",
      is_voice: false,
    });
    expect(seedB).toHaveProperty("seq");
    expect(seedB).toHaveProperty("client_id");
    expect(new Date(seedB.timestamp).toISOString()).toBe(seedB.timestamp);
    expect(find("conversation message.sent")).toEqual({
      message: { id: seedB.id, content: "Hi Ana", author: "agent", created_at: seedB.timestamp },
    });
    expect(find("conversation agent.joined")).toMatchObject({
      conversationId: it.id,
      agent: { name: "Ben" },
    });
  });
}

test("Echo is refused another visitor's channel and told why", async ({ browser, server, complaints }) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const [ana, eve] = [await conversation(server, ben), await conversation(server, ben)];
  const echo = new Echo({ ...options(server, eve, "reverb"), Pusher } as never) as Echo<"reverb">;
  const refused = await new Promise((resolve, reject) => {
    echo
      .private(`chat.conversation.${ana.id}`)
      .subscribed(() => reject(new Error("joined")))
      .error(resolve);
  });
  echo.disconnect();
  expect(refused).toMatchObject({ status: 403 });
});

test("ruling 18: a page written like the seeds works with our vendor copies", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const it = await conversation(server, ben);
  const page = await (await browser.newContext()).newPage();
  const site = await new OfficeProxy(server.port).start();
  const scripts = `<script src="/vendor/pusher.js"></script><script src="/vendor/echo.js"></script>`;
  site.pages.set("/seed-page", scripts);
  await page.goto(`${site.origin}/seed-page`);
  await page.evaluate(
    ([options, id]) => {
      const heard: unknown[] = [];
      const EchoClass = (window as never as { Echo: new (options: unknown) => Echo<"reverb"> }).Echo;
      const echo = new EchoClass(options);
      Object.assign(window, { heard, echo });
      return new Promise<void>((resolve) => {
        echo
          .private(`chat.conversation.${id}`)
          .listen(".ChatMessageReceived", (data: unknown) => heard.push(data))
          .subscribed(() => resolve());
      });
    },
    [options(server, it, "reverb"), it.id] as const,
  );
  await it.answer("Hi from the desk");
  await expect.poll(() => page.evaluate("window.heard.length")).toBe(1);
  const whispered = page.evaluate(
    (id) =>
      new Promise((resolve) => {
        const echo = (window as never as { echo: Echo<"reverb"> }).echo;
        echo.private(`chat.conversation.${id}`).listenForWhisper("typing", resolve);
      }),
    it.id,
  );
  await ben.openConversation("Ana");
  await ben.composer.pressSequentially("Hm", { delay: 30 });
  expect(await whispered).toMatchObject({ on: true });
  site.stop();
});
