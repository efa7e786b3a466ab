// @vitest-environment happy-dom
// Proves the thinking behind the monitor's pages: how figures continue, how they read, when a page asks again, and what
// of a channel's events is shown.

import type { Columns, InspectedEvent } from "@frontdesk/shared/wire.gen";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  bytes,
  continued,
  countdown,
  FIGURES,
  lasting,
  lately,
  micros,
  pretty,
  rate,
  rowsOf,
  tableRows,
  wrongJson,
} from "../src/figures";
import { NOTHING_SEEN, withMore } from "../src/inspecting";
import { keepAsking } from "../src/polling";

function columns(from: number, to: number, step_s = 1): Columns {
  const at = Array.from({ length: to - from + 1 }, (_, row) => from + row);
  const all = Object.fromEntries(FIGURES.map((name) => [name, at.map((second) => second * 10)]));
  return { step_s, at, ...all } as Columns;
}

test("figures continue where they ended, however much the answers overlap", () => {
  const known = columns(1, 5);
  const more = continued(known, columns(4, 7));
  expect(more.at).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(more.cpu.at(-1)).toBe(70);
  expect(continued(known, columns(3, 5))).toBe(known);
  expect(continued(null, columns(3, 5)).at).toEqual([3, 4, 5]);
  expect(continued(known, columns(60, 61, 60)).at, "another step is another story").toEqual([60, 61]);
});

test("a chart never holds more than the server keeps", () => {
  const known = columns(1, rowsOf(1));
  const more = continued(known, columns(601, 610));
  expect([more.at.length, more.at[0], more.memory_bytes.length]).toEqual([600, 11, 600]);
});

test("figures read as people write them", () => {
  expect([0, 0.01, 0.44, 9.96, 12.4].map(rate)).toEqual(["0", "< 0.1", "0.4", "10", "12"]);
  expect([0, 320, 4_200, 42_000, 1_300_000].map(micros)).toEqual(["–", "320 µs", "4.2 ms", "42 ms", "1.3 s"]);
  expect([999, 1_500, 48_200_000].map(bytes)).toEqual(["999 B", "1.5 KB", "48 MB"]);
  const spans = [400, 8_000, 12 * 60_000, 3_600_000, 26 * 3_600_000];
  expect(spans.map(lasting)).toEqual(["under 1 s", "8 s", "12 min", "1 h", "1 d 2 h"]);
  expect([299_400, 5_000, -1].map(countdown)).toEqual(["5:00", "0:05", "0:00"]);
  expect(lately([0, 10, 20], 2)).toBe(15);
  expect(lately([])).toBe(0);
});

test("the table behind a chart is short and begins with now", () => {
  const rows = tableRows(columns(1, 600).at);
  expect([rows.length, rows[0], rows[1]]).toEqual([20, 599, 569]);
  expect(tableRows([7, 8])).toEqual([1, 0]);
  expect(tableRows([])).toEqual([]);
});

test("what is no JSON is said before it is sent", () => {
  for (const good of ["{}", "[1]", '"text"', " null "]) expect(wrongJson(good)).toBeNull();
  for (const bad of ["", "  ", "{a:1}", "hello"]) expect(wrongJson(bad)).not.toBeNull();
  expect(pretty('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(pretty("hello")).toBe("hello");
});

const event = (number: number): InspectedEvent => ({
  number,
  at_ms: number,
  name: "told",
  bytes: 2,
  user_id: null,
});

test("events stand newest first, each once, and gaps are counted", () => {
  let seen = withMore(NOTHING_SEEN, { events: [event(1), event(2)], dropped: 0 });
  seen = withMore(seen, { events: [event(2), event(5)], dropped: 2 });
  expect(seen.events.map(({ number }) => number)).toEqual([5, 2, 1]);
  expect([seen.dropped, seen.last]).toEqual([2, 5]);
  expect(withMore(seen, { events: [], dropped: 0 })).toEqual(seen);
});

let visibility: DocumentVisibilityState;
const look = (state: DocumentVisibilityState) => {
  visibility = state;
  document.dispatchEvent(new Event("visibilitychange"));
};

beforeEach(() => {
  vi.useFakeTimers();
  visibility = "visible";
  vi.spyOn(document, "visibilityState", "get").mockImplementation(() => visibility);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("a page asks every two seconds while it is seen, at once when it is seen again, and never when it is left", async () => {
  let asked = 0;
  const stop = keepAsking(async () => {
    asked += 1;
  });
  await vi.advanceTimersByTimeAsync(4_100);
  expect(asked).toBe(3);
  look("hidden");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked, "nobody looks").toBe(3);
  look("visible");
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toBe(4);
  stop();
  await vi.advanceTimersByTimeAsync(60_000);
  look("visible");
  expect(asked).toBe(4);
});

test("a page that gets no answer asks again, and never two questions at once", async () => {
  let asked = 0;
  let answer: (() => void) | undefined;
  const stop = keepAsking(() => {
    asked += 1;
    if (asked === 1) return Promise.reject(new Error("away"));
    return new Promise<void>((resolve) => {
      answer = resolve;
    });
  });
  await vi.advanceTimersByTimeAsync(2_000);
  expect(asked).toBe(2);
  await vi.advanceTimersByTimeAsync(30_000);
  look("hidden");
  look("visible");
  expect(asked, "the second has no answer yet").toBe(2);
  answer?.();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(asked).toBe(3);
  stop();
});
