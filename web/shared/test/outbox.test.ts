// Proves that a written message is sent in order, once, and that nothing written is lost. Knows
// nothing of conversations.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RefusalError } from "../src/api";
import { Outbox, type OutboxOptions } from "../src/outbox";
import type { LocalMessage } from "../src/store";

const refusal = (status: number, title = "No.", retryAfterMs: number | null = null) =>
  new RefusalError({ type: "t", name: "n", title, status, retry: "no", success: false }, retryAfterMs);

function ana(send: OutboxOptions["send"], more: Partial<OutboxOptions> = {}) {
  const seen: string[] = [];
  const outbox = new Outbox({
    send,
    onChange: (one) => seen.push(`${one.message} ${one.delivery}`),
    ...more,
  });
  return { outbox, seen };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("messages leave one after the other, in the order they were written", async () => {
  let release = () => {};
  const send = vi.fn(
    () =>
      new Promise<void>((resolve) => {
        release = resolve;
      }),
  );
  const { outbox, seen } = ana(send);
  outbox.add("one");
  outbox.add("two");
  expect(send).toHaveBeenCalledTimes(1);
  release();
  await vi.advanceTimersByTimeAsync(0);
  expect(send).toHaveBeenCalledTimes(2);
  expect(seen).toEqual(["one pending", "two pending", "one sent"]);
});

test("a network error is tried again with the same client id until it is sent", async () => {
  const ids: string[] = [];
  const send = vi.fn(async (one: LocalMessage) => {
    ids.push(one.client_id);
    if (ids.length < 4) throw new TypeError("network");
  });
  const { outbox } = ana(send);
  outbox.add("hello");
  await vi.advanceTimersByTimeAsync(2_000 + 4_000 + 8_000);
  expect(ids).toHaveLength(4);
  expect(new Set(ids).size).toBe(1);
  expect(outbox.messages).toEqual([]);
});

test("Retry-After is waited for", async () => {
  const send = vi
    .fn()
    .mockRejectedValueOnce(refusal(429, "Too many.", 9_000))
    .mockResolvedValue(undefined);
  const { outbox } = ana(send);
  outbox.add("hello");
  await vi.advanceTimersByTimeAsync(8_999);
  expect(send).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(send).toHaveBeenCalledTimes(2);
});

test("a refusal fails the message with the server's sentence, the next one still leaves", async () => {
  const send = vi
    .fn()
    .mockRejectedValueOnce(refusal(422, "The message is too long."))
    .mockResolvedValue(undefined);
  const { outbox, seen } = ana(send);
  outbox.add("long");
  outbox.add("short");
  await vi.advanceTimersByTimeAsync(0);
  expect(seen).toEqual(["long pending", "short pending", "long failed", "short sent"]);
  expect(outbox.messages[0]?.problem).toBe("The message is too long.");
});

test("a failed message is sent again when asked, and only then", async () => {
  const send = vi.fn().mockRejectedValueOnce(refusal(403)).mockResolvedValue(undefined);
  const { outbox, seen } = ana(send);
  const { client_id } = outbox.add("hello");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(send).toHaveBeenCalledTimes(1);
  outbox.retry(client_id);
  await vi.advanceTimersByTimeAsync(0);
  expect(seen.slice(1)).toEqual(["hello failed", "hello pending", "hello sent"]);
});

test("a page that comes back does not wait for the back-off", async () => {
  const send = vi.fn().mockRejectedValueOnce(new TypeError("network")).mockResolvedValue(undefined);
  const { outbox } = ana(send);
  outbox.add("hello");
  await vi.advanceTimersByTimeAsync(10);
  outbox.wake();
  expect(send).toHaveBeenCalledTimes(2);
});

test("unsent messages survive a reload", async () => {
  let stored: LocalMessage[] = [];
  const storage = {
    load: () => stored,
    save: (messages: LocalMessage[]) => {
      stored = messages;
    },
  };
  const first = ana(() => Promise.reject(new TypeError("network")), { storage });
  const { client_id } = first.outbox.add("hello");
  first.outbox.stop();
  const send = vi.fn(async (_one: LocalMessage) => {});
  const second = ana(send, { storage });
  second.outbox.wake();
  await vi.advanceTimersByTimeAsync(0);
  expect(send.mock.calls[0]?.[0]).toMatchObject({ client_id, message: "hello" });
  expect(stored).toEqual([]);
});

test("storage that throws leaves the outbox in memory", async () => {
  const blocked = () => {
    throw new Error("blocked");
  };
  const { outbox, seen } = ana(async () => {}, { storage: { load: blocked, save: blocked } });
  outbox.add("hello");
  await vi.advanceTimersByTimeAsync(0);
  expect(seen).toEqual(["hello pending", "hello sent"]);
});
