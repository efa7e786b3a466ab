// Says which screen draws a page; each is fetched when it is first opened. Knows nothing of what it draws.

import type { ComponentType } from "preact";
import type { PageId } from "./pages";
import { lazy } from "./parts/lazy";

export const SCREENS: Readonly<Record<PageId, ComponentType<object>>> = {
  widget: lazy(async () => (await import("./screens/widget")).WidgetScreen),
  account: lazy(async () => (await import("./screens/account")).AccountScreen),
  audit: lazy(async () => (await import("./screens/audit")).AuditScreen),
  escalation: lazy(async () => (await import("./screens/escalation")).EscalationScreen),
  alerts: lazy(async () => (await import("./screens/alerts")).AlertsScreen),
  replies: lazy(async () => (await import("./screens/replies")).RepliesScreen),
  tags: lazy(async () => (await import("./screens/tags")).TagsScreen),
  blocks: lazy(async () => (await import("./screens/blocks")).BlocksScreen),
  webhooks: lazy(async () => (await import("./screens/webhooks")).WebhooksScreen),
  keys: lazy(async () => (await import("./screens/keys")).KeysScreen),
  backup: lazy(async () => (await import("./screens/backup")).BackupScreen),
  team: lazy(async () => (await import("./screens/team")).TeamScreen),
  overview: lazy(async () => (await import("./screens/overview")).OverviewScreen),
  channels: lazy(async () => (await import("./screens/channels")).ChannelsScreen),
  inspector: lazy(async () => (await import("./screens/inspector")).InspectorScreen),
  queues: lazy(async () => (await import("./screens/queues")).QueuesScreen),
  nodes: lazy(async () => (await import("./screens/nodes")).NodesScreen),
};
