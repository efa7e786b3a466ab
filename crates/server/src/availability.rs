//! Whether anybody is there, kept in memory for those who ask and told to those who listen. Decides when to
//! look again and what is news; what availability is, is the chat's to say.

use crate::desk::{Desk, now_ms, steady_ms};
use parking_lot::RwLock;
use realtime::{Event, Notice};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use wire::api::WidgetSettings;
use wire::availability::{AVAILABILITY_EVENT, Availability};
use wire::chat_channel::ChatChannel;
use wire::limit;

/// How often to look although nothing was heard: hours begin and end, and other nodes write too.
const LOOK: Duration = Duration::from_secs(1);

/// What is known of a widget.
#[derive(Debug, Default)]
struct Known {
    availability: Availability,
    tag: String,
    typing_preview: bool,
    whereabouts: bool,
}

/// All widgets as they were at the last look.
#[derive(Default)]
pub struct AvailabilityBoard {
    widgets: RwLock<HashMap<String, Arc<Known>>>,
    wake: Notify,
}

impl AvailabilityBoard {
    /// How it is for this widget's visitors; before the first look, as if nobody were there.
    pub fn of(&self, widget_id: &str) -> Availability {
        self.known(widget_id).availability.clone()
    }

    /// Differs when the availability does: part of a poll's tag.
    pub fn tag(&self, widget_id: &str) -> String {
        self.known(widget_id).tag.clone()
    }

    /// Do agents see what this widget's visitors type?
    pub fn previews_typing(&self, widget_id: &str) -> bool {
        self.known(widget_id).typing_preview
    }

    /// Do agents see where this widget's visitors are?
    pub fn tells_whereabouts(&self, widget_id: &str) -> bool {
        self.known(widget_id).whereabouts
    }

    fn known(&self, widget_id: &str) -> Arc<Known> {
        self.widgets.read().get(widget_id).cloned().unwrap_or_default()
    }

    /// Something may have changed.
    pub fn look(&self) {
        self.wake.notify_one();
    }

    /// Runs on a shard's thread.
    pub fn hear(&self, notice: &Notice<'_>) {
        let concerns = match notice {
            Notice::Member { channel, .. } => ChatChannel::parse(channel) == Some(ChatChannel::AgentsOnline),
            Notice::CacheMiss { channel } | Notice::Occupancy { channel } => {
                matches!(ChatChannel::parse(channel), Some(ChatChannel::WidgetAvailability(_)))
            }
            Notice::ClientEvent(_) | Notice::SubscriptionCount { .. } | Notice::User { .. } => false,
        };
        if concerns {
            self.look();
        }
    }
}

/// Looks until the server ends.
pub(crate) async fn keep(desk: Arc<Desk>) {
    let mut seen = HashMap::new();
    loop {
        // Not at once: a look may be asked for by thousands.
        tokio::time::sleep(Duration::from_millis(50)).await;
        if let Err(refused) = look(&desk, &mut seen).await {
            tracing::warn!(reason = refused.refusal.row().name, "availability not read");
        }
        // Either way it is time.
        let _ = tokio::time::timeout(LOOK, desk.availability.wake.notified()).await;
    }
}

/// `seen`: when each agent was last connected, by [`steady_ms`].
pub(crate) async fn look(desk: &Desk, seen: &mut HashMap<String, u64>) -> Result<(), wire::Refused> {
    let widgets = desk.chat.staffed_widgets().await?;
    let (now_ms, here_ms) = (now_ms(), steady_ms());
    for id in desk.hub.users(&desk.app.id, &ChatChannel::AgentsOnline.name()) {
        seen.insert(id, here_ms);
    }
    // Whoever reloads the console is not away.
    seen.retain(|_, at_ms| *at_ms + limit::PRESENCE_RETURN_MS > here_ms);
    let mut all = HashMap::new();
    for widget in widgets {
        let availability = widget.availability(|id| seen.contains_key(id), now_ms);
        tell(desk, &widget.id, &availability);
        let tag = wire::tag::of(&availability).trim_matches('"').to_owned();
        let WidgetSettings { typing_preview, whereabouts, .. } = widget.settings;
        all.insert(widget.id, Arc::new(Known { availability, tag, typing_preview, whereabouts }));
    }
    *desk.availability.widgets.write() = all;
    Ok(())
}

/// Publishes what differs from what the channel keeps, and what it would soon keep no longer. Where nobody
/// listens, only a kept event that is not true any more.
fn tell(desk: &Desk, widget_id: &str, availability: &Availability) {
    let channel = ChatChannel::WidgetAvailability(widget_id.to_owned()).name();
    let data = serde_json::to_string(availability).expect("texts serialize");
    let is_news = match desk.hub.last_event(&desk.app.id, &channel) {
        Some(kept) if *kept.data != *data => true,
        Some(kept) => {
            kept.ttl_s < limit::AVAILABILITY_RENEW_S && desk.hub.subscriptions(&desk.app.id, &channel) > 0
        }
        None => desk.hub.subscriptions(&desk.app.id, &channel) > 0,
    };
    if is_news {
        let event =
            Event { channel: &channel, event: AVAILABILITY_EVENT, data: &data, user_id: None, except: None };
        desk.hub.publish(&desk.app.id, event);
    }
}
