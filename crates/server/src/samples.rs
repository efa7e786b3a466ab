//! Secrets that were printed in public and copied from there (S5): known to everybody, so good for nobody.
//! Decides which they are, and where a server that uses one may be heard. Knows nothing of how they got here.

use crate::apps::AppSettings;
use crate::settings::{PublicAddress, Settings};
use std::net::IpAddr;

/// The keys, secrets and tokens of the documents that this server was first asked for by.
pub const SAMPLES: &[&str] = &[
    "alsernet-app-key",
    "your-secret-key",
    "ysgs6pjrsn52uowbeuv7",
    "rxwhpi87dw3zrebvtsbm",
    "chatbot-pusher-key",
    "your-pusher-key",
    "your-app-key",
    "your-app-secret",
    "cbw_8aeac9a25ec3c4bb927b8586378f412dec197aa971f9bb04fe8c64461d03",
];

/// Is it one of them?
pub fn is_sample(word: &str) -> bool {
    SAMPLES.contains(&word)
}

/// Settings that have a sample for their value, as people know them.
pub fn in_use(settings: &Settings) -> Vec<String> {
    let mut found = Vec::new();
    let mut look = |name: String, value: &str| {
        if is_sample(value) {
            found.push(name);
        }
    };
    if let Some(AppSettings { key, secret, .. }) = &settings.chat_app {
        look("REVERB_APP_KEY".to_owned(), key);
        look("REVERB_APP_SECRET".to_owned(), secret);
    }
    for AppSettings { id, key, secret, .. } in &settings.apps {
        look(format!("the key of app {id}"), key);
        look(format!("the secret of app {id}"), secret);
    }
    if let Some(foreign) = &settings.provider {
        look("PUSHER_APP_KEY".to_owned(), &foreign.key);
        look("PUSHER_APP_SECRET".to_owned(), &foreign.secret);
    }
    found
}

/// Why a server must not start with these settings: with a sample it may be heard on this machine
/// alone, where both documents' `.env` work as they stand (ruling 4).
pub fn refusal(settings: &Settings) -> Option<String> {
    let found = in_use(settings);
    if found.is_empty() || is_heard_here_alone(settings) {
        return None;
    }
    let what = if found.len() == 1 { "is a sample" } else { "are samples" };
    Some(format!(
        "{} {what} printed in public, so that anybody could speak as this server. Choose your own (such as `openssl \
         rand -hex 20` prints), leave REVERB_APP_* out to have them made, or try it with --host 127.0.0.1.",
        found.join(" and ")
    ))
}

fn is_heard_here_alone(settings: &Settings) -> bool {
    let host = settings.host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback =
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    is_loopback
        && settings.extra_listen.iter().all(|address| address.ip().is_loopback())
        && settings.public.as_ref().is_none_or(PublicAddress::is_loopback)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::settings::Flags;

    fn refused(env: &[(&str, &str)]) -> Option<String> {
        let get = |name: &str| env.iter().find(|(n, _)| *n == name).map(|(_, value)| value.to_string());
        refusal(&Settings::gather(&Flags::default(), get, &[]).unwrap())
    }

    const SEED_B: [(&str, &str); 3] = [
        ("REVERB_APP_ID", "601452"),
        ("REVERB_APP_KEY", "ysgs6pjrsn52uowbeuv7"),
        ("REVERB_APP_SECRET", "rxwhpi87dw3zrebvtsbm"),
    ];

    #[test]
    fn s5_samples_are_named_without_their_values_unless_only_this_machine_hears_them() {
        let said = refused(&SEED_B).unwrap();
        assert!(said.starts_with("REVERB_APP_KEY and REVERB_APP_SECRET are samples"), "{said}");
        assert!(!SAMPLES.iter().any(|sample| said.contains(sample)), "{said}");
        let here =
            [&SEED_B[..], &[("REVERB_SERVER_HOST", "127.0.0.1"), ("REVERB_HOST", "localhost")]].concat();
        assert_eq!(refused(&here), None);
        for more in [("FRONTDESK_PUBLIC_URL", "https://chat.example"), ("FRONTDESK_EXTRA_LISTEN", "8000")] {
            assert!(refused(&[&here[..], &[more]].concat()).is_some(), "{more:?}");
        }
        assert_eq!(refused(&[SEED_B[0], ("REVERB_APP_KEY", "own"), ("REVERB_APP_SECRET", "word")]), None);
    }

    #[test]
    fn s5_a_providers_sample_is_refused_too() {
        let env = [
            ("BROADCAST_CONNECTION", "pusher"),
            ("PUSHER_APP_ID", "your-app-id"),
            ("PUSHER_APP_KEY", "own"),
            ("PUSHER_APP_SECRET", "your-app-secret"),
            ("PUSHER_APP_CLUSTER", "mt1"),
        ];
        assert!(refused(&env).unwrap().starts_with("PUSHER_APP_SECRET is a sample"));
    }
}
