// Decides who is signed in and which door stands open when nobody is. Knows nothing of conversations:
// who needs to start or stop with a session says so with `whenSignedIn`.

import type {
  AgentProfile,
  JoinRequest,
  LoginRequest,
  MeReply,
  SetupRequest,
  WidgetProfile,
} from "@frontdesk/shared/wire.gen";
import { signal } from "@preact/signals";
import { agentApi, door, isOver, keptBy, useCsrf } from "./agent-api";

export type Phase = "starting" | "unreachable" | "signed-out" | "owing" | "signed-in";

export const phase = signal<Phase>("starting");
export const me = signal<MeReply | null>(null);
/** Who has signed in and can do nothing before two-step sign-in is set up, which the owners demand of everybody. */
export const owing = signal<AgentProfile | null>(null);
/** Why the agent stands before the door, if it was not their wish. */
export const reason = signal<string | null>(null);

interface Follower {
  /** `fresh`: somebody else than before, or nobody was here. */
  enter(me: MeReply, fresh: boolean): void;
  /** `forGood`: what was on the screen belongs to the one who left. */
  leave(forGood: boolean): void;
}

let follower: Follower | null = null;
let lastAgent = "";

export function whenSignedIn(told: Follower): void {
  follower = told;
}

export async function start(): Promise<void> {
  phase.value = "starting";
  try {
    enter(await door.me());
  } catch (error) {
    phase.value = isOver(error) ? "signed-out" : "unreachable";
  }
}

export async function signIn(request: LoginRequest): Promise<void> {
  enter(await door.signIn(request));
}

export async function setUp(request: SetupRequest): Promise<void> {
  enter(await door.setUp(request));
}

export async function joinTeam(request: JoinRequest): Promise<void> {
  enter(await door.join(request));
}

export async function signOut(): Promise<void> {
  await agentApi.signOut();
  lastAgent = "";
  leave(null, true);
}

/** The server says the session is over. */
export function ended(): void {
  if (phase.value === "signed-in" || phase.value === "owing")
    leave("You were signed out: the session has ended. Sign in to go on where you were.");
}

/** After a change of the widget's settings. */
export function widgetsChanged(widgets: WidgetProfile[]): void {
  if (me.value) me.value = { ...me.value, widgets };
}

/** One of them as it is now, or one that is new. */
export function widgetChanged(widget: WidgetProfile): void {
  const widgets = me.value?.widgets ?? [];
  const known = widgets.some(({ id }) => id === widget.id);
  widgetsChanged(known ? widgets.map((one) => (one.id === widget.id ? widget : one)) : [...widgets, widget]);
}

/** Something was refused as if the session were gone. `true` when it is not. */
export async function doubted(): Promise<boolean> {
  try {
    const now = await door.me();
    const here = me.value?.agent ?? owing.value;
    if (now.agent.id === here?.id) {
      // What the screen offers follows what somebody else has given or taken.
      if (me.value && mayElse(now, me.value)) enter(now);
      else useCsrf(now.csrf);
      return true;
    }
    // Somebody else signed in from another tab of this browser.
    ended();
  } catch (error) {
    if (isOver(error)) ended();
  }
  return false;
}

/** Another role, other widgets, or nothing at all for now? */
function mayElse(now: MeReply, before: MeReply): boolean {
  const widgets = ({ agent }: MeReply) => agent.widgets.join();
  return now.two_factor_owed || now.agent.role !== before.agent.role || widgets(now) !== widgets(before);
}

/** After one's own name was changed. */
export function renamed(name: string): void {
  if (me.value) me.value = { ...me.value, agent: { ...me.value.agent, name } };
}

function enter(reply: MeReply): void {
  // A set-up link opened while somebody is signed in.
  if (me.value) follower?.leave(false);
  useCsrf(reply.csrf);
  if (reply.two_factor_owed) return hold(reply);
  owing.value = null;
  const fresh = reply.agent.id !== lastAgent;
  lastAgent = reply.agent.id;
  reason.value = null;
  // First what runs, then what is shown: the open conversation follows `me`.
  follower?.enter(reply, fresh);
  me.value = reply;
  phase.value = "signed-in";
}

/** Nothing of the desk runs, and nothing of it is shown. */
function hold({ agent }: MeReply): void {
  reason.value = null;
  me.value = null;
  owing.value = agent;
  phase.value = "owing";
}

function leave(why: string | null, forGood = false): void {
  follower?.leave(forGood);
  useCsrf("");
  reason.value = why;
  me.value = null;
  owing.value = null;
  phase.value = "signed-out";
}

keptBy({ ended, doubted });
