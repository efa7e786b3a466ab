// Shows one channel's events as they happen, by name and size, and what one said only when it is asked for; and makes
// an event. Knows nothing of how events come here.

import type { InspectedEvent, InspectionReply } from "@frontdesk/shared/wire.gen";
import { useEffect, useRef, useState } from "preact/hooks";
import { refusalName, sentence } from "../agent-api";
import { bytes, count, countdown, pretty } from "../figures";
import { NOTHING_SEEN, type Seen, type Target, wanted, withMore } from "../inspecting";
import { monitorApi } from "../monitor-api";
import { useAct } from "../parts/act";
import { EventMaker } from "../parts/event-maker";
import { Field } from "../parts/field";
import { Icon } from "../parts/icon";
import { Nothing, Stale } from "../parts/polled";
import { Panel, SettingsPage } from "../parts/settings";
import { keepAsking } from "../polling";
import { complain } from "../toast";

/** Between two looks: what is watched should seem to be live. */
const LOOK_MS = 1_000;

export function InspectorScreen() {
  const [open, setOpen] = useState<InspectionReply | null>(null);
  const [target, setTarget] = useState<Target>(wanted.peek() ?? { app: "", channel: "" });
  const [refusal, setRefusal] = useState<unknown>(null);

  const begin = async (target: Target, minutes: number) => {
    setTarget(target);
    setRefusal(null);
    try {
      const { app, channel } = target;
      setOpen(await monitorApi.inspect({ ...(app ? { app } : {}), channel, minutes }));
    } catch (error) {
      setRefusal(error);
    }
  };
  // Once, when the list of channels led here.
  useEffect(() => {
    const asked = wanted.peek();
    wanted.value = null;
    if (asked) void begin(asked, 5);
  }, []);

  return (
    <SettingsPage page="inspector">
      {open ? (
        <Live key={open.id} begun={open} close={() => setOpen(null)} />
      ) : (
        <Begin target={target} refusal={refusal} begin={begin} />
      )}
      <Panel
        title="Make an event"
        lead="Sends an event to everyone who listens to a channel right now. Nothing is kept of it."
      >
        <EventMaker channel={open?.channel ?? target.channel} app={open?.app ?? target.app} />
      </Panel>
    </SettingsPage>
  );
}

interface BeginProps {
  readonly target: Target;
  readonly refusal: unknown;
  readonly begin: (target: Target, minutes: number) => Promise<void>;
}

function Begin({ target, refusal, begin }: BeginProps) {
  const [channel, setChannel] = useState(target.channel);
  const [minutes, setMinutes] = useState(5);
  const [submit, busy] = useAct(() => {
    const app = channel.trim() === target.channel ? target.app : "";
    return begin({ app, channel: channel.trim() }, minutes);
  });
  return (
    <Panel
      title="Look at a channel"
      lead="You see the name and size of each event for a few minutes. What it says stays hidden until you ask, and asking is noted in the audit trail."
    >
      <form class="inspect-form" onSubmit={submit}>
        <Field label="Channel" wrong={refusal === null ? null : sentence(refusal)}>
          {(ids) => (
            <input
              {...ids}
              class="input"
              required
              autocomplete="off"
              spellcheck={false}
              placeholder="private-orders.42"
              value={channel}
              onInput={(event) => setChannel(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="For">
          {(ids) => (
            <select
              {...ids}
              class="input"
              value={minutes}
              onChange={(event) => setMinutes(Number(event.currentTarget.value))}
            >
              <option value={5}>5 minutes</option>
              <option value={15}>15 minutes</option>
              <option value={30}>30 minutes</option>
            </select>
          )}
        </Field>
        <button type="submit" class="button" disabled={busy}>
          <Icon name="eye" />
          {busy ? "Starting…" : "Inspect"}
        </button>
      </form>
    </Panel>
  );
}

function Live({ begun, close }: { readonly begun: InspectionReply; readonly close: () => void }) {
  const [reply, setReply] = useState(begun);
  const [seen, setSeen] = useState<Seen>(NOTHING_SEEN);
  const [trouble, setTrouble] = useState<unknown>(null);
  const [over, setOver] = useState(false);
  const last = useRef(0);
  const { id, channel } = begun;

  useEffect(() => {
    const stop = keepAsking(async () => {
      try {
        const fresh = await monitorApi.inspected(id, last.current);
        last.current = Math.max(last.current, fresh.events.at(-1)?.number ?? 0);
        setReply(fresh);
        setSeen((seen) => withMore(seen, fresh));
        setTrouble(null);
      } catch (error) {
        if (refusalName(error) !== "unknown-entry") return setTrouble(error);
        setOver(true);
        stop();
      }
    }, LOOK_MS);
    return () => {
      stop();
      // What nobody looks at should cost nothing; it ends by itself in any case.
      monitorApi.endInspection(id).catch(() => undefined);
    };
  }, [id]);

  return (
    <section class="panel" aria-label={`Events on ${channel}`}>
      <header class="inspect-head">
        <div>
          <h2>
            <bdi>{channel}</bdi>
          </h2>
          <p>
            {over
              ? "The inspection has ended."
              : `${count(reply.subscriptions)} ${reply.subscriptions === 1 ? "subscriber" : "subscribers"}, ends in ${countdown(reply.left_ms)}`}
          </p>
        </div>
        <button type="button" class="button button-plain" onClick={close}>
          {over ? "Close" : "Stop"}
        </button>
      </header>
      <Stale trouble={trouble} />
      {seen.dropped > 0 && (
        <p class="refusal reason inspect-dropped">
          <Icon name="alert" />
          <span>
            {count(seen.dropped)} {seen.dropped === 1 ? "event was" : "events were"} too many to be kept and
            {seen.dropped === 1 ? " is" : " are"} not shown.
          </span>
        </p>
      )}
      {seen.events.length === 0 ? (
        <Nothing title={over ? "Nothing was said" : "Waiting for the first event…"}>
          {over
            ? "No event came while you looked on."
            : "Events stand here as soon as somebody publishes one on this channel."}
        </Nothing>
      ) : (
        <ol class="events" aria-live="off">
          {seen.events.map((event) => (
            <EventLine key={event.number} inspection={id} event={event} over={over} />
          ))}
        </ol>
      )}
    </section>
  );
}

interface EventLineProps {
  readonly inspection: string;
  readonly event: InspectedEvent;
  readonly over: boolean;
}

function EventLine({ inspection, event, over }: EventLineProps) {
  const [body, setBody] = useState<string | null>(null);
  const [show, busy] = useAct(async () => {
    setBody(body === null ? pretty((await monitorApi.body(inspection, event.number)).body) : null);
  }, complain);
  return (
    <li>
      <div class="event-line">
        <time dateTime={new Date(event.at_ms).toISOString()}>
          {new Date(event.at_ms).toLocaleTimeString()}
        </time>
        <bdi class="event-name" title={event.name}>
          {event.name}
        </bdi>
        {event.user_id && <span class="chip event-user">by {event.user_id}</span>}
        <span class="event-size">{bytes(event.bytes)}</span>
        <button
          type="button"
          class="text-button"
          aria-expanded={body !== null}
          disabled={busy || (over && body === null)}
          onClick={() => void show()}
        >
          {body === null ? "Show body" : "Hide body"}
          <span class="hidden-text"> of event {event.number}</span>
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      {body !== null && <pre tabIndex={0}>{body || "It says nothing."}</pre>}
    </li>
  );
}
