// Lets agents keep the texts that they send again and again, and owners and admins those that are for everybody. Knows nothing
// of how they come into a message.

import type { CannedReply } from "@frontdesk/shared/wire.gen";
import { useState } from "preact/hooks";
import { agentApi, refusalName } from "../agent-api";
import { useAct } from "../parts/act";
import { Confirm } from "../parts/confirm";
import { Dialog } from "../parts/dialog";
import { Field } from "../parts/field";
import { Icon } from "../parts/icon";
import { ListState, useList } from "../parts/list-state";
import { Refusal } from "../parts/refusal";
import { SettingsPage } from "../parts/settings";
import { filled, known, PLACEHOLDERS, replies, unknownPlaceholders } from "../replies";
import { administers } from "../role";
import { me } from "../session";
import { setupApi } from "../setup-api";
import "../style/setup.css";

type Told = (all: readonly CannedReply[]) => void;

export function RepliesScreen() {
  const { list, set, trouble, again } = useList(async () => {
    const all = (await agentApi.replies()).replies;
    replies.value = all;
    return all;
  });
  const [open, setOpen] = useState<CannedReply | "new" | null>(null);
  const [leaving, setLeaving] = useState<CannedReply | null>(null);
  const [typed, setTyped] = useState("");
  const told: Told = (all) => {
    replies.value = all;
    set(all);
  };
  const words = typed.trim().toLocaleLowerCase();
  const shown = (list ?? []).filter(({ shortcut, text }) =>
    `/${shortcut} ${text}`.toLocaleLowerCase().includes(words),
  );
  return (
    <SettingsPage
      page="replies"
      action={
        <button type="button" class="button" onClick={() => setOpen("new")}>
          <Icon name="plus" />
          New reply
        </button>
      }
    >
      <section class="panel" aria-label="Canned replies">
        {(list?.length ?? 0) > 5 && (
          <input
            class="input list-search"
            type="search"
            aria-label="Find a reply"
            placeholder="Find a reply"
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        <ListState
          list={list}
          trouble={trouble}
          again={again}
          loading="Loading the replies"
          icon="reply"
          none="No canned replies yet"
          hint="Write down what you answer every day, and it is three keys away."
        >
          {shown.length === 0 && <p class="menu-none">No reply has these words.</p>}
          <ul class="things">
            {shown.map((reply) => (
              <Row key={reply.id} reply={reply} open={setOpen} remove={setLeaving} />
            ))}
          </ul>
        </ListState>
      </section>
      {open && <ReplyDialog reply={open === "new" ? null : open} told={told} close={() => setOpen(null)} />}
      {leaving && (
        <Confirm
          title={`Remove /${leaving.shortcut}?`}
          act="Remove"
          acting="Removing…"
          danger
          run={async () => told((await setupApi.removeReply(leaving.id)).replies)}
          close={() => setLeaving(null)}
        >
          <p>{leaving.is_shared ? "It is gone for everybody." : "It is gone for you."}</p>
        </Confirm>
      )}
    </SettingsPage>
  );
}

interface RowProps {
  readonly reply: CannedReply;
  readonly open: (reply: CannedReply) => void;
  readonly remove: (reply: CannedReply) => void;
}

function Row({ reply, open, remove }: RowProps) {
  const mine = !reply.is_shared || administers.value;
  return (
    <li class="thing">
      <div class="thing-what">
        <p class="thing-name">
          <kbd>/{reply.shortcut}</kbd>
          {!reply.is_shared && <span class="chip">Only you</span>}
        </p>
        <p class="thing-about" dir="auto">
          {reply.text}
        </p>
      </div>
      {mine && (
        <span class="thing-acts">
          <button
            type="button"
            class="icon-button"
            aria-label={`Change /${reply.shortcut}`}
            title="Change"
            onClick={() => open(reply)}
          >
            <Icon name="pencil" />
          </button>
          <button
            type="button"
            class="icon-button"
            aria-label={`Remove /${reply.shortcut}`}
            title="Remove"
            onClick={() => remove(reply)}
          >
            <Icon name="bin" />
          </button>
        </span>
      )}
    </li>
  );
}

interface ReplyDialogProps {
  readonly reply: CannedReply | null;
  readonly told: Told;
  readonly close: () => void;
}

/** Wire: `CANNED_TEXT_CHARS`, `SHORTCUT_CHARS`. */
const TEXT_CHARS = 4_000;
const SHORTCUT_CHARS = 40;

function ReplyDialog({ reply, told, close }: ReplyDialogProps) {
  const [shortcut, setShortcut] = useState(reply?.shortcut ?? "");
  const [text, setText] = useState(reply?.text ?? "");
  const [shared, setShared] = useState(reply?.is_shared ?? administers.peek());
  const misread = unknownPlaceholders(text);
  const [submit, busy, refusal] = useAct(async () => {
    const all = reply
      ? await setupApi.changeReply(reply.id, { shortcut, text })
      : await setupApi.addReply({ shortcut, text, is_shared: shared });
    told(all.replies);
    close();
  });
  const taken = refusalName(refusal) === "shortcut-taken";
  return (
    <Dialog title={reply ? "Change the reply" : "New reply"} wide onClose={close}>
      <form class="form" onSubmit={submit}>
        {refusal !== null && !taken && <Refusal error={refusal} />}
        <Shortcut
          value={shortcut}
          change={setShortcut}
          wrong={taken ? "Another reply has this shortcut." : null}
        />
        <Field
          label="Text"
          wrong={misread.length ? `Nothing stands for {{${misread[0]}}}: it would be sent as it is.` : null}
        >
          {(ids) => (
            <textarea
              {...ids}
              class="input"
              dir="auto"
              rows={5}
              required
              maxLength={TEXT_CHARS}
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          )}
        </Field>
        <Placeholders add={(word) => setText((now) => `${now}${word}`)} />
        <ReplyPreview text={text} />
        {!reply && administers.value && (
          <label class="tick">
            <input
              type="checkbox"
              checked={shared}
              onChange={(event) => setShared(event.currentTarget.checked)}
            />
            <span>
              For everybody
              <small>Every agent finds it. Without the tick only you do.</small>
            </span>
          </label>
        )}
        <div class="dialog-foot">
          <button type="button" class="button button-plain" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button" disabled={busy || !shortcut.trim() || !text.trim()}>
            {busy ? "Saving…" : "Save"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface ShortcutProps {
  readonly value: string;
  readonly wrong: string | null;
  readonly change: (value: string) => void;
}

/** What no shortcut has is not taken in. */
function Shortcut({ value, wrong, change }: ShortcutProps) {
  return (
    <Field label="Shortcut" hint="One word: letters, digits, - and _." wrong={wrong}>
      {(ids) => (
        <span class="input-after" dir="ltr">
          <span aria-hidden="true">/</span>
          <input
            {...ids}
            class="input"
            required
            autocomplete="off"
            spellcheck={false}
            maxLength={SHORTCUT_CHARS}
            value={value}
            onInput={(event) => {
              const clean = event.currentTarget.value.toLocaleLowerCase().replace(/[^\p{L}\p{N}_-]/gu, "");
              event.currentTarget.value = clean;
              change(clean);
            }}
          />
        </span>
      )}
    </Field>
  );
}

const SAMPLES: Readonly<Record<string, string>> = { "visitor.name": "{{visitor.name|there}}" };

function Placeholders({ add }: { readonly add: (word: string) => void }) {
  return (
    <fieldset class="placeholders">
      <legend>Filled in when it is sent</legend>
      {PLACEHOLDERS.map((name) => {
        const word = SAMPLES[name] ?? `{{${name}}}`;
        return (
          <button type="button" key={name} class="scene" onClick={() => add(word)}>
            <code>{word}</code>
          </button>
        );
      })}
    </fieldset>
  );
}

/** To somebody with a name, and to somebody without. */
function ReplyPreview({ text }: { readonly text: string }) {
  if (!text.trim()) return null;
  const { agent, widgets } = me.value ?? {};
  const of = (visitor: { name: string; email: string | null } | undefined) =>
    filled(text, known({ visitor, agent: agent?.name, widget: widgets?.[0]?.name }));
  const [withName, without] = [of({ name: "Ana", email: "ana@shop.example" }), of(undefined)];
  return (
    <div class="reply-preview">
      <p class="hidden-text">Preview</p>
      <div class="reply-bubble" dir="auto">
        {withName}
      </div>
      {without !== withName && (
        <>
          <small>To a visitor whose name you do not know:</small>
          <div class="reply-bubble" dir="auto">
            {without}
          </div>
        </>
      )}
    </div>
  );
}
