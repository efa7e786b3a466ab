// Decides where the widget's files wait until they have gone: where a reload does not lose them. Knows nothing of
// drawing, and of how they go.

import type { LocalFile } from "@frontdesk/shared/store";
import { Uploads as Sent, type UploadsOptions as SentOptions, type Taken } from "@frontdesk/shared/uploads";
import { FileKeep, fileKey } from "./files";

/** What a visitor chose, dropped, pasted or recorded. */
export type Chosen = Omit<Taken, "key">;

export type UploadsOptions = Omit<SentOptions, "base" | "waiting" | "lost"> & {
  origin: string;
  /** What the browser's database is called, and the keys that still matter in it. */
  storage: string;
  keys(): string[];
};

export class Uploads extends Sent {
  #keep: FileKeep;

  constructor({ origin, storage, keys, ...options }: UploadsOptions) {
    const keep = new FileKeep(storage, keys);
    // The browser dropped its database, or never had one and the page was reloaded.
    const lost = "The file is no longer on this device.";
    super({ ...options, base: `${origin}/api/chatbot`, waiting: keep, lost });
    this.#keep = keep;
  }

  choose(chosen: readonly Chosen[]): LocalFile[] {
    return this.take(chosen.map((one) => ({ ...one, key: fileKey() })));
  }

  /** The bytes of a file that waits, for a picture of it. */
  blob(key: string): Promise<Blob | null> {
    return this.#keep.get(key);
  }
}
