// @vitest-environment happy-dom
// Proves ruling 14: Ana's tabs share one socket, whoever leads, and nothing is lost or doubled when that
// changes. Tabs meet over a real BroadcastChannel. Knows nothing of how they are drawn.

import { beforeEach, expect, test, vi } from "vitest";
import { Line } from "../../shared/test/line";
import type { Engine } from "../src/engine";
import { storageKey } from "../src/surface";
// Here at once: tests move time, and not how long a module takes to come.
import { Tabs } from "../src/tabs";
import { Locks } from "./locks";
import { seat, setStage, TOKEN, world } from "./stage";
import { BEN, ID, ROOM } from "./world";

setStage();

const LOCK = `${storageKey(TOKEN)}:tabs:1:vis_ana`;
let locks: Locks;

beforeEach(() => {
  locks = new Locks();
  world.started = true;
  world.message("Welcome");
});

/** Ana opens the chat in one more tab. */
async function tab(more: Parameters<typeof seat>[0] = {}): Promise<Engine> {
  const engine = seat({ ...more, environment: { locks: locks.manager, ...more.environment } });
  void engine.open();
  await until(() => expect(engine.state.thread ?? engine.state.visitorId).not.toBeNull());
  await until(() => expect(engine.status().since).toBeGreaterThan(0));
  return engine;
}

const until = (what: () => void) => vi.waitFor(what, { timeout: 15_000 });
const live = (...tabs: Engine[]) =>
  until(() => expect(tabs.map((one) => one.status().connected)).toEqual(tabs.map(() => true)));
const texts = (engine: Engine) => engine.state.thread?.messages.map((one) => one.message);
const open = () => Line.all.filter((line) => line.readyState < 3);
const leads = (...tabs: Engine[]) => tabs.map((one) => one.status().leader);

/** The newest socket stands, and is let in. */
async function connects(room = ROOM): Promise<void> {
  Line.last.greets();
  await until(() => expect(Line.last.sent.map((frame) => frame.data?.channel)).toContain(room));
  Line.last.lets(room);
}

async function three(): Promise<[Engine, Engine, Engine]> {
  const first = await tab();
  await until(() => expect(Line.all).toHaveLength(1));
  await connects();
  const tabs: [Engine, Engine, Engine] = [first, await tab(), await tab()];
  await live(...tabs);
  return tabs;
}

test("three tabs have one socket, and what Ben says stands once in each", async () => {
  const tabs = await three();
  expect(Line.all).toHaveLength(1);
  expect(leads(...tabs)).toEqual([true, false, false]);
  expect(tabs.map((one) => one.status().provider)).toEqual(["reverb", "reverb", "reverb"]);
  const asked = world.asked.length;
  world.message("Good morning");
  world.tell();
  await until(() => {
    for (const one of tabs) expect(texts(one)).toEqual(["Welcome", "Good morning"]);
  });
  expect(
    world.asked.slice(asked).filter((one) => one.startsWith("GET")),
    "nobody asks for it",
  ).toEqual([]);
});

test("the leader's tab is closed: another one leads, and nothing is lost or doubled", async () => {
  const [first, second, third] = await three();
  first.stop();
  world.message("While nobody listened");
  await until(() => expect(Line.all).toHaveLength(2));
  await connects();
  await live(second, third);
  expect(leads(second, third).sort()).toEqual([false, true]);
  await until(() => {
    for (const one of [second, third]) expect(texts(one)).toEqual(["Welcome", "While nobody listened"]);
  });
  world.message("And now");
  world.tell();
  await until(() => {
    for (const one of [second, third])
      expect(texts(one)).toEqual(["Welcome", "While nobody listened", "And now"]);
  });
  expect(open()).toHaveLength(1);
});

test("the leader loses its socket: the others know, and catch up when it is back", async () => {
  const [first, second, third] = await three();
  Line.last.breaks();
  await until(() => expect(second.status().connected).toBe(false));
  world.message("Meanwhile");
  await until(() => expect(Line.all).toHaveLength(2));
  await connects();
  await live(first, second, third);
  await until(() => {
    for (const one of [first, second, third]) expect(texts(one)).toEqual(["Welcome", "Meanwhile"]);
  });
  expect(leads(first, second, third)).toEqual([true, false, false]);
});

test("a leader that does not answer is deposed: it is frozen, or stands in a debugger", async () => {
  const deposed = vi.fn();
  locks.request(LOCK, () => new Promise(() => {})).catch(deposed);
  const ana = await tab();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(Line.all, "it may still answer").toHaveLength(0);
  await until(() => expect(Line.all).toHaveLength(1));
  await connects();
  await live(ana);
  expect(ana.status().leader).toBe(true);
  expect(deposed).toHaveBeenCalledOnce();
});

test("a leader that wakes up deposed closes its socket and follows", async () => {
  const [first, second, third] = await three();
  const before = Line.last;
  let release = () => {};
  const held = new Promise<void>((free) => {
    release = free;
  });
  // Another tab took the lock while this one was frozen.
  const stolen = locks.request(LOCK, { steal: true }, () => held);
  await until(() => expect(before.readyState).toBe(3));
  release();
  await stolen;
  await until(() => expect(Line.all).toHaveLength(2));
  await connects();
  await live(first, second, third);
  expect(leads(first, second, third).filter(Boolean)).toHaveLength(1);
  expect(open()).toHaveLength(1);
});

test("a page that is put aside gives the lead away, and follows when it is back", async () => {
  // One page here has all tabs: only the one that leads is asked to leave.
  const [first, second, third] = await three();
  second.stop();
  third.stop();
  dispatchEvent(new Event("pagehide"));
  expect(open()).toEqual([]);
  world.message("While it was aside");
  dispatchEvent(new Event("pageshow"));
  await until(() => expect(Line.all).toHaveLength(2));
  await connects();
  await live(first);
  await until(() => expect(texts(first)).toEqual(["Welcome", "While it was aside"]));
});

test("without any socket five tabs poll once", async () => {
  const tabs: Engine[] = [];
  for (let i = 0; i < 5; i++) tabs.push(await tab());
  expect(leads(...tabs)).toEqual([true, false, false, false, false]);
  await until(() => expect(Line.all.length).toBeGreaterThan(0));
  Line.last.breaks(4001);
  await until(() => {
    for (const one of tabs) expect(one.state.connection).toBe("polling");
  });
  for (const one of tabs) expect(one.status().provider).toBe("polling");
  const asked = world.asked.length;
  world.message("By poll");
  await until(() => {
    for (const one of tabs) expect(texts(one)).toEqual(["Welcome", "By poll"]);
  });
  const polls = world.asked.slice(asked).filter((one) => one.includes("?after="));
  expect(polls.filter((one) => one.endsWith("?after=1"))).toHaveLength(1);
});

test("a tab in another conversation is served by the same socket", async () => {
  const [first, second] = await three();
  await second.show("cnv_other");
  const other = "private-chat.conversation.cnv_other";
  await until(() => expect(Line.last.sent.map((frame) => frame.data?.channel)).toContain(other));
  expect(second.status().connected).toBe(false);
  Line.last.lets(other);
  await live(first, second);
  const message = { ...world.message("For the other"), seq: 1 };
  world.log.pop();
  Line.last.says("ChatMessageReceived", message, { channel: other });
  await until(() => expect(texts(second)).toEqual(["For the other"]));
  expect(texts(first)).toEqual(["Welcome"]);
  await second.show(ID);
  await until(() =>
    expect(Line.last.sent).toContainEqual({ event: "pusher:unsubscribe", data: { channel: other } }),
  );
  expect(Line.all).toHaveLength(1);
});

test("what the leader may not join, a tab tries to join itself", async () => {
  const [, second] = await three();
  await second.show("cnv_other");
  const other = "private-chat.conversation.cnv_other";
  await until(() => expect(Line.last.sent.map((frame) => frame.data?.channel)).toContain(other));
  Line.last.says("pusher:subscription_error", { status: 403 }, { channel: other });
  await until(() => expect(Line.all).toHaveLength(2));
  await connects(other);
  await live(second);
  expect(second.status().leader).toBe(true);
});

test("who types in a tab that follows is heard through the leader, and sees who types", async () => {
  const [, second, third] = await three();
  second.typed("H");
  await until(() => expect(Line.last.sentEvents()).toContain("client-typing"));
  expect(world.asked.filter((one) => one.endsWith("/typing"))).toEqual([]);
  world.joined();
  world.tell();
  Line.last.says("client-typing", { on: true }, { channel: ROOM, user_id: BEN.id });
  await until(() => expect(third.state.typing).toEqual([BEN]));
});

test("a tab opened before the first message is the same visitor's, and nothing is stored for that", async () => {
  world.started = false;
  await tab();
  await tab();
  const sessions = world.asked.flatMap((one, at) =>
    one === "POST /api/chatbot/session" ? [world.bodies[at]?.secret] : [],
  );
  expect(sessions).toEqual([undefined, "secret"]);
  expect(localStorage).toHaveLength(0);
});

test("two tabs that open at once are the same visitor's too", async () => {
  world.started = false;
  await Promise.all([tab(), tab()]);
  const sessions = world.asked.flatMap((one, at) =>
    one === "POST /api/chatbot/session" ? [world.bodies[at]?.secret] : [],
  );
  expect(sessions).toEqual([undefined, "secret"]);
});

test("what is begun in one tab goes on in the others that have nothing yet", async () => {
  world.started = false;
  world.log = [];
  const first = await tab();
  const second = await tab();
  await until(() => expect(Line.all).toHaveLength(1));
  Line.last.greets();
  await live(first, second);
  first.send("Hello");
  await until(() => expect(texts(first)).toEqual(["Hello"]));
  await until(() => expect(texts(second)).toEqual(["Hello"]));
  second.begin();
  await vi.advanceTimersByTimeAsync(15_000);
  expect(second.state.thread, "unless one of its own is to begin").toBeNull();
});

test("what stood in another tab before is not taken up: a new tab begins as it would alone", async () => {
  await three();
  world.started = false;
  const later = await tab();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(later.status().leader).toBe(false);
  expect(later.state.thread).toBeNull();
});

test("that a message arrived is said by one tab", async () => {
  const tabs = await three();
  const delivered = () => world.asked.filter((one) => one.endsWith("/delivered")).length;
  const before = delivered();
  world.message("Good morning");
  world.tell();
  await until(() => {
    for (const one of tabs) expect(texts(one)).toEqual(["Welcome", "Good morning"]);
  });
  await until(() => expect(delivered()).toBe(before + 1));
  world.delivered(2);
  world.tell();
  await until(() => {
    for (const one of tabs) expect(one.state.thread?.seq).toBe(3);
  });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(delivered()).toBe(before + 1);
});

test("who was deposed on a slow machine does not take the lead back at once", async () => {
  const [first, second] = await three();
  second.stop();
  const deposed = vi.fn();
  // The other tab is as slow: it says nothing either.
  locks.request(LOCK, { steal: true }, () => new Promise(() => {})).catch(deposed);
  await until(() => expect(first.status().leader).toBe(false));
  await vi.advanceTimersByTimeAsync(4_000);
  expect(deposed).not.toHaveBeenCalled();
  await until(() => expect(deposed).toHaveBeenCalledOnce());
});

test("tabs of another visitor have a socket of their own", async () => {
  await three();
  world.session = { visitor: { id: "vis_eve", name: "Eve", email: null, verified: false } };
  const eve = await tab();
  await until(() => expect(Line.all).toHaveLength(2));
  expect(eve.status().leader).toBe(true);
});

test("a hidden leader polls at the pace of a tab that is looked at", async () => {
  const polls = vi.fn(async () => {});
  const common = {
    addresses: [],
    pollIntervalMs: 2_000,
    authorize: async () => ({ auth: "" }),
    name: "shop",
    visitorId: "vis_ana",
    locks: locks.manager,
    secret: () => undefined,
    onPage() {},
    onBegun() {},
    poll: polls,
  };
  let isLooked = false;
  const hidden = new Tabs({ ...common, isHidden: () => true });
  const other = new Tabs({ ...common, isHidden: () => !isLooked });
  hidden.start();
  await until(() => expect(polls).toHaveBeenCalled());
  other.start();
  await until(() => expect(other.polls).toBe(true));
  polls.mockClear();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(polls.mock.calls.length, "nobody looks").toBeLessThanOrEqual(2);
  isLooked = true;
  other.wake();
  await until(() => expect(polls).toHaveBeenCalled());
  polls.mockClear();
  await until(() => expect(polls.mock.calls.length).toBeGreaterThan(3));
  expect(hidden.report.leader).toBe(true);
  hidden.stop();
  other.stop();
});

test("a sandboxed page, which has no locks, has a socket of its own", async () => {
  const refuse = () => Promise.reject(new DOMException("No locks here.", "SecurityError"));
  const none = { request: refuse, query: refuse } as unknown as LockManager;
  const ana = await tab({ environment: { locks: none } });
  await until(() => expect(Line.all).toHaveLength(1));
  await connects();
  await live(ana);
  expect(ana.status().leader).toBe(true);
});

test("ruling 14: without Web Locks each tab has its own socket", async () => {
  const bare = { environment: { locks: undefined } };
  expect(leads(await tab(bare), await tab(bare))).toEqual([true, true]);
  expect(Line.all).toHaveLength(2);
});
