//! Everything about a person as one JSON text, in pieces, so that a long history needs little memory.
//! Knows nothing of where it goes.

use crate::access;
use crate::audit::Actor;
use crate::conversation::Conversation;
use crate::db::sql::{both, statements};
use crate::db::{Row, Tx, json, values};
use crate::fact::Fact;
use crate::people::Agent;
use crate::{Answer, Chat, contact, erase, page, receipt, visitor};
use serde::Serialize;
use std::collections::VecDeque;
use wire::api::AuditKind;
use wire::contact::{Contact, ContactAct, ExportedVisitor};
use wire::limit::PAGE_ITEMS_MAX;
use wire::time::rfc3339;
use wire::{Refusal, Refused};

statements! {
    VISITOR_CREATED = both("SELECT created_ms FROM visitors WHERE id = ?1");
    ACTS = both(
        "SELECT act, other_id, agent_id, at_ms FROM contact_acts WHERE contact_id = ?1 ORDER BY id",
    );
    CONVERSATIONS = both("SELECT id FROM conversations WHERE visitor_id = ?1 ORDER BY created_ms, id");
}

/// An export under way: `{"contact", "visitors", "acts", "conversations": [{"conversation", "receipts",
/// "events"}]}`. A conversation's events are its log as agents read it: what was said is among them,
/// with its attachments, and what was done to it since.
pub struct Export {
    chat: Chat,
    head: Option<String>,
    waiting: VecDeque<String>,
    /// The conversation whose events are being told, and the seq of the last one told.
    under_way: Option<(String, u64)>,
    conversations: usize,
    is_over: bool,
}

#[derive(Serialize)]
struct Head {
    success: bool,
    contact: Option<Contact>,
    visitors: Vec<ExportedVisitor>,
    acts: Vec<ContactAct>,
}

impl Chat {
    /// Begins to export a contact, or an anonymous visitor. Only an owner may, or the command line
    /// (`None`).
    pub async fn export(&self, by: Option<&Agent>, id: &str) -> Answer<Export> {
        let (agent_id, id) = (by.map(|agent| agent.id.clone()), id.to_owned());
        let actor = by.map(Actor::from);
        let begin = move |tx: &mut Tx<'_>| {
            if let Some(agent_id) = &agent_id {
                access::must_be_owner(tx, agent_id)?;
            }
            let head = head(tx, &id)?;
            // The command line writes to whoever keeps the server, who has it all.
            actor.as_ref().map_or(Ok(()), |actor| actor.did(tx, AuditKind::Exported, &id, ""))?;
            Ok(head)
        };
        // A write, because it locks the person: two halves of a merge would be nobody's.
        let (head, waiting) = self.db.write(begin).await?;
        let chat = self.clone();
        Ok(Export { chat, head: Some(head), waiting, under_way: None, conversations: 0, is_over: false })
    }
}

impl Export {
    /// The next piece of the text; `None`: it is whole.
    pub async fn next(&mut self) -> Answer<Option<String>> {
        if let Some(head) = self.head.take() {
            return Ok(Some(head));
        }
        if let Some((id, after)) = self.under_way.take() {
            let (events, more) = self.events(&id, after).await?;
            return self.events_text(id, ",", &events, more).map(Some);
        }
        if let Some(id) = self.waiting.pop_front() {
            let separator = if self.conversations == 0 { "" } else { "," };
            self.conversations += 1;
            let asked = id.clone();
            let start = self.chat.db.read(move |tx| conversation_start(tx, &asked)).await?;
            let (events, more) = self.events(&id, 0).await?;
            let events = self.events_text(id, "", &events, more)?;
            return Ok(Some(format!("{separator}{start}{events}")));
        }
        let end = (!self.is_over).then(|| "]}\n".to_owned());
        self.is_over = true;
        Ok(end)
    }

    async fn events(&self, id: &str, after: u64) -> Answer<(Vec<Fact>, bool)> {
        let id = id.to_owned();
        self.chat.db.read(move |tx| page::facts_after(tx, &id, after, PAGE_ITEMS_MAX)).await
    }

    fn events_text(&mut self, id: String, first: &str, facts: &[Fact], more: bool) -> Answer<String> {
        let events: Result<Vec<String>, Refused> =
            facts.iter().map(|fact| json(&fact.for_agents(&self.chat.links))).collect();
        let mut text = events?.join(",");
        if !text.is_empty() {
            text.insert_str(0, first);
        }
        match facts.last().filter(|_| more) {
            Some(fact) => self.under_way = Some((id, fact.seq)),
            None => text.push_str("]}"),
        }
        Ok(text)
    }
}

fn head(tx: &mut Tx<'_>, id: &str) -> Result<(String, VecDeque<String>), Refused> {
    let (contact_id, ids) = erase::person(tx, id)?;
    let (mut visitors, mut conversations) = (Vec::new(), VecDeque::new());
    for id in &ids {
        let created_ms = tx.number(&VISITOR_CREATED, values![id])?;
        visitors.push(ExportedVisitor { face: visitor::face(tx, id)?, created_at: rfc3339(created_ms) });
        conversations.extend(tx.all(&CONVERSATIONS, values![id])?.into_iter().map(|mut row| row.text(0)));
    }
    let contact = match &contact_id {
        Some(contact_id) => contact::find(tx, contact_id)?,
        None => None,
    };
    let acts = tx.all(&ACTS, values![contact_id.as_deref().unwrap_or(id)])?.into_iter().map(act).collect();
    let head = json(&Head { success: true, contact, visitors, acts })?;
    let open = head.strip_suffix('}').ok_or(Refusal::Internal)?;
    Ok((format!("{open},\"conversations\":["), conversations))
}

fn act(mut row: Row) -> ContactAct {
    ContactAct {
        act: row.text(0),
        other_id: row.maybe_text(1),
        agent_id: row.maybe_text(2).filter(|id| !id.is_empty()),
        timestamp: rfc3339(row.number(3)),
    }
}

fn conversation_start(tx: &mut Tx<'_>, id: &str) -> Result<String, Refused> {
    let conversation = Conversation::find(tx, id)?.ok_or(Refusal::Internal)?.summary();
    let (conversation, receipts) = (json(&conversation)?, json(&receipt::for_agents(tx, id)?)?);
    Ok(format!("{{\"conversation\":{conversation},\"receipts\":{receipts},\"events\":["))
}
