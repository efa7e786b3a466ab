//! Where a visitor writes from: agents see it with the message, it follows them, and visitors never read it.

use crate::common::{NOW, World, on_both_engines, text, with_id};
use chat::{Agent, PageQuery, Visitor};
use wire::api::{ConversationChange, PostMessage, WidgetChange, WidgetSettings};
use wire::event::{AgentEvent, ConversationStatus, StatePart, Whereabouts};

on_both_engines!(
    agents_see_where_a_visitor_wrote_from_and_it_follows_them,
    the_same_again_is_no_fact_and_a_retry_changes_nothing,
    one_fact_says_that_it_is_open_again_and_from_where,
    the_visitor_cannot_tell_that_it_is_kept,
    what_an_agent_says_of_themselves_is_not_kept,
    erasing_and_retention_take_it_and_an_export_has_it,
);

fn on(page: &str) -> Whereabouts {
    Whereabouts {
        page: Some(format!("https://shop.example/{page}")),
        title: Some(page.to_owned()),
        device: Some("Firefox on Windows".into()),
        ..Whereabouts::default()
    }
}

fn from(page: &str, post: PostMessage) -> PostMessage {
    PostMessage { here: Some(on(page)), ..post }
}

async fn post(world: &World, ana: &Visitor, id: &str, post: PostMessage) {
    world.chat.visitor_post(ana, id, post, NOW).await.unwrap();
}

async fn here(world: &World, ben: &Agent, id: &str) -> Option<Whereabouts> {
    let page = world.chat.agent_page(ben, id, PageQuery::default()).await.unwrap();
    page.conversation.state.here.map(|here| *here)
}

async fn agents_see_where_a_visitor_wrote_from_and_it_follows_them(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let id = world.conversation(&ana).await;
    assert_eq!(here(&world, &ben, &id).await, None);
    let shoes = Whereabouts { referrer: Some("https://search.example/".into()), ..on("shoes") };
    post(&world, &ana, &id, PostMessage { here: Some(shoes.clone()), ..text("Hello") }).await;
    assert_eq!(here(&world, &ben, &id).await, Some(shoes.clone()));
    let zone = Whereabouts { time_zone: Some("Europe/Berlin".into()), ..Whereabouts::default() };
    post(&world, &ana, &id, PostMessage { here: Some(zone), ..text("Still here") }).await;
    post(&world, &ana, &id, from("cart", text("How do I pay?"))).await;
    let cart =
        Whereabouts { referrer: shoes.referrer, time_zone: Some("Europe/Berlin".into()), ..on("cart") };
    assert_eq!(here(&world, &ben, &id).await, Some(cart.clone()), "what is not said anew stays");
    let row = &world.inbox(&ben, None, None).await.unwrap().conversations[0].conversation;
    assert_eq!(row.state.here.as_deref(), Some(&cart), "lists have it too");
    let facts = world.facts();
    let AgentEvent::Conversation(updated) = facts.last().unwrap().for_agents(world.chat.links()) else {
        panic!("a change")
    };
    assert_eq!((updated.changed, updated.state.here.as_deref()), (vec![StatePart::Here], Some(&cart)));
    let untitled = Whereabouts { page: on("pay").page, ..Whereabouts::default() };
    post(&world, &ana, &id, PostMessage { here: Some(untitled), ..text("And now?") }).await;
    assert_eq!(here(&world, &ben, &id).await.unwrap().title, None, "a title goes with its page");
}

async fn the_same_again_is_no_fact_and_a_retry_changes_nothing(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let id = world.conversation(&ana).await;
    post(&world, &ana, &id, from("shoes", with_id("Hello", "c1"))).await;
    assert_eq!(world.changes.lock().len(), 1, "one commit");
    assert_eq!(world.facts().len(), 2, "the message, and where");
    post(&world, &ana, &id, from("shoes", with_id("Are you there?", "c2"))).await;
    assert_eq!(world.facts().len(), 3, "the message alone");
    post(&world, &ana, &id, from("cart", with_id("Hello", "c1"))).await;
    assert_eq!(world.facts().len(), 3);
    assert_eq!(here(&world, &ben, &id).await, Some(on("shoes")));
}

async fn one_fact_says_that_it_is_open_again_and_from_where(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let id = world.conversation(&ana).await;
    post(&world, &ana, &id, from("shoes", text("Hello"))).await;
    let status = Some(ConversationStatus::Resolved);
    let change = ConversationChange { status, ..ConversationChange::default() };
    world.chat.change_conversation(&ben, &id, change, NOW).await.unwrap();
    let before = world.facts().len();
    post(&world, &ana, &id, from("cart", text("One more thing"))).await;
    let facts = world.facts();
    assert_eq!(facts.len(), before + 2, "the message, and one change");
    let AgentEvent::Conversation(updated) = facts.last().unwrap().for_agents(world.chat.links()) else {
        panic!("a change")
    };
    assert_eq!(updated.changed, [StatePart::Status, StatePart::Here]);
    let hers = serde_json::to_string(&facts.last().unwrap().for_visitor(world.chat.links())).unwrap();
    assert!(hers.contains("open") && !hers.contains("cart"), "{hers}");
}

async fn the_visitor_cannot_tell_that_it_is_kept(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let (told, untold) = (world.conversation(&ana).await, world.conversation(&ana).await);
    post(&world, &ana, &told, from("shoes", with_id("Hello", "c1"))).await;
    post(&world, &ana, &told, from("cart", with_id("Hello?", "c2"))).await;
    post(&world, &ana, &untold, with_id("Hello", "c1")).await;
    post(&world, &ana, &untold, with_id("Hello?", "c2")).await;
    assert!(here(&world, &ben, &told).await.is_some(), "Ben can");
    let (told, untold) = (world.page(&ana, &told).await, world.page(&ana, &untold).await);
    assert_eq!((told.seq, told.messages.len()), (untold.seq, untold.messages.len()));
    assert!(!serde_json::to_string(&told).unwrap().contains("shop.example"));
}

async fn what_an_agent_says_of_themselves_is_not_kept(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let id = world.conversation(&ana).await;
    post(&world, &ana, &id, from("shoes", text("Hello"))).await;
    world.chat.agent_post(&ben, &id, from("desk", text("Hi Ana")), NOW).await.unwrap();
    assert_eq!(here(&world, &ben, &id).await, Some(on("shoes")));
}

async fn erasing_and_retention_take_it_and_an_export_has_it(world: World) {
    let (ana, eve, ben) = (world.ana().await, world.eve().await, world.ben().await);
    let (old, other) = (world.conversation(&ana).await, world.conversation(&eve).await);
    post(&world, &ana, &old, from("shoes", text("Hello"))).await;
    post(&world, &eve, &other, from("hats", text("Hello"))).await;
    let exported = exported(&world, &ana.id).await;
    assert_eq!(exported.matches("https://shop.example/shoes").count(), 2, "as it is, and in the log");
    world.chat.erase(None, &eve.id, NOW).await.unwrap();
    while world.chat.erase_step(NOW).await.unwrap() {}
    assert_eq!(here(&world, &ben, &other).await, None);
    let settings = WidgetSettings { retention_days: Some(30), ..WidgetSettings::default() };
    let change = WidgetChange { settings: Some(settings), ..WidgetChange::default() };
    world.chat.change_widget(&ben, &ana.widget_id, change).await.unwrap();
    let late = NOW + 31 * 24 * 3_600_000;
    world.chat.retire(late).await.unwrap();
    while world.chat.erase_step(late).await.unwrap() {}
    assert_eq!(here(&world, &ben, &old).await, None);
    assert!(!self::exported(&world, &ana.id).await.contains("shop.example"));
}

async fn exported(world: &World, id: &str) -> String {
    let mut export = world.chat.export(None, id).await.unwrap();
    let mut text = String::new();
    while let Some(piece) = export.next().await.unwrap() {
        text.push_str(&piece);
    }
    text
}
