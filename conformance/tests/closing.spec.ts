// What pusher-js does when a connection ends or cannot begin: each close code leads to the reaction
// that contract 1.7 names, and subscriptions come back by themselves.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import Pusher from "pusher-js";
import { COUNTING, SHOP, serve } from "../apps";
import { AuthServer } from "../auth";
import { NodeBackend } from "../backend";
import { expect, notes, options, state, subscribed, test } from "../world";

type Failure = { data?: { code?: number } };

/** Every state and error code of a connection in order. */
function story(pusher: Pusher): string[] {
  const told: string[] = [];
  pusher.connection.bind("state_change", ({ current }: { current: string }) => told.push(current));
  // An error of the handshake comes wrapped, one of the connection does not.
  pusher.connection.bind("error", (failure: Failure & { error?: Failure }) => {
    const code = failure.data?.code ?? failure.error?.data?.code;
    if (code) told.push(`${code}`);
  });
  return told;
}

test("4001: a wrong key is refused for good", async ({ server, auth }) => {
  const pusher = new Pusher("no-such-key", options(server, auth));
  const told = story(pusher);
  await state(pusher, "disconnected");
  expect(told.filter((word) => word !== "connecting")).toEqual(["4001", "disconnected"]);
  // It would try again after a second at most if it took the code for a passing one.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(told).not.toContain("connected");
  expect(pusher.connection.state).toBe("disconnected");
});

test("4100: who finds the server full tries again each second and gets in", async () => {
  const server = await serve([SHOP], { FRONTDESK_MAX_CONNECTIONS: "1" });
  const auth = await new AuthServer(SHOP).start();
  const first = new Pusher(SHOP.key, options(server, auth));
  await state(first, "connected");
  const second = new Pusher(SHOP.key, options(server, auth));
  const told = story(second);
  await expect.poll(() => told.filter((word) => word === "4100").length).toBeGreaterThanOrEqual(2);
  first.disconnect();
  await state(second, "connected");
  expect(told).not.toContain("disconnected");
  second.disconnect();
  auth.stop();
  await server.remove();
});

test("after a kill it comes back with its channels, newly signed", async () => {
  const server = await serve([SHOP]);
  const auth = await new AuthServer(SHOP).start();
  const pusher = new Pusher(SHOP.key, options(server, auth));
  await state(pusher, "connected");
  const heard = notes(await subscribed(pusher, "private-orders"));
  notes(await subscribed(pusher, "presence-staff"));
  const before = pusher.connection.socket_id;
  const told = story(pusher);
  await server.kill();
  await server.start();
  // pusher-js tries again after a second, and where that is too early, after fifteen.
  await expect.poll(() => pusher.connection.socket_id, { timeout: 30_000 }).not.toBe(before);
  expect(told.filter((word) => word !== "unavailable")).toEqual(["1006", "connecting", "connected"]);
  const after = pusher.connection.socket_id;
  await expect.poll(() => auth.asked).toContain(`${after} private-orders`);
  await expect.poll(() => auth.asked).toContain(`${after} presence-staff`);
  const backend = new NodeBackend(SHOP, server.port);
  await expect
    .poll(() => backend.channels())
    .toEqual({ channels: { "private-orders": {}, "presence-staff": {} } });
  await backend.trigger(["private-orders"], "shipped", 1);
  await expect.poll(() => heard).toEqual(["shipped 1"]);
  pusher.disconnect();
  auth.stop();
  await server.remove();
});

test("4200: a server that stops sends its clients away to reconnect at once", async () => {
  const server = await serve([SHOP]);
  const auth = await new AuthServer(SHOP).start();
  const pusher = new Pusher(SHOP.key, options(server, auth));
  await state(pusher, "connected");
  await subscribed(pusher, "news");
  const told = story(pusher);
  const left = new Promise((resolve) => pusher.connection.bind("error", () => resolve(performance.now())));
  const exit = server.stop();
  await expect.poll(() => told, { timeout: 15_000 }).toContain("connecting");
  expect([...new Set(told)].slice(0, 2)).toEqual(["4200", "connecting"]);
  expect(performance.now() - ((await left) as number)).toBeLessThan(900);
  expect(await exit).toBe(0);
  expect(told).not.toContain("disconnected");
  pusher.disconnect();
  auth.stop();
  await server.remove();
});

test("4200: a new process takes over, and pusher-js is back at once with its channels", async () => {
  const server = await serve([SHOP]);
  const auth = await new AuthServer(SHOP).start();
  const backend = new NodeBackend(SHOP, server.port);
  const pusher = new Pusher(SHOP.key, options(server, auth));
  await state(pusher, "connected");
  const heard = notes(await subscribed(pusher, "private-orders"));
  const told = story(pusher);
  await server.handOver();
  await expect.poll(() => told, { timeout: 30_000 }).toContain("connected");
  expect([...new Set(told)]).toEqual(["4200", "connecting", "connected"]);
  await expect.poll(() => backend.channels()).toEqual({ channels: { "private-orders": {} } });
  await backend.trigger(["private-orders"], "shipped", 1);
  await expect.poll(() => heard).toEqual(["shipped 1"]);
  pusher.disconnect();
  auth.stop();
  await server.remove();
});

test("4201: who answers no ping is given up, and back at once when it wakes", async () => {
  // The server pings after a second of silence and waits thirty for the answer.
  const server = await serve([{ ...SHOP, ping_interval: 1 }]);
  const backend = new NodeBackend(SHOP, server.port);
  const page = spawn(process.execPath, [
    join(import.meta.dirname, "../silent.mjs"),
    SHOP.key,
    `${server.port}`,
  ]);
  const told: string[] = [];
  createInterface(page.stdout).on("line", (line) => told.push(line));
  await expect.poll(() => told).toContain("connected");
  page.kill("SIGSTOP");
  // Nothing of the page answers; its machine still takes the bytes.
  await expect.poll(() => backend.connections(), { timeout: 50_000, intervals: [500] }).toBe(0);
  told.length = 0;
  page.kill("SIGCONT");
  await expect.poll(() => told).toContain("connected");
  expect([...new Set(told)]).toEqual(["4201", "connecting", "connected"]);
  page.kill("SIGKILL");
  await server.remove();
});

test("4009: who shows no signature in time is sent away for good", async ({ server, auth }) => {
  const pusher = new Pusher(COUNTING.key, options(server, auth));
  const told = story(pusher);
  await state(pusher, "connected");
  await state(pusher, "disconnected");
  expect([...new Set(told)]).toEqual(["connected", "4009", "disconnected"]);
});
