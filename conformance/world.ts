// What the tests share: one server and one customer's back end for each worker, and people whose
// pusher-js is disconnected when the test is over. Channel names carry the test's own, so tests cannot meet.

import { test as base, expect } from "@playwright/test";
import Pusher, { type Channel, type Options } from "pusher-js";
import type { Server } from "../e2e/server";
import { type App, COUNTING, LARAVEL, SHOP, serve } from "./apps";
import { AuthServer } from "./auth";
import { type Backend, NodeBackend } from "./backend";

export { type Channel, expect, Pusher };

/** Where a client of `app` connects to. */
export function options(server: Server, auth: AuthServer, user = "ana", watch = ""): Options {
  return {
    cluster: "mt1",
    wsHost: "localhost",
    wsPort: server.port,
    httpHost: "localhost",
    httpPort: server.port,
    forceTLS: false,
    enabledTransports: ["ws"],
    channelAuthorization: { transport: "ajax", endpoint: `${auth.origin}/channel`, params: { user } },
    userAuthentication: { transport: "ajax", endpoint: `${auth.origin}/user`, params: { user, watch } },
  };
}

/** Makes a connected pusher-js. */
export type Join = (
  user?: string,
  more?: Partial<Options> & { app?: App; watch?: string },
) => Promise<Pusher>;

interface Test {
  join: Join;
  /** A word of this test's own, for names of channels and people. */
  own: string;
}

interface Worker {
  server: Server;
  auth: AuthServer;
  backend: Backend;
}

export const test = base.extend<Test, Worker>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's shape
    async ({}, use) => {
      const server = await serve([SHOP, LARAVEL, COUNTING]);
      await use(server);
      await server.remove();
    },
    { scope: "worker" },
  ],
  auth: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's shape
    async ({}, use) => {
      const auth = await new AuthServer(SHOP).start();
      await use(auth);
      auth.stop();
    },
    { scope: "worker" },
  ],
  backend: [async ({ server }, use) => use(new NodeBackend(SHOP, server.port)), { scope: "worker" }],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's shape
  own: async ({}, use, info) => use(info.testId.replaceAll("-", "")),
  join: async ({ server, auth }, use) => {
    const joined: Pusher[] = [];
    await use(async (user = "ana", { app = SHOP, watch, ...more } = {}) => {
      const pusher = new Pusher(app.key, { ...options(server, auth, user, watch), ...more });
      joined.push(pusher);
      await state(pusher, "connected");
      return pusher;
    });
    for (const pusher of joined) pusher.disconnect();
  },
});

/** Waits until the connection is in this state. */
export async function state(pusher: Pusher, wanted: string): Promise<void> {
  await expect.poll(() => pusher.connection.state).toBe(wanted);
}

/** Resolves with what the event carries. */
export function once<T = unknown>(
  target: { bind(event: string, callback: (data: T) => void): unknown },
  event: string,
): Promise<T> {
  return new Promise((resolve) => target.bind(event, resolve));
}

/** Subscribes and waits for the yes. */
export async function subscribed(pusher: Pusher, name: string): Promise<Channel> {
  const channel = pusher.subscribe(name);
  await once(channel, "pusher:subscription_succeeded");
  return channel;
}

/** Notes every event of a channel that is not the protocol's own, as `event data`. */
export function notes(channel: Channel): string[] {
  const heard: string[] = [];
  channel.bind_global((event: string, data: unknown) => {
    if (!event.startsWith("pusher:")) heard.push(`${event} ${JSON.stringify(data)}`);
  });
  return heard;
}

/** Frames as they came off the wire, before pusher-js reads them. */
export function frames(pusher: Pusher): { event: string; channel?: string; data: unknown }[] {
  const raw: { event: string; channel?: string; data: unknown }[] = [];
  pusher.connection.bind("message", (frame: (typeof raw)[number]) => raw.push(frame));
  return raw;
}
