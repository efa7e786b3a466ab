//! What a request of a visitor passes before anything else is asked: the list of blocked addresses. Also
//! the place from which every answer is told what is left of its bucket. Knows nothing of who is calling.

use crate::caller::arrival;
use crate::desk::{Desk, now_ms};
use crate::rate;
use crate::reply::No;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chat::{Chat, Visitor};
use ipnet::IpNet;
use parking_lot::{Mutex, RwLock};
use realtime::Revocation;
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use wire::{Refusal, Refused, limit};

/// The blocked addresses, in memory: asking costs one look for each length of prefix in use.
#[derive(Default)]
pub struct Blocks(RwLock<Networks>);

#[derive(Default)]
struct Networks {
    /// Each with its end in milliseconds; `None` is for good.
    until: HashMap<IpNet, Option<u64>>,
    lengths: BTreeSet<u8>,
}

impl Blocks {
    /// Reads the list again.
    ///
    /// # Errors
    /// When the database does not answer; the list then stays as it was.
    pub async fn refresh(&self, chat: &Chat) -> Result<(), Refused> {
        let list = chat.blocked_addresses(now_ms()).await?;
        let mut networks = Networks::default();
        for (text, until_ms) in list {
            // What stands there was checked when it was written.
            let Ok(network) = text.parse::<IpNet>() else { continue };
            networks.lengths.insert(network.prefix_len());
            networks.until.insert(network, until_ms);
        }
        *self.0.write() = networks;
        Ok(())
    }

    /// May this address go on?
    ///
    /// # Errors
    /// `blocked`, or `blocked-for-now` with the seconds that are left.
    pub fn check(&self, client: IpAddr, now_ms: u64) -> Result<(), Refused> {
        let (networks, client) = (self.0.read(), client.to_canonical());
        let around = |length: &u8| IpNet::new(client, *length).ok().map(|network| network.trunc());
        for network in networks.lengths.iter().filter_map(around) {
            match networks.until.get(&network) {
                Some(None) => return Err(Refusal::Blocked.into()),
                Some(Some(until_ms)) if *until_ms > now_ms => {
                    return Err(Refusal::BlockedForNow.until((until_ms - now_ms).div_ceil(1_000)));
                }
                Some(Some(_)) | None => {}
            }
        }
        Ok(())
    }
}

/// From where visitors last asked for something, joining a channel among it, by session. The hub has only the
/// other end of a connection, which behind a proxy is the proxy.
#[derive(Default)]
pub struct Addresses(Mutex<HashMap<String, Seen>>);

struct Seen {
    visitor_id: String,
    client: IpAddr,
    /// By [`crate::desk::steady_ms`].
    at_ms: u64,
}

impl Addresses {
    /// A visitor asks from there. Beyond the limit new sessions are not noted: their sockets then stay open
    /// until they end by themselves.
    pub fn note(&self, visitor: &Visitor, client: IpAddr, steady_ms: u64) {
        let mut sessions = self.0.lock();
        if let Some(seen) = sessions.get_mut(&visitor.session_id) {
            (seen.client, seen.at_ms) = (client, steady_ms);
        } else if sessions.len() < limit::KNOWN_ADDRESSES {
            let seen = Seen { visitor_id: visitor.id.clone(), client, at_ms: steady_ms };
            sessions.insert(visitor.session_id.clone(), seen);
        }
    }

    /// Takes the sessions that came from an address that may not go on.
    fn take_blocked(&self, blocks: &Blocks, now_ms: u64) -> Vec<String> {
        let mut blocked = Vec::new();
        self.0.lock().retain(|session_id, seen| {
            let may = blocks.check(seen.client, now_ms).is_ok();
            if !may {
                blocked.push(session_id.clone());
            }
            may
        });
        blocked
    }

    /// Drops those who asked for nothing for a while and have no socket.
    pub fn forget(&self, is_online: impl Fn(&str) -> bool, steady_ms: u64) {
        let asked_lately = |seen: &Seen| seen.at_ms + limit::KNOWN_ADDRESS_MS > steady_ms;
        self.0.lock().retain(|_, seen| asked_lately(seen) || is_online(&seen.visitor_id));
    }
}

/// Closes the sockets of visitors who came from an address that is blocked by now. Their sessions go on: from
/// another address they may come back.
pub fn close_blocked(desk: &Desk) {
    for session_id in desk.addresses.take_blocked(&desk.blocks, now_ms()) {
        desk.hub.revoke(&desk.app.id, Revocation::Session(session_id));
    }
}

/// Turns blocked addresses away from the visitor's routes; not from the console, where the owner could
/// take the block away again. Tells what is left of buckets on every `/api/` route.
pub async fn layer(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_visitors = path.starts_with("/api/chatbot/") || path.starts_with("/broadcasting/");
    if !is_visitors && !path.starts_with("/api/") {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    if is_visitors && let Err(refused) = desk.blocks.check(arrival(&parts, &desk).client, now_ms()) {
        return No::from(refused).into_response();
    }
    rate::telling(next.run(Request::from_parts(parts, body))).await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn visitor(id: &str) -> Visitor {
        Visitor {
            id: format!("vis_{id}"),
            name: id.to_owned(),
            widget_id: "wgt_1".to_owned(),
            session_id: format!("ses_{id}"),
            origins: Vec::new(),
        }
    }

    #[test]
    fn who_came_from_a_blocked_address_is_named_once_and_who_is_gone_is_forgotten() {
        let (blocks, addresses) = (Blocks::default(), Addresses::default());
        let note = |id: &str, client: &str| addresses.note(&visitor(id), client.parse().unwrap(), 0);
        for (id, client) in [("ana", "203.0.113.1"), ("eve", "203.0.113.2"), ("kim", "203.0.113.3")] {
            note(id, client);
        }
        note("ana", "198.51.100.1");
        assert!(addresses.take_blocked(&blocks, 1).is_empty());
        let network: IpNet = "203.0.113.2/32".parse().unwrap();
        blocks.0.write().lengths.insert(network.prefix_len());
        blocks.0.write().until.insert(network, None);
        assert_eq!(addresses.take_blocked(&blocks, 1), ["ses_eve"]);
        assert!(addresses.take_blocked(&blocks, 1).is_empty());
        addresses.forget(|visitor| visitor == "vis_ana", limit::KNOWN_ADDRESS_MS);
        assert_eq!(addresses.0.lock().keys().collect::<Vec<_>>(), ["ses_ana"]);
    }

    #[test]
    fn an_address_is_blocked_by_any_network_around_it_until_that_ends() {
        let blocks = Blocks::default();
        let entries =
            [("203.0.113.0/24", None), ("2001:db8::/32", Some(10_000)), ("10.1.2.3/32", Some(1_500))];
        for (network, until_ms) in entries {
            let network: IpNet = network.parse().unwrap();
            blocks.0.write().lengths.insert(network.prefix_len());
            blocks.0.write().until.insert(network, until_ms);
        }
        let check = |client: &str, now_ms| blocks.check(client.parse().unwrap(), now_ms);
        assert_eq!(check("203.0.113.77", 0).unwrap_err().refusal, Refusal::Blocked);
        assert_eq!(check("::ffff:203.0.113.77", 0).unwrap_err().refusal, Refusal::Blocked);
        assert_eq!(check("2001:db8:1::1", 4_001).unwrap_err(), Refusal::BlockedForNow.until(6));
        assert!(check("2001:db8:1::1", 10_000).is_ok());
        assert!(check("10.1.2.3", 1_499).is_err() && check("10.1.2.4", 0).is_ok());
    }
}
