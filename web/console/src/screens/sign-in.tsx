// Asks who somebody is. Knows nothing of what comes after: the address still says where they were.

import { useState } from "preact/hooks";
import { sentence } from "../agent-api";
import { ownComputer, setOwnComputer } from "../cache";
import { PasswordField, TextField } from "../parts/field";
import { Bell, Icon } from "../parts/icon";
import { reason, signIn } from "../session";

export function SignInScreen() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [own, setOwn] = useState(ownComputer.value);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);

  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setRefusal(null);
    setOwnComputer(own);
    try {
      await signIn({ email: email.trim(), password });
    } catch (error) {
      setRefusal(sentence(error));
      setBusy(false);
    }
  };

  return (
    <main class="door">
      <form class="door-card" onSubmit={submit}>
        <Bell />
        <h1>Sign in</h1>
        <p class="door-lead">Welcome back to your Frontdesk.</p>
        {reason.value && !refusal && (
          <div class="refusal reason" role="alert">
            <Icon name="lock" />
            <p>{reason.value}</p>
          </div>
        )}
        {refusal && (
          <div class="refusal" role="alert">
            <Icon name="alert" />
            <p>{refusal}</p>
          </div>
        )}
        <div class="form">
          <TextField
            label="E-mail"
            email
            first
            autocomplete="username"
            maxLength={254}
            value={email}
            onValue={setEmail}
          />
          <PasswordField
            label="Password"
            autocomplete="current-password"
            value={password}
            onValue={setPassword}
          />
          <label class="tick">
            <input type="checkbox" checked={own} onChange={(event) => setOwn(event.currentTarget.checked)} />
            <span>
              This is my computer
              <small>Conversations stay here until I sign out, and open at once.</small>
            </span>
          </label>
          <button type="submit" class="button button-wide" disabled={busy}>
            {busy ? "Signing in…" : "Sign in"}
          </button>
        </div>
        <p class="door-foot">
          Forgot your password? Run <code>frontdesk agent reset</code> on the server.
        </p>
      </form>
    </main>
  );
}
