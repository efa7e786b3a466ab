//! How webhook events read (contract 1.14), and how a call is signed. Decides texts alone.

use axum::http::{HeaderMap, HeaderValue, header};
use serde::Serialize;
use wire::sign;

/// One event. Fields stand in the contract's order.
#[derive(Debug, Default, Serialize)]
pub(super) struct Event<'a> {
    pub(super) name: &'a str,
    pub(super) channel: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) socket_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subscription_count: Option<u64>,
}

impl Event<'_> {
    /// As it waits in the outbox.
    pub(super) fn payload(&self) -> String {
        serde_json::to_string(self).expect("texts and a number serialize")
    }
}

/// The body of a call with these events; `time_ms` is when the first of them happened, so that a
/// retry is the same text.
pub(super) fn call<'a>(time_ms: u64, payloads: impl Iterator<Item = &'a str>) -> String {
    let mut body = format!(r#"{{"time_ms":{time_ms},"events":["#);
    for (at, payload) in payloads.enumerate() {
        if at > 0 {
            body.push(',');
        }
        body.push_str(payload);
    }
    body.push_str("]}");
    body
}

/// The owner's own headers and the contract's.
pub(super) fn headers(own: &HeaderMap, key: &str, secret: &str, body: &str) -> HeaderMap {
    let mut headers = own.clone();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let signature = sign::webhook(secret, body.as_bytes());
    for (name, value) in [("x-pusher-key", key), ("x-pusher-signature", signature.as_str())] {
        // A key that is no header value opens no socket either.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contract_1_14_the_vector_comes_out() {
        let event = Event { name: "channel_occupied", channel: "test_channel", ..Event::default() };
        let body = call(1_327_078_148_132, [event.payload().as_str()].into_iter());
        let headers = headers(&HeaderMap::new(), "278d425bdf160c739803", "7ad3773142a6692b25b8", &body);
        assert_eq!(
            body,
            r#"{"time_ms":1327078148132,"events":[{"name":"channel_occupied","channel":"test_channel"}]}"#
        );
        assert_eq!(headers["x-pusher-key"], "278d425bdf160c739803");
        assert_eq!(
            headers["x-pusher-signature"],
            "709fdb84c03664445f7698120b0edf0acc1ab1c8c6e93a0368c61841d6b998aa"
        );
        assert_eq!(headers["content-type"], "application/json");
    }

    #[test]
    fn contract_1_14_each_event_has_its_own_fields() {
        let event = Event {
            name: "client_event",
            channel: "presence-x",
            event: Some("client-typing"),
            data: Some(r#"{"on":true}"#),
            socket_id: Some("1.2"),
            user_id: Some("ana"),
            ..Event::default()
        };
        let count = Event {
            name: "subscription_count",
            channel: "x",
            subscription_count: Some(7),
            ..Event::default()
        };
        assert_eq!(
            call(1, [event.payload().as_str(), &count.payload()].into_iter()),
            concat!(
                r#"{"time_ms":1,"events":[{"name":"client_event","channel":"presence-x","event":"client-typing","#,
                r#""data":"{\"on\":true}","socket_id":"1.2","user_id":"ana"},"#,
                r#"{"name":"subscription_count","channel":"x","subscription_count":7}]}"#
            )
        );
    }
}
