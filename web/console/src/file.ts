// Decides what is said of a file beside its name, how large a picture of it is drawn, and how one made here is saved.
// Knows nothing of what is in it.

/** `812 B`, `14 KB`, `3.2 MB`. */
export function sizeOf(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 999_500) return `${Math.round(bytes / 1_000)} KB`;
  const mega = bytes / 1_000_000;
  return `${mega < 10 ? mega.toFixed(1) : Math.round(mega)} MB`;
}

/** "1:05". */
export function lasting(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${`${seconds % 60}`.padStart(2, "0")}`;
}

/** What fits into a bubble. */
const LARGEST = { width: 320, height: 260 };

/** Pixels on the page: never larger than it is, never more than a bubble takes, as wide as it is high. */
export function drawnSize(width: number, height: number): { width: number; height: number } {
  const share = Math.min(1, LARGEST.width / width, LARGEST.height / height);
  return { width: Math.max(1, Math.round(width * share)), height: Math.max(1, Math.round(height * share)) };
}

/** Puts it where the browser puts what is downloaded. */
export function saveFile(name: string, file: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // Not at once: the download begins after this.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
