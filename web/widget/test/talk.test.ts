// @vitest-environment happy-dom
// Proves what a visitor can do in a conversation beyond writing: who is there, other conversations, files,
// what is done to a message, the link from a mail. Knows nothing of how it is drawn.

import { describe, expect, test, vi } from "vitest";
import type { Carry } from "../../shared/src/upload";
import { Line } from "../../shared/test/line";
import { storageKey } from "../src/surface";
import { seat as ana, anotherWorld, setStage, settle, TOKEN, talking, world } from "./stage";
import { ID, ROOM } from "./world";

const DOOR = "cache-widget.wgt_1";
const AWAY = { online: false, agents: [], open: true, opens_at: null, away_text: "Back soon" };
const asked = (what: string) => world.asked.filter((one) => one === what);
const body = (what: string) => world.bodies[world.asked.lastIndexOf(what)];
const POST = `POST /api/chatbot/conversation/${ID}/messages`;

setStage();

describe("is anybody there", () => {
  test("the configuration says it first, the socket says what changes", async () => {
    world.config = { availability: AWAY };
    const engine = ana();
    void engine.open();
    await settle();
    expect(engine.state.availability).toMatchObject({ online: false, away_text: "Back soon" });
    Line.last.greets();
    await settle();
    expect(Line.last.sent.map((frame) => frame.data?.channel)).toContain(DOOR);
    Line.last.says("availability.updated", { ...AWAY, online: true }, { channel: DOOR });
    expect(engine.state.availability).toMatchObject({ online: true });
  });

  test("an address that is left goes with the session, and only then is anything kept", async () => {
    const engine = ana();
    void engine.open();
    await settle();
    expect(localStorage).toHaveLength(0);
    world.session = { visitor: { id: "vis_ana", name: "Ana", email: "ana@example.com", verified: false } };
    expect(await engine.leaveEmail("ana@example.com")).toBe(true);
    expect(body("POST /api/chatbot/session")).toMatchObject({ email: "ana@example.com", secret: "secret" });
    expect(engine.state.visitor?.email).toBe("ana@example.com");
    expect(localStorage).toHaveLength(1);
  });
});

describe("the link from a mail", () => {
  test("opens the session it was sent for, and this device is known from then on", async () => {
    const engine = ana({ code: "fdm_1" });
    void engine.open();
    await settle();
    expect(body("POST /api/chatbot/session")).toMatchObject({ code: "fdm_1" });
    expect(JSON.parse(localStorage.getItem(storageKey(TOKEN)) ?? "")).toMatchObject({ secret: "secret" });
    await engine.leaveEmail("ana@example.com");
    expect(body("POST /api/chatbot/session"), "works once").not.toHaveProperty("code");
  });

  test("one that was used before keeps nobody out", async () => {
    world.refuse("POST /api/chatbot/session", 403, "mail-link-invalid", "This link is no longer good.");
    const engine = ana({ code: "fdm_old" });
    void engine.open();
    await settle();
    expect(engine.state).toMatchObject({ linkUsed: true, problem: null, visitorId: "vis_ana" });
    expect(localStorage).toHaveLength(0);
  });
});

test("what arrived is said once, and not at all by whoever reads it at once", async () => {
  const engine = ana();
  await talking(engine);
  world.message("Good morning");
  world.tell();
  engine.read();
  await vi.advanceTimersByTimeAsync(1_000);
  const delivered = `POST /api/chatbot/conversation/${ID}/delivered`;
  expect(asked(delivered)).toHaveLength(0);
  world.message("Are you there?");
  world.tell();
  world.message("Hello?");
  world.tell();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked(delivered)).toHaveLength(1);
  expect(body(delivered)).toEqual({ message_id: "msg_4" });
});

test("what is typed goes along only where the widget says that agents see it", async () => {
  for (const typing_preview of [false, true]) {
    anotherWorld().config = { typing_preview };
    const engine = ana();
    await talking(engine);
    engine.typed("My secret");
    const whisper = Line.last.sent.find((frame) => frame.event === "client-typing");
    expect(whisper?.data).toEqual(typing_preview ? { on: true, text: "My secret" } : { on: true });
    engine.stop();
    localStorage.clear();
  }
});

test("a message says from where it is written, without what tokens stand in, where agents are to know", async () => {
  history.replaceState(null, "", "/shoes/blue?token=secret#access_token=secret");
  document.title = "Blue shoes";
  for (const whereabouts of [true, false]) {
    anotherWorld().config = { whereabouts };
    const engine = ana();
    await talking(engine);
    engine.send("Do they come in green?");
    await settle();
    const said = body(POST);
    if (whereabouts)
      expect(said?.here).toEqual({
        page: `${location.origin}/shoes/blue`,
        title: "Blue shoes",
        referrer: document.referrer,
        time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      });
    else expect(said).not.toHaveProperty("here");
    engine.stop();
    localStorage.clear();
  }
});

describe("what is done to a message", () => {
  test("a reaction is put there, and taken away by the same press", async () => {
    const engine = ana();
    await talking(engine);
    const path = "/api/chatbot/messages/msg_1/reactions/%F0%9F%91%8D";
    const [message] = engine.state.thread?.messages ?? [];
    if (!message) throw new Error("no message");
    await engine.react(message, "👍");
    const own = { emoji: "👍", by_type: "visitor" as const, by: "vis_ana" };
    await engine.react({ ...message, reactions: [own] }, "👍");
    expect(world.asked.filter((one) => one.endsWith(path))).toEqual([`PUT ${path}`, `DELETE ${path}`]);
  });

  test("a reply names what it answers to, and says so before it is sent", async () => {
    const engine = ana();
    await talking(engine);
    world.reachable = false;
    const quote = { id: "msg_1", sender_type: "visitor" as const, sender_name: "Ana", text: "Hello" };
    engine.send("And again", quote);
    await settle();
    expect(engine.state.thread?.local).toMatchObject([{ message: "And again", reply_to: quote }]);
    world.reachable = true;
    dispatchEvent(new Event("online"));
    await settle();
    expect(body(POST)).toMatchObject({ message: "And again", reply_to: "msg_1" });
  });

  test("a refused change says why, for a moment, and changes nothing", async () => {
    const engine = ana();
    await talking(engine);
    world.refuse("PATCH /api/chatbot/messages/msg_1", 410, "message-gone", "This message was taken back.");
    expect(await engine.edit("msg_1", "Other words")).toBe(false);
    expect(engine.state.notice).toBe("This message was taken back.");
    expect(engine.state.thread?.messages[0]?.message).toBe("Hello");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(engine.state.notice).toBeNull();
  });

  test("a rating that is pressed again after a lost answer is the same rating", async () => {
    const engine = ana();
    await talking(engine);
    world.reachable = false;
    expect(await engine.rate(5, "")).toBe(false);
    world.reachable = true;
    expect(await engine.rate(5, " Great ")).toBe(true);
    const path = `POST /api/chatbot/conversation/${ID}/rating`;
    expect(body(path)).toMatchObject({ score: 5, comment: "Great" });
    expect(engine.state.thread?.messages.at(-1)).toMatchObject({
      rating: 5,
      client_id: body(path)?.client_id,
    });
  });
});

describe("several conversations", () => {
  test("what was written in one is sent there, whichever is shown meanwhile", async () => {
    const engine = ana();
    await talking(engine);
    world.refuse(POST, 503, "shutting-down", "The server restarts.");
    engine.send("For the first");
    await settle();
    await engine.show("cnv_other");
    expect(engine.state.thread?.conversation.id).toBe("cnv_other");
    expect(engine.state.thread?.local).toEqual([]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked(POST)).toHaveLength(3);
    expect(asked("POST /api/chatbot/conversation/cnv_other/messages")).toEqual([]);
    expect(engine.state.thread?.messages).toEqual([]);
  });

  test("another one is heard instead of the first", async () => {
    const engine = ana();
    await talking(engine);
    await engine.show("cnv_other");
    expect(Line.last.sent).toContainEqual({ event: "pusher:unsubscribe", data: { channel: ROOM } });
    expect(engine.status().channelSubscription?.channel).toBe("private-chat.conversation.cnv_other");
  });

  test("a new one begins with the next message, and not before", async () => {
    const engine = ana();
    await talking(engine);
    engine.begin();
    await settle();
    expect(engine.state).toMatchObject({ thread: null, drafts: [] });
    expect(asked("POST /api/chatbot/conversation")).toHaveLength(1);
    engine.send("Something else");
    await settle();
    expect(asked("POST /api/chatbot/conversation")).toHaveLength(2);
    const [first, second] = world.asked.flatMap((one, at) =>
      one === "POST /api/chatbot/conversation" ? [world.bodies[at]?.client_id] : [],
    );
    expect(first).not.toBe(second);
  });

  test("the list is asked for when it is looked at", async () => {
    world.rows = [{ id: ID, status: "open", agents: [], last_message: null, unread: 2, created_at: "" }];
    const engine = ana();
    expect(engine.state.conversations).toBeNull();
    await engine.list();
    expect(engine.state.conversations).toMatchObject([{ id: ID, unread: 2 }]);
  });
});

describe("files", () => {
  const picture = { name: "cat.png", blob: new Blob(["12345"], { type: "image/png" }) };

  test("go before their message, which names them; and the text waits for them", async () => {
    const sent: string[] = [];
    const carry: Carry = async ({ url }) => {
      sent.push(new URL(url).pathname + new URL(url).search);
      return { status: 201, text: JSON.stringify({ id: "att_1", attachment: {} }), retryAfter: null };
    };
    const engine = ana({ environment: { carry } });
    await talking(engine);
    expect(await engine.sendFiles("My cat", [picture])).toBe(true);
    expect(engine.state.thread?.local).toMatchObject([{ message: "My cat", files: [{ name: "cat.png" }] }]);
    await vi.waitFor(() => expect(engine.state.thread?.local).toEqual([]));
    expect(sent).toEqual([`/api/chatbot/attachments?conversation_id=${ID}&name=cat.png`]);
    expect(body(POST)).toMatchObject({ message: "My cat", attachments: ["att_1"] });
    expect(engine.state.progress).toEqual({});
  });

  test("more of them than one message takes go with two, the text with the first", async () => {
    const carry: Carry = async () => ({
      status: 201,
      text: JSON.stringify({ id: "att_1", attachment: {} }),
      retryAfter: null,
    });
    const engine = ana({ environment: { carry } });
    await talking(engine);
    await engine.sendFiles("All my cats", Array(11).fill(picture));
    await vi.waitFor(() => expect(asked(POST)).toHaveLength(3));
    const sent = world.bodies.filter((one) => Array.isArray(one.attachments));
    expect(sent.map((one) => [one.message, (one.attachments as string[]).length])).toEqual([
      ["All my cats", 10],
      ["", 1],
    ]);
  });

  test("a cancelled upload is stopped, and its message is gone", async () => {
    let signal: AbortSignal | undefined;
    const carry: Carry = (request) => {
      signal = request.signal;
      request.onSent?.(3);
      return new Promise((_, reject) =>
        request.signal.addEventListener("abort", () => reject(new TypeError())),
      );
    };
    const engine = ana({ environment: { carry } });
    await talking(engine);
    await engine.sendFiles("", [picture]);
    const clientId = engine.state.thread?.local[0]?.client_id ?? "";
    await vi.waitFor(() => expect(engine.state.progress).toEqual({ [clientId]: 0.6 }));
    engine.discard(clientId);
    await vi.waitFor(() => expect(signal?.aborted).toBe(true));
    await vi.waitFor(() => expect(engine.state.progress).toEqual({}));
    expect(engine.state.thread?.local).toEqual([]);
    engine.send("Never mind");
    await settle();
    expect(engine.state.thread?.messages.at(-1)?.message).toBe("Never mind");
  });

  test("a refused file can be tried again, and those that went before it do not go twice", async () => {
    const sent: string[] = [];
    let refuses = true;
    const carry: Carry = async ({ url }) => {
      const name = new URL(url).searchParams.get("name") ?? "";
      sent.push(name);
      const no = name === "b.png" && refuses;
      refuses &&= !no;
      return {
        status: no ? 415 : 201,
        text: JSON.stringify(
          no ? { title: "Not this type.", status: 415 } : { id: `att_${name}`, attachment: {} },
        ),
        retryAfter: null,
      };
    };
    const engine = ana({ environment: { carry } });
    await talking(engine);
    await engine.sendFiles("", [
      { ...picture, name: "a.png" },
      { ...picture, name: "b.png" },
    ]);
    await vi.waitFor(() => expect(engine.state.thread?.local[0]?.problem).toBe("Not this type."));
    engine.retry(engine.state.thread?.local[0]?.client_id ?? "");
    await vi.waitFor(() => expect(engine.state.thread?.local).toEqual([]));
    expect(sent).toEqual(["a.png", "b.png", "b.png"]);
    expect(body(POST)).toMatchObject({ attachments: ["att_a.png", "att_b.png"] });
  });
});

test("what the page asks first is asked once, and goes with the session", async () => {
  const config = { apiToken: TOKEN, preChat: ["name" as const], consent: "I agree." };
  const engine = ana({ config });
  void engine.open();
  await settle();
  expect(engine.asks).toEqual({ fields: ["name"], consent: "I agree." });
  engine.agree({ name: "Ana Ruiz" });
  await settle();
  expect(engine.asks).toBeNull();
  expect(body("POST /api/chatbot/session")).toMatchObject({ name: "Ana Ruiz" });
  expect(ana({ config }).asks, "after a reload").toBeNull();
});

test("what the owner asks comes with the configuration, and what was written waits until it is agreed to", async () => {
  world.config = { pre_chat: ["email"], consent: "I agree." };
  const engine = ana();
  engine.send("Quick question");
  await settle();
  expect(engine.asks).toEqual({ fields: ["email"], consent: "I agree." });
  expect(engine.state.drafts).toMatchObject([{ message: "Quick question", delivery: "pending" }]);
  expect(asked("POST /api/chatbot/conversation")).toEqual([]);
  engine.agree({ email: "ana@example.com" });
  await settle();
  expect(engine.asks).toBeNull();
  expect(engine.state.thread?.messages).toMatchObject([{ message: "Quick question" }]);
});

test("what the page says of that wins, also when it says that nothing is asked", async () => {
  world.config = { pre_chat: ["email"], consent: "I agree." };
  const none = ana({ config: { apiToken: TOKEN, preChat: [], consent: "" } });
  const words = ana({ config: { apiToken: TOKEN, consent: "I really agree." } });
  for (const engine of [none, words]) void engine.open();
  await settle();
  expect(none.asks).toBeNull();
  expect(words.asks).toEqual({ fields: ["email"], consent: "I really agree." });
});
