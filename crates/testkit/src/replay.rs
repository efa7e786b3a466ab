//! The law of the log, as a client has to obey it: state before plus events is state after.
//! Knows only wire types; `web/shared` does the same in TypeScript.

use wire::api::{AgentPage, VisitorPage};
use wire::event::{
    AgentEvent, AgentFace, AgentJoined, AgentMessage, ChatMessage, ConversationStatus, MessageDeleted,
    MessageKind, MessagePreview, MessageReaction, MessageUpdated, Quote, Reaction, Receipt, SenderType,
    VisitorEvent, preview,
};

/// Applies an event, which has to be the next one.
///
/// # Panics
/// When it is not, or says what cannot be.
pub fn visitor(page: &mut VisitorPage, event: VisitorEvent) {
    assert_eq!(event.seq(), page.seq + 1, "gapless for visitors");
    page.seq = event.seq();
    match event {
        VisitorEvent::Message(message) => page.messages.push(message),
        VisitorEvent::AgentJoined(joined) => join(&mut page.conversation.agents, &mut page.joins, joined),
        VisitorEvent::AgentLeft(ref left) => {
            leave(&mut page.conversation.agents, &left.agent);
            page.activity.push(event);
        }
        VisitorEvent::Receipt(updated) => move_cursor(&mut page.conversation.receipts, updated.receipt),
        VisitorEvent::Updated(new) => rewrite(&mut page.messages, &new),
        VisitorEvent::Deleted(gone) => take_back(&mut page.messages, &gone),
        VisitorEvent::Reaction(reacted) => react(&mut page.messages, reacted),
        VisitorEvent::Erased(_) => {
            page.messages.clear();
            page.activity.clear();
            page.conversation.receipts.clear();
            page.more = false;
        }
        VisitorEvent::Status(ref updated) => {
            page.conversation.status = updated.status;
            page.activity.push(event);
        }
    }
}

/// Applies an event, which has to be the next one.
///
/// # Panics
/// When it is not, or says what cannot be.
pub fn agent(page: &mut AgentPage, event: AgentEvent) {
    assert_eq!(event.seq(), page.seq + 1, "gapless for agents");
    page.seq = event.seq();
    page.conversation.seq = page.seq;
    match event {
        AgentEvent::Message(message) => {
            show_last(page, &message);
            page.messages.push(message);
        }
        AgentEvent::AgentJoined(joined) => join(&mut page.conversation.agents, &mut page.joins, joined),
        AgentEvent::AgentLeft(ref left) => {
            leave(&mut page.conversation.agents, &left.agent);
            page.activity.push(event);
        }
        AgentEvent::Receipt(updated) => move_cursor(&mut page.receipts, updated.receipt),
        AgentEvent::Updated(new) => {
            show_text(page, &new.message_id, &new.message);
            rewrite(&mut page.messages, &new);
        }
        AgentEvent::Deleted(gone) => {
            show_text(page, &gone.message_id, "");
            take_back(&mut page.messages, &gone);
        }
        AgentEvent::Reaction(reacted) => react(&mut page.messages, reacted),
        AgentEvent::Tracked(_) => page.activity.push(event),
        AgentEvent::VisitorChanged(changed) => page.conversation.visitor = changed.visitor,
        AgentEvent::Erased(_) => {
            page.messages.clear();
            page.activity.clear();
            page.receipts.clear();
            page.more = false;
            page.conversation.last_message = None;
            page.conversation.waiting_since = None;
            page.conversation.state.tags.clear();
            page.conversation.state.attributes.clear();
            page.conversation.state.website = None;
            page.conversation.state.here = None;
        }
        AgentEvent::Conversation(ref updated) => {
            page.conversation.state = updated.state.clone();
            if updated.state.status == ConversationStatus::Resolved {
                page.conversation.waiting_since = None;
            }
            page.activity.push(event);
        }
    }
}

fn show_last(page: &mut AgentPage, message: &AgentMessage) {
    let text = message.kind == MessageKind::Text;
    let from_visitor = message.sender_type == SenderType::Visitor;
    page.conversation.visitor_messages += u64::from(from_visitor);
    if from_visitor && message.rating.is_none() {
        page.conversation.waiting_since.get_or_insert(message.timestamp.clone());
    } else if text && matches!(message.sender_type, SenderType::Agent | SenderType::Bot) {
        page.conversation.waiting_since = None;
    }
    page.conversation.last_message = Some(MessagePreview {
        id: message.id.clone(),
        sender_type: message.sender_type,
        sender_name: message.sender_name.clone(),
        kind: message.kind,
        text: preview(&message.message, message.rating, message.attachment_name.as_deref()),
        timestamp: message.timestamp.clone(),
    });
}

fn show_text(page: &mut AgentPage, message_id: &str, text: &str) {
    if let Some(last) = page.conversation.last_message.as_mut().filter(|last| last.id == message_id) {
        last.text = preview(text, None, None);
    }
}

/// What both audiences' messages have that may change.
trait Said {
    fn id(&self) -> &str;
    fn text(&mut self) -> &mut String;
    fn edited_at(&mut self) -> &mut Option<String>;
    fn deleted_at(&mut self) -> &mut Option<String>;
    fn reactions(&mut self) -> &mut Vec<Reaction>;
    fn reply_to(&mut self) -> Option<&mut Quote>;
    fn forget_files(&mut self);
    fn forget_mentions(&mut self) {}
}

macro_rules! said {
    ($($message:ty { $($more:item)* })*) => {
        $(impl Said for $message {
            fn id(&self) -> &str { &self.id }
            fn text(&mut self) -> &mut String { &mut self.message }
            fn edited_at(&mut self) -> &mut Option<String> { &mut self.edited_at }
            fn deleted_at(&mut self) -> &mut Option<String> { &mut self.deleted_at }
            fn reactions(&mut self) -> &mut Vec<Reaction> { &mut self.reactions }
            fn reply_to(&mut self) -> Option<&mut Quote> { self.reply_to.as_mut() }
            fn forget_files(&mut self) {
                self.attachments.clear();
                (self.attachment_path, self.attachment_name, self.attachment_url) = (None, None, None);
                self.is_voice = false;
            }
            $($more)*
        })*
    };
}
said! {
    ChatMessage {}
    AgentMessage { fn forget_mentions(&mut self) { self.mentions.clear(); } }
}

fn with_quotes<M: Said>(messages: &mut [M], id: &str, text: &str) {
    for quote in messages.iter_mut().filter_map(Said::reply_to).filter(|quote| quote.id == id) {
        quote.text = preview(text, None, None);
    }
}

fn rewrite<M: Said>(messages: &mut [M], new: &MessageUpdated) {
    if let Some(message) = messages.iter_mut().find(|message| message.id() == new.message_id) {
        message.text().clone_from(&new.message);
        *message.edited_at() = Some(new.timestamp.clone());
    }
    with_quotes(messages, &new.message_id, &new.message);
}

fn take_back<M: Said>(messages: &mut [M], gone: &MessageDeleted) {
    if let Some(message) = messages.iter_mut().find(|message| message.id() == gone.message_id) {
        message.text().clear();
        message.reactions().clear();
        message.forget_mentions();
        message.forget_files();
        *message.deleted_at() = Some(gone.timestamp.clone());
    }
    with_quotes(messages, &gone.message_id, "");
}

fn react<M: Said>(messages: &mut [M], reacted: MessageReaction) {
    if let Some(message) = messages.iter_mut().find(|message| message.id() == reacted.message_id) {
        let there = message.reactions().contains(&reacted.reaction);
        assert_ne!(there, reacted.on, "an emoji comes once and goes once");
        message.reactions().retain(|one| *one != reacted.reaction);
        if reacted.on {
            message.reactions().push(reacted.reaction);
        }
    }
}

fn join(agents: &mut Vec<AgentFace>, joins: &mut Vec<AgentJoined>, joined: AgentJoined) {
    assert!(!agents.contains(&joined.agent), "nobody joins twice");
    joins.retain(|before| before.agent.id != joined.agent.id);
    agents.push(joined.agent.clone());
    joins.push(joined);
}

fn leave(agents: &mut Vec<AgentFace>, agent: &AgentFace) {
    assert!(agents.contains(agent), "nobody leaves who is not in");
    agents.retain(|one| one.id != agent.id);
}

fn move_cursor(receipts: &mut Vec<Receipt>, new: Receipt) {
    assert!(new.delivered_seq >= new.read_seq, "what was read has arrived");
    match receipts.iter_mut().find(|receipt| receipt.reader_id == new.reader_id) {
        Some(old) => {
            let (before, after) = ((old.read_seq, old.delivered_seq), (new.read_seq, new.delivered_seq));
            assert!(before.0 <= after.0 && before.1 <= after.1 && before != after, "cursors move forward");
            *old = new;
        }
        None => receipts.push(new),
    }
}
