// Decides how a website that is built with modules gets the widget: one script of the server's, once, however
// often it is asked for, and gone again. Knows nothing of what the widget does.

/** What the widget says, and by which property a component hears it: `message`, `onMessage`. */
const EVENTS = [
  "ready",
  "open",
  "close",
  "message",
  "sent",
  "unread",
  "typing",
  "agent",
  "status",
  "popout",
  "connection",
  "conversation",
  "error",
];

/** The script that came, or comes: its element, its address, the function it brings. */
let current = null;
/** Each call is one; only the last has anything to say about whether there is a widget. */
let turn = 0;

/** Resolves to the widget's function once its script is there; a second call changes nothing. */
export async function load(config) {
  const mine = ++turn;
  const src = address(config);
  if (current && current.src !== src) drop();
  current ??= fetched(src, config.nonce);
  const frontdesk = await current.function;
  if (mine === turn) frontdesk.boot(settings(config));
  return frontdesk;
}

/** Takes the widget out of the page, and with it the script and the function it brought. */
export function unload() {
  const mine = ++turn;
  current?.frontdesk?.destroy();
  // A component that is mounted again in the same moment needs no second script.
  void current?.function.then(
    () => mine === turn && drop(),
    () => {},
  );
}

/** One widget for as long as a component is there: what both components are made of. */
export function keep(first) {
  let props = first;
  let frontdesk = null;
  let gone = false;
  const begin = async () => {
    const asked = props;
    try {
      const loaded = await load(asked);
      if (gone || props.apiToken !== asked.apiToken || props.widgetUrl !== asked.widgetUrl) return;
      frontdesk = loaded;
      listen(loaded, (name, detail) => props[name]?.(detail));
      loaded.update(changed(settings(asked), settings(props)));
      props.onLoad?.(loaded);
    } catch (error) {
      if (!gone) props.onError?.(error);
    }
  };
  void begin();
  return {
    update(next) {
      const before = props;
      props = next;
      if (next.apiToken !== before.apiToken || next.widgetUrl !== before.widgetUrl) {
        frontdesk = null;
        unload();
        void begin();
        return;
      }
      const change = changed(settings(before), settings(next));
      if (Object.keys(change).length > 0) frontdesk?.update(change);
    },
    stop() {
      gone = true;
      unload();
    },
  };
}

function listen(frontdesk, tell) {
  for (const name of EVENTS)
    frontdesk.on(name, (detail) => tell(`on${name[0].toUpperCase()}${name.slice(1)}`, detail));
}

function address({ widgetUrl, widgetId }) {
  return `${widgetUrl.replace(/\/$/, "")}/widget.js${widgetId ? `?w=${encodeURIComponent(widgetId)}` : ""}`;
}

/** What the widget itself is told: no listeners, and nothing that was not said. */
function settings(props) {
  return Object.fromEntries(
    Object.entries(props).filter(
      ([name, value]) =>
        value !== undefined && typeof value !== "function" && !/^(nonce|widgetId)$/.test(name),
    ),
  );
}

/** What is another value now; `undefined` for what is said no more. */
function changed(before, after) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const differs = (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]);
  return Object.fromEntries(names.filter(differs).map((name) => [name, after[name]]));
}

function fetched(src, nonce) {
  // A page with a script tag of its own keeps it.
  if (window.Frontdesk?.boot)
    return { src, function: Promise.resolve(window.Frontdesk), frontdesk: window.Frontdesk };
  const script = document.createElement("script");
  const entry = { src, script, frontdesk: null };
  entry.function = new Promise((resolve, reject) => {
    script.onload = () => {
      entry.frontdesk = window.Frontdesk;
      resolve(entry.frontdesk);
    };
    script.onerror = () => {
      script.remove();
      if (current === entry) current = null;
      reject(new Error(`${src} could not be loaded.`));
    };
  });
  script.async = true;
  if (nonce) script.nonce = nonce;
  script.src = src;
  document.head.append(script);
  return entry;
}

function drop() {
  const { script, frontdesk } = current;
  current = null;
  frontdesk?.destroy();
  if (!script) return;
  script.remove();
  if (window.Frontdesk === frontdesk) delete window.Frontdesk;
}
