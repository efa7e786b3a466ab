// Decides how an account's codes and devices are written for people. Knows nothing of drawing.

/** A key as it is typed: groups of four. */
export function inGroups(key: string): string {
  return key.replace(/(.{4})(?=.)/g, "$1 ");
}

const BROWSERS: ReadonlyArray<readonly [RegExp, string]> = [
  [/\bEdg/, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bFirefox\//, "Firefox"],
  [/\bChrome\/|\bCriOS\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const SYSTEMS: ReadonlyArray<readonly [RegExp, string]> = [
  [/\bAndroid\b/, "Android"],
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/, "Mac"],
  [/\bLinux\b|\bX11\b/, "Linux"],
];

/** `Firefox on Linux`, of what a browser calls itself. */
export function deviceName(device: string): string {
  const named = (all: ReadonlyArray<readonly [RegExp, string]>) =>
    all.find(([is]) => is.test(device))?.[1] ?? null;
  const browser = named(BROWSERS);
  const system = named(SYSTEMS);
  if (browser) return system ? `${browser} on ${system}` : browser;
  return system ?? "Unknown device";
}

/** The link that invites somebody to this desk. */
export function joinLink(origin: string, code: string): string {
  return `${origin}/#join=${encodeURIComponent(code)}`;
}

/** What was saved to a file or copied: one code a line. */
export const asLines = (codes: readonly string[]): string => `${codes.join("\n")}\n`;
