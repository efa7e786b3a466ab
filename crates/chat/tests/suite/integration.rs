//! What other programs rely on: keys that do what their scopes say, a feed that skips nothing, letters
//! written with the facts they tell of, replies kept for retries, and blocks.

use crate::common::{Engine, NOW, World, on_both_engines, refused};
use chat::{Agent, Kept, RequestKey, lane_of};
use wire::Refusal;
use wire::integration::{ApiEvent, BlockKind, EventType, EventsReply, NewBlock, NewKey, NewWebhook, Scope};

on_both_engines!(
    a_key_writes_under_its_own_name_on_its_widgets_until_it_is_revoked,
    only_an_owner_makes_keys_and_none_that_reaches_beyond_its_widgets,
    a_keys_agent_is_no_colleague,
    the_feed_tells_every_fact_once_in_order,
    the_feed_shows_an_agent_their_widgets_alone,
    a_cursor_before_what_was_deleted_starts_over,
    letters_are_written_with_the_facts_they_tell_of,
    a_webhook_that_is_removed_leaves_nothing_behind,
    one_request_runs_once_under_its_key,
    who_is_blocked_gets_no_session_until_it_is_over,
);

fn key(name: &str, scopes: &[Scope], widgets: &[&str]) -> NewKey {
    NewKey {
        name: name.into(),
        scopes: scopes.to_vec(),
        widgets: widgets.iter().map(ToString::to_string).collect(),
    }
}

async fn a_key_writes_under_its_own_name_on_its_widgets_until_it_is_revoked(world: World) {
    let (ben, ana) = (world.ben().await, world.ana().await);
    let conversation = world.conversation(&ana).await;
    world.says(&ana, &conversation, "Hello").await;
    let request =
        key("Shop system", &[Scope::ConversationsWrite, Scope::ConversationsWrite], &[&ana.widget_id]);
    let (made, secret) = world.chat.new_key(&ben, request, NOW).await.unwrap();
    assert_eq!((made.scopes.as_slice(), made.used_at.as_ref()), (&[Scope::ConversationsWrite][..], None));
    let shop = world.chat.api_key(&secret, NOW).await.unwrap();
    let written = world.answers(&shop.agent, &conversation, "It is on its way").await;
    assert_eq!((written.sender_name.as_str(), written.sender_id), ("Shop system", Some(made.agent_id)));
    assert!(world.chat.keys(&ben).await.unwrap()[0].used_at.is_some());
    let elsewhere = key("Elsewhere", &[Scope::ConversationsWrite], &["wgt_none"]);
    assert_eq!(refused(world.chat.new_key(&ben, elsewhere, NOW).await), Refusal::InvalidField);
    let revoked = world.chat.revoke_key(&ben, &made.id, NOW).await.unwrap();
    assert!(revoked[0].revoked_at.is_some());
    assert_eq!(refused(world.chat.api_key(&secret, NOW).await), Refusal::KeyInvalid);
    // Whoever looked the key up before the revocation gets nowhere either.
    let late = world.chat.agent_page(&shop.agent, &conversation, chat::PageQuery::default()).await;
    assert_eq!(refused(late), Refusal::UnknownConversation);
    assert_eq!(refused(world.chat.revoke_key(&ben, &made.id, NOW).await), Refusal::UnknownEntry);
}

async fn only_an_owner_makes_keys_and_none_that_reaches_beyond_its_widgets(world: World) {
    let ben = world.ben().await;
    let widget = world.chat.first_widget(NOW).await.unwrap().look.id;
    let fay = world.colleague(&ben, "Fay", vec![widget.clone()]).await;
    let plain = || key("Plain", &[Scope::ConversationsRead], &[]);
    assert_eq!(refused(world.chat.new_key(&fay, plain(), NOW).await), Refusal::NotAllowed);
    assert_eq!(refused(world.chat.keys(&fay).await), Refusal::NotAllowed);
    for scope in Scope::ALL {
        let narrow = key("Narrow", &[*scope], &[&widget]);
        let made = world.chat.new_key(&ben, narrow, NOW).await;
        assert_eq!(made.is_err(), scope.needs_all_widgets(), "{scope:?}");
    }
    let none = key("None", &[], &[]);
    assert_eq!(refused(world.chat.new_key(&ben, none, NOW).await), Refusal::MissingField);
}

async fn a_keys_agent_is_no_colleague(world: World) {
    let ben = world.ben().await;
    let (made, _) = world.chat.new_key(&ben, key("Shop", &[Scope::AgentsRead], &[]), NOW).await.unwrap();
    let names: Vec<_> = world.chat.agents(&ben).await.unwrap().into_iter().map(|agent| agent.name).collect();
    assert_eq!(names, ["Ben"]);
    assert_eq!(refused(world.chat.remove_agent(&ben, &made.agent_id, NOW).await), Refusal::UnknownAgent);
}

/// Reads the feed to its end, in pages of `most` facts.
async fn read_on(world: &World, agent: &Agent, mut after: String, most: usize) -> (Vec<ApiEvent>, String) {
    let mut events = Vec::new();
    loop {
        let page: EventsReply = world.chat.feed(agent, Some(&after), most).await.unwrap();
        after = page.next;
        events.extend(page.events);
        if !page.more {
            return (events, after);
        }
    }
}

fn line(event: &ApiEvent) -> String {
    format!("{} {}", event.kind.as_str(), event.seq)
}

async fn the_feed_tells_every_fact_once_in_order(world: World) {
    let (ben, ana) = (world.ben().await, world.ana().await);
    let start = world.chat.feed(&ben, None, 10).await.unwrap();
    assert!(start.events.is_empty());
    let conversation = world.conversation(&ana).await;
    world.says(&ana, &conversation, "Hello").await;
    world.answers(&ben, &conversation, "Hi Ana").await;
    let note = world.notes(&ben, &conversation, "A regular").await;
    world.chat.agent_reached(&ben, &conversation, &note.id, chat::Reached::Read, NOW).await.unwrap();
    let expected = [
        "conversation.created 0",
        "message.created 1",
        "agent.joined 2",
        "message.created 3",
        "message.created 4",
        "receipt.updated 5",
    ];
    for most in [1, 2, 100] {
        let (events, end) = read_on(&world, &ben, start.next.clone(), most).await;
        assert_eq!(events.iter().map(line).collect::<Vec<_>>(), expected, "in pages of {most}");
        assert_eq!(events[4].data.message_id.as_ref(), Some(&note.id));
        assert_eq!(events[4].data.conversation_id.as_ref(), Some(&conversation));
        let (later, _) = read_on(&world, &ben, end, most).await;
        assert!(later.is_empty());
    }
    let (whole, _) = read_on(&world, &ben, "0".into(), 100).await;
    assert_eq!(whole.len(), expected.len());
    let json = serde_json::to_string(&whole).unwrap();
    assert!(!json.contains("regular") && !json.contains("Hello"), "thin: no text leaves this way");
    for wrong in ["", "x", "1-", "-1", "1-2-3", "99999999999999999999-1"] {
        assert_eq!(refused(world.chat.feed(&ben, Some(wrong), 1).await), Refusal::InvalidField, "{wrong}");
    }
}

async fn the_feed_shows_an_agent_their_widgets_alone(world: World) {
    let (ben, ana) = (world.ben().await, world.ana().await);
    let carol = world.carol(&ben).await;
    let fay = world.colleague(&ben, "Fay", vec![ana.widget_id.clone()]).await;
    let conversation = world.conversation(&ana).await;
    for words in ["one", "two", "three"] {
        world.says(&ana, &conversation, words).await;
    }
    assert_eq!(read_on(&world, &fay, "0".into(), 2).await.0.len(), 4);
    let (seen, end) = read_on(&world, &carol, "0".into(), 2).await;
    assert!(seen.is_empty());
    assert_eq!(
        end,
        read_on(&world, &ben, "0".into(), 2).await.1,
        "her cursor goes past what she may not see"
    );
}

async fn a_cursor_before_what_was_deleted_starts_over(world: World) {
    let (ben, ana) = (world.ben().await, world.ana().await);
    let (first, second) = (world.conversation(&ana).await, world.conversation(&ana).await);
    world.says(&ana, &first, "one").await;
    let (_, early) = read_on(&world, &ben, "0".into(), 10).await;
    world.says(&ana, &second, "two").await;
    world.says(&ana, &first, "three").await;
    let (_, late) = read_on(&world, &ben, early.clone(), 10).await;
    world.delete_facts(&second);
    assert_eq!(refused(world.chat.feed(&ben, Some(&early), 10).await), Refusal::StartOver);
    assert!(world.chat.feed(&ben, Some(&late), 10).await.unwrap().events.is_empty());
    world.delete_facts(&first);
    assert!(
        world.chat.feed(&ben, Some(&late), 10).await.unwrap().events.is_empty(),
        "nothing lies behind it"
    );
    world.says(&ana, &second, "four").await;
    let (new, end) = read_on(&world, &ben, late, 10).await;
    assert_eq!(new.len(), 1, "the place of what was deleted is not given again: {new:?}");
    let foreign = format!("{}-{}", end.split('-').next().unwrap(), u32::MAX);
    assert_eq!(refused(world.chat.feed(&ben, Some(&foreign), 10).await), Refusal::StartOver);
}

fn hook(events: &[EventType]) -> NewWebhook {
    NewWebhook { url: "https://shop.example/hook".into(), events: events.to_vec(), widgets: Vec::new() }
}

async fn letters_are_written_with_the_facts_they_tell_of(world: World) {
    let (ben, ana) = (world.ben().await, world.ana().await);
    let all = world.chat.add_webhook(&ben, hook(&[]), NOW).await.unwrap().0;
    let joins = world.chat.add_webhook(&ben, hook(&[EventType::AgentJoined]), NOW).await.unwrap().0;
    let elsewhere = NewWebhook { widgets: vec!["wgt_none".into()], ..hook(&[]) };
    assert_eq!(refused(world.chat.add_webhook(&ben, elsewhere, NOW).await), Refusal::InvalidField);
    let conversation = world.conversation(&ana).await;
    world.says(&ana, &conversation, "Hello").await;
    world.answers(&ben, &conversation, "Hi Ana").await;
    let told = |id: &str| {
        let (chat, destination, lane) = (world.chat.clone(), format!("chat/{id}"), lane_of(&conversation));
        async move {
            let head = chat.outbox_head(&destination, lane, 100, NOW).await.unwrap();
            let event = |payload: &str| serde_json::from_str::<ApiEvent>(payload).unwrap();
            head.iter().map(|letter| line(&event(&letter.payload))).collect::<Vec<_>>()
        }
    };
    assert_eq!(
        told(&all.id).await,
        ["conversation.created 0", "message.created 1", "agent.joined 2", "message.created 3"]
    );
    assert_eq!(told(&joins.id).await, ["agent.joined 2"]);
    // A message that is refused writes no letter.
    let post = wire::api::PostMessage { message: " ".into(), ..Default::default() };
    assert!(world.chat.visitor_post(&ana, &conversation, post, NOW).await.is_err());
    let change = wire::integration::WebhookChange { is_active: Some(false), ..Default::default() };
    world.chat.change_webhook(&ben, &all.id, change).await.unwrap();
    world.says(&ana, &conversation, "Anybody?").await;
    assert_eq!(told(&all.id).await.len(), 4, "it is told nothing while it is off");
}

async fn a_webhook_that_is_removed_leaves_nothing_behind(world: World) {
    let (ben, ana) = (world.ben().await, world.ana().await);
    let (made, secret) = world.chat.add_webhook(&ben, hook(&[]), NOW).await.unwrap();
    assert!(secret.starts_with("whsec_"));
    let rotate = wire::integration::WebhookChange { rotate_secret: true, ..Default::default() };
    let (changed, second) = world.chat.change_webhook(&ben, &made.id, rotate).await.unwrap();
    assert!(changed.has_old_secret);
    let targets = world.chat.webhook_targets().await.unwrap();
    assert_eq!(targets[0].secrets, [second.unwrap(), secret]);
    let conversation = world.conversation(&ana).await;
    world.says(&ana, &conversation, "Hello").await;
    assert_eq!(world.chat.outbox_waiting().await.unwrap(), [(format!("chat/{}", made.id), 2)]);
    assert!(world.chat.remove_webhook(&ben, &made.id).await.unwrap().is_empty());
    assert!(world.chat.outbox_waiting().await.unwrap().is_empty());
    assert_eq!(refused(world.chat.deliveries(&ben, &made.id).await), Refusal::UnknownEntry);
}

async fn one_request_runs_once_under_its_key(world: World) {
    let of = RequestKey { principal: "agt_1".into(), key: "k1".into() };
    let claim = |hash: &'static str, at: u64| {
        let (chat, of) = (world.chat.clone(), of.clone());
        async move { chat.claim(&of, hash.into(), at).await }
    };
    let together = tokio::join!(claim("h", NOW), claim("h", NOW), claim("h", NOW));
    let ran =
        [&together.0, &together.1, &together.2].iter().filter(|taken| matches!(taken, Ok(None))).count();
    assert_eq!(ran, 1, "{together:?}");
    assert_eq!(refused(claim("h", NOW).await), Refusal::IdempotencyKeyBusy);
    let kept = Kept { status: 201, reply: "{}".into() };
    world.chat.keep_reply(&of, kept.clone()).await.unwrap();
    assert_eq!(claim("h", NOW).await.unwrap(), Some(kept));
    assert_eq!(refused(claim("other", NOW).await), Refusal::IdempotencyKeyReused);
    let day_ms = wire::limit::IDEMPOTENCY_S * 1_000;
    assert_eq!(claim("other", NOW + day_ms).await.unwrap(), None, "after a day it is forgotten");
    let stuck_ms = wire::limit::IDEMPOTENCY_BUSY_S * 1_000;
    assert_eq!(
        claim("other", NOW + day_ms + stuck_ms).await.unwrap(),
        None,
        "the first died with its server"
    );
    assert_eq!(world.chat.forget_replies(NOW + 3 * day_ms).await.unwrap(), 1);
}

async fn who_is_blocked_gets_no_session_until_it_is_over(world: World) {
    let (ben, ana) = (world.ben().await, world.ana().await);
    let widget = world.chat.first_widget(NOW).await.unwrap().look.id;
    let block =
        |kind, value: &str, for_s| NewBlock { kind, value: value.into(), reason: "spam".into(), for_s };
    let open = |email: &str, at: u64| {
        let request = wire::api::SessionRequest { email: Some(email.into()), ..Default::default() };
        let (chat, widget) = (world.chat.clone(), widget.clone());
        async move { chat.open_session(&widget, request, at).await }
    };
    let eve = open("Eve@Evil.example", NOW).await.unwrap();
    world.chat.add_block(&ben, block(BlockKind::Email, "eve@evil.example", Some(60)), NOW).await.unwrap();
    let no = open("eve@EVIL.example", NOW + 1).await.unwrap_err();
    assert_eq!((no.refusal, no.retry_after_s), (Refusal::BlockedForNow, Some(60)));
    assert_eq!(refused(world.chat.visitor(&eve.token, NOW).await), Refusal::SessionExpired);
    assert!(open("eve@evil.example", NOW + 60_000).await.is_ok(), "it is over by itself");
    let list = world.chat.add_block(&ben, block(BlockKind::Visitor, &ana.id, None), NOW).await.unwrap();
    let ended = world.chat.end_expired_sessions(NOW).await.unwrap();
    assert!(ended.contains(&ana.session_id), "her sockets are closed");
    world.chat.remove_block(&ben, &list[1].id, NOW).await.unwrap();
    for wrong in ["everybody", "0.0.0.0/0", "::/0", "10.0.0.1/33"] {
        let refusal = refused(world.chat.add_block(&ben, block(BlockKind::Address, wrong, None), NOW).await);
        assert_eq!(refusal, Refusal::InvalidField, "{wrong}");
    }
    world.chat.add_block(&ben, block(BlockKind::Address, "203.0.113.7/24", None), NOW).await.unwrap();
    let addresses = world.chat.blocked_addresses(NOW).await.unwrap();
    assert_eq!(addresses, [("203.0.113.0/24".to_owned(), None)]);
    let carol = world.carol(&ben).await;
    assert_eq!(refused(world.chat.blocks(&carol, NOW).await), Refusal::NotAllowed);
}

/// Two writers commit in the other order than they wrote. A reader who comes in between must find the
/// first one later, and nobody who waits may be left waiting.
#[test]
fn postgres_a_commit_out_of_order_is_not_skipped() {
    crate::common::run(Engine::Postgres, |world| async move {
        let (ben, ana) = (world.ben().await, world.ana().await);
        let (slow, quick) = (world.conversation(&ana).await, world.conversation(&ana).await);
        let start = world.chat.feed(&ben, None, 10).await.unwrap().next;
        // The slow writer takes its place in the order, and does not commit.
        let commit = world.write_fact_and_hold(&slow);
        world.says(&ana, &quick, "I was quicker").await;
        let (between, cursor) = read_on(&world, &ben, start.clone(), 10).await;
        assert!(between.is_empty(), "what might still be overtaken is not shown: {between:?}");
        assert!(world.chat.feed_lags(&cursor).await.unwrap(), "and a reader is told to come again");
        commit();
        let (events, end) = read_on(&world, &ben, cursor, 10).await;
        let conversations: Vec<_> = events.iter().filter_map(|e| e.data.conversation_id.clone()).collect();
        assert_eq!(conversations, [slow.clone(), slow, quick.clone(), quick]);
        assert!(!world.chat.feed_lags(&end).await.unwrap());
    });
}

/// A dump that is restored into a new cluster names transactions that the cluster has yet to run.
#[test]
fn postgres_a_restored_log_is_read_before_what_is_written_after_it() {
    crate::common::run(Engine::Postgres, |world| async move {
        let (ben, ana) = (world.ben().await, world.ana().await);
        let conversation = world.conversation(&ana).await;
        world.says(&ana, &conversation, "Before").await;
        world.pretend_facts_came_from_another_cluster();
        assert!(read_on(&world, &ben, "0".into(), 10).await.0.is_empty(), "the premise: nothing is shown");
        world.chat.mend_feed().await.unwrap();
        world.says(&ana, &conversation, "After").await;
        let (events, _) = read_on(&world, &ben, "0".into(), 10).await;
        let told: Vec<_> = events.iter().map(line).collect();
        assert_eq!(told, ["conversation.created 0", "message.created 1", "message.created 2"]);
    });
}
