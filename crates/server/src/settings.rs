//! Every setting and the names it goes by: flag, environment, `.env`, configuration file,
//! default, in that order. Knows nothing of what a setting does, and reads no environment itself.

use crate::acme;
use crate::apps::{self, AppSettings};
use crate::files::BucketSettings;
use crate::mail::MailSettings;
use crate::provider::Foreign;
use crate::tls::TlsFiles;
use crate::webhooks::Webhook;
use anyhow::{Context, Result, bail};
use ipnet::IpNet;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;
use wire::limit;

/// An address that browsers use: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicAddress {
    /// `http` or `https`.
    pub scheme: String,
    /// Host without port.
    pub host: String,
    /// Port.
    pub port: u16,
}

impl PublicAddress {
    /// As an origin: the port is left out where it is the scheme's own.
    pub fn origin(&self) -> String {
        match (self.scheme.as_str(), self.port) {
            ("http", 80) | ("https", 443) => format!("{}://{}", self.scheme, self.host),
            _ => format!("{}://{}:{}", self.scheme, self.host, self.port),
        }
    }

    /// Reads `http(s)://host[:port]`.
    pub fn parse(url: &str) -> Option<PublicAddress> {
        let (scheme, rest) = url.trim_end_matches('/').split_once("://")?;
        if !matches!(scheme, "http" | "https") || rest.is_empty() || rest.contains(['/', '@', '?', '#']) {
            return None;
        }
        let default_port = if scheme == "https" { 443 } else { 80 };
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (rest, default_port),
        };
        is_host(host).then(|| PublicAddress {
            scheme: scheme.to_owned(),
            host: host.to_ascii_lowercase(),
            port,
        })
    }

    /// Is it this machine, as the browser sees it?
    pub fn is_loopback(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || host.ends_with(".localhost")
            || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

/// A name, or an address; nothing that could mean something in a header or a page.
pub fn is_host(host: &str) -> bool {
    let bracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match bracketed {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)),
    }
}

/// What the command line said.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--host`
    pub host: Option<String>,
    /// `--port`
    pub port: Option<u16>,
    /// `--data`
    pub data: Option<PathBuf>,
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--debug`
    pub debug: bool,
    /// `--path`
    pub path: Option<String>,
    /// `--hostname`
    pub hostname: Option<String>,
}

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address to listen on.
    pub host: String,
    /// Port to listen on.
    pub port: u16,
    /// Prefix of the Pusher routes, such as `/ws`; empty or beginning with `/`.
    pub path: String,
    /// More addresses to listen on (seed B's port 8000).
    pub extra_listen: Vec<SocketAddr>,
    /// Folder of database, secrets and attachments.
    pub data: PathBuf,
    /// The configuration file, if there is one.
    pub config_file: Option<PathBuf>,
    /// PostgreSQL; SQLite in `data` when absent.
    pub database_url: Option<String>,
    /// Most bytes the SQLite file may take.
    pub max_database_bytes: Option<u64>,
    /// Where files are kept, when not in `data`.
    pub bucket: Option<BucketSettings>,
    /// KiB of files that a visitor may upload in an hour; 0: as many as they like.
    pub upload_kib_per_hour: u32,
    /// Where browsers find this server; derived from each request when absent.
    pub public: Option<PublicAddress>,
    /// Certificate and key, when the server speaks TLS itself.
    pub tls: Option<TlsFiles>,
    /// A certificate to order, when there are no files.
    pub acme: Option<acme::Order>,
    /// A socket file to listen on besides.
    pub listen_unix: Option<PathBuf>,
    /// Where clients of the HTTP fallback transports send the later requests of a session, when a
    /// balancer in front does not keep them on one node.
    pub fallback_hostname: Option<String>,
    /// Peers whose `X-Forwarded-*` are believed (ruling 16).
    pub trusted_proxies: Vec<IpNet>,
    /// Serve test page and demo widget to everybody, not on loopback alone (ruling 17).
    pub demo: bool,
    /// Log more.
    pub debug: bool,
    /// The chat's own app, when named by `REVERB_APP_*`.
    pub chat_app: Option<AppSettings>,
    /// Whom to tell what happens on the chat's own channels.
    pub webhooks: Vec<Webhook>,
    /// Apps of other back ends: from the configuration file, and the one `REVERB_APP_*` name when
    /// it is not to be the chat's.
    pub apps: Vec<AppSettings>,
    /// Where facts go beside our own sockets (`BROADCAST_CONNECTION=pusher`, ruling 13).
    pub provider: Option<Foreign>,
    /// Connections at most.
    pub max_connections: usize,
    /// Messages per visitor and minute; 0 for no limit.
    pub messages_per_minute: u32,
    /// New sessions per address and minute; 0 for no limit.
    pub sessions_per_minute: u32,
    /// Attempts to sign in per address and minute; 0 for no limit.
    pub logins_per_minute: u32,
    /// Calls with one API key per minute; 0 for no limit.
    pub key_calls_per_minute: u32,
    /// Show what people say in the debug log's frames; credentials stay redacted.
    pub debug_bodies: bool,
    /// Opens `/metrics` from anywhere; where it is absent, only this machine sees the page.
    pub metrics_token: Option<String>,
    /// Seconds over which the reconnects of all clients are spread when the server stops.
    pub drain_s: u64,
    /// Days for which the log keeps facts that no page needs; 0: for ever.
    pub log_days: u32,
    /// Seconds between the word to stop and the first refused connection, for load balancers to notice
    /// by `/up`.
    pub lame_duck_s: u64,
    /// Where other nodes are met; absent: this is the only one.
    pub redis: Option<realtime::Redis>,
    /// Where unread answers are mailed; absent: nowhere.
    pub mail: Option<MailSettings>,
    /// Networks that outbound calls may reach although they are not public (S18).
    pub outbound_allow: Vec<IpNet>,
}

/// The configuration file, `frontdesk.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Apps beside the chat's own.
    #[serde(default)]
    apps: Vec<AppSettings>,
    /// Webhooks of the chat's own app.
    #[serde(default)]
    webhooks: Vec<Webhook>,
    /// Any environment variable's value, by its name.
    #[serde(default)]
    env: std::collections::BTreeMap<String, String>,
}

/// Reads a `.env` file into pairs; absent is empty.
///
/// # Errors
/// When the file cannot be parsed; the sentence names the line, never the value.
pub fn read_dotenv(path: &std::path::Path) -> Result<Vec<(String, String)>> {
    let entries = match dotenvy::from_path_iter(path) {
        Ok(entries) => entries,
        Err(error) if error.not_found() => return Ok(Vec::new()),
        Err(_) => bail!("{} cannot be read", path.display()),
    };
    entries
        .enumerate()
        .map(|(n, entry)| {
            entry.map_err(|_| anyhow::anyhow!("{}: entry {} is not NAME=value", path.display(), n + 1))
        })
        .collect()
}

impl Settings {
    /// Puts flags, environment (the process's before `.env`) and file together.
    ///
    /// # Errors
    /// One sentence that names the setting.
    pub fn gather(
        flags: &Flags,
        env: impl Fn(&str) -> Option<String>,
        dotenv: &[(String, String)],
    ) -> Result<Settings> {
        let from_env = from_env(env, dotenv);
        let (file, config_file) = read_file(flags, from_env("FRONTDESK_CONFIG"))?;
        let get = |name: &str| from_env(name).or_else(|| file.env.get(name).cloned());
        if get("REVERB_SERVER").is_some_and(|server| server != "reverb") {
            bail!("REVERB_SERVER can only be reverb: that is the server this one stands in for");
        }

        let (chat_app, apps) = gather_apps(&get, file.apps)?;
        let host = flags.host.clone().or_else(|| get("REVERB_SERVER_HOST")).unwrap_or("0.0.0.0".to_owned());
        let port = match flags.port {
            Some(port) => port,
            None => number(&get, "REVERB_SERVER_PORT")?.unwrap_or(8080),
        };
        Ok(Settings {
            host,
            port,
            path: path_prefix(flags.path.clone().or_else(|| get("REVERB_SERVER_PATH")).as_deref())?,
            extra_listen: extra_listen(get("FRONTDESK_EXTRA_LISTEN"))?,
            data: flags
                .data
                .clone()
                .or_else(|| get("FRONTDESK_DATA").map(PathBuf::from))
                .unwrap_or("data".into()),
            config_file,
            database_url: get("FRONTDESK_DATABASE_URL"),
            max_database_bytes: number(&get, "FRONTDESK_MAX_DATABASE_BYTES")?,
            bucket: BucketSettings::gather(&get)?,
            upload_kib_per_hour: number(&get, "FRONTDESK_UPLOAD_KIB_PER_HOUR")?
                .unwrap_or(limit::UPLOAD_KIB_PER_HOUR),
            public: public_address(flags.hostname.as_deref(), &get)?,
            tls: TlsFiles::gather(&get)?,
            acme: acme::Order::gather(&get)?,
            listen_unix: get("FRONTDESK_LISTEN_UNIX").map(PathBuf::from),
            fallback_hostname: host_name(&get, "FRONTDESK_FALLBACK_HOSTNAME")?,
            trusted_proxies: networks(
                "FRONTDESK_TRUSTED_PROXIES",
                get("FRONTDESK_TRUSTED_PROXIES").as_deref().unwrap_or("127.0.0.0/8,::1/128"),
            )?,
            demo: flag(&get, "FRONTDESK_DEMO"),
            debug: flags.debug || flag(&get, "FRONTDESK_DEBUG"),
            chat_app,
            webhooks: file.webhooks,
            apps,
            provider: Foreign::read(&get)?,
            max_connections: number(&get, "FRONTDESK_MAX_CONNECTIONS")?.unwrap_or(limit::CONNECTIONS),
            messages_per_minute: number(&get, "FRONTDESK_MESSAGES_PER_MINUTE")?
                .unwrap_or(limit::MESSAGES_PER_MINUTE),
            logins_per_minute: number(&get, "FRONTDESK_LOGINS_PER_MINUTE")?
                .unwrap_or(limit::LOGINS_PER_MINUTE),
            sessions_per_minute: number(&get, "FRONTDESK_SESSIONS_PER_MINUTE")?
                .unwrap_or(limit::SESSIONS_PER_MINUTE),
            key_calls_per_minute: number(&get, "FRONTDESK_KEY_CALLS_PER_MINUTE")?
                .unwrap_or(limit::KEY_CALLS_PER_MINUTE),
            debug_bodies: flag(&get, "FRONTDESK_DEBUG_BODIES"),
            metrics_token: get("FRONTDESK_METRICS_TOKEN"),
            drain_s: number(&get, "FRONTDESK_DRAIN_S")?.unwrap_or(limit::DRAIN_S),
            log_days: number(&get, "FRONTDESK_LOG_DAYS")?.unwrap_or(0),
            lame_duck_s: number(&get, "FRONTDESK_LAME_DUCK_S")?.unwrap_or(0),
            redis: crate::scaling::redis(&get)?,
            mail: MailSettings::gather(&get)?,
            outbound_allow: networks(
                "FRONTDESK_OUTBOUND_ALLOW",
                &get("FRONTDESK_OUTBOUND_ALLOW").unwrap_or_default(),
            )?,
        })
    }
}

/// What a name is set to, wherever it is said.
///
/// # Errors
/// When the configuration file cannot be read.
pub fn words(
    flags: &Flags,
    env: impl Fn(&str) -> Option<String>,
    dotenv: &[(String, String)],
) -> Result<impl Fn(&str) -> Option<String>> {
    let from_env = from_env(env, dotenv);
    let (file, _) = read_file(flags, from_env("FRONTDESK_CONFIG"))?;
    Ok(move |name: &str| from_env(name).or_else(|| file.env.get(name).cloned()))
}

/// The process's environment before `.env`; what is empty is not set.
fn from_env(
    env: impl Fn(&str) -> Option<String>,
    dotenv: &[(String, String)],
) -> impl Fn(&str) -> Option<String> {
    move |name| {
        env(name)
            .or_else(|| dotenv.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()))
            .filter(|value| !value.is_empty())
    }
}

impl Settings {
    /// What our own listeners speak.
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() || self.acme.is_some() { "https" } else { "http" }
    }
}

/// The chat's own app, if it is named, and the others.
fn gather_apps(
    get: &impl Fn(&str) -> Option<String>,
    mut apps: Vec<AppSettings>,
) -> Result<(Option<AppSettings>, Vec<AppSettings>)> {
    let mut chat_app = AppSettings::from_env(get)?;
    if !apps::reverb_app_is_the_chats(get("FRONTDESK_REVERB_APP").as_deref())? {
        let own =
            chat_app.take().context("FRONTDESK_REVERB_APP=own needs REVERB_APP_ID, _KEY and _SECRET")?;
        apps.insert(0, own);
    }
    let request_size = number(get, "REVERB_MAX_REQUEST_SIZE")?;
    let apps: Vec<_> = apps.into_iter().map(|app| app.with_request_size(request_size)).collect();
    let chat_app = chat_app.map(|app| app.with_request_size(request_size));
    let all = || chat_app.iter().chain(&apps);
    all().try_for_each(AppSettings::check)?;
    apps::check_apart(all().map(|app| (app.id.as_str(), app.key.as_str())))?;
    Ok((chat_app, apps))
}

/// The file and where it is, if it is there.
fn read_file(flags: &Flags, named: Option<String>) -> Result<(File, Option<PathBuf>)> {
    let (path, required) = match flags.config.clone().or(named.map(PathBuf::from)) {
        Some(path) => (path, true),
        None => (PathBuf::from("frontdesk.toml"), false),
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => match toml::from_str(&text) {
            Ok(file) => Ok((file, Some(path))),
            Err(error) => Err(apps::parse_error(&path, &text, &error)),
        },
        Err(error) if !required && error.kind() == std::io::ErrorKind::NotFound => {
            Ok((File::default(), None))
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

pub(crate) fn number<T: std::str::FromStr>(
    get: &impl Fn(&str) -> Option<String>,
    name: &str,
) -> Result<Option<T>> {
    get(name)
        .map(|value| value.parse().map_err(|_| anyhow::anyhow!("{name} must be a whole number")))
        .transpose()
}

fn host_name(get: &impl Fn(&str) -> Option<String>, name: &str) -> Result<Option<String>> {
    let Some(host) = get(name) else { return Ok(None) };
    if !is_host(&host) {
        bail!("{name} must be a host name without scheme and port");
    }
    Ok(Some(host))
}

fn flag(get: &impl Fn(&str) -> Option<String>, name: &str) -> bool {
    get(name).is_some_and(|value| matches!(value.as_str(), "1" | "true" | "yes" | "on"))
}

fn path_prefix(value: Option<&str>) -> Result<String> {
    let trimmed = value.unwrap_or("").trim_matches('/');
    if trimmed.contains(['?', '#', ' ']) {
        bail!("REVERB_SERVER_PATH must be a plain path such as /ws");
    }
    Ok(if trimmed.is_empty() { String::new() } else { format!("/{trimmed}") })
}

fn extra_listen(value: Option<String>) -> Result<Vec<SocketAddr>> {
    let Some(value) = value else { return Ok(Vec::new()) };
    value
        .split(',')
        .map(|address| {
            let address = address.trim();
            let whole = if address.contains(':') { address.to_owned() } else { format!("0.0.0.0:{address}") };
            whole
                .parse()
                .map_err(|_| anyhow::anyhow!("FRONTDESK_EXTRA_LISTEN must be ports or ADDRESS:PORT pairs"))
        })
        .collect()
}

fn networks(name: &str, value: &str) -> Result<Vec<IpNet>> {
    value
        .split(',')
        .map(str::trim)
        .filter(|net| !net.is_empty())
        .map(|net| {
            net.parse::<IpNet>()
                .or_else(|_| net.parse().map(|ip: std::net::IpAddr| IpNet::from(ip)))
                .map_err(|_| anyhow::anyhow!("{name} must be addresses or networks"))
        })
        .collect()
}

/// `FRONTDESK_PUBLIC_URL`, else the address Laravel's variables give to browsers (ruling 18); where
/// there is a foreign provider, `VITE_PUSHER_*` is its address.
fn public_address(
    hostname: Option<&str>,
    get: &impl Fn(&str) -> Option<String>,
) -> Result<Option<PublicAddress>> {
    if let Some(host) = hostname.filter(|host| !is_host(host)) {
        bail!("--hostname must be a host without scheme, port and path, not {host}");
    }
    if let Some(url) = get("FRONTDESK_PUBLIC_URL").filter(|_| hostname.is_none()) {
        return PublicAddress::parse(&url)
            .map(Some)
            .context("FRONTDESK_PUBLIC_URL must be http(s)://host[:port] without a path");
    }
    let has_provider = get("BROADCAST_CONNECTION").as_deref() == Some("pusher");
    for family in ["REVERB", "VITE_REVERB", "VITE_PUSHER"] {
        if family == "VITE_PUSHER" && has_provider {
            continue;
        }
        // Reverb's flag names the same host as Reverb's variable.
        let host = hostname.map(str::to_owned).or_else(|| get(&format!("{family}_HOST")));
        let Some(host) = host else { continue };
        // Hosted Pusher's own address in `VITE_PUSHER_HOST` says nothing about this server.
        if host.ends_with(".pusher.com") || host.contains("${") {
            continue;
        }
        let scheme = get(&format!("{family}_SCHEME")).unwrap_or("https".to_owned());
        if !matches!(scheme.as_str(), "http" | "https") {
            bail!("{family}_SCHEME must be http or https");
        }
        let default_port = if scheme == "https" { 443 } else { 80 };
        let port = number(get, &format!("{family}_PORT"))?.unwrap_or(default_port);
        return Ok(Some(PublicAddress { scheme, host: host.to_ascii_lowercase(), port }));
    }
    Ok(None)
}

/// Fuzz target (ruling 26): no text makes reading the configuration file or telling what is wrong with it
/// panic, and an app that is taken can be served.
pub fn fuzz(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let file = match toml::from_str::<File>(text) {
        Ok(file) => file,
        Err(error) => {
            let told = apps::parse_error(std::path::Path::new("frontdesk.toml"), text, &error).to_string();
            return assert!(told.starts_with("frontdesk.toml, line "), "{told}");
        }
    };
    for app in file.apps.iter().filter(|app| app.check().is_ok()) {
        let app = app.app();
        assert!(app.activity_timeout_s > 0 && app.max_message_bytes > 0 && app.client_events.per_second > 0);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn gather(env: &[(&str, &str)], dotenv: &[(&str, &str)], flags: &Flags) -> Result<Settings> {
        let dotenv: Vec<_> = dotenv.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
        Settings::gather(
            flags,
            |name| env.iter().find(|(n, _)| *n == name).map(|(_, v)| v.to_string()),
            &dotenv,
        )
    }

    #[test]
    fn flag_beats_environment_beats_dotenv_beats_default() {
        let flags = Flags { port: Some(1), ..Flags::default() };
        let set = [("REVERB_SERVER_PORT", "2")];
        let dotenv = [("REVERB_SERVER_PORT", "3")];
        assert_eq!(gather(&set, &dotenv, &flags).unwrap().port, 1);
        assert_eq!(gather(&set, &dotenv, &Flags::default()).unwrap().port, 2);
        assert_eq!(gather(&[], &dotenv, &Flags::default()).unwrap().port, 3);
        assert_eq!(gather(&[], &[], &Flags::default()).unwrap().port, 8080);
    }

    #[test]
    fn ruling_4_seed_a_env_names_the_chat_app() {
        let settings = gather(
            &[],
            &[
                ("REVERB_APP_ID", "alsernet-app"),
                ("REVERB_APP_KEY", "alsernet-app-key"),
                ("REVERB_APP_SECRET", "s"),
                ("REVERB_HOST", "localhost"),
                ("REVERB_PORT", "8080"),
                ("REVERB_SCHEME", "http"),
            ],
            &Flags::default(),
        )
        .unwrap();
        assert_eq!(settings.chat_app.unwrap().id, "alsernet-app");
        assert_eq!(settings.public.unwrap().origin(), "http://localhost:8080");
    }

    #[test]
    fn ruling_18_vite_names_are_aliases_of_the_public_address() {
        let vite = [("VITE_REVERB_HOST", "chat.example"), ("VITE_REVERB_SCHEME", "https")];
        assert_eq!(
            gather(&vite, &[], &Flags::default()).unwrap().public.unwrap().origin(),
            "https://chat.example"
        );
        let pusher = [("VITE_PUSHER_HOST", "ws.example"), ("VITE_PUSHER_PORT", "8443")];
        assert_eq!(
            gather(&pusher, &[], &Flags::default()).unwrap().public.unwrap().origin(),
            "https://ws.example:8443"
        );
        let hosted = [("VITE_PUSHER_HOST", "api.pusher.com")];
        assert_eq!(gather(&hosted, &[], &Flags::default()).unwrap().public, None);
    }

    #[test]
    fn ruling_18_a_bare_port_is_a_second_address() {
        let settings = gather(&[("FRONTDESK_EXTRA_LISTEN", "8000")], &[], &Flags::default()).unwrap();
        assert_eq!(settings.extra_listen, ["0.0.0.0:8000".parse().unwrap()]);
    }

    #[test]
    fn half_an_app_and_bad_numbers_are_refused_by_name() {
        let half = gather(&[("REVERB_APP_KEY", "k")], &[], &Flags::default()).unwrap_err();
        assert!(half.to_string().contains("REVERB_APP_SECRET"));
        let bad = gather(&[("REVERB_SERVER_PORT", "many")], &[], &Flags::default()).unwrap_err();
        assert!(bad.to_string().contains("REVERB_SERVER_PORT"));
    }

    #[test]
    fn public_addresses_parse_strictly() {
        assert_eq!(PublicAddress::parse("https://A.example/").unwrap().origin(), "https://a.example");
        assert_eq!(PublicAddress::parse("http://[::1]:8080").unwrap().origin(), "http://[::1]:8080");
        for bad in [
            "a.example",
            "ftp://a.example",
            "https://a.example/path",
            "https://u@a.example",
            "https://",
            "http://a;b",
            "http://a<b>",
            "http://[x]",
        ] {
            assert_eq!(PublicAddress::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_committed_corpus_passes_the_fuzz_target() {
        for seed in include_str!("../corpus/config.esc").lines() {
            fuzz(seed.replace(r"\n", "\n").as_bytes());
        }
    }

    proptest! {
        #[test]
        fn a_damaged_configuration_file_is_told_without_its_values(
            lines in prop::collection::vec(
                prop_oneof![
                    Just("[[apps]]".to_owned()),
                    "(id|key|secret|name|max_connections|allowed_origins|enabled|more) ?=? ?(\"canary\"|'canary|[0-9]{1,20}|true|\\[\"canary\"\\]|canary)",
                    ".{0,12}",
                ],
                0..8,
            ),
        ) {
            let text = lines.join("\n");
            fuzz(text.as_bytes());
            if let Err(error) = toml::from_str::<File>(&text) {
                let told = apps::parse_error(std::path::Path::new("f"), &text, &error).to_string();
                prop_assert!(!told.contains("canary"), "{}", told);
            }
        }
    }
}
