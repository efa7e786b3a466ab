//! Channel names: which are valid, and what their prefix means (contract 1.8). Knows
//! nothing of subscriptions and of the chat's own channels.

use crate::frame::Compat;
use crate::{Refusal, Refused, limit};

/// What a subscription needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Public,
    /// A signature.
    Private,
    /// A signature over `channel_data` that names a member.
    Presence,
    /// To be signed in as this user.
    ServerToUser,
}

/// What a name's prefix says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// What a subscription needs.
    pub access: Access,
    /// Payloads are encrypted end to end; the server only forwards them.
    pub encrypted: bool,
    /// The last event is kept for whoever comes later.
    pub cache: bool,
}

/// Before the id of the one user who may hear it.
const SERVER_TO_USER: &str = "#server-to-user-";

/// The channel that is for this user alone.
pub fn server_to_user_name(user_id: &str) -> String {
    format!("{SERVER_TO_USER}{user_id}")
}

/// The user whom a `#server-to-user-` channel is for.
pub fn server_to_user(name: &str) -> Option<&str> {
    name.strip_prefix(SERVER_TO_USER)
}

impl Kind {
    /// The kind of a name. Prefixes count at the start only: `my-cache-x` is a plain channel.
    pub fn of(name: &str) -> Kind {
        if server_to_user(name).is_some() {
            return Kind { access: Access::ServerToUser, encrypted: false, cache: false };
        }
        let (access, rest) = match (name.strip_prefix("private-"), name.strip_prefix("presence-")) {
            (Some(rest), _) => (Access::Private, rest),
            (None, Some(rest)) => (Access::Presence, rest),
            (None, None) => (Access::Public, name),
        };
        let secret = if access == Access::Private { rest.strip_prefix("encrypted-") } else { None };
        let rest = secret.unwrap_or(rest);
        Kind { access, encrypted: secret.is_some(), cache: rest.starts_with("cache-") }
    }

    /// May subscribers send each other events (contract 1.8)? Reverb lets them on public channels too (1.16).
    pub fn takes_client_events(self, compat: Compat) -> bool {
        match self.access {
            Access::Private | Access::Presence => !self.encrypted,
            Access::Public => compat == Compat::Reverb,
            Access::ServerToUser => false,
        }
    }
}

/// Is this a name a channel may have? Reverb checks nothing; in its mode only the length
/// and control characters count (contract 1.8).
pub fn check(name: &str, compat: Compat) -> Result<(), Refused> {
    if name.is_empty() || name.len() > limit::CHANNEL_NAME_BYTES {
        let limit = limit::CHANNEL_NAME_BYTES;
        return Err(Refusal::InvalidChannel
            .because(format!("It has {} bytes, allowed are 1 to {limit}.", name.len())));
    }
    if has_alphabet(server_to_user(name).unwrap_or(name), compat) {
        Ok(())
    } else {
        Err(Refusal::InvalidChannel.because("Allowed are letters, digits and _-=@,.; only."))
    }
}

/// Is this an id that a signed-in user may have? It has the alphabet of channel names, because it
/// stands in one (contract 1.10).
pub fn is_user_id(id: &str, compat: Compat) -> bool {
    (1..=limit::USER_ID_CHARS).contains(&id.chars().count()) && has_alphabet(id, compat)
}

fn has_alphabet(text: &str, compat: Compat) -> bool {
    match compat {
        Compat::Pusher => text.chars().all(|c| c.is_ascii_alphanumeric() || "_-=@,.;".contains(c)),
        Compat::Reverb => !text.chars().any(char::is_control),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contract_1_8_each_prefix_has_its_kind_and_counts_at_the_start_only() {
        use Access::{Presence, Private, Public, ServerToUser};
        for (name, access, encrypted, cache) in [
            ("news", Public, false, false),
            ("cache-news", Public, false, true),
            ("my-cache-news", Public, false, false),
            ("my-private-news", Public, false, false),
            ("private-x", Private, false, false),
            ("private-cache-x", Private, false, true),
            ("private-encrypted-x", Private, true, false),
            ("private-encrypted-cache-x", Private, true, true),
            ("private-my-cache-x", Private, false, false),
            ("presence-x", Presence, false, false),
            ("presence-cache-x", Presence, false, true),
            ("presence-encrypted-x", Presence, false, false),
            ("#server-to-user-7", ServerToUser, false, false),
        ] {
            assert_eq!(Kind::of(name), Kind { access, encrypted, cache }, "{name}");
        }
    }

    #[test]
    fn contract_1_8_client_events_travel_on_signed_channels_that_are_not_encrypted() {
        let takes = |name, compat| Kind::of(name).takes_client_events(compat);
        assert!(takes("private-x", Compat::Pusher));
        assert!(takes("private-cache-x", Compat::Pusher));
        assert!(takes("presence-x", Compat::Pusher));
        assert!(!takes("private-encrypted-x", Compat::Pusher));
        assert!(!takes("#server-to-user-7", Compat::Reverb));
        assert!(!takes("news", Compat::Pusher));
        assert!(takes("news", Compat::Reverb));
    }

    #[test]
    fn names_outside_the_alphabet_or_the_limit_are_refused() {
        let valid = |name: &str| check(name, Compat::Pusher).is_ok();
        assert!(valid("private-Chat_1=@,.;"));
        assert!(valid("#server-to-user-7"));
        assert!(valid(&"x".repeat(200)));
        for name in ["", "a b", "a:b", "a/b", "ä", "a\n", "#other", "##server-to-user-1", &"x".repeat(201)] {
            assert!(!valid(name), "{name:?}");
        }
    }

    #[test]
    fn contract_1_10_a_users_id_is_short_and_in_the_alphabet_of_channels() {
        let valid = |id: &str| is_user_id(id, Compat::Pusher);
        assert!(valid("7") && valid("ana@shop.example") && valid(&"x".repeat(128)));
        for id in ["", "a b", "#1", "ä", &"x".repeat(129)] {
            assert!(!valid(id), "{id:?}");
        }
        assert!(is_user_id("App:1 ä", Compat::Reverb) && !is_user_id("a\n", Compat::Reverb));
    }

    #[test]
    fn reverb_mode_takes_looser_names_but_no_control_characters() {
        let valid = |name: &str| check(name, Compat::Reverb).is_ok();
        assert!(valid("App.Models.User:1 ä"));
        assert!(!valid("a\n"));
        assert!(!valid(""));
        assert!(!valid(&"x".repeat(201)));
    }
}
