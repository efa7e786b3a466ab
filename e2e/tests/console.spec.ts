// The console at work: what an agent does with a message and with many conversations, by pointer and by key alone;
// what a colleague sees of it; what axe-core finds on its pages, by day and by night.

import { findings } from "../axe";
import { type Ana, Ben, colleague, expect, meet, test } from "../cast";
import { guest } from "../guest";
import type { Server } from "../server";

const PICTURE = "../docs/pictures/widget-light.png";

/** A visitor who writes once, without a browser. */
async function writes(server: Server, name: string, text: string): Promise<string> {
  const visitor = await guest(server, name);
  await visitor.write(text);
  return visitor.id;
}

async function act(ben: Ben, text: string, name: string): Promise<void> {
  const said = ben.log.locator(".said").filter({ hasText: text });
  await said.hover();
  await said.getByRole("button", { name: "Message actions" }).click();
  await ben.page.getByRole("dialog", { name: "Message actions" }).getByRole("button", { name }).click();
}

test("Ben reacts, quotes, changes his mind and sends a picture, and Ana sees it", async ({
  browser,
  server,
  complaints,
}) => {
  const { ana, ben }: { ana: Ana; ben: Ben } = await meet(
    browser,
    server,
    complaints,
    "Where is **my** order?",
  );
  await expect(ben.log.locator("strong", { hasText: "my" })).toBeVisible();
  await act(ben, "Where is", "React with 👍");
  await expect(ben.log.getByRole("button", { name: "👍 from You" })).toBeVisible();
  await expect(ana.log).toContainText("👍");

  await act(ben, "Where is", "Quote");
  await ben.write("It left yesteday.");
  await expect(ana.log).toContainText("It left yesteday.");
  await expect(ben.log.locator("blockquote")).toContainText("Where is");
  await act(ben, "yesteday", "Edit");
  await expect(ben.composer).toHaveValue("It left yesteday.");
  await ben.write("It left yesterday.");
  await expect(ana.log).toContainText("It left yesterday.");
  await ben.log.getByRole("button", { name: "edited" }).click();
  await expect(ben.page.getByRole("dialog")).toContainText("yesteday");
  await ben.page.keyboard.press("Escape");

  await ben.page.locator("input[type=file]").setInputFiles([PICTURE]);
  await expect(
    ben.page.getByRole("list", { name: "Files" }).getByRole("img", { includeHidden: true }),
  ).toHaveCount(1);
  await ben.page.getByRole("button", { name: "Send", exact: true }).click();
  await ben.log.getByRole("button", { name: "Picture: widget-light.png" }).click();
  await expect(ben.page.getByRole("dialog", { name: "widget-light.png" }).getByRole("img")).toBeVisible();
  await ben.page.keyboard.press("Escape");
  await expect(ana.log.getByRole("button", { name: "widget-light.png" })).toBeVisible();

  await act(ben, "It left yesterday.", "Take back");
  await expect(ben.log).toContainText("This message was taken back.");
  await expect(ana.log).not.toContainText("It left yesterday.");
  expect(complaints).toEqual([]);
});

test("Ben calls Carol in a note, and each sees that the other is there", async ({
  browser,
  server,
  complaints,
}) => {
  const { ana, ben } = await meet(browser, server, complaints, "Is anybody from billing here?");
  const { page: carol } = await colleague(browser, ben, complaints, { origin: server.origin });
  await ben.page.reload();
  await ben.page.getByRole("button", { name: "Note" }).click();
  await expect(ben.composer).toBeFocused();
  await ben.composer.pressSequentially("Please look, @ca");
  await expect(ben.page.getByRole("option", { name: "Carol" })).toBeVisible();
  await ben.page.keyboard.press("Enter");
  await ben.page.keyboard.press("Enter");
  await expect(ben.log.locator(".mention")).toHaveText("@Carol");

  await carol.getByRole("button", { name: "More lists" }).click();
  await carol.getByRole("button", { name: "Mentions" }).click();
  await carol.getByRole("link", { name: /Test User/ }).click();
  await expect(ben.page.getByText("Carol is here too")).toBeVisible();
  await expect(carol.getByText("Ben is here too")).toBeVisible();
  await expect(ana.log).not.toContainText("Please look");
  expect(complaints).toEqual([]);
});

test("from the list to a resolved conversation with keys alone", async ({ browser, server, complaints }) => {
  const ben = await Ben.setUp(browser, server, complaints);
  await writes(server, "Ana Ruiz", "Do you ship to Norway?");
  await expect(ben.row("Ana Ruiz")).toBeVisible();
  const { keyboard } = ben.page;
  await keyboard.press("j");
  await expect(ben.log).toContainText("Norway");
  await expect(ben.composer).toBeFocused();
  await keyboard.type("We do.");
  await keyboard.press("Enter");
  await expect(ben.log).toContainText("We do.");
  await ben.log.focus();
  await keyboard.press("a");
  await expect(ben.log).toContainText("You took the conversation");
  await keyboard.press("t");
  await keyboard.type("shipping");
  await keyboard.press("Enter");
  await expect(ben.log).toContainText("You added the tag shipping");
  await ben.log.focus();
  await keyboard.press("Control+k");
  await keyboard.type("resolve");
  await keyboard.press("Enter");
  await expect(ben.log).toContainText("You resolved the conversation");
  await ben.log.focus();
  await keyboard.press("?");
  await expect(ben.page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  await keyboard.press("Escape");
  await keyboard.press("g");
  await keyboard.press("d");
  await expect(ben.row("Ana Ruiz")).toBeVisible();
  expect(complaints).toEqual([]);
});

test("many are resolved at once, and one is found again by what was said", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  for (let n = 1; n <= 30; n += 1) await writes(server, `Visitor ${n}`, `Question number ${n} about parcels`);
  await expect(ben.row("Visitor 30")).toBeVisible();
  // Only those in sight are in the page.
  expect(await ben.page.locator(".row-place").count()).toBeLessThan(30);
  const box = ben.page.locator(".list-rows");
  await box.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await expect(ben.row("Visitor 1")).toBeVisible();
  await box.evaluate((element) => element.scrollTo(0, 0));
  await ben.page
    .getByRole("checkbox", { name: "Select the conversation with Visitor 30" })
    .check({ force: true });
  await ben.page.getByRole("button", { name: "Select all 30 that are shown" }).click();
  await ben.page.getByRole("button", { name: "Resolve" }).click();
  await expect(ben.page.getByText("30 conversations resolved.")).toBeVisible();
  await expect(ben.page.getByRole("heading", { name: "Nothing is open" })).toBeVisible();

  await ben.page.keyboard.press("/");
  await ben.page.getByRole("textbox", { name: "Search messages and people" }).fill("number 17");
  await expect(ben.page.locator(".hit mark").first()).toBeVisible();
  await ben.page.locator(".hit", { hasText: "Visitor 17" }).first().click();
  await expect(ben.log.locator(".said-found")).toContainText("Question number 17");
  expect(complaints).toEqual([]);
});

test("what Ben saw is there before the server has answered, on his own computer, and not after he signs out", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const id = await writes(server, "Ana Ruiz", "Do you ship to Norway?");
  await ben.page.keyboard.press("Control+k");
  await ben.page.keyboard.type("keep conv");
  await ben.page.keyboard.press("Enter");
  await expect(ben.page.getByText("now stay on this computer")).toBeVisible();
  await ben.openConversation("Ana Ruiz");
  await expect(ben.log).toContainText("Norway");
  await ben.page.goto(`${server.origin}/#/`);
  await expect(ben.log).toHaveCount(0);
  // From here on the server answers who he is, and nothing about conversations.
  await ben.page.route("**/api/v1/conversations**", () => {});
  await ben.page.reload();
  await ben.row("Ana Ruiz").click();
  await expect(ben.log).toContainText("Norway");
  await ben.page.unroute("**/api/v1/conversations**");
  await ben.page.getByRole("button", { name: "Sign out" }).click();
  await expect(ben.page.getByRole("button", { name: "Sign in" })).toBeVisible();
  const kept = await ben.page.evaluate(
    () =>
      new Promise((resolve) => {
        const opening = indexedDB.open("frontdesk-console", 1);
        opening.onsuccess = () => {
          const all = opening.result.transaction("kept").objectStore("kept").getAllKeys();
          all.onsuccess = () => resolve(all.result);
        };
      }),
  );
  expect(kept).toEqual([]);
  expect(id).toMatch(/^cnv_/);
});

test("axe finds nothing on the console's pages, by day and by night", async ({
  browser,
  server,
  complaints,
}) => {
  const { ana, ben } = await meet(browser, server, complaints, "Hello, is anybody there?");
  await ben.write("Yes, I am.");
  await act(ben, "Hello", "React with 🎉");
  const look = async (where: string) => expect.soft(await findings(ben.page), where).toEqual([]);
  await look("a conversation");
  await ben.page.getByRole("button", { name: /^Belongs to/ }).click();
  await look("whose is it");
  await ben.page.keyboard.press("Escape");
  await ben.page.getByRole("button", { name: "Note" }).click();
  await look("a note");
  await ben.page.keyboard.press("Control+k");
  await expect(ben.page.getByRole("combobox")).toBeFocused();
  await look("the palette");
  await ben.page.keyboard.press("Escape");
  await ben.page.getByRole("button", { name: "Search" }).click();
  await ben.page.getByRole("textbox", { name: "Search messages and people" }).fill("hello");
  await expect(ben.page.locator(".hit").first()).toBeVisible();
  await look("the search");
  await ben.page.getByRole("button", { name: "Close search" }).click();
  await ben.page.getByRole("checkbox", { name: /^Select the conversation/ }).check({ force: true });
  await look("a selection");
  await ben.page.getByRole("link", { name: "Settings" }).click();
  for (const name of ["Widget", "Team"]) {
    await ben.page.getByRole("link", { name, exact: true }).click();
    await expect(ben.page.getByRole("heading", { level: 1, name })).toBeVisible();
    await look(name);
  }
  await expect(ana.log).toContainText("Yes, I am.");
});
