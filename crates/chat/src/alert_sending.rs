//! Alerts that are to be sent: what stands in each, who sends it, and what came of it. Knows no push service,
//! no mail server, and not why somebody is alerted.
//!
//! As with mails, whoever sends claims a row first and says after that it was sent: only a server that dies
//! between the other's word and its own commit sends the same alert twice.

use crate::conversation::Conversation;
use crate::db::sql::{both, statements};
use crate::db::{Tx, values};
use crate::device::{self, Subscription};
use crate::{Answer, Chat, access, alert_rules};
use wire::alert::{AlertKind, Way};
use wire::event::SenderType;
use wire::{Refusal, Refused, limit};

statements! {
    ANY_DUE = both(
        "SELECT 1 FROM alerts WHERE due_ms IS NOT NULL AND (due_ms <= ?1 OR due_ms > ?2) \
         AND (claimed_ms <= ?1 OR claimed_ms > ?2) LIMIT 1",
    );
    // Further away than anything is put off: the clock was put back.
    DUE = both(
        "SELECT id FROM alerts WHERE due_ms IS NOT NULL AND (due_ms <= ?1 OR due_ms > ?2) \
         AND (claimed_ms <= ?1 OR claimed_ms > ?2) ORDER BY due_ms, id LIMIT ?3",
    );
    CLAIM = both(
        "UPDATE alerts SET claimed_ms = ?4, attempts = attempts + 1 WHERE id = ?1 AND due_ms IS NOT NULL \
         AND (claimed_ms <= ?2 OR claimed_ms > ?3) \
         RETURNING agent_id, conversation_id, device_id, kind, way, caller, created_ms, attempts",
    );
    // Whose it is may still read there, which is asked first.
    ADDRESS = both("SELECT a.email, w.name FROM agents a JOIN widgets w ON w.id = ?2 WHERE a.id = ?1");
    LET_GO = both("UPDATE alerts SET claimed_ms = 0 WHERE claimed_ms > 0 AND due_ms IS NOT NULL");
    SENT = both("DELETE FROM alerts WHERE id = ?1");
    MISSED = both("UPDATE alerts SET due_ms = NULL, claimed_ms = 0, reason = ?2 WHERE id = ?1");
    LATER = both("UPDATE alerts SET due_ms = ?2, claimed_ms = 0, reason = ?3 WHERE id = ?1");
}

/// An alert to send now, claimed for whoever got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueAlert {
    /// `alt_…`.
    pub id: String,
    /// Of what.
    pub kind: AlertKind,
    /// Push or mail.
    pub way: Way,
    /// `cnv_…`.
    pub conversation_id: String,
    /// The agent's name.
    pub agent_name: String,
    /// The agent's address.
    pub to: String,
    /// Where to push to.
    pub subscription: Option<Subscription>,
    /// With whom the conversation is.
    pub visitor_name: String,
    /// The widget's name.
    pub widget_name: String,
    /// The colleague who calls; `None`: the visitor waits.
    pub caller: Option<String>,
    /// What the visitor wrote last, unless the agent wants it left out or something else stands last.
    pub words: Option<String>,
    /// How often it was tried, with this time.
    pub attempts: u64,
    /// When to give up.
    pub give_up_ms: u64,
}

/// What came of sending one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken.
    Sent,
    /// It was not, and will not be, for this reason.
    Missed(String),
    /// The device is gone for good, for this reason.
    Gone(String),
    /// To be tried again at this time; the reason for now.
    Again(u64, String),
}

impl Chat {
    /// Alerts whose time has come, each claimed for the caller alone for [`limit::ALERT_CLAIM_S`].
    pub async fn due_alerts(&self, now_ms: u64) -> Answer<Vec<DueAlert>> {
        let ahead_ms = now_ms + (limit::ALERT_RETRY_S + 60) * 1_000;
        let any = move |tx: &mut Tx<'_>| Ok(tx.one(&ANY_DUE, values![now_ms, ahead_ms])?.is_some());
        // Asked every second: most often there is none, and no commit.
        if !self.db.read(any).await? {
            return Ok(Vec::new());
        }
        let claim = move |tx: &mut Tx<'_>| {
            let due = tx.all(&DUE, values![now_ms, ahead_ms, limit::ALERTS_AT_ONCE])?;
            let mut alerts = Vec::new();
            for mut row in due {
                alerts.extend(claim(tx, &row.text(0), now_ms, ahead_ms)?);
            }
            Ok(alerts)
        };
        self.db.write(claim).await
    }

    /// What came of it.
    pub async fn alert_done(&self, alert: &DueAlert, outcome: Outcome, now_ms: u64) -> Answer<()> {
        let id = alert.id.clone();
        let device_id = alert.subscription.as_ref().map(|to| to.device_id.clone());
        let note = move |tx: &mut Tx<'_>| {
            match &outcome {
                Outcome::Sent => tx.run(&SENT, values![&id])?,
                Outcome::Missed(reason) | Outcome::Gone(reason) => tx.run(&MISSED, values![&id, reason])?,
                Outcome::Again(due_ms, reason) => tx.run(&LATER, values![&id, *due_ms, reason])?,
            };
            match (&outcome, &device_id) {
                (Outcome::Sent, Some(device_id)) => device::pushed(tx, device_id, now_ms),
                (Outcome::Gone(_), Some(device_id)) => device::gone(tx, device_id),
                _ => Ok(()),
            }
        };
        self.db.write(note).await
    }

    /// Whoever claimed alerts is gone: for a server that is alone, at its start.
    pub async fn let_go_of_alerts(&self) -> Answer<()> {
        self.db.write(|tx| tx.run(&LET_GO, &[]).map(|_| ())).await
    }
}

/// Claims one and puts it together; `None`: there is nothing to send any more, or somebody else does.
fn claim(tx: &mut Tx<'_>, id: &str, now_ms: u64, ahead_ms: u64) -> Result<Option<DueAlert>, Refused> {
    let until_ms = now_ms + limit::ALERT_CLAIM_S * 1_000;
    let Some(mut row) = tx.one(&CLAIM, values![id, now_ms, ahead_ms, until_ms])? else { return Ok(None) };
    let (agent_id, conversation_id) = (row.text(0), row.text(1));
    let conversation = Conversation::find(tx, &conversation_id)?;
    let widget_id = conversation.as_ref().map_or("", |conversation| &conversation.widget_id);
    // Since it was put down the agent may have been removed, or taken off the widget.
    let reader = access::on_widget(tx, &agent_id, widget_id)?;
    let Some((conversation, reader)) = conversation.zip(reader) else {
        return tx.run(&SENT, values![id]).map(|_| None);
    };
    let subscription = match row.maybe_text(2) {
        None => None,
        // A colleague may have taken the browser over.
        Some(device_id) => match device::find(tx, &device_id, &agent_id)? {
            None => {
                return tx.run(&MISSED, values![id, "The browser takes no pushes any more."]).map(|_| None);
            }
            found => found,
        },
    };
    let mut address =
        tx.one(&ADDRESS, values![&agent_id, &conversation.widget_id])?.ok_or(Refusal::Internal)?;
    let hides = alert_rules::rules(tx, &agent_id)?.hide_words;
    let visitor_name = conversation.visitor.name.clone();
    let last = conversation.summary().last_message.filter(|last| last.sender_type == SenderType::Visitor);
    Ok(Some(DueAlert {
        id: id.to_owned(),
        kind: AlertKind::from_word(&row.text(3)).ok_or(Refusal::Internal)?,
        way: Way::from_word(&row.text(4)).ok_or(Refusal::Internal)?,
        conversation_id,
        agent_name: reader.face.name,
        to: address.text(0),
        subscription,
        visitor_name,
        widget_name: address.text(1),
        caller: row.maybe_text(5),
        words: last.filter(|_| !hides).map(|last| last.text),
        attempts: row.number(7),
        give_up_ms: row.number(6) + limit::ALERT_RETRY_S * 1_000,
    }))
}
