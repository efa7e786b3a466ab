// Proves that "Will I be alerted?" names the path that is broken, and no other.

import type { AlertRules, AlertsReply, MeReply, Role } from "@frontdesk/shared/wire.gen";
import { expect, test } from "vitest";
import { CHECKS, type CheckId, type Ground, summary, type Verdict, walk } from "../src/checks";
import { USUAL } from "../src/ladder";
import { at } from "./people";

const all = { sound: true, desktop: true, push: true, mail: true };
const rules: AlertRules = {
  mine: all,
  unassigned: all,
  mention: all,
  quiet_until: null,
  quiet_hours: null,
  away_is_quiet: false,
  hide_words: false,
};
const me = {
  agent: { id: "agt_ben", name: "Ben", email: "ben@desk.example", role: "owner" },
  status: "online",
  widgets: [{ id: "wgt_1", name: "Shop", settings: { escalation: USUAL } }],
} as unknown as MeReply;
const own = {
  rules,
  is_quiet: false,
  devices: [],
  push_key: "",
  sends_mail: true,
  missed: [],
} as unknown as AlertsReply;

/** Everything works, but for what is said. */
function ground(change: Partial<Ground> = {}): Ground {
  return {
    me,
    own,
    now_ms: Date.parse(at(5)),
    impossible: null,
    permission: () => "granted",
    play: async () => true,
    worker: async () => true,
    device: async () => "dev_1",
    push: async () => ({ success: true, sent: true, word: "taken" }),
    cameBack: async () => true,
    mail: async () => ({ success: true, sent: true, word: "ben@desk.example" }),
    ...change,
  };
}

async function verdicts(change: Partial<Ground>): Promise<Map<CheckId, Verdict>> {
  const found = new Map<CheckId, Verdict>();
  await walk(ground(change), (id, verdict) => found.set(id, verdict));
  return found;
}

const named = (found: Map<CheckId, Verdict>, state: Verdict["state"]) =>
  [...found].filter(([, verdict]) => verdict.state === state).map(([id]) => id);
const withRules = (change: Partial<AlertRules>) => ({ own: { ...own, rules: { ...rules, ...change } } });

test("where everything works every path says so, in the order of the list", async () => {
  const found = await verdicts({});
  expect([...found.keys()]).toEqual(CHECKS.map(({ id }) => id));
  expect(named(found, "pass")).toHaveLength(CHECKS.length);
  expect(summary([...found.values()]).good).toBe(true);
});

const BROKEN: ReadonlyArray<readonly [CheckId, Partial<Ground>, CheckId[]]> = [
  ["member", { me: { ...me, widgets: [] } }, ["ladder"]],
  ["quiet", withRules({ quiet_until: at(6) }), []],
  ["away", { me: { ...me, status: "away" }, ...withRules({ away_is_quiet: true, quiet_until: null }) }, []],
  ["sound", { play: async () => false }, []],
  ["permission", { permission: () => "denied" }, []],
  ["permission", { permission: () => "default" }, []],
  ["worker", { worker: async () => false }, ["subscription", "push"]],
  ["worker", { impossible: "Open it over https." }, ["subscription", "push"]],
  ["subscription", { device: async () => null }, ["push"]],
  ["push", { push: async () => ({ success: true, sent: false, word: "It said 410." }) }, []],
  ["push", { cameBack: async () => false }, []],
  ["mail", { mail: async () => ({ success: true, sent: false, word: "It said 550." }) }, []],
  ["mail", { own: { ...own, sends_mail: false } }, []],
  ["mail", { mail: () => Promise.reject(new Error("The server could not be reached.")) }, []],
];

test.each(BROKEN)("%s broken is named alone, with the way to mend it (%#)", async (id, change, skipped) => {
  const found = await verdicts(change);
  expect(named(found, "fail")).toEqual([id]);
  expect(found.get(id)?.mend).toBeTruthy();
  expect(named(found, "skipped")).toEqual(skipped);
  expect(summary([...found.values()]).good).toBe(false);
});

test("a ladder that alerts nobody is named with its widget", async () => {
  const silent = {
    ...me,
    widgets: [{ ...me.widgets[0], name: "Silent", settings: { escalation: { steps: [] } } }],
  };
  const found = await verdicts({ me: silent as unknown as MeReply });
  expect(named(found, "fail")).toEqual(["ladder"]);
  expect(found.get("ladder")).toMatchObject({ button: "escalation" });
  expect(found.get("ladder")?.word).toContain("Silent");
});

test("whoever may change the ladder is led to it, and whoever may not is told whom to ask", async () => {
  const silent = [
    { ...me.widgets[0], settings: { escalation: { steps: [] } } },
  ] as unknown as MeReply["widgets"];
  const buttonFor = async (role: Role) => {
    const found = await verdicts({ me: { ...me, agent: { ...me.agent, role }, widgets: silent } });
    return found.get("ladder")?.button;
  };
  expect(await buttonFor("owner")).toBe("escalation");
  expect(await buttonFor("admin")).toBe("escalation");
  expect(await buttonFor("agent")).toBeUndefined();
});

test("what the agent switched off is off, and nothing is broken", async () => {
  const none = { ...all, sound: false, push: false, mail: false };
  const found = await verdicts({
    ...withRules({ mine: none, unassigned: none, mention: none }),
    play: async () => false,
    worker: async () => false,
    mail: () => Promise.reject(new Error("asked")),
  });
  expect(named(found, "off")).toEqual(["sound", "worker", "subscription", "push", "mail"]);
  expect(named(found, "fail")).toEqual([]);
});

test("a push that is back before the answer counts", async () => {
  let listens = false;
  const found = await verdicts({
    cameBack: (token) => {
      listens = token.length > 0;
      return Promise.resolve(true);
    },
    push: async () => {
      expect(listens).toBe(true);
      return { success: true, sent: true, word: "taken" };
    },
  });
  expect(found.get("push")?.state).toBe("pass");
});
