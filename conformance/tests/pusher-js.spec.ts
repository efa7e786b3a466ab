// pusher-js in Node, unmodified, over WebSocket: every kind of channel, client events, unsubscribing
// (contract 1.2 to 1.10). What it does when a connection ends is in closing.spec.ts.

import type { PresenceChannel } from "pusher-js";
import { COUNTING } from "../apps";
import { NodeBackend } from "../backend";
import { type Channel, expect, frames, notes, once, subscribed, test } from "../world";

interface Member {
  id: string;
  info: { name: string };
}

/** Who comes and goes on a presence channel, as `+ana` and `-ana`. */
function comings(channel: Channel): string[] {
  const seen: string[] = [];
  channel.bind("pusher:member_added", (member: Member) => seen.push(`+${member.id}`));
  channel.bind("pusher:member_removed", (member: Member) => seen.push(`-${member.id}`));
  return seen;
}

const members = (channel: Channel) => Object.keys((channel as PresenceChannel).members.members).sort();

test("connects through the states that a page can show", async ({ join }) => {
  const ana = await join();
  const states: string[] = [];
  ana.connection.bind("state_change", ({ current }: { current: string }) => states.push(current));
  expect(ana.connection.socket_id).toMatch(/^\d+\.\d+$/);
  const first = ana.connection.socket_id;
  ana.disconnect();
  ana.connect();
  await expect.poll(() => states).toEqual(["disconnected", "connecting", "connected"]);
  expect(ana.connection.socket_id).not.toBe(first);
});

test("hears a public channel until it unsubscribes", async ({ join, backend, own }) => {
  const ana = await join();
  const channel = await subscribed(ana, `news-${own}`);
  const witness = notes(await subscribed(await join("ben"), `news-${own}`));
  const heard = notes(channel);
  await backend.trigger([`news-${own}`], "told", { n: 1 });
  await expect.poll(() => heard).toEqual(['told {"n":1}']);
  ana.unsubscribe(`news-${own}`);
  await expect
    .poll(() => backend.channel(`news-${own}`, ["subscription_count"]))
    .toMatchObject({ subscription_count: 1 });
  await backend.trigger([`news-${own}`], "told", { n: 2 });
  await expect.poll(() => witness.at(-1)).toBe('told {"n":2}');
  expect(heard).toHaveLength(1);
});

test("joins a private channel by its back end's signature alone", async ({ join, backend, own, auth }) => {
  const ana = await join("ana");
  const heard = notes(await subscribed(ana, `private-${own}`));
  expect(auth.asked).toContain(`${ana.connection.socket_id} private-${own}`);
  await backend.trigger([`private-${own}`], "told", 1);
  await expect.poll(() => heard).toEqual(["told 1"]);

  const refused = ana.subscribe(`private-forbidden-${own}`);
  expect(await once(refused, "pusher:subscription_error")).toMatchObject({ type: "AuthError", status: 403 });
});

test("is told on its channel when a signature is wrong, and stays connected", async ({ join, own }) => {
  const eve = await join("eve", {
    channelAuthorization: {
      customHandler: (_, callback) => callback(null, { auth: `shop-key:${"0".repeat(64)}` }),
    },
  });
  const errors: unknown[] = [];
  eve.connection.bind("error", (error: unknown) => errors.push(error));
  const refused = eve.subscribe(`private-${own}`);
  expect(await once(refused, "pusher:subscription_error")).toMatchObject({ type: "AuthError", status: 401 });
  expect(errors).toMatchObject([
    { data: { code: null, message: expect.stringMatching(/^Invalid signature/) } },
  ]);
  expect(eve.connection.state).toBe("connected");
  await subscribed(eve, `news-${own}`);
});

test("knows who is present, with two tabs of one person counted once", async ({ join, own }) => {
  const ana = await subscribed(await join("ana"), `presence-${own}`);
  const seen = comings(ana);
  expect(members(ana)).toEqual(["ana"]);
  const [first, second] = [await join("ben"), await join("ben")];
  const ben = await subscribed(first, `presence-${own}`);
  await subscribed(second, `presence-${own}`);
  const carol = await subscribed(await join("carol"), `presence-${own}`);
  await expect.poll(() => seen).toEqual(["+ben", "+carol"]);
  expect(members(carol)).toEqual(["ana", "ben", "carol"]);
  expect((carol as PresenceChannel).members.count).toBe(3);
  expect((ben as PresenceChannel).members.me).toEqual({ id: "ben", info: { name: "ben" } });
  expect((ana as PresenceChannel).members.get("carol")).toEqual({ id: "carol", info: { name: "carol" } });
  first.disconnect();
  second.unsubscribe(`presence-${own}`);
  await expect.poll(() => seen).toEqual(["+ben", "+carol", "-ben"]);
  expect(members(ana)).toEqual(["ana", "carol"]);
});

for (const kind of ["cache", "private-cache", "presence-cache", "private-encrypted-cache"]) {
  test(`a ${kind} channel says that it has nothing, then tells newcomers the last event`, async ({
    join,
    backend,
    own,
  }) => {
    const name = `${kind}-${own}`;
    const channel = (await join("ana")).subscribe(name);
    await once(channel, "pusher:cache_miss");
    const heard = notes(channel);
    await backend.trigger([name], "price", { euro: 1 });
    await backend.trigger([name], "price", { euro: 2 });
    await expect.poll(() => heard).toEqual(['price {"euro":1}', 'price {"euro":2}']);
    const late = (await join("ben")).subscribe(name);
    let missed = false;
    late.bind("pusher:cache_miss", () => {
      missed = true;
    });
    expect(await once(late, "price")).toEqual({ euro: 2 });
    expect(missed).toBe(false);
  });
}

test("client events reach the others and name their sender on presence channels", async ({ join, own }) => {
  const [ana, ben] = [await join("ana"), await join("ben")];
  for (const kind of ["private", "presence"]) {
    const [from, to] = [await subscribed(ana, `${kind}-${own}`), await subscribed(ben, `${kind}-${own}`)];
    const echoed = notes(from);
    const received = new Promise<unknown[]>((resolve) => {
      to.bind("client-typing", (data: unknown, metadata: unknown) => resolve([data, metadata]));
    });
    expect(from.trigger("client-typing", { on: true })).toBe(true);
    const metadata = kind === "presence" ? { user_id: "ana" } : {};
    expect(await received).toEqual([{ on: true }, metadata]);
    to.trigger("client-typing", { on: false });
    await expect.poll(() => echoed).toEqual(['client-typing {"on":false}']);
  }
});

test("a client event on a public channel is an error, and no more than that", async ({ join, own }) => {
  const [ana, ben] = [await join("ana"), await join("ben")];
  const heard = notes(await subscribed(ben, `news-${own}`));
  const channel = await subscribed(ana, `news-${own}`);
  const error = once(ana.connection, "error");
  channel.trigger("client-typing", {});
  expect(await error).toMatchObject({
    data: { code: null, message: expect.stringContaining("private and presence") },
  });
  expect(ana.connection.state).toBe("connected");
  expect(heard).toEqual([]);
});

test("client events over ten a second are refused with 4301, and the connection stays", async ({
  join,
  own,
}) => {
  const [ana, ben] = [await join("ana"), await join("ben")];
  const channel = await subscribed(ana, `private-${own}`);
  const heard = notes(await subscribed(ben, `private-${own}`));
  const errors: { data: { code: number } }[] = [];
  ana.connection.bind("error", (error: (typeof errors)[0]) => errors.push(error));
  for (let n = 0; n < 30; n += 1) channel.trigger("client-step", { n });
  await expect.poll(() => errors.length + heard.length).toBe(30);
  expect(heard.length).toBeGreaterThanOrEqual(10);
  expect(heard.length).toBeLessThan(15);
  expect(errors.every((error) => error.data.code === 4301)).toBe(true);
  expect(heard).toEqual(heard.map((_, n) => `client-step {"n":${n}}`));
  expect(ana.connection.state).toBe("connected");
});

test("answers a ping, which pusher-js sends after silence", async ({ join }) => {
  const ana = await join("ana", { activityTimeout: 200, pongTimeout: 5_000 });
  const pongs = () => raw.filter((frame) => frame.event === "pusher:pong").length;
  const raw = frames(ana);
  ana.send_event("pusher:ping", {});
  await expect.poll(pongs).toBeGreaterThan(0);
  expect(ana.connection.state).toBe("connected");
});

test("one connection holds a hundred channels", async ({ join, backend, own }) => {
  const ana = await join();
  const names = Array.from({ length: 100 }, (_, n) => `news-${own}-${n}`);
  const heard = await Promise.all(names.map(async (name) => notes(await subscribed(ana, name))));
  await backend.trigger(names, "told", 1);
  await expect.poll(() => heard.filter((one) => one.length === 1).length).toBe(100);
});

test("is told how many subscribe to a channel, where the app wants that", async ({ join, server, own }) => {
  const backend = new NodeBackend(COUNTING, server.port);
  const app = {
    app: COUNTING,
    channelAuthorization: {
      customHandler: (
        { socketId, channelName }: { socketId: string; channelName: string },
        callback: (error: null, data: { auth: string }) => void,
      ) => void backend.authorize(socketId, channelName).then((reply) => callback(null, reply)),
    },
  };
  const [ana, ben] = [await join("ana", app), await join("ben", app)];
  const channel = await subscribed(ana, `private-${own}`);
  await expect.poll(() => channel.subscriptionCount).toBe(1);
  await subscribed(ben, `private-${own}`);
  await expect.poll(() => channel.subscriptionCount).toBe(2);
  ben.disconnect();
  await expect.poll(() => channel.subscriptionCount).toBe(1);
});
