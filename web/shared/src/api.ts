// Decides how the HTTP API is asked: credential, JSON, refusals as errors, one renewal on 401.
// Knows nothing of what is asked.

import type { Problem, SessionReply, SessionRequest } from "./wire.gen";

/** The server said no; `problem.title` is fit for people. */
export class RefusalError extends Error {
  readonly status: number;
  readonly problem: Problem;
  /** From `Retry-After`. */
  readonly retryAfterMs: number | null;

  constructor(problem: Problem, retryAfterMs: number | null = null) {
    super(problem.title);
    this.name = "RefusalError";
    this.status = problem.status;
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Is it the row of the refusal table with this name? */
export function isRefusal(error: unknown, name: string): error is RefusalError {
  return error instanceof RefusalError && error.problem.name === name;
}

export type ApiOptions = {
  /** Origin of the server, without a slash at the end; empty for the page's own. */
  origin: string;
  /** Headers that prove who asks. */
  credential(): Promise<Record<string, string>> | Record<string, string>;
  /** Gets a new credential after a 401; `false` when there is none to be had. */
  renew?(): Promise<boolean>;
  fetch?: typeof fetch;
};

export class Api {
  #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.request("GET", path, undefined, signal);
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.request("POST", path, body);
  }

  /** The reply's JSON, or a `RefusalError`; anything else thrown means that the server was not reached. */
  async request<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const { origin, credential, renew, fetch: ask = fetch } = this.#options;
    for (let renewed = false; ; renewed = true) {
      const headers: Record<string, string> = { Accept: "application/json", ...(await credential()) };
      if (body !== undefined) headers["Content-Type"] = "application/json";
      const reply = await ask(origin + (method === "GET" ? unseen(path) : path), {
        method,
        headers,
        cache: "no-store",
        credentials: origin ? "omit" : "same-origin",
        body: body === undefined ? undefined : json(body),
        signal,
      });
      if (reply.ok) return (await reply.json()) as T;
      if (reply.status === 401 && renew && !renewed && (await renew())) continue;
      throw await refusal(reply);
    }
  }
}

/** An address no service worker of the page has an answer to yet: some answer from their cache, whatever we say. */
function unseen(path: string): string {
  if (!globalThis.navigator?.serviceWorker?.controller) return path;
  return `${path}${path.includes("?") ? "&" : "?"}_=${Date.now()}`;
}

/** JSON, whatever an old library of the page has arrays write instead (`Array.prototype.toJSON`). */
export function json(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key) {
    return this[key];
  });
}

async function refusal(reply: Response): Promise<RefusalError> {
  const problem = (await reply.json().catch(() => null)) as Problem | null;
  return refusalOf(reply.status, problem, reply.headers.get("Retry-After"));
}

/** The error for an answer that is not a success, however it was asked for. */
export function refusalOf(status: number, problem: Problem | null, retryAfter: string | null): RefusalError {
  const wait = Number.parseFloat(retryAfter ?? "");
  return new RefusalError(
    problem?.title ? problem : unnamed(status),
    Number.isFinite(wait) ? wait * 1_000 : null,
  );
}

/** A proxy in between answers without our table. */
function unnamed(status: number): Problem {
  const [name, title] = ["unreachable", `The server could not be reached (${status}).`];
  return { type: `urn:frontdesk:refusal:${name}`, name, title, status, retry: "later", success: false };
}

/** A session is renewed when less than this is left of it. */
const RENEW_BEFORE_MS = 60_000;

/** The visitor's session: minted with the widget token, renewed with the visitor's secret. */
export class VisitorSession {
  /** What the last reply said; `null` before the first. */
  reply: SessionReply | null = null;

  #api: Api;
  #request: () => SessionRequest;
  #endsAt = 0;
  #asking: Promise<SessionReply> | null = null;

  /** `widget` asks with the widget token; `request` gives what is known of the visitor. */
  constructor(widget: Api, request: () => SessionRequest) {
    this.#api = widget;
    this.#request = request;
  }

  async token(): Promise<string> {
    if (this.reply && Date.now() < this.#endsAt - RENEW_BEFORE_MS) return this.reply.token;
    return (await this.renew()).token;
  }

  /** One request for all who ask meanwhile. */
  renew(): Promise<SessionReply> {
    this.#asking ??= this.#mint().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  /** Milliseconds until a renewal is due; for a timer, so that a quiet session does not end under its socket. */
  dueInMs(): number {
    return Math.max(0, this.#endsAt - RENEW_BEFORE_MS - Date.now());
  }

  async #mint(): Promise<SessionReply> {
    const known = this.#request();
    const secret = this.reply?.secret ?? known.secret;
    const path = "/api/chatbot/session";
    const reply = await this.#api.post<SessionReply>(path, { ...known, secret }).catch((error: unknown) => {
      // A secret the server forgot: begin as a new visitor instead of never again.
      if (!secret || !isRefusal(error, "session-expired")) throw error;
      const { secret: _forgotten, ...label } = known;
      return this.#api.post<SessionReply>(path, label);
    });
    this.#endsAt = Date.now() + reply.expires_in_s * 1_000;
    this.reply = reply;
    return reply;
  }
}
