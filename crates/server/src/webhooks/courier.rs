//! Carries letters from the outbox to the webhooks they are for: in order within a lane, again and
//! again until they are too old, each lane on its own. Knows nothing of what the letters tell.

use super::settings::Webhook;
use super::{Counters, Owner, body, now_ms, standard, steady_ms};
use crate::outbound::{IDLE, Line, Outbound, Target};
use axum::http::HeaderMap;
use chat::{About, Attempt, Chat, ChatWebhook, Failed, Waiting};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
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
/// How long a receiver that fails again and again is left alone.
const CIRCUIT_MS: u64 = 60_000;
/// The lease's name.
const OFFICE: &str = "outbox";

/// Delivers for all apps.
pub(super) struct Courier {
    chat: Chat,
    outbound: Arc<Outbound>,
    pub(super) counters: Counters,
    destinations: Mutex<HashMap<String, Served>>,
    /// Is it this server that delivers?
    in_office: watch::Sender<bool>,
}

/// Who is called, and how.
#[derive(Clone, Debug, PartialEq)]
enum Whom {
    /// The back end of an app (contract 1.14).
    App { key: String, secret: String, webhook: Webhook },
    /// Another program that follows the chat.
    Chat(ChatWebhook, Target),
}

impl Whom {
    fn is_of_chat(&self) -> bool {
        matches!(self, Whom::Chat(..))
    }

    fn target(&self) -> &Target {
        match self {
            Whom::App { webhook, .. } => &webhook.target,
            Whom::Chat(_, target) => target,
        }
    }

    fn is_batching(&self) -> bool {
        matches!(self, Whom::App { webhook, .. } if webhook.batching)
    }

    /// Headers and body of one call.
    fn call(&self, first: &Waiting, head: &[Waiting]) -> (HeaderMap, String) {
        match self {
            Whom::App { key, secret, webhook } => {
                let body = body::call(first.created_ms, head.iter().map(|letter| letter.payload.as_str()));
                (body::headers(&webhook.headers, key, secret, &body), body)
            }
            Whom::Chat(webhook, _) => {
                let body = first.payload.clone();
                (standard::headers(&webhook.secrets, &body, now_ms() / 1_000), body)
            }
        }
    }

    /// The longest pause between two attempts.
    fn longest_ms(&self) -> u64 {
        if self.is_of_chat() { 3_600_000 } else { 60_000 }
    }
}

/// A webhook as it is served.
struct Destination {
    id: String,
    whom: Whom,
    /// Something new waits in a lane.
    lanes: Vec<Arc<Notify>>,
    /// What waits may be due earlier than it was.
    is_due: Notify,
    circuit: Circuit,
}

impl Destination {
    /// Every lane looks at what waits in it, also where that waits for its time.
    fn look(&self) {
        self.is_due.notify_waiters();
        self.lanes.iter().for_each(|lane| lane.notify_one());
    }
}

/// A destination with the tasks of its lanes, which end with it.
struct Served {
    destination: Arc<Destination>,
    _tasks: JoinSet<()>,
}

/// Leaves a receiver alone for a while that fails again and again, and says so once.
#[derive(Default)]
struct Circuit {
    failures: AtomicU32,
    closed_again_ms: AtomicU64,
}

impl Circuit {
    /// How long nobody is to call.
    fn pause_ms(&self, now_ms: u64) -> u64 {
        self.closed_again_ms.load(Relaxed).saturating_sub(now_ms)
    }

    fn works(&self, destination: &str) {
        if self.failures.swap(0, Relaxed) >= limit::WEBHOOK_FAILURES {
            tracing::warn!(destination, "a webhook works again");
        }
        self.closed_again_ms.store(0, Relaxed);
    }

    fn fails(&self, destination: &str, now_ms: u64) {
        let failures = self.failures.fetch_add(1, Relaxed) + 1;
        if failures == limit::WEBHOOK_FAILURES {
            tracing::error!(
                destination,
                failures,
                "a webhook fails again and again: it is tried once a minute"
            );
        }
        if failures >= limit::WEBHOOK_FAILURES {
            self.closed_again_ms.store(now_ms + CIRCUIT_MS, Relaxed);
        }
    }
}

impl Courier {
    pub(super) fn new(chat: Chat, outbound: Arc<Outbound>) -> Courier {
        let (in_office, _) = watch::channel(false);
        Courier { chat, outbound, counters: Counters::default(), destinations: Mutex::default(), in_office }
    }

    /// Delivers to these apps' webhooks from now on. Calls under way to others are dropped; their letters stay.
    pub(super) fn serve(self: &Arc<Self>, owners: &[Owner]) {
        let mut wanted = Vec::new();
        for Owner { id, key, secret, webhooks } in owners {
            for webhook in webhooks.iter() {
                let whom = Whom::App { key: key.clone(), secret: secret.clone(), webhook: webhook.clone() };
                wanted.push((super::destination(id, webhook), whom));
            }
        }
        self.exchange(wanted, |whom| !whom.is_of_chat());
    }

    /// Delivers to the chat's webhooks, as the database has them now.
    pub(super) async fn serve_chat(self: &Arc<Self>) {
        // While the database is away, those of before are served.
        let Ok(webhooks) = self.chat.webhook_targets().await else { return };
        let readable = |webhook: ChatWebhook| {
            let target = Target::parse(&webhook.url)?;
            Some((webhook.destination(), Whom::Chat(webhook, target)))
        };
        self.exchange(webhooks.into_iter().filter_map(readable).collect(), Whom::is_of_chat);
    }

    /// Exchanges all destinations of a kind; one that stays as it is goes on undisturbed.
    fn exchange(self: &Arc<Self>, wanted: Vec<(String, Whom)>, is_of_kind: impl Fn(&Whom) -> bool) {
        let mut served = self.destinations.lock();
        served.retain(|id, served| {
            let whom = &served.destination.whom;
            !is_of_kind(whom) || wanted.iter().any(|(other, as_before)| other == id && as_before == whom)
        });
        for (id, whom) in wanted {
            if served.contains_key(&id) {
                continue;
            }
            let lanes = if whom.is_batching() { 1 } else { limit::WEBHOOK_LANES };
            let destination = Arc::new(Destination {
                id: id.clone(),
                whom,
                lanes: (0..lanes).map(|_| Arc::default()).collect(),
                is_due: Notify::new(),
                circuit: Circuit::default(),
            });
            let mut tasks = JoinSet::new();
            for lane in 0..lanes {
                tasks.spawn(self.clone().deliver(destination.clone(), lane));
            }
            served.insert(id, Served { destination, _tasks: tasks });
        }
    }

    /// Ends all deliveries at once; what was not acknowledged stays in the outbox.
    pub(super) fn stop(&self) {
        self.destinations.lock().clear();
    }

    /// Something was told about this conversation.
    pub(super) fn wake_chat(&self, conversation_id: &str) {
        let lane = usize::try_from(chat::lane_of(conversation_id)).unwrap_or(0);
        let destinations = self.destinations.lock();
        let of_chat = destinations.values().filter(|served| served.destination.whom.is_of_chat());
        of_chat.filter_map(|served| served.destination.lanes.get(lane)).for_each(|lane| lane.notify_one());
    }

    /// Something new waits there.
    pub(super) fn wake(&self, lanes: &[(String, u64)]) {
        let destinations = self.destinations.lock();
        for (id, lane) in lanes {
            let lane = usize::try_from(*lane).unwrap_or(0);
            let lane = destinations.get(id).and_then(|served| served.destination.lanes.get(lane));
            if let Some(lane) = lane {
                lane.notify_one();
            }
        }
    }

    /// Whoever waits there is tried at once, even if it has failed again and again.
    pub(super) fn retry(&self, destination: &str) {
        if let Some(served) = self.destinations.lock().get(destination) {
            served.destination.circuit.closed_again_ms.store(0, Relaxed);
            served.destination.look();
        }
    }

    /// Where letters go, by the name of the destination: without the query, which may hold a secret.
    pub(super) fn addresses(&self) -> HashMap<String, String> {
        let destinations = self.destinations.lock();
        destinations
            .iter()
            .map(|(id, served)| (id.clone(), served.destination.whom.target().shown()))
            .collect()
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
                if shared {
                    // Another server may have changed them.
                    self.serve_chat().await;
                }
                self.look().await;
            }
        }
    }

    /// Wakes every lane of whoever has letters.
    pub(super) async fn look(&self) {
        let Ok(waiting) = self.chat.outbox_waiting().await else { return };
        self.counters.waiting.store(waiting.iter().map(|(_, count)| count).sum(), Relaxed);
        let destinations = self.destinations.lock();
        for served in waiting.iter().filter_map(|(id, _)| destinations.get(id)) {
            served.destination.look();
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
        let most = if destination.whom.is_batching() { limit::WEBHOOK_BATCH } else { 1 };
        loop {
            // Its sender is this courier's, which outlives the loop.
            let _ = in_office.wait_for(|held| *held).await;
            // Before the look, so that nothing is missed which becomes due after it.
            let is_due = destination.is_due.notified();
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
            let wait_ms = due_in_ms(first.due_ms, now_ms(), destination.whom.longest_ms())
                .max(destination.circuit.pause_ms(steady_ms()));
            if wait_ms > 0 {
                // What is new waits behind it, so that is no reason to look.
                let _ = tokio::time::timeout(Duration::from_millis(wait_ms), is_due).await;
                continue;
            }
            self.carry(&destination, lane, &mut line, &head).await;
        }
    }

    /// One call with these letters, and what becomes of them.
    async fn carry(&self, destination: &Destination, lane: u64, line: &mut Line, head: &[Waiting]) {
        let Destination { id, whom, circuit, .. } = destination;
        let Some(first) = head.first() else { return };
        let (headers, body) = whom.call(first, head);
        let (at_ms, began) = (now_ms(), Instant::now());
        let (status, failure) = match line.post(whom.target(), &headers, body.into()).await {
            Ok(reply) if (200..300).contains(&reply.status) => (Some(reply.status), None),
            Ok(reply) => (Some(reply.status), Some(format!("it answered {}", reply.status))),
            Err(failure) => (None, Some(failure.to_string())),
        };
        let attempts = first.attempts + 1;
        let is_delivered = failure.is_none();
        let again_ms = failure.is_some().then(|| now_ms() + delay_ms(attempts, whom.longest_ms(), random()));
        match &failure {
            None => circuit.works(id),
            Some(reason) => {
                tracing::warn!(destination = id, attempts, reason, "a webhook call failed");
                self.counters.retried.fetch_add(1, Relaxed);
                if whom.is_of_chat() {
                    circuit.fails(id, steady_ms());
                }
            }
        }
        let noted = match whom {
            Whom::App { .. } => match again_ms {
                None => {
                    let numbers = head.iter().map(|letter| letter.number).collect();
                    self.chat.outbox_done(id, lane, numbers).await
                }
                Some(due_ms) => {
                    let why = failure.unwrap_or_default();
                    let failed = Failed { attempts, at_ms, due_ms, why };
                    self.chat.outbox_put_off(id, lane, first.number, failed).await
                }
            },
            Whom::Chat(webhook, _) => {
                let attempt = Attempt {
                    webhook_id: webhook.id.clone(),
                    letter: Some((lane, first.number)),
                    payload: first.payload.clone(),
                    number: attempts,
                    at_ms,
                    duration_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
                    status,
                    failure: failure.filter(|_| status.is_none()),
                    again_ms,
                };
                self.chat.webhook_attempted(attempt).await.map(|_| ())
            }
        };
        match noted {
            // Delivered is what no other server will call again, so it is counted when that is on disk.
            Ok(()) if is_delivered => drop(self.counters.delivered.fetch_add(head.len() as u64, Relaxed)),
            Ok(()) => {}
            Err(refused) => {
                tracing::warn!(
                    reason = refused.refusal.row().name,
                    "what became of a webhook event is not noted"
                );
                tokio::time::sleep(STORAGE_AGAIN).await;
            }
        }
    }
}

/// A second, doubled each time up to `longest_ms`, by half more or less, so that receivers which come back
/// are not met by everybody at once. `random` is anything.
fn delay_ms(attempts: u64, longest_ms: u64, random: u64) -> u64 {
    let whole = 1_000 << attempts.saturating_sub(1).min(12);
    let whole: u64 = u64::min(whole, longest_ms);
    whole / 2 + random % (whole + 1)
}

/// How long a letter waits for its time. None waits longer than [`delay_ms`] says: one that would was put
/// off before the clock was put back.
fn due_in_ms(due_ms: u64, now_ms: u64, longest_ms: u64) -> u64 {
    let wait_ms = due_ms.saturating_sub(now_ms);
    if wait_ms > longest_ms + longest_ms / 2 { 0 } else { wait_ms }
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
        let app = |attempts, random| delay_ms(attempts, 60_000, random);
        assert_eq!((app(1, 0), app(1, 1_000)), (500, 1_500));
        assert_eq!((app(2, 0), app(4, 0)), (1_000, 4_000));
        assert_eq!((app(7, 0), app(70, 60_000)), (30_000, 90_000));
        assert_eq!((delay_ms(12, 3_600_000, 0), delay_ms(70, 3_600_000, 0)), (1_024_000, 1_800_000));
    }

    #[test]
    fn a_letter_does_not_wait_for_a_clock_that_was_put_back() {
        assert_eq!((due_in_ms(5_000, 4_000, 60_000), due_in_ms(4_000, 5_000, 60_000)), (1_000, 0));
        assert_eq!((due_in_ms(94_000, 4_000, 60_000), due_in_ms(94_001, 4_000, 60_000)), (90_000, 0));
    }

    #[test]
    fn a_receiver_that_fails_again_and_again_is_left_alone_until_it_works() {
        let circuit = Circuit::default();
        (1..limit::WEBHOOK_FAILURES).for_each(|_| circuit.fails("hook", 1_000));
        assert_eq!(circuit.pause_ms(1_000), 0);
        circuit.fails("hook", 1_000);
        assert_eq!(circuit.pause_ms(1_000), CIRCUIT_MS);
        assert_eq!(circuit.pause_ms(1_000 + CIRCUIT_MS), 0, "then one call tries");
        circuit.works("hook");
        assert_eq!(circuit.pause_ms(1_000), 0);
    }
}
