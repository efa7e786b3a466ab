// @vitest-environment happy-dom
// Proves that a page of modules gets one widget and loses all of it again, by hand and from the components of React
// and Vue. Only the fetching of the script is the test's.

import { act, createElement as react, StrictMode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createApp, nextTick, ref, h as vue } from "vue";
import type { WidgetConfig } from "../../widget/src/surface";
import { type Config, type Frontdesk, load, unload } from "../index.js";
import { FrontdeskWidget as ReactWidget } from "../react.js";
import { FrontdeskWidget as VueWidget } from "../vue.js";

const page = window as unknown as { Frontdesk?: Frontdesk; IS_REACT_ACT_ENVIRONMENT?: boolean };
page.IS_REACT_ACT_ENVIRONMENT = true;
const config = { apiToken: `cbw_${"a".repeat(60)}`, widgetUrl: "https://chat.example" };
/** What the package takes, the widget understands: the compiler proves it. */
const understood = (given: Omit<Config, "nonce" | "widgetId">): WidgetConfig => given;

const hosts = () => [...document.querySelectorAll("frontdesk-widget")];
const scripts = () => [...document.querySelectorAll<HTMLScriptElement>("script[src]")];
const button = () => hosts()[0]?.shadowRoot?.querySelector("button");

/** The script arrives: the real one, as often as one was asked for. */
async function arrives(): Promise<void> {
  for (const script of scripts().filter((one) => !one.dataset.came)) {
    script.dataset.came = "yes";
    vi.resetModules();
    await import("../../widget/src/launcher");
    script.onload?.(new Event("load"));
  }
  await settled();
}

const settled = () => new Promise<void>((then) => setImmediate(then));

function nothing(): void {
  expect(hosts()).toEqual([]);
  expect(scripts()).toEqual([]);
  expect(page.Frontdesk).toBeUndefined();
}

beforeEach(() => {
  // The browser of these tests fetches no scripts; that it says so is not the page's error.
  const append = document.head.append.bind(document.head);
  vi.spyOn(document.head, "append").mockImplementation((...nodes) => {
    for (const node of nodes) if (node instanceof HTMLScriptElement) node.type = "text/not-run";
    append(...nodes);
  });
});
afterEach(async () => {
  unload();
  await settled();
  vi.restoreAllMocks();
});

test("one script, however often the widget is asked for, and unload leaves nothing", async () => {
  const [first, second] = [load(config), load(understood(config) as Config)];
  expect(scripts().map((one) => one.src)).toEqual(["https://chat.example/widget.js"]);
  await arrives();
  expect(await first).toBe(await second);
  expect(hosts()).toHaveLength(1);
  unload();
  expect(hosts(), "at once").toEqual([]);
  await settled();
  nothing();
  const again = load(config);
  await arrives();
  expect(typeof (await again).open).toBe("function");
  expect(hosts()).toHaveLength(1);
});

test("whoever leaves before the script came finds nothing when it comes", async () => {
  void load({ ...config, widgetId: "wgt_1", nonce: "abc" });
  expect(scripts()[0]?.src).toBe("https://chat.example/widget.js?w=wgt_1");
  expect(scripts()[0]?.nonce).toBe("abc");
  unload();
  await arrives();
  nothing();
});

test("a script that does not come is an error, and is asked for anew", async () => {
  const failing = load(config);
  scripts()[0]?.onerror?.(new Event("error"));
  await expect(failing).rejects.toThrow("https://chat.example/widget.js could not be loaded.");
  void load(config);
  expect(scripts()).toHaveLength(1);
  await arrives();
  expect(hosts()).toHaveLength(1);
});

test("a page with a script tag of its own keeps its function", async () => {
  vi.resetModules();
  await import("../../widget/src/launcher");
  const own = page.Frontdesk;
  expect(await load(config)).toBe(own);
  expect(scripts()).toEqual([]);
  unload();
  await settled();
  expect(hosts()).toEqual([]);
  expect(page.Frontdesk).toBe(own);
  delete page.Frontdesk;
});

/** Each framework draws the component with these properties, or takes it away. */
type Stage = { draw(props: Record<string, unknown> | null): Promise<void>; end(): void };

function reactStage(): Stage {
  const root: Root = createRoot(document.body.appendChild(document.createElement("main")));
  return {
    async draw(props) {
      const widget = props && react(ReactWidget, { ...config, ...props });
      await act(async () => root.render(react(StrictMode, null, widget)));
      await settled();
    },
    end: () => act(() => root.unmount()),
  };
}

function vueStage(): Stage {
  const given = ref<Record<string, unknown> | null>(null);
  const place = document.body.appendChild(document.createElement("main"));
  const app = createApp({ render: () => given.value && vue(VueWidget, { ...config, ...given.value }) });
  app.mount(place);
  return {
    async draw(props) {
      given.value = props;
      await nextTick();
      await settled();
    },
    end: () => app.unmount(),
  };
}

for (const [name, stage] of [
  ["React, in strict mode", reactStage],
  ["Vue", vueStage],
] as const) {
  test(`${name}: mounted there is one widget, unmounted there is nothing, as often as one likes`, async () => {
    const { draw, end } = stage();
    for (const _round of [1, 2, 3]) {
      const onLoad = vi.fn();
      await draw({ onLoad });
      await arrives();
      expect(hosts()).toHaveLength(1);
      expect(onLoad).toHaveBeenCalledExactlyOnceWith(page.Frontdesk);
      await draw(null);
      nothing();
    }
    end();
  });

  test(`${name}: what changes is passed on, another token is another widget`, async () => {
    const { draw, end } = stage();
    await draw({ label: "Ask" });
    // Before the script came.
    await draw({ label: "Ask us" });
    await arrives();
    expect(button()?.textContent).toBe("Ask us");
    const [host] = hosts();
    const heard = vi.fn();
    await draw({ label: "Ask us", onOpen: vi.fn() });
    await draw({ position: "left", onOpen: heard });
    expect(hosts()).toEqual([host]);
    expect(host?.className).toBe("left");
    expect(button()?.textContent).toBe("");
    dispatchEvent(new CustomEvent("frontdesk:open"));
    expect(heard).toHaveBeenCalledOnce();
    await draw({ apiToken: `cbw_${"b".repeat(60)}` });
    await arrives();
    expect(hosts()).toHaveLength(1);
    expect(hosts()[0]).not.toBe(host);
    end();
    await settled();
    nothing();
  });
}
