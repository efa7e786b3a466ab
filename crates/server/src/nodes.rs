//! What servers on one database tell each other beside what their hubs do: that a conversation changed
//! or somebody types, for those who poll another node. Losing a word costs a poll its early answer.

use crate::desk::steady_ms;
use crate::monitor::Monitor;
use crate::settings::Settings;
use crate::typing::{self, TypingBoard};
use crate::waiters::Waiters;
use anyhow::{Context, Result};
use realtime::{Hub, OnWord};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use wire::event::Typing;
use wire::monitor::NodeStatus;

/// Words that may wait.
const WORDS: usize = 1_024;
/// How long a start waits for the other nodes.
const ACQUAINTANCE: Duration = Duration::from_secs(3);

/// One word, as JSON on the bus.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// There is something new to read.
    Changed {
        /// Where.
        conversation: String,
    },
    /// Somebody types, or does no longer.
    Typing {
        /// Where.
        conversation: String,
        /// Who.
        user: String,
        /// The signal as JSON.
        signal: String,
    },
    /// How the node is that says so.
    Here(NodeStatus),
}

impl Word {
    /// Tells all other nodes.
    pub fn tell(&self, hub: &Hub) {
        hub.tell_nodes(&serde_json::to_string(self).expect("texts serialize"));
    }

    /// A typing signal.
    pub fn typing(conversation: &str, user: &str, typing: &Typing) -> Word {
        Word::Typing {
            conversation: conversation.to_owned(),
            user: user.to_owned(),
            signal: serde_json::to_string(typing).expect("a bool and a text serialize"),
        }
    }
}

/// From now on polls hear what is said on other nodes, and the other nodes what is said here.
pub fn speak(hub: &Hub, waiters: &Waiters, typing: &Arc<TypingBoard>, monitor: &Arc<Monitor>) {
    hub.on_word(listener(waiters.clone(), typing.clone(), monitor.clone()));
    let (words, mut taken) = mpsc::channel::<Word>(WORDS);
    typing.tell_nodes(words);
    let teller = hub.clone();
    tokio::spawn(async move {
        while let Some(word) = taken.recv().await {
            word.tell(&teller);
        }
    });
}

/// Joins the other nodes on a Redis, if the settings name one, and gives them a moment to say what they
/// have, so that the first client hears all of it.
///
/// # Errors
/// When the bus's thread cannot start. A Redis that is away is no error: it is waited for while serving.
pub async fn join(settings: &Settings, hub: &Hub) -> Result<()> {
    let Some(redis) = &settings.redis else { return Ok(()) };
    if settings.database_url.is_none() {
        tracing::warn!(
            "other nodes are met on Redis, but conversations are kept in a file of this one: set FRONTDESK_DATABASE_URL on all"
        );
    }
    hub.join(redis.clone()).context("The thread that meets other nodes cannot start")?;
    if !hub.acquainted(ACQUAINTANCE).await {
        tracing::warn!("the other nodes could not be met yet; this node serves without them until then");
    }
    Ok(())
}

/// Takes the words of other nodes; what is not one is ignored.
fn listener(waiters: Waiters, typing: Arc<TypingBoard>, monitor: Arc<Monitor>) -> OnWord {
    Arc::new(move |word| match serde_json::from_str(word) {
        Ok(Word::Changed { conversation }) => waiters.wake(&conversation),
        Ok(Word::Typing { conversation, user, signal }) => {
            if let Some(signal) = typing::parse(&signal) {
                typing.hear(&conversation, &user, &signal, steady_ms());
                waiters.wake(&conversation);
            }
        }
        Ok(Word::Here(node)) => monitor.nodes.hear(node, steady_ms()),
        Err(error) => tracing::debug!(%error, "a word of another node is not understood"),
    })
}
