//! An agent's own alerts over HTTP: what they want, their devices, what did not arrive, and tests that send
//! something real; and the ladder of a widget. Knows nothing of when somebody is alerted: that is the chat's.

mod letter;
pub(crate) mod office;

use crate::caller::SignedAgent;
use crate::desk::{Desk, now_ms};
use crate::reply::{Answer, Id, Json, ok};
use crate::web_push::{self, Pushed};
use axum::extract::State;
use chat::Agent;
use std::sync::Arc;
use wire::Refusal;
use wire::alert::{
    AddDevice, AlertRulesChange, AlertsReply, Escalation, EscalationReply, MissedAlertsReply, PushMessage,
    ReportMissed, TestAlert, TestAlertReply,
};
use wire::api::Done;

type Shared = State<Arc<Desk>>;

/// `GET /api/v1/me/alerts`.
pub async fn own(State(desk): Shared, SignedAgent(agent): SignedAgent) -> Answer {
    own_reply(&desk, &agent).await
}

/// `PATCH /api/v1/me/alerts`.
pub async fn change(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(change): Json<AlertRulesChange>,
) -> Answer {
    desk.chat.change_alert_rules(&agent, change, now_ms()).await?;
    own_reply(&desk, &agent).await
}

/// `POST /api/v1/me/alerts/missed`: an open console could not alert.
pub async fn report(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(report): Json<ReportMissed>,
) -> Answer {
    desk.rates.signal(&agent.id)?;
    desk.chat.report_missed(&agent, report, now_ms()).await?;
    Ok(ok(&Done::YES))
}

/// `POST /api/v1/me/alerts/test`: sends something real, and says what came of it.
pub async fn test(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(test): Json<TestAlert>,
) -> Answer {
    desk.rates.signal(&agent.id)?;
    let (sent, word) = match test {
        TestAlert::Push { device_id, token } => test_push(&desk, &agent, &device_id, token).await?,
        TestAlert::Mail => match office::send_test_mail(&desk, &agent).await {
            Ok(()) => (true, agent.profile.email.clone()),
            Err(why) => (false, why),
        },
    };
    Ok(ok(&TestAlertReply { success: true, sent, word }))
}

async fn test_push(desk: &Desk, agent: &Agent, device_id: &str, token: String) -> Answer<(bool, String)> {
    let to = desk.chat.subscription(agent, device_id).await?;
    let message = PushMessage {
        conversation_id: String::new(),
        title: "Frontdesk".to_owned(),
        text: "This is a test. Alerts reach this browser.".to_owned(),
        token: Some(token.chars().take(64).collect()),
    };
    let bytes = serde_json::to_vec(&message).expect("texts serialize");
    Ok(match desk.web_push.push(&to, None, &bytes, now_ms() / 1_000).await {
        Pushed::Taken => (true, "The push service took it.".to_owned()),
        Pushed::Gone(why) => {
            desk.chat.device_is_gone(device_id).await?;
            (false, why)
        }
        Pushed::Later(_, why) | Pushed::Refused(why) => (false, why),
    })
}

/// `POST /api/v1/me/devices`: a browser takes pushes from now on.
pub async fn add_device(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(device): Json<AddDevice>,
) -> Answer {
    if web_push::target(&device.endpoint).is_none() {
        return Err(Refusal::InvalidField.because("endpoint is not the address of a push service").into());
    }
    desk.chat.add_device(&agent, device, now_ms()).await?;
    own_reply(&desk, &agent).await
}

/// `DELETE /api/v1/me/devices/{id}`.
pub async fn remove_device(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    desk.chat.remove_device(&agent, &id).await?;
    own_reply(&desk, &agent).await
}

/// `GET /api/v1/alerts/missed`: owners and admins.
pub async fn missed(State(desk): Shared, SignedAgent(agent): SignedAgent) -> Answer {
    let missed = desk.chat.missed_alerts(&agent, now_ms()).await?;
    Ok(ok(&MissedAlertsReply { success: true, missed }))
}

/// `GET /api/v1/widgets/{id}/escalation`: owners and admins.
pub async fn escalation(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    let escalation = desk.chat.escalation(&agent, &id).await?;
    Ok(ok(&EscalationReply { success: true, escalation }))
}

/// `PUT /api/v1/widgets/{id}/escalation`: owners and admins.
pub async fn set_escalation(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    Json(escalation): Json<Escalation>,
) -> Answer {
    let escalation = desk.chat.set_escalation(&agent, &id, escalation).await?;
    Ok(ok(&EscalationReply { success: true, escalation }))
}

async fn own_reply(desk: &Desk, agent: &Agent) -> Answer {
    let (rules, is_quiet, devices, missed) = desk.chat.own_alerts(agent, now_ms()).await?;
    Ok(ok(&AlertsReply {
        success: true,
        rules,
        is_quiet,
        devices,
        push_key: desk.web_push.public_key().to_owned(),
        sends_mail: desk.settings.mail.is_some(),
        missed,
    }))
}
