// Decides how a conversation reads from its first word to its last: as a text to keep and as a page to print.
// Knows nothing of drawing.

import { type AgentThread, withOlder } from "@frontdesk/shared/store";
import { agentApi } from "./agent-api";
import { clock } from "./time";
import { type Group, linesOf, type Reader, type Story } from "./timeline";

export type Entry =
  | { readonly kind: "day"; readonly key: string; readonly words: string }
  | { readonly kind: "happened"; readonly key: string; readonly words: string }
  | {
      readonly kind: "said";
      readonly key: string;
      readonly who: string;
      readonly note: boolean;
      readonly at: string;
      readonly words: string;
      readonly files: readonly string[];
    };

export interface Wanted {
  /** Notes are the team's; whoever passes a transcript on leaves them out. */
  readonly notes: boolean;
  readonly now_ms: number;
}

/** The thread with all that is older. */
export async function whole(thread: AgentThread): Promise<AgentThread> {
  let all = thread;
  while (all.more && all.messages[0]) {
    const page = await agentApi.page(all.conversation.id, { before: all.messages[0].seq });
    if (page.messages.length === 0) break;
    all = withOlder(all, page);
  }
  return all;
}

/** What was sent, oldest first; what is still on its way stands in no transcript. */
export function entries(story: Story, me: Reader, { notes, now_ms }: Wanted): Entry[] {
  const all: Entry[] = [];
  for (const line of linesOf({ ...story, local: [] }, me, now_ms)) {
    const { key } = line;
    if (line.kind === "day") all.push({ kind: "day", key, words: inFullDay(line.timestamp) });
    else if (line.kind === "group") {
      if (notes || !line.note) all.push(...line.bubbles.map((bubble) => said(line, bubble)));
      // What colleagues set on it is theirs too.
    } else if (notes && line.kind === "activity") all.push({ kind: "happened", key, words: line.words });
    else if (line.kind === "joined")
      all.push({ kind: "happened", key, words: `${line.own ? me.name : line.name} joined the conversation` });
  }
  return all.filter((entry, at) => entry.kind !== "day" || (all[at + 1]?.kind ?? "day") !== "day");
}

function said({ who, note, own }: Group, { key, text, timestamp, message }: Group["bubbles"][number]): Entry {
  const files = message?.deleted_at ? [] : (message?.attachments ?? []).map((file) => file.name);
  const name = own ? (message?.sender_name ?? who.name) : who.name;
  return { kind: "said", key, who: name, note, at: clock(timestamp), words: text, files };
}

/** One paragraph for each message. */
export function asText(title: string, all: readonly Entry[]): string {
  const paragraphs = all.map((entry) => {
    if (entry.kind === "day") return `— ${entry.words} —`;
    if (entry.kind === "happened") return `– ${entry.words}`;
    const files = entry.files.map((name) => `[${name}]`);
    const note = entry.note ? " (note)" : "";
    return [`${entry.who}${note}, ${entry.at}`, ...files, ...(entry.words ? [entry.words] : [])].join("\n");
  });
  return `${[title, ...paragraphs].join("\n\n")}\n`;
}

/** A transcript is read in a year too: the day in full. */
function inFullDay(timestamp: string): string {
  return new Date(timestamp).toLocaleDateString(undefined, { dateStyle: "full" });
}
