//! Emoji that people put to messages. Knows nothing of what the messages say.

use crate::access::Purpose;
use crate::conversation::{Conversation, sender_type};
use crate::db::sql::{both, statements};
use crate::db::{Tx, values};
use crate::fact::{FactBody, InnerBody, Reacted, SharedBody};
use crate::message::Stored;
use crate::people::{Agent, Visitor};
use crate::{Answer, Chat, check, revision};
use wire::event::{AgentMessage, ChatMessage, Reaction, SenderType};
use wire::{Refusal, Refused, limit};

statements! {
    ADD = both(
        "INSERT INTO reactions (conversation_id, message_seq, person_id, emoji, person_kind, seq) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (conversation_id, message_seq, person_id, emoji) DO NOTHING",
    );
    REMOVE = both(
        "DELETE FROM reactions WHERE conversation_id = ?1 AND message_seq = ?2 AND person_id = ?3 AND emoji = ?4",
    );
    REMOVE_ALL = both("DELETE FROM reactions WHERE conversation_id = ?1 AND message_seq = ?2");
    BETWEEN = both(
        "SELECT message_seq, emoji, person_kind, person_id FROM reactions \
         WHERE conversation_id = ?1 AND message_seq >= ?2 AND message_seq <= ?3 ORDER BY seq",
    );
}

/// Whose emoji, and whether it comes or goes.
struct Act {
    by_type: SenderType,
    by: String,
    emoji: String,
    on: bool,
}

impl Chat {
    /// The visitor puts an emoji to a message or takes it away; the same again changes nothing.
    pub async fn visitor_react(
        &self,
        visitor: &Visitor,
        message_id: &str,
        emoji: &str,
        on: bool,
        now_ms: u64,
    ) -> Answer<ChatMessage> {
        let (by, emoji) = (visitor.id.clone(), check::emoji(emoji)?);
        let (act, message_id) = (Act { by_type: SenderType::Visitor, by, emoji, on }, message_id.to_owned());
        let links = self.links.clone();
        let react = move |tx: &mut Tx<'_>| {
            let (conversation, mut stored) = revision::of_visitor(tx, &act.by, &message_id)?;
            react(tx, conversation, &mut stored, &act, now_ms)?;
            stored.for_visitor(&links).ok_or_else(|| Refusal::Internal.into())
        };
        self.db.write(react).await
    }

    /// The agent puts an emoji to a message or note or takes it away; the same again changes nothing.
    pub async fn agent_react(
        &self,
        agent: &Agent,
        message_id: &str,
        emoji: &str,
        on: bool,
        now_ms: u64,
    ) -> Answer<AgentMessage> {
        let (by, emoji) = (agent.id.clone(), check::emoji(emoji)?);
        let (act, message_id) = (Act { by_type: SenderType::Agent, by, emoji, on }, message_id.to_owned());
        let links = self.links.clone();
        let react = move |tx: &mut Tx<'_>| {
            let (conversation, mut stored) = revision::of_agent(tx, &act.by, &message_id, Purpose::Change)?;
            react(tx, conversation, &mut stored, &act, now_ms)?;
            Ok(stored.for_agents(&links))
        };
        self.db.write(react).await
    }
}

fn react(
    tx: &mut Tx<'_>,
    mut conversation: Conversation,
    stored: &mut Stored,
    act: &Act,
    now_ms: u64,
) -> Result<(), Refused> {
    if stored.deleted_ms.is_some() {
        return Err(Refusal::MessageGone.into());
    }
    let Act { by_type, by, emoji, on } = act;
    let reaction = Reaction { emoji: emoji.clone(), by_type: *by_type, by: by.clone() };
    if *on == stored.reactions.contains(&reaction) {
        return Ok(());
    }
    if *on && stored.reactions.len() >= limit::REACTIONS {
        return Err(Refusal::TooManyReactions.into());
    }
    let reacted = Reacted { message_id: stored.said.id.clone(), reaction: reaction.clone(), on: *on };
    let body = FactBody::about(stored, reacted, SharedBody::Reaction, InnerBody::Reaction);
    conversation.record(body, now_ms);
    let (id, seq) = (&conversation.id, conversation.last_seq);
    if *on {
        tx.run(&ADD, values![id, stored.seq, by, emoji, by_type.as_str(), seq])?;
        stored.reactions.push(reaction);
    } else {
        tx.run(&REMOVE, values![id, stored.seq, by, emoji])?;
        stored.reactions.retain(|one| *one != reaction);
    }
    conversation.save(tx)
}

/// Reads the reactions to these messages of one conversation, which are in the order of their seq.
pub(crate) fn fill_in(
    tx: &mut Tx<'_>,
    conversation_id: &str,
    messages: &mut [Stored],
) -> Result<(), Refused> {
    let (Some(first), Some(last)) = (messages.first(), messages.last()) else { return Ok(()) };
    for mut row in tx.all(&BETWEEN, values![conversation_id, first.seq, last.seq])? {
        let seq = row.number(0);
        let reaction = Reaction { emoji: row.text(1), by_type: sender_type(&row.text(2))?, by: row.text(3) };
        if let Ok(at) = messages.binary_search_by_key(&seq, |message| message.seq) {
            messages[at].reactions.push(reaction);
        }
    }
    Ok(())
}

/// Takes all away.
pub(crate) fn remove_all(tx: &mut Tx<'_>, conversation_id: &str, message_seq: u64) -> Result<(), Refused> {
    tx.run(&REMOVE_ALL, values![conversation_id, message_seq]).map(|_| ())
}
