// Decides the lines that a website's owner pastes, whether they can work there, how a list of origins is read, and
// the ink on a colour.
// Knows nothing of the page they stand on.

export interface Embed {
  /** `wgt_…`. */
  readonly id: string;
  /** `cbw_…`. */
  readonly token: string;
  /** Where this server is, without a slash at the end. */
  readonly origin: string;
}

/** What the page sets beyond that: `position: "left"`. */
export type Extras = Readonly<Record<string, string>>;

export function snippet(embed: Embed, extras: Extras = {}): string {
  return [
    "<script>window.ChatbotConfig = {",
    settings(embed, extras, (name, value) => `  ${name}: ${value}`).join(",\n"),
    "};</script>",
    `<script async src="${embed.origin}/widget.js?w=${embed.id}"></script>`,
  ].join("\n");
}

/** A line for each. `<` would end the script that they stand in. */
function settings(
  { token, origin }: Embed,
  extras: Extras,
  line: (name: string, quoted: string) => string,
): string[] {
  const all = { apiToken: token, widgetUrl: origin, ...extras };
  return Object.entries(all).map(([name, value]) =>
    line(name, JSON.stringify(value).replaceAll("<", "\\u003c")),
  );
}

/** For a website that is built with modules. */
export function moduleSnippet(embed: Embed, extras: Extras = {}): string {
  return [
    "npm install @frontdesk/widget-embed",
    "",
    'import { load } from "@frontdesk/widget-embed";',
    "",
    "await load({",
    ...settings(embed, extras, (name, value) => `  ${name}: ${value},`),
    "});",
  ].join("\n");
}

export function reactSnippet(embed: Embed, extras: Extras = {}): string {
  return [
    "npm install @frontdesk/widget-embed",
    "",
    'import { FrontdeskWidget } from "@frontdesk/widget-embed/react";',
    "",
    "<FrontdeskWidget",
    ...settings(embed, extras, (name, value) => `  ${name}={${value}}`),
    "/>",
  ].join("\n");
}

/** Why a website would have no use for this address, in a sentence; `null`: none known. */
export function warningOf(origin: string): string | null {
  const { protocol, hostname } = new URL(origin);
  if (/^(localhost|127\.|\[::1\])/.test(hostname) || hostname.endsWith(".localhost"))
    return "This address works on this computer only. Open the console under the address that your visitors will reach, and copy the snippet there.";
  if (protocol === "http:")
    return "This address is not encrypted, and browsers refuse it on websites that are. Reach this server by https first.";
  return null;
}

/** One per line; blank lines, spaces and a slash at the end do not count. */
export function originsOf(text: string): string[] {
  const lines = text.split(/[\n,]/).map((line) => line.trim().replace(/\/+$/, ""));
  return [...new Set(lines.filter(Boolean))];
}

/** The first line that is no origin, for a sentence that names it. */
export function wrongOrigin(origins: readonly string[]): string | null {
  return origins.find((origin) => !isOrigin(origin)) ?? null;
}

function isOrigin(text: string): boolean {
  if (!/^https?:\/\/[^/?#\s]+$/i.test(text)) return false;
  return URL.canParse(text.replace("://*.", "://"));
}

/** Black or white, whichever reads better on `#rrggbb`. */
export function inkOn(color: string): "#ffffff" | "#111111" {
  return contrast(color, "#ffffff") >= contrast(color, "#111111") ? "#ffffff" : "#111111";
}

/** WCAG 2 contrast ratio, 1 to 21. */
export function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function luminance(color: string): number {
  const value = Number.parseInt(color.slice(1), 16) || 0;
  const linear = (shift: number) => {
    const c = ((value >> shift) & 255) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(16) + 0.7152 * linear(8) + 0.0722 * linear(0);
}
