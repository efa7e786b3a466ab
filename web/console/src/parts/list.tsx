// Draws the list of conversations and walks it with the arrow keys. Knows nothing of their order and news.

import type { InboxRow, MessagePreview } from "@frontdesk/shared/wire.gen";
import { useRef, useState } from "preact/hooks";
import { short } from "../badge";
import { current, fetchOlderRows, inbox, now_ms, onlineIds, rows } from "../desk";
import { changedAt, unread } from "../inbox";
import { addressOf } from "../route";
import { me } from "../session";
import { TEST_PAGE, testPage } from "../test-page";
import { ago, inFull } from "../time";
import { Avatar } from "./avatar";
import { Icon } from "./icon";

export function ConversationList() {
  return (
    <section class="list" aria-labelledby="inbox-heading">
      <header class="list-head">
        <h1 id="inbox-heading">Inbox</h1>
        {rows.value.length > 0 && (
          <span class="chip">
            {rows.value.length}
            {inbox.value.next ? "+" : ""}
          </span>
        )}
      </header>
      {!inbox.value.loaded ? <Bones /> : rows.value.length === 0 ? <Empty /> : <Rows />}
    </section>
  );
}

function Rows() {
  const list = useRef<HTMLUListElement>(null);
  const walk = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const links = [...(list.current?.querySelectorAll<HTMLAnchorElement>("a.row") ?? [])];
    const at = links.indexOf(document.activeElement as HTMLAnchorElement);
    const next = links[Math.max(0, Math.min(links.length - 1, at + step))];
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  return (
    <ul class="list-rows" ref={list} onKeyDown={walk}>
      {rows.value.map((row) => (
        <li key={row.conversation.id}>
          <Row row={row} />
        </li>
      ))}
      {inbox.value.next && <More />}
    </ul>
  );
}

function Row({ row }: { readonly row: InboxRow }) {
  const { conversation } = row;
  const { visitor } = conversation;
  const count = unread(row);
  const at = changedAt(conversation);
  const online = onlineIds.value.has(visitor.id) || onlineIds.value.has(conversation.id);
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
          <time class="row-time" dateTime={at} title={inFull(at)}>
            {ago(at, now_ms.value)}
          </time>
        </div>
        <div class="row-bottom">
          <Preview last={conversation.last_message} />
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
  if (last.kind === "note") {
    return (
      <span class="row-preview row-note">
        <Icon name="lock" />
        Note · {who}
        {last.text}
      </span>
    );
  }
  return (
    <span class="row-preview">
      {who}
      {last.text}
    </span>
  );
}

function More() {
  const [busy, setBusy] = useState(false);
  const fetch = async () => {
    setBusy(true);
    await fetchOlderRows();
    setBusy(false);
  };
  return (
    <li class="list-more">
      <button type="button" class="button button-plain" disabled={busy} onClick={() => void fetch()}>
        {busy ? "Loading…" : "Show older"}
      </button>
    </li>
  );
}

function Bones() {
  return (
    <div class="list-rows" aria-busy="true">
      <p class="hidden-text">Loading conversations</p>
      {[1, 2, 3, 4, 5, 6].map((n) => (
        <div key={n} class="row-bones">
          <div class="bone" />
          <div class="bone" />
          <div class="bone" />
        </div>
      ))}
    </div>
  );
}

function Empty() {
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
