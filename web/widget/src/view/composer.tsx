// Decides how a message is written: Enter sends, Shift+Enter breaks the line, an input method
// keeps its Enter. Knows nothing of what happens to the text.

import { LIMITS } from "@frontdesk/shared/wire.gen";
import type { RefObject } from "preact";
import { useState } from "preact/hooks";
import { SendIcon } from "./icons";
import { TEXT } from "./texts";

type Props = {
  field: RefObject<HTMLTextAreaElement | null>;
  onSend(text: string): void;
  onTyped(text: string): void;
};

/** Where the style sheet cannot size the field by its content, its rows do. */
const MAX_ROWS = 6;
const sizesItself = typeof CSS !== "undefined" && CSS.supports("field-sizing", "content");

export function Composer({ field, onSend, onTyped }: Props) {
  const [text, setText] = useState("");
  const change = (value: string) => {
    setText(value);
    onTyped(value);
  };
  const send = () => {
    if (!text.trim()) return;
    onSend(text);
    setText("");
    field.current?.focus();
  };
  const rows = sizesItself ? 1 : Math.min(MAX_ROWS, text.split("\n").length + Math.floor(text.length / 38));
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={field}
        dir="auto"
        rows={rows}
        value={text}
        maxLength={LIMITS.MESSAGE_TEXT_CHARS}
        placeholder={TEXT.composer}
        aria-label={TEXT.composer}
        enterkeyhint="send"
        onInput={(event) => change(event.currentTarget.value)}
        onKeyDown={(event) => {
          // Safari ends a composition before the Enter that ended it; that one has code 229.
          if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
          event.preventDefault();
          send();
        }}
      />
      <button type="submit" class="send" aria-label={TEXT.send} disabled={!text.trim()}>
        <SendIcon />
      </button>
    </form>
  );
}
