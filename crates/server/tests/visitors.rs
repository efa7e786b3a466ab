//! Which visitors have the chat open, as agents and webhooks are told: once for each visitor, however many
//! tabs and nodes, and not of whoever comes back at once.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testkit::http::{Reply, Request};
use testkit::postgres::Postgres;
use testkit::receiver::{Call, Receiver};
use testkit::redis::Redis;
use testkit::socket::{Heard, Socket};
use testkit::world::{Agent, Visitor, World};

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");
/// Longer than whoever left may take to come back unnoticed.
const RETURN: Duration = Duration::from_secs(5);
/// What must come, comes by then.
const PATIENCE: Duration = Duration::from_secs(15);

fn join(world: &World, channel: &str, authorise: impl Fn(&str, &str) -> Reply) -> Socket {
    let mut socket = world.socket();
    let auth = authorise(&socket.socket_id, channel);
    assert_eq!(auth.status, 200, "{}", auth.text());
    socket.subscribe(channel, &auth.json());
    socket.expect("pusher_internal:subscription_succeeded");
    socket
}

/// Ana with a conversation that stands in the list.
fn talker(world: &World, name: &str) -> (Visitor, String) {
    let visitor = world.visitor(name);
    let id = visitor.start();
    assert_eq!(visitor.write(&id, "Hello", "c1").status, 201);
    (visitor, id)
}

/// A tab of a visitor's, on their conversation.
fn tab(world: &World, visitor: &Visitor, conversation: &str) -> Socket {
    let channel = format!("private-chat.conversation.{conversation}");
    join(world, &channel, |socket_id, channel| visitor.authorise(socket_id, channel))
}

/// Where an agent hears of visitors.
fn watch(world: &World, agent: &Agent, widget: &str) -> Socket {
    let channel = format!("private-agents.widget.{widget}");
    join(world, &channel, |socket_id, channel| agent.authorise(socket_id, channel))
}

/// The next event about visitors, as name and visitor's name; `None`: there is none in time.
fn next(socket: &mut Socket, within: Duration) -> Option<(String, Value)> {
    let until = Instant::now() + within;
    loop {
        match socket.hear(until.saturating_duration_since(Instant::now())) {
            Heard::Frame(frame) => {
                let event = frame["event"].as_str().unwrap().to_owned();
                if event.starts_with("visitor.") {
                    return Some((event, frame["data"].clone()));
                }
            }
            Heard::Silence => return None,
            Heard::Closed(code) => panic!("closed with {code}"),
        }
    }
}

/// The next event about visitors is of this name, and about this visitor.
fn hears(socket: &mut Socket, event: &str, visitor: &Visitor) -> Value {
    let (heard, data) = next(socket, PATIENCE).unwrap_or_else(|| panic!("no {event}"));
    assert_eq!((heard.as_str(), &data["visitor"]["id"]), (event, &json!(visitor.id)), "{data}");
    data
}

fn list(world: &World, agent: &Agent, widget: &str, query: &str) -> Reply {
    agent.request("GET", &format!("/api/v1/widgets/{widget}/visitors{query}")).send(world.port)
}

fn names(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let visitors = reply.json()["visitors"].clone();
    visitors.as_array().unwrap().iter().map(|v| v["visitor"]["name"].as_str().unwrap().to_owned()).collect()
}

/// Waits until the list reads so.
fn lists(world: &World, agent: &Agent, widget: &str, expected: &[&str]) {
    let until = Instant::now() + PATIENCE;
    while names(&list(world, agent, widget, "")) != expected {
        assert!(Instant::now() < until, "{:?}", names(&list(world, agent, widget, "")));
        std::thread::yield_now();
    }
}

/// A webhook that wants to know of visitors.
fn hook(world: &World, owner: &Agent, receiver: &Receiver) {
    let wanted = json!({"url": receiver.url("/hook"), "events": ["visitor.online", "visitor.offline"]});
    let made = owner.request("POST", "/api/v1/webhooks").json(&wanted).send(world.port);
    assert_eq!(made.status, 201, "{}", made.text());
}

/// What calls told of a visitor, in order; a call that a kill had repeated is one.
fn told(calls: &[Call], visitor: &Visitor) -> Vec<String> {
    let mut events: Vec<Value> = calls.iter().map(Call::json).collect();
    events.retain(|event| event["data"]["actor_id"] == visitor.id.as_str());
    events.dedup_by(|a, b| a["id"] == b["id"]);
    events.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_visitor_with_two_tabs_counts_once_and_a_page_change_is_silent() {
    let world = World::start(BINARY);
    let ben = world.owner("Ben");
    let widget = ben.widgets[0].clone();
    let ((ana, talk), (eve, other)) = (talker(&world, "Ana"), talker(&world, "Eve"));
    let mut desk = watch(&world, &ben, &widget);
    let began_ms = server::desk::now_ms();
    let (first, second) = (tab(&world, &ana, &talk), tab(&world, &ana, &talk));
    let there = hears(&mut desk, "visitor.online", &ana);
    assert_eq!((&there["widget_id"], &there["conversation_ids"]), (&json!(widget), &json!([talk])));
    assert_eq!(there["visitor"], json!({"id": ana.id, "name": "Ana", "email": null, "verified": false}));
    assert!(there["since_ms"].as_u64().unwrap() >= began_ms);
    let page = list(&world, &ben, &widget, "");
    assert_eq!(page.json(), json!({"success": true, "visitors": [there], "count": 1, "next": null}));
    let tag = page.header("etag").unwrap();
    let path = format!("/api/v1/widgets/{widget}/visitors");
    let known = ben.request("GET", &path).header("if-none-match", tag).send(world.port);
    assert_eq!(known.status, 304, "nothing has changed since");

    let eves = tab(&world, &eve, &other);
    hears(&mut desk, "visitor.online", &eve);
    let first_page = list(&world, &ben, &widget, "?limit=1");
    assert_eq!((names(&first_page), first_page.json()["count"].clone()), (vec!["Eve".into()], json!(2)));
    let after = first_page.json()["next"].as_str().unwrap().to_owned();
    assert_eq!(names(&list(&world, &ben, &widget, &format!("?limit=1&before={after}"))), ["Ana"]);

    drop((first, second));
    let next_page = tab(&world, &ana, &talk);
    assert_eq!(next(&mut desk, RETURN), None, "she was never gone");
    let began = Instant::now();
    drop(next_page);
    let gone = hears(&mut desk, "visitor.offline", &ana);
    assert!(began.elapsed() > Duration::from_secs(2), "not at once");
    assert_eq!(gone, there, "with who they were and since when");
    assert_eq!(names(&list(&world, &ben, &widget, "")), ["Eve"]);
    drop(eves);
}

#[test]
fn ruling_7_carol_without_access_neither_hears_nor_reads_who_is_online() {
    let world = World::start(BINARY);
    let ben = world.owner("Ben");
    let widget = ben.widgets[0].clone();
    ben.add("Carol", "agent", &[]);
    let carol = world.sign_in("Carol");
    let (ana, talk) = talker(&world, "Ana");
    let mut desk = watch(&world, &ben, &widget);
    let channel = format!("private-agents.widget.{widget}");
    let mut hers = world.socket();
    let auth = carol.authorise(&hers.socket_id, &channel);
    assert_eq!((auth.status, auth.refusal().as_str()), (403, "channel-forbidden"));
    hers.subscribe(&channel, &auth.json());
    let _tab = tab(&world, &ana, &talk);
    hears(&mut desk, "visitor.online", &ana);
    assert_eq!(next(&mut hers, Duration::from_secs(1)), None);
    for id in [widget.as_str(), "wgt_unknown"] {
        let no = list(&world, &carol, id, "");
        assert_eq!((no.status, no.refusal().as_str()), (404, "unknown-entry"));
    }
    assert_eq!(list(&world, &ben, &widget, "?before=x").refusal(), "invalid-field");
}

#[test]
fn who_signed_in_without_a_conversation_who_polls_and_who_has_no_websocket_are_online_too() {
    let world = World::start(BINARY);
    let ben = world.owner("Ben");
    let widget = ben.widgets[0].clone();
    let mut desk = watch(&world, &ben, &widget);

    let kim = world.visitor("Kim");
    let mut socket = world.socket();
    let auth = kim.request("POST", "/broadcasting/user-auth").json(&json!({"socket_id": socket.socket_id}));
    let auth = auth.send(world.port).json();
    socket.say(&json!({"event": "pusher:signin", "data": auth}));
    socket.expect("pusher:signin_success");
    assert_eq!(hears(&mut desk, "visitor.online", &kim)["conversation_ids"], json!([]));
    drop(socket);
    hears(&mut desk, "visitor.offline", &kim);

    let (ana, talk) = talker(&world, "Ana");
    assert_eq!(ana.read(&talk, "?after=0").status, 200);
    hears(&mut desk, "visitor.online", &ana);
    // Her socket is the better sign: with it gone she is gone, although her poll was just now.
    let socket = tab(&world, &ana, &talk);
    assert_eq!(next(&mut desk, Duration::from_secs(2)), None, "she was there");
    drop(socket);
    let began = Instant::now();
    hears(&mut desk, "visitor.offline", &ana);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());

    let (eve, talk) = talker(&world, "Eve");
    let ask = |action: &str, n: u32| {
        let base = format!("/pusher/app/{}/7/sessione", world.key);
        Request::new("POST", &format!("{base}/{action}?protocol=7&client=js&version=8.6.0&t=1&n={n}"))
    };
    let hello = ask("xhr", 1).send(world.port).text();
    let from = hello.find("socket_id").unwrap() + "socket_id".len();
    let socket_id: String = hello[from..]
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(|c| *c == '.' || c.is_ascii_digit())
        .collect();
    let channel = format!("private-chat.conversation.{talk}");
    let mut data = eve.authorise(&socket_id, &channel).json();
    data["channel"] = channel.into();
    let frame = json!({"event": "pusher:subscribe", "data": data}).to_string();
    let body = json!([frame]).to_string().into_bytes();
    assert_eq!(ask("xhr_send", 2).raw("application/json", body).send(world.port).status, 204);
    hears(&mut desk, "visitor.online", &eve);
}

#[test]
fn a_webhook_is_told_once_that_somebody_came_and_went_and_a_kill_changes_nothing() {
    let mut world = World::start_with(BINARY, &[("FRONTDESK_OUTBOUND_ALLOW", "127.0.0.0/8")]);
    let (ben, receiver, facts) = (world.owner("Ben"), Receiver::start(), Receiver::start());
    hook(&world, &ben, &receiver);
    let everything = json!({"url": facts.url("/hook")});
    assert_eq!(ben.request("POST", "/api/v1/webhooks").json(&everything).send(world.port).status, 201);
    let ((ana, talk), (eve, other)) = (talker(&world, "Ana"), talker(&world, "Eve"));
    let (hers, _second) = (tab(&world, &ana, &talk), tab(&world, &ana, &talk));
    let eves = tab(&world, &eve, &other);
    let calls = receiver.until(|calls| !told(calls, &ana).is_empty() && !told(calls, &eve).is_empty());
    let call = calls.iter().find(|call| call.json()["data"]["actor_id"] == ana.id.as_str()).unwrap().json();
    assert_eq!(
        (&call["type"], &call["seq"], &call["version"]),
        (&json!("visitor.online"), &json!(0), &json!(1))
    );
    assert_eq!(
        call["data"],
        json!({"conversation_id": talk, "widget_id": ben.widgets[0], "actor_type": "visitor", "actor_id": ana.id})
    );
    world.kill();
    drop((hers, eves));
    world.boot();
    // Ana comes back, Eve does not.
    let back = tab(&world, &ana, &talk);
    receiver.until(|calls| told(calls, &eve) == ["visitor.online", "visitor.offline"]);
    drop(back);
    let calls = receiver.until(|calls| told(calls, &ana).len() > 1);
    assert_eq!(told(&calls, &ana), ["visitor.online", "visitor.offline"], "she was there all the time");
    assert!(
        facts.calls().iter().all(|call| !call.json()["type"].as_str().unwrap().starts_with("visitor.")),
        "who wants every fact gets no signals"
    );
}

#[test]
fn two_nodes_have_one_list_and_each_agent_and_webhook_is_told_once() {
    let (redis, url, receiver) = (Redis::start(), Postgres::shared().fresh_database(), Receiver::start());
    let mut environment = redis.environment().to_vec();
    let own = [
        ("REVERB_APP_ID", "1"),
        ("REVERB_APP_KEY", "desk"),
        ("REVERB_APP_SECRET", "word"),
        ("FRONTDESK_OUTBOUND_ALLOW", "127.0.0.0/8"),
        ("FRONTDESK_DATABASE_URL", &url),
    ];
    environment.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let environment: Vec<(&str, &str)> = environment.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let (here, there) = (World::start_with(BINARY, &environment), World::start_with(BINARY, &environment));
    here.owner("Ben");
    let (bens, his) = (here.sign_in("Ben"), there.sign_in("Ben"));
    let widget = bens.widgets[0].clone();
    hook(&here, &bens, &receiver);
    let ((ana, talk), (eve, other)) = (talker(&here, "Ana"), talker(&here, "Eve"));
    let (mut desk, mut far) = (watch(&here, &bens, &widget), watch(&there, &his, &widget));

    let tabs = (tab(&here, &ana, &talk), tab(&there, &ana, &talk));
    let (one, two) = (hears(&mut desk, "visitor.online", &ana), hears(&mut far, "visitor.online", &ana));
    assert_eq!((&one["visitor"], &one["conversation_ids"]), (&two["visitor"], &two["conversation_ids"]));
    // Eve only polls the first node.
    assert_eq!(eve.read(&other, "?after=0").status, 200);
    for socket in [&mut desk, &mut far] {
        hears(socket, "visitor.online", &eve);
    }
    lists(&here, &bens, &widget, &["Eve", "Ana"]);
    lists(&there, &his, &widget, &["Eve", "Ana"]);

    let (first, second) = tabs;
    drop(first);
    assert_eq!(next(&mut desk, RETURN), None, "her other tab is on the other node");
    drop(second);
    for socket in [&mut desk, &mut far] {
        hears(socket, "visitor.offline", &ana);
        assert_eq!(next(socket, Duration::from_secs(1)), None, "once");
    }
    let calls = receiver.until(|calls| told(calls, &ana).len() > 1);
    assert_eq!(told(&calls, &ana), ["visitor.online", "visitor.offline"]);
    assert_eq!(told(&calls, &eve), ["visitor.online"]);
}
