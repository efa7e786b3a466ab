//! The Pusher envelope: client frames read into a closed set, server frames written as
//! whole WebSocket frames (contract 1.2 to 1.4). Decides nothing about who may do what.

use crate::{Refusal, websocket};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::sync::Arc;

/// Whose rows to follow where hosted Pusher and Laravel Reverb differ (contract 1.16).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compat {
    /// Hosted Pusher.
    #[default]
    Pusher,
    /// Laravel Reverb: errors with string data, looser channel names, 1009 for oversized frames.
    Reverb,
}

/// A frame a client may send (contract 1.3).
#[derive(Debug, PartialEq, Eq)]
pub enum ClientFrame<'a> {
    /// `pusher:subscribe`.
    Subscribe(Subscribe),
    /// `pusher:unsubscribe`.
    Unsubscribe {
        /// The channel to leave.
        channel: String,
    },
    /// `pusher:ping`.
    Ping,
    /// `pusher:pong`.
    Pong,
    /// `pusher:signin`.
    Signin {
        /// `KEY:SIG`.
        auth: String,
        /// JSON text of the user.
        user_data: String,
    },
    /// `client-…`.
    ClientEvent {
        /// Where to.
        channel: Cow<'a, str>,
        /// Its name.
        event: Cow<'a, str>,
        /// JSON text as the sender gave it; absent stays absent.
        data: Option<&'a str>,
    },
}

/// What a subscription asks for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Subscribe {
    /// The channel to join.
    pub channel: String,
    /// `KEY:SIG`; pusher-js sends it empty for public channels.
    #[serde(default)]
    pub auth: Option<String>,
    /// The raw string that was signed with the channel.
    #[serde(default)]
    pub channel_data: Option<String>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "text_or_null")]
    channel: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

/// `Option<Cow>` that borrows; serde's own would copy every channel name.
fn text_or_null<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    Ok(Option::<Text<'de>>::deserialize(from)?.map(|Text(text)| text))
}

impl<'a> ClientFrame<'a> {
    /// Reads one text message.
    pub fn parse(text: &'a str) -> Result<ClientFrame<'a>, Refusal> {
        let envelope: Envelope<'a> = serde_json::from_str(text).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => Refusal::InvalidFrame,
            _ => Refusal::MalformedJson,
        })?;
        if envelope.event.starts_with("client-") {
            let channel = envelope.channel.ok_or(Refusal::InvalidFrame)?;
            return Ok(ClientFrame::ClientEvent {
                channel,
                event: envelope.event,
                data: envelope.data.map(RawValue::get),
            });
        }
        #[derive(Deserialize)]
        struct Unsubscribe {
            channel: String,
        }
        #[derive(Deserialize)]
        struct Signin {
            auth: String,
            user_data: String,
        }
        match envelope.event.as_ref() {
            "pusher:subscribe" => body(envelope.data).map(ClientFrame::Subscribe),
            "pusher:unsubscribe" => {
                body(envelope.data).map(|Unsubscribe { channel }| ClientFrame::Unsubscribe { channel })
            }
            "pusher:ping" => Ok(ClientFrame::Ping),
            "pusher:pong" => Ok(ClientFrame::Pong),
            "pusher:signin" => {
                body(envelope.data).map(|Signin { auth, user_data }| ClientFrame::Signin { auth, user_data })
            }
            _ => Err(Refusal::UnknownEvent),
        }
    }
}

/// `data` of a `pusher:*` event: an object, or a string holding one (contract 1.2).
fn body<T: DeserializeOwned>(data: Option<&RawValue>) -> Result<T, Refusal> {
    let raw = data.ok_or(Refusal::InvalidFrame)?.get();
    let parsed = if raw.starts_with('"') {
        serde_json::from_str::<Cow<'_, str>>(raw).and_then(|inner| serde_json::from_str(&inner))
    } else {
        serde_json::from_str(raw)
    };
    parsed.map_err(|_| Refusal::InvalidFrame)
}

/// A frame the server sends (contract 1.4).
#[derive(Clone, Copy, Debug)]
pub enum ServerFrame<'a> {
    /// `pusher:connection_established`, always the first.
    Hello {
        /// `\d+\.\d+`.
        socket_id: &'a str,
        /// Never 0; absent before version 7 of the protocol.
        activity_timeout_s: Option<u64>,
    },
    /// `pusher:error`; code `null` means that the connection stays.
    Error {
        /// Whether `data` is an object or, as Reverb has it, a string.
        compat: Compat,
        /// Contract 1.7.
        code: Option<u16>,
        /// For people.
        message: &'a str,
    },
    /// `pusher:pong`.
    Pong,
    /// `pusher_internal:subscription_succeeded`.
    SubscriptionSucceeded {
        /// The channel joined.
        channel: &'a str,
    },
    /// `pusher:cache_miss`: this cache channel has no last event.
    CacheMiss {
        /// The channel joined.
        channel: &'a str,
    },
    /// `pusher:subscription_error`: the one an app can bind to.
    SubscriptionError {
        /// The channel refused.
        channel: &'a str,
        /// `AuthError`, or the refusal's name.
        kind: &'a str,
        /// For people.
        error: &'a str,
        /// As an HTTP status.
        status: u16,
    },
    /// `pusher:signin_success`.
    SigninSuccess {
        /// The string that the client sent.
        user_data: &'a str,
    },
    /// `pusher_internal:watchlist_events`: who of those watched came and who went (contract 1.12).
    Watchlist {
        /// Ids of users who are now signed in somewhere.
        online: &'a [Arc<str>],
        /// Ids of users who no longer are.
        offline: &'a [Arc<str>],
    },
    /// An event published to a channel.
    Event {
        /// The channel.
        channel: &'a str,
        /// Its name.
        event: &'a str,
        /// The string as published.
        data: &'a str,
        /// Whom the publisher speaks for.
        user_id: Option<&'a str>,
    },
    /// An event of another client.
    ClientEvent {
        /// The channel.
        channel: &'a str,
        /// `client-…`.
        event: &'a str,
        /// JSON text as the sender gave it.
        data: Option<&'a str>,
        /// The sender's principal.
        user_id: Option<&'a str>,
    },
}

impl ServerFrame<'_> {
    /// The whole WebSocket frame, to be shared by all who get it.
    pub fn encode(&self) -> Bytes {
        websocket::text_frame(|out| self.write(out))
    }

    /// The JSON text alone.
    pub fn text(&self) -> String {
        let mut out = Vec::new();
        self.write(&mut out);
        String::from_utf8(out).expect("only text was written")
    }

    fn write(&self, out: &mut Vec<u8>) {
        match *self {
            ServerFrame::Hello { socket_id, activity_timeout_s } => {
                let timeout =
                    activity_timeout_s.map_or_else(String::new, |s| format!(r#","activity_timeout":{s}"#));
                let data = format!(r#"{{"socket_id":"{socket_id}"{timeout}}}"#);
                open(out, "pusher:connection_established", None);
                field(out, "data", &data);
            }
            ServerFrame::Error { compat, code, message } => write_error(out, compat, code, message),
            ServerFrame::Pong => {
                open(out, "pusher:pong", None);
                raw_field(out, "data", "{}");
            }
            ServerFrame::SubscriptionSucceeded { channel } => {
                open(out, "pusher_internal:subscription_succeeded", Some(channel));
                field(out, "data", "{}");
            }
            ServerFrame::CacheMiss { channel } => open(out, "pusher:cache_miss", Some(channel)),
            ServerFrame::SubscriptionError { channel, kind, error, status } => {
                open(out, "pusher:subscription_error", Some(channel));
                raw_field(out, "data", r#"{"type":"#);
                string(out, kind);
                field(out, "error", error);
                raw_field(out, "status", &status.to_string());
                out.push(b'}');
            }
            ServerFrame::SigninSuccess { user_data } => {
                open(out, "pusher:signin_success", None);
                raw_field(out, "data", r#"{"user_data":"#);
                string(out, user_data);
                out.push(b'}');
            }
            ServerFrame::Watchlist { online, offline } => write_watchlist(out, online, offline),
            ServerFrame::Event { channel, event, data, user_id } => {
                open(out, event, Some(channel));
                field(out, "data", data);
                if let Some(user_id) = user_id {
                    field(out, "user_id", user_id);
                }
            }
            ServerFrame::ClientEvent { channel, event, data, user_id } => {
                open(out, event, Some(channel));
                if let Some(data) = data {
                    raw_field(out, "data", data);
                }
                if let Some(user_id) = user_id {
                    field(out, "user_id", user_id);
                }
            }
        }
        out.push(b'}');
    }
}

fn write_error(out: &mut Vec<u8>, compat: Compat, code: Option<u16>, message: &str) {
    let code = code.map_or_else(|| "null".to_owned(), |code| code.to_string());
    let mut data = br#"{"message":"#.to_vec();
    string(&mut data, message);
    raw_field(&mut data, "code", &code);
    data.push(b'}');
    let data = String::from_utf8(data).expect("only text was written");
    open(out, "pusher:error", None);
    match compat {
        Compat::Pusher => raw_field(out, "data", &data),
        Compat::Reverb => field(out, "data", &data),
    }
}

fn write_watchlist(out: &mut Vec<u8>, online: &[Arc<str>], offline: &[Arc<str>]) {
    open(out, "pusher_internal:watchlist_events", None);
    raw_field(out, "data", r#"{"events":["#);
    let mut join: &[u8] = b"";
    for (name, ids) in [("online", online), ("offline", offline)] {
        if ids.is_empty() {
            continue;
        }
        out.extend_from_slice(join);
        join = b",";
        out.extend_from_slice(br#"{"name":"#);
        string(out, name);
        out.extend_from_slice(br#","user_ids":"#);
        let ids: Vec<&str> = ids.iter().map(|id| &**id).collect();
        serde_json::to_writer(&mut *out, &ids).expect("writing strings to memory cannot fail");
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
}

fn open(out: &mut Vec<u8>, event: &str, channel: Option<&str>) {
    out.extend_from_slice(br#"{"event":"#);
    string(out, event);
    if let Some(channel) = channel {
        field(out, "channel", channel);
    }
}

/// `,"name":"value"` with the value escaped.
fn field(out: &mut Vec<u8>, name: &str, value: &str) {
    raw_field(out, name, "");
    string(out, value);
}

/// `,"name":value` with the value as it is.
fn raw_field(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
    out.extend_from_slice(value.as_bytes());
}

fn string(out: &mut Vec<u8>, value: &str) {
    serde_json::to_writer(out, value).expect("writing a string to memory cannot fail");
}

/// Fuzz target (ruling 26): no text makes the parser panic, and an accepted client event
/// goes out as valid JSON.
pub fn fuzz(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(ClientFrame::ClientEvent { channel, event, data }) = ClientFrame::parse(text) {
        let out =
            ServerFrame::ClientEvent { channel: &channel, event: &event, data, user_id: Some("1") }.text();
        // By the grammar alone: the sender's numbers may be beyond what a `Value` holds.
        assert!(serde_json::from_str::<&RawValue>(&out).is_ok(), "{out}");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn contract_1_3_client_frames_read_with_data_as_object_or_as_string() {
        let subscribe = |auth: Option<&str>, data: Option<&str>| {
            Ok(ClientFrame::Subscribe(Subscribe {
                channel: "private-x".into(),
                auth: auth.map(Into::into),
                channel_data: data.map(Into::into),
            }))
        };
        let unsubscribe = Ok(ClientFrame::Unsubscribe { channel: "news".into() });
        for (text, frame) in [
            (
                r#"{"event":"pusher:subscribe","data":{"auth":"K:S","channel":"private-x"}}"#,
                subscribe(Some("K:S"), None),
            ),
            (
                r#"{"event":"pusher:subscribe","data":{"channel":"private-x","channel_data":"{\"user_id\":1}","auth":null}}"#,
                subscribe(None, Some(r#"{"user_id":1}"#)),
            ),
            (
                r#"{"event":"pusher:subscribe","data":"{\"channel\":\"private-x\",\"auth\":\"\"}"}"#,
                subscribe(Some(""), None),
            ),
            (r#"{"event":"pusher:unsubscribe","data":{"channel":"news"},"channel":null}"#, unsubscribe),
            (r#"{"event":"pusher:ping","data":{}}"#, Ok(ClientFrame::Ping)),
            (r#"{"event":"pusher:ping"}"#, Ok(ClientFrame::Ping)),
            (r#"{"event":"pusher:pong","data":null}"#, Ok(ClientFrame::Pong)),
            (
                r#"{"event":"pusher:signin","data":{"auth":"K:S","user_data":"{\"id\":\"1\"}"}}"#,
                Ok(ClientFrame::Signin { auth: "K:S".into(), user_data: r#"{"id":"1"}"#.into() }),
            ),
            (
                r#"{"event":"client-typing","data": {"on": true},"channel":"private-c1"}"#,
                Ok(ClientFrame::ClientEvent {
                    channel: "private-c1".into(),
                    event: "client-typing".into(),
                    data: Some(r#"{"on": true}"#),
                }),
            ),
            (r#"{"event":"client-typing","data":1}"#, Err(Refusal::InvalidFrame)),
            (r#"{"event":"pusher:subscribe"}"#, Err(Refusal::InvalidFrame)),
            (r#"{"event":"pusher:subscribe","data":{"channel":7}}"#, Err(Refusal::InvalidFrame)),
            (r#"{"event":"pusher:subscribe","data":"news"}"#, Err(Refusal::InvalidFrame)),
            (r#"{"event":7}"#, Err(Refusal::InvalidFrame)),
            (r#"{"data":{}}"#, Err(Refusal::InvalidFrame)),
            ("[]", Err(Refusal::InvalidFrame)),
            (r#"{"event":"pusher:later"}"#, Err(Refusal::UnknownEvent)),
            ("hello", Err(Refusal::MalformedJson)),
            (r#"{"event":"client-x""#, Err(Refusal::MalformedJson)),
            ("", Err(Refusal::MalformedJson)),
        ] {
            assert_eq!(ClientFrame::parse(text), frame, "{text}");
        }
    }

    #[test]
    fn contract_1_4_server_frames_stand_exactly_so() {
        for (frame, text) in [
            (
                ServerFrame::Hello { socket_id: "123.456", activity_timeout_s: Some(120) },
                r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"123.456\",\"activity_timeout\":120}"}"#,
            ),
            (
                ServerFrame::Hello { socket_id: "123.456", activity_timeout_s: None },
                r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"123.456\"}"}"#,
            ),
            (
                ServerFrame::Error { compat: Compat::Pusher, code: None, message: "No \"x\"" },
                r#"{"event":"pusher:error","data":{"message":"No \"x\"","code":null}}"#,
            ),
            (
                ServerFrame::Error {
                    compat: Compat::Reverb,
                    code: Some(4200),
                    message: "Invalid message format",
                },
                r#"{"event":"pusher:error","data":"{\"message\":\"Invalid message format\",\"code\":4200}"}"#,
            ),
            (ServerFrame::Pong, r#"{"event":"pusher:pong","data":{}}"#),
            (
                ServerFrame::SubscriptionSucceeded { channel: "news" },
                r#"{"event":"pusher_internal:subscription_succeeded","channel":"news","data":"{}"}"#,
            ),
            (
                ServerFrame::SubscriptionError {
                    channel: "private-x",
                    kind: "AuthError",
                    error: "No.",
                    status: 401,
                },
                r#"{"event":"pusher:subscription_error","channel":"private-x","data":{"type":"AuthError","error":"No.","status":401}}"#,
            ),
            (
                ServerFrame::Event { channel: "news", event: "App\\Sent", data: r#"{"a":1}"#, user_id: None },
                r#"{"event":"App\\Sent","channel":"news","data":"{\"a\":1}"}"#,
            ),
            (
                ServerFrame::ClientEvent {
                    channel: "private-x",
                    event: "client-t",
                    data: Some("{ \"on\": 1 }"),
                    user_id: Some("u\"1"),
                },
                r#"{"event":"client-t","channel":"private-x","data":{ "on": 1 },"user_id":"u\"1"}"#,
            ),
            (
                ServerFrame::ClientEvent {
                    channel: "private-x",
                    event: "client-t",
                    data: None,
                    user_id: None,
                },
                r#"{"event":"client-t","channel":"private-x"}"#,
            ),
            (
                ServerFrame::SigninSuccess { user_data: r#"{"id":"1"}"# },
                r#"{"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"1\"}"}}"#,
            ),
            (
                ServerFrame::Watchlist { online: &["2".into(), "3".into()], offline: &["4".into()] },
                r#"{"event":"pusher_internal:watchlist_events","data":{"events":[{"name":"online","user_ids":["2","3"]},{"name":"offline","user_ids":["4"]}]}}"#,
            ),
            (
                ServerFrame::Watchlist { online: &[], offline: &["4".into()] },
                r#"{"event":"pusher_internal:watchlist_events","data":{"events":[{"name":"offline","user_ids":["4"]}]}}"#,
            ),
        ] {
            assert_eq!(frame.text(), text);
            let header = if text.len() < 126 { 2 } else { 4 };
            assert_eq!(frame.encode()[header..], *text.as_bytes());
        }
    }

    #[test]
    fn the_committed_corpus_passes_the_fuzz_target() {
        include_str!("../corpus/frame.txt").lines().for_each(|seed| fuzz(seed.as_bytes()));
        fuzz("[".repeat(10_000).as_bytes());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in r#"[\{\}\[\]":,a-z0-9\\ -]{0,60}"#) {
            fuzz(text.as_bytes());
        }

        #[test]
        fn any_published_string_arrives_unchanged(data in ".*", event in ".*") {
            let text = ServerFrame::Event { channel: "news", event: &event, data: &data, user_id: None }.text();
            let back: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(back["data"].as_str(), Some(data.as_str()));
            prop_assert_eq!(back["event"].as_str(), Some(event.as_str()));
        }
    }
}
