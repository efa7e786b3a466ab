// Asks until which day and hour a conversation is put off. Knows nothing of the conversation.

import type { ConversationChange } from "@frontdesk/shared/wire.gen";
import { useState } from "preact/hooks";
import { now_ms } from "../desk";
import { localInput, untilOf } from "../snooze";
import { moment } from "../time";
import { Dialog } from "./dialog";
import { Field } from "./field";

interface SnoozeUntilProps {
  set(change: ConversationChange): void;
  close(): void;
}

export function SnoozeUntil({ set, close }: SnoozeUntilProps) {
  const tomorrow = new Date(now_ms.value);
  tomorrow.setDate(tomorrow.getDate() + 1);
  tomorrow.setHours(9, 0, 0, 0);
  const [typed, setTyped] = useState(() => localInput(tomorrow));
  const [tried, setTried] = useState(false);
  const until = untilOf(typed, now_ms.value);
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (!until) return;
    set({ status: "snoozed", snoozed_until: until.toISOString() });
    close();
  };
  return (
    <Dialog title="Snooze until…" onClose={close}>
      <p class="dialog-lead">
        The conversation leaves the list and comes back then, or when the visitor writes.
      </p>
      <form class="form" onSubmit={submit} noValidate>
        <Field
          label="Day and time"
          hint={until ? `It comes back ${moment(until.toISOString(), now_ms.value)}.` : undefined}
          wrong={tried && !until ? "Choose a day and time that are still to come." : null}
        >
          {(ids) => (
            <input
              {...ids}
              class="input"
              type="datetime-local"
              min={localInput(new Date(now_ms.value))}
              value={typed}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          )}
        </Field>
        <div class="dialog-foot">
          <button type="button" class="button button-plain" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button">
            Snooze
          </button>
        </div>
      </form>
    </Dialog>
  );
}
