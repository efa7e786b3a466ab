// Decides how what the visitor wrote gets to the server: its files before it, into its conversation, and
// into the next one when the server does not know that any more. Knows nothing of what is shown.

import { isRefusal } from "@frontdesk/shared/api";
import { Outbox } from "@frontdesk/shared/outbox";
import type { LocalMessage } from "@frontdesk/shared/store";
import type { Carry } from "@frontdesk/shared/upload";
import type { VisitorPosted, Whereabouts } from "@frontdesk/shared/wire.gen";
import type { Keep } from "./keep";
import type { Uploads } from "./uploads";
import type { Visitor } from "./visitor";

/** How far a message's files are, from 0 to 1, by `client_id`. */
export type Progress = Readonly<Record<string, number>>;

export type SendingOptions = {
  visitor: Visitor;
  keep: Keep;
  origin: string;
  /** What the browser's database for files is called. */
  storage: string;
  carry?: Carry | undefined;
  /** Where a message goes, once the session is open: `known`, or the one it will be in. */
  conversation(known: string | undefined): Promise<string>;
  /** From where the visitor writes, if agents are to know. */
  here(): Whereabouts | undefined;
  /** The message is now so. */
  onChange(message: LocalMessage): void;
  onProgress(progress: Progress): void;
  onPosted(conversationId: string, reply: VisitorPosted): void;
  /** The server does not know this conversation any more. */
  onForgotten(conversationId: string): void;
};

export class Sending extends Outbox {
  #options: SendingOptions;
  #progress: Progress = {};
  /** Fetched by those who send a file. */
  #uploads: Promise<Uploads> | null = null;

  constructor(options: SendingOptions) {
    const { keep, onChange } = options;
    super({
      send: (message) => this.#deliver(message),
      onChange,
      storage: {
        load: () => keep.kept.outbox ?? [],
        save: (outbox) => keep.set({ outbox }),
      },
    });
    this.#options = options;
  }

  /** What waits for this conversation; for one that is to begin, without. */
  of(id?: string): LocalMessage[] {
    return this.messages.filter((one) => one.conversation_id === id);
  }

  /** Sent or given up: its files need not be kept any longer. */
  override discard(clientId: string): void {
    const message = this.#find(clientId);
    super.discard(clientId);
    if (message?.files)
      this.uploads().then(
        (uploads) => uploads.forget(message),
        () => {},
      );
  }

  /** There is a conversation now: what waited for one goes into it, whatever is shown when it is sent. */
  began(conversation_id: string): void {
    for (const one of this.of()) this.amend(one.client_id, { conversation_id });
  }

  /** What waits for this conversation goes into the next one, files anew. */
  orphaned(id: string): void {
    for (const one of this.of(id)) {
      const files = one.files?.map(({ upload_id: _id, sent: _sent, ...file }) => file);
      this.amend(one.client_id, { conversation_id: undefined, files });
    }
    this.#options.onForgotten(id);
  }

  override stop(): void {
    super.stop();
    void this.#uploads?.then((uploads) => uploads.stop());
  }

  /** Rejects when the part could not be fetched; it is fetched anew at the next call. */
  uploads(): Promise<Uploads> {
    const { origin, visitor, storage, carry } = this.#options;
    this.#uploads ??= import("./uploads").then(
      (part) =>
        new part.Uploads({
          origin,
          credential: visitor.credential,
          storage,
          keys: () => this.messages.flatMap((one) => one.files ?? []).map((file) => file.key),
          onProgress: (clientId, share) => this.#progressed(clientId, share),
          onFiles: (clientId, files) => this.amend(clientId, { files }),
          carry,
        }),
    );
    this.#uploads.catch(() => {
      this.#uploads = null;
    });
    return this.#uploads;
  }

  async #deliver(message: LocalMessage, again = false): Promise<void> {
    const { visitor, conversation, here, onPosted } = this.#options;
    const id = await conversation(message.conversation_id);
    try {
      const attachments = message.files && (await (await this.uploads()).send(message, id));
      const reply = await visitor.api.post<VisitorPosted>(`/api/chatbot/conversation/${id}/messages`, {
        message: message.message,
        client_id: message.client_id,
        reply_to: message.reply_to?.id,
        attachments,
        here: here(),
      });
      onPosted(id, reply);
    } catch (error) {
      if (!isRefusal(error, "unknown-conversation") || again) throw error;
      this.orphaned(id);
      const orphan = this.#find(message.client_id);
      if (orphan) await this.#deliver(orphan, true);
    }
  }

  #find(clientId: string): LocalMessage | undefined {
    return this.messages.find((one) => one.client_id === clientId);
  }

  #progressed(clientId: string, share: number | null): void {
    const { [clientId]: _over, ...others } = this.#progress;
    this.#progress = share === null ? others : { ...others, [clientId]: share };
    this.#options.onProgress(this.#progress);
  }
}
