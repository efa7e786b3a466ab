//! Is anybody there for a widget's visitors: what agents say of themselves, who of them is connected, the
//! opening hours, and what an owner lets visitors see of it. Knows nothing of sockets: it is told who is there.

use crate::access;
use crate::db::sql::{both, statements};
use crate::db::{Row, Tx, values};
use crate::hours::{Hours, Opening};
use crate::people::Agent;
use crate::{Answer, Chat};
use wire::api::WidgetSettings;
use wire::availability::{AgentShown, AgentStatus, Availability};
use wire::time::rfc3339;
use wire::{Refusal, Refused, limit};

statements! {
    SET_STATUS = both("UPDATE agents SET status = ?2 WHERE id = ?1 AND removed_ms IS NULL");
    STATUS = both("SELECT status FROM agents WHERE id = ?1 AND removed_ms IS NULL");
    WIDGETS = both("SELECT id, settings FROM widgets ORDER BY created_ms, id");
    // Programs answer too, but nobody sits there; who looks on does not answer.
    AGENTS = both(
        "SELECT id, name, avatar, status, role FROM agents WHERE removed_ms IS NULL AND role <> 'viewer' \
         AND id NOT IN (SELECT agent_id FROM api_keys) ORDER BY created_ms, id",
    );
    MEMBERS = both("SELECT widget_id, agent_id FROM widget_members");
    WIDGET_OF = both("SELECT widget_id FROM conversations WHERE id = ?1");
}

/// A widget's desk: everything that says whether anybody is there, but who is connected.
#[derive(Clone, Debug)]
pub struct StaffedWidget {
    /// `wgt_…`.
    pub id: String,
    /// What its owner set.
    pub settings: WidgetSettings,
    staff: Vec<Staff>,
    hours: Option<Hours>,
}

/// One who answers there.
#[derive(Clone, Debug)]
struct Staff {
    id: String,
    shown: AgentShown,
    status: AgentStatus,
    is_everywhere: bool,
}

impl StaffedWidget {
    /// What visitors are told, when agents of whom `is_here` says so are connected.
    pub fn availability(&self, is_here: impl Fn(&str) -> bool, now_ms: u64) -> Availability {
        let here = |staff: &&Staff| staff.status == AgentStatus::Online && is_here(&staff.id);
        let present: Vec<&Staff> = self.staff.iter().filter(here).collect();
        let Opening { open, opens_at_ms } =
            self.hours.as_ref().map_or(Opening::ALWAYS, |hours| hours.at(now_ms));
        let online = !present.is_empty();
        let shown = if self.settings.show_agents { limit::AGENTS_SHOWN } else { 0 };
        Availability {
            online,
            agents: present.into_iter().take(shown).map(|staff| staff.shown.clone()).collect(),
            open,
            opens_at: opens_at_ms.map(rfc3339),
            away_text: self.settings.away_text.clone().filter(|_| !(open && online)),
        }
    }
}

impl Chat {
    /// An agent says whether they answer.
    pub async fn set_status(&self, agent: &Agent, status: AgentStatus) -> Answer<()> {
        let id = agent.id.clone();
        let set = move |tx: &mut Tx<'_>| {
            access::must_answer(tx, &id)?;
            tx.run(&SET_STATUS, values![&id, word(status)]).map(|_| ())
        };
        self.db.write(set).await
    }

    /// What this agent last said.
    pub async fn status_of(&self, agent: &Agent) -> Answer<AgentStatus> {
        let id = agent.id.clone();
        let read = move |tx: &mut Tx<'_>| {
            let mut row = tx.one(&STATUS, values![&id])?.ok_or(Refusal::SessionExpired)?;
            status(&row.text(0))
        };
        self.db.read(read).await
    }

    /// Every widget with those who answer there.
    pub async fn staffed_widgets(&self) -> Answer<Vec<StaffedWidget>> {
        self.db.read(staffed).await
    }

    /// The widget of a conversation.
    pub async fn widget_of(&self, conversation_id: &str) -> Answer<Option<String>> {
        let id = conversation_id.to_owned();
        self.db.read(move |tx| Ok(tx.one(&WIDGET_OF, values![&id])?.map(|mut row| row.text(0)))).await
    }
}

fn staffed(tx: &mut Tx<'_>) -> Result<Vec<StaffedWidget>, Refused> {
    let agents = tx.all(&AGENTS, &[])?.into_iter().map(staff).collect::<Result<Vec<_>, _>>()?;
    let members: Vec<(String, String)> =
        tx.all(&MEMBERS, &[])?.into_iter().map(|mut row| (row.text(0), row.text(1))).collect();
    let widget = |mut row: Row| {
        let id = row.text(0);
        let settings: WidgetSettings = row.json(1)?;
        let answers = |agent: &&Staff| {
            agent.is_everywhere || members.iter().any(|(widget, member)| *widget == id && *member == agent.id)
        };
        let staff = agents.iter().filter(answers).cloned().collect();
        // What was once accepted can be read; if a later time zone list lacks it, the desk counts as open.
        let hours = settings.hours.as_ref().and_then(|hours| Hours::read(hours).ok());
        Ok(StaffedWidget { id, settings, staff, hours })
    };
    tx.all(&WIDGETS, &[])?.into_iter().map(widget).collect()
}

fn staff(mut row: Row) -> Result<Staff, Refused> {
    Ok(Staff {
        id: row.text(0),
        shown: AgentShown { name: row.text(1), avatar: row.maybe_text(2) },
        status: status(&row.text(3))?,
        is_everywhere: access::role(&row.text(4))?.is_everywhere(),
    })
}

fn word(status: AgentStatus) -> &'static str {
    match status {
        AgentStatus::Online => "online",
        AgentStatus::Away => "away",
        AgentStatus::Offline => "offline",
    }
}

fn status(word: &str) -> Result<AgentStatus, Refused> {
    match word {
        "online" => Ok(AgentStatus::Online),
        "away" => Ok(AgentStatus::Away),
        "offline" => Ok(AgentStatus::Offline),
        _ => Err(Refusal::Internal.into()),
    }
}
