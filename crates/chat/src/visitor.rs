//! Visitors: who comes back with the right secret is the same visitor, everybody else a new
//! one. Knows nothing of what visitors write.

use crate::conversation::visitor_face;
use crate::db::sql::{both, postgres_only, statements};
use crate::db::{Tx, values};
use crate::people::Visitor;
use crate::{Answer, Chat, block, check, secret, session, widget};
use wire::api::{SessionReply, SessionRequest};
use wire::limit::VISITOR_SESSION_S;
use wire::{Refusal, Refused};

statements! {
    // Tabs of one visitor that ask together share one session.
    LOCK = postgres_only("SELECT id FROM visitors WHERE widget_id = ?1 AND secret_hash = ?2 FOR UPDATE");
    BY_SECRET = both("SELECT id FROM visitors WHERE widget_id = ?1 AND secret_hash = ?2");
    ADD = both(
        "INSERT INTO visitors (id, widget_id, secret_hash, name, email, created_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    );
    LABEL = both(
        "UPDATE visitors SET name = COALESCE(?2, name), email = COALESCE(?3, email) WHERE id = ?1 AND verified = 0",
    );
    FACE = both("SELECT id, name, email, verified FROM visitors WHERE id = ?1");
    NEWEST_CONVERSATION = both(
        "SELECT id FROM conversations WHERE visitor_id = ?1 AND status = 'open' \
         ORDER BY created_ms DESC, id DESC LIMIT 1",
    );
    BY_TOKEN = both(
        "SELECT s.id, v.widget_id, w.origins, v.id, v.name, v.email, v.verified FROM session_tokens t \
         JOIN sessions s ON s.id = t.session_id JOIN visitors v ON v.id = s.person_id \
         JOIN widgets w ON w.id = v.widget_id WHERE t.token_hash = ?1 AND t.expires_ms > ?2 AND s.kind = 'visitor'",
    );
}

/// What a visitor says of themselves: a label, never a proof (S3).
struct Labels {
    name: Option<String>,
    email: Option<String>,
}

impl Chat {
    /// Opens or renews a visitor's session. A wrong or foreign secret is a new visitor, and
    /// the reply does not tell.
    pub async fn open_session(
        &self,
        widget_id: &str,
        request: SessionRequest,
        now_ms: u64,
    ) -> Answer<SessionReply> {
        let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let labels = Labels {
            name: filled(request.name).map(|name| check::name("name", &name)).transpose()?,
            email: filled(request.email).map(|email| check::email(&email)).transpose()?,
        };
        let (widget_id, secret) = (widget_id.to_owned(), request.secret);
        let open = move |tx: &mut Tx<'_>| {
            let known = returning(tx, &widget_id, secret.as_deref(), &labels)?;
            let (visitor_id, secret) = match known {
                Some(known) => known,
                None => new_visitor(tx, &widget_id, &labels, now_ms)?,
            };
            reply(tx, &visitor_id, secret, now_ms)
        };
        self.db.write(open).await
    }

    /// Whose session this token is for, or [`Refusal::SessionExpired`].
    pub async fn visitor(&self, token: &str, now_ms: u64) -> Answer<Visitor> {
        let hash = secret::hash(token);
        let find = move |tx: &mut Tx<'_>| {
            let mut row = tx.one(&BY_TOKEN, values![&hash, now_ms])?.ok_or(Refusal::SessionExpired)?;
            let face = visitor_face(&mut row, 3);
            Ok(Visitor {
                id: face.id,
                name: face.name,
                session_id: row.text(0),
                widget_id: row.text(1),
                origins: widget::origins(&row.text(2))?,
            })
        };
        self.db.read(find).await
    }
}

/// The visitor this secret proves, with what they now call themselves.
fn returning(
    tx: &mut Tx<'_>,
    widget_id: &str,
    secret: Option<&str>,
    labels: &Labels,
) -> Result<Option<(String, String)>, Refused> {
    let Some(secret) = secret else { return Ok(None) };
    let hash = secret::hash(secret);
    tx.lock(&LOCK, values![widget_id, &hash])?;
    let Some(mut row) = tx.one(&BY_SECRET, values![widget_id, &hash])? else { return Ok(None) };
    let id = row.text(0);
    if labels.name.is_some() || labels.email.is_some() {
        tx.run(&LABEL, values![&id, labels.name.as_ref(), labels.email.as_ref()])?;
    }
    Ok(Some((id, secret.to_owned())))
}

fn new_visitor(
    tx: &mut Tx<'_>,
    widget_id: &str,
    labels: &Labels,
    now_ms: u64,
) -> Result<(String, String), Refused> {
    let (id, secret) = (secret::id("vis_", now_ms), secret::token("fds_"));
    let (name, email) = (labels.name.as_ref(), labels.email.as_ref());
    tx.run(&ADD, values![&id, widget_id, &secret::hash(&secret), name, email, now_ms])?;
    Ok((id, secret))
}

fn reply(tx: &mut Tx<'_>, visitor_id: &str, secret: String, now_ms: u64) -> Result<SessionReply, Refused> {
    let face = visitor_face(&mut tx.one(&FACE, values![visitor_id])?.ok_or(Refusal::Internal)?, 0);
    block::check_visitor(tx, visitor_id, face.email.as_deref(), now_ms)?;
    let expires_ms = now_ms + VISITOR_SESSION_S * 1_000;
    let opened = session::open_for_visitor(tx, visitor_id, now_ms, expires_ms)?;
    let newest = tx.one(&NEWEST_CONVERSATION, values![visitor_id])?;
    Ok(SessionReply {
        success: true,
        token: opened.token,
        expires_in_s: VISITOR_SESSION_S,
        secret,
        visitor: face,
        conversation_id: newest.map(|mut row| row.text(0)),
    })
}
