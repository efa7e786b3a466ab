//! How long events take from their publishing until the last of their sockets was written to. Decides how times are
//! counted without remembering any of them; knows nothing of events.
//!
//! A lane notes when it stopped being empty, and its shard when all that waited was written: one look at the clock
//! at each end of a turn, however many events it carried, so that a busy shard pays less for each, not more. What is
//! counted is the wait of the turn's first event, which waited longest.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Parts of each doubling: a time is known to a quarter.
const PARTS: usize = 4;
/// Enough for half a minute.
const BUCKETS: usize = 24 * PARTS;

/// Written by one shard.
pub(crate) struct Latency([AtomicU64; BUCKETS]);

impl Default for Latency {
    fn default() -> Latency {
        Latency(std::array::from_fn(|_| AtomicU64::new(0)))
    }
}

impl Latency {
    pub(crate) fn note(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.0[bucket(us)].fetch_add(1, Relaxed);
    }

    pub(crate) fn add_to(&self, sum: &mut Latencies) {
        sum.0.iter_mut().zip(&self.0).for_each(|(sum, count)| *sum += count.load(Relaxed));
    }
}

/// Times counted since the start, or between two looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latencies([u64; BUCKETS]);

impl Default for Latencies {
    fn default() -> Latencies {
        Latencies([0; BUCKETS])
    }
}

impl Latencies {
    /// What came since an earlier look.
    #[must_use]
    pub fn since(&self, earlier: &Latencies) -> Latencies {
        Latencies(std::array::from_fn(|at| self.0[at].saturating_sub(earlier.0[at])))
    }

    /// The time that this share of all did not exceed, in microseconds; `None` when there were none.
    pub fn quantile_us(&self, share: f64) -> Option<u64> {
        let total: u64 = self.0.iter().sum();
        let rank = ((total as f64 * share).ceil() as u64).max(1);
        let mut below = 0;
        self.0
            .iter()
            .position(|count| {
                below += count;
                below >= rank
            })
            .map(end_us)
    }
}

/// The first four microseconds each have a bucket, then each doubling has four.
fn bucket(us: u64) -> usize {
    if us < PARTS as u64 {
        return us as usize;
    }
    let doubling = us.ilog2() as usize;
    let part = (us >> (doubling - 2)) as usize % PARTS;
    ((doubling - 1) * PARTS + part).min(BUCKETS - 1)
}

/// Where a bucket ends.
fn end_us(bucket: usize) -> u64 {
    if bucket < PARTS {
        return bucket as u64 + 1;
    }
    let (doubling, part) = (bucket / PARTS + 1, bucket % PARTS);
    ((PARTS + part + 1) as u64) << (doubling - 2)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_time_is_known_to_a_quarter() {
        for us in (0..100_000).chain([1 << 20, 29_000_000]) {
            let end = end_us(bucket(us));
            assert!(end > us && end <= us + us / 4 + 1, "{us}: {end}");
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn quantiles_are_of_what_came_since_the_earlier_look() {
        let latency = Latency::default();
        let look = || {
            let mut sum = Latencies::default();
            latency.add_to(&mut sum);
            sum
        };
        latency.note(Duration::from_secs(9));
        let before = look();
        assert_eq!(look().since(&before).quantile_us(0.5), None);
        (0..99).for_each(|_| latency.note(Duration::from_micros(100)));
        latency.note(Duration::from_millis(10));
        let since = look().since(&before);
        let quantile = |share| since.quantile_us(share).unwrap();
        assert!((100..=125).contains(&quantile(0.5)) && quantile(0.99) == quantile(0.5));
        assert!((10_000..=12_500).contains(&quantile(1.0)));
    }
}
