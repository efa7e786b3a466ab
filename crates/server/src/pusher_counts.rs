//! The reading side of the signed Pusher HTTP API (contract 1.13): which channels have listeners
//! and how many. Decides which attributes may be asked of which channel; publishes nothing.

use crate::desk::Desk;
use crate::pusher_api::Call;
use crate::reply::{Answer, Id, IdAnd, ok};
use axum::extract::{Request, State};
use realtime::Compat;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use wire::channel::{Access, Kind};
use wire::{Refusal, Refused};

/// Attributes a call asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Info {
    user_count: bool,
    subscription_count: bool,
    cache: bool,
}

impl Info {
    /// Reads `user_count,subscription_count`.
    pub(crate) fn parse(call: &Call, text: &str) -> Result<Info, Refused> {
        let mut info = Info::default();
        for attribute in text.split(',').map(str::trim).filter(|attribute| !attribute.is_empty()) {
            match attribute {
                "user_count" => info.user_count = true,
                "subscription_count" => info.subscription_count = true,
                "cache" => info.cache = true,
                // Reverb passes over what it does not know.
                _ if call.app.compat == Compat::Reverb => {}
                _ => {
                    return Err(call.bad(
                        "info should be a comma separated list of attributes: user_count, subscription_count, cache.",
                    ));
                }
            }
        }
        Ok(info)
    }

    fn asked(call: &Call) -> Result<Info, Refused> {
        Info::parse(call, call.parameter("info").unwrap_or_default())
    }

    /// Are users asked for where none are counted? Reverb then answers without.
    fn asks_too_much(self, call: &Call, channel: &str) -> bool {
        self.user_count && !is_presence(channel) && call.app.compat == Compat::Pusher
    }

    /// The attributes of one channel as they are now.
    pub(crate) fn of(self, call: &Call, channel: &str) -> Map<String, Value> {
        self.with(call, channel, call.desk.hub.subscriptions(&call.app.id, channel))
    }

    /// Users are counted on presence channels alone; elsewhere a publish that asks for them hears nothing.
    fn with(self, call: &Call, channel: &str, subscriptions: u32) -> Map<String, Value> {
        let mut attributes = Map::new();
        if self.user_count && is_presence(channel) {
            let count = call.desk.hub.user_count(&call.app.id, channel);
            attributes.insert("user_count".to_owned(), count.into());
        }
        if self.subscription_count {
            attributes.insert("subscription_count".to_owned(), subscriptions.into());
        }
        if self.cache && Kind::of(channel).cache {
            let kept = call.desk.hub.last_event(&call.app.id, channel);
            let kept = kept.map(|kept| json!({"data": &*kept.data, "ttl": kept.ttl_s}));
            attributes.insert("cache".to_owned(), kept.into());
        }
        attributes
    }
}

fn is_presence(channel: &str) -> bool {
    Kind::of(channel).access == Access::Presence
}

/// `GET /apps/{id}/channels`: those with listeners.
pub async fn channels(State(desk): State<Arc<Desk>>, Id(id): Id, request: Request) -> Answer {
    let call = Call::read(&desk, &id, request, |_| 0).await?;
    let info = Info::asked(&call)?;
    let prefix = call.parameter("filter_by_prefix").unwrap_or_default();
    if info.asks_too_much(&call, prefix) {
        return Err(call.bad("user_count needs filter_by_prefix to begin with presence-.").into());
    }
    let found = desk.hub.channels(&call.app.id, prefix);
    let channels: Map<String, Value> = found
        .into_iter()
        .map(|(name, subscriptions)| (name.to_string(), info.with(&call, &name, subscriptions).into()))
        .collect();
    Ok(ok(&json!({ "channels": channels })))
}

/// `GET /apps/{id}/channels/{channel}`.
pub async fn channel(State(desk): State<Arc<Desk>>, IdAnd(id, channel): IdAnd, request: Request) -> Answer {
    let call = Call::read(&desk, &id, request, |_| 0).await?;
    wire::channel::check(&channel, call.app.compat)?;
    let info = Info::asked(&call)?;
    if info.asks_too_much(&call, &channel) {
        return Err(call.bad("user_count is counted on presence channels alone.").into());
    }
    let subscriptions = desk.hub.subscriptions(&call.app.id, &channel);
    let mut reply = Map::from_iter([("occupied".to_owned(), Value::Bool(subscriptions > 0))]);
    reply.extend(info.with(&call, &channel, subscriptions));
    Ok(ok(&reply))
}

/// `GET /apps/{id}/channels/{channel}/stats`, as of 2012: what the channel has, unasked.
pub async fn stats(State(desk): State<Arc<Desk>>, IdAnd(id, channel): IdAnd, request: Request) -> Answer {
    let call = Call::read(&desk, &id, request, |_| 0).await?;
    wire::channel::check(&channel, call.app.compat)?;
    let subscriptions = desk.hub.subscriptions(&call.app.id, &channel);
    let mut reply = Map::from_iter([
        ("occupied".to_owned(), Value::Bool(subscriptions > 0)),
        ("connection_count".to_owned(), subscriptions.into()),
    ]);
    let info = Info { user_count: true, ..Info::default() };
    reply.extend(info.with(&call, &channel, subscriptions));
    Ok(ok(&reply))
}

/// `GET /apps/{id}/channels/{channel}/users`: who is present; nobody is an empty list.
pub async fn users(State(desk): State<Arc<Desk>>, IdAnd(id, channel): IdAnd, request: Request) -> Answer {
    let call = Call::read(&desk, &id, request, |_| 0).await?;
    wire::channel::check(&channel, call.app.compat)?;
    if !is_presence(&channel) {
        return Err(call.bad("Users are known on presence channels alone.").into());
    }
    let users = desk.hub.users(&call.app.id, &channel);
    if users.is_empty() && call.app.compat == Compat::Reverb {
        return Err(Refusal::UnknownChannel.into());
    }
    let users: Vec<Value> = users.into_iter().map(|id| json!({ "id": id })).collect();
    Ok(ok(&json!({ "users": users })))
}

/// `GET /apps/{id}/connections`, Reverb's, on which Laravel Pulse depends (contract 2.3).
pub async fn connections(State(desk): State<Arc<Desk>>, Id(id): Id, request: Request) -> Answer {
    let call = Call::read(&desk, &id, request, |_| 0).await?;
    Ok(ok(&json!({ "connections": desk.hub.connections(&call.app.id) })))
}
