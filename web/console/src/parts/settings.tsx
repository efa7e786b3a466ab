// Draws the frame that both pages of settings share, and the refusal for those who may not change them.
// Knows nothing of the settings.

import type { ComponentChildren } from "preact";
import { me } from "../session";
import { Icon } from "./icon";

interface SettingsPageProps {
  readonly title: string;
  readonly lead: string;
  readonly action?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function SettingsPage({ title, lead, action, children }: SettingsPageProps) {
  if (me.value?.agent.role !== "owner") return <OwnersOnly />;
  return (
    <div class="settings">
      <div class="settings-page">
        <header class="settings-head">
          <div>
            <h1>{title}</h1>
            <p>{lead}</p>
          </div>
          {action}
        </header>
        {children}
      </div>
    </div>
  );
}

function OwnersOnly() {
  return (
    <div class="empty">
      <span class="empty-sign">
        <Icon name="lock" />
      </span>
      <h2>This page is for owners</h2>
      <p>Ask an owner of this Frontdesk if something here should change.</p>
      <a class="button button-plain" href="#/">
        Back to the inbox
      </a>
    </div>
  );
}

interface PanelProps {
  readonly title: string;
  readonly lead: string;
  readonly children: ComponentChildren;
}

export function Panel({ title, lead, children }: PanelProps) {
  return (
    <section class="panel" aria-label={title}>
      <header class="panel-head">
        <h2>{title}</h2>
        <p>{lead}</p>
      </header>
      {children}
    </section>
  );
}

/** A button that saves, and a word that it was done. */
export function SaveRow({ busy, saved }: { readonly busy: boolean; readonly saved: boolean }) {
  return (
    <div class="panel-foot">
      <button type="submit" class="button" disabled={busy}>
        {busy ? "Saving…" : "Save"}
      </button>
      <span role="status">
        {saved && (
          <span class="saved">
            <Icon name="check" />
            Saved
          </span>
        )}
      </span>
    </div>
  );
}
