// Decides what each command of the console does, and listens for its keys. Knows nothing of how things look.

import { signal } from "@preact/signals";
import { toggleQuiet } from "./alerts";
import { ownComputer, setOwnComputer } from "./cache";
import { type Command, type Group, Keys, keyName } from "./commands";
import { current, fetchTags, keepNow, lookAt, rows, selection, view } from "./desk";
import { type Asking, asking, cardOpen, openMenu, recording, searching } from "./open";
import { PAGES, type Page, type PageId } from "./pages";
import { administers, answers, owns } from "./role";
import { goTo, type Place, place } from "./route";
import { noneSelected, toggled } from "./selection";
import { me, signOut } from "./session";
import { complain, tell } from "./toast";
import { VIEW_NAMES, type ViewName } from "./view";

/** What stands over everything: the palette, or the list of keys. */
export const overlay = signal<"palette" | "keys" | null>(null);

const isOpen = () => current.value?.thread.value != null;
/** And by somebody who may do something with it. */
const isMine = () => isOpen() && answers.value;
/** What only some can do with whom they talk. */
const isAdministered = () => isOpen() && administers.value;
const isOwned = () => isOpen() && owns.value;
const canSelect = () => current.value !== null && answers.value;
const focus = (selector: string) => document.querySelector<HTMLElement>(selector)?.focus();

function command(group: Group, keys: string[], name: string, run: () => void, can?: () => boolean): Command {
  return { id: `${group}/${name}`, group, keys, name, run, ...(can ? { can } : {}) };
}

export const COMMANDS: readonly Command[] = [
  command("Conversation", ["r"], "Reply", () => write("text"), isMine),
  command("Conversation", ["n"], "Write a note", () => write("note"), isMine),
  command("Conversation", ["e"], "Resolve, or open again", resolve, isMine),
  command("Conversation", ["a"], "Take it", take, isMine),
  command("Conversation", ["shift+a"], "Give it to somebody…", () => menu("assign"), isMine),
  command("Conversation", ["s"], "Snooze…", () => menu("snooze"), isMine),
  command("Conversation", ["shift+s"], "Snooze until a day and time…", snoozeUntil, isMine),
  command("Conversation", ["p"], "Priority…", () => menu("priority"), isMine),
  command("Conversation", ["t"], "Tags…", () => menu("tags"), isMine),
  command("Conversation", ["q"], "Quote what the visitor said last", quote, isMine),
  command(
    "Conversation",
    ["c"],
    "Show or hide the visitor",
    () => {
      cardOpen.value = !cardOpen.value;
    },
    isOpen,
  ),
  command("Conversation", ["v"], "Record a voice message", record, isMine),
  command("Conversation", ["shift+t"], "Transcript: save or print…", () => ask("transcript"), isOpen),
  command("Conversation", ["m"], "This is somebody you know: merge…", () => ask("merge"), isMine),
  command("Conversation", ["shift+m"], "This is somebody else…", () => ask("apart"), isMine),
  command("Conversation", ["b"], "Block the visitor…", () => ask("block"), isAdministered),
  command("Conversation", ["shift+d"], "Export everything about the visitor…", () => ask("export"), isOwned),
  command(
    "Conversation",
    ["shift+Delete"],
    "Erase everything about the visitor…",
    () => ask("erase"),
    isOwned,
  ),

  command("List", ["j"], "Next conversation", () => step(1)),
  command("List", ["k"], "Conversation before", () => step(-1)),
  command("List", ["x"], "Select the conversation", select, canSelect),
  command(
    "List",
    ["Escape"],
    "Select none",
    () => {
      selection.value = noneSelected;
    },
    () => selection.value.ids.size > 0,
  ),
  command("List", [], "Who waits longest first", () =>
    lookAt({ ...view.value, waiting: !view.value.waiting }),
  ),

  ...lists([
    ["g i", "all"],
    ["g m", "mine"],
    ["g u", "unassigned"],
    ["g t", "mentions"],
    ["g s", "snoozed"],
    ["g d", "resolved"],
  ]),
  command(
    "Go to",
    [],
    "First steps",
    () => goTo({ at: "welcome" }),
    () => administers.value,
  ),
  ...PAGES.map((page: Page & { readonly id: PageId }) =>
    command(
      "Go to",
      page.keys ? [page.keys] : [],
      page.section === "monitor" ? `Monitor: ${page.name}` : page.name,
      () => goTo({ at: "page", page: page.id }),
      () => me.value !== null && page.who.includes(me.value.agent.role),
    ),
  ),

  command(
    "Anywhere",
    ["mod+k"],
    "Find anything that can be done",
    () => {
      overlay.value = "palette";
    },
    () => overlay.value === null,
  ),
  command("Anywhere", ["?"], "Show all keys", () => {
    overlay.value = "keys";
  }),
  command("Anywhere", ["/"], "Search messages and people", search),
  command("Anywhere", ["d"], "Do not disturb until tomorrow, or disturb again", toggleQuiet),
  command("Anywhere", [], "Keep conversations on this computer, or not", keepOrNot),
  command("Anywhere", [], "Sign out", () => void signOut().catch(complain)),
];

/** Those with a key that somebody with this role may ever use. */
export function keyed(): Command[] {
  const isForAll = ({ can }: Command) => can !== isMine && can !== canSelect;
  return COMMANDS.filter((command) => command.keys.length > 0 && (answers.value || isForAll(command)));
}

/** Once, at start. */
export function listenForKeys(): void {
  const keys = new Keys();
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || !me.value || event.altKey) return;
    const withMod = event.ctrlKey || event.metaKey;
    if (document.querySelector("dialog[open]") || (isWriting(event) && !withMod)) return;
    const found = keys.pressed(keyName(event), COMMANDS, Date.now());
    if (!found || found === "waiting") return;
    event.preventDefault();
    found.run();
  });
}

/** Letters belong to who writes. */
function isWriting({ target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const types = ["checkbox", "radio", "range", "button"];
  const isField = target instanceof HTMLInputElement && !types.includes(target.type);
  return isField || target.isContentEditable || ["TEXTAREA", "SELECT"].includes(target.tagName);
}

function lists(all: Array<[keys: string, name: ViewName]>): Command[] {
  return all.map(([keys, name]) =>
    command("Go to", [keys], `Inbox: ${VIEW_NAMES[name].toLocaleLowerCase()}`, () => {
      lookAt({ ...view.value, name });
      if (place.value.at !== "conversation") goTo({ at: "inbox" });
    }),
  );
}

function keepOrNot(): void {
  setOwnComputer(!ownComputer.value);
  keepNow();
  tell(
    "good",
    ownComputer.value
      ? "Conversations now stay on this computer until you sign out."
      : "Nothing stays on this computer any more.",
  );
}

function search(): void {
  if (!atDesk(place.value)) goTo({ at: "inbox" });
  searching.value = true;
  focus(".search-field input");
}

function atDesk({ at }: Place): boolean {
  return at === "inbox" || at === "conversation";
}

function step(by: number): void {
  const order = rows.value.map((row) => row.conversation.id);
  const at = order.indexOf(current.value?.id ?? "");
  const next = order[at < 0 ? 0 : at + by];
  if (next) goTo({ at: "conversation", id: next });
}

function select(): void {
  if (current.value) selection.value = toggled(selection.value, current.value.id);
}

function write(kind: "text" | "note"): void {
  current.value?.draft.turnTo(kind);
  focus(".composer-text");
}

function resolve(): void {
  const over = current.value?.thread.value?.conversation.status === "resolved";
  void current.value?.set({ status: over ? "open" : "resolved" }).catch(complain);
}

function take(): void {
  const id = me.value?.agent.id;
  if (id) void current.value?.set({ assignee_id: id }).catch(complain);
}

function menu(name: string): void {
  if (name === "tags") fetchTags();
  openMenu.value = name;
}

function snoozeUntil(): void {
  const { value } = current;
  if (value) asking.value = { what: "snooze", set: (change) => void value.set(change).catch(complain) };
}

function record(): void {
  // What is being changed is no message of its own.
  if (current.value?.draft.editing.value) current.value.draft.cancel();
  recording.value = true;
}

function ask(what: Exclude<Asking["what"], "snooze">): void {
  asking.value = { what };
}

function quote(): void {
  const said = current.value?.thread.value?.messages;
  const last = said?.filter((message) => message.sender_type === "visitor" && !message.deleted_at).at(-1);
  if (!last) return;
  current.value?.draft.quote(last);
  focus(".composer-text");
}
