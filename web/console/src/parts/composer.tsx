// Draws where an agent writes: a reply to the visitor, or a note for colleagues. Knows nothing of sending.

import type { MessageKind } from "@frontdesk/shared/wire.gen";
import { useEffect, useRef } from "preact/hooks";
import type { Conversation } from "../conversation";
import { Icon } from "./icon";

/** Wire: `MESSAGE_TEXT_CHARS`. */
const TEXT_CHARS = 10_000;

interface ComposerProps {
  readonly conversation: Conversation;
  /** Their name. */
  readonly visitor: string;
}

export function Composer({ conversation, visitor }: ComposerProps) {
  const { draft, kind } = conversation;
  const text = useRef<HTMLTextAreaElement>(null);
  const note = kind.value === "note";
  const empty = draft.value.trim() === "";

  // A keyboard that slides over half the phone is opened by the agent, not by us.
  useEffect(() => {
    if (matchMedia("(pointer: fine)").matches) text.current?.focus();
  }, [conversation]);

  const write = (value: string) => {
    draft.value = value;
    conversation.typed(value, kind.value);
  };
  const turnTo = (next: MessageKind) => {
    kind.value = next;
    conversation.typed("", next);
    text.current?.focus();
  };
  const send = () => {
    if (empty) return;
    conversation.say(draft.value.trim(), kind.value);
    draft.value = "";
    text.current?.focus();
  };
  const key = (event: KeyboardEvent) => {
    // While a character is being composed, Enter belongs to the input method.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div class={note ? "composer-box composer-note" : "composer-box"}>
        <fieldset class="composer-kinds" aria-label="Who reads it">
          <Kind icon="reply" name="Reply" on={!note} choose={() => turnTo("text")} />
          <Kind icon="lock" name="Note" on={note} choose={() => turnTo("note")} />
        </fieldset>
        <textarea
          ref={text}
          class="composer-text"
          rows={1}
          dir="auto"
          maxLength={TEXT_CHARS}
          aria-label={note ? "Note" : "Reply"}
          placeholder={note ? "Write a note to your team…" : `Reply to ${visitor}…`}
          value={draft.value}
          onInput={(event) => write(event.currentTarget.value)}
          onBlur={() => conversation.typed("", kind.value)}
          onKeyDown={key}
        />
        <div class="composer-foot">
          <span class="composer-hint">
            {note ? (
              `${visitor} will not see it`
            ) : (
              <span class="composer-hint-keys">
                <kbd>Enter</kbd> sends, <kbd>Shift + Enter</kbd> starts a new line
              </span>
            )}
          </span>
          <button type="submit" class="button" disabled={empty}>
            {note ? "Add note" : "Send"}
            <Icon name={note ? "lock" : "send"} />
          </button>
        </div>
      </div>
    </form>
  );
}

interface KindProps {
  readonly icon: "reply" | "lock";
  readonly name: string;
  readonly on: boolean;
  readonly choose: () => void;
}

function Kind({ icon, name, on, choose }: KindProps) {
  return (
    <button type="button" class="composer-kind" aria-pressed={on} onClick={choose}>
      <Icon name={icon} />
      {name}
    </button>
  );
}
