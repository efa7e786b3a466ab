//! Pages, cursors, receipts and the agents' list.

use crate::common::{NOW, World, on_both_engines, refused, text};
use chat::PageQuery;
use wire::Refusal;
use wire::event::{AgentEvent, SenderType, VisitorEvent};

on_both_engines!(
    pages_go_back_and_forward_without_gap_or_double,
    a_visitors_pages_skip_notes_without_holes,
    every_page_tells_who_joined_and_when,
    receipts_move_forward_only,
    a_receipt_for_a_note_tells_the_visitor_of_the_text_before_it,
    reading_what_is_not_there_is_refused,
    the_list_shows_newest_first_and_pages_by_cursor,
    the_list_knows_what_each_agent_has_read,
    a_conversation_without_messages_is_not_listed,
    previews_are_140_characters,
);

async fn pages_go_back_and_forward_without_gap_or_double(world: World) {
    let ana = world.ana().await;
    let conversation = world.conversation(&ana).await;
    let mut said = Vec::new();
    for number in 1..=12 {
        said.push(world.says(&ana, &conversation, &format!("{number}")).await);
    }
    let mut back = Vec::new();
    let mut query = PageQuery { limit: Some(5), ..PageQuery::default() };
    loop {
        let page = world.chat.visitor_page(&ana, &conversation, query).await.unwrap();
        assert!(page.events.is_empty() && page.seq == 12);
        back.splice(0..0, page.messages.clone());
        assert_eq!(page.more, back.len() < 12);
        if !page.more {
            break;
        }
        query.before = Some(page.messages[0].seq);
    }
    assert_eq!(back, said);
    let mut forward = Vec::new();
    let mut query = PageQuery { after: Some(0), limit: Some(5), ..PageQuery::default() };
    loop {
        let page = world.chat.visitor_page(&ana, &conversation, query).await.unwrap();
        assert!(page.messages.is_empty());
        forward.extend(page.events);
        query.after = Some(page.seq);
        if !page.more {
            break;
        }
    }
    assert_eq!(forward, said.into_iter().map(VisitorEvent::Message).collect::<Vec<_>>());
}

async fn a_visitors_pages_skip_notes_without_holes(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    for number in 0..30 {
        world.notes(&ben, &conversation, &format!("note {number}")).await;
        world.says(&ana, &conversation, &format!("text {number}")).await;
    }
    let newest = PageQuery { limit: Some(10), ..PageQuery::default() };
    let page = world.chat.visitor_page(&ana, &conversation, newest).await.unwrap();
    let seqs: Vec<u64> = page.messages.iter().map(|message| message.seq).collect();
    assert_eq!(seqs, (21..=30).collect::<Vec<_>>());
    let older = PageQuery { before: Some(21), limit: Some(10), ..PageQuery::default() };
    let page = world.chat.visitor_page(&ana, &conversation, older).await.unwrap();
    let seqs: Vec<u64> = page.messages.iter().map(|message| message.seq).collect();
    assert_eq!(seqs, (11..=20).collect::<Vec<_>>());
    let none = PageQuery { before: Some(1), ..PageQuery::default() };
    assert!(world.chat.visitor_page(&ana, &conversation, none).await.unwrap().messages.is_empty());
    let page = world.chat.agent_page(&ben, &conversation, PageQuery::default()).await.unwrap();
    assert_eq!((page.messages.len(), page.seq, page.more), (50, 60, true));
}

async fn every_page_tells_who_joined_and_when(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let dora = world.colleague(&ben, "Dora", vec![ana.widget_id.clone()]).await;
    let conversation = world.conversation(&ana).await;
    world.says(&ana, &conversation, "Hello").await;
    // Reading makes a participant, and not one who joined.
    let note = world.notes(&ben, &conversation, "A regular").await;
    world.chat.agent_reached(&dora, &conversation, &note.id, chat::Reached::Read, NOW).await.unwrap();
    assert!(world.page(&ana, &conversation).await.joins.is_empty());
    world.chat.agent_post(&ben, &conversation, text("Hi"), NOW + 1).await.unwrap();
    world.chat.agent_join(&dora, &conversation, &dora.id, NOW + 2).await.unwrap();
    let facts = world.facts();
    let links = world.chat.links();
    let of_visitor = facts.iter().filter_map(|fact| fact.for_visitor(links));
    let shown: Vec<_> = of_visitor
        .filter_map(|event| if let VisitorEvent::AgentJoined(j) = event { Some(j) } else { None })
        .collect();
    let of_agents = facts.iter().map(|fact| fact.for_agents(links));
    let inner: Vec<_> = of_agents
        .filter_map(|event| if let AgentEvent::AgentJoined(j) = event { Some(j) } else { None })
        .collect();
    let names: Vec<_> = shown.iter().map(|joined| joined.agent.name.as_str()).collect();
    assert_eq!(names, ["Ben", "Dora"]);
    assert_ne!(shown[0].seq, inner[0].seq, "the note stands between");
    let before = PageQuery { before: Some(2), ..PageQuery::default() };
    let after = PageQuery { after: Some(2), limit: Some(1), ..PageQuery::default() };
    for query in [PageQuery::default(), before, after] {
        assert_eq!(world.chat.visitor_page(&ana, &conversation, query).await.unwrap().joins, shown);
        assert_eq!(world.chat.agent_page(&ben, &conversation, query).await.unwrap().joins, inner);
    }
}

async fn receipts_move_forward_only(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    let first = world.says(&ana, &conversation, "One").await;
    let second = world.says(&ana, &conversation, "Two").await;
    world.chat.agent_reached(&ben, &conversation, &second.id, chat::Reached::Read, NOW).await.unwrap();
    let told = world.changes.lock().len();
    for older in [&second.id, &first.id] {
        world.chat.agent_reached(&ben, &conversation, older, chat::Reached::Read, NOW).await.unwrap();
    }
    assert_eq!(world.changes.lock().len(), told);
    let receipts = world.page(&ana, &conversation).await.conversation.receipts;
    assert_eq!(receipts.len(), 1);
    assert_eq!((receipts[0].reader_type, receipts[0].read_seq), (SenderType::Agent, 2));
    let answer = world.answers(&ben, &conversation, "Hi").await;
    world.chat.visitor_reached(&ana, &conversation, &answer.id, chat::Reached::Read, NOW).await.unwrap();
    let receipts = world.page(&ana, &conversation).await.conversation.receipts;
    assert_eq!(receipts[1].reader_id, ana.id);
    assert_eq!(receipts[1].message_id.as_deref(), Some(answer.id.as_str()));
}

async fn a_receipt_for_a_note_tells_the_visitor_of_the_text_before_it(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    let hello = world.says(&ana, &conversation, "Hello").await;
    world.notes(&ben, &conversation, "first").await;
    let second = world.notes(&ben, &conversation, "second").await;
    world.chat.agent_reached(&ben, &conversation, &second.id, chat::Reached::Read, NOW).await.unwrap();
    let fact = world.facts().pop().unwrap();
    let Some(VisitorEvent::Receipt(shown)) = fact.for_visitor(world.chat.links()) else {
        panic!("a receipt")
    };
    assert_eq!(
        (shown.receipt.message_id.as_deref().unwrap(), shown.receipt.read_seq),
        (hello.id.as_str(), 1)
    );
    assert!(!serde_json::to_string(&shown).unwrap().contains(&second.id));
    let AgentEvent::Receipt(inner) = fact.for_agents(world.chat.links()) else { panic!("a receipt") };
    assert_eq!(
        (inner.receipt.message_id.as_deref().unwrap(), inner.receipt.read_seq),
        (second.id.as_str(), 3)
    );
    // A further note moves only what agents see.
    let third = world.notes(&ben, &conversation, "third").await;
    world.chat.agent_reached(&ben, &conversation, &third.id, chat::Reached::Read, NOW).await.unwrap();
    assert_eq!(world.facts().pop().unwrap().for_visitor(world.chat.links()), None);
    assert_eq!(
        world.page(&ana, &conversation).await.conversation.receipts[0].message_id.as_deref(),
        Some(hello.id.as_str())
    );
    let page = world.chat.agent_page(&ben, &conversation, PageQuery::default()).await.unwrap();
    assert_eq!(page.receipts[0].message_id.as_deref(), Some(third.id.as_str()));
}

async fn reading_what_is_not_there_is_refused(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let (one, two) = (world.conversation(&ana).await, world.conversation(&ana).await);
    let elsewhere = world.says(&ana, &two, "Hello").await;
    let note = world.notes(&ben, &one, "psst").await;
    for id in ["msg_none", &elsewhere.id, &note.id] {
        assert_eq!(
            refused(world.chat.visitor_reached(&ana, &one, id, chat::Reached::Read, NOW).await),
            Refusal::UnknownMessage
        );
    }
    let answer = world.chat.agent_reached(&ben, &one, &elsewhere.id, chat::Reached::Read, NOW).await;
    assert_eq!(refused(answer), Refusal::UnknownMessage);
}

async fn the_list_shows_newest_first_and_pages_by_cursor(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let mut ids = Vec::new();
    for number in 0..7 {
        let id = world.conversation(&ana).await;
        // Two of them in the same millisecond.
        let at_ms = NOW + [0, 1, 2, 2, 3, 4, 5][number];
        world.chat.visitor_post(&ana, &id, text("Hello"), at_ms).await.unwrap();
        ids.push(id);
    }
    world.chat.agent_post(&ben, &ids[0], text("Hi"), NOW + 9).await.unwrap();
    let mut listed = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let page = world.inbox(&ben, cursor.as_deref(), Some(3)).await.unwrap();
        for row in &page.conversations {
            let joined = row.conversation.id == ids[0];
            assert_eq!(row.conversation.agents.len(), usize::from(joined));
        }
        listed.extend(page.conversations.into_iter().map(|row| row.conversation.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let mut expected = vec![ids[0].clone(), ids[6].clone(), ids[5].clone(), ids[4].clone()];
    let mut together = [ids[2].clone(), ids[3].clone()];
    together.sort_unstable();
    together.reverse();
    expected.extend(together);
    expected.push(ids[1].clone());
    assert_eq!(listed, expected);
    assert_eq!(refused(world.inbox(&ben, Some("nonsense"), None).await), Refusal::InvalidField);
}

async fn the_list_knows_what_each_agent_has_read(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let dora = world.colleague(&ben, "Dora", vec![ana.widget_id.clone()]).await;
    let conversation = world.conversation(&ana).await;
    world.says(&ana, &conversation, "One").await;
    world.answers(&dora, &conversation, "Yes?").await;
    let two = world.says(&ana, &conversation, "Two").await;
    world.says(&ana, &conversation, "Three").await;
    world.chat.agent_reached(&ben, &conversation, &two.id, chat::Reached::Read, NOW).await.unwrap();
    for (agent, read) in [(&ben, 2), (&dora, 0)] {
        let row = world.inbox(agent, None, None).await.unwrap().conversations.remove(0);
        assert_eq!((row.conversation.visitor_messages, row.read_visitor_messages), (3, read));
        let last = row.conversation.last_message.unwrap();
        assert_eq!((last.text.as_str(), last.sender_name.as_str()), ("Three", "Ana"));
    }
}

async fn a_conversation_without_messages_is_not_listed(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    world.chat.agent_join(&ben, &conversation, &ben.id, NOW).await.unwrap();
    assert!(world.inbox(&ben, None, None).await.unwrap().conversations.is_empty());
    world.says(&ana, &conversation, "Hello").await;
    assert_eq!(world.inbox(&ben, None, None).await.unwrap().conversations.len(), 1);
}

async fn previews_are_140_characters(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    world.says(&ana, &conversation, &"é👋".repeat(100)).await;
    let row = world.inbox(&ben, None, None).await.unwrap().conversations.remove(0);
    assert_eq!(row.conversation.last_message.unwrap().text, "é👋".repeat(70));
}
