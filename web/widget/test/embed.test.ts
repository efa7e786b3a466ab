// @vitest-environment happy-dom
// Proves what a page can have done for its visitor beyond a conversation: proving who they are, forgetting them,
// handing them over to another window, being told. Knows nothing of how it is drawn.

import { describe, expect, test, vi } from "vitest";
import { Line } from "../../shared/test/line";
import { askOpener, handOver } from "../src/parts/popout";
import { storageKey } from "../src/surface";
import { seat as ana, setStage, settle, TOKEN, talking, world } from "./stage";
import { BEN } from "./world";

const SESSION = "POST /api/chatbot/session";
/** Listens as long as the file runs. */
const { signal } = new AbortController();
const body = (what: string) => world.bodies[world.asked.lastIndexOf(what)];

setStage();

test("a signed identity goes with the session, and what else the page says of its user stays here", async () => {
  const engine = ana();
  const user = { id: "42", identifier_hash: "ab12", name: "Ana", phone: "+34 600" };
  engine.identify(user);
  await settle();
  expect(body(SESSION)).toEqual({ name: "Ana", identity: { id: "42", identifier_hash: "ab12" } });
});

test("an id without a proof is no identity", async () => {
  const engine = ana();
  engine.identify({ id: "42", email: "ana@example.com" });
  await settle();
  expect(body(SESSION)).toEqual({ email: "ana@example.com" });
});

test("whoever was proven to be somebody else goes on with that person's conversation", async () => {
  const engine = ana();
  await talking(engine);
  expect(engine.state.thread?.messages).toHaveLength(1);
  world.started = false;
  world.session = { visitor: { id: "vis_eve", name: "Eve", email: null, verified: true } };
  engine.identify({ jwt: "a.b.c" });
  await settle();
  expect(body(SESSION)).toMatchObject({ jwt: "a.b.c", secret: "secret" });
  expect(engine.state).toMatchObject({ visitorId: "vis_eve", thread: null });
});

test("a session outlives the token that began it", async () => {
  const engine = ana();
  engine.identify({ jwt: "a.b.c" });
  await settle();
  world.refuse(SESSION, 403, "identity-refused", "The token is over.");
  await vi.advanceTimersByTimeAsync(850_000);
  expect(body(SESSION)).toMatchObject({ secret: "secret" });
  expect(body(SESSION)).not.toHaveProperty("jwt");
  expect(engine.state.problem).toBeNull();
});

test("a token that proves nothing is said to the page", async () => {
  const errors: unknown[] = [];
  const engine = ana({ emit: (name, detail) => name === "error" && errors.push(detail) });
  await talking(engine);
  world.refuse(SESSION, 403, "identity-refused", "This is not signed by the website.");
  engine.identify({ jwt: "a.b.c" });
  await settle();
  expect(errors).toHaveLength(1);
  expect(engine.state.thread?.messages).toHaveLength(1);
});

test("forgetting leaves nothing here and ends the session at the server", async () => {
  const engine = ana();
  await talking(engine);
  expect(localStorage.getItem(storageKey(TOKEN))).not.toBeNull();
  engine.forget();
  await settle();
  expect(localStorage).toHaveLength(0);
  expect(world.asked).toContain("POST /api/chatbot/logout");
  expect(Line.last.readyState).toBe(3);
});

test("whoever was never known is not signed out", async () => {
  ana().forget();
  await settle();
  expect(world.asked).toEqual([]);
});

test("the session goes to a window by a code in the fragment, and the panel here closes", async () => {
  const engine = ana();
  const told: string[] = [];
  const target = { opener: window as Window | null, location: { replace: (to: string) => told.push(to) } };
  const close = () => told.push("closed");
  const emit = (name: string) => told.push(name);
  const origin = "https://chat.example";
  await handOver({ origin, emit }, () => engine, target as unknown as Window, close, signal);
  expect(told).toEqual(["https://chat.example/chat/wgt_1#frontdesk=fdm_1", "closed", "popout"]);
  expect(target.opener).toBeNull();
});

test("a browser that opens no window leaves everything as it is", async () => {
  const told: string[] = [];
  const emit = (name: string) => told.push(name);
  await handOver({ origin: "", emit }, ana, null, () => told.push("closed"), signal);
  expect(told).toEqual(["error"]);
});

describe("what the website signed", () => {
  const server = "https://chat.example";
  const says = (source: unknown, origin: string, data: unknown) =>
    window.dispatchEvent(new MessageEvent("message", { source: source as Window, origin, data }));

  test("is told to the window that was opened, for as long as the server's page stands in it", async () => {
    const engine = ana();
    engine.identify({ jwt: "a.b.c", name: "Ana" });
    const postMessage = vi.fn();
    const opened = { opener: window as Window | null, location: { replace: () => {} }, postMessage };
    const target = opened as unknown as Window;
    const ending = new AbortController();
    const nothing = () => {};
    await handOver({ origin: server, emit: nothing }, () => engine, target, nothing, ending.signal);
    expect(opened.opener, "the window may ask").not.toBeNull();
    says(window, server, { frontdesk: "who" });
    says(target, "https://evil.example", { frontdesk: "who" });
    says(target, server, null);
    expect(postMessage).not.toHaveBeenCalled();
    says(target, server, { frontdesk: "who" });
    expect(postMessage).toHaveBeenCalledWith({ frontdesk: { jwt: "a.b.c" } }, server);
    ending.abort();
    says(target, server, { frontdesk: "who" });
    expect(postMessage).toHaveBeenCalledTimes(1);
  });

  test("is taken from the widget's own pages alone", () => {
    const asked = vi.fn();
    const page = { postMessage: asked } as unknown as Window;
    const identify = vi.fn();
    const who = { frontdesk: { jwt: "a.b.c" } };
    askOpener(page, "https://shop.example https://blog.example", identify, signal);
    expect(asked).toHaveBeenCalledWith({ frontdesk: "who" }, "*");
    says(window, "https://blog.example", who);
    says(page, "https://evil.example", who);
    says(page, "http://localhost:8000", who);
    says(page, "https://blog.example", { frontdesk: "who" });
    expect(identify).not.toHaveBeenCalled();
    says(page, "https://blog.example", who);
    expect(identify).toHaveBeenCalledExactlyOnceWith({ jwt: "a.b.c" });
  });

  test("comes from this computer where the widget has no list", () => {
    const page = { postMessage: () => {} } as unknown as Window;
    const identify = vi.fn();
    askOpener(page, undefined, identify, signal);
    says(page, "https://localhost.evil.example", { frontdesk: { jwt: "a.b.c" } });
    expect(identify).not.toHaveBeenCalled();
    says(page, "http://localhost:8000", { frontdesk: { jwt: "a.b.c" } });
    expect(identify).toHaveBeenCalledTimes(1);
  });

  test("opens a chat that was refused without it", async () => {
    world.refuse("POST /api/chatbot/session", 401, "identity-required", "This chat needs a signed identity.");
    const engine = ana();
    void engine.open();
    await settle();
    expect(engine.state.problem).toBe("This chat needs a signed identity.");
    engine.identify({ jwt: "a.b.c" });
    await settle();
    expect(engine.state).toMatchObject({ problem: null, visitorId: "vis_ana" });
  });
});

test("the page hears who comes in, whether anybody is there and when it is over", async () => {
  const heard: Array<[string, unknown]> = [];
  const engine = ana({ emit: (name, detail) => heard.push([name, detail]) });
  world.config = { availability: { online: false, agents: [], open: true, opens_at: null, away_text: null } };
  await talking(engine);
  world.joined();
  world.tell();
  const details = (name: string) => heard.filter(([one]) => one === name).map(([, detail]) => detail);
  expect(details("agent")).toEqual([{ ...BEN, joined: true }]);
  expect(details("status")).toEqual([
    { online: false, open: true },
    { online: true, open: true },
  ]);
  expect(details("conversation")).toEqual([{ id: "cnv_1", status: "open" }]);
});
