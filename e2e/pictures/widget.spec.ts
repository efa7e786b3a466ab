// The README's pictures of the widget alone: files, voice and reactions on a phone, and right to left.

import { Ana, Ben, expect, test } from "../cast";

const PICTURES = "../docs/pictures";

test.use({
  launchOptions: async ({ launchOptions }, use) => {
    const microphone = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
    await use({ ...launchOptions, args: [...(launchOptions.args ?? []), ...microphone] });
  },
});

for (const { name, locale, first, answer, scheme } of [
  {
    name: "widget-phone",
    locale: "en",
    first: "Does it come in green, like this one?",
    answer: "It does, and it leaves **today**.",
    scheme: "light",
  },
  {
    name: "widget-rtl",
    locale: "ar",
    first: "هل يتوفر باللون الأخضر مثل هذا؟",
    answer: "نعم، ونشحنه **اليوم**.",
    scheme: "dark",
  },
] as const) {
  test(`picture: ${name}`, async ({ browser, server, complaints }) => {
    const ben = await Ben.setUp(browser, server, complaints);
    const ana = await Ana.arrive(browser, server.origin, complaints);
    await ana.page.context().grantPermissions(["microphone"]);
    await ana.page.setViewportSize({ width: 390, height: 780 });
    await ana.page.emulateMedia({ colorScheme: scheme });
    await ana.page.evaluate((locale) => {
      const page = window as unknown as { Frontdesk(...call: unknown[]): void; ChatbotConfig: object };
      page.Frontdesk("destroy");
      page.Frontdesk("boot", { ...page.ChatbotConfig, visitorName: "Ana Ruiz", locale });
      page.Frontdesk("open");
    }, locale);
    const field = ana.panel.locator(".composer textarea");
    await ana.panel.locator("input[type=file]").setInputFiles([`${PICTURES}/console-light.png`]);
    await field.fill(first);
    await field.press("Enter");
    await expect(ana.log.locator("img")).toBeVisible();
    await ben.openConversation("Ana Ruiz");
    await ben.write(answer);
    await expect(ana.log.locator("strong")).toBeVisible();
    await ana.panel.locator(".composer .tool").last().click();
    await expect(ana.panel.getByText("0:03")).toBeVisible();
    await ana.panel.locator(".stop").click();
    await ana.panel.locator(".recorder .send").click();
    await expect(ana.log.locator(".player")).toBeVisible();
    await ana.log.locator(".their .more").last().click({ force: true });
    await ana.panel.getByRole("menuitem", { name: "❤️" }).click();
    await expect(ana.log.locator(".reactions")).toBeVisible();
    await ana.page.mouse.move(0, 0);
    await ana.page.screenshot({ path: `${PICTURES}/${name}.png` });
  });
}
