// Decides how the conversation is drawn and when the list scrolls. Knows nothing of how messages
// are sent or fetched.

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import type { EngineState } from "../engine";
import { type Bubble, flow } from "./flow";
import { DownIcon, TickIcon, TicksIcon } from "./icons";
import { useEnd } from "./scroll";
import { initials, Linked } from "./text";
import { TEXT } from "./texts";

/** The two ways out for a message that failed. */
type WaysOut = { onRetry(clientId: string): void; onDiscard(clientId: string): void };
type Props = WaysOut & { state: EngineState; open: boolean; onOlder(): void };

export function Messages({ state, open, onOlder, ...waysOut }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const { thread, look } = state;
  const items = flow(thread, state.drafts, new Date());
  const last = items.at(-1);
  const shape = `${open} ${items.length} ${last?.key} ${thread?.messages[0]?.id} ${state.typing.length}`;
  const mine = last?.kind === "bubble" && last.own && last.note === "sending";
  const { atEnd, scrolled, toEnd } = useEnd(list, shape, mine);

  return (
    <div class="stage">
      <div
        class="log"
        ref={list}
        onScroll={scrolled}
        role="log"
        aria-live="polite"
        aria-label={TEXT.log}
        aria-busy={state.loading}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: who has only a keyboard must be able to scroll it
        tabIndex={0}
      >
        {thread?.more && (
          <button type="button" class="older" onClick={onOlder}>
            {TEXT.older}
          </button>
        )}
        {!thread?.more && !state.loading && (
          <Row name={look.name ?? TEXT.title} avatar={null} first={false} last own={false}>
            <p class="bubble">
              <Linked text={look.greeting || TEXT.greeting} />
            </p>
          </Row>
        )}
        {items.map((item) =>
          item.kind === "bubble" ? (
            <Said key={item.key} bubble={item} {...waysOut} />
          ) : (
            <p key={item.key} class={item.kind}>
              <span>{item.text}</span>
            </p>
          ),
        )}
        {state.typing.length > 0 && (
          <Row key="typing" name={state.typing[0]?.name ?? ""} avatar={null} first last own={false}>
            <p class="bubble dots">
              <i />
              <i />
              <i />
              <span class="unseen">{TEXT.typing(state.typing[0]?.name)}</span>
            </p>
          </Row>
        )}
      </div>
      {!atEnd && (
        <button type="button" class="to-end" onClick={toEnd} aria-label={TEXT.newer}>
          <DownIcon />
        </button>
      )}
    </div>
  );
}

function Said({ bubble, onRetry, onDiscard }: WaysOut & { bubble: Bubble }) {
  const { own, note, clientId } = bubble;
  return (
    <Row {...bubble}>
      <p dir="auto" class={`bubble ${note ?? ""}`} aria-live={own ? "off" : undefined}>
        {!own && <span class="unseen">{`${bubble.name}, ${bubble.time}: `}</span>}
        <Linked text={bubble.text} />
      </p>
      {note === "failed" ? (
        <p class="note failed" role="alert">
          {TEXT.failed} {bubble.problem}
          <span>
            <button type="button" onClick={() => clientId && onRetry(clientId)}>
              {TEXT.again}
            </button>
            <button type="button" onClick={() => clientId && onDiscard(clientId)}>
              {TEXT.discard}
            </button>
          </span>
        </p>
      ) : (
        (bubble.last || note) && (
          <p class="note">
            {note === "sending" ? TEXT.sending : <time dateTime={bubble.timestamp}>{bubble.time}</time>}
            {(note === "sent" || note === "read") && (
              <span class={`tick ${note}`}>
                {note === "read" ? <TicksIcon /> : <TickIcon />}
                {TEXT[note]}
              </span>
            )}
          </p>
        )
      )}
    </Row>
  );
}

type RowProps = Pick<Bubble, "name" | "avatar" | "first" | "last" | "own"> & {
  children: ComponentChildren;
};

function Row({ name, avatar, first, last, own, children }: RowProps) {
  return (
    <div class={`row ${own ? "own" : "their"} ${first ? "first" : ""} ${last ? "last" : ""}`}>
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
