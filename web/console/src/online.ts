// Decides which visitors are drawn as online, by what was listed and what was heard since. Knows nothing of
// how it is heard and drawn.

import type { OnlineVisitor } from "@frontdesk/shared/wire.gen";

/** Who is online, by id. */
export type Online = ReadonlyMap<string, OnlineVisitor>;

export type OnlineNews =
  | { kind: "listed"; widgetId: string; visitors: readonly OnlineVisitor[] }
  | { kind: "came" | "went"; visitor: OnlineVisitor };

export const nobody: Online = new Map();

export function reduceOnline(online: Online, news: OnlineNews): Online {
  const next = new Map(online);
  if (news.kind === "listed") {
    for (const { widget_id, visitor } of online.values())
      if (widget_id === news.widgetId) next.delete(visitor.id);
    for (const visitor of news.visitors) next.set(visitor.visitor.id, visitor);
  } else if (news.kind === "came") next.set(news.visitor.visitor.id, news.visitor);
  else next.delete(news.visitor.visitor.id);
  return next;
}

/** Ids of visitors and of their conversations: a person who is known has several of the first. */
export function idsOf(online: Online): ReadonlySet<string> {
  const all = [...online.values()];
  return new Set(all.flatMap(({ visitor, conversation_ids }) => [visitor.id, ...conversation_ids]));
}
