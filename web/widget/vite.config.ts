// Decides how the panel is built and served while developing: one hashed ES module that the
// launcher imports from the server's origin. Knows nothing of the launcher (vite.launcher.config.ts).
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What the panel cannot do without; all else comes when it is needed. */
const CORE =
  /node_modules\/preact\/|shared\/src\/(?!rich|links|upload|database|peaks|recorder|bell)|widget\/src\/(view\/|words\/en|(engine|here|keep|typing|visitor|color|surface|title|receipts|sending|way)\.ts)/;

/** Vite wraps each `import()` so that style sheets of its chunk are fetched first. Ours come inside the parts, so
 * it stays a plain `import()`: 1.2 KB less for everybody who opens the panel. Whoever imports one writes
 * `.then((part) => part.name())`: a name taken out in the parameter is written out twice more. */
const plainImport: Plugin = {
  name: "plain-import",
  enforce: "pre",
  load: (id: string) =>
    id.endsWith("vite/preload-helper.js") ? "export const __vitePreload = (load) => load();" : undefined,
};

export default defineConfig({
  root: here("."),
  plugins: [plainImport],
  resolve: { alias: { "preact/jsx-runtime": here("src/view/jsx.ts") } },
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
      // The launcher may ask for the panel under a second address. What the parts share with it must be the
      // same for both, so it is a chunk of its own, which no part asks for by the panel's name.
      preserveEntrySignatures: "strict",
      output: {
        codeSplitting: { groups: [{ name: "core", test: CORE }] },
        entryFileNames: "assets/[name]-[hash].js",
        chunkFileNames: "assets/[name]-[hash].js",
      },
    },
  },
});
