// @vitest-environment happy-dom
// Proves what the widget does for a visitor, from the first message to the return, on sockets and
// without. Knows nothing of how it is drawn.

import { beforeEach, describe, expect, test, vi } from "vitest";
import { Line } from "../../shared/test/line";
import type { EngineOptions } from "../src/engine";
import { storageKey } from "../src/surface";
import { seat, setStage, settle, TOKEN, talking, world } from "./stage";
import { BEN, ID, ROOM } from "./world";

const ana = (more: Partial<EngineOptions> = {}) =>
  seat({ config: { apiToken: TOKEN, visitorName: "Ana" }, ...more });

setStage();

describe("ruling 9", () => {
  test("an engine that was not opened asks nothing, connects nowhere and writes nothing", async () => {
    ana();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(world.asked).toEqual([]);
    expect(Line.all).toEqual([]);
    expect(localStorage).toHaveLength(0);
  });

  test("opening connects and still writes nothing; the first message does", async () => {
    const engine = ana();
    void engine.open();
    await settle();
    expect(world.asked.sort()).toEqual(["GET /api/chatbot/config", "POST /api/chatbot/session"]);
    expect(Line.all).toHaveLength(1);
    expect(localStorage).toHaveLength(0);
    engine.send("Hello");
    await settle();
    expect(JSON.parse(localStorage.getItem(storageKey(TOKEN)) ?? "")).toMatchObject({
      secret: "secret",
      conversationId: ID,
    });
  });

  test("before there is a conversation the socket says who is there, and after that its channel does", async () => {
    void ana().open();
    await settle();
    Line.last.greets();
    await settle();
    const signIn = { event: "pusher:signin", data: { auth: "key:sig", user_data: '{"id":"vis_ana"}' } };
    expect(Line.last.sent).toContainEqual(signIn);
    world.started = true;
    const back = ana();
    void back.open();
    await settle();
    Line.last.greets();
    await settle();
    expect(Line.last.sent.map((frame) => frame.event)).not.toContain("pusher:signin");
    expect(world.asked.filter((one) => one === "POST /broadcasting/user-auth")).toHaveLength(1);
  });

  test("the key in storage names the widget and not the whole token", () => {
    expect(storageKey(TOKEN)).toBe("frontdesk:cbw_aaaaaaaaaaaa");
  });
});

test("the first message starts one conversation, however many are written before it stands", async () => {
  const engine = ana();
  engine.send("one");
  engine.send("two");
  expect(engine.state.drafts.map((one) => one.message)).toEqual(["one", "two"]);
  await settle();
  expect(world.asked.filter((one) => one === "POST /api/chatbot/conversation")).toHaveLength(1);
  expect(engine.state.thread?.messages.map((one) => one.message)).toEqual(["one", "two"]);
  expect(engine.state.thread?.local).toEqual([]);
});

test("a message stands once, though both the reply and the socket bring it", async () => {
  const engine = ana();
  await talking(engine);
  world.tell();
  await settle();
  expect(engine.state.thread?.messages).toHaveLength(1);
});

test("what an agent says appears, is unread until read, and the server is told once", async () => {
  const told: unknown[] = [];
  const engine = ana({ emit: (name, detail) => name === "message" && told.push(detail) });
  await talking(engine);
  world.message("Good morning");
  world.tell();
  expect(engine.state.unread).toBe(1);
  expect(told).toMatchObject([{ message: "Good morning" }]);
  engine.read();
  engine.read();
  await settle();
  expect(world.asked.filter((one) => one.endsWith("/read"))).toEqual([
    `POST /api/chatbot/conversation/${ID}/read`,
  ]);
});

test("what was said while the socket was away is fetched when it is back", async () => {
  const engine = ana();
  await talking(engine);
  Line.last.breaks();
  world.joined();
  world.message("Are you there?");
  await vi.advanceTimersByTimeAsync(600);
  Line.last.greets();
  await settle();
  Line.last.lets(ROOM);
  await settle();
  expect(engine.state.thread?.messages.map((one) => one.message)).toEqual(["Hello", "Are you there?"]);
  expect(engine.state.thread?.joins).toMatchObject([{ agent: BEN, seq: 2 }]);
});

test("a widget whose place in the log is gone starts over from what the server keeps", async () => {
  const engine = ana();
  await talking(engine);
  Line.last.breaks();
  world.joined();
  world.message("Since Monday");
  world.refuse(`GET /api/chatbot/conversation/${ID}?after=1`, 410, "start-over", "This cursor is too old.");
  await vi.advanceTimersByTimeAsync(600);
  Line.last.greets();
  await settle();
  Line.last.lets(ROOM);
  await settle();
  expect(world.asked.filter((asked) => asked === `GET /api/chatbot/conversation/${ID}`)).toHaveLength(1);
  expect(engine.state.thread?.messages.map((one) => one.message)).toEqual(["Hello", "Since Monday"]);
  expect(engine.state.thread?.seq).toBe(3);
  // And goes on from there.
  world.message("Still here?");
  world.tell();
  expect(engine.state.thread?.messages).toHaveLength(3);
});

test("what was said goes from the window when it was erased", async () => {
  const engine = ana();
  await talking(engine);
  expect(engine.state.thread?.messages).toHaveLength(1);
  world.erased();
  world.tell();
  expect(engine.state.thread).toMatchObject({ messages: [], activity: [], local: [], seq: 2 });
});

test("without any socket the conversation goes on by polling, and status says so", async () => {
  const engine = ana();
  engine.send("Hello");
  await settle();
  for (let i = 0; i < 5; i++) {
    Line.last.breaks(4001);
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(engine.status()).toMatchObject({
    realtimeProvider: "polling",
    realtimeConnected: false,
    conversationId: ID,
  });
  world.message("By poll");
  await vi.advanceTimersByTimeAsync(2_000);
  expect(engine.state.thread?.messages.at(-1)?.message).toBe("By poll");
  expect(engine.state.connection).toBe("polling");
});

test("a message written without network is sent with the same client id when it is back", async () => {
  const engine = ana();
  await talking(engine);
  world.reachable = false;
  engine.send("Still here?");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(engine.state.thread?.local).toMatchObject([{ message: "Still here?", delivery: "pending" }]);
  world.reachable = true;
  dispatchEvent(new Event("online"));
  await settle();
  expect(engine.state.thread?.local).toEqual([]);
  expect(engine.state.thread?.messages.at(-1)?.message).toBe("Still here?");
});

test("a failed message can be discarded, before there is a conversation and in it", async () => {
  const engine = ana();
  world.refuse("POST /api/chatbot/conversation", 422, "invalid-field", "No.");
  engine.send("first");
  await settle();
  expect(engine.state.drafts).toMatchObject([{ message: "first", delivery: "failed" }]);
  engine.discard(engine.state.drafts[0]?.client_id ?? "");
  expect(engine.state.drafts).toEqual([]);

  await talking(engine);
  world.refuse(`POST /api/chatbot/conversation/${ID}/messages`, 422, "text-too-long", "Too long.");
  engine.send("second");
  await settle();
  engine.discard(engine.state.thread?.local[0]?.client_id ?? "");
  expect(engine.state.thread?.local).toEqual([]);
  expect(engine.state.thread?.messages.map((one) => one.message)).toEqual(["Hello"]);
  expect(JSON.parse(localStorage.getItem(storageKey(TOKEN)) ?? "")).toMatchObject({ outbox: [] });
});

test("a refused message says why and can be sent again", async () => {
  const engine = ana();
  await talking(engine);
  world.refuse(
    `POST /api/chatbot/conversation/${ID}/messages`,
    422,
    "text-too-long",
    "The message is too long.",
  );
  engine.send("long");
  await settle();
  const failed = engine.state.thread?.local[0];
  expect(failed).toMatchObject({ delivery: "failed", problem: "The message is too long." });
  engine.retry(failed?.client_id ?? "");
  await settle();
  expect(engine.state.thread?.local).toEqual([]);
});

test("a page that may not embed the widget is told so, and is not asked for ever", async () => {
  world.refuse("GET /api/chatbot/config", 403, "origin-not-allowed", "This website is not on the list.");
  const engine = ana();
  void engine.open();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(engine.state.problem).toBe("This website is not on the list.");
  expect(world.asked.filter((one) => one.endsWith("/config"))).toHaveLength(1);
});

test("a visitor who comes back has the conversation, and is the same visitor", async () => {
  const before = ana();
  await talking(before);
  before.stop();
  world.joined();
  world.message("Welcome back");
  const again = ana();
  expect(again.state.loading).toBe(true);
  void again.open();
  await settle();
  expect(again.state.thread?.messages.map((one) => one.message)).toEqual(["Hello", "Welcome back"]);
  expect(again.state.thread?.joins).toMatchObject([{ agent: BEN, seq: 2 }]);
  expect(world.bodies).toContainEqual({ name: "Ana", secret: "secret" });
});

test("a conversation the server forgot is started anew with the message that found out", async () => {
  const engine = ana();
  await talking(engine);
  world.refuse(
    `POST /api/chatbot/conversation/${ID}/messages`,
    404,
    "unknown-conversation",
    "No such conversation.",
  );
  world.log = [];
  engine.send("Anybody?");
  await settle();
  expect(engine.state.thread?.messages.map((one) => one.message)).toEqual(["Anybody?"]);
});

describe("typing", () => {
  test("an agent's whisper shows for a while, and ends with the message", async () => {
    const engine = ana();
    await talking(engine);
    world.joined();
    world.tell();
    const whisper = () => Line.last.says("client-typing", { on: true }, { channel: ROOM, user_id: BEN.id });
    whisper();
    expect(engine.state.typing).toEqual([BEN]);
    await vi.advanceTimersByTimeAsync(6_000);
    expect(engine.state.typing).toEqual([]);
    whisper();
    world.message("Here you are");
    world.tell();
    expect(engine.state.typing).toEqual([]);
  });

  test("our own whisper of another tab is not shown to us", async () => {
    const engine = ana();
    await talking(engine);
    Line.last.says("client-typing", { on: true }, { channel: ROOM, user_id: "vis_ana" });
    expect(engine.state.typing).toEqual([]);
  });

  test("ours is whispered at most every three seconds, without the text, and taken back", async () => {
    const engine = ana();
    await talking(engine);
    for (const text of ["H", "He", "Hel"]) engine.typed(text);
    await vi.advanceTimersByTimeAsync(3_000);
    engine.typed("Hell");
    engine.typed("");
    const whispers = Line.last.sent.filter((one) => one.event === "client-typing").map((one) => one.data);
    expect(whispers).toEqual([{ on: true }, { on: true }, { on: false }]);
  });

  test("over polling it is posted", async () => {
    const engine = ana();
    engine.send("Hello");
    await settle();
    engine.typed("H");
    await settle();
    expect(world.asked.at(-1)).toBe(`POST /api/chatbot/conversation/${ID}/typing`);
  });
});

describe("ruling 13, at a foreign provider", () => {
  beforeEach(() => {
    const pusher = { enabled: true, key: "their-key", cluster: "eu", encrypted: true };
    world.config = { realtimeProvider: "pusher", providers: ["pusher", "reverb"], pusher };
  });

  test("facts come from there, signed for it, and typing goes to us", async () => {
    const engine = ana();
    await talking(engine);
    expect(Line.last.url).toContain("wss://ws-eu.pusher.com/app/their-key?");
    expect(world.bodies.find((body) => body.channel_name)?.provider).toBe("pusher");
    world.message("Here you are");
    world.tell();
    expect(engine.state.thread?.messages.at(-1)?.message).toBe("Here you are");
    engine.typed("H");
    await settle();
    expect(Line.last.sentEvents()).not.toContain("client-typing");
    expect(world.asked.at(-1)).toBe(`POST /api/chatbot/conversation/${ID}/typing`);
  });

  test("what could not pass through there is asked for here", async () => {
    const engine = ana();
    await talking(engine);
    world.message("very long");
    const { length } = world.asked;
    Line.last.says("conversation.behind", { up_to: 1 }, { channel: ROOM });
    await settle();
    expect(world.asked.length).toBe(length);
    Line.last.says("conversation.behind", { up_to: 2 }, { channel: ROOM });
    await settle();
    expect(engine.state.thread?.messages.at(-1)?.message).toBe("very long");
  });
});

test("the console's lines hold no message text", async () => {
  const lines: string[] = [];
  vi.spyOn(console, "info").mockImplementation((line: string) => void lines.push(line));
  const engine = ana({ config: { apiToken: TOKEN, debug: true } });
  await talking(engine, "my secret");
  world.message("another secret");
  world.tell();
  await vi.waitFor(() => expect(lines).toHaveLength(5));
  expect(lines).toEqual([
    "✅ Real-time client initialised for the chat widget",
    `🔌 Subscribing to channel: chat.conversation.${ID}`,
    "✓ Reverb real-time connected",
    `✓ Subscribed to real-time channel: chat.conversation.${ID} via reverb`,
    "✓ New message received via reverb: [14 characters]",
  ]);
});

test("a stopped engine leaves no socket and asks nothing more", async () => {
  const engine = ana();
  await talking(engine);
  engine.stop();
  const asked = world.asked.length;
  expect(Line.last.readyState).toBe(3);
  dispatchEvent(new Event("online"));
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(world.asked).toHaveLength(asked);
  expect(Line.all).toHaveLength(1);
});

test("storage that throws leaves everything in memory", async () => {
  vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new Error("blocked");
  });
  vi.spyOn(Storage.prototype, "getItem").mockImplementation(() => {
    throw new Error("blocked");
  });
  const engine = ana();
  await talking(engine);
  expect(engine.state.thread?.messages).toHaveLength(1);
});
