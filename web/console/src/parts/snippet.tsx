// Draws lines to be copied, with the button that copies them. Knows nothing of what they are for.

import { useState } from "preact/hooks";
import { tell } from "../toast";
import { copy } from "./copy";
import { Icon } from "./icon";

interface SnippetProps {
  readonly code: string;
  /** Of the button. */
  readonly name: string;
  /** One line that is read by programs alone, such as a key. */
  readonly plain?: boolean;
}

export function Snippet({ code, name, plain }: SnippetProps) {
  const [copied, setCopied] = useState("");
  const put = async () => {
    if (await copy(code)) setCopied(code);
    else tell("bad", "This browser does not let us copy. Select the lines and copy them yourself.");
  };
  return (
    <div class={plain ? "snippet snippet-plain" : "snippet"}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be scrolled by key too */}
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
      <div class="snippet-foot">
        <button type="button" class="button" onClick={() => void put()}>
          <Icon name={copied === code ? "check" : "copy"} />
          {name}
        </button>
        <span role="status">{copied === code && <span class="saved">On your clipboard</span>}</span>
      </div>
    </div>
  );
}

/** Shown this once: whoever does not copy it now has to make another. */
export function Secret({ value, name }: { readonly value: string; readonly name: string }) {
  return (
    <div class="secret">
      <p>
        <Icon name="lock" />
        Copy it now. It is shown this once, and kept nowhere.
      </p>
      <Snippet code={value} name={name} plain />
    </div>
  );
}
