// Draws what agents set on a conversation, and how they set it: whose it is, how pressing, its tags, when it comes
// back. Knows nothing of messages.

import type { ConversationChange, ConversationSummary, Priority } from "@frontdesk/shared/wire.gen";
import type { Conversation } from "../conversation";
import { agents, fetchTags, listAgents, now_ms, tags } from "../desk";
import { callable } from "../mention";
import { asking } from "../open";
import { answers } from "../role";
import { me } from "../session";
import { rests } from "../snooze";
import { moment } from "../time";
import { complain } from "../toast";
import { Avatar } from "./avatar";
import { Icon } from "./icon";
import { type Choice, MenuButton } from "./menu";

export const PRIORITIES: readonly Priority[] = ["urgent", "high", "normal", "low"];

/** Changes one conversation, or many. */
export type SetState = (change: ConversationChange) => void;

interface StateBarProps {
  readonly conversation: Conversation;
  readonly summary: ConversationSummary;
}

export function StateBar({ conversation, summary }: StateBarProps) {
  const { assignee, priority } = summary;
  const set: SetState = (change) => void conversation.set(change).catch(complain);
  if (!answers.value) return <StateWords summary={summary} />;
  return (
    // biome-ignore lint/a11y/useSemanticElements: no set of fields of a form
    <div class="state" role="group" aria-label="State of the conversation">
      <MenuButton
        id="assign"
        label={assignee ? `Belongs to ${assignee.name}` : "Belongs to nobody"}
        class="state-part"
        search="Whose is it?"
        choices={() => assignChoices(summary.widget_id, assignee?.id ?? null, set)}
        onOpen={() => void listAgents()}
      >
        {assignee ? <Avatar id={assignee.id} name={assignee.name} small /> : <Icon name="give" />}
        <span dir="auto">{assignee?.name ?? "Nobody"}</span>
      </MenuButton>
      <MenuButton
        id="priority"
        label={`Priority: ${priority}`}
        class={`state-part priority-${priority}`}
        choices={() => priorityChoices(priority, set)}
      >
        <Icon name="flag" />
        <span>{named(priority)}</span>
      </MenuButton>
      <SnoozeButton summary={summary} set={set} />
      {summary.tags.map((tag) => (
        <span key={tag} class="state-tag">
          <span dir="auto">{tag}</span>
          <button
            type="button"
            aria-label={`Remove the tag ${tag}`}
            title={`Remove the tag ${tag}`}
            onClick={() => set({ tags: summary.tags.filter((one) => one !== tag) })}
          >
            <Icon name="close" />
          </button>
        </span>
      ))}
      <MenuButton
        id="tags"
        label="Tag"
        class="state-part"
        search="Find or add a tag"
        choices={() => tagChoices(summary.tags, set)}
        onNew={(tag) => set({ tags: [...summary.tags, tag] })}
        onOpen={fetchTags}
      >
        <Icon name="tag" />
        {summary.tags.length === 0 && <span>Tag</span>}
      </MenuButton>
    </div>
  );
}

/** The same for those who only read along. */
function StateWords({ summary }: { readonly summary: ConversationSummary }) {
  const { assignee, priority, status, snoozed_until, tags } = summary;
  const until = status === "snoozed" && snoozed_until ? `, until ${moment(snoozed_until, now_ms.value)}` : "";
  return (
    // biome-ignore lint/a11y/useSemanticElements: no set of fields of a form
    <div class="state" role="group" aria-label="State of the conversation">
      <span class="state-part state-fixed">{`${named(status)}${until}`}</span>
      <span class="state-part state-fixed">
        {assignee ? <Avatar id={assignee.id} name={assignee.name} small /> : <Icon name="give" />}
        <span dir="auto">{assignee?.name ?? "Nobody"}</span>
      </span>
      <span class={`state-part state-fixed priority-${priority}`}>
        <Icon name="flag" />
        {named(priority)}
      </span>
      {tags.map((tag) => (
        <span key={tag} class="state-tag state-tag-fixed" dir="auto">
          {tag}
        </span>
      ))}
    </div>
  );
}

interface OfState {
  readonly summary: ConversationSummary;
  readonly set: SetState;
}

function SnoozeButton({ summary: { status, snoozed_until }, set }: OfState) {
  const until = status === "snoozed" && snoozed_until ? moment(snoozed_until, now_ms.value) : null;
  return (
    <MenuButton
      id="snooze"
      label={until ? `Snoozed until ${until}` : "Snooze"}
      class="state-part"
      choices={() => snoozeChoices(until !== null, set)}
    >
      <Icon name="clock" />
      <span>{until ? `Until ${until}` : "Snooze"}</span>
    </MenuButton>
  );
}

export function ResolveButton({ conversation, summary }: StateBarProps) {
  const over = summary.status === "resolved";
  const act = () => void conversation.set({ status: over ? "open" : "resolved" }).catch(complain);
  return (
    <button
      type="button"
      class={over ? "button button-plain head-button" : "button head-button"}
      title={over ? "Open again (E)" : "Resolve (E)"}
      onClick={act}
    >
      <Icon name={over ? "retry" : "check"} />
      <span class="head-button-name">{over ? "Open again" : "Resolve"}</span>
    </button>
  );
}

/** Oneself first. */
export function assignChoices(widgetId: string | null, assigneeId: string | null, set: SetState): Choice[] {
  const agent = me.value?.agent;
  // Who reads along is given nothing to do.
  const all = agents.value.filter(({ role }) => role !== "viewer");
  const others = widgetId
    ? callable(all, widgetId, agent?.id ?? "")
    : all.filter(({ id }) => id !== agent?.id);
  const choice = (id: string, name: string): Choice => ({
    name,
    face: { id, name },
    on: id === assigneeId,
    act: () => set({ assignee_id: id }),
  });
  return [
    ...(agent ? [{ ...choice(agent.id, agent.name), hint: "you" }] : []),
    ...others.map(({ id, name }) => choice(id, name)),
    ...(assigneeId || !widgetId
      ? [{ name: "Nobody", icon: "close" as const, apart: true, act: () => set({ assignee_id: null }) }]
      : []),
  ];
}

export function priorityChoices(now: Priority | null, set: SetState): Choice[] {
  return PRIORITIES.map((priority) => ({
    name: named(priority),
    icon: "flag",
    on: priority === now,
    act: () => set({ priority }),
  }));
}

export function snoozeChoices(asleep: boolean, set: SetState): Choice[] {
  const now = new Date();
  const wake: Choice = { name: "Open now", icon: "retry", act: () => set({ status: "open" }) };
  return [
    ...rests(now).map(
      ({ name, until }): Choice => ({
        name,
        hint: beside(name, moment(until.toISOString(), now.getTime())),
        act: () => set({ status: "snoozed", snoozed_until: until.toISOString() }),
      }),
    ),
    {
      name: "Pick a day and time…",
      icon: "clock",
      apart: true,
      act: () => {
        asking.value = { what: "snooze", set };
      },
    },
    ...(asleep ? [wake] : []),
  ];
}

/** `Tomorrow` need not say that it is tomorrow. */
function beside(name: string, when: string): string {
  const day = `${name}, `.toLocaleLowerCase();
  return when.toLocaleLowerCase().startsWith(day) ? when.slice(day.length) : when;
}

function tagChoices(own: readonly string[], set: SetState): Choice[] {
  const all = [...new Set([...own, ...tags.value])];
  return all.map((tag) => {
    const on = own.includes(tag);
    const next = on ? own.filter((one) => one !== tag) : [...own, tag];
    return { name: tag, icon: "tag", on, act: () => set({ tags: next }) };
  });
}

/** `High`. */
export function named(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
