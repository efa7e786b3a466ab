//! Token buckets against floods (S14): per address for what strangers may do, per person for
//! what they write. Knows nothing of routes.

use crate::reply::{Answer, No};
use crate::settings::Settings;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::net::IpAddr;
use std::num::NonZeroU32;
use wire::limit;

/// One bucket per key; `None` is no limit.
struct Buckets<K: std::hash::Hash + Eq + Clone>(Option<DefaultKeyedRateLimiter<K>>);

impl<K: std::hash::Hash + Eq + Clone> Buckets<K> {
    fn per_minute(rate: u32) -> Buckets<K> {
        Buckets(NonZeroU32::new(rate).map(|rate| RateLimiter::dashmap(Quota::per_minute(rate))))
    }

    fn take(&self, key: &K) -> Answer<()> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        limiter.check_key(key).map_err(|full| {
            let wait = full.wait_time_from(DefaultClock::default().now());
            No::too_many(wait.as_secs() + 1)
        })
    }

    fn forget_full(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

/// Every bucket of the server.
pub struct Rates {
    sessions: Buckets<IpAddr>,
    logins: Buckets<IpAddr>,
    messages: Buckets<String>,
    signals: Buckets<String>,
}

impl Rates {
    /// Buckets as the settings say.
    pub fn new(settings: &Settings) -> Rates {
        Rates {
            sessions: Buckets::per_minute(settings.sessions_per_minute),
            logins: Buckets::per_minute(settings.logins_per_minute),
            messages: Buckets::per_minute(settings.messages_per_minute),
            signals: Buckets::per_minute(limit::SIGNALS_PER_MINUTE),
        }
    }

    /// A new visitor session from this address.
    ///
    /// # Errors
    /// `too-many-requests`, like all below.
    pub fn session(&self, client: IpAddr) -> Answer<()> {
        self.sessions.take(&network(client))
    }

    /// An attempt to sign in or set up from this address.
    ///
    /// # Errors
    /// `too-many-requests`.
    pub fn login(&self, client: IpAddr) -> Answer<()> {
        self.logins.take(&network(client))
    }

    /// A message or conversation by this visitor.
    ///
    /// # Errors
    /// `too-many-requests`.
    pub fn message(&self, visitor: &str) -> Answer<()> {
        self.messages.take(&visitor.to_owned())
    }

    /// A typing signal, read cursor or channel authorisation by this person.
    ///
    /// # Errors
    /// `too-many-requests`.
    pub fn signal(&self, person: &str) -> Answer<()> {
        self.signals.take(&person.to_owned())
    }

    /// Drops the buckets that are full again, so that memory follows the active clients.
    pub fn forget_full(&self) {
        self.sessions.forget_full();
        self.logins.forget_full();
        self.messages.forget_full();
        self.signals.forget_full();
    }
}

/// An IPv6 client owns a whole /64: it counts as one.
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(v6) => {
            let s = v6.segments();
            IpAddr::from([s[0], s[1], s[2], s[3], 0, 0, 0, 0])
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}
