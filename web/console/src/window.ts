// Decides which rows of a long list are drawn: those in sight and some beside them. Knows nothing of what a row is.

export interface Sight {
  readonly scrollTop: number;
  /** Of the box in which the list scrolls. */
  readonly height: number;
  readonly rowHeight: number;
  readonly count: number;
}

export interface Drawn {
  readonly from: number;
  /** The first that is not drawn any more. */
  readonly to: number;
}

/** Drawn above and below, so that fast scrolling shows rows and not holes. */
const BESIDE = 8;

export function drawnOf({ scrollTop, height, rowHeight, count }: Sight): Drawn {
  const first = Math.floor(Math.max(0, scrollTop) / rowHeight);
  const last = Math.ceil((Math.max(0, scrollTop) + height) / rowHeight);
  const to = Math.min(count, last + BESIDE);
  return { from: Math.max(0, Math.min(first - BESIDE, to)), to };
}

/** Where the box scrolls so that a row is whole in it; where it is, if it is already. */
export function scrollFor(row: number, { scrollTop, height, rowHeight }: Sight): number {
  const top = row * rowHeight;
  if (top < scrollTop) return top;
  return Math.max(scrollTop, top + rowHeight - height);
}

/** Is the end so near that the next page is wanted? */
export function wantsMore({ from, to }: Drawn, count: number): boolean {
  return count - to < Math.max(20, to - from);
}
