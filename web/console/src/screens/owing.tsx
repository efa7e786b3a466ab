// Leads somebody through two-step sign-in who has to have it before the console opens. Knows nothing of why the owners
// want it so, and of the console behind it.

import type { TwoFactorBegun } from "@frontdesk/shared/wire.gen";
import { useEffect, useState } from "preact/hooks";
import { agentApi, refusalName } from "../agent-api";
import { useAct } from "../parts/act";
import { LineBones } from "../parts/bones";
import { Bell } from "../parts/icon";
import { Refusal } from "../parts/refusal";
import { CODES_MEAN, Codes, FirstCode } from "../parts/two-factor";
import { owing, signOut, start } from "../session";
import { complain } from "../toast";

export function OwingScreen() {
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  return (
    <main class="door">
      <div class="door-card door-card-wide">
        <Bell />
        {codes ? (
          <>
            <h1>Keep your recovery codes</h1>
            <p class="door-lead">{CODES_MEAN}</p>
            <Codes codes={codes} close={() => void start()} />
          </>
        ) : (
          <>
            <h1>One step before you go on</h1>
            <p class="door-lead">
              Everybody on this team signs in in two steps: after the password, an app on your phone shows a
              code. Set it up now, and your console opens.
            </p>
            <Begin done={setCodes} />
          </>
        )}
        <p class="door-foot">
          Signed in as {owing.value?.email}.{" "}
          <button type="button" class="link-button" onClick={() => void signOut().catch(complain)}>
            Sign out
          </button>
        </p>
      </div>
    </main>
  );
}

function Begin({ done }: { readonly done: (codes: readonly string[]) => void }) {
  const [begun, setBegun] = useState<TwoFactorBegun | null>(null);
  const [ask, busy, refusal] = useAct(async () => {
    try {
      setBegun(await agentApi.beginTwoFactor());
    } catch (error) {
      // It was set up elsewhere meanwhile.
      if (refusalName(error) !== "second-step-state") throw error;
      await start();
    }
  });
  // Once, with the page.
  useEffect(() => void ask(), []);
  if (begun) return <FirstCode begun={begun} done={done} />;
  if (refusal === null) return <LineBones loading="Making your key" />;
  return (
    <Refusal error={refusal}>
      <button type="button" class="link-button" disabled={busy} onClick={() => void ask()}>
        Try again
      </button>
    </Refusal>
  );
}
