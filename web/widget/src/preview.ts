// Decides what the editor's frame shows: the widget as built, on settings that nobody else has seen, which come
// from the page around it. Knows no server: there is none to be asked from here, and nothing that could be stored.

import type { ConfigReply, UploadRules } from "@frontdesk/shared/wire.gen";
import { MockServer } from "./mock";
import type { WidgetConfig } from "./surface";

/** What the editor says. */
export type PreviewDraft = {
  /** As the server would answer, were it saved. */
  config: ConfigReply;
  uploads: UploadRules;
  /** What stands in the website's page. */
  page: Partial<WidgetConfig>;
  /** Is the panel open? */
  open: boolean;
};

type Frontdesk = (name: string, ...rest: unknown[]) => void;

const here = window as unknown as { Frontdesk?: Frontdesk; fetch: unknown };
/** It begins anew with every letter typed into the editor, and must not be seen to connect each time. */
const PACE = { network: 0, person: 0.3 };
let server = new MockServer();
let rules: UploadRules = { max_bytes: 0, types: [] };
let shown = "";

/** The widget asks as it does on any page, and this answers. */
function standIn(): void {
  here.fetch = (...asked: Parameters<typeof fetch>) => server.environment().fetch?.(...asked);
  Object.assign(window, { WebSocket: standInSocket, XMLHttpRequest: StandInRequest });
  // There are none in a frame without an origin; asked for they only throw.
  for (const name of ["locks", "serviceWorker"])
    Object.defineProperty(navigator, name, { value: undefined, configurable: true });
}

/** The widget puts the caret into its field when it opens: not while the owner writes in the editor's. */
function leaveFocus(): void {
  const { focus } = HTMLElement.prototype;
  HTMLElement.prototype.focus = function (options?: FocusOptions) {
    if (document.hasFocus()) focus.call(this, options);
  };
}

/** Called with `new`, like what it stands for. */
function standInSocket(url: string): unknown {
  return server.environment().open?.(url);
}

/** As much of an `XMLHttpRequest` as sending files takes. */
class StandInRequest {
  upload = { onprogress: null as ((sent: { loaded: number }) => void) | null };
  onloadend: (() => void) | null = null;
  status = 0;
  responseText = "";

  open(): void {}
  abort(): void {}
  setRequestHeader(): void {}
  getResponseHeader(): null {
    return null;
  }

  send(body: Blob | string | null): void {
    const said = answerTo(body);
    if (body instanceof Blob) this.upload.onprogress?.({ loaded: body.size });
    this.status = said.status;
    this.responseText = JSON.stringify(said.reply);
    setTimeout(() => this.onloadend?.(), 200);
  }
}

function answerTo(body: Blob | string | null): { status: number; reply: unknown } {
  const about = typeof body === "string" ? (JSON.parse(body) as { bytes?: number }) : null;
  const bytes = body instanceof Blob ? body.size : (about?.bytes ?? 0);
  if (bytes > rules.max_bytes) return no("file-too-large", 413, "This file is larger than may be sent here.");
  if (body instanceof Blob && !isTaken(body.type))
    return no("file-type-not-allowed", 415, "Files of this kind may not be sent here.");
  return { status: 201, reply: { id: "att_preview", attachment: {} } };
}

function no(name: string, status: number, title: string) {
  const type = `urn:frontdesk:refusal:${name}`;
  return { status, reply: { type, name, title, status, retry: "no", success: false } };
}

function isTaken(type: string): boolean {
  return rules.types.some((rule) =>
    rule.endsWith("/*") ? type.startsWith(rule.slice(0, -1)) : type === rule,
  );
}

/** Another colour is put on; for anything else the widget begins anew. */
function show({ config, uploads, page, open }: PreviewDraft): void {
  rules = uploads;
  const { color, ...look } = config.widget;
  const now = JSON.stringify([{ ...config, widget: look }, page, open]);
  if (now === shown) return here.Frontdesk?.("update", { color });
  shown = now;
  server = new MockServer(config, PACE);
  here.Frontdesk?.("destroy");
  here.Frontdesk?.("boot", { apiToken: "preview", sound: false, ...page, color });
  still();
  if (open) here.Frontdesk?.("open");
}

/** With every letter that is typed the panel opens anew: that must not be seen. */
function still(): void {
  const root = document.querySelector("frontdesk-widget")?.shadowRoot;
  if (!root) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(".panel,.panel *{animation:none!important;transition:none!important}");
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}

standIn();
leaveFocus();
addEventListener("message", ({ source, origin, data }) => {
  if (source === parent && origin === location.origin) show(data as PreviewDraft);
});
parent.postMessage("frontdesk-preview", location.origin);
