// Decides what somebody with a role is offered in the console. Knows nothing of how: the server decides what they can
// do, and this only spares them what it would refuse.

import type { Role } from "@frontdesk/shared/wire.gen";
import { computed } from "@preact/signals";
import { me } from "./session";

/** As people call them, the one that may most first. */
export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  owner: "Owner",
  admin: "Admin",
  agent: "Agent",
  viewer: "Viewer",
};

/** What each may, in one sentence. */
export const ROLE_MEANS: Readonly<Record<Role, string>> = {
  owner: "Everything, with keys, backups and the audit trail.",
  admin: "Answers everywhere, and sets up widgets and team.",
  agent: "Answers visitors on chosen widgets.",
  viewer: "Reads along on chosen widgets, and changes nothing.",
};

const role = computed(() => me.value?.agent.role);

/** Answers visitors; a viewer only reads along. */
export const answers = computed(() => role.value !== "viewer");
/** Sets up widgets and team. */
export const administers = computed(() => role.value === "owner" || role.value === "admin");
export const owns = computed(() => role.value === "owner");

/** Roles that somebody with this one may give: only owners make owners. */
export function givable(by: Role | undefined): Role[] {
  const all: Role[] = ["owner", "admin", "agent", "viewer"];
  if (by === "owner") return all;
  return by === "admin" ? all.slice(1) : [];
}

/** Is this role on every widget, or on chosen ones? */
export const isEverywhere = (role: Role): boolean => role === "owner" || role === "admin";
