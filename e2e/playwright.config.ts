// How the end-to-end tests run: the distribution's Chromium, a fresh profile each, no retries,
// because a flaky test is a bug of the product until shown otherwise.

import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export default defineConfig({
  testDir: "tests",
  outputDir: "results",
  // Ends a test that hangs. What a test waits for has deadlines of its own; two browsers on a busy
  // machine of two cores may take long over many steps.
  timeout: 120_000,
  expect: { timeout: 15_000 },
  // Most of a test is waiting.
  workers: 3,
  fullyParallel: true,
  projects: [
    { name: "together", grepInvert: /@alone/ },
    // What is held to a time, or to the memory that a page keeps, has the machine to itself: `make test` runs these last.
    { name: "alone", grep: /@alone/, workers: 1 },
  ],
  retries: 0,
  forbidOnly: true,
  use: {
    viewport: { width: 1280, height: 800 },
    // Recording every page takes three times as long as the test itself: `--trace retain-on-failure` when in need.
    screenshot: "only-on-failure",
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
