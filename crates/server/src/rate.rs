//! Token buckets against floods (S14): per address for what strangers may do, per person for
//! what they write and upload. Knows nothing of routes.

use crate::reply::{Answer, No};
use crate::settings::Settings;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;
use wire::{Refusal, limit};

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

    fn per_hour(amount: u32) -> Buckets<K> {
        Buckets(NonZeroU32::new(amount).map(|amount| RateLimiter::dashmap(Quota::per_hour(amount))))
    }

    /// How long to wait until there is room for so much. More than a bucket holds waits for a full one.
    fn take_many(&self, key: &K, amount: u32) -> Result<(), Duration> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        let amount = NonZeroU32::new(amount).unwrap_or(NonZeroU32::MIN);
        match limiter.check_key_n(key, amount) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(full)) => Err(full.wait_time_from(DefaultClock::default().now())),
            Err(_) => Err(Duration::from_secs(3_600)),
        }
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
    /// KiB of files.
    uploads: Buckets<String>,
    /// KiB of files from one address.
    uploads_from: Buckets<IpAddr>,
}

impl Rates {
    /// Buckets as the settings say.
    pub fn new(settings: &Settings) -> Rates {
        Rates {
            sessions: Buckets::per_minute(settings.sessions_per_minute),
            logins: Buckets::per_minute(settings.logins_per_minute),
            messages: Buckets::per_minute(settings.messages_per_minute),
            signals: Buckets::per_minute(limit::SIGNALS_PER_MINUTE),
            uploads: Buckets::per_hour(settings.upload_kib_per_hour),
            uploads_from: Buckets::per_hour(
                settings.upload_kib_per_hour.saturating_mul(limit::UPLOAD_ADDRESS_FACTOR),
            ),
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

    /// A file of so many bytes by this visitor, from this address. Small files count as 64 KiB.
    ///
    /// # Errors
    /// `upload-quota`.
    pub fn upload(&self, visitor: &str, client: IpAddr, bytes: u64) -> Answer<()> {
        let kib = u32::try_from(bytes.div_ceil(1024).max(64)).unwrap_or(u32::MAX);
        let taken = self.uploads.take_many(&visitor.to_owned(), kib);
        let taken = taken.and_then(|()| self.uploads_from.take_many(&network(client), kib));
        taken.map_err(|wait| No::later(Refusal::UploadQuota, wait.as_secs() + 1))
    }

    /// Drops the buckets that are full again, so that memory follows the active clients.
    pub fn forget_full(&self) {
        self.sessions.forget_full();
        self.logins.forget_full();
        self.messages.forget_full();
        self.signals.forget_full();
        self.uploads.forget_full();
        self.uploads_from.forget_full();
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
