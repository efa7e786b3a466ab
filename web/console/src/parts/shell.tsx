// Draws the frame: the rail with the places, the connection, who is signed in, and what is wrong.
// Knows nothing of the screen inside.

import type { ComponentChildren } from "preact";
import { held, toggleQuiet } from "../alerts";
import { short } from "../badge";
import { link, unreadCount } from "../desk";
import { LINK_MEANS, LINK_NAMES } from "../link";
import { pagesFor, type Section } from "../pages";
import { addressOf, type Place, place, sectionOf } from "../route";
import { me, signOut } from "../session";
import { overlay } from "../shortcuts";
import { complain } from "../toast";
import { Avatar } from "./avatar";
import { Bell, Icon, type IconName } from "./icon";

export function Shell({ children }: { readonly children: ComponentChildren }) {
  const deep = place.value.at === "conversation";
  return (
    <div class={deep ? "shell shell-deep" : "shell"}>
      <Rail />
      <main class="place">
        <Trouble />
        <div class="place-body">{children}</div>
      </main>
    </div>
  );
}

const SECTIONS: readonly (readonly [Section, IconName, string])[] = [
  ["settings", "gear", "Settings"],
  ["monitor", "pulse", "Monitor"],
];

function Rail() {
  return (
    <nav class="rail" aria-label="Frontdesk">
      <div class="rail-brand">
        <Bell />
        <span>Frontdesk</span>
      </div>
      <div class="rail-places">
        <RailPlace to={{ at: "inbox" }} icon="inbox" name="Inbox" unread={unreadCount.value} />
        {SECTIONS.map(([section, icon, name]) => {
          const pages = pagesFor(me.value?.agent.role, section);
          return pages.length > 0 && <RailPlace to={{ at: "section", section }} icon={icon} name={name} />;
        })}
      </div>
      <div class="rail-foot">
        <QuietButton />
        <KeysButton />
        <Status />
        <Me />
      </div>
    </nav>
  );
}

interface RailPlaceProps {
  readonly to: Place;
  readonly icon: IconName;
  readonly name: string;
  readonly unread?: number;
}

function RailPlace({ to, icon, name, unread = 0 }: RailPlaceProps) {
  const here = sectionOf(place.value) === sectionOf(to);
  return (
    <a class="rail-place" href={addressOf(to)} title={name} aria-current={here ? "page" : undefined}>
      <Icon name={icon} />
      <span class="rail-place-name">{name}</span>
      {unread > 0 && (
        <span class="badge">
          {short(unread)}
          <span class="hidden-text"> unread</span>
        </span>
      )}
    </a>
  );
}

/** Pressed, nothing rings until the next morning. */
function QuietButton() {
  const on = held.value !== null;
  return (
    <button
      type="button"
      class="rail-keys rail-quiet"
      aria-pressed={on}
      title={on ? "Do not disturb is on: no alerts reach you" : "No alerts until tomorrow at eight"}
      onClick={toggleQuiet}
    >
      <Icon name="quiet" />
      <span class="rail-place-name">Do not disturb</span>
      <kbd>D</kbd>
    </button>
  );
}

/** For those who do not know yet that there are keys. */
function KeysButton() {
  return (
    <button
      type="button"
      class="rail-keys"
      title="Everything that can be done, and its keys"
      onClick={() => {
        overlay.value = "palette";
      }}
    >
      <Icon name="keys" />
      <span class="rail-place-name">Commands</span>
      <kbd>{/Mac/.test(navigator.platform) ? "⌘ K" : "Ctrl K"}</kbd>
    </button>
  );
}

/** Shape and colour of the dot. */
export const LINK_LOOKS = {
  connecting: "status-trying",
  connected: "status-good",
  reconnecting: "status-trying",
  polling: "status-polling",
  offline: "status-offline",
} as const;

function Status() {
  const name = LINK_NAMES[link.value];
  return (
    <div class={`status ${LINK_LOOKS[link.value]}`} role="status" title={name}>
      <span class="status-dot" />
      <span class="status-text">{name}</span>
    </div>
  );
}

function Me() {
  const agent = me.value?.agent;
  if (!agent) return null;
  return (
    <div class="rail-me">
      <Avatar id={agent.id} name={agent.name} small />
      <div class="rail-me-name">
        {agent.name}
        <small>{agent.email}</small>
      </div>
      <button
        type="button"
        class="icon-button"
        aria-label="Sign out"
        title="Sign out"
        onClick={() => void signOut().catch(complain)}
      >
        <Icon name="out" />
      </button>
    </div>
  );
}

/** The status region says it aloud; this says what it means. */
function Trouble() {
  const means = LINK_MEANS[link.value];
  if (!means) return null;
  return (
    <p class="trouble">
      <Icon name="alert" />
      {means}
    </p>
  );
}
