// Leads whoever sets a desk up to a chat that works, in three steps on one screen: how it looks, the lines for the website, and
// the first message, which is noticed by itself. Knows nothing of the widget's other settings.

import type { WidgetProfile } from "@frontdesk/shared/wire.gen";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { agentApi } from "../agent-api";
import { inbox } from "../desk";
import { snippet } from "../embed";
import { useAct } from "../parts/act";
import { Icon } from "../parts/icon";
import { OriginsField } from "../parts/origins";
import { NotForYou, SaveRow } from "../parts/settings";
import { Snippet } from "../parts/snippet";
import { AddressWarning } from "../parts/widget-embed";
import { LookFields } from "../parts/widget-fields";
import { WidgetPreview } from "../parts/widget-preview";
import { administers } from "../role";
import { addressOf } from "../route";
import { me, widgetsChanged } from "../session";
import { TEST_PAGE, testPage } from "../test-page";
import { complain } from "../toast";
import { changeOf, draftOf, PLAIN_PAGE, previewOf, type WidgetDraft, wrongsOf } from "../widget-draft";
import "../style/setup.css";

export function WelcomeScreen() {
  const widget = me.value?.widgets[0];
  if (!widget || !administers.value) return <NotForYou />;
  return (
    <div class="settings">
      <div class="settings-page settings-page-wide">
        <header class="settings-head">
          <div>
            <h1>Set up your chat</h1>
            <p>Three steps, in any order. You can come back to all of them under Settings.</p>
          </div>
          <a class="button button-plain" href={addressOf({ at: "inbox" })}>
            Go to the inbox
          </a>
        </header>
        <Steps widget={widget} />
      </div>
    </div>
  );
}

function Steps({ widget }: { readonly widget: WidgetProfile }) {
  const [draft, setDraft] = useState(() => draftOf(widget));
  const set = (part: Partial<WidgetDraft>) => setDraft((now) => ({ ...now, ...part }));
  const shown = useMemo(
    () =>
      previewOf(draft, PLAIN_PAGE, "there", {
        id: widget.id,
        savedColor: widget.color,
        agent: me.value?.agent.name ?? "",
        now_ms: Date.now(),
      }),
    [draft, widget.id, widget.color],
  );
  return (
    <div class="editor">
      <ol class="first-steps">
        <LookStep widget={widget} draft={draft} set={set} />
        <LinesStep widget={widget} saved={(origins) => set({ origins })} />
        <FirstMessage widget={widget} />
      </ol>
      <aside class="editor-preview" aria-label="Preview">
        <WidgetPreview draft={shown} />
        <p class="editor-note">Try it: nothing you write here is kept.</p>
      </aside>
    </div>
  );
}

interface StepProps {
  readonly n: number;
  readonly title: string;
  readonly lead: string;
  readonly done?: boolean;
  readonly children: ComponentChildren;
}

function Step({ n, title, lead, done, children }: StepProps) {
  return (
    <li class={done ? "first-step first-step-done" : "first-step"}>
      <span class="first-step-sign" aria-hidden="true">
        {done ? <Icon name="check" /> : n}
      </span>
      <div class="first-step-body">
        <h2>{title}</h2>
        <p class="first-step-lead">{lead}</p>
        {children}
      </div>
    </li>
  );
}

interface LookStepProps {
  readonly widget: WidgetProfile;
  readonly draft: WidgetDraft;
  readonly set: (part: Partial<WidgetDraft>) => void;
}

function LookStep({ widget, draft, set }: LookStepProps) {
  const [saved, setSaved] = useState(false);
  const wrongs = wrongsOf(draft);
  const change = changeOf(draft, widget);
  const isWrong = Object.keys(wrongs).length > 0;
  const [save, busy] = useAct(async () => {
    if (isWrong) return;
    if (change) widgetsChanged((await agentApi.changeWidget(widget.id, change)).widgets);
    setSaved(true);
  }, complain);
  return (
    <Step n={1} title="Make it yours" lead="How the chat looks and greets." done={saved && !change}>
      <form onSubmit={save}>
        <LookFields draft={draft} wrongs={wrongs} set={set} />
        <SaveRow busy={busy} saved={saved && !change} hindered={isWrong} />
      </form>
    </Step>
  );
}

interface LinesStepProps {
  readonly widget: WidgetProfile;
  readonly saved: (origins: readonly string[]) => void;
}

function LinesStep({ widget, saved }: LinesStepProps) {
  const allow = async (origins: readonly string[]) => {
    try {
      widgetsChanged((await agentApi.changeWidget(widget.id, { origins: [...origins] })).widgets);
      saved(origins);
    } catch (error) {
      complain(error);
    }
  };
  const code = snippet({ id: widget.id, token: widget.token, origin: location.origin });
  return (
    <Step
      n={2}
      title="Put it on your website"
      lead="Say which website it is, and paste these lines before </body> on its pages."
      done={widget.origins.length > 0}
    >
      <OriginsField origins={widget.origins} change={(origins) => void allow(origins)} />
      <AddressWarning />
      <Snippet code={code} name="Copy snippet" />
    </Step>
  );
}

function FirstMessage({ widget }: { readonly widget: WidgetProfile }) {
  const first = firstOf(widget.id);
  const [waited, setWaited] = useState(false);
  useEffect(() => {
    if (!first) setWaited(true);
  }, [first]);
  const page = `/chat/${widget.id}`;
  return (
    <Step
      n={3}
      title="Say hello to yourself"
      lead="Write as a visitor would, and answer here. This step ends by itself."
      done={Boolean(first)}
    >
      <p class={first ? "waiting waiting-done" : "waiting"} role="status">
        <span class="waiting-dot" />
        {first ? "The first message is here." : "Waiting for the first message…"}
      </p>
      <p class="first-step-links">
        {first && (
          <a class="button" href={addressOf({ at: "conversation", id: first })}>
            <Icon name="reply" />
            {waited ? "Answer it" : "Open the conversation"}
          </a>
        )}
        {testPage.value && (
          <a class="button button-plain" href={TEST_PAGE} target="_blank" rel="noopener">
            Open the test page
            <Icon name="away" />
          </a>
        )}
        <a class="button button-plain" href={page} target="_blank" rel="noopener">
          Open the chat alone
          <Icon name="away" />
        </a>
      </p>
    </Step>
  );
}

/** The conversation that began last on this widget, once somebody has written in one. */
function firstOf(widgetId: string): string | null {
  let found: { readonly id: string; readonly created_at: string } | null = null;
  for (const { conversation } of inbox.value.rows.values()) {
    const { id, widget_id, created_at, visitor_messages } = conversation;
    if (widget_id !== widgetId || visitor_messages === 0) continue;
    if (!found || created_at > found.created_at) found = { id, created_at };
  }
  return found?.id ?? null;
}
