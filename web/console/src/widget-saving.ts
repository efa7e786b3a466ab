// Decides how a widget's draft is saved where others save too: only over the state it was drawn from, and over a newer
// one once nothing of theirs is lost. Knows nothing of drawing.

import type { WidgetProfile } from "@frontdesk/shared/wire.gen";
import { refusalName } from "./agent-api";
import { widgetChanged, widgetsChanged } from "./session";
import { setupApi, type Tagged } from "./setup-api";
import { tell } from "./toast";
import { changeOf, draftOf, type WidgetDraft } from "./widget-draft";
import { type Clash, FIELD_NAMES, type FieldName, merged } from "./widget-merge";

/** What a draft was drawn from; `null`: in which state of the server's is not known yet. */
export interface Base {
  readonly widget: WidgetProfile;
  readonly tag: string | null;
}

/** Two changed the same. */
export interface Meeting {
  /** As they saved it. */
  readonly now: Tagged;
  /** With what only they changed. */
  readonly draft: WidgetDraft;
  readonly clashes: readonly Clash[];
}

/** So often somebody else may be faster. */
const TRIES = 5;

/** Saves it, together with what others changed meanwhile; or says where that cannot be done without asking. */
export async function saveWidget(draft: WidgetDraft, base: Base): Promise<Tagged | Meeting> {
  const { id } = base.widget;
  let [mine, from] = [draft, base];
  for (let tried = 1; ; tried++) {
    const change = changeOf(mine, from.widget);
    if (from.tag !== null) {
      if (!change) return { widget: from.widget, tag: from.tag };
      try {
        const [{ widgets }, tag] = await setupApi.changeWidget(id, change, from.tag);
        widgetsChanged(widgets);
        return { widget: widgets.find((widget) => widget.id === id) ?? from.widget, tag };
      } catch (error) {
        if (refusalName(error) !== "precondition-failed" || tried === TRIES) throw error;
      }
    }
    const now = await setupApi.widget(id);
    const { draft: next, taken, clashes } = merged(draftOf(from.widget), mine, draftOf(now.widget));
    if (clashes.length) return { now, draft: next, clashes };
    widgetChanged(now.widget);
    if (taken.length) tell("good", `Somebody else changed ${named(taken)} meanwhile. That is kept.`);
    [mine, from] = [next, now];
  }
}

/** `Name, Colour`. */
function named(fields: readonly FieldName[]): string {
  return fields.map((field) => FIELD_NAMES[field]).join(", ");
}
