// @vitest-environment happy-dom
// Proves that the list of conversations is live while it is open. Knows no server.

import type { VisitorConversationRow } from "@frontdesk/shared/wire.gen";
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Engine, EngineState } from "../src/engine";
import { Conversations } from "../src/parts/list";

const row = (id: string, message: string, timestamp: string, unread = 0): VisitorConversationRow =>
  ({
    id,
    status: "open",
    agents: [],
    created_at: "2026-11-22T08:00:00.000Z",
    unread,
    last_message: { message, timestamp, sender_type: "agent" },
  }) as unknown as VisitorConversationRow;

let place: HTMLElement;
const list = vi.fn(async () => {});
const engine = { list } as unknown as Engine;

/** Draws the list, as the engine's state has it then. */
function draw(conversations: VisitorConversationRow[], open = true): void {
  const state = { conversations, thread: null, look: {} } as unknown as EngineState;
  act(() => render(<Conversations engine={engine} state={state} open={open} onChosen={() => {}} />, place));
}

const shown = () => [...place.querySelectorAll("li")].map((one) => one.textContent);
const settle = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  list.mockClear();
  place = document.createElement("div");
  document.body.append(place);
});
afterEach(() => {
  render(null, place);
  place.remove();
  vi.useRealTimers();
});

const older = row("cnv_1", "The older one", "2026-11-22T09:00:00.000Z");
const newer = row("cnv_2", "The newer one", "2026-11-22T10:00:00.000Z");

test("an answer in another conversation moves it up, with its words and how many are unread", async () => {
  draw([newer, older]);
  await settle(0);
  expect(shown()).toEqual([expect.stringContaining("newer"), expect.stringContaining("older")]);
  const focused = place.querySelectorAll("button")[1];
  focused?.focus();
  draw([newer, row("cnv_1", "It has arrived", "2026-11-22T11:00:00.000Z", 2)]);
  await settle(0);
  expect(shown()[0]).toMatch(/It has arrived.*2/);
  expect(document.activeElement, "the row keeps the focus it had").toBe(focused);
});

test("it asks for what is new while it is open, and not a moment longer", async () => {
  draw([]);
  await settle(0);
  expect(list).toHaveBeenCalledTimes(1);
  await settle(4_000);
  expect(list).toHaveBeenCalledTimes(3);
  draw([], false);
  await settle(20_000);
  expect(list).toHaveBeenCalledTimes(3);
  draw([]);
  await settle(0);
  expect(list, "at once when it is opened again").toHaveBeenCalledTimes(4);
  render(null, place);
  await settle(20_000);
  expect(list).toHaveBeenCalledTimes(4);
});

test("nobody is asked for a page that nobody sees, or twice while an answer is on its way", async () => {
  const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
  draw([]);
  await settle(6_000);
  expect(list).not.toHaveBeenCalled();
  hidden.mockReturnValue(false);
  let answer = () => {};
  list.mockImplementationOnce(() => new Promise((then) => (answer = then)));
  await settle(10_000);
  expect(list).toHaveBeenCalledTimes(1);
  answer();
  await settle(2_000);
  expect(list).toHaveBeenCalledTimes(2);
});
