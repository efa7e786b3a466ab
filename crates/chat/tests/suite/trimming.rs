//! The log loses what no page needs once it is old: pages stay as they were, older cursors start over,
//! newer ones find no gap.

use crate::common::{NOW, World, note, on_both_engines, refused, text};
use chat::{Agent, PageQuery, Reached, Visitor};
use wire::Refusal;
use wire::api::ConversationChange;
use wire::event::ConversationStatus;

on_both_engines!(
    pages_are_the_same_without_what_was_trimmed,
    a_cursor_behind_what_went_finds_no_gap_and_an_older_one_starts_over,
    each_step_is_bounded_and_goes_on_where_the_last_one_came,
    a_feed_that_was_read_so_far_goes_on,
    an_erasure_finds_everything_that_is_left,
);

/// Ten facts at this time, six of which no page needs: joining, two receipts, two reactions, new text.
async fn talk(world: &World, ana: &Visitor, ben: &Agent, id: &str, at_ms: u64) {
    let chat = &world.chat;
    let hello = chat.visitor_post(ana, id, text("Hello"), at_ms).await.unwrap().0;
    chat.agent_post(ben, id, note("A regular"), at_ms).await.unwrap();
    let hi = chat.agent_post(ben, id, text("Hi Ana"), at_ms).await.unwrap().0;
    chat.visitor_reached(ana, id, &hi.id, Reached::Read, at_ms).await.unwrap();
    chat.agent_reached(ben, id, &hello.id, Reached::Read, at_ms).await.unwrap();
    chat.visitor_react(ana, &hi.id, "👍", true, at_ms).await.unwrap();
    chat.visitor_react(ana, &hi.id, "🎉", true, at_ms).await.unwrap();
    chat.agent_edit(ben, &hi.id, "Hi Ana!".into(), at_ms).await.unwrap();
    let over = ConversationChange { status: Some(ConversationStatus::Resolved), ..Default::default() };
    chat.change_conversation(ben, id, over, at_ms).await.unwrap();
}

async fn trim_all(world: &World, older_than_ms: u64, most: usize) -> usize {
    let mut steps = 1;
    while world.chat.trim_log(older_than_ms, most).await.unwrap() {
        steps += 1;
    }
    steps
}

fn after(seq: u64) -> PageQuery {
    PageQuery { after: Some(seq), ..PageQuery::default() }
}

async fn pages_are_the_same_without_what_was_trimmed(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let id = world.conversation(&ana).await;
    talk(&world, &ana, &ben, &id, NOW).await;
    let query = PageQuery::default();
    let before = world.chat.agent_page(&ben, &id, query).await.unwrap();
    let visitors = world.page(&ana, &id).await;
    assert_eq!((before.seq, before.messages.len(), before.activity.len()), (10, 3, 1));
    let list = world.inbox(&ben, None, None).await.unwrap();
    assert_eq!(world.chat.agent_page(&ben, &id, after(0)).await.unwrap().events.len(), 10);
    trim_all(&world, NOW + 1, 100).await;
    assert_eq!(world.chat.agent_page(&ben, &id, query).await.unwrap(), before);
    assert_eq!(world.page(&ana, &id).await, visitors);
    assert_eq!(world.inbox(&ben, None, None).await.unwrap(), list);
    let back = PageQuery { before: Some(before.messages[2].seq), ..query };
    assert_eq!(world.chat.agent_page(&ben, &id, back).await.unwrap().messages, before.messages[..2]);
    assert_eq!(refused(world.chat.agent_page(&ben, &id, after(0)).await), Refusal::StartOver);
    assert_eq!(refused(world.chat.visitor_page(&ana, &id, after(0)).await), Refusal::StartOver);
    // What was there already is still known: reading it again is no news, and nobody joins twice.
    let hi = &before.messages[2];
    world.chat.visitor_reached(&ana, &id, &hi.id, Reached::Read, NOW + 2).await.unwrap();
    world.chat.agent_join(&ben, &id, &ben.id, NOW + 2).await.unwrap();
    assert_eq!(world.chat.agent_page(&ben, &id, after(before.seq)).await.unwrap().events, []);
}

async fn a_cursor_behind_what_went_finds_no_gap_and_an_older_one_starts_over(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let old = world.conversation(&ana).await;
    talk(&world, &ana, &ben, &old, NOW).await;
    talk(&world, &ana, &ben, &old, NOW + 1_000).await;
    // The second talk opens it again, and nobody joins a second time.
    let log = world.chat.agent_page(&ben, &old, after(0)).await.unwrap().events;
    let log_of_visitor = world.chat.visitor_page(&ana, &old, after(0)).await.unwrap().events;
    trim_all(&world, NOW + 1_000, 100).await;
    // Of the first talk the new text is the last to go.
    for seq in 0..9 {
        assert_eq!(refused(world.chat.agent_page(&ben, &old, after(seq)).await), Refusal::StartOver, "{seq}");
    }
    for seq in 9..=log.len() as u64 {
        let page = world.chat.agent_page(&ben, &old, after(seq)).await.unwrap();
        assert_eq!(page.events, log[seq as usize..], "after {seq}");
    }
    let goes_on = |seq: u64| {
        let (chat, ana, old) = (world.chat.clone(), ana.clone(), old.clone());
        async move { chat.visitor_page(&ana, &old, after(seq)).await }
    };
    // One note less, in the visitor's counter.
    assert_eq!(refused(goes_on(7).await), Refusal::StartOver);
    for seq in 8..=log_of_visitor.len() as u64 {
        assert_eq!(goes_on(seq).await.unwrap().events, log_of_visitor[seq as usize..], "after {seq}");
    }
    let next = world.says(&ana, &old, "And then?").await;
    assert_eq!(next.seq, log_of_visitor.len() as u64 + 1, "numbers go on");
}

async fn each_step_is_bounded_and_goes_on_where_the_last_one_came(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let first = world.conversation(&ana).await;
    assert!(!world.chat.trim_log(NOW + 1, 3).await.unwrap(), "an empty log");
    talk(&world, &ana, &ben, &first, NOW).await;
    assert!(!world.chat.trim_log(NOW, 3).await.unwrap(), "nothing is old");
    assert_eq!(trim_all(&world, NOW + 1, 3).await, 4, "ten facts, three at a time");
    assert_eq!(trim_all(&world, NOW + 1, 3).await, 1, "each is looked at once");
    assert_eq!(refused(world.chat.agent_page(&ben, &first, after(8)).await), Refusal::StartOver);
    assert_eq!(world.chat.agent_page(&ben, &first, after(9)).await.unwrap().events.len(), 1);
    // Young ones are looked at when they are old.
    talk(&world, &ana, &ben, &first, NOW + 9).await;
    assert_eq!(world.chat.agent_page(&ben, &first, after(9)).await.unwrap().events.len(), 11);
    trim_all(&world, NOW + 9, 3).await;
    assert!(world.chat.agent_page(&ben, &first, after(9)).await.is_ok());
    trim_all(&world, NOW + 10, 3).await;
    assert_eq!(refused(world.chat.agent_page(&ben, &first, after(9)).await), Refusal::StartOver);
}

async fn a_feed_that_was_read_so_far_goes_on(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let id = world.conversation(&ana).await;
    let start = world.chat.feed(&ben, None, 10).await.unwrap().next;
    world.says(&ana, &id, "First").await;
    let early = world.chat.feed(&ben, None, 10).await.unwrap().next;
    assert_ne!(start, early);
    talk(&world, &ana, &ben, &id, NOW).await;
    let read = world.chat.feed(&ben, None, 10).await.unwrap().next;
    trim_all(&world, NOW + 1, 100).await;
    assert_eq!(refused(world.chat.feed(&ben, Some(&early), 10).await), Refusal::StartOver);
    world.says(&ana, &id, "Next").await;
    let found = world.chat.feed(&ben, Some(&read), 10).await.unwrap();
    assert!(found.events.iter().any(|event| event.kind == wire::integration::EventType::MessageCreated));
}

async fn an_erasure_finds_everything_that_is_left(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let id = world.conversation(&ana).await;
    talk(&world, &ana, &ben, &id, NOW).await;
    trim_all(&world, NOW + 1, 100).await;
    world.chat.erase(Some(&ben), &ana.id, NOW + 2).await.unwrap();
    while world.chat.erase_step(NOW + 2).await.unwrap() {}
    let page = world.chat.agent_page(&ben, &id, PageQuery::default()).await.unwrap();
    assert!(page.messages.is_empty() && page.activity.is_empty());
    // What says that it was erased goes when its time comes, and whoever missed it starts over.
    trim_all(&world, NOW + 3, 100).await;
    assert_eq!(refused(world.chat.agent_page(&ben, &id, after(page.seq - 1)).await), Refusal::StartOver);
    assert_eq!(world.chat.agent_page(&ben, &id, PageQuery::default()).await.unwrap(), page);
}
