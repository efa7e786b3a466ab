// Decides how the conversation is drawn and when the list scrolls. Knows nothing of how messages
// are sent or fetched.

import type { ChatMessage } from "@frontdesk/shared/wire.gen";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { EngineState } from "../engine";
import { type Bubble, flow } from "./flow";
import { DownIcon, MenuIcon, TickIcon, TicksIcon } from "./icons";
import { usePart } from "./lazy";
import { useEnd } from "./scroll";
import { initials, isEmojiOnly, Linked } from "./text";
import { TEXT } from "./texts";

/** What a visitor can do with a message. */
export type MessageActs = {
  onRetry(clientId: string): void;
  onDiscard(clientId: string): void;
  onReact(message: ChatMessage, emoji: string): void;
  /** Opens what else can be done, beside the button that was pressed. */
  onActions(bubble: Bubble, anchor: HTMLElement): void;
  onPicture(url: string): void;
  /** The bytes of a file that waits here. */
  blob(key: string): Promise<Blob | null>;
};
type Props = {
  state: EngineState;
  origin: string;
  open: boolean;
  acts: MessageActs;
  onOlder(): void;
  /** The reader is at the end: what lies before it need not be kept. */
  onRead(): void;
  /** Forms at the end of the conversation. */
  end: ComponentChildren;
  /** Whatever changes the end's height. */
  endShape: string;
  children: ComponentChildren;
};

export function Messages({ state, origin, open, acts, onOlder, onRead, end, endShape, children }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const { thread, look } = state;
  const items = flow(thread, state.drafts, new Date());
  const last = items.at(-1);
  const shape = `${open} ${items.length} ${last?.key} ${state.typing.length} ${endShape}`;
  const mine = last?.kind === "bubble" && last.own && last.note === "sending";
  const { atEnd, isCut, drawn, earlier, scrolled, toEnd } = useEnd(list, {
    shape,
    count: items.length,
    force: mine ? last.key : "",
    onTop: thread?.more ? onOlder : null,
  });

  const hasMore = thread?.more || isCut;
  const isRead = open && atEnd;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each that came
  useEffect(() => {
    if (isRead) onRead();
  }, [isRead, items.length]);

  return (
    <div class="stage">
      <div
        class="log"
        ref={list}
        onScroll={scrolled}
        onKeyDown={walk}
        role="log"
        aria-live="polite"
        aria-label={TEXT.log}
        aria-busy={state.loading}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: who has only a keyboard must be able to scroll it
        tabIndex={0}
      >
        <div>
          {hasMore && (
            <button type="button" class="older" onClick={earlier}>
              {TEXT.older}
            </button>
          )}
          {!hasMore && !state.loading && (
            <Row name={look.name ?? TEXT.title} avatar={null} first={false} last own={false}>
              <p class="bubble" dir="auto">
                <Linked text={look.greeting || TEXT.greeting} />
              </p>
            </Row>
          )}
          {drawn(items).map((item) =>
            item.kind === "bubble" ? (
              <Said
                key={item.key}
                bubble={item}
                isNewest={item === last}
                origin={origin}
                share={state.progress[item.clientId ?? ""]}
                acts={acts}
              />
            ) : (
              <p key={item.key} class={item.kind}>
                <span>{item.text}</span>
              </p>
            ),
          )}
          {state.typing.length > 0 && (
            <Row
              key="typing"
              name={state.typing[0]?.name ?? ""}
              avatar={state.typing[0]?.avatar ?? null}
              first
              last
              own={false}
            >
              <p class="bubble dots">
                <i />
                <i />
                <i />
                <span class="unseen">{TEXT.typing(state.typing[0]?.name)}</span>
              </p>
            </Row>
          )}
          {end}
        </div>
      </div>
      {!atEnd && (
        <button type="button" class="to-end" onClick={toEnd} aria-label={TEXT.newer}>
          <DownIcon />
        </button>
      )}
      {children}
    </div>
  );
}

/** One stop of the tab key for all messages: arrows walk from the actions of one to those of the next. */
function walk(event: KeyboardEvent): void {
  const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
  const from = event.target as HTMLElement;
  if (by === 0 || !from.classList.contains("more")) return;
  const all = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(".more")];
  const to = all[all.indexOf(from) + by];
  if (!to) return;
  event.preventDefault();
  to.focus();
}

type SaidProps = {
  bubble: Bubble;
  isNewest: boolean;
  origin: string;
  share: number | undefined;
  acts: MessageActs;
};

function Said({ bubble, isNewest, origin, share, acts }: SaidProps) {
  const { own, note, message, files, isGone } = bubble;
  const parts = usePart("files", files.length > 0);
  const marks = usePart("marks", bubble.quote !== null || bubble.reactions.length > 0);
  const large = files.length === 0 && !bubble.quote && isEmojiOnly(bubble.text);
  return (
    <Row {...bubble} id={message?.id}>
      <div class={`line ${large ? "large" : ""}`}>
        <div class={`bubble ${note ?? ""} ${isGone ? "gone" : ""} ${files.length > 0 ? "with-files" : ""}`}>
          {!own && <span class="unseen">{`${bubble.name}, ${bubble.time}: `}</span>}
          {marks && bubble.quote && <marks.Quoted quote={bubble.quote} />}
          {parts && (
            <parts.Files
              files={files}
              origin={origin}
              share={share}
              onPicture={acts.onPicture}
              blob={acts.blob}
            />
          )}
          {bubble.text && (
            <p class="text" dir="auto">
              <Linked text={bubble.text} />
            </p>
          )}
          {bubble.isEdited && <small class="edited">{TEXT.edited}</small>}
        </div>
        {message && !isGone && (
          <button
            type="button"
            class="more"
            aria-label={TEXT.actions}
            aria-haspopup="menu"
            tabIndex={isNewest ? 0 : -1}
            onClick={(event) => acts.onActions(bubble, event.currentTarget)}
          >
            <MenuIcon />
          </button>
        )}
      </div>
      {message && marks && bubble.reactions.length > 0 && (
        <marks.Reactions bubble={bubble} message={message} onReact={acts.onReact} />
      )}
      <Note bubble={bubble} share={share} acts={acts} />
    </Row>
  );
}

function Note({ bubble, share, acts }: { bubble: Bubble; share: number | undefined; acts: MessageActs }) {
  const { note, clientId } = bubble;
  if (note === "failed")
    return (
      <p class="note failed" role="alert">
        {TEXT.failed} {bubble.problem}
        <span>
          <button type="button" onClick={() => clientId && acts.onRetry(clientId)}>
            {TEXT.again}
          </button>
          <button type="button" onClick={() => clientId && acts.onDiscard(clientId)}>
            {TEXT.discard}
          </button>
        </span>
      </p>
    );
  if (note === "sending" && bubble.files.length > 0)
    return (
      <p class="note">
        {share === undefined ? TEXT.sending : TEXT.uploading(Math.round(share * 100))}
        <button type="button" onClick={() => clientId && acts.onDiscard(clientId)}>
          {TEXT.cancel}
        </button>
      </p>
    );
  if (!bubble.last && !note) return null;
  return (
    <p class="note">
      {note === "sending" ? TEXT.sending : <time dateTime={bubble.timestamp}>{bubble.time}</time>}
      {(note === "sent" || note === "delivered" || note === "read") && (
        <span class={`tick ${note}`}>
          {note === "sent" ? <TickIcon /> : <TicksIcon />}
          {TEXT[note]}
        </span>
      )}
    </p>
  );
}

type RowProps = Pick<Bubble, "name" | "avatar" | "first" | "last" | "own"> & {
  id?: string | undefined;
  children: ComponentChildren;
};

function Row({ id, name, avatar, first, last, own, children }: RowProps) {
  return (
    <div
      id={id}
      class={`row ${own ? "own" : "their"} ${first ? "first" : ""} ${last ? "last" : ""}`}
      // Neither what the visitor wrote nor how far it is; that it failed is an alert of its own.
      aria-live={own ? "off" : undefined}
    >
      {!own && (
        <span class="face" aria-hidden="true">
          {last && <Face name={name} avatar={avatar} />}
        </span>
      )}
      <div class="said">
        {!own && first && (
          <p class="author" aria-hidden="true">
            {name}
          </p>
        )}
        {children}
      </div>
    </div>
  );
}

export function Face({ name, avatar }: { name: string; avatar: string | null }) {
  return avatar ? <img src={avatar} alt="" /> : <span>{initials(name)}</span>;
}
