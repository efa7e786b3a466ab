// Draws what stands over the list: which list it is, what narrows it, the search, and what can be done with all that
// is selected. Knows nothing of rows.

import type { ConversationChange } from "@frontdesk/shared/wire.gen";
import { useLayoutEffect, useRef } from "preact/hooks";
import { agentApi } from "../agent-api";
import { forEach, outcomeWords } from "../bulk";
import { fetchTags, hasMore, hear, inbox, listAgents, lookAt, rows, selection, tags, view } from "../desk";
import { searching } from "../open";
import { Search } from "../search";
import { noneSelected } from "../selection";
import { me } from "../session";
import { tell } from "../toast";
import { ALL, isNarrowed, VIEW_NAMES, type ViewName } from "../view";
import { Icon, type IconName } from "./icon";
import { type Choice, MenuButton } from "./menu";
import { assignChoices, snoozeChoices } from "./state";

export const search = new Search();

const TABS: readonly ViewName[] = ["all", "mine", "unassigned"];
const MORE: readonly ViewName[] = ["mentions", "snoozed", "resolved"];
const ICONS: Readonly<Record<ViewName, IconName>> = {
  all: "inbox",
  mine: "person",
  unassigned: "give",
  mentions: "at",
  snoozed: "clock",
  resolved: "check",
};

export function ListHead() {
  if (selection.value.ids.size > 0) return <Bulk />;
  return (
    <header class="list-head">
      {searching.value ? <SearchField /> : <Title />}
      {!searching.value && <Views />}
    </header>
  );
}

function Title() {
  return (
    <div class="list-title">
      <h1 id="inbox-heading">Inbox</h1>
      {rows.value.length > 0 && (
        <span class="chip">
          {rows.value.length}
          {hasMore.value ? "+" : ""}
        </span>
      )}
      <span class="list-tools">
        <button
          type="button"
          class="icon-button"
          aria-label="Search"
          title="Search (/)"
          onClick={() => {
            searching.value = true;
          }}
        >
          <Icon name="search" />
        </button>
        <MenuButton
          id="filter"
          label="Filter"
          class={isNarrowed(view.value) ? "icon-button icon-button-on" : "icon-button"}
          choices={filterChoices}
          onOpen={fetchTags}
        >
          <Icon name="filter" />
        </MenuButton>
      </span>
    </div>
  );
}

function Views() {
  const { name, widget, tag, waiting } = view.value;
  const go = (next: ViewName) => lookAt({ ...view.value, name: next });
  const narrow = [
    waiting ? "waiting longest" : "",
    me.value?.widgets.find(({ id }) => id === widget)?.name ?? "",
    tag ?? "",
  ].filter(Boolean);
  return (
    <>
      <nav class="views" aria-label="Lists">
        {TABS.map((tab) => (
          <button
            key={tab}
            type="button"
            class="view"
            aria-current={tab === name ? "true" : undefined}
            onClick={() => go(tab)}
          >
            {VIEW_NAMES[tab]}
          </button>
        ))}
        <MenuButton
          id="views"
          label={MORE.includes(name) ? `${VIEW_NAMES[name]}: more lists` : "More lists"}
          class={MORE.includes(name) ? "view view-here" : "view"}
          choices={() =>
            MORE.map((one) => ({
              name: VIEW_NAMES[one],
              icon: ICONS[one],
              on: one === name,
              act: () => go(one),
            }))
          }
        >
          {MORE.includes(name) ? VIEW_NAMES[name] : "More"}
          <Icon name="chevron" />
        </MenuButton>
      </nav>
      {narrow.length > 0 && (
        <p class="narrowed">
          <Icon name="filter" />
          <span dir="auto">{narrow.join(" · ")}</span>
          <button type="button" class="text-button" onClick={() => lookAt({ ...ALL, name })}>
            Show all
          </button>
        </p>
      )}
    </>
  );
}

function filterChoices(): Choice[] {
  const here = view.value;
  const widgets = me.value?.widgets ?? [];
  const first = (n: number) => n === 0;
  return [
    {
      name: "Waiting longest first",
      icon: "clock",
      on: here.waiting,
      act: () => lookAt({ ...here, waiting: !here.waiting }),
    },
    ...(widgets.length > 1 ? widgets : []).map(
      ({ id, name }, n): Choice => ({
        name,
        icon: "widget",
        on: here.widget === id,
        apart: first(n),
        act: () => lookAt({ ...here, widget: here.widget === id ? null : id }),
      }),
    ),
    ...tags.value.map(
      (tag, n): Choice => ({
        name: tag,
        icon: "tag",
        on: here.tag === tag,
        apart: first(n),
        act: () => lookAt({ ...here, tag: here.tag === tag ? null : tag }),
      }),
    ),
  ];
}

function SearchField() {
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    input.current?.focus();
    return () => search.typed("");
  }, []);
  const close = () => {
    searching.value = false;
  };
  return (
    <div class="list-title">
      <h1 id="inbox-heading" class="hidden-text">
        Search
      </h1>
      <span class="search-field">
        <Icon name="search" />
        <input
          ref={input}
          type="text"
          class="input"
          placeholder="Search messages and people"
          aria-label="Search messages and people"
          dir="auto"
          onInput={(event) => search.typed(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown") document.querySelector<HTMLElement>(".hit")?.focus();
            if (event.key !== "Escape") return;
            event.preventDefault();
            close();
          }}
        />
      </span>
      <button
        type="button"
        class="icon-button"
        aria-label="Close search"
        title="Close search (Esc)"
        onClick={close}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}

/** What is done with all that is selected. */
function Bulk() {
  const ids = [...selection.value.ids];
  const clear = () => {
    selection.value = noneSelected;
  };
  return (
    <header class="list-head">
      <div class="list-title bulk">
        <button
          type="button"
          class="icon-button"
          aria-label="Select none"
          title="Select none (Esc)"
          onClick={clear}
        >
          <Icon name="close" />
        </button>
        <h1 id="inbox-heading">
          <span role="status">{ids.length} selected</span>
        </h1>
        <span class="list-tools">
          <MenuButton
            id="bulk-assign"
            label="Assign"
            class="icon-button"
            search="Whose are they?"
            choices={() => assignChoices(null, null, (change) => void all(ids, change, "assigned"))}
            onOpen={() => void listAgents()}
          >
            <Icon name="give" />
          </MenuButton>
          <MenuButton
            id="bulk-tag"
            label="Tag"
            class="icon-button"
            search="Find or add a tag"
            choices={() =>
              tags.value.map((tag) => ({ name: tag, icon: "tag", act: () => void tagAll(ids, tag) }))
            }
            onNew={(tag) => void tagAll(ids, tag)}
            onOpen={fetchTags}
          >
            <Icon name="tag" />
          </MenuButton>
          <MenuButton
            id="bulk-snooze"
            label="Snooze"
            class="icon-button"
            choices={() => snoozeChoices(false, (change) => void all(ids, change, "snoozed"))}
          >
            <Icon name="clock" />
          </MenuButton>
          <button
            type="button"
            class="icon-button"
            aria-label="Resolve"
            title="Resolve"
            onClick={() => void all(ids, { status: "resolved" }, "resolved")}
          >
            <Icon name="check" />
          </button>
        </span>
      </div>
      <div class="views">
        <button
          type="button"
          class="view"
          onClick={() => {
            const listed = rows.value.map((row) => row.conversation.id);
            selection.value = { ids: new Set(listed), last: null };
          }}
        >
          Select all {rows.value.length} that are shown
        </button>
      </div>
    </header>
  );
}

function all(ids: readonly string[], change: ConversationChange, did: string): Promise<void> {
  return changeEach(ids, () => change, did);
}

/** Beside those that each has. */
function tagAll(ids: readonly string[], tag: string): Promise<void> {
  const own = (id: string) => inbox.peek().rows.get(id)?.conversation.tags ?? [];
  return changeEach(ids, (id) => ({ tags: [...new Set([...own(id), tag])] }), `tagged ${tag}`);
}

async function changeEach(
  ids: readonly string[],
  change: (id: string) => ConversationChange,
  did: string,
): Promise<void> {
  selection.value = noneSelected;
  const outcome = await forEach(ids, async (id) => {
    const { conversation } = await agentApi.change(id, change(id));
    hear({ kind: "changed", conversation });
  });
  tell(outcome.failed > 0 ? "bad" : "good", outcomeWords(outcome, did));
}
