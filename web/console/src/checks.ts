// Decides whether this agent would be alerted: walks every path from a visitor's message to them, and says of each
// whether it works, and how it is mended. Knows the browser and the server by what it is handed.

import type { AlertsReply, MeReply, TestAlertReply } from "@frontdesk/shared/wire.gen";
import { reaches } from "./alarm";
import { pageOf } from "./pages";
import { quiet } from "./quiet";

export type CheckId =
  | "member"
  | "ladder"
  | "quiet"
  | "away"
  | "sound"
  | "permission"
  | "worker"
  | "subscription"
  | "push"
  | "mail";

/** What the page can do about it by itself. */
export type Mend = "disturb" | "allow" | "subscribe" | "escalation";

export interface Verdict {
  /** `off`: switched off by the agent. `skipped`: another path is broken that this one needs. */
  readonly state: "pass" | "fail" | "off" | "skipped";
  readonly word: string;
  /** How it is mended, for people. */
  readonly mend?: string;
  readonly button?: Mend;
}

/** What is walked through. */
export interface Ground {
  readonly me: MeReply;
  readonly own: AlertsReply;
  readonly now_ms: number;
  /** Why pushes cannot be here. */
  readonly impossible: string | null;
  permission(): NotificationPermission;
  play(): Promise<boolean>;
  worker(): Promise<boolean>;
  /** The id of this browser among the devices. */
  device(): Promise<string | null>;
  push(deviceId: string, token: string): Promise<TestAlertReply>;
  cameBack(token: string): Promise<boolean>;
  mail(): Promise<TestAlertReply>;
}

export interface Check {
  readonly id: CheckId;
  readonly name: string;
  /** Broken, there is no use in asking. */
  readonly needs?: CheckId;
  run(at: Ground): Verdict | Promise<Verdict>;
}

const pass = (word: string): Verdict => ({ state: "pass", word });
const fail = (word: string, mend: string, button?: Mend): Verdict => ({
  state: "fail",
  word,
  mend,
  ...(button && { button }),
});
const off = (word: string): Verdict => ({ state: "off", word });

export const CHECKS: readonly Check[] = [
  { id: "member", name: "You answer on a widget", run: member },
  { id: "ladder", name: "A widget alerts you while a visitor waits", needs: "member", run: ladder },
  { id: "quiet", name: "Do not disturb is off", run: disturbed },
  { id: "away", name: "You are there", run: there },
  { id: "sound", name: "A sound is played", run: sound },
  { id: "permission", name: "The browser may show notifications", run: permission },
  { id: "worker", name: "The browser keeps watch while the console is closed", run: worker },
  { id: "subscription", name: "This browser takes pushes", needs: "worker", run: subscription },
  { id: "push", name: "A push comes back to this browser", needs: "subscription", run: push },
  { id: "mail", name: "A mail is sent to you", run: mail },
];

/** One after the other, each told as it is known. */
export async function walk(at: Ground, told: (id: CheckId, verdict: Verdict) => void): Promise<void> {
  const broken = new Set<CheckId>();
  for (const check of CHECKS) {
    const waits = check.needs && broken.has(check.needs);
    const verdict: Verdict = waits
      ? { state: "skipped", word: "Not tried: what stands above has to work first." }
      : await Promise.resolve(check.run(at)).catch((error: unknown) =>
          fail("It could not be tried.", said(error)),
        );
    if (verdict.state === "fail" || verdict.state === "skipped") broken.add(check.id);
    told(check.id, verdict);
  }
}

/** What all of it comes to. */
export function summary(verdicts: readonly Verdict[]): { readonly good: boolean; readonly text: string } {
  const broken = verdicts.filter(({ state }) => state === "fail").length;
  if (broken === 0) return { good: true, text: "Yes: every way that is switched on reaches you." };
  return {
    good: false,
    text: broken === 1 ? "Not by every way: one is broken." : `Not by every way: ${broken} are broken.`,
  };
}

const isOn = ({ own: { rules } }: Ground, way: "sound" | "desktop" | "push" | "mail") =>
  rules.mine[way] || rules.unassigned[way] || rules.mention[way];

function member({ me }: Ground): Verdict {
  const names = me.widgets.map(({ name }) => name).join(", ");
  if (me.widgets.length > 0) return pass(names);
  return fail("You answer on no widget.", "Ask an owner to add you to one, under Settings, Team.");
}

function ladder({ me, own }: Ground): Verdict {
  const silent = me.widgets.filter(
    (one) => reaches(one.settings.escalation, me.agent, own.rules).length === 0,
  );
  const ways = me.widgets.flatMap((one) => reaches(one.settings.escalation, me.agent, own.rules));
  if (silent.length === 0) return pass(`By ${[...new Set(ways)].join(", ")}.`);
  const names = silent.map(({ name }) => name).join(", ");
  const word = `Nobody who waits at ${names} would be told to you.`;
  const [button, mend] = pageOf("escalation").who.includes(me.agent.role)
    ? (["escalation", "Add a step that alerts you, or switch a way on below."] as const)
    : ([undefined, "Switch a way on below, or ask an owner to look at Settings, Escalation."] as const);
  return fail(word, mend, button);
}

function disturbed({ me, own, now_ms }: Ground): Verdict {
  const why = quiet(own.rules, me.status, now_ms);
  if (why === "until") return fail("It is on: nothing reaches you.", "Switch it off.", "disturb");
  if (why === "hours")
    return fail("It is in your quiet hours: nothing reaches you.", "Change the hours below.");
  return pass("Alerts come at this time.");
}

function there({ me, own }: Ground): Verdict {
  if (me.status === "online") return pass("You are online.");
  if (!own.rules.away_is_quiet) return pass("You are away, and alerts come all the same.");
  return fail(
    "You are away, and you want no alerts then.",
    "Come back, or let alerts come while you are away, below.",
  );
}

async function sound(at: Ground): Promise<Verdict> {
  if (!isOn(at, "sound")) return off("You have switched sounds off.");
  if (await at.play())
    return pass("You should have heard two soft tones. If not, look at the computer's volume.");
  return fail(
    "The browser played nothing.",
    "Click anywhere in the console after opening it, and allow sound for this page.",
  );
}

function permission(at: Ground): Verdict {
  if (!isOn(at, "desktop") && !isOn(at, "push"))
    return off("You have switched notifications and pushes off.");
  const given = at.permission();
  if (given === "granted") return pass("It may.");
  if (given === "default") return fail("It was not asked yet.", "Allow it.", "allow");
  return fail(
    "It was told not to.",
    "Click the sign left of the address, and allow notifications for this page.",
  );
}

async function worker(at: Ground): Promise<Verdict> {
  if (!isOn(at, "push")) return off("You have switched pushes off.");
  if (at.impossible) return fail("This browser takes no pushes here.", at.impossible);
  if (await at.worker()) return pass("Its service worker is at work.");
  return fail("Its service worker does not start.", "Reload the console. Private windows have none.");
}

async function subscription(at: Ground): Promise<Verdict> {
  if (!isOn(at, "push")) return off("You have switched pushes off.");
  if (await at.device()) return pass("It is one of your devices.");
  return fail("It is none of your devices.", "Let this browser take pushes.", "subscribe");
}

async function push(at: Ground): Promise<Verdict> {
  if (!isOn(at, "push")) return off("You have switched pushes off.");
  const device = await at.device();
  if (!device) return { state: "skipped", word: "Not tried: this browser takes no pushes." };
  const token = Math.random().toString(36).slice(2);
  // Listened for before it is sent: it may be back before the answer is.
  const back = at.cameBack(token);
  const { sent, word } = await at.push(device, token);
  if (!sent) return fail(word, "Take this browser out of your devices below, and let it take pushes again.");
  if (await back) return pass("It came back.");
  return fail(
    "The push service took it, and it did not come back within 20 seconds.",
    "Look whether the computer shows notifications of this browser, and whether a firewall holds its push service off.",
  );
}

async function mail(at: Ground): Promise<Verdict> {
  if (!isOn(at, "mail")) return off("You have switched mails off.");
  if (!at.own.sends_mail)
    return fail(
      "This server sends no mail.",
      "Whoever keeps the server sets FRONTDESK_SMTP_URL and FRONTDESK_MAIL_FROM.",
    );
  const { sent, word } = await at.mail();
  if (sent) return pass(`Sent to ${word}. If it is not there in a minute, look among the spam.`);
  return fail(word, "Whoever keeps the server looks at its mail settings; “frontdesk doctor” tries them.");
}

function said(error: unknown): string {
  return error instanceof Error && error.message ? error.message : "Try again.";
}
