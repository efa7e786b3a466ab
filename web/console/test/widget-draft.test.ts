// Proves what counts as a change of a widget, what cannot be saved, what the preview is told, and when a desk opens.

import type { WidgetProfile } from "@frontdesk/shared/wire.gen";
import { expect, test } from "vitest";
import { moduleSnippet, reactSnippet, snippet, warningOf } from "../src/embed";
import { nextOpening, spansOf, usualHours, withDay } from "../src/hours";
import { changeOf, draftOf, PLAIN_PAGE, previewOf, wrongsOf } from "../src/widget-draft";

const WIDGET: WidgetProfile = {
  id: "wgt_a",
  name: "Shop",
  color: "#0b6e54",
  greeting: "Hello!",
  token: "cbw_a",
  origins: ["https://shop.example"],
  settings: {
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
  },
};
const draft = draftOf(WIDGET);
const ABOUT = { id: "wgt_a", savedColor: "#0b6e54", agent: "Ben", now_ms: Date.UTC(2026, 10, 27, 12) };

test("nothing is changed until something is, and blank texts are none", () => {
  expect(changeOf(draft, WIDGET)).toBeNull();
  expect(changeOf({ ...draft, name: " Shop ", color: "#0B6E54" }, WIDGET)).toBeNull();
  expect(changeOf({ ...draft, settings: { ...draft.settings, consent: "  " } }, WIDGET)).toBeNull();
  expect(changeOf({ ...draft, greeting: "Moin!" }, WIDGET)).toEqual({ greeting: "Moin!" });
  const changed = changeOf({ ...draft, settings: { ...draft.settings, retention_days: 30 } }, WIDGET);
  expect(changed?.settings).toEqual({ ...WIDGET.settings, retention_days: 30 });
});

test("what the server would refuse is said beforehand", () => {
  const wrong = (part: Partial<typeof draft.settings>) =>
    Object.keys(wrongsOf({ ...draft, settings: { ...draft.settings, ...part } }));
  expect(wrongsOf(draft)).toEqual({});
  expect(Object.keys(wrongsOf({ ...draft, name: " ", color: "red" }))).toEqual(["name", "color"]);
  expect(wrong({ retention_days: 0 })).toEqual(["retention"]);
  expect(wrong({ retention_days: Number.NaN })).toEqual(["retention"]);
  expect(wrong({ uploads: { max_bytes: 1, types: ["png"] } })).toEqual(["types"]);
});

test("the preview is told what a visitor would be, with the last colour that was one", () => {
  const told = previewOf({ ...draft, color: "#12" }, PLAIN_PAGE, "there", ABOUT);
  expect(told.config.widget.color).toBe("#0b6e54");
  expect(told.config.availability.agents).toEqual([{ name: "Ben", avatar: null }]);
  expect(previewOf(draft, PLAIN_PAGE, "button", ABOUT).open).toBe(false);
  const hours = { ...draft, settings: { ...draft.settings, hours: usualHours("UTC") } };
  const closed = previewOf(hours, { ...PLAIN_PAGE, locale: "de" }, "closed", ABOUT);
  expect(closed.config.availability.open).toBe(false);
  expect(closed.config.availability.opens_at).not.toBeNull();
  expect(closed.page).toMatchObject({ locale: "de", position: "right" });
});

test("a desk opens next when its hours say so, in its own zone", () => {
  // Friday, 12:00 in Madrid's winter is 11:00 UTC.
  const friday = Date.UTC(2026, 10, 27, 18, 3);
  expect(nextOpening(usualHours("Europe/Madrid"), friday)).toBe("2026-11-30T08:00:00.000Z");
  const night = { zone: "UTC", days: [{ day: "sat" as const, from: "22:00", to: "02:00" }] };
  expect(nextOpening(night, friday)).toBe("2026-11-28T22:00:00.000Z");
  // While it is open, the next opening is another day's.
  expect(nextOpening(usualHours("UTC"), Date.UTC(2026, 10, 27, 12))).toBe("2026-11-30T09:00:00.000Z");
  expect(nextOpening({ zone: "UTC", days: [] }, friday)).toBeNull();
  expect(nextOpening({ zone: "Nowhere/Else", days: [] }, friday)).toBeNull();
});

test("a day's hours change without touching the others, in the order of the week", () => {
  const week = usualHours("UTC");
  const more = withDay(week, "sun", [{ day: "sun", from: "10:00", to: "12:00" }]);
  expect(more.days.at(-1)?.day).toBe("sun");
  expect(spansOf(withDay(more, "mon", []), "mon")).toEqual([]);
  expect(withDay(week, "mon", spansOf(week, "mon"))).toEqual(week);
});

test("what the page sets stands in the lines, and cannot end their script", () => {
  const embed = { id: "wgt_a", token: "cbw_a", origin: "https://chat.example" };
  expect(snippet(embed, { label: "</script>" })).toContain('label: "\\u003c/script>"');
  expect(snippet(embed).split("\n")).toHaveLength(5);
  expect(moduleSnippet(embed, { position: "left" })).toContain('position: "left",');
  expect(reactSnippet(embed, { locale: "de" })).toContain('locale={"de"}');
});

test("an address that no website could use is told as one", () => {
  expect(warningOf("http://localhost:8080")).toContain("this computer only");
  expect(warningOf("http://127.0.0.1:8080")).toContain("this computer only");
  expect(warningOf("http://chat.example")).toContain("not encrypted");
  expect(warningOf("https://chat.example")).toBeNull();
});
