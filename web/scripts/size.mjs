// The size gate: gzip bytes of the launcher, of the panel with its static imports, and of each part that
// is fetched when it is needed, against the budgets of the design. Knows nothing of what is in them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const widget = fileURLToPath(new URL("../dist/widget", import.meta.url));
const gzipped = (path) => gzipSync(readFileSync(join(widget, path)), { level: 9 }).length;
const named = (pattern) => readdirSync(join(widget, "assets")).find((name) => pattern.test(name));

/** The file and every chunk it imports statically. */
function withImports(path, seen = new Set()) {
  if (seen.has(path)) return seen;
  seen.add(path);
  const text = readFileSync(join(widget, path), "utf8");
  for (const [, name] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g))
    withImports(`assets/${name}`, seen);
  return seen;
}

const panel = [...withImports(`assets/${named(/^panel-.*\.js$/)}`)];
const rows = [
  ["launcher", gzipped("widget.js"), 3072],
  ["panel", panel.reduce((sum, path) => sum + gzipped(path), 0), 30720],
];
for (const name of readdirSync(join(widget, "assets")).filter((name) => name.endsWith(".js"))) {
  if (panel.includes(`assets/${name}`)) continue;
  rows.push([name.replace(/-.{8}\.js$/, ""), gzipped(`assets/${name}`), 15360]);
}
for (const [name, bytes, budget] of rows) {
  if (process.argv.includes("--json")) {
    console.log(JSON.stringify({ what: `${name}, gzip`, value: bytes, unit: "bytes", goal: `<= ${budget}` }));
    continue;
  }
  console.log(`${name}: ${bytes} of ${budget} bytes gzip${bytes > budget ? "  TOO LARGE" : ""}`);
}
process.exitCode = rows.some(([, bytes, budget]) => bytes > budget) ? 1 : 0;
