// Lets an owner download a copy of everything, and says how old the last one is. Knows nothing of what is in it.

import type { BackupReply } from "@frontdesk/shared/wire.gen";
import { useEffect, useState } from "preact/hooks";
import { refusalName, sentence } from "../agent-api";
import { saveFile } from "../file";
import { useAct } from "../parts/act";
import { PasswordField } from "../parts/field";
import { Icon } from "../parts/icon";
import { Panel, SettingsPage } from "../parts/settings";
import { downloadBackup, setupApi } from "../setup-api";
import { inFull } from "../time";
import { complain } from "../toast";
import "../style/setup.css";

/** Older than this, and somebody should be told. */
const OLD_MS = 7 * 86_400_000;

export function BackupScreen() {
  const [state, setState] = useState<BackupReply | null>(null);
  const look = () => void setupApi.backup().then(setState, complain);
  useEffect(look, []);
  return (
    <SettingsPage page="backup">
      {state && <Last at={state.last_at} hindered={state.hindered} />}
      <Panel
        title="Download a backup"
        lead="One file with the conversations, the files in them, the secrets and the settings, as they are now."
      >
        {state?.hindered ? (
          <p class="snippet-warning" role="note">
            <Icon name="alert" />
            {state.hindered}
          </p>
        ) : (
          <DownloadForm done={look} />
        )}
      </Panel>
      <Panel title="Every day, by itself" lead="A copy that somebody has to think of is soon an old one.">
        <p class="backup-words">
          Have the server's computer run <code>frontdesk backup /backups</code> once a day, and keep that
          folder on another machine. <code>frontdesk restore FILE</code> makes a server of it again.
        </p>
      </Panel>
    </SettingsPage>
  );
}

function Last({ at, hindered }: { readonly at: string | null; readonly hindered: string | null }) {
  if (hindered) return null;
  const old = !at || Date.now() - new Date(at).getTime() > OLD_MS;
  return (
    <p class={old ? "backup-last backup-old" : "backup-last"} role="status">
      <Icon name={old ? "alert" : "check"} />
      {at ? `The last backup was made ${inFull(at)}.` : "There was no backup yet."}
    </p>
  );
}

function DownloadForm({ done }: { readonly done: () => void }) {
  const [password, setPassword] = useState("");
  const [submit, busy, refusal] = useAct(async () => {
    saveFile(...(await downloadBackup(password)));
    setPassword("");
    done();
  });
  return (
    <form class="form backup-form" onSubmit={submit}>
      <PasswordField
        label="Your password"
        hint="Whoever has the file can speak as this server, so we ask again."
        wrong={refusal === null ? null : wrongOf(refusal)}
        autocomplete="current-password"
        value={password}
        onValue={setPassword}
      />
      <div>
        <button type="submit" class="button" disabled={busy || !password}>
          <Icon name="save" />
          {busy ? "Packing…" : "Download backup"}
        </button>
      </div>
    </form>
  );
}

function wrongOf(refusal: unknown): string {
  return refusalName(refusal) === "wrong-password" ? "That is not your password." : sentence(refusal);
}
