// Decides how the panel lives in the page: its style, opening and closing, the small screen.
// Knows nothing of conversations; the engine does, the view draws.

import type { Bell } from "@frontdesk/shared/bell";
import type { ChatMessage } from "@frontdesk/shared/wire.gen";
import { render } from "preact";
import { DEFAULT_COLOR } from "./color";
import { Engine } from "./engine";
import messagesCss from "./messages.css?inline";
import panelCss from "./panel.css?inline";
import type { Panel, Surface, View } from "./surface";
import { MAIL_LINK } from "./surface";
import { TitleCount } from "./title";
import { Chat } from "./view/chat";
import { lazyStyle } from "./view/lazy";
import { chosen, speak } from "./view/texts";

const NARROW = "(max-width: 479px)";
/** What links and faces stand on at worst, in either scheme: a bubble, a tinted circle. */
const LIGHT_GROUND = "#e8eaf2";
const DARK_GROUND = "#2f333e";

/** The code of a link in a mail, which leaves the address: it must not be shared or kept with it. */
function mailedCode(): string | undefined {
  if (!location.hash.startsWith(MAIL_LINK)) return undefined;
  const code = location.hash.slice(MAIL_LINK.length);
  history.replaceState(history.state, "", location.pathname + location.search);
  return code;
}

export function mount(surface: Surface): Panel {
  const { root, config, origin, look, environment, accent, readable, emit } = surface;
  let bell: Bell | undefined;
  const title = new TitleCount();
  const seat = (code?: string) =>
    new Engine({
      config,
      origin,
      look,
      environment,
      code,
      emit(name, detail) {
        if (name === "message") heard(detail as ChatMessage);
        emit(name, detail);
      },
    });
  let engine = seat(mailedCode());
  /** Which visitor of this page it is. */
  let visit = 0;
  const place = document.createElement("div");
  const sheet = new CSSStyleSheet();
  const colors = new CSSStyleSheet();
  const locked = new CSSStyleSheet();
  locked.replaceSync("html{overflow:hidden!important}");
  sheet.replaceSync(panelCss + messagesCss);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet, lazyStyle, colors];
  root.append(place);

  const ending = new AbortController();
  const { signal } = ending;
  const narrow = matchMedia(NARROW);
  const dim = matchMedia("(prefers-color-scheme: dark)");
  let open = false;
  /** What the page last asked to be shown. */
  let view: { isList: boolean } | undefined;
  let painted = "";
  let drawing = false;
  /** Most visitors never open it: until then there is only a number on the button. */
  let opened = false;

  const draw = () => {
    drawing = false;
    if (signal.aborted) return;
    paint();
    const { state } = engine;
    surface.show(open, open ? 0 : state.unread);
    title.show(document.hidden ? state.unread : 0);
    if (bell) bell.muted = engine.muted;
    opened ||= open;
    if (!opened) return;
    render(
      <Chat
        key={visit}
        engine={engine}
        state={state}
        origin={origin}
        open={open}
        full={fills()}
        view={view}
        onClose={close}
        onPopout={config.page ? undefined : popout}
      />,
      place,
    );
  };
  /** Many changes, one drawing; none where it was drawn meanwhile. */
  const changed = () => {
    if (!drawing) queueMicrotask(() => drawing && draw());
    drawing = true;
  };
  const fills = () => narrow.matches || !!config.page;
  const paint = () => {
    root.host.classList.toggle("dark", config.theme === "dark" || (config.theme !== "light" && dim.matches));
    root.host.classList.toggle("page", !!config.page);
    const color = config.color ?? engine.state.look.color ?? DEFAULT_COLOR;
    const { width = 392, height = 660 } = config;
    const chosen = [color, width, height].join();
    if (chosen === painted) return;
    painted = chosen;
    const [ground, ink] = accent(color);
    colors.replaceSync(
      `:host{--w:${width}px;--h:${height}px;--accent:${ground};--ink:${ink};--against:${ink === "#ffffff" ? "#000" : "#fff"};--link:${readable(color, LIGHT_GROUND)}}` +
        `:host(.dark){--link:${readable(color, DARK_GROUND)}}`,
    );
  };
  /** While the panel fills the screen the page behind must not scroll. */
  const lock = () => {
    const others = document.adoptedStyleSheets.filter((one) => one !== locked);
    document.adoptedStyleSheets = open && fills() ? [...others, locked] : others;
    changed();
  };

  const show = (next: boolean) => {
    if (open === next) return;
    open = next;
    const focused = place.contains(root.activeElement);
    if (open) void engine.open();
    lock();
    draw();
    prefill();
    if (!open && focused) surface.button.focus({ preventScroll: true });
    emit(open ? "open" : "close");
  };
  const close = () => {
    if (!config.page) show(false);
  };
  const popout = () => {
    // At once: later the browser takes it for something that nobody asked for.
    const target = window.open("", "_blank", "popup,width=420,height=720");
    void import("./parts/popout").then((part) => part.handOver(surface, () => engine, target, close, signal));
  };
  /** What the page wrote for the visitor, as if they had. */
  const prefill = () => {
    const field = place.querySelector("textarea");
    if (!field || !open || config.prefill === undefined) return;
    field.value = config.prefill;
    config.prefill = undefined;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const lookAt = (what?: View) => {
    view = { isList: what === "list" };
    if (what === "new") engine.begin();
    if (what?.startsWith("cnv_"))
      void engine.open().then(
        () => engine.show(what),
        () => {},
      );
  };
  const heard = (message: ChatMessage) =>
    bell?.message(message.id, open && !document.hidden && document.hasFocus());
  /** A sound is allowed once the page was touched. */
  const touched = () =>
    void import("@frontdesk/shared/bell").then(
      (part) => {
        if (signal.aborted) return;
        bell ??= new part.Bell();
        bell.prepare();
      },
      () => {},
    );

  /** What the page said of its visitor: few pages do. */
  const listen = () => {
    if (surface.said[0])
      void import("./parts/website").then(
        (part) => part.hear(surface.said.splice(0), engine, signal),
        () => {},
      );
  };

  const talk = () => {
    const language = config.locale ?? (document.documentElement.lang || undefined);
    const wanted = language ? [language] : navigator.languages;
    speak(chosen(wanted), wanted[0] ?? "en").then(
      (news) => news && changed(),
      () => {},
    );
  };

  engine.subscribe(changed);
  talk();
  listen();
  if (config.page && opener)
    void import("./parts/popout").then((part) =>
      part.askOpener(opener, config.pages, (who) => engine.identify(who), signal),
    );
  dim.addEventListener("change", changed, ending);
  document.addEventListener("visibilitychange", changed, ending);
  root.addEventListener("pointerdown", touched, ending);
  root.addEventListener("keydown", touched, ending);
  narrow.addEventListener("change", lock, ending);
  draw();

  return {
    connect: () => void engine.open(),
    open(what) {
      if (what) lookAt(what);
      show(true);
      changed();
    },
    close,
    toggle: () => (open ? close() : show(true)),
    send: (text) => engine.send(text),
    identify: (who) => engine.identify(who),
    popout,
    update() {
      talk();
      draw();
      prefill();
      listen();
    },
    status: () => engine.status(),
    reset(kept) {
      engine.forget(kept);
      // What the page said of the one who left says nothing of the next.
      config.visitorName = config.visitorEmail = undefined;
      surface.said = [];
      engine = seat();
      engine.subscribe(changed);
      visit++;
      show(false);
      draw();
    },
    /** The launcher takes the whole host away. */
    destroy() {
      open = false;
      lock();
      ending.abort();
      bell?.stop();
      title.stop();
      engine.stop();
      render(null, place);
    },
  };
}
