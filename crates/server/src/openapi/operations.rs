//! What each route of the API takes and answers, one entry for each; a test fails where one is missing.
//! Knows nothing of who may call: that stands in the table of routes.

use super::schema_of;
use crate::routes::Route;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use wire::Refusal;
use wire::api::{
    AddAgent, AgentPage, AgentPosted, AgentsReply, ChannelAuthReply, ChannelAuthRequest, ConfigReply, Done,
    InboxReply, LoginRequest, MeReply, PostMessage, ReadUpTo, SessionReply, SessionRequest, SetupRequest,
    StartConversation, UserAuthReply, UserAuthRequest, VisitorPage, VisitorPosted, WidgetChange,
    WidgetsReply,
};
use wire::availability::OwnPresence;
use wire::event::Typing;
use wire::integration::{
    BlocksReply, DeliveriesReply, DeliveryReply, EventsReply, KeyReply, KeysReply, NewBlock, NewKey,
    NewWebhook, WebhookChange, WebhookReply, WebhooksReply, WidgetReply,
};

type MakeSchema = fn(&mut SchemaGenerator) -> Schema;

/// A parameter of a query.
pub(super) struct Query {
    pub(super) name: &'static str,
    /// A JSON type.
    pub(super) schema: &'static str,
    pub(super) what: &'static str,
}

const PAGE: &[Query] = &[
    Query { name: "after", schema: "integer", what: "Facts after this seq." },
    Query { name: "before", schema: "integer", what: "Messages before this seq." },
    Query { name: "limit", schema: "integer", what: "At most so many, up to 200." },
    Query { name: "wait", schema: "integer", what: "Seconds to wait for a fact after `after`, up to 25." },
];
const INBOX: &[Query] = &[
    Query { name: "before", schema: "string", what: "`next` of the page before." },
    Query { name: "limit", schema: "integer", what: "At most so many, up to 200." },
];
const FEED: &[Query] = &[
    Query {
        name: "after",
        schema: "string",
        what: "`next` of the page before; `0`: from the beginning; absent: only where the feed ends.",
    },
    Query { name: "limit", schema: "integer", what: "At most the events of so many facts, up to 200." },
    Query { name: "wait", schema: "integer", what: "Seconds to wait for an event, up to 25." },
];

/// A route as others read of it.
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) summary: &'static str,
    pub(super) query: &'static [Query],
    pub(super) body: Option<MakeSchema>,
    pub(super) replies: Vec<(u16, Option<MakeSchema>)>,
    /// Beyond those that its callers and its body bring with them.
    pub(super) refusals: &'static [Refusal],
    /// Does it heed `If-Match`?
    pub(super) is_conditional: bool,
}

impl Operation {
    pub(super) fn is_of(&self, route: &Route) -> bool {
        (route.method.as_str(), route.path) == (self.method, self.path)
    }

    fn query(self, query: &'static [Query]) -> Operation {
        Operation { query, ..self }
    }

    fn takes<T: JsonSchema>(self) -> Operation {
        Operation { body: Some(schema_of::<T>), ..self }
    }

    fn replies<T: JsonSchema>(mut self, status: u16) -> Operation {
        self.replies.push((status, Some(schema_of::<T>)));
        self
    }

    /// 304, where the client knows it already.
    fn cached(mut self) -> Operation {
        self.replies.push((304, None));
        self
    }

    fn refuses(self, refusals: &'static [Refusal]) -> Operation {
        Operation { refusals, ..self }
    }

    fn conditional(self) -> Operation {
        Operation { is_conditional: true, ..self }
    }
}

fn on(method: &'static str, path: &'static str, summary: &'static str) -> Operation {
    Operation {
        method,
        path,
        summary,
        query: &[],
        body: None,
        replies: Vec::new(),
        refusals: &[],
        is_conditional: false,
    }
}

const OF_CONVERSATION: &[Refusal] = &[Refusal::UnknownConversation];
const OF_MESSAGE: &[Refusal] = &[Refusal::UnknownConversation, Refusal::UnknownMessage];
const OF_POST: &[Refusal] = &[
    Refusal::UnknownConversation,
    Refusal::TextEmpty,
    Refusal::TextTooLong,
    Refusal::ClientIdReused,
    Refusal::NotAllowed,
];
const OF_ENTRY: &[Refusal] = &[Refusal::UnknownEntry];
const OF_TYPING: &[Refusal] = &[Refusal::UnknownConversation, Refusal::TextTooLong];

/// Every operation.
pub(super) fn all() -> Vec<Operation> {
    let mut all = visitors();
    all.extend(channels());
    all.extend(agents());
    all.extend(programs());
    all
}

fn visitors() -> Vec<Operation> {
    let conversation = "/api/chatbot/conversation/{id}";
    vec![
        on("GET", "/api/chatbot/config", "Read how to connect, and how the widget looks.")
            .replies::<ConfigReply>(200),
        on("POST", "/api/chatbot/session", "Begin or renew a visitor's session.")
            .takes::<SessionRequest>()
            .replies::<SessionReply>(200)
            .refuses(&[Refusal::MailLinkInvalid]),
        on("POST", "/api/chatbot/conversation", "Start a conversation.")
            .takes::<StartConversation>()
            .replies::<VisitorPage>(201)
            .replies::<VisitorPage>(200),
        on("GET", conversation, "Read a conversation: newest messages, history, or what came after.")
            .query(PAGE)
            .replies::<VisitorPage>(200)
            .cached()
            .refuses(OF_CONVERSATION),
        on("POST", "/api/chatbot/conversation/{id}/messages", "Write a message.")
            .takes::<PostMessage>()
            .replies::<VisitorPosted>(201)
            .replies::<VisitorPosted>(200)
            .refuses(OF_POST),
        on("POST", "/api/chatbot/conversation/{id}/typing", "Say that you type, without a socket.")
            .takes::<Typing>()
            .replies::<Done>(200)
            .refuses(OF_TYPING),
        on("POST", "/api/chatbot/conversation/{id}/read", "Say how far you have read.")
            .takes::<ReadUpTo>()
            .replies::<Done>(200)
            .refuses(OF_MESSAGE),
    ]
}

fn channels() -> Vec<Operation> {
    vec![
        on("POST", "/broadcasting/auth", "Get the signature that lets a socket join a channel.")
            .takes::<ChannelAuthRequest>()
            .replies::<ChannelAuthReply>(200)
            .refuses(&[Refusal::ChannelForbidden]),
        on("POST", "/broadcasting/user-auth", "Get the signature that signs a socket in.")
            .takes::<UserAuthRequest>()
            .replies::<UserAuthReply>(200),
    ]
}

fn agents() -> Vec<Operation> {
    let conversation = "/api/v1/conversations/{id}";
    vec![
        on("POST", "/api/v1/setup", "Make the first agent, or set a new password, by a one-time code.")
            .takes::<SetupRequest>()
            .replies::<MeReply>(200)
            .refuses(&[Refusal::SetupLinkInvalid, Refusal::EmailTaken]),
        on("POST", "/api/v1/login", "Sign in.")
            .takes::<LoginRequest>()
            .replies::<MeReply>(200)
            .refuses(&[Refusal::WrongPassword]),
        on("POST", "/api/v1/logout", "Sign out.").replies::<Done>(200),
        on("GET", "/api/v1/me", "Read who is signed in.").replies::<MeReply>(200),
        on("PUT", "/api/v1/me/presence", "Say whether you answer.")
            .takes::<OwnPresence>()
            .replies::<Done>(200),
        on("GET", "/api/v1/conversations", "List conversations, newest change first.")
            .query(INBOX)
            .replies::<InboxReply>(200),
        on("GET", conversation, "Read a conversation: newest messages, history, or what came after.")
            .query(PAGE)
            .replies::<AgentPage>(200)
            .cached()
            .refuses(OF_CONVERSATION),
        on("POST", "/api/v1/conversations/{id}/messages", "Write an answer or a note.")
            .takes::<PostMessage>()
            .replies::<AgentPosted>(201)
            .replies::<AgentPosted>(200)
            .refuses(OF_POST),
        on("POST", "/api/v1/conversations/{id}/join", "Join a conversation.")
            .replies::<Done>(200)
            .refuses(OF_CONVERSATION),
        on("POST", "/api/v1/conversations/{id}/read", "Say how far you have read.")
            .takes::<ReadUpTo>()
            .replies::<Done>(200)
            .refuses(OF_MESSAGE),
        on("POST", "/api/v1/conversations/{id}/typing", "Say that you type, without a socket.")
            .takes::<Typing>()
            .replies::<Done>(200)
            .refuses(OF_TYPING),
        on("GET", "/api/v1/widgets", "List widgets.").replies::<WidgetsReply>(200),
        on("GET", "/api/v1/widgets/{id}", "Read a widget, with its ETag.")
            .replies::<WidgetReply>(200)
            .cached()
            .refuses(OF_ENTRY),
        on("PATCH", "/api/v1/widgets/{id}", "Change a widget.")
            .takes::<WidgetChange>()
            .replies::<WidgetsReply>(200)
            .conditional(),
        on("GET", "/api/v1/agents", "List agents.").replies::<AgentsReply>(200),
        on("POST", "/api/v1/agents", "Add an agent.")
            .takes::<AddAgent>()
            .replies::<AgentsReply>(200)
            .refuses(&[Refusal::EmailTaken]),
        on("DELETE", "/api/v1/agents/{id}", "Remove an agent.")
            .replies::<AgentsReply>(200)
            .refuses(&[Refusal::UnknownAgent]),
    ]
}

fn programs() -> Vec<Operation> {
    let (webhook, deliveries) = ("/api/v1/webhooks/{id}", "/api/v1/webhooks/{id}/deliveries");
    vec![
        on("GET", "/api/v1/events", "Follow all facts, in the order of their commits.")
            .query(FEED)
            .replies::<EventsReply>(200)
            .cached()
            .refuses(&[Refusal::StartOver]),
        on("GET", "/api/v1/keys", "List API keys.").replies::<KeysReply>(200),
        on("POST", "/api/v1/keys", "Make an API key; the secret is shown once.")
            .takes::<NewKey>()
            .replies::<KeyReply>(201),
        on("DELETE", "/api/v1/keys/{id}", "Revoke an API key.").replies::<KeysReply>(200).refuses(OF_ENTRY),
        on("GET", "/api/v1/webhooks", "List webhooks.").replies::<WebhooksReply>(200),
        on("POST", "/api/v1/webhooks", "Add a webhook; the secret is shown once.")
            .takes::<NewWebhook>()
            .replies::<WebhookReply>(201),
        on("PATCH", webhook, "Change a webhook, or rotate its secret.")
            .takes::<WebhookChange>()
            .replies::<WebhookReply>(200)
            .refuses(OF_ENTRY),
        on("DELETE", webhook, "Remove a webhook with what waits for it.")
            .replies::<WebhooksReply>(200)
            .refuses(OF_ENTRY),
        on("GET", deliveries, "Read the last attempts to deliver.")
            .replies::<DeliveriesReply>(200)
            .refuses(OF_ENTRY),
        on(
            "POST",
            "/api/v1/webhooks/{id}/deliveries/{delivery}/replay",
            "Send once more what an attempt carried.",
        )
        .replies::<Done>(200)
        .refuses(OF_ENTRY),
        on("POST", "/api/v1/webhooks/{id}/test", "Call a webhook now.")
            .replies::<DeliveryReply>(200)
            .refuses(OF_ENTRY),
        on("GET", "/api/v1/blocks", "List who is blocked.").replies::<BlocksReply>(200),
        on("POST", "/api/v1/blocks", "Block an address, a visitor or an e-mail address.")
            .takes::<NewBlock>()
            .replies::<BlocksReply>(201),
        on("DELETE", "/api/v1/blocks/{id}", "Let somebody in again.")
            .replies::<BlocksReply>(200)
            .refuses(OF_ENTRY),
    ]
}
