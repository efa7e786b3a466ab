//! Agents: who they are, who may add and remove them, on which widgets they answer.
//! Knows nothing of sign-in and of conversations.

use crate::access::{self, role, role_word};
use crate::db::sql::{both, statements};
use crate::db::{Row, Tx, values};
use crate::people::Agent;
use crate::{Answer, Chat, check, device, secret, session};
use wire::api::{AddAgent, AgentProfile, Role};
use wire::{Refusal, Refused};

statements! {
    ADD = both(
        "INSERT INTO agents (id, name, email, email_key, role, password_hash, created_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (email_key) DO NOTHING",
    );
    ADD_MEMBER = both(
        "INSERT INTO widget_members (widget_id, agent_id) SELECT id, ?2 FROM widgets WHERE id = ?1 \
         ON CONFLICT (agent_id, widget_id) DO NOTHING",
    );
    PROFILE = both("SELECT id, name, email, avatar, role FROM agents WHERE id = ?1 AND removed_ms IS NULL");
    PROFILES = both(
        "SELECT id, name, email, avatar, role FROM agents WHERE removed_ms IS NULL \
         AND id NOT IN (SELECT agent_id FROM api_keys) ORDER BY created_ms, id",
    );
    WIDGETS = both(
        "SELECT id FROM widgets WHERE ?2 = 1 OR id IN (SELECT widget_id FROM widget_members WHERE agent_id = ?1) \
         ORDER BY created_ms, id",
    );
    REMOVE = both(
        "UPDATE agents SET removed_ms = ?2, email_key = NULL WHERE id = ?1 AND removed_ms IS NULL \
         AND id NOT IN (SELECT agent_id FROM api_keys)",
    );
    REMOVE_MEMBER = both("DELETE FROM widget_members WHERE agent_id = ?1");
    REMOVE_CODES = both("DELETE FROM setup_codes WHERE agent_id = ?1");
}

/// What was asked of a new agent, checked.
pub(crate) struct NewAgent {
    name: String,
    email: String,
}

impl NewAgent {
    pub(crate) fn check(name: &str, email: &str, password: &str) -> Result<NewAgent, Refused> {
        check::new_password(password)?;
        Ok(NewAgent { name: check::name("name", name)?, email: check::email(email)? })
    }
}

impl Chat {
    /// Everyone who can sign in.
    pub async fn agents(&self, agent: &Agent) -> Answer<Vec<AgentProfile>> {
        let agent_id = agent.id.clone();
        let list = move |tx: &mut Tx<'_>| {
            access::role_of(tx, &agent_id)?;
            everyone(tx)
        };
        self.db.read(list).await
    }

    /// Everyone who can sign in, for whoever keeps the server.
    pub async fn all_agents(&self) -> Answer<Vec<AgentProfile>> {
        self.db.read(everyone).await
    }

    /// Adds an agent; only an owner may. Answers everyone who can then sign in.
    pub async fn add_agent(
        &self,
        agent: &Agent,
        request: AddAgent,
        now_ms: u64,
    ) -> Answer<Vec<AgentProfile>> {
        let owner_id = agent.id.clone();
        self.db.read(move |tx| access::must_be_owner(tx, &owner_id)).await?;
        let new = NewAgent::check(&request.name, &request.email, &request.password)?;
        let password_hash = secret::hash_password(request.password).await?;
        let (owner_id, role, widgets) = (agent.id.clone(), request.role, request.widgets);
        let save = move |tx: &mut Tx<'_>| {
            access::must_be_owner(tx, &owner_id)?;
            let id = add(tx, &new, &password_hash, role, now_ms)?;
            join_widgets(tx, &id, &widgets)?;
            everyone(tx)
        };
        self.db.write(save).await
    }

    /// Removes an agent and ends their sessions; only an owner may, and not themselves.
    /// Answers everyone who can then still sign in.
    pub async fn remove_agent(
        &self,
        agent: &Agent,
        agent_id: &str,
        now_ms: u64,
    ) -> Answer<Vec<AgentProfile>> {
        let (owner_id, id) = (agent.id.clone(), agent_id.to_owned());
        let remove = move |tx: &mut Tx<'_>| {
            access::must_be_owner(tx, &owner_id)?;
            if id == owner_id {
                return Err(Refusal::NotAllowed.because("owners cannot remove themselves"));
            }
            if tx.run(&REMOVE, values![&id, now_ms])? == 0 {
                return Err(Refusal::UnknownAgent.into());
            }
            tx.run(&REMOVE_MEMBER, values![&id])?;
            tx.run(&REMOVE_CODES, values![&id])?;
            device::forget_of_agent(tx, &id)?;
            session::end_all(tx, &id)?;
            everyone(tx)
        };
        self.db.write(remove).await
    }
}

/// Adds the row; [`Refusal::EmailTaken`] when somebody has the address.
pub(crate) fn add(
    tx: &mut Tx<'_>,
    new: &NewAgent,
    password_hash: &str,
    role: Role,
    now_ms: u64,
) -> Result<String, Refused> {
    let id = secret::id("agt_", now_ms);
    let key = check::email_key(&new.email);
    let added =
        tx.run(&ADD, values![&id, &new.name, &new.email, &key, role_word(role), password_hash, now_ms])?;
    if added == 1 { Ok(id) } else { Err(Refusal::EmailTaken.into()) }
}

/// From now on the agent answers on these widgets.
pub(crate) fn join_widgets(tx: &mut Tx<'_>, agent_id: &str, widgets: &[String]) -> Result<(), Refused> {
    for widget_id in widgets {
        if tx.run(&ADD_MEMBER, values![widget_id, agent_id])? == 0 {
            return Err(Refusal::InvalidField.because("widgets names a widget that does not exist"));
        }
    }
    Ok(())
}

/// One agent, unless removed.
pub(crate) fn profile(tx: &mut Tx<'_>, agent_id: &str) -> Result<Option<AgentProfile>, Refused> {
    tx.one(&PROFILE, values![agent_id])?.map(|row| from_row(tx, row)).transpose()
}

/// Widgets this agent answers on.
pub(crate) fn widgets(tx: &mut Tx<'_>, agent_id: &str, role: Role) -> Result<Vec<String>, Refused> {
    let rows = tx.all(&WIDGETS, values![agent_id, role == Role::Owner])?;
    Ok(rows.into_iter().map(|mut row| row.text(0)).collect())
}

fn everyone(tx: &mut Tx<'_>) -> Result<Vec<AgentProfile>, Refused> {
    let rows = tx.all(&PROFILES, &[])?;
    rows.into_iter().map(|row| from_row(tx, row)).collect()
}

fn from_row(tx: &mut Tx<'_>, mut row: Row) -> Result<AgentProfile, Refused> {
    let (id, role) = (row.text(0), role(&row.text(4))?);
    let widgets = widgets(tx, &id, role)?;
    Ok(AgentProfile { id, name: row.text(1), email: row.text(2), avatar: row.maybe_text(3), role, widgets })
}
