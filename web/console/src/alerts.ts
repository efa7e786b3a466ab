// Decides what runs so that alerts arrive while the console is open: one tab rings and shows a notification, this
// browser stays among the devices, do not disturb is kept. What is worth an alert is `alarm`'s to say.

import { Bell } from "@frontdesk/shared/bell";
import type { AlertRulesChange, AlertsReply, ConsoleTrouble, InboxRow } from "@frontdesk/shared/wire.gen";
import { computed, effect, signal, untracked } from "@preact/signals";
import { agentApi } from "./agent-api";
import { type Alarm, alarmOf, atOnce, calledBy, cameDue, wrote } from "./alarm";
import { attentive, called, current, inbox, now_ms } from "./desk";
import { impossible, ownDevice, registered, subscribe, subscribed, unsubscribe, worker } from "./push";
import { nextMorning, quiet } from "./quiet";
import { answers } from "./role";
import { goTo } from "./route";
import { Rows } from "./rows";
import { me } from "./session";
import { moment } from "./time";
import { complain, tell } from "./toast";

/** How often it is looked whether a later step of a ladder has come due. */
const LOOK_MS = 5_000;
/** The same trouble is reported once in this time. */
const REPORT_MS = 300_000;
/** What the lock of a conversation that is looked at is called. */
const SEEN = "frontdesk:seen:";
/** Agents who want pushes on this browser, so that signing out for the night does not end them for good. */
const WANTED = "frontdesk:pushes";

/** What this agent wants; `null` until the server has said it. */
export const own = signal<AlertsReply | null>(null);
/** This browser's subscription for this agent. */
export const subscription = signal<PushSubscription | null>(null);
export const permission = signal<NotificationPermission>(permitted());
/** Why nobody disturbs this agent right now. */
export const held = computed(() => {
  const [rules, who] = [own.value?.rules, me.value];
  return rules && who ? quiet(rules, who.status, now_ms.value) : null;
});
export const thisDevice = computed(() => ownDevice(own.value?.devices ?? [], subscription.value));

/** Whom this console alerts; who only looks on is alerted of nothing. */
const alerted = computed(() => (answers.value ? me.value?.agent.id : undefined));

export const bell = new Bell();
const reportedAt = new Map<ConsoleTrouble, number>();
const backAgain = new Map<string, () => void>();
let seen = new Rows<InboxRow>();
/** Of these, those in which a visitor waits, by id: of many thousand they are few. */
const waiting = new Map<string, { readonly row: InboxRow; readonly since_ms: number }>();
/** Of what was here when the list came; `null` before. */
let newest: string | null = null;
let looked_ms = Date.now();

/** Once, at start. */
export function runAlerts(): void {
  holdWhatIsSeen();
  effect(() => {
    const id = alerted.value;
    // Whoever was here before went without a word where another link was opened.
    untracked(() => {
      leave();
      if (id) void enter(id).catch(complain);
    });
  });
  effect(() => {
    const { rows, lists } = inbox.value;
    untracked(() => lists.size > 0 && compare(rows));
  });
  effect(() => {
    const call = called.value;
    const rules = untracked(() => own.value?.rules);
    const alarm = call && rules ? calledBy(call.event, call.data, rules) : null;
    if (alarm) untracked(() => raise(alarm));
  });
  setInterval(look, LOOK_MS);
  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, () => bell.prepare());
  if ("serviceWorker" in navigator) navigator.serviceWorker.addEventListener("message", heard);
}

async function enter(agentId: string): Promise<void> {
  const reply = await agentApi.alerts();
  if (me.peek()?.agent.id !== agentId) return;
  own.value = reply;
  permission.value = permitted();
  if (impossible() || permission.value !== "granted" || !wanted().includes(agentId)) return;
  await takePushes().catch(() => {});
}

function leave(): void {
  own.value = null;
  subscription.value = null;
  seen = new Rows();
  waiting.clear();
  newest = null;
}

/** This browser takes pushes for this agent from now on; asks for permission where it must. */
export async function takePushes(): Promise<void> {
  const [reply, id] = [own.peek(), me.peek()?.agent.id];
  if (!reply || !id) return;
  try {
    const device = await subscribe(reply.push_key);
    own.value = await agentApi.addDevice(device);
    subscription.value = await subscribed(reply.push_key);
    remember([...new Set([...wanted(), id])]);
  } finally {
    permission.value = permitted();
  }
}

/** And not any more. */
export async function takeNoPushes(deviceId: string): Promise<void> {
  if (thisDevice.peek()?.id === deviceId) {
    remember(wanted().filter((id) => id !== me.peek()?.agent.id));
    await unsubscribe().catch(() => {});
    subscription.value = null;
  }
  own.value = await agentApi.removeDevice(deviceId);
}

/** Notifications of the open console need the same word of the agent as pushes do. */
export async function allowNotifications(): Promise<void> {
  if (!("Notification" in window)) return;
  permission.value = await Notification.requestPermission();
  if (permission.value === "granted" && !impossible()) await worker().catch(() => {});
}

export async function changeRules(change: AlertRulesChange): Promise<void> {
  own.value = await agentApi.changeAlerts(change);
}

/** Until the next morning, or not any more. */
export function toggleQuiet(): void {
  const until = held.peek() === "until" ? null : nextMorning(Date.now());
  changeRules({ quiet_until: until?.toISOString() ?? null }).then(
    () =>
      tell(
        "good",
        until
          ? `Nobody disturbs you until ${moment(until.toISOString(), Date.now())}.`
          : "Alerts reach you again.",
      ),
    complain,
  );
}

/** Resolves when a push with this word has come to this browser, or with `false` after a while. */
export function cameBack(token: string, within_ms: number): Promise<boolean> {
  return new Promise((end) => {
    const timer = setTimeout(() => end(false), within_ms);
    backAgain.set(token, () => {
      clearTimeout(timer);
      end(true);
    });
  }).then((back) => {
    backAgain.delete(token);
    return back as boolean;
  });
}

function heard({ data, ports }: MessageEvent<{ open?: string; pushed?: string; where?: true } | null>): void {
  if (data?.where) ports[0]?.postMessage(location.href);
  if (data?.open) goTo({ at: "conversation", id: data.open });
  if (data?.pushed) backAgain.get(data.pushed)?.();
}

/** What is new since the last time the list changed. */
function compare(rows: Rows<InboxRow>): void {
  const changed = rows.since(seen);
  seen = rows;
  for (const [was, is] of changed) keepWaiting(was, is);
  if (newest === null) {
    newest = "";
    for (const [, is] of changed) {
      const at = is?.conversation.last_message?.timestamp ?? "";
      if (at > newest) newest = at;
    }
    return;
  }
  for (const [was, is] of changed) {
    if (!is || !wrote(was, is, newest)) continue;
    const ladder = ladderOf(is);
    const alarm = ladder && alarmFor(is, atOnce(ladder));
    if (alarm) raise(alarm);
    else if (isSeen(is.conversation.id)) bell.message(is.conversation.last_message?.id ?? "", true);
  }
}

function keepWaiting(was: InboxRow | undefined, is: InboxRow | undefined): void {
  if (was) waiting.delete(was.conversation.id);
  if (is?.conversation.waiting_since && is.conversation.status === "open")
    waiting.set(is.conversation.id, { row: is, since_ms: Date.parse(is.conversation.waiting_since) });
}

/** Later steps: whoever has the console open is alerted by it alone. */
function look(): void {
  const [before, now] = [looked_ms, Date.now()];
  looked_ms = now;
  for (const { row, since_ms } of waiting.values()) {
    const ladder = ladderOf(row);
    const due = ladder ? cameDue(ladder, since_ms, before, now) : [];
    const alarm = due.length > 0 ? alarmFor(row, due) : null;
    if (alarm) raise(alarm);
  }
}

function ladderOf({ conversation }: InboxRow) {
  return me.peek()?.widgets.find(({ id }) => id === conversation.widget_id)?.settings.escalation;
}

function alarmFor({ conversation }: InboxRow, steps: Parameters<typeof alarmOf>[1]): Alarm | null {
  const [who, rules] = [me.peek()?.agent, own.peek()?.rules];
  return who && rules ? alarmOf(conversation, steps, who, rules) : null;
}

function isSeen(id: string): boolean {
  return attentive.peek() && current.peek()?.id === id;
}

/**
 * A tab that shows a conversation to somebody who looks holds a lock of its name: the other tabs ask for that, since
 * which of them hears of a message first is chance.
 */
function holdWhatIsSeen(): void {
  let letGo = () => {};
  effect(() => {
    const id = attentive.value ? current.value?.id : undefined;
    untracked(() => {
      letGo();
      letGo = id ? hold(SEEN + id) : () => {};
    });
  });
}

function hold(name: string): () => void {
  let end = () => {};
  const held = new Promise<void>((resolve) => {
    end = resolve;
  });
  // Without TLS there are no locks, and each tab is on its own (ruling 14).
  void navigator.locks?.request(name, { mode: "shared" }, () => held).catch(() => {});
  return end;
}

async function isSeenElsewhere(id: string): Promise<boolean> {
  const locks = await navigator.locks?.query().catch(() => undefined);
  return locks?.held?.some(({ name }) => name === SEEN + id) ?? false;
}

/** In one tab of all; in none while one of them shows the conversation. */
function raise(alarm: Alarm): void {
  const shown = `${alarm.id}:shown`;
  if (isSeen(alarm.conversation_id)) {
    bell.message(alarm.id, true);
    bell.message(shown, true);
    return;
  }
  void isSeenElsewhere(alarm.conversation_id).then((seen) => {
    if (!seen) sound(alarm, shown);
  });
}

function sound(alarm: Alarm, shown: string): void {
  const [rules, status] = [own.peek()?.rules, me.peek()?.status];
  if (!rules || !status || quiet(rules, status, Date.now())) return;
  if (alarm.sound && bell.canRing) bell.message(alarm.id, false);
  else if (alarm.sound) bell.once(`${alarm.id}:silent`, () => report(alarm, "silent"));
  if (alarm.desktop) bell.once(shown, () => void show(alarm));
}

async function show(alarm: Alarm): Promise<void> {
  permission.value = permitted();
  if (permission.value === "denied") return report(alarm, "forbidden");
  if (permission.value !== "granted") return;
  const options = {
    body: alarm.text,
    // A push about the same conversation takes its place.
    tag: alarm.conversation_id,
    silent: alarm.sound,
    data: { conversation_id: alarm.conversation_id },
  };
  // Through the worker, a click finds the way even when this tab is gone by then.
  const at = await registered();
  if (at) return at.showNotification(alarm.title, options);
  const notification = new Notification(alarm.title, options);
  notification.onclick = () => {
    window.focus();
    goTo({ at: "conversation", id: alarm.conversation_id });
    notification.close();
  };
}

/** Another tab may have rung, and its browser makes sounds: only what happens again and again is told. */
function report({ conversation_id, kind }: Alarm, trouble: ConsoleTrouble): void {
  const now = Date.now();
  if (now - (reportedAt.get(trouble) ?? 0) < REPORT_MS) return;
  reportedAt.set(trouble, now);
  agentApi.reportMissed({ conversation_id, kind, trouble }).catch(() => {});
}

function permitted(): NotificationPermission {
  return "Notification" in window ? Notification.permission : "denied";
}

function wanted(): string[] {
  try {
    return JSON.parse(localStorage.getItem(WANTED) ?? "[]");
  } catch {
    return [];
  }
}

function remember(ids: string[]): void {
  try {
    localStorage.setItem(WANTED, JSON.stringify(ids));
  } catch {}
}
