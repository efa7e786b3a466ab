// Decides what is being written in one conversation: an answer or a note, to which message, with which files,
// or a change of what was said. Knows nothing of sending and drawing.

import { type AgentMessage, LIMITS, type MessageKind, type Quote } from "@frontdesk/shared/wire.gen";
import { signal } from "@preact/signals";

/** A file that somebody chose, pasted or dropped, and has not sent. */
export interface ChosenFile {
  readonly key: string;
  readonly name: string;
  readonly blob: Blob;
}

let keys = 0;

export class Draft {
  readonly text = signal("");
  readonly kind = signal<MessageKind>("text");
  /** What it answers to. */
  readonly quoting = signal<AgentMessage | null>(null);
  /** What it changes; the text then is that message's. */
  readonly editing = signal<AgentMessage | null>(null);
  readonly files = signal<readonly ChosenFile[]>([]);

  /** What stood here before a message was changed. */
  #before = "";

  get isEmpty(): boolean {
    return this.text.value.trim() === "" && (this.editing.value !== null || this.files.value.length === 0);
  }

  /** A note may quote what the visitor said, and an answer must not quote a note. */
  quote(message: AgentMessage): void {
    this.#endEdit();
    this.quoting.value = message;
    if (message.kind === "note") this.kind.value = "note";
  }

  edit(message: AgentMessage): void {
    if (!this.editing.value) this.#before = this.text.value;
    this.quoting.value = null;
    this.editing.value = message;
    this.text.value = message.message;
  }

  /** Gives back what stood here before. */
  cancel(): void {
    this.quoting.value = null;
    this.#endEdit();
  }

  turnTo(kind: MessageKind): void {
    this.kind.value = kind;
    if (kind === "text" && this.quoting.value?.kind === "note") this.quoting.value = null;
  }

  /** How many did not fit beside those that are here. */
  take(files: readonly File[]): number {
    const room = LIMITS.MESSAGE_ATTACHMENTS - this.files.value.length;
    const taken = files.slice(0, Math.max(0, room)).map((blob) => {
      keys += 1;
      return { key: `file-${keys}`, name: blob.name, blob };
    });
    this.files.value = [...this.files.value, ...taken];
    return files.length - taken.length;
  }

  drop(key: string): void {
    this.files.value = this.files.value.filter((file) => file.key !== key);
  }

  /** It was sent, or a change was saved. */
  done(): void {
    if (this.editing.value) return this.#endEdit();
    this.text.value = "";
    this.quoting.value = null;
    this.files.value = [];
  }

  #endEdit(): void {
    if (!this.editing.value) return;
    this.editing.value = null;
    this.text.value = this.#before;
    this.#before = "";
  }
}

/** How a message stands above its answer before the server says so. */
export function quoteOf({ id, sender_type, sender_name, message, attachment_name }: AgentMessage): Quote {
  return { id, sender_type, sender_name, text: message || (attachment_name ?? "") };
}
