//! The routes by which the console keeps house: widgets, canned replies, tags. Decides how chat verbs become
//! HTTP answers; knows nothing of how they are carried out.

use crate::caller::SignedAgent;
use crate::desk::{Desk, now_ms};
use crate::reply::{Answer, Id, Json, made, ok};
use axum::extract::State;
use std::sync::Arc;
use wire::api::{
    CannedRepliesReply, CannedReply, CannedReplyChange, NewCannedReply, NewWidget, NewWidgetToken, TagChange,
    TagUse, TagsReply, WidgetsReply,
};
use wire::integration::WidgetReply;
use wire::limit;

type Shared = State<Arc<Desk>>;

/// `POST /api/v1/widgets`: owners and admins.
pub async fn new_widget(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(new): Json<NewWidget>,
) -> Answer {
    let widget = desk.chat.new_widget(&agent, new, now_ms()).await?;
    desk.refresh_origins().await?;
    desk.availability.look();
    Ok(made(true, &WidgetReply { success: true, widget }))
}

/// `DELETE /api/v1/widgets/{id}`: owners and admins, and only where nothing is lost with it.
pub async fn remove_widget(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    let widgets = desk.chat.remove_widget(&agent, &id).await?;
    desk.refresh_origins().await?;
    desk.availability.look();
    Ok(ok(&WidgetsReply { success: true, widgets }))
}

/// `POST /api/v1/widgets/{id}/token`: owners and admins.
pub async fn new_token(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    Json(new): Json<NewWidgetToken>,
) -> Answer {
    let overlap_s = new.overlap_s.unwrap_or(limit::WIDGET_TOKEN_OVERLAP_DAYS * 86_400);
    let widget = desk.chat.new_widget_token(&agent, &id, overlap_s, now_ms()).await?;
    Ok(ok(&WidgetReply { success: true, widget }))
}

/// `GET /api/v1/replies`: the shared ones and the agent's own.
pub async fn replies(State(desk): Shared, SignedAgent(agent): SignedAgent) -> Answer {
    Ok(ok(&listed(desk.chat.canned_replies(&agent).await?)))
}

/// `POST /api/v1/replies`: a shared one is for owners and admins to add.
pub async fn add_reply(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(new): Json<NewCannedReply>,
) -> Answer {
    Ok(made(true, &listed(desk.chat.add_canned_reply(&agent, new, now_ms()).await?)))
}

/// `PATCH /api/v1/replies/{id}`.
pub async fn change_reply(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    Json(change): Json<CannedReplyChange>,
) -> Answer {
    Ok(ok(&listed(desk.chat.change_canned_reply(&agent, &id, change).await?)))
}

/// `DELETE /api/v1/replies/{id}`.
pub async fn remove_reply(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    Ok(ok(&listed(desk.chat.remove_canned_reply(&agent, &id).await?)))
}

fn listed(replies: Vec<CannedReply>) -> CannedRepliesReply {
    CannedRepliesReply { success: true, replies }
}

/// `GET /api/v1/tags`.
pub async fn tags(State(desk): Shared, SignedAgent(agent): SignedAgent) -> Answer {
    Ok(ok(&in_use(desk.chat.tags(&agent).await?)))
}

/// `PATCH /api/v1/tags/{tag}`: another name everywhere; owners and admins.
pub async fn rename_tag(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(tag): Id,
    Json(change): Json<TagChange>,
) -> Answer {
    Ok(ok(&in_use(desk.chat.rename_tag(&agent, &tag, change.name, now_ms()).await?)))
}

/// `DELETE /api/v1/tags/{tag}`: from every conversation; owners and admins.
pub async fn remove_tag(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(tag): Id) -> Answer {
    Ok(ok(&in_use(desk.chat.remove_tag(&agent, &tag, now_ms()).await?)))
}

fn in_use(used: Vec<TagUse>) -> TagsReply {
    TagsReply { success: true, tags: used.iter().map(|one| one.tag.clone()).collect(), used }
}
