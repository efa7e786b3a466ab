// Decides how one question of a form is asked: label, input, hint and what was wrong, tied together for
// screen readers. Knows nothing of what the form is for.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Icon } from "./icon";

interface Question {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly wrong?: string | null | undefined;
}

interface Ids {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": boolean;
}

export function Field({
  label,
  hint,
  wrong,
  children,
}: Question & { children: (ids: Ids) => ComponentChildren }) {
  const id = useId();
  const about = `${id}-about`;
  const said = wrong || hint;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, "aria-describedby": said ? about : undefined, "aria-invalid": Boolean(wrong) })}
      {said && (
        <p id={about} class={wrong ? "field-wrong" : "field-hint"}>
          {said}
        </p>
      )}
    </div>
  );
}

interface TextInput extends Question {
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly autocomplete: string;
  readonly email?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly placeholder?: string;
  /** Where a form begins. */
  readonly first?: boolean;
}

export function TextField({ label, hint, wrong, value, onValue, email, first, ...rest }: TextInput) {
  const input = useFirst(first);
  return (
    <Field label={label} hint={hint} wrong={wrong}>
      {(ids) => (
        <input
          {...rest}
          {...ids}
          ref={input}
          class="input"
          type={(email ? "email" : "text") as "text"}
          required
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

/** With a button that shows what was typed: a password seen once is a password typed right. */
export function PasswordField({ label, hint, wrong, value, onValue, first, ...rest }: TextInput) {
  const [shown, setShown] = useState(false);
  const input = useFirst(first);
  return (
    <Field label={label} hint={hint} wrong={wrong}>
      {(ids) => (
        <span class="input-with-button">
          <input
            {...rest}
            {...ids}
            ref={input}
            class="input"
            type={(shown ? "text" : "password") as "text"}
            required
            spellcheck={false}
            value={value}
            onInput={(event) => onValue(event.currentTarget.value)}
          />
          <button
            type="button"
            class="icon-button"
            aria-label={shown ? "Hide password" : "Show password"}
            onClick={() => setShown(!shown)}
          >
            <Icon name={shown ? "hide" : "eye"} />
          </button>
        </span>
      )}
    </Field>
  );
}

function useFirst(first: boolean | undefined) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (first) input.current?.focus();
  }, [first]);
  return input;
}
