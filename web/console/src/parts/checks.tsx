// Draws boxes to be ticked, and the choice of widgets that several pages ask for. Knows nothing of what is chosen.

import { me } from "../session";

interface CheckProps {
  readonly name: string;
  readonly on: boolean;
  readonly change: (on: boolean) => void;
}

export function Check({ name, on, change }: CheckProps) {
  return (
    <label>
      <input type="checkbox" checked={on} onChange={(event) => change(event.currentTarget.checked)} />
      {name}
    </label>
  );
}

interface WidgetChecksProps {
  readonly chosen: readonly string[];
  readonly change: (chosen: readonly string[]) => void;
}

/** Nothing to choose where there is one. */
export function WidgetChecks({ chosen, change }: WidgetChecksProps) {
  const widgets = me.value?.widgets ?? [];
  if (widgets.length < 2) return null;
  return (
    <fieldset class="checks checks-pair">
      <legend>On these widgets; none means all</legend>
      {widgets.map(({ id, name }) => (
        <Check
          key={id}
          name={name}
          on={chosen.includes(id)}
          change={(on) => change(on ? [...chosen, id] : chosen.filter((one) => one !== id))}
        />
      ))}
    </fieldset>
  );
}
