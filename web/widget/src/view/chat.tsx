// Decides what the panel consists of and where the focus is. Knows nothing of the network.

import { useEffect, useRef } from "preact/hooks";
import type { Engine, EngineState } from "../engine";
import { Composer } from "./composer";
import { CloseIcon } from "./icons";
import { Face, Messages } from "./messages";
import { CONNECTION, TEXT } from "./texts";

type Props = { engine: Engine; state: EngineState; open: boolean; narrow: boolean; onClose(): void };

export function Chat({ engine, state, open, narrow, onClose }: Props) {
  const field = useRef<HTMLTextAreaElement>(null);
  const panel = useRef<HTMLElement>(null);
  const name = state.look.name || TEXT.title;

  useEffect(() => {
    if (open) settle(panel.current, field.current);
  }, [open]);

  /** The button that was pressed goes away; the focus stays inside. */
  const thenSettle = (act: (clientId: string) => void) => (clientId: string) => {
    act(clientId);
    settle(panel.current, field.current);
  };

  const { unread } = state;
  useEffect(() => {
    const read = () => open && unread > 0 && document.visibilityState === "visible" && engine.read();
    read();
    document.addEventListener("visibilitychange", read);
    return () => document.removeEventListener("visibilitychange", read);
  }, [open, unread, engine]);

  const keyed = (event: KeyboardEvent) => {
    if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      onClose();
    }
    if (event.key === "Tab" && narrow) keepInside(event, panel.current);
  };

  return (
    <section
      ref={panel}
      class={`panel ${open ? "open" : ""}`}
      role="dialog"
      aria-modal={narrow}
      aria-label={name}
      tabIndex={-1}
      inert={!open}
      onKeyDown={keyed}
    >
      <header>
        <span class="face" aria-hidden="true">
          <Face name={name} avatar={null} />
        </span>
        <div>
          <h2>{name}</h2>
          <p role="status" class={`status ${state.connection}`}>
            {state.problem ? "" : CONNECTION[state.connection]}
          </p>
        </div>
        <button type="button" class="close" aria-label={TEXT.close} onClick={onClose}>
          <CloseIcon />
        </button>
      </header>
      {state.problem && (
        <p class="problem" role="alert">
          {state.problem}
        </p>
      )}
      <Messages
        state={state}
        open={open}
        onRetry={thenSettle((clientId) => engine.retry(clientId))}
        onDiscard={thenSettle((clientId) => engine.discard(clientId))}
        onOlder={() => void engine.older().catch(() => {})}
      />
      <Composer field={field} onSend={(text) => engine.send(text)} onTyped={(text) => engine.typed(text)} />
    </section>
  );
}

/** Where the focus begins. On a phone the field would bring up the keyboard before anything was read. */
function settle(panel: HTMLElement | null, field: HTMLElement | null): void {
  const touch = matchMedia("(pointer: coarse)").matches;
  (touch ? panel : field)?.focus({ preventScroll: true });
}

/** A dialog that fills the screen keeps the focus: there is nothing else to see. */
function keepInside(event: KeyboardEvent, panel: HTMLElement | null): void {
  if (!panel) return;
  const all = [...panel.querySelectorAll<HTMLElement>("button:not([disabled]), textarea, a, [tabindex='0']")];
  const now = (panel.getRootNode() as ShadowRoot).activeElement;
  const [first, last] = [all[0], all.at(-1)];
  if (event.shiftKey ? now === first || now === panel : now === last) {
    event.preventDefault();
    (event.shiftKey ? last : first)?.focus();
  }
}
