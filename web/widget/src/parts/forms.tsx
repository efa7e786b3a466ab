// Decides what a visitor is asked outside of messages: who they are before the first, where to write to
// when nobody is there, how it was at the end. Knows nothing of what becomes of the answers.

import { LIMITS } from "@frontdesk/shared/wire.gen";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { VisitorLabel } from "../surface";
import { TEXT } from "../view/texts";
import css from "./forms.css?inline";

export { wantsRating } from "./rated";
export { css };

/** As browsers check it, so that the words are ours. */
export function isEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(text.trim());
}

type FieldProps = {
  label: string;
  type: "text" | "email";
  value: string;
  wrong: string | null;
  onValue(value: string): void;
};

function Field({ label, type, value, wrong, onValue }: FieldProps) {
  const id = useId();
  return (
    <p class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        list={undefined}
        type={type}
        value={value}
        maxLength={LIMITS.NAME_CHARS}
        autocomplete={type === "email" ? "email" : "name"}
        aria-invalid={wrong !== null}
        aria-describedby={wrong ? `${id}-wrong` : undefined}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      {wrong && (
        <span id={`${id}-wrong`} class="wrong" role="alert">
          {wrong}
        </span>
      )}
    </p>
  );
}

/** Where to write to when somebody is back. */
export function Email({ onLeave }: { onLeave(email: string): Promise<boolean> }) {
  const [email, setEmail] = useState("");
  const [wrong, setWrong] = useState(false);
  const [busy, setBusy] = useState(false);
  const leave = async (event: Event) => {
    event.preventDefault();
    if (!isEmail(email)) return setWrong(true);
    setBusy(true);
    setWrong(!(await onLeave(email.trim())));
    setBusy(false);
  };
  return (
    <form class="card" noValidate onSubmit={leave}>
      <h3>{TEXT.emailWhy}</h3>
      <Field
        label={TEXT.email}
        type="email"
        value={email}
        wrong={wrong ? TEXT.emailWrong : null}
        onValue={setEmail}
      />
      <button type="submit" class="go" disabled={busy}>
        {TEXT.save}
      </button>
    </form>
  );
}

type PreChatProps = {
  fields: Array<"name" | "email">;
  consent: string | null | undefined;
  onDone(label: VisitorLabel): void;
};

/** What page or owner want to know before the first message. */
export function PreChat({ fields, consent, onDone }: PreChatProps) {
  const [label, setLabel] = useState<Required<VisitorLabel>>({ name: "", email: "" });
  const [agreed, setAgreed] = useState(false);
  const [wrong, setWrong] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const id = useId();
  // The field that was there before the owner's wish was known took the focus along.
  useEffect(() => {
    const panel = form.current?.closest<HTMLElement>("[role=dialog]");
    if (!(panel?.getRootNode() as Document | undefined)?.activeElement) panel?.focus({ preventScroll: true });
  }, []);
  const isComplete =
    (!fields.includes("name") || label.name.trim() !== "") &&
    (!fields.includes("email") || label.email.trim() !== "") &&
    (!consent || agreed);
  const begin = (event: Event) => {
    event.preventDefault();
    if (!isComplete) return;
    if (fields.includes("email") && !isEmail(label.email)) return setWrong(true);
    onDone({
      ...(fields.includes("name") ? { name: label.name.trim() } : {}),
      ...(fields.includes("email") ? { email: label.email.trim() } : {}),
    });
  };
  return (
    <form ref={form} class="card asked" noValidate onSubmit={begin}>
      {fields.map((field) => (
        <Field
          key={field}
          label={TEXT[field]}
          type={field === "email" ? "email" : "text"}
          value={label[field]}
          wrong={field === "email" && wrong ? TEXT.emailWrong : null}
          onValue={(value) => setLabel({ ...label, [field]: value })}
        />
      ))}
      {consent && (
        <p class="consent">
          <input
            id={id}
            type="checkbox"
            checked={agreed}
            onChange={(event) => setAgreed(event.currentTarget.checked)}
          />
          <label for={id}>{consent}</label>
        </p>
      )}
      <button type="submit" class="go" disabled={!isComplete}>
        {TEXT.begin}
      </button>
    </form>
  );
}

/** How it was. */
export function Rating({ onRate }: { onRate(score: number, words: string): Promise<boolean> }) {
  const [score, setScore] = useState(0);
  const [words, setWords] = useState("");
  const [busy, setBusy] = useState(false);
  const id = useId();
  const rate = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    if (!(await onRate(score, words))) setBusy(false);
  };
  return (
    <form class="card" onSubmit={rate}>
      <fieldset class="stars">
        <legend>{TEXT.rate}</legend>
        {[1, 2, 3, 4, 5].map((one) => (
          <label key={one} class={one <= score ? "lit" : ""}>
            <input
              type="radio"
              name={id}
              checked={one === score}
              aria-label={TEXT.stars(one)}
              onChange={() => setScore(one)}
            />
            <svg viewBox="0 0 24 24" aria-hidden="true">
              <path d="M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9L3.5 9.7l5.9-.8z" />
            </svg>
          </label>
        ))}
      </fieldset>
      {score > 0 && (
        <>
          <p class="field">
            <label for={`${id}-words`}>{TEXT.ratingComment}</label>
            <textarea
              id={`${id}-words`}
              dir="auto"
              rows={2}
              value={words}
              maxLength={LIMITS.MESSAGE_TEXT_CHARS}
              onInput={(event) => setWords(event.currentTarget.value)}
            />
          </p>
          <button type="submit" class="go" disabled={busy}>
            {TEXT.submit}
          </button>
        </>
      )}
    </form>
  );
}
