//! What a website's page says of its visitor: it reaches agents, apart from their own words, and nobody else.

use crate::common::{NOW, World, on_both_engines, refused};
use crate::identity::site;
use chat::{Agent, PageQuery, Visitor};
use serde_json::{Value, json};
use wire::Refusal;
use wire::api::{AgentPage, ConversationChange};
use wire::contact::WebsiteSays;
use wire::event::{AgentEvent, StatePart, VisitorTracked};

on_both_engines!(
    what_the_page_says_stands_beside_what_agents_set,
    null_takes_an_attribute_away_and_the_same_again_is_no_news,
    a_page_uses_only_tags_that_agents_use_on_its_widget,
    a_page_takes_back_its_own_tags_alone_and_an_agent_any,
    what_a_page_tells_is_a_line_between_messages,
    an_event_told_twice_happened_once,
    the_visitor_cannot_tell_that_anything_was_said,
    too_much_is_refused_as_a_whole,
    a_stranger_says_nothing_of_anothers_conversation,
    agents_learn_whether_the_visitor_was_verified,
    erasing_takes_what_the_website_said,
);

fn says(words: Value) -> WebsiteSays {
    serde_json::from_value(words).unwrap()
}

async fn say(world: &World, by: &Visitor, id: &str, words: Value) {
    world.chat.website_says(by, id, says(words), NOW).await.unwrap();
}

async fn refusal(world: &World, by: &Visitor, id: &str, words: Value) -> Refusal {
    refused(world.chat.website_says(by, id, says(words), NOW).await)
}

async fn tagged(world: &World, ben: &Agent, id: &str, tags: &[&str]) {
    let tags = Some(tags.iter().map(ToString::to_string).collect());
    let change = ConversationChange { tags, ..Default::default() };
    world.chat.change_conversation(ben, id, change, NOW).await.unwrap();
}

async fn page(world: &World, ben: &Agent, id: &str) -> AgentPage {
    world.chat.agent_page(ben, id, PageQuery::default()).await.unwrap()
}

/// What agents read that the website said.
async fn said(world: &World, ben: &Agent, id: &str) -> Value {
    serde_json::to_value(page(world, ben, id).await.conversation.state.website).unwrap()
}

async fn tags(world: &World, ben: &Agent, id: &str) -> Vec<String> {
    page(world, ben, id).await.conversation.state.tags
}

async fn told(world: &World, ben: &Agent, id: &str) -> Vec<VisitorTracked> {
    let lines = page(world, ben, id).await.activity.into_iter();
    lines.filter_map(|line| if let AgentEvent::Tracked(told) = line { Some(told) } else { None }).collect()
}

async fn what_the_page_says_stands_beside_what_agents_set(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let id = world.conversation(&ana).await;
    let plan = Some([("plan".to_owned(), Some("basic".to_owned()))].into());
    let change = ConversationChange { attributes: plan, ..Default::default() };
    world.chat.change_conversation(&ben, &id, change, NOW).await.unwrap();
    say(&world, &ana, &id, json!({"visitor": {"plan": "pro", "seats": 5}, "conversation": {"plan": true}}))
        .await;
    let state = page(&world, &ben, &id).await.conversation.state;
    assert_eq!(state.attributes["plan"], "basic", "what Ben wrote is as he wrote it");
    assert_eq!(
        said(&world, &ben, &id).await,
        json!({"verified": false, "visitor": {"plan": "pro", "seats": 5}, "conversation": {"plan": true}, "tags": []})
    );
    let last = world.facts().pop().unwrap();
    let AgentEvent::Conversation(updated) = last.for_agents(world.chat.links()) else { panic!("a change") };
    assert_eq!((updated.changed, updated.by), (vec![StatePart::Website], None));
}

async fn null_takes_an_attribute_away_and_the_same_again_is_no_news(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let id = world.conversation(&ana).await;
    say(&world, &ana, &id, json!({"visitor": {"plan": "pro", "trial": false}})).await;
    say(&world, &ana, &id, json!({"visitor": {"plan": null, "none": null}})).await;
    assert_eq!(said(&world, &ben, &id).await["visitor"], json!({"trial": false}));
    let seq = page(&world, &ben, &id).await.seq;
    say(&world, &ana, &id, json!({"visitor": {"trial": false}, "add_tags": [], "events": []})).await;
    assert_eq!(page(&world, &ben, &id).await.seq, seq, "nothing is new");
    say(&world, &ana, &id, json!({"visitor": {"trial": null}})).await;
    assert_eq!(said(&world, &ben, &id).await, Value::Null);
}

async fn a_page_uses_only_tags_that_agents_use_on_its_widget(world: World) {
    let (ana, eve, ben) = (world.ana().await, world.eve().await, world.ben().await);
    let (id, other) = (world.conversation(&ana).await, world.conversation(&eve).await);
    assert_eq!(refusal(&world, &ana, &id, json!({"add_tags": ["billing"]})).await, Refusal::UnknownTag);
    assert!(world.chat.tags(&ben).await.unwrap().is_empty(), "the list is the agents'");
    tagged(&world, &ben, &other, &["billing", "vip"]).await;
    say(&world, &ana, &id, json!({"add_tags": [" vip ", "billing", "billing"]})).await;
    assert_eq!(tags(&world, &ben, &id).await, ["billing", "vip"]);
    assert_eq!(said(&world, &ben, &id).await["tags"], json!(["billing", "vip"]));
    let query = chat::ConversationQuery { tag: Some("vip".into()), ..Default::default() };
    world.says(&ana, &id, "Hello").await;
    assert_eq!(
        world.chat.conversations(&ben, query).await.unwrap().conversations.len(),
        1,
        "Eve wrote nothing"
    );
}

async fn a_page_takes_back_its_own_tags_alone_and_an_agent_any(world: World) {
    let (ana, eve, ben) = (world.ana().await, world.eve().await, world.ben().await);
    let (id, other) = (world.conversation(&ana).await, world.conversation(&eve).await);
    tagged(&world, &ben, &other, &["billing", "vip"]).await;
    tagged(&world, &ben, &id, &["vip"]).await;
    say(&world, &ana, &id, json!({"add_tags": ["vip", "billing"]})).await;
    assert_eq!(said(&world, &ben, &id).await["tags"], json!(["billing"]), "vip was Ben's before");
    say(&world, &ana, &id, json!({"remove_tags": ["vip", "billing"]})).await;
    assert_eq!(tags(&world, &ben, &id).await, ["vip"]);
    say(&world, &ana, &id, json!({"add_tags": ["billing"]})).await;
    tagged(&world, &ben, &id, &["vip"]).await;
    assert_eq!(said(&world, &ben, &id).await, Value::Null);
}

async fn what_a_page_tells_is_a_line_between_messages(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let id = world.conversation(&ana).await;
    world.says(&ana, &id, "Hello").await;
    let events = json!({"events": [
        {"client_id": "e1", "name": "viewed_pricing", "props": {"plan": "pro"}},
        {"client_id": "e2", "name": " left_cart "},
    ]});
    say(&world, &ana, &id, events).await;
    let lines = told(&world, &ben, &id).await;
    assert_eq!(lines.iter().map(|line| &*line.name).collect::<Vec<_>>(), ["viewed_pricing", "left_cart"]);
    assert_eq!(serde_json::to_value(&lines[0].props).unwrap(), json!({"plan": "pro"}));
    assert_eq!((lines[0].seq, lines[1].seq), (2, 3));
    while world.chat.trim_log(NOW + 1, 100).await.unwrap() {}
    assert_eq!(told(&world, &ben, &id).await, lines, "they stay with the page");
    let row = &world.inbox(&ben, None, None).await.unwrap().conversations[0].conversation;
    assert_eq!(row.last_message.as_ref().unwrap().text, "Hello", "nobody wrote");
}

async fn an_event_told_twice_happened_once(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let id = world.conversation(&ana).await;
    let first = json!({"client_id": "e1", "name": "viewed_pricing"});
    say(&world, &ana, &id, json!({"events": [first, first]})).await;
    say(&world, &ana, &id, json!({"events": [first, {"client_id": "e2", "name": "viewed_pricing"}]})).await;
    assert_eq!(told(&world, &ben, &id).await.len(), 2);
}

async fn the_visitor_cannot_tell_that_anything_was_said(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let id = world.conversation(&ana).await;
    world.says(&ana, &id, "Hello").await;
    let before = world.page(&ana, &id).await;
    tagged(&world, &ben, &id, &["vip"]).await;
    let event = json!({"client_id": "e1", "name": "viewed_pricing"});
    say(&world, &ana, &id, json!({"visitor": {"plan": "pro"}, "add_tags": ["vip"], "events": [event]})).await;
    assert!(!told(&world, &ben, &id).await.is_empty(), "Ben can");
    assert_eq!(world.page(&ana, &id).await, before);
    let after = PageQuery { after: Some(0), ..PageQuery::default() };
    let events = world.chat.visitor_page(&ana, &id, after).await.unwrap().events;
    assert_eq!(events.len(), 1, "her message alone");
}

async fn too_much_is_refused_as_a_whole(world: World) {
    let (ana, eve, ben) = (world.ana().await, world.eve().await, world.ben().await);
    let (id, other) = (world.conversation(&ana).await, world.conversation(&eve).await);
    let six = ["a", "b", "c", "d", "e", "f"];
    tagged(&world, &ben, &other, &six).await;
    let long = "x".repeat(500);
    let many: serde_json::Map<_, _> = (0..9).map(|n| (format!("a{n}"), json!(long))).collect();
    let event =
        |name: &str, props: Value| json!({"events": [{"client_id": "e", "name": name, "props": props}]});
    for words in [
        json!({"visitor": {"plan": "pro"}, "conversation": many}),
        json!({"visitor": {"plan": "\u{0}"}}),
        json!({"visitor": {"": 1}}),
        json!({"visitor": {"plan": "pro"}, "add_tags": six}),
        json!({"add_tags": ["a".repeat(41)]}),
        event(&"x".repeat(61), json!({})),
        event("viewed", json!({"a": long, "b": long, "c": long})),
        json!({"events": vec![json!({"client_id": "e", "name": "viewed"}); 21]}),
    ] {
        assert_eq!(refusal(&world, &ana, &id, words).await, Refusal::InvalidField);
    }
    assert_eq!(refusal(&world, &ana, &id, event(" ", json!({}))).await, Refusal::MissingField);
    assert_eq!(page(&world, &ben, &id).await.seq, 0, "nothing of it was kept");
}

async fn a_stranger_says_nothing_of_anothers_conversation(world: World) {
    let (ana, eve, ben) = (world.ana().await, world.eve().await, world.ben().await);
    let id = world.conversation(&ana).await;
    let words = || json!({"visitor": {"plan": "pro"}});
    assert_eq!(refusal(&world, &eve, &id, words()).await, Refusal::UnknownConversation);
    say(&world, &ana, &id, words()).await;
    assert_eq!(said(&world, &ben, &id).await["visitor"], json!({"plan": "pro"}));
}

async fn agents_learn_whether_the_visitor_was_verified(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let (ana, _) = site.ana(&world).await;
    let id = world.conversation(&ana).await;
    say(&world, &ana, &id, json!({"events": [{"client_id": "e1", "name": "came"}]})).await;
    assert_eq!(said(&world, &ben, &id).await, Value::Null, "an event says nothing that stays");
    say(&world, &ana, &id, json!({"visitor": {"plan": "pro"}})).await;
    assert_eq!(said(&world, &ben, &id).await["verified"], json!(true));
    assert!(told(&world, &ben, &id).await[0].verified);
}

async fn erasing_takes_what_the_website_said(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let id = world.conversation(&ana).await;
    world.says(&ana, &id, "Hello").await;
    let event = json!({"client_id": "e1", "name": "viewed_secret", "props": {"of": "secret"}});
    say(&world, &ana, &id, json!({"visitor": {"plan": "secret"}, "events": [event]})).await;
    world.chat.erase(Some(&ben), &ana.id, NOW).await.unwrap();
    while world.chat.erase_step(NOW).await.unwrap() {}
    assert_eq!(said(&world, &ben, &id).await, Value::Null);
    let all = PageQuery { after: Some(0), ..PageQuery::default() };
    let events = world.chat.agent_page(&ben, &id, all).await.unwrap().events;
    assert!(!serde_json::to_string(&events).unwrap().contains("secret"));
}
