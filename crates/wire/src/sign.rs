//! Signatures of the Pusher protocol: channels, sign-in, HTTP requests and webhooks, all
//! HMAC-SHA256 in lower-case hex. Reads no clock; whose key and secret it is given, the caller knows.

use crate::{Refusal, Refused, limit};
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha2::Sha256;
use std::fmt::Write;
use subtle::ConstantTimeEq;

/// HMAC-SHA256 of `text` under the app's secret, lower-case hex.
pub fn digest(secret: &str, text: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(text);
    hex::encode(mac.finalize().into_bytes())
}

/// What is signed for a private or presence channel: `channel_data`, when supplied, is
/// part of it on private channels too (contract 1.9).
pub fn channel_text(socket_id: &str, channel: &str, channel_data: Option<&str>) -> String {
    match channel_data {
        Some(data) => format!("{socket_id}:{channel}:{data}"),
        None => format!("{socket_id}:{channel}"),
    }
}

/// The `auth` of a subscription: `KEY:SIG`.
pub fn channel_auth(
    key: &str,
    secret: &str,
    socket_id: &str,
    channel: &str,
    channel_data: Option<&str>,
) -> String {
    format!("{key}:{}", digest(secret, channel_text(socket_id, channel, channel_data).as_bytes()))
}

/// What is signed for `pusher:signin`.
pub fn user_text(socket_id: &str, user_data: &str) -> String {
    format!("{socket_id}::user::{user_data}")
}

/// The `auth` of a sign-in: `KEY:SIG`.
pub fn user_auth(key: &str, secret: &str, socket_id: &str, user_data: &str) -> String {
    format!("{key}:{}", digest(secret, user_text(socket_id, user_data).as_bytes()))
}

/// Is `auth` the signature of `text` by this app? The key part is checked too. The refusal
/// names the text, as hosted Pusher does, and never the right signature.
pub fn verify(key: &str, secret: &str, text: &str, auth: &str) -> Result<(), Refused> {
    let signature = auth.strip_prefix(key).and_then(|rest| rest.strip_prefix(':')).unwrap_or("");
    if same(&digest(secret, text.as_bytes()), signature) {
        Ok(())
    } else {
        let given = auth.split_once(':').map_or(auth, |(_, signature)| signature);
        Err(Refusal::InvalidSignature
            .because(format!("Expected HMAC SHA256 hex digest of {text}, but got {given}")))
    }
}

/// `X-Pusher-Signature` of a webhook's raw body.
pub fn webhook(secret: &str, body: &[u8]) -> String {
    digest(secret, body)
}

/// Signature of a call of the chat's webhooks, as Standard Webhooks has it: `v1,` and Base64 of the HMAC over
/// `id.timestamp.body`. The secret is `whsec_` and Base64; `None` when it is not.
pub fn standard_webhook(secret: &str, id: &str, timestamp_s: u64, body: &str) -> Option<String> {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let secret = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret).expect("HMAC takes keys of any length");
    mac.update(format!("{id}.{timestamp_s}.{body}").as_bytes());
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

/// Lower-case hex MD5, as `body_md5` carries it.
pub fn md5_hex(body: &[u8]) -> String {
    hex::encode(Md5::digest(body))
}

/// What is signed for a call of the HTTP API: `METHOD\nPATH\nPARAMS`, the parameters
/// without `auth_signature`, keys in lower case and sorted, values not escaped.
pub fn request_text(method: &str, path: &str, query: &[(String, String)]) -> String {
    let mut pairs: Vec<(String, &str)> = query
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()))
        .filter(|(name, _)| name != "auth_signature")
        .collect();
    pairs.sort();
    let mut text = format!("{}\n{path}\n", method.to_ascii_uppercase());
    for (at, (name, value)) in pairs.iter().enumerate() {
        let join = if at == 0 { "" } else { "&" };
        write!(text, "{join}{name}={value}").expect("writing to a String cannot fail");
    }
    text
}

/// `auth_signature` of a call of the HTTP API; `query` holds everything else.
pub fn request(secret: &str, method: &str, path: &str, query: &[(String, String)]) -> String {
    digest(secret, request_text(method, path, query).as_bytes())
}

/// The whole query of a call of the HTTP API without parameters of its own, signed. `now_s` is Unix time.
pub fn signed_query(method: &str, path: &str, key: &str, secret: &str, body: &[u8], now_s: u64) -> String {
    let (at, md5) = (now_s.to_string(), md5_hex(body));
    let mut query: Vec<(String, String)> =
        [("auth_key", key), ("auth_timestamp", &at), ("auth_version", "1.0"), ("body_md5", &md5)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
    query.push(("auth_signature".to_owned(), request(secret, method, path, &query)));
    query.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// A call of the HTTP API as it was received. `path` is the one the client sees; `query` is
/// decoded; `now_s` is Unix time.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// Without query and without the server's own prefix.
    pub path: &'a str,
    /// All parameters, decoded.
    pub query: &'a [(String, String)],
    /// Raw bytes.
    pub body: &'a [u8],
}

/// Was this call signed by the app with this key and secret, within the window, over this
/// body (contract 1.13)? A wrong signature echoes the text that should have been signed.
pub fn verify_request(call: SignedRequest<'_>, key: &str, secret: &str, now_s: u64) -> Result<(), Refused> {
    let value = |name: &str| {
        call.query.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map_or("", |(_, v)| v.as_str())
    };
    if !same(key, value("auth_key")) {
        return Err(Refusal::WrongSignature.because("auth_key is not the key of this app."));
    }
    let at_s: u64 = value("auth_timestamp")
        .parse()
        .map_err(|_| Refusal::TimestampExpired.because("auth_timestamp is not a number of seconds."))?;
    if now_s.abs_diff(at_s) > limit::SIGNATURE_WINDOW_S {
        return Err(Refusal::TimestampExpired.into());
    }
    let md5 = value("body_md5");
    if !(same(&md5_hex(call.body), &md5.to_ascii_lowercase()) || (call.body.is_empty() && md5.is_empty())) {
        return Err(Refusal::BodyMd5Wrong.into());
    }
    let text = request_text(call.method, call.path, call.query);
    if same(&digest(secret, text.as_bytes()), value("auth_signature")) {
        return Ok(());
    }
    Err(Refusal::WrongSignature.because(format!(
        "You should have sent HmacSHA256Hex(\"{}\", your_secret_key), but you sent \"{}\".",
        text.escape_debug(),
        value("auth_signature").escape_debug()
    )))
}

/// Comparison whose time tells nothing of where two texts differ.
fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// Fuzz target (ruling 26): the first line is a query, the rest a body. Nothing panics; what an app has
/// signed is found good in any order of its parameters, and no longer with one more of them, another
/// path, body, key or second.
pub fn fuzz(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (query, body) = text.split_once('\n').unwrap_or((text, ""));
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let mut query: Vec<(String, String)> =
        query.split('&').map(|pair| owned(pair.split_once('=').unwrap_or((pair, "")))).collect();
    let (key, secret, path) = ("key", text, "/apps/1/events");
    let check = |query: &[_], path: &str, body: &str, key: &str, now_s| {
        let call = SignedRequest { method: "POST", path, query, body: body.as_bytes() };
        verify_request(call, key, secret, now_s)
    };
    // As it came, whatever it says of itself.
    let _ = check(&query, path, body, key, 0);
    let _ = verify(key, secret, text, body);

    query.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("auth_"));
    query.retain(|(name, _)| !name.eq_ignore_ascii_case("body_md5"));
    let md5 = md5_hex(body.as_bytes());
    query.extend([("auth_key", key), ("auth_timestamp", "600"), ("body_md5", &md5)].map(owned));
    query.push(owned(("auth_signature", &request(secret, "POST", path, &query))));
    assert!(check(&query, path, body, key, 1_200).is_ok(), "{query:?}");
    query.reverse();
    assert!(check(&query, path, body, key, 0).is_ok(), "{query:?}");
    assert!(check(&query, path, body, key, 1_201).is_err());
    assert!(check(&query, "/apps/1/event", body, key, 0).is_err());
    assert!(check(&query, path, &format!("{body} "), key, 0).is_err());
    assert!(check(&query, path, body, "kez", 0).is_err());
    query.push(owned(("one_more", "")));
    assert!(check(&query, path, body, key, 0).is_err());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "278d425bdf160c739803";
    const SECRET: &str = "7ad3773142a6692b25b8";

    fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn contract_1_9_every_vector_comes_out() {
        let presence = r#"{"user_id":10,"user_info":{"name":"Mr. Channels"}}"#;
        for (channel, data, expected) in [
            ("private-foobar", None, "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4"),
            (
                "private-encrypted-foobar",
                None,
                "e6a18892d037c5d5e76a2265df4f086ffc38631605530dfd214aa5bff495f533",
            ),
            (
                "private-foobar",
                Some(r#"{"user_id":"10"}"#),
                "bf9f2eda99b88b670aedd071792d41c2796fda040476f39b46f89a28ccc69a9c",
            ),
            (
                "presence-foobar",
                Some(presence),
                "31935e7d86dba64c2a90aed31fdc61869f9b22ba9d8863bba239c03ca481bc80",
            ),
            (
                "presence-foobar",
                Some(r#"{"user_id":10,"user_info":{"name":"Mr. Pusher"}}"#),
                "afaed3695da2ffd16931f457e338e6c9f2921fa133ce7dac49f529792be6304c",
            ),
        ] {
            let auth = channel_auth(KEY, SECRET, "1234.1234", channel, data);
            assert_eq!(auth, format!("{KEY}:{expected}"));
            verify(KEY, SECRET, &channel_text("1234.1234", channel, data), &auth).unwrap();
        }
        assert_eq!(
            user_auth(KEY, SECRET, "1234.1234", r#"{"id":"12345"}"#),
            format!("{KEY}:4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba"),
        );
    }

    #[test]
    fn a_signature_for_another_socket_channel_key_or_data_is_refused() {
        let text = channel_text("1234.1234", "private-foobar", None);
        let auth = channel_auth(KEY, SECRET, "1234.1234", "private-foobar", None);
        let signature = &auth[KEY.len() + 1..];
        verify(KEY, SECRET, &text, &auth).unwrap();
        for (text, auth) in [
            ("1234.1235:private-foobar", auth.as_str()),
            ("1234.1234:private-foobaz", &auth),
            ("1234.1234:private-foobar:{}", &auth),
            (text.as_str(), signature),
            (&text, &format!("other:{signature}")),
            (&text, &format!("{KEY}:{}", signature.to_ascii_uppercase())),
            (&text, &format!("{KEY}:")),
            (&text, ""),
        ] {
            let refused = verify(KEY, SECRET, text, auth).unwrap_err();
            assert_eq!(refused.refusal, Refusal::InvalidSignature);
            assert!(refused.detail.unwrap().contains(text));
        }
    }

    const BODY: &str = r#"{"name":"foo","channels":["project-3"],"data":"{\"some\":\"data\"}"}"#;
    const AT_S: u64 = 1_353_088_179;

    /// The call of contract 1.13, with one more parameter put in or replaced.
    fn publish(change: Option<(&str, &str)>) -> Vec<(String, String)> {
        let mut query = pairs(&[
            ("auth_key", KEY),
            ("auth_timestamp", "1353088179"),
            ("auth_version", "1.0"),
            ("body_md5", "ec365a775a4cd0599faeb73354201b6f"),
            ("auth_signature", "da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c"),
        ]);
        if let Some((name, value)) = change {
            query.retain(|(k, _)| k != name);
            query.push((name.to_owned(), value.to_owned()));
        }
        query
    }

    fn check(query: &[(String, String)], body: &str, now_s: u64) -> Result<(), Refused> {
        let call = SignedRequest { method: "POST", path: "/apps/3/events", query, body: body.as_bytes() };
        verify_request(call, KEY, SECRET, now_s)
    }

    #[test]
    fn contract_1_13_the_signed_publish_and_the_signed_read_come_out() {
        check(&publish(None), BODY, AT_S).unwrap();
        let read = pairs(&[
            ("filter_by_prefix", "presence-"),
            ("info", "user_count"),
            ("auth_version", "1.0"),
            ("auth_timestamp", "1353088179"),
            ("Auth_Key", KEY),
        ]);
        assert_eq!(
            request(SECRET, "get", "/apps/3/channels", &read),
            "16819168891cb5dfd72b5c7a5d3d602605b26c6ba1930033b5e2eeeb65010291",
        );
    }

    #[test]
    fn contract_1_13_what_we_sign_is_what_we_take() {
        let query = signed_query("POST", "/apps/3/events", KEY, SECRET, BODY.as_bytes(), AT_S);
        assert_eq!(
            query,
            format!(
                "auth_key={KEY}&auth_timestamp=1353088179&auth_version=1.0&\
                 body_md5=ec365a775a4cd0599faeb73354201b6f&\
                 auth_signature=da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c"
            )
        );
    }

    #[test]
    fn a_request_outside_the_window_or_with_another_body_is_refused() {
        let refusal = |query: &[_], body, now| check(query, body, now).map_err(|r| r.refusal);
        let good = publish(None);
        assert_eq!(refusal(&good, BODY, AT_S + 600), Ok(()));
        assert_eq!(refusal(&good, BODY, AT_S - 600), Ok(()));
        assert_eq!(refusal(&good, BODY, AT_S + 601), Err(Refusal::TimestampExpired));
        assert_eq!(refusal(&good, BODY, AT_S - 601), Err(Refusal::TimestampExpired));
        assert_eq!(
            refusal(&publish(Some(("auth_timestamp", "soon"))), BODY, AT_S),
            Err(Refusal::TimestampExpired)
        );
        assert_eq!(refusal(&good, "{}", AT_S), Err(Refusal::BodyMd5Wrong));
        assert_eq!(refusal(&publish(Some(("body_md5", ""))), BODY, AT_S), Err(Refusal::BodyMd5Wrong));
        assert_eq!(refusal(&publish(Some(("auth_key", "x"))), BODY, AT_S), Err(Refusal::WrongSignature));
    }

    #[test]
    fn a_wrong_signature_is_told_what_should_have_been_signed() {
        let refused = check(&publish(Some(("auth_signature", "00"))), BODY, AT_S).unwrap_err();
        assert_eq!(refused.refusal, Refusal::WrongSignature);
        assert!(
            refused
                .detail
                .unwrap()
                .contains(r"POST\n/apps/3/events\nauth_key=278d425bdf160c739803&auth_timestamp")
        );
        let refused = check(&publish(Some(("extra", "1"))), BODY, AT_S).unwrap_err();
        assert_eq!(refused.refusal, Refusal::WrongSignature);
    }

    #[test]
    fn contract_1_14_the_webhook_vector_comes_out() {
        let body =
            br#"{"time_ms":1327078148132,"events":[{"name":"channel_occupied","channel":"test_channel"}]}"#;
        assert_eq!(webhook(SECRET, body), "709fdb84c03664445f7698120b0edf0acc1ab1c8c6e93a0368c61841d6b998aa");
    }

    #[test]
    fn the_committed_corpus_passes_the_fuzz_target() {
        for seed in include_str!("../corpus/sign.txt").lines() {
            fuzz(seed.replace("\\n", "\n").as_bytes());
        }
    }

    proptest! {
        #[test]
        fn what_was_signed_is_good_and_nothing_else_is(text in "(([A-Za-z_]{0,6}|auth_key|INFO)=?[ -~]{0,8}&?){0,6}\n.{0,20}") {
            fuzz(text.as_bytes());
        }

        #[test]
        fn no_text_makes_checking_a_signature_panic(text in ".{0,60}") {
            fuzz(text.as_bytes());
        }
    }
}
