//! Is anybody there? What visitors are told follows from who is connected, what agents say and the hours;
//! and what a visitor types is seen by agents only where the widget says so.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testkit::http::Request;
use testkit::socket::Socket;
use testkit::world::{Agent, World};

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");

fn config(world: &World) -> Value {
    let token = format!("Bearer {}", world.widget_token());
    Request::new("GET", "/api/chatbot/config").header("authorization", &token).send(world.port).json()
}

fn set(world: &World, ben: &Agent, settings: &Value) -> testkit::http::Reply {
    let path = format!("/api/v1/widgets/{}", ben.widgets[0]);
    ben.request("PATCH", &path).json(&json!({"settings": settings})).send(world.port)
}

fn say(world: &World, ben: &Agent, status: &str) {
    let reply = ben.request("PUT", "/api/v1/me/presence").json(&json!({"status": status})).send(world.port);
    assert_eq!(reply.status, 200, "{}", reply.text());
}

/// The next availability of which this holds, as the widget's channel tells it.
fn hear(socket: &mut Socket, holds: impl Fn(&Value) -> bool) -> Value {
    loop {
        let heard = socket.expect("availability.updated");
        if holds(&heard["data"]) {
            return heard["data"].clone();
        }
    }
}

fn join(world: &World, ben: &Agent, channel: &str) -> Socket {
    let mut socket = world.socket();
    let auth = ben.authorise(&socket.socket_id, channel).json();
    socket.subscribe(channel, &auth);
    socket.expect("pusher_internal:subscription_succeeded");
    socket
}

#[test]
fn visitors_are_told_when_somebody_comes_says_away_and_the_desk_closes() {
    let world = World::start(BINARY);
    let (ben, ana) = (world.owner("Ben"), world.visitor("Ana"));
    let shown = json!({"show_agents": true, "away_text": "Back soon"});
    assert_eq!(set(&world, &ben, &shown).status, 200);
    let mut page = world.socket();
    page.subscribe(&format!("cache-widget.{}", ben.widgets[0]), &json!({}));
    let nobody = hear(&mut page, |said| said["away_text"] == "Back soon");
    assert_eq!(
        (&nobody["online"], &nobody["open"], &nobody["agents"]),
        (&json!(false), &json!(true), &json!([]))
    );

    let id = ana.start();
    let posted = ana.write(&id, "Anybody?", "c1");
    assert_eq!((posted.status, &posted.json()["availability"]["online"]), (201, &json!(false)));
    let tag = ana.read(&id, "").header("etag").unwrap().to_owned();

    let _console = join(&world, &ben, "presence-agents");
    let there = hear(&mut page, |said| said["online"] == true);
    assert_eq!((&there["agents"][0]["name"], &there["away_text"]), (&json!("Ben"), &Value::Null));
    assert!(!there.to_string().contains("desk.example"), "no address of an agent: {there}");
    assert_eq!(config(&world)["availability"], there);
    let poll = ana.request("GET", &format!("/api/chatbot/conversation/{id}")).header("if-none-match", &tag);
    let poll = poll.send(world.port);
    assert_eq!((poll.status, &poll.json()["availability"]), (200, &there), "who polls learns of it");

    say(&world, &ben, "away");
    assert_eq!(hear(&mut page, |said| said["online"] == false)["away_text"], "Back soon");
    say(&world, &ben, "online");
    hear(&mut page, |said| said["online"] == true);
    let closed = json!({"hours": {"zone": "Europe/Madrid", "days": []}});
    assert_eq!(set(&world, &ben, &closed).status, 200);
    let closed = hear(&mut page, |said| said["open"] == false);
    assert_eq!((&closed["online"], &closed["agents"]), (&json!(true), &json!([])));
    let unknown = set(&world, &ben, &json!({"hours": {"zone": "Europe/Atlantis", "days": []}}));
    assert_eq!((unknown.status, unknown.refusal().as_str()), (422, "invalid-field"));
    assert_eq!(ana.write(&id, "Still?", "c2").status, 201, "a message is always accepted");
}

#[test]
fn what_agents_say_outlives_a_restart() {
    let mut world = World::start(BINARY);
    let ben = world.owner("Ben");
    say(&world, &ben, "away");
    world.kill();
    world.boot();
    assert_eq!(ben.request("GET", "/api/v1/me").send(world.port).json()["status"], "away");
}

#[test]
fn ruling_6_what_a_visitor_types_is_stripped_unless_the_widget_shares_it() {
    let world = World::start(BINARY);
    let (ben, ana) = (world.owner("Ben"), world.visitor("Ana"));
    let id = ana.start();
    let channel = format!("private-chat.conversation.{id}");
    let mut agent = join(&world, &ben, &channel);
    let mut visitor = world.socket();
    visitor.subscribe(&channel, &ana.authorise(&visitor.socket_id, &channel).json());
    visitor.expect("pusher_internal:subscription_succeeded");
    let typed = json!({"on": true, "text": "I am so ang"});
    let whisper = json!({"event": "client-typing", "channel": channel, "data": typed});
    let post = || {
        ana.request("POST", &format!("/api/chatbot/conversation/{id}/typing")).json(&typed).send(world.port)
    };
    let page = || ben.request("GET", &format!("/api/v1/conversations/{id}")).send(world.port).json();
    assert_eq!(config(&world)["typing_preview"], false);
    visitor.say(&whisper);
    assert_eq!(agent.expect("client-typing")["data"], json!({"on": true}));
    assert_eq!(post().status, 200);
    assert_eq!(agent.expect("client-typing")["data"], json!({"on": true}));
    assert_eq!(page()["typing"], json!([{"user_id": ana.id}]));

    assert_eq!(set(&world, &ben, &json!({"typing_preview": true})).status, 200);
    assert_eq!(config(&world)["typing_preview"], true, "disclosed before anything is shared");
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        assert_eq!(post().status, 200);
        if agent.expect("client-typing")["data"] == typed {
            break;
        }
        assert!(Instant::now() < until, "the text is not shared");
    }
    // The first whisper asked for the conversation's widget.
    visitor.say(&whisper);
    assert_eq!(agent.expect("client-typing")["data"], typed);
    assert_eq!(page()["typing"], json!([{"user_id": ana.id, "text": "I am so ang"}]));
}
