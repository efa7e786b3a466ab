//! How answers leave: JSON, refusals as RFC 9457 problems, and the extractors of query and body that refuse
//! by the table. Knows nothing of what is said.

use axum::body::HttpBody;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use wire::refusal::Retry;
use wire::{Refusal, Refused, limit};

/// What every handler answers.
pub type Answer<T = Response> = Result<T, No>;

/// A refusal on its way out.
#[derive(Debug)]
pub struct No {
    refused: Refused,
    retry_after_s: u64,
}

impl No {
    /// A flood: the bucket has room again after so many seconds.
    pub fn too_many(retry_after_s: u64) -> No {
        No::later(Refusal::TooManyRequests, retry_after_s)
    }

    /// Something that can succeed after so many seconds.
    pub fn later(refusal: Refusal, retry_after_s: u64) -> No {
        No { refused: refusal.into(), retry_after_s }
    }
}

impl From<Refused> for No {
    fn from(refused: Refused) -> No {
        No { retry_after_s: refused.retry_after_s.unwrap_or(1), refused }
    }
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> No {
        Refused::from(refusal).into()
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let row = self.refused.refusal.row();
        let status = StatusCode::from_u16(row.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = json(status, &self.refused.refusal.problem(self.refused.detail.clone()));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if row.retry == Retry::Later {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(self.retry_after_s));
        }
        // For the metrics, and for those who word it otherwise.
        response.extensions_mut().insert(self.refused.refusal);
        response.extensions_mut().insert(self.refused);
        response
    }
}

/// A JSON answer that no cache keeps.
pub fn json<T: Serialize>(status: StatusCode, body: &T) -> Response {
    let bytes = serde_json::to_vec(body).expect("wire types have string keys and no failing serializer");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, bytes).into_response()
}

/// A JSON answer with status 200.
pub fn ok<T: Serialize>(body: &T) -> Response {
    json(StatusCode::OK, body)
}

/// 201 for what was made now, 200 for what a retry found.
pub fn made<T: Serialize>(created: bool, body: &T) -> Response {
    json(if created { StatusCode::CREATED } else { StatusCode::OK }, body)
}

/// The id in a path. One that is not text names nothing.
pub struct Id(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Id> {
        let path = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(id)| Id(id)).map_err(|_| Refusal::NotFound.into())
    }
}

/// The id in a path, and what of it is meant.
pub struct IdAnd(pub String, pub String);

impl<S: Send + Sync> FromRequestParts<S> for IdAnd {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<IdAnd> {
        let path = axum::extract::Path::<(String, String)>::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path((id, part))| IdAnd(id, part)).map_err(|_| Refusal::NotFound.into())
    }
}

/// What the query asks for.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Answer<Query<T>> {
        let asked = serde_urlencoded::from_str(parts.uri.query().unwrap_or_default());
        asked.map(Query).map_err(|_| Refusal::InvalidField.because("The query cannot be read.").into())
    }
}

/// A request body, as bytes within the limit.
pub struct Body(pub bytes::Bytes);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = No;

    async fn from_request(request: Request, _state: &S) -> Answer<Body> {
        read(request, limit::BODY_BYTES).await.map(Body)
    }
}

/// Reads a body of at most `most` bytes that arrives in time.
///
/// # Errors
/// `body-too-large`, `request-timeout`, or `bad-request-head` when the client goes away.
pub async fn read(request: Request, most: usize) -> Answer<bytes::Bytes> {
    let too_large = || Refusal::BodyTooLarge.because(format!("The limit is {most} bytes."));
    // Whoever says so beforehand need not send it, and is not told to go on.
    if request.body().size_hint().lower() > most as u64 {
        return Err(too_large().into());
    }
    let body = http_body_util::Limited::new(request.into_body(), most);
    let in_time = tokio::time::timeout(Duration::from_secs(limit::REQUEST_BODY_S), body.collect());
    match in_time.await.map_err(|_| Refusal::RequestTimeout)? {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(too_large().into()),
        Err(_) => Err(Refusal::BadRequestHead.because("The body did not arrive whole.").into()),
    }
}

/// A JSON body of a known shape. An empty body reads as `{}`.
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = No;

    async fn from_request(request: Request, state: &S) -> Answer<Json<T>> {
        if let Some(kind) = request.headers().get(header::CONTENT_TYPE)
            && !kind.to_str().is_ok_and(|kind| kind.trim_start().starts_with("application/json"))
        {
            return Err(Refusal::UnsupportedMedia.into());
        }
        let Body(bytes) = Body::from_request(request, state).await?;
        Ok(Json(parse(&bytes)?))
    }
}

/// Parses JSON text; says whether it was no JSON or of another shape.
///
/// # Errors
/// `malformed-json`, `missing-field` or `invalid-body`, naming the field.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refused> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    serde_json::from_slice(bytes).map_err(|error| {
        if !error.is_data() {
            return Refusal::MalformedJson.because(format!(
                "Line {}, column {}.",
                error.line(),
                error.column()
            ));
        }
        // serde's sentence for an absent field is "missing field `name` at line …"; other
        // sentences may quote what was sent, so only the place is told.
        let sentence = error.to_string();
        match sentence.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
            Some(field) => Refusal::MissingField.because(format!("The field is {field}.")),
            None => {
                Refusal::InvalidBody.because(format!("Line {}, column {}.", error.line(), error.column()))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use wire::api::{LoginRequest, ReadUpTo};

    #[test]
    fn no_json_a_missing_field_and_a_wrong_type_are_told_apart() {
        let refused = |text: &str| parse::<ReadUpTo>(text.as_bytes()).unwrap_err();
        assert_eq!(refused("{").refusal, Refusal::MalformedJson);
        assert_eq!(refused("").refusal, Refusal::MissingField);
        assert_eq!(refused("{}").detail.unwrap(), "The field is message_id.");
        assert_eq!(refused("{\"message_id\":7}").refusal, Refusal::InvalidBody);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_given_up() {
        let pending = futures_util::stream::pending::<Result<bytes::Bytes, std::io::Error>>();
        let request = Request::new(axum::body::Body::from_stream(pending));
        let refused = read(request, 100).await.unwrap_err();
        assert_eq!(refused.refused.refusal, Refusal::RequestTimeout);
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused_with_the_limit() {
        let request = Request::new(axum::body::Body::from("x".repeat(101)));
        let refused = read(request, 100).await.unwrap_err().refused;
        assert_eq!(refused, Refusal::BodyTooLarge.because("The limit is 100 bytes."));
    }

    #[test]
    fn a_wrong_value_is_not_quoted_back() {
        let refused =
            parse::<LoginRequest>(br#"{"email":"a@b.example","password":["hunter2"]}"#).unwrap_err();
        assert!(!refused.to_string().contains("hunter2"));
    }
}
