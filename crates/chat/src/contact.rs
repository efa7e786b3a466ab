//! Contacts: what is known of a person, how agents find and change it, and how their visitors come to
//! bear their name. Knows nothing of how a person proves who they are.

use crate::access;
use crate::conversation::Conversation;
use crate::cursor::Cursor;
use crate::db::sql::{both, postgres_only, statements};
use crate::db::{Row, Tx, json, values};
use crate::fact::{FactBody, InnerBody};
use crate::page::items;
use crate::people::{Agent, Conditional, ContactQuery};
use crate::{Answer, Chat, check, secret};
use wire::contact::{Attributes, Contact, ContactChange, ContactsReply};
use wire::identity::Profile;
use wire::time::rfc3339;
use wire::{Refusal, Refused, limit};

/// Columns of a contact, in the order [`from_row`] takes them.
macro_rules! contact_columns {
    () => {
        "c.id, c.widget_id, c.name, c.email, c.phone, c.attributes, c.vouched, c.created_ms"
    };
}

/// A page of contacts for which this holds.
macro_rules! list_where {
    ($condition:literal) => {
        concat!(
            "SELECT ",
            contact_columns!(),
            " FROM contacts c WHERE (c.created_ms, c.id) < (?2, ?3) AND ",
            $condition,
            " AND (?4 = 1 OR c.widget_id IN (SELECT widget_id FROM widget_members WHERE agent_id = ?1)) \
             ORDER BY c.created_ms DESC, c.id DESC LIMIT ?5",
        )
    };
}

statements! {
    LIST = both(list_where!("?6 = ''"));
    LIST_BY_EMAIL = both(list_where!("c.email_key = ?6"));
    LIST_BY_EXTERNAL_ID = both(list_where!(
        "c.id IN (SELECT i.contact_id FROM contact_ids i WHERE i.external_id = ?6)"
    ));
    LIST_BY_VISITOR = both(list_where!("c.id = (SELECT v.contact_id FROM visitors v WHERE v.id = ?6)"));
    LOCK = postgres_only("SELECT id FROM contacts WHERE id = ?1 FOR UPDATE");
    FIND = both(concat!("SELECT ", contact_columns!(), " FROM contacts c WHERE c.id = ?1"));
    IDS = both("SELECT external_id FROM contact_ids WHERE contact_id = ?1 ORDER BY external_id");
    ADD = both(
        "INSERT INTO contacts (id, widget_id, attributes, vouched, created_ms) VALUES (?1, ?2, '{}', 0, ?3)",
    );
    SAVE = both(
        "UPDATE contacts SET name = ?2, email = ?3, email_key = ?4, phone = ?5, attributes = ?6, vouched = ?7 \
         WHERE id = ?1",
    );
    REMOVE = both("DELETE FROM contacts WHERE id = ?1");
    FACES = both(
        "SELECT v.id, v.name, v.email, v.verified, c.name, c.email, c.vouched \
         FROM visitors v JOIN contacts c ON c.id = v.contact_id WHERE v.contact_id = ?1 ORDER BY v.id",
    );
    SET_FACE = both("UPDATE visitors SET name = ?2, email = ?3, verified = ?4 WHERE id = ?1");
    CONVERSATIONS = both(
        "SELECT id FROM conversations WHERE visitor_id = ?1 AND last_message_ms IS NOT NULL \
         ORDER BY created_ms DESC, id DESC LIMIT ?2",
    );
}

/// What is to be written down of a person: what is absent stays, an empty text takes away.
#[derive(Clone, Debug, Default)]
pub(crate) struct Details {
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    attributes: Option<Attributes>,
}

impl From<&Profile> for Details {
    fn from(profile: &Profile) -> Details {
        let Profile { name, email, phone, attributes } = profile.clone();
        Details { name, email, phone, attributes }
    }
}

impl Details {
    /// What an agent wrote.
    pub(crate) fn check(change: ContactChange) -> Result<Details, Refused> {
        let blank_or = |text: String, check: &dyn Fn(&str) -> Result<String, Refused>| {
            if text.trim().is_empty() { Ok(String::new()) } else { check(&text) }
        };
        Ok(Details {
            name: change.name.map(|text| blank_or(text, &|text| check::name("name", text))).transpose()?,
            email: change.email.map(|text| blank_or(text, &check::email)).transpose()?,
            phone: change.phone.map(|text| blank_or(text, &check::phone)).transpose()?,
            attributes: change.attributes.map(check::attributes).transpose()?,
        })
    }

    /// Takes them over.
    pub(crate) fn write_to(&self, contact: &mut Contact) {
        let Details { name, email, phone, attributes } = self;
        let fields = [(name, &mut contact.name), (email, &mut contact.email), (phone, &mut contact.phone)];
        for (new, field) in fields {
            if let Some(new) = new {
                *field = Some(new.clone()).filter(|text| !text.is_empty());
            }
        }
        if let Some(attributes) = attributes {
            contact.attributes.clone_from(attributes);
        }
    }
}

impl Chat {
    /// Contacts of the widgets this agent answers on, newest first.
    pub async fn contacts(&self, agent: &Agent, query: ContactQuery) -> Answer<ContactsReply> {
        let before = Cursor::parse(query.before.as_deref())?;
        let agent_id = agent.id.clone();
        let list = move |tx: &mut Tx<'_>| {
            let is_everywhere = access::is_everywhere(tx, &agent_id)?;
            let items = items(query.limit);
            let (statement, wanted) = filter(&query);
            let values = values![&agent_id, before.at_ms, &before.id, is_everywhere, items + 1, &wanted];
            let mut rows = tx.all(statement, values)?;
            let more = rows.len() > items;
            rows.truncate(items);
            let mut next = None;
            let mut contacts = Vec::new();
            for row in rows {
                let (contact, created_ms) = from_row(tx, row)?;
                next = more.then(|| Cursor { at_ms: created_ms, id: contact.id.clone() }.text());
                contacts.push(contact);
            }
            Ok(ContactsReply { success: true, contacts, next })
        };
        self.db.read(list).await
    }

    /// One contact, or [`Refusal::UnknownContact`].
    pub async fn contact(&self, agent: &Agent, contact_id: &str) -> Answer<Contact> {
        let (agent_id, id) = (agent.id.clone(), contact_id.to_owned());
        self.db.read(move |tx| of_agent(tx, &agent_id, &id)).await
    }

    /// Writes down what an agent learned, only in the state of this tag where one is given. The website's next token has the last word on what it says.
    pub async fn change_contact(
        &self,
        agent: &Agent,
        contact_id: &str,
        change: impl Into<Conditional<ContactChange>>,
        now_ms: u64,
    ) -> Answer<Contact> {
        let Conditional { change, if_match } = change.into();
        let details = Details::check(change)?;
        let (agent_id, id) = (agent.id.clone(), contact_id.to_owned());
        let change = move |tx: &mut Tx<'_>| {
            tx.lock(&LOCK, values![&id])?;
            let mut contact = of_agent(tx, &agent_id, &id)?;
            access::must_answer(tx, &agent_id)?;
            check::is_unchanged(&contact, if_match.as_deref())?;
            details.write_to(&mut contact);
            save(tx, &contact)?;
            refresh(tx, &id, None, now_ms)?;
            Ok(contact)
        };
        self.db.write(change).await
    }
}

fn filter(query: &ContactQuery) -> (&'static crate::db::sql::Sql, String) {
    match query {
        ContactQuery { visitor_id: Some(id), .. } => (&LIST_BY_VISITOR, id.clone()),
        ContactQuery { external_id: Some(id), .. } => (&LIST_BY_EXTERNAL_ID, id.clone()),
        ContactQuery { email: Some(email), .. } => (&LIST_BY_EMAIL, check::email_key(email)),
        _ => (&LIST, String::new()),
    }
}

/// A contact of a widget on which this agent answers, or [`Refusal::UnknownContact`].
pub(crate) fn of_agent(tx: &mut Tx<'_>, agent_id: &str, contact_id: &str) -> Result<Contact, Refused> {
    let contact = find(tx, contact_id)?;
    let widget_id = contact.as_ref().map_or("", |contact| &contact.widget_id);
    let agent = access::on_widget(tx, agent_id, widget_id)?;
    contact.filter(|_| agent.is_some()).ok_or_else(|| Refusal::UnknownContact.into())
}

/// The contact, to read it.
pub(crate) fn find(tx: &mut Tx<'_>, contact_id: &str) -> Result<Option<Contact>, Refused> {
    let row = tx.one(&FIND, values![contact_id])?;
    row.map(|row| from_row(tx, row).map(|(contact, _)| contact)).transpose()
}

/// The contact, to change it.
pub(crate) fn lock(tx: &mut Tx<'_>, contact_id: &str) -> Result<Option<Contact>, Refused> {
    tx.lock(&LOCK, values![contact_id])?;
    find(tx, contact_id)
}

/// A new contact; answers its id.
pub(crate) fn add(
    tx: &mut Tx<'_>,
    widget_id: &str,
    details: &Details,
    now_ms: u64,
) -> Result<String, Refused> {
    let id = secret::id("ctc_", now_ms);
    tx.run(&ADD, values![&id, widget_id, now_ms])?;
    let mut contact = find(tx, &id)?.ok_or(Refusal::Internal)?;
    details.write_to(&mut contact);
    save(tx, &contact)?;
    Ok(id)
}

/// Writes what is known of a contact; their visitors' names follow with [`refresh`].
pub(crate) fn save(tx: &mut Tx<'_>, contact: &Contact) -> Result<(), Refused> {
    let Contact { id, name, email, phone, attributes, vouched, .. } = contact;
    let attributes = json(attributes)?;
    let key = email.as_deref().map(check::email_key);
    let (name, email, phone) = (name.as_ref(), email.as_ref(), phone.as_ref());
    tx.run(&SAVE, values![id, name, email, key.as_ref(), phone, &attributes, *vouched]).map(|_| ())
}

/// Takes the row away; nothing may refer to it any more.
pub(crate) fn remove(tx: &mut Tx<'_>, contact_id: &str) -> Result<(), Refused> {
    tx.run(&REMOVE, values![contact_id]).map(|_| ())
}

/// Has all visitors of this contact bear its name, and tells agents of those that changed. A label
/// stands where neither website nor agent said better, and never for a visitor who is verified.
/// `proven` has just shown a signature: verified, if the website has signed a name at all.
pub(crate) fn refresh(
    tx: &mut Tx<'_>,
    contact_id: &str,
    proven: Option<&str>,
    now_ms: u64,
) -> Result<(), Refused> {
    let mut to_tell = limit::CONVERSATIONS_TOLD;
    for mut row in tx.all(&FACES, values![contact_id])? {
        let visitor_id = row.text(0);
        let before = (row.maybe_text(1), row.maybe_text(2), row.is(3));
        let (name, email, vouched) = (row.maybe_text(4), row.maybe_text(5), row.is(6));
        let verified = if proven == Some(&*visitor_id) { vouched } else { before.2 };
        let (label, address) = (before.0.clone(), before.1.clone());
        let after = match verified {
            true => (name, email, true),
            false => (name.or(label), email.or(address), false),
        };
        if after != before {
            tx.run(&SET_FACE, values![&visitor_id, after.0.as_ref(), after.1.as_ref(), after.2])?;
            to_tell -= tell(tx, &visitor_id, to_tell, now_ms)?;
        }
    }
    Ok(())
}

/// Tells agents, in this visitor's newest conversations, by what name they go now; answers in how many.
pub(crate) fn tell(tx: &mut Tx<'_>, visitor_id: &str, most: usize, now_ms: u64) -> Result<usize, Refused> {
    let mut ids: Vec<String> =
        tx.all(&CONVERSATIONS, values![visitor_id, most])?.into_iter().map(|mut row| row.text(0)).collect();
    // In one order, so that two who change a person do not wait for each other.
    ids.sort_unstable();
    for id in &ids {
        let Some(mut conversation) = Conversation::lock(tx, id)? else { continue };
        let face = conversation.visitor.clone();
        conversation.record(FactBody::Inner(InnerBody::VisitorChanged(face)), now_ms);
        conversation.save(tx)?;
    }
    Ok(ids.len())
}

/// From `contact_columns!`, with when it was made.
fn from_row(tx: &mut Tx<'_>, mut row: Row) -> Result<(Contact, u64), Refused> {
    let (id, created_ms) = (row.text(0), row.number(7));
    let external_ids = tx.all(&IDS, values![&id])?.into_iter().map(|mut row| row.text(0)).collect();
    let contact = Contact {
        widget_id: row.text(1),
        external_ids,
        name: row.maybe_text(2),
        email: row.maybe_text(3),
        phone: row.maybe_text(4),
        attributes: row.json(5)?,
        vouched: row.is(6),
        created_at: rfc3339(created_ms),
        id,
    };
    Ok((contact, created_ms))
}
