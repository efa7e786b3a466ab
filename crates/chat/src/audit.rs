//! The audit trail: who did what, when and from where, written in the transaction that did it. Decides
//! how it is kept and read; each verb says itself what it did.

use crate::db::sql::{both, statements};
use crate::db::{Row, Tx, values};
use crate::people::{Agent, AuditQuery, Call};
use crate::{Answer, Chat, access, secret};
use wire::api::{AuditEntry, AuditKind, AuditReply};
use wire::time::rfc3339;
use wire::{Refusal, Refused, limit};

/// A page of it, newest first. One statement for each wish, so that each is read from its index.
macro_rules! entries {
    ($wished:literal) => {
        concat!(
            "SELECT id, at_ms, agent_id, agent_name, kind, about, detail, address FROM audit WHERE ",
            $wished,
            "id < ?1 ORDER BY id DESC LIMIT ?2",
        )
    };
}

statements! {
    ADD = both(
        "INSERT INTO audit (id, at_ms, agent_id, agent_name, kind, about, detail, address) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    );
    ALL = both(entries!(""));
    OF_AGENT = both(entries!("agent_id = ?3 AND "));
    OF_KIND = both(entries!("kind = ?3 AND "));
    OF_BOTH = both(entries!("agent_id = ?3 AND kind = ?4 AND "));
    FORGET = both("DELETE FROM audit WHERE at_ms < ?1");
}

/// After every id.
const END: &str = "aud_~";

/// Who acts, and whence.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    pub(crate) id: String,
    name: String,
    call: Call,
}

impl From<&Agent> for Actor {
    fn from(agent: &Agent) -> Actor {
        Actor { id: agent.id.clone(), name: agent.profile.name.clone(), call: agent.call.clone() }
    }
}

impl Actor {
    /// An agent by id and name, before there is a session.
    pub(crate) fn named(id: &str, name: &str, call: Call) -> Actor {
        Actor { id: id.to_owned(), name: name.to_owned(), call }
    }

    /// Whoever keeps the server.
    pub(crate) fn operator(now_ms: u64) -> Actor {
        Actor::named("", "Command line", now_ms.into())
    }

    /// Somebody on the team, or, without one, whoever keeps the server.
    pub(crate) fn of(by: Option<&Agent>, now_ms: u64) -> Actor {
        by.map_or_else(|| Actor::operator(now_ms), Actor::from)
    }

    /// Notes down what they did to whom or what, and what of it.
    pub(crate) fn did(
        &self,
        tx: &mut Tx<'_>,
        kind: AuditKind,
        about: &str,
        detail: &str,
    ) -> Result<(), Refused> {
        let at_ms = self.call.at_ms;
        let id = secret::id("aud_", at_ms);
        let values = values![&id, at_ms, &self.id, &self.name, kind.as_str(), about, detail, &self.call.from];
        tx.run(&ADD, values).map(|_| ())
    }
}

impl Chat {
    /// Notes down what was done with something that is no row of the database.
    pub async fn note_down(&self, by: &Agent, kind: AuditKind, about: &str) -> Answer<()> {
        let (actor, about) = (Actor::from(by), about.to_owned());
        self.db.write(move |tx| actor.did(tx, kind, &about, "")).await
    }

    /// Notes in the audit trail what an owner did to a channel, before it is done: whoever cannot be noted may not.
    pub async fn note_watching(
        &self,
        owner: &Agent,
        kind: AuditKind,
        channel: &str,
        detail: String,
    ) -> Answer<()> {
        let (actor, channel) = (Actor::from(owner), channel.to_owned());
        let note = move |tx: &mut Tx<'_>| {
            access::must_be_owner(tx, &actor.id)?;
            actor.did(tx, kind, &channel, &detail)
        };
        self.db.write(note).await
    }

    /// What was done, newest first; only an owner may see it.
    pub async fn audit(&self, owner: &Agent, query: AuditQuery) -> Answer<AuditReply> {
        let owner_id = owner.id.clone();
        let list = move |tx: &mut Tx<'_>| {
            access::must_be_owner(tx, &owner_id)?;
            page(tx, &query)
        };
        self.db.read(list).await
    }

    /// Deletes what is older than it is kept.
    pub async fn forget_audit(&self, now_ms: u64) -> Answer<()> {
        let before_ms = now_ms.saturating_sub(limit::AUDIT_S * 1_000);
        self.db.write(move |tx| tx.run(&FORGET, values![before_ms]).map(|_| ())).await
    }
}

fn page(tx: &mut Tx<'_>, query: &AuditQuery) -> Result<AuditReply, Refused> {
    let before = query.before.as_deref().unwrap_or(END);
    let most = query.limit.unwrap_or(limit::PAGE_ITEMS).clamp(1, limit::PAGE_ITEMS_MAX);
    let one_more = most + 1;
    let mut rows = match (&query.agent_id, query.kind) {
        (None, None) => tx.all(&ALL, values![before, one_more])?,
        (Some(agent_id), None) => tx.all(&OF_AGENT, values![before, one_more, agent_id])?,
        (None, Some(kind)) => tx.all(&OF_KIND, values![before, one_more, kind.as_str()])?,
        (Some(agent_id), Some(kind)) => {
            tx.all(&OF_BOTH, values![before, one_more, agent_id, kind.as_str()])?
        }
    };
    let more = rows.len() > most;
    rows.truncate(most);
    let entries = rows.into_iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    let next = entries.last().filter(|_| more).map(|entry| entry.id.clone());
    Ok(AuditReply { success: true, entries, next })
}

fn entry(mut row: Row) -> Result<AuditEntry, Refused> {
    let word = row.text(4);
    let kind = AuditKind::ALL.iter().find(|kind| kind.as_str() == word);
    Ok(AuditEntry {
        id: row.text(0),
        at: rfc3339(row.number(1)),
        agent_id: Some(row.text(2)).filter(|id| !id.is_empty()),
        agent_name: row.text(3),
        kind: *kind.ok_or(Refusal::Internal)?,
        about: row.text(5),
        detail: row.text(6),
        address: row.text(7),
    })
}
