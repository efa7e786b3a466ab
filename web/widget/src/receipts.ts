// Decides when the server is told that the others' messages arrived here, and that they were seen: each
// once, and not the first where the second follows at once. Knows nothing of how it is told.

import { unreadBy, type VisitorThread } from "@frontdesk/shared/store";

export type ReceiptsOptions = {
  thread(): VisitorThread | null;
  visitorId(): string | null;
  /** Everything up to this message. */
  tell(what: "read" | "delivered", messageId: string): Promise<unknown>;
};

/** Whoever reads at once need not say before that it arrived. */
const DELIVERED_AFTER_MS = 400;
/** The other tabs know by then that one has said it. */
const OTHERS_AFTER_MS = 2_000;

export class Receipts {
  #options: ReceiptsOptions;
  /** The message that was told of last. */
  #told = { read: "", delivered: "" };
  #soon: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ReceiptsOptions) {
    this.#options = options;
  }

  /** Everything shown has been seen. */
  read(): void {
    const [thread, me] = [this.#options.thread(), this.#options.visitorId()];
    const last = thread && me ? unreadBy(thread, me).at(-1) : undefined;
    if (!last || last.id === this.#told.read) return;
    this.stop();
    this.#tell("read", last.id);
  }

  /** `isFirst`: of all tabs, this one says it. */
  arrivedSoon(isFirst: boolean): void {
    this.stop();
    this.#soon = setTimeout(() => this.arrived(), isFirst ? DELIVERED_AFTER_MS : OTHERS_AFTER_MS);
  }

  /** The others' messages are on this device, whether or not anybody looks. */
  arrived(): void {
    const [thread, me] = [this.#options.thread(), this.#options.visitorId()];
    const last = thread?.messages.filter((one) => one.sender_id !== me).at(-1);
    const known = thread?.receipts.find((one) => one.reader_id === me)?.delivered_seq ?? 0;
    if (last && last.seq > known && last.id !== this.#told.delivered) this.#tell("delivered", last.id);
  }

  /** Nothing is told any more of what came before. */
  stop(): void {
    clearTimeout(this.#soon);
  }

  /** What did not get through is told again with the next occasion. */
  #tell(what: "read" | "delivered", id: string): void {
    this.#told[what] = id;
    this.#options.tell(what, id).catch(() => {
      this.#told[what] = "";
    });
  }
}
