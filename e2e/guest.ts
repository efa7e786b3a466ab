// A visitor without a browser: who only has to have written. Knows the visitors' API.

import type { Server } from "./server";

export type Guest = {
  /** Of the conversation. */
  readonly id: string;
  /** From where, as a browser says it. */
  write(message: string, here?: Record<string, string>): Promise<void>;
  /** What a website's page says of them. */
  says(words: { visitor: Record<string, string> }): Promise<void>;
};

export async function guest(server: Server, name: string, email?: string): Promise<Guest> {
  const post = async (path: string, token: string, body: object) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
    const reply = await fetch(server.origin + path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
    return reply.json();
  };
  const { token } = await post("/api/chatbot/session", await server.widgetToken(), { name, email });
  const { conversation } = await post("/api/chatbot/conversation", token, {});
  const path = `/api/chatbot/conversation/${conversation.id}`;
  return {
    id: conversation.id,
    write: (message, here) => post(`${path}/messages`, token, { message, here }),
    says: (words) => post(`${path}/website`, token, words),
  };
}
