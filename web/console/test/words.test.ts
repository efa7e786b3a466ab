// Proves the small words of the console: titles, times, initials, addresses, the connection, the snippet.

import { expect, test } from "vitest";
import { iconOf, short, titleOf } from "../src/badge";
import { contrast, inkOn, originsOf, snippet, wrongOrigin } from "../src/embed";
import { HUES, hue, initials } from "../src/face";
import { linkOf } from "../src/link";
import { PAGE_IDS } from "../src/pages";
import { addressOf, placeOf } from "../src/route";
import { ago, dayName } from "../src/time";

test("the tab's title counts what is unread and names who is open", () => {
  expect(titleOf(0, null)).toBe("Frontdesk");
  expect(titleOf(3, null)).toBe("(3) Frontdesk");
  expect(titleOf(3, "Ana")).toBe("(3) Ana – Frontdesk");
  expect(titleOf(120, null)).toBe("(99+) Frontdesk");
  expect(short(99)).toBe("99");
  expect(iconOf(1)).not.toBe(iconOf(0));
  expect(iconOf(1)).toBe(iconOf(7));
});

test("initials take the first and the last word, whole letters only", () => {
  expect(initials("Ana")).toBe("A");
  expect(initials("  ana   maria lindqvist ")).toBe("AL");
  expect(initials("😀 Smile")).toBe("😀S");
  expect(initials("  ")).toBe("?");
});

test("a person keeps their colour, and it is one of those there are", () => {
  expect(hue("vis_ana")).toBe(hue("vis_ana"));
  for (let n = 0; n < 100; n += 1) expect(hue(`vis_${n}`)).toBeLessThan(HUES);
});

test("a moment in the list is as short as it can be", () => {
  const now = new Date(2026, 10, 22, 12, 0).getTime();
  const before = (minutes: number) => ago(new Date(now - minutes * 60_000).toISOString(), now);
  expect(before(0.5)).toBe("now");
  expect(before(-1)).toBe("now");
  expect(before(5)).toBe("5m");
  expect(before(180)).toBe("3h");
  expect(before(13 * 60)).toBe("Yesterday");
  expect(ago("nonsense", now)).toBe("");
});

test("a day is named from this computer's calendar", () => {
  const now = new Date(2026, 10, 22, 0, 30).getTime();
  expect(dayName(new Date(2026, 10, 22, 0, 1).toISOString(), now)).toBe("Today");
  expect(dayName(new Date(2026, 10, 21, 23, 59).toISOString(), now)).toBe("Yesterday");
});

test("every place has an address that leads back to it", () => {
  for (const place of [
    { at: "inbox" },
    { at: "conversation", id: "cnv_a/b" },
    { at: "conversation", id: "cnv_a", seq: 17 },
    { at: "section", section: "settings" },
    { at: "section", section: "monitor" },
    ...PAGE_IDS.map((page) => ({ at: "page", page }) as const),
    { at: "welcome" },
    { at: "setup", code: "a b" },
  ] as const) {
    expect(placeOf(addressOf(place))).toEqual(place);
  }
});

test("an address nobody knows is the inbox, and a broken one does not throw", () => {
  expect(placeOf("#/nowhere")).toEqual({ at: "inbox" });
  expect(placeOf("#/c/%")).toEqual({ at: "conversation", id: "%" });
});

test("the connection is called by what it means", () => {
  const down = { joined: false, everJoined: true, downMs: 1_000, polls: null };
  expect(linkOf({ ...down, joined: true })).toBe("connected");
  expect(linkOf({ ...down, everJoined: false })).toBe("connecting");
  expect(linkOf(down)).toBe("reconnecting");
  expect(linkOf({ ...down, polls: true })).toBe("reconnecting");
  expect(linkOf({ ...down, polls: true, downMs: 4_000 })).toBe("polling");
  expect(linkOf({ ...down, polls: false })).toBe("offline");
});

test("the snippet has five lines and names token, server and widget", () => {
  const lines = snippet({ id: "wgt_1", token: "cbw_x", origin: "https://chat.example" }).split("\n");
  expect(lines).toHaveLength(5);
  expect(lines.join("")).toContain('apiToken: "cbw_x"');
  expect(lines[4]).toBe('<script async src="https://chat.example/widget.js?w=wgt_1"></script>');
});

test("origins are read line by line, without blanks and doubles", () => {
  expect(originsOf(" https://a.example/ \n\nhttps://a.example\nhttp://b.example:8080 ")).toEqual([
    "https://a.example",
    "http://b.example:8080",
  ]);
});

test("the first line that is no origin is named", () => {
  expect(wrongOrigin(["https://a.example", "http://localhost:3000"])).toBeNull();
  expect(wrongOrigin(["https://a.example", "b.example"])).toBe("b.example");
  expect(wrongOrigin(["https://a.example/path"])).toBe("https://a.example/path");
  expect(wrongOrigin(["ftp://a.example"])).toBe("ftp://a.example");
});

test("ink on a colour is the one that reads better", () => {
  expect(inkOn("#0b6e54")).toBe("#ffffff");
  expect(inkOn("#ffe066")).toBe("#111111");
  expect(contrast("#ffffff", "#000000")).toBeCloseTo(21);
});
