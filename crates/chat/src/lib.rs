//! Floor 1: the rules of the chat with their SQL beside them. Knows no sockets and no HTTP.
//!
//! Every verb runs in one transaction that also records its [`Fact`]; after commit, and only
//! there, the changes are handed to `on_change`, and [`announce`] says how they read for each
//! audience. A conversation has two counters without gaps (ruling 1): `seq` over all facts,
//! for agents, and one over the facts a visitor may see.
//!
//! Each file holds the rules of one noun with the SQL they need: `widget`, `visitor`, `agent`,
//! `sign_in`, `second_step`, `invitation`, `account`, `audit`, `session`, `conversation`, `state`, `participant`, `message`, `attachment`, `revision`, `reaction`,
//! `receipt`, `page`, `inbox`, `filter`, `search`, `index`, `history`, `identity`, `contact`, `link`, `export`, `erase`, `trim`, `outbox`, `dead_letter`, `queues`, `feed`, `webhook`,
//! `api_key`, `idempotency`, `block`, `canned`, `tag`, `availability` with `hours`, `online`, `website`, `mail`, `alert` with `alert_rules`, `alert_sending` and `device`; `words` cuts texts into words, `access` says who may, `check` parses what people typed, `secret` makes
//! and hashes what nobody may guess, `links` opens files for a day, `known` remembers whose tokens were seen.
//! `db` is the one door to storage: verbs are synchronous functions over its `Tx`, the same for
//! SQLite and PostgreSQL.

mod access;
mod account;
mod agent;
mod alert;
mod alert_rules;
mod alert_sending;
mod announce;
mod api_key;
mod attachment;
mod audit;
mod availability;
mod block;
mod canned;
mod check;
mod contact;
mod conversation;
mod cursor;
mod db;
mod dead_letter;
mod device;
mod erase;
mod export;
mod fact;
mod feed;
mod filter;
mod history;
mod hours;
mod idempotency;
mod identity;
mod inbox;
mod index;
mod invitation;
mod known;
mod link;
mod links;
mod mail;
mod message;
mod online;
mod outbox;
mod page;
mod participant;
mod people;
mod queues;
mod reaction;
mod receipt;
mod revision;
mod search;
mod second_step;
mod secret;
mod session;
mod sign_in;
mod state;
mod tag;
mod trim;
mod visitor;
mod webhook;
mod website;
mod widget;
mod words;

pub use alert_sending::{DueAlert, Outcome};
pub use announce::announce;
pub use attachment::{Found, Remains, Upload, Uploader};
pub use availability::StaffedWidget;
pub use db::{Schema, snapshot};
pub use device::{PushKeys, Subscription};
pub use erase::Retired;
pub use export::Export;
pub use fact::{Change, Fact, FactBody, InnerBody, Said, SharedBody, SplitBody, StateChange, Tracked};
pub use idempotency::{Kept, RequestKey};
pub use links::Links;
pub use mail::{DueMail, Unread};
pub use online::VisitorNews;
pub use outbox::{About, Failed, Letter, Posted, Posting, Standing, Subject, Waiting};
pub use people::{
    Agent, ApiKey, Assignee, AuditQuery, Call, Conditional, ContactQuery, ConversationQuery, PageQuery,
    SearchQuery, SignedIn, Sort, Visitor, Widget,
};
pub use receipt::Reached;
pub use sign_in::Recognised;
pub use webhook::{Attempt, ChatWebhook, lane_of, test_payload};

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use wire::Refused;

/// Where the log is kept.
#[derive(Clone, Debug)]
pub enum Storage {
    /// A file; one process at a time writes it.
    Sqlite {
        /// The database file.
        path: PathBuf,
        /// How large it may grow; verbs over it answer [`wire::Refusal::StorageFull`].
        max_bytes: Option<u64>,
    },
    /// A PostgreSQL server, reached without TLS: over a unix socket or a private network.
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
    /// A thread cannot be started, or a file not be made.
    #[error("the system refused: {0}")]
    System(#[from] std::io::Error),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> OpenError {
        OpenError::Database(error.to_string())
    }
}

/// Told of every change after its commit. Changes of one conversation come in the order of
/// their seq. It runs on a storage thread: it must be quick, and must not call the chat.
pub type OnChange = Arc<dyn Fn(&[Change]) + Send + Sync>;

/// What a verb answers.
pub type Answer<T> = Result<T, Refused>;

/// The chat. Cheap to clone; all clones share one database.
#[derive(Clone)]
pub struct Chat {
    db: Arc<db::Db>,
    links: Arc<Links>,
    known: Arc<known::KnownVisitors>,
    /// Milliseconds for which an answer may be unread; not set: no mails are sent.
    mail_after_ms: Arc<OnceLock<u64>>,
}

impl Chat {
    /// Opens the database, brings its tables up to date, and starts its threads. Blocks.
    pub fn open(storage: Storage, on_change: OnChange) -> Result<Chat, OpenError> {
        let db = Arc::new(db::Db::open(storage, on_change)?);
        let links = Arc::new(Links::new(&secret::token(""), "", || 0));
        Ok(Chat { db, links, known: Arc::default(), mail_after_ms: Arc::default() })
    }

    /// Signs links to files so; until then each is signed with a key that nobody knows, and expired.
    #[must_use]
    pub fn with_links(self, links: Arc<Links>) -> Chat {
        Chat { links, ..self }
    }

    /// Makes and checks links to files.
    pub fn links(&self) -> &Links {
        &self.links
    }

    /// Finishes what was asked before. Verbs after it answer [`wire::Refusal::StorageUnavailable`].
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// Opens what was closed again. Blocks.
    pub fn reopen(&self) -> Result<(), OpenError> {
        self.db.reopen()
    }
}
