// Asks how the widget looks, what it asks visitors first, where it may stand, and shows how to put it there. Knows nothing of the widget's insides.

import type { PreChatField, WidgetChange, WidgetProfile } from "@frontdesk/shared/wire.gen";
import { LIMITS } from "@frontdesk/shared/wire.gen";
import { useState } from "preact/hooks";
import { agentApi } from "../agent-api";
import { inkOn, originsOf, snippet, wrongOrigin } from "../embed";
import { copy } from "../parts/copy";
import { Field, TextField } from "../parts/field";
import { Icon } from "../parts/icon";
import { Panel, SaveRow, SettingsPage } from "../parts/settings";
import { me, widgetsChanged } from "../session";
import { TEST_PAGE, testPage } from "../test-page";
import { complain, tell } from "../toast";

export function WidgetScreen() {
  return (
    <SettingsPage
      page="widget"
      action={
        testPage.value !== false && (
          <a class="button button-plain" href={TEST_PAGE} target="_blank" rel="noopener">
            Open the test page
            <Icon name="away" />
          </a>
        )
      }
    >
      {me.value?.third_party && (
        <p class="third-party" role="note">
          What visitors and agents write to each other also passes through a third party,{" "}
          <strong>{me.value.third_party}</strong>. Notes, typing and presence stay on this server.
        </p>
      )}
      {me.value?.widgets.map((widget) => (
        <div key={widget.id}>
          <Look widget={widget} />
          <AskedFirst widget={widget} />
          <Origins widget={widget} />
          <Embed widget={widget} />
        </div>
      ))}
    </SettingsPage>
  );
}

function useSave(widget: WidgetProfile) {
  const [busy, setBusy] = useState(false);
  const [saved, setSaved] = useState(false);
  const save = async (change: WidgetChange) => {
    setBusy(true);
    try {
      widgetsChanged((await agentApi.changeWidget(widget.id, change)).widgets);
      setSaved(true);
    } catch (error) {
      complain(error);
    }
    setBusy(false);
  };
  return { busy, saved, save, edited: () => setSaved(false) };
}

const COLOR = /^#[0-9a-f]{6}$/i;

function Look({ widget }: { readonly widget: WidgetProfile }) {
  const [name, setName] = useState(widget.name);
  const [color, setColor] = useState(widget.color);
  const [greeting, setGreeting] = useState(widget.greeting);
  const { busy, saved, save, edited } = useSave(widget);
  const wrong = COLOR.test(color) ? null : "Six digits after a #, such as #0b6e54.";
  const shown = wrong ? widget.color : color;

  const submit = (event: Event) => {
    event.preventDefault();
    if (!wrong) void save({ name: name.trim(), color: color.toLowerCase(), greeting });
  };

  return (
    <Panel title="Look" lead="Visitors see these first.">
      <form class="look" onSubmit={submit} onInput={edited}>
        <div>
          <div class="form">
            <TextField label="Name" autocomplete="off" maxLength={120} value={name} onValue={setName} />
            <Field label="Colour" wrong={wrong}>
              {(ids) => (
                <span class="color">
                  <input
                    type="color"
                    class="color-pick"
                    aria-label="Pick a colour"
                    value={shown}
                    onInput={(event) => setColor(event.currentTarget.value)}
                  />
                  <input
                    {...ids}
                    class="input"
                    maxLength={7}
                    autocomplete="off"
                    spellcheck={false}
                    value={color}
                    onInput={(event) => setColor(event.currentTarget.value)}
                  />
                </span>
              )}
            </Field>
            <Field label="Greeting" hint="The first line of an empty conversation.">
              {(ids) => (
                <textarea
                  {...ids}
                  class="input"
                  rows={3}
                  maxLength={1_000}
                  value={greeting}
                  onInput={(event) => setGreeting(event.currentTarget.value)}
                />
              )}
            </Field>
          </div>
          <SaveRow busy={busy} saved={saved} />
        </div>
        <Preview name={name} color={shown} greeting={greeting} />
      </form>
    </Panel>
  );
}

interface PreviewProps {
  readonly name: string;
  readonly color: string;
  readonly greeting: string;
}

function Preview({ name, color, greeting }: PreviewProps) {
  return (
    <div class="preview" aria-hidden="true" style={{ "--preview": color, "--preview-ink": inkOn(color) }}>
      <div class="preview-panel">
        <div class="preview-head">{name || " "}</div>
        <div class="preview-body">
          {greeting && <p>{greeting}</p>}
          <i />
        </div>
      </div>
      <span class="preview-launcher">
        <Icon name="widget" />
      </span>
    </div>
  );
}

const QUESTIONS: Array<[PreChatField, string]> = [
  ["name", "Their name"],
  ["email", "Their e-mail address"],
];

function AskedFirst({ widget }: { readonly widget: WidgetProfile }) {
  const { settings } = widget;
  const [fields, setFields] = useState(settings.pre_chat);
  const [consent, setConsent] = useState(settings.consent ?? "");
  const { busy, saved, save, edited } = useSave(widget);

  const submit = (event: Event) => {
    event.preventDefault();
    void save({ settings: { ...settings, pre_chat: fields, consent: consent.trim() || null } });
  };

  return (
    <Panel
      title="Before the first message"
      lead="What visitors are asked and agree to. A page that asks for itself has the last word."
    >
      <form onSubmit={submit} onInput={edited}>
        <div class="form">
          <fieldset class="checks">
            <legend>Ask for</legend>
            {QUESTIONS.map(([field, words]) => (
              <label key={field}>
                <input
                  type="checkbox"
                  checked={fields.includes(field)}
                  onChange={(event) => {
                    const others = fields.filter((one) => one !== field);
                    setFields(event.currentTarget.checked ? [...others, field] : others);
                  }}
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
                rows={2}
                maxLength={LIMITS.CONSENT_CHARS}
                value={consent}
                onInput={(event) => setConsent(event.currentTarget.value)}
              />
            )}
          </Field>
        </div>
        <SaveRow busy={busy} saved={saved} />
      </form>
    </Panel>
  );
}

function Origins({ widget }: { readonly widget: WidgetProfile }) {
  const [text, setText] = useState(widget.origins.join("\n"));
  const { busy, saved, save, edited } = useSave(widget);
  const [wrong, setWrong] = useState<string | null>(null);

  const submit = (event: Event) => {
    event.preventDefault();
    const origins = originsOf(text);
    const bad = wrongOrigin(origins);
    setWrong(bad ? `“${bad}” is not an origin. It looks like https://shop.example, without a path.` : null);
    if (bad) return;
    setText(origins.join("\n"));
    void save({ origins });
  };

  return (
    <Panel title="Allowed origins" lead="The websites that may show this widget. Any other is refused.">
      <form onSubmit={submit} onInput={edited}>
        <Field
          label="Origins"
          hint={
            originsOf(text).length ? "One per line." : "One per line. Empty: only this computer (loopback)."
          }
          wrong={wrong}
        >
          {(ids) => (
            <textarea
              {...ids}
              class="input"
              rows={3}
              spellcheck={false}
              placeholder="https://shop.example"
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          )}
        </Field>
        <SaveRow busy={busy} saved={saved} />
      </form>
    </Panel>
  );
}

function Embed({ widget }: { readonly widget: WidgetProfile }) {
  const code = snippet({ id: widget.id, token: widget.token, origin: location.origin });
  const put = async () => {
    if (await copy(code)) tell("good", "The snippet is on your clipboard.");
    else tell("bad", "This browser does not let us copy. Select the lines and copy them yourself.");
  };
  return (
    <Panel
      title="Put it on your website"
      lead="Paste these five lines before </body> on every page that shall have the chat."
    >
      <div class="snippet">
        <pre>
          <code>{code}</code>
        </pre>
      </div>
      <div class="panel-foot">
        <button type="button" class="button" onClick={() => void put()}>
          <Icon name="copy" />
          Copy snippet
        </button>
      </div>
    </Panel>
  );
}
