// Decides how a great many rows are kept so that changing one costs little, and what differs between two states of
// them is found without looking at all. Knows nothing of what is in a row.

interface Keyed {
  readonly conversation: { readonly id: string };
}

/** With 100,000 rows, a change copies some 400 of them. */
const SHELVES = 256;

/** By conversation id. Never changes: a change is another one, which shares what is the same. */
export class Rows<R extends Keyed> {
  readonly size: number;
  readonly #shelves: ReadonlyArray<ReadonlyMap<string, R>>;

  constructor(shelves: ReadonlyArray<ReadonlyMap<string, R>> = Array(SHELVES).fill(new Map()), size = 0) {
    this.#shelves = shelves;
    this.size = size;
  }

  get(id: string): R | undefined {
    return this.#shelves[shelfOf(id)]?.get(id);
  }

  *values(): Generator<R> {
    for (const shelf of this.#shelves) yield* shelf.values();
  }

  with(rows: readonly R[]): Rows<R> {
    const shelves = [...this.#shelves];
    const copied = new Map<number, Map<string, R>>();
    let { size } = this;
    for (const row of rows) {
      const { id } = row.conversation;
      const at = shelfOf(id);
      const shelf = copied.get(at) ?? new Map(shelves[at]);
      copied.set(at, shelf);
      if (!shelf.has(id)) size += 1;
      shelf.set(id, row);
      shelves[at] = shelf;
    }
    return new Rows(shelves, size);
  }

  without(id: string): Rows<R> {
    const at = shelfOf(id);
    const shelf = new Map(this.#shelves[at]);
    if (!shelf.delete(id)) return this;
    const shelves = [...this.#shelves];
    shelves[at] = shelf;
    return new Rows(shelves, this.size - 1);
  }

  /** What was, and what is instead; either is absent where there was or is nothing. */
  since(before: Rows<R>): Array<[was: R | undefined, is: R | undefined]> {
    const changed: Array<[R | undefined, R | undefined]> = [];
    for (const [at, shelf] of this.#shelves.entries()) {
      const old = before.#shelves[at] ?? new Map<string, R>();
      if (old === shelf) continue;
      for (const [id, row] of shelf) if (old.get(id) !== row) changed.push([old.get(id), row]);
      for (const [id, row] of old) if (!shelf.has(id)) changed.push([row, undefined]);
    }
    return changed;
  }
}

function shelfOf(id: string): number {
  let hash = 0;
  // The end of an id is random, its beginning says when it was made.
  for (let i = Math.max(0, id.length - 6); i < id.length; i += 1) hash = (hash * 31 + id.charCodeAt(i)) | 0;
  return (hash >>> 0) % SHELVES;
}
