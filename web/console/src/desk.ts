// Decides what runs while an agent is signed in: the socket, the list, the open conversation, and polling
// while the socket is down. Knows nothing of drawing; the facts of a conversation are `conversation`'s.

import { onReturn, Socket, type Subscription } from "@frontdesk/shared/socket";
import { socketUrl } from "@frontdesk/shared/transport";
import type { AgentProfile, InboxEvent, MeReply, OnlineVisitor } from "@frontdesk/shared/wire.gen";
import { computed, effect, signal, untracked } from "@preact/signals";
import { agentApi } from "./agent-api";
import { titleOf } from "./badge";
import { Conversation } from "./conversation";
import { emptyInbox, type InboxNews, ordered, reduceInbox, unreadTotal } from "./inbox";
import { type Link, linkOf } from "./link";
import { callable } from "./mention";
import { idsOf, nobody, type OnlineNews, reduceOnline } from "./online";
import { place } from "./route";
import { doubted, me, whenSignedIn } from "./session";
import { complain } from "./toast";

/** Seed B's interval, for the console as for the widget. */
const POLL_MS = 2_000;
/** How often relative times are looked at again. */
const CLOCK_MS = 20_000;
/** Closed conversations kept, so that going back shows them at once. */
const KEPT = 20;

export const inbox = signal(emptyInbox);
export const rows = computed(() => ordered(inbox.value));
export const unreadCount = computed(() => unreadTotal(inbox.value));
export const link = signal<Link>("connecting");
export const now_ms = signal(Date.now());
/** Visitors with the chat open, and their conversations. */
export const online = signal(nobody);
export const onlineIds = computed(() => idsOf(online.value));
/** Everybody who can sign in, for whom to call and whom to give a conversation to. */
export const agents = signal<readonly AgentProfile[]>([]);
/** Those in use. */
export const tags = signal<readonly string[]>([]);
/** The conversation that is open. */
export const current = signal<Conversation | null>(null);
/** Does the agent see the page? */
export const attentive = signal(isAttentive());

const conversations = new Map<string, Conversation>();
let socket: Socket | null = null;
let lists: Subscription[] = [];
/** What is heard while a widget's visitors are being listed: newer than the list. */
const heardSince = new Map<string, OnlineNews[]>();
let everJoined = false;
let downSince = 0;
let polls: boolean | null = null;
let ticking: ReturnType<typeof setInterval> | undefined;
let fetching: Promise<void> | null = null;
let fetchAgain = false;

export function hear(news: InboxNews): void {
  inbox.value = reduceInbox(inbox.value, news);
}

/** Once, at start. */
export function runDesk(): void {
  whenSignedIn({ enter, leave });
  effect(followPlace);
  effect(markSeen);
  effect(() => {
    if (inbox.value.stale) void refresh().catch(() => {});
  });
  effect(() => {
    const who = current.value?.thread.value?.conversation.visitor.name ?? null;
    document.title = titleOf(unreadCount.value, me.value ? who : null);
  });
  setInterval(() => {
    now_ms.value = Date.now();
  }, CLOCK_MS);
  onReturn(wake);
  for (const event of ["focus", "blur"]) addEventListener(event, look);
  document.addEventListener("visibilitychange", look);
  addEventListener("beforeunload", (event) => {
    if (isSending()) event.preventDefault();
  });
}

/** The newest page of the list. A call while one is under way adds one more. */
export function refresh(): Promise<void> {
  fetchAgain = true;
  fetching ??= fetchNewest().finally(() => {
    fetching = null;
  });
  return fetching;
}

export async function fetchOlderRows(): Promise<void> {
  const { next } = inbox.value;
  if (!next) return;
  try {
    hear({ kind: "older", reply: await agentApi.inbox({}, next) });
  } catch (error) {
    complain(error);
  }
}

async function fetchNewest(): Promise<void> {
  while (fetchAgain && socket) {
    fetchAgain = false;
    const asked = socket;
    const reply = await agentApi.inbox();
    if (asked === socket) hear({ kind: "newest", reply });
  }
}

function enter(who: MeReply, fresh: boolean): void {
  if (fresh) forget();
  socket = new Socket({
    address: () => ({
      name: "reverb",
      url: socketUrl({
        secure: location.protocol === "https:",
        host: location.host,
        path: who.realtime.path,
        key: who.realtime.key,
      }),
    }),
    authorize: (socketId, channel) => agentApi.authorize(socketId, channel),
    onState: judge,
    // 4009 and its kin: the session may be over, and only HTTP can tell.
    onFailure: (failure) => failure.kind === "fatal" && void doubted(),
  });
  everJoined = false;
  polls = null;
  downSince = Date.now();
  lists = who.widgets.map((widget) => follow(widget.id));
  // Being on it is what makes an agent online, to colleagues and to visitors.
  socket.subscribe("presence-agents", { onEvent: () => {} });
  socket.start();
  ticking = setInterval(tick, POLL_MS);
  judge();
  void refresh().catch(complain);
  void listAgents();
  for (const conversation of conversations.values()) conversation.wake();
}

/** Without them nobody can be called; the next occasion asks again. */
export async function listAgents(): Promise<void> {
  const reply = await agentApi.agents().catch(() => null);
  if (reply) agents.value = reply.agents;
}

/** Somebody is about to choose among them. */
export function fetchTags(): void {
  agentApi.tags().then((reply) => {
    tags.value = reply.tags;
  }, complain);
}

function leave(forGood: boolean): void {
  clearInterval(ticking);
  current.value?.close();
  current.value = null;
  socket?.stop();
  socket = null;
  lists = [];
  if (forGood) forget();
}

/** Another agent's eyes: nothing of the last one's stays. */
function forget(): void {
  for (const conversation of conversations.values()) conversation.end();
  conversations.clear();
  inbox.value = emptyInbox;
  online.value = nobody;
  agents.value = [];
  tags.value = [];
}

function follow(widgetId: string): Subscription {
  return (socket as Socket).subscribe(`private-agents.widget.${widgetId}`, {
    onEvent: (event, data) => {
      const heard = { event, data } as InboxEvent;
      if (heard.event === "conversation.changed") hear({ kind: "changed", conversation: heard.data });
      if (heard.event === "visitor.online") hearOnline(widgetId, { kind: "came", visitor: heard.data });
      if (heard.event === "visitor.offline") hearOnline(widgetId, { kind: "went", visitor: heard.data });
    },
    onJoined: () => {
      judge();
      void listOnline(widgetId).catch(() => {});
      void refresh().catch(() => {});
      for (const conversation of conversations.values()) conversation.wake();
    },
    onRefused: judge,
  });
}

function hearOnline(widgetId: string, news: OnlineNews): void {
  heardSince.get(widgetId)?.push(news);
  online.value = reduceOnline(online.value, news);
}

/** Who was online before this socket could hear of it. */
async function listOnline(widgetId: string): Promise<void> {
  const asked = socket;
  heardSince.set(widgetId, []);
  const visitors: OnlineVisitor[] = [];
  let before: string | null | undefined;
  do {
    const page = await agentApi.online(widgetId, before);
    visitors.push(...page.visitors);
    before = page.next;
  } while (before && asked === socket);
  if (asked !== socket) return;
  const since = heardSince.get(widgetId) ?? [];
  const listed: OnlineNews = { kind: "listed", widgetId, visitors };
  online.value = [listed, ...since].reduce(reduceOnline, online.value);
  heardSince.delete(widgetId);
}

/** Every two seconds: what no channel brings is asked for. */
async function tick(): Promise<void> {
  judge();
  const conversation = current.value?.poll().catch(() => {});
  if (joined()) return;
  const before = polls;
  polls = await Promise.all([refresh(), conversation]).then(
    () => true,
    () => false,
  );
  // The server is back: no need to sit out the back-off.
  if (polls && before === false) wake();
  judge();
}

function joined(): boolean {
  return socket?.state === "connected" && lists.every((list) => list.joined);
}

function judge(): void {
  const isJoined = joined();
  if (isJoined) {
    everJoined = true;
    polls = null;
    downSince = 0;
  } else if (downSince === 0) downSince = Date.now();
  link.value = linkOf({
    joined: isJoined,
    everJoined,
    downMs: downSince ? Date.now() - downSince : 0,
    polls,
  });
}

/** The address says which conversation is open. */
function followPlace(): void {
  const here = place.value;
  const id = me.value && here.at === "conversation" ? here.id : null;
  const before = current.peek();
  if (before?.id === id) return;
  untracked(() => {
    before?.close();
    current.value = id ? opened(id) : null;
    current.value?.open();
  });
}

function opened(id: string): Conversation {
  const known = conversations.get(id);
  const conversation =
    known ??
    new Conversation(id, {
      // Asked for anew each time: after signing in again it is another socket.
      get socket() {
        return socket as Socket;
      },
      get agentId() {
        return me.peek()?.agent.id ?? "";
      },
      colleagues: (widgetId) => callable(agents.peek(), widgetId, me.peek()?.agent.id ?? ""),
      onSummary: (summary) => hear({ kind: "changed", conversation: summary }),
      onTrouble: complain,
    });
  conversations.delete(id);
  conversations.set(id, conversation);
  for (const [oldest, kept] of conversations) {
    if (conversations.size <= KEPT) break;
    // A message on its way is worth more than memory.
    if (kept.thread.peek()?.local.length) continue;
    kept.end();
    conversations.delete(oldest);
  }
  return conversation;
}

/** Open, visible and focused: read. */
function markSeen(): void {
  const thread = current.value?.thread.value;
  if (!attentive.value || !thread || !current.value) return;
  void current.value.markRead();
  hear({ kind: "read", id: current.value.id, seq: thread.seq });
}

function look(): void {
  const before = attentive.value;
  attentive.value = isAttentive();
  now_ms.value = Date.now();
  // What was read in another tab, only the server knows.
  if (attentive.value && !before && socket) void refresh().catch(() => {});
}

function isAttentive(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

/** Would closing the page lose a message? Those that failed, the agent has seen. */
function isSending(): boolean {
  return [...conversations.values()].some((conversation) =>
    conversation.thread.peek()?.local.some((message) => message.delivery === "pending"),
  );
}

function wake(): void {
  socket?.wake();
  for (const conversation of conversations.values()) conversation.wake();
}
