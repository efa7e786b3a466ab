//! Unread answers come by mail: once, to the one who left an address, with a way back in. Over a real
//! mail server on loopback.
#![allow(clippy::unwrap_used)]

use serde_json::json;
use std::time::{Duration, Instant};
use testkit::http::Request;
use testkit::mailbox::Mailbox;
use testkit::postgres::Postgres;
use testkit::world::{Agent, Visitor, World, free_port};

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");

fn world(port: u16, after_s: &str, more: &[(&str, &str)]) -> World {
    let mail = Mailbox::settings(port, after_s);
    let mut all: Vec<(&str, &str)> = mail.iter().map(|(name, value)| (*name, value.as_str())).collect();
    all.extend(more);
    World::start_with(BINARY, &all)
}

/// Ana leaves an address and asks.
fn ana_asks(world: &World) -> (Visitor, String) {
    let ana = world.visitor("Ana");
    let labelled = Request::new("POST", "/api/chatbot/session")
        .header("authorization", &format!("Bearer {}", world.widget_token()))
        .json(&json!({"secret": ana.secret, "email": "ana@home.example"}))
        .send(world.port);
    assert_eq!(labelled.status, 200, "{}", labelled.text());
    let id = ana.start();
    assert_eq!(ana.write(&id, "Is it back?", "c1").status, 201);
    (ana, id)
}

fn answer(ben: &Agent, id: &str, text: &str) -> String {
    let reply = ben.write(id, text, "text");
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()["message"]["id"].as_str().unwrap().to_owned()
}

fn session(world: &World, body: &serde_json::Value) -> testkit::http::Reply {
    Request::new("POST", "/api/chatbot/session")
        .header("authorization", &format!("Bearer {}", world.widget_token()))
        .json(body)
        .send(world.port)
}

#[test]
fn answers_unread_for_the_time_come_in_one_mail_without_notes_whose_link_works_once() {
    let mailbox = Mailbox::on(0);
    let world = world(mailbox.port, "2", &[]);
    let ben = world.owner("Ben");
    let (ana, id) = ana_asks(&world);
    answer(&ben, &id, "Yes, since Monday.");
    assert_eq!(ben.write(&id, "She asks every week", "note").status, 201);
    answer(&ben, &id, "The blue one <b>too</b>.");
    let mail = mailbox.wait_for(1).remove(0);
    assert_eq!(mail.to, ["ana@home.example"]);
    assert!(mail.text.contains("Yes, since Monday.") && mail.text.contains("The blue one"), "{}", mail.text);
    assert!(!mail.text.contains("every week"), "{}", mail.text);
    assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
    assert_eq!(mail.header("References"), Some(format!("<{id}@shop.example>")));

    let text = mail.text.replace("=\n", "").replace("=3D", "=");
    let code = text.split("#frontdesk=").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let opened = session(&world, &json!({"code": code}));
    assert_eq!(opened.status, 200, "{}", opened.text());
    let opened = opened.json();
    assert_eq!((&opened["visitor"]["id"], &opened["conversation_id"]), (&json!(ana.id), &json!(id)));
    // The device it was opened on has a secret of its own, and the first one keeps its.
    for secret in [opened["secret"].as_str().unwrap(), &ana.secret] {
        assert_eq!(session(&world, &json!({"secret": secret})).json()["visitor"]["id"], json!(ana.id));
    }
    let again = session(&world, &json!({"code": code}));
    assert_eq!((again.status, again.refusal().as_str()), (410, "mail-link-invalid"));
}

#[test]
fn an_answer_read_in_time_is_not_mailed_and_one_to_nobody_neither() {
    let mailbox = Mailbox::on(0);
    let world = world(mailbox.port, "3", &[]);
    let ben = world.owner("Ben");
    let (ana, id) = ana_asks(&world);
    let message = answer(&ben, &id, "Read at once");
    let read = ana.request("POST", &format!("/api/chatbot/conversation/{id}/read"));
    assert_eq!(read.json(&json!({"message_id": message})).send(world.port).status, 200);
    let eve = world.visitor("Eve");
    let anonymous = eve.start();
    assert_eq!(eve.write(&anonymous, "Hello", "c1").status, 201);
    answer(&ben, &anonymous, "Who are you?");
    // What is answered last is mailed last: then the others would have come.
    let (_, last) = ana_asks(&world);
    answer(&ben, &last, "The only one");
    let mails = mailbox.wait_for(1);
    assert!(mails.len() == 1 && mails[0].text.contains("The only one"), "{mails:?}");
}

#[test]
fn a_mail_waits_for_a_mail_server_that_is_down_and_for_a_server_that_was_killed() {
    let port = free_port();
    let mut world = world(port, "1", &[]);
    let ben = world.owner("Ben");
    let (_, id) = ana_asks(&world);
    answer(&ben, &id, "Still here");
    let until = Instant::now() + Duration::from_secs(30);
    while !world.log().contains("an answer was not mailed") {
        assert!(Instant::now() < until, "{}", world.log());
        std::thread::yield_now();
    }
    assert!(!world.log().contains("ana@home.example"), "{}", world.log());
    world.kill();
    let mailbox = Mailbox::on(port);
    world.boot();
    assert!(mailbox.wait_for(1)[0].text.contains("Still here"));
    // One mail goes out after another, so with the second the first was noted: another start does not send it.
    let (_, next) = ana_asks(&world);
    answer(&ben, &next, "Another");
    mailbox.wait_for(2);
    world.kill();
    world.boot();
    let (_, last) = ana_asks(&world);
    answer(&ben, &last, "The last");
    let until = Instant::now() + Duration::from_secs(30);
    let count = |text: &str| mailbox.mails().iter().filter(|mail| mail.text.contains(text)).count();
    while count("The last") == 0 {
        assert!(Instant::now() < until, "the last does not come");
        std::thread::yield_now();
    }
    assert_eq!(count("Still here"), 1);
}

#[test]
fn two_servers_on_one_database_send_one_mail() {
    let mailbox = Mailbox::on(0);
    let url = Postgres::shared().fresh_database();
    let database = [("FRONTDESK_DATABASE_URL", url.as_str())];
    let (first, second) = (world(mailbox.port, "2", &database), world(mailbox.port, "2", &database));
    // The one that started last has the set-up link that works.
    let ben = second.owner("Ben");
    let (_, id) = ana_asks(&first);
    answer(&ben, &id, "Once");
    mailbox.wait_for(1);
    let (_, next) = ana_asks(&first);
    answer(&ben, &next, "And once");
    let mails = mailbox.wait_for(2);
    let of = |text: &str| mails.iter().filter(|mail| mail.text.contains(text)).count();
    assert_eq!((of("Once"), of("And once")), (1, 1), "{mails:?}");
}

#[test]
fn an_invitation_is_mailed_and_its_link_lets_somebody_in() {
    let mailbox = Mailbox::on(0);
    let world = world(mailbox.port, "2", &[]);
    let ben = world.owner("Ben");
    let carol = json!({"role": "agent", "email": "carol@home.example"});
    let made = ben.request("POST", "/api/v1/invitations").json(&carol).send(world.port).json();
    assert_eq!(made["mailed"], true, "{made}");
    let mail = mailbox.wait_for(1).remove(0);
    assert_eq!(mail.to, ["carol@home.example"]);
    assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
    let text = mail.text.replace("=\n", "").replace("=3D", "=");
    let code = text.split("/#join=").nth(1).unwrap().split_whitespace().next().unwrap();
    assert_eq!(made["code"], code);
    let join =
        json!({"code": code, "name": "Carol", "email": "carol@home.example", "password": "a good password"});
    let joined = Request::new("POST", "/api/v1/join").json(&join).send(world.port);
    assert_eq!((joined.status, &joined.json()["agent"]["role"]), (200, &json!("agent")), "{}", joined.text());
}
