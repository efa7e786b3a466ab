//! From where a request came and under which address it sees us: the one place that believes
//! or ignores `X-Forwarded-*` (ruling 16). Knows nothing of routes and credentials.

use crate::settings::{PublicAddress, Settings};
use realtime::UpgradeHead;
use std::net::IpAddr;

/// The client's address and our public address, as far as this request is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The client, behind trusted proxies.
    pub client: IpAddr,
    /// Where this request's browser finds us.
    pub public: PublicAddress,
    /// Did a proxy pass it on without a word that can be read on where it came from?
    obscure: bool,
}

impl Arrival {
    /// Reads a head; forwarded values count only when the peer is a trusted proxy.
    pub fn read(head: &UpgradeHead<'_>, settings: &Settings) -> Arrival {
        let trusted = |ip: IpAddr| settings.trusted_proxies.iter().any(|net| net.contains(&ip));
        if !trusted(head.peer) {
            return Arrival { client: head.peer, public: public(settings, None, head.host), obscure: false };
        }
        let hops = || head.forwarded_for.into_iter().flat_map(|list| list.rsplit(',')).map(address);
        let client = hops().map_while(|hop| hop).find(|ip| !trusted(*ip)).unwrap_or(head.peer);
        let forwarded = head.forwarded_for.or(head.forwarded_proto).or(head.forwarded_host).is_some();
        let obscure = forwarded && (head.forwarded_for.is_none() || hops().any(|hop| hop.is_none()));
        let host = head.forwarded_host.or(head.host);
        Arrival { client, public: public(settings, head.forwarded_proto, host), obscure }
    }

    /// Is the request from this machine itself, with no proxy in between?
    pub fn is_loopback(&self) -> bool {
        !self.obscure && self.client.to_canonical().is_loopback()
    }

    /// Does the browser reach us over TLS?
    pub fn is_secure(&self) -> bool {
        self.public.scheme == "https"
    }
}

/// An entry of `X-Forwarded-For`: an address, which some proxies write with a port.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    entry.parse().ok().or_else(|| entry.parse::<std::net::SocketAddr>().ok().map(|with_port| with_port.ip()))
}

fn public(settings: &Settings, proto: Option<&str>, host: Option<&str>) -> PublicAddress {
    if let Some(public) = &settings.public {
        return public.clone();
    }
    let scheme = if proto.map(str::trim) == Some("https") { "https" } else { "http" };
    host.and_then(|host| PublicAddress::parse(&format!("{scheme}://{host}"))).unwrap_or(PublicAddress {
        scheme: scheme.to_owned(),
        host: "localhost".to_owned(),
        port: settings.port,
    })
}

/// Is this origin one of the machine itself?
pub fn is_loopback_origin(origin: &str) -> bool {
    PublicAddress::parse(origin).is_some_and(|address| address.is_loopback())
}

/// May a page of `origin` use a widget with this list? An empty list means loopback only (S7).
pub fn is_on_list(origin: &str, list: &[String]) -> bool {
    if list.is_empty() {
        return is_loopback_origin(origin);
    }
    list.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::settings::Flags;

    fn settings(env: &[(&str, &str)]) -> Settings {
        let find = |name: &str| env.iter().find(|(n, _)| *n == name).map(|(_, v)| v.to_string());
        Settings::gather(&Flags::default(), find, &[]).unwrap()
    }

    fn head(peer: &str) -> UpgradeHead<'_> {
        UpgradeHead {
            origin: None,
            peer: peer.parse().unwrap(),
            host: Some("chat.example:8080"),
            forwarded_for: Some("6.6.6.6, 203.0.113.9, 127.0.0.1"),
            forwarded_proto: Some("https"),
            forwarded_host: Some("shop.example"),
        }
    }

    #[test]
    fn ruling_16_a_stranger_cannot_spoof_address_scheme_or_host() {
        let arrival = Arrival::read(&head("203.0.113.7"), &settings(&[]));
        assert_eq!(arrival.client, "203.0.113.7".parse::<IpAddr>().unwrap());
        assert_eq!(arrival.public.origin(), "http://chat.example:8080");
    }

    #[test]
    fn ruling_16_a_trusted_proxy_is_believed_up_to_the_first_stranger() {
        let arrival = Arrival::read(&head("127.0.0.1"), &settings(&[]));
        assert_eq!(arrival.client, "203.0.113.9".parse::<IpAddr>().unwrap());
        assert_eq!(arrival.public.origin(), "https://shop.example");
        assert!(arrival.is_secure());
    }

    #[test]
    fn ruling_17_only_a_request_that_is_surely_local_is_loopback() {
        let from = |forwarded_for: Option<&'static str>, proto: Option<&'static str>| {
            let head = UpgradeHead {
                origin: None,
                peer: "127.0.0.1".parse().unwrap(),
                host: Some("localhost"),
                forwarded_for,
                forwarded_proto: proto,
                forwarded_host: None,
            };
            Arrival::read(&head, &settings(&[])).is_loopback()
        };
        assert!(from(None, None) && from(Some("127.0.0.1"), Some("http")));
        for forwarded_for in ["203.0.113.9:555", "203.0.113.9", "unknown", "127.0.0.1, garbage"] {
            assert!(!from(Some(forwarded_for), None), "{forwarded_for}");
        }
        assert!(!from(None, Some("https")));
    }

    #[test]
    fn ruling_16_the_configured_address_wins_over_any_header() {
        let settings = settings(&[("FRONTDESK_PUBLIC_URL", "https://desk.example")]);
        assert_eq!(Arrival::read(&head("127.0.0.1"), &settings).public.origin(), "https://desk.example");
    }

    #[test]
    fn an_empty_list_means_loopback_only() {
        for origin in
            ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:8080", "http://shop.localhost"]
        {
            assert!(is_on_list(origin, &[]), "{origin}");
        }
        for origin in ["https://evil.example", "http://localhost.evil.example", "null", ""] {
            assert!(!is_on_list(origin, &[]), "{origin}");
        }
        assert!(is_on_list("https://shop.example", &["https://shop.example".into()]));
        assert!(!is_on_list("http://localhost", &["https://shop.example".into()]));
    }
}
