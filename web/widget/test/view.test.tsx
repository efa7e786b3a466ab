// @vitest-environment happy-dom
// Proves how messages are ordered, grouped, coloured and linked. Knows nothing of the engine.

import type { LocalMessage } from "@frontdesk/shared/store";
import { visitorThread } from "@frontdesk/shared/store";
import type { ChatMessage, Receipt } from "@frontdesk/shared/wire.gen";
import { render } from "preact";
import { describe, expect, test, vi } from "vitest";
import { accent, contrast, readable } from "../src/color";
import { follow } from "../src/parts/modal";
import { wantsRating } from "../src/parts/rated";
import { type Bubble, flow } from "../src/view/flow";
import { initials, Linked } from "../src/view/text";

describe("colours", () => {
  const chosen = [
    "#3554d1",
    "#ffe600",
    "#00ff00",
    "#ff7f50",
    "#777777",
    "#000000",
    "#ffffff",
    "#3b82f6",
    "nonsense",
  ];

  test.each(chosen)("text on %s has a contrast of at least 4.5", (color) => {
    const [ground, ink] = accent(color);
    expect(contrast(ground, ink)).toBeGreaterThanOrEqual(4.5);
    for (const page of ["#ffffff", "#1b1d22"]) {
      expect(contrast(readable(color, page), page)).toBeGreaterThanOrEqual(4.5);
    }
  });

  test("a colour that is readable stays the owner's", () => {
    expect(accent("#3554d1")).toEqual(["#3554d1", "#ffffff"]);
    expect(accent("#ffe600")).toEqual(["#ffe600", "#000000"]);
  });
});

describe("text", () => {
  const drawn = (text: string) => {
    const place = document.createElement("div");
    render(<Linked text={text} />, place);
    return place;
  };

  test("markup stays text", () => {
    const place = drawn('<img src=x onerror="alert(1)"><b>bold</b>');
    expect(place.children).toHaveLength(0);
    expect(place.textContent).toBe('<img src=x onerror="alert(1)"><b>bold</b>');
  });

  test("addresses become links, without the punctuation after them", async () => {
    const place = drawn("See “https://a.example/x?y=1”, (http://b.example) or javascript:alert(1).");
    // The part that knows addresses comes when it is needed; the words are there at once.
    expect(place.textContent).toContain("https://a.example/x?y=1");
    await vi.waitFor(() => expect(place.querySelectorAll("a")).toHaveLength(2), { timeout: 10_000 });
    expect([...place.querySelectorAll("a")].map((one) => one.getAttribute("href"))).toEqual([
      "https://a.example/x?y=1",
      "http://b.example/",
    ]);
    expect(place.querySelector("a")?.rel).toBe("noopener noreferrer nofollow");
    expect(place.textContent).toBe(
      "See “https://a.example/x?y=1”, (http://b.example) or javascript:alert(1).",
    );
  });

  test("a face has at most two letters", () => {
    expect(["Ben", "Ben Okafor", "Ana María de la Cruz", "", "🙂"].map(initials)).toEqual([
      "B",
      "BO",
      "AC",
      "",
      "🙂",
    ]);
  });
});

describe("the flow", () => {
  const now = new Date("2026-11-22T12:00:00");
  const message = (seq: number, at: string, more: Partial<ChatMessage> = {}): ChatMessage => ({
    id: `msg_${seq}`,
    sender_type: "agent",
    sender_name: "Ben",
    message: "text",
    attachment_path: null,
    attachment_name: null,
    is_voice: false,
    timestamp: new Date(at).toISOString(),
    seq,
    client_id: null,
    sender_id: "agt_ben",
    ...more,
  });
  const own = { sender_type: "visitor" as const, sender_name: "Ana", sender_id: "vis_ana" };
  const thread = (messages: ChatMessage[], receipts: Receipt[] = []) =>
    visitorThread({
      success: true,
      conversation: { id: "cnv_1", status: "open", agents: [], receipts, created_at: "" },
      joins: [],
      activity: [],
      messages,
      events: [],
      seq: messages.length,
      more: false,
      typing: [],
      availability: { online: true, agents: [], open: true, opens_at: null, away_text: null },
    });
  const words = (items: ReturnType<typeof flow>) =>
    items.map((item) =>
      item.kind === "bubble" ? `${item.first ? "[" : " "}${item.name}${item.last ? "]" : " "}` : item.text,
    );

  test("days are told apart, runs of one author stand together", () => {
    const items = flow(
      thread([
        message(1, "2026-11-21T09:00:00"),
        message(2, "2026-11-22T09:00:00"),
        message(3, "2026-11-22T09:01:00"),
        message(4, "2026-11-22T09:10:00"),
        message(5, "2026-11-22T09:11:00", own),
      ]),
      [],
      now,
    );
    expect(words(items)).toEqual(["Yesterday", "[Ben]", "Today", "[Ben ", " Ben]", "[Ben]", "[Ana]"]);
  });

  test("however long it is, each day is named once, and one clock tells all times", () => {
    const begin = new Date("2026-11-20T00:00:00").getTime();
    const long = Array.from({ length: 2_000 }, (_, at) => message(at, `${new Date(begin + at * 60_000)}`));
    const anew = vi.spyOn(Date.prototype, "toLocaleTimeString");
    const days = vi.spyOn(Date.prototype, "toLocaleDateString");
    const items = flow(thread(long), [], now);
    expect(words(items).filter((one) => !one.includes("Ben"))).toHaveLength(2);
    expect(days.mock.calls.length).toBeLessThanOrEqual(2);
    const times = items.flatMap((item) => (item.kind === "bubble" ? [item.time] : []));
    expect(times.at(-1)).toMatch(/9:19/);
    expect(anew).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  test("who joins stands where it happened", () => {
    const state = thread([message(1, "2026-11-22T09:00:00", own), message(3, "2026-11-22T09:02:00")]);
    state.joins = [
      {
        conversationId: "cnv_1",
        agent: { id: "agt_ben", name: "Ben", avatar: null },
        seq: 2,
        timestamp: state.messages[1]?.timestamp ?? "",
      },
    ];
    expect(words(flow(state, [], now))).toEqual(["Today", "[Ana]", "Ben joined", "[Ben]"]);
  });

  test("only the newest of our own says whether it was read", () => {
    const receipt: Receipt = {
      reader_type: "agent",
      reader_id: "agt_ben",
      message_id: "msg_1",
      read_seq: 1,
      delivered_seq: 1,
    };
    const state = thread(
      [message(1, "2026-11-22T09:00:00", own), message(2, "2026-11-22T09:01:00", own)],
      [receipt],
    );
    const notes = (items: ReturnType<typeof flow>) =>
      items.filter((one): one is Bubble => one.kind === "bubble").map((one) => one.note);
    expect(notes(flow(state, [], now))).toEqual([null, "sent"]);
    state.receipts = [{ ...receipt, read_seq: 2, delivered_seq: 2 }];
    expect(notes(flow(state, [], now))).toEqual([null, "read"]);
  });

  test("what reached a device is told apart from what was read", () => {
    const receipt: Receipt = {
      reader_type: "agent",
      reader_id: "agt_ben",
      message_id: null,
      read_seq: 0,
      delivered_seq: 1,
    };
    const state = thread([message(1, "2026-11-22T09:00:00", own)], [receipt]);
    const note = () => flow(state, [], now).find((one): one is Bubble => one.kind === "bubble")?.note;
    expect(note()).toBe("delivered");
    state.receipts = [{ ...receipt, reader_type: "visitor", reader_id: "vis_ana", delivered_seq: 0 }];
    expect(note(), "her own devices say nothing of Ben's").toBe("sent");
  });

  test("who left and that it ended stand where it happened, and ending asks for a rating, once", () => {
    const ben = { id: "agt_ben", name: "Ben", avatar: null };
    const at = new Date("2026-11-22T09:02:00").toISOString();
    const state = thread([message(1, "2026-11-22T09:00:00", own), message(2, "2026-11-22T09:01:00")]);
    state.conversation = { ...state.conversation, status: "resolved", agents: [ben] };
    state.activity = [
      { event: "agent.left", data: { conversationId: "cnv_1", agent: ben, seq: 3, timestamp: at } },
      { event: "conversation.updated", data: { status: "resolved", seq: 4, timestamp: at } },
    ];
    expect(words(flow(state, [], now))).toEqual([
      "Today",
      "[Ana]",
      "[Ben]",
      "Ben left",
      "The conversation has ended",
    ]);
    expect(wantsRating(state)).toBe(true);
    state.messages = [...state.messages, message(5, "2026-11-22T09:03:00", { ...own, rating: 4 })];
    expect(wantsRating(state)).toBe(false);
    expect(flow(state, [], now).at(-1)).toMatchObject({ text: "★★★★☆ text" });
  });

  test("emoji are counted, and the visitor's own is known", () => {
    const said = message(1, "2026-11-22T09:00:00", {
      reactions: [
        { emoji: "👍", by_type: "agent", by: "agt_ben" },
        { emoji: "❤️", by_type: "agent", by: "agt_ben" },
        { emoji: "👍", by_type: "visitor", by: "vis_ana" },
      ],
    });
    expect(flow(thread([said]), [], now).at(-1)).toMatchObject({
      reactions: [
        { emoji: "👍", count: 2, own: true },
        { emoji: "❤️", count: 1, own: false },
      ],
    });
  });

  test("what was taken back has neither words nor ticks", () => {
    const gone = message(1, "2026-11-22T09:00:00", { ...own, message: "", deleted_at: now.toISOString() });
    expect(flow(thread([gone]), [], now).at(-1)).toMatchObject({
      text: "This message was taken back.",
      isGone: true,
      isEdited: false,
      note: null,
    });
  });

  test("what is being sent and what failed say so, whatever else is newer", () => {
    const local = (client_id: string, delivery: LocalMessage["delivery"]): LocalMessage => ({
      client_id,
      message: "text",
      kind: "text",
      timestamp: now.toISOString(),
      delivery,
      problem: delivery === "failed" ? "Too long." : null,
    });
    const items = flow(null, [local("a", "failed"), local("b", "pending"), local("c", "pending")], now);
    expect(items.slice(1)).toMatchObject([
      { note: "failed", problem: "Too long." },
      { note: "sending" },
      { note: "sending" },
    ]);
  });
});

test("a panel that fills the screen is as high as what the keyboard leaves of it", () => {
  const view = Object.assign(new EventTarget(), { height: 800, offsetTop: 0 });
  vi.stubGlobal("visualViewport", view);
  const panel = document.createElement("section");
  const seen = () => [panel.style.getPropertyValue("--seen"), panel.style.getPropertyValue("--above")];
  const stop = follow(true, panel);
  expect(seen()).toEqual(["800px", "0px"]);
  Object.assign(view, { height: 420, offsetTop: 60 }).dispatchEvent(new Event("resize"));
  expect(seen()).toEqual(["420px", "60px"]);
  stop?.();
  Object.assign(view, { height: 500 }).dispatchEvent(new Event("resize"));
  expect(seen()).toEqual(["", ""]);
  vi.unstubAllGlobals();
});
