//! The settings of Pusher apps: what each goes by in the configuration file and in Reverb's variables,
//! and what stands where nothing is said. Knows nothing of how an app keeps to them.

use crate::settings::{PublicAddress, number};
use crate::webhooks::Webhook;
use anyhow::{Context, Result, bail};
use realtime::{App, ClientEventPolicy, Compat, RateLimit, Senders, UpgradeHead};
use serde::Deserialize;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;
use wire::{Refusal, limit};

/// One Pusher app's public id, public key and secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppKeys {
    /// In the paths of the HTTP API.
    pub id: String,
    /// In the path of the socket.
    pub key: String,
    /// Signs.
    pub secret: String,
}

/// One `[[apps]]` of the configuration file. What is absent is as the app's `compat` has it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppSettings {
    /// In the paths of the HTTP API.
    #[serde(alias = "app_id")]
    pub id: String,
    /// In the path of the socket.
    pub key: String,
    /// Signs.
    pub secret: String,
    /// For people who read logs.
    pub name: Option<String>,
    /// False: nobody comes in, and who is in is closed with 4003.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// `pusher` or `reverb`: whose rows to follow where they differ (contract 1.16).
    #[serde(default, deserialize_with = "compat")]
    pub compat: Compat,
    /// Hosts of pages that may connect, `*` standing for any text; an entry with `://` is compared
    /// with the whole origin. Absent: every page.
    pub allowed_origins: Option<Vec<String>>,
    /// Seconds of silence after which the server pings.
    pub ping_interval: Option<u64>,
    /// Seconds of silence after which the client pings.
    pub activity_timeout: Option<u64>,
    /// Connections at most.
    pub max_connections: Option<usize>,
    /// Bytes of one message on a socket.
    pub max_message_size: Option<usize>,
    /// Bytes of an event's data over HTTP.
    pub max_event_size: Option<usize>,
    /// Bytes of a request's body.
    pub max_request_size: Option<usize>,
    /// Events in one batch.
    pub max_batch_size: Option<usize>,
    /// Channels one connection may join.
    pub max_channels_per_connection: Option<usize>,
    /// May clients send events to each other?
    pub client_events: Option<bool>,
    /// Who may.
    pub accept_client_events_from: Option<AcceptFrom>,
    /// Client events of one connection.
    pub client_events_per_second: Option<u32>,
    /// Bytes of a client event's data.
    pub max_client_event_size: Option<usize>,
    /// Members of one presence channel.
    pub presence_max_members: Option<usize>,
    /// Bytes of a member's `user_info`.
    pub presence_max_info_size: Option<usize>,
    /// Messages of any kind from one connection.
    pub rate_limiting: Option<RateLimiting>,
    /// Tell subscribers how many they are?
    #[serde(default)]
    pub subscription_count: bool,
    /// Seconds in which a connection must sign in or join a private or presence channel.
    pub authorised_within: Option<u32>,
    /// Refuse who does not come over TLS, as far as we are told?
    #[serde(default)]
    pub tls_only: bool,
    /// Whom to tell what happens on its channels.
    #[serde(default)]
    pub webhooks: Vec<Webhook>,
}

/// Reverb's words for who may send client events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AcceptFrom {
    /// Whoever has joined the channel.
    Members,
    /// Whoever is connected, to any channel.
    All,
    /// Nobody.
    None,
}

/// Reverb's `rate_limiting`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RateLimiting {
    /// Off unless said.
    pub enabled: bool,
    /// Messages in a window.
    pub max_attempts: u32,
    /// Length of the window.
    pub decay_seconds: u32,
    /// Close the connection, instead of refusing the message.
    #[serde(alias = "terminate")]
    pub terminate_on_limit: bool,
}

impl Default for RateLimiting {
    fn default() -> Self {
        let (max_attempts, decay_seconds) = (limit::REVERB_RATE_MESSAGES, limit::REVERB_RATE_WINDOW_S);
        RateLimiting { enabled: false, max_attempts, decay_seconds, terminate_on_limit: false }
    }
}

fn yes() -> bool {
    true
}

fn compat<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Compat, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Name {
        Pusher,
        Reverb,
    }
    Ok(match Name::deserialize(from)? {
        Name::Pusher => Compat::Pusher,
        Name::Reverb => Compat::Reverb,
    })
}

/// Where hosted Pusher and Reverb have other limits.
struct Defaults {
    message_bytes: usize,
    event_bytes: usize,
    request_bytes: Option<usize>,
    batch_events: usize,
    client_event_bytes: usize,
    client_events_per_s: u32,
    members: usize,
    info_bytes: usize,
    ping_interval_s: Option<u64>,
}

impl Defaults {
    fn of(compat: Compat) -> Defaults {
        match compat {
            Compat::Pusher => Defaults {
                message_bytes: limit::SOCKET_MESSAGE_BYTES,
                event_bytes: limit::EVENT_DATA_BYTES,
                request_bytes: None,
                batch_events: limit::BATCH_EVENTS,
                client_event_bytes: limit::EVENT_DATA_BYTES,
                client_events_per_s: limit::CLIENT_EVENTS_PER_S,
                members: limit::PRESENCE_MEMBERS,
                info_bytes: limit::PRESENCE_INFO_BYTES,
                ping_interval_s: None,
            },
            // Reverb bounds messages and requests as a whole, and nothing within them.
            Compat::Reverb => Defaults {
                message_bytes: limit::REVERB_MESSAGE_BYTES,
                event_bytes: usize::MAX,
                request_bytes: Some(limit::REVERB_REQUEST_BYTES),
                batch_events: usize::MAX,
                client_event_bytes: usize::MAX,
                client_events_per_s: u32::MAX,
                members: limit::REVERB_PRESENCE_MEMBERS,
                info_bytes: usize::MAX,
                ping_interval_s: Some(limit::REVERB_PING_INTERVAL_S),
            },
        }
    }
}

impl AppSettings {
    /// An app of which only this is said.
    pub fn new(keys: AppKeys, compat: Compat) -> AppSettings {
        let AppKeys { id, key, secret } = keys;
        AppSettings { id, key, secret, compat, enabled: true, ..AppSettings::default() }
    }

    /// Its keys alone.
    pub fn keys(&self) -> AppKeys {
        AppKeys { id: self.id.clone(), key: self.key.clone(), secret: self.secret.clone() }
    }

    /// The app that `REVERB_APP_*` name, with the options that Reverb reads for it. It follows Reverb's
    /// rows: whoever sets these variables has a back end and pages written for Reverb.
    ///
    /// # Errors
    /// One sentence that names the variable.
    pub fn from_env(get: &impl Fn(&str) -> Option<String>) -> Result<Option<AppSettings>> {
        let keys = match (get("REVERB_APP_ID"), get("REVERB_APP_KEY"), get("REVERB_APP_SECRET")) {
            (Some(id), Some(key), Some(secret)) => AppKeys { id, key, secret },
            (None, None, None) => return Ok(None),
            _ => bail!(
                "REVERB_APP_ID, REVERB_APP_KEY and REVERB_APP_SECRET go together: set all three or none"
            ),
        };
        let standard = RateLimiting::default();
        let app = AppSettings {
            ping_interval: number(get, "REVERB_APP_PING_INTERVAL")?,
            activity_timeout: number(get, "REVERB_APP_ACTIVITY_TIMEOUT")?,
            max_connections: number(get, "REVERB_APP_MAX_CONNECTIONS")?,
            max_message_size: number(get, "REVERB_APP_MAX_MESSAGE_SIZE")?,
            accept_client_events_from: accept_from(get("REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM").as_deref())?,
            rate_limiting: Some(RateLimiting {
                enabled: switch(get, "REVERB_APP_RATE_LIMITING_ENABLED")?,
                max_attempts: number(get, "REVERB_APP_RATE_LIMIT_MAX_ATTEMPTS")?
                    .unwrap_or(standard.max_attempts),
                decay_seconds: number(get, "REVERB_APP_RATE_LIMIT_DECAY_SECONDS")?
                    .unwrap_or(standard.decay_seconds),
                terminate_on_limit: switch(get, "REVERB_APP_RATE_LIMIT_TERMINATE")?,
            }),
            ..AppSettings::new(keys, Compat::Reverb)
        };
        Ok(Some(app))
    }

    /// Reverb's limit of a request's body, which is the server's and not an app's: it holds for each
    /// app in Reverb's mode that says nothing else.
    pub fn with_request_size(mut self, bytes: Option<usize>) -> AppSettings {
        if self.compat == Compat::Reverb && self.max_request_size.is_none() {
            self.max_request_size = bytes;
        }
        self
    }

    /// Is every number one that an app can have?
    ///
    /// # Errors
    /// One sentence that names app, setting and range.
    pub fn check(&self) -> Result<()> {
        let bytes = 1..=limit::APP_BYTES;
        let count = 1..=1_000_000;
        let seconds = 1..=limit::SILENCE_S as usize;
        let rate = self.rate_limiting.unwrap_or_default();
        let as_count = |seconds: Option<u64>| seconds.map(|s| usize::try_from(s).unwrap_or(usize::MAX));
        let checks: [(&str, Option<usize>, &RangeInclusive<usize>); 15] = [
            ("ping_interval", as_count(self.ping_interval), &seconds),
            ("activity_timeout", as_count(self.activity_timeout), &seconds),
            ("max_connections", self.max_connections, &(0..=usize::MAX)),
            ("max_message_size", self.max_message_size, &bytes),
            ("max_event_size", self.max_event_size, &bytes),
            ("max_request_size", self.max_request_size, &bytes),
            ("max_batch_size", self.max_batch_size, &count),
            ("max_channels_per_connection", self.max_channels_per_connection, &count),
            ("client_events_per_second", self.client_events_per_second.map(|n| n as usize), &(1..=1_000)),
            ("max_client_event_size", self.max_client_event_size, &bytes),
            ("presence_max_members", self.presence_max_members, &count),
            ("presence_max_info_size", self.presence_max_info_size, &bytes),
            ("rate_limiting.max_attempts", Some(rate.max_attempts as usize), &count),
            ("rate_limiting.decay_seconds", Some(rate.decay_seconds as usize), &seconds),
            ("authorised_within", self.authorised_within.map(|s| s as usize), &seconds),
        ];
        for (setting, value, range) in checks {
            if value.is_some_and(|value| !range.contains(&value)) {
                let (app, least, most) = (&self.id, range.start(), range.end());
                bail!("app {app}: {setting} is {least} to {most}");
            }
        }
        for (name, value) in [("id", &self.id), ("key", &self.key), ("secret", &self.secret)] {
            if value.is_empty() || (name != "secret" && value.contains(['/', '?', '#', ' '])) {
                bail!("app {}: {name} is a text that can stand in a path", self.id);
            }
        }
        Ok(())
    }

    /// The app as the hub serves it. Hooks of the chat or of webhooks are not its own and come later.
    pub fn app(&self) -> App {
        let standard = Defaults::of(self.compat);
        let rate = self.rate_limiting.filter(|rate| rate.enabled);
        let mut app = App::new(&self.id, &self.key, &self.secret);
        app.enabled = self.enabled;
        app.compat = self.compat;
        app.client_events = self.client_events(&standard);
        app.max_message_bytes = self.max_message_size.unwrap_or(standard.message_bytes);
        app.activity_timeout_s = self.activity_timeout.unwrap_or(limit::ACTIVITY_TIMEOUT_S);
        app.ping_interval_s = self.ping_interval.or(standard.ping_interval_s);
        app.max_connections = self.max_connections;
        app.max_channels = self.max_channels_per_connection.unwrap_or(limit::CHANNELS_PER_CONNECTION);
        app.presence_members = self.presence_max_members.unwrap_or(standard.members);
        app.presence_info_bytes = self.presence_max_info_size.unwrap_or(standard.info_bytes);
        app.rate_limit = rate.map(|rate| RateLimit {
            max_messages: rate.max_attempts,
            window_s: rate.decay_seconds,
            closes: rate.terminate_on_limit,
        });
        app.max_event_bytes = self.max_event_size.unwrap_or(standard.event_bytes);
        app.max_request_bytes = self.max_request_size.or(standard.request_bytes);
        app.max_batch_events = self.max_batch_size.unwrap_or(standard.batch_events);
        app.subscription_count = self.subscription_count;
        app.authorised_within_s = self.authorised_within;
        if let Some(origins) = self.allowed_origins.clone() {
            app.admit = Some(Arc::new(move |head: &UpgradeHead<'_>| match head.origin {
                Some(origin) if !is_allowed(origin, &origins) => Err(Refusal::OriginNotAllowed),
                // Absent: not a browser, which could write there what it liked.
                Some(_) | None => Ok(()),
            }));
        }
        app
    }

    fn client_events(&self, standard: &Defaults) -> ClientEventPolicy {
        ClientEventPolicy {
            enabled: self.takes_client_events(),
            max_bytes: self.max_client_event_size.unwrap_or(standard.client_event_bytes),
            per_second: self.client_events_per_second.unwrap_or(standard.client_events_per_s),
            // Reverb says who whispers on every channel whose signature named somebody.
            stamp_user_id: self.compat == Compat::Reverb,
            from: match self.accept_client_events_from {
                Some(AcceptFrom::All) => Senders::Anybody,
                Some(AcceptFrom::Members | AcceptFrom::None) | None => Senders::Members,
            },
            ..ClientEventPolicy::default()
        }
    }

    /// May clients send any?
    pub fn takes_client_events(&self) -> bool {
        self.client_events.unwrap_or(true) && self.accept_client_events_from != Some(AcceptFrom::None)
    }
}

/// May a page of this origin connect? The patterns are Reverb's, for the host alone, unless they hold `://`.
pub fn is_allowed(origin: &str, patterns: &[String]) -> bool {
    let host = PublicAddress::parse(origin).map(|address| address.host);
    patterns.iter().any(|pattern| {
        let pattern = pattern.to_ascii_lowercase();
        if pattern == "*" {
            return true;
        }
        if pattern.contains("://") {
            return matches(&origin.to_ascii_lowercase(), pattern.trim_end_matches('/'));
        }
        host.as_ref().is_some_and(|host| matches(host, &pattern))
    })
}

/// Does the whole text fit the pattern, in which `*` stands for any text?
fn matches(text: &str, pattern: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return text == pattern };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// The sentence for a configuration file that does not parse: the line and what was expected, never a
/// value, which could be a secret.
pub fn parse_error(path: &Path, text: &str, error: &toml::de::Error) -> anyhow::Error {
    let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let message = error.message();
    let what = match message.split_once(", expected ") {
        Some((wrong, expected)) if wrong.starts_with("invalid") => format!("expected {expected}"),
        _ => message.to_owned(),
    };
    anyhow::anyhow!("{}, line {line}: {what}", path.display())
}

fn accept_from(value: Option<&str>) -> Result<Option<AcceptFrom>> {
    match value {
        None => Ok(None),
        Some("members") => Ok(Some(AcceptFrom::Members)),
        Some("all") => Ok(Some(AcceptFrom::All)),
        Some("none") => Ok(Some(AcceptFrom::None)),
        Some(_) => bail!("REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM is members, all or none"),
    }
}

/// A switch as Laravel reads it.
fn switch(get: &impl Fn(&str) -> Option<String>, name: &str) -> Result<bool> {
    let Some(value) = get(name) else { return Ok(false) };
    match value.to_ascii_lowercase().trim_matches(['(', ')']) {
        "true" | "1" | "on" | "yes" => Ok(true),
        "false" | "0" | "off" | "no" | "null" | "empty" => Ok(false),
        _ => bail!("{name} is true or false"),
    }
}

/// Which app `REVERB_APP_*` name: the chat's own (ruling 4), or one beside it.
///
/// # Errors
/// One sentence that names the variable.
pub fn reverb_app_is_the_chats(value: Option<&str>) -> Result<bool> {
    match value {
        None | Some("chat") => Ok(true),
        Some("own") => Ok(false),
        Some(_) => Err(anyhow::anyhow!("FRONTDESK_REVERB_APP is chat or own")),
    }
}

/// Do these apps have ids and keys of their own?
///
/// # Errors
/// One sentence that names the id or key that stands twice.
pub fn check_apart<'a>(apps: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<()> {
    let (mut ids, mut keys) = (std::collections::HashSet::new(), std::collections::HashSet::new());
    for (id, key) in apps {
        ids.insert(id).then_some(()).with_context(|| format!("Two apps have the id {id}"))?;
        keys.insert(key).then_some(()).with_context(|| format!("Two apps have the key {key}"))?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "apps_tests.rs"]
mod tests;
