// Asks somebody about themselves: name, password, where they are signed in. Knows nothing of two-step sign-in but
// where it stands.

import type { AccountReply, SessionProfile } from "@frontdesk/shared/wire.gen";
import { useEffect, useState } from "preact/hooks";
import { deviceName } from "../account";
import { agentApi, refusalName } from "../agent-api";
import { now_ms } from "../desk";
import { useAct } from "../parts/act";
import { LineBones } from "../parts/bones";
import { PasswordField, TextField } from "../parts/field";
import { Icon } from "../parts/icon";
import { Refusal } from "../parts/refusal";
import { Panel, SaveRow, SettingsPage } from "../parts/settings";
import { TwoFactorPanel } from "../parts/two-factor";
import { ROLE_MEANS, ROLE_NAMES } from "../role";
import { renamed } from "../session";
import { moment } from "../time";
import { complain, tell } from "../toast";

export type ToldAccount = (account: AccountReply) => void;

/** Wire: `PASSWORD_MIN_CHARS`. */
const PASSWORD_MIN = 10;

export function AccountScreen() {
  const [account, setAccount] = useState<AccountReply | null>(null);
  const ask = () => void agentApi.account().then(setAccount, complain);
  useEffect(ask, []);
  return (
    <SettingsPage page="account">
      {account ? (
        <>
          <NamePanel account={account} told={setAccount} />
          <PasswordPanel told={setAccount} />
          <TwoFactorPanel account={account} changed={ask} />
          <SessionsPanel sessions={account.sessions} told={setAccount} />
        </>
      ) : (
        <LineBones loading="Loading your account" class="panel" />
      )}
    </SettingsPage>
  );
}

function NamePanel({ account, told }: { readonly account: AccountReply; readonly told: ToldAccount }) {
  const { agent } = account;
  const [name, setName] = useState(agent.name);
  const [saved, setSaved] = useState(false);
  const [submit, busy] = useAct(async () => {
    const reply = await agentApi.changeAccount({ name: name.trim() });
    told(reply);
    renamed(reply.agent.name);
    setSaved(true);
  }, complain);
  return (
    <Panel
      title="You"
      lead={`You sign in as ${agent.email}. Your role is ${ROLE_NAMES[agent.role].toLocaleLowerCase()}: ${ROLE_MEANS[agent.role].charAt(0).toLocaleLowerCase()}${ROLE_MEANS[agent.role].slice(1)}`}
    >
      <form class="form" onSubmit={submit}>
        <TextField
          label="Name"
          hint="Visitors see it when you answer."
          autocomplete="name"
          maxLength={120}
          value={name}
          onValue={(value) => {
            setName(value);
            setSaved(false);
          }}
        />
        <SaveRow busy={busy} saved={saved} />
      </form>
    </Panel>
  );
}

function PasswordPanel({ told }: { readonly told: ToldAccount }) {
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const [submit, busy, refusal] = useAct(async () => {
    told(await agentApi.changeAccount({ password: { old, new: next } }));
    setOld("");
    setNext("");
    tell("good", "Your password was changed, and you were signed out everywhere else.");
  });
  const wrong = refusalName(refusal) === "proof-wrong";
  return (
    <Panel title="Password" lead="Another password signs you out everywhere else.">
      <form class="form" onSubmit={submit}>
        {refusal !== null && !wrong && <Refusal error={refusal} />}
        <div class="form-pair">
          <PasswordField
            label="Present password"
            autocomplete="current-password"
            wrong={wrong ? "This is not your present password." : null}
            value={old}
            onValue={setOld}
          />
          <PasswordField
            label="New password"
            hint={`At least ${PASSWORD_MIN} characters.`}
            autocomplete="new-password"
            minLength={PASSWORD_MIN}
            value={next}
            onValue={setNext}
          />
        </div>
        <div class="panel-foot">
          <button type="submit" class="button" disabled={busy}>
            {busy ? "Changing…" : "Change password"}
          </button>
        </div>
      </form>
    </Panel>
  );
}

interface SessionsProps {
  readonly sessions: readonly SessionProfile[];
  readonly told: ToldAccount;
}

function SessionsPanel({ sessions, told }: SessionsProps) {
  const [elsewhere, busy] = useAct(async () => {
    told(await agentApi.signOutElsewhere());
    tell("good", "You are signed in here alone now.");
  }, complain);
  return (
    <Panel
      title="Where you are signed in"
      lead="If you do not know one of these, sign out everywhere else and change your password."
    >
      <ul class="people">
        {sessions.map((session) => (
          <li key={session.id}>
            <span class="people-sign">
              <Icon name="device" />
            </span>
            <div class="people-who">
              <p title={session.device}>{deviceName(session.device)}</p>
              <p>
                Since {moment(session.since, now_ms.value)}
                {session.address && <>, from {session.address}</>}
              </p>
            </div>
            {session.is_this && (
              <p class="people-chips">
                <span class="chip chip-good">Here</span>
              </p>
            )}
          </li>
        ))}
      </ul>
      {sessions.length > 1 && (
        <div class="panel-foot">
          <button type="button" class="button button-plain" disabled={busy} onClick={() => void elsewhere()}>
            Sign out everywhere else
          </button>
        </div>
      )}
    </Panel>
  );
}
