//! Long polls waiting for a conversation to change. Knows nothing of what changed: a wake only
//! says "read again", so that push, poll and long poll give the same answer.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// Who arms for this waits for any conversation.
pub const EVERYWHERE: &str = "";

/// Everybody who waits, by conversation.
#[derive(Clone, Default)]
pub struct Waiters {
    conversations: Arc<Mutex<HashMap<String, Arc<Notify>>>>,
    /// True: nobody waits any more.
    ended: Arc<AtomicBool>,
}

impl Waiters {
    /// Begins to wait. Arm first, then read, then await: what commits in between wakes too.
    pub fn arm(&self, conversation_id: &str) -> Armed {
        let notify = self.conversations.lock().entry(conversation_id.to_owned()).or_default().clone();
        let mut woken = Box::pin(notify.clone().notified_owned());
        woken.as_mut().enable();
        Armed { waiters: self.clone(), conversation_id: conversation_id.to_owned(), notify, woken }
    }

    /// Wakes everybody who waits for this conversation.
    pub fn wake(&self, conversation_id: &str) {
        let conversations = self.conversations.lock();
        for waited in [conversation_id, EVERYWHERE] {
            if let Some(notify) = conversations.get(waited) {
                notify.notify_waiters();
            }
        }
    }

    /// Does nobody wait any more?
    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    /// Long polls that wait now.
    pub fn waiting(&self) -> usize {
        // Each holds two, the map one.
        self.conversations.lock().values().map(|notify| Arc::strong_count(notify) / 2).sum()
    }

    /// Wakes everybody, and lets nobody wait from now on: the server is stopping, and an answer at once
    /// is better than a connection cut.
    pub fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
        self.conversations.lock().values().for_each(|notify| notify.notify_waiters());
    }

    /// Lets people wait again: the server goes on.
    pub fn resume(&self) {
        self.ended.store(false, Ordering::SeqCst);
    }
}

/// One waiting long poll; leaves the list when dropped.
pub struct Armed {
    waiters: Waiters,
    conversation_id: String,
    notify: Arc<Notify>,
    woken: std::pin::Pin<Box<tokio::sync::futures::OwnedNotified>>,
}

impl Armed {
    /// Resolves when the conversation changed, or after `within`.
    pub async fn changed(mut self, within: std::time::Duration) {
        // Armed before this is read, so that an end in between wakes.
        if self.waiters.ended.load(Ordering::SeqCst) {
            return;
        }
        let _ = tokio::time::timeout(within, self.woken.as_mut()).await;
    }
}

impl Drop for Armed {
    fn drop(&mut self) {
        let mut conversations = self.waiters.conversations.lock();
        // Three: the map's, this one's, and the one inside `woken`.
        if Arc::strong_count(&self.notify) <= 3 {
            conversations.remove(&self.conversation_id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn what_happens_between_arming_and_awaiting_is_not_missed() {
        let waiters = Waiters::default();
        let armed = waiters.arm("cnv_1");
        waiters.wake("cnv_1");
        tokio::time::timeout(Duration::from_secs(5), armed.changed(Duration::from_secs(60)))
            .await
            .expect("woken at once");
        assert!(waiters.conversations.lock().is_empty());
    }

    #[tokio::test]
    async fn the_last_to_leave_clears_the_entry() {
        let waiters = Waiters::default();
        let (one, two) = (waiters.arm("cnv_1"), waiters.arm("cnv_1"));
        drop(one);
        assert_eq!(waiters.conversations.lock().len(), 1);
        drop(two);
        assert!(waiters.conversations.lock().is_empty());
    }
}
