//! Visitors: who comes back with the right secret is the same visitor, everybody else a new
//! one. Knows nothing of what visitors write, and not how a website vouches for them.

use crate::conversation::visitor_face;
use crate::db::sql::{both, postgres_only, statements};
use crate::db::{Row, Tx, values};
use crate::identity::{self, Newcomer};
use crate::people::Visitor;
use crate::{Answer, Chat, block, check, mail, secret, session};
use wire::api::{SessionReply, SessionRequest};
use wire::contact::SignedId;
use wire::event::VisitorFace;
use wire::identity::Claim;
use wire::limit::VISITOR_SESSION_S;
use wire::{Refusal, Refused};

statements! {
    // Tabs of one visitor that ask together share one session.
    LOCK = postgres_only(
        "SELECT id FROM visitors WHERE widget_id = ?1 AND (secret_hash = ?2 \
         OR id = (SELECT visitor_id FROM mail_secrets WHERE secret_hash = ?2)) FOR UPDATE",
    );
    BY_SECRET = both(
        "SELECT id, contact_id FROM visitors WHERE widget_id = ?1 AND (secret_hash = ?2 \
         OR id = (SELECT visitor_id FROM mail_secrets WHERE secret_hash = ?2))",
    );
    LOCK_ID = postgres_only("SELECT id FROM visitors WHERE id = ?1 FOR UPDATE");
    BY_ID = both("SELECT id, contact_id FROM visitors WHERE id = ?1");
    ADD = both(
        "INSERT INTO visitors (id, widget_id, secret_hash, name, email, created_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    );
    // What a website vouched for, or an agent wrote down, is not a label any more.
    LABEL = both(
        "UPDATE visitors SET name = COALESCE(?2, name), email = COALESCE(?3, email) \
         WHERE id = ?1 AND verified = 0 AND contact_id IS NULL",
    );
    NEW_SECRET = both("UPDATE visitors SET secret_hash = ?2 WHERE id = ?1");
    FACE = both("SELECT id, name, email, verified FROM visitors WHERE id = ?1");
    NEWEST_CONVERSATION = both(
        "SELECT id FROM conversations WHERE status = 'open' AND visitor_id IN (SELECT v.id FROM visitors v \
         WHERE v.id = ?1 OR v.contact_id = (SELECT contact_id FROM visitors WHERE id = ?1)) \
         ORDER BY created_ms DESC, id DESC LIMIT 1",
    );
    BY_TOKEN = both(
        "SELECT s.id, v.widget_id, w.origins, v.id, v.name, v.email, v.verified, t.expires_ms FROM session_tokens t \
         JOIN sessions s ON s.id = t.session_id JOIN visitors v ON v.id = s.person_id \
         JOIN widgets w ON w.id = v.widget_id WHERE t.token_hash = ?1 AND t.expires_ms > ?2 AND s.kind = 'visitor'",
    );
}

/// What a visitor says of themselves: a label, never a proof (S3).
pub(crate) struct Labels {
    name: Option<String>,
    email: Option<String>,
}

impl Labels {
    /// What a request says beside its claim. A hash signs an id and no more, so what comes with it is
    /// a label too.
    pub(crate) fn of_claim(
        name: Option<String>,
        email: Option<String>,
        signed: Option<&SignedId>,
    ) -> Result<Labels, Refused> {
        let filled = |text: &String| !text.trim().is_empty();
        let name = signed.and_then(|signed| signed.name.clone()).filter(filled).or(name.filter(filled));
        let email = signed.and_then(|signed| signed.email.clone()).filter(filled).or(email.filter(filled));
        Ok(Labels {
            name: name.map(|name| check::name("name", &name)).transpose()?,
            email: email.map(|email| check::email(&email)).transpose()?,
        })
    }
}

/// A visitor who was here before.
pub(crate) struct Known {
    pub(crate) id: String,
    pub(crate) contact_id: Option<String>,
}

impl Chat {
    /// Opens or renews a visitor's session. A wrong or foreign secret is a new visitor, and
    /// the reply does not tell. A claim that is not good is refused, whatever else would do.
    pub async fn open_session(
        &self,
        widget_id: &str,
        request: SessionRequest,
        now_ms: u64,
    ) -> Answer<SessionReply> {
        let labels = Labels::of_claim(request.name, request.email, request.identity.as_ref())?;
        let claim = Claim::of(request.jwt, request.identity)?;
        let (given, code) = (request.secret, request.code);
        // A window goes on with what the session proved that opened it, for as long as that lasts.
        let handed_ms = if claim.is_none() { code.as_deref().and_then(mail::until_ms) } else { None };
        let verified = if handed_ms.is_some() { None } else { self.gate(widget_id, claim, now_ms).await? };
        let widget_id = widget_id.to_owned();
        let open = move |tx: &mut Tx<'_>| {
            if let Some(code) = &code {
                let (visitor_id, secret) = mail::enter(tx, &widget_id, code, now_ms)?;
                let until_ms = handed_ms.unwrap_or(u64::MAX);
                return reply_until(tx, &visitor_id, secret, now_ms, until_ms);
            }
            let known = returning(tx, &widget_id, given.as_deref())?;
            let (visitor_id, new_secret) = match (&verified, known) {
                (Some(verified), known) => {
                    let newcomer = Newcomer { widget_id: &widget_id, labels: &labels };
                    identity::admit(tx, known, &newcomer, verified, now_ms)?
                }
                (None, Some(known)) => {
                    label(tx, &known.id, &labels)?;
                    (known.id, None)
                }
                (None, None) => {
                    let (id, secret) = add(tx, &widget_id, &labels, now_ms)?;
                    (id, Some(secret))
                }
            };
            let secret = new_secret.or_else(|| given.clone()).ok_or(Refusal::Internal)?;
            reply(tx, &visitor_id, secret, now_ms)
        };
        self.db.write(open).await
    }

    /// A code that opens this visitor's session in another window, once (ruling 15).
    pub async fn popout_code(&self, visitor: &Visitor, now_ms: u64) -> Answer<String> {
        let visitor = visitor.clone();
        self.db.write(move |tx| mail::popout_code(tx, &visitor, now_ms)).await
    }

    /// The visitor signs out: every session on this secret ends, and the secret is worth nothing.
    pub async fn visitor_logout(&self, visitor: &Visitor) -> Answer<()> {
        let id = visitor.id.clone();
        self.db.write(move |tx| sign_out(tx, &id).map(|_| ())).await
    }

    /// Whose session this token is for, or [`Refusal::SessionExpired`].
    pub async fn visitor(&self, token: &str, now_ms: u64) -> Answer<Visitor> {
        let hash = secret::hash(token);
        let version = self.db.people_version();
        if let Some(known) = version.and_then(|version| self.known.find(&hash, version, now_ms)) {
            return Ok(known);
        }
        let key = hash.clone();
        let (visitor, expires_ms) = self.db.read(move |tx| by_token(tx, &key, now_ms)).await?;
        if let Some(version) = version {
            self.known.keep(hash, visitor.clone(), expires_ms, version);
        }
        Ok(visitor)
    }
}

/// Whose session this token is for, and when the token ends.
fn by_token(tx: &mut Tx<'_>, token_hash: &str, now_ms: u64) -> Result<(Visitor, u64), Refused> {
    let mut row = tx.one(&BY_TOKEN, values![token_hash, now_ms])?.ok_or(Refusal::SessionExpired)?;
    let face = visitor_face(&mut row, 3);
    let visitor = Visitor {
        id: face.id,
        name: face.name,
        session_id: row.text(0),
        widget_id: row.text(1),
        origins: row.json(2)?,
    };
    Ok((visitor, row.number(7)))
}

/// The visitor this secret proves.
fn returning(tx: &mut Tx<'_>, widget_id: &str, secret: Option<&str>) -> Result<Option<Known>, Refused> {
    let Some(secret) = secret else { return Ok(None) };
    let hash = secret::hash(secret);
    tx.lock(&LOCK, values![widget_id, &hash])?;
    Ok(tx.one(&BY_SECRET, values![widget_id, &hash])?.map(known))
}

/// The visitor whose session asks; nobody else changes them meanwhile.
pub(crate) fn locked(tx: &mut Tx<'_>, visitor_id: &str) -> Result<Known, Refused> {
    tx.lock(&LOCK_ID, values![visitor_id])?;
    tx.one(&BY_ID, values![visitor_id])?.map(known).ok_or_else(|| Refusal::SessionExpired.into())
}

fn known(mut row: Row) -> Known {
    Known { id: row.text(0), contact_id: row.maybe_text(1) }
}

/// A new visitor, and the secret that proves them.
pub(crate) fn add(
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

/// What they now call themselves.
pub(crate) fn label(tx: &mut Tx<'_>, visitor_id: &str, labels: &Labels) -> Result<(), Refused> {
    if labels.name.is_some() || labels.email.is_some() {
        tx.run(&LABEL, values![visitor_id, labels.name.as_ref(), labels.email.as_ref()])?;
    }
    Ok(())
}

/// Ends what the old secret opened, and that secret; answers the new one.
pub(crate) fn sign_out(tx: &mut Tx<'_>, visitor_id: &str) -> Result<String, Refused> {
    session::end_all(tx, visitor_id)?;
    mail::sign_out(tx, visitor_id)?;
    let secret = secret::token("fds_");
    tx.run(&NEW_SECRET, values![visitor_id, &secret::hash(&secret)])?;
    Ok(secret)
}

/// The visitor as agents see them.
pub(crate) fn face(tx: &mut Tx<'_>, visitor_id: &str) -> Result<VisitorFace, Refused> {
    let mut row = tx.one(&FACE, values![visitor_id])?.ok_or(Refusal::Internal)?;
    Ok(visitor_face(&mut row, 0))
}

/// The newest open conversation of this person, on whichever device it began.
pub(crate) fn newest_conversation(tx: &mut Tx<'_>, visitor_id: &str) -> Result<Option<String>, Refused> {
    Ok(tx.one(&NEWEST_CONVERSATION, values![visitor_id])?.map(|mut row| row.text(0)))
}

/// Opens or renews the session of this visitor.
pub(crate) fn reply(
    tx: &mut Tx<'_>,
    visitor_id: &str,
    secret: String,
    now_ms: u64,
) -> Result<SessionReply, Refused> {
    reply_until(tx, visitor_id, secret, now_ms, u64::MAX)
}

/// The same, but not beyond `until_ms`.
fn reply_until(
    tx: &mut Tx<'_>,
    visitor_id: &str,
    secret: String,
    now_ms: u64,
    until_ms: u64,
) -> Result<SessionReply, Refused> {
    let face = face(tx, visitor_id)?;
    block::check_visitor(tx, visitor_id, face.email.as_deref(), now_ms)?;
    let expires_ms = until_ms.min(now_ms + VISITOR_SESSION_S * 1_000);
    let opened = session::open_for_visitor(tx, visitor_id, now_ms, expires_ms)?;
    Ok(SessionReply {
        success: true,
        token: opened.token,
        expires_in_s: expires_ms.saturating_sub(now_ms) / 1_000,
        secret,
        visitor: face,
        conversation_id: newest_conversation(tx, visitor_id)?,
    })
}
