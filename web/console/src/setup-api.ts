// Decides which address of the server answers each question of the settings' pages, apart from those that every
// agent asks: it comes with the pages. Knows nothing of what is done with the answers.

import { Api, refusalOf } from "@frontdesk/shared/api";
import type {
  AgentsReply,
  BackupReply,
  CannedRepliesReply,
  CannedReplyChange,
  DeliveriesReply,
  DeliveryReply,
  Done,
  KeyReply,
  KeysReply,
  NewCannedReply,
  NewKey,
  NewWebhook,
  NewWidget,
  Problem,
  TagsReply,
  WebhookChange,
  WebhookReply,
  WebhooksReply,
  WidgetAgentsChange,
  WidgetChange,
  WidgetProfile,
  WidgetReply,
  WidgetsReply,
} from "@frontdesk/shared/wire.gen";
import { ask, credential } from "./agent-api";

const at = (what: string, id: string, more = "") => `/api/v1/${what}/${encodeURIComponent(id)}${more}`;

/** A widget, and the tag of the state it is in. */
export interface Tagged {
  readonly widget: WidgetProfile;
  readonly tag: string;
}

/** Asks with a tag and hears the answer's (`If-Match`, `ETag`). */
async function tagged<T>(
  method: string,
  path: string,
  body?: unknown,
  ifMatch?: string,
): Promise<[T, string]> {
  let tag = "";
  const api = new Api({
    origin: "",
    credential: () => ({ ...credential(), ...(ifMatch && { "If-Match": ifMatch }) }),
    fetch: async (...asked) => {
      const reply = await fetch(...asked);
      tag = reply.headers.get("ETag") ?? "";
      return reply;
    },
  });
  return [await ask<T>(method, path, body, api), tag];
}

export const setupApi = {
  widget: async (id: string): Promise<Tagged> => {
    const [{ widget }, tag] = await tagged<WidgetReply>("GET", at("widgets", id));
    return { widget, tag };
  },
  /** Only if it is still in that state: else `precondition-failed`. Answers all widgets, and the tag of this one. */
  changeWidget: (id: string, change: WidgetChange, ifMatch: string) =>
    tagged<WidgetsReply>("PATCH", at("widgets", id), change, ifMatch),
  changeWidgetAgents: (id: string, change: WidgetAgentsChange) =>
    ask<AgentsReply>("PATCH", at("widgets", id, "/agents"), change),
  newWidget: (widget: NewWidget) => ask<WidgetReply>("POST", "/api/v1/widgets", widget),
  removeWidget: (id: string) => ask<WidgetsReply>("DELETE", at("widgets", id)),
  newToken: (id: string, overlap_s: number) =>
    ask<WidgetReply>("POST", at("widgets", id, "/token"), { overlap_s }),

  addReply: (reply: NewCannedReply) => ask<CannedRepliesReply>("POST", "/api/v1/replies", reply),
  changeReply: (id: string, change: CannedReplyChange) =>
    ask<CannedRepliesReply>("PATCH", at("replies", id), change),
  removeReply: (id: string) => ask<CannedRepliesReply>("DELETE", at("replies", id)),

  renameTag: (tag: string, name: string) => ask<TagsReply>("PATCH", at("tags", tag), { name }),
  removeTag: (tag: string) => ask<TagsReply>("DELETE", at("tags", tag)),

  webhooks: () => ask<WebhooksReply>("GET", "/api/v1/webhooks"),
  addWebhook: (webhook: NewWebhook) => ask<WebhookReply>("POST", "/api/v1/webhooks", webhook),
  changeWebhook: (id: string, change: WebhookChange) =>
    ask<WebhookReply>("PATCH", at("webhooks", id), change),
  removeWebhook: (id: string) => ask<WebhooksReply>("DELETE", at("webhooks", id)),
  deliveries: (id: string) => ask<DeliveriesReply>("GET", at("webhooks", id, "/deliveries")),
  replay: (id: string, delivery: string) =>
    ask<Done>("POST", at("webhooks", id, `/deliveries/${encodeURIComponent(delivery)}/replay`), {}),
  testWebhook: (id: string) => ask<DeliveryReply>("POST", at("webhooks", id, "/test"), {}),

  keys: () => ask<KeysReply>("GET", "/api/v1/keys"),
  newKey: (key: NewKey) => ask<KeyReply>("POST", "/api/v1/keys", key),
  revokeKey: (id: string) => ask<KeysReply>("DELETE", at("keys", id)),

  backup: () => ask<BackupReply>("GET", "/api/v1/backup"),
};

/** What the server calls it, and the file. Not by `ask`: the answer is no JSON, and a wrong password is no end of the session. */
export async function downloadBackup(password: string): Promise<[name: string, file: Blob]> {
  const reply = await fetch("/api/v1/backup", {
    method: "POST",
    headers: { ...credential(), "Content-Type": "application/json" },
    body: JSON.stringify({ password }),
  });
  if (!reply.ok) {
    const problem = (await reply.json().catch(() => null)) as Problem | null;
    throw refusalOf(reply.status, problem, reply.headers.get("Retry-After"));
  }
  const named = /filename="([^"]+)"/.exec(reply.headers.get("Content-Disposition") ?? "");
  return [named?.[1] ?? "frontdesk.tar.gz", await reply.blob()];
}
