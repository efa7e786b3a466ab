// Decides where the console's files wait until they have gone: in memory, so that closing the page asks first. Knows
// nothing of drawing, and of how they go.

import { Uploads, type UploadsOptions } from "@frontdesk/shared/uploads";
import { credential } from "./agent-api";

export function agentUploads(options: Pick<UploadsOptions, "onProgress" | "onFiles">): Uploads {
  const blobs = new Map<string, Blob>();
  return new Uploads({
    ...options,
    base: "/api/v1",
    credential,
    waiting: {
      put: (key, blob) => blobs.set(key, blob),
      get: async (key) => blobs.get(key) ?? null,
      remove: (key) => blobs.delete(key),
      close() {},
    },
    // Cannot happen while a message waits, and waiting for ever would be worse than saying so.
    lost: "The file is no longer here. Choose it again.",
  });
}
