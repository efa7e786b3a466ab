//! Token buckets against floods (S14), in one table: what is counted, by whom, how much of it. Decides when
//! somebody has to wait and how long; knows nothing of routes.

use crate::reply::{Answer, No};
use crate::settings::Settings;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use std::cell::Cell;
use std::net::IpAddr;
use std::num::NonZeroU32;
use wire::{Refusal, limit};

/// One kind of bucket for each line of [`TABLE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// New visitor sessions.
    Sessions,
    /// Attempts to sign in or set up.
    Logins,
    /// Codes and passwords that one person tries.
    SecondSteps,
    /// A visitor's messages and conversations.
    Messages,
    /// Typing signals, read cursors, channel authorisations.
    Signals,
    /// Messages and conversations of all visitors of a widget.
    WidgetMessages,
    /// Calls with an API key.
    KeyCalls,
    /// KiB of files by a visitor.
    Uploads,
    /// KiB of files from one address.
    UploadsFrom,
    /// What a website's page says of a visitor; each event counts.
    WebsiteWords,
    /// Backups that an owner downloads.
    Backups,
}

/// By whom a bucket is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// A client's address.
    Address,
    /// A visitor or agent, whatever sessions they have.
    Person,
    /// A widget.
    Widget,
    /// An API key.
    Key,
}

/// A line of the table. A bucket holds as much as its time allows, so that much may come at once.
pub struct Entry {
    /// Which.
    pub bucket: Bucket,
    /// By whom.
    pub per: Per,
    /// How many, in a minute or an hour; 0 is no limit.
    pub rate: fn(&Settings) -> Rate,
}

/// So much in so long.
pub enum Rate {
    /// In a minute.
    Minute(u32),
    /// In an hour.
    Hour(u32),
}

impl Rate {
    fn quota(self) -> Option<Quota> {
        match self {
            Rate::Minute(most) => NonZeroU32::new(most).map(Quota::per_minute),
            Rate::Hour(most) => NonZeroU32::new(most).map(Quota::per_hour),
        }
    }
}

/// Every bucket, in the order of [`Bucket`].
pub const TABLE: [Entry; 11] = [
    Entry { bucket: Bucket::Sessions, per: Per::Address, rate: |s| Rate::Minute(s.sessions_per_minute) },
    Entry { bucket: Bucket::Logins, per: Per::Address, rate: |s| Rate::Minute(s.logins_per_minute) },
    Entry {
        bucket: Bucket::SecondSteps,
        per: Per::Person,
        // Whoever limits no sign-in limits its second step no more.
        rate: |s| Rate::Hour(if s.logins_per_minute == 0 { 0 } else { limit::SECOND_STEPS_PER_HOUR }),
    },
    Entry { bucket: Bucket::Messages, per: Per::Person, rate: |s| Rate::Minute(s.messages_per_minute) },
    Entry { bucket: Bucket::Signals, per: Per::Person, rate: |_| Rate::Minute(limit::SIGNALS_PER_MINUTE) },
    Entry {
        bucket: Bucket::WidgetMessages,
        per: Per::Widget,
        // Whoever limits no visitor limits all of them together no more.
        rate: |s| {
            Rate::Minute(if s.messages_per_minute == 0 { 0 } else { limit::WIDGET_MESSAGES_PER_MINUTE })
        },
    },
    Entry { bucket: Bucket::KeyCalls, per: Per::Key, rate: |s| Rate::Minute(s.key_calls_per_minute) },
    Entry { bucket: Bucket::Uploads, per: Per::Person, rate: |s| Rate::Hour(s.upload_kib_per_hour) },
    Entry {
        bucket: Bucket::UploadsFrom,
        per: Per::Address,
        rate: |s| Rate::Hour(s.upload_kib_per_hour.saturating_mul(limit::UPLOAD_ADDRESS_FACTOR)),
    },
    Entry {
        bucket: Bucket::WebsiteWords,
        per: Per::Person,
        rate: |_| Rate::Minute(limit::WEBSITE_WORDS_PER_MINUTE),
    },
    Entry { bucket: Bucket::Backups, per: Per::Person, rate: |_| Rate::Hour(limit::BACKUPS_PER_HOUR) },
];

type Limiter = RateLimiter<String, DashMapStateStore<String>, DefaultClock, StateInformationMiddleware>;

/// Every bucket of the server; `None` is no limit.
pub struct Rates([Option<Limiter>; TABLE.len()]);

/// What is left of the bucket that a request took from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Left {
    limit: u32,
    remaining: u32,
    /// Until it is full again, or until there is one again.
    reset_s: u64,
}

tokio::task_local! {
    /// The scarcest bucket that the request at hand took from.
    static LEFT: Cell<Option<Left>>;
}

impl Rates {
    /// Buckets as the settings say.
    pub fn new(settings: &Settings) -> Rates {
        Rates(TABLE.map(|entry| {
            let limiter = RateLimiter::dashmap((entry.rate)(settings).quota()?);
            Some(limiter.with_middleware::<StateInformationMiddleware>())
        }))
    }

    /// Takes one from the bucket of this key.
    ///
    /// # Errors
    /// `too-many-requests`, with the second in which there is one again.
    pub fn take(&self, bucket: Bucket, key: &str) -> Answer<()> {
        let Some(limiter) = &self.0[bucket as usize] else { return Ok(()) };
        match limiter.check_key(&key.to_owned()) {
            Ok(state) => {
                let (quota, remaining) = (state.quota(), state.remaining_burst_capacity());
                let limit = quota.burst_size().get();
                let missing = limit.saturating_sub(remaining);
                let reset_s = (quota.replenish_interval() * missing).as_secs_f64().ceil() as u64;
                note(Left { limit, remaining, reset_s });
                Ok(())
            }
            Err(full) => {
                let wait = full.wait_time_from(DefaultClock::default().now());
                let reset_s = (wait.as_secs_f64().ceil() as u64).max(1);
                note(Left { limit: full.quota().burst_size().get(), remaining: 0, reset_s });
                Err(No::too_many(reset_s))
            }
        }
    }

    /// A new visitor session from this address.
    ///
    /// # Errors
    /// `too-many-requests`, like all below.
    pub fn session(&self, client: IpAddr) -> Answer<()> {
        self.take(Bucket::Sessions, &network(client).to_string())
    }

    /// An attempt to sign in or set up from this address.
    ///
    /// # Errors
    /// `too-many-requests`.
    pub fn login(&self, client: IpAddr) -> Answer<()> {
        self.take(Bucket::Logins, &network(client).to_string())
    }

    /// A message or conversation by this visitor.
    ///
    /// # Errors
    /// `too-many-requests`.
    pub fn message(&self, visitor: &str) -> Answer<()> {
        self.take(Bucket::Messages, visitor)
    }

    /// A message or conversation of some visitor of this widget.
    ///
    /// # Errors
    /// `too-many-requests`.
    pub fn widget_message(&self, widget: &str) -> Answer<()> {
        self.take(Bucket::WidgetMessages, widget)
    }

    /// A typing signal, read cursor or channel authorisation by this person.
    ///
    /// # Errors
    /// `too-many-requests`.
    pub fn signal(&self, person: &str) -> Answer<()> {
        self.take(Bucket::Signals, person)
    }

    /// A file of so many bytes by this visitor, from this address. Small files count as 64 KiB.
    ///
    /// # Errors
    /// `upload-quota`, with the second in which there is room for it.
    pub fn upload(&self, visitor: &str, client: IpAddr, bytes: u64) -> Answer<()> {
        let kib = u32::try_from(bytes.div_ceil(1024).max(64)).unwrap_or(u32::MAX);
        self.take_many(Bucket::Uploads, visitor, kib, Refusal::UploadQuota)?;
        self.take_many(Bucket::UploadsFrom, &network(client).to_string(), kib, Refusal::UploadQuota)
    }

    /// What a page says of this visitor, with so many events.
    ///
    /// # Errors
    /// `too-many-requests`, with the second in which there is room for all of it.
    pub fn website_words(&self, visitor: &str, events: usize) -> Answer<()> {
        let words = u32::try_from(events).unwrap_or(u32::MAX).saturating_add(1);
        self.take_many(Bucket::WebsiteWords, visitor, words, Refusal::TooManyRequests)
    }

    /// More than a bucket holds waits for a full one.
    fn take_many(&self, bucket: Bucket, key: &str, amount: u32, refusal: Refusal) -> Answer<()> {
        let Some(limiter) = &self.0[bucket as usize] else { return Ok(()) };
        let amount = NonZeroU32::new(amount).unwrap_or(NonZeroU32::MIN);
        let wait_s = match limiter.check_key_n(&key.to_owned(), amount) {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(full)) => full.wait_time_from(DefaultClock::default().now()).as_secs() + 1,
            Err(_) => 3_600,
        };
        Err(No::later(refusal, wait_s))
    }

    /// Drops the buckets that are full again, so that memory follows the active clients.
    pub fn forget_full(&self) {
        for limiter in self.0.iter().flatten() {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

/// Outside of a request there is nobody to tell.
fn note(left: Left) {
    let _ = LEFT.try_with(|scarcest| {
        let scarcer = scarcest.get().is_none_or(|before| left.remaining < before.remaining);
        if scarcer {
            scarcest.set(Some(left));
        }
    });
}

/// Runs a request, and says in the answer's headers what is left of the bucket it took from.
pub async fn telling<F: Future<Output = axum::response::Response>>(request: F) -> axum::response::Response {
    LEFT.scope(Cell::new(None), async {
        let mut response = request.await;
        if let Some(left) = LEFT.with(Cell::get) {
            left.mark(response.headers_mut());
        }
        response
    })
    .await
}

impl Left {
    fn mark(self, headers: &mut HeaderMap) {
        for (name, number) in [
            ("ratelimit-limit", u64::from(self.limit)),
            ("ratelimit-remaining", u64::from(self.remaining)),
            ("ratelimit-reset", self.reset_s),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(number));
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_its_buckets() {
        assert!(TABLE.iter().enumerate().all(|(at, entry)| entry.bucket as usize == at));
    }
}
