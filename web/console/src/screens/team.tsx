// Asks who answers: shows everyone who can sign in, adds and removes agents. Knows nothing of their work.

import type { AgentProfile, Role } from "@frontdesk/shared/wire.gen";
import { useEffect, useState } from "preact/hooks";
import { agentApi, refusalName, sentence } from "../agent-api";
import { Avatar } from "../parts/avatar";
import { Dialog } from "../parts/dialog";
import { PasswordField, TextField } from "../parts/field";
import { Icon } from "../parts/icon";
import { SettingsPage } from "../parts/settings";
import { me } from "../session";
import { complain, tell } from "../toast";

type Told = (agents: AgentProfile[]) => void;

export function TeamScreen() {
  const [agents, setAgents] = useState<AgentProfile[] | null>(null);
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<AgentProfile | null>(null);

  useEffect(() => {
    agentApi.agents().then((reply) => setAgents(reply.agents), complain);
  }, []);

  return (
    <SettingsPage
      page="team"
      action={
        <button type="button" class="button" onClick={() => setAdding(true)}>
          <Icon name="plus" />
          Add agent
        </button>
      }
    >
      <section class="panel" aria-label="Agents">
        {agents ? <People agents={agents} remove={setLeaving} /> : <Bones />}
      </section>
      {adding && <AddAgentDialog told={setAgents} close={() => setAdding(false)} />}
      {leaving && <RemoveDialog agent={leaving} told={setAgents} close={() => setLeaving(null)} />}
    </SettingsPage>
  );
}

interface PeopleProps {
  readonly agents: readonly AgentProfile[];
  readonly remove: (agent: AgentProfile) => void;
}

function People({ agents, remove }: PeopleProps) {
  return (
    <ul class="people">
      {agents.map((agent) => (
        <li key={agent.id}>
          <Avatar id={agent.id} name={agent.name} />
          <div class="people-who">
            <p>{agent.name}</p>
            <p>{agent.email}</p>
          </div>
          <span class={agent.role === "owner" ? "chip chip-good" : "chip"}>
            {agent.role === "owner" ? "Owner" : "Agent"}
          </span>
          {agent.id === me.value?.agent.id ? (
            <span class="chip">You</span>
          ) : (
            <button
              type="button"
              class="icon-button"
              aria-label={`Remove ${agent.name}`}
              title={`Remove ${agent.name}`}
              onClick={() => remove(agent)}
            >
              <Icon name="bin" />
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

interface DialogProps {
  readonly told: Told;
  readonly close: () => void;
}

function AddAgentDialog({ told, close }: DialogProps) {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [role, setRole] = useState<Role>("agent");
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  const taken = refusalName(refusal) === "email-taken";

  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setRefusal(null);
    const widgets = me.value?.widgets.map((widget) => widget.id) ?? [];
    try {
      const reply = await agentApi.addAgent({
        name: name.trim(),
        email: email.trim(),
        password,
        role,
        widgets,
      });
      told(reply.agents);
      tell("good", `${name.trim()} can sign in now.`);
      close();
    } catch (error) {
      setRefusal(error);
      setBusy(false);
    }
  };

  return (
    <Dialog title="Add an agent" wide onClose={close}>
      <p class="dialog-lead">They sign in with this e-mail and password. Pass the password on yourself.</p>
      <form class="form" onSubmit={submit}>
        {refusal !== null && !taken && (
          <div class="refusal" role="alert">
            <Icon name="alert" />
            <p>{sentence(refusal)}</p>
          </div>
        )}
        <div class="form-pair">
          <TextField label="Name" first autocomplete="off" maxLength={120} value={name} onValue={setName} />
          <TextField
            label="E-mail"
            email
            autocomplete="off"
            maxLength={254}
            wrong={taken ? "An agent with this e-mail exists already." : null}
            value={email}
            onValue={setEmail}
          />
        </div>
        <PasswordField
          label="Password"
          hint="At least 10 characters."
          autocomplete="new-password"
          minLength={10}
          value={password}
          onValue={setPassword}
        />
        <fieldset class="roles">
          <legend>Role</legend>
          <RoleChoice means="agent" name="Agent" does="Answers visitors." chosen={role} choose={setRole} />
          <RoleChoice
            means="owner"
            name="Owner"
            does="Also changes widget and team."
            chosen={role}
            choose={setRole}
          />
        </fieldset>
        <div class="dialog-foot">
          <button type="button" class="button button-plain" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button" disabled={busy}>
            {busy ? "Adding…" : "Add agent"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface RoleChoiceProps {
  readonly means: Role;
  readonly name: string;
  readonly does: string;
  readonly chosen: Role;
  readonly choose: (role: Role) => void;
}

function RoleChoice({ means, name, does, chosen, choose }: RoleChoiceProps) {
  return (
    <label class="role">
      <input type="radio" name="role" checked={means === chosen} onChange={() => choose(means)} />
      <span>
        <strong>{name}</strong>
        <small>{does}</small>
      </span>
    </label>
  );
}

function RemoveDialog({ agent, told, close }: DialogProps & { readonly agent: AgentProfile }) {
  const [busy, setBusy] = useState(false);
  const remove = async () => {
    setBusy(true);
    try {
      told((await agentApi.removeAgent(agent.id)).agents);
      tell("good", `${agent.name} was removed.`);
    } catch (error) {
      complain(error);
    }
    close();
  };
  return (
    <Dialog title={`Remove ${agent.name}?`} onClose={close}>
      <p class="dialog-lead">
        They are signed out at once and cannot come back. What they wrote stays in the conversations.
      </p>
      <div class="dialog-foot">
        <button type="button" class="button button-plain" onClick={close}>
          Cancel
        </button>
        <button type="button" class="button button-danger" disabled={busy} onClick={() => void remove()}>
          {busy ? "Removing…" : "Remove"}
        </button>
      </div>
    </Dialog>
  );
}

function Bones() {
  return (
    <div aria-busy="true">
      <p class="hidden-text">Loading the team</p>
      {[1, 2, 3].map((n) => (
        <div key={n} class="row-bones">
          <div class="bone" />
          <div class="bone" />
          <div class="bone" />
        </div>
      ))}
    </div>
  );
}
