//! How the work stands that is done after what caused it: what waits, for how long, and what failed. Counts and
//! changes nothing, but for the hour at which a letter is tried again. Knows nothing of who does the work.

use crate::db::sql::{Sql, both, each, statements};
use crate::db::{Row, Tx, values};
use crate::people::Agent;
use crate::{Answer, Chat, access, alert_rules};
use wire::monitor::{Destination, Queue, QueueKind};
use wire::{Refused, limit};

statements! {
    DESTINATIONS = both(
        "SELECT d.id, d.waiting, d.failure, d.failed_ms, \
         (SELECT COUNT(*) FROM dead_letters l WHERE l.destination = d.id) FROM outbox_destinations d \
         WHERE d.waiting > 0 OR d.failure IS NOT NULL \
         OR EXISTS (SELECT 1 FROM dead_letters l WHERE l.destination = d.id) ORDER BY d.waiting DESC, d.id LIMIT ?1",
    );
    LETTERS = both(
        "SELECT COUNT(*) FILTER (WHERE attempts > 0), MIN(created_ms), MIN(due_ms) FROM outbox WHERE destination = ?1",
    );
    AT_ONCE = both("UPDATE outbox SET due_ms = ?2 WHERE destination = ?1 AND due_ms > ?2");
    MAILS = both(
        "SELECT COUNT(*), COUNT(*) FILTER (WHERE attempts > 0), MIN(due_ms) FROM \
         (SELECT attempts, due_ms FROM mails ORDER BY due_ms LIMIT ?1) m",
    );
    // Whoever sends one has claimed it until then.
    ALERTS = both(
        "SELECT COUNT(*), COUNT(*) FILTER (WHERE attempts > 0 AND claimed_ms <= ?2), MIN(created_ms), \
         COUNT(*) FILTER (WHERE claimed_ms > ?2) FROM (SELECT attempts, created_ms, claimed_ms FROM alerts \
         WHERE due_ms IS NOT NULL ORDER BY due_ms LIMIT ?1) a",
    );
    ALERTS_AT_ONCE = both("UPDATE alerts SET due_ms = ?1 WHERE due_ms > ?1 AND claimed_ms <= ?1");
    INDEX = both("SELECT COUNT(*), 0, NULL FROM (SELECT ref_id FROM search_queue LIMIT ?1) q");
    ERASURES = both(
        "SELECT COUNT(*), 0, MIN(asked_ms) FROM (SELECT asked_ms FROM erasures ORDER BY asked_ms LIMIT ?1) e",
    );
    // Loose ones, and the bytes of those whose row is gone.
    FILES = both(
        "SELECT COUNT(*) + (SELECT COUNT(*) FROM (SELECT id FROM attachment_remains LIMIT ?1) r), 0, MIN(created_ms) \
         FROM (SELECT created_ms FROM attachments WHERE message_id IS NULL ORDER BY created_ms LIMIT ?1) a",
    );
    // A single writer's facts are in the feed with their commit.
    FEED = each(
        "SELECT 0, 0, NULL WHERE ?1 > 0",
        "SELECT COUNT(*), 0, MIN(at_ms) FROM (SELECT at_ms FROM facts \
         WHERE writer >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint ORDER BY writer, position LIMIT ?1) f",
    );
    ALIVE = both("SELECT 1");
}

/// What the alerts' queue is called where destinations are.
const ALERTS_NAME: &str = "alerts";
/// Destinations that are told apart.
const DESTINATIONS_SHOWN: usize = 100;

impl Chat {
    /// Every queue, and each webhook with something to say of it; only owners and admins may see them.
    pub async fn queues(&self, owner: &Agent, now_ms: u64) -> Answer<(Vec<Queue>, Vec<Destination>)> {
        let owner_id = owner.id.clone();
        let look = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &owner_id)?;
            let destinations = destinations(tx, now_ms)?;
            let mut queues = vec![
                webhooks(QueueKind::ChatWebhooks, &destinations),
                webhooks(QueueKind::AppWebhooks, &destinations),
            ];
            for (kind, sql) in [
                (QueueKind::Mail, &MAILS),
                (QueueKind::Index, &INDEX),
                (QueueKind::Erasures, &ERASURES),
                (QueueKind::Files, &FILES),
                (QueueKind::Feed, &FEED),
            ] {
                queues.push(counted(tx, kind, sql, now_ms)?);
            }
            queues.push(alerts(tx, now_ms)?);
            Ok((queues, destinations))
        };
        self.db.read(look).await
    }

    /// What waits for this destination is due now, or what alerts wait where it is [`ALERTS_NAME`]; only owners and
    /// admins may say so.
    pub async fn retry_queue(&self, owner: &Agent, destination: &str, now_ms: u64) -> Answer<()> {
        let (owner_id, destination) = (owner.id.clone(), destination.to_owned());
        let retry = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &owner_id)?;
            match destination.as_str() {
                ALERTS_NAME => tx.run(&ALERTS_AT_ONCE, values![now_ms])?,
                _ => tx.run(&AT_ONCE, values![&destination, now_ms])?,
            };
            Ok(())
        };
        self.db.write(retry).await
    }

    /// Does the database answer?
    pub async fn is_alive(&self) -> Answer<()> {
        self.db.read(|tx| tx.one(&ALIVE, &[]).map(|_| ())).await
    }
}

fn destinations(tx: &mut Tx<'_>, now_ms: u64) -> Result<Vec<Destination>, Refused> {
    let mut destinations = Vec::new();
    for mut row in tx.all(&DESTINATIONS, values![DESTINATIONS_SHOWN])? {
        let id = row.text(0);
        let mut letters = tx.one(&LETTERS, values![&id])?;
        let mut of_letters = |column| letters.as_mut().and_then(|row: &mut Row| row.maybe_number(column));
        let kind = if id.starts_with("chat/whk_") { QueueKind::ChatWebhooks } else { QueueKind::AppWebhooks };
        destinations.push(Destination {
            address: None,
            kind,
            waiting: row.number(1),
            failure: row.maybe_text(2),
            failed_ms: row.maybe_number(3),
            dead: row.number(4),
            retrying: of_letters(0).unwrap_or_default(),
            oldest_ms: of_letters(1).map(|created_ms| now_ms.saturating_sub(created_ms)),
            next_ms: of_letters(2).map(|due_ms| due_ms.saturating_sub(now_ms)),
            id,
        });
    }
    Ok(destinations)
}

/// All webhooks of a kind together.
fn webhooks(kind: QueueKind, destinations: &[Destination]) -> Queue {
    let of_kind = || destinations.iter().filter(|destination| destination.kind == kind);
    let sum = |of: fn(&Destination) -> u64| of_kind().map(of).sum();
    let last = of_kind().filter(|destination| destination.failure.is_some()).max_by_key(|d| d.failed_ms);
    Queue {
        kind,
        waiting: sum(|destination| destination.waiting),
        sending: 0,
        retrying: sum(|destination| destination.retrying),
        dead: sum(|destination| destination.dead),
        oldest_ms: of_kind().filter_map(|destination| destination.oldest_ms).max(),
        failure: last.and_then(|destination| destination.failure.clone()),
        failed_ms: last.and_then(|destination| destination.failed_ms),
    }
}

fn counted(tx: &mut Tx<'_>, kind: QueueKind, sql: &Sql, now_ms: u64) -> Result<Queue, Refused> {
    let mut row = tx.one(sql, values![limit::QUEUE_COUNTED])?;
    let mut number = |column| row.as_mut().and_then(|row: &mut Row| row.maybe_number(column));
    Ok(Queue {
        kind,
        waiting: number(0).unwrap_or_default(),
        sending: 0,
        retrying: number(1).unwrap_or_default(),
        dead: 0,
        oldest_ms: number(2).map(|since_ms| now_ms.saturating_sub(since_ms)),
        failure: None,
        failed_ms: None,
    })
}

fn alerts(tx: &mut Tx<'_>, now_ms: u64) -> Result<Queue, Refused> {
    let mut row = tx.one(&ALERTS, values![limit::QUEUE_COUNTED, now_ms])?;
    let mut number = |column| row.as_mut().and_then(|row: &mut Row| row.maybe_number(column));
    Ok(Queue {
        kind: QueueKind::Alerts,
        waiting: number(0).unwrap_or_default(),
        retrying: number(1).unwrap_or_default(),
        oldest_ms: number(2).map(|since_ms| now_ms.saturating_sub(since_ms)),
        sending: number(3).unwrap_or_default(),
        dead: alert_rules::given_up(tx, now_ms)?,
        failure: None,
        failed_ms: None,
    })
}
