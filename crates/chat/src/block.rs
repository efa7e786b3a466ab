//! The block list: addresses, visitors and e-mail addresses that are kept out, for a time or for good.
//! Decides who of the visitors may have a session; addresses are the server's to recognise.

use crate::audit::Actor;
use crate::db::sql::{both, statements};
use crate::db::{Row, Tx, values};
use crate::people::Agent;
use crate::{Answer, Chat, access, check, secret, session};
use wire::api::AuditKind;
use wire::integration::{Block, BlockKind, NewBlock};
use wire::time::rfc3339;
use wire::{Refusal, Refused, limit};

statements! {
    COUNT = both("SELECT COUNT(*) FROM blocks");
    ADD = both(
        "INSERT INTO blocks (id, kind, value, reason, created_ms, until_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (kind, value) DO UPDATE SET reason = excluded.reason, until_ms = excluded.until_ms",
    );
    REMOVE = both("DELETE FROM blocks WHERE id = ?1");
    FORGET = both("DELETE FROM blocks WHERE until_ms <= ?1");
    ALL = both(
        "SELECT id, kind, value, reason, created_ms, until_ms FROM blocks \
         WHERE until_ms IS NULL OR until_ms > ?1 ORDER BY created_ms, id",
    );
    ADDRESSES = both(
        "SELECT value, until_ms FROM blocks WHERE kind = 'address' AND (until_ms IS NULL OR until_ms > ?1)",
    );
    // The longest counts; NULL, for good, is told apart by the first column.
    ON_VISITOR = both(
        "SELECT MAX(CASE WHEN until_ms IS NULL THEN 1 ELSE 0 END), MAX(until_ms) FROM blocks \
         WHERE ((kind = 'visitor' AND value = ?1) OR (kind = 'email' AND value = ?2)) \
         AND (until_ms IS NULL OR until_ms > ?3) HAVING COUNT(*) > 0",
    );
    BY_EMAIL = both("SELECT id FROM visitors WHERE LOWER(email) = ?1");
}

impl Chat {
    /// Blocks somebody; only owners and admins may. Sessions of whom it meets end now. Answers the whole list.
    pub async fn add_block(&self, owner: &Agent, request: NewBlock, now_ms: u64) -> Answer<Vec<Block>> {
        let value = check_value(request.kind, &request.value)?;
        let reason = check::reason(&request.reason)?;
        let until_ms = request.for_s.map(|for_s| now_ms.saturating_add(for_s.saturating_mul(1_000)));
        let (actor, kind) = (Actor::from(owner), request.kind);
        let add = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &actor.id)?;
            tx.run(&FORGET, values![now_ms])?;
            check::room(tx.number(&COUNT, &[])?, limit::BLOCKS, "blocks")?;
            let id = secret::id("blk_", now_ms);
            tx.run(&ADD, values![&id, kind.as_str(), &value, &reason, now_ms, until_ms])?;
            actor.did(tx, AuditKind::BlockAdded, kind.as_str(), &reason)?;
            match kind {
                BlockKind::Address => {}
                BlockKind::Visitor => session::end_all(tx, &value)?,
                BlockKind::Email => {
                    for mut row in tx.all(&BY_EMAIL, values![&value])? {
                        session::end_all(tx, &row.text(0))?;
                    }
                }
            }
            all(tx, now_ms)
        };
        self.db.write(add).await
    }

    /// Everybody who is blocked now, oldest block first; only owners and admins may see them.
    pub async fn blocks(&self, owner: &Agent, now_ms: u64) -> Answer<Vec<Block>> {
        let owner_id = owner.id.clone();
        let list = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &owner_id)?;
            all(tx, now_ms)
        };
        self.db.read(list).await
    }

    /// Lets somebody in again; only owners and admins may. Answers who is still blocked.
    pub async fn remove_block(&self, owner: &Agent, block_id: &str, now_ms: u64) -> Answer<Vec<Block>> {
        let (actor, id) = (Actor::from(owner), block_id.to_owned());
        let remove = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &actor.id)?;
            if tx.run(&REMOVE, values![&id])? == 0 {
                return Err(Refusal::UnknownEntry.into());
            }
            actor.did(tx, AuditKind::BlockRemoved, &id, "")?;
            all(tx, now_ms)
        };
        self.db.write(remove).await
    }

    /// The blocked addresses and networks, each with its end.
    pub async fn blocked_addresses(&self, now_ms: u64) -> Answer<Vec<(String, Option<u64>)>> {
        let list = move |tx: &mut Tx<'_>| {
            let rows = tx.all(&ADDRESSES, values![now_ms])?;
            Ok(rows.into_iter().map(|mut row| (row.text(0), row.maybe_number(1))).collect())
        };
        self.db.read(list).await
    }
}

/// Only a visitor who is not blocked goes on. To be asked before a session is given.
pub(crate) fn check_visitor(
    tx: &mut Tx<'_>,
    visitor_id: &str,
    email: Option<&str>,
    now_ms: u64,
) -> Result<(), Refused> {
    let email_key = email.map(check::email_key).unwrap_or_default();
    let Some(mut row) = tx.one(&ON_VISITOR, values![visitor_id, &email_key, now_ms])? else {
        return Ok(());
    };
    if row.is(0) {
        return Err(Refusal::Blocked.into());
    }
    let left_ms = row.maybe_number(1).unwrap_or(now_ms).saturating_sub(now_ms);
    Err(Refusal::BlockedForNow.until(left_ms.div_ceil(1_000)))
}

/// As it is compared.
fn check_value(kind: BlockKind, value: &str) -> Result<String, Refused> {
    match kind {
        BlockKind::Address => check::network(value),
        BlockKind::Visitor if value.starts_with("vis_") && value.len() <= limit::CLIENT_ID_BYTES => {
            Ok(value.to_owned())
        }
        BlockKind::Visitor => Err(Refusal::InvalidField.because("value is not a visitor's id")),
        BlockKind::Email => check::email(value).map(|email| check::email_key(&email)),
    }
}

fn all(tx: &mut Tx<'_>, now_ms: u64) -> Result<Vec<Block>, Refused> {
    tx.all(&ALL, values![now_ms])?.into_iter().map(block).collect()
}

fn block(mut row: Row) -> Result<Block, Refused> {
    let word = row.text(1);
    let kind = BlockKind::ALL.iter().find(|kind| kind.as_str() == word).ok_or(Refusal::Internal)?;
    Ok(Block {
        id: row.text(0),
        kind: *kind,
        value: row.text(2),
        reason: row.text(3),
        created_at: rfc3339(row.number(4)),
        until: row.maybe_number(5).map(rfc3339),
    })
}
