//! Random ids, tokens and secrets, and how tokens and passwords are kept: never as they are.
//! Knows nothing of who they belong to.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use tokio::sync::Semaphore;
use uuid::{NoContext, Timestamp, Uuid};
use wire::{Refusal, Refused};

/// `cbw_` and so many characters of `[0-9a-z]` (R40).
const WIDGET_TOKEN_CHARS: usize = 60;

/// `prefix` and a UUIDv7 of this moment.
pub(crate) fn id(prefix: &str, now_ms: u64) -> String {
    let nanos = u32::try_from(now_ms % 1_000 * 1_000_000).expect("below a second");
    let uuid = Uuid::new_v7(Timestamp::from_unix(NoContext, now_ms / 1_000, nanos));
    let mut id = String::with_capacity(prefix.len() + 32);
    id.push_str(prefix);
    id.push_str(uuid.simple().encode_lower(&mut Uuid::encode_buffer()));
    id
}

/// `prefix` and 256 random bits, base64url.
pub(crate) fn token(prefix: &str) -> String {
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random::<32>()))
}

/// What signs a webhook's calls, written as Standard Webhooks has it. Not hashed: it has to sign.
pub(crate) fn webhook_secret() -> String {
    format!("whsec_{}", STANDARD.encode(random::<32>()))
}

/// A widget's token.
pub(crate) fn widget_token() -> String {
    const ALPHABET: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut token = "cbw_".to_owned();
    while token.len() < "cbw_".len() + WIDGET_TOKEN_CHARS {
        // Bytes from 252 on would make the first letters of the alphabet likelier.
        let fair = random::<64>().into_iter().filter(|byte| *byte < 252);
        let room = "cbw_".len() + WIDGET_TOKEN_CHARS - token.len();
        token.extend(fair.take(room).map(|byte| char::from(ALPHABET[usize::from(byte % 36)])));
    }
    token
}

/// How a token is kept. It has 256 random bits, so a plain hash is enough, and finds it by key.
pub(crate) fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// A password's Argon2id hash, made on a thread that may block.
pub(crate) async fn hash_password(password: String) -> Result<String, Refused> {
    blocking(move || Argon2::default().hash_password(password.as_bytes()).ok().map(|hash| hash.to_string()))
        .await?
        .ok_or_else(|| Refusal::Internal.into())
}

/// Does the password match? Without a hash (an unknown e-mail) the same work is done in vain.
pub(crate) async fn password_matches(password: String, kept: Option<String>) -> Result<bool, Refused> {
    static NOBODY: LazyLock<Option<String>> =
        LazyLock::new(|| Argon2::default().hash_password(&random::<32>()).ok().map(|hash| hash.to_string()));
    blocking(move || {
        let nobody = NOBODY.as_deref();
        let Some(Ok(hash)) = kept.as_deref().or(nobody).map(PasswordHash::new) else { return false };
        let matches = Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
        matches && kept.is_some()
    })
    .await
}

/// On a thread that may block, as many at once as there are cores: each hash takes 19 MiB.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refused> {
    static PLACES: LazyLock<Semaphore> = LazyLock::new(|| {
        Semaphore::new(std::thread::available_parallelism().map_or(1, std::num::NonZero::get))
    });
    let _place = PLACES.acquire().await.map_err(|_| Refusal::Internal)?;
    tokio::task::spawn_blocking(work).await.map_err(|_| Refusal::Internal.into())
}

/// So many random bytes.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system has randomness");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn passwords_are_kept_as_argon2id_and_match_themselves_alone() {
        let kept = hash_password("correct horse".into()).await.expect("hashes");
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(password_matches("correct horse".into(), Some(kept.clone())).await.expect("checks"));
        assert!(!password_matches("correct mule".into(), Some(kept)).await.expect("checks"));
        assert!(!password_matches("correct horse".into(), None).await.expect("checks"));
    }

    #[test]
    fn ids_sort_by_time_and_tokens_have_their_shape() {
        let (first, second) = (id("msg_", 1_795_344_780_123), id("msg_", 1_795_344_780_124));
        assert!(first < second && first.len() == 36, "{first} {second}");
        let token = widget_token();
        assert_eq!(token.len(), 64);
        assert!(token[4..].bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase()));
        assert_ne!(super::token("fdv_"), super::token("fdv_"));
        assert_eq!(super::token("fdv_").len(), 4 + 43);
    }
}
