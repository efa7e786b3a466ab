// Builds what the server embeds: the widget into dist/widget, the console into dist/console,
// then a .br and a .gz beside every text asset. Knows nothing of how they are served.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "vite";

const web = fileURLToPath(new URL("..", import.meta.url));
const config = (path) => ({ configFile: join(web, path), logLevel: "warn" });

rmSync(join(web, "dist"), { recursive: true, force: true });

await build(config("widget/vite.config.ts"));
const assets = readdirSync(join(web, "dist/widget/assets"));
const chunk = (name) => assets.find((file) => file.startsWith(`${name}-`) && file.endsWith(".js"));
process.env.PANEL_PATH = chunk("panel");
process.env.CORE_PATH = chunk("core");
await build(config("widget/vite.launcher.config.ts"));

// The script of the editor's preview, and the page that it stands on: the frame has no origin, so it loads no module.
await build({
  configFile: false,
  root: join(web, "widget"),
  logLevel: "warn",
  build: {
    outDir: join(web, "dist/widget"),
    emptyOutDir: false,
    target: "es2022",
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: { preview: join(web, "widget/src/preview.ts") },
      output: { format: "iife", entryFileNames: "assets/[name]-[hash].js" },
    },
  },
});
const preview = readdirSync(join(web, "dist/widget/assets")).find((name) => /^preview-.*\.js$/.test(name));
const previewPage = readFileSync(join(web, "widget/preview.html"), "utf8");
writeFileSync(join(web, "dist/preview.html"), previewPage.replace("{{script}}", `assets/${preview}`));

// Classic scripts for pages that were written for another chat.
await build({
  configFile: false,
  root: join(web, "widget"),
  logLevel: "warn",
  build: {
    outDir: join(web, "dist/compat"),
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: { chatwoot: join(web, "widget/src/compat/chatwoot.ts") },
      output: { format: "iife", entryFileNames: "[name].js" },
    },
  },
});

if (existsSync(join(web, "console/index.html"))) await build(config("console/vite.config.ts"));

// Tested copies for pages written like the seeds (ruling 18), each under its own licence.
mkdirSync(join(web, "dist/vendor"), { recursive: true });
const vendor = [
  // The seeds write `new window.Echo(…)`; version 2 puts the class under `default`.
  ["echo.js", "laravel-echo", "dist/echo.iife.js", "LICENSE.md", "window.Echo = Echo.default;\n"],
  ["pusher.js", "pusher-js", "dist/web/pusher.min.js", "LICENCE", ""],
];
for (const [name, from, file, licence, after] of vendor) {
  const read = (path) => readFileSync(join(web, "node_modules", from, path), "utf8");
  const script = read(file).replace(/\n\/\/# sourceMappingURL=.*/, "");
  writeFileSync(join(web, "dist/vendor", name), `/*!\n${read(licence).trim()}\n*/\n${script}\n${after}`);
}

for (const entry of readdirSync(join(web, "dist"), { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.(js|css|html|svg)$/.test(entry.name)) continue;
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const bytes = readFileSync(path);
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(
    `${path}.br`,
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }),
  );
}
