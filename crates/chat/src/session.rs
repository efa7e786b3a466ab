//! Sessions of visitors and agents: random tokens that are only kept hashed, and their end.
//! Knows nothing of how somebody proves who they are.
//!
//! A session keeps its id while it is renewed, so that open sockets stay; each renewal adds a
//! token, and earlier ones work until their own end: tabs share a session and renew it each
//! on their own.

use crate::db::sql::{both, statements};
use crate::db::{Row, Tx, values};
use crate::people::Call;
use crate::{Answer, Chat, device, secret};
use wire::api::SessionProfile;
use wire::time::rfc3339;
use wire::{Refused, limit};

statements! {
    ADD_FOR_VISITOR = both(
        "INSERT INTO sessions (id, kind, person_id, csrf, created_ms, expires_ms) VALUES (?1, 'visitor', ?2, '', ?3, ?4)",
    );
    ADD_FOR_AGENT = both(
        "INSERT INTO sessions (id, kind, person_id, csrf, created_ms, expires_ms, address, device) \
         VALUES (?1, 'agent', ?2, ?3, ?4, ?5, ?6, ?7)",
    );
    OF_AGENT = both(
        "SELECT id, created_ms, address, device FROM sessions WHERE person_id = ?1 AND expires_ms > ?2 \
         ORDER BY created_ms DESC, id DESC",
    );
    END_OTHERS = both("UPDATE sessions SET expires_ms = 0 WHERE person_id = ?1 AND id <> ?2");
    END_OTHERS_TOKENS = both(
        "DELETE FROM session_tokens WHERE session_id IN (SELECT id FROM sessions WHERE person_id = ?1 AND id <> ?2)",
    );
    ADD_TOKEN = both("INSERT INTO session_tokens (token_hash, session_id, expires_ms) VALUES (?1, ?2, ?3)");
    OF_PERSON = both(
        "SELECT id FROM sessions WHERE person_id = ?1 AND expires_ms > 0 ORDER BY expires_ms DESC LIMIT 1",
    );
    END_OF = both("SELECT expires_ms FROM sessions WHERE id = ?1 AND expires_ms > 0");
    // A token that ends sooner than others shortens nobody's session.
    RENEW = both("UPDATE sessions SET expires_ms = ?2 WHERE id = ?1 AND expires_ms < ?2");
    RENEW_TOKEN = both("UPDATE session_tokens SET expires_ms = ?2 WHERE token_hash = ?1");
    END = both("UPDATE sessions SET expires_ms = 0 WHERE id = ?1");
    END_TOKENS = both("DELETE FROM session_tokens WHERE session_id = ?1");
    END_ALL = both("UPDATE sessions SET expires_ms = 0 WHERE person_id = ?1");
    END_ALL_TOKENS = both(
        "DELETE FROM session_tokens WHERE session_id IN (SELECT id FROM sessions WHERE person_id = ?1)",
    );
    END_EXPIRED = both("DELETE FROM sessions WHERE expires_ms <= ?1 RETURNING id");
    END_EXPIRED_TOKENS = both("DELETE FROM session_tokens WHERE expires_ms <= ?1");
}

/// A session with the token that was just made for it.
pub(crate) struct Opened {
    pub(crate) session_id: String,
    pub(crate) token: String,
}

impl Chat {
    /// Deletes sessions that are over, and says which: their sockets have to close (ruling 5).
    pub async fn end_expired_sessions(&self, now_ms: u64) -> Answer<Vec<String>> {
        let end = move |tx: &mut Tx<'_>| {
            tx.run(&END_EXPIRED_TOKENS, values![now_ms])?;
            let ended = tx.all(&END_EXPIRED, values![now_ms])?;
            Ok(ended.into_iter().map(|mut row| row.text(0)).collect())
        };
        self.db.write(end).await
    }
}

/// A visitor's session: the one they have, renewed, or a new one.
pub(crate) fn open_for_visitor(
    tx: &mut Tx<'_>,
    visitor_id: &str,
    now_ms: u64,
    expires_ms: u64,
) -> Result<Opened, Refused> {
    let session_id = match tx.one(&OF_PERSON, values![visitor_id])? {
        Some(mut row) => {
            let id = row.text(0);
            tx.run(&RENEW, values![&id, expires_ms])?;
            id
        }
        None => add_for_visitor(tx, visitor_id, now_ms, expires_ms)?,
    };
    token(tx, session_id, "fdv_", expires_ms)
}

/// An agent's session: each sign-in has its own.
pub(crate) fn open_for_agent(
    tx: &mut Tx<'_>,
    agent_id: &str,
    csrf: &str,
    call: &Call,
    expires_ms: u64,
) -> Result<Opened, Refused> {
    let session_id = secret::id("ses_", call.at_ms);
    let device: String = call.device.chars().take(limit::DEVICE_CHARS).collect();
    tx.run(
        &ADD_FOR_AGENT,
        values![&session_id, agent_id, csrf, call.at_ms, expires_ms, &call.from, &device],
    )?;
    token(tx, session_id, "fda_", expires_ms)
}

/// Where an agent is signed in, the newest first; `this` is the session that asks.
pub(crate) fn of_agent(
    tx: &mut Tx<'_>,
    agent_id: &str,
    this: &str,
    now_ms: u64,
) -> Result<Vec<SessionProfile>, Refused> {
    let profile = |mut row: Row| {
        let id = row.text(0);
        SessionProfile {
            is_this: id == this,
            id,
            since: rfc3339(row.number(1)),
            address: row.maybe_text(2).unwrap_or_default(),
            device: row.maybe_text(3).unwrap_or_default(),
        }
    };
    Ok(tx.all(&OF_AGENT, values![agent_id, now_ms])?.into_iter().map(profile).collect())
}

/// Ends every session of a person but this one, as [`end`] does.
pub(crate) fn end_others(tx: &mut Tx<'_>, person_id: &str, session_id: &str) -> Result<(), Refused> {
    device::forget_of_others(tx, person_id, session_id)?;
    tx.run(&END_OTHERS_TOKENS, values![person_id, session_id])?;
    tx.run(&END_OTHERS, values![person_id, session_id]).map(|_| ())
}

/// Moves the end of a session and of one of its tokens.
pub(crate) fn renew(
    tx: &mut Tx<'_>,
    session_id: &str,
    token_hash: &str,
    expires_ms: u64,
) -> Result<(), Refused> {
    tx.run(&RENEW, values![session_id, expires_ms])?;
    tx.run(&RENEW_TOKEN, values![token_hash, expires_ms]).map(|_| ())
}

/// When this session ends; `None` once it has.
pub(crate) fn end_of(tx: &mut Tx<'_>, session_id: &str) -> Result<Option<u64>, Refused> {
    Ok(tx.one(&END_OF, values![session_id])?.map(|mut row| row.number(0)))
}

/// Ends one session: its tokens are gone at once, its row with the next [`Chat::end_expired_sessions`],
/// which is how its sockets come to be closed however it ended. Its browser takes no pushes any more.
pub(crate) fn end(tx: &mut Tx<'_>, session_id: &str) -> Result<(), Refused> {
    device::forget_of_session(tx, session_id)?;
    tx.run(&END_TOKENS, values![session_id])?;
    tx.run(&END, values![session_id]).map(|_| ())
}

/// Ends every session of a person, in the same way.
pub(crate) fn end_all(tx: &mut Tx<'_>, person_id: &str) -> Result<(), Refused> {
    device::forget_of_agent(tx, person_id)?;
    tx.run(&END_ALL_TOKENS, values![person_id])?;
    tx.run(&END_ALL, values![person_id]).map(|_| ())
}

fn add_for_visitor(
    tx: &mut Tx<'_>,
    visitor_id: &str,
    now_ms: u64,
    expires_ms: u64,
) -> Result<String, Refused> {
    let id = secret::id("ses_", now_ms);
    tx.run(&ADD_FOR_VISITOR, values![&id, visitor_id, now_ms, expires_ms])?;
    Ok(id)
}

fn token(tx: &mut Tx<'_>, session_id: String, prefix: &str, expires_ms: u64) -> Result<Opened, Refused> {
    let token = secret::token(prefix);
    tx.run(&ADD_TOKEN, values![&secret::hash(&token), &session_id, expires_ms])?;
    Ok(Opened { session_id, token })
}
