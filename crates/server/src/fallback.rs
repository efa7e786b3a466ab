//! The HTTP fallback transports (contract 1.15): the addresses by which pusher-js receives and sends where
//! no WebSocket comes up. Decides what a request of theirs is answered; knows nothing of channels and events.

use crate::caller::{head, header};
use crate::desk::Desk;
use crate::fallback_session::{Attachment, Kind, Session, tag};
use crate::reply::{self, Answer, No};
use axum::body::Body;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use realtime::Said;
use std::sync::Arc;
use wire::{Refusal, fallback, limit};

type Shared = State<Arc<Desk>>;

/// Where the routes begin, behind the prefix of the Pusher routes. pusher-js calls it `httpPath`.
const BASE: &str = "/pusher/app/";

/// The name of a session in a path: the app's key, then a number and a word of the client's choice.
pub struct Name {
    key: String,
    session: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Name {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Name> {
        let path = Path::<(String, String, String)>::from_request_parts(parts, state).await;
        let Path((key, number, word)) = path.map_err(|_| Refusal::NotFound)?;
        if !fallback::is_session(&number, &word) {
            return Err(Refusal::NotFound.into());
        }
        let session = format!("{key}/{number}/{word}");
        Ok(Name { key, session })
    }
}

/// `POST …/xhr_streaming`: a stream of lines that ends with the session, or when the client opens the next.
pub async fn streaming(State(desk): Shared, name: Name, parts: Parts) -> Response {
    let body = match receive(&desk, &name, &parts, Kind::Stream).await {
        Received::Attached(attachment) => {
            Body::from_stream(stream::unfold(attachment, async |mut attachment| {
                let piece = attachment.piece().await?;
                Some((Ok::<_, std::convert::Infallible>(piece), attachment))
            }))
        }
        Received::Lines(lines) => Body::from(lines),
    };
    lines(body)
}

/// `POST …/xhr`: waits for lines and answers them.
pub async fn polling(State(desk): Shared, name: Name, parts: Parts) -> Response {
    let text = match receive(&desk, &name, &parts, Kind::Poll).await {
        Received::Attached(attachment) => attachment.answer().await,
        Received::Lines(lines) => lines,
    };
    lines(Body::from(text))
}

/// `POST …/xhr_send`: messages of the client, or none as a sign of life.
pub async fn send(State(desk): Shared, name: Name, request: Request) -> Answer {
    let origin = header(request.headers(), header::ORIGIN);
    let session = desk.fallback.find(&name.session).filter(|session| session.is_of(origin));
    let session = session.ok_or(Refusal::NotFound)?;
    let app = desk.hub.app_by_key(&name.key).ok_or(Refusal::NotFound)?;
    // Quotes are escaped, which makes most messages longer by half.
    let most = app.max_message_bytes * 2 + 1_024;
    if let Some(bytes) = announced(request.headers()).filter(|bytes| *bytes > most as u64) {
        session.bring_too_large(bytes)?;
        return Err(Refusal::BodyTooLarge.because(format!("The limit is {most} bytes.")).into());
    }
    let tag = tag(request.uri().query());
    let body = reply::read(request, most).await?;
    session.bring(tag, fallback::parse_send(&body)?)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The length that a request announces.
fn announced(headers: &HeaderMap) -> Option<u64> {
    header(headers, header::CONTENT_LENGTH)?.parse().ok()
}

/// What a receive request gets.
enum Received {
    /// A place at the session, from which its lines are taken.
    Attached(Attachment),
    /// These lines, and nothing after them.
    Lines(String),
}

async fn receive(desk: &Arc<Desk>, name: &Name, parts: &Parts, kind: Kind) -> Received {
    let (origin, tag) = (header(&parts.headers, header::ORIGIN), tag(parts.uri.query()));
    if let Some(session) = desk.fallback.find(&name.session) {
        if !session.is_of(origin) {
            return refused(&[close(Refusal::OriginNotAllowed)]);
        }
        if let Some(reply) = session.reply_to(kind, tag) {
            return Received::Lines(reply);
        }
        if let Some(attachment) = Session::attach(&session, kind, tag) {
            return Received::Attached(attachment);
        }
    }
    if desk.fallback.count() >= limit::FALLBACK_SESSIONS {
        return refused(&[close(Refusal::OverCapacity)]);
    }
    let query = parts.uri.query().unwrap_or_default();
    match desk.hub.open_pipe(&name.key, query, &head(parts)).await {
        Ok(pipe) => {
            let session = desk.fallback.open(&name.session, pipe, origin, kind, tag);
            Received::Attached(session.opening(fallback::open(desk.settings.fallback_hostname.as_deref())))
        }
        Err(said) => refused(&said),
    }
}

fn close(refusal: Refusal) -> Said {
    let row = refusal.row();
    Said::Close(row.code.unwrap_or(4100), row.sentence.into())
}

/// Opened and closed at once: a client takes a refusal only from a session that is open.
fn refused(said: &[Said]) -> Received {
    Received::Lines(fallback::open(None) + &crate::fallback_session::lines(said))
}

/// An answer of lines. The type is one that no browser holds back to look into, and the other headers
/// keep proxies from holding it back.
fn lines(body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/javascript; charset=UTF-8"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store, no-transform"),
    ];
    (headers, [("x-accel-buffering", "no")], body).into_response()
}

/// Is this an address of the fallback transports?
pub fn is_path(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(BASE))
}

/// Lets pages of any origin ask, as a WebSocket does: the app's own policy is asked when a session
/// opens, and a page that it refuses must be able to read so, or it would come back every second.
pub async fn cors(request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let is_preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if is_preflight { preflight() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    response
}

fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type"),
        (header::ACCESS_CONTROL_MAX_AGE, "7200"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}
