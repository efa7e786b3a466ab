// Lists the pages under Settings and Monitor: what each is called, whom it is for, and its key. The frame, the addresses
// and the palette are made of this one table; `screens.ts` says what is drawn. Knows nothing of drawing.

import type { Role } from "@frontdesk/shared/wire.gen";
import type { IconName } from "./parts/icon";

export type Section = "settings" | "monitor";

export interface Page {
  readonly id: string;
  readonly section: Section;
  /** Heading in the list of pages. */
  readonly group: string;
  readonly name: string;
  /** One sentence under the title. */
  readonly lead: string;
  readonly icon: IconName;
  /** Of the palette and of the key: `g w`. */
  readonly keys?: string;
  /** Who may open it. The server decides what they can do there. */
  readonly who: readonly Role[];
}

const OWNERS: readonly Role[] = ["owner"];
const ADMINS: readonly Role[] = ["owner", "admin"];
const ALL: readonly Role[] = ["owner", "admin", "agent", "viewer"];
const AGENTS: readonly Role[] = ["owner", "admin", "agent"];

export const PAGES = [
  {
    id: "widget",
    section: "settings",
    group: "Chat",
    name: "Widget",
    lead: "How your chat looks on your website, and where it may stand.",
    icon: "widget",
    keys: "g w",
    who: ADMINS,
  },
  {
    id: "escalation",
    section: "settings",
    group: "Chat",
    name: "Escalation",
    lead: "Who is alerted while a visitor waits, after how long, and how.",
    icon: "steps",
    keys: "g l",
    who: ADMINS,
  },
  {
    id: "replies",
    section: "settings",
    group: "Chat",
    name: "Canned replies",
    lead: "Texts you send again and again. Type / in a reply to find one.",
    icon: "reply",
    keys: "g r",
    who: AGENTS,
  },
  {
    id: "tags",
    section: "settings",
    group: "Chat",
    name: "Tags",
    lead: "What your team sorts conversations by.",
    icon: "tag",
    who: ADMINS,
  },
  {
    id: "blocks",
    section: "settings",
    group: "Chat",
    name: "Blocked",
    lead: "Who is kept out of every chat on this server.",
    icon: "lock",
    who: ADMINS,
  },
  {
    id: "team",
    section: "settings",
    group: "Desk",
    name: "Team",
    lead: "Who can sign in here, and what each of them may do.",
    icon: "team",
    keys: "g p",
    who: ADMINS,
  },
  {
    id: "audit",
    section: "settings",
    group: "Desk",
    name: "Audit trail",
    lead: "Who did what, when and from where. Kept for 400 days.",
    icon: "trail",
    who: OWNERS,
  },
  {
    id: "account",
    section: "settings",
    group: "You",
    name: "My account",
    lead: "Your name, your password, and how you sign in.",
    icon: "person",
    keys: "g y",
    who: ALL,
  },
  {
    id: "alerts",
    section: "settings",
    group: "You",
    name: "Alerts",
    lead: "How you hear of visitors who wait, and of colleagues who call you.",
    icon: "bell",
    keys: "g a",
    who: AGENTS,
  },
  {
    id: "webhooks",
    section: "settings",
    group: "Connections",
    name: "Webhooks",
    lead: "Tell another program at once what happens here.",
    icon: "send",
    who: ADMINS,
  },
  {
    id: "keys",
    section: "settings",
    group: "Connections",
    name: "API keys",
    lead: "Let another program read and write for you.",
    icon: "key",
    who: OWNERS,
  },
  {
    id: "backup",
    section: "settings",
    group: "Server",
    name: "Backup",
    lead: "A copy of everything, to be kept elsewhere.",
    icon: "save",
    who: OWNERS,
  },
  {
    id: "overview",
    section: "monitor",
    group: "Server",
    name: "Overview",
    lead: "How this Frontdesk does, now and lately.",
    icon: "pulse",
    keys: "g o",
    who: ADMINS,
  },
  {
    id: "channels",
    section: "monitor",
    group: "Server",
    name: "Channels",
    lead: "Who listens where, over all servers.",
    icon: "channels",
    keys: "g c",
    who: ADMINS,
  },
  {
    id: "inspector",
    section: "monitor",
    group: "Server",
    name: "Inspector",
    lead: "What happens on one channel, as it happens.",
    icon: "eye",
    keys: "g e",
    who: OWNERS,
  },
  {
    id: "queues",
    section: "monitor",
    group: "Server",
    name: "Queues",
    lead: "Work that is done a moment later, and what went wrong with it.",
    icon: "queues",
    keys: "g q",
    who: ADMINS,
  },
  {
    id: "nodes",
    section: "monitor",
    group: "Server",
    name: "Nodes",
    lead: "The servers that work together.",
    icon: "nodes",
    keys: "g n",
    who: ADMINS,
  },
] as const satisfies readonly Page[];

export type PageId = (typeof PAGES)[number]["id"];

export const PAGE_IDS: readonly PageId[] = PAGES.map(({ id }) => id);

export function pageOf(id: PageId): Page {
  return PAGES.find((page) => page.id === id) ?? PAGES[0];
}

export function isPage(text: string | undefined): text is PageId {
  return PAGES.some(({ id }) => id === text);
}

/** Pages of a section for this role, in their order. */
export function pagesFor(role: Role | undefined, section: Section): (Page & { readonly id: PageId })[] {
  const pages: readonly (Page & { readonly id: PageId })[] = PAGES;
  return pages.filter((page) => page.section === section && role !== undefined && page.who.includes(role));
}

/** The same pages under their headings, in order of first appearance. */
export function grouped<P extends Page>(
  pages: readonly P[],
): { readonly group: string; readonly pages: P[] }[] {
  const groups: { group: string; pages: P[] }[] = [];
  for (const page of pages) {
    const found = groups.find(({ group }) => group === page.group);
    if (found) found.pages.push(page);
    else groups.push({ group: page.group, pages: [page] });
  }
  return groups;
}
