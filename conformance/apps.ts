// The apps of the conformance server and its configuration file. Knows nothing of clients.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Server } from "../e2e/server";

/** A Pusher app as a back end knows it. */
export type App = {
  id: string;
  key: string;
  secret: string;
};

/** Follows hosted Pusher in every row. */
export const SHOP: App = { id: "1001", key: "shop-key", secret: "shop-secret" };

/** Follows Laravel Reverb in the rows that a live app leans on (contract 1.16). */
export const LARAVEL: App & Extras = {
  id: "2002",
  key: "laravel-key",
  secret: "laravel-secret",
  compat: "reverb",
};

/** Tells subscribers how many they are, and ends connections that show no signature in time. */
export const COUNTING: App & Extras = {
  id: "3003",
  key: "counting-key",
  secret: "counting-secret",
  subscription_count: true,
  authorised_within: 2,
};

/** 32 bytes, shared by the back ends and never told to the server. */
export const MASTER_KEY = Buffer.from("01234567890123456789012345678901").toString("base64");

/** More that the configuration file can say of an app. */
export type Extras = Record<string, string | number | boolean | string[] | Extras[]>;

/** Starts a server that serves these apps, configured as a team would: in `frontdesk.toml`. */
export async function serve(
  apps: (App & Extras)[],
  environment: Record<string, string> = {},
): Promise<Server> {
  const server = new Server(environment);
  writeFileSync(join(server.data, "frontdesk.toml"), tables("apps", apps));
  return server.start();
}

/** TOML's form of a list of tables, each with its own lists of tables behind it. */
function tables(name: string, list: Extras[]): string {
  const isTables = (value: unknown): value is Extras[] =>
    Array.isArray(value) && typeof value[0] === "object";
  const table = (entry: Extras) => {
    const [inner, plain] = [true, false].map((wanted) =>
      Object.entries(entry).filter(([, value]) => isTables(value) === wanted),
    );
    const lines = plain.map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
    const below = inner.map(([below, value]) => tables(`${name}.${below}`, value as Extras[]));
    return [`[[${name}]]`, ...lines, ...below].join("\n");
  };
  return `${list.map(table).join("\n\n")}\n`;
}
