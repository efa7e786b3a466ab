//! The routes about one's own account under `/api/v1/account`: name, password, second step, sessions. Decides
//! how chat verbs become HTTP answers; knows nothing of how they are carried out.

use crate::caller::SignedAgent;
use crate::desk::{Desk, now_ms};
use crate::rate::Bucket;
use crate::reply::{Answer, Json, made, ok};
use axum::extract::State;
use std::sync::Arc;
use wire::api::{AccountChange, Done, Proof, TwoFactorCode};

type Shared = State<Arc<Desk>>;

/// `GET /api/v1/account`.
pub async fn account(State(desk): Shared, SignedAgent(agent): SignedAgent) -> Answer {
    Ok(ok(&desk.chat.account(&agent, now_ms()).await?))
}

/// `PATCH /api/v1/account`: name, or password with the present one. The sweep closes the sockets of the
/// sessions that another password ends.
pub async fn change(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(change): Json<AccountChange>,
) -> Answer {
    if change.password.is_some() {
        desk.rates.take(Bucket::SecondSteps, &agent.id)?;
    }
    Ok(ok(&desk.chat.change_account(&agent, change, now_ms()).await?))
}

/// `DELETE /api/v1/account/sessions`: all but this one.
pub async fn sign_out_elsewhere(State(desk): Shared, SignedAgent(agent): SignedAgent) -> Answer {
    Ok(ok(&desk.chat.sign_out_elsewhere(&agent, now_ms()).await?))
}

/// `POST /api/v1/account/two-factor`: a key for the app.
pub async fn begin_second_step(State(desk): Shared, SignedAgent(agent): SignedAgent) -> Answer {
    Ok(made(true, &desk.chat.begin_second_step(&agent).await?))
}

/// `PUT /api/v1/account/two-factor`: a code of it, and it stands.
pub async fn confirm_second_step(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(TwoFactorCode { code }): Json<TwoFactorCode>,
) -> Answer {
    desk.rates.take(Bucket::SecondSteps, &agent.id)?;
    Ok(ok(&desk.chat.confirm_second_step(&agent, &code, now_ms()).await?))
}

/// `POST /api/v1/account/two-factor/off`, with password or code.
pub async fn end_second_step(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(Proof { proof }): Json<Proof>,
) -> Answer {
    desk.rates.take(Bucket::SecondSteps, &agent.id)?;
    desk.chat.end_second_step(&agent, proof, now_ms()).await?;
    Ok(ok(&Done::YES))
}
