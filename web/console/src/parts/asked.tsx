// Draws what is asked in front of everything, each question when it is first asked. Knows nothing of the answers.

import type { ConversationSummary } from "@frontdesk/shared/wire.gen";
import { useEffect } from "preact/hooks";
import { current } from "../desk";
import { asking } from "../open";
import { lazy } from "./lazy";

const SnoozeUntil = lazy(async () => (await import("./snooze-until")).SnoozeUntil);
const Transcript = lazy(async () => (await import("./transcript")).Transcript);
const Merge = lazy(async () => (await import("./merge")).Merge);
const Person = lazy(async () => (await import("./person")).PersonQuestion);

/** What every question gets. */
export interface Question {
  readonly summary: ConversationSummary;
  close(): void;
}

const close = () => {
  asking.value = null;
};

export function Asked() {
  const asked = asking.value;
  const id = current.value?.id;
  const thread = current.value?.thread.value;
  // What was asked of one conversation must not be done to another that opened meanwhile.
  useEffect(() => close, [id]);
  if (asked?.what === "snooze") return <SnoozeUntil set={asked.set} close={close} />;
  if (!asked || !thread) return null;
  const question = { summary: thread.conversation, close };
  if (asked.what === "transcript") return <Transcript thread={thread} close={close} />;
  if (asked.what === "merge") return <Merge {...question} />;
  return <Person what={asked.what} {...question} />;
}
