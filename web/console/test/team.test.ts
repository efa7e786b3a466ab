// @vitest-environment happy-dom
// Proves how roles, keys, devices and the audit trail read, and what is offered to whom.

import type { AuditEntry, MeReply, Role } from "@frontdesk/shared/wire.gen";
import { afterEach, expect, test } from "vitest";
import { deviceName, inGroups, joinLink } from "../src/account";
import { matching } from "../src/commands";
import { pagesFor } from "../src/pages";
import { administers, answers, givable, owns } from "../src/role";
import { addressOf, placeOf } from "../src/route";
import { me } from "../src/session";
import { COMMANDS, keyed } from "../src/shortcuts";
import { aboutOf, actorOf, detailOf, kindName, wordsOf } from "../src/trail";

function be(role: Role): void {
  me.value = { agent: { id: "agt_vera", role } } as MeReply;
}

afterEach(() => {
  me.value = null;
});

test("only owners give the role of owner, and only those who administer give any", () => {
  expect(givable("owner")).toEqual(["owner", "admin", "agent", "viewer"]);
  expect(givable("admin")).toEqual(["admin", "agent", "viewer"]);
  for (const role of ["agent", "viewer", undefined] as const) expect(givable(role)).toEqual([]);
});

test("each role is offered what the server lets it do", () => {
  const offered = (role: Role) => {
    be(role);
    return [answers.value, administers.value, owns.value];
  };
  expect(offered("owner")).toEqual([true, true, true]);
  expect(offered("admin")).toEqual([true, true, false]);
  expect(offered("agent")).toEqual([true, false, false]);
  expect(offered("viewer")).toEqual([false, false, false]);
  const ids = (role: Role) => pagesFor(role, "settings").map(({ id }) => id);
  expect(ids("viewer")).toEqual(["account"]);
  expect(ids("admin")).toContain("team");
  expect(ids("admin")).not.toContain("audit");
  expect(ids("owner")).toContain("audit");
});

test("the palette offers a viewer nothing that would change a conversation", () => {
  be("viewer");
  const names = matching(COMMANDS, "").map(({ name }) => name);
  expect(names).toContain("Next conversation");
  for (const name of ["Reply", "Write a note", "Take it", "Tags…", "Select the conversation"])
    expect(names).not.toContain(name);
});

test("an invitation's link names its code and leads to the door", () => {
  expect(joinLink("https://shop.example", "a-b_1")).toBe("https://shop.example/#join=a-b_1");
  expect(placeOf("#join=a-b_1")).toEqual({ at: "join", code: "a-b_1" });
  expect(addressOf({ at: "join", code: "a-b_1" })).toBe("#join=a-b_1");
});

test("keys stand in groups, and devices by the names people know", () => {
  expect(inGroups("ABCDEFGHIJ")).toBe("ABCD EFGH IJ");
  expect(inGroups("ABCD")).toBe("ABCD");
  expect(deviceName("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")).toBe(
    "Firefox on Linux",
  );
  expect(deviceName("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0")).toBe(
    "Edge on Windows",
  );
  expect(deviceName("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1")).toBe(
    "Safari on iPhone",
  );
  expect(deviceName("curl/8.9")).toBe("Unknown device");
});

test("the trail reads as sentences", () => {
  const entry = (entry: Partial<AuditEntry>): AuditEntry => ({
    ...{ id: "aud_1", at: "", agent_id: "agt_ben", agent_name: "Ben", kind: "agent-changed" as const },
    ...{ about: "Carol", detail: "role: agent to viewer", address: "" },
    ...entry,
  });
  const sentence = (one: AuditEntry) =>
    [actorOf(one), wordsOf(one), aboutOf(one), detailOf(one)].filter(Boolean).join(" ");
  expect(sentence(entry({}))).toBe("Ben changed Carol role: agent to viewer");
  const refused = { kind: "sign-in-refused" as const, agent_id: null, agent_name: "", detail: "wrong code" };
  expect(sentence(entry(refused))).toBe("Carol was refused at sign-in wrong code");
  expect(sentence(entry({ ...refused, about: "" }))).toBe(
    "Somebody unknown was refused at sign-in wrong code",
  );
  expect(sentence(entry({ kind: "name-changed", about: "Benjamin" }))).toBe(
    "Ben changed their own name to Benjamin",
  );
  const invited = { kind: "invitation-made" as const, about: "", detail: "as agent" };
  expect(sentence(entry(invited))).toBe("Ben made an invitation link for an agent");
  expect(sentence(entry({ ...invited, about: "a link", detail: "as viewer" }))).toBe(
    "Ben made an invitation link for a viewer",
  );
  expect(sentence(entry({ ...invited, about: "carol@desk.example" }))).toBe(
    "Ben invited carol@desk.example as agent",
  );
  expect(sentence(entry({ ...invited, kind: "invitation-withdrawn", detail: "" }))).toBe(
    "Ben withdrew an invitation link",
  );
  expect(kindName("signed-in")).toBe("Signed in");
});

test("the list of keys has none that a viewer can never use", () => {
  const names = () => keyed().map(({ name }) => name);
  be("agent");
  expect(names()).toContain("Take it");
  be("viewer");
  expect(names()).not.toContain("Take it");
  expect(names()).toContain("Next conversation");
});
