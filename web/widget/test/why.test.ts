// @vitest-environment happy-dom
// Proves that whoever asks why it polls is told what was tried, with which outcome and what comes next, and
// that neither this nor the console's lines hold a word of a message or a token. Knows nothing of drawing.

import { expect, test, vi } from "vitest";
import { Line } from "../../shared/test/line";
import "../src/parts/console";
import { type Surroundings, why } from "../src/parts/why";
import type { Status } from "../src/surface";
import { seat, setStage, settle, TOKEN, talking, world } from "./stage";
import { ROOM } from "./world";

setStage();

const around: Surroundings = {
  server: "https://chat.example",
  browser: "Firefox",
  online: true,
  locks: true,
};
const answer = (status: Status) => why(status, Date.now(), around);
const said = (status: Status) => answer(status).join("\n");

test("a connection that stands says since when, by what, and who holds it", async () => {
  const ana = seat();
  await talking(ana);
  await vi.advanceTimersByTimeAsync(25_000);
  const lines = answer(ana.status());
  expect(lines[0]).toMatch(/^Connected by socket \(reverb\) since [\d:]{8} \(25 s\)\.$/);
  expect(lines).toContain("This tab holds the connection.");
  expect(lines).toContain("Last number in the conversation's log: 1.");
  expect(lines).toContain("Messages not sent yet: 0.");
  expect(said(ana.status())).toMatch(/reverb: the socket is open\n.*reverb: hears the conversation/);
});

test("a blocked Upgrade, a silent server and a refusal are told apart, in their order", async () => {
  const pusher = { enabled: true, key: "their-key", cluster: "eu", encrypted: true };
  world.config = { realtimeProvider: "pusher", providers: ["pusher", "reverb"], pusher };
  const ana = seat({ config: { apiToken: TOKEN, reconnectAttempts: 2 } });
  ana.send("Hello");
  await settle();
  Line.last.breaks(1006);
  await vi.advanceTimersByTimeAsync(1_000);
  Line.last.breaks(1006);
  await vi.advanceTimersByTimeAsync(1_000);
  await vi.advanceTimersByTimeAsync(4_000);
  await vi.advanceTimersByTimeAsync(1_000);
  Line.last.says("pusher:error", { code: 4001, message: "There is no such app." });
  const lines = answer(ana.status());
  expect(lines[0]).toMatch(/^Polling, because no socket could be opened since .*, \d tries failed\.$/);
  expect(lines[1]).toMatch(/^Next try for a socket in \d+ s\.$/);
  const tried = lines
    .filter((line) => /^ {2}[\d:]{8} (pusher|reverb)/.test(line))
    .map((line) => line.slice(11));
  expect(tried.filter((line) => !line.includes("asks to hear"))).toEqual([
    expect.stringMatching(/^pusher: not opened \(code 1006\): .*a blocked Upgrade\)$/),
    expect.stringMatching(/^pusher: not opened .*; goes on with reverb$/),
    "reverb: no answer in time: something on the way swallows it",
    "reverb: refused with code 4001 (There is no such app.); goes on with polling",
  ]);
});

test("many tries with the same outcome are one line, and a browser without network says so", async () => {
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  const ana = seat();
  ana.send("Hello");
  await settle();
  for (let i = 0; i < 4; i++) {
    Line.last.breaks();
    await vi.advanceTimersByTimeAsync(16_000);
  }
  expect(said(ana.status())).toMatch(/reverb: the browser had no network \(4 times, last at [\d:]{8}\)/);
});

test("a message that waits is counted, and a tab that follows says that it does", async () => {
  const ana = seat();
  await talking(ana);
  world.reachable = false;
  ana.send("Still here?");
  await settle();
  expect(said(ana.status())).toContain("Messages not sent yet: 1.");
  for (let i = 0; i < 6; i++) {
    Line.last.breaks(4001);
    await vi.advanceTimersByTimeAsync(16_000);
  }
  expect(answer(ana.status())[0]).toMatch(/^Not connected: neither a socket nor a poll gets through since/);
  expect(said({ ...ana.status(), leader: false })).toContain("Another tab holds the connection");
});

test("neither the answer nor the console's lines hold a word of a message, or a token", async () => {
  const lines: string[] = [];
  for (const level of ["debug", "log", "info", "warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation((...line: unknown[]) => void lines.push(line.join(" ")));
  world.session = { token: "tok-hidden", secret: "sec-hidden" };
  const ana = seat({ config: { apiToken: TOKEN, debug: true } });
  await talking(ana, "hidden words");
  world.message("hidden answer");
  world.tell();
  Line.last.says("pusher:error", { code: 4200, message: "Please come back." });
  await vi.advanceTimersByTimeAsync(2_000);
  Line.last.greets();
  await settle();
  Line.last.says("pusher:subscription_error", { status: 403 }, { channel: ROOM });
  await vi.advanceTimersByTimeAsync(3_000);
  world.message("hidden by poll");
  await vi.advanceTimersByTimeAsync(3_000);
  world.reachable = false;
  ana.send("hidden and waiting");
  await vi.advanceTimersByTimeAsync(3_000);
  expect(
    ana.state.thread?.messages.map((one) => one.message),
    "the premise",
  ).toContain("hidden by poll");
  expect(lines.join("\n"), "the premise").toContain("falling back to polling");
  for (const text of [lines.join("\n"), said(ana.status())]) {
    expect(text).not.toContain("hidden");
    expect(text).not.toContain(TOKEN.slice(0, 16));
  }
});
