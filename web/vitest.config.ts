// Decides which tests run, and that they think without a browser unless they say otherwise.
// Knows nothing of what they prove.

import { defineConfig } from "vitest/config";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    // Thinking parts run without a browser; a test that draws says `// @vitest-environment happy-dom`.
    environment: "node",
    // Ends a test that hangs; what a test waits for has deadlines of its own.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    include: ["{shared,widget,embed,console}/{src,test}/**/*.test.{ts,tsx}"],
  },
});
