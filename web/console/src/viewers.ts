// Decides which colleagues look at a conversation, by what its presence channel says. Knows nothing of drawing.

import { signal } from "@preact/signals";
import { listed } from "./activity";
import type { Colleague } from "./mention";

type Joined = { presence?: { hash?: Record<string, { name?: string } | null> } };
type Member = { user_id?: string; user_info?: { name?: string } };

export class Viewers {
  /** Without the agent who asks, by name. */
  readonly now = signal<readonly Colleague[]>([]);
  #own: string;

  constructor(ownId: string) {
    this.#own = ownId;
  }

  /** All there are, at joining and after each reconnect. */
  are(data: unknown): void {
    const hash = (data as Joined | null)?.presence?.hash ?? {};
    this.#set(Object.entries(hash).map(([id, info]) => ({ id, name: info?.name ?? "" })));
  }

  heard(event: string, data: unknown): void {
    const { user_id: id, user_info } = (data ?? {}) as Member;
    if (!id) return;
    const others = this.now.value.filter((one) => one.id !== id);
    if (event === "pusher_internal:member_added") this.#set([...others, { id, name: user_info?.name ?? "" }]);
    if (event === "pusher_internal:member_removed") this.#set(others);
  }

  clear(): void {
    this.now.value = [];
  }

  #set(all: Colleague[]): void {
    this.now.value = all
      .filter(({ id, name }) => id !== this.#own && name)
      .sort((a, b) => a.name.localeCompare(b.name));
  }
}

/** "Carol is here too", "Carol and Dan are here too". */
export function presentWords(viewers: readonly Colleague[]): string {
  const names = viewers.map(({ name }) => name);
  if (names.length === 0) return "";
  if (names.length > 3) return `${names.length} colleagues are here too`;
  return `${listed(names)} ${names.length > 1 ? "are" : "is"} here too`;
}
