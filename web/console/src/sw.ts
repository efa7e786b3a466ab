// Shows pushes while the console is closed, and opens the conversation at a click. What is shown is `push-shown`'s
// to decide; nothing is cached and no request is looked at.

import { addressOf, chosen, isShown, look, read, type Tab } from "./push-shown";

/** As much of a service worker's interfaces as is used: the library with all of them contradicts the page's. */
interface Client {
  readonly url: string;
  readonly visibilityState: DocumentVisibilityState;
  focus(): Promise<unknown>;
  postMessage(message: unknown, transfer?: Transferable[]): void;
}
interface Waiting extends Event {
  waitUntil(done: Promise<unknown>): void;
}
interface PushCame extends Waiting {
  readonly data: { text(): string } | null;
}
interface Clicked extends Waiting {
  readonly notification: Notification;
}
interface Worker extends EventTarget {
  readonly clients: {
    matchAll(options: { type: "window"; includeUncontrolled: boolean }): Promise<Client[]>;
    openWindow(url: string): Promise<unknown>;
    claim(): Promise<void>;
  };
  readonly registration: ServiceWorkerRegistration;
  skipWaiting(): Promise<void>;
}

const worker = self as unknown as Worker;

worker.addEventListener("install", (event) => (event as Waiting).waitUntil(worker.skipWaiting()));
worker.addEventListener("activate", (event) => (event as Waiting).waitUntil(worker.clients.claim()));
worker.addEventListener("push", (event) =>
  (event as PushCame).waitUntil(pushed((event as PushCame).data?.text())),
);
worker.addEventListener("notificationclick", (event) => {
  const { notification } = event as Clicked;
  notification.close();
  (event as Waiting).waitUntil(opened(`${notification.data?.conversation_id ?? ""}`));
});

async function pushed(text: string | undefined): Promise<void> {
  const message = read(text);
  const clients = await consoles();
  const tabs = await Promise.all(clients.map(whereNow));
  if (message.token) for (const client of clients) client.postMessage({ pushed: message.token });
  if (!isShown(message, tabs)) return;
  const { title, options } = look(message, tabs);
  await worker.registration.showNotification(title, options);
}

async function opened(id: string): Promise<void> {
  const clients = await consoles();
  const client = chosen(clients.map((client) => ({ ...tabOf(client), client })))?.client;
  if (!client) {
    await worker.clients.openWindow(id ? addressOf(id) : "/");
    return;
  }
  await client.focus().catch(() => {});
  if (id) client.postMessage({ open: id });
}

/** The chat's own page and the test page stand on the same server, and are no console. */
async function consoles(): Promise<Client[]> {
  const all = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  return all.filter(({ url }) => new URL(url).pathname === "/");
}

/** A tab that does not answer by then is taken for where it began. */
const ANSWERS_MS = 500;

/** The browser knows at which address a tab began, and not which conversation it has come to since: the tab says. */
function whereNow(client: Client): Promise<Tab> {
  const tab = tabOf(client);
  if (!tab.visible) return Promise.resolve(tab);
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const late = setTimeout(() => resolve(tab), ANSWERS_MS);
    port1.onmessage = ({ data }) => {
      clearTimeout(late);
      resolve({ ...tab, url: `${data}` });
    };
    client.postMessage({ where: true }, [port2]);
  });
}

function tabOf({ url, visibilityState }: Client): Tab {
  return { url, visible: visibilityState === "visible" };
}
