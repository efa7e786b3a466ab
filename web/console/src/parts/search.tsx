// Draws what a search found, with the words that were looked for marked. Knows nothing of searching.

import type { SearchHit, SearchPiece } from "@frontdesk/shared/wire.gen";
import { now_ms } from "../desk";
import { addressOf } from "../route";
import { ago, inFull } from "../time";
import { Icon } from "./icon";
import { search } from "./list-head";

export function SearchHits() {
  const { words, hits, next, busy, problem } = search.found.value;
  if (problem) return <Says title="The search did not work" lead={problem} />;
  if (!words) {
    return busy ? (
      <div class="list-rows" aria-busy="true" />
    ) : (
      <Says title="Find what was said" lead="Words, or “a whole phrase”. The last word may be a beginning." />
    );
  }
  if (hits.length === 0 && !busy)
    return <Says title={`Nothing for “${words}”`} lead="Try fewer words, or the beginning of one." />;
  return (
    <div class="list-rows" aria-busy={busy}>
      <p class="hidden-text" role="status">
        {hits.length} found
      </p>
      <ul>
        {hits.map((hit) => (
          <li key={`${hit.kind}-${hit.id}`}>
            <Hit hit={hit} />
          </li>
        ))}
        {next && (
          <li class="list-more">
            <button
              type="button"
              class="button button-plain"
              disabled={busy}
              onClick={() => void search.more()}
            >
              {busy ? "Loading…" : "Show more"}
            </button>
          </li>
        )}
      </ul>
    </div>
  );
}

function Hit({ hit }: { readonly hit: SearchHit }) {
  const id = hit.conversation_id ?? hit.id;
  return (
    <a
      class="hit"
      href={addressOf({ at: "conversation", id, ...(hit.seq ? { seq: hit.seq } : {}) })}
      onKeyDown={walk}
    >
      <span class="row-top">
        <span class="row-name" dir="auto">
          {hit.who}
        </span>
        <time class="row-time" dateTime={hit.at} title={inFull(hit.at)}>
          {ago(hit.at, now_ms.value)}
        </time>
      </span>
      {hit.fields.map(({ field, pieces }) => (
        <span key={field} class="hit-text" dir="auto">
          {pieces.map(piece)}
        </span>
      ))}
    </a>
  );
}

function piece({ text, hit }: SearchPiece, n: number) {
  return hit ? <mark key={n}>{text}</mark> : text;
}

function walk(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = [...document.querySelectorAll<HTMLElement>(".hit")];
  const next = all[all.indexOf(document.activeElement as HTMLElement) + step];
  (next ?? document.querySelector<HTMLElement>(".search-field input"))?.focus();
}

function Says({ title, lead }: { readonly title: string; readonly lead: string }) {
  return (
    <div class="empty">
      <span class="empty-sign">
        <Icon name="search" />
      </span>
      <h2>{title}</h2>
      <p>{lead}</p>
    </div>
  );
}
