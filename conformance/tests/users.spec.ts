// Signed-in users through pusher-js and both server SDKs: sign-in, events to a user, who watches whom,
// and ending a user's connections (contract 1.9, 1.10, 1.12).

import type PusherClient from "pusher-js";
import { SHOP } from "../apps";
import { type Backend, NodeBackend, PythonBackend } from "../backend";
import { expect, once, test as plain, state, subscribed } from "../world";

/** Signs in and waits until the server has said so. */
async function signedIn(pusher: PusherClient): Promise<PusherClient> {
  pusher.signin();
  await expect.poll(() => pusher.user.user_data?.id).toBeTruthy();
  return pusher;
}

/** What a user is told about those on the watchlist, as `online ben`. */
function watched(pusher: PusherClient): string[] {
  const told: string[] = [];
  for (const name of ["online", "offline"]) {
    pusher.user.watchlist.bind(name, ({ user_ids }: { user_ids: string[] }) => {
      told.push(`${name} ${[...user_ids].sort()}`);
    });
  }
  return told;
}

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
    test("signs users in, and speaks to each of their connections", async ({ sdk, join, own }) => {
      const userAuthentication = {
        customHandler: (
          { socketId }: { socketId: string },
          callback: (error: Error | null, data: never) => void,
        ) => {
          sdk.authenticate(socketId, { id: `ana-${own}`, user_info: { name: "Ana" } }).then(
            (reply) => callback(null, reply as never),
            (error) => callback(error, null as never),
          );
        },
      };
      const tabs = [await join("ana", { userAuthentication }), await join("ana", { userAuthentication })];
      const stranger = await signedIn(await join(`ben-${own}`));
      const told: string[] = [];
      for (const [n, tab] of tabs.entries()) {
        await signedIn(tab);
        tab.user.bind("alert", (data: unknown) => told.push(`tab ${n}: ${JSON.stringify(data)}`));
      }
      stranger.user.bind("alert", () => told.push("a stranger heard it"));
      // The user's channel is joined behind the sign-in, so the first may come too early.
      await expect
        .poll(async () => {
          await sdk.sendToUser(`ana-${own}`, "alert", { n: 1 });
          return [...told].sort().filter((word, at, all) => all.indexOf(word) === at);
        })
        .toEqual(['tab 0: {"n":1}', 'tab 1: {"n":1}']);
    });

    test("ends a user's connections with 4009, and pusher-js stays away", async ({ sdk, join, own }) => {
      const ana = await signedIn(await join(`ana-${own}`));
      const ben = await signedIn(await join(`ben-${own}`));
      const anonymous = await join(`ana-${own}`);
      const failure = once<{ data: { code: number } }>(ana.connection, "error");
      await sdk.terminate(`ana-${own}`);
      await state(ana, "disconnected");
      expect((await failure).data.code).toBe(4009);
      expect([ben.connection.state, anonymous.connection.state]).toEqual(["connected", "connected"]);
      await subscribed(ben, `news-${own}`);
    });
  });
}

plain("a watchlist tells who is online, and then who comes and goes", async ({ join, own }) => {
  const [ben, carol, dan] = ["ben", "carol", "dan"].map((name) => `${name}-${own}`);
  await signedIn(await join(ben));
  const ana = await join(`ana-${own}`, { watch: [ben, carol, dan].join(",") });
  const told = watched(ana);
  await signedIn(ana);
  await expect.poll(() => told).toEqual([`online ${ben}`]);
  const first = await signedIn(await join(carol));
  const second = await signedIn(await join(carol));
  await expect.poll(() => told).toEqual([`online ${ben}`, `online ${carol}`]);
  first.disconnect();
  await signedIn(await join(dan));
  await expect.poll(() => told).toEqual([`online ${ben}`, `online ${carol}`, `online ${dan}`]);
  second.disconnect();
  await expect.poll(() => told.at(-1)).toBe(`offline ${carol}`);
});

plain("a user signs in again by itself after a reconnect", async ({ join, own, backend }) => {
  const ana = await signedIn(await join(`ana-${own}`));
  const alert = once(ana.user, "alert");
  const before = ana.connection.socket_id;
  ana.disconnect();
  ana.connect();
  await expect.poll(() => ana.connection.socket_id).not.toBe(before);
  let heard: unknown;
  alert.then((data) => {
    heard = data;
  });
  await expect
    .poll(async () => {
      await backend.sendToUser(`ana-${own}`, "alert", 7);
      return heard;
    })
    .toBe(7);
});

plain("a back end that will not sign a user leaves the connection as it is", async ({ join, own }) => {
  const eve = await join("eve", {
    userAuthentication: {
      customHandler: (_, callback) => callback(new Error("no"), null as never),
    },
  });
  eve.signin();
  await subscribed(eve, `news-${own}`);
  expect(eve.user.user_data).toBeFalsy();
});

plain("4009: a forged sign-in ends the connection for good", async ({ join }) => {
  const eve = await join("eve", {
    userAuthentication: {
      customHandler: (_, callback) =>
        callback(null, { auth: `${SHOP.key}:${"0".repeat(64)}`, user_data: '{"id":"ana"}' }),
    },
  });
  const failure = once<{ data: { code: number } }>(eve.connection, "error");
  eve.signin();
  await state(eve, "disconnected");
  expect((await failure).data.code).toBe(4009);
});
