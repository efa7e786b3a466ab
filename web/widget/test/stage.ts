// Where tests run an engine: a world of its own for each, time that the test moves, and a browser that
// remembers nothing. Knows nothing of what is proven.

import { afterEach, beforeEach, vi } from "vitest";
import { Line } from "../../shared/test/line";
import { Engine, type EngineOptions } from "../src/engine";
import { ROOM, World } from "./world";

export const TOKEN = `cbw_${"a".repeat(60)}`;
/** The world of this test. */
export let world: World;
let engines: Engine[];

/** Sets the stage for each test of a file. */
export function setStage(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    localStorage.clear();
    Line.all = [];
    anotherWorld();
    engines = [];
  });
  afterEach(() => {
    for (const engine of engines) engine.stop();
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
}

/** Goes on with a new server. */
export function anotherWorld(): World {
  world = new World();
  return world;
}

/** An engine in this world; stopped after the test. */
export function seat(more: Partial<EngineOptions> = {}): Engine {
  const engine = new Engine({
    config: { apiToken: TOKEN },
    origin: "https://chat.example",
    ...more,
    environment: { ...world.environment, ...more.environment },
  });
  engines.push(engine);
  return engine;
}

export const settle = () => vi.advanceTimersByTimeAsync(0);

/** Open, connected, and in the conversation. */
export async function talking(engine: Engine, text = "Hello"): Promise<void> {
  engine.send(text);
  await settle();
  Line.last.greets();
  await settle();
  Line.last.lets(ROOM);
  await settle();
}
