//! One's own account: name, password, where one is signed in. Knows nothing of what others may change of it.

use crate::audit::Actor;
use crate::db::Tx;
use crate::people::Agent;
use crate::{Answer, Chat, agent, check, second_step, secret, session, sign_in};
use wire::api::{AccountChange, AccountReply, AuditKind};
use wire::{Refusal, Refused};

impl Chat {
    /// How the account stands.
    pub async fn account(&self, agent: &Agent, now_ms: u64) -> Answer<AccountReply> {
        let (id, session_id) = (agent.id.clone(), agent.session_id.clone());
        self.db.read(move |tx| reply(tx, &id, &session_id, now_ms)).await
    }

    /// Changes name and password; another password ends every other session.
    pub async fn change_account(
        &self,
        agent: &Agent,
        change: AccountChange,
        now_ms: u64,
    ) -> Answer<AccountReply> {
        let name = change.name.map(|name| check::name("name", &name)).transpose()?;
        let password_hash = match change.password {
            None => None,
            Some(password) => {
                check::new_password(&password.new)?;
                if !self.password_is(&agent.id, password.old).await? {
                    return Err(Refusal::ProofWrong.because("The present password is another."));
                }
                Some(secret::hash_password(password.new).await?)
            }
        };
        let (actor, session_id) = (Actor::from(agent), agent.session_id.clone());
        let save = move |tx: &mut Tx<'_>| {
            if let Some(name) = &name {
                agent::rename(tx, &actor.id, name)?;
                actor.did(tx, AuditKind::NameChanged, name, "")?;
            }
            if let Some(password_hash) = &password_hash {
                sign_in::set_password(tx, &actor.id, password_hash)?;
                session::end_others(tx, &actor.id, &session_id)?;
                actor.did(tx, AuditKind::PasswordChanged, "", "")?;
            }
            reply(tx, &actor.id, &session_id, now_ms)
        };
        self.db.write(save).await
    }

    /// Ends every session of theirs but this one.
    pub async fn sign_out_elsewhere(&self, agent: &Agent, now_ms: u64) -> Answer<AccountReply> {
        let (actor, session_id) = (Actor::from(agent), agent.session_id.clone());
        let end = move |tx: &mut Tx<'_>| {
            session::end_others(tx, &actor.id, &session_id)?;
            actor.did(tx, AuditKind::SignedOutElsewhere, "", "")?;
            reply(tx, &actor.id, &session_id, now_ms)
        };
        self.db.write(end).await
    }
}

fn reply(tx: &mut Tx<'_>, agent_id: &str, session_id: &str, now_ms: u64) -> Result<AccountReply, Refused> {
    Ok(AccountReply {
        success: true,
        agent: agent::profile(tx, agent_id)?.ok_or(Refusal::SessionExpired)?,
        two_factor: second_step::stands(tx, agent_id)?,
        two_factor_demanded: second_step::is_demanded(tx)?,
        recovery_codes: second_step::recovery_codes(tx, agent_id)?,
        sessions: session::of_agent(tx, agent_id, session_id, now_ms)?,
    })
}
