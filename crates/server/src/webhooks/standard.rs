//! How calls of the chat's webhooks are signed: the headers of Standard Webhooks, once for each active
//! secret. Decides texts alone.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use wire::sign;

/// Headers of a call with this envelope, made now.
pub fn headers(secrets: &[String], payload: &str, timestamp_s: u64) -> HeaderMap {
    let envelope: serde_json::Value = serde_json::from_str(payload).unwrap_or_default();
    let id = envelope["id"].as_str().unwrap_or_default();
    let signatures: Vec<String> = secrets
        .iter()
        .filter_map(|secret| sign::standard_webhook(secret, id, timestamp_s, payload))
        .collect();
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", timestamp_s.to_string()),
        ("webhook-signature", signatures.join(" ")),
    ] {
        // Ids and signatures are letters and digits.
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_secrets_sign_side_by_side() {
        let secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAA"].map(String::from);
        let headers = headers(&secrets, r#"{"id":"evt_1"}"#, 1_614_265_330);
        assert_eq!(headers["webhook-id"], "evt_1");
        assert_eq!(headers["webhook-timestamp"], "1614265330");
        let both = headers["webhook-signature"].to_str().unwrap_or_default();
        assert_eq!(both.split(' ').filter(|one| one.starts_with("v1,")).count(), 2);
    }
}
