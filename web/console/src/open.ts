// Decides which of the console's small things stand open: a menu, the search, the visitor's card. Keys and buttons
// open the same ones. Knows nothing of drawing.

import type { ConversationChange } from "@frontdesk/shared/wire.gen";
import { signal } from "@preact/signals";

/** Which menu: its button's name. */
export const openMenu = signal<string | null>(null);
export const searching = signal(false);
/** Where there is room, it is open; the agent's choice then holds for every conversation. */
export const cardOpen = signal(globalThis.matchMedia?.("(min-width: 1321px)").matches ?? false);

/** What is asked in front of everything, about the open conversation or about those that are selected. */
export type Asking =
  | { readonly what: "snooze"; readonly set: (change: ConversationChange) => void }
  | { readonly what: "merge" | "apart" | "block" | "transcript" | "export" | "erase" };
export const asking = signal<Asking | null>(null);
/** Is a voice message being recorded in the composer? */
export const recording = signal(false);
