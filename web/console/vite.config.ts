// Decides how the console is built, and where its development server finds a real one.
// Knows nothing of the widget, which has configurations of its own.

import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  base: "/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: here("../dist/console"),
    emptyOutDir: true,
    assetsDir: "assets",
    target: "es2022",
    // A preload helper would need inline code; the console's policy has none.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: here("index.html"), sw: here("src/sw.ts") },
      // The worker's address never changes, and it stands at the root: for the whole console.
      output: { entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
  },
  server: {
    proxy: {
      "/api": "http://127.0.0.1:8080",
      "/broadcasting": "http://127.0.0.1:8080",
      "/app": { target: "ws://127.0.0.1:8080", ws: true },
    },
  },
});
