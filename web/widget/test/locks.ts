// Web Locks for a runtime without them: exclusive, in order, with signal, steal and query as the standard
// has them. Knows nothing of what they guard.

type Holder = { name: string; end(error: Error): void };
type Waiter = { name: string; how: LockOptions; run(): void };
type Callback = (lock: Lock | null) => unknown;

export class Locks {
  #held = new Map<string, Holder>();
  #waiting: Waiter[] = [];

  /** As the browser has it. */
  get manager(): LockManager {
    return this as unknown as LockManager;
  }

  request(name: string, how: LockOptions | Callback, callback?: Callback): Promise<unknown> {
    if (typeof how === "function") return this.request(name, {}, how);
    return new Promise((resolve, reject) => {
      const aborted = () => new DOMException("The request was aborted.", "AbortError");
      if (how.signal?.aborted) return reject(aborted());
      const run = () => {
        const holder: Holder = { name, end: reject };
        this.#held.set(name, holder);
        const over = () => {
          if (this.#held.get(name) !== holder) return;
          this.#held.delete(name);
          this.#next(name);
        };
        Promise.resolve(callback?.({ name, mode: "exclusive" }))
          .then(resolve, reject)
          .finally(over);
      };
      if (how.steal) {
        this.#held.get(name)?.end(new DOMException("The lock was stolen.", "AbortError"));
        this.#held.delete(name);
        return run();
      }
      const waiter: Waiter = { name, how, run };
      this.#waiting.push(waiter);
      how.signal?.addEventListener("abort", () => {
        if (!this.#waiting.includes(waiter)) return;
        this.#waiting = this.#waiting.filter((one) => one !== waiter);
        reject(aborted());
      });
      queueMicrotask(() => this.#next(name));
    });
  }

  async query(): Promise<LockManagerSnapshot> {
    const info = ({ name }: { name: string }): LockInfo => ({ name, mode: "exclusive", clientId: "" });
    return { held: [...this.#held.values()].map(info), pending: this.#waiting.map(info) };
  }

  #next(name: string): void {
    if (this.#held.has(name)) return;
    const next = this.#waiting.find((one) => one.name === name);
    if (!next) return;
    this.#waiting = this.#waiting.filter((one) => one !== next);
    next.run();
  }
}
