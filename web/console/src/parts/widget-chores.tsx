// Draws what is done to a widget as a whole: another one, a new token, the end of one. Knows nothing of its settings.

import type { WidgetProfile } from "@frontdesk/shared/wire.gen";
import { LIMITS } from "@frontdesk/shared/wire.gen";
import { useState } from "preact/hooks";
import { isEverywhere } from "../role";
import { me, widgetChanged, widgetsChanged } from "../session";
import { setupApi } from "../setup-api";
import { tell } from "../toast";
import { useAct } from "./act";
import { Confirm } from "./confirm";
import { Dialog } from "./dialog";
import { TextField } from "./field";
import { Icon } from "./icon";
import { Refusal } from "./refusal";
import { Panel } from "./settings";
import { AgentsField, useAgents } from "./widget-agents";

interface AddWidgetProps {
  readonly close: () => void;
  readonly made: (id: string) => void;
}

export function AddWidgetDialog({ close, made }: AddWidgetProps) {
  const [name, setName] = useState("");
  const [agents] = useAgents();
  const [on, setOn] = useState<readonly string[]>([]);
  const [submit, busy, refusal] = useAct(async () => {
    const { widget } = await setupApi.newWidget({ name: name.trim(), agents: [...on] });
    widgetChanged(widget);
    close();
    made(widget.id);
  });
  return (
    <Dialog title="New widget" onClose={close}>
      <p class="dialog-lead">
        For another website, or for a part of yours with its own look, hours and list of agents.
      </p>
      <form class="form" onSubmit={submit}>
        {refusal !== null && <Refusal error={refusal} />}
        <TextField
          label="Name"
          hint="Visitors read it above the chat."
          first
          autocomplete="off"
          maxLength={LIMITS.NAME_CHARS}
          value={name}
          onValue={setName}
        />
        {agents?.some(({ role }) => !isEverywhere(role)) && (
          <div class="field">
            <p class="field-name">Who answers here</p>
            <AgentsField
              agents={agents}
              isOn={({ id }) => on.includes(id)}
              turn={(id, now) => setOn(now ? [...on, id] : on.filter((one) => one !== id))}
            />
          </div>
        )}
        <div class="dialog-foot">
          <button type="button" class="button button-plain" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button" disabled={busy || !name.trim()}>
            {busy ? "Making…" : "Make widget"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

const WEEK_S = 7 * 86_400;
const GRACES: readonly (readonly [seconds: number, name: string, hint: string])[] = [
  [WEEK_S, "After a week", "Time to put the new lines on your pages."],
  [86_400, "After a day", "Pages that are kept somewhere still work for that long."],
  [0, "At once", "Pages with the old lines lose the chat now."],
];

export function TokenPanel({ widget }: { readonly widget: WidgetProfile }) {
  const [asking, setAsking] = useState(false);
  return (
    <Panel
      title="Token"
      lead="It stands in your pages, so it is no secret. Change it when somebody else uses your chat with it."
    >
      <p class="token-now">
        <code dir="ltr">{widget.token}</code>
      </p>
      <div class="panel-foot">
        <button type="button" class="button button-plain" onClick={() => setAsking(true)}>
          <Icon name="retry" />
          New token…
        </button>
      </div>
      {asking && <NewToken widget={widget} close={() => setAsking(false)} />}
    </Panel>
  );
}

function NewToken({ widget, close }: { readonly widget: WidgetProfile; readonly close: () => void }) {
  const [overlap, setOverlap] = useState(WEEK_S);
  const run = async () => {
    widgetChanged((await setupApi.newToken(widget.id, overlap)).widget);
    tell("good", "There is a new token. Put the new lines on your website.");
  };
  return (
    <Confirm
      title="Give this widget a new token?"
      act="Make a new token"
      acting="Making…"
      danger={overlap === 0}
      run={run}
      close={close}
    >
      <p>The lines for your website change with it. When shall the old token stop working?</p>
      <fieldset class="roles graces">
        <legend class="hidden-text">The old token stops working</legend>
        {GRACES.map(([seconds, name, hint]) => (
          <label key={seconds} class="role">
            <input
              type="radio"
              name="grace"
              checked={overlap === seconds}
              onChange={() => setOverlap(seconds)}
            />
            <span>
              <strong>{name}</strong>
              <small>{hint}</small>
            </span>
          </label>
        ))}
      </fieldset>
    </Confirm>
  );
}

export function Danger({ widget }: { readonly widget: WidgetProfile }) {
  const [asking, setAsking] = useState(false);
  const only = (me.value?.widgets.length ?? 0) < 2;
  if (only) return null;
  const run = async () => {
    widgetsChanged((await setupApi.removeWidget(widget.id)).widgets);
    tell("good", `${widget.name} was removed.`);
  };
  return (
    <Panel
      title="Remove this widget"
      lead="That works only while nothing would be lost with it: no conversation, no contact, no API key."
    >
      <button type="button" class="button button-plain" onClick={() => setAsking(true)}>
        <Icon name="bin" />
        Remove widget…
      </button>
      {asking && (
        <Confirm
          title={`Remove ${widget.name}?`}
          act="Remove"
          acting="Removing…"
          danger
          run={run}
          close={() => setAsking(false)}
        >
          <p>Pages that carry its lines show no chat any more.</p>
        </Confirm>
      )}
    </Panel>
  );
}
