// Asks for the audit trail, page by page, of one person or kind. Knows nothing of how its sentences read.

import type { AuditEntry } from "@frontdesk/shared/wire.gen";
import { useEffect, useRef, useState } from "preact/hooks";
import { agentApi } from "../agent-api";
import { agents, listAgents, now_ms } from "../desk";
import { useAct } from "../parts/act";
import { Avatar } from "../parts/avatar";
import { LineBones } from "../parts/bones";
import { Icon } from "../parts/icon";
import { SettingsPage } from "../parts/settings";
import { inFull, moment } from "../time";
import { complain } from "../toast";
import { aboutOf, actorOf, detailOf, KINDS, kindName, wordsOf } from "../trail";

interface Shown {
  readonly entries: readonly AuditEntry[];
  readonly next: string | null;
}

export function AuditScreen() {
  const [agent, setAgent] = useState("");
  const [kind, setKind] = useState("");
  const [shown, setShown] = useState<Shown | null>(null);
  const asked = { agent: agent || undefined, kind: kind || undefined };
  /** Of what is shown: an answer about another person or kind comes too late. */
  const turn = useRef(0);

  const fetchMore = async (before: Shown | null) => {
    const mine = turn.current;
    const reply = await agentApi.audit(asked, before?.next ?? undefined);
    if (mine === turn.current)
      setShown({ entries: [...(before?.entries ?? []), ...reply.entries], next: reply.next });
  };
  useEffect(() => void listAgents(), []);
  useEffect(() => {
    turn.current += 1;
    setShown(null);
    void fetchMore(null).catch(complain);
  }, [agent, kind]);
  const [more, busy] = useAct(() => fetchMore(shown), complain);

  return (
    <SettingsPage page="audit">
      <section class="panel" aria-label="Audit trail">
        <div class="trail-filters">
          <label>
            <span>Person</span>
            <select class="input" value={agent} onChange={(event) => setAgent(event.currentTarget.value)}>
              <option value="">Everybody</option>
              {agents.value.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <label>
            <span>What</span>
            <select class="input" value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
              <option value="">Everything</option>
              {KINDS.map((one) => (
                <option key={one} value={one}>
                  {kindName(one)}
                </option>
              ))}
            </select>
          </label>
        </div>
        {shown === null ? (
          <LineBones loading="Loading the audit trail" count={4} />
        ) : shown.entries.length === 0 ? (
          <Nothing />
        ) : (
          <Entries entries={shown.entries} />
        )}
        {shown?.next && (
          <div class="panel-foot">
            <button type="button" class="button button-plain" disabled={busy} onClick={() => void more()}>
              {busy ? "Loading…" : "Show older"}
            </button>
          </div>
        )}
      </section>
    </SettingsPage>
  );
}

function Entries({ entries }: { readonly entries: readonly AuditEntry[] }) {
  return (
    <ol class="trail">
      {entries.map((entry) => (
        <li key={entry.id}>
          <Avatar id={entry.agent_id ?? entry.agent_name} name={actorOf(entry)} small />
          <div class="trail-what">
            <p>
              <b dir="auto">{actorOf(entry)}</b> {wordsOf(entry)} <bdi>{aboutOf(entry)}</bdi>
            </p>
            {detailOf(entry) && <p class="trail-detail">{detailOf(entry)}</p>}
          </div>
          <p class="trail-when">
            <time dateTime={entry.at} title={inFull(entry.at)}>
              {moment(entry.at, now_ms.value)}
            </time>
            {entry.address && <span>{entry.address}</span>}
          </p>
        </li>
      ))}
    </ol>
  );
}

function Nothing() {
  return (
    <div class="trail-none">
      <Icon name="trail" />
      <p>Nothing here fits. Choose another person, or everything.</p>
    </div>
  );
}
