// Decides which address of the server answers each question of the monitor's pages. Knows nothing of what is done with
// the answers.

import type {
  BodyReply,
  ChannelsReply,
  CreatedReply,
  CreateEvent,
  Done,
  InspectionReply,
  NewInspection,
  NodesReply,
  OverviewReply,
  QueuesReply,
} from "@frontdesk/shared/wire.gen";
import { ask, query } from "./agent-api";

export type Step = "second" | "minute";

export interface ChannelQuery {
  readonly app?: string | undefined;
  readonly prefix?: string | undefined;
  readonly sort?: "subscriptions" | "name";
  readonly after?: string | undefined;
}

const at = (path: string) => `/api/v1/monitor/${path}`;
const inspection = (id: string) => at(`inspections/${encodeURIComponent(id)}`);

export const monitorApi = {
  overview: (step: Step, after: number) =>
    ask<OverviewReply>("GET", at("overview") + query({ step, after: after || undefined })),
  channels: (asked: ChannelQuery) =>
    ask<ChannelsReply>("GET", at("channels") + query({ ...asked, limit: 50 })),
  create: (event: CreateEvent) => ask<CreatedReply>("POST", at("events"), event),
  inspect: (asked: NewInspection) => ask<InspectionReply>("POST", at("inspections"), asked),
  inspected: (id: string, after: number) =>
    ask<InspectionReply>("GET", inspection(id) + query({ after: after || undefined })),
  body: (id: string, number: number) => ask<BodyReply>("POST", `${inspection(id)}/bodies`, { number }),
  endInspection: (id: string) => ask<Done>("DELETE", inspection(id)),
  queues: () => ask<QueuesReply>("GET", at("queues")),
  retryQueue: (destination: string) => ask<Done>("POST", at("queues/retry"), { destination }),
  retryDead: (ids: readonly string[]) => ask<Done>("POST", at("dead-letters/retry"), { ids }),
  dropDead: (ids: readonly string[]) => ask<Done>("POST", at("dead-letters/drop"), { ids }),
  retryAlerts: () => ask<Done>("POST", at("queues/retry"), { destination: "alerts" }),
  retryDeadAlerts: (ids: readonly string[]) => ask<Done>("POST", at("dead-alerts/retry"), { ids }),
  dropDeadAlerts: (ids: readonly string[]) => ask<Done>("POST", at("dead-alerts/drop"), { ids }),
  nodes: () => ask<NodesReply>("GET", at("nodes")),
};
