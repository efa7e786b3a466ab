//! What a visitor's and an agent's conversation routes share: paging, waiting, ETags, typing
//! limits and the sender's own socket. Knows nothing of who is asking.

use crate::caller::header;
use crate::desk::{Desk, Exclusion};
use crate::idempotency;
use crate::reply::{Answer, ok};
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chat::{Conditional, PageQuery};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use wire::api::PostMessage;
use wire::event::Typing;
use wire::{Refusal, limit};

/// The query of a conversation route.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    after: Option<u64>,
    before: Option<u64>,
    limit: Option<usize>,
    #[serde(default)]
    wait: u64,
}

/// The query of a list that is ordered by time.
#[derive(Debug, Deserialize)]
pub struct ListAsked {
    /// Cursor of an earlier page.
    pub before: Option<String>,
    /// At most so many.
    pub limit: Option<usize>,
}

/// Reads the query, or refuses by the table.
///
/// # Errors
/// `invalid-field`.
pub fn asked(query: Result<Query<Asked>, QueryRejection>) -> Answer<Asked> {
    query
        .map(|Query(asked)| asked)
        .map_err(|_| Refusal::InvalidField.because("after, before, limit and wait are whole numbers.").into())
}

impl Asked {
    /// Is this a long poll?
    pub fn waits(&self) -> bool {
        self.after.is_some() && self.wait > 0
    }

    /// The cursor of a poll that waits for nothing.
    pub fn polls_after(&self) -> Option<u64> {
        self.after.filter(|_| self.before.is_none() && self.wait == 0)
    }

    /// How long it may wait.
    pub fn wait(&self) -> Duration {
        Duration::from_secs(self.wait.min(limit::WAIT_MAX_S))
    }

    /// The chat's part of the query.
    pub fn query(&self) -> PageQuery {
        let limit = self.limit.unwrap_or(limit::PAGE_ITEMS).clamp(1, limit::PAGE_ITEMS_MAX);
        PageQuery { after: self.after, before: self.before, limit: Some(limit) }
    }
}

/// The page, or 304 when the client's copy is the same. The tag begins with the audience's counter
/// (ruling 1); typing does not change it (ruling 3), for a visitor availability does.
pub fn with_etag<T: Serialize>(headers: &HeaderMap, asked: &Asked, tag: &str, page: &T) -> Response {
    let tag = format!("\"{tag}\"");
    let same = header(headers, header::IF_NONE_MATCH).is_some_and(|sent| sent == tag);
    let mut response =
        if same && asked.before.is_none() { StatusCode::NOT_MODIFIED.into_response() } else { ok(page) };
    let tag = HeaderValue::from_str(&tag).expect("digits, hex and quotes are header text");
    response.headers_mut().insert(header::ETAG, tag);
    response
}

/// A resource with its tag, or 304 when the client's copy is the same.
pub fn tagged<T: Serialize>(headers: &HeaderMap, tag: &str, body: &T) -> Response {
    let is_same = header(headers, header::IF_NONE_MATCH).is_some_and(|sent| sent == tag);
    with_tag(tag, if is_same { StatusCode::NOT_MODIFIED.into_response() } else { ok(body) })
}

/// An answer about a resource that has this tag now.
pub fn with_tag(tag: &str, mut response: Response) -> Response {
    let tag = HeaderValue::from_str(tag).expect("hex and quotes are header text");
    response.headers_mut().insert(header::ETAG, tag);
    response
}

/// A change with the state that it is meant for (`If-Match`); without one, any.
pub fn conditional<T>(headers: &HeaderMap, change: T) -> Conditional<T> {
    let if_match = header(headers, header::IF_MATCH).filter(|sent| *sent != "*").map(str::to_owned);
    Conditional { change, if_match }
}

/// A message that has no name of its own goes by the `Idempotency-Key`: either makes a retry the same message.
pub fn name_by_key(headers: &HeaderMap, message: &mut PostMessage) {
    if message.client_id.is_none() {
        message.client_id = idempotency::key(headers).map(str::to_owned);
    }
}

/// Honours `X-Socket-ID` for this message: the sender's own socket does not hear it (ruling 2).
pub fn exclude_socket(
    desk: &Desk,
    headers: &HeaderMap,
    conversation_id: &str,
    user_id: &str,
    message: &mut PostMessage,
) -> Option<Exclusion> {
    let socket_id = header(headers, HeaderName::from_static("x-socket-id"))?;
    let client_id = message.client_id.get_or_insert_with(|| crate::secrets::random_word(26));
    Some(desk.exclusions.set(conversation_id, client_id, socket_id, user_id))
}

/// Words with commas between, each one of a closed list; `None`: one that is not.
pub fn words<T>(asked: Option<&str>, from_word: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    asked.unwrap_or_default().split(',').filter(|word| !word.is_empty()).map(from_word).collect()
}

/// Checks a typing signal's preview.
///
/// # Errors
/// `text-too-long`.
pub fn check_typing(typing: &Typing) -> Answer<()> {
    let characters = typing.text.as_ref().map_or(0, |text| text.chars().count());
    if characters > limit::TYPING_TEXT_CHARS {
        let detail = format!("The limit is {} characters, this is {characters}.", limit::TYPING_TEXT_CHARS);
        return Err(Refusal::TextTooLong.because(detail).into());
    }
    Ok(())
}
