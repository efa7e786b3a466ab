//! Invitations to the team: a link that makes its reader a colleague with a role, once, for seven days.
//! Decides how long it works and what it opens; knows nothing of how it reaches them.

use crate::agent::{self, NewAgent};
use crate::audit::Actor;
use crate::db::sql::{both, statements};
use crate::db::{Row, Tx, json, values};
use crate::people::{Agent, Call, SignedIn};
use crate::{Answer, Chat, access, check, second_step, secret, sign_in, widget};
use wire::api::{AuditKind, InvitationProfile, InvitedReply, JoinRequest, NewInvitation};
use wire::time::rfc3339;
use wire::{Refusal, Refused, limit};

statements! {
    ADD = both(
        "INSERT INTO invitations (id, code_hash, role, widgets, email, by_name, expires_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    );
    ALL = both(
        "SELECT id, role, widgets, email, by_name, expires_ms FROM invitations WHERE expires_ms > ?1 ORDER BY id DESC",
    );
    BY_CODE = both(
        "SELECT id, role, widgets, email, by_name, expires_ms FROM invitations \
         WHERE code_hash = ?1 AND expires_ms > ?2",
    );
    BY_ID = both("SELECT id, role, widgets, email, by_name, expires_ms FROM invitations WHERE id = ?1");
    COUNT = both("SELECT COUNT(*) FROM invitations WHERE expires_ms > ?1");
    REMOVE = both("DELETE FROM invitations WHERE id = ?1");
    FORGET = both("DELETE FROM invitations WHERE expires_ms <= ?1");
}

impl Chat {
    /// Invites somebody; an admin invites no owner. Answers the code of the link, this once, and all
    /// invitations that wait.
    pub async fn invite(
        &self,
        by: &Agent,
        new: NewInvitation,
        now_ms: u64,
    ) -> Answer<(String, Vec<InvitationProfile>)> {
        let email =
            new.email.as_deref().filter(|email| !email.trim().is_empty()).map(check::email).transpose()?;
        let (actor, role, widgets) = (Actor::from(by), new.role, new.widgets);
        let add = move |tx: &mut Tx<'_>| {
            access::must_appoint(tx, &actor.id, role)?;
            widget::must_exist(tx, &widgets)?;
            tx.run(&FORGET, values![now_ms])?;
            check::room(tx.number(&COUNT, values![now_ms])?, limit::INVITATIONS, "invitations")?;
            let (id, code) = (secret::id("inv_", now_ms), secret::token(""));
            let by_name = agent::profile(tx, &actor.id)?.map_or_else(String::new, |profile| profile.name);
            let expires_ms = now_ms + limit::INVITATION_S * 1_000;
            let hash = secret::hash(&code);
            tx.run(
                &ADD,
                values![&id, &hash, role.as_str(), &json(&widgets)?, email.as_ref(), &by_name, expires_ms],
            )?;
            // Of a link that is passed on by hand nobody knows yet whom it is for.
            let about = email.as_deref().unwrap_or_default();
            actor.did(tx, AuditKind::InvitationMade, about, &format!("as {}", role.as_str()))?;
            Ok((code, all(tx, now_ms)?))
        };
        self.db.write(add).await
    }

    /// From now on the link does nothing. Answers those that still wait.
    pub async fn withdraw(
        &self,
        by: &Agent,
        invitation_id: &str,
        now_ms: u64,
    ) -> Answer<Vec<InvitationProfile>> {
        let (actor, id) = (Actor::from(by), invitation_id.to_owned());
        let withdraw = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &actor.id)?;
            let found =
                tx.one(&BY_ID, values![&id])?.map(profile).transpose()?.ok_or(Refusal::UnknownEntry)?;
            access::must_appoint(tx, &actor.id, found.role)?;
            tx.run(&REMOVE, values![&id])?;
            let (about, detail) = (found.email.unwrap_or_default(), format!("as {}", found.role.as_str()));
            actor.did(tx, AuditKind::InvitationWithdrawn, &about, &detail)?;
            all(tx, now_ms)
        };
        self.db.write(withdraw).await
    }

    /// What this code invites to, or [`Refusal::InvitationInvalid`].
    pub async fn invited(&self, code: &str, now_ms: u64) -> Answer<InvitedReply> {
        let hash = secret::hash(code);
        let find = move |tx: &mut Tx<'_>| Ok((by_code(tx, &hash, now_ms)?, second_step::is_demanded(tx)?));
        let (found, two_factor_demanded) = self.db.read(find).await?;
        Ok(InvitedReply {
            success: true,
            role: found.role,
            email: found.email,
            by: found.by,
            two_factor_demanded,
        })
    }

    /// The invited person comes in, once.
    pub async fn join_team(&self, request: JoinRequest, call: impl Into<Call>) -> Answer<SignedIn> {
        let call = call.into();
        let (hash, now_ms) = (secret::hash(&request.code), call.at_ms);
        let asked = hash.clone();
        // Before the password is hashed, which costs: a stranger without a code gets no work.
        self.db.read(move |tx| by_code(tx, &asked, now_ms)).await?;
        let new = NewAgent::check(&request.name, &request.email, &request.password)?;
        let password_hash = secret::hash_password(request.password).await?;
        let join = move |tx: &mut Tx<'_>| {
            let found = by_code(tx, &hash, now_ms)?;
            if tx.run(&REMOVE, values![&found.id])? == 0 {
                return Err(Refusal::InvitationInvalid.into());
            }
            let id = agent::add(tx, &new, &password_hash, found.role, now_ms)?;
            // A widget may be gone since.
            agent::join_known_widgets(tx, &id, &found.widgets)?;
            let signed_in = sign_in::sign_in(tx, &id, &call)?;
            let detail = format!("as {}, invited by {}", found.role.as_str(), found.by);
            Actor::from(&signed_in.agent).did(
                tx,
                AuditKind::InvitationUsed,
                &signed_in.agent.profile.name,
                &detail,
            )?;
            Ok(signed_in)
        };
        self.db.write(join).await
    }
}

/// Those that wait, the newest first.
pub(crate) fn all(tx: &mut Tx<'_>, now_ms: u64) -> Result<Vec<InvitationProfile>, Refused> {
    tx.all(&ALL, values![now_ms])?.into_iter().map(profile).collect()
}

fn by_code(tx: &mut Tx<'_>, hash: &str, now_ms: u64) -> Result<InvitationProfile, Refused> {
    tx.one(&BY_CODE, values![hash, now_ms])?
        .map(profile)
        .unwrap_or_else(|| Err(Refusal::InvitationInvalid.into()))
}

fn profile(mut row: Row) -> Result<InvitationProfile, Refused> {
    Ok(InvitationProfile {
        id: row.text(0),
        role: access::role(&row.text(1))?,
        widgets: row.json(2)?,
        email: row.maybe_text(3),
        by: row.text(4),
        expires_at: rfc3339(row.number(5)),
    })
}
