//! What owners keep house with: widgets that come and go, canned replies, tags as a whole. Each test runs on both
//! engines.

use crate::common::{NOW, PASSWORD, World, on_both_engines, refused};
use chat::AuditQuery;
use wire::Refusal;
use wire::api::{
    AuditKind, CannedReply, CannedReplyChange, ConversationChange, NewCannedReply, NewWidget, SessionRequest,
};
use wire::integration::{NewKey, Scope};

on_both_engines! {
    ben_adds_widgets_and_removes_one_that_nobody_wrote_to,
    a_widget_with_which_something_would_be_lost_stays,
    only_owners_add_and_remove_widgets_and_give_them_new_tokens,
    a_new_token_leaves_the_old_one_for_a_while_or_ends_it_at_once,
    everybody_has_replies_of_their_own_and_owners_write_the_shared_ones,
    the_own_replies_of_whoever_is_removed_go_with_them,
    a_shortcut_is_one_word_and_has_one_reply,
    ben_renames_a_tag_on_every_conversation_and_each_hears_of_it,
    two_tags_become_one_and_a_removed_one_is_nowhere,
    only_the_own_password_is_right,
}

fn widget(name: &str) -> NewWidget {
    NewWidget { name: name.into(), color: None, greeting: None, origins: Vec::new(), agents: Vec::new() }
}

fn reply(shortcut: &str, text: &str, is_shared: bool) -> NewCannedReply {
    NewCannedReply { shortcut: shortcut.into(), text: text.into(), is_shared }
}

async fn ben_adds_widgets_and_removes_one_that_nobody_wrote_to(world: World) {
    let ben = world.ben().await;
    world.ana().await;
    let new = NewWidget {
        color: Some("#AA0000".into()),
        greeting: Some("Moin!".into()),
        origins: vec!["https://Shop.example/".into()],
        ..widget("Second")
    };
    let made = world.chat.new_widget(&ben, new, NOW).await.unwrap();
    assert_eq!((made.look.color.as_str(), made.look.greeting.as_str()), ("#aa0000", "Moin!"));
    assert_eq!(made.origins, ["https://shop.example"]);
    assert_eq!(world.chat.widgets_of(&ben).await.unwrap().len(), 2);
    // Somebody had it open and never wrote.
    let session = world.chat.open_session(&made.look.id, SessionRequest::default(), NOW).await.unwrap();
    world.chat.visitor(&session.token, NOW).await.unwrap();
    let left = world.chat.remove_widget(&ben, &made.look.id).await.unwrap();
    assert!(left.iter().all(|widget| widget.look.id != made.look.id) && left.len() == 1);
    assert_eq!(refused(world.chat.visitor(&session.token, NOW).await), Refusal::SessionExpired);
    assert_eq!(refused(world.chat.widget_by_token(&made.token, NOW).await), Refusal::UnknownWidget);
    assert_eq!(refused(world.chat.remove_widget(&ben, &made.look.id).await), Refusal::UnknownEntry);
}

async fn a_widget_with_which_something_would_be_lost_stays(world: World) {
    let ben = world.ben().await;
    let ana = world.ana().await;
    let first = world.chat.first_widget(NOW).await.unwrap().look.id;
    assert_eq!(refused(world.chat.remove_widget(&ben, &first).await), Refusal::WidgetInUse, "the only one");
    let second = world.chat.new_widget(&ben, widget("Second"), NOW).await.unwrap().look.id;
    world.conversation(&ana).await;
    assert_eq!(refused(world.chat.remove_widget(&ben, &first).await), Refusal::WidgetInUse, "Ana wrote");
    let key =
        NewKey { name: "Shop".into(), scopes: vec![Scope::ConversationsRead], widgets: vec![second.clone()] };
    let (key, _) = world.chat.new_key(&ben, key, NOW).await.unwrap();
    assert_eq!(
        refused(world.chat.remove_widget(&ben, &second).await),
        Refusal::WidgetInUse,
        "a key is for it"
    );
    world.chat.revoke_key(&ben, &key.id, NOW).await.unwrap();
    world.chat.remove_widget(&ben, &second).await.unwrap();
}

async fn only_owners_add_and_remove_widgets_and_give_them_new_tokens(world: World) {
    let ben = world.ben().await;
    let first = world.chat.first_widget(NOW).await.unwrap().look.id;
    let carol = world.colleague(&ben, "Carol", vec![first.clone()]).await;
    assert_eq!(refused(world.chat.new_widget(&carol, widget("Hers"), NOW).await), Refusal::NotAllowed);
    assert_eq!(refused(world.chat.remove_widget(&carol, &first).await), Refusal::NotAllowed);
    assert_eq!(refused(world.chat.new_widget_token(&carol, &first, 0, NOW).await), Refusal::NotAllowed);
    assert_eq!(refused(world.chat.remove_tag(&carol, "vip", NOW).await), Refusal::NotAllowed);
}

async fn a_new_token_leaves_the_old_one_for_a_while_or_ends_it_at_once(world: World) {
    let ben = world.ben().await;
    let old = world.chat.first_widget(NOW).await.unwrap();
    let next = world.chat.new_widget_token(&ben, &old.look.id, 60, NOW).await.unwrap();
    assert_ne!(next.token, old.token);
    for token in [&old.token, &next.token] {
        world.chat.widget_by_token(token, NOW + 59_000).await.unwrap();
    }
    assert_eq!(refused(world.chat.widget_by_token(&old.token, NOW + 61_000).await), Refusal::UnknownWidget);
    let last = world.chat.new_widget_token(&ben, &old.look.id, 0, NOW).await.unwrap();
    assert_eq!(refused(world.chat.widget_by_token(&next.token, NOW).await), Refusal::UnknownWidget);
    world.chat.widget_by_token(&last.token, NOW).await.unwrap();
    let year = world.chat.new_widget_token(&ben, &old.look.id, 400 * 86_400, NOW).await;
    assert_eq!(refused(year), Refusal::InvalidField);
    assert_eq!(refused(world.chat.new_widget_token(&ben, "wgt_x", 0, NOW).await), Refusal::UnknownEntry);
}

fn named<'a>(replies: &'a [CannedReply], shortcut: &str) -> &'a CannedReply {
    replies.iter().find(|reply| reply.shortcut == shortcut).expect("a reply with this shortcut")
}

async fn everybody_has_replies_of_their_own_and_owners_write_the_shared_ones(world: World) {
    let ben = world.ben().await;
    let carol = world.carol(&ben).await;
    let chat = &world.chat;
    let shared =
        chat.add_canned_reply(&ben, reply("Hello", "Hello {{visitor.name|there}}!", true), NOW).await;
    let shared = named(&shared.unwrap(), "hello").clone();
    let hers = chat.add_canned_reply(&carol, reply("/bye", "Bye from Carol", false), NOW).await.unwrap();
    assert_eq!(hers.len(), 2, "the shared one and her own");
    let hers = named(&hers, "bye").clone();
    assert!(shared.is_shared && !hers.is_shared);
    assert_eq!(
        chat.canned_replies(&ben).await.unwrap(),
        std::slice::from_ref(&shared),
        "Carol's is hers alone"
    );

    let no = chat.add_canned_reply(&carol, reply("sale", "Buy!", true), NOW).await;
    assert_eq!(refused(no), Refusal::NotAllowed);
    let change = CannedReplyChange { text: Some("Mine now".into()), ..CannedReplyChange::default() };
    assert_eq!(
        refused(chat.change_canned_reply(&carol, &shared.id, change.clone()).await),
        Refusal::NotAllowed
    );
    assert_eq!(refused(chat.remove_canned_reply(&carol, &shared.id).await), Refusal::NotAllowed);
    // Not even an owner sees what another one keeps for themselves.
    assert_eq!(
        refused(chat.change_canned_reply(&ben, &hers.id, change.clone()).await),
        Refusal::UnknownEntry
    );
    assert_eq!(refused(chat.remove_canned_reply(&ben, &hers.id).await), Refusal::UnknownEntry);
    let changed = chat.change_canned_reply(&carol, &hers.id, change).await.unwrap();
    assert_eq!(named(&changed, "bye").text, "Mine now");
    assert_eq!(chat.remove_canned_reply(&carol, &hers.id).await.unwrap(), [shared]);
}

async fn the_own_replies_of_whoever_is_removed_go_with_them(world: World) {
    let ben = world.ben().await;
    let carol = world.carol(&ben).await;
    world.chat.add_canned_reply(&carol, reply("bye", "Bye from Carol", false), NOW).await.unwrap();
    world.chat.add_canned_reply(&ben, reply("hello", "Hello!", true), NOW).await.unwrap();
    assert_eq!(world.rows("canned_replies"), 2);
    world.chat.remove_agent(&ben, &carol.id, NOW).await.unwrap();
    assert_eq!(world.rows("canned_replies"), 1, "the shared one");
}

async fn a_shortcut_is_one_word_and_has_one_reply(world: World) {
    let ben = world.ben().await;
    let chat = &world.chat;
    for wrong in ["", "two words", "{{x}}", "a/b"] {
        assert!(chat.add_canned_reply(&ben, reply(wrong, "x", true), NOW).await.is_err(), "{wrong:?}");
    }
    chat.add_canned_reply(&ben, reply("größe", "Size", true), NOW).await.unwrap();
    let taken = chat.add_canned_reply(&ben, reply("GRÖSSE", "Size", true), NOW).await;
    assert!(taken.is_ok(), "ß and ss are two");
    let taken = chat.add_canned_reply(&ben, reply("Größe", "Size", true), NOW).await;
    assert_eq!(refused(taken), Refusal::ShortcutTaken);
    // One of his own may have it, and stands beside the shared one.
    let both = chat.add_canned_reply(&ben, reply("größe", "My size", false), NOW).await.unwrap();
    assert_eq!(both.iter().filter(|reply| reply.shortcut == "größe").count(), 2);
    let other = chat.add_canned_reply(&ben, reply("other", "x", true), NOW).await.unwrap();
    let change = CannedReplyChange { shortcut: Some("größe".into()), ..CannedReplyChange::default() };
    let taken = chat.change_canned_reply(&ben, &named(&other, "other").id, change).await;
    assert_eq!(refused(taken), Refusal::ShortcutTaken);
    let empty = chat.add_canned_reply(&ben, reply("empty", " \n", true), NOW).await;
    assert_eq!(refused(empty), Refusal::TextEmpty);
}

async fn tagged(world: &World, name: &str, tags: &[&str]) -> String {
    let ben = world.sign_in("Ben").await;
    let visitor = world.visitor(name).await;
    let id = world.conversation(&visitor).await;
    world.says(&visitor, &id, "Hello").await;
    let change = ConversationChange {
        tags: Some(tags.iter().map(ToString::to_string).collect()),
        ..ConversationChange::default()
    };
    world.chat.change_conversation(&ben, &id, change, NOW).await.unwrap();
    id
}

async fn tags_of(world: &World, ben: &chat::Agent, id: &str) -> Vec<String> {
    let page = world.chat.agent_page(ben, id, chat::PageQuery::default()).await.unwrap();
    page.conversation.state.tags
}

async fn ben_renames_a_tag_on_every_conversation_and_each_hears_of_it(world: World) {
    let ben = world.ben().await;
    let ana = tagged(&world, "Ana", &["billing", "vip"]).await;
    let eve = tagged(&world, "Eve", &["billing"]).await;
    let used = world.chat.tags(&ben).await.unwrap();
    let counts: Vec<_> = used.iter().map(|one| (one.tag.as_str(), one.conversations)).collect();
    assert_eq!(counts, [("billing", 2), ("vip", 1)]);
    let before = world.facts().len();
    let used = world.chat.rename_tag(&ben, "billing", " money ".into(), NOW).await.unwrap();
    assert_eq!(used.iter().map(|one| one.tag.as_str()).collect::<Vec<_>>(), ["money", "vip"]);
    assert_eq!(tags_of(&world, &ben, &ana).await, ["money", "vip"]);
    assert_eq!(tags_of(&world, &ben, &eve).await, ["money"]);
    assert_eq!(world.facts().len(), before + 2, "one fact for each conversation");
    assert_eq!(refused(world.chat.rename_tag(&ben, "billing", "x".into(), NOW).await), Refusal::UnknownEntry);
    let carol = world.carol(&ben).await;
    assert_eq!(refused(world.chat.remove_tag(&carol, "money", NOW).await), Refusal::NotAllowed);
    let changes = AuditQuery { kind: Some(AuditKind::TagChanged), ..AuditQuery::default() };
    let noted = world.chat.audit(&ben, changes).await.unwrap().entries;
    assert_eq!(noted.iter().map(|entry| entry.about.as_str()).collect::<Vec<_>>(), ["billing"], "once");
}

async fn two_tags_become_one_and_a_removed_one_is_nowhere(world: World) {
    let ben = world.ben().await;
    let ana = tagged(&world, "Ana", &["bill", "billing"]).await;
    let eve = tagged(&world, "Eve", &["bill"]).await;
    let used = world.chat.rename_tag(&ben, "bill", "billing".into(), NOW).await.unwrap();
    assert_eq!((used.len(), used[0].conversations), (1, 2));
    assert_eq!(tags_of(&world, &ben, &ana).await, ["billing"]);
    let before = world.facts().len();
    world.chat.rename_tag(&ben, "billing", "billing".into(), NOW).await.unwrap();
    assert_eq!(world.facts().len(), before, "the same name changes nothing");
    assert!(world.chat.remove_tag(&ben, "billing", NOW).await.unwrap().is_empty());
    assert!(tags_of(&world, &ben, &eve).await.is_empty());
}

async fn only_the_own_password_is_right(world: World) {
    let ben = world.ben().await;
    world.chat.check_password(&ben, PASSWORD.into()).await.unwrap();
    assert_eq!(refused(world.chat.check_password(&ben, "guessed".into()).await), Refusal::WrongPassword);
    let key = NewKey { name: "Shop".into(), scopes: vec![Scope::ConversationsRead], widgets: Vec::new() };
    let (_, secret) = world.chat.new_key(&ben, key, NOW).await.unwrap();
    let key = world.chat.api_key(&secret, NOW).await.unwrap().agent;
    assert_eq!(refused(world.chat.check_password(&key, String::new()).await), Refusal::WrongPassword);
}
