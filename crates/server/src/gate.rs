//! What a request of a visitor passes before anything else is asked: the list of blocked addresses. Also
//! the place from which every answer is told what is left of its bucket. Knows nothing of who is calling.

use crate::caller::arrival;
use crate::desk::{Desk, now_ms};
use crate::rate;
use crate::reply::No;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chat::Chat;
use ipnet::IpNet;
use parking_lot::RwLock;
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use wire::{Refusal, Refused};

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
