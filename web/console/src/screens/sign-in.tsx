// Asks who somebody is. Knows nothing of what comes after: the address still says where they were.

import { useState } from "preact/hooks";
import { refusalName } from "../agent-api";
import { ownComputer, setOwnComputer } from "../cache";
import { PasswordField, TextField } from "../parts/field";
import { Bell, Icon } from "../parts/icon";
import { Refusal } from "../parts/refusal";
import { reason, signIn } from "../session";

export function SignInScreen() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [own, setOwn] = useState(ownComputer.value);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  /** The password was right, and the code is asked for. */
  const [second, setSecond] = useState(false);
  const [code, setCode] = useState("");

  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setRefusal(null);
    setOwnComputer(own);
    try {
      await signIn({ email: email.trim(), password, ...(second && { code: code.trim() }) });
    } catch (error) {
      if (refusalName(error) === "second-step-needed") setSecond(true);
      else setRefusal(error);
      setCode("");
      setBusy(false);
    }
  };
  const startAgain = () => {
    setSecond(false);
    setRefusal(null);
    setPassword("");
  };

  if (second) {
    return (
      <main class="door">
        <form class="door-card" onSubmit={submit} key="second">
          <Bell />
          <h1>One more step</h1>
          <p class="door-lead">Type the code that your authenticator app shows, or a recovery code.</p>
          {refusal !== null && <Refusal error={refusal} />}
          <div class="form">
            <TextField
              label="Code"
              first
              autocomplete="one-time-code"
              maxLength={40}
              value={code}
              onValue={setCode}
            />
            <button type="submit" class="button button-wide" disabled={busy}>
              {busy ? "Signing in…" : "Sign in"}
            </button>
          </div>
          <p class="door-foot">
            <button type="button" class="link-button" onClick={startAgain}>
              Sign in as somebody else
            </button>
          </p>
        </form>
      </main>
    );
  }

  return (
    <main class="door">
      <form class="door-card" onSubmit={submit}>
        <Bell />
        <h1>Sign in</h1>
        <p class="door-lead">Welcome back to your Frontdesk.</p>
        {reason.value && refusal === null && (
          <div class="refusal reason" role="alert">
            <Icon name="lock" />
            <p>{reason.value}</p>
          </div>
        )}
        {refusal !== null && <Refusal error={refusal} />}
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
