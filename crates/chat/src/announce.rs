//! How a fact reads for each audience, and on which channels: the only place that maps
//! facts to wire events. Knows nothing of sockets, and not whether anybody listens.

use crate::fact::{
    Change, Fact, FactBody, Further, InnerBody, Reacted, Rewritten, Said, SharedBody, SplitBody, StateChange,
    TakenBack, Tracked, Visible,
};
use crate::links::Links;
use wire::channel::server_to_user_name;
use wire::chat_channel::ChatChannel;
use wire::event::{
    AgentEvent, AgentFace, AgentJoined, AgentLeft, AgentMessage, ChatMessage, ConversationErased,
    ConversationStatus, ConversationUpdated, InboxEvent, MessageDeleted, MessageKind, MessageReaction,
    MessageUpdated, PersonalCall, PersonalEvent, Receipt, ReceiptUpdated, StatePart, StatusUpdated,
    VisitorChanged, VisitorEvent, VisitorTracked,
};
use wire::time::rfc3339;

/// Tells everything about `change`, rendered only for channels that `occupied` says have listeners.
pub fn announce(
    change: &Change,
    links: &Links,
    occupied: impl Fn(&str) -> bool,
    mut tell: impl FnMut(&str, &str, &str),
) {
    let id = || change.conversation.id.clone();
    let conversation = ChatChannel::Conversation(id()).name();
    let alias = ChatChannel::ConversationAlias(id()).name();
    let agents = ChatChannel::AgentsConversation(id()).name();
    let (to_visitor, to_alias, to_agents) = (occupied(&conversation), occupied(&alias), occupied(&agents));
    for fact in &change.facts {
        if let Some(event) = (to_visitor || to_alias).then(|| fact.for_visitor(links)).flatten() {
            if to_visitor {
                tell(&conversation, event.name(), &event.data());
            }
            if let Some((name, data)) = to_alias.then(|| event.in_dialect_a()).flatten() {
                tell(&alias, name, &data);
            }
        }
        if to_agents {
            let event = fact.for_agents(links);
            tell(&agents, event.name(), &event.data());
        }
        for (agent_id, event) in fact.personal() {
            let channel = server_to_user_name(agent_id);
            if occupied(&channel) {
                tell(&channel, event.name(), &event.data());
            }
        }
    }
    let inbox = ChatChannel::AgentsWidget(change.conversation.widget_id.clone()).name();
    let is_erased = change.facts.iter().any(|fact| matches!(fact.body, FactBody::Shared(SharedBody::Erased)));
    if (change.conversation.last_message.is_some() || is_erased) && occupied(&inbox) {
        let event = InboxEvent::ConversationChanged(change.conversation.clone());
        tell(&inbox, event.name(), &event.data());
    }
}

impl Fact {
    /// The fact as its visitor sees it; `None` for what only agents may know.
    pub fn for_visitor(&self, links: &Links) -> Option<VisitorEvent> {
        let at =
            At { conversation_id: &self.conversation_id, seq: self.visitor_seq?, at_ms: self.at_ms, links };
        self.body.visible().map(|visible| match visible {
            Visible::Shared(shared) => visitor_event(shared, &at),
            Visible::Receipt(further) => VisitorEvent::Receipt(at.receipt(for_visitor(further))),
            Visible::Status(status) => VisitorEvent::Status(at.status(status)),
        })
    }

    /// The fact as agents see it.
    pub fn for_agents(&self, links: &Links) -> AgentEvent {
        let at = At { conversation_id: &self.conversation_id, seq: self.seq, at_ms: self.at_ms, links };
        match &self.body {
            FactBody::Shared(SharedBody::Message(said)) => {
                AgentEvent::Message(agent_message(said, MessageKind::Text, at.seq, at.at_ms, links))
            }
            FactBody::Inner(InnerBody::Note(said)) => {
                AgentEvent::Message(agent_message(said, MessageKind::Note, at.seq, at.at_ms, links))
            }
            FactBody::Shared(SharedBody::AgentJoined(agent)) => AgentEvent::AgentJoined(at.joined(agent)),
            FactBody::Shared(SharedBody::AgentLeft(agent)) => AgentEvent::AgentLeft(at.left(agent)),
            FactBody::Shared(SharedBody::Receipt(further))
            | FactBody::Inner(InnerBody::Receipt(further))
            | FactBody::Split(SplitBody::Receipt { inner: further, .. }) => {
                AgentEvent::Receipt(at.receipt(for_agents(further)))
            }
            FactBody::Shared(SharedBody::Updated(new)) | FactBody::Inner(InnerBody::Updated(new)) => {
                AgentEvent::Updated(at.updated(new))
            }
            FactBody::Shared(SharedBody::Deleted(gone)) | FactBody::Inner(InnerBody::Deleted(gone)) => {
                AgentEvent::Deleted(at.deleted(gone))
            }
            FactBody::Shared(SharedBody::Reaction(reacted))
            | FactBody::Inner(InnerBody::Reaction(reacted)) => AgentEvent::Reaction(at.reaction(reacted)),
            FactBody::Inner(InnerBody::State(change))
            | FactBody::Split(SplitBody::State { inner: change, .. }) => {
                AgentEvent::Conversation(at.state(change))
            }
            FactBody::Inner(InnerBody::VisitorChanged(visitor)) => {
                let (visitor, seq, timestamp) = (visitor.clone(), at.seq, rfc3339(at.at_ms));
                AgentEvent::VisitorChanged(VisitorChanged { visitor, seq, timestamp })
            }
            FactBody::Inner(InnerBody::Tracked(tracked)) => AgentEvent::Tracked(at.tracked(tracked)),
            FactBody::Shared(SharedBody::Erased) | FactBody::Inner(InnerBody::Erased) => {
                AgentEvent::Erased(at.erased())
            }
        }
    }

    /// Whom this fact calls by name.
    pub(crate) fn personal(&self) -> Vec<(&str, PersonalEvent)> {
        let call = |by: &str| PersonalCall {
            conversation_id: self.conversation_id.clone(),
            by: by.to_owned(),
            seq: self.seq,
            timestamp: rfc3339(self.at_ms),
        };
        if let FactBody::Inner(InnerBody::Note(said)) = &self.body {
            let mentioned = |id| PersonalEvent::Mentioned(call(id));
            return said.mentions.iter().map(|id| (id.as_str(), mentioned(&said.sender_name))).collect();
        }
        let Some(change) = self.body.state_change() else { return Vec::new() };
        let by = change.by.as_ref();
        let given =
            change.state.assignee.as_ref().filter(|to| {
                change.changed.contains(&StatePart::Assignee) && by.is_none_or(|by| by.id != to.id)
            });
        let name = by.map_or("", |by| &by.name);
        given.map(|to| (to.id.as_str(), PersonalEvent::Assigned(call(name)))).into_iter().collect()
    }
}

fn visitor_event(shared: &SharedBody, at: &At<'_>) -> VisitorEvent {
    match shared {
        SharedBody::Message(said) => VisitorEvent::Message(visitor_message(said, at.seq, at.at_ms, at.links)),
        SharedBody::AgentJoined(agent) => VisitorEvent::AgentJoined(at.joined(agent)),
        SharedBody::AgentLeft(agent) => VisitorEvent::AgentLeft(at.left(agent)),
        SharedBody::Receipt(further) => VisitorEvent::Receipt(at.receipt(for_visitor(further))),
        SharedBody::Updated(new) => VisitorEvent::Updated(at.updated(new)),
        SharedBody::Deleted(gone) => VisitorEvent::Deleted(at.deleted(gone)),
        SharedBody::Reaction(reacted) => VisitorEvent::Reaction(at.reaction(reacted)),
        SharedBody::Erased => VisitorEvent::Erased(at.erased()),
    }
}

/// Where and when a fact stands, in its reader's counter.
struct At<'a> {
    conversation_id: &'a str,
    seq: u64,
    at_ms: u64,
    /// Open its files.
    links: &'a Links,
}

impl At<'_> {
    fn joined(&self, agent: &AgentFace) -> AgentJoined {
        joined(agent, self.conversation_id, self.seq, self.at_ms)
    }

    fn left(&self, agent: &AgentFace) -> AgentLeft {
        AgentLeft {
            conversation_id: self.conversation_id.to_owned(),
            agent: agent.clone(),
            seq: self.seq,
            timestamp: rfc3339(self.at_ms),
        }
    }

    fn erased(&self) -> ConversationErased {
        let conversation_id = self.conversation_id.to_owned();
        ConversationErased { conversation_id, seq: self.seq, timestamp: rfc3339(self.at_ms) }
    }

    fn receipt(&self, receipt: Receipt) -> ReceiptUpdated {
        ReceiptUpdated { receipt, seq: self.seq, timestamp: rfc3339(self.at_ms) }
    }

    fn updated(&self, new: &Rewritten) -> MessageUpdated {
        let Rewritten { message_id, text } = new.clone();
        MessageUpdated { message_id, message: text, seq: self.seq, timestamp: rfc3339(self.at_ms) }
    }

    fn deleted(&self, gone: &TakenBack) -> MessageDeleted {
        let message_id = gone.message_id.clone();
        MessageDeleted { message_id, seq: self.seq, timestamp: rfc3339(self.at_ms) }
    }

    fn reaction(&self, reacted: &Reacted) -> MessageReaction {
        let Reacted { message_id, reaction, on } = reacted.clone();
        MessageReaction { message_id, reaction, on, seq: self.seq, timestamp: rfc3339(self.at_ms) }
    }

    fn tracked(&self, tracked: &Tracked) -> VisitorTracked {
        let Tracked { name, props, verified, .. } = tracked.clone();
        VisitorTracked { name, props, verified, seq: self.seq, timestamp: rfc3339(self.at_ms) }
    }

    fn status(&self, status: ConversationStatus) -> StatusUpdated {
        StatusUpdated { status, seq: self.seq, timestamp: rfc3339(self.at_ms) }
    }

    fn state(&self, change: &StateChange) -> ConversationUpdated {
        let StateChange { by_type, by, changed, state } = change.clone();
        ConversationUpdated { by_type, by, changed, state, seq: self.seq, timestamp: rfc3339(self.at_ms) }
    }
}

/// A message as its visitor reads it; `seq` is the visitors' counter.
pub(crate) fn visitor_message(said: &Said, seq: u64, at_ms: u64, links: &Links) -> ChatMessage {
    let said = said.clone();
    let attachments: Vec<_> = said.attachments.iter().map(|file| links.attachment(file)).collect();
    let first = attachments.first();
    ChatMessage {
        id: said.id,
        sender_type: said.sender_type,
        sender_name: said.sender_name,
        message: said.text,
        attachment_path: first.map(|first| first.path.clone()),
        attachment_name: first.map(|first| first.file.name.clone()),
        is_voice: first.is_some_and(|first| first.file.is_voice),
        attachment_url: first.map(|first| first.url.clone()),
        timestamp: rfc3339(at_ms),
        seq,
        client_id: Some(said.client_id),
        sender_id: said.sender_id,
        reply_to: said.reply_to,
        edited_at: None,
        deleted_at: None,
        rating: said.rating,
        reactions: Vec::new(),
        attachments,
    }
}

/// A message or note as agents read it; `seq` is the agents' counter.
pub(crate) fn agent_message(
    said: &Said,
    kind: MessageKind,
    seq: u64,
    at_ms: u64,
    links: &Links,
) -> AgentMessage {
    with_kind(visitor_message(said, seq, at_ms, links), kind, said)
}

/// A message as agents read it has all that its visitor reads, in their counter, and what is theirs alone.
pub(crate) fn with_kind(message: ChatMessage, kind: MessageKind, said: &Said) -> AgentMessage {
    AgentMessage {
        id: message.id,
        kind,
        sender_type: message.sender_type,
        sender_name: message.sender_name,
        message: message.message,
        attachment_path: message.attachment_path,
        attachment_name: message.attachment_name,
        is_voice: message.is_voice,
        timestamp: message.timestamp,
        seq: message.seq,
        client_id: message.client_id,
        sender_id: message.sender_id,
        reply_to: message.reply_to,
        edited_at: message.edited_at,
        deleted_at: message.deleted_at,
        rating: message.rating,
        reactions: message.reactions,
        attachment_url: message.attachment_url,
        attachments: message.attachments,
        mentions: said.mentions.clone(),
    }
}

/// A joining; `seq` is the reader's counter.
pub(crate) fn joined(agent: &AgentFace, conversation_id: &str, seq: u64, at_ms: u64) -> AgentJoined {
    AgentJoined {
        conversation_id: conversation_id.to_owned(),
        agent: agent.clone(),
        seq,
        timestamp: rfc3339(at_ms),
    }
}

fn for_agents(further: &Further) -> Receipt {
    receipt(further, further.read.seq, further.delivered.seq)
}

fn for_visitor(further: &Further) -> Receipt {
    receipt(further, further.read.visitor_seq, further.delivered.visitor_seq)
}

fn receipt(further: &Further, read_seq: u64, delivered_seq: u64) -> Receipt {
    Receipt {
        reader_type: further.reader_type,
        reader_id: further.reader_id.clone(),
        message_id: further.read_message_id.clone(),
        read_seq,
        delivered_seq,
    }
}
