// Decides how what hangs on a message is drawn: the one that is answered to above it, reactions below.
// Knows nothing of the message itself.

import type { ChatMessage, Quote } from "@frontdesk/shared/wire.gen";
import type { Bubble } from "../view/flow";
import { TEXT } from "../view/texts";
import css from "./marks.css?inline";

export { css };

export function Quoted({ quote }: { quote: Quote }) {
  /** To the message, if it is loaded. */
  const show = (event: MouseEvent) => {
    const root = (event.currentTarget as HTMLElement).getRootNode() as ShadowRoot;
    root.getElementById(quote.id)?.scrollIntoView({ block: "center", behavior: "smooth" });
  };
  const name = quote.sender_type === "visitor" ? TEXT.you : quote.sender_name;
  return (
    <button type="button" class="quote" onClick={show}>
      <b>{name}</b>
      <span dir="auto">{quote.text || TEXT.takenBack}</span>
    </button>
  );
}

type ReactionsProps = {
  bubble: Bubble;
  message: ChatMessage;
  onReact(message: ChatMessage, emoji: string): void;
};

export function Reactions({ bubble, message, onReact }: ReactionsProps) {
  return (
    <p class="reactions">
      {bubble.reactions.map(({ emoji, count, own }) => (
        <button
          key={emoji}
          type="button"
          aria-pressed={own}
          aria-label={TEXT.reactedBy(emoji, count)}
          onClick={() => onReact(message, emoji)}
        >
          {emoji}
          {count > 1 && <span>{count}</span>}
        </button>
      ))}
    </p>
  );
}
