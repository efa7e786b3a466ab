//! Who a visitor proves to be: the widget's secrets, the gate they stand in, and the contact a verified
//! visitor belongs to from then on. Knows nothing of how a proof is checked; `wire::identity` does.

use crate::audit::Actor;
use crate::contact::{self, Details};
use crate::db::sql::{both, postgres_only, statements};
use crate::db::{Row, Tx, values};
use crate::people::{Agent, Visitor};
use crate::visitor::{self, Known, Labels};
use crate::{Answer, Chat, access, check, secret, widget};
use wire::api::AuditKind;
use wire::contact::{IdentifyReply, IdentifyRequest, IdentityReply, IdentitySecret};
use wire::identity::{Claim, Gate, Verified, hash_secret};
use wire::time::rfc3339;
use wire::{Refusal, Refused, limit};

statements! {
    LOCK_WIDGET = postgres_only("SELECT id FROM widgets WHERE id = ?1 FOR UPDATE");
    SECRETS = both(
        "SELECT id, secret, created_ms FROM identity_secrets WHERE widget_id = ?1 ORDER BY created_ms DESC, id DESC",
    );
    ADD_SECRET = both("INSERT INTO identity_secrets (id, widget_id, secret, created_ms) VALUES (?1, ?2, ?3, ?4)");
    END_SECRET = both("DELETE FROM identity_secrets WHERE id = ?1");
    LOCK_ID = postgres_only("SELECT 1 FROM contact_ids WHERE widget_id = ?1 AND external_id = ?2 FOR UPDATE");
    CONTACT = both("SELECT contact_id FROM contact_ids WHERE widget_id = ?1 AND external_id = ?2");
    ADD_ID = both(
        "INSERT INTO contact_ids (widget_id, external_id, contact_id) VALUES (?1, ?2, ?3) \
         ON CONFLICT (widget_id, external_id) DO NOTHING",
    );
    LINK = both("UPDATE visitors SET contact_id = ?2 WHERE id = ?1");
}

impl Chat {
    /// The secrets with which this widget's website vouches for people; only an owner may.
    pub async fn identity_secrets(&self, agent: &Agent, widget_id: &str) -> Answer<IdentityReply> {
        let (agent_id, id) = (agent.id.clone(), widget_id.to_owned());
        let read = move |tx: &mut Tx<'_>| {
            access::must_be_owner(tx, &agent_id)?;
            widget::settings(tx, &id)?;
            identity_reply(tx, &id)
        };
        self.db.read(read).await
    }

    /// Makes a new secret; the one before it stays good, older ones end. Only an owner may.
    pub async fn new_identity_secret(
        &self,
        agent: &Agent,
        widget_id: &str,
        now_ms: u64,
    ) -> Answer<IdentityReply> {
        let (actor, id) = (Actor::from(agent), widget_id.to_owned());
        let make = move |tx: &mut Tx<'_>| {
            access::must_be_owner(tx, &actor.id)?;
            tx.lock(&LOCK_WIDGET, values![&id])?;
            widget::settings(tx, &id)?;
            actor.did(tx, AuditKind::IdentitySecretMade, &id, "")?;
            let new = (secret::id("ids_", now_ms), secret::token("fdi_"));
            tx.run(&ADD_SECRET, values![&new.0, &id, &new.1, now_ms])?;
            for mut old in tx.all(&SECRETS, values![&id])?.into_iter().skip(limit::IDENTITY_SECRETS) {
                tx.run(&END_SECRET, values![&old.text(0)])?;
            }
            identity_reply(tx, &id)
        };
        self.db.write(make).await
    }

    /// A visitor with a session proves who they are. Whoever had this session's secret before goes on
    /// with a new one, or not at all: it may have been left on a shared machine.
    pub async fn identify(
        &self,
        visitor: &Visitor,
        request: IdentifyRequest,
        now_ms: u64,
    ) -> Answer<IdentifyReply> {
        let labels = Labels::of_claim(None, None, request.identity.as_ref())?;
        let claim = Claim::of(request.jwt, request.identity)?;
        if claim.is_none() {
            return Err(Refusal::MissingField.because("jwt or identity"));
        }
        let verified = self.gate(&visitor.widget_id, claim, now_ms).await?.ok_or(Refusal::Internal)?;
        let (visitor_id, widget_id) = (visitor.id.clone(), visitor.widget_id.clone());
        let enter = move |tx: &mut Tx<'_>| {
            let known = visitor::locked(tx, &visitor_id)?;
            let newcomer = Newcomer { widget_id: &widget_id, labels: &labels };
            let (id, secret) = admit(tx, Some(known), &newcomer, &verified, now_ms)?;
            let session = secret.map(|secret| visitor::reply(tx, &id, secret, now_ms)).transpose()?;
            let visitor = visitor::face(tx, &id)?;
            let conversation_id = visitor::newest_conversation(tx, &id)?;
            Ok(IdentifyReply { success: true, visitor, conversation_id, session })
        };
        self.db.write(enter).await
    }

    /// Passes a claim through the gate, before anything is written; `None`: nobody claims anything.
    pub(crate) async fn gate(
        &self,
        widget_id: &str,
        claim: Option<Claim>,
        now_ms: u64,
    ) -> Result<Option<Verified>, Refused> {
        let id = widget_id.to_owned();
        self.db.read(move |tx| pass(tx, &id, claim.as_ref(), now_ms)).await
    }
}

fn pass(
    tx: &mut Tx<'_>,
    widget_id: &str,
    claim: Option<&Claim>,
    now_ms: u64,
) -> Result<Option<Verified>, Refused> {
    let is_required = widget::settings(tx, widget_id)?.identity_required;
    let Some(claim) = claim else {
        return if is_required { Err(Refusal::IdentityRequired.into()) } else { Ok(None) };
    };
    let secrets: Vec<String> =
        tx.all(&SECRETS, values![widget_id])?.into_iter().map(|mut row| row.text(1)).collect();
    let mut verified = Gate { widget_id, secrets: &secrets, now_s: now_ms / 1_000 }.verify(claim)?;
    verified.profile = verified.profile.map(check::profile).transpose()?;
    Ok(Some(verified))
}

/// Where somebody comes in, and what they call themselves.
pub(crate) struct Newcomer<'a> {
    pub(crate) widget_id: &'a str,
    pub(crate) labels: &'a Labels,
}

/// The visitor that a verified person is from now on, with a new secret unless they were it already.
///
/// A visitor of somebody else is signed out and left as they are: their conversations never become
/// those of whoever uses the browser next.
pub(crate) fn admit(
    tx: &mut Tx<'_>,
    known: Option<Known>,
    newcomer: &Newcomer<'_>,
    verified: &Verified,
    now_ms: u64,
) -> Result<(String, Option<String>), Refused> {
    let contact_id = contact_of(tx, newcomer.widget_id, verified, now_ms)?;
    let (visitor_id, secret) = match known {
        Some(known) if known.contact_id.as_ref() == Some(&contact_id) => (known.id, None),
        Some(known) if known.contact_id.is_none() => {
            visitor::label(tx, &known.id, newcomer.labels)?;
            let secret = visitor::sign_out(tx, &known.id)?;
            (known.id, Some(secret))
        }
        somebody_else => {
            if let Some(known) = somebody_else {
                visitor::sign_out(tx, &known.id)?;
            }
            let (id, secret) = visitor::add(tx, newcomer.widget_id, newcomer.labels, now_ms)?;
            (id, Some(secret))
        }
    };
    tx.run(&LINK, values![&visitor_id, &contact_id])?;
    contact::refresh(tx, &contact_id, Some(&visitor_id), now_ms)?;
    Ok((visitor_id, secret))
}

/// The contact that the website means, made if there is none, with what its token says.
fn contact_of(tx: &mut Tx<'_>, widget_id: &str, verified: &Verified, now_ms: u64) -> Result<String, Refused> {
    let id = find_or_make(tx, widget_id, &verified.external_id, now_ms)?;
    let Some(profile) = &verified.profile else { return Ok(id) };
    let mut contact = contact::lock(tx, &id)?.ok_or(Refusal::StorageUnavailable)?;
    let before = contact.clone();
    contact.vouched = true;
    Details::from(profile).write_to(&mut contact);
    if contact != before {
        contact::save(tx, &contact)?;
    }
    Ok(id)
}

fn find_or_make(tx: &mut Tx<'_>, widget_id: &str, external_id: &str, now_ms: u64) -> Result<String, Refused> {
    tx.lock(&LOCK_ID, values![widget_id, external_id])?;
    if let Some(mut row) = tx.one(&CONTACT, values![widget_id, external_id])? {
        return Ok(row.text(0));
    }
    let id = contact::add(tx, widget_id, &Details::default(), now_ms)?;
    if tx.run(&ADD_ID, values![widget_id, external_id, &id])? == 1 {
        return Ok(id);
    }
    // Another server made the same person meanwhile.
    contact::remove(tx, &id)?;
    tx.one(&CONTACT, values![widget_id, external_id])?
        .map(|mut row| row.text(0))
        .ok_or_else(|| Refusal::StorageUnavailable.into())
}

fn identity_reply(tx: &mut Tx<'_>, widget_id: &str) -> Result<IdentityReply, Refused> {
    let secret = |mut row: Row| {
        let secret = row.text(1);
        let hash_secret = hash_secret(&secret);
        IdentitySecret { id: row.text(0), secret, hash_secret, created_at: rfc3339(row.number(2)) }
    };
    let secrets = tx.all(&SECRETS, values![widget_id])?.into_iter().map(secret).collect();
    Ok(IdentityReply { success: true, secrets })
}
