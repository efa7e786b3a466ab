//! The secrets that the server makes for itself at first start, in `secrets.toml` beside the
//! database, readable by its owner alone. Knows nothing of what they open.

use crate::apps::{AppKeys, AppSettings};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// What stands in `secrets.toml`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secrets {
    /// The chat's own Pusher app.
    pub app_id: String,
    /// Its public key.
    pub app_key: String,
    /// Its secret.
    pub app_secret: String,
    /// Lets the command line talk to the running server.
    pub operator_token: String,
}

impl Secrets {
    /// Reads the file, or makes it with mode 0600 at first start.
    ///
    /// # Errors
    /// When the folder cannot be written or the file cannot be read.
    pub fn load_or_make(data: &Path) -> Result<Secrets> {
        let path = data.join("secrets.toml");
        match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text)
                .map_err(|_| anyhow::anyhow!("{} is damaged; restore it from a backup", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => make(&path),
            Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
        }
    }

    /// The chat's app: the one the environment names, else the generated one.
    pub fn chat_app(&self, named: Option<&AppSettings>) -> AppKeys {
        named.map(AppSettings::keys).unwrap_or_else(|| AppKeys {
            id: self.app_id.clone(),
            key: self.app_key.clone(),
            secret: self.app_secret.clone(),
        })
    }
}

fn make(path: &Path) -> Result<Secrets> {
    let secrets = Secrets {
        // Digits alone: Pusher's SDK for Python takes no other app id.
        app_id: random_of(b"123456789", 10),
        app_key: random_word(20),
        app_secret: random_word(32),
        operator_token: format!("fdo_{}", random_word(43)),
    };
    let text = toml::to_string(&secrets).context("secrets are plain strings")?;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    writeln!(file, "# Made at first start. Whoever reads this file can speak as this server.\n{text}")?;
    file.sync_all()?;
    Ok(secrets)
}

/// `length` characters of `[a-z0-9]`.
pub fn random_word(length: usize) -> String {
    random_of(b"abcdefghijklmnopqrstuvwxyz0123456789", length)
}

/// Characters of the alphabet, each drawn alike: bytes that would favour some are dropped.
fn random_of(alphabet: &[u8], length: usize) -> String {
    let fair_below = 256 / alphabet.len() * alphabet.len();
    let mut word = String::with_capacity(length);
    let mut bytes = [0_u8; 64];
    while word.len() < length {
        getrandom::fill(&mut bytes).expect("the operating system has random numbers");
        let fair = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < fair_below);
        word.extend(fair.take(length - word.len()).map(|byte| char::from(alphabet[byte % alphabet.len()])));
    }
    word
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn secrets_are_made_once_and_only_their_owner_reads_them() {
        let folder = std::env::temp_dir().join(format!("frontdesk-secrets-{}", random_word(8)));
        std::fs::create_dir(&folder).unwrap();
        let first = Secrets::load_or_make(&folder).unwrap();
        let second = Secrets::load_or_make(&folder).unwrap();
        assert_eq!(first.app_secret, second.app_secret);
        assert!(first.app_id.len() == 10 && first.app_id.bytes().all(|byte| byte.is_ascii_digit()));
        let mode = std::fs::metadata(folder.join("secrets.toml")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
