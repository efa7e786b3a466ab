// @vitest-environment happy-dom
// Proves that the audit trail shows what was asked for last, however late an answer comes.

import { render } from "preact";
import { afterEach, expect, test, vi } from "vitest";
import { AuditScreen } from "../src/screens/audit";
import { at } from "./people";

afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

function entry(id: string, name: string) {
  return { id, kind: "signed-in", agent_id: id, agent_name: name, about: "", detail: "", at: at(1) };
}

test("older entries of everything do not come among those of one kind", async () => {
  let older = (_reply: Response) => {};
  const trail = (entries: unknown[], next: string | null) =>
    new Response(JSON.stringify({ success: true, entries, next }));
  vi.stubGlobal("fetch", async (path: string) => {
    if (!path.includes("/audit")) return new Response(JSON.stringify({ success: true, agents: [] }));
    if (path.includes("before=")) return new Promise<Response>((answer) => (older = answer));
    return path.includes("kind=") ? trail([entry("3", "Carol")], "3") : trail([entry("2", "Ben")], "2");
  });
  const page = document.createElement("div");
  document.body.append(page);
  render(<AuditScreen />, page);
  await vi.waitFor(() => expect(page.textContent).toContain("Ben"));
  const press = [...page.querySelectorAll("button")].find((button) => button.textContent === "Show older");
  press?.click();
  await vi.waitFor(() => expect(page.textContent).toContain("Loading…"));

  const kinds = page.querySelectorAll("select")[1] as HTMLSelectElement;
  kinds.value = "signed-in";
  kinds.dispatchEvent(new Event("change"));
  await vi.waitFor(() => expect(page.querySelector(".trail")?.textContent).toContain("Carol"));
  older(trail([entry("1", "Eve")], null));
  await vi.waitFor(() => expect(page.textContent).not.toContain("Loading…"));
  expect(page.querySelector(".trail")?.textContent).toContain("Carol");
  expect(page.querySelector(".trail")?.textContent).not.toContain("Eve");
});
