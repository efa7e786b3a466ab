// Draws what is known of a visitor, how far it can be believed, what they wrote before, and what can be done about
// them. Knows nothing of where it is from.

import type { AgentThread } from "@frontdesk/shared/store";
import type { Attribute, Block, InboxRow, WebsiteSaid } from "@frontdesk/shared/wire.gen";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { byWebsite, inWords } from "../activity";
import { agentApi } from "../agent-api";
import { now_ms, onlineIds } from "../desk";
import { changedAt } from "../inbox";
import { type Asking, asking } from "../open";
import { known, languageName, learn, timeThere, type Whereabouts, webAddress, whereabouts } from "../person";
import { administers, answers, owns } from "../role";
import { addressOf } from "../route";
import { ago, inFull, moment } from "../time";
import { complain, tell } from "../toast";
import { Avatar } from "./avatar";
import { Icon, type IconName } from "./icon";
import { type Choice, MenuButton } from "./menu";

export function VisitorCard({ thread }: { readonly thread: AgentThread }) {
  const { conversation } = thread;
  const { visitor, created_at, visitor_messages, attributes } = conversation;
  const { contact, blocks, conversations } = known.value.visitorId === visitor.id ? known.value : NOTHING;
  const [here, said] = whereabouts(conversation.website, conversation.here);
  const online = onlineIds.value.has(visitor.id);
  // Whoever is recognised, or says another name, may be known by more.
  useEffect(() => {
    void learn(visitor, administers.peek()).catch(complain);
  }, [visitor.id, visitor.name, visitor.email, visitor.verified]);
  return (
    <aside class="card" aria-label="Visitor">
      <div class="card-face">
        <Avatar id={visitor.id} name={visitor.name} online={online} />
        <h3 dir="auto">{visitor.name}</h3>
        <p class="card-signs">
          <Trust verified={visitor.verified} />
          {online && <span class="chip chip-good">Online</span>}
        </p>
      </div>
      {blocks.map((block) => (
        <Blocked key={block.id} block={block} thread={thread} />
      ))}
      <div class="card-acts">
        {answers.value && (
          <Act icon="merge" name="Merge" title="This is somebody you know (M)" what="merge" />
        )}
        <Act icon="print" name="Transcript" title="Transcript: save or print (Shift T)" what="transcript" />
        {answers.value && (
          <MenuButton id="person" label="More about this visitor" class="card-act" choices={moreActs}>
            <Icon name="dots" />
            <span>More</span>
          </MenuButton>
        )}
      </div>
      <dl class="card-facts">
        <Fact name="E-mail">
          {visitor.email ? (
            <a href={`mailto:${encodeURIComponent(visitor.email)}`}>{visitor.email}</a>
          ) : (
            "Not given"
          )}
        </Fact>
        {contact?.phone && (
          <Fact name="Telephone">
            <a href={`tel:${contact.phone.replace(/[^+\d]/g, "")}`}>{contact.phone}</a>
          </Fact>
        )}
        <Fact name="Started">
          <time dateTime={created_at}>{inFull(created_at)}</time>
        </Fact>
        <Fact name={`Messages from ${visitor.name}`}>{visitor_messages}</Fact>
        <Attributes of={attributes} />
        {contact && <Attributes of={contact.attributes} />}
        {contact && contact.external_ids.length > 0 && (
          <Fact name="The website calls them">{contact.external_ids.join(", ")}</Fact>
        )}
        {thread.joins.length > 0 && (
          <Fact name="Answered by">
            <ul class="card-agents">
              {thread.joins.map(({ agent }) => (
                <li key={agent.id}>
                  <Avatar id={agent.id} name={agent.name} small />
                  <span dir="auto">{agent.name}</span>
                </li>
              ))}
            </ul>
          </Fact>
        )}
      </dl>
      <Where here={here} />
      {said && <FromWebsite said={said} />}
      <Earlier rows={conversations} openId={conversation.id} />
    </aside>
  );
}

const NOTHING: Pick<typeof known.value, "contact" | "blocks" | "conversations"> = {
  contact: undefined,
  blocks: [],
  conversations: null,
};

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt dir="auto">{name}</dt>
      <dd dir="auto">{children}</dd>
    </div>
  );
}

function Attributes({ of }: { readonly of: Readonly<Record<string, Attribute>> }) {
  return (
    <>
      {Object.entries(of).map(([name, value]) => (
        <Fact key={name} name={name}>
          {inWords(value)}
        </Fact>
      ))}
    </>
  );
}

const WHOSE_WORD: Readonly<Record<NonNullable<Whereabouts["by"]>, string>> = {
  browser: "Their browser says so",
  website: "The website says so",
  both: "Browser and website say so",
};

/** Apart from what agents know: anybody's browser can say it. */
function Where({ here: { page, title, referrer, device, language, timeZone, by } }: WhereProps) {
  if (!by) return null;
  const zone = timeZone?.replaceAll("_", " ");
  const there = timeZone ? timeThere(timeZone, now_ms.value) : "";
  return (
    <section class="card-website" aria-label="Where they are">
      <h4>
        Where they are{" "}
        <span class="chip" title="As it was when they last wrote. Nobody has checked it.">
          {WHOSE_WORD[by]}
        </span>
      </h4>
      <dl class="card-facts">
        {page && (
          <Fact name="On the page">
            {title && <bdi>{title}</bdi>}
            <Address text={page} />
          </Fact>
        )}
        {referrer && (
          <Fact name="Came from">
            <Address text={referrer} />
          </Fact>
        )}
        {device && <Fact name="Device">{device}</Fact>}
        {language && <Fact name="Language">{languageName(language)}</Fact>}
        {zone && <Fact name="Time there">{there ? `${there} (${zone})` : zone}</Fact>}
      </dl>
    </section>
  );
}

interface WhereProps {
  readonly here: Whereabouts;
}

function Address({ text }: { readonly text: string }) {
  const url = webAddress(text);
  if (!url) return <>{text}</>;
  const path = url.pathname === "/" ? "" : url.pathname;
  return (
    <a
      class="card-address"
      href={url.href}
      title={url.href}
      target="_blank"
      rel="noopener noreferrer nofollow"
      dir="ltr"
    >
      {url.host}
      {path}
    </a>
  );
}

interface ActProps {
  readonly icon: IconName;
  readonly name: string;
  readonly title: string;
  readonly what: Exclude<Asking["what"], "snooze">;
}

function Act({ icon, name, title, what }: ActProps) {
  return (
    <button type="button" class="card-act" title={title} onClick={() => ask(what)}>
      <Icon name={icon} />
      <span>{name}</span>
    </button>
  );
}

function ask(what: Exclude<Asking["what"], "snooze">): void {
  asking.value = { what };
}

function moreActs(): Choice[] {
  const apart: Choice = { name: "This is somebody else…", icon: "person", act: () => ask("apart") };
  const block: Choice = { name: "Block…", icon: "block", act: () => ask("block") };
  if (!owns.value) return administers.value ? [apart, block] : [apart];
  return [
    apart,
    block,
    { name: "Export everything…", icon: "down", apart: true, act: () => ask("export") },
    { name: "Erase everything…", icon: "bin", danger: true, act: () => ask("erase") },
  ];
}

function Blocked({ block, thread }: { readonly block: Block; readonly thread: AgentThread }) {
  const { id, kind, reason, until } = block;
  const letIn = async () => {
    await agentApi.unblock(id);
    tell("good", "They can write again.");
    await learn(thread.conversation.visitor, administers.peek());
  };
  return (
    <div class="card-blocked">
      <Icon name="block" />
      <p>
        <strong>{kind === "email" ? "E-mail address blocked" : "Blocked"}</strong>{" "}
        {until ? `until ${moment(until, now_ms.value)}` : "for good"}
        {reason && <small dir="auto">{reason}</small>}
      </p>
      <button type="button" class="text-button" onClick={() => void letIn().catch(complain)}>
        Let in
      </button>
    </div>
  );
}

interface EarlierProps {
  readonly rows: readonly InboxRow[] | null;
  /** The one that is open. */
  readonly openId: string;
}

function Earlier({ rows, openId }: EarlierProps) {
  const others = rows?.filter(({ conversation }) => conversation.id !== openId) ?? [];
  return (
    <section class="card-earlier" aria-label="Other conversations" aria-busy={rows === null}>
      <h4>Other conversations</h4>
      {others.length === 0 && <p>{rows ? "This is the only one." : " "}</p>}
      <ul>
        {others.map(({ conversation }) => {
          const { id, last_message, status } = conversation;
          return (
            <li key={id}>
              <a href={addressOf({ at: "conversation", id })}>
                <span class="card-earlier-words" dir="auto">
                  {last_message?.text || "Message taken back"}
                </span>
                <small>
                  {ago(changedAt(conversation), now_ms.value)} · {status}
                </small>
              </a>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** Apart from what agents know: anybody's browser can say it. */
function FromWebsite({ said }: { readonly said: WebsiteSaid }) {
  const { verified, visitor, conversation, tags } = said;
  const facts = [...Object.entries(visitor), ...Object.entries(conversation)];
  return (
    <section class="card-website" aria-label="From the website">
      <h4>
        From the website{" "}
        <span class="chip" title={byWebsite(verified)}>
          {verified ? "Visitor was verified" : "Visitor was not verified"}
        </span>
      </h4>
      <dl class="card-facts">
        {facts.map(([name, value], at) => (
          // A name may be said of the visitor and of the conversation.
          <Fact key={`${at}-${name}`} name={name}>
            {inWords(value)}
          </Fact>
        ))}
        {tags.length > 0 && (
          <div>
            <dt>Tags</dt>
            <dd>
              {tags.map((tag) => (
                <span key={tag} class="chip" dir="auto">
                  {tag}
                </span>
              ))}
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
}

/** Name and e-mail are what the page said, unless the website vouched for them. */
function Trust({ verified }: { readonly verified: boolean }) {
  return verified ? (
    <span class="chip chip-good">Verified</span>
  ) : (
    <span class="chip" title="Name and e-mail are what this visitor's page said. Nobody has checked them.">
      Unverified
    </span>
  );
}
