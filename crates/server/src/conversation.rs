//! What agents do to a conversation and its messages, under `/api/v1`: state, people, changed texts,
//! reactions. Decides how chat verbs become HTTP answers; knows nothing of how they are carried out.

use crate::caller::SignedAgent;
use crate::desk::{Desk, now_ms};
use crate::page;
use crate::reply::{Answer, Id, IdAnd, Json, ok};
use axum::extract::State;
use axum::http::{HeaderMap, Method};
use chat::Reached;
use std::sync::Arc;
use wire::api::{AgentPosted, ConversationChange, ConversationReply, Done, EditMessage, ReadUpTo};

type Shared = State<Arc<Desk>>;

/// `PATCH /api/v1/conversations/{id}`: status, assignee, priority, tags, attributes; with `If-Match`, only
/// as it was read.
pub async fn change(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    headers: HeaderMap,
    Json(change): Json<ConversationChange>,
) -> Answer {
    let change = page::conditional(&headers, change);
    let conversation = desk.chat.change_conversation(&agent, &id, change, now_ms()).await?;
    Ok(ok(&ConversationReply { success: true, conversation }))
}

/// `POST /api/v1/conversations/{id}/leave`.
pub async fn leave(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    desk.chat.agent_leave(&agent, &id, &agent.id, now_ms()).await?;
    Ok(ok(&Done::YES))
}

/// `PUT /api/v1/conversations/{id}/participants/{agent}`: brings a colleague in.
pub async fn bring_in(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    IdAnd(id, colleague): IdAnd,
) -> Answer {
    desk.chat.agent_join(&agent, &id, &colleague, now_ms()).await?;
    Ok(ok(&Done::YES))
}

/// `DELETE /api/v1/conversations/{id}/participants/{agent}`: takes a colleague out.
pub async fn take_out(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    IdAnd(id, colleague): IdAnd,
) -> Answer {
    desk.chat.agent_leave(&agent, &id, &colleague, now_ms()).await?;
    Ok(ok(&Done::YES))
}

/// `POST /api/v1/conversations/{id}/delivered`: a device of the agent's has it.
pub async fn delivered(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    Json(up_to): Json<ReadUpTo>,
) -> Answer {
    desk.rates.signal(&agent.id)?;
    desk.chat.agent_reached(&agent, &id, &up_to.message_id, Reached::Delivered, now_ms()).await?;
    Ok(ok(&Done::YES))
}

/// `PATCH /api/v1/messages/{id}`: another text for the agent's own message or note.
pub async fn edit(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    Json(edit): Json<EditMessage>,
) -> Answer {
    let message = desk.chat.agent_edit(&agent, &id, edit.message, now_ms()).await?;
    Ok(ok(&AgentPosted { success: true, message }))
}

/// `DELETE /api/v1/messages/{id}`: takes it back.
pub async fn delete(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    desk.chat.agent_delete(&agent, &id, now_ms()).await?;
    Ok(ok(&Done::YES))
}

/// `GET /api/v1/messages/{id}/versions`: what it said before.
pub async fn versions(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    Ok(ok(&desk.chat.versions(&agent, &id).await?))
}

/// `PUT` puts an emoji there and `DELETE` takes it away: `/api/v1/messages/{id}/reactions/{emoji}`.
pub async fn react(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    method: Method,
    IdAnd(id, emoji): IdAnd,
) -> Answer {
    desk.rates.signal(&agent.id)?;
    let message = desk.chat.agent_react(&agent, &id, &emoji, method == Method::PUT, now_ms()).await?;
    Ok(ok(&AgentPosted { success: true, message }))
}
