// Says which screen draws a page; each is fetched when it is first opened. Knows nothing of what it draws.

import type { ComponentType } from "preact";
import type { PageId } from "./pages";
import { lazy } from "./parts/lazy";

export const SCREENS: Readonly<Record<PageId, ComponentType<object>>> = {
  widget: lazy(async () => (await import("./screens/widget")).WidgetScreen),
  escalation: lazy(async () => (await import("./screens/escalation")).EscalationScreen),
  alerts: lazy(async () => (await import("./screens/alerts")).AlertsScreen),
  account: lazy(async () => (await import("./screens/account")).AccountScreen),
  audit: lazy(async () => (await import("./screens/audit")).AuditScreen),
  team: lazy(async () => (await import("./screens/team")).TeamScreen),
};
