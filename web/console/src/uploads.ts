// Decides how the files of one message get to the server before the message does: one after the other, each once.
// Knows nothing of drawing; the bytes stay in memory, so that closing the page asks first.

import { RefusalError } from "@frontdesk/shared/api";
import type { LocalFile, LocalMessage } from "@frontdesk/shared/store";
import { upload } from "@frontdesk/shared/upload";
import { credential } from "./agent-api";
import type { ChosenFile } from "./draft";

export interface UploadsOptions {
  /** From 0 to 1, of all files of the message; `null` when none is under way. */
  onProgress(clientId: string, share: number | null): void;
  /** So far, for the outbox to keep. */
  onFiles(clientId: string, files: LocalFile[]): void;
}

export class Uploads {
  #options: UploadsOptions;
  #bytes = new Map<string, Blob>();
  #underWay = new Map<string, AbortController>();

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  take(chosen: readonly ChosenFile[]): LocalFile[] {
    return chosen.map(({ key, name, blob }) => {
      this.#bytes.set(key, blob);
      return { key, name, media_type: blob.type, bytes: blob.size };
    });
  }

  /** Resolves to the `att_…` of all of the message's files. */
  async send({ client_id, files = [] }: LocalMessage, conversationId: string): Promise<string[]> {
    const stop = new AbortController();
    this.#underWay.set(client_id, stop);
    const total = files.reduce((sum, file) => sum + file.bytes, 0) || 1;
    let [now, before] = [files, 0];
    try {
      for (const [at, file] of files.entries()) {
        const onProgress = (share: number) =>
          this.#options.onProgress(client_id, (before + share * file.bytes) / total);
        const id = file.sent
          ? file.upload_id
          : await this.#one(file, conversationId, stop.signal, onProgress);
        now = now.map((one, index) => (index === at ? { ...one, upload_id: id ?? "", sent: true } : one));
        this.#options.onFiles(client_id, now);
        before += file.bytes;
      }
    } finally {
      this.#underWay.delete(client_id);
      this.#options.onProgress(client_id, null);
    }
    return now.map((file) => file.upload_id ?? "");
  }

  /** The message is gone, or in the log. */
  forget({ client_id, files = [] }: LocalMessage): void {
    this.#underWay.get(client_id)?.abort();
    for (const { key } of files) this.#bytes.delete(key);
  }

  stop(): void {
    for (const stop of this.#underWay.values()) stop.abort();
  }

  async #one(
    { key, name, bytes }: LocalFile,
    conversation_id: string,
    signal: AbortSignal,
    onProgress: (share: number) => void,
  ): Promise<string> {
    const blob = this.#bytes.get(key);
    if (!blob) throw lost();
    const base = "/api/v1";
    return upload(blob, { conversation_id, name, bytes }, { base, credential, signal, onProgress });
  }
}

/** Cannot happen while a message waits, and waiting for ever would be worse than saying so. */
function lost(): RefusalError {
  const title = "The file is no longer here. Choose it again.";
  const name = "file-lost";
  return new RefusalError({
    type: `urn:frontdesk:refusal:${name}`,
    name,
    title,
    status: 410,
    retry: "no",
    success: false,
  });
}
