// The people and things that the console's tests are about. Knows nothing of what is tested.

import type {
  AgentMessage,
  ConversationSummary,
  InboxReply,
  InboxRow,
  VisitorFace,
} from "@frontdesk/shared/wire.gen";

export const ana: VisitorFace = { id: "vis_ana", name: "Ana", email: null, verified: false };
export const ben = { id: "agt_ben", name: "Ben" };
export const carol = { id: "agt_carol", name: "Carol" };

/** `minute` of a morning. */
export function at(minute: number): string {
  return new Date(2026, 10, 20, 9, minute).toISOString();
}

export function summary(change: Partial<ConversationSummary> = {}): ConversationSummary {
  return {
    id: "cnv_1",
    widget_id: "wgt_1",
    visitor: ana,
    status: "open",
    snoozed_until: null,
    assignee: null,
    priority: "normal",
    tags: [],
    attributes: {},
    agents: [],
    created_at: at(0),
    waiting_since: null,
    last_message: null,
    visitor_messages: 0,
    seq: 1,
    ...change,
  };
}

export function row(change: Partial<ConversationSummary> = {}, read_visitor_messages = 0): InboxRow {
  return { conversation: summary(change), read_visitor_messages };
}

export function reply(conversations: InboxRow[], next: string | null = null): InboxReply {
  return { success: true, conversations, next };
}

export function message(
  who: { id: string; name: string },
  seq: number,
  change: Partial<AgentMessage> = {},
): AgentMessage {
  return {
    id: `msg_${seq}`,
    kind: "text",
    sender_type: who.id.startsWith("vis_") ? "visitor" : "agent",
    sender_name: who.name,
    message: `message ${seq}`,
    attachment_path: null,
    attachment_name: null,
    is_voice: false,
    timestamp: at(seq),
    seq,
    client_id: null,
    sender_id: who.id,
    ...change,
  };
}
