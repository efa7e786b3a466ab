// Draws where an agent writes: a reply to the visitor, or a note for colleagues, with files, the names of those it
// calls and the canned replies. Knows nothing of sending.

import type { Voice } from "@frontdesk/shared/recorder";
import type { MessageKind } from "@frontdesk/shared/wire.gen";
import { LIMITS } from "@frontdesk/shared/wire.gen";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Conversation } from "../conversation";
import { listAgents } from "../desk";
import { quoteOf } from "../draft";
import { sizeOf } from "../file";
import { type Call, type Colleague, callAt, completed, offered } from "../mention";
import { recording } from "../open";
import {
  type Asking,
  askingAt,
  filled,
  inserted,
  known,
  listReplies,
  offeredReplies,
  replies,
} from "../replies";
import { me } from "../session";
import { tell } from "../toast";
import { Avatar } from "./avatar";
import { QuoteView } from "./bubble";
import { Icon, type IconName } from "./icon";
import { lazy } from "./lazy";
import { Menu } from "./menu";

const Emoji = lazy(async () => (await import("./emoji")).Emoji);
const Record = lazy(async () => (await import("./record")).Record);

interface ComposerProps {
  readonly conversation: Conversation;
  /** Their name. */
  readonly visitor: string;
}

export function Composer({ conversation, visitor }: ComposerProps) {
  const { draft } = conversation;
  const { kind, editing } = draft;
  const text = useRef<HTMLTextAreaElement>(null);
  const [over, setOver] = useState(false);
  const note = (editing.value?.kind ?? kind.value) === "note";

  // At once, for what is typed next belongs in here. But a keyboard that slides over half the phone is opened by the
  // agent, not by us.
  useLayoutEffect(() => {
    if (matchMedia("(pointer: fine)").matches) text.current?.focus();
  }, [conversation]);

  // Another conversation hears nothing of it.
  useEffect(() => {
    const end = () => {
      recording.value = false;
    };
    end();
    return end;
  }, [conversation]);
  const spoken = (voice: Voice | null) => {
    recording.value = false;
    if (voice) conversation.sayVoice(voice);
    // The recorder stood in the field's place, and the focus was with it.
    requestAnimationFrame(() => text.current?.focus());
  };

  const turnTo = (next: MessageKind) => {
    draft.turnTo(next);
    conversation.typed("", next);
    text.current?.focus();
  };
  const send = () => {
    conversation.say();
    text.current?.focus();
  };
  const take = (files: FileList | null | undefined) => {
    const left = files ? draft.take([...files]) : 0;
    if (left > 0)
      tell("bad", `A message takes ${LIMITS.MESSAGE_ATTACHMENTS} files. Send the rest in another.`);
    text.current?.focus();
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onDragOver={(event) => {
        if (!event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer?.files);
      }}
      onPaste={(event) => {
        if (!event.clipboardData?.files.length) return;
        event.preventDefault();
        take(event.clipboardData.files);
      }}
    >
      <div class={`composer-box${note ? " composer-note" : ""}${over ? " composer-over" : ""}`}>
        {editing.value ? (
          <p class="composer-about">
            <Icon name="pencil" />
            Changing what you wrote
            <Cancel name="Keep it as it was" act={() => draft.cancel()} />
          </p>
        ) : (
          <fieldset class="composer-kinds" aria-label="Who reads it">
            <Kind icon="reply" name="Reply" on={!note} choose={() => turnTo("text")} />
            <Kind icon="lock" name="Note" on={note} choose={() => turnTo("note")} />
          </fieldset>
        )}
        {recording.value && !editing.value ? (
          <Record note={note} onDone={spoken} onCancel={() => spoken(null)} />
        ) : (
          <Writing
            conversation={conversation}
            visitor={visitor}
            note={note}
            box={text}
            send={send}
            take={take}
          />
        )}
      </div>
    </form>
  );
}

interface WritingProps extends WordsProps {
  take(files: FileList | null): void;
}

function Writing({ take, ...words }: WritingProps) {
  const { conversation, visitor, note, box } = words;
  const { draft } = conversation;
  const editing = draft.editing.value !== null;
  return (
    <>
      <Quoted conversation={conversation} />
      <Words {...words} />
      {!editing && <Chosen conversation={conversation} />}
      <div class="composer-foot">
        {!editing && <AddFile take={take} />}
        {!editing && (
          <Tool
            icon="mic"
            name="Record a voice message"
            act={() => {
              recording.value = true;
            }}
          />
        )}
        <AddEmoji conversation={conversation} box={box} />
        <span class="composer-hint">
          {note ? (
            `${visitor} will not see it`
          ) : (
            <span class="composer-hint-keys">
              <kbd>Enter</kbd> sends, <kbd>Shift + Enter</kbd> starts a new line
            </span>
          )}
        </span>
        <button type="submit" class="button" disabled={draft.isEmpty}>
          {editing ? "Save" : note ? "Add note" : "Send"}
          <Icon name={editing ? "check" : note ? "lock" : "send"} />
        </button>
      </div>
    </>
  );
}

interface WordsProps extends ComposerProps {
  readonly note: boolean;
  readonly box: { current: HTMLTextAreaElement | null };
  send(): void;
}

/** Something that can be put where it is being asked for. */
interface Offer {
  readonly id: string;
  readonly face?: Colleague;
  readonly shortcut?: string;
  readonly name: string;
  /** The text with it, and where the caret goes. */
  put(text: string, caret: number): [string, number];
}

/** The names that a note can call. */
function namesFor(call: Call | null, conversation: Conversation): Offer[] {
  if (!call) return [];
  return offered(call.typed, conversation.colleagues).map((one) => ({
    id: one.id,
    face: one,
    name: one.name,
    put: (text, caret) => completed(text, caret, call, one.name),
  }));
}

function repliesFor(asking: Asking | null, conversation: Conversation): Offer[] {
  if (!asking) return [];
  const about = conversation.thread.value?.conversation;
  const facts = known({
    visitor: about?.visitor,
    agent: me.value?.agent.name,
    widget: me.value?.widgets.find(({ id }) => id === about?.widget_id)?.name,
  });
  return offeredReplies(asking.typed, replies.value).map(({ id, shortcut, text }) => ({
    id,
    shortcut,
    name: filled(text, facts),
    put: (before, caret) => inserted(before, caret, asking, filled(text, facts)),
  }));
}

/** The field itself, and what is offered in it: names in a note after `@`, canned replies after `/`. */
function Words({ conversation, visitor, note, box, send }: WordsProps) {
  const { draft } = conversation;
  const [call, setCall] = useState<Call | null>(null);
  const [asking, setAsking] = useState<Asking | null>(null);
  const [at, setAt] = useState(0);
  const [caret, setCaret] = useState<number | null>(null);
  const offers = asking ? repliesFor(asking, conversation) : note ? namesFor(call, conversation) : [];

  useLayoutEffect(() => {
    if (caret === null) return;
    box.current?.setSelectionRange(caret, caret);
    setCaret(null);
  }, [caret]);

  const look = () => {
    const field = box.current;
    const next = note && field ? callAt(field.value, field.selectionStart) : null;
    const asked = field ? askingAt(field.value, field.selectionStart) : null;
    // Somebody may have come to the team since, and somebody may have written another reply.
    if (next && !call) void listAgents();
    if (asked && !asking) void listReplies();
    setCall(next);
    setAsking(asked);
    setAt(0);
  };
  const leave = () => {
    setCall(null);
    setAsking(null);
  };
  const write = (value: string) => {
    draft.text.value = value;
    conversation.typed(value, note ? "note" : "text");
    look();
  };
  const pick = (offer: Offer) => {
    if (!box.current) return;
    const [text, next] = offer.put(draft.text.value, box.current.selectionStart);
    draft.text.value = text;
    leave();
    setCaret(next);
    box.current.focus();
  };
  const key = (event: KeyboardEvent) => {
    // While a character is being composed, keys belong to the input method.
    if (event.isComposing) return;
    const chosen = offers[at];
    if (
      chosen &&
      pickKey(
        event,
        () => pick(chosen),
        (by) => setAt((at + by + offers.length) % offers.length),
        leave,
      )
    )
      return;
    if (event.key === "Escape" && (draft.editing.value || draft.quoting.value)) {
      event.preventDefault();
      draft.cancel();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    }
  };
  return (
    <>
      {offers.length > 0 && (
        <div
          class="names"
          role="listbox"
          id="composer-names"
          aria-label={asking ? "Canned replies" : "Colleagues"}
        >
          {offers.map((one, n) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field keeps the focus and takes the keys
            <div
              key={one.id}
              id={`name-${n}`}
              class={one.shortcut ? "choice choice-reply" : "choice"}
              role="option"
              tabIndex={-1}
              aria-selected={n === at}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => pick(one)}
            >
              {one.face && <Avatar id={one.id} name={one.name} small />}
              {one.shortcut && <kbd>/{one.shortcut}</kbd>}
              <span class="choice-name" dir="auto">
                {one.name}
              </span>
            </div>
          ))}
        </div>
      )}
      <textarea
        ref={box}
        class="composer-text"
        rows={1}
        dir="auto"
        maxLength={LIMITS.MESSAGE_TEXT_CHARS}
        aria-label={note ? "Note" : "Reply"}
        // A field of several lines can have no other role (ARIA in HTML), and a textbox has all of a combobox's
        // states but `aria-expanded`.
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-controls={offers.length > 0 ? "composer-names" : undefined}
        aria-activedescendant={offers.length > 0 ? `name-${at}` : undefined}
        placeholder={note ? "Write a note to your team… @ calls a colleague" : `Reply to ${visitor}…`}
        value={draft.text.value}
        onInput={(event) => write(event.currentTarget.value)}
        onSelect={look}
        onBlur={() => {
          leave();
          conversation.typed("", draft.kind.value);
        }}
        onKeyDown={key}
      />
    </>
  );
}

/** Was the key for the names that are offered? */
function pickKey(
  event: KeyboardEvent,
  pick: () => void,
  step: (by: number) => void,
  leave: () => void,
): boolean {
  const act: Record<string, () => void> = {
    Enter: pick,
    Tab: pick,
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Escape: leave,
  };
  const found = act[event.key];
  if (!found || event.shiftKey) return false;
  event.preventDefault();
  event.stopPropagation();
  found();
  return true;
}

function Quoted({ conversation }: { readonly conversation: Conversation }) {
  const quoting = conversation.draft.quoting.value;
  if (!quoting) return null;
  return (
    <div class="composer-quote">
      <QuoteView quote={quoteOf(quoting)} />
      <Cancel name="Do not quote" act={() => conversation.draft.cancel()} />
    </div>
  );
}

function Chosen({ conversation }: { readonly conversation: Conversation }) {
  const files = conversation.draft.files.value;
  if (files.length === 0) return null;
  return (
    <ul class="chosen" aria-label="Files">
      {files.map(({ key, name, blob }) => (
        <li key={key} class="file">
          <Preview blob={blob} />
          <span class="file-name" dir="auto">
            {name}
          </span>
          <small>{sizeOf(blob.size)}</small>
          <Cancel name={`Remove ${name}`} act={() => conversation.draft.drop(key)} />
        </li>
      ))}
    </ul>
  );
}

/** Larger ones are not worth reading twice. */
const PREVIEW_BYTES = 5_000_000;

/** A picture of a picture. The console's policy shows `data:` and not `blob:`. */
function Preview({ blob }: { readonly blob: Blob }) {
  const [url, setUrl] = useState("");
  useEffect(() => {
    if (!blob.type.startsWith("image/") || blob.size > PREVIEW_BYTES) return;
    const reader = new FileReader();
    reader.onload = () => setUrl(String(reader.result));
    reader.readAsDataURL(blob);
    return () => reader.abort();
  }, [blob]);
  return url ? <img class="chosen-picture" src={url} alt="" /> : <Icon name="file" />;
}

function AddFile({ take }: { take(files: FileList | null): void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        class="hidden-text"
        type="file"
        multiple
        tabIndex={-1}
        aria-hidden="true"
        onChange={(event) => {
          take(event.currentTarget.files);
          event.currentTarget.value = "";
        }}
      />
      <Tool icon="clip" name="Add files" act={() => input.current?.click()} />
    </>
  );
}

interface AddEmojiProps {
  readonly conversation: Conversation;
  readonly box: { current: HTMLTextAreaElement | null };
}

function AddEmoji({ conversation, box }: AddEmojiProps) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const pick = (emoji: string) => {
    setAnchor(null);
    const field = box.current;
    if (!field) return;
    field.focus();
    field.setRangeText(emoji, field.selectionStart, field.selectionEnd, "end");
    conversation.draft.text.value = field.value;
  };
  return (
    <>
      <Tool icon="smile" name="Add an emoji" act={(button) => setAnchor(anchor ? null : button)} />
      {anchor && (
        <Menu
          label="Emoji"
          anchor={anchor}
          choices={NONE}
          head={<Emoji onPick={pick} />}
          onClose={() => setAnchor(null)}
        />
      )}
    </>
  );
}

const NONE: readonly never[] = [];

interface ToolProps {
  readonly icon: IconName;
  readonly name: string;
  act(button: HTMLButtonElement): void;
}

function Tool({ icon, name, act }: ToolProps) {
  return (
    <button
      type="button"
      class="icon-button composer-tool"
      aria-label={name}
      title={name}
      onClick={(event) => act(event.currentTarget)}
    >
      <Icon name={icon} />
    </button>
  );
}

function Cancel({ name, act }: { readonly name: string; act(): void }) {
  return (
    <button type="button" class="icon-button icon-button-small" aria-label={name} title={name} onClick={act}>
      <Icon name="close" />
    </button>
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
