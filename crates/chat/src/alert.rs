//! Who is alerted of what, and when: the ladder that a waiting conversation climbs, and calls by name. Knows
//! nothing of how an alert is sent; what is to be sent becomes rows, which `alert_sending` hands out.
//!
//! The ladder begins with what a visitor writes. It ends when an agent answers, or the conversation is resolved
//! or put off: all three in the transaction that does it. Reading alone ends nothing: whoever has read all gets
//! [`limit::ALERT_READ_GRACE_S`] to answer, once; what the visitor writes after that begins the ladder anew.

use crate::access::{self, role};
use crate::alert_rules::Held;
use crate::audit::Actor;
use crate::conversation::Conversation;
use crate::db::sql::{both, statements};
use crate::db::{Row, Tx, from_json, json, values};
use crate::fact::Fact;
use crate::people::Agent;
use crate::{Answer, Chat, check, device, secret, widget};
use std::collections::HashSet;
use std::sync::Arc;
use wire::alert::{AlertKind, AlertRules, Escalation, EscalationStep, Way, Whom};
use wire::api::{AuditKind, WidgetSettings};
use wire::event::{ConversationStatus, PersonalEvent, SenderType};
use wire::{Refusal, Refused, limit};

statements! {
    WAIT = both(
        "INSERT INTO escalations (conversation_id, since_ms, step, set_ms, due_ms) VALUES (?1, ?2, 0, ?2, ?2) \
         ON CONFLICT (conversation_id) DO UPDATE SET since_ms = excluded.since_ms, step = 0, \
         set_ms = excluded.set_ms, due_ms = excluded.due_ms, read_ms = NULL WHERE escalations.read_ms IS NOT NULL",
    );
    OVER = both("DELETE FROM escalations WHERE conversation_id = ?1");
    // Whoever was called by name still wants to know.
    UNSENT_OVER = both(
        "DELETE FROM alerts WHERE conversation_id = ?1 AND due_ms IS NOT NULL AND caller IS NULL",
    );
    FORGET = both("DELETE FROM alerts WHERE conversation_id = ?1");
    READ = both(
        "UPDATE escalations SET read_ms = ?2, set_ms = ?2, due_ms = CASE WHEN due_ms < ?3 THEN ?3 ELSE due_ms END \
         WHERE conversation_id = ?1 AND read_ms IS NULL",
    );
    ANY_AHEAD = both("SELECT 1 FROM escalations WHERE set_ms > ?1 LIMIT 1");
    DUE = both("SELECT conversation_id FROM escalations WHERE due_ms <= ?1 ORDER BY due_ms LIMIT ?2");
    // The clock was put back: what was so far away then is so far away now.
    MEND = both(
        "UPDATE escalations SET due_ms = due_ms - set_ms + ?2, since_ms = since_ms - set_ms + ?2, set_ms = ?2 \
         WHERE set_ms > ?1",
    );
    // Of several servers one gets it: for the others it is not due any more.
    CLAIM = both(
        "UPDATE escalations SET set_ms = ?2 WHERE conversation_id = ?1 AND due_ms <= ?2 RETURNING since_ms, step",
    );
    GO_ON = both("UPDATE escalations SET step = ?2, due_ms = ?3 WHERE conversation_id = ?1");
    // Programs answer too, but nobody sits there. All, or one.
    STAFF = both(
        "SELECT a.id, a.status, a.alert_rules, a.role, \
         EXISTS (SELECT 1 FROM widget_members m WHERE m.agent_id = a.id AND m.widget_id = ?1) \
         FROM agents a WHERE a.removed_ms IS NULL AND (?2 = '' OR a.id = ?2) \
         AND a.id NOT IN (SELECT agent_id FROM api_keys) ORDER BY a.created_ms, a.id",
    );
    ADD = both(
        "INSERT INTO alerts (id, agent_id, conversation_id, device_id, kind, way, caller, created_ms, due_ms, reason) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    );
    LADDER = both("SELECT settings, name FROM widgets WHERE id = ?1");
    SET_LADDER = both("UPDATE widgets SET settings = ?2 WHERE id = ?1");
}

/// Later than any clock beside ours may be.
const AHEAD_MS: u64 = 60_000;

/// One who may be alerted.
struct Staff {
    id: String,
    status: String,
    rules: AlertRules,
    administers: bool,
    answers: bool,
}

/// What somebody is alerted of.
struct Alarm<'a> {
    conversation_id: &'a str,
    kind: AlertKind,
    ways: &'a [Way],
    /// The colleague who calls.
    caller: Option<&'a str>,
    now_ms: u64,
}

impl Chat {
    /// Does the steps that are due, at most [`limit::ALERT_STEPS_AT_ONCE`]; `here`: agents with an open console.
    /// Answers how many it did.
    pub async fn alert_steps(&self, here: Arc<HashSet<String>>, now_ms: u64) -> Answer<usize> {
        let look = move |tx: &mut Tx<'_>| {
            Ok((steps_due(tx, now_ms)?, tx.one(&ANY_AHEAD, values![now_ms + AHEAD_MS])?.is_some()))
        };
        // Asked every second: most often there is none, and no commit.
        let (mut due, is_ahead) = self.db.read(look).await?;
        if is_ahead {
            let mend = move |tx: &mut Tx<'_>| {
                tx.run(&MEND, values![now_ms + AHEAD_MS, now_ms])?;
                steps_due(tx, now_ms)
            };
            due = self.db.write(mend).await?;
        }
        let count = due.len();
        for id in due {
            let here = here.clone();
            self.db.write(move |tx| climb(tx, &id, &here, now_ms)).await?;
        }
        Ok(count)
    }

    /// A widget's ladder; only owners and admins may see it.
    pub async fn escalation(&self, agent: &Agent, widget_id: &str) -> Answer<Escalation> {
        let (agent_id, id) = (agent.id.clone(), widget_id.to_owned());
        let read = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &agent_id)?;
            let mut row = tx.one(&LADDER, values![&id])?.ok_or(Refusal::UnknownEntry)?;
            Ok(row.json::<WidgetSettings>(0)?.escalation)
        };
        self.db.read(read).await
    }

    /// Sets a widget's ladder, and nothing else of it; only owners and admins may. Who waits already goes on by the new one.
    pub async fn set_escalation(
        &self,
        agent: &Agent,
        widget_id: &str,
        escalation: Escalation,
    ) -> Answer<Escalation> {
        let escalation = check::escalation(escalation)?;
        let (actor, id) = (Actor::from(agent), widget_id.to_owned());
        let save = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &actor.id)?;
            widget::lock(tx, &id)?;
            let mut row = tx.one(&LADDER, values![&id])?.ok_or(Refusal::UnknownEntry)?;
            let settings = WidgetSettings { escalation: escalation.clone(), ..row.json(0)? };
            tx.run(&SET_LADDER, values![&id, &json(&settings)?])?;
            actor.did(tx, AuditKind::WidgetChanged, &row.text(1), "escalation")?;
            Ok(escalation.clone())
        };
        self.db.write(save).await
    }
}

/// A conversation was changed: begins its ladder or ends it, and calls whom the new facts call by name.
pub(crate) fn follow(tx: &mut Tx<'_>, conversation: &Conversation, facts: &[Fact]) -> Result<(), Refused> {
    for fact in facts {
        for (agent_id, event) in fact.personal() {
            call(tx, conversation, agent_id, &event, fact.at_ms)?;
        }
    }
    if !conversation.waits() || conversation.state.status != ConversationStatus::Open {
        // An agent who goes on writing ends nothing more.
        if conversation.waited {
            tx.run_later(&OVER, values![&conversation.id])?;
            tx.run_later(&UNSENT_OVER, values![&conversation.id])?;
        }
        return Ok(());
    }
    let by_visitor = |fact: &&Fact| {
        let said = fact.body.said();
        said.is_some_and(|said| said.sender_type == SenderType::Visitor && said.rating.is_none())
    };
    match facts.iter().rfind(by_visitor) {
        Some(fact) => tx.run_later(&WAIT, values![&conversation.id, fact.at_ms]),
        None => Ok(()),
    }
}

/// An agent has read all that the visitor wrote.
pub(crate) fn read(tx: &mut Tx<'_>, conversation_id: &str, now_ms: u64) -> Result<(), Refused> {
    let until_ms = now_ms + limit::ALERT_READ_GRACE_S * 1_000;
    tx.run(&READ, values![conversation_id, now_ms, until_ms]).map(|_| ())
}

/// The conversation is being erased.
pub(crate) fn forget(tx: &mut Tx<'_>, conversation_id: &str) -> Result<(), Refused> {
    tx.run(&OVER, values![conversation_id])?;
    tx.run(&FORGET, values![conversation_id]).map(|_| ())
}

/// A colleague calls. An open console hears that by itself.
fn call(
    tx: &mut Tx<'_>,
    conversation: &Conversation,
    agent_id: &str,
    event: &PersonalEvent,
    now_ms: u64,
) -> Result<(), Refused> {
    let (kind, by) = match event {
        PersonalEvent::Mentioned(call) => (AlertKind::Mention, &call.by),
        PersonalEvent::Assigned(call) => (AlertKind::Mine, &call.by),
    };
    let Some(agent) = staff(tx, &conversation.widget_id, agent_id)?.pop() else { return Ok(()) };
    let alarm = Alarm { conversation_id: &conversation.id, kind, ways: &Way::ALL, caller: Some(by), now_ms };
    // Where a console is open is not known here: as if one were, so that only what must be sent is.
    raise(tx, &agent, &alarm, true)
}

/// Conversations with a step that is due.
fn steps_due(tx: &mut Tx<'_>, now_ms: u64) -> Result<Vec<String>, Refused> {
    let rows = tx.all(&DUE, values![now_ms, limit::ALERT_STEPS_AT_ONCE])?;
    Ok(rows.into_iter().map(|mut row| row.text(0)).collect())
}

/// Does the step that a conversation is at, if it is still due and its visitor still waits.
fn climb(tx: &mut Tx<'_>, id: &str, here: &HashSet<String>, now_ms: u64) -> Result<(), Refused> {
    let Some(conversation) = Conversation::lock(tx, id)? else { return Ok(()) };
    let Some(mut row) = tx.one(&CLAIM, values![id, now_ms])? else { return Ok(()) };
    let (since_ms, at) = (row.number(0), row.number(1));
    let steps = widget::settings(tx, &conversation.widget_id)?.escalation.steps;
    let due_ms = |at: u64| {
        let step = usize::try_from(at).ok().and_then(|at| steps.get(at));
        step.map(|step| (step, since_ms + u64::from(step.after_s) * 1_000))
    };
    let Some((step, step_ms)) = due_ms(at) else { return tx.run(&OVER, values![id]).map(|_| ()) };
    if step_ms > now_ms {
        return tx.run(&GO_ON, values![id, at, step_ms]).map(|_| ());
    }
    alert_all(tx, &conversation, step, here, now_ms)?;
    match due_ms(at + 1) {
        Some((_, next_ms)) => tx.run(&GO_ON, values![id, at + 1, next_ms]).map(|_| ()),
        None => tx.run(&OVER, values![id]).map(|_| ()),
    }
}

fn alert_all(
    tx: &mut Tx<'_>,
    conversation: &Conversation,
    step: &EscalationStep,
    here: &HashSet<String>,
    now_ms: u64,
) -> Result<(), Refused> {
    let staff = staff(tx, &conversation.widget_id, "")?;
    let assignee = conversation.state.assignee.as_ref().map(|agent| agent.id.as_str());
    let is_theirs = |agent: &Staff| agent.answers && assignee == Some(&*agent.id);
    // Whoever was removed, taken off the widget or made a viewer since does not hold it up.
    let is_somebodys = staff.iter().any(is_theirs);
    for agent in &staff {
        let is_mine = is_theirs(agent);
        let is_meant = match step.whom {
            Whom::Assignee if is_somebodys => is_mine,
            Whom::Assignee | Whom::Members => agent.answers,
            Whom::Owners => agent.administers,
        };
        if is_meant {
            let kind = if is_mine { AlertKind::Mine } else { AlertKind::Unassigned };
            let (conversation_id, ways) = (conversation.id.as_str(), step.ways.as_slice());
            let alarm = Alarm { conversation_id, kind, ways, caller: None, now_ms };
            raise(tx, agent, &alarm, here.contains(&agent.id))?;
        }
    }
    Ok(())
}

/// Puts down what is to be sent to one agent, or why nothing is. What they switched off is their own wish, and
/// no row; neither is what an open console does by itself.
fn raise(tx: &mut Tx<'_>, agent: &Staff, alarm: &Alarm<'_>, is_here: bool) -> Result<(), Refused> {
    let may = agent.rules.ways(alarm.kind);
    let ways: Vec<Way> = alarm.ways.iter().copied().filter(|way| may.has(*way)).collect();
    let Some(first) = ways.first().copied() else { return Ok(()) };
    let sent = |way: &&Way| !way.is_the_consoles();
    if let Some(held) = Held::of(&agent.rules, &agent.status, alarm.now_ms) {
        let way = ways.iter().find(sent).copied().unwrap_or(first);
        return missed(tx, &agent.id, alarm, way, held.reason());
    }
    for way in ways.iter().copied() {
        match way {
            Way::Sound | Way::Desktop => {}
            Way::Push => push(tx, &agent.id, alarm, is_here && first.is_the_consoles())?,
            Way::Mail => to_send(tx, &agent.id, alarm, way, None)?,
        }
    }
    if !is_here && !ways.iter().any(|way| !way.is_the_consoles()) {
        missed(tx, &agent.id, alarm, first, "No console was open on any computer.")?;
    }
    Ok(())
}

/// To each of their devices; `alerts_itself`: an open console does.
fn push(tx: &mut Tx<'_>, agent_id: &str, alarm: &Alarm<'_>, alerts_itself: bool) -> Result<(), Refused> {
    let devices = device::of(tx, agent_id)?;
    if devices.is_empty() && !alerts_itself {
        return missed(tx, agent_id, alarm, Way::Push, "No browser of theirs takes pushes.");
    }
    devices.iter().try_for_each(|device| to_send(tx, agent_id, alarm, Way::Push, Some(&device.id)))
}

fn to_send(
    tx: &mut Tx<'_>,
    agent_id: &str,
    alarm: &Alarm<'_>,
    way: Way,
    device_id: Option<&str>,
) -> Result<(), Refused> {
    add(tx, agent_id, alarm, way, (device_id, Some(alarm.now_ms), None))
}

fn missed(tx: &mut Tx<'_>, agent_id: &str, alarm: &Alarm<'_>, way: Way, reason: &str) -> Result<(), Refused> {
    add(tx, agent_id, alarm, way, (None, None, Some(reason)))
}

fn add(
    tx: &mut Tx<'_>,
    agent_id: &str,
    alarm: &Alarm<'_>,
    way: Way,
    (device_id, due_ms, reason): (Option<&str>, Option<u64>, Option<&str>),
) -> Result<(), Refused> {
    let Alarm { conversation_id, kind, caller, now_ms, .. } = alarm;
    let id = secret::id("alt_", *now_ms);
    let row = values![
        &id,
        agent_id,
        *conversation_id,
        device_id,
        kind.as_str(),
        way.as_str(),
        *caller,
        *now_ms,
        due_ms,
        reason
    ];
    tx.run(&ADD, row).map(|_| ())
}

/// An open console of this agent could not alert.
pub(crate) fn console_missed(
    tx: &mut Tx<'_>,
    agent_id: &str,
    (conversation_id, kind, way): (&str, AlertKind, Way),
    reason: &str,
    now_ms: u64,
) -> Result<(), Refused> {
    let alarm = Alarm { conversation_id, kind, ways: &[], caller: None, now_ms };
    missed(tx, agent_id, &alarm, way, reason)
}

/// Everybody who could be alerted, or, where `only` is no empty id, that agent.
fn staff(tx: &mut Tx<'_>, widget_id: &str, only: &str) -> Result<Vec<Staff>, Refused> {
    let member = |mut row: Row| {
        let role = role(&row.text(3))?;
        let rules = row.maybe_text(2).map_or_else(|| Ok(AlertRules::default()), |text| from_json(&text))?;
        let answers = role.answers() && (role.is_everywhere() || row.is(4));
        Ok(Staff { id: row.text(0), status: row.text(1), rules, administers: role.administers(), answers })
    };
    tx.all(&STAFF, values![widget_id, only])?.into_iter().map(member).collect()
}
