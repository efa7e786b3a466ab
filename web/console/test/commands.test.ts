// @vitest-environment happy-dom
// Proves that keys lead to what the table says, one key or two, and that what cannot be done is not offered.

import { expect, test } from "vitest";
import { type Command, Keys, keyName, matching, shown } from "../src/commands";
import { COMMANDS } from "../src/shortcuts";

const command = (keys: string[], name: string, can = true): Command => ({
  id: name,
  group: "List",
  keys,
  name,
  can: () => can,
  run: () => {},
});
const table = [command(["g i"], "Inbox"), command(["i"], "Info"), command(["e"], "Resolve", false)];
const pressed = (keys: Keys, name: string, at = 0) => {
  const found = keys.pressed(name, table, at);
  return found && found !== "waiting" ? found.name : found;
};
const event = (key: string, mods: Partial<KeyboardEvent> = {}) =>
  keyName({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...mods });

test("two keys in a row are one command, and the second alone another", () => {
  const keys = new Keys();
  expect(pressed(keys, "g")).toBe("waiting");
  expect(pressed(keys, "i", 500)).toBe("Inbox");
  expect(pressed(keys, "i", 600)).toBe("Info");
});

test("a second key that comes too late stands for itself", () => {
  const keys = new Keys();
  pressed(keys, "g", 0);
  expect(pressed(keys, "i", 5_000)).toBe("Info");
});

test("what cannot be done right now has no key and is not found", () => {
  expect(pressed(new Keys(), "e")).toBeNull();
  expect(matching(table, "reso")).toEqual([]);
});

test("keys are named alike on every keyboard", () => {
  expect(event("K", { metaKey: true })).toBe("mod+k");
  expect(event("A", { shiftKey: true })).toBe("shift+a");
  expect(event("?", { shiftKey: true })).toBe("?");
  expect(shown("mod+k", false)).toEqual(["Ctrl", "K"]);
  expect(shown("g i", true)).toEqual(["G", "I"]);
});

test("every word that is typed counts, and a name that begins so is first", () => {
  const found = matching([command([], "Close the tag list"), command([], "Tag list")], "tag li");
  expect(found.map(({ name }) => name)).toEqual(["Tag list", "Close the tag list"]);
});

test("no two commands of the console have the same keys, and no key hides two in a row", () => {
  const keys = COMMANDS.flatMap((one) => one.keys);
  expect(new Set(keys).size).toBe(keys.length);
  const firsts = keys.filter((key) => key.includes(" ")).map((key) => key.split(" ")[0] ?? "");
  expect(keys.filter((key) => firsts.includes(key))).toEqual([]);
});
