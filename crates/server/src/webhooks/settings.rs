//! What an app's owner wants to be told and where, as the configuration file says it. Knows nothing
//! of how it is delivered.

use crate::outbound::Target;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use realtime::Notice;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use wire::limit;

/// What is told (contract 1.14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A channel has its first listener.
    ChannelOccupied,
    /// Its last one left and nobody came back.
    ChannelVacated,
    /// A user came to a presence channel.
    MemberAdded,
    /// A user left it and did not come back.
    MemberRemoved,
    /// Whoever joined a cache channel got nothing.
    CacheMiss,
    /// A client sent an event.
    ClientEvent,
    /// How many subscriptions a channel has.
    SubscriptionCount,
}

/// One `[[apps.webhooks]]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Webhook {
    /// Short and the same for the same address: names its letters in the outbox.
    pub id: String,
    /// Where calls go.
    pub target: Target,
    /// What is told.
    pub events: Vec<EventKind>,
    /// Sent with every call.
    pub headers: HeaderMap,
    /// Several events in one call, when several wait.
    pub batching: bool,
    /// Only channels that begin so.
    pub filter_by_prefix: String,
    /// How long delivery is tried.
    pub retry_for_s: u64,
}

/// As it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    url: String,
    events: Vec<EventKind>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    batching: bool,
    #[serde(default)]
    filter_by_prefix: String,
    #[serde(default = "retry_for_s")]
    retry_for_s: u64,
}

fn retry_for_s() -> u64 {
    limit::WEBHOOK_RETRY_S
}

/// Headers that say how the call is made or who makes it.
fn is_ours(name: &HeaderName) -> bool {
    name.as_str().starts_with("x-pusher-")
        || [
            header::CONNECTION,
            header::CONTENT_LENGTH,
            header::CONTENT_TYPE,
            header::HOST,
            header::TE,
            header::TRANSFER_ENCODING,
            header::UPGRADE,
        ]
        .contains(name)
}

impl TryFrom<Written> for Webhook {
    type Error = String;

    fn try_from(written: Written) -> Result<Webhook, String> {
        let target = Target::parse(&written.url)
            .ok_or("a webhook's url must be http(s)://host[:port]/path without user and fragment")?;
        if written.events.is_empty() {
            return Err("a webhook without events would never be called".into());
        }
        let mut headers = HeaderMap::new();
        for (name, value) in written.headers {
            let checked = HeaderName::try_from(&name).ok().filter(|name| !is_ours(name));
            let checked = checked.zip(HeaderValue::try_from(value).ok());
            let (name, value) = checked.ok_or(format!("a webhook cannot send the header {name}"))?;
            headers.insert(name, value);
        }
        let id = hash(&written.url);
        let Written { events, batching, filter_by_prefix, retry_for_s, .. } = written;
        Ok(Webhook { id, target, events, headers, batching, filter_by_prefix, retry_for_s })
    }
}

fn hash(url: &str) -> String {
    let digest = Sha256::digest(url.as_bytes());
    digest[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Webhook {
    /// Is this told here?
    pub fn wants(&self, event: EventKind, channel: &str) -> bool {
        self.events.contains(&event) && channel.starts_with(&self.filter_by_prefix)
    }

    /// Could something have to be told here because of this notice?
    pub fn heeds(&self, notice: &Notice<'_>) -> bool {
        let (events, channel): (&[EventKind], &str) = match notice {
            Notice::Occupancy { channel } => {
                (&[EventKind::ChannelOccupied, EventKind::ChannelVacated], channel)
            }
            Notice::Member { channel, .. } => (&[EventKind::MemberAdded, EventKind::MemberRemoved], channel),
            Notice::User { .. } => (&[], ""),
            Notice::CacheMiss { channel } => (&[EventKind::CacheMiss], channel),
            Notice::ClientEvent(event) => (&[EventKind::ClientEvent], event.channel),
            Notice::SubscriptionCount { channel } => (&[EventKind::SubscriptionCount], channel),
        };
        events.iter().any(|event| self.wants(*event, channel))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_webhook_says_what_it_wants_and_gets_nothing_else() {
        let webhook: Webhook = toml::from_str(
            "url = 'https://shop.example/hooks?a=1'\nevents = ['channel_occupied', 'client_event']\n\
             filter_by_prefix = 'private-'\nheaders = { Authorization = 'Bearer x' }",
        )
        .unwrap();
        assert_eq!((webhook.batching, webhook.retry_for_s), (false, 300));
        assert_eq!(webhook.headers["authorization"], "Bearer x");
        assert!(webhook.wants(EventKind::ChannelOccupied, "private-x"));
        assert!(!webhook.wants(EventKind::ChannelOccupied, "news"));
        assert!(!webhook.wants(EventKind::ChannelVacated, "private-x"));
        assert!(webhook.heeds(&Notice::Occupancy { channel: "private-x" }));
        assert!(!webhook.heeds(&Notice::SubscriptionCount { channel: "private-x" }));
    }

    #[test]
    fn what_cannot_work_is_refused_when_it_is_read() {
        for bad in [
            "url = 'shop.example'\nevents = ['cache_miss']",
            "url = 'ftp://shop.example/'\nevents = ['cache_miss']",
            "url = 'https://u:p@shop.example/'\nevents = ['cache_miss']",
            "url = 'https://shop.example/#x'\nevents = ['cache_miss']",
            "url = 'https://shop.example/'\nevents = []",
            "url = 'https://shop.example/'\nevents = ['channel_ocupied']",
            "url = 'https://shop.example/'\nevents = ['cache_miss']\nfilter = 'x'",
            "url = 'https://shop.example/'\nevents = ['cache_miss']\nheaders = { X-Pusher-Key = 'k' }",
            "url = 'https://shop.example/'\nevents = ['cache_miss']\nheaders = { Host = 'k' }",
            "url = 'https://shop.example/'\nevents = ['cache_miss']\nheaders = { 'a b' = 'k' }",
            "url = 'https://shop.example/'\nevents = ['cache_miss']\nheaders = { A = \"a\\nb\" }",
        ] {
            assert!(toml::from_str::<Webhook>(bad).is_err(), "{bad}");
        }
    }
}
