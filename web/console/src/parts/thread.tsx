// Draws one conversation: its head, messages, composer and the visitor's card. Knows nothing of how facts come.

import type { ConversationSummary } from "@frontdesk/shared/wire.gen";
import { useEffect, useRef } from "preact/hooks";
import type { Conversation } from "../conversation";
import { inbox, link } from "../desk";
import { LINK_NAMES } from "../link";
import type { Colleague } from "../mention";
import { cardOpen } from "../open";
import { answers } from "../role";
import { goTo } from "../route";
import { presentWords } from "../viewers";
import { Avatar } from "./avatar";
import { VisitorCard } from "./card";
import { Composer } from "./composer";
import { Icon } from "./icon";
import { Log } from "./log";
import { LINK_LOOKS } from "./shell";
import { ResolveButton, StateBar } from "./state";

export function ThreadView({ conversation }: { readonly conversation: Conversation }) {
  const thread = conversation.thread.value;
  const section = useRef<HTMLElement>(null);
  // Esc leads back from anywhere but a dialog, to the row that was left.
  useEffect(() => {
    const back = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
      if (document.querySelector("dialog[open]")) return;
      goTo({ at: "inbox" });
      document.getElementById(`row-${conversation.id}`)?.focus();
    };
    addEventListener("keydown", back);
    return () => removeEventListener("keydown", back);
  }, [conversation]);

  // What the list knows is drawn at once: on a slow line what is typed next belongs in the composer already.
  const summary = thread?.conversation ?? inbox.value.rows.get(conversation.id)?.conversation;
  if (conversation.problem.value) return <Missing problem={conversation.problem.value} />;
  return (
    <section
      ref={section}
      class={cardOpen.value && thread ? "thread thread-with-card" : "thread"}
      aria-label={summary ? `Conversation with ${summary.visitor.name}` : "Conversation"}
    >
      <Head summary={summary} conversation={conversation} />
      {summary && <StateBar conversation={conversation} summary={summary} />}
      {thread ? <Log conversation={conversation} thread={thread} /> : <Bones />}
      {summary &&
        (answers.value ? (
          <Composer conversation={conversation} visitor={summary.visitor.name} />
        ) : (
          <p class="reads-along">You read along here. Ask an owner or admin if you should answer too.</p>
        ))}
      {thread && cardOpen.value && <VisitorCard thread={thread} />}
    </section>
  );
}

interface HeadProps {
  readonly summary?: ConversationSummary | undefined;
  readonly conversation?: Conversation;
}

function Head({ summary, conversation }: HeadProps) {
  const visitor = summary?.visitor;
  const agents = summary?.agents.map(({ name }) => name).join(", ");
  return (
    <header class="thread-head">
      <button
        type="button"
        class="icon-button thread-back"
        aria-label="Back to the inbox"
        onClick={() => goTo({ at: "inbox" })}
      >
        <Icon name="back" />
      </button>
      {visitor && <Avatar id={visitor.id} name={visitor.name} />}
      <div class="thread-who">
        <h2 dir="auto">{visitor?.name ?? " "}</h2>
        <p>
          <span class={`head-link ${LINK_LOOKS[link.value]}`} title={LINK_NAMES[link.value]}>
            <span class="status-dot" />
          </span>
          {conversation && <Here viewers={conversation.viewers.now.value} />}
          {summary && (agents ? `Answered by ${agents}` : "Nobody has answered yet")}
        </p>
      </div>
      {summary && conversation && answers.value && (
        <ResolveButton conversation={conversation} summary={summary} />
      )}
      <button
        type="button"
        class="icon-button"
        aria-label="Visitor details"
        title="Visitor details"
        aria-expanded={cardOpen.value}
        onClick={() => {
          cardOpen.value = !cardOpen.value;
        }}
      >
        <Icon name="person" />
      </button>
    </header>
  );
}

/** So that two do not answer the same question. */
function Here({ viewers }: { readonly viewers: readonly Colleague[] }) {
  const words = presentWords(viewers);
  return (
    <span role="status">
      {words && (
        <span class="here">
          <Icon name="eye" />
          {words}
        </span>
      )}
    </span>
  );
}

function Missing({ problem }: { readonly problem: string }) {
  return (
    <section class="thread" aria-label="Conversation">
      <Head />
      <div class="empty">
        <span class="empty-sign">
          <Icon name="alert" />
        </span>
        <h2>{problem}</h2>
        <p>It may belong to a widget you no longer answer on.</p>
        <a class="button button-plain" href="#/">
          Back to the inbox
        </a>
      </div>
    </section>
  );
}

function Bones() {
  return (
    <div class="log" aria-busy="true">
      <p class="hidden-text">Loading messages</p>
      <div class="log-scroll">
        <div class="log-lines">
          {["in", "out", "in", "in", "out"].map((side, n) => (
            <div key={n} class={`group group-${side}`}>
              <div class={`bone bone-bubble bone-${n}`} />
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}
