// Decides which conversations a list shows: what the server is asked for, and what of the news belongs in it.
// Knows nothing of rows, their order and drawing.

import type { ConversationStatus, ConversationSummary } from "@frontdesk/shared/wire.gen";
import type { ListQuery } from "./agent-api";

export type ViewName = "all" | "mine" | "unassigned" | "mentions" | "snoozed" | "resolved";

export interface View {
  readonly name: ViewName;
  /** `null`: whatever widget, whatever tag. */
  readonly widget: string | null;
  readonly tag: string | null;
  /** Only who waits for an answer, longest first. */
  readonly waiting: boolean;
}

/** Whatever is open: news of it is always listened to, and it is what counts as unread. */
export const ALL: View = { name: "all", widget: null, tag: null, waiting: false };

export const VIEW_NAMES: Readonly<Record<ViewName, string>> = {
  all: "All",
  mine: "Mine",
  unassigned: "Unassigned",
  mentions: "Mentions",
  snoozed: "Snoozed",
  resolved: "Resolved",
};

/** What an empty list says: nothing here, and why that may be well. */
export const EMPTY: Readonly<Record<ViewName, readonly [title: string, lead: string]>> = {
  all: ["Nothing is open", "Everybody has been answered. New conversations appear here at once."],
  mine: ["Nothing is yours", "Take a conversation with A, or wait until a colleague gives you one."],
  unassigned: ["Everything has somebody", "No open conversation is without an agent."],
  mentions: ["Nobody has called you", "A colleague who writes @ and your name in a note brings you here."],
  snoozed: ["Nothing is asleep", "Snooze a conversation, and it comes back here when it is time."],
  resolved: ["Nothing is resolved yet", "Conversations that are done are kept here."],
};

/** One name for each list that can be asked for. */
export function keyOf({ name, widget, tag, waiting }: View): string {
  return [name, widget, tag, waiting ? "waiting" : ""].join("/");
}

export function queryOf(view: View): ListQuery {
  return {
    status: view.name === "mentions" ? undefined : statusOf(view.name),
    assignee: view.name === "mine" ? "me" : view.name === "unassigned" ? "none" : undefined,
    mentions: view.name === "mentions" ? "me" : undefined,
    widget: view.widget ?? undefined,
    tag: view.tag ?? undefined,
    sort: view.waiting ? "waiting" : undefined,
  };
}

/** Does it belong in the list? `listed`: the server named it there; who is called only it knows. */
export function shows(view: View, one: ConversationSummary, ownId: string, listed: boolean): boolean {
  if (view.widget && one.widget_id !== view.widget) return false;
  if (view.tag && !one.tags.includes(view.tag)) return false;
  if (view.waiting && !one.waiting_since) return false;
  if (view.name === "mentions") return listed;
  if (one.status !== statusOf(view.name)) return false;
  if (view.name === "mine") return one.assignee?.id === ownId;
  return view.name !== "unassigned" || one.assignee === null;
}

/** Does it show less than its name says? */
export function isNarrowed({ widget, tag, waiting }: View): boolean {
  return widget !== null || tag !== null || waiting;
}

function statusOf(name: ViewName): ConversationStatus {
  return name === "snoozed" || name === "resolved" ? name : "open";
}
