// @vitest-environment happy-dom
// Proves that the pages offer each role what the server lets it do, and nothing that it would refuse.

import type { CannedReply, MeReply, Role } from "@frontdesk/shared/wire.gen";
import { render } from "preact";
import { afterEach, expect, test, vi } from "vitest";
import { matching } from "../src/commands";
import { RepliesScreen } from "../src/screens/replies";
import { me } from "../src/session";
import { COMMANDS } from "../src/shortcuts";

const replies: CannedReply[] = [
  { id: "rpl_1", shortcut: "hello", text: "Hello!", is_shared: true },
  { id: "rpl_2", shortcut: "own", text: "It is me.", is_shared: false },
];

function be(role: Role): void {
  const agent = { id: "agt_ben", name: "Ben", role };
  me.value = { agent, widgets: [{ id: "wgt_1", name: "Shop" }] } as unknown as MeReply;
}

afterEach(() => {
  me.value = null;
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

async function repliesFor(role: Role): Promise<HTMLElement> {
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ success: true, replies })));
  be(role);
  const page = document.createElement("div");
  document.body.append(page);
  render(<RepliesScreen />, page);
  await vi.waitFor(() => expect(page.textContent).toContain("It is me."));
  return page;
}

test.each(["owner", "admin"] as const)(
  "an %s looks after the replies that are for everybody",
  async (role) => {
    const page = await repliesFor(role);
    expect(page.querySelector('[aria-label="Change /hello"]')).not.toBeNull();
    expect(page.querySelector('[aria-label="Change /own"]')).not.toBeNull();
  },
);

test("an agent looks after their own replies alone", async () => {
  const page = await repliesFor("agent");
  expect(page.querySelector('[aria-label="Change /own"]')).not.toBeNull();
  expect(page.querySelector('[aria-label="Change /hello"]')).toBeNull();
});

test("the first steps are for those who can take them", () => {
  const offered = (role: Role) => {
    be(role);
    return matching(COMMANDS, "First steps").some(({ name }) => name === "First steps");
  };
  expect((["owner", "admin", "agent", "viewer"] as const).filter(offered)).toEqual(["owner", "admin"]);
});
