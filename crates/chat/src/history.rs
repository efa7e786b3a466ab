//! A visitor's own conversations, as a list: newest first, on whichever of their devices they began.
//! Knows nothing of what agents see.

use crate::conversation::Conversation;
use crate::cursor::Cursor;
use crate::db::sql::{both, statements};
use crate::db::{Tx, values};
use crate::links::Links;
use crate::message::{Stored, message_columns};
use crate::page::items;
use crate::people::Visitor;
use crate::{Answer, Chat};
use wire::contact::{VisitorConversationRow, VisitorConversationsReply};
use wire::time::rfc3339;
use wire::{Refusal, Refused, limit};

statements! {
    // By when they began, not by the last message: that moves with notes, and so would tell of them.
    LIST = both(
        "SELECT c.id FROM conversations c WHERE (c.created_ms, c.id) < (?2, ?3) \
         AND c.visitor_id IN (SELECT v.id FROM visitors v \
         WHERE v.id = ?1 OR v.contact_id = (SELECT contact_id FROM visitors WHERE id = ?1)) \
         ORDER BY c.created_ms DESC, c.id DESC LIMIT ?4",
    );
    LAST_MESSAGE = both(concat!(
        "SELECT ", message_columns!(), " FROM facts f JOIN messages m ON m.id = f.message_id LEFT JOIN messages q ON q.id = m.reply_to \
         WHERE f.conversation_id = ?1 AND f.visitor_seq IS NOT NULL ORDER BY f.seq DESC LIMIT 1",
    ));
    READ_UP_TO = both(
        "SELECT COALESCE(MAX(read_visitor_seq), 0) FROM participants WHERE conversation_id = ?1 AND kind = 'visitor'",
    );
    // A fact's seq is never below its visitor_seq, so the key leads to where the unread ones begin.
    UNREAD = both(
        "SELECT COUNT(*) FROM (SELECT f.seq FROM facts f JOIN messages m ON m.id = f.message_id \
         WHERE f.conversation_id = ?1 AND f.seq > ?2 AND f.visitor_seq > ?2 AND m.sender_kind <> 'visitor' \
         LIMIT ?3) AS unread",
    );
}

impl Chat {
    /// The visitor's conversations.
    pub async fn visitor_conversations(
        &self,
        visitor: &Visitor,
        before: Option<&str>,
        limit: Option<usize>,
    ) -> Answer<VisitorConversationsReply> {
        let before = Cursor::parse(before)?;
        let (visitor_id, items) = (visitor.id.clone(), items(limit));
        let links = self.links.clone();
        let list = move |tx: &mut Tx<'_>| {
            let rows = tx.all(&LIST, values![&visitor_id, before.at_ms, &before.id, items + 1])?;
            let more = rows.len() > items;
            let mut next = None;
            let mut conversations = Vec::new();
            for mut row in rows.into_iter().take(items) {
                let conversation = Conversation::find(tx, &row.text(0))?.ok_or(Refusal::Internal)?;
                let (at_ms, id) = (conversation.created_ms, conversation.id.clone());
                next = more.then(|| Cursor { at_ms, id }.text());
                conversations.push(as_row(tx, conversation, &links)?);
            }
            Ok(VisitorConversationsReply { success: true, conversations, next })
        };
        self.db.read(list).await
    }
}

fn as_row(
    tx: &mut Tx<'_>,
    conversation: Conversation,
    links: &Links,
) -> Result<VisitorConversationRow, Refused> {
    let id = &conversation.id;
    let last = tx.one(&LAST_MESSAGE, values![id])?.map(|mut row| Stored::from_row(&mut row)).transpose()?;
    let read = tx.number(&READ_UP_TO, values![id])?;
    let unread = tx.number(&UNREAD, values![id, read, limit::UNREAD_COUNTED])?;
    Ok(VisitorConversationRow {
        agents: conversation.agents(),
        last_message: last.and_then(|message| message.for_visitor(links)),
        unread,
        created_at: rfc3339(conversation.created_ms),
        status: conversation.state.status.for_visitor(),
        id: conversation.id,
    })
}
