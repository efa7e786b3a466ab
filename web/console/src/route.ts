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
  /** The first steps to a chat on a website. */
  | { readonly at: "welcome" }
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
  return first === "welcome" ? { at: "welcome" } : { at: "inbox" };
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
    case "welcome":
      return "#/welcome";
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

/** At once: by the time the browser tells of its new address, the next key would have gone to the place that is left. */
export function goTo(next: Place): void {
  if (!mayLeave(next)) return;
  location.hash = addressOf(next);
  if (addressOf(next) !== addressOf(place.peek())) place.value = next;
}

/** Asked before a place is left; `false`: it stays, until whoever said so goes on. */
type Guard = (next: Place) => boolean;
let guard: Guard | null = null;

/** One at a time: whoever has something that would be lost. Answers what ends it. */
export function guardLeaving(asked: Guard): () => void {
  guard = asked;
  return () => {
    if (guard === asked) guard = null;
  };
}

function mayLeave(next: Place): boolean {
  return !guard || addressOf(next) === addressOf(place.peek()) || guard(next);
}

/** The address changed by itself: it was typed, or the way back was taken. */
function arrive(next: Place): void {
  const here = addressOf(place.peek());
  if (addressOf(next) === here) return;
  if (mayLeave(next)) place.value = next;
  else history.replaceState(null, "", here);
}

/** Leaves no way back: a used set-up code has no business in the history. */
export function replaceWith(next: Place): void {
  history.replaceState(null, "", addressOf(next));
  place.value = next;
}

export function followAddress(): void {
  place.value = placeOf(location.hash);
  addEventListener("hashchange", () => arrive(placeOf(location.hash)));
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[href^="#/"]:not([target])') : null;
    const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (!link || !isPlain || event.defaultPrevented) return;
    event.preventDefault();
    goTo(placeOf(link.getAttribute("href") ?? ""));
  });
}
