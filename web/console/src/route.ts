// Decides which place of the console an address names, and the address of a place.
// Knows nothing of what stands there.

import { signal } from "@preact/signals";
import { isPage, type PageId, pageOf, type Section } from "./pages";

export type Place =
  | { readonly at: "inbox" }
  | {
      readonly at: "conversation";
      readonly id: string;
      /** The message that is looked for. */
      readonly seq?: number;
    }
  | { readonly at: "page"; readonly page: PageId }
  /** A section's first page that this agent may open. */
  | { readonly at: "section"; readonly section: Section }
  | { readonly at: "setup"; readonly code: string }
  | { readonly at: "join"; readonly code: string };

export function placeOf(hash: string): Place {
  const path = hash.replace(/^#\/?/, "");
  if (path.startsWith("setup=")) return { at: "setup", code: decoded(path.slice("setup=".length)) };
  if (path.startsWith("join=")) return { at: "join", code: decoded(path.slice("join=".length)) };
  const [first, second, third] = path.split("/");
  if (first === "c" && second) {
    const seq = Number.parseInt(third ?? "", 10);
    return { at: "conversation", id: decoded(second), ...(seq > 0 ? { seq } : {}) };
  }
  if (first === "settings" || first === "monitor") {
    const known = isPage(second) && pageOf(second).section === first;
    return known ? { at: "page", page: second } : { at: "section", section: first };
  }
  return { at: "inbox" };
}

export function addressOf(place: Place): string {
  switch (place.at) {
    case "inbox":
      return "#/";
    case "conversation":
      return `#/c/${encodeURIComponent(place.id)}${place.seq ? `/${place.seq}` : ""}`;
    case "page":
      return `#/${pageOf(place.page).section}/${place.page}`;
    case "section":
      return `#/${place.section}`;
    case "setup":
      return `#setup=${encodeURIComponent(place.code)}`;
    case "join":
      return `#join=${encodeURIComponent(place.code)}`;
  }
}

/** Which entry of the rail a place belongs to. */
export function sectionOf(place: Place): Section | "desk" {
  if (place.at === "section") return place.section;
  return place.at === "page" ? pageOf(place.page).section : "desk";
}

/** A hand-typed `%` must not throw. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Where the agent is. Outlives a session that ends: after signing in they are where they were. */
export const place = signal<Place>({ at: "inbox" });

export function goTo(next: Place): void {
  location.hash = addressOf(next);
}

/** Leaves no way back: a used set-up code has no business in the history. */
export function replaceWith(next: Place): void {
  history.replaceState(null, "", addressOf(next));
  place.value = next;
}

export function followAddress(): void {
  place.value = placeOf(location.hash);
  addEventListener("hashchange", () => {
    place.value = placeOf(location.hash);
  });
}
