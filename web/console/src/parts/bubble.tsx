// Draws one message: what it answers to, its files and words, the emoji on it, and what can be done with it.
// Knows nothing of the messages around it.

import type { AgentMessage, Quote } from "@frontdesk/shared/wire.gen";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Conversation } from "../conversation";
import { agents, listAgents } from "../desk";
import { answers, owns } from "../role";
import { me } from "../session";
import { inFull } from "../time";
import { type Bubble, type Mark, reactionsOf } from "../timeline";
import { complain, tell } from "../toast";
import { copy } from "./copy";
import { Files, LocalFiles } from "./files";
import { Icon } from "./icon";
import { lazy } from "./lazy";
import { type Choice, Menu } from "./menu";
import { Text } from "./text";

const Emoji = lazy(async () => (await import("./emoji")).Emoji);
const Versions = lazy(async () => (await import("./versions")).Versions);

const QUICK = ["👍", "❤️", "😂", "🎉", "👀", "🙏"];

interface BubbleProps {
  readonly bubble: Bubble;
  readonly mark: Mark;
  readonly conversation: Conversation;
}

export function BubbleView({ bubble, mark, conversation }: BubbleProps) {
  const { message, local } = bubble;
  const look = mark === "failed" ? " bubble-failed" : mark === "sending" ? " bubble-pending" : "";
  const files = message?.attachments ?? [];
  const gone = message?.deleted_at ? " bubble-gone" : "";
  const share = conversation.progress.value.get(local?.client_id ?? "") ?? 0;
  return (
    <div class="said" id={message ? `msg-${message.seq}` : undefined}>
      <div class="said-body">
        <div class={`bubble${look}${gone}`} title={inFull(bubble.timestamp)}>
          {bubble.quote && <QuoteView quote={bubble.quote} />}
          {files.length > 0 && <Files files={files} />}
          {local?.files && <LocalFiles files={local.files} share={mark === "sending" ? share : 0} />}
          {bubble.text && <Words bubble={bubble} />}
          {message?.edited_at && !message.deleted_at && <Edited message={message} />}
        </div>
        {message && <Reactions message={message} conversation={conversation} />}
      </div>
      {message && !message.deleted_at && (answers.value || message.message) && (
        <Actions message={message} conversation={conversation} />
      )}
    </div>
  );
}

/** A rating's stars stand before its words, and look like stars. */
function Words({ bubble: { text, message } }: { readonly bubble: Bubble }) {
  const stars = message?.rating === undefined || message.deleted_at ? "" : text.slice(0, 5);
  const mentions = message?.mentions ?? [];
  const called = agents.value.filter(({ id }) => mentions.includes(id));
  // Somebody who came to the team since it was asked for, or has left it: asked once for each message.
  const isStranger = called.length < mentions.length;
  useEffect(() => {
    if (isStranger) void listAgents();
  }, [isStranger]);
  return (
    <div class="words" dir="auto">
      {stars && (
        <span class="stars" role="img" aria-label={`${message?.rating} of 5 stars`}>
          {stars}
        </span>
      )}
      <Text text={text.slice(stars.length)} called={called} />
    </div>
  );
}

export function QuoteView({ quote }: { readonly quote: Quote }) {
  return (
    <blockquote class="quote">
      <b>{quote.sender_name}</b>
      <span dir="auto">{quote.text || "This message was taken back."}</span>
    </blockquote>
  );
}

function Edited({ message }: { readonly message: AgentMessage }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="edited" title="What it said before" onClick={() => setOpen(true)}>
        edited
      </button>
      {open && <Versions message={message} onClose={() => setOpen(false)} />}
    </>
  );
}

interface OfMessage {
  readonly message: AgentMessage;
  readonly conversation: Conversation;
}

function Reactions({ message, conversation }: OfMessage) {
  const own = me.value?.agent.id ?? "";
  const counts = reactionsOf(message, own);
  if (counts.length === 0) return null;
  const visitor = conversation.thread.value?.conversation.visitor;
  const nameOf = (id: string) =>
    id === own ? "You" : (agents.value.find((one) => one.id === id)?.name ?? visitor?.name ?? "Somebody");
  return (
    <p class="reactions">
      {counts.map(({ emoji, by, own }) => (
        <button
          key={emoji}
          type="button"
          class="reaction"
          aria-pressed={own}
          disabled={!answers.value}
          aria-label={`${emoji} ${by.length > 1 ? `${by.length} ` : ""}from ${by.map(nameOf).join(", ")}`}
          title={by.map(nameOf).join(", ")}
          onClick={() => void conversation.react(message, emoji).catch(complain)}
        >
          {emoji}
          {by.length > 1 && <span>{by.length}</span>}
        </button>
      ))}
    </p>
  );
}

/** One small button; the rest is behind it. */
function Actions({ message, conversation }: OfMessage) {
  const [open, setOpen] = useState(false);
  const [all, setAll] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    setAll(false);
  };
  const react = (emoji: string) => {
    button.current?.focus();
    close();
    void conversation.react(message, emoji).catch(complain);
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class="actions"
        aria-label="Message actions"
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="dots" />
      </button>
      {open && button.current && (
        <Menu
          label="Message actions"
          anchor={button.current}
          choices={all ? [] : actionsOf(message, conversation)}
          {...(answers.value && {
            head: all ? <Emoji onPick={react} /> : <Quick onPick={react} onMore={() => setAll(true)} />,
          })}
          onClose={close}
        />
      )}
    </>
  );
}

function Quick({ onPick, onMore }: { onPick(emoji: string): void; onMore(): void }) {
  return (
    <div class="quick">
      {QUICK.map((emoji) => (
        <button key={emoji} type="button" aria-label={`React with ${emoji}`} onClick={() => onPick(emoji)}>
          {emoji}
        </button>
      ))}
      <button type="button" aria-label="All emoji" onClick={onMore}>
        <Icon name="plus" />
      </button>
    </div>
  );
}

function actionsOf(message: AgentMessage, conversation: Conversation): Choice[] {
  const { draft } = conversation;
  const own = message.sender_id === me.value?.agent.id;
  const write = (begin: () => void) => () => {
    begin();
    document.querySelector<HTMLElement>(".composer-text")?.focus();
  };
  const copyText: Choice = { name: "Copy text", icon: "copy", act: () => void copied(message.message) };
  if (!answers.value) return [copyText];
  const choices: Choice[] = [{ name: "Quote", icon: "reply", act: write(() => draft.quote(message)) }];
  if (message.message) choices.push(copyText);
  if (own && message.message && message.rating === undefined)
    choices.push({ name: "Edit", icon: "pencil", act: write(() => draft.edit(message)) });
  if (own || owns.value)
    choices.push({
      name: "Take back",
      icon: "bin",
      danger: true,
      apart: true,
      act: () => void conversation.takeBack(message).catch(complain),
    });
  return choices;
}

async function copied(text: string): Promise<void> {
  if (await copy(text)) tell("good", "Copied.");
  else tell("bad", "The browser did not let the console copy. Select the text and copy it yourself.");
}
