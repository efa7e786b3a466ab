// Leads through two-step sign-in: the picture for the app, the first code, the recovery codes; and out of it again.
// Knows nothing of the rest of the account.

import type { AccountReply, TwoFactorBegun } from "@frontdesk/shared/wire.gen";
import { generate } from "lean-qr";
import { toSvgPath } from "lean-qr/extras/svg";
import { useMemo, useState } from "preact/hooks";
import { asLines, inGroups } from "../account";
import { agentApi, refusalName } from "../agent-api";
import { complain, tell } from "../toast";
import { useAct } from "./act";
import { copy } from "./copy";
import { Dialog } from "./dialog";
import { PasswordField, TextField } from "./field";
import { Icon } from "./icon";
import { Refusal } from "./refusal";
import { Panel } from "./settings";

const FOR_NEW_CODES = {
  free: "For new ones, switch it off and on again.",
  demanded: "For new ones, ask an owner or admin to have you set it up anew.",
};

interface TwoFactorProps {
  readonly account: AccountReply;
  readonly changed: () => void;
}

export function TwoFactorPanel({ account, changed }: TwoFactorProps) {
  const [begun, setBegun] = useState<TwoFactorBegun | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const [ending, setEnding] = useState(false);
  const begin = () => void agentApi.beginTwoFactor().then(setBegun, complain);
  const { two_factor: on, two_factor_demanded: demanded } = account;
  return (
    <Panel
      title="Two-step sign-in"
      lead="After the password, an app on your phone shows a code. Whoever learns your password still stays outside."
    >
      <div class="two-factor">
        <span class={on ? "chip chip-good" : "chip"}>{on ? "On" : "Off"}</span>
        {on && (
          <p>
            {account.recovery_codes === 1
              ? "One recovery code is left."
              : `${account.recovery_codes} recovery codes are left.`}{" "}
            {account.recovery_codes < 3 && FOR_NEW_CODES[demanded ? "demanded" : "free"]}
          </p>
        )}
      </div>
      <div class="panel-foot">
        {on && demanded ? (
          <p class="panel-note">Everybody on your team has to have it, so it cannot be switched off.</p>
        ) : on ? (
          <button type="button" class="button button-plain" onClick={() => setEnding(true)}>
            Switch off
          </button>
        ) : (
          <button type="button" class="button" onClick={begin}>
            <Icon name="shield" />
            Set up
          </button>
        )}
      </div>
      {begun && (
        <BeginDialog
          begun={begun}
          done={(made) => {
            setBegun(null);
            setCodes(made);
            changed();
          }}
          close={() => setBegun(null)}
        />
      )}
      {codes && <CodesDialog codes={codes} close={() => setCodes(null)} />}
      {ending && <EndDialog changed={changed} close={() => setEnding(false)} />}
    </Panel>
  );
}

interface BeginProps {
  readonly begun: TwoFactorBegun;
  readonly done: (codes: readonly string[]) => void;
  readonly close: () => void;
}

function BeginDialog({ begun, done, close }: BeginProps) {
  return (
    <Dialog title="Set up two-step sign-in" wide onClose={close}>
      <FirstCode begun={begun} done={done} close={close} />
    </Dialog>
  );
}

/** The picture, and the first code that shows that the app has the key. */
export function FirstCode({
  begun,
  done,
  close,
}: Omit<BeginProps, "close"> & { readonly close?: () => void }) {
  const [code, setCode] = useState("");
  const [submit, busy, refusal] = useAct(async () => {
    done((await agentApi.confirmTwoFactor(code)).recovery_codes);
  });
  const wrong = refusalName(refusal) === "code-wrong";
  return (
    <form class="qr-steps" onSubmit={submit}>
      <Qr text={begun.uri} />
      <div class="form">
        <p class="dialog-lead">
          Scan this with an authenticator app on your phone. If you cannot scan it, type this key into the
          app:
        </p>
        <p class="key-text">
          <code>{inGroups(begun.key)}</code>
        </p>
        {refusal !== null && !wrong && <Refusal error={refusal} />}
        <TextField
          label="Code from the app"
          hint="Six digits."
          wrong={wrong ? "This code is not right. Wait for the next one, and check the phone's clock." : null}
          first
          autocomplete="one-time-code"
          maxLength={10}
          value={code}
          onValue={setCode}
        />
      </div>
      <div class="dialog-foot">
        {close && (
          <button type="button" class="button button-plain" onClick={close}>
            Cancel
          </button>
        )}
        <button type="submit" class="button" disabled={busy}>
          {busy ? "Checking…" : "Switch on"}
        </button>
      </div>
    </form>
  );
}

/** White around it, by night too: cameras want it so. */
function Qr({ text }: { readonly text: string }) {
  const drawn = useMemo(() => {
    const code = generate(text);
    return { path: toSvgPath(code), size: code.size };
  }, [text]);
  return (
    <svg
      class="qr"
      viewBox={`-4 -4 ${drawn.size + 8} ${drawn.size + 8}`}
      role="img"
      aria-label="QR code for your authenticator app"
    >
      <rect x="-4" y="-4" width={drawn.size + 8} height={drawn.size + 8} fill="#fff" />
      <path d={drawn.path} fill="#000" shape-rendering="crispEdges" />
    </svg>
  );
}

export const CODES_MEAN =
  "Two-step sign-in is on. Each of these stands for a code once, for the day the phone is lost. They are shown only now: print them, or keep them in a password manager.";

interface CodesProps {
  readonly codes: readonly string[];
  readonly close: () => void;
}

function CodesDialog({ codes, close }: CodesProps) {
  return (
    <Dialog title="Your recovery codes" onClose={close}>
      <p class="dialog-lead">{CODES_MEAN}</p>
      <Codes codes={codes} close={close} />
    </Dialog>
  );
}

export function Codes({ codes, close }: CodesProps) {
  const keep = async () => {
    if (await copy(asLines(codes))) tell("good", "Copied. Keep them where your phone is not.");
    else tell("bad", "The browser did not let the console copy. Select the codes and copy them yourself.");
  };
  return (
    <>
      <ul class="recovery-codes" aria-label="Recovery codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div class="dialog-foot">
        <button type="button" class="button button-plain" onClick={() => void keep()}>
          <Icon name="copy" />
          Copy
        </button>
        <button type="button" class="button" onClick={close}>
          I have kept them
        </button>
      </div>
    </>
  );
}

function EndDialog({ changed, close }: { readonly changed: () => void; readonly close: () => void }) {
  const [proof, setProof] = useState("");
  const [submit, busy, refusal] = useAct(async () => {
    await agentApi.endTwoFactor(proof);
    tell("good", "Two-step sign-in is off.");
    changed();
    close();
  });
  const wrong = refusalName(refusal) === "proof-wrong";
  return (
    <Dialog title="Switch two-step sign-in off?" onClose={close}>
      <p class="dialog-lead">From then on your password alone lets you in.</p>
      <form class="form" onSubmit={submit}>
        {refusal !== null && !wrong && <Refusal error={refusal} />}
        <PasswordField
          label="Your password or a code"
          wrong={wrong ? "This is neither your password nor a code that counts now." : null}
          first
          autocomplete="current-password"
          value={proof}
          onValue={setProof}
        />
        <div class="dialog-foot">
          <button type="button" class="button button-plain" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button button-danger" disabled={busy}>
            {busy ? "Switching off…" : "Switch off"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
