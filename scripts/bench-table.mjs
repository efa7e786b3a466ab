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
for (const row of rows) {
  const { what, value, unit, goal } = row;
  if (what) console.log(`| ${what} | ${rounded(value)} | ${unit ?? ""} | ${goal ?? ""} |`);
}
