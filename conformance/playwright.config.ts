// How the conformance tests run: official clients in Node and in the distribution's Chromium against
// a real server process. No retries, as in the end-to-end tests.

import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export default defineConfig({
  testDir: "tests",
  outputDir: "results",
  // Ends a test that hangs; what a test waits for has deadlines of its own.
  timeout: 60_000,
  expect: { timeout: 10_000 },
  // Most of a test is waiting.
  workers: 3,
  fullyParallel: true,
  retries: 0,
  forbidOnly: true,
  use: {
    launchOptions: {
      executablePath: browsers.find((path) => existsSync(path)) ?? browsers[0],
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
