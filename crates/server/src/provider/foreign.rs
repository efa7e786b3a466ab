//! Which other server of the Pusher protocol browsers are sent to, by Laravel's variables (R35). Decides
//! what they mean; knows nothing of what is published.

use crate::outbound::Target;
use crate::settings::PublicAddress;
use anyhow::{Context, Result, bail};

/// Hosted Pusher, or a server that speaks like it (another Reverb, Soketi, Frontdesk).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// In the paths of its HTTP API.
    pub id: String,
    /// Browsers connect with it.
    pub key: String,
    /// Signs calls and subscriptions.
    pub secret: String,
    /// Hosted Pusher's.
    pub cluster: Option<String>,
    /// Its HTTP API, without path.
    pub api: Target,
    /// Where its sockets are; derived from the cluster when absent.
    pub browsers: Option<PublicAddress>,
    /// Seed B's flag: browsers use TLS.
    pub encrypted: bool,
}

impl Foreign {
    /// `BROADCAST_CONNECTION=pusher` with `PUSHER_APP_*`, `PUSHER_HOST/PORT/SCHEME` for one that is not
    /// hosted Pusher, and `VITE_PUSHER_HOST/PORT/SCHEME` where browsers reach that by another address.
    ///
    /// # Errors
    /// One sentence that names the variable.
    pub fn read(get: &impl Fn(&str) -> Option<String>) -> Result<Option<Foreign>> {
        match get("BROADCAST_CONNECTION").as_deref() {
            None | Some("reverb") => return Ok(None),
            Some("pusher") => {}
            Some(_) => bail!("BROADCAST_CONNECTION must be reverb (this server) or pusher"),
        }
        let needed = |name: &str| {
            get(name).with_context(|| format!("BROADCAST_CONNECTION=pusher needs {name}, and it is not set"))
        };
        let (id, key, secret) =
            (needed("PUSHER_APP_ID")?, needed("PUSHER_APP_KEY")?, needed("PUSHER_APP_SECRET")?);
        let own = address(get, "PUSHER")?;
        let cluster = get("PUSHER_APP_CLUSTER").or_else(|| own.is_none().then(|| "mt1".to_owned()));
        let hosted = || format!("https://api-{}.pusher.com", cluster.as_deref().unwrap_or("mt1"));
        let api = own.as_ref().map_or_else(hosted, PublicAddress::origin);
        let api = Target::parse(&api).context("PUSHER_HOST or PUSHER_APP_CLUSTER is no host")?;
        let is_theirs = |address: &PublicAddress| address.host.ends_with(".pusher.com");
        let browsers = address(get, "VITE_PUSHER")?.or(own).filter(|address| !is_theirs(address));
        let encrypted = match get("PUSHER_APP_ENCRYPTED") {
            Some(value) => matches!(value.as_str(), "1" | "true" | "yes" | "on"),
            None => browsers.as_ref().is_none_or(|address| address.scheme == "https"),
        };
        Ok(Some(Foreign { id, key, secret, cluster, api, browsers, encrypted }))
    }

    /// The host that text passes through, for whoever has to know.
    pub fn host(&self) -> &str {
        self.api.host()
    }

    /// Where its sockets are, for a page's policy: two sources, one of them for plain connections where
    /// TLS is not asked for.
    pub fn socket_origins(&self) -> String {
        let authority = match &self.browsers {
            Some(address) => address.origin().split_once("://").map(|(_, rest)| rest.to_owned()),
            None => None,
        };
        let cluster = || format!("ws-{}.pusher.com", self.cluster.as_deref().unwrap_or("mt1"));
        let authority = authority.unwrap_or_else(cluster);
        if self.encrypted {
            format!("wss://{authority}")
        } else {
            format!("ws://{authority} wss://{authority}")
        }
    }
}

/// `FAMILY_HOST`, `_PORT` and `_SCHEME`; the scheme is https unless said otherwise.
fn address(get: &impl Fn(&str) -> Option<String>, family: &str) -> Result<Option<PublicAddress>> {
    let Some(host) = get(&format!("{family}_HOST")).filter(|host| !host.contains("${")) else {
        return Ok(None);
    };
    let scheme = get(&format!("{family}_SCHEME")).unwrap_or("https".to_owned());
    let port = get(&format!("{family}_PORT")).map(|port| format!(":{port}")).unwrap_or_default();
    PublicAddress::parse(&format!("{scheme}://{host}{port}"))
        .map(Some)
        .with_context(|| format!("{family}_SCHEME, {family}_HOST and {family}_PORT are no address"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(of: &[(&str, &str)]) -> Result<Option<Foreign>> {
        Foreign::read(&|name| of.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
    }

    const SEED_B: &[(&str, &str)] = &[
        ("BROADCAST_CONNECTION", "pusher"),
        ("PUSHER_APP_ID", "your-app-id"),
        ("PUSHER_APP_KEY", "your-app-key"),
        ("PUSHER_APP_SECRET", "your-app-secret"),
        ("PUSHER_APP_CLUSTER", "eu"),
        ("PUSHER_APP_ENCRYPTED", "true"),
        ("VITE_PUSHER_HOST", "api.pusher.com"),
        ("VITE_PUSHER_PORT", "443"),
        ("VITE_PUSHER_SCHEME", "https"),
    ];

    #[test]
    fn r35_seed_bs_variables_name_hosted_pusher() {
        let foreign = read(SEED_B).unwrap().unwrap();
        assert_eq!(foreign.host(), "api-eu.pusher.com");
        assert_eq!(
            (foreign.cluster.as_deref(), foreign.browsers.clone(), foreign.encrypted),
            (Some("eu"), None, true)
        );
        assert_eq!(foreign.socket_origins(), "wss://ws-eu.pusher.com");
    }

    #[test]
    fn r35_a_host_names_a_server_that_speaks_like_pusher() {
        let mut of = SEED_B[..4].to_vec();
        of.extend([("PUSHER_HOST", "reverb.internal"), ("PUSHER_PORT", "8080"), ("PUSHER_SCHEME", "http")]);
        let foreign = read(&of).unwrap().unwrap();
        assert_eq!(
            (foreign.host(), foreign.cluster.clone(), foreign.encrypted),
            ("reverb.internal", None, false)
        );
        assert_eq!(foreign.browsers.clone().unwrap().origin(), "http://reverb.internal:8080");
        assert_eq!(foreign.socket_origins(), "ws://reverb.internal:8080 wss://reverb.internal:8080");
        of.extend([("VITE_PUSHER_HOST", "ws.shop.example")]);
        let foreign = read(&of).unwrap().unwrap();
        assert_eq!((foreign.host(), foreign.encrypted), ("reverb.internal", true));
        assert_eq!(foreign.browsers.unwrap().origin(), "https://ws.shop.example");
    }

    #[test]
    fn r35_what_is_missing_or_unknown_is_said_by_name() {
        assert_eq!(read(&[]).unwrap(), None);
        assert_eq!(read(&[("BROADCAST_CONNECTION", "reverb"), ("PUSHER_APP_KEY", "k")]).unwrap(), None);
        let missing = read(&SEED_B[..3]).unwrap_err().to_string();
        assert!(missing.contains("PUSHER_APP_SECRET"), "{missing}");
        assert!(read(&[("BROADCAST_CONNECTION", "ably")]).is_err());
        let mut bad = SEED_B[..4].to_vec();
        bad.push(("PUSHER_HOST", "a/b"));
        assert!(read(&bad).is_err());
    }
}
