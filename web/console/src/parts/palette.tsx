// Draws everything that can be done, to be found by typing; and all keys in one list. Knows nothing of what commands do.

import { useEffect, useState } from "preact/hooks";
import { type Command, type Group, matching, shown } from "../commands";
import { COMMANDS, keyed, overlay } from "../shortcuts";
import { Dialog, useModal } from "./dialog";
import { Icon } from "./icon";

const close = () => {
  overlay.value = null;
};
const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

export function Overlay() {
  return overlay.value === "keys" ? <AllKeys /> : <Palette />;
}

function Palette() {
  const dialog = useModal();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const found = matching(COMMANDS, typed);
  useEffect(() => {
    document.getElementById(`command-${at}`)?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const run = (command: Command | undefined) => {
    if (!command) return;
    close();
    // After the dialog has given the focus back, or it would take it from what opens.
    setTimeout(command.run);
  };
  const keyed = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter") run(found[at]);
    else if (step) setAt((at + step + found.length) % Math.max(1, found.length));
    else return;
    event.preventDefault();
  };
  return (
    <dialog
      ref={dialog}
      class="dialog palette"
      aria-label="Commands"
      onClose={close}
      onKeyDown={keyed}
      onClick={(event) => event.target === event.currentTarget && close()}
    >
      <div class="palette-field">
        <Icon name="search" />
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="commands"
          aria-activedescendant={found.length > 0 ? `command-${at}` : undefined}
          aria-label="What do you want to do?"
          placeholder="What do you want to do?"
          value={typed}
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            setAt(0);
          }}
        />
      </div>
      <div class="palette-found" id="commands" role="listbox" aria-label="Commands">
        {found.map((command, n) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field keeps the focus and takes the keys
          <div
            key={command.id}
            id={`command-${n}`}
            class="choice"
            role="option"
            tabIndex={-1}
            aria-selected={n === at}
            onClick={() => run(command)}
          >
            <span class="choice-name">{command.name}</span>
            <span class="choice-hint">{command.group}</span>
            <Shortcut command={command} />
          </div>
        ))}
      </div>
      {found.length === 0 && <p class="menu-none">Nothing found. Try another word.</p>}
    </dialog>
  );
}

const GROUPS: readonly Group[] = ["Conversation", "List", "Go to", "Anywhere"];

function AllKeys() {
  const withKeys = keyed();
  return (
    <Dialog title="Keys" wide onClose={close}>
      <div class="all-keys">
        {GROUPS.map((group) => (
          <section key={group} aria-label={group}>
            <h3>{group}</h3>
            <dl>
              {withKeys
                .filter((command) => command.group === group)
                .map((command) => (
                  <div key={command.id}>
                    <dt>{command.name}</dt>
                    <dd>
                      <Shortcut command={command} />
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
      <div class="dialog-foot">
        <button type="button" class="button button-plain" onClick={close}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

function Shortcut({ command: { keys } }: { readonly command: Command }) {
  const [first] = keys;
  if (!first) return null;
  return (
    <span class="keys">
      {shown(first, isMac).map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </span>
  );
}
