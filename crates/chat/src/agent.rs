//! Agents: who they are, who may add and remove them, on which widgets they answer.
//! Knows nothing of sign-in and of conversations.

use crate::access::{self, role};
use crate::audit::Actor;
use crate::db::sql::{Sql, both, postgres_only, statements};
use crate::db::{Row, Tx, values};
use crate::people::Agent;
use crate::{Answer, Chat, canned, check, invitation, second_step, secret, session, widget};
use wire::api::{
    AddAgent, AgentChange, AgentProfile, AuditKind, Role, TeamMember, TeamReply, WidgetAgentsChange,
};
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
    SET_NAME = both("UPDATE agents SET name = ?2 WHERE id = ?1 AND removed_ms IS NULL");
    SET_ROLE = both("UPDATE agents SET role = ?2 WHERE id = ?1 AND removed_ms IS NULL");
    OTHER_OWNERS = both(
        "SELECT COUNT(*) FROM agents WHERE role = 'owner' AND id <> ?1 AND removed_ms IS NULL \
         AND id NOT IN (SELECT agent_id FROM api_keys)",
    );
    IS_KEY = both("SELECT 1 FROM api_keys WHERE agent_id = ?1");
    TAKE_TURNS = postgres_only("SELECT 1 FROM pg_advisory_xact_lock(112594000536950)");
    REMOVE_MEMBER = both("DELETE FROM widget_members WHERE agent_id = ?1");
    LEAVE_WIDGET = both("DELETE FROM widget_members WHERE widget_id = ?1 AND agent_id = ?2");
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

    /// Everyone who can sign in, with what is for those who administer: who has a second step, and who is
    /// invited.
    pub async fn team(&self, admin: &Agent, now_ms: u64) -> Answer<TeamReply> {
        let admin_id = admin.id.clone();
        let read = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &admin_id)?;
            team(tx, now_ms)
        };
        self.db.read(read).await
    }

    /// Adds an agent; admins may, but no owner. Answers everyone who can then sign in.
    pub async fn add_agent(
        &self,
        agent: &Agent,
        request: AddAgent,
        now_ms: u64,
    ) -> Answer<Vec<AgentProfile>> {
        let (admin_id, role) = (agent.id.clone(), request.role);
        self.db.read(move |tx| access::must_appoint(tx, &admin_id, role)).await?;
        let new = NewAgent::check(&request.name, &request.email, &request.password)?;
        let password_hash = secret::hash_password(request.password).await?;
        let (actor, widgets) = (Actor::from(agent), request.widgets);
        let save = move |tx: &mut Tx<'_>| {
            access::must_appoint(tx, &actor.id, role)?;
            let id = add(tx, &new, &password_hash, role, now_ms)?;
            join_widgets(tx, &id, &widgets)?;
            actor.did(tx, AuditKind::AgentAdded, &new.name, &format!("as {}", role.as_str()))?;
            everyone(tx)
        };
        self.db.write(save).await
    }

    /// Gives a colleague another role, name or other widgets; admins may, but not to an owner. The last
    /// owner stays one: [`Refusal::LastOwner`]. Answers the team, and whether the colleague may do other
    /// things now.
    pub async fn change_agent(
        &self,
        by: &Agent,
        agent_id: &str,
        change: AgentChange,
        now_ms: u64,
    ) -> Answer<(TeamReply, bool)> {
        let name = change.name.as_deref().map(|name| check::name("name", name)).transpose()?;
        let (actor, id) = (Actor::from(by), agent_id.to_owned());
        let save = move |tx: &mut Tx<'_>| {
            take_turns(tx)?;
            access::must_be_admin(tx, &actor.id)?;
            let before = person(tx, &id)?;
            access::must_appoint(tx, &actor.id, before.role)?;
            if let Some(name) = name.as_ref().filter(|name| **name != before.name) {
                rename(tx, &id, name)?;
                actor.did(tx, AuditKind::AgentChanged, name, &format!("name, before: {}", before.name))?;
            }
            if let Some(role) = change.role.filter(|role| *role != before.role) {
                access::must_appoint(tx, &actor.id, role)?;
                not_the_last_owner(tx, &before)?;
                tx.run(&SET_ROLE, values![&id, role.as_str()])?;
                let detail = format!("role: {} to {}", before.role.as_str(), role.as_str());
                actor.did(tx, AuditKind::AgentChanged, &before.name, &detail)?;
            }
            if let Some(widgets) = &change.widgets {
                tx.run(&REMOVE_MEMBER, values![&id])?;
                join_widgets(tx, &id, widgets)?;
                actor.did(
                    tx,
                    AuditKind::AgentChanged,
                    &before.name,
                    &format!("widgets: {}", widgets.len()),
                )?;
            }
            let after = person(tx, &id)?;
            let may_else = (after.role, &after.widgets) != (before.role, &before.widgets);
            Ok((team(tx, now_ms)?, may_else))
        };
        self.db.write(save).await
    }

    /// Puts agents on a widget and takes others off it, all or none; admins may. Answers everyone who can sign in,
    /// and those for whom it changes what they see.
    pub async fn change_widget_agents(
        &self,
        by: &Agent,
        widget_id: &str,
        change: WidgetAgentsChange,
    ) -> Answer<(Vec<AgentProfile>, Vec<String>)> {
        let (actor, id) = (Actor::from(by), widget_id.to_owned());
        let save = move |tx: &mut Tx<'_>| {
            take_turns(tx)?;
            access::must_be_admin(tx, &actor.id)?;
            widget::lock(tx, &id)?;
            let name = widget::name(tx, &id)?;
            let joined = move_all(tx, &id, &change.join, &ADD_MEMBER)?;
            let left = move_all(tx, &id, &change.leave, &LEAVE_WIDGET)?;
            if !joined.is_empty() || !left.is_empty() {
                actor.did(tx, AuditKind::WidgetChanged, &name, &who_moved(&joined, &left))?;
            }
            let changed = joined.into_iter().chain(left).map(|agent| agent.id).collect();
            Ok((everyone(tx)?, changed))
        };
        self.db.write(save).await
    }

    /// Removes an agent and ends their sessions; admins may, but no owner, and nobody themselves.
    /// Answers everyone who can then still sign in.
    pub async fn remove_agent(
        &self,
        agent: &Agent,
        agent_id: &str,
        now_ms: u64,
    ) -> Answer<Vec<AgentProfile>> {
        let (actor, id) = (Actor::from(agent), agent_id.to_owned());
        let remove = move |tx: &mut Tx<'_>| {
            take_turns(tx)?;
            access::must_be_admin(tx, &actor.id)?;
            if id == actor.id {
                return Err(Refusal::NotAllowed.because("Nobody removes themselves."));
            }
            let gone = person(tx, &id)?;
            access::must_appoint(tx, &actor.id, gone.role)?;
            not_the_last_owner(tx, &gone)?;
            if tx.run(&REMOVE, values![&id, now_ms])? == 0 {
                return Err(Refusal::UnknownAgent.into());
            }
            tx.run(&REMOVE_MEMBER, values![&id])?;
            tx.run(&REMOVE_CODES, values![&id])?;
            second_step::remove(tx, &id)?;
            canned::forget_of_agent(tx, &id)?;
            session::end_all(tx, &id)?;
            actor.did(tx, AuditKind::AgentRemoved, &gone.name, "")?;
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
        tx.run(&ADD, values![&id, &new.name, &new.email, &key, role.as_str(), password_hash, now_ms])?;
    if added == 1 { Ok(id) } else { Err(Refusal::EmailTaken.into()) }
}

/// From now on the agent is on these widgets too.
pub(crate) fn join_widgets(tx: &mut Tx<'_>, agent_id: &str, widgets: &[String]) -> Result<(), Refused> {
    widget::must_exist(tx, widgets)?;
    join_known_widgets(tx, agent_id, widgets)
}

/// The same, but for widgets that are gone.
pub(crate) fn join_known_widgets(tx: &mut Tx<'_>, agent_id: &str, widgets: &[String]) -> Result<(), Refused> {
    widgets.iter().try_for_each(|widget_id| tx.run(&ADD_MEMBER, values![widget_id, agent_id]).map(|_| ()))
}

/// Whoever changes the team does so one after the other, until the transaction ends: two owners who lower each other at
/// the same time must not both succeed, and there is one first agent.
pub(crate) fn take_turns(tx: &mut Tx<'_>) -> Result<(), Refused> {
    tx.lock(&TAKE_TURNS, &[])
}

/// These agents come to a widget or leave it. Answers those for whom that is new: whoever is on every widget by their
/// role is there before and after.
fn move_all(
    tx: &mut Tx<'_>,
    widget_id: &str,
    agents: &[String],
    how: &Sql,
) -> Result<Vec<AgentProfile>, Refused> {
    let mut moved = Vec::new();
    for id in agents {
        let agent = person(tx, id)?;
        if !agent.role.is_everywhere() && tx.run(how, values![widget_id, id])? == 1 {
            moved.push(agent);
        }
    }
    Ok(moved)
}

/// A widget that is being added has these agents. Answers what the audit trail says of it.
pub(crate) fn begin_on(tx: &mut Tx<'_>, widget_id: &str, agents: &[String]) -> Result<String, Refused> {
    let joined = move_all(tx, widget_id, agents, &ADD_MEMBER)?;
    Ok(if joined.is_empty() { String::new() } else { who_moved(&joined, &[]) })
}

/// In the audit trail.
fn who_moved(joined: &[AgentProfile], left: &[AgentProfile]) -> String {
    let part = |word: &str, agents: &[AgentProfile]| {
        let names: Vec<&str> = agents.iter().map(|agent| agent.name.as_str()).collect();
        (!names.is_empty()).then(|| format!("{word} {}", names.join(", ")))
    };
    let parts = [part("with", joined), part("without", left)];
    format!("agents: {}", parts.into_iter().flatten().collect::<Vec<_>>().join("; "))
}

/// A colleague who is a person, not a program with a key.
fn person(tx: &mut Tx<'_>, agent_id: &str) -> Result<AgentProfile, Refused> {
    let is_key = tx.one(&IS_KEY, values![agent_id])?.is_some();
    profile(tx, agent_id)?.filter(|_| !is_key).ok_or_else(|| Refusal::UnknownAgent.into())
}

/// Somebody has to be able to do everything.
fn not_the_last_owner(tx: &mut Tx<'_>, agent: &AgentProfile) -> Result<(), Refused> {
    let others = tx.number(&OTHER_OWNERS, values![&agent.id])?;
    if agent.role == Role::Owner && others == 0 { Err(Refusal::LastOwner.into()) } else { Ok(()) }
}

/// Everyone who can sign in and who is invited.
pub(crate) fn team(tx: &mut Tx<'_>, now_ms: u64) -> Result<TeamReply, Refused> {
    let member = |agent: AgentProfile, tx: &mut Tx<'_>| {
        Ok::<_, Refused>(TeamMember { two_factor: second_step::stands(tx, &agent.id)?, agent })
    };
    let members = everyone(tx)?.into_iter().map(|agent| member(agent, tx)).collect::<Result<Vec<_>, _>>()?;
    Ok(TeamReply {
        success: true,
        members,
        invitations: invitation::all(tx, now_ms)?,
        two_factor_demanded: second_step::is_demanded(tx)?,
    })
}

/// Gives an agent another name.
pub(crate) fn rename(tx: &mut Tx<'_>, agent_id: &str, name: &str) -> Result<(), Refused> {
    tx.run(&SET_NAME, values![agent_id, name]).map(|_| ())
}

/// One agent, unless removed.
pub(crate) fn profile(tx: &mut Tx<'_>, agent_id: &str) -> Result<Option<AgentProfile>, Refused> {
    tx.one(&PROFILE, values![agent_id])?.map(|row| from_row(tx, row)).transpose()
}

/// Widgets this agent answers on.
pub(crate) fn widgets(tx: &mut Tx<'_>, agent_id: &str, role: Role) -> Result<Vec<String>, Refused> {
    let rows = tx.all(&WIDGETS, values![agent_id, role.is_everywhere()])?;
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
