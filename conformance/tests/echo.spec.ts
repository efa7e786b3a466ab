// Laravel Echo, unmodified, as starter kits configure it: `reverb` on an app that follows Reverb, `pusher`
// on one that follows hosted Pusher; private, presence, encrypted, whispers, toOthers, leave and error (contract 2.5).

import Echo from "laravel-echo";
import Pusher from "pusher-js";
import { LARAVEL, SHOP } from "../apps";
import { AuthServer } from "../auth";
import { NodeBackend } from "../backend";
import { expect, once, test as plain } from "../world";

type AnyEcho = Echo<"reverb">;

for (const [broadcaster, app] of [
  ["reverb", LARAVEL],
  ["pusher", SHOP],
] as const) {
  // biome-ignore lint/complexity/noBannedTypes: nothing else is added for each test
  const test = plain.extend<{ open: (user?: string) => AnyEcho }, {}>({
    backend: [async ({ server }, use) => use(new NodeBackend(app, server.port)), { scope: "worker" }],
    auth: [
      // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's shape
      async ({}, use) => {
        const auth = await new AuthServer(app).start();
        await use(auth);
        auth.stop();
      },
      { scope: "worker" },
    ],
    open: async ({ server, auth }, use) => {
      const opened: AnyEcho[] = [];
      await use((user = "ana") => {
        const echo = new Echo({
          broadcaster,
          Pusher,
          key: app.key,
          ...(broadcaster === "pusher" && { cluster: "mt1" }),
          wsHost: "localhost",
          wsPort: server.port,
          wssPort: server.port,
          forceTLS: false,
          enabledTransports: ["ws", "wss"],
          authEndpoint: `${auth.origin}/channel`,
          auth: { params: { user } },
        } as never) as AnyEcho;
        opened.push(echo);
        return echo;
      });
      for (const echo of opened) echo.disconnect();
    },
  });

  /** Waits for Echo's own word that the channel is joined. */
  const joined = (channel: {
    subscribed(callback: () => void): unknown;
    error(callback: (e: unknown) => void): unknown;
  }) =>
    new Promise<void>((resolve, reject) => {
      channel.subscribed(resolve);
      channel.error(reject);
    });

  test.describe(`Echo (${broadcaster})`, () => {
    test("listens to public and private channels by Laravel's event names", async ({
      open,
      backend,
      own,
    }) => {
      const echo = open();
      const heard: unknown[] = [];
      for (const channel of [echo.channel(`orders.${own}`), echo.private(`orders.${own}`)]) {
        channel.listen("OrderShipped", (data: unknown) => heard.push(data));
        channel.listen(".order.paid", (data: unknown) => heard.push(data));
        await joined(channel);
      }
      const both = [`orders.${own}`, `private-orders.${own}`];
      await backend.trigger(both, "App\\Events\\OrderShipped", { n: 1 });
      await backend.trigger(both, "order.paid", { n: 2 });
      await expect.poll(() => heard).toEqual([{ n: 1 }, { n: 1 }, { n: 2 }, { n: 2 }]);
    });

    test("hears notifications", async ({ open, backend, own }) => {
      const channel = open().private(`App.Models.User.${own}`);
      const heard = new Promise((resolve) => channel.notification(resolve));
      await joined(channel);
      const event = "Illuminate\\Notifications\\Events\\BroadcastNotificationCreated";
      await backend.trigger([`private-App.Models.User.${own}`], event, { type: "invoice", id: 7 });
      expect(await heard).toEqual({ type: "invoice", id: 7 });
    });

    test("tells who is here, who joins and who leaves", async ({ open, own }) => {
      const told: unknown[] = [];
      const room = open("ana").join(`room.${own}`);
      room
        .here((members: unknown) => told.push(members))
        .joining((member: { name: string }) => told.push(`+${member.name}`))
        .leaving((member: { name: string }) => told.push(`-${member.name}`));
      await joined(room);
      const ben = open("ben");
      let present: { name: string }[] = [];
      ben.join(`room.${own}`).here((members: typeof present) => {
        present = members;
      });
      await expect.poll(() => present.map((member) => member.name).sort()).toEqual(["ana", "ben"]);
      ben.leave(`room.${own}`);
      await expect.poll(() => told).toEqual([[{ name: "ana" }], "+ben", "-ben"]);
    });

    test("whispers to the others on private and presence channels", async ({ open, own }) => {
      const [ana, ben] = [open("ana"), open("ben")];
      for (const kind of ["private", "join"] as const) {
        const [from, to] = [ana[kind](`room.${own}`), ben[kind](`room.${own}`)];
        const heard = new Promise((resolve) => to.listenForWhisper("typing", resolve));
        await Promise.all([joined(from), joined(to)]);
        const echoed: unknown[] = [];
        from.listenForWhisper("typing", (data: unknown) => echoed.push(data));
        from.whisper("typing", { name: "ana" });
        expect(await heard).toEqual({ name: "ana" });
        to.whisper("typing", { name: "ben" });
        await expect.poll(() => echoed).toEqual([{ name: "ben" }]);
      }
    });

    test("toOthers leaves out the tab that caused the event", async ({ open, backend, own }) => {
      const told: string[] = [];
      const tabs = [open("ana"), open("ana")];
      for (const [n, tab] of tabs.entries()) {
        const channel = tab.private(`orders.${own}`);
        channel.listen(".moved", (data: unknown) => told.push(`tab ${n + 1}: ${data}`));
        await joined(channel);
      }
      expect(tabs[0].socketId()).toMatch(/^\d+\.\d+$/);
      await backend.trigger([`private-orders.${own}`], "moved", 1, tabs[0].socketId());
      await expect.poll(() => told).toEqual(["tab 2: 1"]);
      await backend.trigger([`private-orders.${own}`], "moved", 2);
      await expect.poll(() => told.slice().sort()).toEqual(["tab 1: 2", "tab 2: 1", "tab 2: 2"]);
    });

    test("reads what the back end encrypted", async ({ open, backend, own }) => {
      const channel = open().encryptedPrivate(`orders.${own}`);
      const heard = new Promise((resolve) => channel.listen(".told", resolve));
      await joined(channel);
      await backend.trigger([`private-encrypted-orders.${own}`], "told", { pin: 1234 });
      expect(await heard).toEqual({ pin: 1234 });
    });

    test("leave ends every kind of one name", async ({ open, backend, own }) => {
      const echo = open();
      const [plainly, privately, present] = [`x.${own}`, `private-x.${own}`, `presence-x.${own}`];
      await joined(echo.channel(`x.${own}`));
      await joined(echo.private(`x.${own}`));
      await joined(echo.join(`x.${own}`));
      const occupied = async () => {
        const { channels } = await backend.channels();
        const names = Object.keys(channels as object);
        return [plainly, privately, present].filter((name) => names.includes(name));
      };
      expect(await occupied()).toEqual([plainly, privately, present]);
      echo.leaveChannel(privately);
      await expect.poll(occupied).toEqual([plainly, present]);
      echo.leave(`x.${own}`);
      await expect.poll(occupied).toEqual([]);
    });

    test("error tells why a channel was refused, by the back end or by the server", async ({
      open,
      own,
      server,
      auth,
    }) => {
      const refused = new Promise((resolve) => open().private(`forbidden.${own}`).error(resolve));
      expect(await refused).toMatchObject({ type: "AuthError", status: 403 });
      const forger = new Pusher(app.key, {
        cluster: "mt1",
        wsHost: "localhost",
        wsPort: server.port,
        forceTLS: false,
        enabledTransports: ["ws"],
        channelAuthorization: {
          customHandler: (_, callback) => callback(null, { auth: `${app.key}:${"f".repeat(64)}` }),
        },
      });
      const echo = new Echo({ broadcaster, client: forger, key: app.key } as never) as AnyEcho;
      const forged = new Promise((resolve) => echo.private(`x.${own}`).error(resolve));
      expect(await forged).toMatchObject({ type: "AuthError", status: 401 });
      expect(auth.asked.some((ask) => ask.endsWith(`private-forbidden.${own}`))).toBe(true);
      echo.disconnect();
    });

    test("says connected, and tells the connection's states", async ({ open }) => {
      const echo = open();
      const { connection } = echo.connector.pusher;
      if (connection.state !== "connected") await once(connection, "connected");
      expect(echo.socketId()).toBe(connection.socket_id);
    });
  });
}
