// Turns the raw lines of a benchmark run into the table of docs/benchmarks.md. Knows nothing of
// how they were measured.
import { readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";

const rows = readFileSync(process.argv[2], "utf8")
  .split("\n")
  .filter((line) => line.startsWith("{"))
  .map((line) => JSON.parse(line));
const rounded = (value) =>
  typeof value !== "number" ? value : value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
const kernel = readFileSync("/proc/sys/kernel/osrelease", "utf8").trim();

console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0].model.trim()},`);
console.log(`${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${kernel}; shared machine, everything on loopback.\n`);
console.log("| What | Measured | Unit | Goal |\n|---|---:|---|---|");
const print = (what, value, unit = "", goal = "") =>
  console.log(`| ${what} | ${rounded(value)} | ${unit} | ${goal} |`);

/** Lines of the fan-out program, one per figure, as rows. */
const FIGURES = {
  fanout_floor: (row) => fanOut("bare `write(2)` loop", row),
  fanout_one: (row) => fanOut("fan-out, one event outstanding", row, "<= 1.15", ">= 0.9"),
  fanout_eight: (row) => fanOut("fan-out, eight events outstanding", row, "<= 0.35"),
  idle_rss_shared_channel: (row) => idle(row, "in one channel"),
  idle_rss_own_channel: (row) => idle(row, "each in a channel of its own"),
};

function idle(row, where) {
  const what = `RSS per idle subscribed connection at ${row.connections}, ${where}`;
  print(what, row.bytes_each, "bytes", "<= 1536");
}

function fanOut(name, row, cpuGoal = "", rateGoal = "") {
  print(`${name}, 10,000 subscribers, ${row.data_bytes} B: deliveries`, row.deliveries_per_s, "per s");
  print("- user CPU per million deliveries", row.user_s_per_million, "s");
  print("- system CPU per million deliveries", row.system_s_per_million, "s");
  if (!cpuGoal) return;
  print("- whole CPU against the bare loop's, same round", row.ratio_to_floor, "times", cpuGoal);
  print("- deliveries per second against it", row.rate_to_floor, "times", rateGoal);
}

for (const row of rows) {
  if (row.skipped) print(row.figure, `skipped: ${row.skipped}`);
  else if (row.figure) FIGURES[row.figure]?.(row);
  else print(row.what, row.value, row.unit, row.goal);
}
