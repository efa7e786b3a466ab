// Proves what stands in a transcript: everything in its order, and nothing of the team's unless it is asked for.

import { expect, test } from "vitest";
import type { Story } from "../src/timeline";
import { asText, entries } from "../src/transcript";
import { ana, at, ben, message } from "./people";

const now_ms = Date.parse(at(30));
const story: Story = {
  conversation: { visitor: ana },
  messages: [
    message(ana, 1, { message: "Where is my order?" }),
    message(ben, 3, { kind: "note", message: "She is angry." }),
    message(ben, 4, { message: "It left yesterday." }),
    message(ana, 5, { message: "", deleted_at: at(6) }),
  ],
  joins: [{ agent: { ...ben, avatar: null }, conversationId: "cnv_1", seq: 2, timestamp: at(2) }],
  activity: [],
  more: false,
  local: [
    {
      client_id: "c1",
      message: "On its way",
      kind: "text",
      timestamp: at(9),
      delivery: "pending",
      problem: null,
    },
  ],
  receipts: [],
};
const words = (notes: boolean) => entries(story, ben, { notes, now_ms }).map((entry) => entry.words);

test("a visitor's transcript has what they could read, by name", () => {
  expect(words(false).slice(1)).toEqual([
    "Where is my order?",
    "Ben joined the conversation",
    "It left yesterday.",
    "This message was taken back.",
  ]);
  const text = asText("Conversation with Ana", entries(story, ben, { notes: false, now_ms }));
  expect(text).toContain("Conversation with Ana\n\n— ");
  expect(text).toMatch(/Ben, .+\nIt left yesterday\./);
  expect(text).not.toContain("angry");
});

test("with notes it is the team's, and says which they are", () => {
  expect(words(true)).toContain("She is angry.");
  expect(asText("x", entries(story, ben, { notes: true, now_ms }))).toMatch(
    /Ben \(note\), .+\nShe is angry\./,
  );
});
