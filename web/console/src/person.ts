// Decides what is known of the person an agent talks with beside the conversation itself: who else they are, what
// they wrote before, whether they are kept out; and what becomes of two who are one. Knows nothing of drawing.

import type {
  Attribute,
  Block,
  Whereabouts as Browser,
  Contact,
  InboxRow,
  VisitorFace,
  WebsiteSaid,
} from "@frontdesk/shared/wire.gen";
import { signal } from "@preact/signals";
import { agentApi } from "./agent-api";

export interface Known {
  readonly visitorId: string;
  /** `null`: a visitor nobody has recognised; `undefined`: not asked yet. */
  readonly contact: Contact | null | undefined;
  /** What they wrote, this conversation included, newest first; `null`: not asked yet. */
  readonly conversations: readonly InboxRow[] | null;
  /** Those that meet them; owners and admins may know. */
  readonly blocks: readonly Block[];
}

const NOTHING: Known = { visitorId: "", contact: undefined, conversations: null, blocks: [] };

/** Of the conversation that is open. */
export const known = signal(NOTHING);

/** Asks for what is known of them. What was known of the same visitor stays until the answer is here. */
export async function learn(visitor: VisitorFace, mayKnowBlocks: boolean): Promise<void> {
  const { id, email } = visitor;
  if (known.peek().visitorId !== id) known.value = { ...NOTHING, visitorId: id };
  const [contact, conversations, blocks] = await Promise.all([
    agentApi.contactOf(id).then(({ contacts }) => contacts[0] ?? null),
    agentApi.conversationsOf(id).then((reply) => reply.conversations),
    mayKnowBlocks ? agentApi.blocks().then((reply) => reply.blocks) : [],
  ]);
  if (known.peek().visitorId !== id) return;
  const addresses = [email, contact?.email].filter(Boolean).map((one) => one?.toLocaleLowerCase());
  const meets = ({ kind, value }: Block) =>
    (kind === "visitor" && value === id) || (kind === "email" && addresses.includes(value));
  known.value = { visitorId: id, contact, conversations, blocks: blocks.filter(meets) };
}

/** For how long somebody is kept out; `null`: for good. */
export const BLOCK_TIMES: readonly (readonly [name: string, for_s: number | null])[] = [
  ["One hour", 3_600],
  ["One day", 86_400],
  ["One week", 7 * 86_400],
  ["30 days", 30 * 86_400],
  ["For good", null],
];

/** By whom everything about them is exported and erased. */
export function idOf(visitor: VisitorFace, contact: Contact | null | undefined): string {
  return contact?.id ?? visitor.id;
}

/** One of two who are to be one. */
export interface Half {
  readonly visitorId: string | null;
  readonly contact: Contact | null;
  readonly name: string;
  readonly email: string | null;
}

/** What one will be, and what of the other is not kept. */
export interface Whole {
  readonly name: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly attributes: Contact["attributes"];
  /** `E-mail ana@old.example`: what both have, of the one whose word counts less. */
  readonly lost: readonly string[];
}

/** Whose word counts comes first: a website's signature, then the one who is known, then the one who was chosen. */
export function inOrder(from: Half, into: Half): readonly [first: Half, second: Half] {
  const weight = ({ contact }: Half) => (contact?.vouched ? 2 : contact ? 1 : 0);
  return weight(from) > weight(into) ? [from, into] : [into, from];
}

/** As the server will have it (`chat/link.rs`). */
export function asOne(from: Half, into: Half): Whole {
  const [first, second] = inOrder(from, into);
  const [a, b] = [detailsOf(first), detailsOf(second)];
  // What is known of a contact is not mended by what a visitor's page said.
  const gives = first.contact === null || second.contact !== null;
  const lost = Object.entries(b).filter(
    ([name, value]) => value && (name in a && a[name] ? a[name] !== value : !gives),
  );
  const one = {
    ...(gives ? b : {}),
    ...Object.fromEntries(Object.entries(a).filter(([, value]) => value !== null)),
  };
  const { [NAME]: name, [EMAIL]: email, [PHONE]: phone, ...attributes } = one;
  return {
    name: (name ?? null) as string | null,
    email: (email ?? null) as string | null,
    phone: (phone ?? null) as string | null,
    attributes: attributes as Contact["attributes"],
    lost: lost.map(([name, value]) => `${name}: ${value}`),
  };
}

const [NAME, EMAIL, PHONE] = ["Name", "E-mail", "Telephone"];

function detailsOf({ contact, name, email }: Half): Record<string, Attribute | null> {
  if (!contact) return { [NAME]: name, [EMAIL]: email };
  return { ...contact.attributes, [NAME]: contact.name, [EMAIL]: contact.email, [PHONE]: contact.phone };
}

/** Makes them one: two contacts become one, a visitor whom nobody knew gets the other's. */
export async function unite(from: Half, into: Half): Promise<Contact> {
  const [first, second] = inOrder(from, into);
  if (first.contact && second.contact) {
    return (await agentApi.merge(second.contact.id, first.contact.id)).contact;
  }
  const { name, email } = asOne(from, into);
  const details = { ...(name ? { name } : {}), ...(email ? { email } : {}) };
  const contact = first.contact ?? (await agentApi.recognise(first.visitorId ?? "", details)).contact;
  return (await agentApi.recognise(second.visitorId ?? "", { contact_id: contact.id })).contact;
}

/** Where a visitor is and with what, as their browser says it, or their website's page. */
export interface Whereabouts extends Told {
  /** What the page is called. */
  readonly title?: string;
  /** Whose word it is; absent where there is none. */
  readonly by?: "browser" | "website" | "both";
}

interface Told {
  readonly page?: string;
  readonly referrer?: string;
  readonly device?: string;
  readonly language?: string;
  readonly timeZone?: string;
}

/** By the names under which websites say it. */
const NAMES: Readonly<Record<string, keyof Told>> = {
  page: "page",
  page_url: "page",
  url: "page",
  referrer: "referrer",
  device: "device",
  browser: "device",
  language: "language",
  locale: "language",
  time_zone: "timeZone",
  timezone: "timeZone",
};

/** Where the visitor is, and the rest of what the website says: a page that says it itself has the last word. */
export function whereabouts(said?: WebsiteSaid, browser: Browser = {}): [Whereabouts, WebsiteSaid | null] {
  const told: { -readonly [name in keyof Told]: string } = {};
  const visitor: WebsiteSaid["visitor"] = {};
  for (const [name, value] of Object.entries(said?.visitor ?? {})) {
    const what = NAMES[name.toLowerCase()];
    if (what && typeof value === "string" && value && !told[what]) told[what] = value;
    else visitor[name] = value;
  }
  const { title, time_zone: timeZone, ...rest } = browser;
  const seen: Told = { ...rest, ...(timeZone ? { timeZone } : {}) };
  const by = whose(seen, told);
  const here = { ...seen, ...told, ...(title && !told.page ? { title } : {}), ...(by ? { by } : {}) };
  if (!said || ![visitor, said.conversation, said.tags].some(hasAny)) return [here, null];
  return [here, { ...said, visitor }];
}

function whose(seen: Told, told: Told): Whereabouts["by"] {
  if (!hasAny(told)) return hasAny(seen) ? "browser" : undefined;
  return Object.keys(seen).some((name) => !(name in told)) ? "both" : "website";
}

function hasAny(what: object): boolean {
  return Object.keys(what).length > 0;
}

/** An address of the web, or `null`: whatever else a page says must not become a link. */
export function webAddress(text: string): URL | null {
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url : null;
  } catch {
    return null;
  }
}

/** `14:05 there`; empty where the zone is none. */
export function timeThere(zone: string, now_ms: number): string {
  try {
    return new Date(now_ms).toLocaleTimeString(undefined, {
      hour: "numeric",
      minute: "2-digit",
      timeZone: zone,
    });
  } catch {
    return "";
  }
}

/** `German`; as it was said where it is no language. */
export function languageName(code: string): string {
  try {
    return new Intl.DisplayNames(undefined, { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}
