//! Pages of occupied channels for whoever runs the server. Decides how a page is found without sorting or holding all
//! channels there are; knows nothing of who asks.
//!
//! A page is the first few behind a cursor, kept in a heap while all are walked over: its memory is that of the page
//! and of one stripe's names. A stripe is locked while its names are copied, and no longer.

use crate::Hub;
use crate::occupancy::STRIPES;
use std::collections::BinaryHeap;
use std::sync::Arc;

/// In which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelOrder {
    /// By name.
    Name,
    /// Those with most subscriptions first.
    Subscriptions,
}

/// Which channels.
#[derive(Clone, Debug)]
pub struct ChannelQuery {
    /// Of this app; of all when absent.
    pub app_id: Option<String>,
    /// Whose names begin so.
    pub prefix: String,
    /// In which order.
    pub order: ChannelOrder,
    /// Behind this one.
    pub after: Option<ChannelPlace>,
    /// At most so many.
    pub limit: usize,
    /// How many to walk over.
    pub look_at: usize,
}

/// Where a channel stands in an order. Compares as the order does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChannelPlace {
    /// By which it stands where it does; the same for all where the order is by name.
    rank: u32,
    /// Its name.
    pub name: Arc<str>,
    /// Whose.
    pub app_id: String,
    /// On all nodes.
    pub subscriptions: u32,
}

impl ChannelPlace {
    /// The place of a channel with so many subscriptions.
    pub fn new(order: ChannelOrder, subscriptions: u32, app_id: String, name: Arc<str>) -> ChannelPlace {
        let rank = match order {
            ChannelOrder::Name => 0,
            ChannelOrder::Subscriptions => u32::MAX - subscriptions,
        };
        ChannelPlace { rank, name, app_id, subscriptions }
    }

    /// Where it stands: the subscriptions of a channel may have changed since it was shown.
    fn stands(&self) -> (u32, &str, &str) {
        (self.rank, &self.name, &self.app_id)
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelPage {
    /// In order.
    pub channels: Vec<ChannelPlace>,
    /// Channels that fit, on this page or not.
    pub total: usize,
    /// Is there more behind it?
    pub more: bool,
    /// Was everything walked over?
    pub is_whole: bool,
}

/// A page being found.
struct Finder<'a> {
    query: &'a ChannelQuery,
    /// The best so far, the worst of them on top.
    best: BinaryHeap<ChannelPlace>,
    total: usize,
    left: usize,
}

impl Finder<'_> {
    fn offer(&mut self, app_id: &str, name: Arc<str>, subscriptions: u32) {
        self.total += 1;
        let place = ChannelPlace::new(self.query.order, subscriptions, app_id.to_owned(), name);
        if self.query.after.as_ref().is_some_and(|after| place.stands() <= after.stands()) {
            return;
        }
        self.best.push(place);
        // One more than asked for says that there is more.
        if self.best.len() > self.query.limit + 1 {
            self.best.pop();
        }
    }

    fn page(self) -> ChannelPage {
        let mut channels = self.best.into_sorted_vec();
        let more = channels.len() > self.query.limit;
        channels.truncate(self.query.limit);
        ChannelPage { channels, total: self.total, more, is_whole: self.left > 0 }
    }
}

impl Hub {
    /// A page of channels with subscribers on any node. Takes as long as walking over `look_at` names does, so it
    /// belongs on a thread that may be busy.
    pub fn channel_page(&self, query: &ChannelQuery) -> ChannelPage {
        let core = self.core();
        // Zero is "not everything", so one more than may be walked over.
        let left = query.look_at.saturating_add(1);
        let mut finder = Finder { query, best: BinaryHeap::new(), total: 0, left };
        for (app, id) in core.registry.numbered() {
            if query.app_id.as_ref().is_some_and(|wanted| *wanted != id) {
                continue;
            }
            for stripe in 0..STRIPES {
                for (name, here) in core.occupancy.some(app, stripe, &query.prefix, &mut finder.left) {
                    let elsewhere = core.occupancy.elsewhere.subscriptions(app, &name);
                    finder.offer(&id, name, here.saturating_add(elsewhere));
                }
                for (name, there) in
                    core.occupancy.elsewhere.some(app, stripe, &query.prefix, &mut finder.left)
                {
                    if core.occupancy.shards(app, &name).is_none() {
                        finder.offer(&id, name, there);
                    }
                }
            }
        }
        finder.page()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn pages(order: ChannelOrder, limit: usize, channels: &[(&str, u32)]) -> Vec<Vec<String>> {
        let mut query =
            ChannelQuery { app_id: None, prefix: String::new(), order, after: None, limit, look_at: 99 };
        let mut pages = Vec::new();
        loop {
            let mut finder = Finder { query: &query, best: BinaryHeap::new(), total: 0, left: 1 };
            channels.iter().for_each(|(name, count)| finder.offer("shop", (*name).into(), *count));
            let page = finder.page();
            assert_eq!(page.total, channels.len());
            pages.push(page.channels.iter().map(|channel| channel.name.to_string()).collect());
            if !page.more {
                return pages;
            }
            query.after = page.channels.last().cloned();
        }
    }

    #[test]
    fn pages_follow_each_other_in_either_order() {
        let channels = [("c", 1), ("a", 5), ("d", 9), ("b", 5), ("e", 2)];
        assert_eq!(pages(ChannelOrder::Name, 2, &channels), [vec!["a", "b"], vec!["c", "d"], vec!["e"]]);
        let crowded = [vec!["d", "a"], vec!["b", "e"], vec!["c"]];
        assert_eq!(pages(ChannelOrder::Subscriptions, 2, &channels), crowded);
        assert_eq!(pages(ChannelOrder::Name, 5, &channels).len(), 1, "and nothing behind it");
    }

    #[test]
    fn a_channel_that_somebody_joined_between_two_pages_is_not_listed_again() {
        let place = |subscriptions| {
            ChannelPlace::new(ChannelOrder::Name, subscriptions, "shop".to_owned(), "news".into())
        };
        let query = ChannelQuery {
            app_id: None,
            prefix: String::new(),
            order: ChannelOrder::Name,
            after: Some(place(1)),
            limit: 9,
            look_at: 99,
        };
        let mut finder = Finder { query: &query, best: BinaryHeap::new(), total: 0, left: 1 };
        finder.offer("shop", "news".into(), 2);
        finder.offer("shop", "sport".into(), 1);
        let page = finder.page();
        assert_eq!(page.channels.iter().map(|place| &*place.name).collect::<Vec<_>>(), ["sport"]);
    }
}
