// Shows the servers that work together, and whether each has what it needs. Knows nothing of how they meet.

import type { Health, ListedNode } from "@frontdesk/shared/wire.gen";
import { count, lasting, micros } from "../figures";
import { monitorApi } from "../monitor-api";
import { Stale, usePolled, Waiting } from "../parts/polled";
import { SettingsPage } from "../parts/settings";
import { inFull } from "../time";

export function NodesScreen() {
  const { now, trouble } = usePolled(monitorApi.nodes);
  return (
    <SettingsPage page="nodes">
      <Stale trouble={trouble} />
      {now ? (
        <>
          <ul class="nodes" aria-label="Nodes">
            {now.nodes.map((listed) => (
              <NodeCard key={listed.node.id} listed={listed} mine={listed.node.id === now.me} />
            ))}
          </ul>
          {now.nodes.length === 1 && (
            <p class="monitor-foot">
              This Frontdesk runs as one server, which is right for most. Others stand here when they share a
              Redis and a PostgreSQL with it.
            </p>
          )}
        </>
      ) : (
        trouble === null && <Waiting name="nodes" />
      )}
    </SettingsPage>
  );
}

const HEALTH: Readonly<Record<Health, readonly [string, string]>> = {
  good: ["Works", "health-good"],
  away: ["Cannot be reached", "health-bad"],
  none: ["Not used", "health-none"],
};

function NodeCard({ listed, mine }: { readonly listed: ListedNode; readonly mine: boolean }) {
  const { node, heard_ms } = listed;
  const started = new Date(node.started_ms).toISOString();
  const database = node.storage === "postgres" ? "PostgreSQL" : "SQLite";
  return (
    <li class="panel node">
      <header>
        <h2>
          <bdi>{node.address}</bdi>
        </h2>
        {mine && <span class="chip chip-good">Answers this page</span>}
        {!mine && heard_ms > 5_000 && <span class="chip chip-warn">Silent for {lasting(heard_ms)}</span>}
      </header>
      <dl class="node-facts">
        <Fact name="Connections">{count(node.connections)}</Fact>
        <Fact name="Version">{node.version}</Fact>
        <Fact name="Started">
          <time dateTime={started}>{inFull(started)}</time>
        </Fact>
        <Fact name="Id">
          <code>{node.id.slice(0, 8)}</code>
        </Fact>
        <Fact name={database}>
          <HealthWord health={node.database} />
          {node.database === "good" && `, answers in ${micros(node.database_us)}`}
        </Fact>
        <Fact name="Redis">
          <HealthWord health={node.redis} />
          {node.link_lag_ms !== null && node.redis === "good" && `, link lag ${count(node.link_lag_ms)} ms`}
        </Fact>
      </dl>
    </li>
  );
}

function HealthWord({ health }: { readonly health: Health }) {
  const [word, look] = HEALTH[health];
  return <span class={`health ${look}`}>{word}</span>;
}

function Fact({ name, children }: { readonly name: string; readonly children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
