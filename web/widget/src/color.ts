// Decides which colours are drawn, so that text stays readable on whatever colour the owner chose
// (contrast 4.5:1, WCAG 2.2). Knows nothing of what is drawn.

type Rgb = [number, number, number];

export const DEFAULT_COLOR = "#3554d1";
const READABLE = 4.5;
/** Below this against white a colour is light: black stands on it, instead of darkening it beyond recognition. */
const LIGHT = 2.6;

function rgb(color: string): Rgb {
  const hex = /^#[\da-f]{6}$/i.test(color) ? color : DEFAULT_COLOR;
  return [1, 3, 5].map((at) => Number(`0x${hex.slice(at, at + 2)}`)) as Rgb;
}

function luminance(color: Rgb): number {
  const [r, g, b] = color.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(one: string, other: string): number {
  const ratio = (luminance(rgb(one)) + 0.05) / (luminance(rgb(other)) + 0.05);
  return ratio < 1 ? 1 / ratio : ratio;
}

/** The colour, moved towards black or white only as far as it takes to be read on `ground`. */
export function readable(color: string, ground: string): string {
  const towards = luminance(rgb(ground)) > 0.179 ? 0 : 255;
  let mixed = Uint8ClampedArray.from(rgb(color));
  const hex = () => `#${[...mixed].map((value) => value.toString(16).padStart(2, "0")).join("")}`;
  while (contrast(hex(), ground) < READABLE)
    mixed = mixed.map((value) => value + (towards - value) * 0.06 + Math.sign(towards - value));
  return hex();
}

/** The ground for launcher, header and own bubbles, and what is written on it. */
export function accent(color: string): [ground: string, ink: string] {
  const ink = contrast(color, "#ffffff") < LIGHT ? "#000000" : "#ffffff";
  return [readable(color, ink), ink];
}
