//! What an app's channels say, from a shard's thread until somebody looks at it. Decides what is
//! worth a look, and how much may wait; looks at nothing itself.

use super::settings::{EventKind, Webhook};
use parking_lot::{Mutex, RwLock};
use realtime::{ClientEvent, Notice};
use std::collections::BTreeSet;
use std::mem::take;
use std::sync::Arc;
use tokio::sync::Notify;
use wire::channel::{Access, Kind};
use wire::limit;

/// Something that may have changed: the hub knows how it is. In the order in which it is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Look {
    Channel(String),
    Member(String, String),
    CacheMiss(String),
    Count(String),
}

/// A client event, as it was accepted.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) channel: String,
    pub(super) event: String,
    pub(super) data: String,
    pub(super) socket_id: String,
    /// On presence channels only (contract 1.14).
    pub(super) user_id: Option<String>,
}

/// What was heard since the last look.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) looks: BTreeSet<Look>,
    pub(super) said: Vec<Said>,
    /// More changed than could be noted: everything needs a look.
    pub(super) lost_looks: bool,
    /// Client events that found no room.
    pub(super) lost_events: u64,
}

/// One app's ear.
pub(super) struct Ear {
    pub(super) app_id: String,
    webhooks: RwLock<Arc<[Webhook]>>,
    heard: Mutex<Heard>,
    wake: Arc<Notify>,
}

impl Ear {
    pub(super) fn new(app_id: &str, webhooks: Arc<[Webhook]>, wake: Arc<Notify>) -> Ear {
        Ear { app_id: app_id.to_owned(), webhooks: RwLock::new(webhooks), heard: Mutex::default(), wake }
    }

    pub(super) fn webhooks(&self) -> Arc<[Webhook]> {
        self.webhooks.read().clone()
    }

    /// The app's owner wants something else from now on.
    pub(super) fn change(&self, webhooks: Arc<[Webhook]>) {
        *self.webhooks.write() = webhooks;
    }

    pub(super) fn wants(&self, events: &[EventKind], channel: &str) -> bool {
        self.webhooks().iter().any(|webhook| events.iter().any(|event| webhook.wants(*event, channel)))
    }

    /// Runs on a shard's thread.
    pub(super) fn hear(&self, notice: &Notice<'_>) {
        if !self.webhooks.read().iter().any(|webhook| webhook.heeds(notice)) {
            return;
        }
        let name = |channel: &str| channel.to_owned();
        let heard = &mut *self.heard.lock();
        match notice {
            Notice::Occupancy { channel } => heard.look(Look::Channel(name(channel))),
            Notice::Member { channel, user_id } => heard.look(Look::Member(name(channel), name(user_id))),
            Notice::CacheMiss { channel } => heard.look(Look::CacheMiss(name(channel))),
            Notice::SubscriptionCount { channel } => heard.look(Look::Count(name(channel))),
            Notice::ClientEvent(event) => heard.say(event),
            // No webhook of an app tells it.
            Notice::User { .. } => {}
        }
        self.wake.notify_one();
    }

    pub(super) fn take(&self) -> Heard {
        take(&mut *self.heard.lock())
    }
}

impl Heard {
    fn look(&mut self, look: Look) {
        if self.looks.len() < limit::WEBHOOK_LOOKS {
            self.looks.insert(look);
        } else {
            self.lost_looks = true;
        }
    }

    fn say(&mut self, event: &ClientEvent<'_>) {
        if self.said.len() >= limit::WEBHOOK_CLIENT_EVENTS {
            self.lost_events += 1;
            return;
        }
        let is_presence = Kind::of(event.channel).access == Access::Presence;
        self.said.push(Said {
            channel: event.channel.to_owned(),
            event: event.event.to_owned(),
            data: text(event.data),
            socket_id: event.socket_id.to_owned(),
            user_id: event.user_id.filter(|_| is_presence).map(str::to_owned),
        });
    }
}

/// The contract's `data` is a string: a client's string is that string, all else its JSON text.
fn text(data: &str) -> String {
    match serde_json::from_str(data) {
        Ok(serde_json::Value::String(text)) => text,
        _ => data.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn ear(events: &str) -> Ear {
        let webhook: Webhook =
            toml::from_str(&format!("url = 'https://shop.example/'\nevents = [{events}]")).unwrap();
        Ear::new("shop", Arc::new([webhook]), Arc::default())
    }

    #[test]
    fn only_what_somebody_wants_is_noted_and_once() {
        let ear = ear("'channel_vacated'");
        ear.hear(&Notice::SubscriptionCount { channel: "news" });
        ear.hear(&Notice::Occupancy { channel: "news" });
        ear.hear(&Notice::Occupancy { channel: "news" });
        let heard = ear.take();
        assert_eq!(heard.looks.into_iter().collect::<Vec<_>>(), [Look::Channel("news".into())]);
        assert!(ear.take().looks.is_empty());
    }

    #[test]
    fn a_client_event_names_its_user_on_presence_channels_only() {
        let ear = ear("'client_event'");
        for (channel, data) in [("private-x", "\"hi\""), ("presence-x", "{\"a\":1}")] {
            let event = "client-a";
            ear.hear(&Notice::ClientEvent(ClientEvent {
                channel,
                event,
                data,
                user_id: Some("ana"),
                socket_id: "1.2",
            }));
        }
        let said = ear.take().said;
        assert_eq!((said[0].data.as_str(), said[0].user_id.as_deref()), ("hi", None));
        assert_eq!((said[1].data.as_str(), said[1].user_id.as_deref()), ("{\"a\":1}", Some("ana")));
    }

    #[test]
    fn a_flood_is_bounded_and_what_is_lost_is_known() {
        let ear = ear("'channel_occupied', 'client_event'");
        let user_id = None;
        for n in 0..=limit::WEBHOOK_LOOKS.max(limit::WEBHOOK_CLIENT_EVENTS) {
            ear.hear(&Notice::Occupancy { channel: &format!("c{n}") });
            let event =
                ClientEvent { channel: "private-x", event: "client-a", data: "1", user_id, socket_id: "1.2" };
            ear.hear(&Notice::ClientEvent(event));
        }
        let heard = ear.take();
        assert!(heard.lost_looks && heard.looks.len() == limit::WEBHOOK_LOOKS);
        assert!(heard.lost_events > 0 && heard.said.len() == limit::WEBHOOK_CLIENT_EVENTS);
    }
}
