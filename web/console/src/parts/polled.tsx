// Draws what every page of the monitor says of its own state: bones before the first answer, and that what stands there
// is old when the server stops answering. Knows nothing of what is asked.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { sentence } from "../agent-api";
import { keepAsking } from "../polling";
import { RowBones } from "./bones";
import { Icon } from "./icon";

export interface Polled<T> {
  /** The last answer; `null` before the first one. */
  readonly now: T | null;
  /** Why there is no newer one. */
  readonly trouble: unknown;
  /** Asks at once. */
  readonly again: () => void;
}

/** Asks every two seconds while the page is seen. Begins anew when `about` changes. */
export function usePolled<T>(ask: (known: T | null) => Promise<T>, about = ""): Polled<T> {
  const [now, setNow] = useState<T | null>(null);
  const [trouble, setTrouble] = useState<unknown>(null);
  const [turn, setTurn] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  const known = useRef<T | null>(null);
  const asked = useRef(about);
  useEffect(() => {
    if (asked.current !== about) {
      asked.current = about;
      known.current = null;
      setNow(null);
    }
    let left = false;
    const once = async () => {
      try {
        const answer = await latest.current(known.current);
        if (left) return;
        known.current = answer;
        setNow(answer);
        setTrouble(null);
      } catch (error) {
        if (!left) setTrouble(error);
      }
    };
    const stop = keepAsking(once);
    return () => {
      left = true;
      stop();
    };
  }, [about, turn]);
  return { now, trouble, again: () => setTurn((turn) => turn + 1) };
}

/** Nothing while all is well. */
export function Stale({ trouble }: { readonly trouble: unknown }) {
  return (
    <div role="status">
      {trouble !== null && (
        <div class="refusal reason stale">
          <Icon name="alert" />
          <p>{sentence(trouble)} What stands here may be old.</p>
        </div>
      )}
    </div>
  );
}

export function Waiting({ name }: { readonly name: string }) {
  return <RowBones loading={`Loading ${name}`} class="panel" />;
}

interface NothingProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

export function Nothing({ title, children }: NothingProps) {
  return (
    <div class="nothing">
      <p class="nothing-title">{title}</p>
      <p>{children}</p>
    </div>
  );
}

interface ChoicesProps<T extends string> {
  readonly label: string;
  readonly choices: readonly (readonly [T, string])[];
  readonly chosen: T;
  readonly choose: (choice: T) => void;
}

/** A few choices beside each other, one of which is chosen. */
export function Choices<T extends string>({ label, choices, chosen, choose }: ChoicesProps<T>) {
  return (
    <fieldset class="choices">
      <legend class="hidden-text">{label}</legend>
      {choices.map(([choice, name]) => (
        <button
          key={choice}
          type="button"
          class="choices-one"
          aria-pressed={choice === chosen}
          onClick={() => choose(choice)}
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}
