//! The one gate of identity (S3): decides from the widget's secrets whether a website vouched for a
//! visitor, and for what of them. Knows no database, no clock, and not what the verified may see.

use crate::contact::{Attributes, SignedId};
use crate::{Refusal, Refused, limit, sign};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

/// What came to prove who somebody is; not yet believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// A JWT, signed with HS256.
    Token(String),
    /// An id and its HMAC-SHA256, as other chats have it: for migration.
    Hash(SignedId),
}

/// What the gate goes by.
#[derive(Clone, Copy, Debug)]
pub struct Gate<'a> {
    /// Whose secrets these are; what a token's `aud` has to name, if it has one.
    pub widget_id: &'a str,
    /// Each is good.
    pub secrets: &'a [String],
    /// Unix time.
    pub now_s: u64,
}

/// A person whom the website vouched for. Only [`Gate::verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// What the website calls them.
    pub external_id: String,
    /// What else was signed; a hash signs the id and nothing else.
    pub profile: Option<Profile>,
}

/// What a token says of a person; absent is not said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Name.
    pub name: Option<String>,
    /// E-mail.
    pub email: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Whatever else the website knows.
    pub attributes: Option<Attributes>,
}

impl Claim {
    /// What a request carries.
    ///
    /// # Errors
    /// `invalid-field` when it carries both: which of two people should be believed?
    pub fn of(jwt: Option<String>, identity: Option<SignedId>) -> Result<Option<Claim>, Refused> {
        match (jwt, identity) {
            (None, None) => Ok(None),
            (Some(token), None) => Ok(Some(Claim::Token(token))),
            (None, Some(signed)) => Ok(Some(Claim::Hash(signed))),
            (Some(_), Some(_)) => Err(Refusal::InvalidField.because("Send jwt or identity, not both.")),
        }
    }
}

/// The key of `identifier_hash`. With the key of tokens, a person who may choose their own id could
/// choose one that reads like a token's first two parts, and the website would sign it for them.
pub fn hash_secret(secret: &str) -> String {
    sign::digest(secret, b"identifier_hash")
}

impl Gate<'_> {
    /// Who this is.
    ///
    /// # Errors
    /// `identity-refused`, saying why: never what a right one would be.
    pub fn verify(&self, claim: &Claim) -> Result<Verified, Refused> {
        if self.secrets.is_empty() {
            return Err(no("This widget has no identity secret."));
        }
        match claim {
            Claim::Token(token) => self.verify_token(token),
            Claim::Hash(signed) => self.verify_hash(signed),
        }
    }

    fn verify_token(&self, token: &str) -> Result<Verified, Refused> {
        if token.len() > limit::IDENTITY_TOKEN_BYTES {
            let most = limit::IDENTITY_TOKEN_BYTES;
            return Err(no(format!("The token has more than {most} bytes.")));
        }
        let shape = || no("The token is not three parts with dots between.");
        let (signed, signature) = token.rsplit_once('.').ok_or_else(shape)?;
        let (header, payload) = signed.split_once('.').ok_or_else(shape)?;
        let header: Header = part("header", header)?;
        if header.alg != "HS256" {
            return Err(no("alg has to be HS256."));
        }
        // RFC 7515, 4.1.11: who does not understand what is critical must refuse.
        if header.crit.is_some() {
            return Err(no("The header has crit, which this server does not know."));
        }
        let signature =
            URL_SAFE_NO_PAD.decode(signature).map_err(|_| no("The signature is not base64url."))?;
        let keys = self.secrets.iter().map(String::as_bytes);
        if !signed_by(keys, signed.as_bytes(), &signature) {
            return Err(no("The signature is not of this widget's secret."));
        }
        let claims: Claims = part("payload", payload)?;
        claims.check_times(self.now_s)?;
        claims.check_audience(self.widget_id)?;
        let external_id = external_id("sub", claims.sub.as_deref().unwrap_or_default())?;
        let Claims { name, email, phone, attributes, .. } = claims;
        Ok(Verified { external_id, profile: Some(Profile { name, email, phone, attributes }) })
    }

    fn verify_hash(&self, signed: &SignedId) -> Result<Verified, Refused> {
        let external_id = external_id("id", &signed.id)?;
        let hash = hex::decode(&signed.identifier_hash)
            .map_err(|_| no("identifier_hash is not 64 hexadecimal digits."))?;
        let keys: Vec<String> = self.secrets.iter().map(|secret| hash_secret(secret)).collect();
        if !signed_by(keys.iter().map(String::as_bytes), external_id.as_bytes(), &hash) {
            return Err(no("identifier_hash is not of this id and this widget's hash secret."));
        }
        Ok(Verified { external_id, profile: None })
    }
}

#[derive(Deserialize)]
struct Header {
    #[serde(default)]
    alg: String,
    crit: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Claims {
    sub: Option<String>,
    exp: Option<f64>,
    nbf: Option<f64>,
    iat: Option<f64>,
    aud: Option<Audience>,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    attributes: Option<Attributes>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Claims {
    fn check_times(&self, now_s: u64) -> Result<(), Refused> {
        let (now, leeway) = (now_s as f64, limit::IDENTITY_LEEWAY_S as f64);
        let exp = self.exp.ok_or_else(|| no("exp is missing."))?;
        if exp + leeway <= now {
            return Err(no("The token has expired."));
        }
        if exp > now + leeway + limit::IDENTITY_AHEAD_S as f64 {
            let hours = limit::IDENTITY_AHEAD_S / 3600;
            return Err(no(format!("exp is more than {hours} hours ahead.")));
        }
        if self.nbf.is_some_and(|nbf| nbf > now + leeway) {
            return Err(no("nbf lies ahead."));
        }
        if self.iat.is_some_and(|iat| iat > now + leeway) {
            return Err(no("iat lies ahead."));
        }
        Ok(())
    }

    /// RFC 7519, 4.1.3: a token made for somebody else must be refused.
    fn check_audience(&self, widget_id: &str) -> Result<(), Refused> {
        let for_us = match &self.aud {
            None => true,
            Some(Audience::One(aud)) => aud == widget_id,
            Some(Audience::Several(auds)) => auds.iter().any(|aud| aud == widget_id),
        };
        if for_us { Ok(()) } else { Err(no("aud does not name this widget.")) }
    }
}

fn part<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, Refused> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| no(format!("The {name} is not base64url.")))?;
    serde_json::from_slice(&bytes).map_err(|_| no(format!("The {name} is not JSON of the right shape.")))
}

fn external_id(field: &str, id: &str) -> Result<String, Refused> {
    let most = limit::EXTERNAL_ID_BYTES;
    if id.trim().is_empty() || id.len() > most || id.contains(char::is_control) {
        return Err(no(format!("{field} has to have 1 to {most} bytes, and no control characters.")));
    }
    Ok(id.to_owned())
}

/// Every key is tried, whichever fits, and each comparison takes the same time however much is right.
fn signed_by<'k>(keys: impl Iterator<Item = &'k [u8]>, text: &[u8], signature: &[u8]) -> bool {
    keys.fold(false, |found, key| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(text);
        found | mac.verify_slice(signature).is_ok()
    })
}

fn no(why: impl Into<String>) -> Refused {
    Refusal::IdentityRefused.because(why)
}

/// Fuzz target (ruling 26): nothing makes the gate panic, and nobody comes in whose text was not
/// signed. A token is bytes; `h` before an id and a hash, with a space between, is a hash.
pub fn fuzz(bytes: &[u8]) {
    const SECRET: &str = "fdi_fuzz";
    let secrets = [SECRET.to_owned()];
    let gate = Gate { widget_id: "wgt_1", secrets: &secrets, now_s: 1_795_344_780 };
    let text = String::from_utf8_lossy(bytes);
    if let Some((id, hash)) = text.strip_prefix('h').and_then(|rest| rest.split_once(' ')) {
        let signed = SignedId { id: id.to_owned(), identifier_hash: hash.to_owned(), ..SignedId::default() };
        if let Ok(verified) = gate.verify(&Claim::Hash(signed)) {
            let right = sign::digest(&hash_secret(SECRET), verified.external_id.as_bytes());
            assert_eq!(hash.to_ascii_lowercase(), right);
        }
    }
    // As it came, and signed, so that what is behind the signature is reached too.
    let as_it_came = gate.verify(&Claim::Token(text.to_string()));
    assert!(
        as_it_came.is_err()
            || text.ends_with(&signature_of(SECRET, text.rsplit_once('.').unwrap_or_default().0))
    );
    let signed = token(SECRET, "{\"alg\":\"HS256\"}", &text);
    if let Ok(verified) = gate.verify(&Claim::Token(signed)) {
        assert!((1..=limit::EXTERNAL_ID_BYTES).contains(&verified.external_id.len()));
    }
    // The same text under another algorithm is nobody.
    assert!(gate.verify(&Claim::Token(token(SECRET, "{\"alg\":\"none\"}", &text))).is_err());
}

/// A token of these two texts, as a website's library makes it.
pub fn token(secret: &str, header: &str, payload: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = signature_of(secret, &signed);
    format!("{signed}.{signature}")
}

fn signature_of(secret: &str, signed: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(signed.as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
