// Asks whom to invite, and what a colleague may do from now on. Knows nothing of the list of the team.

import type { AgentProfile, InvitationReply, Role, TeamMember, TeamReply } from "@frontdesk/shared/wire.gen";
import { useState } from "preact/hooks";
import { joinLink } from "../account";
import { agentApi } from "../agent-api";
import { givable, isEverywhere, ROLE_MEANS, ROLE_NAMES } from "../role";
import { me } from "../session";
import { complain, tell } from "../toast";
import { useAct } from "./act";
import { copy } from "./copy";
import { Dialog } from "./dialog";
import { Field, TextField } from "./field";
import { Icon } from "./icon";
import { Refusal } from "./refusal";

export function InviteDialog({ close }: { readonly close: () => void }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("agent");
  const [widgets, setWidgets] = useState<readonly string[]>(me.value?.widgets.map(({ id }) => id) ?? []);
  const [made, setMade] = useState<InvitationReply | null>(null);

  const [submit, busy, refusal] = useAct(async () => {
    const to = email.trim();
    setMade(await agentApi.invite({ role, widgets: onThese(role, widgets), ...(to && { email: to }) }));
  });
  if (made) return <LinkDialog made={made} email={email.trim()} close={close} />;
  return (
    <Dialog title="Invite somebody" wide onClose={close}>
      <p class="dialog-lead">They get a link, choose a name and a password, and are in.</p>
      <form class="form" onSubmit={submit}>
        {refusal !== null && <Refusal error={refusal} />}
        <Field
          label="E-mail (optional)"
          hint="If this server sends mail, the link goes there. You get it as well."
        >
          {(ids) => (
            <input
              {...ids}
              class="input"
              type={"email" as "text"}
              autocomplete="off"
              maxLength={254}
              value={email}
              onInput={(event) => setEmail(event.currentTarget.value)}
            />
          )}
        </Field>
        <RoleQuestion role={role} choose={setRole} />
        <WidgetsQuestion role={role} chosen={widgets} choose={setWidgets} />
        <div class="dialog-foot">
          <button type="button" class="button button-plain" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button" disabled={busy}>
            {busy ? "Inviting…" : "Invite"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface LinkProps {
  readonly made: InvitationReply;
  readonly email: string;
  readonly close: () => void;
}

function LinkDialog({ made, email, close }: LinkProps) {
  const link = joinLink(location.origin, made.code);
  const keep = async () => {
    if (await copy(link)) tell("good", "The link was copied.");
    else tell("bad", "The browser did not let the console copy. Select the link and copy it yourself.");
  };
  return (
    <Dialog
      title={made.mailed ? `The invitation was mailed to ${email}` : "The invitation is ready"}
      onClose={close}
    >
      <p class="dialog-lead">
        {made.mailed ? "You can pass this link on as well. " : "Pass this link on yourself. "}
        It works once, for seven days, and is shown only now.
      </p>
      <p class="key-text">
        <code>{link}</code>
      </p>
      <div class="dialog-foot">
        <button type="button" class="button button-plain" onClick={close}>
          Close
        </button>
        <button type="button" class="button" onClick={() => void keep()}>
          <Icon name="copy" />
          Copy link
        </button>
      </div>
    </Dialog>
  );
}

interface MemberProps {
  readonly member: TeamMember;
  readonly told: (team: TeamReply) => void;
  /** Asks for the team anew. */
  readonly ask: () => void;
  readonly close: () => void;
}

export function MemberDialog({ member, told, ask, close }: MemberProps) {
  const { agent } = member;
  const [name, setName] = useState(agent.name);
  const [role, setRole] = useState(agent.role);
  const [widgets, setWidgets] = useState<readonly string[]>(agent.widgets);
  const [removing, setRemoving] = useState(false);

  const [submit, busy, refusal] = useAct(async () => {
    const change = { name: name.trim(), role, ...(!isEverywhere(role) && { widgets: [...widgets] }) };
    told(await agentApi.changeAgent(agent.id, change));
    tell("good", `${name.trim()} was changed.`);
    close();
  });
  if (removing) return <RemoveDialog agent={agent} ask={ask} close={close} />;
  return (
    <Dialog title={`Change ${agent.name}`} wide onClose={close}>
      <form class="form" onSubmit={submit}>
        {refusal !== null && <Refusal error={refusal} />}
        <TextField label="Name" first autocomplete="off" maxLength={120} value={name} onValue={setName} />
        <RoleQuestion role={role} choose={setRole} />
        <WidgetsQuestion role={role} chosen={widgets} choose={setWidgets} />
        {member.two_factor && <ResetTwoFactor agent={agent} told={told} close={close} />}
        <div class="dialog-foot">
          {agent.id !== me.value?.agent.id && (
            <button type="button" class="button button-plain dialog-apart" onClick={() => setRemoving(true)}>
              Remove…
            </button>
          )}
          <button type="button" class="button button-plain" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button" disabled={busy}>
            {busy ? "Saving…" : "Save"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface ResetProps {
  readonly agent: AgentProfile;
  readonly told: (team: TeamReply) => void;
  readonly close: () => void;
}

/** For whoever lost the phone and the recovery codes. */
function ResetTwoFactor({ agent, told, close }: ResetProps) {
  const reset = async () => {
    try {
      const team = await agentApi.resetTwoFactor(agent.id);
      told(team);
      const then = team.two_factor_demanded
        ? "sets two-step sign-in up anew before anything else."
        : "signs in with the password alone now.";
      tell("good", `${agent.name} ${then}`);
      close();
    } catch (error) {
      complain(error);
    }
  };
  return (
    <div class="two-factor">
      <p>They sign in in two steps. Switch it off only if you know that it is them who lost the phone.</p>
      <button type="button" class="button button-plain" onClick={() => void reset()}>
        Switch off
      </button>
    </div>
  );
}

function RemoveDialog({ agent, ask, close }: Omit<ResetProps, "told"> & { readonly ask: () => void }) {
  const [busy, setBusy] = useState(false);
  const remove = async () => {
    setBusy(true);
    try {
      await agentApi.removeAgent(agent.id);
      tell("good", `${agent.name} was removed.`);
    } catch (error) {
      complain(error);
    }
    ask();
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

interface RoleProps {
  readonly role: Role;
  readonly choose: (role: Role) => void;
}

function RoleQuestion({ role, choose }: RoleProps) {
  return (
    <fieldset class="roles">
      <legend>Role</legend>
      {givable(me.value?.agent.role).map((one) => (
        <label class="role" key={one}>
          <input type="radio" name="role" checked={one === role} onChange={() => choose(one)} />
          <span>
            <strong>{ROLE_NAMES[one]}</strong>
            <small>{ROLE_MEANS[one]}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

interface WidgetsProps {
  readonly role: Role;
  readonly chosen: readonly string[];
  readonly choose: (widgets: readonly string[]) => void;
}

/** Owners and admins are on all of them. */
function WidgetsQuestion({ role, chosen, choose }: WidgetsProps) {
  if (isEverywhere(role)) return null;
  const turn = (id: string, on: boolean) =>
    choose(on ? [...chosen, id] : chosen.filter((other) => other !== id));
  return (
    <fieldset class="checks">
      <legend>Widgets</legend>
      {me.value?.widgets.map(({ id, name }) => (
        <label key={id}>
          <input
            type="checkbox"
            checked={chosen.includes(id)}
            onChange={(event) => turn(id, event.currentTarget.checked)}
          />
          <span dir="auto">{name}</span>
        </label>
      ))}
    </fieldset>
  );
}

const onThese = (role: Role, widgets: readonly string[]) => (isEverywhere(role) ? [] : [...widgets]);
