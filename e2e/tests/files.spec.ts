// Files and voice: chosen, dropped and pasted, through cuts and reloads, looked at and heard.

import { Ana, Ben, expect, test } from "../cast";

/** One red pixel. */
const PICTURE = {
  name: "red.png",
  mimeType: "image/png",
  buffer: Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC",
    "base64",
  ),
};

test.use({
  launchOptions: async ({ launchOptions }, use) => {
    const microphone = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
    const sound = "--autoplay-policy=no-user-gesture-required";
    await use({ ...launchOptions, args: [...(launchOptions.args ?? []), ...microphone, sound] });
  },
});

test("a picture and a file go with their text, and the picture opens large", async ({
  browser,
  server,
  complaints,
}) => {
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.open();
  const note = { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("some notes") };
  await ana.panel.locator("input[type=file]").setInputFiles([PICTURE, note]);
  await expect(ana.panel.getByRole("button", { name: "Remove red.png" })).toBeVisible();
  await ana.write("Both of them");
  await expect(ana.log.getByText("Sent")).toBeVisible();
  await expect(ana.log.getByRole("link", { name: /notes.txt/ })).toBeVisible();
  await ana.log.getByRole("button", { name: "red.png" }).click();
  const gallery = ana.page.getByRole("dialog", { name: "red.png" });
  await expect(gallery.getByRole("img", { name: "red.png" })).toBeVisible();
  await expect
    .poll(() => gallery.locator("img").evaluate((img) => (img as HTMLImageElement).naturalWidth))
    .toBe(1);
  await ana.page.keyboard.press("Escape");
  await expect(gallery).toBeHidden();
  await expect(ana.panel, "Escape closed the picture alone").toBeVisible();
  expect(complaints).toEqual([]);
});

test("what is pasted and what is dropped lies above the field first", async ({
  browser,
  server,
  complaints,
}) => {
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.open();
  await ana.composer.evaluate((field) => {
    const pasted = new DataTransfer();
    pasted.items.add(new File(["a"], "pasted.txt"));
    field.dispatchEvent(
      new ClipboardEvent("paste", { clipboardData: pasted, bubbles: true, composed: true, cancelable: true }),
    );
    const dropped = new DataTransfer();
    dropped.items.add(new File(["b"], "dropped.txt"));
    field.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
  });
  await expect(ana.panel.getByRole("button", { name: /^Remove/ })).toHaveCount(2);
  await ana.panel.getByRole("button", { name: "Remove pasted.txt" }).click();
  await ana.panel.getByRole("button", { name: "Send message" }).click();
  await expect(ana.log.getByRole("link", { name: /dropped.txt/ })).toBeVisible();
  await expect(ana.log).not.toContainText("pasted.txt");
  expect(complaints).toEqual([]);
});

test("a file that could not be sent survives a reload and goes then", async ({
  browser,
  server,
  complaints,
}) => {
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.open();
  await ana.write("Before");
  await expect(ana.log.getByText("Sent")).toBeVisible();
  await ana.page.route("**/api/chatbot/attachments*", (route) => route.abort());
  await ana.panel.locator("input[type=file]").setInputFiles([PICTURE]);
  await expect(ana.panel.getByRole("button", { name: "Remove red.png" })).toBeVisible();
  const tried = ana.page.waitForRequest("**/api/chatbot/attachments*");
  await ana.write("My picture");
  await tried;
  await ana.page.unroute("**/api/chatbot/attachments*");
  await ana.page.reload();
  await ana.launcher.click();
  await expect(ana.log.getByRole("button", { name: "red.png" })).toBeVisible();
  await expect.poll(() => ana.texts()).toEqual(["Before", "My picture"]);
  expect(complaints).toEqual([]);
});

test("a large file goes in parts, and on from where it was cut", async ({ browser, server, complaints }) => {
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.open();
  const offsets: number[] = [];
  let cuts = 1;
  await ana.page.route("**/api/chatbot/uploads/*?offset=*", (route) => {
    const offset = Number(new URL(route.request().url()).searchParams.get("offset"));
    offsets.push(offset);
    return offset === 1_048_576 && cuts-- > 0 ? route.abort() : route.continue();
  });
  const large = { name: "film.bin", mimeType: "application/pdf", buffer: pdf(6_000_000) };
  await ana.panel.locator("input[type=file]").setInputFiles([large]);
  await expect(ana.panel.getByRole("button", { name: "Remove film.bin" })).toBeVisible();
  await ana.write("A large one");
  await expect(ana.log.getByRole("link", { name: /film.bin/ })).toBeVisible({ timeout: 60_000 });
  expect(offsets.slice(0, 4)).toEqual([0, 524_288, 1_048_576, 1_048_576]);
  expect(new Set(offsets).size).toBe(12);
  expect(complaints).toEqual([]);
});

test("an upload is cancelled, and the field is free", async ({ browser, server, complaints }) => {
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.open();
  await ana.page.route("**/api/chatbot/attachments*", () => {});
  await ana.panel.locator("input[type=file]").setInputFiles([PICTURE]);
  await expect(ana.panel.getByRole("button", { name: "Remove red.png" })).toBeVisible();
  await ana.composer.press("Enter");
  await ana.log.getByRole("button", { name: "Cancel" }).click();
  await ana.write("Never mind");
  await expect(ana.log.getByText("Sent")).toBeVisible();
  expect(await ana.texts()).toEqual(["Never mind"]);
  expect(complaints).toEqual([]);
});

test("Ana records, listens before she sends, and Ben gets a voice message with its waveform", async ({
  browser,
  server,
  complaints,
}) => {
  const ben = await Ben.setUp(browser, server, complaints);
  const ana = await Ana.arrive(browser, server.origin, complaints);
  await ana.page.context().grantPermissions(["microphone"]);
  await ana.open();
  await ana.panel.getByRole("button", { name: "Record a voice message" }).click();
  await expect(ana.panel.getByText("0:02")).toBeVisible();
  await ana.panel.getByRole("button", { name: "Stop recording" }).click();
  await ana.panel.getByRole("button", { name: "Play" }).click();
  await expect(ana.panel.getByRole("button", { name: "Pause" })).toBeVisible();
  await ana.panel.getByRole("button", { name: "Send message" }).click();
  await expect(ana.log.getByText("Sent")).toBeVisible();
  const [message] = (await ana.status()).messages as unknown as { is_voice: boolean; attachments: File[] }[];
  type File = { is_voice: boolean; duration_ms: number; waveform: number[] };
  expect(message?.is_voice).toBe(true);
  expect(message?.attachments[0]?.duration_ms).toBeGreaterThan(1_500);
  expect(Math.max(...(message?.attachments[0]?.waveform ?? []))).toBeGreaterThan(0);
  await ana.log.getByRole("button", { name: "Play" }).click();
  await expect(ana.log.getByRole("button", { name: "Pause" })).toBeVisible();
  await expect(ben.row("Test User")).toBeVisible();
  expect(complaints).toEqual([]);
});

/** So many bytes of something that is allowed and not looked into. */
function pdf(bytes: number): Buffer {
  const head = Buffer.from("%PDF-1.4\n%âãÏÓ\n");
  return Buffer.concat([head, Buffer.alloc(bytes - head.length, "0 ")]);
}
