//! Search: what is found, in which order, by whom, and that what is gone is found by nobody.

use crate::common::{NOW, World, on_both_engines, refused, text};
use chat::{Agent, SearchQuery, Storage, Visitor};
use std::collections::BTreeMap;
use wire::Refusal;
use wire::api::{ConversationChange, SearchField, SearchHit, SearchKind, SessionRequest};
use wire::contact::{ContactChange, LinkVisitor};

on_both_engines!(
    words_phrases_and_beginnings_are_found_newest_first,
    accents_do_not_count_and_characters_stand_side_by_side,
    people_and_conversations_are_found,
    pages_of_a_search_fit_together,
    what_was_changed_or_taken_back_is_not_found,
    what_was_erased_is_not_found,
    words_of_another_widget_are_not_found,
    whatever_is_typed_is_answered,
);

fn asking(text: &str) -> SearchQuery {
    SearchQuery { text: text.into(), ..SearchQuery::default() }
}

async fn index(world: &World) {
    while world.chat.index_step().await.unwrap() {}
}

/// A field with its hits in brackets.
fn shown(field: &SearchField) -> String {
    let pieces = field.pieces.iter();
    pieces.map(|piece| if piece.hit { format!("[{}]", piece.text) } else { piece.text.clone() }).collect()
}

async fn hits(world: &World, agent: &Agent, query: SearchQuery) -> Vec<SearchHit> {
    world.chat.search(agent, query).await.unwrap().hits
}

async fn found(world: &World, agent: &Agent, words: &str) -> Vec<String> {
    hits(world, agent, asking(words)).await.iter().flat_map(|hit| &hit.fields).map(shown).collect()
}

/// How many entries of the index itself have this word.
fn indexed(world: &World, word: &str) -> i64 {
    match &world.storage {
        Storage::Sqlite { path, .. } => {
            let connection = rusqlite::Connection::open(path).unwrap();
            let count = "SELECT COUNT(*) FROM search_words WHERE search_words MATCH ?1";
            connection.query_row(count, [word], |row| row.get(0)).unwrap()
        }
        Storage::Postgres { url } => {
            let (url, word) = (url.clone(), word.to_owned());
            let count = move || {
                let mut client = ::postgres::Client::connect(&url, ::postgres::NoTls).unwrap();
                let count = "SELECT COUNT(*) FROM search_docs WHERE words @@ $1::text::tsquery";
                client.query_one(count, &[&word]).unwrap().get(0)
            };
            std::thread::spawn(count).join().unwrap()
        }
    }
}

async fn words_phrases_and_beginnings_are_found_newest_first(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    let first = world.says(&ana, &conversation, "Do you ship the blue one to Portugal?").await;
    world.notes(&ben, &conversation, "Blue is out; ask the store one day").await;
    world.answers(&ben, &conversation, "It ships on Friday").await;
    index(&world).await;
    assert_eq!(
        found(&world, &ben, "BLUE one").await,
        ["[Blue] is out; ask the store [one] day", "Do you ship the [blue] [one] to Portugal?"]
    );
    assert_eq!(
        found(&world, &ben, "\"blue one\"").await,
        ["Do you ship the [blue] [one] to Portugal?".replace("] [", " ")]
    );
    assert_eq!(
        found(&world, &ben, "ship").await,
        ["It [ships] on Friday", "Do you [ship] the blue one to Portugal?"]
    );
    assert_eq!(found(&world, &ben, "\"ship\"").await, ["Do you [ship] the blue one to Portugal?"]);
    assert!(found(&world, &ben, "blue Friday").await.is_empty());
    let hit = hits(&world, &ben, asking("portugal")).await.remove(0);
    let place = (hit.kind, hit.id, hit.conversation_id, hit.seq, hit.who.as_str());
    assert_eq!(place, (SearchKind::Messages, first.id, Some(conversation), Some(1), "Ana"));
}

async fn accents_do_not_count_and_characters_stand_side_by_side(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    for words in [
        "Größe für das Café?",
        "Un cafe\u{301} s'il vous plaît",
        "東京に送れますか",
        "京都と東",
        "Привет, Ёлка",
    ] {
        world.says(&ana, &conversation, words).await;
    }
    index(&world).await;
    assert_eq!(
        found(&world, &ben, "cafe").await,
        ["Un [cafe\u{301}] s'il vous plaît", "Größe für das [Café]?"]
    );
    assert_eq!(found(&world, &ben, "GRÖSSE").await, Vec::<String>::new());
    assert_eq!(found(&world, &ben, "große FUR").await, ["[Größe] [für] das Café?"]);
    assert_eq!(found(&world, &ben, "東京").await, ["[東京]に送れますか"]);
    assert_eq!(found(&world, &ben, "東").await, ["京都と[東]", "[東]京に送れますか"]);
    assert_eq!(found(&world, &ben, "елка").await, ["Привет, [Ёлка]"]);
}

async fn people_and_conversations_are_found(world: World) {
    let (eve, ben) = (world.eve().await, world.ben().await);
    let widget = world.chat.first_widget(NOW).await.unwrap().look.id;
    let request = SessionRequest {
        name: Some("Zoë Maier".into()),
        email: Some("zoe@shop.example".into()),
        ..SessionRequest::default()
    };
    let session = world.chat.open_session(&widget, request, NOW).await.unwrap();
    let zoe = world.chat.visitor(&session.token, NOW).await.unwrap();
    let conversation = world.conversation(&zoe).await;
    let change = ConversationChange {
        tags: Some(vec!["maier-file".into()]),
        attributes: Some(BTreeMap::from([("order".to_owned(), Some("A-4711".to_owned()))])),
        ..ConversationChange::default()
    };
    world.chat.change_conversation(&ben, &conversation, change, NOW).await.unwrap();
    index(&world).await;
    let all = hits(&world, &ben, asking("maier")).await;
    let kinds: Vec<_> = all.iter().map(|hit| hit.kind).collect();
    assert_eq!(kinds.len(), 2);
    assert!(kinds.contains(&SearchKind::Contacts) && kinds.contains(&SearchKind::Conversations));
    let only = |kind| SearchQuery { kinds: vec![kind], ..asking("maier") };
    let person = hits(&world, &ben, only(SearchKind::Contacts)).await;
    assert_eq!((person.len(), shown(&person[0].fields[0])), (1, "Zoë [Maier]".to_owned()));
    assert!(hits(&world, &ben, only(SearchKind::Messages)).await.is_empty());
    assert_eq!(found(&world, &ben, "zoe@shop.exam").await, ["[zoe@shop.example]"]);
    assert_eq!(found(&world, &ben, "4711").await, ["A-[4711]"]);
    // Who becomes a contact is found once, under the name that the contact has.
    let details = ContactChange { name: Some("Zoë Maier-Huber".into()), ..Default::default() };
    world.chat.link_visitor(&ben, &zoe.id, LinkVisitor { details, contact_id: None }, NOW).await.unwrap();
    index(&world).await;
    let person = hits(&world, &ben, only(SearchKind::Contacts)).await;
    assert_eq!((person.len(), shown(&person[0].fields[0])), (1, "Zoë [Maier]-Huber".to_owned()));
    assert_eq!(found(&world, &ben, &eve.name).await, ["[Eve]"]);
}

async fn pages_of_a_search_fit_together(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    let mut expected = Vec::new();
    for number in 0..30 {
        // Every other one has the words, but not side by side.
        let words = if number % 2 == 0 { "a blue one" } else { "a blue, no: a red one" };
        let message = world.says(&ana, &conversation, words).await;
        if number % 2 == 0 {
            expected.insert(0, message.id);
        }
        if number == 17 {
            index(&world).await;
        }
    }
    index(&world).await;
    for size in [1, 4, 15, 50] {
        let mut query = SearchQuery { limit: Some(size), ..asking("\"blue one\"") };
        let mut listed = Vec::new();
        loop {
            let page = world.chat.search(&ben, query.clone()).await.unwrap();
            assert!(page.hits.len() <= size);
            listed.extend(page.hits.into_iter().map(|hit| hit.id));
            query.before = page.next;
            if query.before.is_none() {
                break;
            }
        }
        assert_eq!(listed, expected);
    }
    let nonsense = SearchQuery { before: Some("x".into()), ..asking("blue") };
    assert_eq!(refused(world.chat.search(&ben, nonsense).await), Refusal::InvalidField);
}

async fn what_was_changed_or_taken_back_is_not_found(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    let changed = world.says(&ana, &conversation, "My card is visacard").await;
    let taken_back = world.says(&ana, &conversation, "My pin is pincode").await;
    world.says(&ana, &conversation, "My dog is Rex").await;
    index(&world).await;
    assert_eq!(found(&world, &ben, "my").await.len(), 3);
    assert_eq!((indexed(&world, "visacard"), indexed(&world, "pincode")), (1, 1));
    world.chat.visitor_edit(&ana, &changed.id, "My card is blue".into(), NOW).await.unwrap();
    world.chat.visitor_delete(&ana, &taken_back.id, NOW).await.unwrap();
    // At once, although the index has not been told.
    assert!(found(&world, &ben, "visacard").await.is_empty());
    assert!(found(&world, &ben, "pincode").await.is_empty());
    index(&world).await;
    assert_eq!((indexed(&world, "visacard"), indexed(&world, "pincode"), indexed(&world, "rex")), (0, 0, 1));
    // What was changed keeps its place.
    assert_eq!(found(&world, &ben, "my").await, ["[My] dog is Rex", "[My] card is blue"]);
}

async fn what_was_erased_is_not_found(world: World) {
    let (ana, eve, ben) = (world.visitor("Anastasia").await, world.eve().await, world.ben().await);
    for visitor in [&ana, &eve] {
        let conversation = world.conversation(visitor).await;
        world.says(visitor, &conversation, "I live in Springfield").await;
        let change = ConversationChange { tags: Some(vec!["springfield".into()]), ..Default::default() };
        world.chat.change_conversation(&ben, &conversation, change, NOW).await.unwrap();
    }
    index(&world).await;
    assert_eq!(found(&world, &ben, "springfield").await.len(), 4);
    assert_eq!((indexed(&world, "springfield"), indexed(&world, "anastasia")), (4, 1));
    world.chat.erase(Some(&ben), &ana.id, NOW).await.unwrap();
    while world.chat.erase_step(NOW).await.unwrap() {}
    assert_eq!(found(&world, &ben, "springfield").await.len(), 2);
    assert!(found(&world, &ben, "anastasia").await.is_empty());
    index(&world).await;
    assert_eq!((indexed(&world, "springfield"), indexed(&world, "anastasia")), (2, 0));
}

async fn words_of_another_widget_are_not_found(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let second = world.chat.add_widget("Second", &[], NOW).await.unwrap().look.id;
    let dora = world.colleague(&ben, "Dora", vec![second.clone()]).await;
    let carol = world.carol(&ben).await;
    let there = visitor_of(&world, &second).await;
    for visitor in [&ana, &there] {
        let conversation = world.conversation(visitor).await;
        world.chat.visitor_post(visitor, &conversation, text("Hello from Springfield"), NOW).await.unwrap();
        let change = ConversationChange { tags: Some(vec!["springfield".into()]), ..Default::default() };
        world.chat.change_conversation(&ben, &conversation, change, NOW).await.unwrap();
    }
    index(&world).await;
    for (agent, count) in [(&ben, 4), (&dora, 2), (&carol, 0)] {
        for kinds in [vec![], vec![SearchKind::Messages, SearchKind::Conversations]] {
            let query = SearchQuery { kinds, ..asking("springfield") };
            let hits = hits(&world, agent, query).await;
            assert_eq!(hits.len(), count, "{}", agent.profile.name);
            assert!(agent.is_owner() || hits.iter().all(|hit| hit.widget_id == second));
        }
    }
    assert!(found(&world, &dora, &format!("m_{}", ana.widget_id)).await.is_empty());
    world.chat.remove_agent(&ben, &dora.id, NOW).await.unwrap();
    assert_eq!(refused(world.chat.search(&dora, asking("springfield")).await), Refusal::SessionExpired);
}

async fn visitor_of(world: &World, widget: &str) -> Visitor {
    let session = world.chat.open_session(widget, SessionRequest::default(), NOW).await.unwrap();
    world.chat.visitor(&session.token, NOW).await.unwrap()
}

async fn whatever_is_typed_is_answered(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    world.says(&ana, &conversation, "AND or NOT near' hello").await;
    index(&world).await;
    let long = "hello ".repeat(5_000);
    for typed in [
        "",
        " ",
        "\"",
        "\"\"\"",
        "*",
        "a*",
        "^x",
        "hello:*",
        "(",
        ")",
        "a:b",
        "NOT",
        "AND",
        "OR",
        "NEAR(a b)",
        "' OR 1=1 --",
        "& | !",
        "'a':*",
        "\\",
        "\0",
        "hel\0lo",
        "👍",
        "{words}: x",
        "-x",
        "+",
        "<->",
        "a <-> b",
        "\u{301}",
        "½ ﷺ",
        &long,
    ] {
        world
            .chat
            .search(&ben, asking(typed))
            .await
            .unwrap_or_else(|refused| panic!("{typed:?}: {refused:?}"));
    }
    assert_eq!(found(&world, &ben, "not AND near' \"or not\"").await.len(), 1);
    assert_eq!(found(&world, &ben, &long).await.len(), 1);
}
