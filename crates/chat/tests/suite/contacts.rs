//! People by an agent's hand: found, changed, recognised, made one; exported and erased. And what a
//! widget's retention takes away.

use crate::common::{NOW, World, on_both_engines, refused};
use crate::identity::{Site, site, with_jwt};
use chat::{Agent, Chat, ContactQuery, PageQuery, Visitor};
use serde_json::{Value, json};
use wire::api::{SessionRequest, WidgetChange, WidgetSettings};
use wire::contact::{Contact, ContactChange, LinkVisitor};
use wire::event::{AgentEvent, VisitorEvent};
use wire::{Refusal, limit};

on_both_engines!(
    contacts_are_found_by_agents_of_their_widget_alone,
    contacts_are_listed_page_by_page,
    an_agent_changes_what_is_known_and_the_website_has_the_last_word,
    an_agent_recognises_a_visitor_and_takes_it_back,
    two_contacts_become_one_with_all_that_the_website_calls_them,
    what_cannot_be_one_person_is_not_made_one,
    a_merge_and_an_identification_at_once_lose_nobody,
    an_export_holds_everything_and_is_the_owners,
    an_export_of_a_long_history_comes_in_pieces_that_fit_together,
    an_erased_person_is_nowhere,
    an_erased_conversation_leaves_no_gap_and_tells_everybody,
    an_anonymous_visitor_can_be_erased_too,
    erasing_goes_on_after_a_restart,
    retention_takes_what_is_old_and_leaves_the_rest,
    retention_takes_all_however_many_there_are,
);

const DAY_MS: u64 = 24 * 3_600_000;

async fn all(world: &World, agent: &Agent, query: ContactQuery) -> Vec<Contact> {
    world.chat.contacts(agent, query).await.unwrap().contacts
}

fn named(name: &str) -> LinkVisitor {
    LinkVisitor { details: ContactChange { name: Some(name.into()), ..Default::default() }, contact_id: None }
}

async fn person(world: &World, site: &Site, sub: &str, name: &str) -> Visitor {
    let jwt = site.jwt(json!({"sub": sub, "name": name, "email": format!("{sub}@shop.example")}));
    let reply = site.open(world, with_jwt(jwt)).await.unwrap();
    world.chat.visitor(&reply.token, NOW).await.unwrap()
}

async fn contact_of(world: &World, agent: &Agent, visitor: &Visitor) -> Contact {
    let query = ContactQuery { visitor_id: Some(visitor.id.clone()), ..Default::default() };
    all(world, agent, query).await.remove(0)
}

async fn erase_all(chat: &Chat) {
    while chat.erase_step(NOW).await.unwrap() {}
}

async fn contacts_are_found_by_agents_of_their_widget_alone(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let carol = world.carol(&ben).await;
    let dora = world.colleague(&ben, "Dora", vec![site.widget_id.clone()]).await;
    let ana = person(&world, &site, "ana", "Ana").await;
    let contact = contact_of(&world, &ben, &ana).await;
    assert_eq!(contact_of(&world, &dora, &ana).await, contact);
    assert_eq!(world.chat.contact(&dora, &contact.id).await.unwrap(), contact);
    assert!(all(&world, &carol, ContactQuery::default()).await.is_empty());
    let change = ContactChange::default;
    let foreign = [
        world.chat.contact(&carol, &contact.id).await,
        world.chat.change_contact(&carol, &contact.id, change(), NOW).await,
        world.chat.merge_contact(&carol, &contact.id, "ctc_x", NOW).await,
    ];
    let unknown = [
        world.chat.contact(&carol, "ctc_x").await,
        world.chat.change_contact(&carol, "ctc_x", change(), NOW).await,
        world.chat.merge_contact(&carol, "ctc_x", "ctc_y", NOW).await,
    ];
    assert_eq!(foreign, unknown);
    assert!(foreign.iter().all(|answer| *answer == Err(Refusal::UnknownContact.into())));
    let visitors = [&*ana.id, "vis_x", "\0"];
    for id in visitors {
        assert_eq!(
            refused(world.chat.link_visitor(&carol, id, named("A"), NOW).await),
            Refusal::UnknownVisitor
        );
        assert_eq!(refused(world.chat.unlink_visitor(&carol, id, NOW).await), Refusal::UnknownVisitor);
    }
    for (query, found) in [
        (ContactQuery { email: Some("ANA@Shop.example ".into()), ..Default::default() }, 1),
        (ContactQuery { email: Some("eve@shop.example".into()), ..Default::default() }, 0),
        (ContactQuery { external_id: Some("ana".into()), ..Default::default() }, 1),
        (ContactQuery { external_id: Some("Ana".into()), ..Default::default() }, 0),
    ] {
        assert_eq!(all(&world, &dora, query.clone()).await.len(), found, "{query:?}");
    }
    // Privacy: somebody who merely visits is in no list of people.
    world.eve().await;
    assert_eq!(all(&world, &ben, ContactQuery::default()).await.len(), 1);
}

async fn contacts_are_listed_page_by_page(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    for number in 0..5 {
        person(&world, &site, &format!("p{number}"), "P").await;
    }
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let query = ContactQuery { before, limit: Some(2), ..Default::default() };
        let page = world.chat.contacts(&ben, query).await.unwrap();
        found.extend(page.contacts.into_iter().map(|contact| contact.id));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    let mut sorted = found.clone();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    sorted.dedup();
    assert_eq!((found.len(), &found), (5, &sorted));
}

async fn an_agent_changes_what_is_known_and_the_website_has_the_last_word(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let ana = person(&world, &site, "ana", "Ana").await;
    let conversation = world.conversation(&ana).await;
    world.says(&ana, &conversation, "Hello").await;
    let id = contact_of(&world, &ben, &ana).await.id;
    let change = ContactChange {
        name: Some("Ana María".into()),
        email: Some(String::new()),
        phone: Some("+34 600".into()),
        attributes: Some(serde_json::from_value(json!({"plan": "gold"})).unwrap()),
    };
    let changed = world.chat.change_contact(&ben, &id, change, NOW).await.unwrap();
    assert_eq!((changed.name.as_deref(), changed.email.as_deref()), (Some("Ana María"), None));
    assert_eq!(world.chat.contact(&ben, &id).await.unwrap(), changed);
    let face = world.changes.lock().last().unwrap().conversation.visitor.clone();
    assert_eq!((face.name.as_str(), face.email), ("Ana María", None));
    for wrong in [
        ContactChange { email: Some("nobody".into()), ..Default::default() },
        ContactChange { name: Some("x".repeat(limit::NAME_CHARS + 1)), ..Default::default() },
        ContactChange { phone: Some("5".repeat(limit::PHONE_CHARS + 1)), ..Default::default() },
        ContactChange {
            attributes: Some(serde_json::from_value(json!({"": 1})).unwrap()),
            ..Default::default()
        },
        ContactChange {
            attributes: Some(serde_json::from_value(json!({"a": "\0"})).unwrap()),
            ..Default::default()
        },
    ] {
        assert_eq!(refused(world.chat.change_contact(&ben, &id, wrong, NOW).await), Refusal::InvalidField);
    }
    person(&world, &site, "ana", "Ana Reyes").await;
    let now = world.chat.contact(&ben, &id).await.unwrap();
    assert_eq!((now.name.as_deref(), now.phone.as_deref()), (Some("Ana Reyes"), Some("+34 600")));
}

async fn an_agent_recognises_a_visitor_and_takes_it_back(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let ana = person(&world, &site, "ana", "Ana").await;
    let hers = world.conversation(&ana).await;
    world.says(&ana, &hers, "Hello").await;
    let caller = world.visitor("caller").await;
    let conversation = world.conversation(&caller).await;
    world.says(&caller, &conversation, "It is me, Ana").await;
    let contact = contact_of(&world, &ben, &ana).await;
    let link = LinkVisitor { contact_id: Some(contact.id.clone()), ..LinkVisitor::default() };
    assert_eq!(world.chat.link_visitor(&ben, &caller.id, link.clone(), NOW).await.unwrap(), contact);
    let face = world.changes.lock().last().unwrap().conversation.visitor.clone();
    assert_eq!((face.name.as_str(), face.verified), ("Ana", false), "an agent's word is no signature");
    world.page(&caller, &hers).await;
    assert_eq!(refused(world.chat.link_visitor(&ben, &caller.id, link, NOW).await), Refusal::ContactConflict);
    world.chat.unlink_visitor(&ben, &caller.id, NOW).await.unwrap();
    let page = world.chat.visitor_page(&caller, &hers, PageQuery::default()).await;
    assert_eq!(refused(page), Refusal::UnknownConversation);
    assert_eq!(world.chat.end_expired_sessions(NOW).await.unwrap(), std::slice::from_ref(&caller.session_id));
    let face = world.changes.lock().last().unwrap().conversation.visitor.clone();
    assert_eq!(face.name, "Visitor");
    // As somebody new.
    let new = world.chat.link_visitor(&ben, &caller.id, named("Carla"), NOW).await.unwrap();
    assert_eq!((new.name.as_deref(), new.vouched, new.external_ids.len()), (Some("Carla"), false, 0));
    assert_eq!(contact_of(&world, &ben, &caller).await, new);
}

async fn two_contacts_become_one_with_all_that_the_website_calls_them(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let (old, new) =
        (person(&world, &site, "ana-old", "Ana R.").await, person(&world, &site, "42", "Ana Reyes").await);
    let conversation = world.conversation(&old).await;
    world.says(&old, &conversation, "Hello").await;
    let (from, into) = (contact_of(&world, &ben, &old).await, contact_of(&world, &ben, &new).await);
    let merged = world.chat.merge_contact(&ben, &from.id, &into.id, NOW).await.unwrap();
    assert_eq!(merged.external_ids, ["42", "ana-old"]);
    assert_eq!(merged.name.as_deref(), Some("Ana Reyes"));
    assert_eq!(refused(world.chat.contact(&ben, &from.id).await), Refusal::UnknownContact);
    world.page(&new, &conversation).await;
    assert_eq!(world.changes.lock().last().unwrap().conversation.visitor.name, "Ana Reyes");
    // By either name she is the same from now on.
    let again = person(&world, &site, "ana-old", "Ana Reyes").await;
    assert_eq!(contact_of(&world, &ben, &again).await.id, into.id);
    let text = exported(&world, Some(&ben), &into.id).await;
    assert_eq!((&text["acts"][0]["act"], &text["acts"][0]["other_id"]), (&json!("merged"), &json!(from.id)));
    assert_eq!(text["acts"][0]["agent_id"], json!(ben.id));
}

async fn what_cannot_be_one_person_is_not_made_one(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let ana = person(&world, &site, "ana", "Ana").await;
    let id = contact_of(&world, &ben, &ana).await.id;
    assert_eq!(refused(world.chat.merge_contact(&ben, &id, &id, NOW).await), Refusal::ContactConflict);
    assert_eq!(refused(world.chat.merge_contact(&ben, &id, "ctc_x", NOW).await), Refusal::UnknownContact);
    let eve = world.eve().await;
    let link = LinkVisitor { contact_id: Some("ctc_x".into()), ..LinkVisitor::default() };
    assert_eq!(refused(world.chat.link_visitor(&ben, &eve.id, link, NOW).await), Refusal::UnknownContact);
    assert_eq!(contact_of(&world, &ben, &ana).await.id, id);
}

async fn a_merge_and_an_identification_at_once_lose_nobody(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    for round in 0..8 {
        let (a, b) = (format!("a{round}"), format!("b{round}"));
        let (from, into) = (person(&world, &site, &a, "A").await, person(&world, &site, &b, "B").await);
        let (from, into) =
            (contact_of(&world, &ben, &from).await.id, contact_of(&world, &ben, &into).await.id);
        let jwt = || with_jwt(site.jwt(json!({"sub": a, "name": "A"})));
        let (merged, one, two) = tokio::join!(
            world.chat.merge_contact(&ben, &from, &into, NOW),
            site.open(&world, jwt()),
            site.open(&world, jwt()),
        );
        merged.unwrap();
        for reply in [one.unwrap(), two.unwrap()] {
            let visitor = world.chat.visitor(&reply.token, NOW).await.unwrap();
            assert_eq!(contact_of(&world, &ben, &visitor).await.id, into);
        }
    }
    // And two who come for the first time at once are one.
    let first = || site.open(&world, with_jwt(site.jwt(json!({"sub": "new"}))));
    let (one, two) = tokio::join!(first(), first());
    for reply in [one.unwrap(), two.unwrap()] {
        let visitor = world.chat.visitor(&reply.token, NOW).await.unwrap();
        assert_eq!(contact_of(&world, &ben, &visitor).await.external_ids, ["new"]);
    }
    let query = ContactQuery { external_id: Some("new".into()), ..Default::default() };
    assert_eq!(all(&world, &ben, query).await.len(), 1);
}

/// A conversation that began after all others.
async fn later(world: &World, visitor: &Visitor) -> String {
    world.chat.start_conversation(visitor, None, NOW + 1).await.unwrap().0.conversation.id
}

async fn exported(world: &World, by: Option<&Agent>, id: &str) -> Value {
    let mut export = world.chat.export(by, id).await.unwrap();
    let mut text = String::new();
    while let Some(piece) = export.next().await.unwrap() {
        text.push_str(&piece);
    }
    serde_json::from_str(&text).unwrap()
}

async fn an_export_holds_everything_and_is_the_owners(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let dora = world.colleague(&ben, "Dora", vec![site.widget_id.clone()]).await;
    let ana = person(&world, &site, "ana", "Ana").await;
    let (first, second) = (world.conversation(&ana).await, later(&world, &ana).await);
    world.says(&ana, &first, "Hello \"there\"").await;
    let hi = world.answers(&ben, &first, "Hi").await;
    world.chat.visitor_reached(&ana, &first, &hi.id, chat::Reached::Read, NOW).await.unwrap();
    world.notes(&ben, &second, "A regular").await;
    let id = contact_of(&world, &ben, &ana).await.id;
    assert_eq!(refused(world.chat.export(Some(&dora), &id).await.map(|_| ())), Refusal::NotAllowed);
    assert_eq!(refused(world.chat.export(Some(&ben), "ctc_x").await.map(|_| ())), Refusal::UnknownContact);
    assert_eq!(refused(world.chat.export(None, "vis_x").await.map(|_| ())), Refusal::UnknownVisitor);
    let export = exported(&world, Some(&ben), &id).await;
    assert_eq!(export["contact"]["email"], "ana@shop.example");
    assert_eq!(export["visitors"][0]["id"], json!(ana.id));
    let conversations = export["conversations"].as_array().unwrap();
    assert_eq!(conversations.len(), 2);
    let events = |at: usize| conversations[at]["events"].as_array().unwrap();
    assert_eq!(events(0)[0]["data"]["message"], "Hello \"there\"");
    assert_eq!(events(0).len(), 4, "two messages, a joining, a receipt");
    assert_eq!(conversations[0]["receipts"][0]["message_id"], json!(hi.id));
    assert_eq!(events(1)[0]["data"]["message"], "A regular");
    // A visitor's own export is that of the person they are.
    assert_eq!(exported(&world, None, &ana.id).await, export);
}

async fn an_export_of_a_long_history_comes_in_pieces_that_fit_together(world: World) {
    let ana = world.ana().await;
    let conversation = world.conversation(&ana).await;
    let count = limit::PAGE_ITEMS_MAX * 2;
    for number in 0..count {
        world.says(&ana, &conversation, &format!("message {number}")).await;
    }
    let empty = later(&world, &ana).await;
    let export = exported(&world, None, &ana.id).await;
    let events = export["conversations"][0]["events"].as_array().unwrap();
    let seqs: Vec<u64> = events.iter().map(|event| event["data"]["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (1..=count as u64).collect::<Vec<_>>());
    assert_eq!(export["contact"], Value::Null);
    assert_eq!(
        export["conversations"][1],
        json!({
            "conversation": export["conversations"][1]["conversation"], "receipts": [], "events": [],
        })
    );
    assert_eq!(export["conversations"][1]["conversation"]["id"], json!(empty));
}

/// A text that nothing else in the world has.
const CANARY: &str = "canary-7f3a";

/// Ana with a conversation full of the canary, on two devices.
async fn canary(world: &World, ben: &Agent, site: &Site) -> (Visitor, String) {
    let name = format!("Ana {CANARY}");
    let ana = person(world, site, CANARY, &name).await;
    person(world, site, CANARY, &name).await;
    let conversation = world.conversation(&ana).await;
    world.says(&ana, &conversation, CANARY).await;
    let answer = world.answers(ben, &conversation, &format!("Dear {CANARY}")).await;
    world.notes(ben, &conversation, &format!("{CANARY} again")).await;
    world.chat.visitor_reached(&ana, &conversation, &answer.id, chat::Reached::Read, NOW).await.unwrap();
    (ana, conversation)
}

async fn an_erased_person_is_nowhere(mut world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let dora = world.colleague(&ben, "Dora", vec![site.widget_id.clone()]).await;
    let (ana, _) = canary(&world, &ben, &site).await;
    let id = contact_of(&world, &ben, &ana).await.id;
    assert_eq!(refused(world.chat.erase(Some(&dora), &id, NOW).await), Refusal::NotAllowed);
    assert!(exported(&world, None, &id).await.to_string().contains(CANARY), "the premise");
    assert_eq!(world.chat.erase(Some(&ben), &id, NOW).await.unwrap(), 1);
    erase_all(&world.chat).await;
    assert_eq!(refused(world.chat.erase(Some(&ben), &id, NOW).await), Refusal::UnknownContact);
    assert!(all(&world, &ben, ContactQuery::default()).await.is_empty());
    assert!(!exported(&world, None, &ana.id).await.to_string().contains(CANARY));
    let text = format!("{:?}", world.inbox(&ben, None, None).await.unwrap());
    assert!(!text.contains(CANARY) && !text.contains("cnv_"));
    // Both devices are out, and the next token of the website is somebody new.
    assert_eq!(world.chat.end_expired_sessions(NOW).await.unwrap().len(), 2);
    let again = person(&world, &site, "ana", "Ana").await;
    assert!(world.chat.visitor_conversations(&again, None, None).await.unwrap().conversations.is_empty());
    if let chat::Storage::Sqlite { path, .. } = world.storage.clone() {
        // What is deleted is overwritten, and a closed file has no log beside it.
        world.reopen().await;
        world.chat.close().await;
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes()));
    }
}

async fn an_erased_conversation_leaves_no_gap_and_tells_everybody(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let (ana, conversation) = canary(&world, &ben, &site).await;
    let query = PageQuery { after: Some(0), ..PageQuery::default() };
    let before = world.chat.agent_page(&ben, &conversation, query).await.unwrap();
    world.changes.lock().clear();
    world.chat.erase(None, &ana.id, NOW).await.unwrap();
    erase_all(&world.chat).await;
    let change = world.changes.lock().last().unwrap().clone();
    assert_eq!(change.conversation.last_message, None);
    assert_eq!(
        (change.conversation.visitor.name.as_str(), change.conversation.visitor.verified),
        ("Visitor", false)
    );
    assert!(matches!(
        change.facts.last().unwrap().for_visitor(world.chat.links()),
        Some(VisitorEvent::Erased(_))
    ));
    // The list hears of it, though there is no message left.
    let mut told = Vec::new();
    chat::announce(
        &change,
        world.chat.links(),
        |_| true,
        |channel, event, _| told.push(format!("{channel} {event}")),
    );
    let widget = format!("private-agents.widget.{} conversation.changed", site.widget_id);
    let visitor = format!("private-chat.conversation.{conversation} conversation.erased");
    assert!(told.contains(&widget) && told.contains(&visitor), "{told:?}");
    let after = world.chat.agent_page(&ben, &conversation, query).await.unwrap();
    let seqs: Vec<u64> = after
        .events
        .iter()
        .map(|event| serde_json::from_str::<Value>(&event.data()).unwrap()["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(seqs, (1..=before.seq + 2).collect::<Vec<_>>());
    assert!(
        after
            .events
            .iter()
            .all(|event| matches!(event, AgentEvent::Erased(_) | AgentEvent::VisitorChanged(_)))
    );
    assert!(after.messages.is_empty() && after.receipts.is_empty());
    assert_eq!(after.joins.len(), 1);
    // Nobody writes to it any more but agents, and that works.
    world.answers(&ben, &conversation, "Note to self").await;
    assert_eq!(world.inbox(&ben, None, None).await.unwrap().conversations.len(), 1);
}

async fn an_anonymous_visitor_can_be_erased_too(world: World) {
    let (ana, eve) = (world.visitor(CANARY).await, world.eve().await);
    let (hers, eves) = (world.conversation(&ana).await, world.conversation(&eve).await);
    world.says(&ana, &hers, CANARY).await;
    world.says(&eve, &eves, "Hello").await;
    assert_eq!(refused(world.chat.erase(None, "vis_none", NOW).await), Refusal::UnknownVisitor);
    assert_eq!(world.chat.erase(None, &ana.id, NOW).await.unwrap(), 1);
    erase_all(&world.chat).await;
    assert!(!exported(&world, None, &ana.id).await.to_string().contains(CANARY));
    assert_eq!(world.page(&eve, &eves).await.messages.len(), 1, "Eve is not concerned");
    assert_eq!(world.chat.end_expired_sessions(NOW).await.unwrap(), [ana.session_id]);
}

async fn erasing_goes_on_after_a_restart(mut world: World) {
    let ana = world.ana().await;
    let conversation = world.conversation(&ana).await;
    for number in 0..limit::ERASED_AT_ONCE + 50 {
        world.says(&ana, &conversation, &format!("{CANARY} {number}")).await;
    }
    world.chat.erase(None, &ana.id, NOW).await.unwrap();
    assert!(world.chat.erase_step(NOW).await.unwrap());
    assert!(exported(&world, None, &ana.id).await.to_string().contains(CANARY), "the premise: half is left");
    world.reopen().await;
    let (one, two) = tokio::join!(world.chat.erase_step(NOW), world.chat.erase_step(NOW));
    assert!(one.unwrap() || two.unwrap());
    erase_all(&world.chat).await;
    assert!(!exported(&world, None, &ana.id).await.to_string().contains(CANARY));
    let erased = |change: &chat::Change| change.conversation.last_message.is_none();
    assert_eq!(world.changes.lock().iter().filter(|change| erased(change)).count(), 1, "told once");
}

async fn retention_takes_what_is_old_and_leaves_the_rest(world: World) {
    let ben = world.ben().await;
    let (ana, eve) = (world.visitor(CANARY).await, world.eve().await);
    let (old, young) = (world.conversation(&ana).await, world.conversation(&eve).await);
    world.says(&ana, &old, CANARY).await;
    world.chat.visitor_post(&eve, &young, crate::common::text("Hello"), NOW + DAY_MS).await.unwrap();
    let late = NOW + 30 * DAY_MS + 1;
    assert!(world.chat.retire(late).await.unwrap().is_empty(), "nothing is taken unless the owner says so");
    keep_for_30_days(&world, &ben, &ana.widget_id).await;
    assert!(world.chat.retire(NOW + 30 * DAY_MS).await.unwrap().is_empty(), "to the day");
    let retired = world.chat.retire(late).await.unwrap();
    assert_eq!((retired[0].widget_id.as_str(), retired[0].conversations), (ana.widget_id.as_str(), 1));
    erase_all(&world.chat).await;
    assert!(world.chat.retire(late).await.unwrap().is_empty());
    assert!(!exported(&world, None, &ana.id).await.to_string().contains(CANARY), "the label went too");
    assert_eq!(world.page(&eve, &young).await.messages.len(), 1);
    // She is still the same visitor, and may write again.
    world.says(&ana, &old, "Hello again").await;
    assert_eq!(world.page(&ana, &old).await.messages.len(), 1);
    let again = SessionRequest::default();
    assert!(world.chat.open_session(&ana.widget_id, again, late).await.is_ok());
}

async fn keep_for_30_days(world: &World, ben: &Agent, widget_id: &str) {
    let settings = WidgetSettings { retention_days: Some(30), ..WidgetSettings::default() };
    let change = WidgetChange { settings: Some(settings), ..WidgetChange::default() };
    world.chat.change_widget(ben, widget_id, change).await.unwrap();
}

async fn retention_takes_all_however_many_there_are(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    for _ in 0..limit::RETIRED_AT_ONCE + 3 {
        let conversation = world.conversation(&ana).await;
        world.says(&ana, &conversation, "Hello").await;
    }
    keep_for_30_days(&world, &ben, &ana.widget_id).await;
    let mut taken = Vec::new();
    loop {
        let retired = world.chat.retire(NOW + 31 * DAY_MS).await.unwrap();
        let Some(retired) = retired.first() else { break };
        taken.push(retired.conversations);
    }
    assert_eq!(taken, [limit::RETIRED_AT_ONCE as u64, 3]);
}
