// Decides which address of the server answers each question of an agent. Knows nothing of what is done
// with the answers; a session that ended is reported once, here, for every question.

import { Api, RefusalError } from "@frontdesk/shared/api";
import type { ChannelSignature, SignIn } from "@frontdesk/shared/socket";
import type {
  AccountChange,
  AccountReply,
  AddAgent,
  AddDevice,
  AgentChange,
  AgentPage,
  AgentPosted,
  AgentsReply,
  AlertRulesChange,
  AlertsReply,
  AuditReply,
  BlocksReply,
  CannedRepliesReply,
  ContactReply,
  ContactsReply,
  ConversationChange,
  ConversationReply,
  Done,
  ErasedReply,
  Escalation,
  EscalationReply,
  InboxReply,
  InvitationReply,
  InvitedReply,
  JoinRequest,
  LinkVisitor,
  LoginRequest,
  MeReply,
  MissedAlertsReply,
  NewBlock,
  NewInvitation,
  OnlineVisitorsReply,
  PostMessage,
  RecoveryCodesReply,
  ReportMissed,
  SearchReply,
  SetupRequest,
  TagsReply,
  TeamReply,
  TestAlert,
  TestAlertReply,
  TwoFactorBegun,
  Typing,
  VersionsReply,
  WidgetChange,
  WidgetsReply,
} from "@frontdesk/shared/wire.gen";

/** Rows of the list's first page, and of those that are fetched when somebody scrolls: as many as the server gives. */
const [ROWS, OLDER_ROWS] = [100, 200];
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

/** What proves that a request comes from this page. */
export const credential = (): Record<string, string> => (csrf ? { "X-CSRF-Token": csrf } : {});

const api = new Api({ origin: "", credential });

/** Before anybody is signed in: a 401 is an answer. */
export const door = {
  me: () => api.get<MeReply>("/api/v1/me"),
  setUp: (request: SetupRequest) => api.post<MeReply>("/api/v1/setup", request),
  signIn: (request: LoginRequest) => api.post<MeReply>("/api/v1/login", request),
  invited: (code: string) => api.post<InvitedReply>("/api/v1/invitation", { code }),
  join: (request: JoinRequest) => api.post<MeReply>("/api/v1/join", request),
};

/** Inside: a 401 ends the session. */
export async function ask<T>(method: string, path: string, body?: unknown, by = api): Promise<T> {
  try {
    return await by.request<T>(method, path, body);
  } catch (error) {
    if (refusalName(error) === "csrf-missing" && (await keeper?.doubted())) {
      return await by.request<T>(method, path, body);
    }
    if (isOver(error)) keeper?.ended();
    if (refusalName(error) === "second-step-owed") await keeper?.doubted();
    throw error;
  }
}

const ALERTS = "/api/v1/me/alerts";
const conversation = (id: string) => `/api/v1/conversations/${encodeURIComponent(id)}`;
const contact = (id: string) => `/api/v1/contacts/${encodeURIComponent(id)}`;
const recognised = (visitorId: string) => `/api/v1/visitors/${encodeURIComponent(visitorId)}/contact`;
const message = (id: string) => `/api/v1/messages/${encodeURIComponent(id)}`;
const reaction = (id: string, emoji: string) => `${message(id)}/reactions/${encodeURIComponent(emoji)}`;

/** Which conversations a list shows; what is absent does not matter. */
export interface ListQuery {
  readonly status?: string | undefined;
  readonly assignee?: string | undefined;
  readonly widget?: string | undefined;
  readonly tag?: string | undefined;
  readonly priority?: string | undefined;
  readonly mentions?: string | undefined;
  readonly sort?: string | undefined;
}

export const agentApi = {
  signOut: () => ask<Done>("POST", "/api/v1/logout", {}),
  authorize: (socket_id: string, channel_name: string) =>
    ask<ChannelSignature>("POST", "/broadcasting/auth", { socket_id, channel_name }),
  introduce: (socket_id: string) => ask<SignIn>("POST", "/broadcasting/user-auth", { socket_id }),

  alerts: () => ask<AlertsReply>("GET", ALERTS),
  changeAlerts: (change: AlertRulesChange) => ask<AlertsReply>("PATCH", ALERTS, change),
  testAlert: (test: TestAlert) => ask<TestAlertReply>("POST", `${ALERTS}/test`, test),
  reportMissed: (report: ReportMissed) => ask<Done>("POST", `${ALERTS}/missed`, report),
  missedAlerts: () => ask<MissedAlertsReply>("GET", "/api/v1/alerts/missed"),
  addDevice: (device: AddDevice) => ask<AlertsReply>("POST", "/api/v1/me/devices", device),
  removeDevice: (id: string) => ask<AlertsReply>("DELETE", `/api/v1/me/devices/${encodeURIComponent(id)}`),
  setEscalation: (widgetId: string, escalation: Escalation) =>
    ask<EscalationReply>("PUT", `/api/v1/widgets/${encodeURIComponent(widgetId)}/escalation`, escalation),

  inbox: (asked: ListQuery = {}, before?: string) =>
    ask<InboxReply>(
      "GET",
      `/api/v1/conversations${query({ ...asked, before, limit: before ? OLDER_ROWS : ROWS })}`,
    ),
  change: (id: string, change: ConversationChange) =>
    ask<ConversationReply>("PATCH", conversation(id), change),
  search: (q: string, before?: string) =>
    ask<SearchReply>("GET", `/api/v1/search${query({ q, in: "messages,conversations", before, limit: 30 })}`),
  replies: () => ask<CannedRepliesReply>("GET", "/api/v1/replies"),
  tags: () => ask<TagsReply>("GET", "/api/v1/tags"),
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

  edit: (id: string, text: string) => ask<AgentPosted>("PATCH", message(id), { message: text }),
  takeBack: (id: string) => ask<Done>("DELETE", message(id)),
  versions: (id: string) => ask<VersionsReply>("GET", `${message(id)}/versions`),
  react: (id: string, emoji: string, on: boolean) =>
    ask<AgentPosted>(on ? "PUT" : "DELETE", reaction(id, emoji)),

  changeWidget: (id: string, change: WidgetChange) =>
    ask<WidgetsReply>("PATCH", `/api/v1/widgets/${encodeURIComponent(id)}`, change),
  /** Of this visitor, and of whoever is known to be the same person. */
  conversationsOf: (visitor: string) =>
    ask<InboxReply>("GET", `/api/v1/conversations${query({ visitor, limit: 20 })}`),
  contactOf: (visitor_id: string) => ask<ContactsReply>("GET", `/api/v1/contacts${query({ visitor_id })}`),
  contact: (id: string) => ask<ContactReply>("GET", contact(id)),
  people: (q: string) => ask<SearchReply>("GET", `/api/v1/search${query({ q, in: "contacts", limit: 12 })}`),
  /** The one that stays. */
  merge: (id: string, into: string) => ask<ContactReply>("POST", `${contact(id)}/merge`, { into }),
  recognise: (visitorId: string, as: LinkVisitor) => ask<ContactReply>("POST", recognised(visitorId), as),
  unrecognise: (visitorId: string) => ask<Done>("DELETE", recognised(visitorId)),
  /** Everything that is kept of a contact, or of a visitor nobody has recognised. */
  exportAddress: (id: string) => `${contact(id)}/export`,
  erase: (id: string) => ask<ErasedReply>("POST", `${contact(id)}/erase`),
  blocks: () => ask<BlocksReply>("GET", "/api/v1/blocks"),
  block: (block: NewBlock) => ask<BlocksReply>("POST", "/api/v1/blocks", block),
  unblock: (id: string) => ask<BlocksReply>("DELETE", `/api/v1/blocks/${encodeURIComponent(id)}`),

  agents: () => ask<AgentsReply>("GET", "/api/v1/agents"),
  addAgent: (agent: AddAgent) => ask<AgentsReply>("POST", "/api/v1/agents", agent),
  removeAgent: (id: string) => ask<AgentsReply>("DELETE", `/api/v1/agents/${encodeURIComponent(id)}`),

  team: () => ask<TeamReply>("GET", "/api/v1/team"),
  changeAgent: (id: string, change: AgentChange) =>
    ask<TeamReply>("PATCH", `/api/v1/agents/${encodeURIComponent(id)}`, change),
  resetTwoFactor: (id: string) =>
    ask<TeamReply>("DELETE", `/api/v1/agents/${encodeURIComponent(id)}/two-factor`),
  demandTwoFactor: (demanded: boolean) => ask<TeamReply>("PUT", "/api/v1/team/two-factor", { demanded }),
  invite: (invitation: NewInvitation) => ask<InvitationReply>("POST", "/api/v1/invitations", invitation),
  withdraw: (id: string) => ask<TeamReply>("DELETE", `/api/v1/invitations/${encodeURIComponent(id)}`),
  audit: (asked: { agent?: string | undefined; kind?: string | undefined }, before?: string) =>
    ask<AuditReply>("GET", `/api/v1/audit${query({ ...asked, before, limit: 50 })}`),

  account: () => ask<AccountReply>("GET", "/api/v1/account"),
  changeAccount: (change: AccountChange) => ask<AccountReply>("PATCH", "/api/v1/account", change),
  signOutElsewhere: () => ask<AccountReply>("DELETE", "/api/v1/account/sessions"),
  beginTwoFactor: () => ask<TwoFactorBegun>("POST", "/api/v1/account/two-factor", {}),
  confirmTwoFactor: (code: string) => ask<RecoveryCodesReply>("PUT", "/api/v1/account/two-factor", { code }),
  endTwoFactor: (proof: string) => ask<Done>("POST", "/api/v1/account/two-factor/off", { proof }),
};

export function query(values: Record<string, string | number | undefined>): string {
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
