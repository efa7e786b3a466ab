//! What of a frame may stand in a debug log. Shows what is known to be harmless and nothing else,
//! so that a field nobody thought of stays out. Knows nothing of logs and of sockets.

use serde_json::{Map, Value};

/// Characters shown of one name or sentence.
const SHOWN_CHARS: usize = 200;
/// Characters shown of one text inside a body.
const BODY_CHARS: usize = 2_000;
/// What stands in place of what is not shown.
const HIDDEN: &str = "[redacted]";

/// Fields of the protocol's own events that tell nothing but what the protocol does.
const HARMLESS: &[&str] = &[
    "activity_timeout",
    "channel",
    "code",
    "count",
    "error",
    "message",
    "socket_id",
    "status",
    "subscription_count",
    "type",
    "user_id",
];
/// Fields that are objects, or texts of objects, with harmless ones inside.
const OPENED: &[&str] = &["channel_data", "presence"];
/// A body's fields whose names say that the value opens something.
const TELLING: &[&str] = &[
    "auth",
    "cookie",
    "credential",
    "key",
    "password",
    "secret",
    "session",
    "sig",
    "token",
    "channel_data",
    "user_data",
];

/// One line for a frame. What people said is told by its size; with `bodies` it is shown, without
/// the fields that look like credentials.
pub fn frame(text: &str, bodies: bool) -> String {
    let Ok(Value::Object(mut frame)) = serde_json::from_str(text) else {
        return format!("[{} bytes that are no event]", text.len());
    };
    let event = frame.get("event").and_then(Value::as_str).unwrap_or_default();
    let is_protocol = event.starts_with("pusher:") || event.starts_with("pusher_internal:");
    let mut shown = Map::new();
    for name in ["event", "channel", "user_id"] {
        if let Some(value) = frame.remove(name) {
            shown.insert(name.to_owned(), harmless(value));
        }
    }
    if let Some(data) = frame.remove("data") {
        let data = match data {
            data if is_protocol => opened(data),
            data if bodies => body(data),
            data => Value::String(format!("[{} bytes]", size(&data))),
        };
        shown.insert("data".to_owned(), data);
    }
    if !frame.is_empty() {
        shown.insert("more".to_owned(), HIDDEN.into());
    }
    Value::Object(shown).to_string()
}

/// A name, a number or a sentence, cut; nothing that could hold more.
fn harmless(value: Value) -> Value {
    match value {
        Value::String(text) => cut(text, SHOWN_CHARS).into(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
        Value::Array(_) | Value::Object(_) => HIDDEN.into(),
    }
}

/// The harmless fields of an object, or of the text of one.
fn opened(value: Value) -> Value {
    let fields = match value {
        Value::Object(fields) => fields,
        Value::String(text) => match serde_json::from_str(&text) {
            Ok(Value::Object(fields)) => return Value::Object(open_fields(fields)).to_string().into(),
            _ => return HIDDEN.into(),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => return HIDDEN.into(),
    };
    Value::Object(open_fields(fields))
}

fn open_fields(fields: Map<String, Value>) -> Map<String, Value> {
    let shown = |(name, value): (String, Value)| {
        if HARMLESS.contains(&name.as_str()) {
            return (name, harmless(value));
        }
        if OPENED.contains(&name.as_str()) {
            return (name, opened(value));
        }
        // The name of an unknown field is as unknown as its value.
        let is_known = matches!(name.as_str(), "auth" | "user_data" | "user_info" | "shared_secret");
        (if is_known { name } else { "more".to_owned() }, HIDDEN.into())
    };
    fields.into_iter().map(shown).collect()
}

/// A body without what looks like a credential, in objects and in texts of objects alike.
fn body(value: Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
        Value::String(text) => match serde_json::from_str(&text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_))) => body(inner).to_string().into(),
            _ => cut(text, BODY_CHARS).into(),
        },
        Value::Array(items) => items.into_iter().map(body).collect(),
        Value::Object(fields) => {
            let shown = |(name, value): (String, Value)| {
                let lower = name.to_ascii_lowercase();
                let tells = TELLING.iter().any(|word| lower.contains(word));
                (name, if tells { HIDDEN.into() } else { body(value) })
            };
            fields.into_iter().map(shown).collect()
        }
    }
}

fn size(data: &Value) -> usize {
    data.as_str().map_or_else(|| data.to_string().len(), str::len)
}

fn cut(mut text: String, chars: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(chars) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const SECRET: &str = "s3cr3t-0f-4n4";

    #[test]
    fn a_subscription_shows_who_joins_what_and_not_by_which_signature() {
        let channel_data =
            json!({"user_id": "ana", "session": SECRET, "user_info": {"name": SECRET}}).to_string();
        let data = json!({"channel": "presence-x", "auth": SECRET, "channel_data": channel_data});
        let line = frame(&json!({"event": "pusher:subscribe", "data": data}).to_string(), true);
        assert!(line.contains("presence-x") && line.contains("ana") && line.contains("pusher:subscribe"));
        assert!(!line.contains(SECRET), "{line}");
    }

    #[test]
    fn s20_a_body_is_told_by_its_size_unless_bodies_are_asked_for() {
        let text = r#"{"event":"message.created","channel":"private-x","data":"{\"message\":\"Hello\",\"token\":\"T\"}"}"#;
        assert_eq!(
            frame(text, false),
            r#"{"channel":"private-x","data":"[31 bytes]","event":"message.created"}"#
        );
        let shown = frame(text, true);
        assert!(shown.contains("Hello") && !shown.contains("\\\"T\\\""), "{shown}");
        assert_eq!(frame("Hello", true), "[5 bytes that are no event]");
    }

    /// Values that hold the secret somewhere, in objects, lists and texts of objects.
    fn holding() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![Just(json!(SECRET)), Just(json!(format!("KEY:{SECRET}"))), Just(json!(7))];
        let name = prop_oneof!["[a-z_]{1,12}", Just("auth".to_owned()), Just("user_data".to_owned())];
        leaf.prop_recursive(3, 12, 3, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
                proptest::collection::hash_map(name.clone(), inner.clone(), 1..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
                inner.prop_map(|value| Value::String(value.to_string())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_secret_of_a_sampled_frame_is_ever_shown(
            event in prop_oneof!["pusher:[a-z_]{1,12}", "pusher_internal:[a-z_]{1,12}", "client-[a-z]{1,8}", "[a-z.]{1,12}"],
            field in "[a-z_]{1,14}",
            value in holding(),
            bodies: bool,
        ) {
            prop_assume!(!HARMLESS.contains(&field.as_str()));
            let is_protocol = event.starts_with("pusher");
            let known = json!({"channel": "private-x", "auth": value.clone(), "user_data": value.clone(),
                "shared_secret": value.clone(), "token": value.clone()});
            let mut data = known;
            if is_protocol || !bodies {
                // Of the protocol's own events a field by any name is hidden, and so is every body by default.
                data[field] = value.clone();
            }
            let data_text = data.to_string();
            for data in [data, Value::String(data_text)] {
                let text = json!({"event": event, "channel": "private-x", "data": data, "else": value}).to_string();
                prop_assert!(!frame(&text, bodies).contains(SECRET), "{}", text);
            }
        }

        #[test]
        fn no_text_makes_it_panic_or_break_its_line(text in ".{0,200}", bodies: bool) {
            prop_assert!(!frame(&text, bodies).contains('\n'));
            let inside = json!({"event": text, "data": text, "channel": {"x": text}}).to_string();
            prop_assert!(!frame(&inside, bodies).contains('\n'));
        }
    }
}
