// Fills a stopped server's database with conversations, as many as no test could have in time by asking. Knows the
// tables of an SQLite file and nothing of how they are read.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Server } from "./server";

/** Without the triggers that index each row: nothing is searched for here. */
const PROGRAM = `
import sqlite3, sys
path, sql = sys.argv[1], sys.stdin.read()
db = sqlite3.connect(path, isolation_level=None)
db.execute("PRAGMA synchronous = OFF")
kept = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN ('visitors', 'conversations')").fetchall()
for name, _ in kept: db.execute(f"DROP TRIGGER {name}")
db.executescript("BEGIN;" + sql + "COMMIT;")
for _, text in kept: db.execute(text)
db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
db.close()
`;

/** Open ones, a second apart, each with one message in its row of the list; `Visitor 1` wrote last. */
export function fill(server: Server, count: number): void {
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
  const now = Date.now();
  const widget = "(SELECT id FROM widgets LIMIT 1)";
  const sql = `
    INSERT INTO visitors (id, widget_id, secret_hash, name, created_ms)
      ${numbers} SELECT printf('vis_%032x', i), ${widget}, 'filled ' || i, 'Visitor ' || i, ${now} FROM n;
    INSERT INTO conversations (id, widget_id, visitor_id, client_id, status, created_ms, visitor_messages,
      last_message_ms, last_sender_kind, last_sender_name, last_kind, last_text, last_message_id, priority, tags)
      ${numbers} SELECT printf('cnv_%032x', i), ${widget}, printf('vis_%032x', i), 'filled', 'open', ${now}, 1,
      ${now} - i * 1000, 'visitor', 'Visitor ' || i, 'text', 'Is the blue one back, in size ' || (i % 50) || '?',
      printf('msg_%032x', i), 'normal', '[]' FROM n;`;
  const ran = spawnSync("python3", ["-c", PROGRAM, join(server.data, "frontdesk.sqlite")], { input: sql });
  if (ran.status !== 0) throw new Error(`the database could not be filled: ${ran.stderr}`);
}

/** Of the conversation with `Visitor {number}\`. */
export function filledId(number: number): string {
  return `cnv_${number.toString(16).padStart(32, "0")}`;
}
