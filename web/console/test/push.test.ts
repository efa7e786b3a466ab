// Proves what agents read where their browser takes no pushes.

import { afterEach, expect, test, vi } from "vitest";
import { impossible } from "../src/push";

const browser = (userAgent: string, maxTouchPoints: number) => {
  vi.stubGlobal("isSecureContext", true);
  vi.stubGlobal("window", {});
  vi.stubGlobal("navigator", { userAgent, maxTouchPoints, serviceWorker: {} });
};

afterEach(() => vi.unstubAllGlobals());

test("an iPhone's or iPad's tab says to add the console to the Home Screen first, and why", () => {
  const webKit = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/604.1";
  for (const device of ["iPhone; CPU iPhone OS 18_0 like Mac OS X", "Macintosh; Intel Mac OS X 10_15_7"]) {
    browser(`Mozilla/5.0 (${device}) ${webKit}`, 5);
    expect(impossible()).toContain("only apps on the Home Screen get notifications");
    expect(impossible()).toContain("Tap Share, then “Add to Home Screen”");
  }
  browser(`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webKit}`, 0);
  expect(impossible()).not.toContain("Home Screen");
});

test("a page that came without TLS says so first, and one that can says nothing", () => {
  browser("Mozilla/5.0 (iPhone)", 5);
  vi.stubGlobal("isSecureContext", false);
  expect(impossible()).toContain("https");
  vi.stubGlobal("isSecureContext", true);
  vi.stubGlobal("window", { PushManager: class {} });
  expect(impossible()).toBeNull();
});
