//! Compares what is with what was told, and writes the difference to the outbox (contract 1.14).
//! Decides what is news and when; knows nothing of how it is delivered.

use super::body::Event;
use super::courier::Courier;
use super::ear::{Ear, Heard, Look, Said};
use super::settings::EventKind;
use super::{Ears, now_ms, steady_ms};
use chat::{About, Chat, Letter, Posting, Standing, Subject};
use realtime::Hub;
use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use wire::channel::{Access, Kind};
use wire::limit;

/// Changes that come so close together are written in one transaction.
const TOGETHER: Duration = Duration::from_millis(50);
/// Postings in one transaction; other verbs wait for it.
const POSTINGS: usize = 500;
/// Between two tries to write while the database is away.
const WRITE_AGAIN: Duration = Duration::from_secs(1);
/// Told subjects read at once.
const PAGE: usize = 1_000;

/// The task that reports.
pub(super) struct Reporter {
    pub(super) hub: Hub,
    pub(super) chat: Chat,
    pub(super) ears: Arc<Ears>,
    pub(super) courier: Arc<Courier>,
    later: Later,
    /// When the count of a crowded channel was last told.
    counted: HashMap<Key, u64>,
}

/// An app and something of its.
type Key = (String, Look);

/// Looks that have to wait.
#[derive(Default)]
struct Later {
    by_time: BTreeSet<(u64, Key)>,
    due: HashMap<Key, u64>,
}

impl Later {
    /// Unless it is waited for already; false when too many are.
    fn add(&mut self, key: Key, due_ms: u64) -> bool {
        if self.due.contains_key(&key) {
            return true;
        }
        if self.due.len() >= limit::WEBHOOK_LOOKS_LATER {
            return false;
        }
        self.due.insert(key.clone(), due_ms);
        self.by_time.insert((due_ms, key));
        true
    }

    fn cancel(&mut self, key: &Key) {
        if let Some(due_ms) = self.due.remove(key) {
            self.by_time.remove(&(due_ms, key.clone()));
        }
    }

    /// What is due: members before their channels, so that a channel is empty before it is vacated.
    fn take(&mut self, now_ms: u64) -> Vec<Key> {
        let mut taken = Vec::new();
        while let Some((due_ms, _)) = self.by_time.first()
            && *due_ms <= now_ms
        {
            let Some((_, key)) = self.by_time.pop_first() else { break };
            self.due.remove(&key);
            taken.push(key);
        }
        taken.sort_by(|a, b| b.cmp(a));
        taken
    }

    fn next_ms(&self) -> Option<u64> {
        self.by_time.first().map(|(due_ms, _)| *due_ms)
    }
}

/// One round: what is told at this moment.
struct Round {
    /// For the letters.
    now_ms: u64,
    /// For what waits here.
    steady_ms: u64,
    postings: Vec<Posting>,
    /// Members of presence channels that were asked for already.
    present: HashMap<(String, String), Vec<String>>,
    /// Other nodes cannot be heard: who seems to be gone may be with them (ruling 20).
    is_blind: bool,
}

impl Reporter {
    pub(super) fn new(hub: Hub, chat: Chat, ears: Arc<Ears>, courier: Arc<Courier>) -> Reporter {
        Reporter { hub, chat, ears, courier, later: Later::default(), counted: HashMap::new() }
    }

    /// Until `stop` turns true; what was heard by then is written before it ends.
    pub(super) async fn run(mut self, wake: Arc<Notify>, mut stop: watch::Receiver<bool>) {
        self.recheck(None).await;
        loop {
            let until_due = async {
                match self.later.next_ms() {
                    Some(due_ms) => {
                        tokio::time::sleep(Duration::from_millis(due_ms.saturating_sub(steady_ms()))).await;
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = wake.notified() => {}
                () = until_due => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
            let stopping = *stop.borrow();
            if !stopping {
                tokio::time::sleep(TOGETHER).await;
            }
            self.round(&stop).await;
            if stopping {
                return;
            }
        }
    }

    async fn round(&mut self, stop: &watch::Receiver<bool>) {
        let is_blind = self.hub.stats().bus.is_some_and(|bus| !bus.is_up);
        let mut round = Round {
            now_ms: now_ms(),
            steady_ms: steady_ms(),
            postings: Vec::new(),
            present: HashMap::new(),
            is_blind,
        };
        let mut lost = Vec::new();
        for ear in self.ears.all() {
            let Heard { looks, said, lost_looks, lost_events } = ear.take();
            for look in looks {
                self.look(&ear, look, false, &mut round);
            }
            round.postings.extend(said.iter().map(|said| client_event(&ear, said, round.now_ms)));
            if lost_events > 0 {
                tracing::warn!(
                    app = ear.app_id,
                    lost_events,
                    "client events without room, not told to webhooks"
                );
                self.courier.counters.given_up.fetch_add(lost_events, Relaxed);
            }
            if lost_looks {
                lost.push(ear.app_id.clone());
            }
        }
        for (app_id, look) in self.later.take(round.steady_ms) {
            if let Some(ear) = self.ears.of(&app_id) {
                self.look(&ear, look, true, &mut round);
            }
        }
        self.write(round.postings, stop).await;
        for app_id in lost {
            self.recheck(Some(&app_id)).await;
        }
    }

    /// Looks how something is. `again`: it was so some seconds ago, and who wanted to come back is back.
    fn look(&mut self, ear: &Ear, look: Look, again: bool, round: &mut Round) {
        let key = (ear.app_id.clone(), look);
        match &key.1 {
            Look::Channel(channel) => {
                let is = self.hub.subscriptions(&ear.app_id, channel) > 0;
                let kind = if is { EventKind::ChannelOccupied } else { EventKind::ChannelVacated };
                if self.settled(&key, is, again, round) {
                    round.postings.push(change(ear, About::Channel, kind, channel, "", round.now_ms));
                }
            }
            Look::Member(channel, user_id) => {
                let users = || self.hub.users(&ear.app_id, channel);
                let present =
                    round.present.entry((ear.app_id.clone(), channel.clone())).or_insert_with(users);
                let is = present.contains(user_id);
                let kind = if is { EventKind::MemberAdded } else { EventKind::MemberRemoved };
                if self.settled(&key, is, again, round) {
                    round.postings.push(change(ear, About::Member, kind, channel, user_id, round.now_ms));
                }
            }
            Look::CacheMiss(channel) => round.postings.push(cache_miss(ear, channel, round.now_ms)),
            Look::Count(channel) => {
                let count = u64::from(self.hub.subscriptions(&ear.app_id, channel));
                if self.may_count(&key, count, round.steady_ms) {
                    round.postings.push(counted(ear, channel, count, round.now_ms));
                }
            }
        }
    }

    /// May it be told? That somebody is there at once; that nobody is, when nobody came back.
    fn settled(&mut self, key: &Key, is: bool, again: bool, round: &Round) -> bool {
        if is {
            self.later.cancel(key);
            return true;
        }
        if again && !round.is_blind {
            return true;
        }
        // Without room for waiting it is told at once.
        !self.later.add(key.clone(), round.steady_ms + limit::WEBHOOK_RETURN_MS)
    }

    /// A crowd's count is told every few seconds.
    fn may_count(&mut self, key: &Key, count: u64, steady_ms: u64) -> bool {
        if count <= limit::COUNT_EVERY_CHANGE {
            self.counted.remove(key);
            return true;
        }
        let due_ms = self.counted.get(key).map_or(0, |told_ms| told_ms + limit::COUNT_INTERVAL_MS);
        if due_ms > steady_ms {
            return !self.later.add(key.clone(), due_ms);
        }
        self.counted.insert(key.clone(), steady_ms);
        true
    }

    async fn write(&mut self, postings: Vec<Posting>, stop: &watch::Receiver<bool>) {
        for chunk in postings.chunks(POSTINGS) {
            loop {
                match self.chat.outbox_post(chunk.to_vec(), now_ms()).await {
                    Ok(posted) => {
                        self.courier.wake(&posted.lanes);
                        self.courier.refused(posted.refused);
                        break;
                    }
                    Err(refused) => {
                        tracing::warn!(reason = refused.refusal.row().name, "webhook events not written yet");
                        if *stop.borrow() {
                            return;
                        }
                        tokio::time::sleep(WRITE_AGAIN).await;
                    }
                }
            }
        }
    }

    /// Compares everything, of one app or of all: at the start nobody is there, and whoever was has the
    /// usual time to come back; where there are other nodes, these have as long again to say what they have.
    async fn recheck(&mut self, only: Option<&str>) {
        let nodes = 1 + u64::from(self.hub.stats().bus.is_some());
        let due_ms = steady_ms() + nodes * limit::WEBHOOK_RETURN_MS;
        let mut forget = Vec::new();
        let mut after = None;
        loop {
            let page = match self.chat.told(after.clone(), PAGE).await {
                Ok(page) if page.is_empty() => break,
                Ok(page) => page,
                Err(refused) => {
                    tracing::warn!(reason = refused.refusal.row().name, "what was told cannot be read");
                    break;
                }
            };
            after = page.last().cloned();
            for subject in page.into_iter().filter(|subject| only.is_none_or(|app| app == subject.app_id)) {
                match self.look_of(&subject) {
                    Some(look) => drop(self.later.add((subject.app_id, look), due_ms)),
                    None if matches!(subject.about, About::CacheMiss | About::Visitor) => {}
                    None => forget.push(forgotten(subject)),
                }
            }
        }
        let (_open, stop) = watch::channel(false);
        self.write(forget, &stop).await;
        for ear in self.ears.all().into_iter().filter(|ear| only.is_none_or(|app| app == ear.app_id)) {
            self.recheck_occupied(&ear, steady_ms());
        }
    }

    /// What is there and may not have been told.
    fn recheck_occupied(&mut self, ear: &Ear, steady_ms: u64) {
        for (channel, _) in self.hub.channels(&ear.app_id, "") {
            let mut looks = vec![Look::Channel(channel.to_string()), Look::Count(channel.to_string())];
            if Kind::of(&channel).access == Access::Presence {
                looks.pop();
                let users = self.hub.users(&ear.app_id, &channel);
                looks.extend(users.into_iter().map(|user| Look::Member(channel.to_string(), user)));
            }
            for look in looks {
                if ear.wants(events_of(&look), &channel) {
                    self.later.add((ear.app_id.clone(), look), steady_ms);
                }
            }
        }
    }

    /// The look that this subject needs, if anybody still wants to know of it.
    fn look_of(&self, subject: &Subject) -> Option<Look> {
        let Subject { about, app_id, channel, user_id } = subject;
        let look = match about {
            About::Channel => Look::Channel(channel.clone()),
            About::Member => Look::Member(channel.clone(), user_id.clone()),
            About::Count => Look::Count(channel.clone()),
            // Visitors are not the reporter's: the board of who is online tells of them.
            About::CacheMiss | About::Visitor => return None,
        };
        self.ears.of(app_id).filter(|ear| ear.wants(events_of(&look), channel)).map(|_| look)
    }
}

fn events_of(look: &Look) -> &'static [EventKind] {
    match look {
        Look::Channel(_) => &[EventKind::ChannelOccupied, EventKind::ChannelVacated],
        Look::Member(..) => &[EventKind::MemberAdded, EventKind::MemberRemoved],
        Look::CacheMiss(_) => &[EventKind::CacheMiss],
        Look::Count(_) => &[EventKind::SubscriptionCount],
    }
}

fn subject(ear: &Ear, about: About, channel: &str, user_id: &str) -> Subject {
    Subject { about, app_id: ear.app_id.clone(), channel: channel.to_owned(), user_id: user_id.to_owned() }
}

/// Nobody wants to know any more.
fn forgotten(subject: Subject) -> Posting {
    let standing = Standing { subject, value: 0, again_before_ms: 0 };
    Posting { standing: Some(standing), letters: Vec::new() }
}

/// Somebody or something came or went.
fn change(ear: &Ear, about: About, kind: EventKind, channel: &str, user_id: &str, now_ms: u64) -> Posting {
    let (name, value) = match kind {
        EventKind::ChannelOccupied => ("channel_occupied", 1),
        EventKind::ChannelVacated => ("channel_vacated", 0),
        EventKind::MemberAdded => ("member_added", 1),
        EventKind::MemberRemoved => ("member_removed", 0),
        EventKind::CacheMiss | EventKind::ClientEvent | EventKind::SubscriptionCount => {
            unreachable!("only what comes and goes is a change")
        }
    };
    let user = (about == About::Member).then_some(user_id);
    let event = Event { name, channel, user_id: user, ..Event::default() };
    let standing = Standing { subject: subject(ear, about, channel, user_id), value, again_before_ms: 0 };
    Posting { standing: Some(standing), letters: letters(ear, kind, &event, now_ms) }
}

fn cache_miss(ear: &Ear, channel: &str, now_ms: u64) -> Posting {
    let event = Event { name: "cache_miss", channel, ..Event::default() };
    let again_before_ms = now_ms.saturating_sub(limit::CACHE_MISS_AGAIN_MS);
    let standing =
        Standing { subject: subject(ear, About::CacheMiss, channel, ""), value: 1, again_before_ms };
    Posting { standing: Some(standing), letters: letters(ear, EventKind::CacheMiss, &event, now_ms) }
}

fn counted(ear: &Ear, channel: &str, count: u64, now_ms: u64) -> Posting {
    let event =
        Event { name: "subscription_count", channel, subscription_count: Some(count), ..Event::default() };
    let standing =
        Standing { subject: subject(ear, About::Count, channel, ""), value: count, again_before_ms: 0 };
    Posting { standing: Some(standing), letters: letters(ear, EventKind::SubscriptionCount, &event, now_ms) }
}

fn client_event(ear: &Ear, said: &Said, now_ms: u64) -> Posting {
    let event = Event {
        name: "client_event",
        channel: &said.channel,
        event: Some(&said.event),
        data: Some(&said.data),
        socket_id: Some(&said.socket_id),
        user_id: said.user_id.as_deref(),
        ..Event::default()
    };
    Posting { standing: None, letters: letters(ear, EventKind::ClientEvent, &event, now_ms) }
}

/// One for each webhook that wants it. Events of one channel share a lane, which keeps their order;
/// a webhook that batches has one lane for all.
fn letters(ear: &Ear, kind: EventKind, event: &Event<'_>, now_ms: u64) -> Vec<Letter> {
    let mut hasher = DefaultHasher::new();
    event.channel.hash(&mut hasher);
    let lane = hasher.finish() % limit::WEBHOOK_LANES;
    let payload = event.payload();
    let webhooks = ear.webhooks();
    let wanted = webhooks.iter().filter(|webhook| webhook.wants(kind, event.channel));
    wanted
        .map(|webhook| Letter {
            destination: super::destination(&ear.app_id, webhook),
            lane: if webhook.batching { 0 } else { lane },
            payload: payload.clone(),
            give_up_ms: now_ms + webhook.retry_for_s * 1_000,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(look: Look) -> Key {
        ("shop".to_owned(), look)
    }

    #[test]
    fn what_waits_comes_when_it_is_due_members_before_channels() {
        let mut later = Later::default();
        let (channel, member) = (key(Look::Channel("a".into())), key(Look::Member("a".into(), "ana".into())));
        assert!(later.add(channel.clone(), 10) && later.add(member.clone(), 11));
        assert!(later.add(channel.clone(), 99), "it waits already");
        assert_eq!((later.take(9), later.next_ms()), (vec![], Some(10)));
        assert_eq!(later.take(11), [member.clone(), channel]);
        later.add(member.clone(), 12);
        later.cancel(&member);
        assert_eq!((later.take(99), later.next_ms()), (vec![], None));
    }
}
