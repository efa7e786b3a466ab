// Decides how the visitor's conversations are listed. Knows nothing of what is in them beyond the last message.

import type { VisitorConversationRow } from "@frontdesk/shared/wire.gen";
import { LIMITS } from "@frontdesk/shared/wire.gen";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Engine, EngineState } from "../engine";
import { Face } from "../view/messages";
import { LANGUAGE, TEXT } from "../view/texts";
import { daysBetween } from "../view/there";
import css from "./list.css?inline";

export { css };

type Props = { engine: Engine; state: EngineState; open: boolean; onChosen(): void };

/** Whatever way facts come, they come for one conversation: an open list asks for the others, while it is looked at. */
function useNews(engine: Engine, open: boolean): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = !open;
    const ask = async () => {
      if (isOver) return;
      if (!document.hidden) await engine.list().catch(() => {});
      if (!isOver) timer = setTimeout(ask, LIMITS.POLL_INTERVAL_MS);
    };
    void ask();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [engine, open]);
}

/** A row that moves up takes the focus along. */
function useFocusKept(place: RefObject<HTMLElement | null>): void {
  const root = place.current?.getRootNode() as ShadowRoot | undefined;
  const focused = root?.activeElement as HTMLElement | null | undefined;
  useLayoutEffect(() => {
    if (focused && focused !== root?.activeElement && place.current?.contains(focused))
      focused.focus({ preventScroll: true });
  });
}

export function Conversations({ engine, state, open, onChosen }: Props) {
  const place = useRef<HTMLDivElement>(null);
  useNews(engine, open);
  useFocusKept(place);
  useEffect(() => place.current?.focus(), []);
  const rows = state.conversations && lastFirst(state.conversations);
  return (
    <div class="conversations" ref={place} tabIndex={-1} aria-busy={rows === null}>
      {rows?.length === 0 && <p class="none">{TEXT.noConversations}</p>}
      <ul>
        {rows?.map((row) => (
          <li key={row.id}>
            <button
              type="button"
              aria-current={row.id === state.thread?.conversation.id}
              onClick={() => {
                void engine.show(row.id);
                onChosen();
              }}
            >
              <Row row={row} name={state.look.name ?? TEXT.title} />
            </button>
          </li>
        ))}
      </ul>
      <button
        type="button"
        class="begin"
        onClick={() => {
          engine.begin();
          onChosen();
        }}
      >
        {TEXT.newConversation}
      </button>
    </div>
  );
}

const lastSaid = ({ last_message: last, created_at }: VisitorConversationRow) =>
  last?.timestamp ?? created_at;

/** The server has them as they began. */
function lastFirst(rows: VisitorConversationRow[]): VisitorConversationRow[] {
  return [...rows].sort((a, b) => Date.parse(lastSaid(b)) - Date.parse(lastSaid(a)));
}

function Row({ row, name }: { row: VisitorConversationRow; name: string }) {
  const { agents, last_message: last, unread, status } = row;
  const agent = agents[0];
  const names = agents.map((one) => one.name).join(", ") || name;
  const said = last ? lastWords(last) : TEXT.greeting;
  return (
    <>
      <span class="face" aria-hidden="true">
        <Face name={agent?.name ?? name} avatar={agent?.avatar ?? null} />
      </span>
      <span class="gist">
        <b dir="auto">{names}</b>
        <span dir="auto">{said}</span>
      </span>
      <span class="when">
        <time dateTime={lastSaid(row)}>{shortTime(new Date(lastSaid(row)), new Date())}</time>
        {unread > 0 ? (
          <i class="count" role="img" aria-label={TEXT.unread(unread)}>
            {unread}
          </i>
        ) : (
          status === "resolved" && <small>{TEXT.over}</small>
        )}
      </span>
    </>
  );
}

function lastWords(last: NonNullable<VisitorConversationRow["last_message"]>): string {
  const own = last.sender_type === "visitor" ? `${TEXT.you}: ` : "";
  if (last.deleted_at) return own + TEXT.takenBack;
  const rated = last.rating === undefined ? "" : "★".repeat(last.rating);
  return own + (last.message || rated || (last.is_voice ? TEXT.voice : (last.attachment_name ?? "")));
}

/** The time today, the day this week, else the date. */
export function shortTime(then: Date, now: Date): string {
  const days = daysBetween(then, now);
  if (days === 0) return then.toLocaleTimeString(LANGUAGE, { hour: "numeric", minute: "2-digit" });
  if (days === 1) return TEXT.yesterday;
  const form: Intl.DateTimeFormatOptions =
    days < 7
      ? { weekday: "long" }
      : { day: "numeric", month: "short", ...(days > 300 ? { year: "numeric" } : {}) };
  return then.toLocaleDateString(LANGUAGE, form);
}
