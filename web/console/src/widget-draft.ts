// Decides what an owner has changed of a widget and not saved, whether it can be saved, and how the preview shows it.
// Knows nothing of drawing and of asking the server.

import type {
  Availability,
  ConfigReply,
  UploadRules,
  WidgetChange,
  WidgetProfile,
  WidgetSettings,
} from "@frontdesk/shared/wire.gen";
import { nextOpening } from "./hours";

/** Everything that is saved together. */
export interface WidgetDraft {
  readonly name: string;
  readonly color: string;
  readonly greeting: string;
  readonly origins: readonly string[];
  readonly settings: WidgetSettings;
}

/** What stands in the website's page and nowhere else. */
export interface PageChoices {
  readonly position: "right" | "left";
  /** Empty: as the page or the browser has it. */
  readonly locale: string;
  readonly theme: "system" | "light" | "dark";
  /** Words on the button. */
  readonly label: string;
}

export const PLAIN_PAGE: PageChoices = { position: "right", locale: "", theme: "system", label: "" };

/** What the preview is to pretend. */
export type Scene = "there" | "away" | "closed" | "button";

export function draftOf({ name, color, greeting, origins, settings }: WidgetProfile): WidgetDraft {
  return { name, color, greeting, origins, settings };
}

/** What is different from what the server has; `null`: nothing. */
export function changeOf(draft: WidgetDraft, saved: WidgetProfile): WidgetChange | null {
  const before = draftOf(saved);
  const change: WidgetChange = {};
  if (draft.name.trim() !== before.name) change.name = draft.name.trim();
  if (draft.color.toLowerCase() !== before.color) change.color = draft.color.toLowerCase();
  if (draft.greeting !== before.greeting) change.greeting = draft.greeting;
  if (!same(draft.origins, before.origins)) change.origins = [...draft.origins];
  const settings = tidied(draft.settings);
  if (!same(settings, tidied(before.settings))) change.settings = settings;
  return Object.keys(change).length ? change : null;
}

/** Blank texts are none. */
export function tidied(settings: WidgetSettings): WidgetSettings {
  const said = (text: string | null) => (text?.trim() ? text.trim() : null);
  return { ...settings, consent: said(settings.consent), away_text: said(settings.away_text) };
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** What keeps a field from being saved, in a sentence. */
export interface Wrongs {
  readonly name?: string;
  readonly color?: string;
  readonly retention?: string;
  readonly hours?: string;
  readonly types?: string;
}

export function wrongsOf({ name, color, settings }: WidgetDraft): Wrongs {
  const { retention_days, hours, uploads } = settings;
  const days = retention_days === null || (Number.isInteger(retention_days) && retention_days >= 1);
  const spans = hours?.days.every(({ from, to }) => isTime(from) && isTime(to)) ?? true;
  const type = uploads.types.find((one) => !/^[a-z0-9.+-]+\/([a-z0-9.+-]+|\*)$/i.test(one));
  return {
    ...(name.trim() ? {} : { name: "Visitors need something to read here." }),
    ...(isColor(color) ? {} : { color: "Six digits after a #, such as #0b6e54." }),
    ...(days ? {} : { retention: "A whole number of days, 1 at least." }),
    ...(spans ? {} : { hours: "Every time needs hours and minutes." }),
    ...(type === undefined ? {} : { types: `“${type}” is no media type. They look like image/png.` }),
  };
}

export function isColor(text: string): boolean {
  return /^#[0-9a-f]{6}$/i.test(text);
}

function isTime(text: string): boolean {
  return /^\d\d:\d\d$/.test(text);
}

export interface PreviewDraft {
  readonly config: ConfigReply;
  readonly uploads: UploadRules;
  readonly page: Partial<PageChoices>;
  readonly open: boolean;
}

/** What the preview is told: the server's reply to a visitor, were all this saved. */
export function previewOf(
  draft: WidgetDraft,
  page: PageChoices,
  scene: Scene,
  about: {
    readonly id: string;
    readonly savedColor: string;
    readonly agent: string;
    readonly now_ms: number;
  },
): PreviewDraft {
  const { settings } = draft;
  return {
    config: {
      success: true,
      realtimeProvider: "reverb",
      providers: ["reverb"],
      reverb: { enabled: true, key: "preview", scheme: "http" },
      pusher: { enabled: false },
      widget: {
        id: about.id,
        name: draft.name.trim() || " ",
        color: isColor(draft.color) ? draft.color : about.savedColor,
        greeting: draft.greeting,
      },
      poll_interval_ms: 2_000,
      typing_preview: settings.typing_preview,
      whereabouts: settings.whereabouts,
      pre_chat: settings.pre_chat,
      consent: settings.consent?.trim() || null,
      availability: availabilityOf(settings, scene, about.agent, about.now_ms),
    },
    uploads: settings.uploads,
    page: {
      position: page.position,
      theme: page.theme,
      ...(page.locale ? { locale: page.locale } : {}),
      ...(page.label.trim() ? { label: page.label.trim() } : {}),
    },
    open: scene !== "button",
  };
}

function availabilityOf(settings: WidgetSettings, scene: Scene, agent: string, now_ms: number): Availability {
  const there = scene === "there" || scene === "button";
  const open = scene !== "closed";
  return {
    online: there,
    agents: there && settings.show_agents ? [{ name: agent, avatar: null }] : [],
    open,
    opens_at: open || !settings.hours ? null : nextOpening(settings.hours, now_ms + 60_000),
    away_text: settings.away_text?.trim() || null,
  };
}
