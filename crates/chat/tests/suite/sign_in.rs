//! Sessions of visitors and agents, and how agents come in.

use crate::common::{NOW, PASSWORD, World, on_both_engines, refused};
use wire::Refusal;
use wire::api::{LoginRequest, SessionRequest, SetupRequest};
use wire::limit::{AGENT_SESSION_S, SETUP_LINK_S, SETUP_LINKS, VISITOR_SESSION_S};

on_both_engines!(
    a_new_visitor_gets_a_secret_and_comes_back_with_it,
    a_returning_visitor_may_call_themselves_something_else,
    a_wrong_secret_is_a_new_visitor_and_nothing_tells,
    a_secret_proves_nothing_on_another_widget,
    renewing_keeps_the_session_and_earlier_tokens,
    a_visitors_session_ends_after_fifteen_minutes,
    an_agents_session_slides_while_it_is_used,
    logging_out_ends_one_session,
    the_setup_link_works_once_for_a_day_while_nobody_is_there,
    a_newer_setup_link_replaces_the_older,
    servers_that_share_a_database_have_links_of_which_one_ends_all,
    a_reset_link_sets_a_password_and_ends_all_sessions,
    signing_in_takes_the_right_password_and_any_case,
    setup_checks_what_was_typed,
);

fn with_secret(secret: &str) -> SessionRequest {
    SessionRequest { secret: Some(secret.into()), ..SessionRequest::default() }
}

fn setup(code: &str) -> SetupRequest {
    SetupRequest {
        code: code.into(),
        name: "Ben".into(),
        email: "ben@shop.example".into(),
        password: PASSWORD.into(),
    }
}

fn login(email: &str, password: &str) -> LoginRequest {
    LoginRequest { email: email.into(), password: password.into(), code: None }
}

async fn a_new_visitor_gets_a_secret_and_comes_back_with_it(world: World) {
    let widget = world.chat.first_widget(NOW).await.unwrap().look.id;
    let named = SessionRequest {
        name: Some(" Ana ".into()),
        email: Some("ana@home.example".into()),
        ..SessionRequest::default()
    };
    let first = world.chat.open_session(&widget, named, NOW).await.unwrap();
    assert_eq!((first.visitor.name.as_str(), first.visitor.verified), ("Ana", false));
    assert!(first.conversation_id.is_none() && first.secret.len() > 40);
    let ana = world.chat.visitor(&first.token, NOW).await.unwrap();
    let conversation = world.conversation(&ana).await;
    let again = world.chat.open_session(&widget, with_secret(&first.secret), NOW).await.unwrap();
    assert_eq!((again.visitor.id, again.secret), (ana.id, first.secret));
    assert_eq!(again.visitor.name, "Ana");
    assert_eq!(again.conversation_id, Some(conversation));
    let nameless = world.chat.open_session(&widget, SessionRequest::default(), NOW).await.unwrap();
    assert_eq!(nameless.visitor.name, "Visitor");
}

async fn a_returning_visitor_may_call_themselves_something_else(world: World) {
    let widget = world.chat.first_widget(NOW).await.unwrap().look.id;
    let named = |secret: Option<String>, name: &str, email: &str| SessionRequest {
        secret,
        name: Some(name.into()),
        email: Some(email.into()),
        ..SessionRequest::default()
    };
    let first = world.chat.open_session(&widget, named(None, "Ana", "ana@home.example"), NOW).await.unwrap();
    let renamed = named(Some(first.secret.clone()), "Ana Lima", " ");
    let again = world.chat.open_session(&widget, renamed, NOW).await.unwrap().visitor;
    assert_eq!((again.name.as_str(), again.email.as_deref()), ("Ana Lima", Some("ana@home.example")));
    assert_eq!(world.chat.visitor(&first.token, NOW).await.unwrap().name, "Ana Lima");
    let wrong = named(Some(first.secret), "Ana", "not an address");
    assert_eq!(refused(world.chat.open_session(&widget, wrong, NOW).await), Refusal::InvalidField);
}

async fn a_wrong_secret_is_a_new_visitor_and_nothing_tells(world: World) {
    let widget = world.chat.first_widget(NOW).await.unwrap().look.id;
    let wrong = world.chat.open_session(&widget, with_secret("fds_guess"), NOW).await.unwrap();
    assert_ne!(wrong.secret, "fds_guess");
    let fresh = world.chat.open_session(&widget, SessionRequest::default(), NOW).await.unwrap();
    assert_ne!(wrong.visitor.id, fresh.visitor.id);
    assert_eq!(wrong.secret.len(), fresh.secret.len());
    // Nor does somebody else's name or e-mail open their history (S3).
    let named = SessionRequest { name: Some("Ana".into()), ..SessionRequest::default() };
    let ana = world.chat.open_session(&widget, named.clone(), NOW).await.unwrap();
    let eve = world.chat.open_session(&widget, named, NOW).await.unwrap();
    assert_ne!(ana.visitor.id, eve.visitor.id);
}

async fn a_secret_proves_nothing_on_another_widget(world: World) {
    let widget = world.chat.first_widget(NOW).await.unwrap().look.id;
    let ana = world.chat.open_session(&widget, SessionRequest::default(), NOW).await.unwrap();
    let elsewhere = world.chat.open_session("wgt_other", with_secret(&ana.secret), NOW).await;
    assert!(elsewhere.is_err() || elsewhere.unwrap().visitor.id != ana.visitor.id);
    assert!(world.chat.visitor(&ana.token, NOW).await.is_ok());
}

async fn renewing_keeps_the_session_and_earlier_tokens(world: World) {
    let widget = world.chat.first_widget(NOW).await.unwrap().look.id;
    let first = world.chat.open_session(&widget, SessionRequest::default(), NOW).await.unwrap();
    let later = NOW + 60_000;
    let second = world.chat.open_session(&widget, with_secret(&first.secret), later).await.unwrap();
    assert_ne!(first.token, second.token);
    let by_first = world.chat.visitor(&first.token, later).await.unwrap();
    let by_second = world.chat.visitor(&second.token, later).await.unwrap();
    assert_eq!(by_first, by_second);
    let end_of_first = NOW + VISITOR_SESSION_S * 1_000;
    assert_eq!(refused(world.chat.visitor(&first.token, end_of_first).await), Refusal::SessionExpired);
    assert!(world.chat.end_expired_sessions(end_of_first).await.unwrap().is_empty());
    assert!(world.chat.visitor(&second.token, end_of_first).await.is_ok());
}

async fn a_visitors_session_ends_after_fifteen_minutes(world: World) {
    let widget = world.chat.first_widget(NOW).await.unwrap().look.id;
    let session = world.chat.open_session(&widget, SessionRequest::default(), NOW).await.unwrap();
    let end = NOW + VISITOR_SESSION_S * 1_000;
    let ana = world.chat.visitor(&session.token, end - 1).await.unwrap();
    assert_eq!(refused(world.chat.visitor(&session.token, end).await), Refusal::SessionExpired);
    assert_eq!(world.chat.end_expired_sessions(end).await.unwrap(), [ana.session_id]);
    assert!(world.chat.end_expired_sessions(end).await.unwrap().is_empty());
    assert_eq!(refused(world.chat.visitor("fdv_none", NOW).await), Refusal::SessionExpired);
    // With the secret, the same visitor comes back.
    let back = world.chat.open_session(&widget, with_secret(&session.secret), end).await.unwrap();
    assert_eq!(back.visitor.id, ana.id);
}

async fn an_agents_session_slides_while_it_is_used(world: World) {
    let code = world.chat.new_setup_code(NOW).await.unwrap();
    let ben = world.chat.setup(setup(&code), NOW).await.unwrap();
    let end = NOW + AGENT_SESSION_S * 1_000;
    let agent = world.chat.agent(&ben.token, end - 1).await.unwrap();
    assert_eq!(chat::Agent { call: ben.agent.call.clone(), ..agent }, ben.agent);
    assert!(world.chat.end_expired_sessions(end).await.unwrap().is_empty());
    assert!(world.chat.agent(&ben.token, end + AGENT_SESSION_S * 1_000 - 2).await.is_ok());
    let unused = end + 3 * AGENT_SESSION_S * 1_000;
    assert_eq!(refused(world.chat.agent(&ben.token, unused).await), Refusal::SessionExpired);
    assert_eq!(world.chat.end_expired_sessions(unused).await.unwrap(), [ben.session_id]);
}

async fn logging_out_ends_one_session(world: World) {
    let ben = world.ben().await;
    let one = world.chat.login(login("ben@shop.example", PASSWORD), NOW).await.unwrap();
    let two = world.chat.login(login("ben@shop.example", PASSWORD), NOW).await.unwrap();
    assert_eq!(one.agent.id, ben.id);
    assert_ne!((&one.csrf, &one.session_id), (&two.csrf, &two.session_id));
    world.chat.logout(&one.agent).await.unwrap();
    assert_eq!(refused(world.chat.agent(&one.token, NOW).await), Refusal::SessionExpired);
    assert_eq!(world.chat.agent(&two.token, NOW).await.unwrap().csrf, two.csrf);
    // A visitor's token is nobody's cookie, and the other way round.
    assert_eq!(refused(world.chat.visitor(&two.token, NOW).await), Refusal::SessionExpired);
}

async fn the_setup_link_works_once_for_a_day_while_nobody_is_there(world: World) {
    assert!(world.chat.needs_setup().await.unwrap());
    let code = world.chat.new_setup_code(NOW).await.unwrap();
    for (wrong, at_ms) in [("guess", NOW), (code.as_str(), NOW + SETUP_LINK_S * 1_000)] {
        assert_eq!(refused(world.chat.setup(setup(wrong), at_ms).await), Refusal::SetupLinkInvalid);
    }
    let ben = world.chat.setup(setup(&code), NOW).await.unwrap();
    assert!(ben.agent.is_owner() && !world.chat.needs_setup().await.unwrap());
    assert_eq!(refused(world.chat.setup(setup(&code), NOW).await), Refusal::SetupLinkInvalid);
    assert_eq!(refused(world.chat.new_setup_code(NOW).await), Refusal::NotAllowed);
}

async fn a_newer_setup_link_replaces_the_older(world: World) {
    let older = world.chat.new_setup_code(NOW).await.unwrap();
    let newer = world.chat.new_setup_code(NOW).await.unwrap();
    assert_eq!(refused(world.chat.setup(setup(&older), NOW).await), Refusal::SetupLinkInvalid);
    assert!(world.chat.setup(setup(&newer), NOW).await.is_ok());
}

async fn servers_that_share_a_database_have_links_of_which_one_ends_all(world: World) {
    let replaced = world.chat.new_setup_code(NOW).await.unwrap();
    let operators = world.chat.new_setup_code(NOW + 1).await.unwrap();
    let mut links = vec![operators];
    for at_ms in NOW + 2..NOW + 2 + SETUP_LINKS as u64 {
        links.push(world.chat.one_more_setup_code(at_ms).await.unwrap());
    }
    for ended in [&replaced, &links[0]] {
        let no = world.chat.setup(setup(ended), NOW + 20).await;
        assert_eq!(refused(no), Refusal::SetupLinkInvalid, "replaced, or older than the last few");
    }
    assert!(world.chat.setup(setup(&links[1]), NOW + 20).await.is_ok());
    for unused in &links[2..] {
        assert_eq!(refused(world.chat.setup(setup(unused), NOW + 20).await), Refusal::SetupLinkInvalid);
    }
    assert_eq!(refused(world.chat.one_more_setup_code(NOW + 20).await), Refusal::NotAllowed);
}

async fn a_reset_link_sets_a_password_and_ends_all_sessions(world: World) {
    let ben = world.ben().await;
    let old = world.chat.login(login("ben@shop.example", PASSWORD), NOW).await.unwrap();
    let code = world.chat.new_reset_code("BEN@shop.example", NOW).await.unwrap();
    let mut request = setup(&code);
    request.password = "another good password".into();
    let reset = world.chat.setup(request.clone(), NOW).await.unwrap();
    assert_eq!(reset.agent.id, ben.id);
    assert_eq!(refused(world.chat.agent(&old.token, NOW).await), Refusal::SessionExpired);
    let with_old = world.chat.login(login("ben@shop.example", PASSWORD), NOW).await;
    assert_eq!(refused(with_old), Refusal::WrongPassword);
    assert!(world.chat.login(login("ben@shop.example", &request.password), NOW).await.is_ok());
    assert_eq!(refused(world.chat.setup(request, NOW).await), Refusal::SetupLinkInvalid);
    let unknown = world.chat.new_reset_code("eve@shop.example", NOW).await;
    assert_eq!(refused(unknown), Refusal::UnknownAgent);
}

async fn signing_in_takes_the_right_password_and_any_case(world: World) {
    world.ben().await;
    assert!(world.chat.login(login(" BEN@Shop.Example ", PASSWORD), NOW).await.is_ok());
    for (email, password) in [
        ("ben@shop.example", "wrong horse"),
        ("eve@shop.example", PASSWORD),
        ("", ""),
        ("ben@shop.example", ""),
    ] {
        assert_eq!(refused(world.chat.login(login(email, password), NOW).await), Refusal::WrongPassword);
    }
    let long = "x".repeat(5_000);
    let answer = world.chat.login(login("ben@shop.example", &long), NOW).await;
    assert_eq!(refused(answer), Refusal::WrongPassword);
}

async fn setup_checks_what_was_typed(world: World) {
    let code = world.chat.new_setup_code(NOW).await.unwrap();
    for (wrong, refusal) in [
        (SetupRequest { password: "too short".into(), ..setup(&code) }, Refusal::InvalidField),
        (SetupRequest { email: "ben".into(), ..setup(&code) }, Refusal::InvalidField),
        (SetupRequest { name: " ".into(), ..setup(&code) }, Refusal::MissingField),
        (SetupRequest { name: "x".repeat(121), ..setup(&code) }, Refusal::InvalidField),
    ] {
        assert_eq!(refused(world.chat.setup(wrong, NOW).await), refusal);
    }
    // None of these used the link up.
    assert!(world.chat.setup(setup(&code), NOW).await.is_ok());
}
