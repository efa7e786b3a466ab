// Decides what runs while an agent is signed in: the socket, the list, the open conversation, and polling
// while the socket is down. Knows nothing of drawing; the facts of a conversation are `conversation`'s.

import { onReturn, Socket, type Subscription } from "@frontdesk/shared/socket";
import { socketUrl } from "@frontdesk/shared/transport";
import type { AgentProfile, InboxEvent, MeReply, OnlineVisitor } from "@frontdesk/shared/wire.gen";
import { computed, effect, signal, untracked } from "@preact/signals";
import { agentApi } from "./agent-api";
import { iconOf, titleOf } from "./badge";
import { forgetThread, keepList, keepThread, keptList, keptThread, ownComputer, wipe } from "./cache";
import { Conversation } from "./conversation";
import { emptyInbox, type InboxNews, Lister, listed, reduceInbox, unreadTotal } from "./inbox";
import { type Link, linkOf } from "./link";
import { callable } from "./mention";
import { idsOf, nobody, type OnlineNews, reduceOnline } from "./online";
import { type Call, listening } from "./personal";
import { place } from "./route";
import { noneSelected } from "./selection";
import { doubted, me, whenSignedIn } from "./session";
import { complain } from "./toast";
import { ALL, keyOf, queryOf, type View } from "./view";

/** Seed B's interval, for the console as for the widget. */
const POLL_MS = 2_000;
/** How often relative times are looked at again. */
const CLOCK_MS = 20_000;
/** Closed conversations kept, so that going back shows them at once (ruling 30). */
const KEPT = 200;

/** A tick that comes so late: the computer slept, whatever the browser says of it. */
const ASLEEP_MS = 15_000;
/** Of the list, as many as one page has. */
const KEPT_ROWS = 100;
/** So many changes in a second are drawn, however many come. */
const DRAWN_MS = 30;
/** Fetched again after a break, at most: who had scrolled further begins there anew. */
const PAGES_AGAIN = 10;

export const inbox = signal(emptyInbox);
/** The list that is looked at. */
export const view = signal<View>(ALL);
/** A conversation opened from the list stays in it, whatever becomes of it, until it is left. */
const staysId = signal<string | null>(null);
const lister = new Lister();
/** `null` before the list was ever fetched. */
export const listedRows = computed(() =>
  lister.list(inbox.value, {
    view: view.value,
    ownId: me.value?.agent.id ?? "",
    staysId: staysId.value,
  }),
);
export const rows = computed(() => listedRows.value ?? []);
export const hasMore = computed(() => Boolean(inbox.value.lists.get(keyOf(view.value))?.next));
export const selection = signal(noneSelected);
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
/** A colleague called this agent by name, last. */
export const called = signal<Call | null>(null);
/** Does the agent see the page? */
export const attentive = signal(isAttentive());

const conversations = new Map<string, Conversation>();
let socket: Socket | null = null;
/** Of each widget, its list. */
const lists = new Map<string, Subscription>();
/** What is heard while a widget's visitors are being listed: newer than the list. */
const heardSince = new Map<string, OnlineNews[]>();
let everJoined = false;
let downSince = 0;
let polls: boolean | null = null;
let ticking: ReturnType<typeof setInterval> | undefined;
let fetching: Promise<void> | null = null;
let fetchAgain = false;
let tickedAt = Date.now();
/** The list could not be heard for a while. */
let cameBack = false;

/** What was heard and is not in `inbox` yet. */
let heard: InboxNews[] = [];

/** In order, many at once: a busy desk hears more in a second than anybody can see. */
export function hear(news: InboxNews): void {
  heard.push(news);
  if (heard.length === 1) setTimeout(takeIn, DRAWN_MS);
}

function takeIn(): void {
  const news = heard;
  heard = [];
  inbox.value = news.reduce(reduceInbox, inbox.value);
}

/** Another list. What was selected in the last one would be changed unseen. */
export function lookAt(next: View): void {
  staysId.value = null;
  selection.value = noneSelected;
  view.value = next;
  void refresh().catch(complain);
}

/** Once, at start. */
export function runDesk(): void {
  whenSignedIn({ enter, leave });
  effect(followPlace);
  effect(markSeen);
  effect(() => {
    const widgets = me.value?.widgets;
    if (widgets) untracked(() => followWidgets(widgets));
  });
  effect(() => {
    if (inbox.value.stale) void refresh().catch(() => {});
  });
  effect(() => {
    const who = current.value?.thread.value?.conversation.visitor.name ?? null;
    document.title = titleOf(unreadCount.value, me.value ? who : null);
  });
  effect(() => {
    const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    if (icon) icon.href = iconOf(unreadCount.value);
  });
  setInterval(() => {
    now_ms.value = Date.now();
  }, CLOCK_MS);
  onReturn(wake);
  // Frozen by the browser, and thawed: the network may never have been away.
  document.addEventListener("resume", wake);
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

let fetchingOlder = false;

export async function fetchOlderRows(): Promise<void> {
  const asked = view.value;
  const next = inbox.value.lists.get(keyOf(asked))?.next;
  if (!next || fetchingOlder) return;
  fetchingOlder = true;
  try {
    hear({ kind: "older", view: asked, reply: await agentApi.inbox(queryOf(asked), next) });
    takeIn();
  } catch (error) {
    complain(error);
  } finally {
    fetchingOlder = false;
  }
}

/** All that is open, for what is unread, and what is looked at. */
async function fetchNewest(): Promise<void> {
  while (fetchAgain && socket) {
    fetchAgain = false;
    const [asked, anew] = [socket, cameBack];
    cameBack = false;
    const here = view.peek();
    const wanted = keyOf(here) === keyOf(ALL) ? [here] : [here, ALL];
    try {
      await Promise.all(wanted.map((one) => fetchList(one, anew, () => asked === socket)));
    } catch (error) {
      cameBack ||= anew;
      throw error;
    }
  }
}

/** `anew`: as far down as it was fetched before, for nobody knows what changed there during the break. */
async function fetchList(wanted: View, anew: boolean, isStill: () => boolean): Promise<void> {
  const asked = inbox.peek().rows;
  const had = anew ? (inbox.peek().lists.get(keyOf(wanted))?.ids.size ?? 0) : 0;
  const reply = await agentApi.inbox(queryOf(wanted));
  const conversations = [...reply.conversations];
  let { next } = reply;
  for (let page = 1; next && conversations.length < had && page < PAGES_AGAIN && isStill(); page += 1) {
    const older = await agentApi.inbox(queryOf(wanted), next);
    conversations.push(...older.conversations);
    next = older.next;
  }
  if (!isStill()) return;
  hear({ kind: "newest", view: wanted, anew, asked, reply: { ...reply, conversations, next } });
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
    // Signed in, this agent is told who calls them by name.
    introduce: (socketId) => agentApi.introduce(socketId),
    open: (url) =>
      listening(new WebSocket(url), (call) => {
        called.value = call;
      }),
    onState: judge,
    // 4009 and its kin: the session may be over, and only HTTP can tell.
    onFailure: (failure) => failure.kind === "fatal" && void doubted(),
  });
  everJoined = false;
  polls = null;
  downSince = Date.now();
  followWidgets(who.widgets);
  // Being on it is what makes an agent online, to colleagues and to visitors; who only reads along is not.
  if (who.agent.role !== "viewer") socket.subscribe("presence-agents", { onEvent: () => {} });
  socket.start();
  ticking = setInterval(tick, POLL_MS);
  judge();
  void showKeptList(who.agent.id);
  void refresh().catch(complain);
  void listAgents();
  for (const conversation of conversations.values()) conversation.wake();
}

/** At once what was here the last time, until the server has answered. */
async function showKeptList(agentId: string): Promise<void> {
  const asked = socket;
  const reply = await keptList(agentId);
  if (!reply || asked !== socket || inbox.peek().lists.size > 0) return;
  hear({ kind: "newest", view: ALL, reply });
  // It is as old as it is: the answer replaces it as after a break.
  cameBack = true;
  void refresh().catch(() => {});
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
  lists.clear();
  if (forGood) forget();
  // Whether a session has run out or was taken away, nobody can tell from here.
  void wipe();
}

/** Another agent's eyes: nothing of the last one's stays. */
function forget(): void {
  for (const conversation of conversations.values()) conversation.end();
  conversations.clear();
  heard = [];
  inbox.value = emptyInbox;
  view.value = ALL;
  staysId.value = null;
  selection.value = noneSelected;
  online.value = nobody;
  agents.value = [];
  tags.value = [];
}

/** Also those that came later, and none that is gone. */
function followWidgets(widgets: MeReply["widgets"]): void {
  if (!socket) return;
  for (const { id } of widgets) if (!lists.has(id)) lists.set(id, follow(id));
  for (const [id, list] of lists) {
    if (widgets.some((widget) => widget.id === id)) continue;
    list.leave();
    lists.delete(id);
  }
}

function follow(widgetId: string): Subscription {
  return (socket as Socket).subscribe(`private-agents.widget.${widgetId}`, {
    onEvent: (event, data) => {
      const heard = { event, data } as InboxEvent;
      if (heard.event === "conversation.changed" && !heard.data.last_message)
        void forgetThread(heard.data.id);
      if (heard.event === "conversation.changed") hear({ kind: "changed", conversation: heard.data });
      if (heard.event === "visitor.online") hearOnline(widgetId, { kind: "came", visitor: heard.data });
      if (heard.event === "visitor.offline") hearOnline(widgetId, { kind: "went", visitor: heard.data });
    },
    onJoined: () => {
      cameBack ||= everJoined;
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
  const slept = Date.now() - tickedAt > ASLEEP_MS;
  tickedAt = Date.now();
  if (slept) wake();
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
  return socket?.state === "connected" && [...lists.values()].every((list) => list.joined);
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
    staysId.value = rows.peek().some((row) => row.conversation.id === id) ? id : null;
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
      kept: () => keptThread(me.peek()?.agent.id ?? "", id),
      keep: (thread) => me.peek() && void keepThread(me.peek()?.agent.id ?? "", thread),
      forget: () => void forgetThread(id),
      colleagues: (widgetId) => callable(agents.value, widgetId, me.peek()?.agent.id ?? ""),
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
  // The page may not come back.
  if (document.visibilityState === "hidden") keepNow();
  // What was read in another tab, only the server knows.
  if (attentive.value && !before && socket) void refresh().catch(() => {});
}

/** What is on the screen stays on this computer, where the agent wants that. */
export function keepNow(): void {
  const agentId = me.peek()?.agent.id;
  if (!agentId || !ownComputer.value) return;
  const thread = current.peek()?.thread.peek();
  if (thread) void keepThread(agentId, thread);
  const list = listed(inbox.peek(), { view: ALL, ownId: agentId, staysId: null });
  const conversations = list?.slice(0, KEPT_ROWS);
  if (conversations) void keepList(agentId, { success: true, conversations, next: null });
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

/** What a socket would bring may not come for seconds, for it may be dead: what is on the screen is asked for at once. */
function wake(): void {
  socket?.wake();
  if (socket) void refresh().catch(() => {});
  void current.value?.catchUp().catch(() => {});
  for (const conversation of conversations.values()) conversation.wake();
}
