//! Replies kept for a day, so that a request sent again under its `Idempotency-Key` runs once. Knows
//! nothing of what was asked.

use crate::db::sql::{both, statements};
use crate::db::{Tx, values};
use crate::{Answer, Chat};
use wire::{Refusal, Refused, limit};

statements! {
    // What never ended may be tried again after a while.
    CLAIM = both(
        "INSERT INTO idempotency (principal, key, request_hash, started_ms) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (principal, key) DO UPDATE SET request_hash = excluded.request_hash, \
         started_ms = excluded.started_ms, status = NULL, reply = NULL \
         WHERE idempotency.started_ms <= ?5 OR (idempotency.status IS NULL AND idempotency.started_ms <= ?6)",
    );
    FIND = both("SELECT request_hash, status, reply FROM idempotency WHERE principal = ?1 AND key = ?2");
    KEEP = both("UPDATE idempotency SET status = ?3, reply = ?4 WHERE principal = ?1 AND key = ?2");
    RELEASE = both("DELETE FROM idempotency WHERE principal = ?1 AND key = ?2");
    SWEEP = both("DELETE FROM idempotency WHERE started_ms <= ?1");
}

/// Whose request it is, and what they call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey {
    /// The agent or key.
    pub principal: String,
    /// The `Idempotency-Key`.
    pub key: String,
}

/// A reply that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its HTTP status.
    pub status: u16,
    /// Its body.
    pub reply: String,
}

impl Chat {
    /// Takes a key for a request: `None` means that it is to run now. [`Refusal::IdempotencyKeyReused`]
    /// for another request, [`Refusal::IdempotencyKeyBusy`] while the first runs.
    pub async fn claim(&self, of: &RequestKey, request_hash: String, now_ms: u64) -> Answer<Option<Kept>> {
        let RequestKey { principal, key } = of.clone();
        let claim = move |tx: &mut Tx<'_>| {
            let gone_ms = now_ms.saturating_sub(limit::IDEMPOTENCY_S * 1_000);
            let stuck_ms = now_ms.saturating_sub(limit::IDEMPOTENCY_BUSY_S * 1_000);
            let taken =
                tx.run(&CLAIM, values![&principal, &key, &request_hash, now_ms, gone_ms, stuck_ms])?;
            if taken == 1 {
                return Ok(None);
            }
            let mut row = tx.one(&FIND, values![&principal, &key])?.ok_or(Refusal::IdempotencyKeyBusy)?;
            if row.text(0) != request_hash {
                return Err(Refusal::IdempotencyKeyReused.into());
            }
            let status = row.maybe_number(1).ok_or(Refusal::IdempotencyKeyBusy)?;
            let status = u16::try_from(status).map_err(|_| Refused::from(Refusal::Internal))?;
            Ok(Some(Kept { status, reply: row.maybe_text(2).unwrap_or_default() }))
        };
        self.db.write(claim).await
    }

    /// Keeps the reply.
    pub async fn keep_reply(&self, of: &RequestKey, kept: Kept) -> Answer<()> {
        let RequestKey { principal, key } = of.clone();
        let status = u64::from(kept.status);
        self.db
            .write(move |tx| tx.run(&KEEP, values![&principal, &key, status, &kept.reply]).map(|_| ()))
            .await
    }

    /// Gives the key back: the request did nothing and may be sent again.
    pub async fn release_key(&self, of: &RequestKey) -> Answer<()> {
        let RequestKey { principal, key } = of.clone();
        self.db.write(move |tx| tx.run(&RELEASE, values![&principal, &key]).map(|_| ())).await
    }

    /// Forgets replies older than a day.
    pub async fn forget_replies(&self, now_ms: u64) -> Answer<u64> {
        let before_ms = now_ms.saturating_sub(limit::IDEMPOTENCY_S * 1_000);
        self.db.write(move |tx| tx.run(&SWEEP, values![before_ms])).await
    }
}
