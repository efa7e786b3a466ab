//! What a website's page says of its visitor: attributes, tags, events. Labels, never proof (S3): they stand apart
//! from what agents and the API set, and only agents learn of them. Knows nothing of how they are shown.

use crate::access::{self, Purpose};
use crate::conversation::Conversation;
use crate::db::sql::{both, statements};
use crate::db::{Tx, values};
use crate::fact::{FactBody, InnerBody, Tracked};
use crate::people::Visitor;
use crate::state::{By, State};
use crate::{Answer, Chat, check, state, visitor};
use std::collections::BTreeMap;
use wire::contact::{Attribute, Attributes, TrackedEvent, WebsiteSays};
use wire::{Refusal, Refused, limit};

statements! {
    IN_USE = both(
        "SELECT 1 FROM conversation_tags t JOIN conversations c ON c.id = t.conversation_id \
         WHERE t.tag = ?1 AND c.widget_id = ?2 LIMIT 1",
    );
    TRACKED = both(
        "SELECT payload FROM facts WHERE conversation_id = ?1 AND seq > ?2 AND kind = 'visitor.tracked' ORDER BY seq",
    );
}

impl Chat {
    /// The page on which this visitor is says something of them, or of their conversation. The same again
    /// changes nothing, and the visitor is told of nothing.
    pub async fn website_says(
        &self,
        visitor: &Visitor,
        conversation_id: &str,
        says: WebsiteSays,
        now_ms: u64,
    ) -> Answer<()> {
        let says = Says::check(says)?;
        let (visitor_id, id) = (visitor.id.clone(), conversation_id.to_owned());
        let write = move |tx: &mut Tx<'_>| {
            let mut conversation = access::of_visitor(tx, &visitor_id, &id, Purpose::Change)?;
            let verified = visitor::face(tx, &visitor_id)?.verified;
            let events = says.new_events(tx, &conversation)?;
            let state = says.applied(tx, &conversation, verified)?;
            let changed = state::set(&mut conversation, state, By::Visitor, now_ms);
            if !changed && events.is_empty() {
                return Ok(());
            }
            for TrackedEvent { client_id, name, props } in events {
                let tracked = Tracked { client_id, name, props: props.unwrap_or_default(), verified };
                conversation.record(FactBody::Inner(InnerBody::Tracked(tracked)), now_ms);
            }
            conversation.save(tx)
        };
        self.db.write(write).await
    }
}

/// What a page sets, and the names of what it takes away.
struct Changes(Attributes, Vec<String>);

impl Changes {
    fn check(changes: Option<BTreeMap<String, Option<Attribute>>>) -> Result<Changes, Refused> {
        let (mut set, mut gone) = (Attributes::new(), Vec::new());
        for (name, value) in changes.unwrap_or_default() {
            match value {
                Some(value) => drop(set.insert(name, value)),
                None => gone.push(name),
            }
        }
        Ok(Changes(check::attributes(set)?, gone))
    }

    fn write_to(&self, attributes: &mut Attributes) -> Result<(), Refused> {
        attributes.extend(self.0.clone());
        attributes.retain(|name, _| !self.1.contains(name));
        check::attribute_count(attributes.len())
    }
}

/// What a page says, checked.
struct Says {
    visitor: Changes,
    conversation: Changes,
    add_tags: Vec<String>,
    remove_tags: Vec<String>,
    events: Vec<TrackedEvent>,
}

impl Says {
    fn check(says: WebsiteSays) -> Result<Says, Refused> {
        let events = says.events.unwrap_or_default();
        check::tracked_count(events.len())?;
        Ok(Says {
            visitor: Changes::check(says.visitor)?,
            conversation: Changes::check(says.conversation)?,
            add_tags: check::tags(says.add_tags.unwrap_or_default())?,
            remove_tags: check::tags(says.remove_tags.unwrap_or_default())?,
            events: events.into_iter().map(checked).collect::<Result<_, _>>()?,
        })
    }

    /// The state with it. What agents and the API set stays as it is.
    fn applied(&self, tx: &mut Tx<'_>, to: &Conversation, verified: bool) -> Result<State, Refused> {
        let mut state = to.state.clone();
        self.visitor.write_to(&mut state.website.visitor)?;
        self.conversation.write_to(&mut state.website.conversation)?;
        for tag in &self.remove_tags {
            if state.website.tags.contains(tag) {
                state.website.tags.retain(|one| one != tag);
                state.tags.retain(|one| one != tag);
            }
        }
        for tag in &self.add_tags {
            if !state.tags.contains(tag) {
                must_be_in_use(tx, tag, &to.widget_id)?;
                state.website.tags.push(tag.clone());
                state.tags.push(tag.clone());
            }
        }
        check::tag_count(state.tags.len(), limit::TAGS)?;
        check::tag_count(state.website.tags.len(), limit::WEBSITE_TAGS)?;
        check::is_short(&state.website, "what the website says", limit::WEBSITE_BYTES)?;
        state.tags.sort();
        state.website.tags.sort();
        if self.says_more_than_events() {
            state.website.verified = verified && !state.website.is_empty();
        }
        Ok(state)
    }

    fn says_more_than_events(&self) -> bool {
        let Says { visitor, conversation, add_tags, remove_tags, .. } = self;
        let changes = [visitor, conversation].iter().any(|one| !one.0.is_empty() || !one.1.is_empty());
        changes || !add_tags.is_empty() || !remove_tags.is_empty()
    }

    /// Without those that were told before.
    fn new_events(&self, tx: &mut Tx<'_>, of: &Conversation) -> Result<Vec<TrackedEvent>, Refused> {
        if self.events.is_empty() {
            return Ok(Vec::new());
        }
        let mut told = Vec::new();
        for mut row in tx.all(&TRACKED, values![&of.id, of.last_seq.saturating_sub(limit::TRACKED_AGAIN)])? {
            if let FactBody::Inner(InnerBody::Tracked(tracked)) = row.json(0)? {
                told.push(tracked.client_id);
            }
        }
        let mut new = Vec::new();
        for event in &self.events {
            if !told.contains(&event.client_id) {
                told.push(event.client_id.clone());
                new.push(event.clone());
            }
        }
        Ok(new)
    }
}

fn checked(event: TrackedEvent) -> Result<TrackedEvent, Refused> {
    let props = check::attributes(event.props.unwrap_or_default())?;
    check::is_short(&props, "props", limit::TRACKED_BYTES)?;
    let client_id = check::client_id(Some(event.client_id))?.unwrap_or_default();
    Ok(TrackedEvent { client_id, name: check::tracked_name(&event.name)?, props: Some(props) })
}

/// A page cannot fill the list of tags that agents choose from.
fn must_be_in_use(tx: &mut Tx<'_>, tag: &str, widget_id: &str) -> Result<(), Refused> {
    match tx.one(&IN_USE, values![tag, widget_id])? {
        Some(_) => Ok(()),
        None => Err(Refusal::UnknownTag.because(format!("The tag is {tag}."))),
    }
}
