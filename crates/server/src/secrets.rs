//! The secrets that the server makes for itself at first start, in `secrets.toml` beside the
//! database, readable by its owner alone. Knows nothing of what they open.

use crate::settings::AppKeys;
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
    pub fn chat_app(&self, named: Option<&AppKeys>) -> AppKeys {
        named.cloned().unwrap_or_else(|| AppKeys {
            id: self.app_id.clone(),
            key: self.app_key.clone(),
            secret: self.app_secret.clone(),
        })
    }
}

fn make(path: &Path) -> Result<Secrets> {
    let secrets = Secrets {
        app_id: random_word(10),
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

/// `length` characters of `[a-z0-9]`, each drawn alike: bytes that would favour some are dropped.
pub fn random_word(length: usize) -> String {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut word = String::with_capacity(length);
    let mut bytes = [0_u8; 64];
    while word.len() < length {
        getrandom::fill(&mut bytes).expect("the operating system has random numbers");
        let fair = bytes.iter().filter(|byte| **byte < 252);
        word.extend(fair.take(length - word.len()).map(|byte| char::from(ALPHABET[usize::from(*byte) % 36])));
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
        let mode = std::fs::metadata(folder.join("secrets.toml")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
