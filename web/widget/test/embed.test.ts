// @vitest-environment happy-dom
// Proves what a page can have done for its visitor beyond a conversation: proving who they are, forgetting them,
// handing them over to another window, being told. Knows nothing of how it is drawn.

import { expect, test, vi } from "vitest";
import { Line } from "../../shared/test/line";
import { handOver } from "../src/parts/popout";
import { storageKey } from "../src/surface";
import { seat as ana, setStage, settle, TOKEN, talking, world } from "./stage";
import { BEN } from "./world";

const SESSION = "POST /api/chatbot/session";
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
  await handOver({ engine, origin, target: target as unknown as Window, emit, close });
  expect(told).toEqual(["https://chat.example/chat/wgt_1#frontdesk=fdm_1", "closed", "popout"]);
  expect(target.opener).toBeNull();
});

test("a browser that opens no window leaves everything as it is", async () => {
  const told: string[] = [];
  const emit = (name: string) => told.push(name);
  await handOver({ engine: ana(), origin: "", target: null, emit, close: () => told.push("closed") });
  expect(told).toEqual(["error"]);
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
