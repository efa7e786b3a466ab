//! Webhooks (contract 1.14): an app's back end is told what happens on its channels, once, in order
//! per channel, and although either side may be killed meanwhile. Decides how the parts hang together.
//!
//! An `ear` notes on a shard's thread what may have changed. The `reporter` looks at the hub, and writes
//! what is news to the outbox together with the fact that it was told. The `courier` empties the outbox.

mod body;
mod courier;
mod ear;
mod reporter;
mod settings;
pub mod standard;

pub use settings::{EventKind, Webhook};

use crate::apps::AppKeys;
use crate::desk::{now_ms, steady_ms};
use crate::outbound::Outbound;
use chat::{Chat, Posted};
use courier::Courier;
use ear::Ear;
use parking_lot::Mutex;
use realtime::{Hub, OnNotice};
use reporter::Reporter;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

/// An app as far as webhooks go.
#[derive(Clone, Debug)]
pub struct Owner {
    /// The app's id.
    pub id: String,
    /// Sent with every call.
    pub key: String,
    /// Signs every call.
    pub secret: String,
    /// Whom to tell.
    pub webhooks: Arc<[Webhook]>,
}

impl Owner {
    /// This app wants these webhooks.
    pub fn new(app: &AppKeys, webhooks: &[Webhook]) -> Owner {
        let AppKeys { id, key, secret } = app.clone();
        Owner { id, key, secret, webhooks: webhooks.into() }
    }
}

/// Since the start; `waiting` is some seconds old.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Events acknowledged by their receiver.
    pub delivered: u64,
    /// Calls that failed and were put off.
    pub retried: u64,
    /// Events dropped: too old, or too many.
    pub given_up: u64,
    /// Events in the outbox, over all servers on this database.
    pub waiting: u64,
}

#[derive(Default)]
struct Counters {
    delivered: AtomicU64,
    retried: AtomicU64,
    given_up: AtomicU64,
    waiting: AtomicU64,
}

/// All apps' ears.
#[derive(Default)]
struct Ears {
    by_app: Mutex<HashMap<String, Arc<Ear>>>,
    wake: Arc<Notify>,
}

impl Ears {
    fn all(&self) -> Vec<Arc<Ear>> {
        self.by_app.lock().values().cloned().collect()
    }

    fn of(&self, app_id: &str) -> Option<Arc<Ear>> {
        self.by_app.lock().get(app_id).cloned()
    }

    /// Apps that are not among these want to know nothing any more.
    fn keep(&self, owners: &[Owner]) {
        for (id, ear) in &*self.by_app.lock() {
            if !owners.iter().any(|owner| owner.id == *id) {
                ear.change(Arc::new([]));
            }
        }
    }

    /// The ear of an app that wants these; its old one, if it has one.
    fn make(&self, owner: &Owner) -> Arc<Ear> {
        let mut by_app = self.by_app.lock();
        let fresh = || Arc::new(Ear::new(&owner.id, owner.webhooks.clone(), self.wake.clone()));
        let ear = by_app.entry(owner.id.clone()).or_insert_with(fresh);
        ear.change(owner.webhooks.clone());
        ear.clone()
    }
}

/// The webhooks of all apps.
#[derive(Default)]
pub struct Webhooks {
    ears: Arc<Ears>,
    running: Mutex<Option<Running>>,
}

struct Running {
    courier: Arc<Courier>,
    stop: watch::Sender<bool>,
    reporter: JoinHandle<()>,
    office: JoinHandle<()>,
}

impl Webhooks {
    /// What an app with webhooks hangs in as [`realtime::App::on_notice`]; `None` for others, which
    /// then cost nothing.
    pub fn hook(&self, owner: &Owner) -> Option<OnNotice> {
        if owner.webhooks.is_empty() {
            return None;
        }
        let ear = self.ears.make(owner);
        Some(Arc::new(move |notice| ear.hear(notice)))
    }

    /// Reports and delivers for these apps from now on, and no longer for others. `shared`: other servers
    /// may use this database. Needs a tokio runtime.
    pub fn start(&self, owners: &[Owner], hub: &Hub, chat: &Chat, outbound: &Arc<Outbound>, shared: bool) {
        self.ears.keep(owners);
        let mut running = self.running.lock();
        if let Some(Running { courier, .. }) = &*running {
            courier.serve(owners);
            return;
        }
        let courier = Arc::new(Courier::new(chat.clone(), outbound.clone()));
        courier.serve(owners);
        tokio::spawn({
            let courier = courier.clone();
            async move { courier.serve_chat().await }
        });
        let (stop, stopping) = watch::channel(false);
        let reporter = Reporter::new(hub.clone(), chat.clone(), self.ears.clone(), courier.clone());
        let reporter = tokio::spawn(reporter.run(self.ears.wake.clone(), stopping));
        let office = tokio::spawn(courier.clone().hold_office(shared));
        *running = Some(Running { courier, stop, reporter, office });
    }

    fn courier(&self) -> Option<Arc<Courier>> {
        self.running.lock().as_ref().map(|running| running.courier.clone())
    }

    /// The chat's webhooks were changed.
    pub async fn serve_chat(&self) {
        if let Some(courier) = self.courier() {
            courier.serve_chat().await;
        }
    }

    /// Letters were written; where does not matter.
    pub fn look(&self) {
        if let Some(courier) = self.courier() {
            tokio::spawn(async move { courier.look().await });
        }
    }

    /// These letters were written.
    pub fn wake(&self, posted: &Posted) {
        if let Some(courier) = self.courier() {
            courier.wake(&posted.lanes);
            courier.refused(posted.refused);
        }
    }

    /// A change of this conversation was committed, perhaps with letters about it.
    pub fn wake_chat(&self, conversation_id: &str) {
        if let Some(courier) = self.courier() {
            courier.wake_chat(conversation_id);
        }
    }

    /// What waits for this destination was made due.
    pub fn retry(&self, destination: &str) {
        if let Some(courier) = self.courier() {
            courier.retry(destination);
        }
    }

    /// Where letters go, by the names that the outbox has for it.
    pub fn addresses(&self) -> HashMap<String, String> {
        self.courier().map(|courier| courier.addresses()).unwrap_or_default()
    }

    /// Counters for whoever watches over the server.
    pub fn stats(&self) -> Stats {
        let running = self.running.lock();
        let Some(Running { courier, .. }) = &*running else { return Stats::default() };
        let of = |counter: &AtomicU64| counter.load(Relaxed);
        let Counters { delivered, retried, given_up, waiting } = &courier.counters;
        Stats { delivered: of(delivered), retried: of(retried), given_up: of(given_up), waiting: of(waiting) }
    }

    /// Writes what was heard, and ends. What was not delivered stays in the outbox.
    pub async fn stop(&self) {
        let running = self.running.lock().take();
        let Some(Running { courier, stop, reporter, office }) = running else { return };
        stop.send_replace(true);
        // It can only have panicked, and then there is nothing left to write.
        let _ = reporter.await;
        courier.stop();
        office.abort();
    }
}

/// An app's webhook as the outbox names it.
fn destination(app_id: &str, webhook: &Webhook) -> String {
    format!("{app_id}/{}", webhook.id)
}
