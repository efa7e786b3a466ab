// Draws the frame that the pages of Settings and Monitor share: the list of pages, the head of one, and the refusal
// for those whom it is not for. Knows nothing of what stands on a page.

import type { ComponentChildren, ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { grouped, type PageId, pageOf, pagesFor } from "../pages";
import { addressOf, place } from "../route";
import { me } from "../session";
import { Icon } from "./icon";

/** The page that the address names, or the section's first, beside the list of all. */
export function PageFrame({
  screens,
}: {
  readonly screens: Readonly<Record<PageId, ComponentType<object>>>;
}) {
  const here = place.value;
  const section =
    here.at === "section" ? here.section : here.at === "page" ? pageOf(here.page).section : null;
  if (!section) return null;
  const pages = pagesFor(me.value?.agent.role, section);
  const id = here.at === "page" ? here.page : pages[0]?.id;
  const open = pages.find((page) => page.id === id);
  if (!open) return <NotForYou />;
  const Screen = screens[open.id];
  return (
    <div class="pages">
      {pages.length > 1 && (
        <PageList name={section === "monitor" ? "Monitor" : "Settings"} pages={pages} id={open.id} />
      )}
      <Screen key={open.id} />
    </div>
  );
}

interface PageListProps {
  readonly name: string;
  readonly pages: ReturnType<typeof pagesFor>;
  readonly id: PageId;
}

function PageList({ name, pages, id }: PageListProps) {
  const list = useRef<HTMLElement>(null);
  // On a phone the list is a strip, and the open page may stand past its edge.
  useEffect(() => {
    const link = list.current?.querySelector("[aria-current]");
    link?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [id]);
  return (
    <nav ref={list} class="page-list" aria-label={name}>
      {grouped(pages).map(({ group, pages }) => (
        <div class="page-group" key={group}>
          <p class="page-group-name">{group}</p>
          {pages.map((page) => (
            <a
              key={page.id}
              class="page-link"
              href={addressOf({ at: "page", page: page.id })}
              aria-current={page.id === id ? "page" : undefined}
            >
              <Icon name={page.icon} />
              {page.name}
            </a>
          ))}
        </div>
      ))}
    </nav>
  );
}

interface SettingsPageProps {
  /** Its name and lead stand at the head. */
  readonly page: PageId;
  /** For what stands side by side. */
  readonly wide?: boolean;
  readonly action?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function SettingsPage({ page, wide, action, children }: SettingsPageProps) {
  const { name, lead } = pageOf(page);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a page without fields is scrolled by key too
    <div class="settings" tabIndex={0}>
      <div class={wide ? "settings-page settings-page-wide" : "settings-page"}>
        <header class="settings-head">
          <div>
            <h1>{name}</h1>
            <p>{lead}</p>
          </div>
          {action}
        </header>
        {children}
      </div>
    </div>
  );
}

/** Somebody has the address of what is not theirs. */
export function NotForYou() {
  return (
    <div class="empty">
      <span class="empty-sign">
        <Icon name="lock" />
      </span>
      <h2>This page is not for your role</h2>
      <p>Ask an owner or admin of this Frontdesk if something here should change.</p>
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

interface SaveRowProps {
  readonly busy: boolean;
  readonly saved: boolean;
  /** Something stands there that cannot be saved. */
  readonly hindered?: boolean;
}

/** A button that saves, and a word that it was done. */
export function SaveRow({ busy, saved, hindered = false }: SaveRowProps) {
  return (
    <div class="panel-foot">
      <button type="submit" class="button" disabled={busy || hindered}>
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
