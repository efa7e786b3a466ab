// Decides how the files of a message get to the server before the message does: one after the other,
// each once, on from where it stopped, and not at all once the visitor cancels. Knows nothing of drawing.

import { RefusalError } from "@frontdesk/shared/api";
import type { LocalFile, LocalMessage } from "@frontdesk/shared/store";
import { type Carry, upload } from "@frontdesk/shared/upload";
import { FileKeep, fileKey } from "./files";

/** What a visitor chose, dropped, pasted or recorded. */
export type Chosen = Pick<LocalFile, "is_voice" | "duration_ms" | "waveform"> & { name: string; blob: Blob };

export type UploadsOptions = {
  origin: string;
  credential(): Promise<Record<string, string>>;
  /** What the browser's database is called, and the keys that still matter in it. */
  storage: string;
  keys(): string[];
  /** From 0 to 1, of all files of the message; `null` when it is over. */
  onProgress(clientId: string, share: number | null): void;
  /** So far, for the outbox to keep. */
  onFiles(clientId: string, files: LocalFile[]): void;
  carry?: Carry | undefined;
};

export class Uploads {
  #options: UploadsOptions;
  #keep: FileKeep;
  #underWay = new Map<string, AbortController>();

  constructor(options: UploadsOptions) {
    this.#options = options;
    this.#keep = new FileKeep(options.storage, options.keys);
  }

  /** Puts the bytes where a reload does not lose them. */
  take(chosen: Chosen[]): LocalFile[] {
    return chosen.map(({ blob, ...about }) => {
      const key = fileKey();
      void this.#keep.put(key, blob);
      return { key, media_type: blob.type, bytes: blob.size, ...about };
    });
  }

  /** The bytes of a file that waits, for a picture of it. */
  blob(key: string): Promise<Blob | null> {
    return this.#keep.get(key);
  }

  /** Resolves to the `att_…` of all of the message's files. */
  async send({ client_id, files = [] }: LocalMessage, conversationId: string): Promise<string[]> {
    const stop = new AbortController();
    this.#underWay.set(client_id, stop);
    let now = files;
    const learn = (at: number, change: Partial<LocalFile>) => {
      now = now.map((file, index) => (index === at ? { ...file, ...change } : file));
      this.#options.onFiles(client_id, now);
    };
    const total = files.reduce((sum, file) => sum + file.bytes, 0) || 1;
    let before = 0;
    try {
      // Not by `entries()`, which old libraries replace.
      for (let at = 0; at < files.length; at++) {
        const file = files[at] as LocalFile;
        const progress = (share: number) =>
          this.#options.onProgress(client_id, (before + share * file.bytes) / total);
        if (!file.sent) {
          const id = await this.#one(file, conversationId, stop.signal, progress, (upload_id) =>
            learn(at, { upload_id }),
          );
          learn(at, { upload_id: id, sent: true });
        }
        before += file.bytes;
        progress(0);
      }
    } finally {
      this.#underWay.delete(client_id);
      this.#options.onProgress(client_id, null);
    }
    return now.map((file) => file.upload_id ?? "");
  }

  /** The message is gone, or in the log: nothing more goes, and the bytes are not needed any more. */
  forget({ client_id, files = [] }: LocalMessage): void {
    this.#underWay.get(client_id)?.abort();
    for (const { key } of files) void this.#keep.remove(key);
  }

  stop(): void {
    for (const stop of this.#underWay.values()) stop.abort();
    this.#keep.close();
  }

  async #one(
    file: LocalFile,
    conversation_id: string,
    signal: AbortSignal,
    onProgress: (share: number) => void,
    onBegun: (id: string) => void,
  ): Promise<string> {
    const bytes = await this.#keep.get(file.key);
    if (!bytes) throw lost();
    const { name, is_voice, duration_ms, waveform, upload_id } = file;
    const { origin, credential, carry } = this.#options;
    const voice = is_voice ? { is_voice, duration_ms, waveform } : {};
    return upload(
      bytes,
      { conversation_id, name, bytes: file.bytes, ...voice },
      {
        base: `${origin}/api/chatbot`,
        credential,
        signal,
        onProgress,
        onBegun,
        ...(upload_id ? { uploadId: upload_id } : {}),
        ...(carry ? { carry } : {}),
      },
    );
  }
}

/** The browser dropped its database, or never had one and the page was reloaded. */
function lost(): RefusalError {
  const title = "The file is no longer on this device.";
  return new RefusalError({
    type: "urn:frontdesk:refusal:file-lost",
    name: "file-lost",
    title,
    status: 410,
    retry: "no",
    success: false,
  });
}
