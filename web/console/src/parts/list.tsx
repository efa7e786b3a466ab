// Draws a list of conversations, only those rows that are in sight, and walks it with the arrow keys.
// Knows nothing of their order and news.

import type { InboxRow, MessagePreview } from "@frontdesk/shared/wire.gen";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { short } from "../badge";
import {
  current,
  fetchOlderRows,
  hasMore,
  inbox,
  listedRows,
  lookAt,
  now_ms,
  onlineIds,
  rows,
  selection,
  view,
} from "../desk";
import { changedAt, unread } from "../inbox";
import { searching } from "../open";
import { answers } from "../role";
import { addressOf } from "../route";
import { stretched, toggled } from "../selection";
import { me } from "../session";
import { TEST_PAGE, testPage } from "../test-page";
import { ago, inFull } from "../time";
import { ALL, EMPTY, isNarrowed } from "../view";
import { drawnOf, scrollFor, wantsMore } from "../window";
import { Avatar } from "./avatar";
import { RowBones } from "./bones";
import { Icon } from "./icon";
import { ListHead } from "./list-head";
import { SearchHits } from "./search";

/** As the style sheet has it: rows out of sight are not there to be measured. */
const ROW_PX = 68;

export function ConversationList() {
  return (
    <section class="list" aria-labelledby="inbox-heading">
      <ListHead />
      {searching.value ? (
        <SearchHits />
      ) : listedRows.value === null ? (
        <RowBones loading="Loading conversations" count={6} class="list-rows" />
      ) : rows.value.length === 0 ? (
        <Empty />
      ) : (
        <Rows />
      )}
    </section>
  );
}

function Rows() {
  const box = useRef<HTMLDivElement>(null);
  const [sight, setSight] = useState({ scrollTop: 0, height: 900 });
  const [wanted, setWanted] = useState<number | null>(null);
  const all = rows.value;
  const openId = current.value?.id;
  const at = { ...sight, rowHeight: ROW_PX, count: all.length };
  const drawn = drawnOf(at);

  const look = () => {
    if (box.current) setSight({ scrollTop: box.current.scrollTop, height: box.current.clientHeight });
  };
  useEffect(() => {
    const watch = new ResizeObserver(look);
    if (box.current) watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  // Another list begins at its beginning.
  useEffect(() => {
    box.current?.scrollTo(0, 0);
  }, [view.value]);
  // What a key opened is in sight.
  useEffect(() => {
    const row = all.findIndex(({ conversation }) => conversation.id === openId);
    if (row >= 0 && box.current)
      box.current.scrollTop = scrollFor(row, { ...at, scrollTop: box.current.scrollTop });
  }, [openId]);
  useEffect(() => {
    if (hasMore.value && wantsMore(drawn, all.length)) void fetchOlderRows();
  });
  useLayoutEffect(() => {
    if (wanted === null) return;
    const row = all[wanted]?.conversation.id;
    document.getElementById(`row-${row}`)?.focus({ preventScroll: true });
    setWanted(null);
  }, [wanted]);

  const walk = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const here = (document.activeElement as HTMLElement | null)?.id.replace(/^row-/, "");
    const from = all.findIndex(({ conversation }) => conversation.id === here);
    if (!step || from < 0 || !box.current) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(all.length - 1, from + step));
    box.current.scrollTop = scrollFor(next, { ...at, scrollTop: box.current.scrollTop });
    look();
    setWanted(next);
  };
  return (
    <div class="list-rows" ref={box} onScroll={look}>
      <ul style={{ height: `${all.length * ROW_PX}px` }} onKeyDown={walk}>
        {all.slice(drawn.from, drawn.to).map((row, n) => (
          <li
            key={row.conversation.id}
            class={selection.value.ids.has(row.conversation.id) ? "row-place row-selected" : "row-place"}
            style={{ transform: `translateY(${(drawn.from + n) * ROW_PX}px)` }}
            aria-setsize={hasMore.value ? -1 : all.length}
            aria-posinset={drawn.from + n + 1}
          >
            {answers.value && <Choose row={row} />}
            <Row row={row} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Shift and click takes everything since the last one. */
function Choose({ row: { conversation } }: { readonly row: InboxRow }) {
  const { id, visitor } = conversation;
  const choose = (event: MouseEvent) => {
    const order = rows.value.map((one) => one.conversation.id);
    selection.value = event.shiftKey ? stretched(selection.value, id, order) : toggled(selection.value, id);
  };
  return (
    <label class="row-choose">
      <input
        type="checkbox"
        checked={selection.value.ids.has(id)}
        aria-label={`Select the conversation with ${visitor.name}`}
        onClick={choose}
      />
      <Icon name="check" />
    </label>
  );
}

function Row({ row }: { readonly row: InboxRow }) {
  const { conversation } = row;
  const { visitor, assignee, priority } = conversation;
  const count = unread(row);
  const at = changedAt(conversation);
  const online = onlineIds.value.has(visitor.id) || onlineIds.value.has(conversation.id);
  const pressing = priority === "urgent" || priority === "high";
  return (
    <a
      id={`row-${conversation.id}`}
      class={count > 0 ? "row row-unread" : "row"}
      href={addressOf({ at: "conversation", id: conversation.id })}
      aria-current={current.value?.id === conversation.id ? "true" : undefined}
    >
      <Avatar id={visitor.id} name={visitor.name} online={online} />
      <div>
        <div class="row-top">
          <span class="row-name" dir="auto">
            {visitor.name}
            {online && <span class="hidden-text"> is online</span>}
          </span>
          {pressing && (
            <span class={`row-flag priority-${priority}`} title={`Priority: ${priority}`}>
              <Icon name="flag" />
              <span class="hidden-text">Priority: {priority}</span>
            </span>
          )}
          <time class="row-time" dateTime={at} title={inFull(at)}>
            {ago(at, now_ms.value)}
          </time>
        </div>
        <div class="row-bottom">
          <Preview last={conversation.last_message} />
          {assignee && assignee.id !== me.value?.agent.id && (
            <span class="row-assignee" title={`Belongs to ${assignee.name}`}>
              <Avatar id={assignee.id} name={assignee.name} small />
              <span class="hidden-text">Belongs to {assignee.name}</span>
            </span>
          )}
          {count > 0 && (
            <span class="badge">
              {short(count)}
              <span class="hidden-text"> unread</span>
            </span>
          )}
        </div>
      </div>
    </a>
  );
}

function Preview({ last }: { readonly last: MessagePreview | null }) {
  if (!last) return <span class="row-preview">Has opened the chat</span>;
  const own = last.sender_type === "agent" && last.sender_name === me.value?.agent.name;
  const who = last.sender_type === "visitor" ? "" : own ? "You: " : `${last.sender_name}: `;
  const text = last.text || "Message taken back";
  if (last.kind === "note") {
    return (
      <span class="row-preview row-note">
        <Icon name="lock" />
        Note · {who}
        <bdi>{text}</bdi>
      </span>
    );
  }
  return (
    <span class="row-preview" dir="auto">
      {who}
      {who ? <bdi>{text}</bdi> : text}
    </span>
  );
}

function Empty() {
  const { name } = view.value;
  if (isNarrowed(view.value)) return <NothingFits />;
  if (name !== "all" || inbox.value.rows.size > 0) {
    const [title, lead] = EMPTY[name];
    return (
      <div class="empty">
        <span class="empty-sign">
          <Icon name="check" />
        </span>
        <h2>{title}</h2>
        <p>{lead}</p>
      </div>
    );
  }
  return (
    <div class="empty">
      <span class="empty-sign">
        <Icon name="widget" />
      </span>
      <h2>No conversations yet</h2>
      {testPage.value === false ? (
        <p>When a visitor writes, it appears here at once.</p>
      ) : (
        <>
          <p>Open the test page and say hello. It appears here the moment you do.</p>
          <a class="button" href={TEST_PAGE} target="_blank" rel="noopener">
            Open the test page
            <Icon name="away" />
          </a>
        </>
      )}
    </div>
  );
}

function NothingFits() {
  return (
    <div class="empty">
      <span class="empty-sign">
        <Icon name="filter" />
      </span>
      <h2>Nothing fits the filter</h2>
      <p>There may be more without it.</p>
      <button
        type="button"
        class="button button-plain"
        onClick={() => lookAt({ ...ALL, name: view.value.name })}
      >
        Show all of them
      </button>
    </div>
  );
}
