// Every golden transcript, each against a server of its own, byte for byte. UPDATE_TRANSCRIPTS=1 writes
// what came into the files, for a reader of the diff to judge.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { COUNTING, LARAVEL, SHOP, serve } from "../apps";
import { Player, parse } from "../transcript";
import { expect, test } from "../world";

const folder = join(import.meta.dirname, "../transcripts");
const writing = process.env.UPDATE_TRANSCRIPTS === "1";
const files = readdirSync(folder).filter((name) => name.endsWith(".txt"));

for (const name of files) {
  const text = readFileSync(join(folder, name), "utf8");
  const transcript = parse(text);
  test(`${name}: ${transcript.title}`, async () => {
    const apps = [SHOP, LARAVEL, COUNTING];
    const server = await serve(apps, transcript.settings);
    const player = new Player(server, apps, writing);
    try {
      await player.play(transcript.lines);
      if (player.instead.size > 0) writeFileSync(join(folder, name), rewritten(text, player.instead));
    } finally {
      player.stop();
      await server.remove();
    }
  });
}

test("a transcript that differs in one byte fails, and says where", async ({ server }) => {
  const wrong = parse('# Wrong.\nana > GET /app/shop-key?protocol=7\nana < {"event":"pusher:hello"}\n');
  const player = new Player(server, [SHOP]);
  await expect(player.play(wrong.lines)).rejects.toThrow(
    /line 3\n.*pusher:hello.*\n.*connection_established/,
  );
  player.stop();
});

/** The file with the lines that differed as they came. */
function rewritten(text: string, instead: Map<number, string>): string {
  const lines = text.split("\n");
  for (const [at, came] of instead)
    lines[at - 1] = lines[at - 1].replace(/^(\w+ <) .*/, (_, who) => `${who} ${came}`);
  return lines.join("\n");
}
