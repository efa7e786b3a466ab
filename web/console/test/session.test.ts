// @vitest-environment happy-dom
// Proves that somebody who has yet to set up two-step sign-in is let to nothing else, whenever the server says so.

import type { MeReply } from "@frontdesk/shared/wire.gen";
import { afterEach, expect, test, vi } from "vitest";
import { agentApi } from "../src/agent-api";
import { me, owing, phase, start, whenSignedIn } from "../src/session";

const carol = {
  id: "agt_carol",
  name: "Carol",
  email: "carol@desk.example",
  role: "agent",
  widgets: ["wgt_a"],
};
const reply = (two_factor_owed: boolean) =>
  ({ agent: carol, csrf: "c", widgets: [], two_factor_owed }) as unknown as MeReply;
const problem = { name: "second-step-owed", title: "Set that up first.", status: 403, retry: "no" };

/** The server's answers, by path. */
function answering(answers: Record<string, [number, unknown]>): void {
  vi.stubGlobal("fetch", async (path: string) => {
    const [status, body] = answers[path] ?? [404, null];
    return new Response(JSON.stringify(body), { status });
  });
}

afterEach(() => vi.unstubAllGlobals());

test("Carol, who works, is led to the one step when it is demanded, and works on after it", async () => {
  const heard: string[] = [];
  whenSignedIn({ enter: () => heard.push("enter"), leave: () => heard.push("leave") });
  answering({ "/api/v1/me": [200, reply(false)] });
  await start();
  expect([phase.value, me.value?.agent.name]).toEqual(["signed-in", "Carol"]);
  answering({ "/api/v1/me": [200, reply(true)], "/api/v1/replies": [403, problem] });
  // Whatever was under way is refused: the first of it leads her there, and none leads her out.
  const asked = [agentApi.replies(), agentApi.replies(), agentApi.replies()];
  for (const one of await Promise.allSettled(asked)) expect(one.status).toBe("rejected");
  expect([phase.value, me.value, owing.value?.name]).toEqual(["owing", null, "Carol"]);
  expect(heard).toEqual(["enter", "leave"]);
  answering({ "/api/v1/me": [200, reply(false)] });
  await start();
  expect([phase.value, owing.value]).toEqual(["signed-in", null]);
  expect(heard).toEqual(["enter", "leave", "enter"]);
});
