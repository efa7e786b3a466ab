// Decides what can be done with a message, and with a conversation, from a small menu beside the button
// that was pressed. Knows nothing of how it is carried out.

import type { ChatMessage } from "@frontdesk/shared/wire.gen";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Engine } from "../engine";
import type { Bubble } from "../view/flow";
import { SmileIcon } from "../view/icons";
import { usePart } from "../view/lazy";
import { TEXT } from "../view/texts";
import css from "./actions.css?inline";
import { saveTranscript } from "./transcript";

export { css };

const QUICK = ["👍", "❤️", "😂", "🎉", "😮", "🙏"];

type Props = {
  anchor: HTMLElement;
  /** Of the whole conversation without one. */
  bubble: Bubble | null;
  engine: Engine;
  onReply(message: ChatMessage): void;
  onEdit(message: ChatMessage): void;
  onClose(): void;
  /** Absent in a window that is one already. */
  onPopout?: (() => void) | undefined;
};

type Act = { words: string; act(): void; keepOpen?: boolean };

export function Menu({ anchor, bubble, engine, onReply, onEdit, onClose, onPopout }: Props) {
  const menu = useRef<HTMLDivElement>(null);
  const [all, setAll] = useState(false);
  const emoji = usePart("emoji", all);
  const message = bubble?.message ?? null;

  // biome-ignore lint/correctness/useExhaustiveDependencies: placed anew when it grows
  useLayoutEffect(() => place(menu.current, anchor), [emoji !== null]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: for as long as it is open
  useEffect(() => {
    menu.current?.querySelector("button")?.focus();
    const away = (event: Event) => {
      if (menu.current && !event.composedPath().includes(menu.current)) onClose();
    };
    const root = anchor.getRootNode();
    root.addEventListener("pointerdown", away);
    return () => root.removeEventListener("pointerdown", away);
  }, []);

  const acts = message
    ? ofMessage(message, bubble?.own === true, { onReply, onEdit, engine })
    : ofAll(engine, onPopout);
  const react = (one: string) => {
    if (message) void engine.react(message, one);
    onClose();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the buttons inside are what is pressed; keys bubble up from them
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: a menu has a name, and so has a group
    <div
      ref={menu}
      class="menu"
      role={emoji ? "group" : "menu"}
      tabIndex={-1}
      aria-label={message ? TEXT.actions : TEXT.menu}
      onKeyDown={(event) => keyed(event, menu.current, onClose)}
    >
      {message && !emoji && (
        <div class="quick">
          {QUICK.map((one) => (
            <button
              key={one}
              type="button"
              role="menuitem"
              aria-label={`${TEXT.react}: ${one}`}
              onClick={() => react(one)}
            >
              {one}
            </button>
          ))}
          <button type="button" role="menuitem" aria-label={TEXT.emoji} onClick={() => setAll(true)}>
            <SmileIcon />
          </button>
        </div>
      )}
      {emoji ? (
        <emoji.Emoji onPick={react} onClose={onClose} />
      ) : (
        acts.map(({ words, act, keepOpen }) => (
          <button
            key={words}
            type="button"
            role="menuitem"
            class="act"
            onClick={() => {
              if (!keepOpen) onClose();
              act();
            }}
          >
            {words}
          </button>
        ))
      )}
    </div>
  );
}

type Doers = Pick<Props, "onReply" | "onEdit" | "engine">;

function ofMessage(message: ChatMessage, own: boolean, { onReply, onEdit, engine }: Doers): Act[] {
  const acts: Act[] = [{ words: TEXT.reply, act: () => onReply(message), keepOpen: true }];
  if (message.message) acts.push({ words: TEXT.copy, act: () => void copied(message.message) });
  if (own && message.message && message.rating === undefined)
    acts.push({ words: TEXT.edit, act: () => onEdit(message), keepOpen: true });
  if (own) acts.push({ words: TEXT.takeBack, act: () => void engine.takeBack(message.id) });
  return acts;
}

function ofAll(engine: Engine, onPopout: Props["onPopout"]): Act[] {
  const { thread } = engine.state;
  const acts: Act[] = [
    { words: engine.muted ? TEXT.unmute : TEXT.mute, act: () => engine.mute(!engine.muted) },
    { words: TEXT.transcript, act: () => void saveTranscript(engine) },
  ];
  if (onPopout) acts.push({ words: TEXT.popout, act: onPopout });
  if (thread && thread.conversation.status !== "resolved")
    acts.push({ words: TEXT.end, act: () => void engine.end() });
  return acts;
}

async function copied(text: string): Promise<void> {
  await navigator.clipboard?.writeText(text).catch(() => {});
}

/** Below the button, above it where below is no room; never outside the stage. */
function place(menu: HTMLElement | null, anchor: HTMLElement): void {
  const stage = menu?.offsetParent;
  if (!menu || !stage) return;
  const [box, at] = [stage.getBoundingClientRect(), anchor.getBoundingClientRect()];
  const below = at.bottom - box.top + 4;
  const above = at.top - box.top - menu.offsetHeight - 4;
  const fits = below + menu.offsetHeight <= box.height - 8;
  const top = Math.max(8, fits ? below : Math.min(above, box.height - menu.offsetHeight - 8));
  const left = at.left + at.width / 2 - box.left - menu.offsetWidth / 2;
  menu.style.top = `${top}px`;
  menu.style.left = `${Math.min(Math.max(8, left), box.width - menu.offsetWidth - 8)}px`;
}

function keyed(event: KeyboardEvent, menu: HTMLElement | null, onClose: () => void): void {
  if (event.key === "Escape" || event.key === "Tab") {
    event.stopPropagation();
    event.preventDefault();
    return onClose();
  }
  const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key] ?? 0;
  if (by === 0 || event.defaultPrevented) return;
  const all = [...(menu?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
  const at = all.indexOf(event.target as HTMLElement);
  if (at < 0) return;
  event.preventDefault();
  all[(at + by + all.length) % all.length]?.focus();
}
