// Decides whom a search for agents finds, and what is to be saved of who was put on a widget or off it. Knows nothing
// of drawing and of asking the server.

import type { AgentProfile, WidgetAgentsChange } from "@frontdesk/shared/wire.gen";

/** Whose name or address has every word of it, however it is written. */
export function chosenFrom(agents: readonly AgentProfile[], sought: string): AgentProfile[] {
  const words = plain(sought).split(/\s+/).filter(Boolean);
  return agents.filter(({ name, email }) => {
    const text = plain(`${name} ${email}`);
    return words.every((word) => text.includes(word));
  });
}

/** Only what is different from how it stands: what others change meanwhile stays. */
export function movesOf(
  agents: readonly AgentProfile[],
  widgetId: string,
  turned: Readonly<Record<string, boolean>>,
): WidgetAgentsChange {
  const other = agents.filter(
    ({ id, widgets }) => (turned[id] ?? widgets.includes(widgetId)) !== widgets.includes(widgetId),
  );
  return {
    join: other.filter(({ id }) => turned[id]).map(({ id }) => id),
    leave: other.filter(({ id }) => !turned[id]).map(({ id }) => id),
  };
}

function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}
