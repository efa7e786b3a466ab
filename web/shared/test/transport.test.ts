// Proves which addresses are tried, when polling takes over, and when a socket takes it back.
// Knows nothing of what is sent.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Address } from "../src/socket";
import { addresses, type Step, socketUrl, Transport, type TransportOptions } from "../src/transport";
import type { ConfigReply } from "../src/wire.gen";
import { Line } from "./line";

const ROOM = "private-chat.conversation.cnv_1";
const PUSHER: Address = { name: "pusher", url: "wss://ws-mt1.pusher.com/app/p" };
const REVERB: Address = { name: "reverb", url: "ws://chat.example/app/r" };
let steps: Partial<Step>[];
let transports: Transport[];

function ana(more: Partial<TransportOptions> = {}): Transport {
  const transport = new Transport({
    addresses: [PUSHER, REVERB],
    pollIntervalMs: 2_000,
    authorize: async () => ({ auth: "key:sig" }),
    poll: async () => {},
    onStep: ({ at: _, offline: __, ...step }) => steps.push(step),
    open: Line.open,
    ...more,
  });
  transports.push(transport);
  transport.start();
  return transport;
}

/** Every try fails at once, until there are so many. */
async function failUntil(opened: number): Promise<void> {
  while (Line.all.length < opened) {
    Line.last.breaks();
    await vi.advanceTimersByTimeAsync(350);
    if (Line.last.readyState === 3) throw new Error("no further try");
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.01);
  Line.all = [];
  steps = [];
  transports = [];
});
afterEach(() => {
  for (const transport of transports) transport.stop();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("ruling 13: a foreign provider is not told who is there, our server is", async () => {
  const introduce = vi.fn(async () => ({ auth: "key:sig", user_data: "{}" }));
  ana({ introduce });
  Line.last.greets();
  await vi.advanceTimersByTimeAsync(0);
  expect(introduce).not.toHaveBeenCalled();
  ana({ introduce, addresses: [REVERB] });
  Line.last.greets();
  await vi.advanceTimersByTimeAsync(0);
  expect(Line.last.sent).toEqual([{ event: "pusher:signin", data: { auth: "key:sig", user_data: "{}" } }]);
});

const config = (more: Partial<ConfigReply> = {}): ConfigReply => ({
  success: true,
  realtimeProvider: "reverb",
  providers: ["reverb", "pusher"],
  reverb: { enabled: true, key: "r", host: "chat.example", port: 8080, scheme: "http" },
  pusher: { enabled: true, key: "p", cluster: "eu", encrypted: true },
  widget: { id: "wgt_1", name: "Shop", color: "#3355ff", greeting: "Hello" },
  poll_interval_ms: 2_000,
  typing_preview: false,
  whereabouts: true,
  pre_chat: [],
  consent: null,
  availability: { online: true, agents: [], open: true, opens_at: null, away_text: null },
  ...more,
});
const plain = { secure: false, host: "shop.example" };

describe("addresses", () => {
  test("come in the server's order, a disabled provider is left out", () => {
    expect(addresses(config(), plain).map((one) => one.name)).toEqual(["reverb", "pusher"]);
    expect(addresses(config({ reverb: { enabled: false } }), plain).map((one) => one.name)).toEqual([
      "pusher",
    ]);
  });

  test("hosted Pusher is at ws-CLUSTER.pusher.com over TLS", () => {
    expect(addresses(config(), plain)[1]?.url).toMatch(
      /^wss:\/\/ws-eu\.pusher\.com\/app\/p\?protocol=7&client=js&/,
    );
    expect(addresses(config(), plain, { pusher: { cluster: "mt1" } })[1]?.url).toContain("ws-mt1.pusher.com");
  });

  test("TLS follows the page, and seed B's forceTLS", () => {
    expect(addresses(config(), plain)[0]?.url).toMatch(/^ws:\/\/chat\.example:8080\/app\/r/);
    expect(addresses(config(), { ...plain, secure: true })[0]?.url).toMatch(/^wss:/);
    expect(addresses(config(), plain, { reverb: { forceTLS: true } })[0]?.url).toMatch(/^wss:/);
  });

  test("seed B's providers and disabledTransports leave providers out", () => {
    expect(addresses(config(), plain, { providers: ["pusher"] }).map((one) => one.name)).toEqual(["pusher"]);
    const wish = { pusher: { disabledTransports: ["wss"] } };
    expect(addresses(config(), plain, wish).map((one) => one.name)).toEqual(["reverb"]);
  });

  test("a path prefix stands before /app, with or without slashes", () => {
    const at = { secure: true, host: "h", key: "k" };
    for (const path of ["chat", "/chat", "/chat/"])
      expect(socketUrl({ ...at, path })).toMatch(/^wss:\/\/h\/chat\/app\/k\?/);
    expect(socketUrl(at)).toMatch(/^wss:\/\/h\/app\/k\?/);
  });
});

test("the first provider is used when it answers", () => {
  const transport = ana();
  Line.last.greets();
  expect(transport).toMatchObject({ provider: "pusher", connected: true });
  expect(steps).toEqual([
    { kind: "started", provider: "pusher" },
    { kind: "connected", provider: "pusher" },
  ]);
});

test("five failures move on to the next provider, which is named", async () => {
  const transport = ana();
  await failUntil(6);
  expect(Line.all.map((line) => line.url)).toEqual([...Array(5).fill(PUSHER.url), REVERB.url]);
  const failed = { kind: "failed", provider: "pusher", code: 1006, reason: "", lived: false };
  expect(steps.slice(1)).toEqual([...Array(4).fill(failed), { ...failed, next: "reverb" }]);
  Line.last.greets();
  expect(transport).toMatchObject({ provider: "reverb", connected: true });
});

test("a fatal close code moves on at once", async () => {
  ana();
  Line.last.breaks(4001);
  await vi.advanceTimersByTimeAsync(100);
  expect(Line.last.url).toBe(REVERB.url);
});

test("when all have failed it polls, keeps trying, and returns to the socket without a reload", async () => {
  const poll = vi.fn(async () => {});
  const transport = ana({ poll });
  await failUntil(11);
  expect(transport).toMatchObject({ provider: "polling", connected: false, polls: true });
  expect(steps.at(-1)).toMatchObject({ kind: "failed", provider: "reverb", code: 1006, next: "polling" });
  const before = poll.mock.calls.length;
  await vi.advanceTimersByTimeAsync(3_900);
  expect(poll.mock.calls.length - before).toBe(2);
  transport.wake();
  Line.last.greets();
  expect(transport).toMatchObject({ provider: "reverb", connected: true });
  poll.mockClear();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(poll).not.toHaveBeenCalled();
});

test("polls already bridge the time of the first tries", async () => {
  const poll = vi.fn(async () => {});
  const transport = ana({ poll });
  Line.last.breaks();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(poll).toHaveBeenCalledOnce();
  expect(transport.provider).toBe("pusher");
});

test("connected means joined, once a channel is wanted", async () => {
  const onJoined = vi.fn();
  const transport = ana();
  Line.last.greets();
  transport.join(ROOM, { onEvent() {}, onJoined });
  expect(transport.connected).toBe(false);
  await vi.advanceTimersByTimeAsync(0);
  Line.last.lets(ROOM);
  expect(transport.connected).toBe(true);
  expect(onJoined).toHaveBeenCalledOnce();
  expect(steps.slice(2)).toEqual([
    { kind: "joining", provider: "pusher", channel: ROOM },
    { kind: "joined", provider: "pusher", channel: ROOM },
  ]);
});

test("a refused subscription falls back like a failed provider", async () => {
  const transport = ana({ addresses: [REVERB] });
  transport.join(ROOM, { onEvent() {}, onJoined() {} });
  Line.last.greets();
  await vi.advanceTimersByTimeAsync(0);
  Line.last.says("pusher:subscription_error", { status: 403 }, { channel: ROOM });
  await vi.advanceTimersByTimeAsync(0);
  expect(transport).toMatchObject({ provider: "polling", connected: false, polls: true });
});

test("a connection that ends with its session comes back to the same provider", async () => {
  const transport = ana();
  Line.last.greets();
  await vi.advanceTimersByTimeAsync(6_000);
  Line.last.breaks(4009);
  await vi.advanceTimersByTimeAsync(100);
  expect(Line.last.url).toBe(PUSHER.url);
  Line.last.greets();
  expect(transport).toMatchObject({ provider: "pusher", connected: true });
});

test("whoever asks why is told since when it is so, when the next try is due, and what was tried", async () => {
  const transport = ana({ addresses: [REVERB], attempts: 1 });
  const began = Date.now();
  await vi.advanceTimersByTimeAsync(3_000);
  Line.last.breaks(1006);
  expect(transport.report).toMatchObject({ attempts: 1, leader: true, since: began + 3_000 });
  expect(transport.report.nextAt).toBe(Date.now() + 10);
  expect(transport.report.trail.map((step) => step.kind)).toEqual(["started", "failed"]);
  for (let i = 0; i < 40; i++) {
    await vi.advanceTimersByTimeAsync(1_000);
    Line.last.breaks(1006);
  }
  expect(transport.report.trail, "it does not grow for ever").toHaveLength(30);
});

test("a hidden page polls a fifth as often", async () => {
  const poll = vi.fn(async () => {});
  ana({ addresses: [], poll, isHidden: () => true });
  await vi.advanceTimersByTimeAsync(20_000);
  expect(poll).toHaveBeenCalledTimes(3);
});

test("polls that fail are known as such", async () => {
  const transport = ana({ addresses: [], poll: () => Promise.reject(new TypeError("network")) });
  await vi.advanceTimersByTimeAsync(0);
  expect(transport).toMatchObject({ provider: "polling", polls: false });
});
