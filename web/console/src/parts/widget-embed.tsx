// Draws how a widget gets onto a website: what the page sets for itself, and the lines for each way of building
// pages. Knows nothing of what the server keeps.

import type { WidgetProfile } from "@frontdesk/shared/wire.gen";
import { useState } from "preact/hooks";
import { type Extras, moduleSnippet, reactSnippet, snippet, warningOf } from "../embed";
import { type PageChoices, PLAIN_PAGE } from "../widget-draft";
import { Field } from "./field";
import { Icon } from "./icon";
import { Panel } from "./settings";
import { Snippet } from "./snippet";

const LANGUAGES: readonly (readonly [string, string])[] = [
  ["", "The visitor's"],
  ["ar", "العربية"],
  ["de", "Deutsch"],
  ["en", "English"],
  ["es", "Español"],
  ["fr", "Français"],
  ["ja", "日本語"],
  ["pt", "Português"],
  ["zh", "中文"],
];

const WAYS = [
  ["html", "Any website", "Copy snippet", snippet],
  ["npm", "npm package", "Copy lines", moduleSnippet],
  ["react", "React", "Copy lines", reactSnippet],
] as const;

interface EmbedPanelProps {
  readonly widget: WidgetProfile;
  readonly page: PageChoices;
  readonly change: (page: PageChoices) => void;
}

export function EmbedPanel({ widget, page, change }: EmbedPanelProps) {
  const [way, setWay] = useState<(typeof WAYS)[number][0]>("html");
  const [, , name, write] = WAYS.find(([one]) => one === way) ?? WAYS[0];
  const embed = { id: widget.id, token: widget.token, origin: location.origin };
  return (
    <Panel
      title="Put it on your website"
      lead="These choices stand in the lines below and nowhere else, so that each website can have its own."
    >
      <PageFields page={page} change={change} />
      <fieldset class="scenes ways">
        <legend class="hidden-text">Your website is built as</legend>
        {WAYS.map(([one, label]) => (
          <button
            type="button"
            key={one}
            class="scene"
            aria-pressed={one === way}
            onClick={() => setWay(one)}
          >
            {label}
          </button>
        ))}
      </fieldset>
      {way === "html" && (
        <p class="snippet-lead">
          Paste them before <code>&lt;/body&gt;</code> on every page that shall have the chat.
        </p>
      )}
      <AddressWarning />
      <Snippet code={write(embed, extrasOf(page))} name={name} />
    </Panel>
  );
}

/** Said where the lines are that would not work. */
export function AddressWarning() {
  const warning = warningOf(location.origin);
  if (!warning) return null;
  return (
    <p class="snippet-warning" role="note">
      <Icon name="alert" />
      {warning}
    </p>
  );
}

/** What is as it always is need not be written. */
function extrasOf({ position, locale, theme, label }: PageChoices): Extras {
  return {
    ...(position === PLAIN_PAGE.position ? {} : { position }),
    ...(locale ? { locale } : {}),
    ...(theme === PLAIN_PAGE.theme ? {} : { theme }),
    ...(label.trim() ? { label: label.trim() } : {}),
  };
}

interface PageFieldsProps {
  readonly page: PageChoices;
  readonly change: (page: PageChoices) => void;
}

function PageFields({ page, change }: PageFieldsProps) {
  return (
    <div class="form form-pairs">
      <Choose
        label="Corner"
        value={page.position}
        choices={[
          ["right", "Right"],
          ["left", "Left"],
        ]}
        choose={(position) => change({ ...page, position: position as PageChoices["position"] })}
      />
      <Choose
        label="Language"
        value={page.locale}
        choices={LANGUAGES}
        choose={(locale) => change({ ...page, locale })}
      />
      <Choose
        label="Light or dark"
        value={page.theme}
        choices={[
          ["system", "As the visitor's device"],
          ["light", "Light"],
          ["dark", "Dark"],
        ]}
        choose={(theme) => change({ ...page, theme: theme as PageChoices["theme"] })}
      />
      <Field label="Words on the button">
        {(ids) => (
          <input
            {...ids}
            class="input"
            autocomplete="off"
            maxLength={40}
            placeholder="None"
            value={page.label}
            onInput={(event) => change({ ...page, label: event.currentTarget.value })}
          />
        )}
      </Field>
    </div>
  );
}

interface ChooseProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly (readonly [string, string])[];
  readonly choose: (value: string) => void;
}

function Choose({ label, value, choices, choose }: ChooseProps) {
  return (
    <Field label={label}>
      {(ids) => (
        <select {...ids} class="input" value={value} onChange={(event) => choose(event.currentTarget.value)}>
          {choices.map(([one, name]) => (
            <option key={one} value={one}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
