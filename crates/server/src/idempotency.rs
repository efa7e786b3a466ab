//! `Idempotency-Key` on the posts of agents and API keys: the same request sent again gets the reply of the
//! first, and does not run again. Knows nothing of what the routes do.

use crate::caller;
use crate::desk::{Desk, now_ms};
use crate::reply::{self, No};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chat::{Kept, RequestKey};
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use wire::{Refusal, limit};

/// The header that names a request.
pub const KEY_HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that a reply is that of an earlier request.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The key, if there is one that is not too long.
pub fn key(headers: &HeaderMap) -> Option<&str> {
    caller::header(headers, KEY_HEADER).filter(|key| !key.is_empty())
}

/// Stands before every post of an agent. Without the header it only passes on.
pub async fn layer(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let Some(key) = key(request.headers()) else { return next.run(request).await };
    if key.len() > limit::CLIENT_ID_BYTES {
        let detail = format!("Idempotency-Key has at most {} bytes.", limit::CLIENT_ID_BYTES);
        return No::from(Refusal::InvalidField.because(detail)).into_response();
    }
    // Who may not call is told so by the route.
    let Ok(agent) = caller::agent(request.headers(), &desk).await else { return next.run(request).await };
    let of = RequestKey { principal: agent.id, key: key.to_owned() };
    once(&desk, &of, request, next).await.unwrap_or_else(IntoResponse::into_response)
}

async fn once(desk: &Desk, of: &RequestKey, request: Request, next: Next) -> Result<Response, No> {
    let (parts, body) = request.into_parts();
    let whole = Request::from_parts(parts.clone(), body);
    let bytes = reply::read(whole, limit::BODY_BYTES).await?;
    let mut hash = Sha256::new();
    hash.update(parts.method.as_str());
    hash.update([0]);
    hash.update(parts.uri.to_string());
    hash.update([0]);
    hash.update(&bytes);
    let hash: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    if let Some(kept) = desk.chat.claim(of, hash, now_ms()).await? {
        return Ok(replay(kept));
    }
    let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    let (head, body) = response.into_parts();
    let reply = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    // What refused did nothing, and may succeed another time.
    let is_kept = head.status.is_success() && reply.len() <= limit::IDEMPOTENCY_REPLY_BYTES;
    let noted = match std::str::from_utf8(&reply) {
        Ok(text) if is_kept => {
            let kept = Kept { status: head.status.as_u16(), reply: without_secret(text) };
            desk.chat.keep_reply(of, kept).await
        }
        Ok(_) | Err(_) => desk.chat.release_key(of).await,
    };
    if let Err(refused) = noted {
        tracing::warn!(reason = refused.refusal.row().name, "a reply was not kept for its Idempotency-Key");
    }
    Ok(Response::from_parts(head, Body::from(reply)))
}

/// A secret is shown once and kept nowhere.
fn without_secret(reply: &str) -> String {
    let Ok(mut json) = serde_json::from_str::<serde_json::Value>(reply) else { return reply.to_owned() };
    match json.get_mut("secret") {
        None => reply.to_owned(),
        Some(secret) => {
            *secret = "".into();
            json.to_string()
        }
    }
}

fn replay(kept: Kept) -> Response {
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REPLAYED, HeaderValue::from_static("true")),
    ];
    (status, headers, kept.reply).into_response()
}
