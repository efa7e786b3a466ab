//! The routes about the team under `/api/v1`: roles, invitations, the audit trail. Decides how chat verbs
//! become HTTP answers, and that sockets follow a change; knows nothing of how the verbs are carried out.

use crate::agent::welcome;
use crate::arrival::Arrival;
use crate::caller::{OwnPage, SignedAgent, call};
use crate::desk::{Desk, now_ms};
use crate::mail;
use crate::reply::{Answer, Id, Json, made, ok};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use chat::AuditQuery;
use realtime::Revocation;
use serde::Deserialize;
use std::sync::Arc;
use wire::Refusal;
use wire::api::{
    AgentChange, AgentsReply, AuditKind, InvitationCode, InvitationReply, JoinRequest, NewInvitation,
    TwoFactorDemand, WidgetAgentsChange,
};

type Shared = State<Arc<Desk>>;

/// `GET /api/v1/team`: owners and admins.
pub async fn team(State(desk): Shared, SignedAgent(agent): SignedAgent) -> Answer {
    Ok(ok(&desk.chat.team(&agent, now_ms()).await?))
}

/// `PATCH /api/v1/agents/{id}`: owners and admins. Whoever has other rights now loses their sockets, and
/// comes back with those rights.
pub async fn change(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    Json(change): Json<AgentChange>,
) -> Answer {
    let (team, may_else) = desk.chat.change_agent(&agent, &id, change, now_ms()).await?;
    if may_else {
        desk.hub.revoke(&desk.app.id, Revocation::User(id));
    }
    desk.availability.look();
    Ok(ok(&team))
}

/// `DELETE /api/v1/agents/{id}/two-factor`: owners and admins. Where it is demanded of all, the colleague's sockets
/// are closed: they have to set it up anew.
pub async fn reset_second_step(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    if desk.chat.reset_second_step(&agent, &id).await? {
        desk.hub.revoke(&desk.app.id, Revocation::User(id));
    }
    team(State(desk), SignedAgent(agent)).await
}

/// `PUT /api/v1/team/two-factor`: owners. The sockets of those who have none are closed, and their polls refused.
pub async fn demand_second_step(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(TwoFactorDemand { demanded }): Json<TwoFactorDemand>,
) -> Answer {
    let (team, owing) = desk.chat.demand_second_step(&agent, demanded, now_ms()).await?;
    for id in owing {
        desk.hub.revoke(&desk.app.id, Revocation::User(id));
    }
    Ok(ok(&team))
}

/// `PATCH /api/v1/widgets/{id}/agents`: owners and admins. As with [`change`], whoever is on it now, or no more, comes
/// back with their rights.
pub async fn change_widget_agents(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    Json(change): Json<WidgetAgentsChange>,
) -> Answer {
    let (agents, changed) = desk.chat.change_widget_agents(&agent, &id, change).await?;
    for id in changed {
        desk.hub.revoke(&desk.app.id, Revocation::User(id));
    }
    desk.availability.look();
    Ok(ok(&AgentsReply { success: true, agents }))
}

/// `POST /api/v1/invitations`: owners and admins. Mailed where there is an address and a mail server.
pub async fn invite(
    State(desk): Shared,
    arrival: Arrival,
    SignedAgent(agent): SignedAgent,
    Json(new): Json<NewInvitation>,
) -> Answer {
    let to = new.email.clone().map(|email| email.trim().to_owned()).filter(|email| !email.is_empty());
    let (code, invitations) = desk.chat.invite(&agent, new, now_ms()).await?;
    let mailed = match (&desk.settings.mail, to) {
        (Some(settings), Some(to)) => {
            let link = format!("{}/#join={code}", arrival.public.origin());
            mail::invite(settings, &to, &agent.profile.name, &link).await
        }
        _ => false,
    };
    Ok(made(true, &InvitationReply { success: true, code, mailed, invitations }))
}

/// `DELETE /api/v1/invitations/{id}`: owners and admins.
pub async fn withdraw(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    desk.chat.withdraw(&agent, &id, now_ms()).await?;
    team(State(desk), SignedAgent(agent)).await
}

/// `POST /api/v1/invitation`: what a link invites to.
pub async fn invited(
    State(desk): Shared,
    OwnPage(arrival): OwnPage,
    Json(InvitationCode { code }): Json<InvitationCode>,
) -> Answer {
    desk.rates.login(arrival.client)?;
    Ok(ok(&desk.chat.invited(&code, now_ms()).await?))
}

/// `POST /api/v1/join`: an invited person comes in.
pub async fn join(
    State(desk): Shared,
    OwnPage(arrival): OwnPage,
    headers: HeaderMap,
    Json(request): Json<JoinRequest>,
) -> Answer {
    desk.rates.login(arrival.client)?;
    let signed_in = desk.chat.join_team(request, call(&headers, &arrival)).await?;
    desk.availability.look();
    welcome(&desk, signed_in, &arrival).await
}

/// The query of the audit trail.
#[derive(Debug, Deserialize)]
pub struct AuditAsked {
    agent: Option<String>,
    kind: Option<AuditKind>,
    before: Option<String>,
    limit: Option<usize>,
}

/// `GET /api/v1/audit`: owners only, newest first.
pub async fn audit(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    query: Result<Query<AuditAsked>, QueryRejection>,
) -> Answer {
    let Query(asked) = query.map_err(|_| {
        Refusal::InvalidField.because("kind is one of the trail's, and limit a whole number.")
    })?;
    let AuditAsked { agent: agent_id, kind, before, limit } = asked;
    Ok(ok(&desk.chat.audit(&agent, AuditQuery { agent_id, kind, before, limit }).await?))
}
