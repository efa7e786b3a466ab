// Draws every setting of a widget that is saved with the others. Knows nothing of saving, and of what a setting does
// beyond the words beside it.

import type { PreChatField, WidgetSettings } from "@frontdesk/shared/wire.gen";
import { CONSOLE_LIMITS, LIMITS } from "@frontdesk/shared/wire.gen";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { WidgetDraft, Wrongs } from "../widget-draft";
import { isColor } from "../widget-draft";
import { Field, TextField } from "./field";
import { HoursField } from "./hours";
import { OriginsField } from "./origins";
import { Panel } from "./settings";

interface Fields {
  readonly draft: WidgetDraft;
  readonly wrongs: Wrongs;
  readonly set: (part: Partial<WidgetDraft>) => void;
  readonly setSettings: (part: Partial<WidgetSettings>) => void;
}

/** Wire: `GREETING_CHARS`, `AWAY_TEXT_CHARS`. */
const WORDS = 500;

export function Look(fields: Fields) {
  return (
    <Panel title="Look" lead="Visitors see these first.">
      <LookFields {...fields} />
    </Panel>
  );
}

export function LookFields({ draft, wrongs, set }: Omit<Fields, "setSettings">) {
  return (
    <div class="form">
      <TextField
        label="Name"
        hint="Of your shop or team: it stands above the chat."
        autocomplete="off"
        maxLength={LIMITS.NAME_CHARS}
        wrong={wrongs.name}
        value={draft.name}
        onValue={(name) => set({ name })}
      />
      <Field label="Colour" wrong={wrongs.color}>
        {(ids) => (
          <span class="color">
            <input
              type="color"
              class="color-pick"
              aria-label="Pick a colour"
              value={isColor(draft.color) ? draft.color : "#000000"}
              onInput={(event) => set({ color: event.currentTarget.value })}
            />
            <input
              {...ids}
              class="input"
              maxLength={7}
              autocomplete="off"
              spellcheck={false}
              value={draft.color}
              onInput={(event) => set({ color: event.currentTarget.value })}
            />
          </span>
        )}
      </Field>
      <Field label="Greeting" hint="The first line of an empty conversation.">
        {(ids) => (
          <textarea
            {...ids}
            class="input"
            dir="auto"
            rows={3}
            maxLength={WORDS}
            value={draft.greeting}
            onInput={(event) => set({ greeting: event.currentTarget.value })}
          />
        )}
      </Field>
    </div>
  );
}

export function There({ draft, wrongs, setSettings }: Fields) {
  const { settings } = draft;
  return (
    <Panel title="Who is there" lead="When your desk is open, and what visitors read when it is not.">
      <div class="form">
        <HoursField hours={settings.hours} wrong={wrongs.hours} change={(hours) => setSettings({ hours })} />
        <Field label="While nobody is there" hint="They can write all the same. Empty: a sentence of ours.">
          {(ids) => (
            <textarea
              {...ids}
              class="input"
              dir="auto"
              rows={2}
              maxLength={WORDS}
              placeholder="We answer by e-mail within a day."
              value={settings.away_text ?? ""}
              onInput={(event) => setSettings({ away_text: event.currentTarget.value })}
            />
          )}
        </Field>
        <Tick
          name="Show who is there"
          hint="Names and faces of agents who are online."
          on={settings.show_agents}
          change={(show_agents) => setSettings({ show_agents })}
        />
        <Tick
          name="See what visitors type before they send it"
          hint="Visitors are told so beside the field."
          on={settings.typing_preview}
          change={(typing_preview) => setSettings({ typing_preview })}
        />
        <Tick
          name="Say where visitors are"
          hint="With each message: the page and the website they came from, both without what stands after a question mark; browser and system, language and time zone. Your team alone sees it."
          on={settings.whereabouts}
          change={(whereabouts) => setSettings({ whereabouts })}
        />
      </div>
    </Panel>
  );
}

const QUESTIONS: readonly (readonly [PreChatField, string])[] = [
  ["name", "Their name"],
  ["email", "Their e-mail address"],
];

export function AskedFirst({ draft, setSettings }: Fields) {
  const { settings } = draft;
  const ask = (field: PreChatField, on: boolean) => {
    const asked = (one: PreChatField) => (one === field ? on : settings.pre_chat.includes(one));
    setSettings({ pre_chat: QUESTIONS.map(([one]) => one).filter(asked) });
  };
  return (
    <Panel
      title="Before the first message"
      lead="What visitors are asked and agree to. A page that asks for itself has the last word."
    >
      <div class="form">
        <fieldset class="checks">
          <legend>Ask for</legend>
          {QUESTIONS.map(([field, words]) => (
            <label key={field}>
              <input
                type="checkbox"
                checked={settings.pre_chat.includes(field)}
                onChange={(event) => ask(field, event.currentTarget.checked)}
              />
              {words}
            </label>
          ))}
        </fieldset>
        <Field label="Consent" hint="Stands beside a box to be ticked. Empty: none.">
          {(ids) => (
            <textarea
              {...ids}
              class="input"
              dir="auto"
              rows={2}
              maxLength={CONSOLE_LIMITS.CONSENT_CHARS}
              value={settings.consent ?? ""}
              onInput={(event) => setSettings({ consent: event.currentTarget.value })}
            />
          )}
        </Field>
        <Tick
          name="Only people whom your website has signed in"
          hint="Your website proves who they are; nobody else can write. Set that up before you tick this."
          on={settings.identity_required}
          change={(identity_required) => setSettings({ identity_required })}
        />
      </div>
    </Panel>
  );
}

const KINDS: readonly (readonly [type: string, name: string])[] = [
  ["image/*", "Pictures"],
  ["audio/*", "Voice messages and sound"],
  ["video/*", "Video"],
  ["application/pdf", "PDF"],
  ["text/plain", "Plain text"],
  ["application/zip", "Zip archives"],
];
const MIB = 1024 * 1024;
/** Wire: `FILE_BYTES`. */
const MOST_MIB = 1024;
const USUAL_MIB = 25;

export function FilesAndKeeping({ draft, wrongs, setSettings }: Fields) {
  const { uploads, retention_days } = draft.settings;
  const takes = uploads.max_bytes > 0;
  return (
    <Panel title="Files and keeping" lead="What visitors may send, and how long conversations stay.">
      <div class="form">
        <Tick
          name="Visitors may send files"
          on={takes}
          change={(on) => setSettings({ uploads: { ...uploads, max_bytes: on ? USUAL_MIB * MIB : 0 } })}
        />
        {takes && (
          <FileRules uploads={uploads} wrong={wrongs.types} change={(uploads) => setSettings({ uploads })} />
        )}
        <Retention
          days={retention_days}
          wrong={wrongs.retention}
          change={(retention_days) => setSettings({ retention_days })}
        />
      </div>
    </Panel>
  );
}

interface FileRulesProps {
  readonly uploads: WidgetSettings["uploads"];
  readonly wrong: string | undefined;
  readonly change: (uploads: WidgetSettings["uploads"]) => void;
}

function FileRules({ uploads, wrong, change }: FileRulesProps) {
  const known = KINDS.map(([type]) => type);
  const others = uploads.types.filter((type) => !known.includes(type));
  const [typed, setTyped] = useState(others.join(", "));
  const setKinds = (kinds: readonly string[], more: readonly string[]) =>
    change({ ...uploads, types: [...known.filter((type) => kinds.includes(type)), ...more] });
  return (
    <>
      <fieldset class="checks checks-pair">
        <legend>Kinds</legend>
        {KINDS.map(([type, name]) => (
          <label key={type}>
            <input
              type="checkbox"
              checked={uploads.types.includes(type)}
              onChange={(event) => {
                const rest = uploads.types.filter((one) => one !== type);
                setKinds(event.currentTarget.checked ? [...rest, type] : rest, others);
              }}
            />
            {name}
          </label>
        ))}
      </fieldset>
      <div class="form-pair">
        <Field label="Other kinds" hint="Media types, with commas between." wrong={wrong}>
          {(ids) => (
            <input
              {...ids}
              class="input"
              autocomplete="off"
              spellcheck={false}
              placeholder="model/stl"
              value={typed}
              onInput={(event) => {
                setTyped(event.currentTarget.value);
                setKinds(uploads.types, listOf(event.currentTarget.value));
              }}
            />
          )}
        </Field>
        <Field label="Largest file, in MB">
          {(ids) => (
            <input
              {...ids}
              class="input"
              type="number"
              min={1}
              max={MOST_MIB}
              value={Math.round(uploads.max_bytes / MIB)}
              onInput={(event) => {
                const mib = Math.min(MOST_MIB, Math.max(1, event.currentTarget.valueAsNumber || 1));
                change({ ...uploads, max_bytes: mib * MIB });
              }}
            />
          )}
        </Field>
      </div>
    </>
  );
}

function listOf(text: string): string[] {
  const all = text.split(/[\s,]+/).filter(Boolean);
  return [...new Set(all.map((one) => one.toLowerCase()))];
}

interface RetentionProps {
  readonly days: number | null;
  readonly wrong: string | undefined;
  readonly change: (days: number | null) => void;
}

function Retention({ days, wrong, change }: RetentionProps) {
  return (
    <fieldset class="checks">
      <legend>Conversations are kept</legend>
      <label>
        <input type="radio" name="kept" checked={days === null} onChange={() => change(null)} />
        For good
      </label>
      <label>
        <input type="radio" name="kept" checked={days !== null} onChange={() => change(days ?? 365)} />
        For some days after the last message, then everything said in them is erased
      </label>
      {days !== null && (
        <Field label="Days" wrong={wrong}>
          {(ids) => (
            <input
              {...ids}
              class="input input-short"
              type="number"
              min={1}
              value={Number.isNaN(days) ? "" : days}
              onInput={(event) => change(event.currentTarget.valueAsNumber)}
            />
          )}
        </Field>
      )}
    </fieldset>
  );
}

export function Websites({ draft, set }: Fields) {
  return (
    <Panel title="Where it may stand" lead="The websites that may show this chat. Any other is refused.">
      <OriginsField origins={draft.origins} change={(origins) => set({ origins })} />
    </Panel>
  );
}

interface TickProps {
  readonly name: string;
  readonly hint?: ComponentChildren;
  readonly on: boolean;
  readonly change: (on: boolean) => void;
}

function Tick({ name, hint, on, change }: TickProps) {
  return (
    <label class="tick">
      <input type="checkbox" checked={on} onChange={(event) => change(event.currentTarget.checked)} />
      <span>
        {name}
        {hint && <small>{hint}</small>}
      </span>
    </label>
  );
}
