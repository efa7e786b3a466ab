// Decides how a form or a button does what it is for: once at a time, and with the refusal that came of it. Knows
// nothing of what that is.

import { useRef, useState } from "preact/hooks";

type Act = [
  /** Of the form's `submit` or the button's `click`. */
  run: (event?: Event) => Promise<void>,
  busy: boolean,
  /** Why it was refused the last time; `null`: it was not. */
  refusal: unknown,
];

/** Where a refusal stands nowhere on the page, `refused` tells of it. */
export function useAct(act: () => Promise<unknown>, refused?: (error: unknown) => void): Act {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  // A second Enter can come before the button is drawn as busy.
  const running = useRef(false);
  const run = async (event?: Event) => {
    event?.preventDefault();
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setRefusal(null);
    try {
      await act();
    } catch (error) {
      setRefusal(error);
      refused?.(error);
    }
    setBusy(false);
    running.current = false;
  };
  return [run, busy, refusal];
}
