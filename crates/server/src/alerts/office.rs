//! Sends alerts: once a second the steps that are due are done, and what is to be sent is sent by push or mail.
//! Decides when a failure is tried again; who is alerted of what is the chat's to say.

use super::letter;
use crate::desk::{Desk, now_ms};
use crate::mail::{self, MailSettings, NotTaken};
use crate::web_push::Pushed;
use chat::{Agent, DueAlert, Outcome};
use lettre::Message;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use wire::alert::{PushMessage, Way};
use wire::chat_channel::ChatChannel;
use wire::limit;
use wire::monitor::QueueKind;

/// Alerts under way at once: a push service that does not answer must not hold back those of others.
const UNDER_WAY: usize = 200;
/// Seconds before the second attempt; each further one waits twice as long, up to [`RETRY_MAX_S`].
const RETRY_S: u64 = 15;
const RETRY_MAX_S: u64 = limit::ALERT_RETRY_S / 2;
/// Rounds between two looks at what is too old to be kept.
const SWEEP_ROUNDS: u64 = 3_600;
/// Why a mail to an agent is not sent by a server that sends none.
const NO_MAIL: &str = "This server sends no mail: FRONTDESK_SMTP_URL is not set.";

/// Alerts until the server ends.
pub(crate) async fn keep(desk: Arc<Desk>) {
    let alone = desk.settings.database_url.is_none();
    if alone && desk.chat.let_go_of_alerts().await.is_err() {
        tracing::warn!("alerts that a process before this one was sending wait for some minutes");
    }
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    let mut sending = JoinSet::new();
    for round in 0_u64.. {
        tick.tick().await;
        while sending.try_join_next().is_some() {}
        if let Err(refused) = look(&desk, &mut sending).await {
            tracing::warn!(reason = refused.refusal.row().name, "alerts are put off");
        }
        if round % SWEEP_ROUNDS == 5 && desk.chat.forget_old_alerts(now_ms()).await.is_err() {
            tracing::warn!("old alerts are kept longer");
        }
    }
}

async fn look(desk: &Arc<Desk>, sending: &mut JoinSet<()>) -> Result<(), wire::Refused> {
    let online = desk.hub.users(&desk.app.id, &ChatChannel::AgentsOnline.name());
    let here: Arc<HashSet<String>> = Arc::new(online.into_iter().collect());
    desk.chat.alert_steps(here, now_ms()).await?;
    if sending.len() >= UNDER_WAY {
        return Ok(());
    }
    for alert in desk.chat.due_alerts(now_ms()).await? {
        let desk = desk.clone();
        sending.spawn(async move { send(&desk, &alert).await });
    }
    Ok(())
}

/// Sends one and says what came of it. The log names the conversation, never whom it is with.
async fn send(desk: &Desk, alert: &DueAlert) {
    let outcome = match alert.way {
        Way::Push => push(desk, alert).await,
        Way::Mail => post(desk, alert).await,
        Way::Sound | Way::Desktop => Outcome::Missed("No console was open on any computer.".to_owned()),
    };
    let conversation = alert.conversation_id.as_str();
    if let Outcome::Missed(why) | Outcome::Gone(why) | Outcome::Again(_, why) = &outcome {
        desk.monitor.troubles.note(QueueKind::Alerts, why);
        tracing::warn!(
            conversation,
            way = alert.way.as_str(),
            attempts = alert.attempts,
            "an alert was not sent"
        );
    }
    if let Err(refused) = desk.chat.alert_done(alert, outcome, now_ms()).await {
        let reason = refused.refusal.row().name;
        tracing::error!(conversation, reason, "what came of an alert was not noted");
    }
}

async fn push(desk: &Desk, alert: &DueAlert) -> Outcome {
    let Some(to) = &alert.subscription else {
        return Outcome::Missed("The browser takes no pushes any more.".to_owned());
    };
    let (title, text) = letter::words(alert);
    let text = text.chars().take(limit::PUSH_WORDS_CHARS).collect();
    let message = PushMessage { conversation_id: alert.conversation_id.clone(), title, text, token: None };
    let bytes = serde_json::to_vec(&message).expect("texts serialize");
    let topic = Some(alert.conversation_id.as_str());
    match desk.web_push.push(to, topic, &bytes, now_ms() / 1_000).await {
        Pushed::Taken => Outcome::Sent,
        Pushed::Gone(why) => Outcome::Gone(why),
        Pushed::Refused(why) => Outcome::Missed(why),
        Pushed::Later(after_s, why) => later(alert, after_s, why),
    }
}

async fn post(desk: &Desk, alert: &DueAlert) -> Outcome {
    let Some(settings) = &desk.settings.mail else { return Outcome::Missed(NO_MAIL.to_owned()) };
    let letter = letter::compose(settings, alert, &mail::home(&desk.settings));
    match deliver(settings, letter).await {
        Ok(()) => Outcome::Sent,
        Err(NotTaken::Never(why)) => Outcome::Missed(why),
        Err(NotTaken::Later(why)) => later(alert, None, why),
    }
}

/// A mail to one's own address, now.
///
/// # Errors
/// Why it was not taken, in plain words.
pub(super) async fn send_test_mail(desk: &Desk, agent: &Agent) -> Result<(), String> {
    let settings = desk.settings.mail.as_ref().ok_or_else(|| NO_MAIL.to_owned())?;
    let profile = &agent.profile;
    let letter = letter::test(settings, &profile.name, &profile.email, &mail::home(&desk.settings));
    deliver(settings, letter).await.map_err(NotTaken::why)
}

async fn deliver(settings: &MailSettings, letter: anyhow::Result<Message>) -> Result<(), NotTaken> {
    let letter = letter.map_err(|_| NotTaken::Never("Their e-mail address is none.".to_owned()))?;
    settings.send(letter).await
}

fn later(alert: &DueAlert, after_s: Option<u64>, why: String) -> Outcome {
    let wait_s = after_s.unwrap_or_else(|| mail::retry_s(alert.attempts, RETRY_S, RETRY_MAX_S));
    // What a push service says may be any number.
    let next_ms = now_ms().saturating_add(wait_s.saturating_mul(1_000));
    if next_ms < alert.give_up_ms { Outcome::Again(next_ms, why) } else { Outcome::Missed(why) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_become_rarer() {
        assert_eq!(
            [1, 2, 3, 100].map(|attempts| mail::retry_s(attempts, RETRY_S, RETRY_MAX_S)),
            [15, 30, 60, 1_800]
        );
    }
}
