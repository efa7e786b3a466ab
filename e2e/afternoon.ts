// A seeded afternoon: two agents and three visitors in a browser each do what people do, all at once, and whoever
// wants to disturb them does so between. Knows what each has written, and nothing of where it must be shown.

import { type Browser, expect, type Page } from "@playwright/test";
import { Ana, Ben, colleague } from "./cast";
import type { OfficeProxy } from "./proxy";
import type { Server } from "./server";

/** A word that stands once in the world: `Ana-3`, `Ben-note-4`, `Eve-file-7.txt`, `Ana-3b` once it was changed. */
export const TOKEN = /\b[A-Z][a-z]+-(?:note-|file-)?\d+b?\b/g;

/** Numbers without a pattern, the same in each run. */
export class Dice {
  constructor(private state: number) {}

  roll(sides: number): number {
    this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * sides);
  }

  one<T>(of: readonly T[]): T {
    return of[this.roll(of.length)] as T;
  }
}

/** What one of them wrote in one conversation, in order, as it is to be read in the end. */
export type Written = { conversation: string; token: string; isNote: boolean; gone: boolean };

/** Somebody who acts. */
abstract class Actor {
  readonly written: Written[] = [];
  private count = 0;

  constructor(
    readonly name: string,
    readonly page: Page,
    protected readonly dice: Dice,
  ) {}

  /** `calm`: the server answers; else only what waits for it is done. */
  abstract act(calm: boolean): Promise<void>;

  protected token(kind = ""): string {
    this.count += 1;
    return `${this.name}-${kind}${this.count}`;
  }

  protected wrote(conversation: string, token: string, isNote = false): void {
    this.written.push({ conversation, token, isNote, gone: false });
  }

  /** One of the last few of their own words in this conversation that still stand. */
  protected own(conversation: string): Written | undefined {
    const all = this.written.filter(
      (one) => one.conversation === conversation && !one.gone && !one.token.includes("file"),
    );
    return all.at(-1);
  }

  protected static file(token: string) {
    return { name: `${token}.txt`, mimeType: "text/plain", buffer: Buffer.from(`This is ${token}.`) };
  }
}

export class VisitorActor extends Actor {
  conversation = "";

  constructor(
    name: string,
    readonly ana: Ana,
    dice: Dice,
  ) {
    super(name, ana.page, dice);
  }

  /** The first word, with which there is a conversation. */
  async begin(): Promise<void> {
    const token = this.token();
    await this.ana.open();
    await this.ana.write(`Hello, this is ${token}`);
    await expect(this.ana.log.getByText("Sent")).toBeVisible();
    await expect
      .poll(async () => (await this.ana.status()) as { conversationId?: string | null })
      .toMatchObject({
        conversationId: expect.stringMatching(/^cnv_/),
      });
    this.conversation = ((await this.ana.status()) as unknown as { conversationId: string }).conversationId;
    this.wrote(this.conversation, token);
  }

  async act(calm: boolean): Promise<void> {
    const what = calm ? this.dice.roll(10) : 0;
    if (what < 5) await this.write();
    else if (what < 6) await this.send();
    else if (what < 7) await this.react();
    else if (what < 9) await this.change();
    else await this.takeBack();
  }

  private async write(): Promise<void> {
    const token = this.token();
    await this.ana.write(`${token} from the shop`);
    this.wrote(this.conversation, token);
  }

  private async send(): Promise<void> {
    const token = this.token("file-");
    await this.ana.panel.locator("input[type=file]").setInputFiles([Actor.file(token)]);
    await expect(this.ana.panel.locator(".tray")).toContainText(token);
    await this.ana.composer.press("Enter");
    await expect(this.ana.log).toContainText(token);
    this.wrote(this.conversation, token);
  }

  private row(token: string) {
    const words = new RegExp(`\\b${token}\\b`);
    return this.ana.log.locator(".row").filter({ has: this.page.locator(".text", { hasText: words }) });
  }

  private async menu(row: ReturnType<VisitorActor["row"]>, item: string): Promise<void> {
    await row.getByRole("button", { name: "More for this message" }).click();
    await this.ana.panel.getByRole("menuitem", { name: item }).click();
  }

  private async react(): Promise<void> {
    const others = this.ana.log.locator(".row.their").filter({ has: this.page.locator(".more") });
    if ((await others.count()) === 0) return;
    await this.menu(others.last(), "React: 👍");
  }

  private async change(): Promise<void> {
    const one = this.own(this.conversation);
    if (!one || one.token.endsWith("b")) return this.write();
    await this.menu(this.row(one.token), "Edit");
    await expect(this.ana.composer).toHaveValue(new RegExp(one.token));
    await this.ana.write(`${one.token}b, better said`);
    one.token += "b";
    await expect(this.row(one.token)).toHaveCount(1);
  }

  private async takeBack(): Promise<void> {
    const one = this.own(this.conversation);
    if (!one) return this.write();
    await this.menu(this.row(one.token), "Take back");
    await expect(this.row(one.token)).toHaveCount(0);
    one.gone = true;
  }
}

export class AgentActor extends Actor {
  constructor(
    name: string,
    readonly ben: Ben,
    dice: Dice,
    private readonly conversations: () => readonly string[],
  ) {
    super(name, ben.page, dice);
  }

  async act(calm: boolean): Promise<void> {
    const what = calm ? this.dice.roll(16) : this.dice.roll(2) * 4;
    if (calm && (this.dice.roll(3) === 0 || this.open === ""))
      await this.look(this.dice.one(this.conversations()));
    if (what < 4) await this.write("Reply");
    else if (what < 7) await this.write("Note");
    else if (what < 8) await this.send();
    else if (what < 9) await this.react();
    else if (what < 11) await this.change();
    else if (what < 12) await this.takeBack();
    else await this.set(what);
  }

  /** As a link would lead there, without a reload. */
  async look(id: string): Promise<void> {
    await this.page.evaluate((id) => {
      location.hash = `#/c/${id}`;
    }, id);
    await expect(this.ben.log).toBeVisible();
    await expect(this.ben.composer).toBeVisible();
  }

  private get open(): string {
    return /cnv_\w+/.exec(this.page.url())?.[0] ?? "";
  }

  private async write(kind: "Reply" | "Note"): Promise<void> {
    const isNote = kind === "Note";
    const token = this.token(isNote ? "note-" : "");
    await this.page.getByRole("button", { name: kind, exact: true }).click();
    await this.ben.write(`${token} from the desk`);
    this.wrote(this.open, token, isNote);
  }

  private async send(): Promise<void> {
    const token = this.token("file-");
    await this.page.getByRole("button", { name: "Reply", exact: true }).click();
    // Not by the field for files: who drives the browser keeps hold of that for good, and of all that was drawn beside it.
    await this.ben.composer.evaluate((field, token) => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([`This is ${token}.`], `${token}.txt`, { type: "text/plain" }));
      field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, token);
    await expect(this.page.getByRole("list", { name: "Files" })).toContainText(token);
    await this.ben.composer.press("Enter");
    await expect(this.ben.log).toContainText(token);
    this.wrote(this.open, token);
  }

  private said(token: string) {
    return this.ben.log.locator(".said").filter({ hasText: new RegExp(`\\b${token}\\b`) });
  }

  private async menu(said: ReturnType<AgentActor["said"]>, name: string): Promise<void> {
    await said.hover();
    await said.getByRole("button", { name: "Message actions" }).click();
    await this.page.getByRole("dialog", { name: "Message actions" }).getByRole("button", { name }).click();
  }

  private async react(): Promise<void> {
    const theirs = this.ben.log.locator(".group-in .said").filter({ has: this.page.locator(".words") });
    const sane = theirs.filter({ hasNotText: "taken back" });
    if ((await sane.count()) === 0) return;
    await this.menu(sane.last(), "React with 👍");
  }

  private async change(): Promise<void> {
    const one = this.own(this.open);
    if (!one || one.token.endsWith("b")) return this.write("Reply");
    await this.menu(this.said(one.token), "Edit");
    await expect(this.ben.composer).toHaveValue(new RegExp(one.token));
    await this.ben.write(`${one.token}b, better said`);
    one.token += "b";
    await expect(this.said(one.token)).toHaveCount(1);
  }

  private async takeBack(): Promise<void> {
    const one = this.own(this.open);
    if (!one) return this.write("Reply");
    await this.menu(this.said(one.token), "Take back");
    await expect(this.said(one.token)).toHaveCount(0);
    one.gone = true;
  }

  /** By keys, as whoever does it all afternoon. */
  private async set(what: number): Promise<void> {
    await this.ben.log.focus();
    const key = ["a", "e", "s", "p"][what % 4] ?? "a";
    await this.page.keyboard.press(key);
    const menu = this.page.locator(".menu");
    if (key === "s") await menu.getByRole("button", { name: "One hour" }).click();
    if (key === "p") await menu.getByRole("button", { name: this.dice.one(["Urgent", "Low"]) }).click();
    if (key === "s" || key === "p") await expect(menu).toBeHidden();
  }
}

export interface World {
  readonly agents: readonly [AgentActor, AgentActor];
  readonly visitors: readonly VisitorActor[];
}

/** Everybody is there, behind the proxy, and has said the first word. */
export async function arriveAll(
  browser: Browser,
  {
    server,
    proxy,
    seed,
    complaints,
  }: { server: Server; proxy: OfficeProxy; seed: number; complaints: string[] },
): Promise<World> {
  const ben = await Ben.setUp(browser, server, complaints, proxy.origin);
  const carol = await colleague(browser, ben, complaints, { origin: proxy.origin });
  const apiToken = await server.widgetToken();
  const visitors: VisitorActor[] = [];
  const conversations = () => visitors.map(({ conversation }) => conversation);
  for (const name of ["Ana", "Eve", "Zoe"]) {
    const config = JSON.stringify({ apiToken, visitorName: name });
    proxy.pages.set(
      `/${name}.html`,
      `<!doctype html><html lang="en"><title>Shop</title><script>window.ChatbotConfig = ${config}</script><script src="/widget.js"></script>`,
    );
    const page = await (await browser.newContext()).newPage();
    const ana = await Ana.visit(page, `${proxy.origin}/${name}.html`, complaints);
    const visitor = new VisitorActor(name, ana, new Dice(seed + visitors.length + 3));
    await visitor.begin();
    visitors.push(visitor);
  }
  const agents = [
    new AgentActor("Ben", ben, new Dice(seed + 1), conversations),
    new AgentActor("Carol", carol, new Dice(seed + 2), conversations),
  ] as const;
  return { agents, visitors };
}

/** All act at once, each so often, one thing after the other. */
export async function work(actors: readonly Actor[], acts: number, calm = true): Promise<void> {
  await Promise.all(
    actors.map(async (actor) => {
      for (let n = 0; n < acts; n += 1) await actor.act(calm);
    }),
  );
}
