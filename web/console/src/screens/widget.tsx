// Lets an owner choose a widget, change it beside a preview, and save all of it at once or none. Knows nothing of the
// single settings, and of the widget's insides.

import type { WidgetProfile } from "@frontdesk/shared/wire.gen";
import { useEffect, useMemo, useState } from "preact/hooks";
import { now_ms } from "../desk";
import { useAct } from "../parts/act";
import { Dialog } from "../parts/dialog";
import { Icon } from "../parts/icon";
import { SettingsPage } from "../parts/settings";
import { AgentsPanel } from "../parts/widget-agents";
import { AddWidgetDialog, Danger, TokenPanel } from "../parts/widget-chores";
import { ClashDialog } from "../parts/widget-clash";
import { EmbedPanel } from "../parts/widget-embed";
import { AskedFirst, FilesAndKeeping, Look, There, Websites } from "../parts/widget-fields";
import { Scenes, WidgetPreview } from "../parts/widget-preview";
import { goTo, guardLeaving } from "../route";
import { me, widgetChanged } from "../session";
import { setupApi, type Tagged } from "../setup-api";
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
import { merged } from "../widget-merge";
import { type Base, type Meeting, saveWidget } from "../widget-saving";
import "../style/setup.css";

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

/** What stands in the fields, and what that was drawn from. */
interface Work {
  readonly base: Base;
  readonly draft: WidgetDraft;
}

const begun = (base: Base): Work => ({ base, draft: draftOf(base.widget) });

/** What is new came while nothing was saved yet; where it is another's of the same field, saving asks about it. */
function caughtUp(work: Work, now: Tagged): Work {
  const { draft, clashes } = merged(draftOf(work.base.widget), work.draft, draftOf(now.widget));
  return clashes.length ? work : { base: now, draft };
}

interface EditorProps {
  readonly widget: WidgetProfile;
  /** Is there anything that is not saved? */
  readonly told: (dirty: boolean) => void;
}

function Editor({ widget, told }: EditorProps) {
  const [{ base, draft }, setWork] = useState(() => begun({ widget, tag: null }));
  const [clash, setClash] = useState<Meeting | null>(null);
  const [page, setPage] = useState<PageChoices>(PLAIN_PAGE);
  const [scene, setScene] = useState<Scene>("there");
  const change = changeOf(draft, base.widget);
  const wrongs = wrongsOf(draft);
  const [saved, setSaved] = useState(false);
  const [moving, setMoving] = useState(false);
  const dirty = change !== null;
  // Told of what is dirty, not by whom.
  useEffect(() => {
    told(dirty || moving);
    if (dirty) setSaved(false);
    return () => told(false);
  }, [dirty, moving]);
  const set = (part: Partial<WidgetDraft>) =>
    setWork(({ base, draft }) => ({ base, draft: { ...draft, ...part } }));
  const setSettings = (part: Partial<WidgetDraft["settings"]>) =>
    setWork(({ base, draft }) => ({
      base,
      draft: { ...draft, settings: { ...draft.settings, ...part } },
    }));
  // What was known of it may be old. Without an answer saving asks again.
  useEffect(() => {
    const look = async () => {
      const now = await setupApi.widget(widget.id);
      widgetChanged(now.widget);
      setWork((work) => caughtUp(work, now));
    };
    look().catch(() => {});
  }, []);
  const [save, busy] = useAct(async () => {
    if (!change || Object.keys(wrongs).length) return;
    const outcome = await saveWidget(draft, base);
    settle(outcome);
  }, complain);
  const settle = (outcome: Tagged | Meeting) => {
    if ("clashes" in outcome) return setClash(outcome);
    setClash(null);
    setSaved(true);
    setWork(begun(outcome));
  };
  const resolve = async (chosen: WidgetDraft, now: Tagged) => {
    setWork({ base: now, draft: chosen });
    settle(await saveWidget(chosen, now));
  };
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
            saved={saved}
            wrong={Object.values(wrongs)[0] ?? null}
            discard={() => setWork(begun(base))}
          />
        </form>
        <AgentsPanel widget={widget} told={setMoving} />
        <EmbedPanel widget={widget} page={page} change={setPage} />
        <TokenPanel widget={widget} />
        <Danger widget={widget} />
      </div>
      {clash && <ClashDialog meeting={clash} resolve={resolve} close={() => setClash(null)} />}
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
  readonly saved: boolean;
  readonly wrong: string | null;
  readonly discard: () => void;
}

function SaveBar({ dirty, busy, saved, wrong, discard }: SaveBarProps) {
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
