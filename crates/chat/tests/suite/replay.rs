//! The law of the log, as a client has to obey it: state before plus events is state after.
//! Knows only wire types; `web/shared` does the same in TypeScript.

use wire::api::{AgentPage, VisitorPage};
use wire::event::{
    AgentEvent, AgentFace, AgentJoined, AgentMessage, MessageKind, MessagePreview, Receipt, SenderType,
    VisitorEvent,
};

/// Applies an event if it is the next one.
pub fn visitor(page: &mut VisitorPage, event: VisitorEvent) {
    let seq = match &event {
        VisitorEvent::Message(message) => message.seq,
        VisitorEvent::AgentJoined(joined) => joined.seq,
        VisitorEvent::Receipt(receipt) => receipt.seq,
    };
    assert_eq!(seq, page.seq + 1, "gapless for visitors");
    page.seq = seq;
    match event {
        VisitorEvent::Message(message) => page.messages.push(message),
        VisitorEvent::AgentJoined(joined) => join(&mut page.conversation.agents, &mut page.joins, joined),
        VisitorEvent::Receipt(updated) => move_cursor(&mut page.conversation.receipts, updated.receipt),
    }
}

/// Applies an event if it is the next one.
pub fn agent(page: &mut AgentPage, event: AgentEvent) {
    let seq = match &event {
        AgentEvent::Message(message) => message.seq,
        AgentEvent::AgentJoined(joined) => joined.seq,
        AgentEvent::Receipt(receipt) => receipt.seq,
    };
    assert_eq!(seq, page.seq + 1, "gapless for agents");
    page.seq = seq;
    page.conversation.seq = seq;
    match event {
        AgentEvent::Message(message) => {
            let from_visitor =
                message.kind == MessageKind::Text && message.sender_type == SenderType::Visitor;
            page.conversation.visitor_messages += u64::from(from_visitor);
            page.conversation.last_message = Some(MessagePreview {
                sender_type: message.sender_type,
                sender_name: message.sender_name.clone(),
                kind: message.kind,
                text: shown(&message).chars().take(140).collect(),
                timestamp: message.timestamp.clone(),
            });
            page.messages.push(message);
        }
        AgentEvent::AgentJoined(joined) => join(&mut page.conversation.agents, &mut page.joins, joined),
        AgentEvent::Receipt(updated) => move_cursor(&mut page.receipts, updated.receipt),
    }
}

/// What the list shows of a message: its text, or the name of its first file.
fn shown(message: &AgentMessage) -> &str {
    let name = message.attachment_name.as_deref().unwrap_or_default();
    if message.message.is_empty() { name } else { &message.message }
}

fn join(agents: &mut Vec<AgentFace>, joins: &mut Vec<AgentJoined>, joined: AgentJoined) {
    assert!(!agents.contains(&joined.agent), "nobody joins twice");
    agents.push(joined.agent.clone());
    joins.push(joined);
}

fn move_cursor(receipts: &mut Vec<Receipt>, new: Receipt) {
    match receipts.iter_mut().find(|receipt| receipt.reader_id == new.reader_id) {
        Some(receipt) => {
            assert!(receipt.read_seq < new.read_seq, "cursors move forward");
            *receipt = new;
        }
        None => receipts.push(new),
    }
}
