// Shows which channels have subscribers, most crowded first, and leads to the inspector. Knows nothing of events.

import type { ChannelsReply, MonitoredChannel } from "@frontdesk/shared/wire.gen";
import { useEffect, useState } from "preact/hooks";
import { count } from "../figures";
import { wanted } from "../inspecting";
import { monitorApi } from "../monitor-api";
import { Icon } from "../parts/icon";
import { Choices, Nothing, Stale, usePolled, Waiting } from "../parts/polled";
import { SettingsPage } from "../parts/settings";
import { goTo } from "../route";

type Sort = "subscriptions" | "name";

const SORTS = [
  ["subscriptions", "Most subscribers"],
  ["name", "By name"],
] as const;

/** A pause in typing that means: look for this. */
const TYPED_MS = 250;

export function ChannelsScreen() {
  const [typed, setTyped] = useState("");
  const [prefix, setPrefix] = useState("");
  const [sort, setSort] = useState<Sort>("subscriptions");
  const [app, setApp] = useState("");
  /** Cursors of the pages before this one. */
  const [trail, setTrail] = useState<readonly string[]>([]);
  useEffect(() => {
    const timer = setTimeout(() => setPrefix(typed.trim()), TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const about = JSON.stringify([prefix, sort, app]);
  // Another question begins at its first page.
  useEffect(() => setTrail([]), [about]);
  const after = trail.at(-1);
  const asked = { app: app || undefined, prefix: prefix || undefined, sort, after };
  const { now, trouble } = usePolled(() => monitorApi.channels(asked), about + (after ?? ""));
  return (
    <SettingsPage
      page="channels"
      action={<Choices label="Order" choices={SORTS} chosen={sort} choose={setSort} />}
    >
      <Stale trouble={trouble} />
      <div class="monitor-bar">
        <label class="monitor-search">
          <Icon name="search" />
          <span class="hidden-text">Names that begin with</span>
          <input
            class="input"
            type="search"
            placeholder="Names that begin with…"
            autocomplete="off"
            spellcheck={false}
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        {now && now.apps.length > 1 && (
          <label class="monitor-app">
            <span class="hidden-text">App</span>
            <select class="input" value={app} onChange={(event) => setApp(event.currentTarget.value)}>
              <option value="">All apps</option>
              {now.apps.map((id) => (
                <option key={id} value={id}>
                  {id}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      {now ? <Found now={now} prefix={prefix} /> : trouble === null && <Waiting name="channels" />}
      {now && (trail.length > 0 || now.next) && (
        <nav class="pager" aria-label="Pages of channels">
          <button
            type="button"
            class="button button-plain"
            disabled={trail.length === 0}
            onClick={() => setTrail(trail.slice(0, -1))}
          >
            Back
          </button>
          <button
            type="button"
            class="button button-plain"
            disabled={!now.next}
            onClick={() => now.next && setTrail([...trail, now.next])}
          >
            Next
          </button>
        </nav>
      )}
    </SettingsPage>
  );
}

function Found({ now, prefix }: { readonly now: ChannelsReply; readonly prefix: string }) {
  return (
    <section class="panel" aria-label="Channels">
      {now.channels.length === 0 ? (
        <Nothing title={prefix ? "No channel begins like that" : "Nobody listens right now"}>
          {prefix
            ? "Capital letters matter, and names begin with private- or presence- where a channel is one."
            : "A channel stands here as soon as somebody subscribes to it: a visitor who opens the chat, or your own app."}
        </Nothing>
      ) : (
        <>
          <p class="monitor-count">
            {count(now.total)} {now.total === 1 ? "channel" : "channels"}
            {!now.is_whole && ". There are more than one look can cover, so some may be missing."}
          </p>
          <ul class="channels">
            {now.channels.map((channel) => (
              <Row key={`${channel.app} ${channel.name}`} channel={channel} many={now.apps.length > 1} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Row({ channel, many }: { readonly channel: MonitoredChannel; readonly many: boolean }) {
  const { app, name, subscriptions, users } = channel;
  return (
    <li>
      <div class="channel-name">
        <bdi title={name}>{name}</bdi>
        {many && <small>App {app}</small>}
      </div>
      {users !== null && (
        <span class="chip">
          {count(users)} {users === 1 ? "user" : "users"}
        </span>
      )}
      <span class="channel-count">
        <strong>{count(subscriptions)}</strong>
        <span class="hidden-text">{subscriptions === 1 ? " subscriber" : " subscribers"}</span>
      </span>
      <button
        type="button"
        class="icon-button"
        aria-label={`Inspect ${name}`}
        title="Inspect this channel's events"
        onClick={() => {
          wanted.value = { app, channel: name };
          goTo({ at: "page", page: "inspector" });
        }}
      >
        <Icon name="eye" />
      </button>
    </li>
  );
}
