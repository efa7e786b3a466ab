//! What agents do to people by hand: recognise a visitor, take that back, make two contacts one. Each
//! act is written down with who did it. Knows nothing of signatures.

use crate::access;
use crate::contact::{self, Details};
use crate::db::sql::{both, postgres_only, statements};
use crate::db::{Tx, values};
use crate::people::Agent;
use crate::{Answer, Chat, secret, session};
use wire::contact::{Contact, LinkVisitor};
use wire::{Refusal, Refused};

statements! {
    LOCK_VISITOR = postgres_only("SELECT id FROM visitors WHERE id = ?1 FOR UPDATE");
    VISITOR = both("SELECT widget_id, contact_id FROM visitors WHERE id = ?1");
    LINK = both("UPDATE visitors SET contact_id = ?2 WHERE id = ?1");
    UNLINK = both(
        "UPDATE visitors SET contact_id = NULL, verified = 0, name = NULL, email = NULL WHERE id = ?1",
    );
    // In the order in which whoever identifies takes them.
    LOCK_IDS = postgres_only(
        "SELECT external_id FROM contact_ids WHERE contact_id IN (?1, ?2) ORDER BY external_id FOR UPDATE",
    );
    LOCK_BOTH = postgres_only("SELECT id FROM contacts WHERE id IN (?1, ?2) ORDER BY id FOR UPDATE");
    MOVE_IDS = both("UPDATE contact_ids SET contact_id = ?2 WHERE contact_id = ?1");
    MOVE_VISITORS = both("UPDATE visitors SET contact_id = ?2 WHERE contact_id = ?1");
    ADD_ACT = both(
        "INSERT INTO contact_acts (id, contact_id, act, other_id, agent_id, at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    );
}

/// Something done by hand.
pub(crate) struct Act<'a> {
    pub(crate) what: &'static str,
    /// Empty: the command line.
    pub(crate) agent_id: &'a str,
    pub(crate) contact_id: &'a str,
    pub(crate) other_id: Option<&'a str>,
}

/// Writes it down.
pub(crate) fn note(tx: &mut Tx<'_>, act: &Act<'_>, now_ms: u64) -> Result<(), Refused> {
    let id = secret::id("act_", now_ms);
    let Act { what, agent_id, contact_id, other_id } = *act;
    tx.run(&ADD_ACT, values![&id, contact_id, what, other_id, agent_id, now_ms]).map(|_| ())
}

impl Chat {
    /// An agent recognises a visitor: as a contact there is, or as somebody new. What the visitor wrote
    /// is the contact's from then on, and what the contact wrote can be read by the visitor.
    pub async fn link_visitor(
        &self,
        agent: &Agent,
        visitor_id: &str,
        link: LinkVisitor,
        now_ms: u64,
    ) -> Answer<Contact> {
        let details = Details::check(link.details)?;
        let (agent_id, visitor_id) = (agent.id.clone(), visitor_id.to_owned());
        let link = move |tx: &mut Tx<'_>| {
            let (widget_id, linked) = visitor_of_agent(tx, &agent_id, &visitor_id)?;
            if linked.is_some() {
                return Err(Refusal::ContactConflict.because("The visitor has a contact; merge the two."));
            }
            let id = match &link.contact_id {
                None => contact::add(tx, &widget_id, &details, now_ms)?,
                Some(id) => {
                    contact::lock(tx, id)?;
                    same_widget(&contact::of_agent(tx, &agent_id, id)?, &widget_id)?;
                    id.clone()
                }
            };
            tx.run(&LINK, values![&visitor_id, &id])?;
            contact::refresh(tx, &id, None, now_ms)?;
            let other_id = Some(&*visitor_id);
            note(tx, &Act { what: "linked", agent_id: &agent_id, contact_id: &id, other_id }, now_ms)?;
            contact::of_agent(tx, &agent_id, &id)
        };
        self.db.write(link).await
    }

    /// Takes that back: the visitor is nobody in particular again. Their sessions end, because they
    /// may stand in conversations that are not theirs any more (ruling 5).
    pub async fn unlink_visitor(&self, agent: &Agent, visitor_id: &str, now_ms: u64) -> Answer<()> {
        let (agent_id, visitor_id) = (agent.id.clone(), visitor_id.to_owned());
        let unlink = move |tx: &mut Tx<'_>| {
            let (_, linked) = visitor_of_agent(tx, &agent_id, &visitor_id)?;
            let Some(contact_id) = linked else { return Ok(()) };
            tx.run(&UNLINK, values![&visitor_id])?;
            session::end_all(tx, &visitor_id)?;
            contact::tell(tx, &visitor_id, wire::limit::CONVERSATIONS_TOLD, now_ms)?;
            let other_id = Some(&*visitor_id);
            let act = Act { what: "unlinked", agent_id: &agent_id, contact_id: &contact_id, other_id };
            note(tx, &act, now_ms)
        };
        self.db.write(unlink).await
    }

    /// Makes one contact part of another, with all visitors and all that the website calls them. What
    /// a signed token said goes before what an agent wrote; what one of them lacks, the other gives.
    pub async fn merge_contact(
        &self,
        agent: &Agent,
        contact_id: &str,
        into: &str,
        now_ms: u64,
    ) -> Answer<Contact> {
        let (agent_id, id, into) = (agent.id.clone(), contact_id.to_owned(), into.to_owned());
        let merge = move |tx: &mut Tx<'_>| {
            tx.lock(&LOCK_IDS, values![&id, &into])?;
            tx.lock(&LOCK_BOTH, values![&id, &into])?;
            let from = contact::of_agent(tx, &agent_id, &id)?;
            let target = contact::of_agent(tx, &agent_id, &into)?;
            access::must_answer(tx, &agent_id)?;
            if id == into {
                return Err(Refusal::ContactConflict.because("A contact cannot be merged into itself."));
            }
            same_widget(&from, &target.widget_id)?;
            contact::save(tx, &as_one(&from, &target))?;
            tx.run(&MOVE_IDS, values![&id, &into])?;
            tx.run(&MOVE_VISITORS, values![&id, &into])?;
            contact::remove(tx, &id)?;
            contact::refresh(tx, &into, None, now_ms)?;
            let other_id = Some(&*id);
            note(tx, &Act { what: "merged", agent_id: &agent_id, contact_id: &into, other_id }, now_ms)?;
            contact::of_agent(tx, &agent_id, &into)
        };
        self.db.write(merge).await
    }
}

/// The visitor's widget and contact, to change them, if this agent answers there, or [`Refusal::UnknownVisitor`].
fn visitor_of_agent(
    tx: &mut Tx<'_>,
    agent_id: &str,
    visitor_id: &str,
) -> Result<(String, Option<String>), Refused> {
    tx.lock(&LOCK_VISITOR, values![visitor_id])?;
    let row = tx.one(&VISITOR, values![visitor_id])?;
    let visitor = row.map(|mut row| (row.text(0), row.maybe_text(1)));
    let widget_id = visitor.as_ref().map_or("", |(widget_id, _)| widget_id);
    let agent = access::on_widget(tx, agent_id, widget_id)?;
    let (visitor, agent) = visitor.zip(agent).ok_or(Refusal::UnknownVisitor)?;
    agent.must_answer().map(|()| visitor)
}

/// One website vouches for its own users alone.
fn same_widget(contact: &Contact, widget_id: &str) -> Result<(), Refused> {
    if contact.widget_id == widget_id {
        return Ok(());
    }
    Err(Refusal::ContactConflict.because("They belong to different widgets."))
}

fn as_one(from: &Contact, into: &Contact) -> Contact {
    let (first, second) = if from.vouched && !into.vouched { (from, into) } else { (into, from) };
    let mut attributes = second.attributes.clone();
    attributes.extend(first.attributes.clone());
    Contact {
        name: first.name.clone().or_else(|| second.name.clone()),
        email: first.email.clone().or_else(|| second.email.clone()),
        phone: first.phone.clone().or_else(|| second.phone.clone()),
        attributes,
        vouched: from.vouched || into.vouched,
        ..into.clone()
    }
}
