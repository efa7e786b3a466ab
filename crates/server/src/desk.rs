//! The running server's state: chat, hub, settings and what is shared between requests. Decides
//! how a committed change reaches sockets and long polls. Knows nothing of routes.

use crate::apps::AppKeys;
use crate::arrival::{self, Arrival};
use crate::availability::AvailabilityBoard;
use crate::fallback_session::Sessions;
use crate::files::Files;
use crate::gate::{Addresses, Blocks};
use crate::metrics::Metrics;
use crate::monitor::Monitor;
use crate::nodes::Word;
use crate::outbound::Outbound;
use crate::preview::Previews;
use crate::provider::Publisher;
use crate::rate::Rates;
use crate::secrets::Secrets;
use crate::settings::Settings;
use crate::typing::TypingBoard;
use crate::unchanged::Unchanged;
use crate::visitors::VisitorBoard;
use crate::waiters::Waiters;
use crate::web_push::WebPush;
use crate::webhooks::Webhooks;
use chat::{Change, Chat, Links};
use parking_lot::{Mutex, RwLock};
use realtime::{Event, Except, Hub};
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, LazyLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use wire::chat_channel::ChatChannel;
use wire::event::{TYPING_EVENT, Typing};

/// Shared by all requests.
pub struct Desk {
    /// As gathered at start.
    pub settings: Settings,
    /// As made at first start.
    pub secrets: Secrets,
    /// The chat's own Pusher app.
    pub app: AppKeys,
    /// Rules and rows.
    pub chat: Chat,
    /// Sockets.
    pub hub: Hub,
    /// Floods are stopped here.
    pub rates: Rates,
    /// Who types, for those who poll.
    pub typing: Arc<TypingBoard>,
    /// Is anybody there?
    pub availability: Arc<AvailabilityBoard>,
    /// Which visitors are online.
    pub visitors: Arc<VisitorBoard>,
    /// Who sees what visitors type.
    pub previews: Arc<Previews>,
    /// Long polls.
    pub waiters: Waiters,
    /// Polls that need not be read again.
    pub unchanged: Unchanged,
    /// Sockets that asked not to hear their own message.
    pub exclusions: Exclusions,
    /// All widgets' origins together.
    pub origins: Arc<Origins>,
    /// Addresses that are kept out.
    pub blocks: Arc<Blocks>,
    /// From where visitors last asked.
    pub addresses: Addresses,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// What owners see of the server at work.
    pub monitor: Arc<Monitor>,
    /// Was the server told to stop?
    pub is_stopping: AtomicBool,
    /// Clients of the HTTP fallback transports.
    pub fallback: Sessions,
    /// Tells apps' back ends what happens on their channels.
    pub webhooks: Arc<Webhooks>,
    /// Files of messages.
    pub files: Files,
    /// The way to other servers.
    pub outbound: Arc<Outbound>,
    /// The way to browsers whose console is closed.
    pub web_push: WebPush,
    /// Where facts go beside our own sockets (ruling 13).
    pub provider: Option<Arc<Publisher>>,
}

impl Desk {
    /// Reads the widgets' lists of origins again.
    pub async fn refresh_origins(&self) -> Result<(), wire::Refused> {
        *self.origins.0.write() = self.chat.origin_lists().await?;
        Ok(())
    }

    /// Tells sockets and polls who types.
    pub fn tell_typing(&self, conversation_id: &str, user_id: &str, typing: &Typing) {
        self.typing.note(conversation_id, user_id, typing, steady_ms());
        self.waiters.wake(conversation_id);
        let data = serde_json::to_string(typing).expect("a bool and a text serialize");
        let id = || conversation_id.to_owned();
        for channel in [ChatChannel::Conversation(id()), ChatChannel::ConversationAlias(id())] {
            let event = Event {
                channel: &channel.name(),
                event: TYPING_EVENT,
                data: &data,
                user_id: Some(user_id),
                except: None,
            };
            self.hub.publish(&self.app.id, event);
        }
    }
}

/// The union of all widgets' origins, for preflights and sockets (ruling 11).
#[derive(Default)]
pub struct Origins(RwLock<Vec<Vec<String>>>);

impl Origins {
    /// May some widget be used from a page of this origin? Our own always may.
    pub fn admit(&self, origin: &str, arrival: &Arrival) -> bool {
        arrival.owns(origin) || self.0.read().iter().any(|list| arrival::is_on_list(origin, list))
    }
}

/// Sockets to leave out of an announcement: set before the verb, used at commit, gone after it
/// (ruling 2).
#[derive(Clone, Default)]
pub struct Exclusions(Arc<Mutex<HashMap<(String, String), Excluded>>>);

#[derive(Clone)]
struct Excluded {
    socket_id: String,
    user_id: String,
}

/// Ends an exclusion when dropped.
pub struct Exclusion {
    exclusions: Exclusions,
    key: (String, String),
}

impl Exclusions {
    /// Leaves `socket_id` out when the message `client_id` is announced, if it is the sender's own.
    pub fn set(&self, conversation_id: &str, client_id: &str, socket_id: &str, user_id: &str) -> Exclusion {
        let key = (conversation_id.to_owned(), client_id.to_owned());
        let excluded = Excluded { socket_id: socket_id.to_owned(), user_id: user_id.to_owned() };
        self.0.lock().insert(key.clone(), excluded);
        Exclusion { exclusions: self.clone(), key }
    }

    fn of(&self, change: &Change) -> Option<Excluded> {
        let waiting = self.0.lock();
        if waiting.is_empty() {
            return None;
        }
        let client_id = change.facts.iter().find_map(|fact| fact.body.said()).map(|said| &said.client_id)?;
        waiting.get(&(change.conversation.id.clone(), client_id.clone())).cloned()
    }
}

impl Drop for Exclusion {
    fn drop(&mut self) {
        self.exclusions.0.lock().remove(&self.key);
    }
}

/// Called with what a commit changed.
pub type OnChange = Arc<dyn Fn(&[Change]) + Send + Sync>;

/// What runs after every commit: announcements to sockets and to a foreign provider, then a wake for
/// long polls.
pub fn announcer(
    hub: Hub,
    app_id: String,
    waiters: Waiters,
    exclusions: Exclusions,
    provider: Option<Arc<Publisher>>,
    webhooks: Arc<Webhooks>,
    links: Arc<Links>,
) -> OnChange {
    Arc::new(move |changes| {
        for change in changes {
            let excluded = exclusions.of(change);
            let seq = change.facts.iter().filter_map(|fact| fact.visitor_seq).max().unwrap_or(0);
            chat::announce(
                change,
                &links,
                |channel| hub.is_occupied(&app_id, channel) || (provider.is_some() && is_visitors(channel)),
                |channel, event, data| {
                    if let Some(provider) = provider.as_ref().filter(|_| is_visitors(channel)) {
                        provider.publish(channel, event, data, seq);
                    }
                    let except = excluded
                        .as_ref()
                        .map(|e| Except { socket_id: &e.socket_id, only_if_user: Some(&e.user_id) });
                    hub.publish(&app_id, Event { channel, event, data, user_id: None, except });
                },
            );
            waiters.wake(&change.conversation.id);
            webhooks.wake_chat(&change.conversation.id);
            Word::Changed { conversation: change.conversation.id.clone() }.tell(&hub);
        }
    })
}

/// Is it a channel that visitors listen to? Agents' stay on this server.
fn is_visitors(channel: &str) -> bool {
    ChatChannel::parse(channel).is_some_and(|channel| channel.is_visitors())
}

/// Milliseconds since the Unix epoch.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Milliseconds of a clock that nobody puts back or forward. For what this process alone waits for or
/// remembers: by [`now_ms`] somebody would type, or be there, for as long as a clock was put back.
pub fn steady_ms() -> u64 {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(BEGAN.elapsed().as_millis()).unwrap_or(u64::MAX)
}
