// The apps of the conformance server and its configuration file. Knows nothing of clients.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Server } from "../e2e/server";

/** A Pusher app as a back end knows it. */
export interface App {
  id: string;
  key: string;
  secret: string;
}

/** Follows hosted Pusher in every row. */
export const SHOP: App = { id: "1001", key: "shop-key", secret: "shop-secret" };

/** 32 bytes, shared by the back ends and never told to the server. */
export const MASTER_KEY = Buffer.from("01234567890123456789012345678901").toString("base64");

/** Starts a server that serves these apps, configured as a team would: in `frontdesk.toml`. */
export async function serve(apps: App[], environment: Record<string, string> = {}): Promise<Server> {
  const server = new Server(environment);
  const table = (app: App) =>
    ["[[apps]]", ...Object.entries(app).map(([name, value]) => `${name} = ${JSON.stringify(value)}`)].join(
      "\n",
    );
  writeFileSync(join(server.data, "frontdesk.toml"), `${apps.map(table).join("\n\n")}\n`);
  return server.start();
}
