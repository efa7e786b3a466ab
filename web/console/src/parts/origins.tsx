// Draws the list of websites that may show a widget, to be added to and taken from. Knows nothing of saving.

import { CONSOLE_LIMITS } from "@frontdesk/shared/wire.gen";
import { useState } from "preact/hooks";
import { originsOf, wrongOrigin } from "../embed";
import { Field } from "./field";
import { Icon } from "./icon";

interface OriginsProps {
  readonly origins: readonly string[];
  readonly change: (origins: readonly string[]) => void;
}

export function OriginsField({ origins, change }: OriginsProps) {
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const add = () => {
    const asked = originsOf(text);
    const bad = wrongOrigin(asked);
    const all = [...new Set([...origins, ...asked.map((one) => one.toLowerCase())])];
    if (bad)
      setWrong(`“${bad}” is no address of a website. It looks like https://shop.example, without a path.`);
    else if (all.length > CONSOLE_LIMITS.WIDGET_ORIGINS)
      setWrong(`There is room for ${CONSOLE_LIMITS.WIDGET_ORIGINS}.`);
    else {
      setText("");
      setWrong(null);
      if (asked.length) change(all);
    }
  };
  return (
    <div class="origins">
      <Field
        label="Websites"
        wrong={wrong}
        hint={origins.length ? undefined : "None yet: only pages on this computer may show the chat."}
      >
        {(ids) => (
          <span class="input-with-add">
            <input
              {...ids}
              class="input"
              type="text"
              inputMode="url"
              autocomplete="off"
              spellcheck={false}
              placeholder="https://shop.example"
              value={text}
              onInput={(event) => {
                setText(event.currentTarget.value);
                setWrong(null);
              }}
              onKeyDown={(event) => {
                if (event.key !== "Enter") return;
                event.preventDefault();
                add();
              }}
            />
            <button type="button" class="button button-plain" disabled={!text.trim()} onClick={add}>
              <Icon name="plus" />
              Add
            </button>
          </span>
        )}
      </Field>
      {origins.length > 0 && (
        <ul class="tokens" aria-label="Websites that may show the chat">
          {origins.map((origin) => (
            <li key={origin} class="token">
              <span dir="ltr">{origin}</span>
              <button
                type="button"
                class="icon-button icon-button-small"
                aria-label={`Remove ${origin}`}
                title={`Remove ${origin}`}
                onClick={() => change(origins.filter((one) => one !== origin))}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
