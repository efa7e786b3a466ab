//! Who may see what: a visitor their own conversations, an agent those of their widgets, owners and
//! admins all, a removed agent nothing; and who of them may only look on. Knows nothing of what is then
//! read or written.
//!
//! Foreign and unknown ids take the same path and end in the same refusal (ruling 8).

use crate::conversation::{Conversation, face};
use crate::db::sql::{both, statements};
use crate::db::{Tx, values};
use crate::people::{Agent, Visitor};
use crate::{Answer, Chat};
use wire::api::Role;
use wire::chat_channel::ChatChannel;
use wire::event::AgentFace;
use wire::{Refusal, Refused};

statements! {
    AGENT_ON_WIDGET = both(
        "SELECT a.id, a.name, a.avatar, a.role, \
         EXISTS (SELECT 1 FROM widget_members m WHERE m.agent_id = a.id AND m.widget_id = ?2) \
         FROM agents a WHERE a.id = ?1 AND a.removed_ms IS NULL",
    );
    // Visitors of one contact are one person.
    SAME_PERSON = both(
        "SELECT 1 FROM visitors a JOIN visitors b ON b.contact_id = a.contact_id WHERE a.id = ?1 AND b.id = ?2",
    );
    WIDGET_EXISTS = both("SELECT id FROM widgets WHERE id = ?1");
}

/// To read, or to add facts to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A snapshot is enough.
    Read,
    /// How far somebody has read: nobody else may add facts meanwhile, and viewers do it too.
    Mark,
    /// Nobody else may add facts meanwhile, and a viewer may not either.
    Change,
}

/// Somebody who is on a widget.
#[derive(Clone, Debug)]
pub(crate) struct OnWidget {
    pub(crate) face: AgentFace,
    pub(crate) role: Role,
}

impl OnWidget {
    /// Only who answers there may go on, not who looks on.
    pub(crate) fn must_answer(&self) -> Result<(), Refused> {
        must(self.role.answers())
    }
}

/// A conversation of this person, on whichever device it began, or [`Refusal::UnknownConversation`].
pub(crate) fn of_visitor(
    tx: &mut Tx<'_>,
    visitor_id: &str,
    conversation_id: &str,
    purpose: Purpose,
) -> Result<Conversation, Refused> {
    let conversation = find(tx, conversation_id, purpose)?;
    let owner = conversation.as_ref().map_or("", |conversation| &conversation.visitor.id);
    let own = owner == visitor_id || tx.one(&SAME_PERSON, values![visitor_id, owner])?.is_some();
    conversation.filter(|_| own).ok_or_else(|| Refusal::UnknownConversation.into())
}

/// A conversation on a widget this agent is on, or [`Refusal::UnknownConversation`]; a viewer changes none.
pub(crate) fn of_agent(
    tx: &mut Tx<'_>,
    agent_id: &str,
    conversation_id: &str,
    purpose: Purpose,
) -> Result<(Conversation, OnWidget), Refused> {
    let conversation = find(tx, conversation_id, purpose)?;
    let widget_id = conversation.as_ref().map_or("", |conversation| &conversation.widget_id);
    let agent = on_widget(tx, agent_id, widget_id)?;
    let (conversation, agent) = conversation.zip(agent).ok_or(Refusal::UnknownConversation)?;
    if purpose == Purpose::Change {
        agent.must_answer()?;
    }
    Ok((conversation, agent))
}

fn find(tx: &mut Tx<'_>, id: &str, purpose: Purpose) -> Result<Option<Conversation>, Refused> {
    match purpose {
        Purpose::Read => Conversation::find(tx, id),
        Purpose::Mark | Purpose::Change => Conversation::lock(tx, id),
    }
}

/// The agent, if they are on this widget now.
pub(crate) fn on_widget(
    tx: &mut Tx<'_>,
    agent_id: &str,
    widget_id: &str,
) -> Result<Option<OnWidget>, Refused> {
    let Some(mut row) = tx.one(&AGENT_ON_WIDGET, values![agent_id, widget_id])? else { return Ok(None) };
    let role = role(&row.text(3))?;
    let is_on = role.is_everywhere() || row.is(4);
    Ok(is_on.then(|| OnWidget { face: face(&mut row, 0), role }))
}

/// The same, if they answer there: who only looks on is given nothing to do.
pub(crate) fn answering(
    tx: &mut Tx<'_>,
    agent_id: &str,
    widget_id: &str,
) -> Result<Option<AgentFace>, Refused> {
    let on = on_widget(tx, agent_id, widget_id)?;
    Ok(on.filter(|on| on.role.answers()).map(|on| on.face))
}

/// The agent's role now; [`Refusal::SessionExpired`] when they were removed.
pub(crate) fn role_of(tx: &mut Tx<'_>, agent_id: &str) -> Result<Role, Refused> {
    let row = tx.one(&AGENT_ON_WIDGET, values![agent_id, ""])?;
    row.map(|mut row| role(&row.text(3))).unwrap_or_else(|| Err(Refusal::SessionExpired.into()))
}

/// Only an owner may go on.
pub(crate) fn must_be_owner(tx: &mut Tx<'_>, agent_id: &str) -> Result<(), Refused> {
    must(role_of(tx, agent_id)? == Role::Owner)
}

/// Only an owner or admin may go on.
pub(crate) fn must_be_admin(tx: &mut Tx<'_>, agent_id: &str) -> Result<(), Refused> {
    must(role_of(tx, agent_id)?.administers())
}

/// Only who may give this role, or change somebody who has it, may go on: an admin any but an owner's.
pub(crate) fn must_appoint(tx: &mut Tx<'_>, agent_id: &str, role: Role) -> Result<(), Refused> {
    let by = role_of(tx, agent_id)?;
    must(by.administers())?;
    if role == Role::Owner && by != Role::Owner {
        return Err(Refusal::NotAllowed.because("Only owners make somebody an owner, or change one."));
    }
    Ok(())
}

/// Only who answers may go on, not who looks on.
pub(crate) fn must_answer(tx: &mut Tx<'_>, agent_id: &str) -> Result<(), Refused> {
    must(role_of(tx, agent_id)?.answers())
}

/// Is the agent on every widget?
pub(crate) fn is_everywhere(tx: &mut Tx<'_>, agent_id: &str) -> Result<bool, Refused> {
    role_of(tx, agent_id).map(Role::is_everywhere)
}

fn must(may: bool) -> Result<(), Refused> {
    if may { Ok(()) } else { Err(Refusal::NotAllowed.into()) }
}

/// From the word in the database.
pub(crate) fn role(word: &str) -> Result<Role, Refused> {
    Role::from_word(word).ok_or_else(|| Refusal::Internal.into())
}

impl Chat {
    /// Only an owner may go on.
    pub async fn must_be_owner(&self, agent: &Agent) -> Answer<()> {
        let agent_id = agent.id.clone();
        self.db.read(move |tx| must_be_owner(tx, &agent_id)).await
    }

    /// Only owners and admins may go on.
    pub async fn must_be_admin(&self, agent: &Agent) -> Answer<()> {
        let agent_id = agent.id.clone();
        self.db.read(move |tx| must_be_admin(tx, &agent_id)).await
    }

    /// May this visitor join this channel? When the database cannot be asked: no.
    pub async fn visitor_may_join(&self, visitor: &Visitor, channel: &ChatChannel) -> bool {
        match channel {
            ChatChannel::Conversation(id) | ChatChannel::ConversationAlias(id) => {
                let (visitor_id, id) = (visitor.id.clone(), id.clone());
                let own = self.db.read(move |tx| of_visitor(tx, &visitor_id, &id, Purpose::Read).map(|_| ()));
                own.await.is_ok()
            }
            ChatChannel::WidgetAvailability(id) => *id == visitor.widget_id,
            ChatChannel::AgentsWidget(_)
            | ChatChannel::AgentsConversation(_)
            | ChatChannel::AgentsOnline
            | ChatChannel::AgentsViewing(_) => false,
        }
    }

    /// May this agent join this channel? When the database cannot be asked: no.
    pub async fn agent_may_join(&self, agent: &Agent, channel: &ChatChannel) -> bool {
        let (agent_id, channel) = (agent.id.clone(), channel.clone());
        let may: Answer<bool> = self.db.read(move |tx| may_join(tx, &agent_id, &channel)).await;
        may.unwrap_or(false)
    }
}

fn may_join(tx: &mut Tx<'_>, agent_id: &str, channel: &ChatChannel) -> Result<bool, Refused> {
    match channel {
        ChatChannel::Conversation(id)
        | ChatChannel::ConversationAlias(id)
        | ChatChannel::AgentsConversation(id) => of_agent(tx, agent_id, id, Purpose::Read).map(|_| true),
        // Being on these says that somebody is there to answer.
        ChatChannel::AgentsViewing(id) => {
            of_agent(tx, agent_id, id, Purpose::Read).map(|(_, on)| on.role.answers())
        }
        ChatChannel::AgentsWidget(id) | ChatChannel::WidgetAvailability(id) => {
            let known = tx.one(&WIDGET_EXISTS, values![id])?.is_some();
            Ok(on_widget(tx, agent_id, id)?.is_some() && known)
        }
        ChatChannel::AgentsOnline => role_of(tx, agent_id).map(Role::answers),
    }
}
