// Asks the first agent who they are, once, by the link that the server printed.
// Knows nothing of the console behind it.

import { useState } from "preact/hooks";
import { refusalName } from "../agent-api";
import { useAct } from "../parts/act";
import { PasswordField, TextField } from "../parts/field";
import { Bell, Icon } from "../parts/icon";
import { Refusal } from "../parts/refusal";
import { owns } from "../role";
import { replaceWith } from "../route";
import { me, setUp } from "../session";

/** Wire: `PASSWORD_MIN_CHARS`. */
const PASSWORD_MIN = 10;

export function SetupScreen({ code }: { readonly code: string }) {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");

  const [submit, busy, refusal] = useAct(async () => {
    await setUp({ code, name: name.trim(), email: email.trim(), password });
    replaceWith({ at: isNew() ? "welcome" : "inbox" });
  });

  return (
    <main class="door">
      <form class="door-card" onSubmit={submit}>
        <Bell />
        <h1>Welcome to Frontdesk</h1>
        <p class="door-lead">Create your account, and the desk is yours. It takes one minute.</p>
        {refusal !== null && <NotSetUp error={refusal} />}
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
            {busy ? "Setting up…" : "Create account"}
          </button>
        </div>
      </form>
    </main>
  );
}

/** An owner whose chat stands on no website yet. The same link also sets a new password. */
function isNew(): boolean {
  const widgets = me.peek()?.widgets ?? [];
  return owns.peek() && widgets.every(({ origins }) => origins.length === 0);
}

function NotSetUp({ error }: { readonly error: unknown }) {
  if (refusalName(error) !== "setup-link-invalid") return <Refusal error={error} />;
  return (
    <div class="refusal" role="alert">
      <Icon name="alert" />
      <div>
        <strong>This link was used already, or it has expired.</strong>
        <p>
          Run <code>frontdesk agent reset</code> on the server: it prints a new link. If you have an account,{" "}
          <a href="#/">sign in</a>.
        </p>
      </div>
    </div>
  );
}
