// Decides the title of the browser's tab, which is all an agent sees while working elsewhere.
// Knows nothing of how unread messages are counted.

/** `(3) Ana – Frontdesk`. */
export function titleOf(unread: number, where: string | null): string {
  const count = unread > 0 ? `(${short(unread)}) ` : "";
  return `${count}${where ? `${where} – ` : ""}Frontdesk`;
}

/** Fits a badge. */
export function short(count: number): string {
  return count > 99 ? "99+" : String(count);
}
