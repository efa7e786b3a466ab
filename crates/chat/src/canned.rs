//! Canned replies: which texts an agent can call up by a shortcut, and who may change them. Knows nothing of
//! what their placeholders mean: the console fills those in.

use crate::access;
use crate::db::sql::{both, statements};
use crate::db::{Row, Tx, values};
use crate::people::Agent;
use crate::{Answer, Chat, check, secret};
use wire::api::{CannedReply, CannedReplyChange, NewCannedReply};
use wire::{Refusal, Refused, limit};

statements! {
    OF_AGENT = both(
        "SELECT id, owner, shortcut, body FROM canned_replies WHERE owner = ?1 OR owner = '' \
         ORDER BY shortcut, owner, id",
    );
    BY_ID = both("SELECT owner, shortcut, body FROM canned_replies WHERE id = ?1 AND (owner = ?2 OR owner = '')");
    COUNT = both("SELECT COUNT(*) FROM canned_replies WHERE owner = ?1");
    ADD = both(
        "INSERT INTO canned_replies (id, owner, shortcut, body, created_ms) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (owner, shortcut) DO NOTHING",
    );
    TAKEN = both("SELECT id FROM canned_replies WHERE owner = ?1 AND shortcut = ?2 AND id <> ?3");
    CHANGE = both("UPDATE canned_replies SET shortcut = ?2, body = ?3 WHERE id = ?1");
    REMOVE = both("DELETE FROM canned_replies WHERE id = ?1");
    FORGET_OF_AGENT = both("DELETE FROM canned_replies WHERE owner = ?1");
}

impl Chat {
    /// The shared replies and the agent's own, by shortcut.
    pub async fn canned_replies(&self, agent: &Agent) -> Answer<Vec<CannedReply>> {
        let agent_id = agent.id.clone();
        let list = move |tx: &mut Tx<'_>| {
            access::role_of(tx, &agent_id)?;
            of_agent(tx, &agent_id)
        };
        self.db.read(list).await
    }

    /// Adds a reply: a shared one only an owner may. [`Refusal::ShortcutTaken`] where another has the shortcut.
    pub async fn add_canned_reply(
        &self,
        agent: &Agent,
        new: NewCannedReply,
        now_ms: u64,
    ) -> Answer<Vec<CannedReply>> {
        let (shortcut, body) = (check::shortcut(&new.shortcut)?, check::canned_text(new.text)?);
        let (agent_id, is_shared) = (agent.id.clone(), new.is_shared);
        let add = move |tx: &mut Tx<'_>| {
            let owner = if is_shared { "" } else { &agent_id };
            may_change(tx, &agent_id, owner)?;
            check::room(tx.number(&COUNT, values![owner])?, limit::CANNED_REPLIES, "replies")?;
            let id = secret::id("rpl_", now_ms);
            if tx.run(&ADD, values![&id, owner, &shortcut, &body, now_ms])? == 0 {
                return Err(Refusal::ShortcutTaken.into());
            }
            of_agent(tx, &agent_id)
        };
        self.db.write(add).await
    }

    /// Changes a reply; somebody else's own are [`Refusal::UnknownEntry`].
    pub async fn change_canned_reply(
        &self,
        agent: &Agent,
        reply_id: &str,
        change: CannedReplyChange,
    ) -> Answer<Vec<CannedReply>> {
        let shortcut = change.shortcut.map(|shortcut| check::shortcut(&shortcut)).transpose()?;
        let body = change.text.map(check::canned_text).transpose()?;
        let (agent_id, id) = (agent.id.clone(), reply_id.to_owned());
        let save = move |tx: &mut Tx<'_>| {
            let mut row = own(tx, &agent_id, &id)?;
            let (owner, old_shortcut, old_body) = (row.text(0), row.text(1), row.text(2));
            let shortcut = shortcut.as_ref().unwrap_or(&old_shortcut);
            if tx.one(&TAKEN, values![&owner, shortcut, &id])?.is_some() {
                return Err(Refusal::ShortcutTaken.into());
            }
            tx.run(&CHANGE, values![&id, shortcut, body.as_ref().unwrap_or(&old_body)])?;
            of_agent(tx, &agent_id)
        };
        self.db.write(save).await
    }

    /// Removes a reply; somebody else's own are [`Refusal::UnknownEntry`].
    pub async fn remove_canned_reply(&self, agent: &Agent, reply_id: &str) -> Answer<Vec<CannedReply>> {
        let (agent_id, id) = (agent.id.clone(), reply_id.to_owned());
        let remove = move |tx: &mut Tx<'_>| {
            own(tx, &agent_id, &id)?;
            tx.run(&REMOVE, values![&id])?;
            of_agent(tx, &agent_id)
        };
        self.db.write(remove).await
    }
}

/// The agent was removed: nobody else ever sees their own.
pub(crate) fn forget_of_agent(tx: &mut Tx<'_>, agent_id: &str) -> Result<(), Refused> {
    tx.run(&FORGET_OF_AGENT, values![agent_id]).map(|_| ())
}

/// A reply that this agent may change: owner, shortcut, text.
fn own(tx: &mut Tx<'_>, agent_id: &str, id: &str) -> Result<Row, Refused> {
    access::role_of(tx, agent_id)?;
    let row = tx.one(&BY_ID, values![id, agent_id])?.ok_or(Refusal::UnknownEntry)?;
    may_change(tx, agent_id, &row.clone().text(0))?;
    Ok(row)
}

/// Everybody their own, and an owner of the desk those that are for everybody.
fn may_change(tx: &mut Tx<'_>, agent_id: &str, owner: &str) -> Result<(), Refused> {
    if owner.is_empty() {
        access::must_be_admin(tx, agent_id)
    } else {
        access::role_of(tx, agent_id).map(|_| ())
    }
}

fn of_agent(tx: &mut Tx<'_>, agent_id: &str) -> Result<Vec<CannedReply>, Refused> {
    let rows = tx.all(&OF_AGENT, values![agent_id])?;
    let reply = |mut row: Row| CannedReply {
        id: row.text(0),
        is_shared: row.text(1).is_empty(),
        shortcut: row.text(2),
        text: row.text(3),
    };
    Ok(rows.into_iter().map(reply).collect())
}
