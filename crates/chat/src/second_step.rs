//! The second step of signing in: codes of an authenticator app, and recovery codes for the day it is lost.
//! Decides when it stands and which code is taken; knows nothing of passwords and sessions.

use crate::audit::Actor;
use crate::db::sql::{both, statements};
use crate::db::{Tx, values};
use crate::people::Agent;
use crate::{Answer, Chat, access, agent, secret};
use wire::api::{AuditKind, RecoveryCodesReply, TeamReply, TwoFactorBegun};
use wire::{Refusal, Refused, limit, totp};

statements! {
    // A key that no code has confirmed is nobody's yet, and is replaced.
    BEGIN = both(
        "INSERT INTO second_steps (agent_id, secret) VALUES (?1, ?2) ON CONFLICT (agent_id) DO UPDATE \
         SET secret = excluded.secret, used_step = 0 WHERE second_steps.confirmed_ms IS NULL",
    );
    FIND = both("SELECT secret, confirmed_ms, used_step FROM second_steps WHERE agent_id = ?1");
    STANDS = both("SELECT 1 FROM second_steps WHERE agent_id = ?1 AND confirmed_ms IS NOT NULL");
    CONFIRM = both("UPDATE second_steps SET confirmed_ms = ?2 WHERE agent_id = ?1 AND confirmed_ms IS NULL");
    // Two that come with one code at once: the second finds it used.
    USE = both("UPDATE second_steps SET used_step = ?2 WHERE agent_id = ?1 AND used_step < ?2");
    REMOVE = both("DELETE FROM second_steps WHERE agent_id = ?1");
    ADD_RECOVERY = both("INSERT INTO recovery_codes (agent_id, code_hash) VALUES (?1, ?2)");
    USE_RECOVERY = both("DELETE FROM recovery_codes WHERE agent_id = ?1 AND code_hash = ?2");
    COUNT_RECOVERY = both("SELECT COUNT(*) FROM recovery_codes WHERE agent_id = ?1");
    REMOVE_RECOVERY = both("DELETE FROM recovery_codes WHERE agent_id = ?1");
    DEMAND = both("INSERT INTO team_rules (rule, since_ms) VALUES ('two-factor', ?1) ON CONFLICT (rule) DO NOTHING");
    DEMAND_NO_MORE = both("DELETE FROM team_rules WHERE rule = 'two-factor'");
    DEMANDED = both("SELECT 1 FROM team_rules WHERE rule = 'two-factor'");
    OWING = both(
        "SELECT id FROM agents WHERE removed_ms IS NULL AND id NOT IN (SELECT agent_id FROM api_keys) \
         AND id NOT IN (SELECT agent_id FROM second_steps WHERE confirmed_ms IS NOT NULL)",
    );
}

/// Who an authenticator app says the code is for.
const ISSUER: &str = "Frontdesk";

/// Which code stood for the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Of the app.
    Code,
    /// A recovery code, which is gone now.
    Recovery,
}

impl Chat {
    /// Makes a key for the agent's app. Nothing changes for them before [`Chat::confirm_second_step`].
    pub async fn begin_second_step(&self, agent: &Agent) -> Answer<TwoFactorBegun> {
        let key = secret::random::<{ totp::SECRET_BYTES }>();
        let (agent_id, kept) = (agent.id.clone(), totp::base32(&key));
        let begin = move |tx: &mut Tx<'_>| match tx.run(&BEGIN, values![&agent_id, &kept])? {
            0 => Err(Refusal::SecondStepState.because("It is on already; switch it off first.")),
            _ => Ok(()),
        };
        self.db.write(begin).await?;
        let uri = totp::uri(&key, ISSUER, &agent.profile.email);
        Ok(TwoFactorBegun { success: true, key: totp::base32(&key), uri })
    }

    /// The first code shows that the app has the key: from now on signing in takes a code. Answers the
    /// recovery codes, this once.
    pub async fn confirm_second_step(
        &self,
        agent: &Agent,
        code: &str,
        now_ms: u64,
    ) -> Answer<RecoveryCodesReply> {
        let (actor, code) = (Actor::from(agent), plain(code));
        let confirm = move |tx: &mut Tx<'_>| {
            let mut row = tx.one(&FIND, values![&actor.id])?.ok_or(Refusal::SecondStepState)?;
            if row.maybe_number(1).is_some() {
                return Err(Refusal::SecondStepState.because("It is on already."));
            }
            if !take_code(tx, &actor.id, &row.text(0), row.number(2), &code, now_ms)? {
                return Err(Refusal::CodeWrong.into());
            }
            tx.run(&CONFIRM, values![&actor.id, now_ms])?;
            tx.run(&REMOVE_RECOVERY, values![&actor.id])?;
            let codes: Vec<String> = (0..limit::RECOVERY_CODES).map(|_| recovery_code()).collect();
            for code in &codes {
                tx.run(&ADD_RECOVERY, values![&actor.id, &secret::hash(&plain(code))])?;
            }
            actor.did(tx, AuditKind::TwoFactorOn, "", "")?;
            Ok(RecoveryCodesReply { success: true, recovery_codes: codes })
        };
        self.db.write(confirm).await
    }

    /// Switches it off, for whoever shows the password or a code, unless it is demanded of all.
    /// [`Refusal::ProofWrong`] for anything else.
    pub async fn end_second_step(&self, agent: &Agent, proof: String, now_ms: u64) -> Answer<()> {
        let knows_password = self.password_is(&agent.id, proof.clone()).await?;
        let actor = Actor::from(agent);
        let end = move |tx: &mut Tx<'_>| {
            // Whoever demands it of all meanwhile must not pass.
            agent::take_turns(tx)?;
            if !stands(tx, &actor.id)? {
                return Err(Refusal::SecondStepState.because("It is off."));
            }
            if is_demanded(tx)? {
                return Err(Refusal::SecondStepState.because("The owners demand it of everybody."));
            }
            if !knows_password && take(tx, &actor.id, &proof, now_ms)?.is_none() {
                return Err(Refusal::ProofWrong.into());
            }
            remove(tx, &actor.id)?;
            actor.did(tx, AuditKind::TwoFactorOff, "", "")
        };
        self.db.write(end).await
    }

    /// Demands it of everybody, or no more; only an owner may, and only one who has it: nobody locks themselves
    /// out. Answers the team, and who may do nothing now before they have set it up.
    pub async fn demand_second_step(
        &self,
        owner: &Agent,
        demanded: bool,
        now_ms: u64,
    ) -> Answer<(TeamReply, Vec<String>)> {
        let actor = Actor::from(owner);
        let demand = move |tx: &mut Tx<'_>| {
            agent::take_turns(tx)?;
            access::must_be_owner(tx, &actor.id)?;
            if demanded && !stands(tx, &actor.id)? {
                return Err(Refusal::SecondStepState.because("Set up your own first, under My account."));
            }
            let (changed, kind) = match demanded {
                true => (tx.run(&DEMAND, values![now_ms])?, AuditKind::TwoFactorDemanded),
                false => (tx.run(&DEMAND_NO_MORE, &[])?, AuditKind::TwoFactorOptional),
            };
            if changed == 1 {
                actor.did(tx, kind, "", "")?;
            }
            let owing = if demanded { tx.all(&OWING, &[])? } else { Vec::new() };
            Ok((agent::team(tx, now_ms)?, owing.into_iter().map(|mut row| row.text(0)).collect()))
        };
        self.db.write(demand).await
    }

    /// Takes a colleague's away, who lost telephone and recovery codes. Admins may, but not for an owner.
    /// Answers whether they have to set it up anew before they may do anything else.
    pub async fn reset_second_step(&self, by: &Agent, agent_id: &str) -> Answer<bool> {
        let (actor, id) = (Actor::from(by), agent_id.to_owned());
        let reset = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &actor.id)?;
            let colleague = agent::profile(tx, &id)?.ok_or(Refusal::UnknownAgent)?;
            access::must_appoint(tx, &actor.id, colleague.role)?;
            if !stands(tx, &id)? {
                return Err(Refusal::SecondStepState.because("It is off."));
            }
            remove(tx, &id)?;
            actor.did(tx, AuditKind::TwoFactorReset, &colleague.name, "")?;
            is_demanded(tx)
        };
        self.db.write(reset).await
    }
}

/// Does signing in take a second step?
pub(crate) fn stands(tx: &mut Tx<'_>, agent_id: &str) -> Result<bool, Refused> {
    Ok(tx.one(&STANDS, values![agent_id])?.is_some())
}

/// Does everybody have to have it?
pub(crate) fn is_demanded(tx: &mut Tx<'_>) -> Result<bool, Refused> {
    Ok(tx.one(&DEMANDED, &[])?.is_some())
}

/// How many recovery codes are left.
pub(crate) fn recovery_codes(tx: &mut Tx<'_>, agent_id: &str) -> Result<u64, Refused> {
    tx.number(&COUNT_RECOVERY, values![agent_id])
}

/// Takes a code, or a recovery code, which then is gone; `None`: it is neither.
pub(crate) fn take(
    tx: &mut Tx<'_>,
    agent_id: &str,
    code: &str,
    now_ms: u64,
) -> Result<Option<Taken>, Refused> {
    let code = plain(code);
    let Some(mut row) = tx.one(&FIND, values![agent_id])? else { return Ok(None) };
    if row.maybe_number(1).is_none() {
        return Ok(None);
    }
    if take_code(tx, agent_id, &row.text(0), row.number(2), &code, now_ms)? {
        return Ok(Some(Taken::Code));
    }
    let used = tx.run(&USE_RECOVERY, values![agent_id, &secret::hash(&code)])?;
    Ok((used == 1).then_some(Taken::Recovery))
}

/// Nothing of it is left.
pub(crate) fn remove(tx: &mut Tx<'_>, agent_id: &str) -> Result<(), Refused> {
    tx.run(&REMOVE_RECOVERY, values![agent_id])?;
    tx.run(&REMOVE, values![agent_id]).map(|_| ())
}

fn take_code(
    tx: &mut Tx<'_>,
    agent_id: &str,
    key: &str,
    used_step: u64,
    code: &str,
    now_ms: u64,
) -> Result<bool, Refused> {
    let key = totp::from_base32(key).ok_or(Refusal::Internal)?;
    let Some(step) = totp::taken(&key, code, now_ms / 1_000, used_step) else { return Ok(false) };
    Ok(tx.run(&USE, values![agent_id, step])? == 1)
}

/// As people type codes: with spaces and hyphens, in whatever case.
fn plain(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// Eighty random bits in four groups, as base32.
fn recovery_code() -> String {
    let letters = totp::base32(&secret::random::<10>()).to_ascii_lowercase();
    [&letters[0..4], &letters[4..8], &letters[8..12], &letters[12..16]].join("-")
}
