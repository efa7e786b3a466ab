//! What an agent wants to be alerted of and when they are not to be disturbed; and the list of what did not
//! arrive. Knows nothing of steps and of sending.

use crate::access::{self, Purpose};
use crate::audit::Actor;
use crate::db::sql::{Sql, both, statements};
use crate::db::{Row, Tx, from_json, json, values};
use crate::hours::Hours;
use crate::people::Agent;
use crate::{Answer, Chat, alert, check, dead_letter, device};
use wire::alert::{
    AlertKind, AlertRules, AlertRulesChange, ConsoleTrouble, Device, MissedAlert, ReportMissed, Way,
};
use wire::time::rfc3339;
use wire::{Refusal, Refused, limit};

/// What did not arrive, newest first.
macro_rules! missed {
    ($whose:literal) => {
        concat!(
            "SELECT x.id, x.agent_id, a.name, x.conversation_id, v.name, x.kind, x.way, x.reason, x.created_ms \
             FROM alerts x JOIN agents a ON a.id = x.agent_id JOIN conversations c ON c.id = x.conversation_id \
             JOIN visitors v ON v.id = c.visitor_id WHERE ",
            $whose,
            "x.reason IS NOT NULL AND x.due_ms IS NULL AND x.created_ms > ?1 \
             ORDER BY x.created_ms DESC, x.id DESC LIMIT ?2",
        )
    };
}

statements! {
    RULES = both("SELECT alert_rules FROM agents WHERE id = ?1 AND removed_ms IS NULL");
    SET_RULES = both("UPDATE agents SET alert_rules = ?2 WHERE id = ?1 AND removed_ms IS NULL");
    MISSED_OF = both(missed!("x.agent_id = ?3 AND "));
    MISSED = both(missed!(""));
    // Tried, and in vain: what was held back for a reason of its own is no letter that failed.
    GIVEN_UP = both(missed!("x.attempts > 0 AND "));
    COUNT_GIVEN_UP = both(
        "SELECT COUNT(*) FROM (SELECT id FROM alerts WHERE created_ms > ?1 AND due_ms IS NULL AND attempts > 0 \
         LIMIT ?2) a",
    );
    // As a new one: it is tried for as long as any.
    AFTER_ALL = both(
        "UPDATE alerts SET due_ms = ?2, created_ms = ?2, claimed_ms = 0, attempts = 0, reason = NULL \
         WHERE id = ?1 AND due_ms IS NULL AND attempts > 0",
    );
    DROP = both("DELETE FROM alerts WHERE id = ?1 AND due_ms IS NULL AND attempts > 0");
    FORGET_OLD = both("DELETE FROM alerts WHERE created_ms <= ?1");
}

/// Why somebody is not disturbed right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// Until a time.
    Until,
    /// By the hours of the week.
    Hours,
    /// They are away, and want that to count.
    Away,
}

impl Held {
    /// `status` is the word in the database.
    pub(crate) fn of(rules: &AlertRules, status: &str, now_ms: u64) -> Option<Held> {
        let until = rules.quiet_until.as_deref().and_then(instant);
        // What was once accepted can be read; if a later time zone list lacks it, alerts come.
        let hours = rules.quiet_hours.as_ref().and_then(|hours| Hours::read(hours).ok());
        if until.is_some_and(|until_ms| now_ms < until_ms) {
            Some(Held::Until)
        } else if hours.is_some_and(|hours| hours.at(now_ms).open) {
            Some(Held::Hours)
        } else {
            (rules.away_is_quiet && status != "online").then_some(Held::Away)
        }
    }

    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Held::Until => "“Do not disturb” was on.",
            Held::Hours => "It was in their hours of “Do not disturb”.",
            Held::Away => "They were away, and their settings say that this holds alerts back.",
        }
    }
}

impl Chat {
    /// What this agent wants, whether they are not to be disturbed now, their devices, and what did not arrive.
    pub async fn own_alerts(
        &self,
        agent: &Agent,
        now_ms: u64,
    ) -> Answer<(AlertRules, bool, Vec<Device>, Vec<MissedAlert>)> {
        let id = agent.id.clone();
        let own = move |tx: &mut Tx<'_>| {
            let rules = rules(tx, &id)?;
            let is_quiet = Held::of(&rules, "online", now_ms).is_some();
            let rows = tx.all(&MISSED_OF, values![kept_from(now_ms), limit::MISSED_ALERTS_SHOWN, &id])?;
            let missed = rows.into_iter().map(missed).collect::<Result<_, _>>()?;
            Ok((rules, is_quiet, device::of(tx, &id)?, missed))
        };
        self.db.read(own).await
    }

    /// Changes what this agent wants.
    pub async fn change_alert_rules(
        &self,
        agent: &Agent,
        change: AlertRulesChange,
        now_ms: u64,
    ) -> Answer<()> {
        if let Some(Some(until)) = &change.quiet_until {
            check::snoozed_until(until, now_ms).map_err(|_| {
                Refusal::InvalidField.because("quiet_until is in the future, at most a year away")
            })?;
        }
        if let Some(Some(hours)) = &change.quiet_hours {
            Hours::read(hours)?;
        }
        let id = agent.id.clone();
        let save = move |tx: &mut Tx<'_>| {
            access::must_answer(tx, &id)?;
            let rules = json(&changed(rules(tx, &id)?, change.clone()))?;
            tx.run(&SET_RULES, values![&id, &rules]).map(|_| ())
        };
        self.db.write(save).await
    }

    /// What did not arrive at any agent; only owners and admins may see it.
    pub async fn missed_alerts(&self, agent: &Agent, now_ms: u64) -> Answer<Vec<MissedAlert>> {
        self.newest_missed(agent, &MISSED, limit::MISSED_ALERTS_SHOWN, now_ms).await
    }

    /// Alerts that were given up after they had been tried, the newest first; only owners and admins may see them.
    pub async fn dead_alerts(&self, agent: &Agent, now_ms: u64) -> Answer<Vec<MissedAlert>> {
        self.newest_missed(agent, &GIVEN_UP, limit::DEAD_LETTERS_AT_ONCE, now_ms).await
    }

    async fn newest_missed(
        &self,
        agent: &Agent,
        sql: &'static Sql,
        most: usize,
        now_ms: u64,
    ) -> Answer<Vec<MissedAlert>> {
        let id = agent.id.clone();
        let list = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &id)?;
            let rows = tx.all(sql, values![kept_from(now_ms), most])?;
            rows.into_iter().map(missed).collect()
        };
        self.db.read(list).await
    }

    /// Sends these after all; only owners and admins may. Those that are not there any more are passed over.
    pub async fn retry_dead_alerts(&self, agent: &Agent, ids: Vec<String>, now_ms: u64) -> Answer<()> {
        let agent_id = agent.id.clone();
        let retry = move |tx: &mut Tx<'_>| {
            access::must_be_admin(tx, &agent_id)?;
            ids.iter().try_for_each(|id| tx.run(&AFTER_ALL, values![id, now_ms]).map(|_| ()))
        };
        self.db.write(retry).await
    }

    /// Forgets these for good; only owners and admins may.
    pub async fn drop_dead_alerts(&self, agent: &Agent, ids: Vec<String>) -> Answer<()> {
        let actor = Actor::from(agent);
        self.db.write(move |tx| dead_letter::drop_all(tx, &actor, &ids, &DROP, "alerts")).await
    }

    /// An open console of this agent could not alert.
    pub async fn report_missed(&self, agent: &Agent, report: ReportMissed, now_ms: u64) -> Answer<()> {
        let id = agent.id.clone();
        let note = move |tx: &mut Tx<'_>| {
            access::of_agent(tx, &id, &report.conversation_id, Purpose::Read)?;
            let (way, reason) = match report.trouble {
                ConsoleTrouble::Silent => {
                    (Way::Sound, "The browser makes no sound before the console was clicked once.")
                }
                ConsoleTrouble::Forbidden => (Way::Desktop, "The browser was told to show no notifications."),
            };
            let what = (report.conversation_id.as_str(), report.kind, way);
            alert::console_missed(tx, &id, what, reason, now_ms)
        };
        self.db.write(note).await
    }

    /// What is older than [`limit::MISSED_ALERTS_DAYS`] goes.
    pub async fn forget_old_alerts(&self, now_ms: u64) -> Answer<()> {
        self.db.write(move |tx| tx.run(&FORGET_OLD, values![kept_from(now_ms)]).map(|_| ())).await
    }
}

/// How many were given up after they had been tried, as far as is counted.
pub(crate) fn given_up(tx: &mut Tx<'_>, now_ms: u64) -> Result<u64, Refused> {
    tx.number(&COUNT_GIVEN_UP, values![kept_from(now_ms), limit::QUEUE_COUNTED])
}

/// What an agent wants; [`Refusal::SessionExpired`] when they were removed.
pub(crate) fn rules(tx: &mut Tx<'_>, agent_id: &str) -> Result<AlertRules, Refused> {
    let mut row = tx.one(&RULES, values![agent_id])?.ok_or(Refusal::SessionExpired)?;
    row.maybe_text(0).map_or_else(|| Ok(AlertRules::default()), |text| from_json(&text))
}

fn changed(rules: AlertRules, change: AlertRulesChange) -> AlertRules {
    AlertRules {
        mine: change.mine.unwrap_or(rules.mine),
        unassigned: change.unassigned.unwrap_or(rules.unassigned),
        mention: change.mention.unwrap_or(rules.mention),
        quiet_until: change.quiet_until.unwrap_or(rules.quiet_until),
        quiet_hours: change.quiet_hours.unwrap_or(rules.quiet_hours),
        away_is_quiet: change.away_is_quiet.unwrap_or(rules.away_is_quiet),
        hide_words: change.hide_words.unwrap_or(rules.hide_words),
    }
}

fn missed(mut row: Row) -> Result<MissedAlert, Refused> {
    Ok(MissedAlert {
        id: row.text(0),
        agent_id: row.text(1),
        agent_name: row.text(2),
        conversation_id: row.text(3),
        visitor_name: row.maybe_text(4).unwrap_or_else(|| crate::conversation::NAMELESS.to_owned()),
        kind: AlertKind::from_word(&row.text(5)).ok_or(Refusal::Internal)?,
        way: Way::from_word(&row.text(6)).ok_or(Refusal::Internal)?,
        reason: row.text(7),
        at: rfc3339(row.number(8)),
    })
}

const fn kept_from(now_ms: u64) -> u64 {
    now_ms.saturating_sub(limit::MISSED_ALERTS_DAYS * 86_400_000)
}

/// Milliseconds of an RFC 3339 time.
fn instant(text: &str) -> Option<u64> {
    u64::try_from(text.parse::<jiff::Timestamp>().ok()?.as_millisecond()).ok()
}
