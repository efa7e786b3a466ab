// Decides how the console is built, and where its development server finds a real one.
// Knows nothing of the widget, which has configurations of its own.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** One of the icons that `e2e/pictures/icons.spec.ts` draws, under a name that changes with it. */
function icon(name: string) {
  const source = readFileSync(here(`src/icons/${name}.png`));
  const hash = createHash("sha256").update(source).digest("base64url").slice(0, 8);
  return { type: "asset", fileName: `assets/${name}-${hash}.png`, source } as const;
}

const [small, large, whole, touch] = ["icon-192", "icon-512", "icon-whole-512", "icon-touch-180"].map(icon);

/** What an app on a home screen is called and looks like. iOS lets only such an app take pushes. */
const manifest = {
  id: "/",
  name: "Frontdesk",
  short_name: "Frontdesk",
  description: "Answer the visitors of your website.",
  start_url: "/",
  scope: "/",
  display: "standalone",
  // `--paper`, and the icon's green; the page says its own colours by day and by night.
  background_color: "#f6f5f2",
  theme_color: "#0b6e54",
  icons: [
    { src: `/${small?.fileName}`, sizes: "192x192", type: "image/png" },
    { src: `/${large?.fileName}`, sizes: "512x512", type: "image/png" },
    { src: `/${whole?.fileName}`, sizes: "512x512", type: "image/png", purpose: "maskable" },
  ],
};

const homeScreen: Plugin = {
  name: "home-screen",
  apply: "build",
  transformIndexHtml: () => [
    { tag: "link", attrs: { rel: "manifest", href: "/manifest.webmanifest" }, injectTo: "head" },
    { tag: "link", attrs: { rel: "apple-touch-icon", href: `/${touch?.fileName}` }, injectTo: "head" },
  ],
  generateBundle() {
    for (const one of [small, large, whole, touch]) if (one) this.emitFile(one);
    this.emitFile({ type: "asset", fileName: "manifest.webmanifest", source: JSON.stringify(manifest) });
  },
};

export default defineConfig({
  root: here("."),
  base: "/",
  plugins: [homeScreen],
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
