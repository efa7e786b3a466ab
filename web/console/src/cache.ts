// Decides what stays on this computer so that conversations open at once: only where the agent said that it is
// theirs, at most so many, for so long, and nothing once they sign out (ruling 30). Knows nothing of drawing.

import { Database } from "@frontdesk/shared/database";
import type { AgentThread } from "@frontdesk/shared/store";
import type { InboxReply } from "@frontdesk/shared/wire.gen";
import { signal } from "@preact/signals";

/** A conversation as it was when it was last looked at. */
export type KeptThread = Omit<AgentThread, "local">;

interface Kept {
  readonly id: string;
  readonly agentId: string;
  readonly at_ms: number;
  readonly thread?: KeptThread;
  readonly list?: InboxReply;
}

const CHOICE = "frontdesk-own-computer";
const AGE = "at_ms";
const database = new Database("frontdesk-console", "kept", (made, store) =>
  made.createObjectStore(store, { keyPath: "id" }).createIndex(AGE, "at_ms"),
);
/** The first page of the list, beside the conversations. */
const LIST = "list";
/** Ruling 30. */
const CONVERSATIONS = 200;
const KEPT_MS = 7 * 86_400_000;
/** Of each conversation; older messages are fetched when somebody scrolls there. */
const MESSAGES = 100;

/** Did the agent say that this computer is theirs? */
export const ownComputer = signal(choice());

export function setOwnComputer(own: boolean): void {
  ownComputer.value = own;
  try {
    if (own) localStorage.setItem(CHOICE, "yes");
    else localStorage.removeItem(CHOICE);
  } catch {
    // Without storage there is nothing to keep either.
  }
  if (!own) void wipe();
}

/** Never more than is needed to show the end of it; what is older is `more`. */
export function trimmed({ local: _, ...thread }: AgentThread): KeptThread {
  const messages = thread.messages.slice(-MESSAGES);
  const from = messages[0]?.seq ?? 0;
  const activity = thread.activity.filter((one) => one.data.seq > from);
  return messages.length < thread.messages.length ? { ...thread, messages, activity, more: true } : thread;
}

/** Those that are too old or too many: the oldest first. */
export function tooMuch(
  kept: ReadonlyArray<{ readonly id: string; readonly at_ms: number }>,
  now_ms: number,
): string[] {
  const newestFirst = [...kept].sort((a, b) => b.at_ms - a.at_ms);
  return newestFirst
    .filter(({ at_ms }, n) => n >= CONVERSATIONS || now_ms - at_ms > KEPT_MS)
    .map(({ id }) => id);
}

export async function keepThread(agentId: string, thread: AgentThread): Promise<void> {
  const { id } = thread.conversation;
  await keep({ id, agentId, at_ms: Date.now(), thread: trimmed(thread) });
}

export async function keepList(agentId: string, list: InboxReply): Promise<void> {
  await keep({ id: LIST, agentId, at_ms: Date.now(), list });
}

export async function keptThread(agentId: string, id: string): Promise<KeptThread | null> {
  return (await kept(agentId, id))?.thread ?? null;
}

export async function keptList(agentId: string): Promise<InboxReply | null> {
  return (await kept(agentId, LIST))?.list ?? null;
}

/** Erased, or not this agent's any more. */
export async function forgetThread(id: string): Promise<void> {
  if (ownComputer.value) await database.run("readwrite", (store) => store.delete(id));
}

/** Signed out: nothing stays. */
export async function wipe(): Promise<void> {
  await database.run("readwrite", (store) => store.clear());
}

async function keep(one: Kept): Promise<void> {
  if (!ownComputer.value) return;
  await database.run("readwrite", (store) => store.put(one));
  for (const id of tooMuch(await ages(), Date.now()))
    await database.run("readwrite", (store) => store.delete(id));
}

/** How old each is, without reading what it holds. */
async function ages(): Promise<Array<Pick<Kept, "id" | "at_ms">>> {
  const all: Array<Pick<Kept, "id" | "at_ms">> = [];
  await database.run("readonly", (store) => {
    const request = store.index(AGE).openKeyCursor();
    request.onsuccess = () => {
      const cursor = request.result;
      if (!cursor) return;
      all.push({ id: `${cursor.primaryKey}`, at_ms: Number(cursor.key) });
      cursor.continue();
    };
    return request;
  });
  return all;
}

/** Another agent of the same browser sees nothing of it. */
async function kept(agentId: string, id: string): Promise<Kept | null> {
  if (!ownComputer.value) return null;
  const one = await database.run<Kept>("readonly", (store) => store.get(id));
  return one && one.agentId === agentId && Date.now() - one.at_ms < KEPT_MS ? one : null;
}

function choice(): boolean {
  try {
    return localStorage.getItem(CHOICE) === "yes";
  } catch {
    return false;
  }
}
