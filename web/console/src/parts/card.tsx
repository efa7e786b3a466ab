// Draws what is known of a visitor, and how far it can be believed. Knows nothing of where it is from.

import type { AgentThread } from "@frontdesk/shared/store";
import { inFull } from "../time";
import { Avatar } from "./avatar";

export function VisitorCard({ thread }: { readonly thread: AgentThread }) {
  const { visitor, created_at, visitor_messages, attributes } = thread.conversation;
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
    </aside>
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
