// Lets an owner give other programs a key, see when each was used last, and take it away. Knows nothing of what they
// do with it.

import type { ApiKeyProfile, Scope } from "@frontdesk/shared/wire.gen";
import { useState } from "preact/hooks";
import { sentence } from "../agent-api";
import { useAct } from "../parts/act";
import { Check, WidgetChecks } from "../parts/checks";
import { Confirm } from "../parts/confirm";
import { Dialog } from "../parts/dialog";
import { TextField } from "../parts/field";
import { Icon } from "../parts/icon";
import { ListState, useList } from "../parts/list-state";
import { SettingsPage } from "../parts/settings";
import { Secret } from "../parts/snippet";
import { me } from "../session";
import { setupApi } from "../setup-api";
import { inFull } from "../time";
import "../style/setup.css";

/** In words, and whether a key for some widgets can have it. */
const SCOPES: Readonly<Record<Scope, readonly [words: string, needsAll?: true]>> = {
  "conversations:read": ["Read conversations and what happens in them"],
  "conversations:write": ["Answer, write notes, and change conversations"],
  "contacts:read": ["Read contacts"],
  "contacts:write": ["Change contacts"],
  "widgets:read": ["Read widgets"],
  "widgets:write": ["Change widgets", true],
  "agents:read": ["Read who the agents are"],
  webhooks: ["Manage webhooks", true],
  blocks: ["Manage who is blocked", true],
};

const ALL = Object.keys(SCOPES) as Scope[];

export function KeysScreen() {
  const { list, set, trouble, again } = useList(async () => (await setupApi.keys()).keys);
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<ApiKeyProfile | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const working = (list ?? []).filter(({ revoked_at }) => !revoked_at);
  const revoked = (list ?? []).filter(({ revoked_at }) => revoked_at);
  return (
    <SettingsPage
      page="keys"
      action={
        <button type="button" class="button" onClick={() => setAdding(true)}>
          <Icon name="plus" />
          New key
        </button>
      }
    >
      <section class="panel" aria-label="API keys">
        <ListState
          list={list ? working : null}
          trouble={trouble}
          again={again}
          loading="Loading the keys"
          icon="key"
          none="No keys yet"
          hint="With a key another program reads and writes under a name of its own."
        >
          <ul class="things">
            {working.map((key) => (
              <Row key={key.id} of={key} revoke={setLeaving} />
            ))}
          </ul>
        </ListState>
      </section>
      {revoked.length > 0 && (
        <details class="panel revoked">
          <summary>Revoked keys: {revoked.length}</summary>
          <ul class="things">
            {revoked.map((key) => (
              <Row key={key.id} of={key} />
            ))}
          </ul>
        </details>
      )}
      {adding && (
        <AddDialog
          close={() => setAdding(false)}
          made={(key, secret) => {
            set([...(list ?? []), key]);
            setSecret(secret);
          }}
        />
      )}
      {secret && (
        <Dialog title="The new key" wide onClose={() => setSecret(null)}>
          <p class="dialog-lead">Whoever has it can do what you ticked. Keep it like a password.</p>
          <Secret value={secret} name="Copy key" />
          <div class="dialog-foot">
            <button type="button" class="button button-plain" onClick={() => setSecret(null)}>
              Done
            </button>
          </div>
        </Dialog>
      )}
      {leaving && (
        <Confirm
          title={`Revoke “${leaving.name}”?`}
          act="Revoke"
          acting="Revoking…"
          danger
          run={async () => set((await setupApi.revokeKey(leaving.id)).keys)}
          close={() => setLeaving(null)}
        >
          <p>The program that has it can do nothing any more, at once. What it wrote stays under its name.</p>
        </Confirm>
      )}
    </SettingsPage>
  );
}

interface RowProps {
  readonly of: ApiKeyProfile;
  readonly revoke?: (key: ApiKeyProfile) => void;
}

function Row({ of: key, revoke }: RowProps) {
  return (
    <li class="thing">
      <div class="thing-what">
        <p class="thing-name">
          <span class="thing-value" dir="auto">
            {key.name}
          </span>
          {key.revoked_at && <span class="chip">Revoked {inFull(key.revoked_at)}</span>}
        </p>
        <p class="thing-about">{key.scopes.map((scope) => SCOPES[scope][0]).join(" · ")}</p>
        <p class="thing-about">
          {key.used_at ? `Used last ${inFull(key.used_at)}` : "Never used"} · {widgetsOf(key)}
        </p>
      </div>
      {revoke && (
        <button
          type="button"
          class="button button-plain"
          aria-label={`Revoke ${key.name}`}
          onClick={() => revoke(key)}
        >
          Revoke
        </button>
      )}
    </li>
  );
}

function widgetsOf({ widgets }: ApiKeyProfile): string {
  if (widgets.length === 0) return "all widgets";
  const names = (me.value?.widgets ?? []).filter(({ id }) => widgets.includes(id));
  return names.map(({ name }) => name).join(", ");
}

interface AddDialogProps {
  readonly made: (key: ApiKeyProfile, secret: string) => void;
  readonly close: () => void;
}

function AddDialog({ made, close }: AddDialogProps) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly Scope[]>([]);
  const [widgets, setWidgets] = useState<readonly string[]>([]);
  const offered = widgets.length ? ALL.filter((scope) => !SCOPES[scope][1]) : ALL;
  const asked = scopes.filter((scope) => offered.includes(scope));
  const [submit, busy, refusal] = useAct(async () => {
    const reply = await setupApi.newKey({
      name: name.trim(),
      scopes: [...asked],
      widgets: [...widgets],
    });
    close();
    made(reply.key, reply.secret);
  });
  return (
    <Dialog title="New API key" wide onClose={close}>
      <form class="form" onSubmit={submit}>
        <TextField
          label="Name"
          first
          hint="What it writes bears this name."
          wrong={refusal === null ? null : sentence(refusal)}
          placeholder="Shop bot"
          autocomplete="off"
          maxLength={120}
          value={name}
          onValue={setName}
        />
        <fieldset class="checks">
          <legend>It may</legend>
          {offered.map((scope) => (
            <Check
              key={scope}
              name={SCOPES[scope][0]}
              on={scopes.includes(scope)}
              change={(on) => setScopes(on ? [...scopes, scope] : scopes.filter((one) => one !== scope))}
            />
          ))}
        </fieldset>
        <WidgetChecks chosen={widgets} change={setWidgets} />
        <div class="dialog-foot">
          <button type="button" class="button button-plain" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button" disabled={busy || !name.trim() || asked.length === 0}>
            {busy ? "Making…" : "Make key"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
