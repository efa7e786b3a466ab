// Decides how the panel is built and served while developing: one hashed ES module that the
// launcher imports from the server's origin. Knows nothing of the launcher (vite.launcher.config.ts).
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  server: {
    proxy: {
      "/api": "http://127.0.0.1:8080",
      "/broadcasting": "http://127.0.0.1:8080",
      "/app": { target: "ws://127.0.0.1:8080", ws: true },
    },
  },
  build: {
    outDir: here("../dist/widget"),
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: { panel: here("src/panel.tsx") },
      preserveEntrySignatures: "allow-extension",
      output: { entryFileNames: "assets/[name]-[hash].js", chunkFileNames: "assets/[name]-[hash].js" },
    },
  },
});
