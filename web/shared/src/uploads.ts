// Decides how the files of a message get to the server before the message does: one after the other, each once, on
// from where it stopped, and not at all once the message is gone. Knows nothing of drawing, and not where the bytes wait.

import { RefusalError } from "./api";
import type { LocalFile, LocalMessage } from "./store";
import { type UploadOptions, upload } from "./upload";

/** Where bytes wait until they have gone, by key. */
export type Waiting = {
  put(key: string, blob: Blob): unknown;
  get(key: string): Promise<Blob | null>;
  remove(key: string): unknown;
  close(): void;
};

/** A file of a message to be. */
export type Taken = Omit<LocalFile, "media_type" | "bytes"> & { blob: Blob };

export type UploadsOptions = Pick<UploadOptions, "base" | "credential"> & {
  waiting: Waiting;
  /** What is said when the bytes are not there any more. */
  lost: string;
  /** From 0 to 1, of all files of the message; `null` when it is over. */
  onProgress(clientId: string, share: number | null): void;
  /** So far, for the outbox to keep. */
  onFiles(clientId: string, files: LocalFile[]): void;
  carry?: UploadOptions["carry"] | undefined;
};

/** As long is waited until bytes are kept; then they go all the same. */
const KEEPING_MS = 1_000;

export class Uploads {
  #options: UploadsOptions;
  #underWay = new Map<string, AbortController>();
  /** Until the bytes that were taken last would survive a reload. */
  #keeping: Promise<unknown> = Promise.resolve();

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  take(files: readonly Taken[]): LocalFile[] {
    const { waiting } = this.#options;
    this.#keeping = Promise.all([this.#keeping, ...files.map(({ key, blob }) => waiting.put(key, blob))]);
    return files.map(({ blob, ...about }) => ({ media_type: blob.type, bytes: blob.size, ...about }));
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
      // A page that is reloaded while a file is on its way must find it again. A database may be stuck.
      await Promise.race([this.#keeping, new Promise((then) => setTimeout(then, KEEPING_MS))]);
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
    for (const { key } of files) void this.#options.waiting.remove(key);
  }

  stop(): void {
    for (const stop of this.#underWay.values()) stop.abort();
    this.#options.waiting.close();
  }

  async #one(
    file: LocalFile,
    conversation_id: string,
    signal: AbortSignal,
    onProgress: (share: number) => void,
    onBegun: (id: string) => void,
  ): Promise<string> {
    const { base, credential, waiting, lost, carry } = this.#options;
    const blob = await waiting.get(file.key);
    if (!blob) throw gone(lost);
    const { name, bytes, is_voice, duration_ms, waveform, upload_id } = file;
    const voice = is_voice ? { is_voice, duration_ms, waveform } : {};
    return upload(
      blob,
      { conversation_id, name, bytes, ...voice },
      {
        base,
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

function gone(title: string): RefusalError {
  return new RefusalError({
    type: "urn:frontdesk:refusal:file-lost",
    name: "file-lost",
    title,
    status: 410,
    retry: "no",
    success: false,
  });
}
