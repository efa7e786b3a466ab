//! Which apps the hub serves: the chat's own with its hooks, and those of other back ends, at start
//! and again on SIGHUP. Knows nothing of sockets; a file that cannot be read changes nothing.

use crate::apps::{self, AppKeys, AppSettings};
use crate::arrival::Arrival;
use crate::availability::AvailabilityBoard;
use crate::desk::{Desk, Origins, now_ms, steady_ms};
use crate::gate::Blocks;
use crate::preview::Previews;
use crate::settings::Settings;
use crate::typing::{self, TypingBoard};
use crate::visitors::VisitorBoard;
use crate::waiters::Waiters;
use crate::webhooks::{Owner, Webhooks};
use anyhow::{Result, bail};
use realtime::{App, ClientEventPolicy, Compat, Notice, UpgradeHead};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::Signal;
use wire::chat_channel::ChatChannel;
use wire::event::TYPING_EVENT;
use wire::{Refusal, limit};

/// Over how long the connections of an app that is no longer served are closed.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);

/// Reads all settings again.
pub type ReadAgain = Arc<dyn Fn() -> Result<Settings> + Send + Sync>;

/// What the chat's own app asks and tells.
pub struct ChatHooks {
    /// All widgets' origins together (ruling 11).
    pub origins: Arc<Origins>,
    /// Addresses that are kept out.
    pub blocks: Arc<Blocks>,
    /// Who types.
    pub typing: Arc<TypingBoard>,
    /// Is anybody there?
    pub availability: Arc<AvailabilityBoard>,
    /// Which visitors are online.
    pub visitors: Arc<VisitorBoard>,
    /// Who sees what visitors type.
    pub previews: Arc<Previews>,
    /// Long polls.
    pub waiters: Waiters,
    /// Told of what happens on every app's channels.
    pub webhooks: Arc<Webhooks>,
}

/// Every app, the chat's own first.
///
/// # Errors
/// When two have the same id or key.
pub fn apps(chat: &AppKeys, settings: &Settings, hooks: &ChatHooks) -> Result<Vec<App>> {
    let chat = match &settings.chat_app {
        Some(named) => named.clone(),
        None => AppSettings::new(chat.clone(), Compat::Pusher),
    };
    let all = std::iter::once(&chat).chain(&settings.apps);
    apps::check_apart(all.map(|app| (app.id.as_str(), app.key.as_str())))?;
    let mut served = vec![over_tls(chat_app(&chat, settings, hooks), chat.tls_only, settings)];
    served.extend(settings.apps.iter().map(|other| {
        let mut app = over_tls(other.app(), other.tls_only, settings);
        app.on_notice = hooks.webhooks.hook(&Owner::new(&other.keys(), &other.webhooks));
        app
    }));
    Ok(served)
}

/// An app that may want TLS: then whoever comes without is refused before anything else is asked.
fn over_tls(mut app: App, tls_only: bool, settings: &Settings) -> App {
    if !tls_only {
        return app;
    }
    let (otherwise, settings) = (app.admit.take(), settings.clone());
    app.admit = Some(Arc::new(move |head| {
        if !Arrival::read(head, &settings).is_over_tls() {
            return Err(Refusal::TlsOnly);
        }
        otherwise.as_ref().map_or(Ok(()), |otherwise| otherwise(head))
    }));
    app
}

/// The chat's own app: strict whispers, whatever its settings say (ruling 6); origins of all widgets
/// (ruling 11).
fn chat_app(chat: &AppSettings, settings: &Settings, hooks: &ChatHooks) -> App {
    let mut app = chat.app();
    app.client_events = ClientEventPolicy {
        enabled: chat.takes_client_events(),
        names: Some(&[TYPING_EVENT]),
        max_bytes: limit::CHAT_WHISPER_BYTES,
        stamp_user_id: true,
        check: Some(typing::is_typing),
        rewrite: Some({
            let previews = hooks.previews.clone();
            Arc::new(move |channel, user_id, data| previews.rewrite(channel, user_id, data))
        }),
        bridge: Some(ChatChannel::typing_bridge),
        signed_only: true,
        ..ClientEventPolicy::default()
    };
    let (all_settings, origins, blocks) = (settings.clone(), hooks.origins.clone(), hooks.blocks.clone());
    app.admit = Some(Arc::new(move |head| {
        let client = Arrival::read(head, &all_settings).client;
        blocks.check(client, now_ms()).map_err(|refused| refused.refusal)?;
        admit(head, &all_settings, &origins)
    }));
    app.private_is_online = true;
    let (typing, waiters) = (hooks.typing.clone(), hooks.waiters.clone());
    let (availability, visitors) = (hooks.availability.clone(), hooks.visitors.clone());
    let webhooks = hooks.webhooks.hook(&Owner::new(&chat.keys(), &settings.webhooks));
    app.on_notice = Some(Arc::new(move |notice| {
        if let Some(webhooks) = &webhooks {
            webhooks(notice);
        }
        availability.hear(notice);
        visitors.hear(notice);
        let Notice::ClientEvent(event) = notice else { return };
        let conversation = ChatChannel::parse(event.channel);
        if let (
            Some(ChatChannel::Conversation(id) | ChatChannel::ConversationAlias(id)),
            Some(user),
            Some(signal),
        ) = (conversation, event.user_id, typing::parse(event.data))
        {
            typing.note(&id, user, &signal, steady_ms());
            waiters.wake(&id);
        }
    }));
    app
}

fn admit(head: &UpgradeHead<'_>, settings: &Settings, origins: &Origins) -> Result<(), Refusal> {
    // Absent: not a browser (ruling 11).
    let Some(origin) = head.origin else { return Ok(()) };
    let arrival = Arrival::read(head, settings);
    if origins.admit(origin, &arrival) { Ok(()) } else { Err(Refusal::OriginNotAllowed) }
}

/// Exchanges the apps for those of the settings as they are now, whenever SIGHUP comes.
pub async fn on_hangup(mut hangup: Signal, desk: Arc<Desk>, read_again: ReadAgain) {
    while hangup.recv().await.is_some() {
        match exchange(&desk, &read_again) {
            Ok(apps) => tracing::info!(%apps, "apps read again"),
            Err(error) => tracing::error!("apps stay as they were: {error:#}"),
        }
    }
}

/// Tells webhooks as these settings have them, from now on.
pub fn start_webhooks(desk: &Desk, settings: &Settings) {
    let mut owners = vec![Owner::new(&desk.app, &settings.webhooks)];
    owners.extend(settings.apps.iter().map(|other| Owner::new(&other.keys(), &other.webhooks)));
    let is_shared = settings.database_url.is_some();
    desk.webhooks.start(&owners, &desk.hub, &desk.chat, &desk.outbound, is_shared);
}

/// Answers the apps beside the chat's, for people.
fn exchange(desk: &Desk, read_again: &ReadAgain) -> Result<String> {
    let settings = read_again()?;
    if desk.secrets.chat_app(settings.chat_app.as_ref()) != desk.app {
        bail!("REVERB_APP_* name another app for the chat, which needs a restart");
    }
    let hooks = ChatHooks {
        origins: desk.origins.clone(),
        blocks: desk.blocks.clone(),
        typing: desk.typing.clone(),
        availability: desk.availability.clone(),
        visitors: desk.visitors.clone(),
        previews: desk.previews.clone(),
        waiters: desk.waiters.clone(),
        webhooks: desk.webhooks.clone(),
    };
    let apps = apps(&desk.app, &settings, &hooks)?;
    desk.hub.exchange_apps(apps, CLOSE_WITHIN)?;
    start_webhooks(desk, &settings);
    let names = settings.apps.iter().map(|app| app.name.as_deref().unwrap_or(&app.id));
    Ok(names.collect::<Vec<_>>().join(", "))
}
