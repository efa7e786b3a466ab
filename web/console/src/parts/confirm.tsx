// Asks before something is done that cannot be undone. Knows nothing of what it is.

import type { ComponentChildren } from "preact";
import { complain } from "../toast";
import { useAct } from "./act";
import { Dialog } from "./dialog";

interface ConfirmProps {
  readonly title: string;
  /** Of the button, and while it is done. */
  readonly act: string;
  readonly acting: string;
  readonly danger?: boolean;
  readonly children: ComponentChildren;
  readonly run: () => Promise<void>;
  readonly close: () => void;
}

export function Confirm({ title, act, acting, danger, children, run, close }: ConfirmProps) {
  const [submit, busy] = useAct(async () => {
    await run();
    close();
  }, complain);
  return (
    <Dialog title={title} onClose={close}>
      <form onSubmit={submit}>
        <div class="dialog-lead">{children}</div>
        <div class="dialog-foot">
          <button type="button" class="button button-plain" onClick={close}>
            Cancel
          </button>
          <button type="submit" class={danger ? "button button-danger" : "button"} disabled={busy}>
            {busy ? acting : act}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
