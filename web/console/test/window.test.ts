// Proves which rows are drawn, which are selected, and what is said after many were changed at once.

import { expect, test } from "vitest";
import { forEach, outcomeWords } from "../src/bulk";
import { noneSelected, stretched, toggled } from "../src/selection";
import { drawnOf, scrollFor, wantsMore } from "../src/window";

const at = (scrollTop: number, count = 100_000) => ({ scrollTop, height: 680, rowHeight: 68, count });

test("of a hundred thousand rows only those in sight and a few beside them are drawn", () => {
  expect(drawnOf(at(0))).toEqual({ from: 0, to: 18 });
  expect(drawnOf(at(68 * 50_000))).toEqual({ from: 49_992, to: 50_018 });
  expect(drawnOf(at(68 * 99_990))).toEqual({ from: 99_982, to: 100_000 });
});

test("a list that became shorter than where it was scrolled to draws nothing that is not there", () => {
  expect(drawnOf(at(68 * 500, 3))).toEqual({ from: 3, to: 3 });
  expect(drawnOf(at(-40, 0))).toEqual({ from: 0, to: 0 });
});

test("the next page is asked for before the end is in sight", () => {
  expect(wantsMore(drawnOf(at(0, 100)), 100)).toBe(false);
  expect(wantsMore(drawnOf(at(68 * 62, 100)), 100)).toBe(true);
});

test("a row that a key leads to is whole in sight, and one that is already moves nothing", () => {
  expect(scrollFor(3, at(0))).toBe(0);
  expect(scrollFor(10, at(0))).toBe(68);
  expect(scrollFor(2, at(680))).toBe(136);
});

test("shift takes everything since the last one, in the list's order", () => {
  const order = ["a", "b", "c", "d"];
  const some = stretched(toggled(noneSelected, "c"), "a", order);
  expect([...some.ids].sort()).toEqual(["a", "b", "c"]);
  expect([...toggled(some, "b").ids].sort()).toEqual(["a", "c"]);
});

test("many are changed a few at a time, and those that were refused are counted with the reason", async () => {
  let [underWay, most] = [0, 0];
  const outcome = await forEach(["1", "2", "3", "4", "5", "6"], async (id) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await Promise.resolve();
    underWay -= 1;
    if (id === "3") throw new Error("offline");
  });
  expect(outcome).toMatchObject({ done: 5, failed: 1 });
  expect(most).toBeLessThanOrEqual(4);
  expect(outcomeWords(outcome, "resolved")).toMatch(
    /^5 conversations resolved\. 1 could not be changed: The/,
  );
});
