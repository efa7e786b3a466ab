// Proves what becomes of a widget that two people change at once, and of those who are put on it.

import type { AgentProfile, WidgetSettings } from "@frontdesk/shared/wire.gen";
import { expect, test } from "vitest";
import { chosenFrom, movesOf } from "../src/widget-agents";
import type { WidgetDraft } from "../src/widget-draft";
import { merged, taking } from "../src/widget-merge";

const SETTINGS: WidgetSettings = {
  typing_preview: false,
  whereabouts: true,
  uploads: { max_bytes: 1_000_000, types: ["image/*"] },
  retention_days: null,
  identity_required: false,
  hours: null,
  away_text: null,
  show_agents: true,
  pre_chat: [],
  consent: null,
  escalation: { steps: [] },
};
const BASE: WidgetDraft = {
  name: "Shop",
  color: "#0b6e54",
  greeting: "Hello!",
  origins: ["https://shop.example"],
  settings: SETTINGS,
};
const settings = (part: Partial<WidgetSettings>) => ({ settings: { ...SETTINGS, ...part } });

test("what only one of Ben and Carol changed is put together", () => {
  const ben = { ...BASE, greeting: "Moin!", ...settings({ consent: "Our terms" }) };
  const carol = { ...BASE, color: "#112233", ...settings({ retention_days: 30 }) };
  const { draft, taken, clashes } = merged(BASE, ben, carol);
  expect(clashes).toEqual([]);
  expect(taken).toEqual(["color", "retention_days"]);
  expect(draft).toEqual({
    ...BASE,
    greeting: "Moin!",
    color: "#112233",
    ...settings({ consent: "Our terms", retention_days: 30 }),
  });
});

test("what both changed is asked about, and not what both changed to the same", () => {
  const ben = {
    ...BASE,
    greeting: "Moin!",
    name: "Shop 2 ",
    ...settings({ retention_days: 30, consent: " " }),
  };
  const carol = { ...BASE, greeting: "Servus!", name: "Shop 2", ...settings({ retention_days: 365 }) };
  const { draft, taken, clashes } = merged(BASE, ben, carol);
  expect(taken).toEqual([]);
  expect(clashes).toEqual([
    { field: "greeting", mine: "Moin!", theirs: "Servus!" },
    { field: "retention_days", mine: "30 days", theirs: "365 days" },
  ]);
  expect(draft.greeting).toBe("Moin!");
  const chosen = taking(draft, carol, ["greeting"]);
  expect([chosen.greeting, chosen.settings.retention_days]).toEqual(["Servus!", 30]);
  expect(merged(BASE, BASE, carol).draft).toEqual(carol);
});

test("each field says in short what it holds", () => {
  const one = {
    ...BASE,
    origins: [],
    ...settings({
      hours: { zone: "Europe/Madrid", days: [{ day: "mon", from: "09:00", to: "17:00" }] },
      uploads: { max_bytes: 0, types: [] },
      pre_chat: ["name", "email"],
      show_agents: false,
      away_text: "Tomorrow",
    }),
  };
  const other = {
    ...BASE,
    origins: ["https://a.example", "https://b.example"],
    ...settings({
      hours: { zone: "Europe/Madrid", days: [] },
      uploads: { max_bytes: 25 * 1024 * 1024, types: ["image/*", "application/pdf"] },
      pre_chat: ["name"],
      away_text: "Later",
    }),
  };
  const said = Object.fromEntries(
    merged(BASE, one, other).clashes.map(({ field, mine, theirs }) => [field, [mine, theirs]]),
  );
  expect(said).toEqual({
    origins: ["None", "https://a.example, https://b.example"],
    hours: ["Mon 09:00–17:00 (Europe/Madrid)", "Never open (Europe/Madrid)"],
    uploads: ["No files", "Up to 25 MB: image/*, application/pdf"],
    pre_chat: ["Name, E-mail", "Name"],
    away_text: ["Tomorrow", "Later"],
  });
});

const agent = (name: string, widgets: string[]): AgentProfile => ({
  ...{
    id: `agt_${name}`,
    name,
    email: `${name.toLowerCase()}@desk.example`,
    avatar: null,
    role: "agent" as const,
  },
  widgets,
});

test("Zoë is found as people type her, and only what is different is saved", () => {
  const [zoe, dora] = [agent("Zoë Ångström", ["wgt_a"]), agent("Dora", [])];
  const found = (sought: string) => chosenFrom([zoe, dora], sought).map(({ name }) => name);
  expect(found("")).toEqual(["Zoë Ångström", "Dora"]);
  expect(found("angs zoe")).toEqual(["Zoë Ångström"]);
  expect(found("dora@")).toEqual(["Dora"]);
  expect(found("eve")).toEqual([]);
  const moves = (turned: Record<string, boolean>) => movesOf([zoe, dora], "wgt_a", turned);
  expect(moves({})).toEqual({ join: [], leave: [] });
  expect(moves({ [zoe.id]: true, [dora.id]: false })).toEqual({ join: [], leave: [] });
  expect(moves({ [zoe.id]: false, [dora.id]: true })).toEqual({ join: [dora.id], leave: [zoe.id] });
});
