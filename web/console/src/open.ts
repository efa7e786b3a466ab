// Decides which of the console's small things stand open: a menu, the search, the visitor's card. Keys and buttons
// open the same ones. Knows nothing of drawing.

import { signal } from "@preact/signals";

/** Which menu: its button's name. */
export const openMenu = signal<string | null>(null);
export const searching = signal(false);
/** Where there is room, it is open; the agent's choice then holds for every conversation. */
export const cardOpen = signal(globalThis.matchMedia?.("(min-width: 1321px)").matches ?? false);
