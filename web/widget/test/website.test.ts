// @vitest-environment happy-dom
// Proves when the server hears what a page says of its visitor, and what comes of a refusal. Knows nothing of
// the panel.

import { expect, test, vi } from "vitest";
import { hear } from "../src/parts/website";
import type { PageCall } from "../src/surface";
import { anotherWorld, seat, setStage, settle, talking, world } from "./stage";
import { ID } from "./world";

const PATH = `POST /api/chatbot/conversation/${ID}/website`;

setStage();

/** What the server was told, in order. */
const heard = () => world.bodies.filter((_, at) => world.asked[at]?.endsWith("/website"));

function page(...calls: PageCall[]) {
  const engine = seat();
  const ending = new AbortController();
  const say = (...more: PageCall[]) => hear(more, engine, ending.signal);
  say(...calls);
  return { engine, say, end: () => ending.abort() };
}

test("before there is a conversation nothing is asked, and with the first message all of it is told", async () => {
  const { engine } = page(
    ["setAttributes", { plan: "basic", seats: 5 }],
    ["setAttributes", { plan: "pro", trial: null }],
    ["setConversationAttributes", { cart: true }],
    ["track", "viewed_pricing", { plan: "pro", from: undefined }],
  );
  await vi.advanceTimersByTimeAsync(60_000);
  expect(world.asked).toEqual([]);
  await talking(engine);
  expect(heard()).toEqual([
    {
      visitor: { plan: "pro", seats: 5, trial: null },
      conversation: { cart: true },
      events: [{ client_id: expect.any(String), name: "viewed_pricing", props: { plan: "pro" } }],
    },
  ]);
});

test("of many events the last twenty wait", async () => {
  const calls = Array.from({ length: 30 }, (_, n): PageCall => ["track", `page_${n}`]);
  await talking(page(...calls).engine);
  const events = heard()[0]?.events as Array<{ name: string }>;
  expect(events.map(({ name }) => name)).toEqual(Array.from({ length: 20 }, (_, n) => `page_${n + 10}`));
});

test("the last word on a tag counts, and one that agents do not have takes nothing along", async () => {
  const warned = vi.spyOn(console, "warn").mockReturnValue();
  const { engine } = page(
    ["addTag", "vip"],
    ["removeTag", "vip"],
    ["removeTag", "billing"],
    ["addTag", "billing"],
  );
  world.refuse(PATH, 422, "unknown-tag", "Agents use no such tag here.");
  await talking(engine);
  expect(heard()).toEqual([{ remove_tags: ["vip"] }, { add_tags: ["billing"] }]);
  expect(warned).toHaveBeenCalledOnce();
});

test("what did not get through is told again as the same, and what came meanwhile after it", async () => {
  const { engine, say } = page(["track", "viewed_pricing"]);
  world.refusals.set(PATH, new Response("", { status: 502 }));
  await talking(engine);
  say(["track", "left_cart"]);
  await settle();
  expect(heard()).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(heard()[1]).toEqual(heard()[0]);
  expect(heard()[2]).toMatchObject({ events: [{ name: "left_cart" }] });
});

test("another conversation hears of the person again, and of nothing else", async () => {
  const { engine } = page(["setAttributes", { plan: "pro" }], ["setConversationAttributes", { cart: true }]);
  await talking(engine);
  await engine.show("cnv_other");
  await settle();
  expect(heard()).toEqual([
    { visitor: { plan: "pro" }, conversation: { cart: true } },
    { visitor: { plan: "pro" } },
  ]);
});

test("what is neither text, number nor yes or no is told as its JSON, and a long text is cut", async () => {
  const given = {
    list: [1, 2],
    none: undefined,
    at: new Date(0),
    nan: Number.NaN,
    big: 1n,
    long: "é👋".repeat(400),
  };
  await talking(page(["setAttributes", given]).engine);
  expect(heard()[0]?.visitor).toEqual({
    list: "[1,2]",
    none: null,
    at: "1970-01-01T00:00:00.000Z",
    nan: null,
    big: null,
    long: "é👋".repeat(250),
  });
});

test("who stopped says nothing more", async () => {
  const { engine, end } = page(["setAttributes", { plan: "pro" }]);
  end();
  await talking(engine);
  expect(heard()).toEqual([]);
  anotherWorld();
});
