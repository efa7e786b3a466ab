//! Messages and notes: once each, in order, in two counters.

use crate::common::{NOW, World, note, on_both_engines, refused, text, with_id};
use chat::PageQuery;
use std::collections::HashSet;
use wire::Refusal;
use wire::event::{AgentEvent, MessageKind, SenderType, VisitorEvent};

on_both_engines!(
    a_message_carries_what_the_server_knows_of_its_sender,
    a_retry_is_the_same_message_and_nobody_is_told_again,
    fifty_retries_at_once_make_one_fact,
    a_client_id_cannot_carry_two_texts,
    client_ids_belong_to_a_sender_in_a_conversation,
    without_a_client_id_the_server_makes_one,
    texts_that_say_nothing_or_too_much_are_refused,
    seqs_have_no_gaps_when_many_post_at_once,
    the_first_answer_joins_and_notes_do_not,
    joining_again_changes_nothing,
    ruling_1_a_visitor_cannot_tell_that_notes_exist,
    visitors_write_no_notes,
    the_system_posts_in_its_own_name,
    starting_a_conversation_twice_starts_it_once,
);

async fn a_message_carries_what_the_server_knows_of_its_sender(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    let (hello, created) =
        world.chat.visitor_post(&ana, &conversation, with_id("Hello", "c1"), NOW).await.unwrap();
    assert!(created);
    assert_eq!((hello.sender_type, hello.sender_name.as_str()), (SenderType::Visitor, "Ana"));
    assert_eq!(hello.sender_id.as_deref(), Some(ana.id.as_str()));
    assert_eq!((hello.seq, hello.client_id.as_deref()), (1, Some("c1")));
    assert_eq!(hello.timestamp, "2026-11-22T10:53:00.000Z");
    let answer = world.answers(&ben, &conversation, "Hi Ana").await;
    assert_eq!((answer.sender_type, answer.sender_name.as_str()), (SenderType::Agent, "Ben"));
    assert_eq!(world.page(&ana, &conversation).await.messages[0], hello);
}

async fn a_retry_is_the_same_message_and_nobody_is_told_again(world: World) {
    let ana = world.ana().await;
    let conversation = world.conversation(&ana).await;
    let first = world.chat.visitor_post(&ana, &conversation, with_id("Hello", "c1"), NOW).await.unwrap();
    let told = world.changes.lock().len();
    let again = world.chat.visitor_post(&ana, &conversation, with_id("Hello", "c1"), NOW + 9).await.unwrap();
    assert_eq!(again, (first.0, false));
    assert_eq!(world.changes.lock().len(), told);
    assert_eq!(world.page(&ana, &conversation).await.seq, 1);
}

async fn fifty_retries_at_once_make_one_fact(world: World) {
    let ana = world.ana().await;
    let conversation = world.conversation(&ana).await;
    let retries: Vec<_> = (0..50)
        .map(|_| {
            let (chat, ana, conversation) = (world.chat.clone(), ana.clone(), conversation.clone());
            tokio::spawn(async move {
                chat.visitor_post(&ana, &conversation, with_id("Hello", "c1"), NOW).await.unwrap()
            })
        })
        .collect();
    let (mut ids, mut created) = (HashSet::new(), 0);
    for retry in retries {
        let (message, new) = retry.await.unwrap();
        ids.insert(message.id);
        created += u32::from(new);
    }
    assert_eq!((ids.len(), created, world.facts().len()), (1, 1, 1));
    assert_eq!(world.page(&ana, &conversation).await.messages.len(), 1);
}

async fn a_client_id_cannot_carry_two_texts(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    world.chat.visitor_post(&ana, &conversation, with_id("Hello", "c1"), NOW).await.unwrap();
    let other = world.chat.visitor_post(&ana, &conversation, with_id("Goodbye", "c1"), NOW).await;
    assert_eq!(refused(other), Refusal::ClientIdReused);
    let mut inner = with_id("Hello", "b1");
    inner.kind = MessageKind::Note;
    world.chat.agent_post(&ben, &conversation, inner, NOW).await.unwrap();
    let as_text = world.chat.agent_post(&ben, &conversation, with_id("Hello", "b1"), NOW).await;
    assert_eq!(refused(as_text), Refusal::ClientIdReused);
    // The refused text did not make Ben join either.
    assert!(world.page(&ana, &conversation).await.conversation.agents.is_empty());
}

async fn client_ids_belong_to_a_sender_in_a_conversation(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let (one, two) = (world.conversation(&ana).await, world.conversation(&ana).await);
    for (conversation, new) in [(&one, true), (&two, true), (&one, false)] {
        let posted = world.chat.visitor_post(&ana, conversation, with_id("Hello", "c1"), NOW).await;
        assert_eq!(posted.unwrap().1, new);
    }
    assert!(world.chat.agent_post(&ben, &one, with_id("Hello", "c1"), NOW).await.unwrap().1);
}

async fn without_a_client_id_the_server_makes_one(world: World) {
    let ana = world.ana().await;
    let conversation = world.conversation(&ana).await;
    let first = world.says(&ana, &conversation, "Hello").await;
    let second = world.says(&ana, &conversation, "Hello").await;
    assert_ne!(first.id, second.id);
    assert_ne!(first.client_id.unwrap(), second.client_id.unwrap());
}

async fn texts_that_say_nothing_or_too_much_are_refused(world: World) {
    let ana = world.ana().await;
    let conversation = world.conversation(&ana).await;
    for (words, refusal) in [
        ("".to_owned(), Refusal::TextEmpty),
        (" \n ".to_owned(), Refusal::TextEmpty),
        ("x".repeat(10_001), Refusal::TextTooLong),
    ] {
        let answer = world.chat.visitor_post(&ana, &conversation, text(&words), NOW).await;
        assert_eq!(refused(answer), refusal);
    }
    let long_id = with_id("Hello", &"x".repeat(65));
    let answer = world.chat.visitor_post(&ana, &conversation, long_id, NOW).await;
    assert_eq!(refused(answer), Refusal::InvalidField);
    let kept = world.says(&ana, &conversation, "  a\0b\r\nc 👋 ").await;
    assert_eq!(kept.message, "  ab\nc 👋 ");
    assert_eq!(world.page(&ana, &conversation).await.messages, [kept]);
}

async fn seqs_have_no_gaps_when_many_post_at_once(world: World) {
    const EACH: usize = 25;
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    let posts = (0..4 * EACH).map(|number| {
        let (chat, ana, ben, id) = (world.chat.clone(), ana.clone(), ben.clone(), conversation.clone());
        tokio::spawn(async move {
            let words = format!("{number}");
            match number % 4 {
                0 | 1 => drop(chat.visitor_post(&ana, &id, text(&words), NOW).await.unwrap()),
                2 => drop(chat.agent_post(&ben, &id, text(&words), NOW).await.unwrap()),
                _ => drop(chat.agent_post(&ben, &id, note(&words), NOW).await.unwrap()),
            }
        })
    });
    for post in posts.collect::<Vec<_>>() {
        post.await.unwrap();
    }
    // 100 posts and one join; told in the order of their seq on either engine.
    let facts = world.facts();
    let seqs: Vec<u64> = facts.iter().map(|fact| fact.seq).collect();
    assert_eq!(seqs, (1..=101).collect::<Vec<_>>());
    let visitor_seqs: Vec<u64> = facts.iter().filter_map(|fact| fact.visitor_seq).collect();
    assert_eq!(visitor_seqs, (1..=76).collect::<Vec<_>>());
    // And the log says the same as what was told.
    let query = PageQuery { after: Some(0), limit: Some(200), ..PageQuery::default() };
    let page = world.chat.agent_page(&ben, &conversation, query).await.unwrap();
    assert_eq!(page.events, facts.iter().map(|fact| fact.for_agents(world.chat.links())).collect::<Vec<_>>());
    let page = world.chat.visitor_page(&ana, &conversation, query).await.unwrap();
    assert_eq!(
        page.events,
        facts.iter().filter_map(|fact| fact.for_visitor(world.chat.links())).collect::<Vec<_>>()
    );
}

async fn the_first_answer_joins_and_notes_do_not(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    world.says(&ana, &conversation, "Hello").await;
    world.notes(&ben, &conversation, "A regular").await;
    assert!(world.page(&ana, &conversation).await.conversation.agents.is_empty());
    world.answers(&ben, &conversation, "Hi").await;
    world.answers(&ben, &conversation, "How are you?").await;
    let query = PageQuery { after: Some(1), ..PageQuery::default() };
    let events = world.chat.visitor_page(&ana, &conversation, query).await.unwrap().events;
    let names: Vec<_> = events.iter().map(VisitorEvent::name).collect();
    assert_eq!(names, ["agent.joined", "ChatMessageReceived", "ChatMessageReceived"]);
    // Join and message are one change, so that nobody sees the one without the other.
    let changes = world.changes.lock();
    assert_eq!(changes[2].facts.len(), 2);
    assert_eq!(changes[2].conversation.agents[0].name, "Ben");
}

async fn joining_again_changes_nothing(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    for _ in 0..3 {
        world.chat.agent_join(&ben, &conversation, &ben.id, NOW).await.unwrap();
    }
    world.answers(&ben, &conversation, "Hi").await;
    assert_eq!(world.facts().len(), 2);
    assert_eq!(world.page(&ana, &conversation).await.conversation.agents.len(), 1);
}

async fn ruling_1_a_visitor_cannot_tell_that_notes_exist(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    world.says(&ana, &conversation, "Hello").await;
    world.answers(&ben, &conversation, "One moment").await;
    let before = world.page(&ana, &conversation).await;
    let last_text = before.messages.last().unwrap().id.clone();
    world.chat.agent_reached(&ben, &conversation, &last_text, chat::Reached::Read, NOW).await.unwrap();
    let before_notes = world.page(&ana, &conversation).await;
    for number in 0..100 {
        let said = world.notes(&ben, &conversation, &format!("note {number}")).await;
        if number % 10 == 0 {
            world.chat.agent_reached(&ben, &conversation, &said.id, chat::Reached::Read, NOW).await.unwrap();
        }
    }
    assert_eq!(world.page(&ana, &conversation).await, before_notes);
    let after = PageQuery { after: Some(before_notes.seq), ..PageQuery::default() };
    let caught_up = world.chat.visitor_page(&ana, &conversation, after).await.unwrap();
    assert!(caught_up.events.is_empty() && !caught_up.more);
    assert_eq!(caught_up.seq, before_notes.seq);
    let next = world.says(&ana, &conversation, "Still there?").await;
    assert_eq!(next.seq, before_notes.seq + 1);
    let all = PageQuery { after: Some(0), limit: Some(200), ..PageQuery::default() };
    let agents = world.chat.agent_page(&ben, &conversation, all).await.unwrap();
    let notes = agents
        .events
        .iter()
        .filter(|event| matches!(event, AgentEvent::Message(message) if message.kind == MessageKind::Note));
    assert_eq!((notes.count(), agents.seq), (100, next.seq + 100 + 10));
}

async fn visitors_write_no_notes(world: World) {
    let ana = world.ana().await;
    let conversation = world.conversation(&ana).await;
    let answer = world.chat.visitor_post(&ana, &conversation, note("psst"), NOW).await;
    assert_eq!(refused(answer), Refusal::NotAllowed);
}

async fn the_system_posts_in_its_own_name(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    let message = world.chat.system_post(&conversation, "Back at nine.".into(), NOW).await.unwrap();
    assert_eq!((message.sender_type, &message.sender_id), (SenderType::System, &None));
    assert_eq!(world.page(&ana, &conversation).await.messages, [message]);
    let row = &world.inbox(&ben, None, None).await.unwrap().conversations[0];
    assert_eq!(row.conversation.visitor_messages, 0);
    let unknown = world.chat.system_post("cnv_none", "Hello?".into(), NOW).await;
    assert_eq!(refused(unknown), Refusal::UnknownConversation);
}

async fn starting_a_conversation_twice_starts_it_once(world: World) {
    let (ana, eve) = (world.ana().await, world.eve().await);
    let (page, created) = world.chat.start_conversation(&ana, Some("s1".into()), NOW).await.unwrap();
    assert!(created && page.messages.is_empty() && page.seq == 0 && !page.more);
    let (again, created) = world.chat.start_conversation(&ana, Some("s1".into()), NOW).await.unwrap();
    assert!(!created);
    assert_eq!(again, page);
    let (other, created) = world.chat.start_conversation(&eve, Some("s1".into()), NOW).await.unwrap();
    assert!(created && other.conversation.id != page.conversation.id);
}
