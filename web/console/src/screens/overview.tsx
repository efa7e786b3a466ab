// Shows how the server does: now in figures, and lately as charts. Knows nothing of how they are counted.

import type { Columns, OverviewReply } from "@frontdesk/shared/wire.gen";
import { useMemo, useState } from "preact/hooks";
import { bytes, continued, count, highest, lasting, lately, micros, rate, share } from "../figures";
import { monitorApi, type Step } from "../monitor-api";
import { Chart, type Line } from "../parts/chart";
import { Choices, Nothing, Stale, usePolled, Waiting } from "../parts/polled";
import { SettingsPage } from "../parts/settings";

const RANGES = [
  ["second", "10 minutes"],
  ["minute", "2 days"],
] as const;

export function OverviewScreen() {
  const [step, setStep] = useState<Step>("second");
  const { now, trouble } = usePolled<OverviewReply>(async (known) => {
    const fresh = await monitorApi.overview(step, known?.columns.at.at(-1) ?? 0);
    // After a restart, or from another node, nothing continues.
    const same = known?.node === fresh.node ? known.columns : null;
    return { ...fresh, columns: continued(same, fresh.columns) };
  }, step);
  return (
    <SettingsPage
      page="overview"
      action={<Choices label="Time shown" choices={RANGES} chosen={step} choose={setStep} />}
    >
      <Stale trouble={trouble} />
      {now ? <Overview now={now} /> : trouble === null && <Waiting name="the overview" />}
    </SettingsPage>
  );
}

function Overview({ now }: { readonly now: OverviewReply }) {
  const { columns } = now;
  const rows = columns.step_s === 1 ? 10 : 1;
  const tiles = [
    ["Connections", count(now.connections), "open now"],
    ["Messages", rate(lately(columns.messages, rows)), "a second"],
    ["Deliveries", rate(lately(columns.deliveries, rows)), "a second"],
    ["Latency", micros(highest(columns.latency_p99_us.slice(-rows * 6))), "or less for 99 %"],
    ["Channels", count(now.channels), "with subscribers"],
    ["Requests", rate(lately(columns.requests, rows)), "a second"],
    ["Memory", bytes(columns.memory_bytes.at(-1) ?? 0), "resident"],
    ["Processor", share(lately(columns.cpu, rows)), "of one core"],
  ] as const;
  return (
    <>
      <dl class="tiles">
        {tiles.map(([name, value, unit]) => (
          <div class="tile" key={name}>
            <dt>{name}</dt>
            <dd>
              <strong data-figure={name}>{value}</strong> <span>{unit}</span>
            </dd>
          </div>
        ))}
      </dl>
      {columns.at.length > 1 ? <Charts columns={columns} /> : <NoFigures step_s={columns.step_s} />}
      <p class="monitor-foot">
        Frontdesk {now.version}, up for {lasting(now.uptime_s * 1_000)}. The charts are of the node that
        answers.
      </p>
    </>
  );
}

function NoFigures({ step_s }: { readonly step_s: number }) {
  return (
    <section class="panel" aria-label="Charts">
      <Nothing title="Figures are on their way">
        {step_s === 1
          ? "The server has just started. The first ones are here in a few seconds."
          : "There is one a minute. Come back in two minutes, or look at the last ten."}
      </Nothing>
    </section>
  );
}

function Charts({ columns }: { readonly columns: Columns }) {
  const charts = useMemo(() => {
    const line = (name: string, values: readonly number[], color: Line["color"] = "--accent") => ({
      name,
      values,
      color,
    });
    return [
      ["Connections", [line("Open", columns.connections)], count],
      [
        "Messages a second",
        [line("Delivered", columns.deliveries), line("Published", columns.messages, "--chart-2")],
        rate,
      ],
      [
        "Publish to write",
        [line("Half under", columns.latency_p50_us), line("99 % under", columns.latency_p99_us, "--chart-2")],
        micros,
      ],
      [
        "HTTP requests a second",
        [line("Answered", columns.requests), line("Errors", columns.errors, "--danger")],
        rate,
      ],
      ["Memory", [line("Resident", columns.memory_bytes)], bytes],
      ["Processor", [line("Of one core", columns.cpu)], share],
    ] as const;
  }, [columns]);
  return (
    <div class="charts">
      {charts.map(([title, lines, reads]) => (
        <section class="panel" key={title} aria-label={title}>
          <Chart title={title} at={columns.at} lines={lines} reads={reads} whole={reads === count} />
        </section>
      ))}
    </div>
  );
}
