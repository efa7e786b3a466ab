// Lets an owner choose who is on a widget, and says what that means. Knows nothing of the widget's settings.

import type { AgentProfile, WidgetProfile } from "@frontdesk/shared/wire.gen";
import { useEffect, useState } from "preact/hooks";
import { agentApi } from "../agent-api";
import { isEverywhere, ROLE_NAMES } from "../role";
import { addressOf } from "../route";
import { setupApi } from "../setup-api";
import { complain } from "../toast";
import { chosenFrom, movesOf } from "../widget-agents";
import { useAct } from "./act";
import { Avatar } from "./avatar";
import { LineBones } from "./bones";
import { Field } from "./field";
import { Panel, SaveRow } from "./settings";

interface AgentsPanelProps {
  readonly widget: WidgetProfile;
  /** Is there anything that is not saved? */
  readonly told: (dirty: boolean) => void;
}

export function AgentsPanel({ widget, told }: AgentsPanelProps) {
  const [agents, setAgents] = useAgents();
  const [moved, setMoved] = useState<Readonly<Record<string, boolean>>>({});
  const [saved, setSaved] = useState(false);
  const moves = movesOf(agents ?? [], widget.id, moved);
  const dirty = moves.join.length + moves.leave.length > 0;
  // Told of what is dirty, not by whom.
  useEffect(() => {
    told(dirty);
    return () => told(false);
  }, [dirty]);
  const [save, busy] = useAct(async () => {
    setAgents((await setupApi.changeWidgetAgents(widget.id, moves)).agents);
    setMoved({});
    setSaved(true);
  }, complain);
  return (
    <Panel
      title="Who answers here"
      lead="Agents answer on the widgets they are on, and viewers read along there."
    >
      {agents ? (
        <form class="form" onSubmit={save}>
          <AgentsField
            agents={agents}
            isOn={(agent) => moved[agent.id] ?? agent.widgets.includes(widget.id)}
            turn={(id, on) => {
              setMoved((now) => ({ ...now, [id]: on }));
              setSaved(false);
            }}
          />
          {agents.some(({ role }) => !isEverywhere(role)) && (
            <SaveRow busy={busy} saved={saved} hindered={!dirty} />
          )}
        </form>
      ) : (
        <LineBones loading="Loading the team" />
      )}
    </Panel>
  );
}

/** Everyone who can sign in; `null`: not here yet. */
export function useAgents() {
  const [agents, setAgents] = useState<readonly AgentProfile[] | null>(null);
  // Once: it is told anew with each change.
  useEffect(() => void agentApi.agents().then(({ agents }) => setAgents(agents), complain), []);
  return [agents, setAgents] as const;
}

interface AgentsFieldProps {
  readonly agents: readonly AgentProfile[];
  readonly isOn: (agent: AgentProfile) => boolean;
  readonly turn: (id: string, on: boolean) => void;
}

/** More than these are searched. */
const AT_A_GLANCE = 5;

export function AgentsField({ agents, isOn, turn }: AgentsFieldProps) {
  const [sought, setSought] = useState("");
  const some = agents.filter(({ role }) => !isEverywhere(role));
  const found = chosenFrom(some, sought);
  const all = agents.filter(({ role }) => isEverywhere(role));
  return (
    <div class="members">
      {some.length > AT_A_GLANCE && (
        <Field label="Search by name">
          {(ids) => (
            <input
              {...ids}
              class="input"
              type={"search" as "text"}
              autocomplete="off"
              value={sought}
              onInput={(event) => setSought(event.currentTarget.value)}
            />
          )}
        </Field>
      )}
      {some.length === 0 ? (
        <p class="members-note">
          There is nobody to choose from yet.{" "}
          <a href={addressOf({ at: "page", page: "team" })}>Invite agents</a> first.
        </p>
      ) : (
        <fieldset class="members-list">
          <legend class="hidden-text">On this widget</legend>
          {found.map((agent) => (
            <label class="member" key={agent.id}>
              <input
                type="checkbox"
                checked={isOn(agent)}
                onChange={(event) => turn(agent.id, event.currentTarget.checked)}
              />
              <Avatar id={agent.id} name={agent.name} small />
              <span class="member-who">
                <span>
                  <bdi>{agent.name}</bdi>
                </span>
                <small>{agent.email}</small>
              </span>
              <span class="chip">{ROLE_NAMES[agent.role]}</span>
            </label>
          ))}
          {found.length === 0 && <p class="members-note">Nobody of this name.</p>}
        </fieldset>
      )}
      <p class="members-note">
        Owners and admins are on every widget:{" "}
        {all.map(({ id, name }, at) => (
          <span key={id}>
            {at > 0 && ", "}
            <bdi>{name}</bdi>
          </span>
        ))}
        .
      </p>
    </div>
  );
}
