//! Who types where, for clients that poll (ruling 3). A signal: kept in memory for some seconds,
//! never stored, never numbered. Knows nothing of sockets.

use crate::nodes::Word;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::OnceLock;
use tokio::sync::mpsc;
use wire::event::{Typing, TypingNow};
use wire::limit;

struct Typist {
    user_id: String,
    text: Option<String>,
    until_ms: u64,
}

/// Everybody who types right now, by conversation.
#[derive(Default)]
pub struct TypingBoard {
    conversations: Mutex<HashMap<String, Vec<Typist>>>,
    /// The way to those who poll other nodes.
    nodes: OnceLock<mpsc::Sender<Word>>,
}

impl TypingBoard {
    /// From now on other nodes are told of the signals noted here.
    pub fn tell_nodes(&self, nodes: mpsc::Sender<Word>) {
        // Set once, at start.
        let _ = self.nodes.set(nodes);
    }

    /// Notes a signal that came to this node, and passes it on.
    pub fn note(&self, conversation_id: &str, user_id: &str, typing: &Typing, now_ms: u64) {
        self.hear(conversation_id, user_id, typing, now_ms);
        if let Some(nodes) = self.nodes.get() {
            // Full: then this signal is not worth the wait.
            let _ = nodes.try_send(Word::typing(conversation_id, user_id, typing));
        }
    }

    /// Notes a signal; an "on" lasts [`limit::TYPING_LASTS_MS`] unless renewed.
    pub fn hear(&self, conversation_id: &str, user_id: &str, typing: &Typing, now_ms: u64) {
        let mut conversations = self.conversations.lock();
        if !typing.on {
            if let Some(typists) = conversations.get_mut(conversation_id) {
                typists.retain(|typist| typist.user_id != user_id);
                if typists.is_empty() {
                    conversations.remove(conversation_id);
                }
            }
            return;
        }
        let typists = conversations.entry(conversation_id.to_owned()).or_default();
        typists.retain(|typist| typist.user_id != user_id && typist.until_ms > now_ms);
        typists.push(Typist {
            user_id: user_id.to_owned(),
            text: typing.text.clone(),
            until_ms: now_ms + limit::TYPING_LASTS_MS,
        });
    }

    /// Who types in a conversation, other than the reader.
    pub fn others(&self, conversation_id: &str, reader_id: &str, now_ms: u64) -> Vec<TypingNow> {
        self.conversations
            .lock()
            .get(conversation_id)
            .into_iter()
            .flatten()
            .filter(|typist| typist.user_id != reader_id && typist.until_ms > now_ms)
            .map(|typist| TypingNow { user_id: typist.user_id.clone(), text: typist.text.clone() })
            .collect()
    }

    /// Drops signals that are over.
    pub fn sweep(&self, now_ms: u64) {
        self.conversations.lock().retain(|_, typists| {
            typists.retain(|typist| typist.until_ms > now_ms);
            !typists.is_empty()
        });
    }
}

/// Is this whisper's data a well-formed [`Typing`] within limits (S8)?
pub fn is_typing(event: &str, data: &str) -> bool {
    event == wire::event::TYPING_EVENT && parse(data).is_some()
}

/// Reads a whisper's data.
pub fn parse(data: &str) -> Option<Typing> {
    let typing: Typing = serde_json::from_str(data).ok()?;
    let short = |text: &String| text.chars().count() <= limit::TYPING_TEXT_CHARS;
    typing.text.as_ref().is_none_or(short).then_some(typing)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ON: Typing = Typing { on: true, text: None };
    const OFF: Typing = Typing { on: false, text: None };

    #[test]
    fn a_typist_is_seen_by_others_until_it_stops_or_falls_silent() {
        let board = TypingBoard::default();
        board.note("cnv_1", "agt_ben", &ON, 0);
        assert_eq!(board.others("cnv_1", "vis_ana", 1).len(), 1);
        assert!(board.others("cnv_1", "agt_ben", 1).is_empty());
        assert!(board.others("cnv_1", "vis_ana", limit::TYPING_LASTS_MS).is_empty());
        board.note("cnv_1", "agt_ben", &ON, 10);
        board.note("cnv_1", "agt_ben", &OFF, 11);
        assert!(board.others("cnv_1", "vis_ana", 12).is_empty());
        assert!(board.conversations.lock().is_empty());
    }

    #[test]
    fn ruling_3_a_whisper_carries_on_and_text_alone() {
        assert!(is_typing("client-typing", r#"{"on":true}"#));
        assert!(is_typing("client-typing", r#"{"on":true,"text":"hel"}"#));
        for forged in [r#"{"on":true,"name":"Ben"}"#, r#"{"on":"yes"}"#, r#""typing""#, "{}"] {
            assert!(!is_typing("client-typing", forged), "{forged}");
        }
        assert!(!is_typing("client-message", r#"{"on":true}"#));
    }
}
