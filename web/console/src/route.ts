// Decides which place of the console an address names, and the address of a place.
// Knows nothing of what stands there.

import { signal } from "@preact/signals";

export type Place =
  | { readonly at: "inbox" }
  | {
      readonly at: "conversation";
      readonly id: string;
      /** The message that is looked for. */
      readonly seq?: number;
    }
  | { readonly at: "widget" }
  | { readonly at: "team" }
  | { readonly at: "setup"; readonly code: string };

export function placeOf(hash: string): Place {
  const path = hash.replace(/^#\/?/, "");
  if (path.startsWith("setup=")) return { at: "setup", code: decoded(path.slice("setup=".length)) };
  const [first, second, third] = path.split("/");
  if (first === "c" && second) {
    const seq = Number.parseInt(third ?? "", 10);
    return { at: "conversation", id: decoded(second), ...(seq > 0 ? { seq } : {}) };
  }
  if (first === "settings") return second === "team" ? { at: "team" } : { at: "widget" };
  return { at: "inbox" };
}

export function addressOf(place: Place): string {
  switch (place.at) {
    case "inbox":
      return "#/";
    case "conversation":
      return `#/c/${encodeURIComponent(place.id)}${place.seq ? `/${place.seq}` : ""}`;
    case "widget":
      return "#/settings/widget";
    case "team":
      return "#/settings/team";
    case "setup":
      return `#setup=${encodeURIComponent(place.code)}`;
  }
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
