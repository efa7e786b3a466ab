// @vitest-environment happy-dom
// Proves whom the open console alerts of what, when one agent comes after another.

import type { AlertsReply, InboxRow, MeReply } from "@frontdesk/shared/wire.gen";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { bell, own, runAlerts } from "../src/alerts";
import { inbox } from "../src/desk";
import { emptyInbox, reduceInbox } from "../src/inbox";
import { USUAL } from "../src/ladder";
import { me } from "../src/session";
import { ALL } from "../src/view";
import { at, ben, carol, reply, row } from "./people";

const all = { sound: false, desktop: true, push: true, mail: true };
const alerts = { rules: { mine: all, unassigned: all, mention: all }, devices: [] } as unknown as AlertsReply;
const asked = vi.fn(async (_path: string) => new Response(JSON.stringify(alerts)));
const alerted = vi.spyOn(bell, "once").mockImplementation(() => {});

beforeAll(() => {
  vi.useFakeTimers({ toFake: ["Date", "setInterval"] });
  vi.stubGlobal("fetch", asked);
  runAlerts();
});
afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function meOf(who: { id: string; name: string }): MeReply {
  const widgets = [{ id: "wgt_1", name: "Shop", settings: { escalation: USUAL } }];
  return { agent: { ...who, role: "owner" }, status: "online", widgets } as unknown as MeReply;
}

/** A conversation in which Ana wrote last. */
function written(id: string, minute: number): InboxRow {
  const said = { id: `msg_${id}`, sender_type: "visitor", text: "Hello", timestamp: at(minute) } as const;
  return row({ id, last_message: { ...said, sender_name: "Ana", kind: "text" } });
}

const list = (...rows: InboxRow[]) => {
  inbox.value = reduceInbox(inbox.value, { kind: "newest", view: ALL, reply: reply(rows) });
};
const alarms = () => alerted.mock.calls.map(([id]) => id);

test("who comes after another is not alerted of what was written before they came", async () => {
  me.value = meOf(ben);
  await vi.waitFor(() => expect(own.value).not.toBeNull());
  list(written("cnv_1", 1));
  // By an invitation's link, Ben still signed in.
  inbox.value = emptyInbox;
  me.value = meOf(carol);
  await vi.waitFor(() => expect(own.value).not.toBeNull());
  list(written("cnv_1", 1), written("cnv_2", 5));
  list(written("cnv_1", 1), written("cnv_2", 5), written("cnv_3", 6));
  await vi.waitFor(() => expect(alarms()).toContain("msg_cnv_3:shown"));
  expect(alarms()).toEqual(["msg_cnv_3:shown"]);
});

test("the server is asked once how an agent wants to be alerted, whatever else of them changes", async () => {
  const before = asked.mock.calls.length;
  me.value = { ...meOf(carol), status: "away" };
  me.value = meOf(carol);
  me.value = meOf(ben);
  await vi.waitFor(() => expect(own.value).not.toBeNull());
  expect(asked.mock.calls.length).toBe(before + 1);
});

test("a later step of the ladder alerts of who waits, and of nobody who does not any more", async () => {
  const [first] = USUAL.steps;
  const later = { steps: [{ ...first, after_s: 120, whom: "members", ways: ["desktop"] }] };
  const waits = (id: string, change = {}) =>
    row({ ...written(id, 1).conversation, waiting_since: new Date(Date.now()).toISOString(), ...change });
  const settings = { escalation: later };
  me.value = { ...meOf(ben), widgets: [{ id: "wgt_1", name: "Shop", settings }] } as unknown as MeReply;
  inbox.value = emptyInbox;
  await vi.waitFor(() => expect(own.value).not.toBeNull());
  list(waits("cnv_7"), waits("cnv_8"), waits("cnv_9", { status: "snoozed" }));
  list(waits("cnv_7"), waits("cnv_8", { seq: 2, waiting_since: null }));
  alerted.mockClear();
  await vi.advanceTimersByTimeAsync(115_000);
  expect(alarms()).toEqual([]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(alarms()).toEqual(["msg_cnv_7:120:shown"]);
});
