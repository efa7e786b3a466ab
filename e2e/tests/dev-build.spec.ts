// The development build (R3, R4): `npm run dev` shows the widget with mock data on timers and no
// server at all, and what the server embeds holds none of it.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "../cast";
import { freePort } from "../server";

const WEB = join(import.meta.dirname, "../../web");

test("R3: the development build talks to mock data on timers, without a server", async ({ page }) => {
  const port = await freePort();
  const words = ["run", "dev", "--", "--host", "127.0.0.1", "--port", `${port}`, "--strictPort"];
  // A group of its own, because npm does not pass its end on to vite.
  const npm = spawn("npm", words, { cwd: WEB, detached: true, stdio: "ignore" });
  try {
    const panel = page.getByRole("dialog");
    // Again as long as it takes: vite comes up, and reloads the page once when it met new packages.
    await expect(async () => {
      await page.goto(`http://127.0.0.1:${port}/`);
      await page.getByRole("button", { name: /open chat/i }).click({ timeout: 5_000 });
      await panel.getByRole("textbox").fill("Hello from nowhere", { timeout: 5_000 });
      await page.keyboard.press("Enter");
      await expect(panel.getByRole("log")).toContainText("Hello from nowhere", { timeout: 5_000 });
    }).toPass();
    await expect(panel.getByRole("log")).toContainText("Ben Okafor joined");
    await expect(panel.getByText(/is typing/)).toBeVisible();
    await expect(panel.getByRole("log")).toContainText("Thanks for writing!");
  } finally {
    if (npm.pid) process.kill(-npm.pid, "SIGKILL");
  }
});

test("C5: what the server embeds holds no mock data", async ({ page, server }) => {
  const scripts: Promise<string>[] = [];
  page.on("response", (response) => {
    if (new URL(response.url()).pathname.endsWith(".js")) scripts.push(response.text());
  });
  await page.goto(`${server.origin}/chatbot-test.html`);
  await page.getByRole("button", { name: /open chat/i }).click();
  await expect(page.getByRole("dialog").getByRole("textbox")).toBeVisible();
  const texts = await Promise.all(scripts);
  expect(texts.length).toBeGreaterThan(1);
  for (const text of texts) expect(text).not.toContain("cnv_mock");
});
