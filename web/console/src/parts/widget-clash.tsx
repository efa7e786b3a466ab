// Asks what stays where two changed the same setting of a widget. Knows nothing of how that was noticed, and of saving.

import { useState } from "preact/hooks";
import type { Tagged } from "../setup-api";
import { complain } from "../toast";
import { draftOf, type WidgetDraft } from "../widget-draft";
import { type Clash, FIELD_NAMES, type FieldName, taking } from "../widget-merge";
import type { Meeting } from "../widget-saving";
import { useAct } from "./act";
import { Dialog } from "./dialog";

interface ClashProps {
  readonly meeting: Meeting;
  readonly resolve: (chosen: WidgetDraft, now: Tagged) => Promise<void>;
  readonly close: () => void;
}

export function ClashDialog({ meeting: { now, draft, clashes }, resolve, close }: ClashProps) {
  // Nothing of theirs is overwritten unless somebody says so.
  const [kept, setKept] = useState<readonly FieldName[]>([]);
  const keep = (field: FieldName, mine: boolean) =>
    setKept((now) => (mine ? [...now, field] : now.filter((one) => one !== field)));
  const [submit, busy] = useAct(async () => {
    const theirs = clashes.map(({ field }) => field).filter((field) => !kept.includes(field));
    await resolve(taking(draft, draftOf(now.widget), theirs), now);
  }, complain);
  return (
    <Dialog title="Somebody else changed this too" wide onClose={close}>
      <p class="dialog-lead">
        While you were at it, a colleague saved this widget. Nothing is lost: choose what stays where you both
        changed the same. Everything else is put together.
      </p>
      <form class="form" onSubmit={submit}>
        {clashes.map((clash) => (
          <Choice
            key={clash.field}
            clash={clash}
            mine={kept.includes(clash.field)}
            choose={(mine) => keep(clash.field, mine)}
          />
        ))}
        <div class="dialog-foot">
          <button type="button" class="button button-plain" onClick={close}>
            Back to editing
          </button>
          <button type="submit" class="button" disabled={busy}>
            {busy ? "Saving…" : "Save"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface ChoiceProps {
  readonly clash: Clash;
  readonly mine: boolean;
  readonly choose: (mine: boolean) => void;
}

function Choice({ clash, mine, choose }: ChoiceProps) {
  return (
    <fieldset class="roles clash">
      <legend>{FIELD_NAMES[clash.field]}</legend>
      {(
        [
          [false, "Take theirs", clash.theirs],
          [true, "Keep mine", clash.mine],
        ] as const
      ).map(([own, name, value]) => (
        <label class="role" key={name}>
          <input type="radio" name={clash.field} checked={mine === own} onChange={() => choose(own)} />
          <span>
            <strong>{name}</strong>
            <small dir="auto">{value}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
