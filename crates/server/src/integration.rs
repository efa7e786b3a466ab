//! The routes for other programs: keys, the feed, webhooks, blocks. Decides how chat verbs become HTTP
//! answers; knows nothing of how they are carried out.

use crate::caller::{self, SignedAgent, header};
use crate::desk::{Desk, now_ms};
use crate::gate;
use crate::outbound::{Line, Target};
use crate::page;
use crate::reply::{Answer, Id, IdAnd, Json, made, ok};
use crate::waiters::EVERYWHERE;
use crate::webhooks::standard;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chat::Attempt;
use serde::Deserialize;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::api::Done;
use wire::integration::{
    BlocksReply, DeliveriesReply, DeliveryReply, EventsReply, KeyReply, KeysReply, NewBlock, NewKey,
    NewWebhook, WebhookChange, WebhookReply, WebhooksReply,
};
use wire::{Refusal, limit};

type Shared = State<Arc<Desk>>;

/// How soon a feed is looked at again whose newest facts are hidden by an older transaction.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The query of the feed.
#[derive(Debug, Deserialize)]
pub struct FeedAsked {
    after: Option<String>,
    limit: Option<usize>,
    #[serde(default)]
    wait: u64,
}

/// `GET /api/v1/events`: all facts the agent may see, in the order of their commits.
pub async fn events(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    query: Result<Query<FeedAsked>, QueryRejection>,
    headers: HeaderMap,
) -> Answer {
    let Query(asked) =
        query.map_err(|_| Refusal::InvalidField.because("limit and wait are whole numbers."))?;
    let most = asked.limit.unwrap_or(limit::PAGE_ITEMS).clamp(1, limit::PAGE_ITEMS_MAX);
    let until = Instant::now() + Duration::from_secs(asked.wait.min(limit::WAIT_MAX_S));
    let Some(mut after) = asked.after else {
        return Ok(feed_reply(&headers, &desk.chat.feed(&agent, None, most).await?));
    };
    let mut agent = agent;
    loop {
        let armed = desk.waiters.arm(EVERYWHERE);
        let found = desk.chat.feed(&agent, Some(&after), most).await?;
        let left = until.saturating_duration_since(Instant::now());
        if !found.events.is_empty() || left.is_zero() || desk.waiters.has_ended() {
            return Ok(feed_reply(&headers, &found));
        }
        after = found.next;
        // More of what this agent may not see is gone past at once.
        if !found.more {
            let lags = desk.chat.feed_lags(&after).await?;
            armed.changed(if lags { left.min(LOOK_AGAIN) } else { left }).await;
        }
        // The session may have ended meanwhile (ruling 5).
        agent = caller::agent(&headers, &desk).await?;
    }
}

/// The page, or 304 when nothing came after what the client's tag says.
fn feed_reply(headers: &HeaderMap, found: &EventsReply) -> Response {
    let tag = format!("\"{}\"", found.next);
    let is_known = header(headers, IF_NONE_MATCH).is_some_and(|sent| sent == tag);
    let mut response = if is_known && found.events.is_empty() {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ok(found)
    };
    response.headers_mut().insert(ETAG, HeaderValue::from_str(&tag).expect("digits are header text"));
    response
}

/// `GET /api/v1/keys`.
pub async fn keys(State(desk): Shared, SignedAgent(agent): SignedAgent) -> Answer {
    Ok(ok(&KeysReply { success: true, keys: desk.chat.keys(&agent).await? }))
}

/// `POST /api/v1/keys`.
pub async fn new_key(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(request): Json<NewKey>,
) -> Answer {
    let (key, secret) = desk.chat.new_key(&agent, request, now_ms()).await?;
    Ok(made(true, &KeyReply { success: true, key, secret }))
}

/// `DELETE /api/v1/keys/{id}`.
pub async fn revoke_key(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    Ok(ok(&KeysReply { success: true, keys: desk.chat.revoke_key(&agent, &id, now_ms()).await? }))
}

/// `GET /api/v1/webhooks`.
pub async fn webhooks(State(desk): Shared, SignedAgent(agent): SignedAgent) -> Answer {
    Ok(ok(&WebhooksReply { success: true, webhooks: desk.chat.webhooks(&agent).await? }))
}

/// `POST /api/v1/webhooks`.
pub async fn add_webhook(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(request): Json<NewWebhook>,
) -> Answer {
    check_url(&request.url)?;
    let (webhook, secret) = desk.chat.add_webhook(&agent, request, now_ms()).await?;
    desk.webhooks.serve_chat().await;
    Ok(made(true, &WebhookReply { success: true, webhook, secret: Some(secret) }))
}

/// `GET /api/v1/webhooks/{id}`, with the tag that a change may ask for.
pub async fn webhook(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    headers: HeaderMap,
) -> Answer {
    let webhook = desk.chat.webhook(&agent, &id).await?;
    let tag = wire::tag::of(&webhook);
    Ok(page::tagged(&headers, &tag, &WebhookReply { success: true, webhook, secret: None }))
}

/// `PATCH /api/v1/webhooks/{id}`; with `If-Match`, only as it was read.
pub async fn change_webhook(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    headers: HeaderMap,
    Json(change): Json<WebhookChange>,
) -> Answer {
    change.url.as_deref().map_or(Ok(()), check_url)?;
    let change = page::conditional(&headers, change);
    let (webhook, secret) = desk.chat.change_webhook(&agent, &id, change).await?;
    desk.webhooks.serve_chat().await;
    Ok(ok(&WebhookReply { success: true, webhook, secret }))
}

fn check_url(url: &str) -> Answer<()> {
    if url.len() <= limit::URL_BYTES && Target::parse(url).is_some() {
        return Ok(());
    }
    let sentence = "url must be http(s)://host[:port]/path without user and fragment.";
    Err(Refusal::InvalidField.because(sentence).into())
}

/// `DELETE /api/v1/webhooks/{id}`.
pub async fn remove_webhook(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    let webhooks = desk.chat.remove_webhook(&agent, &id).await?;
    desk.webhooks.serve_chat().await;
    Ok(ok(&WebhooksReply { success: true, webhooks }))
}

/// `GET /api/v1/webhooks/{id}/deliveries`.
pub async fn deliveries(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    Ok(ok(&DeliveriesReply { success: true, deliveries: desk.chat.deliveries(&agent, &id).await? }))
}

/// `POST /api/v1/webhooks/{id}/deliveries/{delivery}/replay`.
pub async fn replay(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    IdAnd(id, delivery): IdAnd,
) -> Answer {
    desk.chat.replay(&agent, &id, &delivery, now_ms()).await?;
    desk.webhooks.look();
    Ok(ok(&Done::YES))
}

/// `POST /api/v1/webhooks/{id}/test`: one call at once, past the outbox, active or not.
pub async fn test_webhook(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    let webhook = desk.chat.webhook_target(&agent, &id).await?;
    desk.rates.signal(&agent.id)?;
    let (at_ms, began) = (now_ms(), Instant::now());
    let payload = chat::test_payload(at_ms);
    let (status, failure) = match Target::parse(&webhook.url) {
        Some(target) => {
            let headers = standard::headers(&webhook.secrets, &payload, at_ms / 1_000);
            match Line::new(desk.outbound.clone()).post(&target, &headers, payload.clone().into()).await {
                Ok(reply) => (Some(reply.status), None),
                Err(failure) => (None, Some(failure.to_string())),
            }
        }
        None => (None, Some("its address cannot be read".to_owned())),
    };
    let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let attempt = Attempt {
        webhook_id: webhook.id,
        letter: None,
        payload,
        number: 1,
        at_ms,
        duration_ms,
        status,
        failure,
        again_ms: None,
    };
    let delivery = desk.chat.webhook_attempted(attempt).await?;
    Ok(ok(&DeliveryReply { success: true, delivery }))
}

/// `GET /api/v1/blocks`.
pub async fn blocks(State(desk): Shared, SignedAgent(agent): SignedAgent) -> Answer {
    Ok(ok(&BlocksReply { success: true, blocks: desk.chat.blocks(&agent, now_ms()).await? }))
}

/// `POST /api/v1/blocks`. The sweep closes the sockets of the sessions that this ends; those that came from a
/// blocked address are closed at once.
pub async fn add_block(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(request): Json<NewBlock>,
) -> Answer {
    let blocks = desk.chat.add_block(&agent, request, now_ms()).await?;
    desk.blocks.refresh(&desk.chat).await?;
    gate::close_blocked(&desk);
    Ok(made(true, &BlocksReply { success: true, blocks }))
}

/// `DELETE /api/v1/blocks/{id}`.
pub async fn remove_block(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    let blocks = desk.chat.remove_block(&agent, &id, now_ms()).await?;
    desk.blocks.refresh(&desk.chat).await?;
    Ok(ok(&BlocksReply { success: true, blocks }))
}
