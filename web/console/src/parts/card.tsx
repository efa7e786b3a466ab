// Draws what is known of a visitor, and how far it can be believed. Knows nothing of where it is from.

import type { AgentThread } from "@frontdesk/shared/store";
import type { WebsiteSaid } from "@frontdesk/shared/wire.gen";
import { byWebsite, inWords } from "../activity";
import { inFull } from "../time";
import { Avatar } from "./avatar";

export function VisitorCard({ thread }: { readonly thread: AgentThread }) {
  const { visitor, created_at, visitor_messages, attributes, website } = thread.conversation;
  return (
    <aside class="card" aria-label="Visitor">
      <div class="card-face">
        <Avatar id={visitor.id} name={visitor.name} />
        <h3 dir="auto">{visitor.name}</h3>
        {!visitor.email && <Trust verified={visitor.verified} />}
      </div>
      <dl class="card-facts">
        <div>
          <dt>E-mail</dt>
          <dd>
            {visitor.email ? (
              <>
                <a href={`mailto:${encodeURIComponent(visitor.email)}`}>{visitor.email}</a>{" "}
                <Trust verified={visitor.verified} />
              </>
            ) : (
              "Not given"
            )}
          </dd>
        </div>
        <div>
          <dt>Started</dt>
          <dd>
            <time dateTime={created_at}>{inFull(created_at)}</time>
          </dd>
        </div>
        <div>
          <dt>Messages from {visitor.name}</dt>
          <dd>{visitor_messages}</dd>
        </div>
        {Object.entries(attributes).map(([name, value]) => (
          <div key={name}>
            <dt dir="auto">{name}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ))}
        {thread.joins.length > 0 && (
          <div>
            <dt>Answered by</dt>
            <dd>
              <ul class="card-agents">
                {thread.joins.map(({ agent }) => (
                  <li key={agent.id}>
                    <Avatar id={agent.id} name={agent.name} small />
                    {agent.name}
                  </li>
                ))}
              </ul>
            </dd>
          </div>
        )}
      </dl>
      {website && <FromWebsite said={website} />}
    </aside>
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
          <div key={`${at}-${name}`}>
            <dt dir="auto">{name}</dt>
            <dd dir="auto">{inWords(value)}</dd>
          </div>
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
