//! The routes by which files are loaded: for whoever has a link (ruling 15), in ranges, under a policy that
//! lets nothing in them run. Knows nothing of who may read the message.

use super::kind;
use super::store::Piece;
use crate::caller::header as header_text;
use crate::desk::Desk;
use crate::reply::{Answer, Id, IdAnd, No};
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::ops::Range;
use std::sync::Arc;
use wire::file::{self, Part};
use wire::{Refusal, limit};

type Shared = State<Arc<Desk>>;

/// The signature of a link.
#[derive(Debug, Deserialize)]
pub struct Signed {
    expires: u64,
    signature: String,
}

type Asked = Result<Query<Signed>, QueryRejection>;

/// What is delivered, and how.
struct Delivery {
    piece: Piece,
    id: String,
    bytes: Option<u64>,
    media_type: String,
    /// `Content-Disposition`.
    disposition: String,
    tag: String,
}

/// `GET /files/{id}/{name}`.
pub async fn whole(State(desk): Shared, IdAnd(id, _): IdAnd, asked: Asked, headers: HeaderMap) -> Answer {
    check(&desk, Part::Whole, &id, asked)?;
    let (found, _) = desk.chat.file(&id).await?;
    let word = if kind::is_inline(&found) { "inline" } else { "attachment" };
    let delivery = Delivery {
        piece: Piece::Whole,
        bytes: Some(found.bytes),
        media_type: kind::delivered_as(&found).to_owned(),
        // RFC 6266: the name in plain ASCII for old programs, and as it is for all others.
        disposition: format!(
            "{word}; filename=\"{}\"; filename*=UTF-8''{}",
            plain(&found.name),
            file::escaped(&found.name)
        ),
        tag: format!("\"{id}\""),
        id,
    };
    deliver(&desk, delivery, &headers).await
}

/// `GET /thumbnails/{id}`.
pub async fn thumbnail(State(desk): Shared, Id(id): Id, asked: Asked, headers: HeaderMap) -> Answer {
    check(&desk, Part::Thumbnail, &id, asked)?;
    let (_, media_type) = desk.chat.file(&id).await?;
    let delivery = Delivery {
        piece: Piece::Thumbnail,
        bytes: None,
        media_type: media_type.ok_or(Refusal::UnknownAttachment)?,
        disposition: "inline".to_owned(),
        tag: format!("\"{id}-thumbnail\""),
        id,
    };
    deliver(&desk, delivery, &headers).await
}

fn check(desk: &Desk, part: Part, id: &str, asked: Asked) -> Answer<()> {
    let Query(Signed { expires, signature }) = asked.map_err(|_| Refusal::LinkInvalid)?;
    Ok(desk.chat.links().check(part, id, expires, &signature)?)
}

/// Letters, digits and what means nothing in a quoted string.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || " .-_()".contains(c) { c } else { '_' }).collect()
}

async fn deliver(desk: &Desk, delivery: Delivery, asked: &HeaderMap) -> Answer {
    if is_same(asked, &delivery.tag) {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        secure(response.headers_mut(), &delivery);
        return Ok(response);
    }
    let mut response = match delivery.bytes {
        Some(bytes) => match range(asked, &delivery.tag, bytes) {
            Ok(range) => part(desk, &delivery, range, bytes).await?,
            Err(refusal) => unsatisfiable(refusal, bytes),
        },
        None => {
            let read = desk.files.store.read(&delivery.id, delivery.piece, 0..limit::IMAGE_BYTES).await?;
            Body::from_stream(read).into_response()
        }
    };
    secure(response.headers_mut(), &delivery);
    Ok(response)
}

async fn part(desk: &Desk, delivery: &Delivery, range: Option<Range<u64>>, bytes: u64) -> Answer {
    let wanted = range.clone().unwrap_or(0..bytes);
    let length = wanted.end - wanted.start;
    let read = desk.files.store.read(&delivery.id, delivery.piece, wanted.clone()).await?;
    let mut response = Body::from_stream(read).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if range.is_some() {
        headers.insert(
            header::CONTENT_RANGE,
            text(&format!("bytes {}-{}/{bytes}", wanted.start, wanted.end - 1)),
        );
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

fn unsatisfiable(refusal: Refusal, bytes: u64) -> Response {
    let mut response = No::from(refusal).into_response();
    response.headers_mut().insert(header::CONTENT_RANGE, text(&format!("bytes */{bytes}")));
    response
}

/// Has the client these bytes already? A file never changes.
fn is_same(asked: &HeaderMap, tag: &str) -> bool {
    let tags = header_text(asked, header::IF_NONE_MATCH).unwrap_or_default();
    tags.split(',').map(|sent| sent.trim().trim_start_matches("W/")).any(|sent| sent == tag || sent == "*")
}

/// With `If-Range` of something else, the whole file.
fn range(asked: &HeaderMap, tag: &str, bytes: u64) -> Result<Option<Range<u64>>, Refusal> {
    let is_of_this = header_text(asked, header::IF_RANGE).is_none_or(|sent| sent == tag);
    let range = header_text(asked, header::RANGE).filter(|_| is_of_this);
    range.map_or(Ok(None), |range| file::range(range, bytes))
}

/// Nothing in a file runs, and pages that have a link may show it (ruling 10).
fn secure(headers: &mut HeaderMap, delivery: &Delivery) {
    let refused = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/problem+json");
    if !refused {
        headers.insert(header::CONTENT_TYPE, text(&delivery.media_type));
        headers.insert(header::CONTENT_DISPOSITION, text(&delivery.disposition));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=86400"));
        headers.insert(header::ETAG, text(&delivery.tag));
    }
    for (name, value) in [
        (header::ACCEPT_RANGES, if delivery.bytes.is_some() { "bytes" } else { "none" }),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "Accept-Ranges, Content-Length, Content-Range, ETag"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
}

fn text(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).expect("names are escaped, and all else is ours")
}
