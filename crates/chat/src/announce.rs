//! How a fact reads for each audience, and on which channels: the only place that maps
//! facts to wire events. Knows nothing of sockets, and not whether anybody listens.

use crate::fact::{Change, Fact, FactBody, InnerBody, ReadFurther, Said, SharedBody};
use crate::links::Links;
use wire::chat_channel::ChatChannel;
use wire::event::{
    AgentEvent, AgentFace, AgentJoined, AgentMessage, ChatMessage, InboxEvent, MessageKind, Receipt,
    ReceiptUpdated, VisitorEvent,
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
    }
    let inbox = ChatChannel::AgentsWidget(change.conversation.widget_id.clone()).name();
    if change.conversation.last_message.is_some() && occupied(&inbox) {
        let event = InboxEvent::ConversationChanged(change.conversation.clone());
        tell(&inbox, event.name(), &event.data());
    }
}

impl Fact {
    /// The fact as its visitor sees it; `None` for what only agents may know.
    pub fn for_visitor(&self, links: &Links) -> Option<VisitorEvent> {
        let seq = self.visitor_seq?;
        self.body.shared().map(|shared| visitor_event(shared, &self.conversation_id, seq, self.at_ms, links))
    }

    /// The fact as agents see it.
    pub fn for_agents(&self, links: &Links) -> AgentEvent {
        let Fact { conversation_id, seq, at_ms, body, .. } = self;
        match body {
            FactBody::Shared(SharedBody::Message(said)) => {
                AgentEvent::Message(agent_message(said, MessageKind::Text, *seq, *at_ms, links))
            }
            FactBody::Shared(SharedBody::AgentJoined(agent)) => {
                AgentEvent::AgentJoined(joined(agent, conversation_id, *seq, *at_ms))
            }
            FactBody::Inner(InnerBody::Note(said)) => {
                AgentEvent::Message(agent_message(said, MessageKind::Note, *seq, *at_ms, links))
            }
            FactBody::Shared(SharedBody::Receipt(read))
            | FactBody::Inner(InnerBody::Receipt(read))
            | FactBody::Split { inner: InnerBody::Receipt(read), .. } => {
                AgentEvent::Receipt(receipt(read, read.seq, *seq, *at_ms))
            }
            FactBody::Split { inner: InnerBody::Note(said), .. } => {
                AgentEvent::Message(agent_message(said, MessageKind::Note, *seq, *at_ms, links))
            }
        }
    }
}

/// `seq` is the visitors' counter.
fn visitor_event(
    shared: &SharedBody,
    conversation_id: &str,
    seq: u64,
    at_ms: u64,
    links: &Links,
) -> VisitorEvent {
    match shared {
        SharedBody::Message(said) => VisitorEvent::Message(visitor_message(said, seq, at_ms, links)),
        SharedBody::AgentJoined(agent) => {
            VisitorEvent::AgentJoined(joined(agent, conversation_id, seq, at_ms))
        }
        SharedBody::Receipt(read) => {
            VisitorEvent::Receipt(receipt(read, read.visitor_seq.unwrap_or(0), seq, at_ms))
        }
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
    let said = said.clone();
    let attachments: Vec<_> = said.attachments.iter().map(|file| links.attachment(file)).collect();
    let first = attachments.first();
    AgentMessage {
        id: said.id,
        kind,
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
        attachments,
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

fn receipt(read: &ReadFurther, read_seq: u64, seq: u64, at_ms: u64) -> ReceiptUpdated {
    ReceiptUpdated {
        receipt: Receipt {
            reader_type: read.reader_type,
            reader_id: read.reader_id.clone(),
            message_id: read.message_id.clone(),
            read_seq,
        },
        seq,
        timestamp: rfc3339(at_ms),
    }
}
