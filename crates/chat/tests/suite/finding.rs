//! What agents find: the list by what they filter it by, against a naive reading of the whole list.

use crate::common::{NOW, World, note, on_both_engines, refused, text};
use chat::{Agent, Assignee, ConversationQuery, Sort, Visitor};
use std::collections::HashSet;
use wire::Refusal;
use wire::api::{ConversationChange, InboxRow, SessionRequest};
use wire::contact::{ContactChange, LinkVisitor};
use wire::event::{ConversationStatus, Priority};

on_both_engines!(
    every_filter_finds_what_a_naive_reading_finds,
    the_list_of_a_foreign_widget_is_empty_whatever_is_asked_for,
    whoever_waits_longest_stands_first,
    the_list_of_one_person_has_what_all_their_devices_wrote,
);

/// Numbers without a pattern, the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.roll(of.len() as u64)).unwrap()].clone()
    }
}

const TAGS: &[&str] = &["billing", "vip", "Größe"];
const STATUSES: &[ConversationStatus] =
    &[ConversationStatus::Open, ConversationStatus::Snoozed, ConversationStatus::Resolved];
const PRIORITIES: &[Priority] = &[Priority::Low, Priority::Normal, Priority::High, Priority::Urgent];

struct Desk {
    widgets: Vec<String>,
    ben: Agent,
    dora: Agent,
    /// Conversations in which a note calls Dora.
    calls_dora: HashSet<String>,
    /// Visitors who have written.
    visitors: Vec<String>,
}

async fn visitor_of(world: &World, widget: &str) -> Visitor {
    let session = world.chat.open_session(widget, SessionRequest::default(), NOW).await.unwrap();
    world.chat.visitor(&session.token, NOW).await.unwrap()
}

/// Three widgets, Ben owns, Dora answers on the first two; conversations in every state.
async fn desk(world: &World, dice: &mut Dice) -> Desk {
    let mut widgets = vec![world.chat.first_widget(NOW).await.unwrap().look.id];
    for name in ["Second", "Third"] {
        widgets.push(world.chat.add_widget(name, &[], NOW).await.unwrap().look.id);
    }
    let ben = world.ben().await;
    let dora = world.colleague(&ben, "Dora", widgets[..2].to_vec()).await;
    let (mut calls_dora, mut visitors) = (HashSet::new(), Vec::new());
    for number in 0..60 {
        let widget = dice.one(&widgets);
        let visitor = visitor_of(world, &widget).await;
        visitors.push(visitor.id.clone());
        let id = world.conversation(&visitor).await;
        let change = change(dice, &ben, &dora, widget == widgets[2]);
        // What was tagged before it was said has to find its place too.
        let early = dice.roll(2) == 0;
        if early {
            world.chat.change_conversation(&ben, &id, change.clone(), NOW).await.unwrap();
        }
        let at_ms = NOW + dice.roll(40);
        world.chat.visitor_post(&visitor, &id, text("Hello"), at_ms).await.unwrap();
        if dice.roll(3) == 0 {
            world.chat.agent_post(&ben, &id, text("Hi"), at_ms + dice.roll(2)).await.unwrap();
        }
        if widget != widgets[2] && number % 4 == 0 {
            let mut called = note("Please look");
            called.mentions = vec![dora.id.clone()];
            world.chat.agent_post(&ben, &id, called, at_ms + 1).await.unwrap();
            calls_dora.insert(id.clone());
        }
        world.chat.change_conversation(&ben, &id, change, NOW).await.unwrap();
    }
    Desk { widgets, ben, dora, calls_dora, visitors }
}

fn change(dice: &mut Dice, ben: &Agent, dora: &Agent, foreign_to_dora: bool) -> ConversationChange {
    let status = dice.one(STATUSES);
    let assignee = match dice.roll(3) {
        0 => None,
        1 if !foreign_to_dora => Some(dora.id.clone()),
        _ => Some(ben.id.clone()),
    };
    ConversationChange {
        status: Some(status),
        snoozed_until: (status == ConversationStatus::Snoozed).then(|| wire::time::rfc3339(NOW + 3_600_000)),
        assignee_id: Some(assignee),
        priority: Some(dice.one(PRIORITIES)),
        tags: Some(TAGS.iter().filter(|_| dice.roll(3) == 0).map(|tag| (*tag).to_owned()).collect()),
        ..ConversationChange::default()
    }
}

fn query(dice: &mut Dice, desk: &Desk) -> ConversationQuery {
    let mut query = ConversationQuery::default();
    if dice.roll(2) == 0 {
        query.statuses = (0..=dice.roll(3)).map(|_| dice.one(STATUSES)).collect();
    }
    if dice.roll(2) == 0 {
        let agents = [Assignee::Me, Assignee::Nobody, Assignee::Agent(desk.dora.id.clone())];
        query.assignee = Some(dice.one(&agents));
    }
    query.widget_id = (dice.roll(4) == 0).then(|| dice.one(&desk.widgets));
    query.tag = (dice.roll(3) == 0).then(|| dice.one(TAGS).to_owned());
    query.priority = (dice.roll(3) == 0).then(|| dice.one(PRIORITIES));
    query.mentions_me = dice.roll(5) == 0;
    query.visitor_id = (dice.roll(6) == 0).then(|| dice.one(&desk.visitors));
    query.sort = dice.one(&[Sort::Newest, Sort::LongestWaiting]);
    query
}

/// Does the query ask this agent for this row?
fn asks_for(desk: &Desk, agent: &Agent, query: &ConversationQuery, row: &InboxRow) -> bool {
    let conversation = &row.conversation;
    let state = &conversation.state;
    let assignee = state.assignee.as_ref().map(|face| face.id.as_str());
    let sees = agent.is_owner() || desk.widgets[..2].contains(&conversation.widget_id);
    sees && (query.statuses.is_empty() || query.statuses.contains(&state.status))
        && match &query.assignee {
            None => true,
            Some(Assignee::Me) => assignee == Some(&agent.id),
            Some(Assignee::Nobody) => assignee.is_none(),
            Some(Assignee::Agent(id)) => assignee == Some(id),
        }
        && query.widget_id.as_ref().is_none_or(|id| *id == conversation.widget_id)
        && query.tag.as_ref().is_none_or(|tag| state.tags.contains(tag))
        && query.priority.is_none_or(|priority| priority == state.priority)
        && (!query.mentions_me || agent.id == desk.dora.id && desk.calls_dora.contains(&conversation.id))
        && query.visitor_id.as_ref().is_none_or(|id| *id == conversation.visitor.id)
        && (query.sort == Sort::Newest || conversation.waiting_since.is_some())
}

/// All pages, `size` rows each, and each but the last full.
async fn pages(world: &World, agent: &Agent, query: &ConversationQuery, size: usize) -> Vec<InboxRow> {
    let mut query = ConversationQuery { limit: Some(size), ..query.clone() };
    let mut rows = Vec::new();
    loop {
        let page = world.chat.conversations(agent, query.clone()).await.unwrap();
        rows.extend(page.conversations);
        if page.next.is_none() {
            return rows;
        }
        assert_eq!(rows.len() % size, 0);
        query.before = page.next;
    }
}

async fn every_filter_finds_what_a_naive_reading_finds(world: World) {
    let mut dice = Dice(7);
    let desk = desk(&world, &mut dice).await;
    let everything = pages(&world, &desk.ben, &ConversationQuery::default(), 200).await;
    assert_eq!(everything.len(), 60);
    let mut found = 0;
    for _ in 0..300 {
        let query = query(&mut dice, &desk);
        let agent = dice.one(&[desk.ben.clone(), desk.dora.clone()]);
        let mut expected: Vec<&InboxRow> =
            everything.iter().filter(|row| asks_for(&desk, &agent, &query, row)).collect();
        if query.sort == Sort::LongestWaiting {
            expected.sort_by_key(|row| (row.conversation.waiting_since.clone(), row.conversation.id.clone()));
        }
        let expected: Vec<_> = expected.iter().map(|row| &row.conversation).collect();
        let size = usize::try_from(1 + dice.roll(9)).unwrap();
        let listed = pages(&world, &agent, &query, size).await;
        let listed: Vec<_> = listed.iter().map(|row| &row.conversation).collect();
        assert_eq!(listed, expected, "{query:?}");
        found += listed.len();
    }
    // The premise: the queries were not all too narrow.
    assert!(found > 500, "{found}");
}

async fn the_list_of_a_foreign_widget_is_empty_whatever_is_asked_for(world: World) {
    let mut dice = Dice(11);
    let desk = desk(&world, &mut dice).await;
    for _ in 0..60 {
        let query = ConversationQuery { widget_id: Some(desk.widgets[2].clone()), ..query(&mut dice, &desk) };
        assert!(pages(&world, &desk.dora, &query, 10).await.is_empty(), "{query:?}");
        let unknown = ConversationQuery { widget_id: Some("wgt_none".into()), ..query };
        assert!(pages(&world, &desk.ben, &unknown, 10).await.is_empty());
    }
    let premise = ConversationQuery { widget_id: Some(desk.widgets[2].clone()), ..Default::default() };
    assert!(!pages(&world, &desk.ben, &premise, 10).await.is_empty());
}

async fn whoever_waits_longest_stands_first(world: World) {
    let ben = world.ben().await;
    let mut ids = Vec::new();
    for number in 0..3 {
        let ana = world.ana().await;
        let id = world.conversation(&ana).await;
        world.chat.visitor_post(&ana, &id, text("Hello"), NOW + number).await.unwrap();
        // Asking again makes nobody wait less long.
        world.chat.visitor_post(&ana, &id, text("Hello?"), NOW + 9 - number).await.unwrap();
        ids.push(id);
    }
    let query = ConversationQuery { sort: Sort::LongestWaiting, limit: Some(1), ..Default::default() };
    let listed = |rows: Vec<InboxRow>| rows.into_iter().map(|row| row.conversation.id).collect::<Vec<_>>();
    assert_eq!(listed(pages(&world, &ben, &query, 1).await), ids);
    world.answers(&ben, &ids[0], "Hi").await;
    assert_eq!(listed(pages(&world, &ben, &query, 1).await), ids[1..]);
    let nonsense = ConversationQuery { before: Some("nonsense".into()), ..query };
    assert_eq!(refused(world.chat.conversations(&ben, nonsense).await), Refusal::InvalidField);
}

async fn the_list_of_one_person_has_what_all_their_devices_wrote(world: World) {
    let widget = world.chat.first_widget(NOW).await.unwrap().look.id;
    let ben = world.ben().await;
    let (phone, laptop, eve) = (
        visitor_of(&world, &widget).await,
        visitor_of(&world, &widget).await,
        visitor_of(&world, &widget).await,
    );
    let mut said = Vec::new();
    for (visitor, at_ms) in [(&phone, NOW), (&laptop, NOW + 1), (&eve, NOW + 2), (&phone, NOW + 3)] {
        let id = world.conversation(visitor).await;
        world.chat.visitor_post(visitor, &id, text("Hello"), at_ms).await.unwrap();
        said.push(id);
    }
    let of = async |visitor: &Visitor| -> Vec<String> {
        let query =
            ConversationQuery { visitor_id: Some(visitor.id.clone()), ..ConversationQuery::default() };
        let rows = pages(&world, &ben, &query, 2).await;
        rows.into_iter().map(|row| row.conversation.id).collect()
    };
    assert_eq!(of(&laptop).await, [said[1].clone()]);

    let ana = ContactChange { name: Some("Ana".into()), ..ContactChange::default() };
    let new = LinkVisitor { contact_id: None, details: ana };
    let contact = world.chat.link_visitor(&ben, &phone.id, new, NOW).await.unwrap();
    let known = LinkVisitor { contact_id: Some(contact.id), details: ContactChange::default() };
    world.chat.link_visitor(&ben, &laptop.id, known, NOW).await.unwrap();
    for device in [&phone, &laptop] {
        assert_eq!(of(device).await, [said[3].clone(), said[1].clone(), said[0].clone()]);
    }
    assert_eq!(of(&eve).await, [said[2].clone()]);
}
