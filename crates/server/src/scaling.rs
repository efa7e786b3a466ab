//! How this node finds the others: Reverb's scaling settings, read into an address of Redis. Decides
//! what the names mean; connects to nothing.

use anyhow::{Context, Result, bail};
use realtime::{Redis, RedisAddress};
use std::time::Duration;

const PORT: u16 = 6379;
/// Reverb's default; the bus waits no longer than 2 s in any case.
const TIMEOUT_S: u64 = 60;

/// Redis, when `REVERB_SCALING_ENABLED` says that there are other nodes; `REDIS_URL` counts before the
/// single names, as in Laravel.
///
/// # Errors
/// One sentence that names the setting.
pub fn redis(get: &impl Fn(&str) -> Option<String>) -> Result<Option<Redis>> {
    if !get("REVERB_SCALING_ENABLED").is_some_and(|on| matches!(on.as_str(), "1" | "true" | "yes" | "on")) {
        return Ok(None);
    }
    // Laravel's own `.env` says `REDIS_PASSWORD=null`.
    let get = |name: &str| get(name).filter(|value| !matches!(value.as_str(), "null" | "(null)"));
    let number = |name: &str| -> Result<Option<u64>> {
        get(name).map(|v| v.parse().with_context(|| format!("{name} must be a whole number"))).transpose()
    };
    let mut found = Found {
        host: get("REDIS_HOST"),
        port: number("REDIS_PORT")?.and_then(|port| port.try_into().ok()),
        username: get("REDIS_USERNAME"),
        password: get("REDIS_PASSWORD"),
        db: number("REDIS_DB")?,
    };
    if let Some(url) = get("REDIS_URL") {
        found.read(&url)?;
    }
    let host = found.host.unwrap_or_else(|| "127.0.0.1".to_owned());
    let address = match host.strip_prefix("unix://").unwrap_or(&host) {
        path if path.starts_with('/') => RedisAddress::Unix(path.into()),
        host => RedisAddress::Tcp(host.to_owned(), found.port.unwrap_or(PORT)),
    };
    let channel = get("REVERB_SCALING_CHANNEL").unwrap_or_else(|| "reverb".to_owned());
    Ok(Some(Redis {
        address,
        username: found.username,
        password: found.password,
        // Topics know no databases, and Reverb's own channel speaks another language.
        topic: format!("{channel}:frontdesk:{}", found.db.unwrap_or(0)),
        timeout: Duration::from_secs(number("REDIS_TIMEOUT")?.unwrap_or(TIMEOUT_S)),
    }))
}

struct Found {
    host: Option<String>,
    port: Option<u16>,
    username: Option<String>,
    password: Option<String>,
    db: Option<u64>,
}

impl Found {
    /// Reads `redis://[user][:password]@host[:port][/db]` or `unix://[user][:password]@/path[?db=n]`.
    fn read(&mut self, url: &str) -> Result<()> {
        const SHAPE: &str = "REDIS_URL must be redis://[user:password@]host[:port][/db] or unix:///path";
        let (scheme, rest) = url.split_once("://").context(SHAPE)?;
        let (access, rest) =
            rest.rsplit_once('@').map_or((None, rest), |(access, rest)| (Some(access), rest));
        if let Some(access) = access {
            let (username, password) = access.split_once(':').unwrap_or(("", access));
            let decoded = |text: &str| (!text.is_empty()).then(|| unescape(text));
            (self.username, self.password) = (decoded(username).transpose()?, decoded(password).transpose()?);
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        match scheme {
            "unix" | "redis+unix" | "redis+socket" => self.host = Some(rest.to_owned()),
            "redis" | "tcp" => {
                let (place, db) = rest.split_once('/').unwrap_or((rest, ""));
                if !db.is_empty() {
                    self.db = Some(db.parse().context(SHAPE)?);
                }
                let (host, port) = match place.rsplit_once(':') {
                    Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().context(SHAPE)?)),
                    _ => (place, None),
                };
                if host.is_empty() {
                    bail!(SHAPE);
                }
                self.host = Some(host.trim_start_matches('[').trim_end_matches(']').to_owned());
                self.port = port.or(self.port);
            }
            "rediss" | "tls" => {
                bail!("REDIS_URL asks for TLS, which this server does not speak with Redis: use a tunnel")
            }
            _ => bail!(SHAPE),
        }
        if let Some(db) = query.split('&').find_map(|pair| pair.strip_prefix("db=")) {
            self.db = Some(db.parse().context(SHAPE)?);
        }
        Ok(())
    }
}

/// `%40` and the like, as passwords in an address need them.
fn unescape(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    bytes.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        let code = part.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok());
        bytes.push(code.context("REDIS_URL has a % without two hexadecimal digits behind it")?);
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).context("REDIS_URL is not UTF-8")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(env: &[(&str, &str)]) -> Result<Option<Redis>> {
        let env: Vec<(&str, &str)> =
            [("REVERB_SCALING_ENABLED", "true")].iter().chain(env).copied().collect();
        redis(&|name| env.iter().rev().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
    }

    fn access(env: &[(&str, &str)]) -> (RedisAddress, Option<String>, Option<String>, String) {
        let redis = read(env).unwrap().unwrap();
        (redis.address, redis.username, redis.password, redis.topic)
    }

    fn tcp(host: &str, port: u16) -> RedisAddress {
        RedisAddress::Tcp(host.to_owned(), port)
    }

    #[test]
    fn there_are_other_nodes_only_when_reverbs_name_says_so() {
        assert!(read(&[("REVERB_SCALING_ENABLED", "false"), ("REDIS_HOST", "x")]).unwrap().is_none());
        let topic = "reverb:frontdesk:0".to_owned();
        assert_eq!(access(&[]), (tcp("127.0.0.1", 6379), None, None, topic));
    }

    #[test]
    fn laravels_names_are_read_as_laravel_means_them() {
        let single = [
            ("REDIS_HOST", "cache"),
            ("REDIS_PORT", "6380"),
            ("REDIS_PASSWORD", "null"),
            ("REDIS_DB", "3"),
            ("REVERB_SCALING_CHANNEL", "desk"),
        ];
        assert_eq!(access(&single), (tcp("cache", 6380), None, None, "desk:frontdesk:3".to_owned()));
        let socket = [("REDIS_HOST", "/run/redis.sock"), ("REDIS_PORT", "0")];
        assert_eq!(access(&socket).0, RedisAddress::Unix("/run/redis.sock".into()));
    }

    #[test]
    fn an_address_counts_before_the_single_names() {
        let url = |url| access(&[("REDIS_HOST", "other"), ("REDIS_URL", url)]);
        let some = |text: &str| Some(text.to_owned());
        let whole = url("redis://ben:s%40cret%3A@[::1]:6380/2");
        assert_eq!(whole, (tcp("::1", 6380), some("ben"), some("s@cret:"), "reverb:frontdesk:2".to_owned()));
        assert_eq!(url("redis://:word@cache").2, some("word"));
        let socket = url("unix://:word@/run/redis.sock?db=1");
        let unix = RedisAddress::Unix("/run/redis.sock".into());
        assert_eq!(socket, (unix, None, some("word"), "reverb:frontdesk:1".to_owned()));
    }

    #[test]
    fn what_cannot_be_read_is_named_and_no_password_is_repeated() {
        for (name, value) in [
            ("REDIS_PORT", "many"),
            ("REDIS_DB", "-"),
            ("REDIS_URL", "cache:6379"),
            ("REDIS_URL", "redis://:secret@cache:port"),
            ("REDIS_URL", "rediss://:secret@cache"),
            ("REDIS_URL", "redis://:sec%ret@cache"),
        ] {
            let said = format!("{:#}", read(&[(name, value)]).unwrap_err());
            assert!(said.contains(name) && !said.contains("secret"), "{said}");
        }
    }
}
