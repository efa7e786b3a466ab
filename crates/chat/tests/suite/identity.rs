//! Who gets in as whom: the gate from the outside, told row by row of what went wrong elsewhere
//! (requirements 2.2), and what a verified visitor may then read.

use crate::common::{NOW, World, on_both_engines, refused, text};
use chat::{Agent, PageQuery, Visitor};
use serde_json::{Value, json};
use wire::Refusal;
use wire::api::{SessionReply, SessionRequest, WidgetChange, WidgetSettings};
use wire::chat_channel::ChatChannel;
use wire::contact::{IdentifyRequest, SignedId};
use wire::identity::{hash_secret, token};
use wire::limit::VISITOR_SESSION_S;
use wire::sign::digest;

on_both_engines!(
    secrets_are_the_owners_and_the_newest_two_are_good,
    hole_2694_4805_an_empty_or_random_hash_is_refused_and_shows_nobody_as_verified,
    hole_3349_a_widget_that_needs_an_identity_takes_nobody_without,
    ruling_15_a_window_of_its_own_goes_on_with_what_its_opener_proved_and_no_longer,
    hole_2762_an_email_impersonates_nobody,
    hole_14884_a_hash_changes_nothing_but_who_it_is,
    hole_14884_same_email_and_phone_merge_nobody,
    a_verified_visitor_reads_on_every_device_and_a_stranger_on_none,
    what_was_written_before_identifying_becomes_the_contacts,
    whoever_had_the_secret_before_has_nothing_after,
    another_person_on_the_same_browser_is_another_visitor,
    identifying_again_changes_nothing,
    agents_are_told_by_what_name_a_visitor_goes,
    signing_out_ends_session_and_secret,
    the_list_counts_unread_once_for_all_devices_and_shows_no_note,
    the_list_pages_without_gap_or_repeat,
    a_person_of_one_widget_is_nobody_on_another,
);

pub struct Site {
    pub widget_id: String,
    pub secret: String,
}

/// The website behind the widget, with its secret.
pub async fn site(world: &World, ben: &Agent) -> Site {
    let widget_id = world.chat.first_widget(NOW).await.unwrap().look.id;
    let reply = world.chat.new_identity_secret(ben, &widget_id, NOW).await.unwrap();
    Site { widget_id, secret: reply.secrets[0].secret.clone() }
}

impl Site {
    #[allow(clippy::needless_pass_by_value)] // Each is made for its call.
    pub fn jwt(&self, claims: Value) -> String {
        let mut payload = json!({"exp": NOW / 1_000 + 600});
        payload.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        token(&self.secret, "{\"alg\":\"HS256\"}", &payload.to_string())
    }

    pub fn hash(&self, id: &str) -> SignedId {
        let identifier_hash = digest(&hash_secret(&self.secret), id.as_bytes());
        SignedId { id: id.into(), identifier_hash, ..SignedId::default() }
    }

    pub async fn open(&self, world: &World, request: SessionRequest) -> Result<SessionReply, wire::Refused> {
        world.chat.open_session(&self.widget_id, request, NOW).await
    }

    /// Ana on a device of hers, where nobody was before.
    pub async fn ana(&self, world: &World) -> (Visitor, SessionReply) {
        let request =
            with_jwt(self.jwt(json!({"sub": "ana", "name": "Ana Reyes", "email": "ana@shop.example"})));
        let reply = self.open(world, request).await.unwrap();
        (world.chat.visitor(&reply.token, NOW).await.unwrap(), reply)
    }
}

pub fn with_jwt(jwt: String) -> SessionRequest {
    SessionRequest { jwt: Some(jwt), ..SessionRequest::default() }
}

fn with_hash(identity: SignedId) -> SessionRequest {
    SessionRequest { identity: Some(identity), ..SessionRequest::default() }
}

async fn reads(world: &World, visitor: &Visitor, conversation: &str) -> bool {
    let page = world.chat.visitor_page(visitor, conversation, PageQuery::default()).await;
    let joins = world.chat.visitor_may_join(visitor, &ChatChannel::Conversation(conversation.into())).await;
    assert_eq!(page.is_ok(), joins);
    page.is_ok()
}

async fn secrets_are_the_owners_and_the_newest_two_are_good(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let dora = world.colleague(&ben, "Dora", vec![site.widget_id.clone()]).await;
    let chat = &world.chat;
    assert_eq!(refused(chat.identity_secrets(&dora, &site.widget_id).await), Refusal::NotAllowed);
    assert_eq!(refused(chat.new_identity_secret(&dora, &site.widget_id, NOW).await), Refusal::NotAllowed);
    assert_eq!(refused(chat.new_identity_secret(&ben, "wgt_none", NOW).await), Refusal::NotFound);
    let first = with_jwt(site.jwt(json!({"sub": "ana"})));
    chat.new_identity_secret(&ben, &site.widget_id, NOW + 1).await.unwrap();
    assert!(site.open(&world, first.clone()).await.is_ok(), "the one before is still good");
    let third = chat.new_identity_secret(&ben, &site.widget_id, NOW + 2).await.unwrap();
    assert_eq!(third.secrets.len(), 2);
    assert_eq!(chat.identity_secrets(&ben, &site.widget_id).await.unwrap(), third);
    assert_eq!(refused(site.open(&world, first).await), Refusal::IdentityRefused);
}

async fn hole_2694_4805_an_empty_or_random_hash_is_refused_and_shows_nobody_as_verified(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let good = site.open(&world, with_hash(site.hash("ana"))).await.unwrap();
    assert!(!good.visitor.verified, "the website signed an id, and no name that could be shown as verified");
    for hash in ["", "0", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"] {
        let forged = SignedId { identifier_hash: hash.into(), ..site.hash("ana") };
        assert_eq!(refused(site.open(&world, with_hash(forged.clone())).await), Refusal::IdentityRefused);
        let eve = world.eve().await;
        let request = IdentifyRequest { identity: Some(forged), ..IdentifyRequest::default() };
        assert_eq!(refused(world.chat.identify(&eve, request, NOW).await), Refusal::IdentityRefused);
        let nothing = IdentifyRequest::default();
        assert_eq!(refused(world.chat.identify(&eve, nothing, NOW).await), Refusal::MissingField);
    }
    let contacts = world.chat.contacts(&ben, chat::ContactQuery::default()).await.unwrap().contacts;
    assert_eq!(contacts.len(), 1, "nobody was made by a forged hash");
}

async fn hole_3349_a_widget_that_needs_an_identity_takes_nobody_without(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let (_, before) = site.ana(&world).await;
    let anonymous = site.open(&world, SessionRequest::default()).await.unwrap();
    let settings = WidgetSettings { identity_required: true, ..WidgetSettings::default() };
    let change = WidgetChange { settings: Some(settings), ..WidgetChange::default() };
    world.chat.change_widget(&ben, &site.widget_id, change).await.unwrap();
    // Neither a newcomer, nor who was here before, nor who was verified before and shows no claim now.
    for secret in [None, Some(anonymous.secret), Some(before.secret.clone())] {
        let request = SessionRequest { secret, name: Some("Ana".into()), ..SessionRequest::default() };
        assert_eq!(refused(site.open(&world, request).await), Refusal::IdentityRequired);
    }
    let forged = with_jwt(token("fdi_guessed", "{\"alg\":\"HS256\"}", "{}"));
    assert_eq!(refused(site.open(&world, forged).await), Refusal::IdentityRefused);
    let request = SessionRequest { secret: Some(before.secret), ..with_jwt(site.jwt(json!({"sub": "ana"}))) };
    assert_eq!(site.open(&world, request).await.unwrap().visitor.id, before.visitor.id);
}

async fn ruling_15_a_window_of_its_own_goes_on_with_what_its_opener_proved_and_no_longer(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let settings = WidgetSettings { identity_required: true, ..WidgetSettings::default() };
    let change = WidgetChange { settings: Some(settings), ..WidgetChange::default() };
    world.chat.change_widget(&ben, &site.widget_id, change).await.unwrap();
    let opened = |code: &str, at_ms| {
        let request = SessionRequest { code: Some(code.to_owned()), ..SessionRequest::default() };
        world.chat.open_session(&site.widget_id, request, at_ms)
    };
    let (ana, _) = site.ana(&world).await;
    let later = NOW + 60_000;
    let code = world.chat.popout_code(&ana, later).await.unwrap();
    // The end that the code names is part of what is kept of it.
    let mut longer = code.clone();
    longer.push('0');
    assert_eq!(refused(opened(&longer, later).await), Refusal::MailLinkInvalid);
    let window = opened(&code, later).await.unwrap();
    assert_eq!((&window.visitor.id, window.visitor.verified), (&ana.id, true));
    assert_eq!(window.expires_in_s, VISITOR_SESSION_S - 60, "as long as the session that asked for it");
    assert_eq!(refused(opened(&code, later).await), Refusal::MailLinkInvalid, "once");
    // Neither its secret nor a code of its own is a claim.
    let request = SessionRequest { secret: Some(window.secret.clone()), ..SessionRequest::default() };
    assert_eq!(refused(site.open(&world, request).await), Refusal::IdentityRequired);
    let inside = world.chat.visitor(&window.token, later).await.unwrap();
    let code = world.chat.popout_code(&inside, later + 60_000).await.unwrap();
    assert_eq!(opened(&code, later + 60_000).await.unwrap().expires_in_s, VISITOR_SESSION_S - 120);
    // With the website's word it goes on like any other.
    let request = SessionRequest { secret: Some(window.secret), ..with_jwt(site.jwt(json!({"sub": "ana"}))) };
    assert_eq!(site.open(&world, request).await.unwrap().visitor.id, ana.id);
}

async fn hole_2762_an_email_impersonates_nobody(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let (ana, _) = site.ana(&world).await;
    let conversation = world.conversation(&ana).await;
    world.says(&ana, &conversation, "My card ends in 1234").await;
    let (name, email) = (Some("Ana Reyes".to_owned()), Some("ana@shop.example".to_owned()));
    let claimed = SessionRequest { name: name.clone(), email: email.clone(), ..SessionRequest::default() };
    let signed_as_eve =
        SessionRequest { identity: Some(SignedId { name, email, ..site.hash("eve") }), ..claimed.clone() };
    for request in [claimed, signed_as_eve] {
        let reply = site.open(&world, request).await.unwrap();
        assert_eq!(reply.visitor.name, "Ana Reyes", "the premise: she calls herself so");
        assert!(!reply.visitor.verified);
        assert_eq!(reply.conversation_id, None);
        let eve = world.chat.visitor(&reply.token, NOW).await.unwrap();
        assert!(!reads(&world, &eve, &conversation).await);
        let list = world.chat.visitor_conversations(&eve, None, None).await.unwrap();
        assert!(list.conversations.is_empty());
        assert_eq!(
            refused(world.chat.visitor_post(&eve, &conversation, text("Hi"), NOW).await),
            Refusal::UnknownConversation
        );
    }
}

async fn hole_14884_a_hash_changes_nothing_but_who_it_is(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    site.ana(&world).await;
    let overwrite = SignedId {
        name: Some("Mallory".into()),
        email: Some("mallory@evil.example".into()),
        ..site.hash("ana")
    };
    let reply = site.open(&world, with_hash(overwrite.clone())).await.unwrap();
    assert_eq!((reply.visitor.name.as_str(), reply.visitor.verified), ("Ana Reyes", true));
    assert_eq!(reply.visitor.email.as_deref(), Some("ana@shop.example"));
    // Nor later, as a label.
    let labels = SessionRequest {
        secret: Some(reply.secret),
        name: overwrite.name,
        email: overwrite.email,
        ..SessionRequest::default()
    };
    assert_eq!(site.open(&world, labels).await.unwrap().visitor.name, "Ana Reyes");
    let contacts = world.chat.contacts(&ben, chat::ContactQuery::default()).await.unwrap().contacts;
    assert_eq!(contacts.len(), 1);
    assert_eq!(contacts[0].email.as_deref(), Some("ana@shop.example"));
    assert_eq!(contacts[0].external_ids, ["ana"]);
}

async fn hole_14884_same_email_and_phone_merge_nobody(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let (ana, _) = site.ana(&world).await;
    let conversation = world.conversation(&ana).await;
    let shared = json!({"sub": "ana-2", "email": "ANA@shop.example", "phone": "+34 600 000 000"});
    let reply = site.open(&world, with_jwt(site.jwt(shared))).await.unwrap();
    let other = world.chat.visitor(&reply.token, NOW).await.unwrap();
    assert!(!reads(&world, &other, &conversation).await);
    let query = chat::ContactQuery { email: Some("ana@shop.example".into()), ..Default::default() };
    assert_eq!(
        world.chat.contacts(&ben, query).await.unwrap().contacts.len(),
        2,
        "two people share an address"
    );
}

async fn a_verified_visitor_reads_on_every_device_and_a_stranger_on_none(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let (laptop, _) = site.ana(&world).await;
    let conversation = world.conversation(&laptop).await;
    world.says(&laptop, &conversation, "Hello").await;
    world.answers(&ben, &conversation, "Hi Ana").await;
    let (phone, reply) = site.ana(&world).await;
    assert_ne!(phone.id, laptop.id);
    assert_eq!(reply.conversation_id.as_ref(), Some(&conversation));
    assert!(reads(&world, &phone, &conversation).await);
    let said = world.says(&phone, &conversation, "From my phone").await;
    assert_eq!(said.sender_name, "Ana Reyes");
    world.chat.visitor_reached(&phone, &conversation, &said.id, chat::Reached::Read, NOW).await.unwrap();
    assert_eq!(world.page(&laptop, &conversation).await.messages.len(), 3);
    let eve = world.eve().await;
    assert!(!reads(&world, &eve, &conversation).await);
    let bob = site.open(&world, with_jwt(site.jwt(json!({"sub": "bob"})))).await.unwrap();
    let bob = world.chat.visitor(&bob.token, NOW).await.unwrap();
    assert!(!reads(&world, &bob, &conversation).await);
}

async fn what_was_written_before_identifying_becomes_the_contacts(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let (laptop, _) = site.ana(&world).await;
    let phone = world.visitor("somebody").await;
    let conversation = world.conversation(&phone).await;
    world.says(&phone, &conversation, "Is anybody there?").await;
    assert!(!reads(&world, &laptop, &conversation).await, "the premise");
    let request = IdentifyRequest { jwt: Some(site.jwt(json!({"sub": "ana"}))), ..Default::default() };
    let reply = world.chat.identify(&phone, request, NOW).await.unwrap();
    assert_eq!((reply.visitor.id.as_str(), reply.visitor.name.as_str()), (phone.id.as_str(), "Ana Reyes"));
    assert!(reply.visitor.verified);
    assert!(reads(&world, &laptop, &conversation).await);
}

async fn whoever_had_the_secret_before_has_nothing_after(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let (laptop, _) = site.ana(&world).await;
    let conversation = world.conversation(&laptop).await;
    // Eve opens the chat on a library's machine, keeps what she got, and leaves it to Ana.
    let planted = site.open(&world, SessionRequest::default()).await.unwrap();
    let seat = world.chat.visitor(&planted.token, NOW).await.unwrap();
    let request = IdentifyRequest { jwt: Some(site.jwt(json!({"sub": "ana"}))), ..Default::default() };
    let reply = world.chat.identify(&seat, request, NOW).await.unwrap();
    let session = reply.session.unwrap();
    assert!(reads(&world, &world.chat.visitor(&session.token, NOW).await.unwrap(), &conversation).await);
    assert_eq!(refused(world.chat.visitor(&planted.token, NOW).await), Refusal::SessionExpired);
    let again = SessionRequest { secret: Some(planted.secret), ..SessionRequest::default() };
    let eve = site.open(&world, again).await.unwrap();
    assert_ne!(eve.visitor.id, seat.id);
    assert!(!reads(&world, &world.chat.visitor(&eve.token, NOW).await.unwrap(), &conversation).await);
}

async fn another_person_on_the_same_browser_is_another_visitor(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let (ana, before) = site.ana(&world).await;
    let conversation = world.conversation(&ana).await;
    world.says(&ana, &conversation, "Hello").await;
    let jwt = site.jwt(json!({"sub": "bob", "name": "Bob"}));
    let request = IdentifyRequest { jwt: Some(jwt.clone()), ..Default::default() };
    let reply = world.chat.identify(&ana, request, NOW).await.unwrap();
    assert_ne!(reply.visitor.id, ana.id);
    assert_eq!(reply.visitor.name, "Bob");
    let bob = world.chat.visitor(&reply.session.unwrap().token, NOW).await.unwrap();
    assert!(!reads(&world, &bob, &conversation).await);
    assert_eq!(refused(world.chat.visitor(&before.token, NOW).await), Refusal::SessionExpired);
    let (ana, before) = site.ana(&world).await;
    assert!(reads(&world, &ana, &conversation).await, "it is still hers");
    let on_next_page = SessionRequest { secret: Some(before.secret), ..with_jwt(jwt) };
    let bob = site.open(&world, on_next_page).await.unwrap();
    assert_ne!(bob.visitor.id, ana.id);
}

async fn identifying_again_changes_nothing(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let (ana, before) = site.ana(&world).await;
    let conversation = world.conversation(&ana).await;
    world.says(&ana, &conversation, "Hello").await;
    let facts = world.facts().len();
    let jwt = site.jwt(json!({"sub": "ana"}));
    let request = IdentifyRequest { jwt: Some(jwt.clone()), ..Default::default() };
    let reply = world.chat.identify(&ana, request, NOW).await.unwrap();
    assert_eq!((reply.session, reply.conversation_id), (None, Some(conversation)));
    assert_eq!(reply.visitor, before.visitor);
    let again = SessionRequest { secret: Some(before.secret.clone()), ..with_jwt(jwt) };
    assert_eq!(site.open(&world, again).await.unwrap().secret, before.secret);
    assert!(world.chat.visitor(&before.token, NOW).await.is_ok());
    assert_eq!(world.facts().len(), facts);
}

async fn agents_are_told_by_what_name_a_visitor_goes(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let visitor = world.visitor("somebody").await;
    let conversation = world.conversation(&visitor).await;
    world.says(&visitor, &conversation, "Hello").await;
    let jwt = site.jwt(json!({"sub": "ana", "name": "Ana Reyes"}));
    world
        .chat
        .identify(&visitor, IdentifyRequest { jwt: Some(jwt), ..Default::default() }, NOW)
        .await
        .unwrap();
    let change = world.changes.lock().last().unwrap().clone();
    assert_eq!(change.conversation.visitor.name, "Ana Reyes");
    assert!(change.conversation.visitor.verified && change.conversation.seq == 2);
    let told = change.facts[0].for_agents(world.chat.links());
    assert_eq!(told.name(), "visitor.changed");
    assert!(told.data().contains("\"verified\":true"));
    assert_eq!(change.facts[0].for_visitor(world.chat.links()), None);
    let row = &world.inbox(&ben, None, None).await.unwrap().conversations[0];
    assert_eq!(row.conversation, change.conversation);
}

async fn signing_out_ends_session_and_secret(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let (ana, reply) = site.ana(&world).await;
    let conversation = world.conversation(&ana).await;
    world.chat.visitor_logout(&ana).await.unwrap();
    assert_eq!(refused(world.chat.visitor(&reply.token, NOW).await), Refusal::SessionExpired);
    assert_eq!(world.chat.end_expired_sessions(NOW).await.unwrap(), std::slice::from_ref(&ana.session_id));
    let again = SessionRequest { secret: Some(reply.secret), ..SessionRequest::default() };
    let next = site.open(&world, again).await.unwrap();
    assert_ne!(next.visitor.id, ana.id);
    assert!(!reads(&world, &world.chat.visitor(&next.token, NOW).await.unwrap(), &conversation).await);
}

async fn the_list_counts_unread_once_for_all_devices_and_shows_no_note(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let ((laptop, _), (phone, _)) = (site.ana(&world).await, site.ana(&world).await);
    let conversation = world.conversation(&laptop).await;
    world.says(&laptop, &conversation, "Hello").await;
    let hi = world.answers(&ben, &conversation, "Hi").await;
    world.answers(&ben, &conversation, "How can I help?").await;
    let list =
        async |visitor| world.chat.visitor_conversations(visitor, None, None).await.unwrap().conversations;
    let before = list(&phone).await;
    assert_eq!(before[0].unread, 2);
    assert_eq!(before[0].agents[0].name, "Ben");
    world.notes(&ben, &conversation, "She is a regular").await;
    assert_eq!(list(&phone).await, before, "ruling 1: a note moves nothing");
    assert_eq!(before[0].last_message.as_ref().unwrap().message, "How can I help?");
    world.chat.visitor_reached(&laptop, &conversation, &hi.id, chat::Reached::Read, NOW).await.unwrap();
    assert_eq!((list(&phone).await[0].unread, list(&laptop).await[0].unread), (1, 1));
    assert!(list(&world.eve().await).await.is_empty());
}

async fn the_list_pages_without_gap_or_repeat(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let devices = [site.ana(&world).await.0, site.ana(&world).await.0];
    let mut started = Vec::new();
    for number in 0..7 {
        let (page, _) =
            world.chat.start_conversation(&devices[number % 2], None, NOW + number as u64 / 2).await.unwrap();
        started.push(page.conversation.id);
    }
    started.sort_unstable();
    let (mut found, mut before) = (Vec::new(), None::<String>);
    loop {
        let page = world.chat.visitor_conversations(&devices[0], before.as_deref(), Some(2)).await.unwrap();
        found.extend(page.conversations.into_iter().map(|row| row.id));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    found.reverse();
    assert_eq!(found, started);
    let wrong = world.chat.visitor_conversations(&devices[0], Some("yesterday"), None).await;
    assert_eq!(refused(wrong), Refusal::InvalidField);
}

async fn a_person_of_one_widget_is_nobody_on_another(world: World) {
    let ben = world.ben().await;
    let site = site(&world, &ben).await;
    let jwt = site.jwt(json!({"sub": "ana"}));
    assert!(site.open(&world, with_jwt(jwt.clone())).await.is_ok());
    let other = world.chat.open_session("wgt_other", with_jwt(jwt), NOW).await;
    assert_eq!(refused(other), Refusal::NotFound);
}
