// Decides how the page's title says that messages wait. Knows nothing of the messages.

const COUNT = /^\(\d+\+?\) /;

/** The title with the count in front; the page's own title when nothing waits. */
export function counted(title: string, count: number): string {
  const own = title.replace(COUNT, "");
  return count > 0 ? `(${count > 99 ? "99+" : count}) ${own}` : own;
}

/** Counts in the title while nobody looks; a title the page sets meanwhile stays the page's. */
export class TitleCount {
  #count = 0;

  show(count: number): void {
    if (count === this.#count) return;
    this.#count = count;
    document.title = counted(document.title, count);
  }

  stop(): void {
    this.show(0);
  }
}
