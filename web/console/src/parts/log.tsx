// Draws the messages of a conversation, oldest above. What a line is, `timeline` decides; where it stands, `scroll`.

import { type AgentThread, agentIn } from "@frontdesk/shared/store";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Conversation } from "../conversation";
import { now_ms } from "../desk";
import { place } from "../route";
import { LogScroll } from "../scroll";
import { me } from "../session";
import { clock, dayName, inFull } from "../time";
import { type Group, type Line, linesOf } from "../timeline";
import { complain, tell } from "../toast";
import type { Typist } from "../typing";
import { Avatar } from "./avatar";
import { BubbleView } from "./bubble";
import { looking } from "./files";
import { Icon } from "./icon";
import { lazy } from "./lazy";

const Picture = lazy(async () => (await import("./picture")).Picture);

interface LogProps {
  readonly conversation: Conversation;
  readonly thread: AgentThread;
}

export function Log({ conversation, thread }: LogProps) {
  const box = useRef<HTMLDivElement>(null);
  const [scroll] = useState(() => new LogScroll());
  const [behind, setBehind] = useState(false);
  const typists = conversation.typists.now.value;
  const agent = me.value?.agent ?? { id: "", name: "" };
  const { local } = thread;

  const toEnd = () => {
    scroll.following = true;
    if (box.current) scroll.resized(box.current);
    setBehind(false);
  };
  const scrolled = () => {
    if (!box.current) return;
    if (scroll.scrolled(box.current)) void conversation.fetchOlder().catch(complain);
    setBehind(!scroll.following);
  };

  const sought = place.value.at === "conversation" ? place.value.seq : undefined;
  useEffect(() => {
    if (sought === undefined) return;
    scroll.stay();
    conversation.reach(sought).then((found) => {
      const message = found ? document.getElementById(`msg-${sought}`) : null;
      message?.scrollIntoView({ block: "center" });
      message?.classList.add("said-found");
      if (!message) tell("bad", "This message is too far back to be shown here.");
    }, complain);
  }, [sought]);
  // One's own words are always shown.
  useLayoutEffect(() => {
    if (local.length > 0 || sought === undefined) toEnd();
  }, [local.length]);
  useLayoutEffect(() => {
    if (box.current) scroll.drawn(box.current, thread.messages[0]?.id);
  }, [thread, typists]);
  useEffect(() => {
    const watch = new ResizeObserver(() => box.current && scroll.resized(box.current));
    if (box.current) watch.observe(box.current);
    // Pictures and voices come after the message that they are in.
    if (box.current?.firstElementChild) watch.observe(box.current.firstElementChild);
    // A first page that does not fill the window cannot be scrolled for more.
    if (box.current && box.current.scrollHeight <= box.current.clientHeight) scrolled();
    return () => watch.disconnect();
  }, []);

  return (
    <div class="log">
      <div
        class="log-scroll"
        ref={box}
        role="log"
        aria-live="off"
        aria-label="Messages"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={scrolled}
      >
        <div class="log-lines">
          {thread.more && (
            <p class="log-older">{conversation.fetchingOlder.value ? "Loading older messages…" : " "}</p>
          )}
          {linesOf(thread, agent, now_ms.value).map((line) => (
            <LineView key={line.key} line={line} conversation={conversation} />
          ))}
          {typists.map((typist) => (
            <TypingView key={typist.id} typist={typist} thread={thread} />
          ))}
        </div>
      </div>
      {behind && (
        <button type="button" class="jump" onClick={toEnd}>
          <Icon name="down" />
          Newest messages
        </button>
      )}
      <Announcer thread={thread} />
      {looking.value && <Picture thread={thread} />}
    </div>
  );
}

function LineView({ line, conversation }: { readonly line: Line; readonly conversation: Conversation }) {
  switch (line.kind) {
    case "day":
      return <h3 class="day">{dayName(line.timestamp, now_ms.value)}</h3>;
    case "joined":
      return (
        <p class="joined">
          {line.own ? "You joined the conversation" : `${line.name} joined the conversation`}
        </p>
      );
    case "activity":
      return (
        <p class="joined" title={[inFull(line.timestamp), line.doubt].filter(Boolean).join(". ")} dir="auto">
          {line.words} · <time dateTime={line.timestamp}>{clock(line.timestamp)}</time>
        </p>
      );
    case "group":
      return <GroupView group={line} conversation={conversation} />;
  }
}

function GroupView({ group, conversation }: { readonly group: Group; readonly conversation: Conversation }) {
  const { side, note, who, mark, bubbles } = group;
  return (
    <article
      class={`group group-${side}${note ? " group-note" : ""}`}
      aria-label={group.own ? "You" : who.name}
    >
      {side === "in" && <Avatar id={who.id} name={who.name} small />}
      <div class="group-bubbles">
        {note && (
          <p class="note-label">
            <Icon name="lock" />
            Only your team sees this
          </p>
        )}
        {bubbles.map((bubble) => (
          <BubbleView key={bubble.key} bubble={bubble} mark={mark} conversation={conversation} />
        ))}
      </div>
      <Meta group={group} conversation={conversation} />
    </article>
  );
}

function Meta({ group, conversation }: { readonly group: Group; readonly conversation: Conversation }) {
  const { mark, own, side, who, bubbles, problem } = group;
  const last = bubbles[bubbles.length - 1];
  if (!last) return null;
  if (mark === "failed") {
    return (
      <p class="meta meta-failed">
        <Icon name="alert" />
        Not sent. {problem}
        <button type="button" class="text-button" onClick={() => conversation.retry(last.key)}>
          Retry
        </button>
        <button type="button" class="text-button" onClick={() => conversation.discard(last.key)}>
          Discard
        </button>
      </p>
    );
  }
  return (
    <p class={`meta meta-${mark}`}>
      {side === "out" && !own && <span>{who.name} ·</span>}
      <time dateTime={last.timestamp}>{clock(last.timestamp)}</time>
      {mark === "sending" && <Ticks icon="clock" name="Sending" />}
      {mark === "sent" && <Ticks icon="check" name="Sent" />}
      {mark === "delivered" && <Ticks icon="checks" name="Delivered" />}
      {mark === "read" && <Ticks icon="checks" name="Read" />}
    </p>
  );
}

function Ticks({ icon, name }: { readonly icon: "clock" | "check" | "checks"; readonly name: string }) {
  return (
    <span class="ticks" title={name}>
      <Icon name={icon} />
      <span class="hidden-text">{name}</span>
    </span>
  );
}

function TypingView({ typist, thread }: { readonly typist: Typist; readonly thread: AgentThread }) {
  const { visitor } = thread.conversation;
  const name = typist.id === visitor.id ? visitor.name : (agentIn(thread, typist.id)?.name ?? "A colleague");
  return (
    <div class="group group-in group-typing">
      <Avatar id={typist.id} name={name} small />
      <div class="group-bubbles">
        <div class="typing-bubble">
          <span class="dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {typist.text && <span dir="auto">{typist.text}</span>}
        </div>
      </div>
      <p class="meta">{name} is typing…</p>
    </div>
  );
}

/** Reads out what the visitor writes from now on, and nothing of the past that is fetched. */
function Announcer({ thread }: { readonly thread: AgentThread }) {
  const since = useRef(thread.seq);
  const last = thread.messages[thread.messages.length - 1];
  const isNew = last && last.seq > since.current && last.sender_type === "visitor";
  return (
    <p class="hidden-text" aria-live="polite">
      {isNew ? `${last.sender_name}, ${clock(last.timestamp)}: ${last.message}` : ""}
    </p>
  );
}
