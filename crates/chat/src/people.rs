//! The people and places that verbs are called with and answer: visitor, agent, widget,
//! as their credentials resolve. Knows nothing of how credentials are checked.

use wire::api::{AgentProfile, AuditKind, Role, SearchKind, WidgetProfile};
use wire::event::{ConversationStatus, Priority};
use wire::integration::Scope;

/// A widget, found by its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Widget {
    /// Everything its owner set.
    pub profile: WidgetProfile,
}

/// A visitor, found by a session's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// `vis_…`.
    pub id: String,
    /// The name shown to agents.
    pub name: String,
    /// `wgt_…`.
    pub widget_id: String,
    /// `ses_…`.
    pub session_id: String,
    /// Origins that may embed the visitor's widget.
    pub origins: Vec<String>,
}

/// An agent, found by a session's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// `agt_…`.
    pub id: String,
    /// As colleagues see them.
    pub profile: AgentProfile,
    /// `ses_…`, or `key_…`.
    pub session_id: String,
    /// What `X-CSRF-Token` has to say; empty for a key, which needs none.
    pub csrf: String,
    /// The request at hand.
    pub call: Call,
    /// Must they set up the second step of signing in before they may do anything else? Never so for a key.
    pub owes_second_step: bool,
}

/// When a request came, and from where, as far as is known: for the audit trail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// When.
    pub at_ms: u64,
    /// The client's address; empty: not known.
    pub from: String,
    /// What the client says it is (`User-Agent`); empty: nothing.
    pub device: String,
}

impl From<u64> for Call {
    fn from(at_ms: u64) -> Call {
        Call { at_ms, ..Call::default() }
    }
}

impl Agent {
    /// May this agent do everything?
    pub fn is_owner(&self) -> bool {
        self.profile.role == Role::Owner
    }
}

/// Another program, found by its key's secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// The agent it acts as; the session is the key.
    pub agent: Agent,
    /// What it may do.
    pub scopes: Vec<Scope>,
}

/// An agent who just signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The cookie's value.
    pub token: String,
    /// What `X-CSRF-Token` has to say.
    pub csrf: String,
    /// `ses_…`.
    pub session_id: String,
    /// Who.
    pub agent: Agent,
}

/// Which part of a conversation to read; numbers are in the reader's counter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PageQuery {
    /// Facts after this seq.
    pub after: Option<u64>,
    /// Messages before this seq.
    pub before: Option<u64>,
    /// At most so many; `wire::limit` has default and maximum.
    pub limit: Option<usize>,
}

/// A change, and the state of the resource that it is meant for, as a tag; without one: any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditional<T> {
    /// What is to change.
    pub change: T,
    /// `If-Match`: one tag, or several with commas between.
    pub if_match: Option<String>,
}

impl<T> From<T> for Conditional<T> {
    fn from(change: T) -> Conditional<T> {
        Conditional { change, if_match: None }
    }
}

/// Which part of the audit trail to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Only what this agent did.
    pub agent_id: Option<String>,
    /// Only this.
    pub kind: Option<AuditKind>,
    /// `next` of the page before.
    pub before: Option<String>,
    /// At most so many; `wire::limit` has default and maximum.
    pub limit: Option<usize>,
}

/// Which contacts to list; at most one of the three filters is looked at, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactQuery {
    /// The contact of this visitor.
    pub visitor_id: Option<String>,
    /// Those whom a website calls so.
    pub external_id: Option<String>,
    /// Those with this e-mail, in whatever case.
    pub email: Option<String>,
    /// Cursor of an earlier page.
    pub before: Option<String>,
    /// At most so many; `wire::limit` has default and maximum.
    pub limit: Option<usize>,
}

/// Which conversations to list, in which order; all that is asked for must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConversationQuery {
    /// With one of these statuses; empty: with any.
    pub statuses: Vec<ConversationStatus>,
    /// Whose they are.
    pub assignee: Option<Assignee>,
    /// Of this widget; one that the agent does not answer on has none.
    pub widget_id: Option<String>,
    /// With this tag.
    pub tag: Option<String>,
    /// Of this priority.
    pub priority: Option<Priority>,
    /// Only those in which a note calls the agent who asks.
    pub mentions_me: bool,
    /// Of this visitor, and of all visitors who have the same contact.
    pub visitor_id: Option<String>,
    /// In which order.
    pub sort: Sort,
    /// Cursor of an earlier page of the same list.
    pub before: Option<String>,
    /// At most so many; `wire::limit` has default and maximum.
    pub limit: Option<usize>,
}

/// Whose conversations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assignee {
    /// Of the agent who asks.
    Me,
    /// Those that nobody has.
    Nobody,
    /// Of this agent.
    Agent(String),
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Newest message first.
    #[default]
    Newest,
    /// Only those whose visitor has had no answer, who waits longest first.
    LongestWaiting,
}

/// What to search for, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// Words and "phrases"; the last word may be a beginning.
    pub text: String,
    /// In which; empty: in all.
    pub kinds: Vec<SearchKind>,
    /// Cursor of an earlier page.
    pub before: Option<String>,
    /// At most so many; `wire::limit` has default and maximum.
    pub limit: Option<usize>,
}
