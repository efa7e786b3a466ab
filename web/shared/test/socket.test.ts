// Proves how a connection is made, watched, lost and made again. Knows nothing of chat: its far
// end is a scripted line.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { BACKOFF_CAP_MS, backoff, closeKind, type Failure, Socket } from "../src/socket";
import { Line } from "./line";

const ROOM = "private-chat.conversation.cnv_1";
let failures: Failure[];

function ben(more: Partial<ConstructorParameters<typeof Socket>[0]> = {}): Socket {
  return new Socket({
    address: () => ({ name: "reverb", url: "ws://chat.example/app/key" }),
    authorize: async (socketId, channel) => ({
      auth: `key:${socketId}:${channel}`,
      channel_data: '{"user_id":"a"}',
    }),
    onFailure: (failure) => failures.push(failure),
    open: Line.open,
    ...more,
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
  Line.all = [];
  failures = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("back-off doubles with full jitter and stops growing at thirty seconds", () => {
  expect([1, 2, 3, 4].map((attempt) => backoff(attempt))).toEqual([1_000, 2_000, 4_000, 8_000]);
  expect(backoff(100)).toBe(BACKOFF_CAP_MS);
  vi.mocked(Math.random).mockReturnValue(0);
  expect(backoff(100)).toBe(0);
});

test("close codes mean what contract 1.7 says", () => {
  expect([4000, 4001, 4099].map(closeKind)).toEqual(["fatal", "fatal", "fatal"]);
  expect([4100, 4199, 1006, 1000, 4300].map(closeKind)).toEqual([
    "later",
    "later",
    "later",
    "later",
    "later",
  ]);
  expect([4200, 4299].map(closeKind)).toEqual(["soon", "soon"]);
});

test("a link that never says hello fails after four seconds, by its state and not by an exception", () => {
  const socket = ben();
  socket.start();
  vi.advanceTimersByTime(3_999);
  expect(failures).toHaveLength(0);
  vi.advanceTimersByTime(1);
  expect(failures).toMatchObject([{ kind: "later", wasConnected: false }]);
  expect(socket.state).toBe("waiting");
});

test("a private channel is signed with this connection's socket id, again after each reconnect", async () => {
  const socket = ben();
  const joined = vi.fn();
  socket.subscribe(ROOM, { onEvent: () => {}, onJoined: joined });
  socket.start();
  Line.last.greets();
  await vi.advanceTimersByTimeAsync(0);
  expect(Line.last.sent).toEqual([
    {
      event: "pusher:subscribe",
      data: { channel: ROOM, auth: `key:1.1:${ROOM}`, channel_data: '{"user_id":"a"}' },
    },
  ]);
  Line.last.lets(ROOM);
  Line.last.breaks();
  await vi.advanceTimersByTimeAsync(1_000);
  Line.last.greets();
  await vi.advanceTimersByTimeAsync(0);
  expect(Line.last.sent[0]?.data).toMatchObject({ auth: `key:1.2:${ROOM}` });
  Line.last.lets(ROOM);
  expect(joined).toHaveBeenCalledTimes(2);
});

test("silence brings a ping, no answer a new connection", () => {
  const socket = ben();
  socket.start();
  const line = Line.last.greets(30);
  vi.advanceTimersByTime(29_999);
  expect(line.sent).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(line.sentEvents()).toEqual(["pusher:ping"]);
  vi.advanceTimersByTime(250);
  line.says("pusher:pong");
  expect(socket.rtt).toBe(250);
  vi.advanceTimersByTime(30_000 + 10_000);
  expect(failures).toMatchObject([{ reason: "ping not answered", wasConnected: true }]);
});

test("a server's ping is answered", () => {
  ben().start();
  Line.last.greets().says("pusher:ping");
  expect(Line.last.sentEvents()).toEqual(["pusher:pong"]);
});

test("an event's data is parsed once, text that is no JSON stays text, a whisper brings its sender", () => {
  const socket = ben();
  const onEvent = vi.fn();
  socket.subscribe("news", { onEvent });
  socket.start();
  const line = Line.last.greets();
  line.says("hello", { a: 1 }, { channel: "news" });
  line.onmessage?.({ data: '{"event":"raw","channel":"news","data":"not json"}' });
  line.says("client-typing", { on: true }, { channel: "news", user_id: "agt_1" });
  line.onmessage?.({ data: "not a frame" });
  expect(onEvent.mock.calls).toEqual([
    ["hello", { a: 1 }, undefined],
    ["raw", "not json", undefined],
    ["client-typing", { on: true }, "agt_1"],
  ]);
});

describe("whispers", () => {
  test("are sent on a joined channel only", async () => {
    const socket = ben();
    const room = socket.subscribe(ROOM, { onEvent: () => {} });
    socket.start();
    Line.last.greets();
    await vi.advanceTimersByTimeAsync(0);
    expect(room.whisper("client-typing", { on: true })).toBe(false);
    Line.last.lets(ROOM);
    expect(room.whisper("client-typing", { on: true })).toBe(true);
    expect(Line.last.sent.at(-1)).toEqual({ event: "client-typing", channel: ROOM, data: { on: true } });
  });
});

test("a refused signature is surfaced, a server that could not be asked is asked again", async () => {
  const authorize = vi
    .fn()
    .mockRejectedValueOnce(new TypeError("network"))
    .mockRejectedValueOnce({ status: 403 });
  const onRefused = vi.fn();
  const socket = ben({ authorize });
  socket.subscribe(ROOM, { onEvent: () => {}, onRefused });
  socket.start();
  Line.last.greets();
  await vi.advanceTimersByTimeAsync(0);
  expect(onRefused).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(onRefused).toHaveBeenCalledWith({ status: 403 });
});

test("a subscription error of the server is surfaced", async () => {
  const onRefused = vi.fn();
  const socket = ben();
  socket.subscribe(ROOM, { onEvent: () => {}, onRefused });
  socket.start();
  Line.last.greets();
  await vi.advanceTimersByTimeAsync(0);
  Line.last.says("pusher:subscription_error", { type: "AuthError", status: 403 }, { channel: ROOM });
  expect(onRefused).toHaveBeenCalledWith({ type: "AuthError", status: 403 });
});

test("an error with a closing code counts as that close", () => {
  ben().start();
  Line.last.onmessage?.({ data: '{"event":"pusher:error","data":{"code":4001,"message":"no such app"}}' });
  expect(failures).toMatchObject([{ code: 4001, kind: "fatal", reason: "no such app" }]);
});

test("a refused whisper leaves the connection as it is", () => {
  const socket = ben();
  socket.start();
  Line.last.greets();
  Line.last.onmessage?.({ data: '{"event":"pusher:error","data":{"code":4301,"message":"rate"}}' });
  Line.last.onmessage?.({ data: '{"event":"pusher:error","data":{"code":null,"message":"odd"}}' });
  expect(socket.state).toBe("connected");
});

test("retries never end, and start over only after a connection that lasted", () => {
  const socket = ben();
  socket.start();
  for (let i = 0; i < 50; i++) {
    Line.last.breaks();
    vi.advanceTimersByTime(Math.min(BACKOFF_CAP_MS, 1_000 * 2 ** i));
  }
  expect(Line.all).toHaveLength(51);
  Line.last.greets();
  expect(socket.attempts).toBe(50);
  vi.advanceTimersByTime(5_000);
  expect(socket.attempts).toBe(0);
});

test("a server that says reconnect now to everybody is not stormed", () => {
  ben().start();
  Line.last.greets();
  vi.advanceTimersByTime(6_000);
  vi.mocked(Math.random).mockReturnValue(0.5);
  Line.last.breaks(4200);
  vi.advanceTimersByTime(499);
  expect(Line.all).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(Line.all).toHaveLength(2);
});

test("over capacity is never tried again at once", () => {
  vi.mocked(Math.random).mockReturnValue(0);
  ben().start();
  Line.last.greets();
  Line.last.breaks(4100);
  vi.advanceTimersByTime(999);
  expect(Line.all).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(Line.all).toHaveLength(2);
});

test("a page that comes back tries at once, or asks whether its connection survived the sleep", () => {
  const socket = ben();
  socket.start();
  Line.last.breaks();
  socket.wake();
  expect(Line.all).toHaveLength(2);
  Line.last.greets();
  socket.wake();
  expect(Line.last.sentEvents()).toEqual(["pusher:ping"]);
  vi.advanceTimersByTime(3_000);
  expect(failures.at(-1)).toMatchObject({ reason: "ping not answered" });
});

test("a stopped socket stays silent", () => {
  const socket = ben();
  socket.start();
  const line = Line.last.greets();
  socket.stop();
  expect(line.readyState).toBe(3);
  vi.advanceTimersByTime(600_000);
  expect(Line.all).toHaveLength(1);
});
