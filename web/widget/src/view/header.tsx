// Decides what stands at the head of the panel: with whom the visitor deals, and whether anybody is there.
// Knows nothing of what the buttons do.

import type { EngineState } from "../engine";
import { BackIcon, CloseIcon, MenuIcon } from "./icons";
import { Face } from "./messages";
import { TEXT } from "./texts";
import type { There } from "./there";

type Props = {
  state: EngineState;
  here: There | null;
  /** Is the list of conversations shown? */
  isList: boolean;
  canGoBack: boolean;
  onBack(): void;
  onMenu(anchor: HTMLElement): void;
  onClose(): void;
};

export function Header({ state, here, isList, canGoBack, onBack, onMenu, onClose }: Props) {
  const name = state.look.name || TEXT.title;
  const faces = here?.faces.length ? here.faces : [{ name, avatar: null }];
  const isLive = state.connection === "live" || state.connection === "polling";
  const others = state.conversations?.some(
    (one) => one.unread > 0 && one.id !== state.thread?.conversation.id,
  );
  return (
    <header>
      {canGoBack && (
        <button type="button" class="head" aria-label={TEXT.back} onClick={onBack}>
          <BackIcon />
          {others && <i class="dot" />}
        </button>
      )}
      {!isList && (
        <span class="faces" aria-hidden="true">
          {faces.map((one) => (
            <span class="face" key={one.name}>
              <Face name={one.name} avatar={one.avatar} />
            </span>
          ))}
        </span>
      )}
      <div>
        <h2>{isList ? TEXT.conversations : name}</h2>
        {isLive && here && !isList && !state.problem && <p class={`there ${here.state}`}>{here.words}</p>}
        <p role="status" class={`status ${state.connection} ${isLive && (here || isList) ? "unseen" : ""}`}>
          {state.problem ? "" : TEXT[state.connection]}
        </p>
      </div>
      {!isList && state.thread && (
        <button
          type="button"
          class="head"
          aria-label={TEXT.menu}
          aria-haspopup="menu"
          onClick={(event) => onMenu(event.currentTarget)}
        >
          <MenuIcon />
        </button>
      )}
      <button type="button" class="head close" aria-label={TEXT.close} onClick={onClose}>
        <CloseIcon />
      </button>
    </header>
  );
}
