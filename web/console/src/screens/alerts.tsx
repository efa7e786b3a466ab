// Asks an agent how alerts are to reach them, shows what did not arrive, and has every way tried out. Knows nothing
// of when somebody is alerted, and of how a way is tried: that is `checks`.

import type {
  AlertKind,
  AlertsReply,
  MissedAlert,
  OpeningHours,
  OpenSpan,
  Way,
  Ways,
} from "@frontdesk/shared/wire.gen";
import { useEffect, useState } from "preact/hooks";
import { agentApi } from "../agent-api";
import {
  allowNotifications,
  bell,
  cameBack,
  changeRules,
  held,
  own,
  permission,
  subscription,
  takeNoPushes,
  takePushes,
  thisDevice,
  toggleQuiet,
} from "../alerts";
import { CHECKS, type CheckId, type Ground, type Mend, summary, type Verdict, walk } from "../checks";
import { WAY_NAMES } from "../ladder";
import { useAct } from "../parts/act";
import { LineBones } from "../parts/bones";
import { Icon, type IconName } from "../parts/icon";
import { Panel, SettingsPage } from "../parts/settings";
import { impossible, ownDevice, subscribed, worker } from "../push";
import { nextMorning } from "../quiet";
import { administers } from "../role";
import { addressOf, goTo } from "../route";
import { me } from "../session";
import { inFull, moment } from "../time";
import { complain } from "../toast";
import { DAYS, ownZone } from "../week";

export function AlertsScreen() {
  const reply = own.value;
  useEffect(() => {
    agentApi.alerts().then((fresh) => {
      own.value = fresh;
    }, complain);
  }, []);
  return (
    <SettingsPage page="alerts">
      {reply ? (
        <>
          <Test />
          <Kinds reply={reply} />
          <Quiet reply={reply} />
          <Devices reply={reply} />
          <Missed reply={reply} />
        </>
      ) : (
        <LineBones loading="Loading your alerts" class="panel" />
      )}
    </SettingsPage>
  );
}

const STATE_NAMES = { pass: "Works", fail: "Broken", off: "Off", skipped: "Not tried" } as const;
const STATE_CHIPS = { pass: "chip chip-good", fail: "chip chip-bad", off: "chip", skipped: "chip" } as const;
const STATE_ICONS: Readonly<Record<Verdict["state"], IconName>> = {
  pass: "check",
  fail: "alert",
  off: "quiet",
  skipped: "dots",
};

/** Walks every path to this agent. */
function Test() {
  const [verdicts, setVerdicts] = useState<ReadonlyMap<CheckId, Verdict>>(new Map());
  const [run, busy] = useAct(async () => {
    setVerdicts(new Map());
    const at = await ground();
    if (at) await walk(at, (id, verdict) => setVerdicts((before) => new Map([...before, [id, verdict]])));
  }, complain);
  const done = verdicts.size === CHECKS.length;
  const end = done ? summary([...verdicts.values()]) : null;
  return (
    <Panel title="Will I be alerted?" lead="Tries every way with something real: a tone, a push, a mail.">
      <div class="test-head">
        <button type="button" class="button" disabled={busy} onClick={() => void run()}>
          <Icon name="bell" />
          {busy ? "Trying…" : done ? "Try again" : "Try every way"}
        </button>
        <p role="status" class={end ? `test-end ${end.good ? "test-good" : "test-bad"}` : "test-end"}>
          {end?.text}
        </p>
      </div>
      {verdicts.size > 0 && (
        <ol class="tests">
          {CHECKS.map(({ id, name }) => (
            <Tried key={id} name={name} verdict={verdicts.get(id)} again={run} />
          ))}
        </ol>
      )}
    </Panel>
  );
}

interface TriedProps {
  readonly name: string;
  readonly verdict: Verdict | undefined;
  readonly again: () => Promise<void>;
}

function Tried({ name, verdict, again }: TriedProps) {
  const state = verdict?.state;
  const mend = (what: Mend) => void mended(what).then((stays) => (stays ? again() : undefined), complain);
  return (
    <li
      class={`tried tried-${state ?? "waits"}`}
      aria-label={`${name}: ${state ? STATE_NAMES[state] : "waits"}`}
    >
      <span class="tried-sign">{state ? <Icon name={STATE_ICONS[state]} /> : <i class="tried-turn" />}</span>
      <div>
        <p class="tried-name">
          {name}
          {state && <span class={STATE_CHIPS[state]}>{STATE_NAMES[state]}</span>}
        </p>
        {verdict && <p class="tried-word">{verdict.word}</p>}
        {verdict?.mend && <p class="tried-mend">{verdict.mend}</p>}
      </div>
      {verdict?.button && (
        <button
          type="button"
          class="button button-plain"
          onClick={() => verdict.button && mend(verdict.button)}
        >
          {MENDS[verdict.button]}
        </button>
      )}
    </li>
  );
}

const MENDS: Readonly<Record<Mend, string>> = {
  disturb: "Switch it off",
  allow: "Allow",
  subscribe: "Switch on",
  escalation: "Open Escalation",
};

/** `true`: the page stays, and it is worth trying again. */
async function mended(what: Mend): Promise<boolean> {
  if (what === "disturb") await changeRules({ quiet_until: null });
  if (what === "allow") await allowNotifications();
  if (what === "subscribe") await switchOn();
  if (what === "escalation") goTo({ at: "page", page: "escalation" });
  return what !== "escalation";
}

/** A browser says no in its own words, which are for programmers. */
async function switchOn(): Promise<void> {
  try {
    await takePushes();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    const denied = error.name === "NotAllowedError";
    throw new Error(
      denied
        ? "The browser was told to show no notifications."
        : "The browser could not reach its push service.",
    );
  }
}

async function ground(): Promise<Ground | null> {
  const [who, reply] = [me.value, await agentApi.alerts().catch(complain)];
  if (!who || !reply) return null;
  own.value = reply;
  return {
    me: who,
    own: reply,
    now_ms: Date.now(),
    impossible: impossible(),
    permission: () => ("Notification" in window ? Notification.permission : "denied"),
    play: () => bell.play(),
    worker: () => Promise.race([worker().then(() => true), later(5_000)]).catch(() => false),
    device: async () => ownDevice(reply.devices, await subscribed(reply.push_key))?.id ?? null,
    push: (device_id, token) => agentApi.testAlert({ way: "push", device_id, token }),
    cameBack: (token) => cameBack(token, 20_000),
    mail: () => agentApi.testAlert({ way: "mail" }),
  };
}

function later(ms: number): Promise<false> {
  return new Promise((end) => setTimeout(() => end(false), ms));
}

const KIND_NAMES: Readonly<Record<AlertKind, readonly [string, string]>> = {
  mine: ["My conversations", "A visitor waits in one of yours, or one is given to you."],
  unassigned: ["Nobody’s", "A visitor waits and nobody has taken it, or its agent does not answer."],
  mention: ["Mentions", "A colleague calls you in a note."],
};
const WAYS = Object.entries(WAY_NAMES) as [Way, string][];

function Kinds({ reply: { rules } }: { readonly reply: AlertsReply }) {
  const turn = (kind: AlertKind, way: Way, on: boolean) => {
    const ways: Ways = { ...rules[kind], [way]: on };
    void changeRules({ [kind]: ways }).catch(complain);
  };
  return (
    <Panel
      title="What alerts me"
      lead="Sound and notifications come from the open console; push and mail come without it."
    >
      <div class="kinds-scroll">
        <table class="kinds">
          <thead>
            <tr>
              <td />
              {WAYS.map(([way, name]) => (
                <th key={way} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {(Object.entries(KIND_NAMES) as [AlertKind, readonly [string, string]][]).map(
              ([kind, [name, means]]) => (
                <tr key={kind}>
                  <th scope="row">
                    {name}
                    <small>{means}</small>
                  </th>
                  {WAYS.map(([way, wayName]) => (
                    <td key={way} data-way={wayName}>
                      <input
                        type="checkbox"
                        aria-label={`${name}: ${wayName}`}
                        checked={rules[kind][way]}
                        onChange={(event) => turn(kind, way, event.currentTarget.checked)}
                      />
                    </td>
                  ))}
                </tr>
              ),
            )}
          </tbody>
        </table>
      </div>
      <label class="way">
        <input
          type="checkbox"
          checked={rules.hide_words}
          onChange={(event) => void changeRules({ hide_words: event.currentTarget.checked }).catch(complain)}
        />
        Leave out what visitors wrote, in pushes and mails
      </label>
    </Panel>
  );
}

function Quiet({ reply: { rules } }: { readonly reply: AlertsReply }) {
  const until =
    rules.quiet_until && Date.parse(rules.quiet_until) > Date.now() ? new Date(rules.quiet_until) : null;
  const set = (at: Date) => void changeRules({ quiet_until: at.toISOString() }).catch(complain);
  const now = Date.now();
  return (
    <Panel title="Do not disturb" lead="Nothing reaches you meanwhile. What is held back is listed below.">
      <div class="quiet-now">
        <p>
          {until
            ? `On until ${moment(until.toISOString(), Date.now())}.`
            : held.value === "hours"
              ? "On: these are your quiet hours."
              : "Off."}
        </p>
        {until ? (
          <button type="button" class="button button-plain" onClick={toggleQuiet}>
            Switch it off
          </button>
        ) : (
          <div class="quiet-choice">
            <button type="button" class="button button-plain" onClick={() => set(new Date(now + 1_800_000))}>
              30 minutes
            </button>
            <button type="button" class="button button-plain" onClick={() => set(new Date(now + 7_200_000))}>
              2 hours
            </button>
            <button type="button" class="button button-plain" onClick={() => set(nextMorning(now))}>
              Until 8 in the morning
            </button>
          </div>
        )}
      </div>
      <QuietHours hours={rules.quiet_hours} />
      <label class="way">
        <input
          type="checkbox"
          checked={rules.away_is_quiet}
          onChange={(event) =>
            void changeRules({ away_is_quiet: event.currentTarget.checked }).catch(complain)
          }
        />
        Also while I am away
      </label>
    </Panel>
  );
}

const OWN_ZONE = ownZone();
/** What most people mean by night. */
const NIGHT: OpeningHours = {
  zone: OWN_ZONE,
  days: DAYS.map(([day]) => ({ day, from: "20:00", to: "08:00" })),
};

/** One time for all chosen days: whoever needs more has it by the API, and it stays as it is. */
function QuietHours({ hours }: { readonly hours: OpeningHours | null }) {
  const save = (next: OpeningHours | null) => void changeRules({ quiet_hours: next }).catch(complain);
  const first = hours?.days[0];
  const isOwn = hours?.days.some(({ from, to }) => from !== first?.from || to !== first?.to);
  const withDays = (days: readonly OpenSpan[]) =>
    hours && save(days.length > 0 ? { ...hours, days: [...days] } : null);
  return (
    <div class="quiet-hours">
      <label class="way">
        <input
          type="checkbox"
          checked={hours !== null}
          onChange={(event) => save(event.currentTarget.checked ? NIGHT : null)}
        />
        Every week at these times
      </label>
      {hours && first && !isOwn && (
        <fieldset class="quiet-week">
          <legend class="hidden-text">Quiet hours</legend>
          <div class="quiet-days">
            {DAYS.map(([day, name]) => {
              const on = hours.days.some((span) => span.day === day);
              const others = hours.days.filter((span) => span.day !== day);
              return (
                <button
                  key={day}
                  type="button"
                  class="quiet-day"
                  aria-pressed={on}
                  onClick={() => withDays(on ? others : [...others, { ...first, day }])}
                >
                  {name.slice(0, 3)}
                </button>
              );
            })}
          </div>
          <label>
            <span>From</span>
            <input
              class="input"
              type="time"
              required
              value={first.from}
              onChange={({ currentTarget: { value: from } }) =>
                from && withDays(hours.days.map((span) => ({ ...span, from })))
              }
            />
          </label>
          <label>
            <span>To</span>
            <input
              class="input"
              type="time"
              required
              value={first.to}
              onChange={({ currentTarget: { value: to } }) =>
                to && withDays(hours.days.map((span) => ({ ...span, to })))
              }
            />
          </label>
          <p class="field-hint">
            By the clock of {hours.zone}.{" "}
            {hours.zone !== OWN_ZONE && (
              <button type="button" class="text-button" onClick={() => save({ ...hours, zone: OWN_ZONE })}>
                Use {OWN_ZONE}
              </button>
            )}
          </p>
        </fieldset>
      )}
      {isOwn && <p class="field-hint">Different times on different days, by the clock of {hours?.zone}.</p>}
    </div>
  );
}

function Devices({ reply: { devices, push_key } }: { readonly reply: AlertsReply }) {
  useEffect(() => {
    void subscribed(push_key).then((found) => {
      subscription.value = found;
    });
  }, [push_key]);
  const here = thisDevice.value;
  const why = impossible();
  const [take, busy] = useAct(switchOn, complain);
  return (
    <Panel
      title="Devices"
      lead="Browsers that take pushes for you, the console open or not. Signing out ends it there."
    >
      {devices.length > 0 ? (
        <ul class="people">
          {devices.map((device) => (
            <li key={device.id}>
              <span class="device-sign">
                <Icon name="bell" />
              </span>
              <div class="people-who">
                <p>{device.name}</p>
                <p>
                  {device.pushed_at
                    ? `Last push: ${inFull(device.pushed_at)}`
                    : "Nothing was pushed there yet"}
                </p>
              </div>
              {device.id === here?.id && (
                <p class="people-chips">
                  <span class="chip chip-good">This browser</span>
                </p>
              )}
              <button
                type="button"
                class="icon-button"
                aria-label={`Remove ${device.name}`}
                title="Remove"
                onClick={() => void takeNoPushes(device.id).catch(complain)}
              >
                <Icon name="bin" />
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <p class="none-line">No browser takes pushes for you yet.</p>
      )}
      {!here && (
        <div class="panel-foot">
          <button type="button" class="button" disabled={busy || why !== null} onClick={() => void take()}>
            {busy ? "Asking…" : "Switch on in this browser"}
          </button>
          {why && <p class="field-hint">{why}</p>}
          {!why && permission.value === "denied" && (
            <p class="field-hint">This browser was told to show no notifications of this page.</p>
          )}
        </div>
      )}
    </Panel>
  );
}

function Missed({ reply }: { readonly reply: AlertsReply }) {
  const [all, setAll] = useState<readonly MissedAlert[] | null>(null);
  const shown = all ?? reply.missed;
  const turn = (everyone: boolean) => {
    if (!everyone) setAll(null);
    else agentApi.missedAlerts().then(({ missed }) => setAll(missed), complain);
  };
  return (
    <Panel title="What did not arrive" lead="Of the last 30 days.">
      {administers.value && (
        <label class="way">
          <input
            type="checkbox"
            checked={all !== null}
            onChange={(event) => turn(event.currentTarget.checked)}
          />
          Of everybody
        </label>
      )}
      {shown.length > 0 ? (
        <ul class="missed">
          {shown.map((alert) => (
            <li key={alert.id}>
              <p>
                <a href={addressOf({ at: "conversation", id: alert.conversation_id })}>
                  {alert.visitor_name}
                </a>
                <span class="chip">{WAY_NAMES[alert.way]}</span>
                {all && <span class="missed-who">to {alert.agent_name}</span>}
                <time dateTime={alert.at}>{inFull(alert.at)}</time>
              </p>
              <p>{alert.reason}</p>
            </li>
          ))}
        </ul>
      ) : (
        <p class="none-line">
          <Icon name="check" />
          Everything arrived.
        </p>
      )}
    </Panel>
  );
}
