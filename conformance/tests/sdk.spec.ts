// Pusher's server SDKs for Node and for Python, unmodified: what each publishes, asks and signs through
// the signed HTTP API (contract 1.9, 1.13), heard by pusher-js.

import { SHOP } from "../apps";
import { type Backend, NodeBackend, PythonBackend } from "../backend";
import { expect, notes, test as plain, subscribed } from "../world";

for (const language of ["Node", "Python"] as const) {
  const test = plain.extend<{ sdk: Backend }>({
    sdk: async ({ server }, use) => {
      const sdk =
        language === "Node" ? new NodeBackend(SHOP, server.port) : new PythonBackend(SHOP, server.port);
      await use(sdk);
      sdk.stop();
    },
  });

  test.describe(`the ${language} SDK`, () => {
    test("triggers on one channel and on several", async ({ sdk, join, own }) => {
      const ana = await join();
      const heard = await Promise.all(
        [1, 2].map(async (n) => notes(await subscribed(ana, `orders-${own}-${n}`))),
      );
      await sdk.trigger([`orders-${own}-1`], "shipped", { n: 1, text: "Grüße ☃ \u{1f600}" });
      await sdk.trigger([`orders-${own}-1`, `orders-${own}-2`], "paid", "plain text");
      await expect
        .poll(() => heard)
        .toEqual([
          ['shipped {"n":1,"text":"Grüße ☃ \u{1f600}"}', 'paid "plain text"'],
          ['paid "plain text"'],
        ]);
    });

    test("leaves out the socket that caused the event", async ({ sdk, join, own }) => {
      const [ana, ben] = [await join("ana"), await join("ben")];
      const [anas, bens] = [
        notes(await subscribed(ana, `orders-${own}`)),
        notes(await subscribed(ben, `orders-${own}`)),
      ];
      await sdk.trigger([`orders-${own}`], "moved", 1, ana.connection.socket_id);
      await sdk.trigger([`orders-${own}`], "last", 2);
      await expect.poll(() => anas).toEqual(["last 2"]);
      await expect.poll(() => bens).toEqual(["moved 1", "last 2"]);
    });

    test("sends a batch in order", async ({ sdk, join, own }) => {
      const ana = await join();
      const heard = notes(await subscribed(ana, `orders-${own}`));
      const batch = [1, 2, 3, 4, 5].map((n) => ({ channel: `orders-${own}`, name: "step", data: { n } }));
      await sdk.batch(batch);
      await expect.poll(() => heard).toEqual([1, 2, 3, 4, 5].map((n) => `step {"n":${n}}`));
    });

    test("reads channels, counts and users", async ({ sdk, join, own }) => {
      const [ana, ben] = [await join("ana"), await join("ben")];
      await subscribed(ana, `presence-${own}`);
      await subscribed(ben, `presence-${own}`);
      await subscribed(ben, `orders-${own}`);
      expect(await sdk.channels(`presence-${own}`, ["user_count"])).toEqual({
        channels: { [`presence-${own}`]: { user_count: 2 } },
      });
      expect((await sdk.channels()).channels).toMatchObject({
        [`presence-${own}`]: {},
        [`orders-${own}`]: {},
      });
      expect(await sdk.channel(`presence-${own}`, ["user_count"])).toEqual({ occupied: true, user_count: 2 });
      expect(await sdk.channel(`orders-${own}`)).toEqual({ occupied: true });
      expect(await sdk.channel(`nobody-${own}`)).toEqual({ occupied: false });
      const { users } = (await sdk.users(`presence-${own}`)) as { users: { id: string }[] };
      expect(users.map((user) => user.id).sort()).toEqual(["ana", "ben"]);
      expect(await sdk.users(`presence-nobody-${own}`)).toEqual({ users: [] });
      await expect(sdk.channel(`orders-${own}`, ["user_count"])).rejects.toThrow(/400|BadRequest/);
    });

    test("signs channels so that pusher-js may join them", async ({ sdk, join, own }) => {
      const ana = await join("ana", {
        channelAuthorization: {
          customHandler: ({ socketId, channelName }, callback) => {
            const member = channelName.startsWith("presence-")
              ? { user_id: "ana", user_info: { name: "Ana" } }
              : undefined;
            sdk.authorize(socketId, channelName, member).then(
              (reply) => callback(null, reply),
              (error) => callback(error, null),
            );
          },
        },
      });
      await subscribed(ana, `private-${own}`);
      const presence = await subscribed(ana, `presence-${own}`);
      expect((presence as never as { members: { me: unknown } }).members.me).toEqual({
        id: "ana",
        info: { name: "Ana" },
      });
    });

    test("publishes end-to-end encrypted, and only its clients can read", async ({ sdk, join, own }) => {
      const ana = await join("ana");
      const raw: { event: string; data: string }[] = [];
      ana.connection.bind("message", (frame: (typeof raw)[0]) => raw.push(frame));
      const heard = notes(await subscribed(ana, `private-encrypted-${own}`));
      await sdk.trigger([`private-encrypted-${own}`], "told", { secret: "the cake is real" });
      await expect.poll(() => heard).toEqual(['told {"secret":"the cake is real"}']);
      const told = raw.find((frame) => frame.event === "told");
      expect(Object.keys(told?.data ?? {}).sort()).toEqual(["ciphertext", "nonce"]);
      expect(JSON.stringify(raw)).not.toContain("cake");
    });

    test("is refused with a wrong secret, and told what to sign", async ({ server, own }) => {
      const wrong = { ...SHOP, secret: "wrong" };
      const forged =
        language === "Node" ? new NodeBackend(wrong, server.port) : new PythonBackend(wrong, server.port);
      await expect(forged.trigger([`orders-${own}`], "forged", {})).rejects.toThrow(
        /(401|BadAuth).*apps\/1001\/events/s,
      );
      forged.stop();
    });

    test("checks a webhook's signature", async ({ sdk }) => {
      const body = JSON.stringify({
        time_ms: Date.now(),
        events: [{ name: "channel_occupied", channel: "x" }],
      });
      const { createHmac } = await import("node:crypto");
      const signature = createHmac("sha256", SHOP.secret).update(body).digest("hex");
      expect(await sdk.webhook(SHOP.key, signature, body)).toMatchObject({ events: [{ channel: "x" }] });
      expect(await sdk.webhook(SHOP.key, signature, `${body} `)).toBeNull();
      expect(await sdk.webhook("other", signature, body)).toBeNull();
    });
  });
}
