// Decides what the panel consists of and where the focus is. Knows nothing of the network.

import type { ChatMessage } from "@frontdesk/shared/wire.gen";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Engine, EngineState } from "../engine";
import type { Chosen } from "../uploads";
import { type About, Composer, chosenOf } from "./composer";
import type { Bubble } from "./flow";
import { Header } from "./header";
import { usePart } from "./lazy";
import { Messages } from "./messages";
import { isRtl, TEXT } from "./texts";
import { LATELY_MS, lastFromAgent, there } from "./there";

type Props = {
  engine: Engine;
  state: EngineState;
  origin: string;
  open: boolean;
  /** Does it fill the screen? */
  full: boolean;
  /** What the page asked to be shown; anew with each call. */
  view: { isList: boolean } | undefined;
  onClose(): void;
  onPopout: (() => void) | undefined;
};
/** What the composer is busy with, other than a new message. */
type Task = { kind: "reply" | "edit"; message: ChatMessage };

export function Chat({ engine, state, origin, open, full, view, onClose, onPopout }: Props) {
  const field = useRef<HTMLTextAreaElement>(null);
  const panel = useRef<HTMLElement>(null);
  const [isList, setList] = useState(false);
  const [task, setTask] = useState<Task | null>(null);
  const [files, setFiles] = useState<Chosen[]>([]);
  const [picture, setPicture] = useState<string | null>(null);
  const [menu, setMenu] = useState<{ bubble: Bubble | null; anchor: HTMLElement } | null>(null);
  const [dragged, setDragged] = useState(false);
  const [asksWhy, setAsksWhy] = useState(false);
  const name = state.look.name || TEXT.title;
  const { thread } = state;

  useEffect(() => {
    if (open) settle(panel.current, field.current);
  }, [open]);

  useEffect(() => {
    if (view) setList(view.isList);
  }, [view]);

  const { unread } = state;
  useEffect(() => {
    const read = () =>
      open && !isList && unread > 0 && document.visibilityState === "visible" && engine.read();
    read();
    document.addEventListener("visibilitychange", read);
    return () => document.removeEventListener("visibilitychange", read);
  }, [open, isList, unread, engine]);

  // What was said lately is not said lately for ever.
  const [, look] = useState(0);
  const heardAt = lastFromAgent(thread);
  useEffect(() => {
    if (heardAt === null) return;
    const timer = setTimeout(() => look(heardAt), Math.max(0, heardAt + LATELY_MS - Date.now()) + 1_000);
    return () => clearTimeout(timer);
  }, [heardAt]);

  /** The button that was pressed goes away; the focus stays inside. */
  const settled = () => settle(panel.current, field.current);
  const closeMenu = () => {
    menu?.anchor.focus({ preventScroll: true });
    setMenu(null);
  };
  const add = (more: Chosen[]) => setFiles((now) => [...now, ...more]);
  const send = async (text: string, chosen: Chosen[]): Promise<boolean> => {
    if (task?.kind === "edit") {
      if (text.trim() && text.trim() !== task.message.message) void engine.edit(task.message.id, text);
      setTask(null);
      return true;
    }
    const quote = task ? quoteOf(task.message) : undefined;
    if (chosen.length > 0 && !(await engine.sendFiles(text, chosen, quote))) return false;
    if (chosen.length === 0) engine.send(text, quote);
    setTask(null);
    setFiles([]);
    return true;
  };
  const begin = (next: Task) => {
    setMenu(null);
    setTask(next);
    field.current?.focus();
  };

  const modal = usePart("modal", full);
  useEffect(() => modal?.follow(open, panel.current), [open, modal]);
  const keyed = (event: KeyboardEvent) => {
    if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      onClose();
    }
    if (event.altKey && event.shiftKey && event.code === "KeyD") setAsksWhy(true);
    if (event.key === "Tab") modal?.keepInside(event, panel.current);
  };

  const actions = usePart("actions", menu !== null);
  const gallery = usePart("gallery", picture !== null);
  const list = usePart("list", isList);
  const diagnostics = usePart("diagnostics", asksWhy || (open && engine.debugs));
  const drop = usePart("files", dragged);
  // Whoever writes already is asked once they send.
  const asks = field.current?.value ? null : engine.asks;
  const here = there(state, new Date());
  const wantsEmail = here?.note !== null && here !== null && state.visitor?.email === null && !asks;
  const isOver = thread?.conversation.status === "resolved";
  const forms = usePart("forms", open && !isList && (!!asks || wantsEmail || isOver));
  const rates = forms?.wantsRating(thread);
  const about: About | null = task && {
    kind: task.kind,
    title: task.kind === "edit" ? TEXT.editing : TEXT.replyingTo(nameOf(task.message)),
    text: task.message.message || task.message.attachment_name || TEXT.file,
  };

  return (
    <section
      ref={panel}
      class={`panel ${open ? "open" : ""} ${full ? "full" : ""}`}
      role="dialog"
      aria-modal={full}
      aria-label={name}
      tabIndex={-1}
      inert={!open}
      dir={isRtl ? "rtl" : "ltr"}
      onKeyDown={keyed}
      onDragOver={(event) => {
        if (!event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        setDragged(true);
      }}
      onDragLeave={(event) => {
        if (!panel.current?.contains(event.relatedTarget as Node | null)) setDragged(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setDragged(false);
        add(chosenOf(event.dataTransfer?.files));
        field.current?.focus();
      }}
    >
      <Header
        state={state}
        here={here}
        isList={isList}
        canGoBack={!isList && (thread !== null || engine.isKnown)}
        onBack={() => {
          setTask(null);
          setList(true);
        }}
        onMenu={(anchor) => setMenu({ bubble: null, anchor })}
        onClose={onClose}
      />
      {diagnostics && (
        <diagnostics.Diagnostics engine={engine} origin={origin} open={asksWhy} onOpen={setAsksWhy} />
      )}
      {state.problem && (
        <p class="problem" role="alert">
          {state.problem}
        </p>
      )}
      {isList ? (
        list && (
          <list.Conversations
            engine={engine}
            state={state}
            open={open}
            onChosen={() => {
              setList(false);
              requestAnimationFrame(settled);
            }}
          />
        )
      ) : (
        <>
          <Messages
            state={state}
            origin={origin}
            open={open}
            acts={{
              onRetry: (clientId) => {
                engine.retry(clientId);
                settled();
              },
              onDiscard: (clientId) => {
                engine.discard(clientId);
                settled();
              },
              onReact: (message, emoji) => void engine.react(message, emoji),
              onActions: (bubble, anchor) => setMenu({ bubble, anchor }),
              onPicture: setPicture,
              blob: (key) => engine.blob(key),
            }}
            onOlder={() => void engine.older().catch(() => {})}
            onRead={() => engine.trim()}
            endShape={`${forms !== null} ${wantsEmail} ${rates} ${here?.note} ${state.visitor?.email}`}
            end={
              <>
                {state.linkUsed && !thread && <p class="joined">{TEXT.linkUsed}</p>}
                {here?.note && <p class="nobody">{here.note}</p>}
                {forms && wantsEmail && <forms.Email onLeave={(email) => engine.leaveEmail(email)} />}
                {forms && rates && <forms.Rating onRate={(score, words) => engine.rate(score, words)} />}
              </>
            }
          >
            {actions && menu && (
              <actions.Menu
                anchor={menu.anchor}
                bubble={menu.bubble}
                engine={engine}
                onClose={closeMenu}
                onPopout={onPopout}
                onReply={(message) => begin({ kind: "reply", message })}
                onEdit={(message) => begin({ kind: "edit", message })}
              />
            )}
          </Messages>
          {state.notice && (
            <p class="notice" role="alert">
              {state.notice}
            </p>
          )}
          {forms && asks ? (
            <forms.PreChat
              {...asks}
              onDone={(label) => {
                engine.agree(label);
                requestAnimationFrame(settled);
              }}
            />
          ) : (
            !asks && (
              <>
                {state.previewed && <p class="previewed">{TEXT.previewed}</p>}
                <Composer
                  field={field}
                  about={about}
                  files={files}
                  onAdd={add}
                  onRemove={(file) => setFiles((now) => now.filter((one) => one !== file))}
                  onSend={send}
                  onTyped={(text) => engine.typed(text)}
                  onCancel={() => setTask(null)}
                />
              </>
            )
          )}
        </>
      )}
      {drop && !isList && <drop.Drop />}
      {gallery && picture && (
        <gallery.Gallery
          thread={thread}
          origin={origin}
          url={picture}
          onClose={() => {
            setPicture(null);
            settled();
          }}
        />
      )}
    </section>
  );
}

function nameOf(message: ChatMessage): string {
  return message.sender_type === "visitor" ? TEXT.you : message.sender_name;
}

function quoteOf({ id, sender_type, sender_name, message, attachment_name }: ChatMessage) {
  return { id, sender_type, sender_name, text: message || (attachment_name ?? "") };
}

/** Where the focus begins. On a phone the field would bring up the keyboard before anything was read. */
function settle(panel: HTMLElement | null, field: HTMLElement | null): void {
  const touch = matchMedia("(pointer: coarse)").matches;
  (touch || !field ? panel : field)?.focus({ preventScroll: true });
}
