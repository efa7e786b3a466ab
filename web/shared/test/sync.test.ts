// Proves that each fact is applied once, in order, and that gaps are asked for. Knows nothing of
// what facts mean.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RefusalError } from "../src/api";
import { Sync } from "../src/sync";

type Said = { data: { seq: number } };
const fact = (seq: number): Said => ({ data: { seq } });

/** A log, a page size, and a cursor that reads it. */
function world(length: number, pageSize = 50) {
  const log = Array.from({ length }, (_, i) => fact(i + 1));
  const applied: number[] = [];
  const fetch = vi.fn(async (after: number) => {
    const events = log.slice(after, after + pageSize);
    return { events, seq: events.at(-1)?.data.seq ?? log.length, more: after + pageSize < log.length };
  });
  const sync = new Sync<Said>(0, { fetch, apply: (one) => applied.push(one.data.seq) });
  const grow = () => {
    log.push(fact(log.length + 1));
    return log.at(-1) as Said;
  };
  return { log, applied, fetch, sync, grow };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("the next fact is applied without asking the server", () => {
  const { sync, applied, fetch, grow } = world(0);
  sync.offer(grow());
  sync.offer(grow());
  expect(applied).toEqual([1, 2]);
  expect(fetch).not.toHaveBeenCalled();
});

test("a fact that was applied is ignored, whichever way it comes again", async () => {
  const { sync, applied, grow } = world(0);
  const one = grow();
  sync.offer(one);
  sync.offer(one);
  await sync.catchUp();
  expect(applied).toEqual([1]);
});

test("a gap is fetched, and what came after it is applied once, in order", async () => {
  const { sync, applied, fetch, log } = world(5);
  sync.offer(log[4] as Said);
  expect(applied).toEqual([]);
  await vi.advanceTimersByTimeAsync(0);
  expect(applied).toEqual([1, 2, 3, 4, 5]);
  expect(fetch).toHaveBeenCalledTimes(1);
});

test("catching up reads page after page until there is no more", async () => {
  const { sync, applied, fetch } = world(120);
  await sync.catchUp();
  expect(applied).toEqual(Array.from({ length: 120 }, (_, i) => i + 1));
  expect(fetch.mock.calls).toEqual([[0], [50], [100]]);
});

test("what arrives while a fetch is under way is neither lost nor doubled", async () => {
  const { sync, applied, grow, fetch } = world(3);
  let answer = () => {};
  fetch.mockImplementationOnce(async (after) => {
    const before = [fact(1), fact(2), fact(3)].slice(after);
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    return { events: before, seq: 3, more: false };
  });
  const done = sync.catchUp();
  const [four, five] = [grow(), grow()];
  sync.offer(five);
  sync.offer(four);
  answer();
  await done;
  expect(applied).toEqual([1, 2, 3, 4, 5]);
});

test("a call while one is under way asks once more, because the first answer may be older", async () => {
  const { sync, fetch } = world(1);
  await sync.catchUp();
  expect(fetch).toHaveBeenCalledTimes(1);
  await Promise.all([sync.catchUp(), sync.catchUp(), sync.catchUp()]);
  expect(fetch).toHaveBeenCalledTimes(3);
});

test("a server that cannot be asked is asked again with back-off", async () => {
  const { sync, applied, fetch } = world(2);
  fetch.mockRejectedValueOnce(new TypeError("network"));
  await expect(sync.catchUp()).rejects.toThrow("network");
  await vi.advanceTimersByTimeAsync(2_000);
  expect(applied).toEqual([1, 2]);
});

test("a log that ends before the cursor starts the client over", async () => {
  const onRewound = vi.fn();
  const sync = new Sync<Said>(9, {
    fetch: async () => ({ events: [], seq: 4, more: false }),
    apply() {},
    onRewound,
  });
  await sync.catchUp();
  expect(onRewound).toHaveBeenCalledOnce();
});

test("a log that no longer goes back to the cursor starts the client over, and is no failure", async () => {
  const problem = {
    type: "about:blank",
    title: "",
    status: 410,
    success: false as const,
    retry: "no" as const,
  };
  const refusal = (name: string) => new RefusalError({ ...problem, name });
  const onRewound = vi.fn();
  const fetch = vi.fn().mockRejectedValueOnce(refusal("setup-link-invalid"));
  fetch.mockRejectedValue(refusal("start-over"));
  const sync = new Sync<Said>(9, { fetch, apply() {}, onRewound });
  await expect(sync.catchUp()).rejects.toThrow(RefusalError);
  expect(onRewound).not.toHaveBeenCalled();
  await sync.catchUp();
  expect(onRewound).toHaveBeenCalledOnce();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(fetch).toHaveBeenCalledTimes(2);
});

test("a server that claims more and gives nothing is not asked for ever", async () => {
  const fetch = vi.fn(async () => ({ events: [], seq: 0, more: true }));
  const sync = new Sync<Said>(0, { fetch, apply() {} });
  await sync.catchUp();
  expect(fetch).toHaveBeenCalledOnce();
});

test("any interleaving of socket, poll and reply gives every fact once, in order", async () => {
  vi.mocked(Math.random).mockRestore();
  for (let round = 0; round < 50; round++) {
    const { sync, applied, grow } = world(0, 3);
    const held: Said[] = [];
    for (let step = 0; step < 60; step++) {
      const dice = Math.random();
      if (dice < 0.4) held.push(grow());
      else if (dice < 0.7 && held.length > 0)
        sync.offer(held.splice(Math.floor(Math.random() * held.length), 1)[0] as Said);
      else if (dice < 0.8) void sync.catchUp();
      else if (dice < 0.85) held.pop();
      else await Promise.resolve();
    }
    await sync.catchUp();
    expect(applied).toEqual(applied.map((_, i) => i + 1));
    expect(sync.seq).toBe(applied.length);
  }
});
