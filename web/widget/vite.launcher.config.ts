// Decides how `widget.js` is built: a classic script, because one script tag without `type=module`
// is what sites paste, and its name is stable. Told by the build which panel it loads (`PANEL_PATH`, `CORE_PATH`).
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  define: {
    __PANEL_PATH__: JSON.stringify(process.env.PANEL_PATH ?? ""),
    __CORE_PATH__: JSON.stringify(process.env.CORE_PATH ?? ""),
  },
  build: {
    outDir: here("../dist/widget"),
    emptyOutDir: false,
    target: "es2022",
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: { widget: here("src/launcher.ts") },
      output: { format: "iife", entryFileNames: "[name].js" },
    },
  },
});
