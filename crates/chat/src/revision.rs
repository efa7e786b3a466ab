//! Messages that their writers change or take back, and what they said before. Knows nothing of
//! how a message is first written.

use crate::access::{self, Purpose};
use crate::conversation::Conversation;
use crate::db::sql::{both, statements};
use crate::db::{Tx, json, values};
use crate::fact::{FactBody, InnerBody, Rewritten, SharedBody, TakenBack};
use crate::message::Stored;
use crate::people::{Agent, Visitor};
use crate::{Answer, Chat, attachment, check, reaction};
use wire::api::{MessageVersion, Role, VersionsReply};
use wire::event::{AgentMessage, ChatMessage};
use wire::time::rfc3339;
use wire::{Refusal, Refused};

statements! {
    CONVERSATION_OF = both("SELECT conversation_id FROM messages WHERE id = ?1");
    REWRITE = both("UPDATE messages SET body = ?2, edited_ms = ?3 WHERE id = ?1");
    TAKE_BACK = both(
        "UPDATE messages SET body = '', attachments = NULL, mentions = NULL, deleted_ms = ?2 WHERE id = ?1",
    );
    KEEP_VERSION = both(
        "INSERT INTO message_versions (message_id, version, body, until_ms, changed_by) \
         SELECT ?1, COUNT(*) + 1, ?2, CAST(?3 AS BIGINT), ?4 FROM message_versions WHERE message_id = ?1",
    );
    VERSIONS = both(
        "SELECT body, until_ms, changed_by FROM message_versions WHERE message_id = ?1 ORDER BY version",
    );
    REMOVE_MENTIONS = both("DELETE FROM mentions WHERE conversation_id = ?1 AND seq = ?2");
    // Where a message's words stand in the log: where it was written, changed, and quoted.
    FACTS_WITH_TEXT = both(
        "SELECT seq, payload FROM facts WHERE conversation_id = ?1 AND seq = ?3 \
         UNION ALL SELECT f.seq, f.payload FROM facts f JOIN messages m ON m.seq = f.seq \
         AND m.conversation_id = f.conversation_id WHERE f.conversation_id = ?1 AND m.reply_to = ?2 \
         UNION ALL SELECT seq, payload FROM facts \
         WHERE conversation_id = ?1 AND seq > ?3 AND kind = 'message.updated'",
    );
    SILENCE = both("UPDATE facts SET payload = ?3 WHERE conversation_id = ?1 AND seq = ?2");
}

/// Who changes a message.
#[derive(Clone, Copy)]
struct Editor<'a> {
    id: &'a str,
    /// Owners may take back what others wrote.
    is_owner: bool,
}

impl Chat {
    /// The visitor changes a message of theirs; the same text again changes nothing.
    pub async fn visitor_edit(
        &self,
        visitor: &Visitor,
        message_id: &str,
        text: String,
        now_ms: u64,
    ) -> Answer<ChatMessage> {
        let text = check::message_text(text, false)?;
        let (visitor_id, message_id) = (visitor.id.clone(), message_id.to_owned());
        let links = self.links.clone();
        let edit = move |tx: &mut Tx<'_>| {
            let (conversation, mut stored) = of_visitor(tx, &visitor_id, &message_id)?;
            let editor = Editor { id: &visitor_id, is_owner: false };
            rewrite(tx, conversation, &mut stored, editor, &text, now_ms)?;
            stored.for_visitor(&links).ok_or_else(|| Refusal::Internal.into())
        };
        self.db.write(edit).await
    }

    /// The agent changes a message or note of theirs; the same text again changes nothing.
    pub async fn agent_edit(
        &self,
        agent: &Agent,
        message_id: &str,
        text: String,
        now_ms: u64,
    ) -> Answer<AgentMessage> {
        let text = check::message_text(text, false)?;
        let (agent_id, message_id) = (agent.id.clone(), message_id.to_owned());
        let links = self.links.clone();
        let edit = move |tx: &mut Tx<'_>| {
            let (conversation, mut stored) = of_agent(tx, &agent_id, &message_id, Purpose::Change)?;
            let editor = Editor { id: &agent_id, is_owner: false };
            rewrite(tx, conversation, &mut stored, editor, &text, now_ms)?;
            Ok(stored.for_agents(&links))
        };
        self.db.write(edit).await
    }

    /// The visitor takes a message of theirs back; once more changes nothing.
    pub async fn visitor_delete(&self, visitor: &Visitor, message_id: &str, now_ms: u64) -> Answer<()> {
        let (visitor_id, message_id) = (visitor.id.clone(), message_id.to_owned());
        let delete = move |tx: &mut Tx<'_>| {
            let (conversation, stored) = of_visitor(tx, &visitor_id, &message_id)?;
            take_back(tx, conversation, &stored, Editor { id: &visitor_id, is_owner: false }, now_ms)
        };
        self.db.write(delete).await
    }

    /// The agent takes a message or note of theirs back, an owner anybody's; once more changes nothing.
    pub async fn agent_delete(&self, agent: &Agent, message_id: &str, now_ms: u64) -> Answer<()> {
        let (agent_id, message_id) = (agent.id.clone(), message_id.to_owned());
        let delete = move |tx: &mut Tx<'_>| {
            let (conversation, stored) = of_agent(tx, &agent_id, &message_id, Purpose::Change)?;
            let is_owner = access::role_of(tx, &agent_id)? == Role::Owner;
            take_back(tx, conversation, &stored, Editor { id: &agent_id, is_owner }, now_ms)
        };
        self.db.write(delete).await
    }

    /// What a message said before it was changed or taken back.
    pub async fn versions(&self, agent: &Agent, message_id: &str) -> Answer<VersionsReply> {
        let (agent_id, message_id) = (agent.id.clone(), message_id.to_owned());
        let links = self.links.clone();
        let read = move |tx: &mut Tx<'_>| {
            let (_, stored) = of_agent(tx, &agent_id, &message_id, Purpose::Read)?;
            let rows = tx.all(&VERSIONS, values![&message_id])?;
            let version = |mut row: crate::db::Row| MessageVersion {
                message: row.text(0),
                until: rfc3339(row.number(1)),
                changed_by: row.text(2),
            };
            let versions = rows.into_iter().map(version).collect();
            Ok(VersionsReply { success: true, message: stored.for_agents(&links), versions })
        };
        self.db.read(read).await
    }
}

/// A message of the visitor's own conversation, or [`Refusal::UnknownMessage`]; for visitors there are no notes.
pub(crate) fn of_visitor(
    tx: &mut Tx<'_>,
    visitor_id: &str,
    message_id: &str,
) -> Result<(Conversation, Stored), Refused> {
    let id = conversation_of(tx, message_id)?;
    let conversation = access::of_visitor(tx, visitor_id, &id, Purpose::Change).map_err(unknown)?;
    let stored = with_reactions(tx, &id, message_id)?;
    if stored.visitor_seq.is_none() {
        Err(Refusal::UnknownMessage.into())
    } else {
        Ok((conversation, stored))
    }
}

/// A message or note on the agent's widgets, or [`Refusal::UnknownMessage`].
pub(crate) fn of_agent(
    tx: &mut Tx<'_>,
    agent_id: &str,
    message_id: &str,
    purpose: Purpose,
) -> Result<(Conversation, Stored), Refused> {
    let id = conversation_of(tx, message_id)?;
    let (conversation, _) = access::of_agent(tx, agent_id, &id, purpose).map_err(unknown)?;
    Ok((conversation, with_reactions(tx, &id, message_id)?))
}

/// Empty for an id that nobody has: the same work follows (ruling 8).
fn conversation_of(tx: &mut Tx<'_>, message_id: &str) -> Result<String, Refused> {
    Ok(tx.one(&CONVERSATION_OF, values![message_id])?.map_or_else(String::new, |mut row| row.text(0)))
}

fn unknown(refused: Refused) -> Refused {
    match refused.refusal {
        Refusal::UnknownConversation => Refusal::UnknownMessage.into(),
        _ => refused,
    }
}

fn with_reactions(tx: &mut Tx<'_>, conversation_id: &str, message_id: &str) -> Result<Stored, Refused> {
    let mut found = [Stored::find(tx, conversation_id, message_id)?];
    reaction::fill_in(tx, conversation_id, &mut found)?;
    let [stored] = found;
    Ok(stored)
}

fn rewrite(
    tx: &mut Tx<'_>,
    mut conversation: Conversation,
    stored: &mut Stored,
    by: Editor<'_>,
    text: &str,
    now_ms: u64,
) -> Result<(), Refused> {
    if stored.said.sender_id.as_deref() != Some(by.id) {
        return Err(Refusal::NotAllowed.because("Only its writer changes a message."));
    }
    if stored.deleted_ms.is_some() {
        return Err(Refusal::MessageGone.into());
    }
    if stored.said.rating.is_some() {
        return Err(Refusal::NotAllowed.because("A rating is not changed; rate again."));
    }
    if stored.said.text == text {
        return Ok(());
    }
    let id = &stored.said.id;
    tx.run(&KEEP_VERSION, values![id, &stored.said.text, now_ms, by.id])?;
    tx.run(&REWRITE, values![id, text, now_ms])?;
    let new = Rewritten { message_id: id.clone(), text: text.to_owned() };
    conversation.show_text(id, text);
    let body = FactBody::about(stored, new, SharedBody::Updated, InnerBody::Updated);
    conversation.record(body, now_ms);
    text.clone_into(&mut stored.said.text);
    stored.edited_ms = Some(now_ms);
    conversation.save(tx)
}

fn take_back(
    tx: &mut Tx<'_>,
    mut conversation: Conversation,
    stored: &Stored,
    by: Editor<'_>,
    now_ms: u64,
) -> Result<(), Refused> {
    if !by.is_owner && stored.said.sender_id.as_deref() != Some(by.id) {
        return Err(Refusal::NotAllowed.because("Only its writer takes a message back, or an owner."));
    }
    if stored.deleted_ms.is_some() {
        return Ok(());
    }
    let (id, message_id) = (&conversation.id, &stored.said.id);
    tx.run(&KEEP_VERSION, values![message_id, &stored.said.text, now_ms, by.id])?;
    tx.run(&TAKE_BACK, values![message_id, now_ms])?;
    tx.run(&REMOVE_MENTIONS, values![id, stored.seq])?;
    reaction::remove_all(tx, id, stored.seq)?;
    attachment::remove(tx, &stored.said.attachments)?;
    silence(tx, id, stored)?;
    let gone = TakenBack { message_id: message_id.clone() };
    conversation.show_text(message_id, "");
    let body = FactBody::about(stored, gone, SharedBody::Deleted, InnerBody::Deleted);
    conversation.record(body, now_ms);
    conversation.save(tx)
}

/// Takes the message's words out of the log: whoever catches up, and every export, reads none of them.
fn silence(tx: &mut Tx<'_>, conversation_id: &str, stored: &Stored) -> Result<(), Refused> {
    let message_id = &stored.said.id;
    for mut row in tx.all(&FACTS_WITH_TEXT, values![conversation_id, message_id, stored.seq])? {
        let seq = row.number(0);
        let mut body: FactBody = row.json(1)?;
        if body.silence(message_id) {
            tx.run(&SILENCE, values![conversation_id, seq, &json(&body)?])?;
        }
    }
    Ok(())
}
