//! The API as another program uses it: keys, the feed, webhooks, retries, tags, limits and blocks, over a
//! real server.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testkit::http::{Reply, Request};
use testkit::receiver::{Call, Receiver};
use testkit::world::{Agent, World};
use wire::sign;

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");

fn with(key: &str, method: &str, path: &str) -> Request {
    Request::new(method, path).header("authorization", &format!("Bearer {key}"))
}

fn post(agent: &Agent, port: u16, path: &str, body: &Value) -> Reply {
    agent.request("POST", path).json(body).send(port)
}

/// A key's secret and the key.
fn key(owner: &Agent, port: u16, scopes: &[&str]) -> (String, Value) {
    let reply = post(owner, port, "/api/v1/keys", &json!({"name": "Shop", "scopes": scopes}));
    assert_eq!(reply.status, 201, "{}", reply.text());
    (reply.json()["secret"].as_str().unwrap().to_owned(), reply.json()["key"].clone())
}

#[test]
fn a_key_works_without_cookie_and_csrf_and_its_secret_is_shown_once() {
    let world = World::start(BINARY);
    let (ben, ana) = (world.owner("Ben"), world.visitor("Ana"));
    let id = ana.start();
    ana.write(&id, "Where is my parcel?", "c1");
    let (secret, made) = key(&ben, world.port, &["conversations:read", "conversations:write"]);
    let path = format!("/api/v1/conversations/{id}/messages");
    let written = with(&secret, "POST", &path).json(&json!({"message": "In Porto"})).send(world.port);
    assert_eq!(written.status, 201, "{}", written.text());
    assert_eq!(written.json()["message"]["sender_name"], "Shop");
    assert_eq!(written.json()["message"]["sender_id"], made["agent_id"]);
    let list = ben.request("GET", "/api/v1/keys").send(world.port);
    assert!(!list.text().contains(&secret) && list.text().contains("used_at"));
    let file = std::fs::read(world.data.join("frontdesk.sqlite")).unwrap();
    assert!(!file.windows(secret.len()).any(|window| window == secret.as_bytes()), "kept hashed");
    assert!(!world.log().contains(&secret));
    // A cookie beside a key gives the key no more.
    let both =
        with(&secret, "GET", "/api/v1/me").header("cookie", &format!("frontdesk_session={}", ben.token));
    assert_eq!(both.send(world.port).refusal(), "scope-missing");
}

#[test]
fn the_feed_wakes_who_waits_and_answers_304_to_who_knows() {
    let world = World::start(BINARY);
    let (ben, ana) = (world.owner("Ben"), world.visitor("Ana"));
    let (secret, _) = key(&ben, world.port, &["conversations:read"]);
    let id = ana.start();
    let end = with(&secret, "GET", "/api/v1/events").send(world.port);
    assert_eq!(end.json()["events"], json!([]));
    let next = end.json()["next"].as_str().unwrap().to_owned();
    let began = Instant::now();
    let waiting = std::thread::spawn({
        let (secret, port, path) =
            (secret.clone(), world.port, format!("/api/v1/events?after={next}&wait=25"));
        move || with(&secret, "GET", &path).send(port)
    });
    ana.write(&id, "Hello", "c1");
    let woken = waiting.join().unwrap();
    assert!(began.elapsed() < Duration::from_secs(20), "the fact woke it");
    let kinds: Vec<_> =
        woken.json()["events"].as_array().unwrap().iter().map(|e| e["type"].clone()).collect();
    assert_eq!(kinds, ["conversation.created", "message.created"]);
    assert_eq!(woken.json()["events"][1]["data"]["conversation_id"], id.as_str());
    let next = woken.json()["next"].as_str().unwrap().to_owned();
    let again = with(&secret, "GET", &format!("/api/v1/events?after={next}"))
        .header("if-none-match", woken.header("etag").unwrap())
        .send(world.port);
    assert_eq!((again.status, again.body.len()), (304, 0));
    let foreign = with(&secret, "GET", "/api/v1/events?after=0-99999").send(world.port);
    assert_eq!((foreign.status, foreign.refusal().as_str()), (410, "start-over"));
}

/// A world whose calls may reach this machine, its owner, and a webhook there.
fn hooked(receiver: &Receiver) -> (World, Agent, String, String) {
    let world = World::start_with(BINARY, &[("FRONTDESK_OUTBOUND_ALLOW", "127.0.0.0/8")]);
    let ben = world.owner("Ben");
    let made = post(&ben, world.port, "/api/v1/webhooks", &json!({"url": receiver.url("/hook")}));
    assert_eq!(made.status, 201, "{}", made.text());
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let (id, secret) = (word(&made.json()["webhook"]["id"]), word(&made.json()["secret"]));
    (world, ben, id, secret)
}

fn told(calls: &[Call]) -> Vec<String> {
    let line = |event: Value| format!("{} {}", event["type"].as_str().unwrap_or_default(), event["seq"]);
    calls.iter().filter(|call| call.status == 200).map(|call| line(call.json())).collect()
}

#[test]
fn a_webhook_is_told_in_order_signed_and_again_after_a_failure() {
    let receiver = Receiver::start();
    let (mut world, ben, hook, secret) = hooked(&receiver);
    let ana = world.visitor("Ana");
    let id = ana.start();
    receiver.answer(500);
    ana.write(&id, "Hello", "c1");
    receiver.until(|calls| !calls.is_empty());
    ben.write(&id, "Hi Ana", "text");
    // What was committed is delivered although the server dies.
    world.kill();
    receiver.answer(200);
    world.boot();
    let calls = receiver.until(|calls| told(calls).len() >= 4);
    let expected = ["conversation.created 0", "message.created 1", "agent.joined 2", "message.created 3"];
    assert_eq!(told(&calls), expected);
    for call in &calls {
        let timestamp = call.header("webhook-timestamp").unwrap().parse().unwrap();
        let event_id = call.header("webhook-id").unwrap();
        assert_eq!(call.json()["id"], event_id);
        let signed = sign::standard_webhook(&secret, event_id, timestamp, &call.body).unwrap();
        assert_eq!(call.header("webhook-signature"), Some(signed.as_str()));
        assert!(!call.body.contains("Hello"), "thin");
    }
    let path = format!("/api/v1/webhooks/{hook}/deliveries");
    let until = Instant::now() + Duration::from_secs(20);
    let log = loop {
        let log = ben.request("GET", &path).send(world.port).json()["deliveries"].as_array().unwrap().clone();
        if log.iter().filter(|entry| entry["status"] == 200).count() == 4 || Instant::now() > until {
            break log;
        }
    };
    assert!(log.iter().any(|entry| entry["status"] == 500), "{log:?}");
    let first = log.last().unwrap();
    assert_eq!(first["type"], "conversation.created");
    let replay = format!("{path}/{}/replay", first["id"].as_str().unwrap());
    assert_eq!(post(&ben, world.port, &replay, &json!({})).status, 200);
    let calls = receiver.until(|calls| told(calls).len() >= 5);
    assert_eq!(calls.last().unwrap().json()["id"], first["event_id"], "under the same id");
    // Two secrets sign after a rotation.
    let rotated =
        ben.request("PATCH", &format!("/api/v1/webhooks/{hook}")).json(&json!({"rotate_secret": true}));
    let rotated = rotated.send(world.port).json();
    let tested = post(&ben, world.port, &format!("/api/v1/webhooks/{hook}/test"), &json!({})).json();
    assert_eq!(tested["delivery"]["status"], 200, "{tested}");
    let call = receiver.calls().last().unwrap().clone();
    let timestamp = call.header("webhook-timestamp").unwrap().parse().unwrap();
    let by = |secret: &str| {
        sign::standard_webhook(secret, call.header("webhook-id").unwrap(), timestamp, &call.body).unwrap()
    };
    let both = format!("{} {}", by(rotated["secret"].as_str().unwrap()), by(&secret));
    assert_eq!(call.header("webhook-signature"), Some(both.as_str()));
}

#[test]
fn a_webhook_cannot_reach_a_private_address() {
    let receiver = Receiver::start();
    let world = World::start(BINARY);
    let ben = world.owner("Ben");
    let made = post(&ben, world.port, "/api/v1/webhooks", &json!({"url": receiver.url("/hook")})).json();
    let path = format!("/api/v1/webhooks/{}/test", made["webhook"]["id"].as_str().unwrap());
    let tested = post(&ben, world.port, &path, &json!({})).json();
    assert_eq!(tested["delivery"]["status"], Value::Null);
    assert!(tested["delivery"]["failure"].as_str().unwrap().contains("private"), "{tested}");
    assert!(receiver.calls().is_empty());
}

#[test]
fn the_same_request_under_one_key_runs_once() {
    let world = World::start(BINARY);
    let (ben, ana) = (world.owner("Ben"), world.visitor("Ana"));
    let make = |name: &str, key: &str| {
        ben.request("POST", "/api/v1/keys")
            .header("idempotency-key", key)
            .json(&json!({"name": name, "scopes": ["agents:read"]}))
    };
    let together: Vec<Reply> = std::thread::scope(|scope| {
        let send = || scope.spawn(|| make("Shop", "k1").send(world.port));
        let running: Vec<_> = (0..4).map(|_| send()).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let with_secret = together.iter().filter(|r| r.json()["secret"].as_str().is_some_and(|s| !s.is_empty()));
    assert_eq!(with_secret.count(), 1);
    assert!(together.iter().all(|r| r.status == 201 || r.refusal() == "idempotency-key-busy"));
    let again = make("Shop", "k1").send(world.port);
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, Some("true")));
    assert_eq!(again.json()["secret"], "", "a secret is kept nowhere");
    let other = make("Other", "k1").send(world.port);
    assert_eq!((other.status, other.refusal().as_str()), (422, "idempotency-key-reused"));
    let keys = ben.request("GET", "/api/v1/keys").send(world.port).json();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
    // A message goes by the key, whoever writes it.
    let id = ana.start();
    let path = format!("/api/chatbot/conversation/{id}/messages");
    let say = || ana.request("POST", &path).header("idempotency-key", "m1").json(&json!({"message": "Hi"}));
    let (first, second) = (say().send(world.port), say().send(world.port));
    assert_eq!((first.status, second.status), (201, 200));
    assert_eq!(first.json()["message"]["id"], second.json()["message"]["id"]);
}

#[test]
fn a_change_is_made_to_what_was_read_or_not_at_all() {
    let world = World::start(BINARY);
    let (ben, ana) = (world.owner("Ben"), world.visitor("Ana"));
    let conversation = ana.start();
    ana.write(&conversation, "Hello", "c1");
    let link = format!("/api/v1/visitors/{}/contact", ana.id);
    let contact = post(&ben, world.port, &link, &json!({"name": "Ana"})).json()["contact"].clone();
    let hook = post(&ben, world.port, "/api/v1/webhooks", &json!({"url": "https://shop.example/a"})).json();
    let id = |of: &Value| of["id"].as_str().unwrap().to_owned();
    let changes = [
        (format!("widgets/{}", ben.widgets[0]), "/widget/greeting", "greeting", ["Hi", "Hello"]),
        (format!("conversations/{conversation}"), "/conversation/priority", "priority", ["high", "low"]),
        (format!("contacts/{}", id(&contact)), "/contact/phone", "phone", ["+34 600", "+34 601"]),
        (
            format!("webhooks/{}", id(&hook["webhook"])),
            "/webhook/url",
            "url",
            ["https://shop.example/b", "https://shop.example/c"],
        ),
    ];
    for (path, place, field, [first, second]) in changes {
        only_as_it_was_read(&ben, world.port, &format!("/api/v1/{path}"), (place, field), first, second);
    }
}

fn only_as_it_was_read(
    ben: &Agent,
    port: u16,
    path: &str,
    (place, field): (&str, &str),
    first: &str,
    second: &str,
) {
    let read = || ben.request("GET", path).send(port);
    let tag = read().header("etag").unwrap().to_owned();
    let change = |value: &str, tag: &str| {
        let request = ben.request("PATCH", path).header("if-match", tag);
        request.json(&json!({field: value})).send(port)
    };
    assert_eq!(change(first, &format!("\"other\", {tag}")).status, 200, "{path}: one of several");
    let late = change(second, &tag);
    assert_eq!((late.status, late.refusal().as_str()), (412, "precondition-failed"), "{path}");
    assert_eq!(read().json().pointer(place).unwrap(), first, "{path}: unchanged");
    let now = read().header("etag").unwrap().to_owned();
    assert_ne!(now, tag);
    let known = ben.request("GET", path).header("if-none-match", &now).send(port);
    assert_eq!(known.status, 304, "{path}");
    assert_eq!(change(second, "*").status, 200, "{path}: whatever it is");
    assert_eq!(read().json().pointer(place).unwrap(), second, "{path}");
}

#[test]
fn every_answer_says_what_is_left_and_a_full_bucket_when_to_come_back() {
    let world = World::start_with(BINARY, &[("FRONTDESK_KEY_CALLS_PER_MINUTE", "3")]);
    let ben = world.owner("Ben");
    let (secret, _) = key(&ben, world.port, &["agents:read"]);
    let call = || with(&secret, "GET", "/api/v1/agents").send(world.port);
    let first = call();
    assert_eq!((first.status, first.header("ratelimit-limit")), (200, Some("3")));
    assert_eq!(first.header("ratelimit-remaining"), Some("2"));
    assert_eq!(first.header("ratelimit-reset"), Some("20"), "a third of a minute");
    call();
    call();
    let full = call();
    assert_eq!((full.status, full.refusal().as_str()), (429, "too-many-requests"));
    let wait: u64 = full.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert_eq!(full.header("ratelimit-reset"), full.header("retry-after"));
}

#[test]
fn who_is_blocked_is_turned_away_first_and_their_sockets_closed() {
    let world = World::start(BINARY);
    let (ben, ana) = (world.owner("Ben"), world.visitor("Ana"));
    let id = ana.start();
    let mut socket = world.socket();
    let channel = format!("private-chat.conversation.{id}");
    let auth = ana.authorise(&socket.socket_id, &channel).json();
    socket.subscribe(&channel, &auth);
    socket.expect("pusher_internal:subscription_succeeded");
    let blocked =
        post(&ben, world.port, "/api/v1/blocks", &json!({"kind": "visitor", "value": ana.id, "for_s": 60}));
    assert_eq!(blocked.status, 201, "{}", blocked.text());
    let began = Instant::now();
    assert_eq!(socket.expect_close(Duration::from_secs(5)), 4009);
    assert!(began.elapsed() < Duration::from_secs(2));
    assert_eq!(ana.read(&id, "").refusal(), "session-expired");
    let renewal = Request::new("POST", "/api/chatbot/session")
        .header("authorization", &format!("Bearer {}", world.widget_token()))
        .json(&json!({"secret": ana.secret}))
        .send(world.port);
    assert_eq!((renewal.status, renewal.refusal().as_str()), (403, "blocked-for-now"));
    let wait: u64 = renewal.header("retry-after").unwrap().parse().unwrap();
    assert!((50..=60).contains(&wait), "{wait}");
    // Everybody at this address, for good: the console stays open, and a visitor's socket does not.
    let eve = world.visitor("Eve");
    let channel = format!("private-chat.conversation.{}", eve.start());
    let (mut hers, mut his) = (world.socket(), world.socket());
    hers.subscribe(&channel, &eve.authorise(&hers.socket_id, &channel).json());
    hers.expect("pusher_internal:subscription_succeeded");
    his.subscribe(&channel, &ben.authorise(&his.socket_id, &channel).json());
    his.expect("pusher_internal:subscription_succeeded");
    post(&ben, world.port, "/api/v1/blocks", &json!({"kind": "address", "value": "127.0.0.0/8"}));
    assert_eq!(hers.expect_close(Duration::from_secs(5)), 4009);
    his.say(&json!({"event": "pusher:ping", "data": {}}));
    his.expect("pusher:pong");
    let config = world.get("/api/chatbot/config").send(world.port);
    assert_eq!(
        (config.status, config.refusal().as_str(), config.header("retry-after")),
        (403, "blocked", None)
    );
    let list = ben.request("GET", "/api/v1/blocks").send(world.port).json();
    let address = list["blocks"].as_array().unwrap().iter().find(|b| b["kind"] == "address").unwrap().clone();
    let path = format!("/api/v1/blocks/{}", address["id"].as_str().unwrap());
    assert_eq!(ben.request("DELETE", &path).send(world.port).status, 200);
    assert_eq!(world.get("/api/chatbot/config").send(world.port).refusal(), "not-signed-in");
}
