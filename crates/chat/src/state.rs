//! What agents set on a conversation: status, assignee, priority, tags, attributes; how it is
//! resolved, put off and opened again. Knows nothing of messages.

use crate::access::{self, Purpose};
use crate::conversation::Conversation;
use crate::db::sql::{both, statements};
use crate::db::{Row, Tx, from_json, json, values};
use crate::fact::{FactBody, InnerBody, SplitBody, StateChange};
use crate::people::{Agent, Conditional, Visitor};
use crate::{Answer, Chat, check};
use std::collections::BTreeMap;
use wire::api::ConversationChange;
use wire::event::{
    AgentFace, ConversationState, ConversationStatus, ConversationSummary, Priority, SenderType, StatePart,
    WebsiteSaid, Whereabouts,
};
use wire::time::rfc3339;
use wire::{Refusal, Refused};

statements! {
    SAVE = both(
        "UPDATE conversations SET status = ?2, snoozed_until_ms = ?3, assignee_id = ?4, priority = ?5, tags = ?6, \
         attributes = ?7, website = ?8, whereabouts = ?9 WHERE id = ?1",
    );
    REMOVE_TAGS = both("DELETE FROM conversation_tags WHERE conversation_id = ?1");
    ADD_TAG = both("INSERT INTO conversation_tags (tag, conversation_id) VALUES (?1, ?2)");
    HAS_TAG = both("SELECT tag FROM conversation_tags WHERE conversation_id = ?1 ORDER BY tag");
    ASLEEP = both(
        "SELECT id FROM conversations WHERE snoozed_until_ms IS NOT NULL AND snoozed_until_ms <= ?1 \
         ORDER BY snoozed_until_ms LIMIT ?2",
    );
}

/// What agents set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) status: ConversationStatus,
    /// Only of a snoozed one.
    snoozed_until_ms: Option<u64>,
    pub(crate) assignee: Option<AgentFace>,
    priority: Priority,
    pub(crate) tags: Vec<String>,
    attributes: BTreeMap<String, String>,
    /// What the website's page said, of which agents can take away the tags alone.
    pub(crate) website: WebsiteSaid,
    /// What the visitor's browser said, of which agents can change nothing.
    here: Whereabouts,
}

/// Who changes it.
#[derive(Clone, Debug)]
pub(crate) enum By {
    /// The visitor, by writing or closing.
    Visitor,
    /// An agent.
    Agent(AgentFace),
    /// The clock.
    System,
}

impl State {
    /// From the columns of the state, the first of them at `column`.
    pub(crate) fn from_row(row: &mut Row, column: usize) -> Result<State, Refused> {
        let assignee = row.maybe_text(column + 5);
        Ok(State {
            status: ConversationStatus::from_word(&row.text(column)).ok_or(Refusal::Internal)?,
            snoozed_until_ms: row.maybe_number(column + 1),
            priority: Priority::from_word(&row.text(column + 2)).ok_or(Refusal::Internal)?,
            tags: row.json(column + 3)?,
            attributes: row.json(column + 4)?,
            website: row
                .maybe_text(column + 8)
                .map_or_else(|| Ok(WebsiteSaid::default()), |said| from_json(&said))?,
            here: row
                .maybe_text(column + 9)
                .map_or_else(|| Ok(Whereabouts::default()), |said| from_json(&said))?,
            assignee: assignee.map(|id| AgentFace {
                id,
                name: row.text(column + 6),
                avatar: row.maybe_text(column + 7),
            }),
        })
    }

    pub(crate) fn has_tags(&self) -> bool {
        !self.tags.is_empty()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.status == ConversationStatus::Resolved
    }

    pub(crate) fn on_the_wire(&self) -> ConversationState {
        ConversationState {
            status: self.status,
            snoozed_until: self.snoozed_until_ms.map(rfc3339),
            assignee: self.assignee.clone(),
            priority: self.priority,
            tags: self.tags.clone(),
            attributes: self.attributes.clone(),
            website: Some(self.website.clone()).filter(|website| !website.is_empty()),
            here: Some(Box::new(self.here.clone())).filter(|here| !here.is_empty()),
        }
    }

    /// Nothing that somebody typed, or a browser said, is left.
    pub(crate) fn forget(&mut self) {
        self.tags.clear();
        self.attributes.clear();
        self.website = WebsiteSaid::default();
        self.here = Whereabouts::default();
    }

    /// The same with this tag under another name, or without it. A page can take a tag away only under the
    /// name that it gave, so it is no page's any more.
    pub(crate) fn with_tag_called(&self, tag: &str, name: Option<&str>) -> State {
        let mut next = self.clone();
        if next.tags.iter().any(|one| one == tag) {
            next.tags.retain(|one| one != tag && Some(one.as_str()) != name);
            next.tags.extend(name.map(str::to_owned));
            next.tags.sort();
            next.website.tags.retain(|one| one != tag);
        }
        next
    }

    fn open(&mut self) {
        self.status = ConversationStatus::Open;
        self.snoozed_until_ms = None;
    }

    /// Which parts are different in `new`.
    fn changed(&self, new: &State) -> Vec<StatePart> {
        let status = (self.status, self.snoozed_until_ms) != (new.status, new.snoozed_until_ms);
        let id = |state: &State| state.assignee.as_ref().map(|agent| agent.id.clone());
        [
            (status, StatePart::Status),
            (id(self) != id(new), StatePart::Assignee),
            (self.priority != new.priority, StatePart::Priority),
            (self.tags != new.tags, StatePart::Tags),
            (self.attributes != new.attributes, StatePart::Attributes),
            (self.website != new.website, StatePart::Website),
            (self.here != new.here, StatePart::Here),
        ]
        .into_iter()
        .filter_map(|(differs, part)| differs.then_some(part))
        .collect()
    }
}

impl Chat {
    /// Changes what agents set, only in the state of this tag where one is given; answers the conversation as it is then.
    pub async fn change_conversation(
        &self,
        agent: &Agent,
        conversation_id: &str,
        change: impl Into<Conditional<ConversationChange>>,
        now_ms: u64,
    ) -> Answer<ConversationSummary> {
        let Conditional { change, if_match } = change.into();
        let change = Wanted::parse(change, now_ms)?;
        let (agent_id, id) = (agent.id.clone(), conversation_id.to_owned());
        let save = move |tx: &mut Tx<'_>| {
            let (mut conversation, by) = access::of_agent(tx, &agent_id, &id, Purpose::Change)?;
            check::is_at(conversation.last_seq, if_match.as_deref())?;
            let state = change.applied(tx, &conversation)?;
            if set(&mut conversation, state, By::Agent(by.face), now_ms) {
                let summary = conversation.clone().summary();
                conversation.save(tx)?;
                return Ok(summary);
            }
            Ok(conversation.summary())
        };
        self.db.write(save).await
    }

    /// The visitor is done: resolves the conversation. What is over stays so.
    pub async fn visitor_close(&self, visitor: &Visitor, conversation_id: &str, now_ms: u64) -> Answer<()> {
        let (visitor_id, id) = (visitor.id.clone(), conversation_id.to_owned());
        let close = move |tx: &mut Tx<'_>| {
            let mut conversation = access::of_visitor(tx, &visitor_id, &id, Purpose::Change)?;
            let mut state = conversation.state.clone();
            state.open();
            state.status = ConversationStatus::Resolved;
            if set(&mut conversation, state, By::Visitor, now_ms) { conversation.save(tx) } else { Ok(()) }
        };
        self.db.write(close).await
    }

    /// Opens snoozed conversations whose time has come, at most `most`; answers how many.
    pub async fn wake_snoozed(&self, now_ms: u64, most: usize) -> Answer<usize> {
        let asleep = self.db.read(move |tx| {
            let rows = tx.all(&ASLEEP, values![now_ms, most])?;
            Ok(rows.into_iter().map(|mut row| row.text(0)).collect::<Vec<_>>())
        });
        let asleep = asleep.await?;
        let found = asleep.len();
        for id in asleep {
            let wake = move |tx: &mut Tx<'_>| {
                let Some(mut conversation) = Conversation::lock(tx, &id)? else { return Ok(()) };
                // Another node, or an agent, may have been here first.
                let due = conversation.state.snoozed_until_ms.is_some_and(|until_ms| until_ms <= now_ms);
                let woken = due && open(&mut conversation, By::System, now_ms);
                if woken { conversation.save(tx) } else { Ok(()) }
            };
            self.db.write(wake).await?;
        }
        Ok(found)
    }
}

/// Opens what was over or put off; `false`: it was open.
pub(crate) fn open(conversation: &mut Conversation, by: By, now_ms: u64) -> bool {
    let mut state = conversation.state.clone();
    state.open();
    set(conversation, state, by, now_ms)
}

/// The visitor wrote, from here: where they are is so from now on, and what was over goes on if it `opens`.
pub(crate) fn visitor_wrote(
    conversation: &mut Conversation,
    here: Option<&Whereabouts>,
    opens: bool,
    now_ms: u64,
) {
    let mut state = conversation.state.clone();
    if opens {
        state.open();
    }
    if let Some(here) = here {
        state.here = here.clone().after(&state.here);
    }
    set(conversation, state, By::Visitor, now_ms);
}

/// Records the fact, if anything changes.
pub(crate) fn set(conversation: &mut Conversation, state: State, by: By, now_ms: u64) -> bool {
    let changed = conversation.state.changed(&state);
    if changed.is_empty() {
        return false;
    }
    let (by_type, by) = match by {
        By::Visitor => (SenderType::Visitor, None),
        By::Agent(face) => (SenderType::Agent, Some(face)),
        By::System => (SenderType::System, None),
    };
    let (before, after) = (conversation.state.status.for_visitor(), state.status.for_visitor());
    let inner = StateChange { by_type, by, changed, state: state.on_the_wire() };
    conversation.set_state(state);
    let body = if before == after {
        FactBody::Inner(InnerBody::State(inner))
    } else {
        FactBody::Split(SplitBody::State { shared: after, inner })
    };
    conversation.record(body, now_ms);
    true
}

/// Writes the columns, and the tags by which conversations are found.
pub(crate) fn save(tx: &mut Tx<'_>, conversation_id: &str, state: &State) -> Result<(), Refused> {
    let (tags, attributes) = (json(&state.tags)?, json(&state.attributes)?);
    let website = (!state.website.is_empty()).then(|| json(&state.website)).transpose()?;
    let here = (!state.here.is_empty()).then(|| json(&state.here)).transpose()?;
    tx.run(
        &SAVE,
        values![
            conversation_id,
            state.status.as_str(),
            state.snoozed_until_ms,
            state.assignee.as_ref().map(|agent| agent.id.as_str()),
            state.priority.as_str(),
            &tags,
            &attributes,
            website.as_ref(),
            here.as_ref()
        ],
    )?;
    let kept: Vec<String> =
        tx.all(&HAS_TAG, values![conversation_id])?.into_iter().map(|mut row| row.text(0)).collect();
    if kept == state.tags {
        return Ok(());
    }
    tx.run(&REMOVE_TAGS, values![conversation_id])?;
    for tag in &state.tags {
        tx.run(&ADD_TAG, values![tag, conversation_id])?;
    }
    Ok(())
}

/// A change, checked.
struct Wanted {
    status: Option<(ConversationStatus, Option<u64>)>,
    assignee_id: Option<Option<String>>,
    priority: Option<Priority>,
    tags: Option<Vec<String>>,
    attributes: BTreeMap<String, Option<String>>,
}

impl Wanted {
    fn parse(change: ConversationChange, now_ms: u64) -> Result<Wanted, Refused> {
        let until_ms = change.snoozed_until.map(|until| check::snoozed_until(&until, now_ms)).transpose()?;
        let status = match (change.status, until_ms) {
            (None, None) => None,
            (None | Some(ConversationStatus::Snoozed), Some(_)) => {
                Some((ConversationStatus::Snoozed, until_ms))
            }
            (Some(ConversationStatus::Snoozed), None) => {
                return Err(Refusal::MissingField.because("The field is snoozed_until."));
            }
            (Some(ConversationStatus::Open | ConversationStatus::Resolved), Some(_)) => {
                return Err(Refusal::InvalidField.because("snoozed_until goes with the status snoozed alone"));
            }
            (Some(status), None) => Some((status, None)),
        };
        Ok(Wanted {
            status,
            assignee_id: change.assignee_id,
            priority: change.priority,
            tags: change.tags.map(check::tags).transpose()?,
            attributes: check::attribute_changes(change.attributes.unwrap_or_default())?,
        })
    }

    fn applied(&self, tx: &mut Tx<'_>, conversation: &Conversation) -> Result<State, Refused> {
        let mut state = conversation.state.clone();
        if let Some((status, until_ms)) = self.status {
            state.status = status;
            state.snoozed_until_ms = until_ms;
        }
        match &self.assignee_id {
            Some(Some(id)) => {
                let agent = access::answering(tx, id, &conversation.widget_id)?;
                state.assignee = Some(agent.ok_or_else(|| {
                    Refusal::InvalidField.because("assignee_id names nobody who answers on this widget")
                })?);
            }
            Some(None) => state.assignee = None,
            None => {}
        }
        state.priority = self.priority.unwrap_or(state.priority);
        if let Some(tags) = &self.tags {
            state.tags.clone_from(tags);
            state.website.tags.retain(|tag| tags.contains(tag));
        }
        for (name, value) in &self.attributes {
            match value {
                Some(value) => state.attributes.insert(name.clone(), value.clone()),
                None => state.attributes.remove(name),
            };
        }
        check::attribute_count(state.attributes.len())?;
        Ok(state)
    }
}
