//! Web Push: one message to one browser through the push service that it named, encrypted for that browser
//! (RFC 8291) and signed by this server (VAPID, RFC 8292). Knows nothing of alerts, and of who owns the browser.
//!
//! The service's address comes from a browser, so it is called through [`crate::outbound`] alone (S18).

mod encryption;

use crate::outbound::{Failure, Line, Outbound, Target};
use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use chat::{PushKeys, Subscription};
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use wire::limit;

/// A signature counts so long; the RFC allows a day at most.
const SIGNED_FOR_S: u64 = 12 * 3_600;

/// Pushes with this server's keys.
pub struct WebPush {
    keys: EcdsaKeyPair,
    /// Base64url, as browsers are told it.
    public: String,
    /// Whom a push service may write to: `mailto:` or an address of ours.
    contact: String,
    outbound: Arc<Outbound>,
    random: SystemRandom,
}

/// What a push service said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It takes care of it.
    Taken,
    /// It knows the browser no more, for this reason in plain words.
    Gone(String),
    /// Not now; after so many seconds, where it says so.
    Later(Option<u64>, String),
    /// Never, as it is.
    Refused(String),
}

impl WebPush {
    /// A key pair for an installation that has none.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn make_keys() -> Result<PushKeys> {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
        let document = document.ok().context("no key pair for pushes can be made")?;
        let keys = read(document.as_ref(), &random)?;
        let public = URL_SAFE_NO_PAD.encode(keys.public_key().as_ref());
        Ok(PushKeys { private: URL_SAFE_NO_PAD.encode(document.as_ref()), public })
    }

    /// With the keys of this installation.
    ///
    /// # Errors
    /// When they are damaged.
    pub fn new(keys: &PushKeys, contact: String, outbound: Arc<Outbound>) -> Result<WebPush> {
        let random = SystemRandom::new();
        let private = URL_SAFE_NO_PAD.decode(&keys.private).ok();
        let pair = read(&private.context("the key pair for pushes is damaged")?, &random)?;
        Ok(WebPush { keys: pair, public: keys.public.clone(), contact, outbound, random })
    }

    /// What browsers subscribe with, base64url.
    pub fn public_key(&self) -> &str {
        &self.public
    }

    /// Pushes one message. Of those with one topic a push service keeps only the newest.
    pub async fn push(&self, to: &Subscription, topic: Option<&str>, message: &[u8], now_s: u64) -> Pushed {
        let Some(target) = target(&to.endpoint) else {
            return Pushed::Refused(
                "The browser's push service has no address that can be called.".to_owned(),
            );
        };
        let sealed = encryption::encrypt(&to.p256dh, &to.auth, message, &self.random);
        let (Some(body), Some(headers)) = (sealed, self.headers(&target, topic, now_s)) else {
            return Pushed::Refused("The browser's key is not one that can be used.".to_owned());
        };
        let reply = Line::new(self.outbound.clone()).post(&target, &headers, Bytes::from(body)).await;
        match reply {
            Ok(reply) => judged(reply.status, reply.retry_after_s),
            Err(Failure::PrivateAddress) => {
                Pushed::Refused(format!("The push service cannot be called: {}.", Failure::PrivateAddress))
            }
            Err(failure) => Pushed::Later(None, format!("The push service did not answer: {failure}.")),
        }
    }

    fn headers(&self, target: &Target, topic: Option<&str>, now_s: u64) -> Option<HeaderMap> {
        let mut headers = HeaderMap::new();
        let authorization = format!("vapid t={}, k={}", self.token(&target.origin(), now_s)?, self.public);
        headers.insert(AUTHORIZATION, HeaderValue::from_str(&authorization).ok()?);
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("aes128gcm"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        headers.insert(HeaderName::from_static("ttl"), HeaderValue::from(limit::ALERT_RETRY_S));
        headers.insert(HeaderName::from_static("urgency"), HeaderValue::from_static("high"));
        if let Some(topic) = topic {
            headers.insert(HeaderName::from_static("topic"), HeaderValue::from_str(&short(topic)).ok()?);
        }
        Some(headers)
    }

    /// The signed word that it is us (RFC 8292, 2).
    fn token(&self, audience: &str, now_s: u64) -> Option<String> {
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let claims = json!({"aud": audience, "exp": now_s + SIGNED_FOR_S, "sub": self.contact});
        let signed = format!("{}.{}", part(json!({"typ": "JWT", "alg": "ES256"})), part(claims));
        let signature = self.keys.sign(&self.random, signed.as_bytes()).ok()?;
        Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref())))
    }
}

/// Where a subscription's endpoint leads; `None` for what is none. Unencrypted only to an address that is
/// written as numbers, as a test or a machine next door has: the guard decides on those.
pub fn target(endpoint: &str) -> Option<Target> {
    let target = Target::parse(endpoint)?;
    let is_number = target.host().parse::<std::net::IpAddr>().is_ok();
    (target.is_https() || is_number).then_some(target)
}

fn read(document: &[u8], random: &SystemRandom) -> Result<EcdsaKeyPair> {
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document, random);
    pair.ok().context("the key pair for pushes is damaged")
}

/// A topic has 32 characters at most (RFC 8030, 5.4), and tells the push service nothing.
fn short(topic: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(topic.as_bytes())[..24])
}

fn judged(status: u16, retry_after_s: Option<u64>) -> Pushed {
    match status {
        200..=299 => Pushed::Taken,
        404 | 410 => {
            Pushed::Gone(format!("The browser takes no pushes any more: its push service said {status}."))
        }
        429 | 500..=599 => Pushed::Later(retry_after_s, format!("The push service said {status}.")),
        _ => Pushed::Refused(format!("The push service said {status}.")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    fn web_push() -> WebPush {
        let outbound = Arc::new(Outbound::new(Vec::new()).unwrap());
        WebPush::new(&WebPush::make_keys().unwrap(), "mailto:ben@desk.example".into(), outbound).unwrap()
    }

    #[test]
    fn the_servers_word_is_signed_for_one_push_service_and_half_a_day() {
        let push = web_push();
        let token = push.token("https://push.example", 1_000).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&decoded(parts[1])).unwrap();
        assert_eq!(
            claims,
            json!({"aud": "https://push.example", "exp": 44_200, "sub": "mailto:ben@desk.example"})
        );
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decoded(push.public_key()));
        key.verify(format!("{}.{}", parts[0], parts[1]).as_bytes(), &decoded(parts[2])).unwrap();
    }

    #[test]
    fn a_topic_is_one_of_32_characters_and_names_no_conversation() {
        let topic = short("cnv_0123");
        assert!(topic.len() == 32 && !topic.contains("cnv"), "{topic}");
        assert_ne!(topic, short("cnv_0124"));
    }

    #[test]
    fn every_answer_of_a_push_service_has_a_meaning() {
        assert_eq!(judged(201, None), Pushed::Taken);
        assert!(matches!(judged(410, None), Pushed::Gone(why) if why.contains("410")));
        assert!(matches!(judged(404, None), Pushed::Gone(_)));
        assert!(matches!(judged(429, Some(7)), Pushed::Later(Some(7), _)));
        assert!(matches!(judged(503, None), Pushed::Later(None, _)));
        assert!(matches!(judged(413, None), Pushed::Refused(why) if why.contains("413")));
    }

    #[tokio::test]
    async fn s18_a_push_service_inside_the_private_network_is_not_called() {
        let to = |endpoint: &str| Subscription {
            device_id: "dev_1".into(),
            endpoint: endpoint.into(),
            p256dh: URL_SAFE_NO_PAD.decode(WebPush::make_keys().unwrap().public).unwrap(),
            auth: vec![1; 16],
        };
        let said = web_push().push(&to("http://127.0.0.1:9/push"), None, b"hello", 1).await;
        assert!(matches!(&said, Pushed::Refused(why) if why.contains("private")), "{said:?}");
        let said = web_push().push(&to("http://push.example/plain"), None, b"hello", 1).await;
        assert!(matches!(said, Pushed::Refused(_)), "{said:?}");
    }
}
