//! Carries letters from the outbox to the webhooks they are for: in order within a lane, again and
//! again until they are too old, each lane on its own. Knows nothing of what the letters tell.

use super::settings::Webhook;
use super::{Counters, Owner, body, now_ms};
use crate::outbound::{IDLE, Line, Outbound};
use chat::{About, Chat, Waiting};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use wire::limit;

/// Between two tries to use the database while it is away.
const STORAGE_AGAIN: Duration = Duration::from_secs(1);
/// How often the letters of other servers on the same database are looked for.
const LOOK: Duration = Duration::from_secs(1);
/// How often what is too old is dropped.
const SWEEP: Duration = Duration::from_secs(5);
/// A server that delivers and is silent for so long has lost its office.
const LEASE_MS: u64 = 6_000;
/// The lease's name.
const OFFICE: &str = "outbox";

/// Delivers for all apps.
pub(super) struct Courier {
    chat: Chat,
    outbound: Arc<Outbound>,
    pub(super) counters: Counters,
    destinations: Mutex<HashMap<String, Arc<Destination>>>,
    running: Mutex<JoinSet<()>>,
    /// Is it this server that delivers?
    in_office: watch::Sender<bool>,
}

/// A webhook with what its calls are signed with.
struct Destination {
    id: String,
    key: String,
    secret: String,
    webhook: Webhook,
    lanes: Vec<Arc<Notify>>,
}

impl Courier {
    pub(super) fn new(chat: Chat, outbound: Arc<Outbound>) -> Courier {
        let (in_office, _) = watch::channel(false);
        Courier {
            chat,
            outbound,
            counters: Counters::default(),
            destinations: Mutex::default(),
            running: Mutex::default(),
            in_office,
        }
    }

    /// Delivers to these webhooks from now on. Calls under way to others are dropped; their letters stay.
    pub(super) fn serve(self: &Arc<Self>, owners: &[Owner]) {
        let mut destinations = HashMap::new();
        let mut running = self.running.lock();
        running.abort_all();
        for Owner { id, key, secret, webhooks } in owners {
            for webhook in webhooks.iter() {
                let id = super::destination(id, webhook);
                let lanes = if webhook.batching { 1 } else { limit::WEBHOOK_LANES };
                let destination = Arc::new(Destination {
                    id: id.clone(),
                    key: key.clone(),
                    secret: secret.clone(),
                    webhook: webhook.clone(),
                    lanes: (0..lanes).map(|_| Arc::default()).collect(),
                });
                for lane in 0..lanes {
                    running.spawn(self.clone().deliver(destination.clone(), lane));
                }
                destinations.insert(id, destination);
            }
        }
        *self.destinations.lock() = destinations;
    }

    /// Ends all deliveries at once; what was not acknowledged stays in the outbox.
    pub(super) fn stop(&self) {
        self.running.lock().abort_all();
    }

    /// Something new waits there.
    pub(super) fn wake(&self, lanes: &[(String, u64)]) {
        let destinations = self.destinations.lock();
        for (id, lane) in lanes {
            let lane = destinations.get(id).and_then(|d| d.lanes.get(usize::try_from(*lane).unwrap_or(0)));
            if let Some(lane) = lane {
                lane.notify_one();
            }
        }
    }

    /// Letters that were not even written.
    pub(super) fn refused(&self, count: u64) {
        if count > 0 {
            tracing::warn!(count, "webhook events given up: too many wait for their receiver");
            self.counters.given_up.fetch_add(count, Relaxed);
        }
    }

    /// Takes the office, where several servers share one database, and keeps house.
    pub(super) async fn hold_office(self: Arc<Self>, shared: bool) {
        let holder = crate::secrets::random_word(16);
        let mut ticks = tokio::time::interval(LOOK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        for round in 0_u64.. {
            ticks.tick().await;
            let now_ms = now_ms();
            let mine =
                !shared || self.chat.lease(OFFICE, &holder, now_ms, now_ms + LEASE_MS).await.unwrap_or(false);
            let newly = mine && !*self.in_office.borrow();
            self.in_office.send_if_modified(|held| std::mem::replace(held, mine) != mine);
            if mine && round % SWEEP.as_secs() == 0 {
                self.sweep(now_ms).await;
            }
            // This server's own letters wake their lane; others' are looked for.
            if mine && (newly || shared || round % SWEEP.as_secs() == 0) {
                self.look().await;
            }
        }
    }

    async fn look(&self) {
        let Ok(waiting) = self.chat.outbox_waiting().await else { return };
        self.counters.waiting.store(waiting.iter().map(|(_, count)| count).sum(), Relaxed);
        let destinations = self.destinations.lock();
        for destination in waiting.iter().filter_map(|(id, _)| destinations.get(id)) {
            destination.lanes.iter().for_each(|lane| lane.notify_one());
        }
    }

    async fn sweep(&self, now_ms: u64) {
        match self.chat.outbox_give_up(now_ms).await {
            Ok(gone) => {
                for (destination, count) in gone {
                    tracing::warn!(
                        destination,
                        count,
                        "webhook events given up: delivery failed for too long"
                    );
                    self.counters.given_up.fetch_add(count, Relaxed);
                }
            }
            Err(refused) => tracing::warn!(reason = refused.refusal.row().name, "outbox not swept"),
        }
        let old_ms = now_ms.saturating_sub(limit::CACHE_MISS_AGAIN_MS);
        // What is left is swept the next time.
        let _ = self.chat.told_forget(About::CacheMiss, old_ms).await;
    }

    /// One lane: its letters one after another, for ever.
    async fn deliver(self: Arc<Self>, destination: Arc<Destination>, lane: u64) {
        let mut line = Line::new(self.outbound.clone());
        let mut in_office = self.in_office.subscribe();
        let wake = &destination.lanes[usize::try_from(lane).unwrap_or(0)];
        let most = if destination.webhook.batching { limit::WEBHOOK_BATCH } else { 1 };
        loop {
            // Its sender is this courier's, which outlives the loop.
            let _ = in_office.wait_for(|held| *held).await;
            let head = match self.chat.outbox_head(&destination.id, lane, most, now_ms()).await {
                Ok(head) => head,
                Err(_) => {
                    tokio::time::sleep(STORAGE_AGAIN).await;
                    continue;
                }
            };
            let Some(first) = head.first() else {
                if tokio::time::timeout(IDLE, wake.notified()).await.is_err() {
                    line.hang_up();
                    wake.notified().await;
                }
                continue;
            };
            let wait_ms = first.due_ms.saturating_sub(now_ms());
            if wait_ms > 0 {
                tokio::time::sleep(Duration::from_millis(wait_ms)).await;
                continue;
            }
            self.carry(&destination, lane, &mut line, &head).await;
        }
    }

    /// One call with these letters, and what becomes of them.
    async fn carry(&self, destination: &Destination, lane: u64, line: &mut Line, head: &[Waiting]) {
        let Destination { id, key, secret, webhook, .. } = destination;
        let Some(first) = head.first() else { return };
        let body = body::call(first.created_ms, head.iter().map(|letter| letter.payload.as_str()));
        let headers = body::headers(&webhook.headers, key, secret, &body);
        let failed = match line.post(&webhook.target, &headers, body.into()).await {
            Ok(reply) if (200..300).contains(&reply.status) => {
                let numbers = head.iter().map(|letter| letter.number).collect();
                if let Err(refused) = self.chat.outbox_done(id, lane, numbers).await {
                    tracing::warn!(reason = refused.refusal.row().name, "a delivered webhook event stays");
                    tokio::time::sleep(STORAGE_AGAIN).await;
                }
                self.counters.delivered.fetch_add(head.len() as u64, Relaxed);
                return;
            }
            Ok(reply) => format!("it answered {}", reply.status),
            Err(failure) => failure.to_string(),
        };
        let attempts = first.attempts + 1;
        tracing::warn!(destination = id, attempts, reason = failed, "a webhook call failed");
        self.counters.retried.fetch_add(1, Relaxed);
        let due_ms = now_ms() + delay_ms(attempts, random());
        if self.chat.outbox_put_off(id, lane, first.number, attempts, due_ms).await.is_err() {
            tokio::time::sleep(STORAGE_AGAIN).await;
        }
    }
}

/// A second, doubled each time up to a minute, by half more or less, so that receivers which come back
/// are not met by everybody at once. `random` is anything.
fn delay_ms(attempts: u64, random: u64) -> u64 {
    let whole = 1_000 << attempts.saturating_sub(1).min(6);
    let whole: u64 = u64::min(whole, 60_000);
    whole / 2 + random % (whole + 1)
}

fn random() -> u64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    u64::from_ne_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contract_1_14_retries_are_ever_further_apart_and_never_all_at_once() {
        assert_eq!((delay_ms(1, 0), delay_ms(1, 1_000)), (500, 1_500));
        assert_eq!((delay_ms(2, 0), delay_ms(4, 0)), (1_000, 4_000));
        assert_eq!((delay_ms(7, 0), delay_ms(70, 60_000)), (30_000, 90_000));
    }
}
