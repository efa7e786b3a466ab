//! From where a request came and under which address it sees us: the one place that believes
//! or ignores `X-Forwarded-*` (ruling 16). Knows nothing of routes and credentials.

use crate::settings::{PublicAddress, Settings};
use realtime::{UpgradeHead, Way};
use std::net::IpAddr;

/// The client's address and our public address, as far as this request is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The client, behind trusted proxies.
    pub client: IpAddr,
    /// Where this request's browser finds us.
    pub public: PublicAddress,
    /// The origin that the request itself was sent to.
    here: Option<String>,
    /// Did a proxy pass it on without a word that can be read on where it came from?
    obscure: bool,
    /// Did the request come over TLS, to us or to the proxy that is believed?
    over_tls: bool,
}

impl Arrival {
    /// Reads a head; forwarded values count only when the peer is a trusted proxy. Whoever may open our
    /// unix socket is one: nobody else could tell us who is behind it.
    pub fn read(head: &UpgradeHead<'_>, settings: &Settings) -> Arrival {
        let trusted = |ip: IpAddr| settings.trusted_proxies.iter().any(|net| net.contains(&ip));
        let here = here(head);
        if head.way != Way::Unix && !trusted(head.peer) {
            let over_tls = head.way == Way::Tls;
            let public = public(settings, over_tls, head.host);
            return Arrival { client: head.peer, public, here, obscure: false, over_tls };
        }
        let hops = || head.forwarded_for.into_iter().flat_map(|list| list.rsplit(',')).map(address);
        let client = hops().map_while(|hop| hop).find(|ip| !trusted(*ip)).unwrap_or(head.peer);
        let forwarded = head.forwarded_for.or(head.forwarded_proto).or(head.forwarded_host).is_some();
        let obscure = forwarded && (head.forwarded_for.is_none() || hops().any(|hop| hop.is_none()));
        let host = head.forwarded_host.or(head.host);
        let over_tls = match head.forwarded_proto {
            Some(proto) => proto.trim() == "https",
            None => head.way == Way::Tls,
        };
        Arrival { client, public: public(settings, over_tls, host), here, obscure, over_tls }
    }

    /// Is the request from this machine itself, with no proxy in between?
    pub fn is_loopback(&self) -> bool {
        !self.obscure && self.client.to_canonical().is_loopback()
    }

    /// Is a page of this origin one of ours? On this machine it may call us by another name or port
    /// than the public one: `127.0.0.1`, or a second address to listen on.
    pub fn owns(&self, origin: &str) -> bool {
        let local =
            || self.is_loopback() && is_loopback_origin(origin) && self.here.as_deref() == Some(origin);
        origin == self.public.origin() || local()
    }

    /// Did this very request come over TLS, whatever the settings say of our address?
    pub fn is_over_tls(&self) -> bool {
        self.over_tls
    }

    /// Does the browser reach us over TLS?
    pub fn is_secure(&self) -> bool {
        self.public.scheme == "https"
    }
}

fn here(head: &UpgradeHead<'_>) -> Option<String> {
    let scheme = if head.way == Way::Tls { "https" } else { "http" };
    PublicAddress::parse(&format!("{scheme}://{}", head.host?)).map(|address| address.origin())
}

/// An entry of `X-Forwarded-For`: an address, which some proxies write with a port.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    entry.parse().ok().or_else(|| entry.parse::<std::net::SocketAddr>().ok().map(|with_port| with_port.ip()))
}

fn public(settings: &Settings, over_tls: bool, host: Option<&str>) -> PublicAddress {
    if let Some(public) = &settings.public {
        return public.clone();
    }
    let scheme = if over_tls { "https" } else { "http" };
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
            way: Way::Tcp,
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
                way: Way::Tcp,
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
    fn tls_of_our_own_counts_as_much_as_a_trusted_proxys_word() {
        let read = |way, peer: &str, proto| {
            let head = UpgradeHead { way, forwarded_proto: proto, ..head(peer) };
            let arrival = Arrival::read(&head, &settings(&[]));
            (arrival.is_over_tls(), arrival.public.scheme)
        };
        let (yes, no) = ((true, "https".to_owned()), (false, "http".to_owned()));
        assert_eq!(read(Way::Tls, "203.0.113.7", None), yes);
        assert_eq!(read(Way::Tcp, "203.0.113.7", Some("https")), no);
        assert_eq!(read(Way::Tls, "127.0.0.1", None), yes);
        assert_eq!(read(Way::Tls, "127.0.0.1", Some("http")), no);
        assert_eq!(read(Way::Unix, "127.0.0.1", Some("https")), yes);
    }

    #[test]
    fn a_unix_socket_is_a_proxy_whoever_else_is_trusted() {
        let settings = settings(&[("FRONTDESK_TRUSTED_PROXIES", "10.0.0.0/8")]);
        let behind = UpgradeHead { way: Way::Unix, ..head("127.0.0.1") };
        let arrival = Arrival::read(&behind, &settings);
        assert_eq!(arrival.client, "127.0.0.1".parse::<IpAddr>().unwrap(), "the last hop it names");
        let behind = UpgradeHead { forwarded_for: Some("6.6.6.6, 203.0.113.9"), ..behind };
        let arrival = Arrival::read(&behind, &settings);
        assert_eq!(arrival.client, "203.0.113.9".parse::<IpAddr>().unwrap());
        assert!(!arrival.is_loopback());
    }

    #[test]
    fn ruling_16_the_configured_address_wins_over_any_header() {
        let settings = settings(&[("FRONTDESK_PUBLIC_URL", "https://desk.example")]);
        assert_eq!(Arrival::read(&head("127.0.0.1"), &settings).public.origin(), "https://desk.example");
    }

    #[test]
    fn on_this_machine_our_pages_may_call_us_by_another_name_or_port() {
        let settings =
            settings(&[("REVERB_HOST", "localhost"), ("REVERB_PORT", "8080"), ("REVERB_SCHEME", "http")]);
        let owns = |peer: &str, host: &'static str, origin: &str| {
            let head = UpgradeHead {
                peer: peer.parse().unwrap(),
                way: Way::Tcp,
                host: Some(host),
                origin: Some("unused"),
                forwarded_for: None,
                forwarded_proto: None,
                forwarded_host: None,
            };
            Arrival::read(&head, &settings).owns(origin)
        };
        assert!(owns("127.0.0.1", "localhost:8000", "http://localhost:8000"));
        assert!(owns("127.0.0.1", "127.0.0.1:8080", "http://127.0.0.1:8080"));
        assert!(!owns("127.0.0.1", "localhost:8080", "http://localhost:3000"), "another program's page");
        assert!(!owns("127.0.0.1", "evil.example", "http://evil.example"), "a name pointed at us");
        assert!(!owns("203.0.113.7", "localhost:8000", "http://localhost:8000"), "a stranger's word");
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
