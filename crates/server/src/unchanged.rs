//! Polls that can be answered from memory, because since the last one nothing was written in their
//! conversation. Decides how long that may be believed; knows nothing of what an answer says.
//!
//! What changes a conversation passes the announcer, which forgets here what it makes untrue. Only this
//! process writes an SQLite file, so there is no other way. On a shared database another node writes too,
//! and may fail to say so: there nothing is remembered.

use crate::desk::OnChange;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::api::VisitorPage;

/// For what the announcer does not hear of: a contact taken apart, a log trimmed, an agent of another name.
const BELIEVED: Duration = Duration::from_secs(30);
/// Polls remembered at once.
const MOST: usize = 20_000;

/// Empty answers to polls.
#[derive(Clone)]
pub struct Unchanged {
    known: Arc<Mutex<Known>>,
    is_alone: bool,
}

#[derive(Default)]
struct Known {
    /// By conversation; hardly ever do two devices poll one.
    polls: HashMap<String, Vec<Poll>>,
    count: usize,
    /// Counts what was forgotten, so that nothing is remembered that was read before.
    forgotten: u64,
}

struct Poll {
    visitor_id: String,
    /// Typing and availability are left to whoever answers.
    page: Arc<VisitorPage>,
    until: Instant,
}

/// The moment before a read.
#[derive(Clone, Copy, Debug)]
pub struct Before(u64);

impl Unchanged {
    /// `is_alone`: nobody but this process writes what is read.
    pub fn new(is_alone: bool) -> Unchanged {
        Unchanged { known: Arc::default(), is_alone }
    }

    /// Forgets what a commit made untrue before anybody is told of it.
    pub fn forgetting(&self, on_change: OnChange) -> OnChange {
        let unchanged = self.clone();
        Arc::new(move |changes| {
            changes.iter().for_each(|change| unchanged.forget(&change.conversation.id));
            on_change(changes);
        })
    }

    /// To be taken before reading what is to be remembered.
    pub fn before(&self) -> Before {
        Before(self.known.lock().forgotten)
    }

    /// What this visitor was last answered here, if that still holds for whoever has everything up to `after`.
    pub fn find(
        &self,
        conversation_id: &str,
        visitor_id: &str,
        after: u64,
        now: Instant,
    ) -> Option<Arc<VisitorPage>> {
        let known = self.known.lock();
        let poll = known.polls.get(conversation_id)?.iter().find(|poll| poll.visitor_id == visitor_id)?;
        (poll.page.seq == after && poll.until > now).then(|| poll.page.clone())
    }

    /// Remembers an answer with nothing new, unless something was forgotten since `before`.
    pub fn keep(&self, visitor_id: &str, page: &VisitorPage, before: Before, now: Instant) {
        let mut known = self.known.lock();
        if !self.is_alone || known.forgotten != before.0 || known.count >= MOST {
            return;
        }
        let polls = known.polls.entry(page.conversation.id.clone()).or_default();
        let older = polls.iter().position(|poll| poll.visitor_id == visitor_id);
        let older = older.map(|at| polls.swap_remove(at));
        let page = Arc::new(page.clone());
        polls.push(Poll { visitor_id: visitor_id.to_owned(), page, until: now + BELIEVED });
        known.count += usize::from(older.is_none());
    }

    /// Something was written there.
    fn forget(&self, conversation_id: &str) {
        let mut known = self.known.lock();
        known.forgotten += 1;
        known.count -= known.polls.remove(conversation_id).map_or(0, |polls| polls.len());
    }

    /// Others may have written.
    pub fn forget_all(&self) {
        self.retain(|_| false);
    }

    /// Drops what is believed no longer.
    pub fn sweep(&self, now: Instant) {
        self.retain(|poll| poll.until > now);
    }

    fn retain(&self, keep: impl Fn(&Poll) -> bool) {
        let mut known = self.known.lock();
        known.forgotten += 1;
        known.polls.retain(|_, polls| {
            polls.retain(&keep);
            !polls.is_empty()
        });
        known.count = known.polls.values().map(Vec::len).sum();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use wire::api::VisitorConversation;
    use wire::availability::Availability;
    use wire::event::ConversationStatus;

    /// Everything up to 7 has been read.
    fn nothing_new() -> VisitorPage {
        let conversation = VisitorConversation {
            id: "cnv_1".to_owned(),
            status: ConversationStatus::Open,
            agents: Vec::new(),
            receipts: Vec::new(),
            created_at: "2026-11-27T00:00:00Z".to_owned(),
        };
        VisitorPage {
            success: true,
            conversation,
            joins: Vec::new(),
            activity: Vec::new(),
            messages: Vec::new(),
            events: Vec::new(),
            seq: 7,
            more: false,
            typing: Vec::new(),
            availability: Availability::default(),
        }
    }

    fn remembering() -> (Unchanged, Instant) {
        let (unchanged, now) = (Unchanged::new(true), Instant::now());
        unchanged.keep("ana", &nothing_new(), unchanged.before(), now);
        unchanged.keep("ana", &nothing_new(), unchanged.before(), now);
        assert!(unchanged.find("cnv_1", "ana", 7, now).is_some());
        (unchanged, now)
    }

    #[test]
    fn only_anas_own_poll_at_her_own_place_is_answered_from_memory() {
        let (unchanged, now) = remembering();
        assert!(unchanged.find("cnv_1", "eve", 7, now).is_none());
        assert!(unchanged.find("cnv_2", "ana", 7, now).is_none());
        assert!(unchanged.find("cnv_1", "ana", 6, now).is_none());
        assert!(unchanged.find("cnv_1", "ana", 7, now + BELIEVED).is_none());
    }

    #[test]
    fn what_is_written_is_forgotten() {
        let (unchanged, now) = remembering();
        unchanged.forget("cnv_2");
        unchanged.sweep(now);
        assert!(unchanged.find("cnv_1", "ana", 7, now).is_some());
        unchanged.forget("cnv_1");
        assert!(unchanged.find("cnv_1", "ana", 7, now).is_none());
        assert_eq!(unchanged.known.lock().count, 0);
    }

    #[test]
    fn what_was_read_before_ben_wrote_is_not_remembered_after() {
        let (unchanged, now) = (Unchanged::new(true), Instant::now());
        let before = unchanged.before();
        unchanged.forget("cnv_1");
        unchanged.keep("ana", &nothing_new(), before, now);
        assert!(unchanged.find("cnv_1", "ana", 7, now).is_none());
    }

    #[test]
    fn beside_other_nodes_nothing_is_remembered() {
        let (unchanged, now) = (Unchanged::new(false), Instant::now());
        unchanged.keep("ana", &nothing_new(), unchanged.before(), now);
        assert!(unchanged.find("cnv_1", "ana", 7, now).is_none());
    }
}
