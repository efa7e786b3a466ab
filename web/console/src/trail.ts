// Decides how the audit trail reads: each kind in words. Knows nothing of drawing and of asking.

import type { AuditEntry, AuditKind } from "@frontdesk/shared/wire.gen";

/** What was done, as it goes on after the name of who did it. */
export const KIND_WORDS: Readonly<Record<AuditKind, string>> = {
  "signed-in": "signed in",
  "sign-in-refused": "was refused at sign-in",
  "signed-out-elsewhere": "signed out everywhere else",
  "name-changed": "changed their own name",
  "password-changed": "changed their password",
  "two-factor-on": "switched two-step sign-in on",
  "two-factor-off": "switched two-step sign-in off",
  "two-factor-reset": "switched off two-step sign-in for",
  "two-factor-demanded": "demanded two-step sign-in of everybody",
  "two-factor-optional": "left two-step sign-in to each again",
  "recovery-code-used": "used a recovery code",
  "agent-added": "added",
  "agent-changed": "changed",
  "agent-removed": "removed",
  "password-reset": "made a new sign-in link for",
  "invitation-made": "invited",
  "invitation-withdrawn": "withdrew the invitation of",
  "invitation-used": "joined the team",
  "widget-added": "added the widget",
  "widget-changed": "changed the widget",
  "widget-removed": "removed the widget",
  "token-rotated": "gave a new token to the widget",
  "identity-secret-made": "made a new identity secret for",
  "key-made": "made the API key",
  "key-revoked": "revoked the API key",
  "webhook-added": "added the webhook to",
  "webhook-changed": "changed the webhook to",
  "webhook-removed": "removed the webhook to",
  "block-added": "blocked a",
  "block-removed": "lifted the block",
  "tag-changed": "changed the tag",
  "backup-taken": "downloaded the backup",
  erased: "erased",
  exported: "exported",
  "channel-inspected": "looked on at the channel",
  "event-read": "read an event on the channel",
  "event-published": "sent an event to the channel",
  "letters-dropped": "dropped deliveries that were given up:",
};

/** In the filter: a heading for each, in the order of the table. */
export const KINDS = Object.keys(KIND_WORDS) as AuditKind[];

/** `Signed in`. */
export function kindName(kind: AuditKind): string {
  const words = KIND_WORDS[kind];
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Who did it; of whom did not get in, whose account it was. */
export function actorOf(entry: AuditEntry): string {
  if (entry.agent_name) return entry.agent_name;
  return entry.about || "Somebody unknown";
}

/** What was done; an invitation that was passed on by hand is for nobody known yet. */
export function wordsOf(entry: AuditEntry): string {
  const words = KIND_WORDS[entry.kind];
  if (!isLink(entry)) return words;
  const role = /^as (\w+)$/.exec(entry.detail)?.[1];
  const link = role
    ? `an invitation link for ${/^[aeiou]/.test(role) ? "an" : "a"} ${role}`
    : "an invitation link";
  return entry.kind === "invitation-made" ? `made ${link}` : `withdrew ${link}`;
}

/** Earlier releases wrote `a link`. */
function isLink({ kind, about }: AuditEntry): boolean {
  const isInvitation = kind === "invitation-made" || kind === "invitation-withdrawn";
  return isInvitation && (about === "" || about === "a link");
}

/** To whom or what, where the sentence goes on with it. */
export function aboutOf(entry: AuditEntry): string {
  const isSaid = entry.kind === "sign-in-refused" || entry.kind === "invitation-used" || isLink(entry);
  return isSaid || entry.kind === "name-changed" ? "" : entry.about;
}

/** What of it. */
export function detailOf(entry: AuditEntry): string {
  if (isLink(entry)) return "";
  return entry.kind === "name-changed" ? `to ${entry.about}` : entry.detail;
}
