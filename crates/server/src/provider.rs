//! Publishing outwards (ruling 13): what visitors may see of a conversation goes to a foreign provider
//! too, in order, without ever holding up our own delivery. Knows nothing of what the events mean.
//!
//! Events wait in a bounded queue and go out in batches. What is too long for the provider, finds no
//! room or cannot be delivered is not lost: its channel is told that it is behind, and the widget asks
//! us for what it has not seen.

mod foreign;

pub use foreign::Foreign;

use crate::desk::now_ms;
use crate::outbound::{Line, Outbound};
use axum::http::{HeaderMap, HeaderValue, header};
use parking_lot::Mutex;
use serde_json::json;
use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::Notify;
use wire::event::BEHIND_EVENT;
use wire::{limit, sign};

/// Pauses before a batch is tried again.
const AGAIN: [Duration; 3] = [Duration::from_millis(250), Duration::from_secs(1), Duration::from_secs(3)];
/// Pauses after a batch that could not be delivered: a provider that is down is not stormed.
const REST: Duration = Duration::from_secs(5);
/// Bytes of a batch's events, unless one alone has more: Reverb takes 10,000 as it comes.
const BATCH_BYTES: usize = 9_000;
/// What stands around an event in a batch, about.
const AROUND_EVENT_BYTES: usize = 60;
/// How long a server that stops still publishes.
const STOP_WITHIN: Duration = Duration::from_secs(2);

/// Publishes to a foreign provider.
pub struct Publisher {
    /// Where to.
    pub foreign: Foreign,
    lanes: Vec<Lane>,
    counters: Counters,
}

#[derive(Default)]
struct Lane {
    waiting: Mutex<Waiting>,
    wake: Notify,
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<Outgoing>,
    /// Channels of events that did not go out, and up to which fact.
    behind: BTreeMap<String, u64>,
    /// Is a batch on its way?
    busy: bool,
}

/// An event on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Outgoing {
    channel: String,
    event: String,
    data: String,
    /// Of the last fact it is about, in the visitors' counter.
    seq: u64,
}

#[derive(Default)]
struct Counters {
    published: AtomicU64,
    retried: AtomicU64,
    withheld: AtomicU64,
}

/// Since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Events the provider took.
    pub published: u64,
    /// Calls that failed.
    pub retried: u64,
    /// Events that did not go out as they are; their channels were told to ask.
    pub withheld: u64,
}

impl Outgoing {
    /// "There are facts up to this one: ask for them."
    fn behind(channel: String, seq: u64) -> Outgoing {
        let data = json!({ "up_to": seq }).to_string();
        Outgoing { channel, event: BEHIND_EVENT.to_owned(), data, seq }
    }

    fn bytes(&self) -> usize {
        self.channel.len() + self.event.len() + self.data.len() + AROUND_EVENT_BYTES
    }
}

impl Waiting {
    fn fall_behind(&mut self, channel: String, seq: u64) {
        if self.behind.len() < limit::PROVIDER_BEHIND || self.behind.contains_key(&channel) {
            let last = self.behind.entry(channel).or_default();
            *last = seq.max(*last);
        }
    }

    /// What goes out next, in order: channels hear that they are behind once everything else is out.
    fn next(&mut self) -> Vec<Outgoing> {
        let mut batch: Vec<Outgoing> = Vec::new();
        let mut bytes = 0;
        while let Some(event) = self.events.front()
            && batch.len() < limit::BATCH_EVENTS
            && (batch.is_empty() || bytes + event.bytes() <= BATCH_BYTES)
        {
            bytes += event.bytes();
            batch.extend(self.events.pop_front());
        }
        while batch.len() < limit::BATCH_EVENTS
            && self.events.is_empty()
            && let Some((channel, seq)) = self.behind.pop_first()
        {
            batch.push(Outgoing::behind(channel, seq));
        }
        self.busy = !batch.is_empty();
        batch
    }
}

impl Publisher {
    /// Nothing is sent before [`Publisher::start`].
    pub fn new(foreign: Foreign) -> Publisher {
        let lanes = (0..limit::PROVIDER_CALLS).map(|_| Lane::default()).collect();
        Publisher { foreign, lanes, counters: Counters::default() }
    }

    /// Sends what waits and what comes. Needs a tokio runtime.
    pub fn start(self: &Arc<Self>, outbound: &Arc<Outbound>) {
        for lane in 0..self.lanes.len() {
            tokio::spawn(self.clone().send(lane, Line::new(outbound.clone())));
        }
    }

    /// Queues an event. `seq` is that of the last fact it is about, in the visitors' counter. Never waits.
    pub fn publish(&self, channel: &str, event: &str, data: &str, seq: u64) {
        let mut hasher = DefaultHasher::new();
        channel.hash(&mut hasher);
        let lane = &self.lanes[hasher.finish() as usize % self.lanes.len()];
        {
            let waiting = &mut *lane.waiting.lock();
            let channel = channel.to_owned();
            if waiting.events.len() >= limit::PROVIDER_EVENTS {
                self.counters.withheld.fetch_add(1, Relaxed);
                waiting.fall_behind(channel, seq);
            } else if data.len() > limit::EVENT_DATA_BYTES {
                self.counters.withheld.fetch_add(1, Relaxed);
                waiting.events.push_back(Outgoing::behind(channel, seq));
            } else {
                waiting.events.push_back(Outgoing {
                    channel,
                    event: event.to_owned(),
                    data: data.to_owned(),
                    seq,
                });
            }
        }
        lane.wake.notify_one();
    }

    /// Counters for whoever watches over the server.
    pub fn stats(&self) -> Stats {
        let Counters { published, retried, withheld } = &self.counters;
        Stats {
            published: published.load(Relaxed),
            retried: retried.load(Relaxed),
            withheld: withheld.load(Relaxed),
        }
    }

    /// Waits a moment for what is still on its way.
    pub async fn stop(&self) {
        let idle = |lane: &Lane| {
            let waiting = lane.waiting.lock();
            waiting.events.is_empty() && !waiting.busy
        };
        let all = async {
            while !self.lanes.iter().all(idle) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        // What is left is read from us, by whoever comes back.
        let _ = tokio::time::timeout(STOP_WITHIN, all).await;
    }

    async fn send(self: Arc<Self>, lane: usize, mut line: Line) {
        let lane = &self.lanes[lane];
        let mut fails = false;
        loop {
            let batch = lane.waiting.lock().next();
            if batch.is_empty() {
                lane.wake.notified().await;
                continue;
            }
            match self.deliver(&mut line, &batch).await {
                Ok(()) => {
                    self.counters.published.fetch_add(batch.len() as u64, Relaxed);
                    if std::mem::take(&mut fails) {
                        tracing::info!("the provider takes events again");
                    }
                }
                Err(reason) => {
                    if !std::mem::replace(&mut fails, true) {
                        tracing::warn!(
                            reason,
                            "the provider takes no events; widgets fall back to this server"
                        );
                    }
                    let real = batch.iter().filter(|event| event.event != BEHIND_EVENT).count();
                    self.counters.withheld.fetch_add(real as u64, Relaxed);
                    {
                        let waiting = &mut *lane.waiting.lock();
                        batch.into_iter().for_each(|event| waiting.fall_behind(event.channel, event.seq));
                    }
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }

    /// Publishes a batch, a few times if need be.
    async fn deliver(&self, line: &mut Line, batch: &[Outgoing]) -> Result<(), String> {
        let mut outcome = self.call(line, batch).await;
        for pause in AGAIN {
            if outcome.is_ok() {
                break;
            }
            self.counters.retried.fetch_add(1, Relaxed);
            tokio::time::sleep(pause).await;
            outcome = self.call(line, batch).await;
        }
        outcome
    }

    /// One call. A batch that is too large for the provider goes out one by one, and an event that is
    /// too large by itself as the news that there is one.
    async fn call(&self, line: &mut Line, batch: &[Outgoing]) -> Result<(), String> {
        let status = self.post(line, batch).await?;
        match (status, batch) {
            (200..=299, _) => Ok(()),
            (413, [event]) if event.event != BEHIND_EVENT => {
                self.counters.withheld.fetch_add(1, Relaxed);
                let behind = Outgoing::behind(event.channel.clone(), event.seq);
                accepted(self.post(line, &[behind]).await?)
            }
            (413, [_, _, ..]) => {
                for event in batch {
                    Box::pin(self.call(line, std::slice::from_ref(event))).await?;
                }
                Ok(())
            }
            _ => accepted(status),
        }
    }

    async fn post(&self, line: &mut Line, batch: &[Outgoing]) -> Result<u16, String> {
        let Foreign { id, key, secret, api, .. } = &self.foreign;
        let event =
            |event: &Outgoing| json!({"name": event.event, "channel": event.channel, "data": event.data});
        let body = json!({ "batch": batch.iter().map(event).collect::<Vec<_>>() }).to_string();
        let path = format!("/apps/{id}/batch_events");
        let query = sign::signed_query("POST", &path, key, secret, body.as_bytes(), now_ms() / 1_000);
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let reply = line.post(&api.at(format!("{path}?{query}")), &headers, body.into()).await;
        reply.map(|reply| reply.status).map_err(|failure| failure.to_string())
    }
}

fn accepted(status: u16) -> Result<(), String> {
    if (200..300).contains(&status) { Ok(()) } else { Err(format!("it answered {status}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publisher() -> Publisher {
        let of = |name: &str| match name {
            "BROADCAST_CONNECTION" => Some("pusher".to_owned()),
            "PUSHER_APP_ID" | "PUSHER_APP_KEY" | "PUSHER_APP_SECRET" => Some("1".to_owned()),
            _ => None,
        };
        Publisher::new(Foreign::read(&of).ok().flatten().expect("all is set"))
    }

    /// Everything that waits for a channel, in batches: events by their data.
    fn batches(publisher: &Publisher) -> Vec<Vec<String>> {
        let mut all = Vec::new();
        for lane in &publisher.lanes {
            loop {
                let batch = lane.waiting.lock().next();
                if batch.is_empty() {
                    break;
                }
                all.push(batch.into_iter().map(|event| event.data).collect());
            }
        }
        all
    }

    #[test]
    fn batches_are_bounded_by_count_and_bytes_and_keep_the_order() {
        let publisher = publisher();
        for n in 0..12 {
            publisher.publish("private-chat.conversation.a", "e", &n.to_string(), n);
        }
        let long = "x".repeat(8_950);
        publisher.publish("private-chat.conversation.a", "e", &long, 12);
        publisher.publish("private-chat.conversation.a", "e", "13", 13);
        let expected: Vec<Vec<String>> = vec![
            (0..10).map(|n: u32| n.to_string()).collect(),
            vec!["10".into(), "11".into()],
            vec![long],
            vec!["13".into()],
        ];
        assert_eq!(batches(&publisher), expected);
    }

    #[test]
    fn what_does_not_fit_becomes_the_news_that_there_is_something() {
        let publisher = publisher();
        publisher.publish("private-chat.conversation.a", "e", &"x".repeat(limit::EVENT_DATA_BYTES + 1), 7);
        for n in 0..=limit::PROVIDER_EVENTS as u64 {
            publisher.publish("private-chat.conversation.a", "e", "8", 8 + n);
        }
        let sent: Vec<String> = batches(&publisher).into_iter().flatten().collect();
        assert_eq!(sent[0], r#"{"up_to":7}"#);
        assert_eq!(sent[1], "8");
        let last = 8 + limit::PROVIDER_EVENTS as u64;
        assert_eq!(
            sent.last(),
            Some(&format!("{{\"up_to\":{last}}}")),
            "the last to know is told at the end"
        );
        assert_eq!(publisher.stats().withheld, 3, "one too long, two without room");
    }
}
