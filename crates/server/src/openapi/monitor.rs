//! What the pages of the monitor ask, and what they are answered. Knows nothing of who may ask.

use super::operations::{AT_MOST, OF_ENTRY, Operation, Query, on};
use wire::Refusal;
use wire::api::Done;
use wire::monitor::{
    BodyReply, ChannelsReply, CreateEvent, CreatedReply, DeadLetters, InspectionReply, NewInspection,
    NodesReply, OverviewReply, QueuesReply, RetryQueue, ShowBody,
};

const SINCE: &[Query] = &[
    Query { name: "step", schema: "string", what: "`second`: ten minutes of them; `minute`: two days." },
    Query { name: "after", schema: "integer", what: "Unix time in seconds: only what came later." },
];
const CHANNELS: &[Query] = &[
    Query { name: "app", schema: "string", what: "An app's id." },
    Query { name: "prefix", schema: "string", what: "How names begin." },
    Query { name: "sort", schema: "string", what: "`subscriptions`, most first, or `name`." },
    Query { name: "after", schema: "string", what: "`next` of the page before." },
    AT_MOST,
];
const EVENTS: &[Query] = &[Query { name: "after", schema: "integer", what: "Events after this number." }];
const OF_CHANNEL: &[Refusal] = &[Refusal::UnknownAppId, Refusal::InvalidChannel];
const OF_EVENT: &[Refusal] = &[Refusal::UnknownAppId, Refusal::InvalidChannel, Refusal::EventTooLarge];

pub(super) fn all() -> Vec<Operation> {
    let inspection = "/api/v1/monitor/inspections/{id}";
    vec![
        on("GET", "/api/v1/monitor/overview", "Read how the server did lately.")
            .query(SINCE)
            .replies::<OverviewReply>(200),
        on("GET", "/api/v1/monitor/channels", "List channels with subscribers, on all nodes.")
            .query(CHANNELS)
            .replies::<ChannelsReply>(200),
        on("POST", "/api/v1/monitor/events", "Publish an event that is stored nowhere.")
            .takes::<CreateEvent>()
            .replies::<CreatedReply>(200)
            .refuses(OF_EVENT),
        on("POST", "/api/v1/monitor/inspections", "Look on at a channel's events for some minutes.")
            .takes::<NewInspection>()
            .replies::<InspectionReply>(201)
            .refuses(OF_CHANNEL),
        on("GET", inspection, "Read names and sizes of a channel's events.")
            .query(EVENTS)
            .replies::<InspectionReply>(200)
            .refuses(OF_ENTRY),
        on("DELETE", inspection, "Look on no longer.").replies::<Done>(200),
        on(
            "POST",
            "/api/v1/monitor/inspections/{id}/bodies",
            "Read what one event said; the audit trail names who asked.",
        )
        .takes::<ShowBody>()
        .replies::<BodyReply>(200)
        .refuses(OF_ENTRY),
        on("GET", "/api/v1/monitor/queues", "Read what waits, what failed and what was given up.")
            .replies::<QueuesReply>(200),
        on(
            "POST",
            "/api/v1/monitor/queues/retry",
            "Try what waits for a webhook now, or all alerts that wait.",
        )
        .takes::<RetryQueue>()
        .replies::<Done>(200),
        on("POST", "/api/v1/monitor/dead-letters/retry", "Send letters that were given up after all.")
            .takes::<DeadLetters>()
            .replies::<Done>(200),
        on("POST", "/api/v1/monitor/dead-letters/drop", "Forget letters that were given up.")
            .takes::<DeadLetters>()
            .replies::<Done>(200),
        on("POST", "/api/v1/monitor/dead-alerts/retry", "Send alerts that were given up after all.")
            .takes::<DeadLetters>()
            .replies::<Done>(200),
        on("POST", "/api/v1/monitor/dead-alerts/drop", "Forget alerts that were given up.")
            .takes::<DeadLetters>()
            .replies::<Done>(200),
        on("GET", "/api/v1/monitor/nodes", "List the nodes that serve.").replies::<NodesReply>(200),
    ]
}
