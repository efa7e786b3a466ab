// Webhooks that the server really sends, checked by Pusher's server SDKs for Node and for Python: their
// signature, and what each kind of event says (contract 1.14).

import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SHOP, serve } from "../apps";
import { AuthServer } from "../auth";
import { type Backend, type Json, NodeBackend, PythonBackend } from "../backend";
import { expect, once, options, Pusher, subscribed, test } from "../world";

type Call = { key: string; signature: string; body: string };

/** A back end's address that notes what it is told. */
class Receiver {
  readonly calls: Call[] = [];
  private readonly http: HttpServer = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const header = (name: string) => `${request.headers[name] ?? ""}`;
    this.calls.push({
      key: header("x-pusher-key"),
      signature: header("x-pusher-signature"),
      body: Buffer.concat(parts).toString(),
    });
    response.end();
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.http.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}/pusher`;
  }

  stop(): void {
    this.http.close();
    this.http.closeAllConnections();
  }

  /** Everything told so far, each call opened by the SDK. */
  async opened(sdk: Backend): Promise<Json[]> {
    const opened = await Promise.all(
      this.calls.map(({ key, signature, body }) => sdk.webhook(key, signature, body)),
    );
    return opened.flatMap((content) => (content as { events: Json[] }).events);
  }
}

test("both SDKs take what the server sends for genuine, and nothing else", async ({ own }) => {
  const receiver = await new Receiver().start();
  const events = [
    "channel_occupied",
    "channel_vacated",
    "member_added",
    "member_removed",
    "cache_miss",
    "client_event",
  ];
  const app = { ...SHOP, webhooks: [{ url: receiver.url, events }] };
  const server = await serve([app], { FRONTDESK_OUTBOUND_ALLOW: "127.0.0.0/8" });
  const auth = await new AuthServer(SHOP).start();
  const [node, python] = [new NodeBackend(SHOP, server.port), new PythonBackend(SHOP, server.port)];

  const [ana, ben] = ["ana", "ben"].map((name) => new Pusher(SHOP.key, options(server, auth, name)));
  await Promise.all([ana, ben].map((one) => once(one.connection, "connected")));
  const channel = await subscribed(ana, `presence-cache-${own}`);
  await subscribed(ben, `presence-cache-${own}`);
  channel.trigger("client-typing", { on: true });
  const socket = ana.connection.socket_id;
  await expect.poll(() => receiver.calls.length).toBeGreaterThanOrEqual(5);
  ana.disconnect();
  ben.disconnect();
  // Those who leave have three seconds to come back.
  const name = `presence-cache-${own}`;
  const of = (kind: string, more: Json) => ({ name: kind, channel: name, ...more });
  const expected = [
    of("channel_occupied", {}),
    of("member_added", { user_id: "ana" }),
    of("cache_miss", {}),
    of("member_added", { user_id: "ben" }),
    of("client_event", { event: "client-typing", data: '{"on":true}', socket_id: socket, user_id: "ana" }),
    of("member_removed", { user_id: "ana" }),
    of("member_removed", { user_id: "ben" }),
    of("channel_vacated", {}),
  ];
  const sorted = (list: Json[]) => list.map((event) => JSON.stringify(Object.entries(event).sort())).sort();
  await expect
    .poll(async () => sorted(await receiver.opened(node)), { timeout: 20_000 })
    .toEqual(sorted(expected));
  expect(sorted(await receiver.opened(python))).toEqual(sorted(expected));

  const [{ key, signature, body }] = receiver.calls;
  for (const sdk of [node, python]) {
    expect(await sdk.webhook(key, signature, `${body} `)).toBeNull();
    expect(await sdk.webhook("other", signature, body)).toBeNull();
  }
  python.stop();
  auth.stop();
  receiver.stop();
  await server.remove();
});
