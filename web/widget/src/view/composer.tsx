// Decides how a message is written: Enter sends, Shift+Enter breaks the line, an input method
// keeps its Enter; what goes with it lies above the field. Knows nothing of what happens to it.

import { LIMITS } from "@frontdesk/shared/wire.gen";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Chosen } from "../uploads";
import { ClipIcon, CloseIcon, MicIcon, SendIcon, SmileIcon } from "./icons";
import { usePart } from "./lazy";
import { TEXT } from "./texts";

/** What the next message refers to. */
export type About = { kind: "reply" | "edit"; title: string; text: string };

type Props = {
  field: RefObject<HTMLTextAreaElement | null>;
  about: About | null;
  files: Chosen[];
  onAdd(files: Chosen[]): void;
  onRemove(file: Chosen): void;
  /** Resolves to `false` when it could not be taken; then it stays here. */
  onSend(text: string, files: Chosen[]): Promise<boolean>;
  onTyped(text: string): void;
  onCancel(): void;
};

/** Where the style sheet cannot size the field by its content, its rows do. */
const MAX_ROWS = 6;
const sizesItself = typeof CSS !== "undefined" && CSS.supports("field-sizing", "content");

export function Composer({ field, about, files, onAdd, onRemove, onSend, onTyped, onCancel }: Props) {
  const [text, setText] = useState("");
  const [popup, setPopup] = useState<"emoji" | "voice" | null>(null);
  const emoji = usePart("emoji", popup === "emoji");
  const voice = usePart("recorder", popup === "voice");
  const tray = usePart("files", files.length > 0);
  const picker = useRef<HTMLInputElement>(null);
  const isEdit = about?.kind === "edit";
  const isEmpty = !text.trim() && files.length === 0;

  // The words being changed stand in the field; those that stood there come back after. At once: the page may write
  // into the field right after it is drawn.
  const kept = useRef("");
  const edited = isEdit ? about.text : null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when editing begins or ends
  useLayoutEffect(() => {
    if (edited !== null) kept.current = text;
    setText(edited ?? kept.current);
    if (edited === null) kept.current = "";
  }, [edited]);

  // The recorder stood in the field's place; the focus was with it.
  const spoke = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: when it comes and goes
  useEffect(() => {
    if (spoke.current && popup === null) field.current?.focus();
    spoke.current = popup === "voice";
  }, [popup]);

  const change = (value: string) => {
    setText(value);
    if (!isEdit) onTyped(value);
  };
  const send = () => {
    if (isEmpty) return;
    // At once, so that the next key stands in an empty field; back again if it could not be taken.
    if (!isEdit) setText("");
    void onSend(text, files).then((went) => {
      if (!went) setText(text);
    });
    field.current?.focus();
  };
  const insert = (what: string) => {
    const [from, to] = [
      field.current?.selectionStart ?? text.length,
      field.current?.selectionEnd ?? text.length,
    ];
    change(text.slice(0, from) + what + text.slice(to));
    setPopup(null);
    field.current?.focus();
  };
  const closePopup = () => {
    setPopup(null);
    field.current?.focus();
  };
  const rows = sizesItself ? 1 : Math.min(MAX_ROWS, text.split("\n").length + Math.floor(text.length / 38));

  if (popup === "voice" && voice)
    return (
      <voice.Recorder
        onDone={(chosen) => {
          void onSend("", [chosen]).then((went) => went && closePopup());
        }}
        onCancel={closePopup}
      />
    );
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {about && (
        <p class="about">
          <span>
            <b>{about.title}</b>
            <span dir="auto">{about.text}</span>
          </span>
          <button type="button" aria-label={TEXT.cancel} onClick={onCancel}>
            <CloseIcon />
          </button>
        </p>
      )}
      {tray && <tray.Tray files={files} onRemove={onRemove} />}
      {emoji && <emoji.Emoji onPick={insert} onClose={closePopup} />}
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          onAdd(chosenOf(event.currentTarget.files));
          event.currentTarget.value = "";
          field.current?.focus();
        }}
      />
      <div class="writing">
        {!isEdit && (
          <button type="button" class="tool" aria-label={TEXT.attach} onClick={() => picker.current?.click()}>
            <ClipIcon />
          </button>
        )}
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
          onPaste={(event) => {
            const pasted = chosenOf(event.clipboardData?.files);
            if (pasted.length === 0 || isEdit) return;
            event.preventDefault();
            onAdd(pasted);
          }}
          onKeyDown={(event) => {
            if (event.key === "Escape" && (about || popup)) {
              event.stopPropagation();
              if (popup) setPopup(null);
              else onCancel();
            }
            // Safari ends a composition before the Enter that ended it; that one has code 229.
            if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
            event.preventDefault();
            send();
          }}
        />
        <button
          type="button"
          class="tool"
          aria-label={TEXT.emoji}
          aria-expanded={popup === "emoji"}
          onClick={() => setPopup(popup ? null : "emoji")}
        >
          <SmileIcon />
        </button>
        {isEmpty && !isEdit && canRecord() ? (
          <button type="button" class="tool" aria-label={TEXT.record} onClick={() => setPopup("voice")}>
            <MicIcon />
          </button>
        ) : (
          <button type="submit" class="send" aria-label={isEdit ? TEXT.save : TEXT.send} disabled={isEmpty}>
            <SendIcon />
          </button>
        )}
      </div>
    </form>
  );
}

/** What was picked, dropped or pasted. */
export function chosenOf(list: FileList | null | undefined): Chosen[] {
  return [...(list ?? [])].map((blob) => ({ name: blob.name || TEXT.file, blob }));
}

function canRecord(): boolean {
  return typeof MediaRecorder !== "undefined" && navigator.mediaDevices !== undefined;
}
