// Decides what a page of modules may ask of the widget, and what it hears. Knows nothing of how it is fetched.

/** Who the website says the visitor is. Without a proof, name and address are labels. */
export type Identity = { name?: string; email?: string; jwt?: string; id?: string; identifier_hash?: string };

/** What `open` shows: the conversation, the list of them, an empty one, or the one with this id. */
export type View = "chat" | "list" | "new" | `cnv_${string}`;

export type Settings = {
  /** Labels, unverified. */
  visitorName?: string;
  visitorEmail?: string;
  /** `#rrggbb`. */
  color?: string;
  theme?: "light" | "dark" | "system";
  /** BCP 47. */
  locale?: string;
  position?: "left" | "right";
  /** CSS pixels. */
  offsetX?: number;
  offsetY?: number;
  width?: number;
  height?: number;
  zIndex?: number;
  /** Words on the launcher. */
  label?: string;
  /** The `d` of an SVG path on a field of 24 by 24. */
  icon?: string;
  /** No launcher. */
  hidden?: boolean;
  /** Opens the panel at once. */
  open?: boolean;
  prefill?: string;
  preChat?: Array<"name" | "email">;
  consent?: string;
  sound?: boolean;
  debug?: boolean;
  /** Ways to connect, in the order to try: `reverb`, `pusher`. */
  providers?: string[];
  pusher?: {
    cluster?: string;
    encrypted?: boolean;
    enabledTransports?: string[];
    disabledTransports?: string[];
  };
  reverb?: { forceTLS?: boolean; encrypted?: boolean; disableStats?: boolean };
  reconnectAttempts?: number;
  /** Milliseconds. */
  reconnectDelay?: number;
};

export type Config = Settings & {
  /** `cbw_…`, the widget's publishable token. */
  apiToken: string;
  /** Origin of the server. */
  widgetUrl: string;
  /** `wgt_…`: the launcher comes in the owner's colour at once. */
  widgetId?: string;
  /** For a page whose policy asks for one. */
  nonce?: string;
};

/** Texts of up to 500 characters, numbers, yes or no; `null` takes one away. */
export type Attributes = Record<string, string | number | boolean | null>;

export type Message = {
  id: string;
  sender_type: "visitor" | "agent" | "bot" | "system";
  sender_name: string;
  message: string;
  /** RFC 3339. */
  timestamp: string;
};

export type Events = {
  /** Connected for the first time. */
  ready: undefined;
  open: undefined;
  close: undefined;
  /** Somebody wrote to the visitor. */
  message: Message;
  /** The server has what the visitor wrote. */
  sent: { id: string };
  unread: { count: number };
  typing: { on: boolean };
  /** An agent came into the conversation, or left it. */
  agent: { id: string; name: string; avatar: string | null; joined: boolean };
  /** Is anybody there, and is it open? */
  status: { online: boolean; open: boolean };
  popout: undefined;
  connection: { connection: "connecting" | "live" | "polling" | "waiting"; provider: string | null };
  /** Begun or taken up, ended, open again. */
  conversation: { id: string; status: string };
  error: Error;
};

export type Status = {
  conversationId: string | null;
  messages: Message[];
  provider: string | null;
  connected: boolean;
  attempts: number;
  lastSeq: number;
  /** Milliseconds. */
  rtt: number | null;
};

export interface Frontdesk {
  (name: string, ...rest: unknown[]): unknown;
  boot(config: Config): void;
  open(view?: View): void;
  close(): void;
  toggle(): void;
  send(text: string): void;
  prefill(text: string): void;
  identify(who: Identity): void;
  /** Look, place, language, what is asked first: at any time. */
  update(settings: Settings): void;
  setLocale(locale: string): void;
  setTheme(theme: "light" | "dark" | "system"): void;
  showLauncher(): void;
  hideLauncher(): void;
  popout(): void;
  /** Of the person. What a page says is its own word: agents see it apart from what they know. */
  setAttributes(attributes: Attributes): void;
  setConversationAttributes(attributes: Attributes): void;
  /** One that agents use already. */
  addTag(name: string): void;
  /** One that the page put there. */
  removeTag(name: string): void;
  /** Tells agents, in the conversation, what the visitor did. */
  track(name: string, props?: Attributes): void;
  /** Returns how to stop. */
  on<Name extends keyof Events>(name: Name, listener: (detail: Events[Name]) => void): () => void;
  status(): Status;
  /** Signs the visitor out; the next one is a stranger. */
  reset(): void;
  /** Signs the visitor out and goes. */
  shutdown(): void;
  /** Leaves nothing in the page. */
  destroy(): void;
}

/** Resolves once the widget is there. A second call changes nothing. */
export function load(config: Config): Promise<Frontdesk>;

/** Takes out of the page what `load` brought. */
export function unload(): void;

/** Properties of the components: the settings, and `onMessage` and the like for what the widget says. */
export type WidgetProps = Config & {
  /** The widget is there. */
  onLoad?: (frontdesk: Frontdesk) => void;
} & { [Name in keyof Events as `on${Capitalize<Name>}`]?: (detail: Events[Name]) => void };

/** One widget for as long as a component is there; what the components are made of. */
export function keep(props: WidgetProps): { update(props: WidgetProps): void; stop(): void };
