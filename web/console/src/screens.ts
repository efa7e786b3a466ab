// Says which screen draws a page; each is fetched when it is first opened. Knows nothing of what it draws.

import type { ComponentType } from "preact";
import type { PageId } from "./pages";
import { lazy } from "./parts/lazy";

export const SCREENS: Readonly<Record<PageId, ComponentType<object>>> = {
  widget: lazy(async () => (await import("./screens/widget")).WidgetScreen),
  account: lazy(async () => (await import("./screens/account")).AccountScreen),
  audit: lazy(async () => (await import("./screens/audit")).AuditScreen),
  team: lazy(async () => (await import("./screens/team")).TeamScreen),
  overview: lazy(async () => (await import("./screens/overview")).OverviewScreen),
  channels: lazy(async () => (await import("./screens/channels")).ChannelsScreen),
  inspector: lazy(async () => (await import("./screens/inspector")).InspectorScreen),
  queues: lazy(async () => (await import("./screens/queues")).QueuesScreen),
  nodes: lazy(async () => (await import("./screens/nodes")).NodesScreen),
};
