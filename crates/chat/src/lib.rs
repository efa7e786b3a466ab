//! Floor 1: the rules of the chat with their SQL beside them. Knows no sockets and no HTTP.
//!
//! Every verb runs in one transaction that also records its fact (`fact`); after commit,
//! and only there, the changes are handed to `on_change`, and `announce` says how they read
//! for each audience.

#![allow(unused, clippy::all)] // until the verbs stand

mod announce;
mod fact;
mod people;

pub use announce::announce;
pub use fact::{Change, Fact, FactBody, InnerBody, ReadFurther, Said, SharedBody};
pub use people::{Agent, PageQuery, SignedIn, Visitor, Widget};

use std::path::PathBuf;
use std::sync::Arc;
use wire::api::{
    AddAgent, AgentPage, AgentProfile, InboxReply, LoginRequest, PostMessage, SessionReply, SessionRequest,
    SetupRequest, VisitorPage, WidgetChange, WidgetLook, WidgetProfile,
};
use wire::chat_channel::ChatChannel;
use wire::event::{AgentMessage, ChatMessage};
use wire::{Refusal, Refused};

/// Where the log is kept.
#[derive(Clone, Debug)]
pub enum Storage {
    /// A file; one process at a time writes it.
    Sqlite {
        /// The database file.
        path: PathBuf,
        /// How large it may grow; verbs over it answer [`Refusal::StorageFull`].
        max_bytes: Option<u64>,
    },
    /// A PostgreSQL server.
    Postgres {
        /// `postgres://…` or `host=… user=… dbname=…`.
        url: String,
    },
}

/// Why the chat cannot start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database said no.
    #[error("the database cannot be opened: {0}")]
    Database(String),
    /// The database was written by a later release.
    #[error("the database has schema version {found}, and this release knows only {known}")]
    Newer {
        /// Its version.
        found: u64,
        /// The latest version this release knows.
        known: u64,
    },
}

/// The chat. Cheap to clone.
#[derive(Clone)]
pub struct Chat {
    _db: Arc<()>,
}

type OnChange = Arc<dyn Fn(&[Change]) + Send + Sync>;
type Answer<T> = Result<T, Refused>;

fn nothing<T>() -> Answer<T> {
    Err(Refusal::StorageUnavailable.into())
}

#[allow(missing_docs)]
impl Chat {
    pub fn open(storage: Storage, on_change: OnChange) -> Result<Chat, OpenError> { Err(OpenError::Database("skeleton".into())) }
    pub async fn close(&self) {}
    pub async fn first_widget(&self, now_ms: u64) -> Answer<WidgetProfile> { nothing() }
    pub async fn widget_by_token(&self, token: &str) -> Answer<Widget> { nothing() }
    pub async fn widget_look(&self, public_id: &str) -> Answer<WidgetLook> { nothing() }
    pub async fn all_origins(&self) -> Answer<Vec<String>> { nothing() }
    pub async fn open_session(&self, widget_id: &str, request: SessionRequest, now_ms: u64) -> Answer<SessionReply> { nothing() }
    pub async fn visitor(&self, token: &str, now_ms: u64) -> Answer<Visitor> { nothing() }
    pub async fn start_conversation(&self, visitor: &Visitor, client_id: Option<String>, now_ms: u64) -> Answer<(VisitorPage, bool)> { nothing() }
    pub async fn visitor_page(&self, visitor: &Visitor, conversation_id: &str, query: PageQuery) -> Answer<VisitorPage> { nothing() }
    pub async fn visitor_post(&self, visitor: &Visitor, conversation_id: &str, post: PostMessage, now_ms: u64) -> Answer<(ChatMessage, bool)> { nothing() }
    pub async fn visitor_read(&self, visitor: &Visitor, conversation_id: &str, message_id: &str, now_ms: u64) -> Answer<()> { nothing() }
    pub async fn needs_setup(&self) -> Answer<bool> { nothing() }
    pub async fn new_setup_code(&self, now_ms: u64) -> Answer<String> { nothing() }
    pub async fn new_reset_code(&self, email: &str, now_ms: u64) -> Answer<String> { nothing() }
    pub async fn setup(&self, request: SetupRequest, now_ms: u64) -> Answer<SignedIn> { nothing() }
    pub async fn login(&self, request: LoginRequest, now_ms: u64) -> Answer<SignedIn> { nothing() }
    pub async fn logout(&self, agent: &Agent) -> Answer<()> { nothing() }
    pub async fn agent(&self, token: &str, now_ms: u64) -> Answer<Agent> { nothing() }
    pub async fn widgets_of(&self, agent: &Agent) -> Answer<Vec<WidgetProfile>> { nothing() }
    pub async fn change_widget(&self, agent: &Agent, widget_id: &str, change: WidgetChange) -> Answer<Vec<WidgetProfile>> { nothing() }
    pub async fn agents(&self, agent: &Agent) -> Answer<Vec<AgentProfile>> { nothing() }
    pub async fn add_agent(&self, agent: &Agent, new: AddAgent, now_ms: u64) -> Answer<Vec<AgentProfile>> { nothing() }
    pub async fn remove_agent(&self, agent: &Agent, agent_id: &str, now_ms: u64) -> Answer<Vec<AgentProfile>> { nothing() }
    pub async fn inbox(&self, agent: &Agent, before: Option<&str>, limit: Option<usize>) -> Answer<InboxReply> { nothing() }
    pub async fn agent_page(&self, agent: &Agent, conversation_id: &str, query: PageQuery) -> Answer<AgentPage> { nothing() }
    pub async fn agent_post(&self, agent: &Agent, conversation_id: &str, post: PostMessage, now_ms: u64) -> Answer<(AgentMessage, bool)> { nothing() }
    pub async fn agent_join(&self, agent: &Agent, conversation_id: &str, now_ms: u64) -> Answer<()> { nothing() }
    pub async fn agent_read(&self, agent: &Agent, conversation_id: &str, message_id: &str, now_ms: u64) -> Answer<()> { nothing() }
    pub async fn system_post(&self, conversation_id: &str, text: String, now_ms: u64) -> Answer<ChatMessage> { nothing() }
    pub async fn visitor_may_join(&self, visitor: &Visitor, channel: &ChatChannel) -> bool { false }
    pub async fn agent_may_join(&self, agent: &Agent, channel: &ChatChannel) -> bool { false }
    pub async fn end_expired_sessions(&self, now_ms: u64) -> Answer<Vec<String>> { nothing() }
}
