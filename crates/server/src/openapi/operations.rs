//! What each route of the API takes and answers, one entry for each; a test fails where one is missing.
//! Knows nothing of who may call: that stands in the table of routes.

use super::{files, monitor, schema_of, team};
use crate::routes::Route;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use wire::Refusal;
use wire::alert::{
    AddDevice, AlertRulesChange, AlertsReply, Escalation, EscalationReply, MissedAlertsReply, ReportMissed,
    TestAlert, TestAlertReply,
};
use wire::api::{
    AddAgent, AgentPage, AgentPosted, AgentsReply, BackupReply, BackupRequest, CannedRepliesReply,
    CannedReplyChange, ChannelAuthReply, ChannelAuthRequest, ConfigReply, ConversationChange,
    ConversationReply, Done, EditMessage, InboxReply, LoginRequest, MeReply, NewCannedReply, NewWidget,
    NewWidgetToken, PopoutReply, PostMessage, RateConversation, ReadUpTo, SearchReply, SessionReply,
    SessionRequest, SetupRequest, StartConversation, TagChange, TagsReply, UserAuthReply, UserAuthRequest,
    VersionsReply, VisitorPage, VisitorPosted, WidgetChange, WidgetsReply,
};
use wire::availability::OwnPresence;
use wire::contact::{
    ContactChange, ContactReply, ContactsReply, ErasedReply, ExportReply, IdentifyReply, IdentifyRequest,
    IdentityReply, LinkVisitor, MergeContact, VisitorConversationsReply, WebsiteSays,
};
use wire::event::Typing;
use wire::integration::{
    BlocksReply, DeliveriesReply, DeliveryReply, EventsReply, KeyReply, KeysReply, NewBlock, NewKey,
    NewWebhook, WebhookChange, WebhookReply, WebhooksReply, WidgetReply,
};
use wire::online::OnlineVisitorsReply;

type MakeSchema = fn(&mut SchemaGenerator) -> Schema;

/// A parameter of a query.
pub(super) struct Query {
    pub(super) name: &'static str,
    /// A JSON type.
    pub(super) schema: &'static str,
    pub(super) what: &'static str,
}

pub(super) const BEFORE: Query =
    Query { name: "before", schema: "string", what: "`next` of the page before." };
pub(super) const AT_MOST: Query =
    Query { name: "limit", schema: "integer", what: "At most so many, up to 200." };
const PAGE: &[Query] = &[
    Query { name: "after", schema: "integer", what: "Facts after this seq." },
    Query { name: "before", schema: "integer", what: "Messages before this seq." },
    AT_MOST,
    Query { name: "wait", schema: "integer", what: "Seconds to wait for a fact after `after`, up to 25." },
];
const INBOX: &[Query] = &[
    Query { name: "status", schema: "string", what: "`open`, `snoozed`, `resolved`, or some with commas." },
    Query { name: "assignee", schema: "string", what: "`me`, `none`, or an agent's id." },
    Query { name: "widget", schema: "string", what: "A widget's id." },
    Query { name: "tag", schema: "string", what: "A tag." },
    Query { name: "priority", schema: "string", what: "`low`, `normal`, `high` or `urgent`." },
    Query { name: "mentions", schema: "string", what: "`me`: a note calls you." },
    Query {
        name: "visitor",
        schema: "string",
        what: "A visitor's id: theirs, and those of the same contact.",
    },
    Query { name: "sort", schema: "string", what: "`newest`, or `waiting`: only who waits, longest first." },
    BEFORE,
    AT_MOST,
];
const SEARCH: &[Query] = &[
    Query { name: "q", schema: "string", what: "Words and \"phrases\"; the last word may be a beginning." },
    Query {
        name: "in",
        schema: "string",
        what: "`messages`, `contacts`, `conversations`, or some with commas.",
    },
    BEFORE,
    AT_MOST,
];
const CONTACTS: &[Query] = &[
    Query { name: "visitor_id", schema: "string", what: "Whose contact." },
    Query { name: "external_id", schema: "string", what: "What a website calls them." },
    Query { name: "email", schema: "string", what: "Their address, in whatever case." },
    BEFORE,
    AT_MOST,
];
const ONLINE: &[Query] = &[BEFORE, AT_MOST];
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

    pub(super) fn query(self, query: &'static [Query]) -> Operation {
        Operation { query, ..self }
    }

    pub(super) fn takes<T: JsonSchema>(self) -> Operation {
        Operation { body: Some(schema_of::<T>), ..self }
    }

    pub(super) fn replies<T: JsonSchema>(mut self, status: u16) -> Operation {
        self.replies.push((status, Some(schema_of::<T>)));
        self
    }

    /// What is no JSON.
    pub(super) fn replies_bytes(mut self, status: u16) -> Operation {
        self.replies.push((status, None));
        self
    }

    /// 304, where the client knows it already.
    pub(super) fn cached(mut self) -> Operation {
        self.replies.push((304, None));
        self
    }

    pub(super) fn refuses(self, refusals: &'static [Refusal]) -> Operation {
        Operation { refusals, ..self }
    }

    pub(super) fn conditional(self) -> Operation {
        Operation { is_conditional: true, ..self }
    }
}

pub(super) fn on(method: &'static str, path: &'static str, summary: &'static str) -> Operation {
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
const OF_PAGE: &[Refusal] = &[Refusal::UnknownConversation, Refusal::StartOver];
const OF_MESSAGE: &[Refusal] = &[Refusal::UnknownConversation, Refusal::UnknownMessage];
const OF_POST: &[Refusal] = &[
    Refusal::UnknownConversation,
    Refusal::TextEmpty,
    Refusal::TextTooLong,
    Refusal::ClientIdReused,
    Refusal::NotAllowed,
    Refusal::UnknownAttachment,
    // What it answers to.
    Refusal::UnknownMessage,
];
const OF_RATING: &[Refusal] = &[Refusal::UnknownConversation, Refusal::TextTooLong, Refusal::ClientIdReused];
const OF_EDIT: &[Refusal] = &[
    Refusal::UnknownMessage,
    Refusal::MessageGone,
    Refusal::NotAllowed,
    Refusal::TextEmpty,
    Refusal::TextTooLong,
];
const OF_DELETION: &[Refusal] = &[Refusal::UnknownMessage, Refusal::NotAllowed];
const OF_REACTION: &[Refusal] =
    &[Refusal::UnknownMessage, Refusal::MessageGone, Refusal::TooManyReactions, Refusal::InvalidField];
const OF_PERSON: &[Refusal] = &[Refusal::UnknownContact, Refusal::UnknownVisitor];
const OF_LINK: &[Refusal] = &[Refusal::UnknownContact, Refusal::UnknownVisitor, Refusal::ContactConflict];
pub(super) const OF_ENTRY: &[Refusal] = &[Refusal::UnknownEntry];
const OF_WEBSITE: &[Refusal] = &[Refusal::UnknownConversation, Refusal::UnknownTag];
const OF_TYPING: &[Refusal] = &[Refusal::UnknownConversation, Refusal::TextTooLong];

/// Every operation.
pub(super) fn all() -> Vec<Operation> {
    let parts: [fn() -> Vec<Operation>; 13] = [
        files::all,
        monitor::all,
        team::all,
        visitors,
        visitors_messages,
        channels,
        agents,
        alerts,
        conversations,
        messages,
        housekeeping,
        contacts,
        programs,
    ];
    parts.into_iter().flat_map(|part| part()).collect()
}

fn visitors() -> Vec<Operation> {
    vec![
        on("GET", "/api/chatbot/config", "Read how to connect, and how the widget looks.")
            .replies::<ConfigReply>(200),
        on("POST", "/api/chatbot/session", "Begin or renew a visitor's session.")
            .takes::<SessionRequest>()
            .replies::<SessionReply>(200)
            .refuses(&[Refusal::IdentityRefused, Refusal::IdentityRequired, Refusal::MailLinkInvalid]),
        on("POST", "/api/chatbot/identify", "Prove who you are by what the website signed.")
            .takes::<IdentifyRequest>()
            .replies::<IdentifyReply>(200)
            .refuses(&[Refusal::IdentityRefused]),
        on("POST", "/api/chatbot/popout", "Ask for a code that opens your session in a window of its own.")
            .replies::<PopoutReply>(200),
        on("POST", "/api/chatbot/logout", "End this device's sessions.").replies::<Done>(200),
        on("GET", "/api/chatbot/conversations", "List your conversations, newest first.")
            .query(INBOX)
            .replies::<VisitorConversationsReply>(200),
        on("POST", "/api/chatbot/conversation", "Start a conversation.")
            .takes::<StartConversation>()
            .replies::<VisitorPage>(201)
            .replies::<VisitorPage>(200),
        on("POST", "/api/chatbot/conversation/{id}/close", "Say that you are done.")
            .replies::<Done>(200)
            .refuses(OF_CONVERSATION),
        on("POST", "/api/chatbot/conversation/{id}/rating", "Rate a conversation.")
            .takes::<RateConversation>()
            .replies::<VisitorPosted>(201)
            .replies::<VisitorPosted>(200)
            .refuses(OF_RATING),
        on("POST", "/api/chatbot/conversation/{id}/website", "Say what the page knows of its visitor.")
            .takes::<WebsiteSays>()
            .replies::<Done>(200)
            .refuses(OF_WEBSITE),
    ]
}

fn visitors_messages() -> Vec<Operation> {
    let (conversation, message) = ("/api/chatbot/conversation/{id}", "/api/chatbot/messages/{id}");
    let reaction = "/api/chatbot/messages/{id}/reactions/{emoji}";
    vec![
        on("GET", conversation, "Read a conversation: newest messages, history, or what came after.")
            .query(PAGE)
            .replies::<VisitorPage>(200)
            .cached()
            .refuses(OF_PAGE),
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
        on("POST", "/api/chatbot/conversation/{id}/delivered", "Say how far messages have arrived.")
            .takes::<ReadUpTo>()
            .replies::<Done>(200)
            .refuses(OF_MESSAGE),
        on("PATCH", message, "Change your message.")
            .takes::<EditMessage>()
            .replies::<VisitorPosted>(200)
            .refuses(OF_EDIT),
        on("DELETE", message, "Take your message back.").replies::<Done>(200).refuses(OF_DELETION),
        on("PUT", reaction, "React to a message.").replies::<VisitorPosted>(200).refuses(OF_REACTION),
        on("DELETE", reaction, "Take your reaction back.").replies::<VisitorPosted>(200).refuses(OF_REACTION),
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
    vec![
        on("POST", "/api/v1/setup", "Make the first agent, or set a new password, by a one-time code.")
            .takes::<SetupRequest>()
            .replies::<MeReply>(200)
            .refuses(&[Refusal::SetupLinkInvalid, Refusal::EmailTaken]),
        on("POST", "/api/v1/login", "Sign in.").takes::<LoginRequest>().replies::<MeReply>(200).refuses(&[
            Refusal::WrongPassword,
            Refusal::SecondStepNeeded,
            Refusal::CodeWrong,
        ]),
        on("POST", "/api/v1/logout", "Sign out.").replies::<Done>(200),
        on("GET", "/api/v1/me", "Read who is signed in.").replies::<MeReply>(200),
        on("PUT", "/api/v1/me/presence", "Say whether you answer.")
            .takes::<OwnPresence>()
            .replies::<Done>(200),
        on("GET", "/api/v1/search", "Search messages, contacts and conversations, newest first.")
            .query(SEARCH)
            .replies::<SearchReply>(200),
        on("GET", "/api/v1/widgets", "List widgets.").replies::<WidgetsReply>(200),
        on("GET", "/api/v1/widgets/{id}", "Read a widget, with its ETag.")
            .replies::<WidgetReply>(200)
            .cached()
            .refuses(OF_ENTRY),
        on("GET", "/api/v1/widgets/{id}/visitors", "List the visitors who are online, last come first.")
            .query(ONLINE)
            .replies::<OnlineVisitorsReply>(200)
            .cached()
            .refuses(OF_ENTRY),
        on("PATCH", "/api/v1/widgets/{id}", "Change a widget.")
            .takes::<WidgetChange>()
            .replies::<WidgetsReply>(200)
            .conditional(),
        on("POST", "/api/v1/widgets", "Add a widget.").takes::<NewWidget>().replies::<WidgetReply>(201),
        on("DELETE", "/api/v1/widgets/{id}", "Remove a widget with which nothing is lost.")
            .replies::<WidgetsReply>(200)
            .refuses(&[Refusal::UnknownEntry, Refusal::WidgetInUse]),
        on(
            "POST",
            "/api/v1/widgets/{id}/token",
            "Give a widget a new token; the old one works on for a while.",
        )
        .takes::<NewWidgetToken>()
        .replies::<WidgetReply>(200)
        .refuses(OF_ENTRY),
        on("GET", "/api/v1/agents", "List agents.").replies::<AgentsReply>(200),
        on("POST", "/api/v1/agents", "Add an agent.")
            .takes::<AddAgent>()
            .replies::<AgentsReply>(200)
            .refuses(&[Refusal::EmailTaken]),
        on("DELETE", "/api/v1/agents/{id}", "Remove an agent.")
            .replies::<AgentsReply>(200)
            .refuses(&[Refusal::UnknownAgent, Refusal::LastOwner]),
    ]
}

fn alerts() -> Vec<Operation> {
    let (own, ladder) = ("/api/v1/me/alerts", "/api/v1/widgets/{id}/escalation");
    vec![
        on("GET", own, "Read what you are alerted of, on which devices, and what did not arrive.")
            .replies::<AlertsReply>(200),
        on("PATCH", own, "Change what you are alerted of, or when you are not to be disturbed.")
            .takes::<AlertRulesChange>()
            .replies::<AlertsReply>(200),
        on("POST", "/api/v1/me/alerts/missed", "Say that an open console could not alert.")
            .takes::<ReportMissed>()
            .replies::<Done>(200)
            .refuses(OF_CONVERSATION),
        on("POST", "/api/v1/me/alerts/test", "Send yourself a real push or mail.")
            .takes::<TestAlert>()
            .replies::<TestAlertReply>(200)
            .refuses(OF_ENTRY),
        on("POST", "/api/v1/me/devices", "Let a browser take pushes.")
            .takes::<AddDevice>()
            .replies::<AlertsReply>(200),
        on("DELETE", "/api/v1/me/devices/{id}", "Let a browser take no pushes any more.")
            .replies::<AlertsReply>(200)
            .refuses(OF_ENTRY),
        on("GET", "/api/v1/alerts/missed", "List alerts that did not arrive, of all agents, newest first.")
            .replies::<MissedAlertsReply>(200),
        on("GET", ladder, "Read who is alerted while a visitor waits.")
            .replies::<EscalationReply>(200)
            .refuses(OF_ENTRY),
        on("PUT", ladder, "Set who is alerted while a visitor waits.")
            .takes::<Escalation>()
            .replies::<EscalationReply>(200)
            .refuses(OF_ENTRY),
    ]
}

fn conversations() -> Vec<Operation> {
    let conversation = "/api/v1/conversations/{id}";
    let participant = "/api/v1/conversations/{id}/participants/{agent}";
    vec![
        on("GET", "/api/v1/conversations", "List conversations, all or some, newest message first.")
            .query(INBOX)
            .replies::<InboxReply>(200),
        on("GET", conversation, "Read a conversation: newest messages, history, or what came after.")
            .query(PAGE)
            .replies::<AgentPage>(200)
            .cached()
            .refuses(OF_PAGE),
        on("PATCH", conversation, "Change status, assignee, priority, tags, attributes.")
            .takes::<ConversationChange>()
            .replies::<ConversationReply>(200)
            .refuses(OF_CONVERSATION)
            .conditional(),
        on("POST", "/api/v1/conversations/{id}/join", "Join a conversation.")
            .replies::<Done>(200)
            .refuses(OF_CONVERSATION),
        on("POST", "/api/v1/conversations/{id}/leave", "Leave a conversation.")
            .replies::<Done>(200)
            .refuses(OF_CONVERSATION),
        on("PUT", participant, "Bring a colleague in.")
            .replies::<Done>(200)
            .refuses(&[Refusal::UnknownConversation, Refusal::UnknownAgent]),
        on("DELETE", participant, "Take a colleague out.").replies::<Done>(200).refuses(OF_CONVERSATION),
        on("GET", "/api/v1/tags", "List the tags in use.").replies::<TagsReply>(200),
        on("PATCH", "/api/v1/tags/{tag}", "Rename a tag everywhere, or make it one with another.")
            .takes::<TagChange>()
            .replies::<TagsReply>(200)
            .refuses(OF_ENTRY),
        on("DELETE", "/api/v1/tags/{tag}", "Take a tag from every conversation.")
            .replies::<TagsReply>(200)
            .refuses(OF_ENTRY),
    ]
}

fn messages() -> Vec<Operation> {
    let message = "/api/v1/messages/{id}";
    let reaction = "/api/v1/messages/{id}/reactions/{emoji}";
    vec![
        on("POST", "/api/v1/conversations/{id}/messages", "Write an answer or a note.")
            .takes::<PostMessage>()
            .replies::<AgentPosted>(201)
            .replies::<AgentPosted>(200)
            .refuses(OF_POST),
        on("POST", "/api/v1/conversations/{id}/read", "Say how far you have read.")
            .takes::<ReadUpTo>()
            .replies::<Done>(200)
            .refuses(OF_MESSAGE),
        on("POST", "/api/v1/conversations/{id}/typing", "Say that you type, without a socket.")
            .takes::<Typing>()
            .replies::<Done>(200)
            .refuses(OF_TYPING),
        on("POST", "/api/v1/conversations/{id}/delivered", "Say how far messages have arrived.")
            .takes::<ReadUpTo>()
            .replies::<Done>(200)
            .refuses(OF_MESSAGE),
        on("PATCH", message, "Change your message or note.")
            .takes::<EditMessage>()
            .replies::<AgentPosted>(200)
            .refuses(OF_EDIT),
        on("DELETE", message, "Take a message back; an owner anybody's.")
            .replies::<Done>(200)
            .refuses(OF_DELETION),
        on("GET", "/api/v1/messages/{id}/versions", "Read what a message said before.")
            .replies::<VersionsReply>(200)
            .refuses(&[Refusal::UnknownMessage]),
        on("PUT", reaction, "React to a message.").replies::<AgentPosted>(200).refuses(OF_REACTION),
        on("DELETE", reaction, "Take your reaction back.").replies::<AgentPosted>(200).refuses(OF_REACTION),
    ]
}

fn housekeeping() -> Vec<Operation> {
    let reply = "/api/v1/replies/{id}";
    vec![
        on("GET", "/api/v1/replies", "List canned replies: the shared ones and your own.")
            .replies::<CannedRepliesReply>(200),
        on("POST", "/api/v1/replies", "Add a canned reply; a shared one only owners and admins may.")
            .takes::<NewCannedReply>()
            .replies::<CannedRepliesReply>(201)
            .refuses(&[Refusal::NotAllowed, Refusal::ShortcutTaken]),
        on("PATCH", reply, "Change a canned reply.")
            .takes::<CannedReplyChange>()
            .replies::<CannedRepliesReply>(200)
            .refuses(&[Refusal::NotAllowed, Refusal::UnknownEntry, Refusal::ShortcutTaken]),
        on("DELETE", reply, "Remove a canned reply.")
            .replies::<CannedRepliesReply>(200)
            .refuses(&[Refusal::NotAllowed, Refusal::UnknownEntry]),
        on("GET", "/api/v1/backup", "Read when the last backup was made.").replies::<BackupReply>(200),
        on("POST", "/api/v1/backup", "Download a backup of everything: a gzipped tar.")
            .takes::<BackupRequest>()
            .replies_bytes(200)
            .refuses(&[Refusal::WrongPassword, Refusal::BackupElsewhere]),
    ]
}

fn contacts() -> Vec<Operation> {
    let (contact, visitor) = ("/api/v1/contacts/{id}", "/api/v1/visitors/{id}/contact");
    let secrets = "/api/v1/widgets/{id}/identity";
    vec![
        on("GET", "/api/v1/contacts", "List contacts, newest first; one of the filters, or none.")
            .query(CONTACTS)
            .replies::<ContactsReply>(200),
        on("GET", contact, "Read a contact, with its ETag.")
            .replies::<ContactReply>(200)
            .cached()
            .refuses(&[Refusal::UnknownContact]),
        on("PATCH", contact, "Change a contact.")
            .takes::<ContactChange>()
            .replies::<ContactReply>(200)
            .refuses(&[Refusal::UnknownContact])
            .conditional(),
        on("POST", "/api/v1/contacts/{id}/merge", "Make a contact part of another one.")
            .takes::<MergeContact>()
            .replies::<ContactReply>(200)
            .refuses(&[Refusal::UnknownContact, Refusal::ContactConflict]),
        on("GET", "/api/v1/contacts/{id}/export", "Read all that is kept of a contact or visitor.")
            .replies::<ExportReply>(200)
            .refuses(OF_PERSON),
        on("POST", "/api/v1/contacts/{id}/erase", "Erase a contact or an anonymous visitor.")
            .replies::<ErasedReply>(200)
            .refuses(OF_PERSON),
        on("POST", visitor, "Say who a visitor is.")
            .takes::<LinkVisitor>()
            .replies::<ContactReply>(200)
            .refuses(OF_LINK),
        on("DELETE", visitor, "Say that a visitor is not that contact.")
            .replies::<Done>(200)
            .refuses(&[Refusal::UnknownVisitor]),
        on("GET", secrets, "Read the secrets with which a website vouches for its users.")
            .replies::<IdentityReply>(200),
        on("POST", secrets, "Make a new secret; the one before works on.").replies::<IdentityReply>(201),
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
        on("GET", webhook, "Read a webhook, with its ETag.")
            .replies::<WebhookReply>(200)
            .cached()
            .refuses(OF_ENTRY),
        on("PATCH", webhook, "Change a webhook, or rotate its secret.")
            .takes::<WebhookChange>()
            .replies::<WebhookReply>(200)
            .refuses(OF_ENTRY)
            .conditional(),
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
