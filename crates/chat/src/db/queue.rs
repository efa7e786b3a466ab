//! How verbs get from async callers to the threads that own database connections, and
//! their answers back. Knows nothing of the engine behind.

use super::Tx;
use parking_lot::Mutex;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};
use wire::{Refusal, Refused};

/// Verbs that may wait. Callers beyond that wait for a place, so a flood costs no memory.
pub(super) const WAITING: usize = 4096;

/// What a job needs of its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    Write,
}

/// A verb on its way.
pub(super) trait Job: Send {
    /// Runs the verb; `false` when it refused, so that what it wrote has to go. May be called again.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Sends the verb's own answer, or the refusal that undid its transaction.
    fn answer(self: Box<Self>, undone: Option<Refusal>);
}

/// A verb in the queue.
pub(super) struct Waiting {
    pub(super) kind: Kind,
    pub(super) job: Box<dyn Job>,
    pub(super) since: Instant,
}

/// A verb with its outcome and the caller that waits for it.
pub(super) struct Verb<T, F> {
    verb: F,
    outcome: Option<Result<T, Refused>>,
    reply: oneshot::Sender<Result<T, Refused>>,
}

impl<T, F> Verb<T, F> {
    pub(super) fn new(verb: F, reply: oneshot::Sender<Result<T, Refused>>) -> Verb<T, F> {
        Verb { verb, outcome: None, reply }
    }
}

impl<T, F> Job for Verb<T, F>
where
    T: Send,
    F: Fn(&mut Tx<'_>) -> Result<T, Refused> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        // A fault in one verb must not take the thread, and with it every other verb, along.
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.verb)(tx)))
            .unwrap_or_else(|_| Err(Refusal::Internal.into()));
        let kept = outcome.is_ok();
        self.outcome = Some(outcome);
        kept
    }

    fn answer(self: Box<Self>, undone: Option<Refusal>) {
        let outcome = match (undone, self.outcome) {
            (Some(refusal), _) => Err(refusal.into()),
            (None, Some(outcome)) => outcome,
            (None, None) => Err(Refusal::StorageUnavailable.into()),
        };
        // The caller may have gone; the verb is done all the same.
        let _ = self.reply.send(outcome);
    }
}

/// The way to the threads, until it is closed.
pub(super) struct Queue {
    sender: Mutex<Option<mpsc::Sender<Waiting>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Queue {
    pub(super) fn new(sender: mpsc::Sender<Waiting>, threads: Vec<JoinHandle<()>>) -> Queue {
        Queue { sender: Mutex::new(Some(sender)), threads: Mutex::new(threads) }
    }

    pub(super) fn is_open(&self) -> bool {
        self.sender.lock().is_some()
    }

    pub(super) async fn send(&self, kind: Kind, job: Box<dyn Job>) -> Result<(), Refused> {
        let sender = self.sender.lock().clone().ok_or(Refusal::StorageUnavailable)?;
        sender
            .send(Waiting { kind, job, since: Instant::now() })
            .await
            .map_err(|_| Refusal::StorageUnavailable.into())
    }

    /// Lets the threads finish what waits, and waits for them.
    pub(super) async fn close(&self) {
        self.sender.lock().take();
        let threads: Vec<_> = self.threads.lock().drain(..).collect();
        let joined = tokio::task::spawn_blocking(|| {
            threads.into_iter().for_each(|thread| {
                if thread.join().is_err() {
                    tracing::error!("a storage thread ended by a panic");
                }
            });
        });
        let _ = joined.await;
    }
}
