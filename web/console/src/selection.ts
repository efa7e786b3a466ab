// Decides which rows are selected, one by one and in stretches. Knows nothing of what is done with them.

export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** The last that was chosen: where a stretch begins. */
  readonly last: string | null;
}

export const noneSelected: Selection = { ids: new Set(), last: null };

export function toggled({ ids }: Selection, id: string): Selection {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return { ids: next, last: id };
}

/** Everything from the last one to this, in the order in which they are listed. */
export function stretched(selection: Selection, id: string, order: readonly string[]): Selection {
  const [a, b] = [order.indexOf(selection.last ?? id), order.indexOf(id)];
  if (a < 0 || b < 0) return toggled(selection, id);
  const stretch = order.slice(Math.min(a, b), Math.max(a, b) + 1);
  return { ids: new Set([...selection.ids, ...stretch]), last: id };
}
