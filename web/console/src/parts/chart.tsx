// Draws figures over time with uPlot, in the colours of the page, and the same as a table for those who read it.
// Knows nothing of what the figures mean.

import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { tableRows } from "../figures";

export interface Line {
  readonly name: string;
  readonly values: readonly number[];
  /** A token of the page's. */
  readonly color: "--accent" | "--chart-2" | "--danger";
}

interface ChartProps {
  readonly title: string;
  /** Unix time in seconds, for each value. */
  readonly at: readonly number[];
  readonly lines: readonly Line[];
  readonly reads: (value: number) => string;
  /** There is nothing between 1 and 2. */
  readonly whole?: boolean;
}

const HEIGHT = 168;
/** Steps of an axis without fractions. */
const WHOLE = [1, 2, 5]
  .flatMap((step) => [1, 10, 100, 1_000, 10_000].map((times) => step * times))
  .sort((a, b) => a - b);

export function Chart({ title, at, lines, reads, whole }: ChartProps) {
  return (
    <figure class="chart" aria-label={title}>
      <figcaption>
        <h2>{title}</h2>
        <ul class="chart-key">
          {lines.map((line) => (
            <li key={line.name}>
              <span class={`chart-mark chart-mark${line.color.slice(1)}`} />
              {line.name}
              <strong>{reads(line.values.at(-1) ?? 0)}</strong>
            </li>
          ))}
        </ul>
      </figcaption>
      <Canvas at={at} lines={lines} reads={reads} whole={whole} />
      <Table title={title} at={at} lines={lines} reads={reads} />
    </figure>
  );
}

type Drawn = Omit<ChartProps, "title">;

/** For eyes alone: the table says the same. */
function Canvas({ at, lines, reads, whole }: Drawn) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const dark = useScheme();
  const names = lines.map(({ name }) => name).join();

  // Values come by the effect below; a new scheme has other colours.
  useEffect(() => {
    const here = box.current;
    if (!here) return;
    const made = new uPlot(optionsOf(here, { lines, reads, whole }), dataOf(at, lines), here);
    plot.current = made;
    const watcher = new ResizeObserver(() => made.setSize({ width: here.clientWidth, height: HEIGHT }));
    watcher.observe(here);
    return () => {
      watcher.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [dark, names]);
  useEffect(() => plot.current?.setData(dataOf(at, lines)), [at, lines]);
  return <div class="chart-canvas" ref={box} aria-hidden="true" />;
}

function dataOf(at: readonly number[], lines: readonly Line[]): uPlot.AlignedData {
  return [at as number[], ...lines.map(({ values }) => values as number[])];
}

function optionsOf(box: HTMLElement, { lines, reads, whole }: Omit<Drawn, "at">): uPlot.Options {
  const tokens = getComputedStyle(box);
  const token = (name: string) => tokens.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: token("--ink-3"),
    font: `11px ${token("--font")}`,
    grid: { stroke: token("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: box.clientWidth || 320,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 8, 0, 0],
    scales: { y: { range: (_plot, _least, most) => [0, most > 0 ? most * 1.15 : 1] } },
    axes: [
      { ...axis, grid: { show: false }, space: 72, size: 28, gap: 6, values: (_plot, at) => at.map(clockOf) },
      {
        ...axis,
        size: 54,
        gap: 8,
        space: 32,
        ...(whole && { incrs: WHOLE }),
        values: (_plot, values) => values.map((value) => (value === 0 ? "0" : reads(value))),
      },
    ],
    series: [
      {},
      ...lines.map(({ name, color }, place) => ({
        label: name,
        stroke: token(color),
        width: 1.75,
        points: { show: false },
        ...(place === 0 ? { fill: `${token(color)}1f` } : {}),
      })),
    ],
  };
}

/** Seconds matter where a chart has ten minutes of them. */
function clockOf(at_s: number): string {
  return new Date(at_s * 1_000).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
}

function useScheme(): boolean {
  const query = "(prefers-color-scheme: dark)";
  const [dark, setDark] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const watched = matchMedia(query);
    const changed = () => setDark(watched.matches);
    watched.addEventListener("change", changed);
    return () => watched.removeEventListener("change", changed);
  }, []);
  return dark;
}

function Table({ title, at, lines, reads }: ChartProps) {
  const [open, setOpen] = useState(false);
  return (
    <details class="chart-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        As a table<span class="hidden-text">: {title}</span>
      </summary>
      {open && (
        <div class="wide-table">
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Time</th>
                {lines.map(({ name }) => (
                  <th key={name} scope="col" class="table-number">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {tableRows(at).map((row) => (
                <tr key={at[row]}>
                  <th scope="row">{new Date((at[row] ?? 0) * 1_000).toLocaleTimeString()}</th>
                  {lines.map(({ name, values }) => (
                    <td key={name} class="table-number">
                      {reads(values[row] ?? 0)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
