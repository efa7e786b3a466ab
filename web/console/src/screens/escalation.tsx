// Asks who is alerted while a visitor waits, for each widget. Knows nothing of how alerts are sent.

import type { WidgetProfile } from "@frontdesk/shared/wire.gen";
import { useState } from "preact/hooks";
import { agentApi } from "../agent-api";
import { isWhole, USUAL } from "../ladder";
import { useAct } from "../parts/act";
import { Ladder } from "../parts/ladder";
import { Panel, SaveRow, SettingsPage } from "../parts/settings";
import { me, widgetsChanged } from "../session";
import { complain } from "../toast";

export function EscalationScreen() {
  const widgets = me.value?.widgets ?? [];
  return (
    <SettingsPage page="escalation">
      {widgets.map((widget) => (
        <WidgetLadder key={widget.id} widget={widget} />
      ))}
    </SettingsPage>
  );
}

function WidgetLadder({ widget }: { readonly widget: WidgetProfile }) {
  const [ladder, setLadder] = useState(widget.settings.escalation);
  const [saved, setSaved] = useState(false);
  const [submit, busy] = useAct(async () => {
    if (!isWhole(ladder)) return;
    const { escalation } = await agentApi.setEscalation(widget.id, ladder);
    setLadder(escalation);
    const changed = (one: WidgetProfile) =>
      one.id === widget.id ? { ...one, settings: { ...one.settings, escalation } } : one;
    widgetsChanged((me.value?.widgets ?? []).map(changed));
    setSaved(true);
  }, complain);
  const change = (next: typeof ladder) => {
    setSaved(false);
    setLadder(next);
  };
  return (
    <Panel
      title={widget.name}
      lead="The steps go on until an agent answers, or the conversation is resolved or snoozed. Whoever has read everything gets five minutes to answer."
    >
      <form onSubmit={submit}>
        <Ladder ladder={ladder} change={change} />
        <SaveRow busy={busy} saved={saved} />
      </form>
      <p class="ladder-usual">
        <button type="button" class="text-button" onClick={() => change(USUAL)}>
          Back to the usual steps
        </button>
      </p>
    </Panel>
  );
}
