// Draws the editor of a widget's ladder, for whichever page asks. Knows nothing of how it is kept.

import type { Escalation, EscalationStep, Way, Whom } from "@frontdesk/shared/wire.gen";
import {
  AFTER_S,
  inWords,
  parted,
  STEPS,
  secondsOf,
  UNITS,
  type Unit,
  WAY_NAMES,
  WHOM_NAMES,
} from "../ladder";
import { Icon } from "./icon";

interface LadderProps {
  readonly ladder: Escalation;
  readonly change: (ladder: Escalation) => void;
}

export function Ladder({ ladder, change }: LadderProps) {
  const { steps } = ladder;
  const set = (at: number, step: EscalationStep) =>
    change({ steps: steps.map((one, n) => (n === at ? step : one)) });
  const add = () => {
    const after_s = Math.min(AFTER_S, (steps.at(-1)?.after_s ?? -60) + 60);
    change({ steps: [...steps, { after_s, whom: "members", ways: ["push"] }] });
  };
  return (
    <>
      {steps.length === 0 && (
        <p class="ladder-none" role="note">
          Nobody is alerted while a visitor waits. Add a step.
        </p>
      )}
      <ol class="ladder">
        {steps.map((step, at) => (
          <li key={at}>
            <Step
              step={step}
              number={at + 1}
              change={(next) => set(at, next)}
              remove={() => change({ steps: steps.filter((_, n) => n !== at) })}
            />
          </li>
        ))}
      </ol>
      <button type="button" class="button button-plain" disabled={steps.length >= STEPS} onClick={add}>
        <Icon name="plus" />
        Add a step
      </button>
    </>
  );
}

interface StepProps {
  readonly step: EscalationStep;
  readonly number: number;
  readonly change: (step: EscalationStep) => void;
  readonly remove: () => void;
}

function Step({ step, number, change, remove }: StepProps) {
  return (
    <fieldset class="ladder-step">
      <legend>
        <span class="hidden-text">Step {number}: </span>
        {inWords(step)}
      </legend>
      <div class="ladder-row">
        <After step={step} change={change} />
        <label>
          <span>Whom</span>
          <select
            class="input"
            value={step.whom}
            onChange={(event) => change({ ...step, whom: event.currentTarget.value as Whom })}
          >
            {Object.entries(WHOM_NAMES).map(([whom, name]) => (
              <option key={whom} value={whom}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          class="icon-button"
          aria-label={`Remove step ${number}`}
          title="Remove"
          onClick={remove}
        >
          <Icon name="bin" />
        </button>
      </div>
      <WayChoice step={step} change={change} />
    </fieldset>
  );
}

function After({ step, change }: Pick<StepProps, "step" | "change">) {
  const { count, unit } = parted(step.after_s);
  const set = (count: number, unit: Unit) => change({ ...step, after_s: secondsOf(count, unit) });
  return (
    <>
      <label>
        <span>After</span>
        <input
          class="input ladder-count"
          type="number"
          min={0}
          max={Math.floor(AFTER_S / UNITS[unit])}
          required
          value={count}
          onInput={(event) => set(event.currentTarget.valueAsNumber || 0, unit)}
        />
      </label>
      <label>
        <span class="hidden-text">Unit</span>
        <select
          class="input"
          value={unit}
          onChange={(event) => set(count, event.currentTarget.value as Unit)}
        >
          {Object.keys(UNITS).map((unit) => (
            <option key={unit}>{unit}</option>
          ))}
        </select>
      </label>
    </>
  );
}

function WayChoice({ step, change }: Pick<StepProps, "step" | "change">) {
  const turn = (way: Way, on: boolean) =>
    change({ ...step, ways: on ? [...step.ways, way] : step.ways.filter((one) => one !== way) });
  return (
    <div class="ladder-ways">
      {(Object.entries(WAY_NAMES) as [Way, string][]).map(([way, name]) => (
        <label key={way} class="way">
          <input
            type="checkbox"
            checked={step.ways.includes(way)}
            onChange={(event) => turn(way, event.currentTarget.checked)}
          />
          {name}
        </label>
      ))}
      {step.ways.length === 0 && <p class="field-wrong">Choose at least one way.</p>}
    </div>
  );
}
