// Proves how much stays on a computer, and for how long.

import { expect, test } from "vitest";
import { tooMuch, trimmed } from "../src/cache";
import { ana, message, summary } from "./people";

const DAY = 86_400_000;

test("two hundred conversations stay, the oldest go", () => {
  const kept = Array.from({ length: 203 }, (_, n) => ({ id: `cnv_${n}`, at_ms: 1_000 + n }));
  expect(tooMuch(kept, 2_000)).toEqual(["cnv_2", "cnv_1", "cnv_0"]);
});

test("after a week nothing stays", () => {
  const kept = [
    { id: "cnv_old", at_ms: 0 },
    { id: "cnv_new", at_ms: 5 * DAY },
  ];
  expect(tooMuch(kept, 8 * DAY)).toEqual(["cnv_old"]);
});

test("of a long conversation the end stays, and what was written and not sent does not", () => {
  const messages = Array.from({ length: 150 }, (_, n) => message(ana, n + 1));
  const kept = trimmed({
    conversation: summary(),
    messages,
    joins: [],
    activity: [],
    receipts: [],
    seq: 150,
    more: false,
    local: [],
  });
  expect(kept.messages).toHaveLength(100);
  expect(kept.messages[0]?.seq).toBe(51);
  expect(kept.more).toBe(true);
  expect(kept).not.toHaveProperty("local");
});
