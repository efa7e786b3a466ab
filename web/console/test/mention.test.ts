// Proves whom a note calls, from the first letter after the @ on.

import { expect, test } from "vitest";
import { callAt, callable, completed, mentionsIn, offered, spans } from "../src/mention";
import { ben, carol } from "./people";

const benCarter = { id: "agt_bencarter", name: "Ben Carter" };
const chloe = { id: "agt_chloe", name: "Chloé Carol" };
const team = [ben, carol, benCarter, chloe];

test("an @ calls where a word begins, and in an address it does not", () => {
  expect(callAt("Ask @Ca", 7)).toEqual({ from: 4, typed: "Ca" });
  expect(callAt("@", 1)).toEqual({ from: 0, typed: "" });
  expect(callAt("ana@shop", 8)).toBeNull();
  expect(callAt("@Carol\nand", 10)).toBeNull();
});

test("names that begin as typed are offered before those with a later word that does", () => {
  expect(offered("car", team).map(({ id }) => id)).toEqual([carol.id, benCarter.id, chloe.id]);
  expect(offered("xyz", team)).toEqual([]);
});

test("a name that is picked replaces what was typed of it", () => {
  const call = callAt("Ask @ca about it", 7);
  expect(call && completed("Ask @ca about it", 7, call, "Carol")).toEqual(["Ask @Carol about it", 11]);
});

test("the longest name is meant, and part of a word is none", () => {
  expect(mentionsIn("@Ben Carter and @carol, please", team)).toEqual([benCarter.id, carol.id]);
  expect(mentionsIn("@Benjamin", team)).toEqual([]);
  expect(spans("Hi @Ben!", team)).toEqual([{ from: 3, to: 7, id: ben.id }]);
});

test("only those who answer on the widget can be called, and nobody calls themselves", () => {
  const profile = { email: "", avatar: null, role: "agent" as const, widgets: ["wgt_1"] };
  const agents = [
    { ...profile, ...ben },
    { ...profile, ...carol, widgets: ["wgt_2"] },
    { ...profile, ...chloe, role: "owner" as const, widgets: [] },
  ];
  expect(callable(agents, "wgt_1", ben.id).map(({ id }) => id)).toEqual([chloe.id]);
});
