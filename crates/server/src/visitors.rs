//! Which visitors have the chat open, for agents and webhooks: the difference between what the hub knows and
//! what was told. Decides when somebody is online and when gone; who they are is the chat's to say.
//!
//! A visitor is online while the hub has a place for them on any node: a socket or a fallback session that
//! joined by a signature which names them, or a place that polls hold here. Each node keeps a board of its
//! own and tells its own agents; webhooks are told once, by the database.

use crate::caller::SignedAgent;
use crate::desk::{Desk, now_ms, steady_ms};
use crate::page::{self, ListAsked};
use crate::reply::{Answer, Id};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use chat::VisitorNews;
use parking_lot::{Mutex, RwLock};
use realtime::{Event, Hub, Notice};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::mem::take;
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::sync::Notify;
use wire::chat_channel::ChatChannel;
use wire::event::InboxEvent;
use wire::online::OnlineVisitorsReply;
use wire::{Refusal, Refused, limit};

/// Changes that come so close together are looked up and told together.
const TOGETHER: Duration = Duration::from_millis(50);
/// How often to look although nothing was heard: returns and polls run out.
const LOOK: Duration = Duration::from_millis(500);
/// Visitors looked up in one transaction.
const LOOKED_UP: usize = 200;
/// What was told is read in pages of so many at the start.
const TOLD: usize = 1_000;

/// Who is online, as of the last look.
#[derive(Default)]
pub struct VisitorBoard {
    heard: Mutex<Heard>,
    wake: Notify,
    /// Who polls, until when that counts. Each holds a place in the hub.
    polls: Mutex<HashMap<String, u64>>,
    online: RwLock<Online>,
}

/// What may have changed since the last look.
#[derive(Default)]
struct Heard {
    ids: HashSet<String>,
    /// More than could be noted.
    is_lost: bool,
}

#[derive(Default)]
struct Online {
    /// Widget, and since when.
    visitors: HashMap<String, (String, u64)>,
    /// The same in the order of the list, by widget.
    widgets: HashMap<String, BTreeSet<(u64, String)>>,
}

impl Online {
    fn put(&mut self, id: &str, widget_id: &str, since_ms: u64) {
        self.visitors.insert(id.to_owned(), (widget_id.to_owned(), since_ms));
        self.widgets.entry(widget_id.to_owned()).or_default().insert((since_ms, id.to_owned()));
    }

    /// Since when they were online.
    fn take(&mut self, id: &str) -> Option<u64> {
        let (widget_id, since_ms) = self.visitors.remove(id)?;
        if let Some(there) = self.widgets.get_mut(&widget_id) {
            there.remove(&(since_ms, id.to_owned()));
            if there.is_empty() {
                self.widgets.remove(&widget_id);
            }
        }
        Some(since_ms)
    }
}

/// Some of a widget's visitors online, who came last first.
struct Page {
    seen: Vec<(String, u64)>,
    count: usize,
    next: Option<String>,
}

impl VisitorBoard {
    /// Runs on a shard's thread or the bus's.
    pub fn hear(&self, notice: &Notice<'_>) {
        let Notice::User { user_id } = notice else { return };
        if user_id.starts_with("vis_") {
            self.note([(*user_id).to_owned()]);
        }
    }

    fn note(&self, ids: impl IntoIterator<Item = String>) {
        let heard = &mut *self.heard.lock();
        for id in ids {
            if heard.ids.len() < limit::VISITORS_HEARD {
                heard.ids.insert(id);
            } else {
                heard.is_lost = true;
            }
        }
        self.wake.notify_one();
    }

    /// A visitor asked for news. While nothing else shows that they are there, that does.
    pub fn polled(&self, hub: &Hub, app_id: &str, visitor_id: &str, steady_ms: u64) {
        let until_ms = steady_ms + limit::POLLER_ONLINE_MS;
        let mut polls = self.polls.lock();
        if let Some(counts_until_ms) = polls.get_mut(visitor_id) {
            *counts_until_ms = until_ms;
        } else if polls.len() < limit::POLLERS && hub.places(app_id, visitor_id) == 0 {
            polls.insert(visitor_id.to_owned(), until_ms);
            hub.take_place(app_id, visitor_id);
        }
    }

    /// Gives up places of those who poll no longer, or have a better one.
    fn sweep_polls(&self, hub: &Hub, app_id: &str, steady_ms: u64) {
        self.polls.lock().retain(|id, until_ms| {
            let polls = *until_ms > steady_ms && hub.places(app_id, id) <= 1;
            if !polls {
                hub.give_up_place(app_id, id);
            }
            polls
        });
    }

    fn is_online(&self, id: &str) -> bool {
        self.online.read().visitors.contains_key(id)
    }

    /// After the place of an earlier page's cursor.
    fn page(&self, widget_id: &str, before: Option<(u64, String)>, items: usize) -> Page {
        let online = self.online.read();
        let Some(there) = online.widgets.get(widget_id) else {
            return Page { seen: Vec::new(), count: 0, next: None };
        };
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = there.range((Bound::Unbounded, end)).rev();
        let seen: Vec<(String, u64)> =
            rest.by_ref().take(items).map(|(since_ms, id)| (id.clone(), *since_ms)).collect();
        let last = rest.next().and(seen.last());
        let next = last.map(|(id, since_ms)| format!("{since_ms}.{id}"));
        Page { count: there.len(), next, seen }
    }
}

/// `GET /api/v1/widgets/{id}/visitors`: who is online on one of the agent's widgets.
pub async fn list(
    State(desk): State<Arc<Desk>>,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    query: Result<Query<ListAsked>, QueryRejection>,
    headers: HeaderMap,
) -> Answer {
    let Query(asked) = query.map_err(|_| Refusal::InvalidField.because("limit is a whole number."))?;
    let before = asked.before.as_deref().map(cursor).transpose()?;
    let items = asked.limit.unwrap_or(limit::PAGE_ITEMS).clamp(1, limit::PAGE_ITEMS_MAX);
    if !desk.chat.widgets_of(&agent).await?.iter().any(|widget| widget.look.id == id) {
        return Err(Refusal::UnknownEntry.into());
    }
    let Page { seen, count, next } = desk.visitors.page(&id, before, items);
    let visitors = desk.chat.online_visitors(seen).await?;
    let reply = OnlineVisitorsReply { success: true, visitors, count: count as u64, next };
    Ok(page::tagged(&headers, &wire::tag::of(&reply), &reply))
}

fn cursor(text: &str) -> Result<(u64, String), Refused> {
    text.split_once('.')
        .and_then(|(since_ms, id)| Some((since_ms.parse().ok()?, id.to_owned())))
        .ok_or_else(|| Refusal::InvalidField.because("before is not a cursor of this list"))
}

/// Looks until the server ends.
pub(crate) async fn keep(desk: Arc<Desk>) {
    let mut teller = Teller { desk, leaving: HashMap::new(), untold: Vec::new() };
    let mut knows = false;
    loop {
        // Not at once: many come and go together.
        tokio::time::sleep(TOGETHER).await;
        let looked = async {
            if !knows {
                teller.remember().await?;
                knows = true;
            }
            teller.look().await
        };
        if let Err(refused) = looked.await {
            tracing::warn!(reason = refused.refusal.row().name, "visitors online not told yet");
            tokio::time::sleep(LOOK).await;
        }
        // Either way it is time.
        let _ = tokio::time::timeout(LOOK, teller.desk.visitors.wake.notified()).await;
    }
}

/// Compares and tells.
struct Teller {
    desk: Arc<Desk>,
    /// Who seems to be gone, and until when they may come back.
    leaving: HashMap<String, u64>,
    /// What webhooks have yet to hear: the database was away.
    untold: Vec<VisitorNews>,
}

impl Teller {
    /// Who was online when this server or another one last told so may have gone meanwhile. They have the
    /// usual time to come back; where there are other nodes, these have as long again to say what they have.
    async fn remember(&mut self) -> Result<(), Refused> {
        let nodes = 1 + u64::from(self.desk.hub.stats().bus.is_some());
        let due_ms = steady_ms() + nodes * limit::WEBHOOK_RETURN_MS;
        let mut after = None;
        loop {
            let page = self.desk.chat.visitors_told(after, TOLD, now_ms()).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.clone());
            self.leaving.extend(page.into_iter().map(|(_, visitor_id)| (visitor_id, due_ms)));
        }
    }

    async fn look(&mut self) -> Result<(), Refused> {
        let (desk, now_ms, steady_ms) = (self.desk.clone(), now_ms(), steady_ms());
        desk.visitors.sweep_polls(&desk.hub, &desk.app.id, steady_ms);
        let coming = self.compare(steady_ms);
        let going = self.gone(steady_ms);
        // Whoever cannot be told of now is looked at again.
        let told = async {
            for some in coming.chunks(LOOKED_UP) {
                self.come(some, now_ms).await?;
            }
            for some in going.chunks(LOOKED_UP) {
                self.go(some).await?;
            }
            self.tell_webhooks(now_ms).await
        };
        let told = told.await;
        if told.is_err() {
            desk.visitors.note(coming);
            self.leaving.extend(going.into_iter().map(|id| (id, steady_ms)));
        }
        told
    }

    /// Who is online and not on the board. Who is gone and still on it begins to leave.
    fn compare(&mut self, steady_ms: u64) -> Vec<String> {
        let board = &self.desk.visitors;
        let mut coming = Vec::new();
        for id in self.changed() {
            if self.is_there(&id) {
                self.leaving.remove(&id);
                if !board.is_online(&id) {
                    coming.push(id);
                }
            } else if board.is_online(&id) {
                self.leaving.entry(id).or_insert(steady_ms + limit::WEBHOOK_RETURN_MS);
            }
        }
        coming
    }

    fn changed(&self) -> HashSet<String> {
        let board = &self.desk.visitors;
        let Heard { mut ids, is_lost } = take(&mut *board.heard.lock());
        if is_lost {
            let here = self.desk.hub.online(&self.desk.app.id);
            ids.extend(here.iter().filter(|id| id.starts_with("vis_")).map(ToString::to_string));
            ids.extend(board.online.read().visitors.keys().cloned());
        }
        ids
    }

    fn is_there(&self, id: &str) -> bool {
        self.desk.hub.places(&self.desk.app.id, id) > 0
    }

    /// Who did not come back in time. Nobody, while other nodes cannot be heard (ruling 20) or this one ends.
    fn gone(&mut self, steady_ms: u64) -> Vec<String> {
        let is_blind = self.desk.hub.stats().bus.is_some_and(|bus| !bus.is_up);
        if is_blind || self.desk.is_stopping.load(Relaxed) {
            return Vec::new();
        }
        let due = self.leaving.iter().filter(|(_, due_ms)| **due_ms <= steady_ms);
        let due: Vec<String> = due.map(|(id, _)| id.clone()).collect();
        self.leaving.retain(|_, due_ms| *due_ms > steady_ms);
        due.into_iter().filter(|id| !self.is_there(id)).collect()
    }

    async fn come(&mut self, ids: &[String], now_ms: u64) -> Result<(), Refused> {
        let seen = ids.iter().map(|id| (id.clone(), now_ms)).collect();
        for visitor in self.desk.chat.online_visitors(seen).await? {
            self.desk.visitors.online.write().put(&visitor.visitor.id, &visitor.widget_id, now_ms);
            self.untold.push(VisitorNews::of(&visitor, true));
            self.tell_agents(&InboxEvent::VisitorOnline(visitor.clone()), &visitor.widget_id);
        }
        Ok(())
    }

    async fn go(&mut self, ids: &[String]) -> Result<(), Refused> {
        let seen = ids.iter().map(|id| (id.clone(), 0)).collect();
        for mut visitor in self.desk.chat.online_visitors(seen).await? {
            self.untold.push(VisitorNews::of(&visitor, false));
            // Of whom only an earlier process knew, no agent here was told that they came.
            let since_ms = self.desk.visitors.online.write().take(&visitor.visitor.id);
            if let Some(since_ms) = since_ms {
                visitor.since_ms = since_ms;
                self.tell_agents(&InboxEvent::VisitorOffline(visitor.clone()), &visitor.widget_id);
            }
        }
        Ok(())
    }

    fn tell_agents(&self, event: &InboxEvent, widget_id: &str) {
        let channel = ChatChannel::AgentsWidget(widget_id.to_owned()).name();
        if self.desk.hub.subscriptions(&self.desk.app.id, &channel) == 0 {
            return;
        }
        let (event, data) = (event.name(), event.data());
        let event = Event { channel: &channel, event, data: &data, user_id: None, except: None };
        self.desk.hub.publish_here(&self.desk.app.id, event);
    }

    async fn tell_webhooks(&mut self, now_ms: u64) -> Result<(), Refused> {
        if self.untold.is_empty() {
            return Ok(());
        }
        let posted = self.desk.chat.tell_visitors(self.untold.clone(), now_ms).await?;
        self.untold.clear();
        self.desk.webhooks.wake(&posted);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn ids(page: &Page) -> Vec<&str> {
        page.seen.iter().map(|(id, _)| id.as_str()).collect()
    }

    #[test]
    fn a_widget_lists_its_own_visitors_last_come_first_in_pages() {
        let board = VisitorBoard::default();
        for (id, widget, since_ms) in [
            ("vis_ana", "wgt_1", 1),
            ("vis_eve", "wgt_1", 2),
            ("vis_kim", "wgt_1", 2),
            ("vis_joe", "wgt_2", 3),
        ] {
            board.online.write().put(id, widget, since_ms);
        }
        let first = board.page("wgt_1", None, 2);
        assert_eq!((ids(&first), first.count), (vec!["vis_kim", "vis_eve"], 3));
        let second = board.page("wgt_1", Some(cursor(first.next.as_deref().unwrap()).unwrap()), 2);
        assert_eq!((ids(&second), second.next.as_deref()), (vec!["vis_ana"], None));
        assert_eq!(board.online.write().take("vis_joe"), Some(3));
        assert_eq!((board.page("wgt_2", None, 2).count, board.online.read().widgets.len()), (0, 1));
        for forged in ["", "1", "x.vis_ana", "-1.vis_ana"] {
            assert!(cursor(forged).is_err(), "{forged}");
        }
    }

    #[test]
    fn a_poll_counts_for_a_while_unless_there_is_a_better_sign() {
        let apps = vec![realtime::App::new("1", "key", "secret")];
        let config = realtime::Config {
            shards: 1,
            apps,
            path_prefix: String::new(),
            max_connections: 9,
            outbox_bytes: 0,
        };
        let (hub, board) = (Hub::start(config).unwrap(), VisitorBoard::default());
        let polls = |at_ms| board.polled(&hub, "1", "vis_ana", at_ms);
        let places = |at_ms| {
            board.sweep_polls(&hub, "1", at_ms);
            hub.places("1", "vis_ana")
        };
        polls(0);
        polls(10_000);
        assert_eq!(places(limit::POLLER_ONLINE_MS), 1, "the second poll counts");
        assert_eq!(places(limit::POLLER_ONLINE_MS + 10_000), 0);
        polls(50_000);
        hub.take_place("1", "vis_ana");
        assert_eq!(places(50_001), 1, "the socket's");
        polls(50_002);
        hub.give_up_place("1", "vis_ana");
        assert_eq!(places(50_003), 0, "who has a socket does not poll");
    }

    #[test]
    fn what_is_heard_of_a_crowd_is_bounded_and_what_is_lost_is_known() {
        let board = VisitorBoard::default();
        board.hear(&Notice::User { user_id: "agt_ben" });
        assert!(board.heard.lock().ids.is_empty(), "agents are told of elsewhere");
        for n in 0..=limit::VISITORS_HEARD {
            board.hear(&Notice::User { user_id: &format!("vis_{n}") });
        }
        let heard = take(&mut *board.heard.lock());
        assert!(heard.is_lost && heard.ids.len() == limit::VISITORS_HEARD);
    }
}
