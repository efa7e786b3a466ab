// Decides the title and the sign of the browser's tab, which is all an agent sees while working elsewhere.
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

/** The bell; with a dot where somebody waits to be read. A picture of its own, as the console's policy allows. */
export function iconOf(unread: number): string {
  const dot =
    unread > 0 ? '<circle cx="24.5" cy="7.5" r="6.5" fill="#ff5a4d" stroke="#fff" stroke-width="2"/>' : "";
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0b6e54"/>' +
    '<path d="M7.5 21.5h17M16 8.8v2.4M13.6 8.4h4.8M9.6 18.6a6.4 6.4 0 0 1 12.8 0z" fill="none" stroke="#fff" ' +
    `stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/>${dot}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
