// Proves what a request carries, what a refusal becomes, and when a session is renewed. Knows
// nothing of routes.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Api, RefusalError, VisitorSession } from "../src/api";

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });
const problem = (status: number, name: string, title: string) =>
  json(status, { type: `urn:frontdesk:refusal:${name}`, name, title, status, retry: "no", success: false });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a refusal carries the server's sentence and Retry-After", async () => {
  const api = new Api({
    origin: "https://chat.example",
    credential: () => ({}),
    fetch: async () => json(429, { title: "Slow down.", status: 429, name: "n" }, { "Retry-After": "3" }),
  });
  const error = (await api.get("/x").catch((e: unknown) => e)) as RefusalError;
  expect(error).toBeInstanceOf(RefusalError);
  expect(error).toMatchObject({ message: "Slow down.", status: 429, retryAfterMs: 3_000 });
});

test("an answer of a proxy that is no problem document is still a refusal", async () => {
  const fetch = async () => new Response("<html>", { status: 502 });
  const api = new Api({ origin: "", credential: () => ({}), fetch });
  await expect(api.get("/x")).rejects.toMatchObject({ status: 502, problem: { retry: "later" } });
});

test("a 401 renews the credential once and asks again with the new one", async () => {
  const seen: Array<string | null> = [];
  let token = "old";
  const api = new Api({
    origin: "",
    credential: () => ({ Authorization: `Bearer ${token}` }),
    renew: async () => {
      token = "new";
      return true;
    },
    fetch: async (_url, init) => {
      seen.push(new Headers(init?.headers).get("Authorization"));
      return token === "new" ? json(200, { success: true }) : problem(401, "session-expired", "Ended.");
    },
  });
  await expect(api.get("/x")).resolves.toEqual({ success: true });
  expect(seen).toEqual(["Bearer old", "Bearer new"]);
});

test("a 401 that stays is not asked for ever", async () => {
  const fetch = vi.fn(async () => problem(401, "session-expired", "Ended."));
  const api = new Api({ origin: "", credential: () => ({}), renew: async () => true, fetch });
  await expect(api.get("/x")).rejects.toThrow("Ended.");
  expect(fetch).toHaveBeenCalledTimes(2);
});

test("a session is minted once for all who ask, and again with its secret shortly before it ends", async () => {
  const bodies: unknown[] = [];
  const widget = new Api({
    origin: "",
    credential: () => ({}),
    fetch: async (_url, init) => {
      bodies.push(JSON.parse(String(init?.body)));
      return json(200, { success: true, token: `t${bodies.length}`, secret: "s", expires_in_s: 900 });
    },
  });
  const session = new VisitorSession(widget, () => ({ name: "Ana" }));
  expect(await Promise.all([session.token(), session.token()])).toEqual(["t1", "t1"]);
  vi.advanceTimersByTime(839_000);
  expect(await session.token()).toBe("t1");
  vi.advanceTimersByTime(2_000);
  expect(await session.token()).toBe("t2");
  expect(bodies).toEqual([{ name: "Ana" }, { name: "Ana", secret: "s" }]);
});

test("a secret the server forgot makes a new visitor", async () => {
  const widget = new Api({
    origin: "",
    credential: () => ({}),
    fetch: async (_url, init) =>
      JSON.parse(String(init?.body)).secret
        ? problem(401, "session-expired", "Ended.")
        : json(200, { success: true, token: "t", secret: "new", expires_in_s: 900 }),
  });
  const session = new VisitorSession(widget, () => ({ secret: "old", name: "Ana" }));
  expect(await session.token()).toBe("t");
});
