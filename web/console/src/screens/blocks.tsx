// Lets an owner look after who is kept out: by address, by e-mail or as a visitor, for a time or for good. Knows
// nothing of how they are recognised.

import type { Block, BlockKind } from "@frontdesk/shared/wire.gen";
import { useState } from "preact/hooks";
import { agentApi, sentence } from "../agent-api";
import { useAct } from "../parts/act";
import { Confirm } from "../parts/confirm";
import { Dialog } from "../parts/dialog";
import { Field, TextField } from "../parts/field";
import { Icon } from "../parts/icon";
import { ListState, useList } from "../parts/list-state";
import { SettingsPage } from "../parts/settings";
import { BLOCK_TIMES } from "../person";
import { inFull } from "../time";
import "../style/setup.css";

const KINDS: Readonly<Record<BlockKind, readonly [name: string, hint: string, sample: string]>> = {
  address: ["Address", "An IP address, or a network such as 203.0.113.0/24.", "203.0.113.7"],
  email: ["E-mail", "Whoever gives this address.", "somebody@mail.example"],
  visitor: ["Visitor", "The id of one visitor, from the card beside a conversation.", "vis_…"],
};

export function BlocksScreen() {
  const { list, set, trouble, again } = useList(async () => (await agentApi.blocks()).blocks);
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<Block | null>(null);
  return (
    <SettingsPage
      page="blocks"
      action={
        <button type="button" class="button" onClick={() => setAdding(true)}>
          <Icon name="plus" />
          Block somebody
        </button>
      }
    >
      <section class="panel" aria-label="Who is blocked">
        <ListState
          list={list}
          trouble={trouble}
          again={again}
          loading="Loading who is blocked"
          icon="lock"
          none="Nobody is blocked"
          hint="Whoever is blocked can neither write nor open the chat, and is told so."
        >
          <ul class="things">
            {list?.map((block) => (
              <Row key={block.id} block={block} free={setLeaving} />
            ))}
          </ul>
        </ListState>
      </section>
      {adding && <AddDialog told={set} close={() => setAdding(false)} />}
      {leaving && (
        <Confirm
          title={`Let ${leaving.value} in again?`}
          act="Let in"
          acting="Letting in…"
          run={async () => set((await agentApi.unblock(leaving.id)).blocks)}
          close={() => setLeaving(null)}
        >
          <p>They can write at once.</p>
        </Confirm>
      )}
    </SettingsPage>
  );
}

function Row({ block, free }: { readonly block: Block; readonly free: (block: Block) => void }) {
  return (
    <li class="thing">
      <div class="thing-what">
        <p class="thing-name">
          <span class="chip">{KINDS[block.kind][0]}</span>
          <span class="thing-value" dir="ltr">
            {block.value}
          </span>
        </p>
        <p class="thing-about" dir="auto">
          {block.until ? `Until ${inFull(block.until)}` : "For good"}
          {block.reason && ` · ${block.reason}`}
        </p>
      </div>
      <button
        type="button"
        class="button button-plain"
        aria-label={`Let in ${block.value}`}
        onClick={() => free(block)}
      >
        Let in
      </button>
    </li>
  );
}

interface AddDialogProps {
  readonly told: (blocks: readonly Block[]) => void;
  readonly close: () => void;
}

function AddDialog({ told, close }: AddDialogProps) {
  const [kind, setKind] = useState<BlockKind>("address");
  const [value, setValue] = useState("");
  const [reason, setReason] = useState("");
  const [long, setLong] = useState<number | null>(86_400);
  const [, hint, sample] = KINDS[kind];
  const [submit, busy, refusal] = useAct(async () => {
    const block = { kind, value: value.trim(), reason, ...(long === null ? {} : { for_s: long }) };
    told((await agentApi.block(block)).blocks);
    close();
  });
  return (
    <Dialog title="Block somebody" onClose={close}>
      <form class="form" onSubmit={submit}>
        <fieldset class="scenes ways">
          <legend class="hidden-text">By what</legend>
          {(Object.keys(KINDS) as BlockKind[]).map((one) => (
            <button
              type="button"
              key={one}
              class="scene"
              aria-pressed={one === kind}
              onClick={() => setKind(one)}
            >
              {KINDS[one][0]}
            </button>
          ))}
        </fieldset>
        <TextField
          label={KINDS[kind][0]}
          first
          hint={hint}
          wrong={refusal === null ? null : sentence(refusal)}
          placeholder={sample}
          autocomplete="off"
          value={value}
          onValue={setValue}
        />
        <Field label="For how long">
          {(ids) => (
            <select
              {...ids}
              class="input"
              value={long === null ? "" : `${long}`}
              onChange={({ currentTarget }) =>
                setLong(currentTarget.value ? Number(currentTarget.value) : null)
              }
            >
              {BLOCK_TIMES.map(([name, seconds]) => (
                <option key={name} value={seconds ?? ""}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Reason" hint="For colleagues. May be empty.">
          {(ids) => (
            <input
              {...ids}
              class="input"
              dir="auto"
              maxLength={500}
              value={reason}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          )}
        </Field>
        <div class="dialog-foot">
          <button type="button" class="button button-plain" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button button-danger" disabled={busy || !value.trim()}>
            {busy ? "Blocking…" : "Block"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
