// Decides which address of the server answers each question of an agent. Knows nothing of what is done
// with the answers; a session that ended is reported once, here, for every question.

import { Api, RefusalError } from "@frontdesk/shared/api";
import type { ChannelSignature } from "@frontdesk/shared/socket";
import type {
  AddAgent,
  AgentPage,
  AgentPosted,
  AgentsReply,
  Done,
  InboxReply,
  LoginRequest,
  MeReply,
  OnlineVisitorsReply,
  PostMessage,
  SetupRequest,
  Typing,
  WidgetChange,
  WidgetsReply,
} from "@frontdesk/shared/wire.gen";

/** From `MeReply`; goes with every request. */
let csrf = "";
let keeper: Keeper | null = null;

/** Who looks after the session. */
export interface Keeper {
  /** The server no longer knows it. */
  ended(): void;
  /** Its token is not the one we have: signed in again elsewhere? `true` when asking again can help. */
  doubted(): Promise<boolean>;
}

export function useCsrf(token: string): void {
  csrf = token;
}

export function keptBy(who: Keeper): void {
  keeper = who;
}

const api = new Api({
  origin: "",
  credential: (): Record<string, string> => (csrf ? { "X-CSRF-Token": csrf } : {}),
});

/** Before anybody is signed in: a 401 is an answer. */
export const door = {
  me: () => api.get<MeReply>("/api/v1/me"),
  setUp: (request: SetupRequest) => api.post<MeReply>("/api/v1/setup", request),
  signIn: (request: LoginRequest) => api.post<MeReply>("/api/v1/login", request),
};

/** Inside: a 401 ends the session. */
async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  try {
    return await api.request<T>(method, path, body);
  } catch (error) {
    if (refusalName(error) === "csrf-missing" && (await keeper?.doubted())) {
      return await api.request<T>(method, path, body);
    }
    if (isOver(error)) keeper?.ended();
    throw error;
  }
}

const conversation = (id: string) => `/api/v1/conversations/${encodeURIComponent(id)}`;

export const agentApi = {
  signOut: () => ask<Done>("POST", "/api/v1/logout", {}),
  authorize: (socket_id: string, channel_name: string) =>
    ask<ChannelSignature>("POST", "/broadcasting/auth", { socket_id, channel_name }),

  inbox: (before?: string) => ask<InboxReply>("GET", `/api/v1/conversations${query({ before, limit: 50 })}`),
  online: (widgetId: string, before?: string | null) =>
    ask<OnlineVisitorsReply>(
      "GET",
      `/api/v1/widgets/${encodeURIComponent(widgetId)}/visitors${query({ before: before ?? undefined, limit: 200 })}`,
    ),
  page: (id: string, at: { after?: number; before?: number } = {}) =>
    ask<AgentPage>("GET", conversation(id) + query(at)),
  post: (id: string, message: PostMessage) =>
    ask<AgentPosted>("POST", `${conversation(id)}/messages`, message),
  typing: (id: string, typing: Typing) => ask<Done>("POST", `${conversation(id)}/typing`, typing),
  read: (id: string, message_id: string) => ask<Done>("POST", `${conversation(id)}/read`, { message_id }),

  changeWidget: (id: string, change: WidgetChange) =>
    ask<WidgetsReply>("PATCH", `/api/v1/widgets/${encodeURIComponent(id)}`, change),
  agents: () => ask<AgentsReply>("GET", "/api/v1/agents"),
  addAgent: (agent: AddAgent) => ask<AgentsReply>("POST", "/api/v1/agents", agent),
  removeAgent: (id: string) => ask<AgentsReply>("DELETE", `/api/v1/agents/${encodeURIComponent(id)}`),
};

function query(values: Record<string, string | number | undefined>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return given.length
    ? `?${given.map(([name, value]) => `${name}=${encodeURIComponent(value ?? "")}`).join("&")}`
    : "";
}

/** A sentence for people, whatever went wrong. */
export function sentence(error: unknown): string {
  if (!(error instanceof RefusalError))
    return "The server could not be reached. Check your connection and try again.";
  const { title, detail } = error.problem;
  return detail ? `${title} ${detail}` : title;
}

/** Is it the session that the server said no to? */
export function isOver(error: unknown): boolean {
  return error instanceof RefusalError && error.status === 401;
}

/** The refusal's name, or `null` when the server was not reached. */
export function refusalName(error: unknown): string | null {
  return error instanceof RefusalError ? error.problem.name : null;
}
