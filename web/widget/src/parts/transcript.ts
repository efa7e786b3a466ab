// Decides how a conversation reads as a plain text to keep. Knows nothing of how messages come.

import { type VisitorThread, withOlder } from "@frontdesk/shared/store";
import type { Engine } from "../engine";
import { flow } from "../view/flow";
import { LANGUAGE, TEXT } from "../view/texts";

/** The whole conversation, one paragraph for each message. */
export function transcript(thread: VisitorThread, title: string, now: Date): string {
  const lines = flow(thread, [], now).map((item) => {
    if (item.kind !== "bubble") return item.kind === "joined" ? `– ${item.text}` : null;
    const at = new Date(item.timestamp).toLocaleString(LANGUAGE);
    const files = item.files.map((file) => `[${file.name}]`);
    const said = [...files, ...(item.text ? [item.text] : [])].join("\n");
    return `${item.own ? TEXT.you : item.name}, ${at}\n${said}`;
  });
  return `${title}\n\n${lines.filter((line) => line !== null).join("\n\n")}\n`;
}

/** Fetches what is not loaded yet, and has the browser save it. */
export async function saveTranscript(engine: Engine): Promise<void> {
  const { look } = engine.state;
  let { thread } = engine.state;
  while (thread?.more && thread.messages[0]) thread = withOlder(thread, await engine.before(thread));
  if (!thread) return;
  const text = transcript(thread, look.name ?? TEXT.title, new Date());
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = `${thread.conversation.id}.txt`;
  link.click();
  URL.revokeObjectURL(link.href);
}
