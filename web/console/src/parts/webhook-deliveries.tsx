// Draws the last calls of a webhook: when, of what, what was answered, and a button that sends one again. Knows
// nothing of the webhook itself.

import type { Delivery } from "@frontdesk/shared/wire.gen";
import { useEffect } from "preact/hooks";
import { setupApi } from "../setup-api";
import { inFull } from "../time";
import { complain, tell } from "../toast";
import { Icon } from "./icon";
import { ListState, useList } from "./list-state";

/** What is sent again is carried by the outbox, so its answer comes by itself and soon. */
const LOOKS_MS = 2_000;

export function Deliveries({ id }: { readonly id: string }) {
  const { list, trouble, again } = useList(async () => (await setupApi.deliveries(id)).deliveries);
  useEffect(() => {
    const timer = setInterval(again, LOOKS_MS);
    return () => clearInterval(timer);
  }, [again]);
  const replay = (delivery: Delivery) =>
    setupApi.replay(id, delivery.id).then(() => {
      tell("good", "It is sent again.");
      again();
    }, complain);
  return (
    <div class="deliveries">
      <ListState
        list={list}
        trouble={trouble}
        again={again}
        loading="Loading the deliveries"
        icon="clock"
        none="No calls yet"
        hint="Make a test call, or wait until something happens."
      >
        <table>
          <thead>
            <tr>
              <th scope="col">Answer</th>
              <th scope="col">Event</th>
              <th scope="col">Attempt</th>
              <th scope="col">When</th>
              <th scope="col">Took</th>
              <th scope="col">
                <span class="hidden-text">Send again</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {list?.map((delivery) => (
              <Row key={delivery.id} delivery={delivery} replay={() => void replay(delivery)} />
            ))}
          </tbody>
        </table>
      </ListState>
    </div>
  );
}

interface RowProps {
  readonly delivery: Delivery;
  readonly replay: () => void;
}

function Row({ delivery, replay }: RowProps) {
  const { status, failure, type, attempt, at, duration_ms } = delivery;
  const good = status !== null && status >= 200 && status < 300;
  return (
    <tr>
      <td>
        <span class={good ? "chip chip-good" : "chip chip-bad"}>
          <Icon name={good ? "check" : "alert"} />
          {status ?? "No answer"}
        </span>
        {failure && <small class="delivery-why">{failure}</small>}
      </td>
      <td>
        <code>{type}</code>
      </td>
      <td>{attempt}</td>
      <td>{inFull(at)}</td>
      <td>{duration_ms} ms</td>
      <td>
        <button
          type="button"
          class="icon-button icon-button-small"
          aria-label={`Send ${type} of ${inFull(at)} again`}
          title="Send again"
          onClick={replay}
        >
          <Icon name="retry" />
        </button>
      </td>
    </tr>
  );
}
