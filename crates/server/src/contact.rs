//! The routes about people under `/api/v1`: identity secrets, contacts, export and erasure. Decides
//! how chat verbs become HTTP answers; knows nothing of how they are carried out.

use crate::caller::{Operator, SignedAgent};
use crate::desk::{Desk, now_ms};
use crate::page;
use crate::reply::{Answer, Id, Json, made, ok};
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use chat::{Agent, ContactQuery, Export};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use wire::Refusal;
use wire::api::Done;
use wire::contact::{ContactChange, ContactReply, ErasedReply, LinkVisitor, MergeContact};

type Shared = State<Arc<Desk>>;

/// `GET /api/v1/widgets/{id}/identity`: owners only.
pub async fn secrets(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    Ok(ok(&desk.chat.identity_secrets(&agent, &id).await?))
}

/// `POST /api/v1/widgets/{id}/identity`: a new secret, owners only.
pub async fn new_secret(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    Ok(made(true, &desk.chat.new_identity_secret(&agent, &id, now_ms()).await?))
}

/// The query of the list.
#[derive(Debug, Deserialize)]
pub struct ContactsAsked {
    visitor_id: Option<String>,
    external_id: Option<String>,
    email: Option<String>,
    before: Option<String>,
    limit: Option<usize>,
}

/// `GET /api/v1/contacts`: newest first.
pub async fn list(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    query: Result<Query<ContactsAsked>, QueryRejection>,
) -> Answer {
    let Query(asked) = query.map_err(|_| Refusal::InvalidField.because("limit is a whole number."))?;
    let ContactsAsked { visitor_id, external_id, email, before, limit } = asked;
    let query = ContactQuery { visitor_id, external_id, email, before, limit };
    Ok(ok(&desk.chat.contacts(&agent, query).await?))
}

/// `GET /api/v1/contacts/{id}`, with the tag that a change may ask for.
pub async fn contact(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    headers: HeaderMap,
) -> Answer {
    let contact = desk.chat.contact(&agent, &id).await?;
    Ok(page::tagged(&headers, &wire::tag::of(&contact), &ContactReply { success: true, contact }))
}

/// `PATCH /api/v1/contacts/{id}`; with `If-Match`, only as it was read.
pub async fn change(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    headers: HeaderMap,
    Json(change): Json<ContactChange>,
) -> Answer {
    let change = page::conditional(&headers, change);
    let contact = desk.chat.change_contact(&agent, &id, change, now_ms()).await?;
    Ok(ok(&ContactReply { success: true, contact }))
}

/// `POST /api/v1/contacts/{id}/merge`: answers the one that stays.
pub async fn merge(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    Json(merge): Json<MergeContact>,
) -> Answer {
    let contact = desk.chat.merge_contact(&agent, &id, &merge.into, now_ms()).await?;
    Ok(ok(&ContactReply { success: true, contact }))
}

/// `POST /api/v1/visitors/{id}/contact`.
pub async fn link(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    Json(link): Json<LinkVisitor>,
) -> Answer {
    let contact = desk.chat.link_visitor(&agent, &id, link, now_ms()).await?;
    Ok(ok(&ContactReply { success: true, contact }))
}

/// `DELETE /api/v1/visitors/{id}/contact`.
pub async fn unlink(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    desk.chat.unlink_visitor(&agent, &id, now_ms()).await?;
    Ok(ok(&Done::YES))
}

/// `GET /api/v1/contacts/{id}/export`: of a contact or an anonymous visitor; owners only.
pub async fn export(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    Ok(in_pieces(desk.chat.export(Some(&agent), &id).await?))
}

/// `POST /api/v1/contacts/{id}/erase`: of a contact or an anonymous visitor; owners only.
pub async fn erase(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    erase_now(&desk, Some(&agent), &id).await
}

/// A person, as the command line names one.
#[derive(Debug, Serialize, Deserialize)]
pub struct Person {
    /// `ctc_…` or `vis_…`.
    pub id: String,
}

/// `GET /operator/contact/export`, for `frontdesk contact export ID`.
pub async fn operator_export(
    State(desk): Shared,
    _operator: Operator,
    query: Result<Query<Person>, QueryRejection>,
) -> Answer {
    let Query(person) = query.map_err(|_| Refusal::MissingField.because("The field is id."))?;
    Ok(in_pieces(desk.chat.export(None, &person.id).await?))
}

/// `POST /operator/contact/erase`, for `frontdesk contact erase ID`.
pub async fn operator_erase(State(desk): Shared, _operator: Operator, Json(person): Json<Person>) -> Answer {
    erase_now(&desk, None, &person.id).await
}

/// Whoever asked waits for the end; the sweep goes on if they do not.
async fn erase_now(desk: &Desk, by: Option<&Agent>, id: &str) -> Answer {
    let conversations = desk.chat.erase(by, id, now_ms()).await?;
    while desk.chat.erase_step(now_ms()).await? {}
    Ok(ok(&ErasedReply { success: true, conversations }))
}

/// A fault on the way cuts the connection, so that half an export never looks whole.
fn in_pieces(export: Export) -> Response {
    let pieces = stream::try_unfold(export, async |mut export: Export| {
        let piece = export.next().await.map_err(|refused| std::io::Error::other(refused.to_string()))?;
        Ok::<_, std::io::Error>(piece.map(|piece| (piece, export)))
    });
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"export.json\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, Body::from_stream(pieces)).into_response()
}
