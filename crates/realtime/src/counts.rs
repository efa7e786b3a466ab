//! When a channel's subscribers are told how many they are (contract 1.11). Decides which changes are
//! told at once and which together; knows nothing of who the subscribers are.

use crate::lane::{Lane, Publish};
use crate::occupancy::Occupancy;
use parking_lot::{Mutex, RwLock};
use std::collections::HashMap;
use std::sync::Arc;
use wire::channel::{Access, Kind};
use wire::frame::ServerFrame;
use wire::limit;

/// Shared by all shards. A channel's count is read and told under one lock, so that the last one told
/// is the last one there was.
pub(crate) struct Counts {
    occupancy: Arc<Occupancy>,
    lanes: Arc<[Lane]>,
    /// Which apps asked for counts, by number.
    wanted: RwLock<Vec<bool>>,
    crowded: Mutex<HashMap<(u16, Arc<str>), Crowd>>,
}

/// A channel with so many subscribers that they are told at intervals.
#[derive(Default)]
struct Crowd {
    /// When the last count was told; absent: none was since the channel became one.
    told_ms: Option<u64>,
    /// The count has changed since.
    waits: bool,
}

impl Counts {
    pub(crate) fn new(occupancy: Arc<Occupancy>, lanes: Arc<[Lane]>, wanted: Vec<bool>) -> Counts {
        Counts { occupancy, lanes, wanted: RwLock::new(wanted), crowded: Mutex::default() }
    }

    /// Other apps want counts from now on.
    pub(crate) fn exchange(&self, wanted: Vec<bool>) {
        *self.wanted.write() = wanted;
    }

    /// A channel has one subscriber more or fewer. It is told now, or in a crowd by [`Counts::sweep`].
    pub(crate) fn changed(&self, app: u16, channel: &str) {
        if !self.is_wanted(app) {
            return;
        }
        let mut crowded = self.crowded.lock();
        if self.occupancy.subscriptions(app, channel) > limit::COUNTED_AT_ONCE {
            crowded.entry((app, channel.into())).or_default().waits = true;
        } else {
            self.tell(app, channel);
        }
    }

    /// Other nodes have more or fewer subscribers of a channel: told with the crowds, whatever its size,
    /// because the bus must not wait for a shard.
    pub(crate) fn changed_elsewhere(&self, app: u16, channel: &str) {
        let is_heard = || self.occupancy.shards(app, channel).is_some();
        if self.is_wanted(app) && Kind::of(channel).access != Access::Presence && is_heard() {
            self.crowded.lock().entry((app, channel.into())).or_default().waits = true;
        }
    }

    fn is_wanted(&self, app: u16) -> bool {
        self.wanted.read().get(usize::from(app)).is_some_and(|wanted| *wanted)
    }

    /// Once a second, on one shard: tells crowds what has changed since they were told.
    pub(crate) fn sweep(&self, now_ms: u64) {
        let mut crowded = self.crowded.lock();
        crowded.retain(|(app, channel), crowd| {
            let told_ago = crowd.told_ms.is_none_or(|told| now_ms - told >= limit::COUNT_INTERVAL_S * 1_000);
            if told_ago && crowd.waits {
                self.tell(*app, channel);
                *crowd = Crowd { told_ms: Some(now_ms), waits: false };
                return true;
            }
            !told_ago
        });
    }

    fn tell(&self, app: u16, channel: &str) {
        let Some((channel, mut shards)) = self.occupancy.shards(app, channel) else { return };
        let data = format!(r#"{{"subscription_count":{}}}"#, self.occupancy.subscriptions(app, &channel));
        let event = "pusher_internal:subscription_count";
        let frame = ServerFrame::Event { channel: &channel, event, data: &data, user_id: None }.encode();
        while shards != 0 {
            let shard = shards.trailing_zeros() as usize;
            shards &= shards - 1;
            let (channel, frame) = (channel.clone(), frame.clone());
            self.lanes[shard].publish(Publish { app, channel, frame, except: None, version: 0 });
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn counts() -> Counts {
        let lanes = (0..2).map(|_| Lane::default()).collect();
        Counts::new(Arc::new(Occupancy::new()), lanes, vec![true, false])
    }

    /// What the first shard was told since the last look.
    fn told(counts: &Counts) -> Vec<String> {
        let text = |publish: Publish| String::from_utf8_lossy(&publish.frame[2..]).into_owned();
        let count =
            |text: String| text.split("count\\\":").nth(1).unwrap().split('}').next().unwrap().to_owned();
        counts.lanes[0].take().unwrap_or_default().into_iter().map(text).map(count).collect()
    }

    fn join(counts: &Counts, times: usize) {
        for _ in 0..times {
            counts.occupancy.join(0, "news");
            counts.changed(0, "news");
        }
    }

    #[test]
    fn contract_1_11_each_change_is_told_at_once_up_to_a_hundred() {
        let counts = counts();
        counts.occupancy.occupy(0, "news", 0);
        counts.changed(0, "news");
        join(&counts, 99);
        assert_eq!(told(&counts), (1..=100).map(|n| n.to_string()).collect::<Vec<_>>());
        assert!(counts.lanes[1].take().is_none(), "nobody listens there");
    }

    #[test]
    fn contract_1_11_a_crowd_is_told_every_five_seconds_and_hears_the_last_value() {
        let counts = counts();
        counts.occupancy.occupy(0, "news", 0);
        join(&counts, 104);
        told(&counts);
        counts.sweep(1_000);
        assert_eq!(told(&counts), ["105"]);
        join(&counts, 1);
        counts.sweep(5_999);
        assert!(told(&counts).is_empty());
        join(&counts, 1);
        counts.sweep(6_000);
        assert_eq!(told(&counts), ["107"]);
        counts.sweep(11_000);
        assert!(told(&counts).is_empty() && counts.crowded.lock().is_empty(), "what is quiet is forgotten");
    }

    #[test]
    fn a_crowd_that_goes_home_hears_every_change_again() {
        let counts = counts();
        counts.occupancy.occupy(0, "news", 0);
        join(&counts, 100);
        told(&counts);
        counts.occupancy.leave(0, "news");
        counts.changed(0, "news");
        assert_eq!(told(&counts), ["100"]);
        counts.sweep(1_000);
        assert_eq!(told(&counts), ["100"], "what waited is told, with the count of now");
    }

    #[test]
    fn what_changes_on_other_nodes_is_told_with_the_crowds() {
        let counts = counts();
        for channel in ["news", "presence-x"] {
            counts.occupancy.occupy(0, channel, 0);
            counts.changed_elsewhere(0, channel);
        }
        assert!(told(&counts).is_empty());
        counts.sweep(1_000);
        assert_eq!(told(&counts), ["1"]);
    }

    #[test]
    fn apps_that_did_not_ask_hear_nothing() {
        let counts = counts();
        counts.occupancy.occupy(1, "news", 0);
        counts.changed(1, "news");
        assert!(counts.lanes[0].take().is_none());
        counts.exchange(vec![true, true]);
        counts.changed(1, "news");
        assert!(counts.lanes[0].take().is_some());
    }
}
