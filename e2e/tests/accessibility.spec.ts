// What axe-core finds in the widget: nothing, in each of its states, by day and by night; what can be done
// with keys alone; and what a screen reader is given to say, and when.

import { findings } from "../axe";
import { Ana, Ben, expect, meet, test } from "../cast";

const PICTURE = "../docs/pictures/widget-light.png";

test("the widget has no accessibility finding in any state", async ({ browser, server, complaints }) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const ana = await Ana.arrive(browser, server.origin, complaints);
  const boot = (more: object) =>
    ana.page.evaluate((more) => {
      const page = window as unknown as { Frontdesk(...call: unknown[]): void; ChatbotConfig: object };
      const { apiToken } = page.ChatbotConfig as { apiToken: string };
      page.Frontdesk("destroy");
      page.Frontdesk("boot", { apiToken, ...more });
      page.Frontdesk("open");
    }, more);
  const button = (name: string | RegExp) => ana.panel.getByRole("button", { name, exact: true });
  const field = ana.panel.getByRole("textbox", { name: "Write a message" });
  const menu = (name: string) => ana.panel.getByRole("menuitem", { name });

  expect(await findings(ana.page, "frontdesk-widget"), "closed").toEqual([]);
  await boot({ preChat: ["name", "email"], consent: "I agree" });
  await expect(button("Start the conversation")).toBeVisible();
  expect(await findings(ana.page, "frontdesk-widget"), "asked first").toEqual([]);
  await ben.leave();
  await boot({ color: "#f5c400" });
  await expect(ana.panel.getByLabel("Your e-mail address")).toBeVisible();
  expect(await findings(ana.page, "frontdesk-widget"), "nobody there, on a light colour").toEqual([]);

  await boot({});
  await field.fill("Is **this** `it`? https://shop.example");
  await field.press("Enter");
  await ben.comeBack(server);
  await ben.row("Visitor").click();
  await ben.write("It is.");
  await expect(ana.log).toContainText("It is.");
  await button("More for this message").last().click();
  await expect(menu("Reply")).toBeVisible();
  expect(await findings(ana.page, "frontdesk-widget"), "a message's menu").toEqual([]);
  await menu("Emoji").click();
  await expect(ana.panel.getByRole("tab", { name: "Food" })).toBeVisible();
  expect(await findings(ana.page, "frontdesk-widget"), "all emoji").toEqual([]);
  await ana.page.keyboard.press("Escape");
  await button("More for this message").last().click();
  await menu("React: 👍").click();
  await button("More for this message").last().click();
  await menu("Reply").click();
  await ana.panel.locator("input[type=file]").setInputFiles([PICTURE]);
  await expect(button("Remove widget-light.png")).toBeVisible();
  expect(await findings(ana.page, "frontdesk-widget"), "a reply with a picture, not sent yet").toEqual([]);
  await field.press("Enter");
  await button("widget-light.png").click();
  await expect(ana.page.getByRole("dialog", { name: "widget-light.png" })).toBeVisible();
  expect(await findings(ana.page, "frontdesk-widget"), "a picture, large").toEqual([]);
  await ana.page.keyboard.press("Escape");
  expect(await findings(ana.page, "frontdesk-widget"), "a conversation").toEqual([]);

  await button("More").click();
  await menu("End the conversation").click();
  await ana.panel.getByRole("radio", { name: "4 of 5" }).check();
  expect(await findings(ana.page, "frontdesk-widget"), "rating").toEqual([]);
  await button("All conversations").click();
  await expect(button("New conversation")).toBeVisible();
  expect(await findings(ana.page, "frontdesk-widget"), "the list").toEqual([]);
  expect(complaints).toEqual([]);
});

test("Ana sends a message, a file and a reaction without a mouse", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const ana = await Ana.arrive(browser, server.origin, complaints);
  // From the beginning: the browser hears late that somebody waits, and would open its own.
  const chooser = ana.page.waitForEvent("filechooser");
  const { keyboard } = ana.page;
  const keys = async (...all: string[]) => {
    for (const key of all) await keyboard.press(key);
  };
  /** On with the tab key until something of that name has the focus, as a visitor finds it. */
  const tabTo = async (name: string, key = "Tab") => {
    const target = ana.page.getByRole("button", { name, exact: true }).last();
    await expect(async () => {
      await keyboard.press(key);
      await expect(target).toBeFocused({ timeout: 100 });
    }).toPass({ intervals: [0] });
  };

  await tabTo("Open chat");
  await keys("Enter");
  await expect(ana.composer).toBeFocused();
  await keyboard.type("Do you ship to Norway?");
  await keys("Enter");
  await expect(ana.log.getByText("Sent")).toBeVisible();

  await tabTo("Attach files", "Shift+Tab");
  await keys("Enter");
  await (await chooser).setFiles(PICTURE);
  await expect(ana.composer).toBeFocused();
  await expect(ana.panel.getByRole("button", { name: "Remove widget-light.png" })).toBeVisible();
  await keys("Enter");
  await expect(ana.log.getByRole("button", { name: "widget-light.png" })).toBeVisible();
  await expect(ana.composer).toBeFocused();

  await ben.openConversation("Test User");
  await ben.write("We do.");
  await expect(ana.log).toContainText("We do.");
  await tabTo("More for this message", "Shift+Tab");
  await keys("Enter");
  await expect(ana.panel.getByRole("menuitem", { name: "React: 👍" })).toBeFocused();
  await keys("ArrowRight", "Enter");
  await expect(ana.log.getByRole("button", { name: "❤️, 1" })).toHaveAttribute("aria-pressed", "true");
  await keys("Escape");
  await expect(ana.panel).toBeHidden();
  await expect(ana.launcher).toBeFocused();
  expect(complaints).toEqual([]);
});

/** Notes from now on what a screen reader is given to say, in order. Answers what it was so far. */
async function listen(ana: Ana): Promise<() => Promise<string[]>> {
  await ana.page.evaluate(() => {
    const root = document.querySelector("frontdesk-widget")?.shadowRoot as ShadowRoot;
    const heard: string[] = [];
    Object.assign(window, { heard });
    const nearest = (node: Node) => (node instanceof Element ? node : node.parentElement);
    /** The live region around a node, unless it is silent. */
    const region = (node: Node) => {
      const found = nearest(node)?.closest("[aria-live], [role=log], [role=status], [role=alert]");
      const isSilent =
        found?.getAttribute("aria-live") === "off" || found?.closest("[aria-busy=true], [inert]");
      return isSilent ? null : (found ?? null);
    };
    const spoken = (node: Node): string => {
      if (node instanceof Element && node.matches("[aria-hidden=true], svg, [aria-live=off]")) return "";
      const label = node instanceof Element ? node.getAttribute("aria-label") : null;
      const inside = () => [...node.childNodes].map(spoken).join(" ");
      return label ?? (node.nodeType === Node.TEXT_NODE ? (node.textContent ?? "") : inside());
    };
    new MutationObserver((records) => {
      const said = new Map<Node, string>();
      for (const { type, target, addedNodes } of records) {
        for (const node of type === "characterData" ? [target] : addedNodes) {
          const around = region(node);
          if (!around || !root.contains(node)) continue;
          // A status and an alert are said whole, a log by what came.
          const what = around.getAttribute("role") === "log" ? node : around;
          const words = spoken(what).replace(/\s+/g, " ").trim();
          const isInside = [...said.keys()].some((one) => one !== what && one.contains(what));
          if (words && !isInside) said.set(what, words);
        }
      }
      heard.push(...said.values());
    }).observe(root, { subtree: true, childList: true, characterData: true });
  });
  return () => ana.page.evaluate("window.heard.splice(0)") as Promise<string[]>;
}

test("a screen reader is told of answers, of what was not sent, of the connection, and of nothing else", async ({
  browser,
  server,
  complaints,
}) => {
  const { ana, ben } = await meet(browser, server, complaints, "Hello");
  await expect(ana.connection).toHaveText("Connected");
  await expect(ana.log.getByText("Read")).toBeVisible();
  const heard = await listen(ana);

  await ana.write("Is it still there?");
  await expect(ben.log).toContainText("Is it still there?");
  await expect(ana.log.getByText("Read")).toBeVisible();
  expect(await heard(), "not what Ana wrote herself, nor how far it is").toEqual([]);

  await ben.write("It is.");
  await expect(ana.log).toContainText("It is.");
  const answer = (await heard()).filter((words) => !/is typing|Ben joined/.test(words));
  expect(answer).toEqual([expect.stringMatching(/^Ben, \d+:\d\d.[AP]M: It is\./)]);

  await ana.page.route("**/messages", (route) =>
    route.fulfill({ status: 422, json: { name: "x", title: "Too much of it.", status: 422, retry: "no" } }),
  );
  await ana.write("Not this");
  await expect(ana.log.getByText("Not sent.")).toBeVisible();
  expect(await heard()).toEqual([expect.stringMatching(/^Not sent\. Too much of it\. Try again Discard$/)]);
  await ana.page.unroute("**/messages");
  await ana.log.getByRole("button", { name: "Discard" }).click();
  expect(await heard()).toEqual([]);

  await server.kill();
  await expect(ana.connection).toHaveText("Reconnecting…");
  await server.start();
  await expect(ana.connection).toHaveText("Connected", { timeout: 60_000 });
  const news = await heard();
  expect([news[0], news.at(-1)]).toEqual(["Reconnecting…", "Connected"]);
  expect(complaints).toEqual([]);
});
