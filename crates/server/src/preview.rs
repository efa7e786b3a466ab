//! Who may see what a visitor types before it is sent: only agents of widgets that say so; else a typing
//! signal is stripped of its text before anybody gets it. Knows nothing of how signals travel.

use crate::availability::AvailabilityBoard;
use crate::typing;
use chat::Chat;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::mpsc;
use wire::chat_channel::ChatChannel;
use wire::event::Typing;
use wire::limit;

/// Conversations that may wait to be looked up.
const ASKED: usize = 256;

/// Strips signals.
pub struct Previews {
    board: Arc<AvailabilityBoard>,
    /// The widget of each conversation in which somebody typed a text; it never changes.
    places: Mutex<HashMap<String, String>>,
    asked: mpsc::Sender<String>,
    to_ask: Mutex<Option<mpsc::Receiver<String>>>,
}

impl Previews {
    /// By what this board knows of widgets.
    pub fn new(board: Arc<AvailabilityBoard>) -> Previews {
        let (asked, to_ask) = mpsc::channel(ASKED);
        Previews { board, places: Mutex::default(), asked, to_ask: Mutex::new(Some(to_ask)) }
    }

    /// What others get of a signal: the signal, or that somebody types and no more.
    pub fn share(&self, widget_id: &str, typing: Typing) -> Typing {
        if self.board.previews_typing(widget_id) { typing } else { Typing { text: None, ..typing } }
    }

    /// What others get of a whisper's data; `None`: all of it. Runs on a shard's thread, so it cannot ask the
    /// database: the first signal of a conversation goes without its text.
    pub fn rewrite(&self, channel: &str, user_id: Option<&str>, data: &str) -> Option<String> {
        let typing = typing::parse(data).filter(|typing| typing.text.is_some())?;
        let is_visitor = user_id.is_none_or(|id| id.starts_with("vis_"));
        let may = is_visitor && self.may_be_seen(channel);
        if may || !is_visitor {
            return None;
        }
        serde_json::to_string(&Typing { text: None, ..typing }).ok()
    }

    fn may_be_seen(&self, channel: &str) -> bool {
        let Some(ChatChannel::Conversation(id) | ChatChannel::ConversationAlias(id)) =
            ChatChannel::parse(channel)
        else {
            return false;
        };
        let known = self.places.lock().get(&id).map(|widget_id| self.board.previews_typing(widget_id));
        if known.is_none() {
            // Full: then the next signal asks.
            let _ = self.asked.try_send(id);
        }
        known.unwrap_or(false)
    }

    /// Looks up what is asked, until the server ends.
    pub async fn answer(self: Arc<Self>, chat: Chat) {
        let Some(mut to_ask) = self.to_ask.lock().take() else { return };
        while let Some(id) = to_ask.recv().await {
            let Ok(Some(widget_id)) = chat.widget_of(&id).await else { continue };
            let mut places = self.places.lock();
            if places.len() >= limit::TYPING_PLACES {
                places.clear();
            }
            places.insert(id, widget_id);
        }
    }
}
