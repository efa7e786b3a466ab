// Hears what the server tells this agent alone, on a channel that nobody subscribes to: signing in is enough.
// Knows nothing of what is done about it.

import type { PersonalEvent } from "@frontdesk/shared/wire.gen";

/** A colleague calls. */
export type Call = PersonalEvent;

const CHANNEL = "#server-to-user-";

/** The same socket, listened to besides. */
export function listening(socket: WebSocket, told: (call: Call) => void): WebSocket {
  socket.addEventListener("message", ({ data }) => {
    const call = typeof data === "string" && data.includes(CHANNEL) ? callIn(data) : null;
    if (call) told(call);
  });
  return socket;
}

export function callIn(text: string): Call | null {
  try {
    const { event, channel, data } = JSON.parse(text);
    if (typeof channel !== "string" || !channel.startsWith(CHANNEL)) return null;
    if (event !== "agent.mentioned" && event !== "agent.assigned") return null;
    return { event, data: typeof data === "string" ? JSON.parse(data) : data };
  } catch {
    return null;
  }
}
