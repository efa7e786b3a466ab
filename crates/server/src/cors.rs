//! Cross-origin rules (ruling 11): which foreign pages may call the visitor's routes; the fallback
//! transports have their own. Knows
//! nothing of credentials; the request itself is checked against its own widget's list later.

use crate::caller::{arrival, header};
use crate::desk::Desk;
use crate::fallback;
use crate::reply::No;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use wire::Refusal;

const METHODS: &str = "GET, POST, PATCH, PUT, DELETE";
const HEADERS: &str = "Authorization, Content-Type, X-Socket-ID, Idempotency-Key, If-Match, If-None-Match";
const EXPOSED: &str = "ETag, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset";

/// Answers preflights and marks answers for the visitor's routes; all others stay without CORS.
pub async fn layer(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if fallback::is_path(path, &desk.settings.path) {
        return fallback::cors(request, next).await;
    }
    if !(path.starts_with("/api/chatbot/") || path.starts_with("/broadcasting/")) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let origin = header(&parts.headers, header::ORIGIN).map(str::to_owned);
    let admitted = origin.filter(|origin| desk.origins.admit(origin, &arrival(&parts, &desk)));
    let is_preflight =
        parts.method == Method::OPTIONS && parts.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = match (is_preflight, &admitted) {
        (true, Some(_)) => preflight(),
        (true, None) => No::from(Refusal::OriginNotAllowed).into_response(),
        (false, _) => next.run(Request::from_parts(parts, body)).await,
    };
    mark(response.headers_mut(), admitted.as_deref());
    response
}

fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS),
        (header::ACCESS_CONTROL_MAX_AGE, "7200"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

fn mark(headers: &mut HeaderMap, admitted: Option<&str>) {
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = admitted.and_then(|origin| HeaderValue::from_str(origin).ok()) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    }
}
