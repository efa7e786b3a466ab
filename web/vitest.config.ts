import { defineConfig } from "vitest/config";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    // Thinking parts run without a browser; a test that draws says `// @vitest-environment happy-dom`.
    environment: "node",
    include: ["{shared,widget,console}/{src,test}/**/*.test.{ts,tsx}"],
  },
});
