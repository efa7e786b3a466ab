// Asks an invited person who they are, once, by the link they were given. Knows nothing of the console behind it.

import type { InvitedReply } from "@frontdesk/shared/wire.gen";
import { useEffect, useState } from "preact/hooks";
import { door, refusalName } from "../agent-api";
import { useAct } from "../parts/act";
import { PasswordField, TextField } from "../parts/field";
import { Bell } from "../parts/icon";
import { Refusal } from "../parts/refusal";
import { ROLE_MEANS, ROLE_NAMES } from "../role";
import { replaceWith } from "../route";
import { joinTeam } from "../session";

/** Wire: `PASSWORD_MIN_CHARS`. */
const PASSWORD_MIN = 10;

export function JoinScreen({ code }: { readonly code: string }) {
  const [invited, setInvited] = useState<InvitedReply | null>(null);
  const [refusal, setRefusal] = useState<unknown>(null);
  useEffect(() => {
    setRefusal(null);
    door.invited(code).then(setInvited, setRefusal);
  }, [code]);
  return (
    <main class="door" aria-busy={!invited && refusal === null}>
      {invited ? (
        <JoinForm code={code} invited={invited} />
      ) : (
        <div class="door-card">
          <Bell />
          <h1>{refusal === null ? "One moment…" : "This invitation does not open"}</h1>
          {refusal !== null && (
            <Refusal error={refusal}>
              <p>
                If you have an account, <a href="#/">sign in</a>.
              </p>
            </Refusal>
          )}
        </div>
      )}
    </main>
  );
}

function JoinForm({ code, invited }: { readonly code: string; readonly invited: InvitedReply }) {
  const [name, setName] = useState("");
  const [email, setEmail] = useState(invited.email ?? "");
  const [password, setPassword] = useState("");

  const [submit, busy, refusal] = useAct(async () => {
    await joinTeam({ code, name: name.trim(), email: email.trim(), password });
    replaceWith({ at: "inbox" });
  });
  const taken = refusalName(refusal) === "email-taken";
  return (
    <form class="door-card" onSubmit={submit}>
      <Bell />
      <h1>Join the team</h1>
      <p class="door-lead">
        <bdi>{invited.by || "A colleague"}</bdi> invites you as {ROLE_NAMES[invited.role].toLocaleLowerCase()}
        . {ROLE_MEANS[invited.role]}
      </p>
      {invited.two_factor_demanded && (
        <p class="door-note">
          This team signs in in two steps. Have a phone with an authenticator app at hand: that comes next.
        </p>
      )}
      {refusal !== null && !taken && <Refusal error={refusal} />}
      <div class="form">
        <TextField
          label="Your name"
          hint="Visitors see it when you answer."
          first
          autocomplete="name"
          maxLength={120}
          value={name}
          onValue={setName}
        />
        <TextField
          label="E-mail"
          email
          autocomplete="username"
          maxLength={254}
          wrong={taken ? "Somebody here has this e-mail already." : null}
          value={email}
          onValue={setEmail}
        />
        <PasswordField
          label="Password"
          hint={`At least ${PASSWORD_MIN} characters.`}
          autocomplete="new-password"
          minLength={PASSWORD_MIN}
          value={password}
          onValue={setPassword}
        />
        <button type="submit" class="button button-wide" disabled={busy}>
          {busy ? "Joining…" : "Join"}
        </button>
      </div>
    </form>
  );
}
