//! The signed Pusher HTTP API (contract 1.13), by which back ends publish. Decides what an app
//! may publish where; knows nothing of the chat's rules.

use crate::broadcasting::is_socket_id;
use crate::desk::{Desk, now_ms};
use crate::reply::{self, Answer, Id, ok};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use realtime::{App, Compat, Event, Except};
use serde::Deserialize;
use std::sync::Arc;
use wire::chat_channel::ChatChannel;
use wire::sign::{self, SignedRequest};
use wire::{Refusal, Refused, limit};

/// Body of a publish. `channel` is the old form of a list of one.
#[derive(Deserialize)]
struct Publish {
    name: String,
    data: String,
    #[serde(default)]
    channels: Vec<String>,
    #[serde(default)]
    channel: Option<String>,
    #[serde(default)]
    socket_id: Option<String>,
}

/// `POST /apps/{id}/events`. Answers `{}`, as hosted Pusher does.
pub async fn events(State(desk): State<Arc<Desk>>, Id(id): Id, request: Request) -> Answer {
    let app = desk.hub.app_by_id(&id).ok_or(Refusal::UnknownAppId)?;
    let (parts, body) = request.into_parts();
    let most = limit::EVENT_DATA_BYTES * 2 + limit::PUBLISH_CHANNELS * limit::CHANNEL_NAME_BYTES;
    let body = reply::read(Request::from_parts(parts.clone(), body), most).await?;
    verify(&desk, &app, &parts, &body)?;
    let publish: Publish = reply::parse(&body)?;
    let channels = channels(&publish)?;
    check(&publish, &channels, app.compat)?;
    if app.id == desk.app.id && channels.iter().any(|name| ChatChannel::reserved_for_server(name)) {
        return Err(Refusal::ChannelReserved.into());
    }
    for channel in channels {
        let except = publish.socket_id.as_deref().map(|socket_id| Except { socket_id, only_if_user: None });
        let event = Event { channel, event: &publish.name, data: &publish.data, user_id: None, except };
        desk.hub.publish(&app.id, event);
    }
    Ok(ok(&serde_json::json!({})))
}

fn verify(desk: &Desk, app: &App, parts: &Parts, body: &[u8]) -> Result<(), Refused> {
    let query: Vec<(String, String)> = serde_urlencoded::from_str(parts.uri.query().unwrap_or_default())
        .map_err(|_| Refusal::WrongSignature.because("The query cannot be read."))?;
    let path = parts.uri.path();
    let path = path.strip_prefix(desk.settings.path.as_str()).unwrap_or(path);
    let call = SignedRequest { method: parts.method.as_str(), path, query: &query, body };
    sign::verify_request(call, &app.key, &app.secret, now_ms() / 1_000)
}

fn channels(publish: &Publish) -> Result<Vec<&str>, Refused> {
    let mut channels: Vec<&str> = publish.channels.iter().map(String::as_str).collect();
    channels.extend(publish.channel.as_deref());
    match channels.len() {
        0 => Err(Refusal::MissingField.because("The field is channels.")),
        n if n > limit::PUBLISH_CHANNELS => Err(Refusal::InvalidField
            .because(format!("The limit is {} channels, these are {n}.", limit::PUBLISH_CHANNELS))),
        _ => Ok(channels),
    }
}

fn check(publish: &Publish, channels: &[&str], compat: Compat) -> Result<(), Refused> {
    if publish.name.is_empty() || publish.name.len() > limit::EVENT_NAME_BYTES {
        let most = limit::EVENT_NAME_BYTES;
        return Err(Refusal::InvalidField.because(format!("name has 1 to {most} bytes.")));
    }
    let (most, size) = (limit::EVENT_DATA_BYTES, publish.data.len());
    if size > most {
        return Err(Refusal::EventTooLarge.because(format!("The limit is {most} bytes, this is {size}.")));
    }
    if publish.socket_id.as_deref().is_some_and(|id| !is_socket_id(id)) {
        return Err(Refusal::InvalidField.because("socket_id is two numbers with a dot between."));
    }
    channels.iter().try_for_each(|name| wire::channel::check(name, compat))
}
