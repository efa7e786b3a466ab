// Shows the work that is done later: what waits and for how long, what failed and why; and has it tried again.
// Knows nothing of how it is done.

import type {
  DeadLetter,
  Destination,
  MissedAlert,
  Queue,
  QueueKind,
  QueuesReply,
} from "@frontdesk/shared/wire.gen";
import { useState } from "preact/hooks";
import { count, lasting } from "../figures";
import { monitorApi } from "../monitor-api";
import { Icon } from "../parts/icon";
import { Nothing, Stale, usePolled, Waiting } from "../parts/polled";
import { Panel, SettingsPage } from "../parts/settings";
import { ago } from "../time";
import { complain, tell } from "../toast";

const QUEUES: Readonly<Record<QueueKind, readonly [string, string]>> = {
  chat_webhooks: ["Chat webhooks", "Tell other programs what happens in conversations."],
  app_webhooks: ["App webhooks", "Tell back ends what happens on their channels."],
  mail: ["Mail", "Answers that visitors have not read yet."],
  index: ["Search", "What a search does not find yet."],
  erasures: ["Erasing", "Conversations that are being erased."],
  files: ["Files", "Uploads that belong to no message yet, or to nothing any more."],
  alerts: ["Alerts", "Pushes and mails to agents whose visitors wait."],
  feed: ["Change feed", "What API keys do not see yet."],
};

export function QueuesScreen() {
  const { now, trouble, again } = usePolled(monitorApi.queues);
  const act = async (asked: Promise<unknown>, said: string) => {
    try {
      await asked;
      tell("good", said);
    } catch (error) {
      complain(error);
    }
    again();
  };
  return (
    <SettingsPage page="queues">
      <Stale trouble={trouble} />
      {now ? <Queues now={now} act={act} /> : trouble === null && <Waiting name="queues" />}
    </SettingsPage>
  );
}

type Act = (asked: Promise<unknown>, said: string) => Promise<void>;

function Queues({ now, act }: { readonly now: QueuesReply; readonly act: Act }) {
  const address = (id: string) => now.destinations.find((one) => one.id === id)?.address ?? id;
  return (
    <>
      <ul class="queues" aria-label="Queues">
        {now.queues.map((queue) => (
          <QueueCard key={queue.kind} queue={queue} act={act} />
        ))}
      </ul>
      <Panel
        title="Webhooks that wait"
        lead="Deliveries are tried again and again for three days, ever further apart."
      >
        {now.destinations.length === 0 ? (
          <Nothing title="Nothing waits">Every webhook has taken what was sent to it.</Nothing>
        ) : (
          <ul class="letters">
            {now.destinations.map((destination) => (
              <DestinationRow key={destination.id} destination={destination} act={act} />
            ))}
          </ul>
        )}
      </Panel>
      <Panel
        title="Given up"
        lead="Deliveries that failed for too long. They are kept for a week, and can still be sent."
      >
        <Dead
          dead={now.dead.map((letter) => deliveryOf(letter, address(letter.destination)))}
          nothing="Every delivery arrived, or is still being tried."
          retry={(ids) => act(monitorApi.retryDead(ids), again(ids))}
          drop={(ids) => act(monitorApi.dropDead(ids), gone(ids))}
        />
      </Panel>
      <Panel
        title="Alerts given up"
        lead="Pushes and mails to agents that were tried for an hour, or refused for good. They are kept for 30 days."
      >
        <Dead
          dead={now.dead_alerts.map(alertOf)}
          nothing="Every alert that was sent has arrived, or is still being tried."
          retry={(ids) => act(monitorApi.retryDeadAlerts(ids), again(ids))}
          drop={(ids) => act(monitorApi.dropDeadAlerts(ids), gone(ids))}
        />
      </Panel>
    </>
  );
}

function QueueCard({ queue, act }: { readonly queue: Queue; readonly act: Act }) {
  const [name, does] = QUEUES[queue.kind];
  const bad = queue.dead > 0 || queue.retrying > 0;
  return (
    <li class={bad ? "queue queue-bad" : "queue"}>
      <h2>{name}</h2>
      <p class="queue-does">{does}</p>
      <p class="queue-count">
        <strong>{queue.waiting >= 10_000 ? "10,000+" : count(queue.waiting)}</strong> waiting
      </p>
      <ul class="queue-facts">
        {queue.oldest_ms !== null && queue.waiting > 0 && <li>Oldest: {lasting(queue.oldest_ms)}</li>}
        {queue.sending > 0 && <li class="chip">{count(queue.sending)} being sent</li>}
        {queue.retrying > 0 && <li class="chip chip-warn">{count(queue.retrying)} retrying</li>}
        {queue.dead > 0 && <li class="chip chip-bad">{count(queue.dead)} given up</li>}
      </ul>
      {queue.failure && (
        <p class="queue-failure">
          Last error: {queue.failure} {queue.failed_ms !== null && <When at_ms={queue.failed_ms} />}
        </p>
      )}
      {queue.kind === "alerts" && queue.retrying > 0 && (
        <button
          type="button"
          class="button button-plain queue-act"
          onClick={() => void act(monitorApi.retryAlerts(), "Alerts are tried now.")}
        >
          <Icon name="retry" />
          Try now<span class="hidden-text">: alerts</span>
        </button>
      )}
    </li>
  );
}

function When({ at_ms }: { readonly at_ms: number }) {
  const at = new Date(at_ms).toISOString();
  const past = ago(at, Date.now());
  return (
    <time dateTime={at}>({past === "now" ? "just now" : /^\d+[mh]$/.test(past) ? `${past} ago` : past})</time>
  );
}

function DestinationRow({ destination, act }: { readonly destination: Destination; readonly act: Act }) {
  const { id, address, waiting, retrying, dead, next_ms, failure, failed_ms } = destination;
  const name = address ?? id;
  return (
    <li>
      <div class="letter-what">
        <p class="letter-name">
          <bdi title={name}>{name}</bdi>
        </p>
        <p>
          {count(waiting)} waiting{retrying > 0 && `, ${count(retrying)} retrying`}
          {dead > 0 && `, ${count(dead)} given up`}
          {retrying > 0 &&
            next_ms !== null &&
            (next_ms > 0 ? `, next try in ${lasting(next_ms)}` : ", being tried")}
        </p>
        {failure && (
          <p class="letter-failure">
            Last error: {failure} {failed_ms !== null && <When at_ms={failed_ms} />}
          </p>
        )}
        {address === null && <p class="letter-failure">Nobody is served there any more.</p>}
      </div>
      {waiting > 0 && (
        <button
          type="button"
          class="button button-plain"
          onClick={() => void act(monitorApi.retryQueue(id), "Deliveries are tried now.")}
        >
          <Icon name="retry" />
          Try now<span class="hidden-text">: {name}</span>
        </button>
      )}
    </li>
  );
}

/** What was given up, as it reads in the list. */
interface GivenUp {
  readonly id: string;
  readonly name: string;
  /** Whose or what it is, where the name is not one of its own. */
  readonly called: string;
  readonly to: string;
  readonly failure: string | null;
  readonly at_ms: number;
}

function deliveryOf({ id, event, failure, died_ms }: DeadLetter, to: string): GivenUp {
  return { id, name: event || "A delivery", called: event || "this delivery", to, failure, at_ms: died_ms };
}

function alertOf({ id, way, agent_name, visitor_name, reason, at }: MissedAlert): GivenUp {
  const name = `${way === "mail" ? "Mail" : "Push"} to ${agent_name}`;
  return { id, name, called: name, to: `About ${visitor_name}`, failure: reason, at_ms: Date.parse(at) };
}

const again = ({ length }: readonly string[]) =>
  length > 1 ? "All of them are sent once more." : "It is sent once more.";
const gone = ({ length }: readonly string[]) =>
  length > 1 ? "All of them are forgotten." : "It is forgotten.";

interface DeadProps {
  readonly dead: readonly GivenUp[];
  readonly nothing: string;
  readonly retry: (ids: readonly string[]) => Promise<void>;
  readonly drop: (ids: readonly string[]) => Promise<void>;
}

function Dead({ dead, nothing, retry, drop }: DeadProps) {
  const [busy, setBusy] = useState(false);
  if (dead.length === 0) return <Nothing title="Nothing was given up">{nothing}</Nothing>;
  const all = dead.map(({ id }) => id);
  const doing = async (asked: Promise<void>) => {
    setBusy(true);
    await asked;
    setBusy(false);
  };
  const several = all.length > 1;
  return (
    <>
      <ul class="letters">
        {dead.map(({ id, name, called, to, failure, at_ms }) => (
          <li key={id}>
            <div class="letter-what">
              <p class="letter-name" dir="auto">
                {name}
              </p>
              <p>
                <bdi>{to}</bdi>
              </p>
              <p class="letter-failure">
                {failure ? `Last error: ${failure}` : "It could not be delivered in time."}{" "}
                <When at_ms={at_ms} />
              </p>
            </div>
            <div class="letter-acts">
              <button
                type="button"
                class="button button-plain"
                disabled={busy}
                onClick={() => void doing(retry([id]))}
              >
                <Icon name="retry" />
                Retry<span class="hidden-text"> {called}</span>
              </button>
              <button
                type="button"
                class="icon-button"
                disabled={busy}
                aria-label={`Drop ${called}`}
                title="Forget it for good"
                onClick={() => void doing(drop([id]))}
              >
                <Icon name="bin" />
              </button>
            </div>
          </li>
        ))}
      </ul>
      {several && (
        <div class="panel-foot">
          <button
            type="button"
            class="button button-plain"
            disabled={busy}
            onClick={() => void doing(retry(all))}
          >
            Retry all {count(all.length)}
          </button>
          <button
            type="button"
            class="button button-plain"
            disabled={busy}
            onClick={() => void doing(drop(all))}
          >
            Drop all {count(all.length)}
          </button>
        </div>
      )}
    </>
  );
}
