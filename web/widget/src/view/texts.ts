// Decides the words a visitor reads. Knows nothing of when they are shown.

import type { Connection } from "../engine";

/** Words, not protocol names: a visitor knows neither sockets nor polling. */
export const CONNECTION: Record<Connection, string> = {
  connecting: "Connecting…",
  live: "Connected",
  polling: "Connected (slower updates)",
  waiting: "Reconnecting…",
};

export const TEXT = {
  title: "Chat",
  greeting: "Hello! How can we help?",
  close: "Close chat",
  log: "Messages",
  composer: "Write a message",
  send: "Send message",
  older: "Show earlier messages",
  newer: "New messages",
  sending: "Sending…",
  sent: "Sent",
  read: "Read",
  failed: "Not sent.",
  again: "Try again",
  discard: "Discard",
  joined: (name: string) => `${name} joined`,
  takenBack: "This message was taken back.",
  typing: (name: string | undefined) => `${name ?? "Someone"} is typing`,
  today: "Today",
  yesterday: "Yesterday",
};
