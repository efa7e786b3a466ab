// Lets an owner choose a widget, change it beside a preview, and save all of it at once or none. Knows nothing of the
// single settings, and of the widget's insides.

import { useEffect, useMemo, useState } from "preact/hooks";
import { agentApi } from "../agent-api";
import { now_ms } from "../desk";
import { useAct } from "../parts/act";
import { Dialog } from "../parts/dialog";
import { Icon } from "../parts/icon";
import { SettingsPage } from "../parts/settings";
import { AddWidgetDialog, Danger, TokenPanel } from "../parts/widget-chores";
import { EmbedPanel } from "../parts/widget-embed";
import { AskedFirst, FilesAndKeeping, Look, There, Websites } from "../parts/widget-fields";
import { Scenes, WidgetPreview } from "../parts/widget-preview";
import { goTo, guardLeaving } from "../route";
import { me, widgetsChanged } from "../session";
import { TEST_PAGE, testPage } from "../test-page";
import { complain } from "../toast";
import {
  changeOf,
  draftOf,
  type PageChoices,
  PLAIN_PAGE,
  previewOf,
  type Scene,
  type WidgetDraft,
  wrongsOf,
} from "../widget-draft";
import "../style/setup.css";
import type { WidgetProfile } from "@frontdesk/shared/wire.gen";

export function WidgetScreen() {
  const widgets = me.value?.widgets ?? [];
  const [chosen, setChosen] = useState(widgets[0]?.id ?? "");
  const [adding, setAdding] = useState(false);
  const [dirty, setDirty] = useState(false);
  const [leave, setLeave] = useState<(() => void) | null>(null);
  const widget = widgets.find(({ id }) => id === chosen) ?? widgets[0];
  useGuard(dirty, (go) => setLeave(() => go));
  const choose = (id: string) => {
    const go = () => setChosen(id);
    if (dirty && id !== widget?.id) setLeave(() => go);
    else go();
  };
  return (
    <SettingsPage
      page="widget"
      wide
      action={
        <span class="head-actions">
          {testPage.value !== false && (
            <a class="button button-plain" href={TEST_PAGE} target="_blank" rel="noopener">
              Open the test page
              <Icon name="away" />
            </a>
          )}
          <button type="button" class="button" onClick={() => setAdding(true)}>
            <Icon name="plus" />
            New widget
          </button>
        </span>
      }
    >
      <ThirdParty />
      {widgets.length > 1 && <Choice widgets={widgets} chosen={widget?.id ?? ""} choose={choose} />}
      {widget && <Editor key={widget.id} widget={widget} told={setDirty} />}
      {adding && <AddWidgetDialog close={() => setAdding(false)} made={(id) => choose(id)} />}
      {leave && (
        <Leaving
          stay={() => setLeave(null)}
          go={() => {
            setDirty(false);
            setLeave(null);
            leave();
          }}
        />
      )}
    </SettingsPage>
  );
}

/** What is not saved is not left by accident: not for another page, and not with the tab. */
function useGuard(dirty: boolean, ask: (go: () => void) => void): void {
  // It asks in the same way each time.
  useEffect(() => {
    if (!dirty) return;
    const stop = guardLeaving((next) => {
      ask(() => {
        stop();
        goTo(next);
      });
      return false;
    });
    const warn = (event: Event) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => {
      stop();
      removeEventListener("beforeunload", warn);
    };
  }, [dirty]);
}

function ThirdParty() {
  const host = me.value?.third_party;
  if (!host) return null;
  return (
    <p class="third-party" role="note">
      What visitors and agents write to each other also passes through a third party, <strong>{host}</strong>.
      Notes, typing and presence stay on this server.
    </p>
  );
}

interface ChoiceProps {
  readonly widgets: readonly WidgetProfile[];
  readonly chosen: string;
  readonly choose: (id: string) => void;
}

function Choice({ widgets, chosen, choose }: ChoiceProps) {
  return (
    <fieldset class="widget-choice">
      <legend class="hidden-text">Which widget</legend>
      {widgets.map(({ id, name, color }) => (
        <button
          type="button"
          key={id}
          class="widget-chip"
          aria-pressed={id === chosen}
          title={name}
          onClick={() => choose(id)}
        >
          <span class="widget-dot" style={{ background: color }} />
          <span class="widget-chip-name" dir="auto">
            {name}
          </span>
        </button>
      ))}
    </fieldset>
  );
}

interface EditorProps {
  readonly widget: WidgetProfile;
  /** Is there anything that is not saved? */
  readonly told: (dirty: boolean) => void;
}

function Editor({ widget, told }: EditorProps) {
  const [draft, setDraft] = useState(() => draftOf(widget));
  const [page, setPage] = useState<PageChoices>(PLAIN_PAGE);
  const [scene, setScene] = useState<Scene>("there");
  const change = changeOf(draft, widget);
  const wrongs = wrongsOf(draft);
  const dirty = change !== null;
  // Told of what is dirty, not by whom.
  useEffect(() => {
    told(dirty);
    return () => told(false);
  }, [dirty]);
  const set = (part: Partial<WidgetDraft>) => setDraft((now) => ({ ...now, ...part }));
  const setSettings = (part: Partial<WidgetDraft["settings"]>) =>
    setDraft((now) => ({ ...now, settings: { ...now.settings, ...part } }));
  const [save, busy] = useAct(async () => {
    if (!change || Object.keys(wrongs).length) return;
    const reply = await agentApi.changeWidget(widget.id, change);
    widgetsChanged(reply.widgets);
    const saved = reply.widgets.find(({ id }) => id === widget.id);
    if (saved) setDraft(draftOf(saved));
  }, complain);
  const shown = useMemo(
    () =>
      previewOf(draft, page, scene, {
        id: widget.id,
        savedColor: widget.color,
        agent: me.value?.agent.name ?? "",
        now_ms: now_ms.value,
      }),
    [draft, page, scene, widget.id, widget.color],
  );
  const fields = { draft, wrongs, set, setSettings };
  return (
    <div class="editor">
      <div class="editor-fields">
        <form onSubmit={save}>
          <Look {...fields} />
          <There {...fields} />
          <AskedFirst {...fields} />
          <FilesAndKeeping {...fields} />
          <Websites {...fields} />
          <SaveBar
            dirty={dirty}
            busy={busy}
            wrong={Object.values(wrongs)[0] ?? null}
            discard={() => setDraft(draftOf(widget))}
          />
        </form>
        <EmbedPanel widget={widget} page={page} change={setPage} />
        <TokenPanel widget={widget} />
        <Danger widget={widget} />
      </div>
      <aside class="editor-preview" aria-label="Preview">
        <WidgetPreview draft={shown} />
        <Scenes scene={scene} choose={setScene} />
        <p class="editor-note">
          {dirty ? "Visitors see this once you have saved it." : "This is what visitors see."}
        </p>
      </aside>
    </div>
  );
}

interface SaveBarProps {
  readonly dirty: boolean;
  readonly busy: boolean;
  readonly wrong: string | null;
  readonly discard: () => void;
}

function SaveBar({ dirty, busy, wrong, discard }: SaveBarProps) {
  const [saved, setSaved] = useState(false);
  useEffect(() => {
    if (busy) setSaved(true);
    else if (dirty) setSaved(false);
  }, [busy, dirty]);
  return (
    <div class={dirty ? "save-bar save-bar-on" : "save-bar"}>
      <span role="status" class="save-bar-words">
        {dirty ? (
          (wrong ?? "Not saved yet")
        ) : saved ? (
          <span class="saved">
            <Icon name="check" />
            Saved
          </span>
        ) : (
          ""
        )}
      </span>
      <button type="button" class="button button-plain" disabled={!dirty || busy} onClick={discard}>
        Discard
      </button>
      <button type="submit" class="button" disabled={!dirty || busy || wrong !== null}>
        {busy ? "Saving…" : "Save"}
      </button>
    </div>
  );
}

function Leaving({ stay, go }: { readonly stay: () => void; readonly go: () => void }) {
  return (
    <Dialog title="Leave without saving?" onClose={stay}>
      <p class="dialog-lead">What you changed of this widget is not saved, and would be gone.</p>
      <div class="dialog-foot">
        <button type="button" class="button button-plain" onClick={stay}>
          Stay
        </button>
        <button type="button" class="button button-danger" onClick={go}>
          Discard and leave
        </button>
      </div>
    </Dialog>
  );
}
