// Proves who is drawn as online. Knows nothing of drawing.

import type { OnlineVisitor } from "@frontdesk/shared/wire.gen";
import { expect, test } from "vitest";
import { idsOf, nobody, reduceOnline } from "../src/online";
import { ana } from "./people";

const eve = { ...ana, id: "vis_eve", name: "Eve" };

function there(visitor = ana, change: Partial<OnlineVisitor> = {}): OnlineVisitor {
  return { widget_id: "wgt_1", visitor, conversation_ids: [], since_ms: 1, ...change };
}

test("who comes is online until they go, with their conversations", () => {
  const came = reduceOnline(nobody, { kind: "came", visitor: there(ana, { conversation_ids: ["cnv_1"] }) });
  expect([...idsOf(came)]).toEqual(["vis_ana", "cnv_1"]);
  expect([...idsOf(reduceOnline(came, { kind: "went", visitor: there() }))]).toEqual([]);
});

test("a list replaces what was known of its widget, and of no other", () => {
  const other = there(eve, { widget_id: "wgt_2" });
  const both = [there(), other].reduce(
    (online, visitor) => reduceOnline(online, { kind: "came", visitor }),
    nobody,
  );
  const listed = reduceOnline(both, { kind: "listed", widgetId: "wgt_1", visitors: [] });
  expect([...idsOf(listed)]).toEqual(["vis_eve"]);
});
