//! The publishing side of the signed Pusher HTTP API (contract 1.13), by which back ends speak.
//! Decides what an app may publish where; knows nothing of the chat's rules.

use crate::broadcasting::is_socket_id;
use crate::desk::{Desk, now_ms};
use crate::pusher_counts::Info;
use crate::reply::{self, Answer, Id, IdAnd, ok};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use realtime::{App, Compat, Event, Except};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use wire::channel::Kind;
use wire::chat_channel::ChatChannel;
use wire::frame::ServerFrame;
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
    #[serde(default)]
    info: Option<String>,
}

/// Body of a batch.
#[derive(Deserialize)]
struct Batch {
    batch: Vec<Publish>,
}

/// A publish that may go out.
struct Checked<'a> {
    publish: &'a Publish,
    channels: Vec<&'a str>,
    info: Option<Info>,
}

/// `POST /apps/{id}/events`. Answers `{}`, or with `info` what the channels count.
pub async fn events(State(desk): State<Arc<Desk>>, Id(id): Id, request: Request) -> Answer {
    let call = Call::read(&desk, &id, request, |app| {
        body_bytes(app, 1).saturating_add(limit::PUBLISH_CHANNELS * limit::CHANNEL_NAME_BYTES)
    });
    let call = call.await?;
    let publish: Publish = call.body()?;
    let checked = call.check(&publish)?;
    let counts: Map<String, Value> = call.publish(&checked).into_iter().collect();
    Ok(ok(&if checked.info.is_some() { json!({ "channels": counts }) } else { json!({}) }))
}

/// `POST /apps/{id}/batch_events`. All events are checked before the first is published; answers
/// `{}`, or when one asks for `info` a list with one entry for each event.
pub async fn batch_events(State(desk): State<Arc<Desk>>, Id(id): Id, request: Request) -> Answer {
    let call = Call::read(&desk, &id, request, |app| body_bytes(app, app.max_batch_events)).await?;
    let Batch { batch } = call.body()?;
    let (most, size) = (call.app.max_batch_events, batch.len());
    if size > most {
        return Err(call.bad(format!("The limit is {most} events in a batch, these are {size}.")).into());
    }
    let checked = batch.iter().map(|publish| call.check(publish)).collect::<Result<Vec<_>, _>>()?;
    let counts: Vec<Value> = checked
        .iter()
        .map(|one| call.publish(one).pop().map_or_else(|| json!({}), |(_, counts)| counts))
        .collect();
    let asked = checked.iter().any(|one| one.info.is_some());
    Ok(ok(&match (asked, call.app.compat) {
        (true, _) => json!({ "batch": counts }),
        (false, Compat::Pusher) => json!({}),
        (false, Compat::Reverb) => json!({"batch": {}}),
    }))
}

/// Bytes of so many events with their names, escaped.
fn body_bytes(app: &App, events: usize) -> usize {
    app.max_event_bytes.saturating_mul(2).saturating_add(1_024).saturating_mul(events)
}

/// `POST /apps/{id}/channels/{channel}/events`, as of 2012: the body is the data, name and sender stand in the query.
pub async fn channel_event(
    State(desk): State<Arc<Desk>>,
    IdAnd(id, channel): IdAnd,
    request: Request,
) -> Answer {
    let call = Call::read(&desk, &id, request, |app| body_bytes(app, 1)).await?;
    let data = String::from_utf8(call.body.to_vec()).map_err(|_| call.bad("The body must be UTF-8."))?;
    let parameter = |name: &str| call.parameter(name).map(str::to_owned);
    let publish = Publish {
        name: parameter("name").unwrap_or_default(),
        data,
        channels: vec![channel],
        channel: None,
        socket_id: parameter("socket_id"),
        info: None,
    };
    call.publish(&call.check(&publish)?);
    Ok(reply::json(StatusCode::ACCEPTED, &json!({})))
}

/// `POST /apps/{id}/users/{user}/terminate_connections`. Answers `{}`, whether or not there were any.
pub async fn terminate(State(desk): State<Arc<Desk>>, IdAnd(id, user): IdAnd, request: Request) -> Answer {
    let call = Call::read(&desk, &id, request, |_| limit::BODY_BYTES).await?;
    if !wire::channel::is_user_id(&user, call.app.compat) {
        let most = limit::USER_ID_CHARS;
        let why = format!("A user's id has 1 to {most} letters, digits and _-=@,.; only.");
        return Err(call.bad(why).into());
    }
    desk.hub.terminate(&call.app.id, &user);
    Ok(ok(&json!({})))
}

/// A call of the signed API, its signature checked.
pub(crate) struct Call {
    pub(crate) desk: Arc<Desk>,
    pub(crate) app: Arc<App>,
    query: Vec<(String, String)>,
    body: bytes::Bytes,
}

impl Call {
    /// Reads a call of at most `most` bytes, or as many as its app is set to, and checks who signed it.
    pub(crate) async fn read(
        desk: &Arc<Desk>,
        id: &str,
        request: Request,
        most: impl FnOnce(&App) -> usize,
    ) -> Answer<Call> {
        let app = desk.hub.app_by_id(id).ok_or(Refusal::UnknownAppId)?;
        let (parts, body) = request.into_parts();
        let most = app.max_request_bytes.unwrap_or_else(|| most(&app).min(limit::APP_BYTES));
        let body = reply::read(Request::from_parts(parts.clone(), body), most).await?;
        let query = verify(desk, &app, &parts, &body)?;
        if !app.enabled {
            return Err(Refusal::AppDisabled.into());
        }
        Ok(Call { desk: desk.clone(), app, query, body })
    }

    /// A parameter of the call's own.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// What is wrong with the call: 400 as hosted Pusher has it, 422 as Reverb does (contract 1.16).
    pub(crate) fn bad(&self, why: impl Into<String>) -> Refused {
        match self.app.compat {
            Compat::Pusher => Refusal::BadCall.because(why),
            Compat::Reverb => Refusal::InvalidField.because(why),
        }
    }

    fn body<T: DeserializeOwned>(&self) -> Result<T, Refused> {
        reply::parse(&self.body).map_err(|refused| match refused.refusal {
            Refusal::MissingField | Refusal::InvalidBody => self.bad(refused.to_string()),
            _ => refused,
        })
    }

    fn check<'a>(&self, publish: &'a Publish) -> Result<Checked<'a>, Refused> {
        let mut channels: Vec<&str> = publish.channels.iter().map(String::as_str).collect();
        channels.extend(publish.channel.as_deref());
        let (most, count) = (limit::PUBLISH_CHANNELS, channels.len());
        if count == 0 || count > most {
            return Err(self.bad(format!("An event goes to 1 to {most} channels, these are {count}.")));
        }
        let (most, size) = (limit::EVENT_NAME_BYTES, publish.name.len());
        if size == 0 || size > most {
            return Err(self.bad(format!("name has 1 to {most} bytes, this has {size}.")));
        }
        let (most, size) = (self.app.max_event_bytes, publish.data.len());
        if size > most {
            return Err(Refusal::EventTooLarge.because(format!("The limit is {most} bytes, this is {size}.")));
        }
        if publish.socket_id.as_deref().is_some_and(|id| !is_socket_id(id)) {
            return Err(self.bad("socket_id is two numbers with a dot between."));
        }
        for name in &channels {
            wire::channel::check(name, self.app.compat)?;
            if self.app.id == self.desk.app.id && ChatChannel::reserved_for_server(name) {
                return Err(Refusal::ChannelReserved.into());
            }
        }
        let is_encrypted = |name: &&str| Kind::of(name).encrypted;
        if count > 1 && channels.iter().any(is_encrypted) {
            return Err(self.bad("An encrypted channel is published to alone: each has a key of its own."));
        }
        let info = publish.info.as_deref().map(|info| Info::parse(self, info)).transpose()?;
        Ok(Checked { publish, channels, info })
    }

    /// Publishes to each channel, and counts who was there.
    fn publish(&self, checked: &Checked<'_>) -> Vec<(String, Value)> {
        let Checked { publish, channels, info } = checked;
        let tell = |channel: &&str| {
            let except =
                publish.socket_id.as_deref().map(|socket_id| Except { socket_id, only_if_user: None });
            let event = Event { channel, event: &publish.name, data: &publish.data, user_id: None, except };
            self.desk.hub.publish(&self.app.id, event);
            let counts = info.map(|info| info.of(self, channel)).unwrap_or_default();
            ((*channel).to_owned(), Value::Object(counts))
        };
        channels.iter().map(tell).collect()
    }
}

/// Checks the signature and answers the query, decoded.
fn verify(desk: &Desk, app: &App, parts: &Parts, body: &[u8]) -> Result<Vec<(String, String)>, Refused> {
    let query: Vec<(String, String)> = serde_urlencoded::from_str(parts.uri.query().unwrap_or_default())
        .map_err(|_| Refusal::WrongSignature.because("The query cannot be read."))?;
    let path = parts.uri.path();
    let path = path.strip_prefix(desk.settings.path.as_str()).unwrap_or(path);
    let call = SignedRequest { method: parts.method.as_str(), path, query: &query, body };
    sign::verify_request(call, &app.key, &app.secret, now_ms() / 1_000)?;
    Ok(query)
}

/// Fuzz target (ruling 26): no query and no body makes reading a call panic, and what was published
/// reaches a client as it was.
pub fn fuzz(bytes: &[u8]) {
    let _ = serde_urlencoded::from_bytes::<Vec<(String, String)>>(bytes);
    let one = reply::parse::<Publish>(bytes).map(|publish| vec![publish]);
    let many = reply::parse::<Batch>(bytes).map(|batch| batch.batch);
    for publish in [one, many].into_iter().flatten().flatten() {
        let channel = publish.channels.first().or(publish.channel.as_ref()).map_or("", String::as_str);
        let (event, data) = (publish.name.as_str(), publish.data.as_str());
        let text = ServerFrame::Event { channel, event, data, user_id: None }.text();
        let frame: Value = serde_json::from_str(&text).expect("a frame is JSON");
        assert_eq!(frame, json!({"event": event, "channel": channel, "data": data}));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_committed_corpus_passes_the_fuzz_target() {
        include_str!("../corpus/publish.txt").lines().for_each(|seed| fuzz(seed.as_bytes()));
        fuzz("[".repeat(10_000).as_bytes());
    }

    proptest! {
        #[test]
        fn what_is_published_reaches_a_client_as_it_was(name in ".*", channel in ".*", data in ".*") {
            let one = json!({"name": name, "channels": [channel], "data": data});
            fuzz(one.to_string().as_bytes());
            fuzz(json!({"batch": [one]}).to_string().as_bytes());
        }

        #[test]
        fn no_body_makes_reading_a_call_panic(body in r#"[\[\]{}":,a-z0-9\\&=% ]{0,60}"#) {
            fuzz(body.as_bytes());
        }
    }
}
