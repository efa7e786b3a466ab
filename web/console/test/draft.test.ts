// Proves what becomes of half-written words when something else is begun.

import { beforeEach, expect, test } from "vitest";
import { Draft } from "../src/draft";
import { drawnSize, lasting, sizeOf } from "../src/file";
import { presentWords, Viewers } from "../src/viewers";
import { ana, ben, carol, message } from "./people";

let draft: Draft;
beforeEach(() => {
  draft = new Draft();
});

test("changing a message gives back what stood there before", () => {
  draft.text.value = "Half a thou";
  draft.edit(message(ben, 2));
  expect(draft.text.value).toBe("message 2");
  draft.done();
  expect(draft.text.value).toBe("Half a thou");
  expect(draft.editing.value).toBeNull();
});

test("an answer to a note is a note, and turned into a reply it quotes nothing", () => {
  draft.quote(message(carol, 3, { kind: "note" }));
  expect(draft.kind.value).toBe("note");
  draft.turnTo("text");
  expect(draft.quoting.value).toBeNull();
});

test("a note may quote the visitor, and a reply may too", () => {
  draft.quote(message(ana, 1));
  draft.turnTo("note");
  draft.turnTo("text");
  expect(draft.quoting.value?.id).toBe("msg_1");
});

test("files alone are a message, and more than fit are counted", () => {
  const files = Array.from({ length: 12 }, (_, n) => new File(["a"], `${n}.txt`));
  expect(draft.isEmpty).toBe(true);
  expect(draft.take(files)).toBe(2);
  expect(draft.isEmpty).toBe(false);
  draft.drop(draft.files.value[0]?.key ?? "");
  expect(draft.files.value).toHaveLength(9);
  draft.done();
  expect(draft.isEmpty).toBe(true);
});

test("colleagues who look are named, oneself not, and who leaves is forgotten", () => {
  const viewers = new Viewers(ben.id);
  viewers.are({ presence: { hash: { [ben.id]: { name: "Ben" }, [carol.id]: { name: "Carol" } } } });
  expect(presentWords(viewers.now.value)).toBe("Carol is here too");
  viewers.heard("pusher_internal:member_added", { user_id: "agt_dan", user_info: { name: "Dan" } });
  expect(presentWords(viewers.now.value)).toBe("Carol and Dan are here too");
  viewers.heard("pusher_internal:member_removed", { user_id: carol.id });
  expect(presentWords(viewers.now.value)).toBe("Dan is here too");
  viewers.are(null);
  expect(presentWords(viewers.now.value)).toBe("");
});

test("a file's size and a voice's length are short, and a picture keeps its shape", () => {
  expect([sizeOf(812), sizeOf(14_200), sizeOf(999_600), sizeOf(32_000_000)]).toEqual([
    "812 B",
    "14 KB",
    "1.0 MB",
    "32 MB",
  ]);
  expect(lasting(65_200)).toBe("1:05");
  expect(drawnSize(4_000, 3_000)).toEqual({ width: 320, height: 240 });
  expect(drawnSize(40, 30)).toEqual({ width: 40, height: 30 });
});
