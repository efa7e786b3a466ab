// Draws a week of opening hours, to be changed day by day. Knows nothing of what they are for.

import type { Day, OpeningHours, OpenSpan } from "@frontdesk/shared/wire.gen";
import { useMemo } from "preact/hooks";
import { spansOf, usualHours, withDay, zones } from "../hours";
import { DAYS, ownZone } from "../week";
import { Field } from "./field";
import { Icon } from "./icon";

interface HoursProps {
  readonly hours: OpeningHours | null;
  readonly wrong: string | undefined;
  readonly change: (hours: OpeningHours | null) => void;
}

export function HoursField({ hours, wrong, change }: HoursProps) {
  return (
    <fieldset class="checks">
      <legend>Opening hours</legend>
      <label>
        <input type="radio" name="hours" checked={!hours} onChange={() => change(null)} />
        Always open
      </label>
      <label>
        <input
          type="radio"
          name="hours"
          checked={Boolean(hours)}
          onChange={() => hours ?? change(usualHours(ownZone()))}
        />
        Open at these times
      </label>
      {hours && <Week hours={hours} change={change} />}
      {wrong && <p class="field-wrong">{wrong}</p>}
    </fieldset>
  );
}

interface WeekProps {
  readonly hours: OpeningHours;
  readonly change: (hours: OpeningHours) => void;
}

function Week({ hours, change }: WeekProps) {
  const all = useMemo(() => zones(hours.zone), [hours.zone]);
  return (
    <div class="week">
      <Field label="Time zone">
        {(ids) => (
          <select
            {...ids}
            class="input"
            value={hours.zone}
            onChange={(event) => change({ ...hours, zone: event.currentTarget.value })}
          >
            {all.map((zone) => (
              <option key={zone} value={zone}>
                {zone.replaceAll("_", " ")}
              </option>
            ))}
          </select>
        )}
      </Field>
      <ul class="week-days">
        {DAYS.map(([day, name]) => (
          <DayRow
            key={day}
            day={day}
            name={name}
            spans={spansOf(hours, day)}
            change={(spans) => change(withDay(hours, day, spans))}
          />
        ))}
      </ul>
    </div>
  );
}

interface DayRowProps {
  readonly day: Day;
  readonly name: string;
  readonly spans: readonly OpenSpan[];
  readonly change: (spans: readonly OpenSpan[]) => void;
}

function DayRow({ day, name, spans, change }: DayRowProps) {
  const set = (at: number, part: Partial<OpenSpan>) =>
    change(spans.map((span, n) => (n === at ? { ...span, ...part } : span)));
  return (
    <li class="week-day">
      <label class="week-name">
        <input
          type="checkbox"
          checked={spans.length > 0}
          onChange={(event) =>
            change(event.currentTarget.checked ? [{ day, from: "09:00", to: "17:00" }] : [])
          }
        />
        {name}
      </label>
      <div class="week-spans">
        {spans.length === 0 && <span class="week-closed">Closed</span>}
        {spans.map((span, n) => (
          <span class="week-span" key={n}>
            <Time name={`${name}, opens`} value={span.from} change={(from) => set(n, { from })} />
            <span aria-hidden="true">–</span>
            <Time name={`${name}, closes`} value={span.to} change={(to) => set(n, { to })} />
            {spans.length > 1 && (
              <button
                type="button"
                class="icon-button icon-button-small"
                aria-label={`${name}: remove ${span.from} to ${span.to}`}
                onClick={() => change(spans.filter((_, other) => other !== n))}
              >
                <Icon name="close" />
              </button>
            )}
          </span>
        ))}
        {spans.length > 0 && spans.length < 4 && (
          <button
            type="button"
            class="icon-button icon-button-small"
            aria-label={`${name}: open a second time`}
            title="Open a second time"
            onClick={() => change([...spans, { day, from: "18:00", to: "20:00" }])}
          >
            <Icon name="plus" />
          </button>
        )}
      </div>
    </li>
  );
}

interface TimeProps {
  readonly name: string;
  readonly value: string;
  readonly change: (value: string) => void;
}

/** Midnight at the end of a day is `24:00` to the server, which a browser's field cannot say. */
function Time({ name, value, change }: TimeProps) {
  return (
    <input
      type="time"
      class="input week-time"
      aria-label={name}
      value={value === "24:00" ? "00:00" : value}
      onInput={(event) => change(event.currentTarget.value)}
    />
  );
}
