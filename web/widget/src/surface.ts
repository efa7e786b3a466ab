// Decides what launcher and panel say to each other; both are built apart and meet only through
// these types. Knows nothing of how either is drawn.

import type { RealtimeConfig, Report } from "@frontdesk/shared/transport";
import type { Carry } from "@frontdesk/shared/upload";
import type { ChatMessage, WidgetLook } from "@frontdesk/shared/wire.gen";

/** `window.ChatbotConfig`, or the argument of `boot`. */
export type WidgetConfig = RealtimeConfig & {
  /** `cbw_…`, the widget's publishable token. */
  apiToken: string;
  /** Origin of the server; the script's own unless given. */
  widgetUrl?: string;
  /** Labels, unverified. */
  visitorName?: string | undefined;
  visitorEmail?: string | undefined;
  /** `#rrggbb`. */
  color?: string;
  position?: "left" | "right";
  /** From the edges of the window, in CSS pixels. */
  offsetX?: number;
  offsetY?: number;
  /** Of the panel, in CSS pixels, where the window has as much. */
  width?: number;
  height?: number;
  zIndex?: number;
  /** Words on the launcher. */
  label?: string;
  /** What the launcher shows: the `d` of an SVG path on a field of 24 by 24. */
  icon?: string;
  /** No launcher: the page opens the panel. */
  hidden?: boolean;
  /** Opens the panel at once, which is an act of the page (ruling 9). */
  open?: boolean;
  /** Fills the page: for a page of the chat's own. */
  page?: boolean;
  /** Whose word such a page takes for who the visitor is: origins, apart by spaces. */
  pages?: string;
  /** `system`, as the visitor's device has it, unless given. */
  theme?: "light" | "dark" | "system";
  /** Stands in the field when the panel is next open, to be sent or changed. */
  prefill?: string | undefined;
  /** Writes what it does to the console, without message text. */
  debug?: boolean;
  /** The panel's language (BCP 47); the page's, else the browser's, unless given. */
  locale?: string;
  /** What a visitor is asked before the first message. */
  preChat?: Array<"name" | "email">;
  /** Stands beside that form; the conversation begins once it is agreed to. */
  consent?: string;
  /** `false`: no sound for new messages. */
  sound?: boolean;
  /** Seed B's object, instead of its keys beside the others. */
  REALTIME_CONFIG?: RealtimeConfig;
};

/** What a visitor may be called; a label only. */
export type VisitorLabel = { name?: string; email?: string };

/** Who the website says the visitor is: a label, and what proves it (S3). */
export type Identity = VisitorLabel & {
  /** Signed with the widget's identity secret. */
  jwt?: string;
  /** With the hash of it, for sites that come from another chat. */
  id?: string;
  identifier_hash?: string;
};

/** What `open` shows: the conversation, the list of them, an empty one, or the one with this id. */
export type View = "chat" | "list" | "new" | `cnv_${string}`;

/** Seed B's `state` (R14), and ours after it. */
export type Status = Pick<Report, "attempts" | "rtt"> &
  Partial<Report> & {
    conversationId: string | null;
    messages: ChatMessage[];
    realtimeConnected: boolean;
    realtimeProvider: string | null;
    /** The subscription; its `joined` says whether it stands. */
    channelSubscription: { channel: string; joined: boolean } | null;
    provider: string | null;
    connected: boolean;
    lastSeq: number;
    /** Messages that are not sent yet. */
    waiting?: number;
    /** The browser's socket; with `debug` only. */
    socket?: WebSocket | null;
  };

export type EventName =
  | "ready"
  | "open"
  | "close"
  | "message"
  | "sent"
  | "unread"
  | "typing"
  | "agent"
  | "status"
  | "popout"
  | "connection"
  | "conversation"
  | "error";

/** Stand-ins for the network; the dev build's mock gives them. */
export type Environment = {
  fetch?: typeof fetch;
  open?: (url: string) => WebSocket;
  carry?: Carry;
  /** Of all tabs with this stand-in; without it each has a socket of its own. */
  locks?: LockManager;
};

/** `setAttributes({…})` and the like, by name. */
export type PageCall = readonly [name: string, ...rest: unknown[]];

/** What the launcher hands to the panel. */
export type Surface = {
  root: ShadowRoot;
  button: HTMLButtonElement;
  config: WidgetConfig;
  origin: string;
  look: Partial<WidgetLook>;
  environment?: Environment;
  /** What the page said of its visitor and nobody took yet. */
  said: PageCall[];
  /** Of `color.ts`, so that it comes once. */
  accent(color: string): readonly string[];
  readable(color: string, ground: string): string;
  emit(name: EventName, detail?: unknown): unknown;
  /** Says on the launcher whether the panel is open and how many messages wait. */
  show(open: boolean, unread: number): void;
  /** The launcher looks as `config` now says. */
  dress(): void;
};

/** What the panel does for the launcher. */
export type Panel = {
  /** Connects for unread messages, without opening. */
  connect(): void;
  open(view?: View): void;
  close(): void;
  toggle(): void;
  send(text: string): void;
  identify(who: Identity): void;
  /** Goes on in a window of its own. */
  popout(): void;
  /** `config` has changed, or the page said something. */
  update(): void;
  status(): Status;
  /** Forgets the visitor, and signs them out at the server: who was `kept`, and whoever they are by now. */
  reset(kept: string | null | undefined): void;
  destroy(): void;
};

/** What the panel's module exports. */
export type PanelModule = { mount(surface: Surface): Panel };

/** The fragment of a link in a mail; what follows is its code. */
export const MAIL_LINK = "#frontdesk=";

/** Where a visitor's session is kept, by widget (ruling 9). */
export const storageKey = (token: string): string => `frontdesk:${token.slice(0, 16)}`;
