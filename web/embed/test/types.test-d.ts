// Proves, by being compiled, that what the package says of the widget is what the widget does: its types are
// written by hand, because they are published without ours. Knows nothing of what runs.

import type { ChatMessage } from "@frontdesk/shared/wire.gen";
import type * as widget from "../../widget/src/surface";
import type { Config, Events, Frontdesk, Identity, Message, Settings, Status, View } from "../index.js";

type Fits<A, B> = [A] extends [B] ? true : false;
/** Each fits where the other is wanted. */
type Either<A, B> = [A, B] extends [B, A] ? true : false;
/** And neither has a name that the other has not. */
type Same<A, B> = [A, B, keyof A, keyof B] extends [B, A, keyof B, keyof A] ? true : false;
const holds = <_ extends true>() => {};
const fails = <_ extends false>() => {};

// The premise: a name that may be absent fits everywhere, and is missed all the same.
fails<Same<{ a?: string }, { a?: string; b?: number }>>();
fails<Same<{ a: string }, { a: string | number }>>();
holds<Same<{ a: string } & { b?: number }, { a: string; b?: number }>>();

/** What only the chat's own page and pages written like seed B say. */
type Private = "page" | "pages" | "REALTIME_CONFIG";
type Public = Omit<widget.WidgetConfig, Private>;

holds<Same<Settings, Omit<Public, "apiToken" | "widgetUrl">>>();
// A module does not know where the server is; `load` needs two things that the widget has no use for.
holds<Same<Omit<Config, "widgetId" | "nonce">, Public & { widgetUrl: string }>>();
holds<Same<Identity, widget.Identity>>();
holds<Either<View, widget.View>>();
holds<Either<keyof Events, widget.EventName>>();
// Of these the package shows a part.
holds<Fits<ChatMessage, Message>>();
holds<Either<Message["sender_type"], ChatMessage["sender_type"]>>();
holds<Fits<widget.Status, Status>>();

/** What the panel does for whoever asks, under the same name. */
type Verbs = Exclude<keyof widget.Panel, "connect" | "status" | "update" | "reset" | "destroy">;
/** What the launcher does by itself. */
type Own =
  | ("boot" | "update" | "on" | "status" | "reset" | "shutdown" | "destroy")
  | ("prefill" | "setLocale" | "setTheme" | "showLauncher" | "hideLauncher")
  | ("setAttributes" | "setConversationAttributes" | "addTag" | "removeTag" | "track");
holds<Either<keyof Frontdesk, Verbs | Own>>();
holds<Same<Pick<Frontdesk, Verbs>, Pick<widget.Panel, Verbs>>>();
