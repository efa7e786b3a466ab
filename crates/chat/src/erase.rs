//! How what is known of a person, and what was said in old conversations, is taken away: at once for
//! those who ask, then in small transactions that a crash does not lose. Knows nothing of backups.
//!
//! A conversation's facts keep their numbers and say only that they were erased, so that no cursor finds
//! a gap; the last fact tells every client to drop its copy. A table that holds something of what was
//! said has a line in [`forget`].

use crate::access;
use crate::audit::Actor;
use crate::contact;
use crate::conversation::{Conversation, NAMELESS};
use crate::db::sql::{both, postgres_only, statements};
use crate::db::{Row, Tx, json, values};
use crate::fact::{FactBody, InnerBody, SharedBody};
use crate::link::{self, Act};
use crate::people::Agent;
use crate::{Answer, Chat, alert, attachment, mail, visitor};
use wire::api::AuditKind;
use wire::api::WidgetSettings;
use wire::{Refusal, Refused, limit};

statements! {
    VISITOR = both("SELECT contact_id FROM visitors WHERE id = ?1");
    LOCK_IDS = postgres_only("SELECT external_id FROM contact_ids WHERE contact_id = ?1 ORDER BY external_id FOR UPDATE");
    VISITORS = both("SELECT id FROM visitors WHERE contact_id = ?1 ORDER BY id");
    FORGET_VISITOR = both(
        "UPDATE visitors SET name = NULL, email = NULL, verified = 0, contact_id = NULL WHERE id = ?1",
    );
    FORGET_IDS = both("DELETE FROM contact_ids WHERE contact_id = ?1");
    ASK = both(
        "INSERT INTO erasures (conversation_id, asked_ms, done_seq) SELECT id, ?2, 0 FROM conversations \
         WHERE visitor_id = ?1 ON CONFLICT (conversation_id) DO NOTHING",
    );
    // Those marked before do not count, or they would be all that one asking finds.
    ASK_OLD = both(
        "INSERT INTO erasures (conversation_id, asked_ms, done_seq) SELECT c.id, ?3, 0 FROM conversations c \
         WHERE c.widget_id = ?1 AND c.last_message_ms < ?2 \
         AND NOT EXISTS (SELECT 1 FROM erasures e WHERE e.conversation_id = c.id) \
         ORDER BY c.last_message_ms LIMIT ?4 ON CONFLICT (conversation_id) DO NOTHING",
    );
    FORGET_LABELS = both(
        "UPDATE visitors SET name = NULL, email = NULL WHERE id IN (SELECT v.id FROM visitors v \
         WHERE v.widget_id = ?1 AND v.created_ms < ?2 AND v.contact_id IS NULL \
         AND (v.name IS NOT NULL OR v.email IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM conversations c \
         WHERE c.visitor_id = v.id AND c.last_message_ms IS NOT NULL) LIMIT ?3)",
    );
    WIDGETS = both("SELECT id, settings FROM widgets ORDER BY id");
    NEXT = both("SELECT conversation_id FROM erasures ORDER BY asked_ms, conversation_id LIMIT 1");
    DONE_SEQ = both("SELECT done_seq FROM erasures WHERE conversation_id = ?1");
    GO_ON = both("UPDATE erasures SET done_seq = ?2 WHERE conversation_id = ?1");
    DONE = both("DELETE FROM erasures WHERE conversation_id = ?1");
    FORGET_MESSAGES = both(
        "DELETE FROM messages WHERE id IN (SELECT f.message_id FROM facts f \
         WHERE f.conversation_id = ?1 AND f.seq > ?2 AND f.seq <= ?3 AND f.message_id IS NOT NULL)",
    );
    FORGET_FACTS = both(
        "UPDATE facts SET kind = 'erased', message_id = NULL, \
         payload = CASE WHEN visitor_seq IS NULL THEN ?4 ELSE ?5 END \
         WHERE conversation_id = ?1 AND seq > ?2 AND seq <= ?3",
    );
    FORGET_READING = both(
        "UPDATE participants SET read_message_id = NULL, read_seq = 0, read_since_seq = NULL, delivered_seq = 0, \
         read_visitor_message_id = NULL, read_visitor_seq = 0, read_visitor_since_seq = NULL, \
         delivered_visitor_seq = 0 \
         WHERE conversation_id = ?1",
    );
    FORGET_LAST = both(
        "UPDATE conversations SET last_message_ms = NULL, last_sender_kind = NULL, last_sender_name = NULL, \
         last_kind = NULL, last_text = NULL, last_message_id = NULL, waiting_since_ms = NULL WHERE id = ?1",
    );
    FORGET_REACTIONS = both(
        "DELETE FROM reactions WHERE conversation_id = ?1 AND message_seq > ?2 AND message_seq <= ?3",
    );
    FORGET_MENTIONS = both("DELETE FROM mentions WHERE conversation_id = ?1 AND seq > ?2 AND seq <= ?3");
}

/// What the sweep of a widget's retention found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retired {
    /// The widget.
    pub widget_id: String,
    /// Conversations that were marked.
    pub conversations: u64,
}

impl Chat {
    /// Erases a person: a contact, or an anonymous visitor. Only an owner may, or the command line
    /// (`None`). Names, sessions and secrets are gone when this answers; what was said goes with
    /// [`Chat::erase_step`]. Answers how many conversations those are.
    pub async fn erase(&self, by: Option<&Agent>, id: &str, now_ms: u64) -> Answer<u64> {
        let (agent_id, id) = (by.map(|agent| agent.id.clone()), id.to_owned());
        let actor = Actor::of(by, now_ms);
        let erase = move |tx: &mut Tx<'_>| {
            if let Some(agent_id) = &agent_id {
                access::must_be_owner(tx, agent_id)?;
            }
            let (contact_id, visitors) = person(tx, &id)?;
            let mut conversations = 0;
            for visitor_id in &visitors {
                conversations += tx.run(&ASK, values![visitor_id, now_ms])?;
                visitor::sign_out(tx, visitor_id)?;
                tx.run(&FORGET_VISITOR, values![visitor_id])?;
            }
            if let Some(contact_id) = &contact_id {
                tx.run(&FORGET_IDS, values![contact_id])?;
                contact::remove(tx, contact_id)?;
            }
            let contact_id = contact_id.as_deref().unwrap_or(&id);
            let agent_id = agent_id.as_deref().unwrap_or_default();
            actor.did(tx, AuditKind::Erased, contact_id, "")?;
            link::note(tx, &Act { what: "erased", agent_id, contact_id, other_id: None }, now_ms)?;
            Ok(conversations)
        };
        self.db.write(erase).await
    }

    /// Takes away the next part of what is to be erased; `false`: nothing is left to do.
    pub async fn erase_step(&self, now_ms: u64) -> Answer<bool> {
        let waits = |tx: &mut Tx<'_>| Ok(tx.one(&NEXT, &[])?.is_some());
        // The sweep asks every second: most often there is nothing, and no commit.
        if !self.db.read(waits).await? {
            return Ok(false);
        }
        self.db.write(move |tx| step(tx, now_ms)).await
    }

    /// Marks the conversations whose last message is older than their widget keeps them, for
    /// [`Chat::erase_step`]; and forgets what anonymous visitors of that time called themselves, once
    /// nothing that they wrote is left. As many as one transaction should take: ask again until none.
    pub async fn retire(&self, now_ms: u64) -> Answer<Vec<Retired>> {
        let retire = move |tx: &mut Tx<'_>| {
            let mut retired = Vec::new();
            for mut row in tx.all(&WIDGETS, &[])? {
                let settings: WidgetSettings = row.json(1)?;
                let Some(days) = settings.retention_days else { continue };
                let (widget_id, before_ms) = (row.text(0), before_ms(now_ms, days));
                let most = limit::RETIRED_AT_ONCE;
                let conversations = tx.run(&ASK_OLD, values![&widget_id, before_ms, now_ms, most])?;
                tx.run(&FORGET_LABELS, values![&widget_id, before_ms, most])?;
                if conversations > 0 {
                    retired.push(Retired { widget_id, conversations });
                }
            }
            Ok(retired)
        };
        self.db.write(retire).await
    }
}

fn before_ms(now_ms: u64, days: u32) -> u64 {
    now_ms.saturating_sub(u64::from(days) * 24 * 3_600_000)
}

/// The contact, if there is one, and the visitors that are this person.
pub(crate) fn person(tx: &mut Tx<'_>, id: &str) -> Result<(Option<String>, Vec<String>), Refused> {
    let contact_id = if id.starts_with("vis_") {
        let mut visitor = tx.one(&VISITOR, values![id])?.ok_or(Refusal::UnknownVisitor)?;
        match visitor.maybe_text(0) {
            None => return Ok((None, vec![id.to_owned()])),
            Some(contact_id) => contact_id,
        }
    } else {
        id.to_owned()
    };
    tx.lock(&LOCK_IDS, values![&contact_id])?;
    contact::lock(tx, &contact_id)?.ok_or(Refusal::UnknownContact)?;
    let visitors = tx.all(&VISITORS, values![&contact_id])?;
    Ok((Some(contact_id), visitors.into_iter().map(|mut row: Row| row.text(0)).collect()))
}

fn step(tx: &mut Tx<'_>, now_ms: u64) -> Result<bool, Refused> {
    let Some(mut next) = tx.one(&NEXT, &[])? else { return Ok(false) };
    let id = next.text(0);
    let conversation = Conversation::lock(tx, &id)?.ok_or(Refusal::Internal)?;
    // Another server may have done it while this one waited for the lock.
    let Some(mut row) = tx.one(&DONE_SEQ, values![&id])? else { return Ok(true) };
    let after = row.number(0);
    let up_to = after + limit::ERASED_AT_ONCE;
    forget(tx, &id, after, up_to)?;
    if up_to < conversation.last_seq {
        tx.run(&GO_ON, values![&id, up_to])?;
    } else {
        finish(tx, conversation, now_ms)?;
    }
    Ok(true)
}

/// What stands under these numbers.
fn forget(tx: &mut Tx<'_>, id: &str, after: u64, up_to: u64) -> Result<(), Refused> {
    let inner = json(&FactBody::Inner(InnerBody::Erased))?;
    let shared = json(&FactBody::Shared(SharedBody::Erased))?;
    tx.run(&FORGET_REACTIONS, values![id, after, up_to])?;
    tx.run(&FORGET_MENTIONS, values![id, after, up_to])?;
    // With what they said before.
    tx.run(&FORGET_MESSAGES, values![id, after, up_to])?;
    tx.run(&FORGET_FACTS, values![id, after, up_to, &inner, &shared])?;
    Ok(())
}

/// What stands in the conversation itself; then everybody is told.
fn finish(tx: &mut Tx<'_>, mut conversation: Conversation, now_ms: u64) -> Result<(), Refused> {
    attachment::remove_all(tx, &conversation.id)?;
    tx.run(&FORGET_READING, values![&conversation.id])?;
    mail::forget(tx, &conversation.id)?;
    alert::forget(tx, &conversation.id)?;
    tx.run(&FORGET_LAST, values![&conversation.id])?;
    tx.run(&DONE, values![&conversation.id])?;
    conversation.forget();
    let face = conversation.visitor.clone();
    if face.name == NAMELESS && face.email.is_none() {
        conversation.record(FactBody::Inner(InnerBody::VisitorChanged(face)), now_ms);
    }
    conversation.record(FactBody::Shared(SharedBody::Erased), now_ms);
    conversation.save(tx)
}
