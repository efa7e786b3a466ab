// Pusher's own server SDK for Node, unmodified, publishes through the signed API, and pusher-js hears
// it: what a back end does that changes one host and port.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import PusherServer from "pusher";
import Pusher from "pusher-js";
import { expect, test } from "../cast";
import type { Server } from "../server";

/** Id, key and secret of the chat's own app, as `secrets.toml` holds them. */
function credentials(server: Server) {
  const text = readFileSync(join(server.data, "secrets.toml"), "utf8");
  const read = (name: string) => new RegExp(`${name} = "(.+)"`).exec(text)?.[1] ?? "";
  return { appId: read("app_id"), key: read("app_key"), secret: read("app_secret") };
}

test("the server SDK triggers, batches and counts, and pusher-js hears it", async ({ server }) => {
  const app = credentials(server);
  const sdk = new PusherServer({ ...app, host: "localhost", port: `${server.port}`, useTLS: false });
  const pusher = new Pusher(app.key, {
    cluster: "mt1",
    wsHost: "localhost",
    wsPort: server.port,
    forceTLS: false,
    enabledTransports: ["ws"],
  });
  const heard: string[] = [];
  const channel = pusher.subscribe("orders");
  channel.bind_global((event: string, data: { n?: number }) => {
    if (!event.startsWith("pusher:")) heard.push(`${event} ${data.n}`);
  });
  await new Promise((resolve) => channel.bind("pusher:subscription_succeeded", resolve));

  await sdk.trigger("orders", "shipped", { n: 1 });
  await sdk.triggerBatch([
    { channel: "orders", name: "shipped", data: { n: 2 } },
    { channel: "orders", name: "paid", data: { n: 3 } },
  ]);
  await expect.poll(() => heard).toEqual(["shipped 1", "shipped 2", "paid 3"]);
  await sdk.trigger("orders", "echo", { n: 4 }, { socket_id: pusher.connection.socket_id });
  await sdk.trigger("orders", "last", { n: 5 });
  await expect.poll(() => heard.at(-1)).toBe("last 5");
  expect(heard).not.toContain("echo 4");

  const list = await sdk.get({ path: "/channels", params: {} });
  expect(await list.json()).toEqual({ channels: { orders: {} } });
  const wrong = new PusherServer({
    ...app,
    secret: "wrong",
    host: "localhost",
    port: `${server.port}`,
    useTLS: false,
  });
  await expect(wrong.trigger("orders", "forged", {})).rejects.toMatchObject({ status: 401 });
  pusher.disconnect();
});
