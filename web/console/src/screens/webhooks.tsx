// Lets an owner have other programs told: where, of what, whether it arrived, and once more. Knows nothing of how
// calls are carried.

import type { EventType, WebhookProfile } from "@frontdesk/shared/wire.gen";
import { useState } from "preact/hooks";
import { sentence } from "../agent-api";
import { useAct } from "../parts/act";
import { Check, WidgetChecks } from "../parts/checks";
import { Confirm } from "../parts/confirm";
import { Dialog } from "../parts/dialog";
import { TextField } from "../parts/field";
import { Icon } from "../parts/icon";
import { ListState, useList } from "../parts/list-state";
import { SettingsPage } from "../parts/settings";
import { Secret } from "../parts/snippet";
import { Deliveries } from "../parts/webhook-deliveries";
import { me } from "../session";
import { setupApi } from "../setup-api";
import { complain, tell } from "../toast";
import "../style/setup.css";

/** Two facts that are told only to whoever asks by name stand last. */
const EVENTS: readonly (readonly [EventType, string])[] = [
  ["message.created", "A message or note is written"],
  ["message.updated", "A message is changed"],
  ["message.deleted", "A message is taken back"],
  ["message.reaction", "A reaction"],
  ["conversation.created", "A conversation begins"],
  ["conversation.updated", "Snoozed, priority, tags or attributes"],
  ["conversation.assigned", "Given to somebody"],
  ["conversation.closed", "Resolved"],
  ["conversation.reopened", "Open again"],
  ["conversation.erased", "Erased"],
  ["agent.joined", "An agent joins"],
  ["agent.left", "An agent leaves"],
  ["csat.created", "A rating"],
  ["contact.updated", "A visitor has another name"],
  ["receipt.updated", "Somebody has read"],
  ["visitor.online", "A visitor opens the chat"],
  ["visitor.offline", "A visitor leaves"],
];

export function WebhooksScreen() {
  const { list, set, trouble, again } = useList(async () => (await setupApi.webhooks()).webhooks);
  const [open, setOpen] = useState<WebhookProfile | "new" | null>(null);
  const [leaving, setLeaving] = useState<WebhookProfile | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const told = (webhook: WebhookProfile, made?: string) => {
    const others = (list ?? []).filter(({ id }) => id !== webhook.id);
    const known = others.length < (list?.length ?? 0);
    set(known ? (list ?? []).map((one) => (one.id === webhook.id ? webhook : one)) : [...others, webhook]);
    if (made) setSecret(made);
  };
  return (
    <SettingsPage
      page="webhooks"
      action={
        <button type="button" class="button" onClick={() => setOpen("new")}>
          <Icon name="plus" />
          Add webhook
        </button>
      }
    >
      <ListState
        list={list}
        trouble={trouble}
        again={again}
        loading="Loading the webhooks"
        icon="send"
        none="Nobody is told yet"
        hint="Give the address of a program, and it is called whenever something happens in a conversation."
      >
        {list?.map((webhook) => (
          <Webhook key={webhook.id} webhook={webhook} told={told} open={setOpen} remove={setLeaving} />
        ))}
      </ListState>
      {open && (
        <WebhookDialog webhook={open === "new" ? null : open} told={told} close={() => setOpen(null)} />
      )}
      {secret && (
        <Dialog title="The secret of this webhook" wide onClose={() => setSecret(null)}>
          <p class="dialog-lead">Your program checks with it that a call comes from here.</p>
          <Secret value={secret} name="Copy secret" />
          <div class="dialog-foot">
            <button type="button" class="button button-plain" onClick={() => setSecret(null)}>
              Done
            </button>
          </div>
        </Dialog>
      )}
      {leaving && (
        <Confirm
          title="Remove this webhook?"
          act="Remove"
          acting="Removing…"
          danger
          run={async () => set((await setupApi.removeWebhook(leaving.id)).webhooks)}
          close={() => setLeaving(null)}
        >
          <p>
            <span class="long-word" dir="ltr">
              {leaving.url}
            </span>{" "}
            is told nothing any more, and what waits for it is dropped.
          </p>
        </Confirm>
      )}
    </SettingsPage>
  );
}

interface WebhookProps {
  readonly webhook: WebhookProfile;
  readonly told: (webhook: WebhookProfile, secret?: string) => void;
  readonly open: (webhook: WebhookProfile) => void;
  readonly remove: (webhook: WebhookProfile) => void;
}

function Webhook({ webhook, told, open, remove }: WebhookProps) {
  const [shown, setShown] = useState(false);
  const [tests, setTests] = useState(0);
  const change = (change: Parameters<typeof setupApi.changeWebhook>[1]) =>
    setupApi.changeWebhook(webhook.id, change).then((reply) => told(reply.webhook, reply.secret), complain);
  const test = async () => {
    try {
      const { delivery } = await setupApi.testWebhook(webhook.id);
      const good = delivery.status !== null && delivery.status < 300;
      tell(
        good ? "good" : "bad",
        delivery.status === null
          ? `The test call failed: ${delivery.failure}.`
          : `The test call was answered with ${delivery.status}.`,
      );
      setTests((n) => n + 1);
      setShown(true);
    } catch (error) {
      complain(error);
    }
  };
  return (
    <section class="panel webhook" aria-label={`Webhook to ${webhook.url}`}>
      <div class="webhook-head">
        <div class="thing-what">
          <p class="thing-name">
            <span class="thing-value" dir="ltr">
              {webhook.url}
            </span>
            {!webhook.is_active && <span class="chip chip-warn">Off</span>}
          </p>
          <p class="thing-about">
            {toldOf(webhook)}
            {webhook.has_old_secret && " · two secrets sign"}
          </p>
        </div>
        <span class="thing-acts">
          <button
            type="button"
            class="icon-button"
            aria-label={`Change the webhook to ${webhook.url}`}
            title="Change"
            onClick={() => open(webhook)}
          >
            <Icon name="pencil" />
          </button>
          <button
            type="button"
            class="icon-button"
            aria-label={`Remove the webhook to ${webhook.url}`}
            title="Remove"
            onClick={() => remove(webhook)}
          >
            <Icon name="bin" />
          </button>
        </span>
      </div>
      <div class="webhook-acts">
        <button type="button" class="button button-plain" onClick={() => void test()}>
          Test call
        </button>
        <button
          type="button"
          class="button button-plain"
          onClick={() => void change({ is_active: !webhook.is_active })}
        >
          {webhook.is_active ? "Switch off" : "Switch on"}
        </button>
        <button
          type="button"
          class="button button-plain"
          onClick={() => void change({ rotate_secret: true })}
        >
          New secret
        </button>
        <button
          type="button"
          class="button button-plain"
          aria-expanded={shown}
          onClick={() => setShown(!shown)}
        >
          Deliveries
        </button>
      </div>
      {shown && <Deliveries key={tests} id={webhook.id} />}
    </section>
  );
}

function toldOf({ events, widgets }: WebhookProfile): string {
  const what = events.length === 0 ? "Everything that happens" : `${events.length} kinds of events`;
  const names = (me.value?.widgets ?? []).filter(({ id }) => widgets.includes(id)).map(({ name }) => name);
  return widgets.length === 0 ? `${what}, on all widgets` : `${what}, on ${names.join(", ") || "no widget"}`;
}

interface WebhookDialogProps {
  readonly webhook: WebhookProfile | null;
  readonly told: (webhook: WebhookProfile, secret?: string) => void;
  readonly close: () => void;
}

function WebhookDialog({ webhook, told, close }: WebhookDialogProps) {
  const [url, setUrl] = useState(webhook?.url ?? "");
  const [events, setEvents] = useState<readonly EventType[]>(webhook?.events ?? []);
  const [some, setSome] = useState((webhook?.events.length ?? 0) > 0);
  const [widgets, setWidgets] = useState<readonly string[]>(webhook?.widgets ?? []);
  const [submit, busy, refusal] = useAct(async () => {
    const asked = { url: url.trim(), events: some ? [...events] : [], widgets: [...widgets] };
    const reply = webhook
      ? await setupApi.changeWebhook(webhook.id, asked)
      : await setupApi.addWebhook(asked);
    close();
    told(reply.webhook, reply.secret);
  });
  return (
    <Dialog title={webhook ? "Change the webhook" : "Add a webhook"} wide onClose={close}>
      <form class="form" onSubmit={submit}>
        <TextField
          label="Address"
          first
          hint="It gets a POST with a few words of JSON: what happened and where, never what was said."
          wrong={refusal === null ? null : sentence(refusal)}
          placeholder="https://shop.example/hooks/chat"
          autocomplete="off"
          maxLength={2_000}
          value={url}
          onValue={setUrl}
        />
        <fieldset class="checks">
          <legend>Tell it</legend>
          <label>
            <input type="radio" name="events" checked={!some} onChange={() => setSome(false)} />
            Everything that happens in conversations
          </label>
          <label>
            <input type="radio" name="events" checked={some} onChange={() => setSome(true)} />
            Only some of it
          </label>
        </fieldset>
        {some && (
          <fieldset class="checks checks-pair checks-box">
            <legend class="hidden-text">Of what</legend>
            {EVENTS.map(([one, name]) => (
              <Check
                key={one}
                name={name}
                on={events.includes(one)}
                change={(on) => setEvents(on ? [...events, one] : events.filter((other) => other !== one))}
              />
            ))}
          </fieldset>
        )}
        <WidgetChecks chosen={widgets} change={setWidgets} />
        <div class="dialog-foot">
          <button type="button" class="button button-plain" onClick={close}>
            Cancel
          </button>
          <button
            type="submit"
            class="button"
            disabled={busy || !url.trim() || (some && events.length === 0)}
          >
            {busy ? "Saving…" : webhook ? "Save" : "Add webhook"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
