//! The work that is done after what caused it, for owners: what waits, what failed, and trying again. Knows nothing
//! of how it is done.

use crate::caller::SignedAgent;
use crate::desk::{Desk, now_ms};
use crate::reply::{Answer, Json, ok};
use axum::extract::State;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use wire::api::Done;
use wire::monitor::{DeadLetters, QueueKind, QueuesReply, RetryQueue};
use wire::{Refusal, Refused, limit};

type Shared = State<Arc<Desk>>;

/// What went wrong last with a queue that keeps no row of it, on this node since it began.
#[derive(Default)]
pub struct Troubles(Mutex<HashMap<QueueKind, (u64, String)>>);

impl Troubles {
    /// Something failed; `why` names nobody.
    pub fn note(&self, kind: QueueKind, why: &str) {
        self.0.lock().insert(kind, (now_ms(), why.to_owned()));
    }

    /// The same for what the chat refused.
    pub fn refused(&self, kind: QueueKind, refused: &Refused) {
        self.note(kind, refused.refusal.row().sentence);
    }

    fn of(&self, kind: QueueKind) -> Option<(u64, String)> {
        self.0.lock().get(&kind).cloned()
    }
}

/// `GET /api/v1/monitor/queues`.
pub async fn look(State(desk): Shared, SignedAgent(agent): SignedAgent) -> Answer {
    let (mut queues, mut destinations) = desk.chat.queues(&agent, now_ms()).await?;
    for queue in queues.iter_mut().filter(|queue| queue.failure.is_none()) {
        if let Some((at_ms, why)) = desk.monitor.troubles.of(queue.kind) {
            (queue.failed_ms, queue.failure) = (Some(at_ms), Some(why));
        }
    }
    let addresses = desk.webhooks.addresses();
    for destination in &mut destinations {
        destination.address = addresses.get(&destination.id).cloned();
    }
    let dead = desk.chat.dead_letters(&agent).await?;
    let dead_alerts = desk.chat.dead_alerts(&agent, now_ms()).await?;
    Ok(ok(&QueuesReply { success: true, queues, destinations, dead, dead_alerts }))
}

/// `POST /api/v1/monitor/queues/retry`: what waits for a webhook is tried now.
pub async fn retry(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(RetryQueue { destination }): Json<RetryQueue>,
) -> Answer {
    desk.chat.retry_queue(&agent, &destination, now_ms()).await?;
    desk.webhooks.retry(&destination);
    Ok(ok(&Done::YES))
}

/// `POST /api/v1/monitor/dead-letters/retry`: these are sent after all.
pub async fn revive(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(letters): Json<DeadLetters>,
) -> Answer {
    let posted = desk.chat.retry_dead_letters(&agent, checked(letters)?, now_ms()).await?;
    for (destination, _) in &posted.lanes {
        desk.webhooks.retry(destination);
    }
    if posted.refused > 0 {
        return Err(Refusal::InvalidField.because("Too many letters wait there already.").into());
    }
    Ok(ok(&Done::YES))
}

/// `POST /api/v1/monitor/dead-letters/drop`: these are forgotten.
pub async fn bury(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(letters): Json<DeadLetters>,
) -> Answer {
    desk.chat.drop_dead_letters(&agent, checked(letters)?).await?;
    Ok(ok(&Done::YES))
}

/// `POST /api/v1/monitor/dead-alerts/retry`: these are sent after all.
pub async fn revive_alerts(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(alerts): Json<DeadLetters>,
) -> Answer {
    desk.chat.retry_dead_alerts(&agent, checked(alerts)?, now_ms()).await?;
    Ok(ok(&Done::YES))
}

/// `POST /api/v1/monitor/dead-alerts/drop`: these are forgotten.
pub async fn bury_alerts(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(alerts): Json<DeadLetters>,
) -> Answer {
    desk.chat.drop_dead_alerts(&agent, checked(alerts)?).await?;
    Ok(ok(&Done::YES))
}

fn checked(DeadLetters { ids }: DeadLetters) -> Result<Vec<String>, Refused> {
    let most = limit::DEAD_LETTERS_AT_ONCE;
    if ids.len() <= most {
        Ok(ids)
    } else {
        Err(Refusal::InvalidField.because(format!("At most {most} ids.")))
    }
}
