// Lets an owner look after the tags: what each is called, which are one, which are none. Knows nothing of the
// conversations that have them.

import type { TagUse } from "@frontdesk/shared/wire.gen";
import { useState } from "preact/hooks";
import { agentApi } from "../agent-api";
import { Confirm } from "../parts/confirm";
import { TextField } from "../parts/field";
import { Icon } from "../parts/icon";
import { ListState, useList } from "../parts/list-state";
import { SettingsPage } from "../parts/settings";
import { setupApi } from "../setup-api";
import { tell } from "../toast";
import "../style/setup.css";

export function TagsScreen() {
  const { list, set, trouble, again } = useList(async () => (await agentApi.tags()).used);
  const [renaming, setRenaming] = useState<TagUse | null>(null);
  const [leaving, setLeaving] = useState<TagUse | null>(null);
  return (
    <SettingsPage page="tags">
      <section class="panel" aria-label="Tags">
        <ListState
          list={list}
          trouble={trouble}
          again={again}
          loading="Loading the tags"
          icon="tag"
          none="No tags yet"
          hint="Open a conversation and press T: a tag is there once a conversation has it."
        >
          <ul class="things">
            {list?.map((tag) => (
              <li key={tag.tag} class="thing">
                <p class="thing-what thing-name">
                  <span class="chip" dir="auto">
                    {tag.tag}
                  </span>
                  <span class="thing-count">{counted(tag)}</span>
                </p>
                <span class="thing-acts">
                  <button
                    type="button"
                    class="icon-button"
                    aria-label={`Rename ${tag.tag}`}
                    title="Rename, or make it one with another"
                    onClick={() => setRenaming(tag)}
                  >
                    <Icon name="pencil" />
                  </button>
                  <button
                    type="button"
                    class="icon-button"
                    aria-label={`Remove ${tag.tag}`}
                    title="Remove"
                    onClick={() => setLeaving(tag)}
                  >
                    <Icon name="bin" />
                  </button>
                </span>
              </li>
            ))}
          </ul>
        </ListState>
      </section>
      {renaming && <Rename tag={renaming} all={list ?? []} told={set} close={() => setRenaming(null)} />}
      {leaving && (
        <Confirm
          title={`Remove “${leaving.tag}”?`}
          act="Remove"
          acting="Removing…"
          danger
          run={async () => set((await setupApi.removeTag(leaving.tag)).used)}
          close={() => setLeaving(null)}
        >
          <p>It is taken from {counted(leaving)}. Nothing else about them changes.</p>
        </Confirm>
      )}
    </SettingsPage>
  );
}

function counted({ conversations }: TagUse): string {
  return conversations === 1 ? "1 conversation" : `${conversations.toLocaleString()} conversations`;
}

interface RenameProps {
  readonly tag: TagUse;
  readonly all: readonly TagUse[];
  readonly told: (all: readonly TagUse[]) => void;
  readonly close: () => void;
}

/** Wire: `TAG_CHARS`. */
const TAG_CHARS = 40;

function Rename({ tag, all, told, close }: RenameProps) {
  const [name, setName] = useState(tag.tag);
  const other = all.find((one) => one.tag === name.trim() && one.tag !== tag.tag);
  const run = async () => {
    told((await setupApi.renameTag(tag.tag, name)).used);
    tell("good", other ? `${counted(tag)} now have “${other.tag}”.` : `The tag is “${name.trim()}” now.`);
  };
  return (
    <Confirm
      title={`Rename “${tag.tag}”`}
      act={other ? "Make them one" : "Rename"}
      acting="Renaming…"
      run={run}
      close={close}
    >
      <TextField
        label="Name"
        first
        hint={
          other
            ? `There is such a tag, on ${counted(other)}: the two become one.`
            : `It changes on ${counted(tag)}.`
        }
        autocomplete="off"
        maxLength={TAG_CHARS}
        value={name}
        onValue={setName}
      />
    </Confirm>
  );
}
