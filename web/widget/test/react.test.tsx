// @vitest-environment happy-dom
// Proves that the hook can be switched on and off and leaves nothing behind. Knows nothing of the
// panel.

import { render } from "preact";
import * as hooks from "preact/hooks";
import { act } from "preact/test-utils";
import { afterEach, expect, test, vi } from "vitest";
import { Line } from "../../shared/test/line";
import { type Conversation, conversationHook, type Hooks } from "../src/react";
import { World } from "./world";

const useConversation = conversationHook(hooks as unknown as Hooks);

const world = new World();
let seen: Conversation | undefined;
function Page({ enabled }: { enabled: boolean }) {
  const config = { apiToken: "cbw_test", widgetUrl: "https://chat.example" };
  seen = useConversation({ enabled, config, environment: world.environment });
  return (
    <ul>
      {seen.messages.map((one) => (
        <li key={one.id}>{one.message}</li>
      ))}
    </ul>
  );
}

afterEach(() => {
  vi.useRealTimers();
  localStorage.clear();
});

test("the hook yields messages while it is on, and leaves nothing when it is switched off", async () => {
  vi.useFakeTimers();
  Line.all = [];
  const place = document.createElement("div");
  const drawn = async (enabled: boolean) => {
    await act(async () => {
      render(<Page enabled={enabled} />, place);
      await vi.advanceTimersByTimeAsync(10);
    });
    await act(async () => void (await vi.advanceTimersByTimeAsync(10)));
  };

  await drawn(false);
  expect(seen?.connection).toBe("off");
  expect(world.asked).toEqual([]);

  await drawn(true);
  seen?.send("Hello");
  await drawn(true);
  expect(place.textContent).toBe("Hello");

  await drawn(false);
  expect(seen?.messages).toEqual([]);
  expect(Line.last.readyState).toBe(3);
});
