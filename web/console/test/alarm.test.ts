// Proves of what an open console alerts whom, and when nobody is to be disturbed.

import type { AlertRules, Escalation, MessagePreview } from "@frontdesk/shared/wire.gen";
import { expect, test } from "vitest";
import { alarmOf, atOnce, calledBy, cameDue, reaches, wrote } from "../src/alarm";
import { inWords, isWhole, parted, secondsOf, USUAL } from "../src/ladder";
import { callIn } from "../src/personal";
import { browserName } from "../src/push";
import { addressOf, chosen, isShown, look, read } from "../src/push-shown";
import { inHours, nextMorning, quiet } from "../src/quiet";
import { at, ben, carol, row, summary } from "./people";

const all = { sound: true, desktop: true, push: true, mail: true };
const rules: AlertRules = {
  mine: all,
  unassigned: all,
  mention: { ...all, mail: false },
  quiet_until: null,
  quiet_hours: null,
  away_is_quiet: false,
  hide_words: false,
};
const own = { id: ben.id, role: "agent" } as const;
const owner = { id: carol.id, role: "owner" } as const;

const said = (minute: number, id = `msg_${minute}`): MessagePreview => ({
  id,
  sender_type: "visitor",
  sender_name: "Ana",
  kind: "text",
  text: "Is it back?",
  timestamp: at(minute),
});
const waiting = (minute: number, change = {}) =>
  row({ last_message: said(minute), waiting_since: at(minute), ...change });

test("a message of Ana's alerts once, an old one never, and one in what is over not either", () => {
  expect(wrote(undefined, waiting(5), at(4))).toBe(true);
  expect(wrote(undefined, waiting(5), at(5))).toBe(false);
  expect(wrote(waiting(4), waiting(5), at(9))).toBe(true);
  expect(wrote(waiting(5), waiting(5, { seq: 9 }), at(4))).toBe(false);
  expect(wrote(waiting(4), waiting(5, { status: "resolved" }), at(4))).toBe(false);
  expect(wrote(waiting(4), row({ last_message: { ...said(5), sender_type: "agent" } }), at(4))).toBe(false);
});

test("the first step is for whose conversation it is, and for all while it is nobody's", () => {
  const steps = atOnce(USUAL);
  expect(alarmOf(waiting(5).conversation, steps, own, rules)).toMatchObject({
    kind: "unassigned",
    sound: true,
  });
  expect(
    alarmOf(summary({ last_message: said(5), assignee: { ...ben, avatar: null } }), steps, own, rules)?.kind,
  ).toBe("mine");
  expect(
    alarmOf(summary({ last_message: said(5), assignee: { ...carol, avatar: null } }), steps, own, rules),
  ).toBeNull();
});

test("what an agent switched off is not made, and without either there is no alarm", () => {
  const quietly = { ...rules, unassigned: { ...all, sound: false } };
  expect(alarmOf(waiting(5).conversation, atOnce(USUAL), own, quietly)).toMatchObject({
    sound: false,
    desktop: true,
  });
  const never = { ...rules, unassigned: { ...all, sound: false, desktop: false } };
  expect(alarmOf(waiting(5).conversation, atOnce(USUAL), own, never)).toBeNull();
});

test("a later step comes due once, and goes to owners where it says so", () => {
  const ladder: Escalation = { steps: [{ after_s: 60, whom: "owners", ways: ["sound"] }] };
  const since = Date.parse(at(5));
  expect(cameDue(ladder, since, since + 50_000, since + 59_999)).toEqual([]);
  const due = cameDue(ladder, since, since + 59_999, since + 60_000);
  expect(due).toHaveLength(1);
  expect(cameDue(ladder, since, since + 60_000, since + 65_000)).toEqual([]);
  expect(alarmOf(waiting(5).conversation, due, own, rules)).toBeNull();
  const alarm = alarmOf(waiting(5).conversation, due, owner, rules);
  expect(alarm?.id).not.toBe(alarmOf(waiting(5).conversation, atOnce(USUAL), owner, rules)?.id);
});

test("a colleague's call comes on the agent's own channel and by the ways for mentions", () => {
  const data = { conversation_id: "cnv_1", by: "Carol", seq: 7, timestamp: at(1) };
  const frame = { event: "agent.mentioned", channel: "#server-to-user-agt_ben", data: JSON.stringify(data) };
  const call = callIn(JSON.stringify(frame));
  expect(call).toEqual({ event: "agent.mentioned", data });
  expect(callIn(JSON.stringify({ ...frame, channel: "private-x" }))).toBeNull();
  expect(callIn("#server-to-user-")).toBeNull();
  expect(calledBy("agent.mentioned", data, rules)).toMatchObject({ kind: "mention", title: "Carol" });
  expect(
    calledBy("agent.assigned", data, { ...rules, mine: { ...all, sound: false, desktop: false } }),
  ).toBeNull();
});

test("quiet hours go by the clock of their zone and over midnight", () => {
  const night = [{ day: "mon", from: "20:00", to: "08:00" } as const];
  const madrid = (time: string) => inHours(night, "Europe/Madrid", Date.parse(time));
  expect(madrid("2026-11-23T18:59:00Z")).toBe(false);
  expect(madrid("2026-11-23T19:00:00Z")).toBe(true);
  expect(madrid("2026-11-24T06:59:00Z")).toBe(true);
  expect(madrid("2026-11-24T07:00:00Z")).toBe(false);
  expect(madrid("2026-11-24T19:00:00Z")).toBe(false);
  expect(inHours(night, "Nowhere/Land", Date.parse("2026-11-23T19:00:00Z"))).toBe(false);
});

test("being away is no wish for silence unless it was said", () => {
  const now = Date.parse(at(5));
  expect(quiet(rules, "away", now)).toBeNull();
  expect(quiet({ ...rules, away_is_quiet: true }, "away", now)).toBe("away");
  expect(quiet({ ...rules, quiet_until: at(6) }, "online", now)).toBe("until");
  expect(quiet({ ...rules, quiet_until: at(5) }, "online", now)).toBeNull();
});

test("do not disturb ends at eight in the morning, today or tomorrow", () => {
  const evening = nextMorning(new Date(2026, 10, 27, 17, 0).getTime());
  expect([evening.getDate(), evening.getHours()]).toEqual([28, 8]);
  expect(nextMorning(new Date(2026, 10, 27, 2, 0).getTime()).getDate()).toBe(27);
});

test("a push is shown unless its conversation is before somebody's eyes", () => {
  const push = { conversation_id: "cnv_1", title: "Ana", text: "Is it back?" };
  const tab = (hash: string, visible: boolean) => ({ url: `https://desk.example/${hash}`, visible });
  expect(isShown(push, [])).toBe(true);
  expect(isShown(push, [tab("#/c/cnv_1", false)])).toBe(true);
  expect(isShown(push, [tab("#/c/cnv_2", true)])).toBe(true);
  expect(isShown(push, [tab("#/c/cnv_1/12", true)])).toBe(false);
  // A test needs no notification while somebody looks at its result.
  expect(isShown({ ...push, token: "t" }, [tab("#/settings/alerts", true)])).toBe(false);
  expect(isShown({ ...push, token: "t" }, [])).toBe(true);
});

test("the newest push about a conversation replaces the one before, and only it makes a sound", () => {
  const push = { conversation_id: "cnv_1", title: "Ana", text: "Is it back?" };
  expect(look(push, []).options).toMatchObject({ tag: "cnv_1", renotify: true, body: "Is it back?" });
  expect(look(push, [{ url: "https://desk.example/", visible: false }]).options.renotify).toBe(false);
  expect(read("not JSON").title).toBe("Frontdesk");
  expect(read(JSON.stringify(push))).toEqual(push);
  expect(addressOf("cnv_1")).toBe("/#/c/cnv_1");
  const tabs = [
    { url: "a", visible: false },
    { url: "b", visible: true },
  ];
  expect(chosen(tabs)?.url).toBe("b");
  expect(chosen([])).toBeUndefined();
});

test("a ladder reads as sentences, and a step without a way is not whole", () => {
  expect(USUAL.steps.map(inWords)).toEqual([
    "At once: sound, notification and push to whose conversation it is",
    "After 2 minutes: push to everyone who answers",
    "After 5 minutes: mail to everyone who answers",
    "After 15 minutes: mail to owners and admins",
  ]);
  expect([parted(3_600), parted(90)]).toEqual([
    { count: 1, unit: "hours" },
    { count: 90, unit: "seconds" },
  ]);
  expect(secondsOf(2, "minutes")).toBe(120);
  expect(isWhole(USUAL)).toBe(true);
  expect(isWhole({ steps: [{ after_s: 0, whom: "members", ways: [] }] })).toBe(false);
});

test("a ladder reaches an agent by the ways that both want", () => {
  expect(reaches(USUAL, own, rules)).toEqual(["sound", "desktop", "push", "mail"]);
  const ownersOnly: Escalation = { steps: [{ after_s: 0, whom: "owners", ways: ["mail"] }] };
  expect(reaches(ownersOnly, own, rules)).toEqual([]);
  expect(reaches(ownersOnly, owner, rules)).toEqual(["mail"]);
});

test("a browser is called as its owner knows it", () => {
  const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
  const edge =
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Safari/537.36 Edg/140";
  expect([firefox, edge, "curl"].map(browserName)).toEqual([
    "Firefox on Linux",
    "Edge on Windows",
    "A browser",
  ]);
});
