// Decides what can be done by key, what each is called and when it can be done: one table, of which the palette, the
// shortcuts and the list of them are made. Knows nothing of drawing, and of how a thing is done.

/** Where a command stands in the list. */
export type Group = "Anywhere" | "Go to" | "List" | "Conversation";

export interface Command {
  readonly id: string;
  readonly name: string;
  readonly group: Group;
  /** As pressed: `e`, `shift+a`, `g i`, `mod+k`; none: by the palette alone. */
  readonly keys: readonly string[];
  /** Not offered while `false`. */
  readonly can?: () => boolean;
  readonly run: () => void;
}

/** What a key is called in the table. `mod` is Ctrl, and Cmd on a Mac. */
export function keyName(
  event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">,
): string {
  const { key, ctrlKey, metaKey, shiftKey, altKey } = event;
  const isLetter = key.length === 1 && key.toLowerCase() !== key.toUpperCase();
  const named = key.length === 1 ? key.toLowerCase() : key;
  return [
    ctrlKey || metaKey ? "mod+" : "",
    altKey ? "alt+" : "",
    // `?` is typed with Shift on one keyboard and without on another.
    shiftKey && (isLetter || key.length > 1) ? "shift+" : "",
    named,
  ].join("");
}

/** A first key waits so long for its second. */
const SECOND_MS = 1_200;

/** Keys as they come, one after the other. */
export class Keys {
  #first = "";
  #at = 0;

  /** The command that these keys mean; `"waiting"` when it is the first of two. */
  pressed(name: string, commands: readonly Command[], now_ms: number): Command | "waiting" | null {
    const two = this.#first && now_ms - this.#at < SECOND_MS ? `${this.#first} ${name}` : "";
    this.#first = "";
    const found = one(commands, two) ?? one(commands, name);
    if (found) return found;
    const begins = commands.some(({ keys }) => keys.some((key) => key.startsWith(`${name} `)));
    if (!begins) return null;
    this.#first = name;
    this.#at = now_ms;
    return "waiting";
  }
}

function one(commands: readonly Command[], keys: string): Command | undefined {
  return keys
    ? commands.find((command) => command.keys.includes(keys) && (command.can?.() ?? true))
    : undefined;
}

/** Those that have every word that is typed, in their name or group; names that begin with it first. */
export function matching(commands: readonly Command[], typed: string): Command[] {
  const words = typed.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const can = commands.filter((command) => command.can?.() ?? true);
  const fits = ({ name, group }: Command) => {
    const text = `${name} ${group}`.toLocaleLowerCase();
    return words.every((word) => text.includes(word));
  };
  const begins = ({ name }: Command) => name.toLocaleLowerCase().startsWith(words[0] ?? "");
  const found = can.filter(fits);
  return [...found.filter(begins), ...found.filter((command) => !begins(command))];
}

/** How keys are written for people: `⌘ K` or `Ctrl K`, `G then I`. */
export function shown(keys: string, isMac: boolean): string[] {
  const names: Record<string, string> = {
    mod: isMac ? "⌘" : "Ctrl",
    shift: isMac ? "⇧" : "Shift",
    alt: isMac ? "⌥" : "Alt",
    Escape: "Esc",
  };
  return keys.split(/[ +]/).map((key) => names[key] ?? (key.length === 1 ? key.toUpperCase() : key));
}
