//! How agents come in: the set-up link once, then e-mail and password, then a session that
//! slides while it is used. Knows nothing of what agents do.

use crate::access::role;
use crate::agent::{self, NewAgent};
use crate::audit::Actor;
use crate::db::sql::{both, statements};
use crate::db::{Tx, values};
use crate::people::{Agent, Call, SignedIn};
use crate::second_step::{self, Taken};
use crate::{Answer, Chat, check, secret, session};
use wire::api::{AuditKind, Invitation, LoginRequest, Role, SetupRequest};
use wire::limit::{AGENT_SESSION_S, PASSWORD_MAX_BYTES, SETUP_LINK_S, SETUP_LINKS};
use wire::{Refusal, Refused};

statements! {
    ANY_AGENT = both("SELECT id FROM agents WHERE removed_ms IS NULL LIMIT 1");
    // All but the newest that are to work on.
    FORGET_SETUP_CODES = both(
        "DELETE FROM setup_codes WHERE expires_ms <= ?1 OR (agent_id IS NULL AND code_hash NOT IN \
         (SELECT code_hash FROM setup_codes WHERE agent_id IS NULL ORDER BY expires_ms DESC LIMIT ?2))",
    );
    FORGET_CODES_OF = both("DELETE FROM setup_codes WHERE agent_id = ?1");
    ADD_CODE = both("INSERT INTO setup_codes (code_hash, agent_id, expires_ms) VALUES (?1, ?2, ?3)");
    CODE = both("SELECT agent_id FROM setup_codes WHERE code_hash = ?1 AND expires_ms > ?2");
    USE_CODE = both("DELETE FROM setup_codes WHERE code_hash = ?1 AND expires_ms > ?2 RETURNING agent_id");
    SET_PASSWORD = both("UPDATE agents SET password_hash = ?2 WHERE id = ?1 AND removed_ms IS NULL");
    BY_EMAIL = both("SELECT id, password_hash, name FROM agents WHERE email_key = ?1 AND removed_ms IS NULL");
    PASSWORD = both("SELECT password_hash FROM agents WHERE id = ?1 AND removed_ms IS NULL");
    BY_TOKEN = both(
        "SELECT s.id, s.csrf, t.expires_ms, a.id, a.name, a.email, a.avatar, a.role, \
         EXISTS (SELECT 1 FROM team_rules WHERE rule = 'two-factor') AND NOT EXISTS \
         (SELECT 1 FROM second_steps w WHERE w.agent_id = a.id AND w.confirmed_ms IS NOT NULL) \
         FROM session_tokens t JOIN sessions s ON s.id = t.session_id JOIN agents a ON a.id = s.person_id \
         WHERE t.token_hash = ?1 AND t.expires_ms > ?2 AND s.kind = 'agent' AND a.removed_ms IS NULL",
    );
}

/// Somebody whose password was right, and who may have a second step to take.
#[derive(Clone, Debug)]
pub struct Recognised {
    /// `agt_…`
    pub agent_id: String,
    /// Does it need a code?
    pub needs_code: bool,
    name: String,
}

/// A session's end is written at most once in this time, so that requests stay reads.
const SLIDE_MS: u64 = 3_600_000;

impl Chat {
    /// Is there nobody who could sign in?
    pub async fn needs_setup(&self) -> Answer<bool> {
        self.db.read(|tx| Ok(tx.one(&ANY_AGENT, &[])?.is_none())).await
    }

    /// A code for the set-up link (ruling 17): works once, for 24 hours, only while no agent
    /// exists. Replaces earlier ones. [`Refusal::NotAllowed`] when there is an agent.
    pub async fn new_setup_code(&self, now_ms: u64) -> Answer<String> {
        self.setup_code_beside(0, now_ms).await
    }

    /// The same beside earlier ones, of which the last few work on: several servers that start on one database
    /// each print a link, and whichever is used ends them all.
    pub async fn one_more_setup_code(&self, now_ms: u64) -> Answer<String> {
        self.setup_code_beside(SETUP_LINKS - 1, now_ms).await
    }

    async fn setup_code_beside(&self, earlier: usize, now_ms: u64) -> Answer<String> {
        let make = move |tx: &mut Tx<'_>| {
            if tx.one(&ANY_AGENT, &[])?.is_some() {
                return Err(Refusal::NotAllowed.because("an agent exists already"));
            }
            tx.run(&FORGET_SETUP_CODES, values![now_ms, earlier])?;
            new_code(tx, None, now_ms)
        };
        self.db.write(make).await
    }

    /// The same link for an agent who lost the password, or [`Refusal::UnknownAgent`].
    pub async fn new_reset_code(&self, email: &str, now_ms: u64) -> Answer<String> {
        let email_key = check::email_key(email);
        let make = move |tx: &mut Tx<'_>| {
            let mut row = tx.one(&BY_EMAIL, values![&email_key])?.ok_or(Refusal::UnknownAgent)?;
            let agent_id = row.text(0);
            tx.run(&FORGET_CODES_OF, values![&agent_id])?;
            Actor::operator(now_ms).did(tx, AuditKind::PasswordReset, &row.text(2), "")?;
            new_code(tx, Some(&agent_id), now_ms)
        };
        self.db.write(make).await
    }

    /// Adds an agent who has no password yet, and answers the code of the link that sets it. The first
    /// agent is an owner, or nobody could let others in. Unknown widgets are [`Refusal::InvalidField`].
    pub async fn invite_agent(&self, invitation: Invitation, now_ms: u64) -> Answer<String> {
        // Nobody knows it, so that until the link was used it is as if it were wrong, at the same cost.
        let password = secret::token("");
        let new = NewAgent::check(&invitation.name, &invitation.email, &password)?;
        let password_hash = secret::hash_password(password).await?;
        let invite = move |tx: &mut Tx<'_>| {
            agent::take_turns(tx)?;
            let is_first = tx.one(&ANY_AGENT, &[])?.is_none();
            let role = invitation.role.unwrap_or(if is_first { Role::Owner } else { Role::Agent });
            if is_first && role != Role::Owner {
                return Err(Refusal::NotAllowed.because("The first agent must be an owner."));
            }
            let id = agent::add(tx, &new, &password_hash, role, now_ms)?;
            agent::join_widgets(tx, &id, &invitation.widgets)?;
            let detail = format!("as {}", role.as_str());
            Actor::operator(now_ms).did(tx, AuditKind::AgentAdded, &invitation.name, &detail)?;
            new_code(tx, Some(&id), now_ms)
        };
        self.db.write(invite).await
    }

    /// Uses a code: the first agent comes to be, as owner; or an agent gets a new password,
    /// which ends all their sessions (name and e-mail of the request are then ignored). Where a second step is
    /// demanded, which nobody can switch off, theirs goes too and is set up anew: the phone may be lost as well.
    pub async fn setup(&self, request: SetupRequest, call: impl Into<Call>) -> Answer<SignedIn> {
        let call = call.into();
        let now_ms = call.at_ms;
        let code_hash = secret::hash(&request.code);
        let asked = code_hash.clone();
        // Before the password is hashed, which costs: a stranger without a code gets no work.
        self.db.read(move |tx| code_works(tx, &asked, now_ms)).await?;
        let new = NewAgent::check(&request.name, &request.email, &request.password)?;
        let password_hash = secret::hash_password(request.password).await?;
        let enter = move |tx: &mut Tx<'_>| {
            agent::take_turns(tx)?;
            code_works(tx, &code_hash, now_ms)?;
            let mut used =
                tx.one(&USE_CODE, values![&code_hash, now_ms])?.ok_or(Refusal::SetupLinkInvalid)?;
            let agent_id = match used.maybe_text(0) {
                Some(agent_id) => {
                    if tx.run(&SET_PASSWORD, values![&agent_id, &password_hash])? == 0 {
                        return Err(Refusal::SetupLinkInvalid.into());
                    }
                    session::end_all(tx, &agent_id)?;
                    if second_step::is_demanded(tx)? {
                        second_step::remove(tx, &agent_id)?;
                    }
                    agent_id
                }
                None => agent::add(tx, &new, &password_hash, Role::Owner, now_ms)?,
            };
            let signed_in = sign_in(tx, &agent_id, &call)?;
            Actor::from(&signed_in.agent).did(tx, AuditKind::SignedIn, "", "by a one-time link")?;
            Ok(signed_in)
        };
        self.db.write(enter).await
    }

    /// Signs in: [`Chat::recognise`] and [`Chat::enter`].
    pub async fn login(&self, request: LoginRequest, call: impl Into<Call>) -> Answer<SignedIn> {
        let call = call.into();
        let code = request.code.clone();
        let recognised = self.recognise(request, &call).await?;
        self.enter(recognised, code, call).await
    }

    /// Whose e-mail and password these are, or [`Refusal::WrongPassword`], with the same work for an unknown
    /// e-mail. What was refused stands in the audit trail, of an unknown e-mail without it: people type
    /// passwords there.
    pub async fn recognise(&self, request: LoginRequest, call: &Call) -> Answer<Recognised> {
        let email_key = check::email_key(&request.email);
        let find = move |tx: &mut Tx<'_>| {
            let Some(mut row) = tx.one(&BY_EMAIL, values![&email_key])? else { return Ok(None) };
            let (agent_id, kept, name) = (row.text(0), row.text(1), row.text(2));
            let needs_code = second_step::stands(tx, &agent_id)?;
            Ok(Some((Recognised { agent_id, needs_code, name }, kept)))
        };
        let (found, kept) = self.db.read(find).await?.unzip();
        if password_matches(request.password, kept).await?
            && let Some(recognised) = found
        {
            return Ok(recognised);
        }
        let name = found.map_or_else(String::new, |recognised| recognised.name);
        self.refused_sign_in(name, "password", call.clone()).await?;
        Err(Refusal::WrongPassword.into())
    }

    /// Signs somebody in whose password was right: with a second step, only with a code that is taken now.
    pub async fn enter(&self, recognised: Recognised, code: Option<String>, call: Call) -> Answer<SignedIn> {
        let Recognised { agent_id, needs_code, name } = recognised;
        if needs_code && code.as_deref().is_none_or(|code| code.trim().is_empty()) {
            return Err(Refusal::SecondStepNeeded.into());
        }
        let called = call.clone();
        let enter = move |tx: &mut Tx<'_>| {
            // Asked again: it may have been switched on since.
            let taken = match (second_step::stands(tx, &agent_id)?, &code) {
                (false, _) => None,
                (true, None) => return Err(Refusal::SecondStepNeeded.into()),
                (true, Some(code)) => {
                    let taken = second_step::take(tx, &agent_id, code, called.at_ms)?;
                    Some(taken.ok_or(Refusal::CodeWrong)?)
                }
            };
            let signed_in = sign_in(tx, &agent_id, &called)?;
            let actor = Actor::from(&signed_in.agent);
            if taken == Some(Taken::Recovery) {
                actor.did(tx, AuditKind::RecoveryCodeUsed, "", "")?;
            }
            actor.did(
                tx,
                AuditKind::SignedIn,
                "",
                if taken.is_some() { "with a second step" } else { "" },
            )?;
            Ok(signed_in)
        };
        let entered = self.db.write(enter).await;
        if entered.as_ref().is_err_and(|refused| refused.refusal == Refusal::CodeWrong) {
            self.refused_sign_in(name, "code", call).await?;
        }
        entered
    }

    async fn refused_sign_in(&self, about: String, what: &'static str, call: Call) -> Answer<()> {
        let nobody = Actor::named("", "", call);
        let note =
            move |tx: &mut Tx<'_>| nobody.did(tx, AuditKind::SignInRefused, &about, &format!("wrong {what}"));
        self.db.write(note).await
    }

    /// Is this the agent's password? [`Refusal::WrongPassword`] if not, and for a key, which has none.
    pub async fn check_password(&self, agent: &Agent, password: String) -> Answer<()> {
        if self.password_is(&agent.id, password).await? { Ok(()) } else { Err(Refusal::WrongPassword.into()) }
    }

    /// Is this the agent's password? A key has none.
    pub(crate) async fn password_is(&self, agent_id: &str, password: String) -> Answer<bool> {
        let id = agent_id.to_owned();
        let find = move |tx: &mut Tx<'_>| Ok(tx.one(&PASSWORD, values![&id])?.map(|mut row| row.text(0)));
        let kept = self.db.read(find).await?.filter(|kept| !kept.is_empty());
        password_matches(password, kept).await
    }

    /// Ends this session.
    pub async fn logout(&self, agent: &Agent) -> Answer<()> {
        let session_id = agent.session_id.clone();
        self.db.write(move |tx| session::end(tx, &session_id)).await
    }

    /// Whose session this token is for, or [`Refusal::SessionExpired`]. Being used, it lives on.
    pub async fn agent(&self, token: &str, now_ms: u64) -> Answer<Agent> {
        let token_hash = secret::hash(token);
        let hash = token_hash.clone();
        let (agent, expires_ms) = self.db.read(move |tx| by_token(tx, &hash, now_ms)).await?;
        let new_end_ms = now_ms + AGENT_SESSION_S * 1_000;
        if expires_ms + SLIDE_MS <= new_end_ms {
            let session_id = agent.session_id.clone();
            self.db.write(move |tx| session::renew(tx, &session_id, &token_hash, new_end_ms)).await?;
        }
        Ok(agent)
    }
}

fn new_code(tx: &mut Tx<'_>, agent_id: Option<&str>, now_ms: u64) -> Result<String, Refused> {
    let code = secret::token("");
    tx.run(&ADD_CODE, values![&secret::hash(&code), agent_id, now_ms + SETUP_LINK_S * 1_000])?;
    Ok(code)
}

fn code_works(tx: &mut Tx<'_>, code_hash: &str, now_ms: u64) -> Result<(), Refused> {
    let mut row = tx.one(&CODE, values![code_hash, now_ms])?.ok_or(Refusal::SetupLinkInvalid)?;
    let for_first_agent = row.maybe_text(0).is_none();
    if for_first_agent && tx.one(&ANY_AGENT, &[])?.is_some() {
        return Err(Refusal::SetupLinkInvalid.into());
    }
    Ok(())
}

/// Does the password match? One that is too long does not, and costs nothing.
async fn password_matches(password: String, kept: Option<String>) -> Result<bool, Refused> {
    if password.len() > PASSWORD_MAX_BYTES {
        return Ok(false);
    }
    secret::password_matches(password, kept).await
}

/// From now on this is the agent's password.
pub(crate) fn set_password(tx: &mut Tx<'_>, agent_id: &str, password_hash: &str) -> Result<(), Refused> {
    tx.run(&SET_PASSWORD, values![agent_id, password_hash]).map(|_| ())
}

/// Opens a session for an agent who has proved who they are.
pub(crate) fn sign_in(tx: &mut Tx<'_>, agent_id: &str, call: &Call) -> Result<SignedIn, Refused> {
    let profile = agent::profile(tx, agent_id)?.ok_or(Refusal::WrongPassword)?;
    let csrf = secret::token("");
    let opened = session::open_for_agent(tx, agent_id, &csrf, call, call.at_ms + AGENT_SESSION_S * 1_000)?;
    let agent = Agent {
        id: agent_id.to_owned(),
        profile,
        session_id: opened.session_id.clone(),
        csrf: csrf.clone(),
        call: call.clone(),
        owes_second_step: second_step::is_demanded(tx)? && !second_step::stands(tx, agent_id)?,
    };
    Ok(SignedIn { token: opened.token, csrf, session_id: opened.session_id, agent })
}

fn by_token(tx: &mut Tx<'_>, token_hash: &str, now_ms: u64) -> Result<(Agent, u64), Refused> {
    let mut row = tx.one(&BY_TOKEN, values![token_hash, now_ms])?.ok_or(Refusal::SessionExpired)?;
    let role = role(&row.text(7))?;
    let id = row.text(3);
    let profile = wire::api::AgentProfile {
        widgets: agent::widgets(tx, &id, role)?,
        id: id.clone(),
        name: row.text(4),
        email: row.text(5),
        avatar: row.maybe_text(6),
        role,
    };
    let expires_ms = row.number(2);
    let (session_id, csrf, owes_second_step) = (row.text(0), row.text(1), row.is(8));
    Ok((Agent { id, profile, session_id, csrf, call: now_ms.into(), owes_second_step }, expires_ms))
}
