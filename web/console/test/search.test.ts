// Proves that the last question wins, and that a failure is said instead of an old answer.

import type { SearchHit, SearchReply } from "@frontdesk/shared/wire.gen";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Search } from "../src/search";
import { at } from "./people";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const hit = (id: string): SearchHit => ({
  kind: "messages",
  id,
  widget_id: "wgt_1",
  who: "Ana",
  at: at(1),
  fields: [],
});
const reply = (ids: string[], next: string | null = null): SearchReply => ({
  success: true,
  hits: ids.map(hit),
  next,
});
const ids = (search: Search) => search.found.value.hits.map(({ id }) => id);

test("words are asked for once typing pauses, not letter by letter", async () => {
  const asked: string[] = [];
  const search = new Search(async (words) => {
    asked.push(words);
    return reply(["msg_1"]);
  });
  for (const text of ["o", "or", "ord", " order "]) search.typed(text);
  await vi.runAllTimersAsync();
  expect(asked).toEqual(["order"]);
  expect(ids(search)).toEqual(["msg_1"]);
});

test("an answer that comes after the words have changed is not shown", async () => {
  const answers = new Map<string, (reply: SearchReply) => void>();
  const search = new Search((words) => new Promise((resolve) => answers.set(words, resolve)));
  search.typed("slow");
  await vi.runAllTimersAsync();
  search.typed("fast");
  await vi.runAllTimersAsync();
  answers.get("fast")?.(reply(["msg_fast"]));
  answers.get("slow")?.(reply(["msg_slow"]));
  await vi.runAllTimersAsync();
  expect(ids(search)).toEqual(["msg_fast"]);
});

test("a further page is added, and an emptied field shows nothing", async () => {
  const search = new Search(async (_words, before) => (before ? reply(["msg_2"]) : reply(["msg_1"], "p2")));
  search.typed("order");
  await vi.runAllTimersAsync();
  await search.more();
  expect(ids(search)).toEqual(["msg_1", "msg_2"]);
  search.typed("");
  expect(ids(search)).toEqual([]);
});

test("when the server cannot be asked, that is said", async () => {
  const search = new Search(async () => {
    throw new TypeError("network");
  });
  search.typed("order");
  await vi.runAllTimersAsync();
  expect(search.found.value.problem).toContain("could not be reached");
});
