// Decides what becomes of a widget's draft when somebody else saved the widget meanwhile: what only one of the two
// changed is taken, what both changed is a clash. Knows nothing of drawing and of asking the server.

import type { OpeningHours, WidgetSettings } from "@frontdesk/shared/wire.gen";
import { tidied, type WidgetDraft } from "./widget-draft";

/** Every field that is changed by itself. */
type Fields = Omit<WidgetDraft, "settings"> & WidgetSettings;
export type FieldName = keyof Fields;

/** As the editor calls them. */
export const FIELD_NAMES: Readonly<Record<FieldName, string>> = {
  name: "Name",
  color: "Colour",
  greeting: "Greeting",
  hours: "Opening hours",
  away_text: "While nobody is there",
  show_agents: "Show who is there",
  typing_preview: "See what visitors type before they send it",
  whereabouts: "Say where visitors are",
  pre_chat: "Ask for",
  consent: "Consent",
  identity_required: "Only people whom your website has signed in",
  uploads: "Files",
  retention_days: "Conversations are kept",
  origins: "Websites",
  escalation: "Escalation",
};

const NAMES = Object.keys(FIELD_NAMES) as FieldName[];

/** What both changed, and not to the same. */
export interface Clash {
  readonly field: FieldName;
  readonly mine: string;
  readonly theirs: string;
}

export interface Merged {
  /** With what only they changed, and where both did, what is mine. */
  readonly draft: WidgetDraft;
  /** What only they changed. */
  readonly taken: readonly FieldName[];
  readonly clashes: readonly Clash[];
}

/** `base`: what both began with. */
export function merged(base: WidgetDraft, mine: WidgetDraft, theirs: WidgetDraft): Merged {
  const [before, own, other] = [fieldsOf(base), fieldsOf(mine), fieldsOf(theirs)];
  const changed = (now: Fields) => NAMES.filter((field) => !same(now[field], before[field]));
  const byMe = new Set(changed(own));
  const taken = changed(other).filter((field) => !byMe.has(field));
  const clashes = changed(other)
    .filter((field) => byMe.has(field) && !same(own[field], other[field]))
    .map((field) => ({ field, mine: wordsOf(own, field), theirs: wordsOf(other, field) }));
  return { draft: taking(mine, theirs, taken), taken, clashes };
}

/** The draft with these fields as they stand in another. */
export function taking(draft: WidgetDraft, from: WidgetDraft, fields: readonly FieldName[]): WidgetDraft {
  const other = fieldsOf(from);
  const chosen = Object.fromEntries(fields.map((field) => [field, other[field]]));
  const { settings: before, ...rest } = draft;
  const { name, color, greeting, origins, ...settings }: Fields = { ...rest, ...before, ...chosen };
  return { name, color, greeting, origins, settings };
}

function fieldsOf(draft: WidgetDraft): Fields {
  const { settings, ...rest } = draft;
  return { ...rest, ...tidied(settings), name: rest.name.trim(), color: rest.color.toLowerCase() };
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** What a field says, in short. */
function wordsOf(fields: Fields, field: FieldName): string {
  switch (field) {
    case "name":
    case "color":
    case "greeting":
    case "away_text":
    case "consent":
      return fields[field] || "Nothing";
    case "show_agents":
    case "typing_preview":
    case "whereabouts":
    case "identity_required":
      return fields[field] ? "Yes" : "No";
    case "origins":
      return fields.origins.join(", ") || "None";
    case "pre_chat":
      return fields.pre_chat.map((one) => (one === "name" ? "Name" : "E-mail")).join(", ") || "Nothing";
    case "retention_days":
      return fields.retention_days === null ? "For good" : `${fields.retention_days} days`;
    case "uploads":
      return uploadsWords(fields.uploads);
    case "hours":
      return hoursWords(fields.hours);
    case "escalation":
      return `${fields.escalation.steps.length} steps`;
  }
}

const MIB = 1024 * 1024;

function uploadsWords({ max_bytes, types }: WidgetSettings["uploads"]): string {
  if (max_bytes === 0) return "No files";
  return `Up to ${Math.round(max_bytes / MIB)} MB: ${types.join(", ") || "of no kind"}`;
}

function hoursWords(hours: OpeningHours | null): string {
  if (!hours) return "Always open";
  const spans = hours.days.map(
    ({ day, from, to }) => `${day.charAt(0).toUpperCase()}${day.slice(1)} ${from}–${to}`,
  );
  return `${spans.join(", ") || "Never open"} (${hours.zone})`;
}
