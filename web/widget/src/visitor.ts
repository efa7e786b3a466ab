// Decides who the visitor is to the server: a session opened and renewed before it ends, labels,
// and the secret that makes the next visit the same visitor's. Knows nothing of conversations.

import { Api, isRefusal, VisitorSession } from "@frontdesk/shared/api";
import type { SessionReply, SessionRequest } from "@frontdesk/shared/wire.gen";
import type { Keep } from "./keep";
import type { Identity, VisitorLabel } from "./surface";

export type VisitorOptions = {
  /** `cbw_…`. */
  apiToken: string;
  origin: string;
  label: VisitorLabel;
  keep: Keep;
  /** From the link in a mail; works once. */
  code?: string | undefined;
  fetch?: typeof fetch | undefined;
  /** The server said who this is; again after each renewal. */
  onKnown(reply: SessionReply): void;
  /** The link was used before, or is too old. */
  onCodeRefused?(): void;
};

/** A tab that sleeps past the end of a session is renewed no more often than this. */
const RENEWAL_MIN_MS = 10_000;

export class Visitor {
  /** Asks with the widget's token: what anybody may know. */
  readonly widgetApi: Api;
  /** Asks as this visitor. */
  readonly api: Api;
  /** The headers that prove it. */
  readonly credential: () => Promise<Record<string, string>>;

  #options: VisitorOptions;
  label: Pick<SessionRequest, "name" | "email" | "jwt" | "identity">;
  /** Was the proof accepted? */
  #isProven = false;
  #session: VisitorSession;
  #code: string | undefined;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(options: VisitorOptions) {
    const { apiToken, origin, label, keep, fetch } = options;
    this.#options = options;
    this.label = label;
    this.#code = options.code;
    const common = { origin, fetch };
    const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
    this.widgetApi = new Api({ ...common, credential: () => bearer(apiToken) });
    this.#session = new VisitorSession(this.widgetApi, () => ({
      ...this.label,
      secret: keep.kept.secret,
      code: this.#code,
    }));
    this.credential = async () => bearer(await this.#session.token());
    this.api = new Api({
      ...common,
      credential: this.credential,
      renew: () => this.renew().then(() => true),
    });
  }

  /** `null` until a session was opened. */
  get reply(): SessionReply | null {
    return this.#session.reply;
  }

  /** A name and an address are labels only: they neither prove nor open anything (S3). */
  identify({ name, email, jwt, id, identifier_hash }: Identity): void {
    this.label = {
      ...this.label,
      ...(name ? { name } : {}),
      ...(email ? { email } : {}),
      ...(jwt ? { jwt } : {}),
      ...(id && identifier_hash ? { identity: { id, identifier_hash } } : {}),
    };
    this.#isProven = false;
  }

  async renew(): Promise<void> {
    const reply = await this.#session.renew().catch((error: unknown) => this.#withoutCode(error));
    // Whoever followed the link from a mail is known here from now on, as by `identify`.
    if (this.#code) this.#options.keep.act();
    this.#code = undefined;
    this.#isProven = true;
    this.#options.keep.set({ secret: reply.secret });
    this.#options.onKnown(reply);
    clearTimeout(this.#renewal);
    if (this.#stopped) return;
    // Before it ends, so that the socket authorised with it is not closed under a quiet visitor.
    const wait = Math.max(RENEWAL_MIN_MS, this.#session.dueInMs());
    this.#renewal = setTimeout(() => this.renew().catch(() => {}), wait);
  }

  /** A used link must not keep anybody out: they go on as whoever they are on this device. */
  #withoutCode(error: unknown): Promise<SessionReply> {
    // A session outlives the token that began it (decision 15); one that was never good is said to the page.
    if (isRefusal(error, "identity-refused") && this.#isProven && this.label.jwt) {
      this.label = { ...this.label, jwt: undefined };
      return this.#session.renew();
    }
    if (!this.#code || !isRefusal(error, "mail-link-invalid")) throw error;
    this.#code = undefined;
    this.#options.onCodeRefused?.();
    return this.#session.renew();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#renewal);
  }
}
