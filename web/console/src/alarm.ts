// Decides of what the open console alerts: which new message, for whom by the widget's ladder, and by which ways
// the agent wants it. Knows nothing of how a sound or a notification is made.

import type {
  AlertKind,
  AlertRules,
  ConversationSummary,
  Escalation,
  EscalationStep,
  InboxRow,
  Role,
  Way,
} from "@frontdesk/shared/wire.gen";
import { isEverywhere } from "./role";

/** Who may be alerted. */
export interface Own {
  readonly id: string;
  readonly role: Role;
}

export interface Alarm {
  /** What it is called in every tab: of all tabs one alerts. */
  readonly id: string;
  readonly conversation_id: string;
  readonly kind: AlertKind;
  readonly sound: boolean;
  readonly desktop: boolean;
  readonly title: string;
  readonly text: string;
}

/** A visitor wrote something that was not there before. `newest`: of what was here when this began. */
export function wrote(was: InboxRow | undefined, is: InboxRow | undefined, newest: string): boolean {
  const last = is?.conversation.last_message;
  if (last?.sender_type !== "visitor" || is?.conversation.status !== "open") return false;
  const known = was?.conversation.last_message;
  return known ? known.id !== last.id && last.timestamp >= known.timestamp : last.timestamp > newest;
}

/** The ladder's steps that are due at once. */
export const atOnce = ({ steps }: Escalation) => steps.filter(({ after_s }) => after_s === 0);

/** Those that came due between two looks; each is due once. */
export function cameDue(
  ladder: Escalation,
  since_ms: number,
  before_ms: number,
  now_ms: number,
): EscalationStep[] {
  return ladder.steps.filter(({ after_s }) => {
    const due_ms = since_ms + after_s * 1_000;
    return after_s > 0 && before_ms < due_ms && due_ms <= now_ms;
  });
}

/** What these steps mean for one agent; `null`: nothing, or not by the console. */
export function alarmOf(
  conversation: ConversationSummary,
  steps: readonly EscalationStep[],
  own: Own,
  rules: AlertRules,
): Alarm | null {
  const kind: AlertKind = conversation.assignee?.id === own.id ? "mine" : "unassigned";
  const ways = new Set(steps.filter((step) => isFor(step, conversation, own)).flatMap(({ ways }) => ways));
  const wanted = (way: Way) => ways.has(way) && rules[kind][way];
  const [sound, desktop] = [wanted("sound"), wanted("desktop")];
  const last = conversation.last_message;
  if (!last || (!sound && !desktop)) return null;
  const id = `${last.id}${steps.some(({ after_s }) => after_s > 0) ? `:${steps.at(-1)?.after_s}` : ""}`;
  const text = last.sender_type === "visitor" && last.text ? last.text : "Waits for an answer.";
  return {
    id,
    conversation_id: conversation.id,
    kind,
    sound,
    desktop,
    title: conversation.visitor.name,
    text,
  };
}

function isFor({ whom }: EscalationStep, { assignee }: ConversationSummary, own: Own): boolean {
  switch (whom) {
    case "assignee":
      return !assignee || assignee.id === own.id;
    case "members":
      return true;
    case "owners":
      return isEverywhere(own.role);
  }
}

/** A colleague calls, by a note or by giving a conversation away. */
export function calledBy(
  event: "agent.mentioned" | "agent.assigned",
  call: { readonly conversation_id: string; readonly by: string; readonly seq: number },
  rules: AlertRules,
): Alarm | null {
  const kind: AlertKind = event === "agent.mentioned" ? "mention" : "mine";
  const { sound, desktop } = rules[kind];
  if (!sound && !desktop) return null;
  return {
    id: `${call.conversation_id}:${call.seq}`,
    conversation_id: call.conversation_id,
    kind,
    sound,
    desktop,
    title: call.by || "Frontdesk",
    text: kind === "mention" ? "Calls you in a note." : "Gave you a conversation.",
  };
}

/** By any way at all: for the test that asks whether this agent would hear of a visitor. */
export function reaches({ steps }: Escalation, own: Own, rules: AlertRules): Way[] {
  const all = steps
    .filter(({ whom }) => whom !== "owners" || isEverywhere(own.role))
    .flatMap(({ ways }) => ways);
  return [...new Set(all)].filter((way) => rules.mine[way] || rules.unassigned[way]);
}
