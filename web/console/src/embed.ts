// Decides the five lines that a website's owner pastes, how a list of origins is read, and the ink on a colour.
// Knows nothing of the page they stand on.

export interface Embed {
  /** `wgt_…`. */
  readonly id: string;
  /** `cbw_…`. */
  readonly token: string;
  /** Where this server is, without a slash at the end. */
  readonly origin: string;
}

export function snippet({ id, token, origin }: Embed): string {
  return [
    "<script>window.ChatbotConfig = {",
    `  apiToken: "${token}",`,
    `  widgetUrl: "${origin}"`,
    "};</script>",
    `<script async src="${origin}/widget.js?w=${id}"></script>`,
  ].join("\n");
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
