// Asks for an event and sends it; says who could hear it. Knows nothing of how it gets there.

import { useEffect, useState } from "preact/hooks";
import { count, wrongJson } from "../figures";
import { monitorApi } from "../monitor-api";
import { useAct } from "./act";
import { Field } from "./field";
import { Icon } from "./icon";
import { Refusal } from "./refusal";

interface EventMakerProps {
  /** Of the inspection, if there is one. */
  readonly channel: string;
  readonly app: string;
}

export function EventMaker({ channel: suggested, app }: EventMakerProps) {
  const [channel, setChannel] = useState(suggested);
  const [event, setEvent] = useState("");
  const [data, setData] = useState("{}");
  const [wrong, setWrong] = useState<string | null>(null);
  const [heard, setHeard] = useState<number | null>(null);
  useEffect(() => setChannel(suggested), [suggested]);

  const [submit, busy, refusal] = useAct(async () => {
    const bad = wrongJson(data);
    setWrong(bad);
    setHeard(null);
    if (bad) return;
    const own = app && channel.trim() === suggested ? { app } : {};
    const made = await monitorApi.create({ ...own, channel: channel.trim(), event: event.trim(), data });
    setHeard(made.heard);
  });

  return (
    <form class="form event-form" onSubmit={submit}>
      {refusal !== null && <Refusal error={refusal} />}
      <div class="form-pair">
        <Field label="Send to channel">
          {(ids) => (
            <input
              {...ids}
              class="input"
              required
              autocomplete="off"
              spellcheck={false}
              value={channel}
              onInput={(typed) => setChannel(typed.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="Event name">
          {(ids) => (
            <input
              {...ids}
              class="input"
              required
              maxLength={200}
              autocomplete="off"
              spellcheck={false}
              placeholder="order.shipped"
              value={event}
              onInput={(typed) => setEvent(typed.currentTarget.value)}
            />
          )}
        </Field>
      </div>
      <Field label="Body" hint="JSON, at most 10 KB." wrong={wrong}>
        {(ids) => (
          <textarea
            {...ids}
            class="input event-data"
            rows={5}
            spellcheck={false}
            value={data}
            onInput={(typed) => {
              setData(typed.currentTarget.value);
              if (wrong) setWrong(wrongJson(typed.currentTarget.value));
            }}
          />
        )}
      </Field>
      <div class="panel-foot">
        <button type="submit" class="button" disabled={busy}>
          <Icon name="send" />
          {busy ? "Sending…" : "Send event"}
        </button>
        <span role="status">{heard !== null && <Heard heard={heard} />}</span>
      </div>
    </form>
  );
}

function Heard({ heard }: { readonly heard: number }) {
  if (heard === 0) return <>Sent, but nobody listens to this channel.</>;
  return (
    <span class="saved">
      <Icon name="check" />
      Sent to {count(heard)} {heard === 1 ? "subscriber" : "subscribers"}
    </span>
  );
}
