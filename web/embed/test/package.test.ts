// Proves that what is published is the loader, its components and their page, and none of what proves them.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const folder = fileURLToPath(new URL("..", import.meta.url));

test("the package holds what belongs in it, and names nothing it needs", () => {
  const said = execFileSync("npm", ["pack", "--dry-run", "--json", "--offline"], {
    cwd: folder,
    encoding: "utf8",
  });
  const packed = JSON.parse(said) as Record<string, { files: Array<{ path: string }> }>;
  const names = Object.values(packed).flatMap(({ files }) => files.map(({ path }) => path));
  expect(names.sort()).toEqual([
    "README.md",
    "index.d.ts",
    "index.js",
    "package.json",
    "react.d.ts",
    "react.js",
    "vue.d.ts",
    "vue.js",
  ]);
  const manifest = JSON.parse(readFileSync(`${folder}package.json`, "utf8"));
  expect(manifest.dependencies).toBeUndefined();
});
