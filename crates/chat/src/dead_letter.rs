//! Letters that were given up: how they come to lie here, how they are sent after all, and how they go. Knows nothing
//! of what stands in a letter beyond the name of what it tells.

use crate::audit::Actor;
use crate::db::sql::{Sql, both, postgres_only, statements};
use crate::db::{Row, Tx, values};
use crate::outbox::{self, Letter, Posted};
use crate::people::Agent;
use crate::{Answer, Chat, access, secret};
use std::collections::BTreeMap;
use wire::api::AuditKind;
use wire::monitor::DeadLetter;
use wire::{Refused, limit};

statements! {
    DYING = both(
        "SELECT destination, lane, number, payload, created_ms, attempts FROM outbox WHERE give_up_ms <= ?1 \
         ORDER BY give_up_ms LIMIT ?2",
    );
    GONE = both("DELETE FROM outbox WHERE destination = ?1 AND lane = ?2 AND number = ?3");
    BURY = both(
        "INSERT INTO dead_letters (id, destination, lane, payload, created_ms, died_ms, attempts, failure) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, failure FROM outbox_destinations WHERE id = ?2",
    );
    CROWD_OUT = both(
        "DELETE FROM dead_letters WHERE destination = ?1 AND id <= \
         (SELECT id FROM dead_letters WHERE destination = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
    );
    FORGET_OLD = both("DELETE FROM dead_letters WHERE died_ms < ?1");
    NEWEST = both(
        "SELECT id, destination, payload, created_ms, died_ms, attempts, failure FROM dead_letters \
         ORDER BY id DESC LIMIT ?1",
    );
    LOCK = postgres_only("SELECT id FROM dead_letters WHERE id = ?1 FOR UPDATE");
    FIND = both("SELECT destination, lane, payload FROM dead_letters WHERE id = ?1");
    DROP = both("DELETE FROM dead_letters WHERE id = ?1");
    CLOSE = both("DELETE FROM dead_letters WHERE destination = ?1");
}

impl Chat {
    /// Gives up the letters that are too old: they lie with the dead ones. Says how many for which destination.
    pub async fn outbox_give_up(&self, now_ms: u64) -> Answer<Vec<(String, u64)>> {
        let mut gone: BTreeMap<String, u64> = BTreeMap::new();
        loop {
            let some = self.db.write(move |tx| give_up(tx, now_ms)).await?;
            let count: u64 = some.values().sum();
            some.into_iter().for_each(|(destination, count)| *gone.entry(destination).or_default() += count);
            if count < limit::DEAD_LETTERS_AT_ONCE as u64 {
                break;
            }
        }
        Ok(gone.into_iter().collect())
    }

    /// The newest letters that were given up; only owners and admins may see them.
    pub async fn dead_letters(&self, owner: &Agent) -> Answer<Vec<DeadLetter>> {
        let owner_id = owner.id.clone();
        let list = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &owner_id)?;
            let rows = tx.all(&NEWEST, values![limit::DEAD_LETTERS_AT_ONCE])?;
            Ok(rows.into_iter().map(dead_letter).collect())
        };
        self.db.read(list).await
    }

    /// Puts these letters back into the outbox, as new ones; only owners and admins may. Those that are not there any more are
    /// passed over, and those for which there is no room stay.
    pub async fn retry_dead_letters(&self, owner: &Agent, ids: Vec<String>, now_ms: u64) -> Answer<Posted> {
        let owner_id = owner.id.clone();
        let retry = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &owner_id)?;
            let mut posted = Posted::default();
            for id in &ids {
                // Whoever asks at the same time finds it gone, and does not send it too.
                tx.lock(&LOCK, values![id])?;
                let Some(mut row) = tx.one(&FIND, values![id])? else { continue };
                let (destination, lane, payload) = (row.text(0), row.number(1), row.text(2));
                let give_up_ms = now_ms + limit::CHAT_WEBHOOK_RETRY_S * 1_000;
                let letter = Letter { destination: destination.clone(), lane, payload, give_up_ms };
                let refused = posted.refused;
                outbox::write(tx, &destination, &[&letter], now_ms, &mut posted)?;
                if posted.refused == refused {
                    tx.run(&DROP, values![id])?;
                }
            }
            Ok(posted)
        };
        self.db.write(retry).await
    }

    /// Forgets these letters for good; only owners and admins may.
    pub async fn drop_dead_letters(&self, owner: &Agent, ids: Vec<String>) -> Answer<()> {
        let actor = Actor::from(owner);
        self.db.write(move |tx| drop_all(tx, &actor, &ids, &DROP, "")).await
    }
}

/// Forgets what was given up under these ids, by a statement that takes one, and notes of what how many were still
/// there; only owners and admins may.
pub(crate) fn drop_all(
    tx: &mut Tx<'_>,
    actor: &Actor,
    ids: &[String],
    sql: &Sql,
    what: &str,
) -> Result<(), Refused> {
    access::must_be_admin(tx, &actor.id)?;
    let mut gone = 0;
    for id in ids {
        gone += tx.run(sql, values![id])?;
    }
    if gone > 0 { actor.did(tx, AuditKind::LettersDropped, &gone.to_string(), what) } else { Ok(()) }
}

/// Nothing is to be delivered there any more.
pub(crate) fn close(tx: &mut Tx<'_>, destination: &str) -> Result<(), Refused> {
    tx.run(&CLOSE, values![destination]).map(|_| ())
}

/// As many as one transaction should take.
fn give_up(tx: &mut Tx<'_>, now_ms: u64) -> Result<BTreeMap<String, u64>, Refused> {
    let mut gone: BTreeMap<String, u64> = BTreeMap::new();
    tx.run(&FORGET_OLD, values![now_ms.saturating_sub(limit::DEAD_LETTER_S * 1_000)])?;
    for mut row in tx.all(&DYING, values![now_ms, limit::DEAD_LETTERS_AT_ONCE])? {
        let (destination, lane, number) = (row.text(0), row.number(1), row.number(2));
        // Delivered, or given up by another server meanwhile.
        if tx.run(&GONE, values![&destination, lane, number])? == 0 {
            continue;
        }
        let (payload, created_ms, attempts) = (row.text(3), row.number(4), row.number(5));
        let id = secret::id("ddl_", now_ms);
        tx.run(&BURY, values![&id, &destination, lane, &payload, created_ms, now_ms, attempts])?;
        *gone.entry(destination).or_default() += 1;
    }
    for (destination, count) in &gone {
        outbox::fewer(tx, destination, *count)?;
        tx.run(&CROWD_OUT, values![destination, limit::DEAD_LETTERS])?;
    }
    Ok(gone)
}

/// What a letter tells stands in it as `type`, or as `name` where it goes to a Pusher app.
#[derive(serde::Deserialize)]
struct Named {
    #[serde(rename = "type", alias = "name")]
    name: String,
}

fn dead_letter(mut row: Row) -> DeadLetter {
    let named: Option<Named> = serde_json::from_str(&row.text(2)).ok();
    DeadLetter {
        id: row.text(0),
        destination: row.text(1),
        event: named.map(|named| named.name).unwrap_or_default(),
        created_ms: row.number(3),
        died_ms: row.number(4),
        attempts: row.number(5),
        failure: row.maybe_text(6),
    }
}
