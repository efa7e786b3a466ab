// Decides how this browser begins and ends to take pushes: permission, service worker, subscription. Knows nothing
// of what is pushed, and of the server but for its key.

import type { AddDevice, Device } from "@frontdesk/shared/wire.gen";

const WORKER = "/sw.js";

/** What stands in the way of pushes here; `null`: nothing. */
export function impossible(): string | null {
  if (!isSecureContext) return "Browsers allow this over https only. Open the console by its https address.";
  if (!("serviceWorker" in navigator) || !("PushManager" in window))
    return isTouchApple()
      ? "On an iPhone or iPad only apps on the Home Screen get notifications, and a page in a tab gets none. Tap Share, then “Add to Home Screen”, open Frontdesk from there and come back to this page."
      : "This browser cannot. Chrome, Edge, Firefox and Safari can.";
  return null;
}

/** An iPad calls itself a Mac, of which none can be touched. */
function isTouchApple(): boolean {
  const { userAgent, maxTouchPoints } = navigator;
  return /iPhone|iPad/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1);
}

/** Registered, and at work. */
export async function worker(): Promise<ServiceWorkerRegistration> {
  await navigator.serviceWorker.register(trusted(WORKER), { scope: "/" });
  return navigator.serviceWorker.ready;
}

/** Is it registered? Asks nobody. */
export async function registered(): Promise<ServiceWorkerRegistration | undefined> {
  if (!("serviceWorker" in navigator)) return undefined;
  const found = await navigator.serviceWorker.getRegistration("/").catch(() => undefined);
  return found?.active ? found : undefined;
}

/** This browser's subscription with this server's key, if it has one. */
export async function subscribed(key: string): Promise<PushSubscription | null> {
  const subscription = await (await registered())?.pushManager?.getSubscription();
  if (!subscription) return null;
  return encode(subscription.options.applicationServerKey) === key ? subscription : null;
}

/** After the agent's word: the browser asks them for permission. */
export async function subscribe(key: string): Promise<AddDevice> {
  const { pushManager } = await worker();
  const before = await pushManager.getSubscription();
  // With the key of an installation that is no more.
  if (before && encode(before.options.applicationServerKey) !== key) await before.unsubscribe();
  return deviceOf(await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: decode(key) }));
}

export async function unsubscribe(): Promise<void> {
  await (await (await registered())?.pushManager?.getSubscription())?.unsubscribe();
}

export function deviceOf(subscription: PushSubscription): AddDevice {
  return {
    endpoint: subscription.endpoint,
    p256dh: encode(subscription.getKey("p256dh")),
    auth: encode(subscription.getKey("auth")),
    name: browserName(navigator.userAgent),
  };
}

/** Which of the devices this browser is. */
export function ownDevice(
  devices: readonly Device[],
  subscription: PushSubscription | null,
): Device | undefined {
  return devices.find(({ endpoint }) => endpoint === subscription?.endpoint);
}

/** "Firefox on Linux", as far as a browser says. */
export function browserName(agent: string): string {
  const first = (all: Array<[RegExp, string]>) => all.find(([pattern]) => pattern.test(agent))?.[1];
  const browser = first([
    [/Edg\//, "Edge"],
    [/OPR\//, "Opera"],
    [/Firefox\//, "Firefox"],
    [/Chrom(e|ium)\//, "Chrome"],
    [/Safari\//, "Safari"],
  ]);
  const system = first([
    [/iPhone|iPad/, "iOS"],
    [/Android/, "Android"],
    [/Mac OS X/, "macOS"],
    [/Windows/, "Windows"],
    [/Linux/, "Linux"],
  ]);
  return `${browser ?? "A browser"}${system ? ` on ${system}` : ""}`;
}

function encode(bytes: ArrayBuffer | null): string {
  if (!bytes) return "";
  const text = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

interface Policy {
  createScriptURL(url: string): string;
}
let policy: Policy | undefined;

/** The console's policy demands that the address of a script is vouched for; ours vouches for one. */
function trusted(url: string): string {
  const types = (globalThis as { trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } })
    .trustedTypes;
  policy ??= types?.createPolicy("frontdesk-worker", {
    createScriptURL: (asked) => {
      if (asked !== WORKER) throw new TypeError("not the console's worker");
      return asked;
    },
  });
  return policy?.createScriptURL(url) ?? url;
}
