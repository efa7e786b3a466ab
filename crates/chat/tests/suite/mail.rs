//! Answers that wait to be mailed: which do, when, to whom, and who may come back in by the link.

use crate::common::{NOW, World, note, on_both_engines, refused, text};
use chat::{DueMail, Reached, Visitor};
use wire::Refusal;
use wire::api::SessionRequest;
use wire::limit::{MAIL_CLAIM_S, MAIL_INTERVAL_S, MAIL_LINK_S};

const AFTER_MS: u64 = 300_000;

on_both_engines!(
    an_unread_answer_is_due_after_the_time_with_those_that_followed_and_without_notes,
    what_is_read_or_answered_in_time_is_not_due,
    a_conversation_is_mailed_once_an_hour_and_never_the_same_twice,
    a_claimed_mail_is_nobody_elses_until_the_claim_is_over,
    a_code_opens_its_own_visitor_once_while_it_lasts,
);

async fn ana_asks(world: &World) -> (Visitor, String) {
    world.chat.mail_after(AFTER_MS);
    let widget = world.chat.first_widget(NOW).await.unwrap();
    let email = Some("ana@home.example".to_owned());
    let request = SessionRequest { name: Some("Ana".into()), email, ..SessionRequest::default() };
    let session = world.chat.open_session(&widget.look.id, request, NOW).await.unwrap();
    let ana = world.chat.visitor(&session.token, NOW).await.unwrap();
    let id = world.chat.start_conversation(&ana, None, NOW).await.unwrap().0.conversation.id;
    world.chat.visitor_post(&ana, &id, text("Is it back?"), NOW).await.unwrap();
    (ana, id)
}

async fn due(world: &World, now_ms: u64) -> Vec<DueMail> {
    world.chat.due_mails(now_ms).await.unwrap()
}

fn texts(mail: &DueMail) -> Vec<&str> {
    mail.messages.iter().map(|message| message.text.as_str()).collect()
}

async fn an_unread_answer_is_due_after_the_time_with_those_that_followed_and_without_notes(world: World) {
    let (ben, (_ana, id)) = (world.ben().await, ana_asks(&world).await);
    world.chat.agent_post(&ben, &id, text("Yes"), NOW).await.unwrap();
    world.chat.agent_post(&ben, &id, note("Every week"), NOW).await.unwrap();
    world.chat.agent_post(&ben, &id, text("Since Monday"), NOW + 1_000).await.unwrap();
    assert_eq!(due(&world, NOW + AFTER_MS - 1).await, []);
    let mails = due(&world, NOW + AFTER_MS).await;
    assert_eq!(mails.len(), 1);
    assert_eq!((texts(&mails[0]), mails[0].to.as_str()), (vec!["Yes", "Since Monday"], "ana@home.example"));
}

async fn what_is_read_or_answered_in_time_is_not_due(world: World) {
    let (ben, (ana, id)) = (world.ben().await, ana_asks(&world).await);
    let first = world.chat.agent_post(&ben, &id, text("One"), NOW).await.unwrap().0;
    let second = world.chat.agent_post(&ben, &id, text("Two"), NOW).await.unwrap().0;
    world.chat.visitor_reached(&ana, &id, &first.id, Reached::Read, NOW).await.unwrap();
    assert_eq!(texts(&due(&world, NOW + AFTER_MS).await[0]), ["Two"], "one of two was read");
    world.chat.visitor_reached(&ana, &id, &second.id, Reached::Read, NOW).await.unwrap();
    world.chat.agent_post(&ben, &id, text("Three"), NOW).await.unwrap();
    world.chat.visitor_post(&ana, &id, text("Thanks"), NOW).await.unwrap();
    assert_eq!(due(&world, NOW + AFTER_MS).await, [], "who writes has seen what stands above");
}

async fn a_conversation_is_mailed_once_an_hour_and_never_the_same_twice(world: World) {
    let (ben, (_ana, id)) = (world.ben().await, ana_asks(&world).await);
    world.chat.agent_post(&ben, &id, text("One"), NOW).await.unwrap();
    let sent_ms = NOW + AFTER_MS;
    let mail = due(&world, sent_ms).await.remove(0);
    // Between claim and word.
    world.chat.agent_post(&ben, &id, text("Two"), sent_ms).await.unwrap();
    world.chat.mailed(&mail, sent_ms).await.unwrap();
    let next_ms = sent_ms + MAIL_INTERVAL_S * 1_000;
    assert_eq!(due(&world, next_ms - 1).await, []);
    let mail = due(&world, next_ms).await.remove(0);
    assert_eq!(texts(&mail), ["Two"]);
    world.chat.mailed(&mail, next_ms).await.unwrap();
    world.chat.agent_post(&ben, &id, text("Three"), next_ms).await.unwrap();
    assert_eq!(due(&world, next_ms + AFTER_MS).await, []);
    assert_eq!(texts(&due(&world, next_ms + MAIL_INTERVAL_S * 1_000).await[0]), ["Three"]);
}

async fn a_claimed_mail_is_nobody_elses_until_the_claim_is_over(world: World) {
    let (ben, (_ana, id)) = (world.ben().await, ana_asks(&world).await);
    world.chat.agent_post(&ben, &id, text("One"), NOW).await.unwrap();
    let now_ms = NOW + AFTER_MS;
    let first = due(&world, now_ms).await.remove(0);
    assert_eq!(due(&world, now_ms + MAIL_CLAIM_S * 1_000 - 1).await, []);
    let second = due(&world, now_ms + MAIL_CLAIM_S * 1_000).await.remove(0);
    assert_eq!((first.attempts, second.attempts, first.up_to), (1, 2, second.up_to));
    world.chat.mail_failed(&second, Some(now_ms + 500_000)).await.unwrap();
    assert_eq!(due(&world, now_ms + 499_999).await, []);
    let third = due(&world, now_ms + 500_000).await.remove(0);
    world.chat.mail_failed(&third, None).await.unwrap();
    assert_eq!(due(&world, now_ms * 2).await, [], "given up");
}

async fn a_code_opens_its_own_visitor_once_while_it_lasts(world: World) {
    let (ben, (ana, id)) = (world.ben().await, ana_asks(&world).await);
    world.chat.agent_post(&ben, &id, text("One"), NOW).await.unwrap();
    let now_ms = NOW + AFTER_MS;
    let mail = due(&world, now_ms).await.remove(0);
    let other = world.chat.add_widget("Other", &[], NOW).await.unwrap();
    let enter = async |widget_id: &str, at_ms: u64| {
        let request = SessionRequest { code: Some(mail.code.clone()), ..SessionRequest::default() };
        world.chat.open_session(widget_id, request, at_ms).await
    };
    let invalid = Refusal::MailLinkInvalid;
    assert_eq!(refused(enter(&other.look.id, now_ms).await), invalid, "another widget's page");
    assert_eq!(refused(enter(&mail.widget_id, now_ms + MAIL_LINK_S * 1_000).await), invalid, "too late");
    let session = enter(&mail.widget_id, now_ms).await.unwrap();
    assert_eq!((session.visitor.id, session.conversation_id), (ana.id.clone(), Some(id)));
    assert_eq!(refused(enter(&mail.widget_id, now_ms).await), invalid, "used");
    let again = SessionRequest { secret: Some(session.secret.clone()), ..SessionRequest::default() };
    let renewed = world.chat.open_session(&mail.widget_id, again.clone(), now_ms).await.unwrap();
    assert_eq!(renewed.visitor.id, ana.id, "the device has a secret of its own");
    world.chat.visitor_logout(&ana).await.unwrap();
    let after = world.chat.open_session(&mail.widget_id, again, now_ms).await.unwrap();
    assert_ne!(after.visitor.id, ana.id, "signing out ends it");
}
