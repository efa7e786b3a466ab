// Decides how the console is built, and where its development server finds a real one.
// Knows nothing of the widget, which has configurations of its own.

import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: fileURLToPath(new URL("../dist/console", import.meta.url)),
    emptyOutDir: true,
    assetsDir: "assets",
    target: "es2022",
    // A preload helper would need inline code; the console's policy has none.
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      "/api": "http://127.0.0.1:8080",
      "/broadcasting": "http://127.0.0.1:8080",
      "/app": { target: "ws://127.0.0.1:8080", ws: true },
    },
  },
});
