//! What owners see of the server at work, asked of real servers: figures, channels, one channel's events, queues and
//! nodes; and that nobody else sees any of it.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testkit::http::Reply;
use testkit::receiver::Receiver;
use testkit::redis::Redis;
use testkit::socket::Socket;
use testkit::world::{Agent, World, fresh_folder};

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");
/// How long what must come may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Ben, who owns the desk, and his server.
struct Desk {
    world: World,
    ben: Agent,
}

impl Desk {
    fn start(environment: &[(&str, &str)]) -> Desk {
        let world = World::start_with(BINARY, environment);
        let ben = world.owner("Ben");
        Desk { world, ben }
    }

    fn get(&self, path: &str) -> Value {
        let reply = self.ben.request("GET", &format!("/api/v1/monitor/{path}")).send(self.world.port);
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply.json()
    }

    fn post(&self, path: &str, body: &Value) -> Reply {
        self.ben.request("POST", &format!("/api/v1/monitor/{path}")).json(body).send(self.world.port)
    }

    /// Asks until the answer is as it should be.
    fn until(&self, path: &str, enough: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let answer = self.get(path);
            if enough(&answer) {
                return answer;
            }
            assert!(Instant::now() < end, "{path}: {answer:#}");
            std::thread::yield_now();
        }
    }

    fn inspect(&self, channel: &str) -> String {
        let reply = self.post("inspections", &json!({"channel": channel}));
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["id"].as_str().unwrap().to_owned()
    }
}

fn joined(world: &World, channels: &[&str]) -> Socket {
    let mut socket = world.socket();
    for channel in channels {
        socket.subscribe(channel, &Value::Null);
        socket.expect("pusher_internal:subscription_succeeded");
    }
    socket
}

fn last(columns: &Value, name: &str) -> f64 {
    columns[name].as_array().unwrap().last().and_then(Value::as_f64).unwrap_or_default()
}

#[test]
fn the_overview_shows_that_ana_connected_and_what_was_sent_to_her() {
    let desk = Desk::start(&[]);
    let before = desk.until("overview", |reply| !reply["columns"]["at"].as_array().unwrap().is_empty());
    assert_eq!(before["connections"], 0);
    let mut ana = joined(&desk.world, &["news"]);
    assert_eq!(
        desk.post("events", &json!({"channel": "news", "event": "e", "data": "1"})).json()["heard"],
        1
    );
    ana.expect("e");
    let seen = desk.until("overview", |reply| {
        let peak = |name: &str| {
            let column = reply["columns"][name].as_array().unwrap();
            column.iter().filter_map(Value::as_f64).fold(0.0, f64::max)
        };
        last(&reply["columns"], "connections") > 0.5
            && ["messages", "deliveries", "latency_p50_us", "latency_p99_us", "requests"]
                .iter()
                .all(|name| peak(name) > 0.0)
    });
    assert_eq!((&seen["connections"], &seen["channels"]), (&json!(1), &json!(1)));
    let columns = seen["columns"].as_object().unwrap();
    let lengths: Vec<usize> = columns.values().filter_map(|column| column.as_array().map(Vec::len)).collect();
    assert!(lengths.len() == 10 && lengths.iter().all(|length| *length == lengths[0]), "{seen:#}");
    assert!(last(&seen["columns"], "memory_bytes") > 1e6);
    let end = seen["columns"]["at"].as_array().unwrap().last().unwrap().as_u64().unwrap();
    let later = desk.until(&format!("overview?after={end}"), |reply| {
        !reply["columns"]["at"].as_array().unwrap().is_empty()
    });
    assert!(later["columns"]["at"][0].as_u64().unwrap() > end, "only what is new");
    assert_eq!(desk.get("overview?step=minute")["columns"]["step_s"], 60);
}

#[test]
fn channels_are_listed_with_their_subscribers_by_prefix_in_pages_and_over_apps() {
    let folder = fresh_folder();
    let file = folder.join("apps.toml");
    std::fs::write(&file, "[[apps]]\nid = \"7\"\nkey = \"shop-key\"\nsecret = \"s\"\n").unwrap();
    let desk = Desk::start(&[("FRONTDESK_CONFIG", file.to_str().unwrap())]);
    let _all = joined(&desk.world, &["a", "b", "c", "news"]);
    let _news = joined(&desk.world, &["news"]);
    let mut shop = Socket::open(desk.world.port, "shop-key");
    shop.subscribe("b", &Value::Null);
    shop.expect("pusher_internal:subscription_succeeded");
    let names = |reply: &Value| {
        let rows = reply["channels"].as_array().unwrap().iter();
        rows.map(|row| format!("{} {}", row["name"].as_str().unwrap(), row["subscriptions"]))
            .collect::<Vec<_>>()
    };
    let crowded = desk.get("channels?limit=2");
    assert_eq!((names(&crowded)[0].as_str(), &crowded["total"]), ("news 2", &json!(5)));
    let next = crowded["next"].as_str().unwrap().replace(' ', "%20");
    assert_eq!(
        names(&desk.get(&format!("channels?limit=9&after={next}"))).len(),
        3,
        "and the rest behind it"
    );
    assert_eq!(names(&desk.get("channels?sort=name&prefix=n")), ["news 2"]);
    let own = desk.get("channels?sort=name&app=7");
    assert_eq!((names(&own), &own["channels"][0]["app"]), (vec!["b 1".to_owned()], &json!("7")));
    assert_eq!(own["apps"].as_array().unwrap().len(), 2);
    assert_eq!(own["is_whole"], true);
    let refused = desk.ben.request("GET", "/api/v1/monitor/channels?after=no").send(desk.world.port);
    assert_eq!((refused.status, refused.refusal().as_str()), (422, "invalid-field"));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn an_inspection_shows_names_and_sizes_and_what_was_said_only_when_asked() {
    let desk = Desk::start(&[]);
    let ana = desk.world.visitor("Ana");
    let conversation = ana.start();
    let channel = format!("private-chat.conversation.{conversation}");
    ana.write(&conversation, "before", "first");
    let id = desk.inspect(&channel);
    ana.write(&conversation, "My card is 4711", "second");
    let path = format!("inspections/{id}?after=0");
    let created = |reply: &Value| {
        let events = reply["events"].as_array().unwrap();
        events.iter().find(|event| event["name"] == "ChatMessageReceived").cloned()
    };
    let seen = desk.until(&path, |reply| created(reply).is_some());
    let event = created(&seen).unwrap();
    let number = event["number"].as_u64().unwrap();
    assert!(event["bytes"].as_u64().unwrap() > 50 && !seen.to_string().contains("4711"), "{seen:#}");
    assert!(!desk.world.log().contains("reads what an event says"));
    let bodies = format!("inspections/{id}/bodies");
    let body = desk.post(&bodies, &json!({"number": number}));
    assert!(body.json()["body"].as_str().unwrap().contains("My card is 4711"), "{}", body.text());
    let log = desk.world.log();
    assert!(log.contains("an owner reads what an event says") && log.contains(&desk.ben.id), "{log}");
    assert!(!log.contains("4711"));
    let trail = desk.ben.request("GET", "/api/v1/audit").send(desk.world.port).json();
    let of =
        |kind: &str| trail["entries"].as_array().unwrap().iter().find(|one| one["kind"] == kind).cloned();
    let read = of("event-read").unwrap();
    assert_eq!((&read["about"], &read["detail"]), (&json!(channel), &json!("ChatMessageReceived")));
    assert!(of("channel-inspected").is_some() && !trail.to_string().contains("4711"), "{trail}");
    assert_eq!(desk.post(&bodies, &json!({"number": 9})).refusal(), "unknown-entry");
    let last = seen["events"].as_array().unwrap().len();
    assert_eq!(desk.get(&format!("inspections/{id}?after={last}"))["events"], json!([]));

    // Another owner begins their own, and whoever is none gets nothing.
    desk.ben.add("Olga", "owner", &[]);
    desk.ben.add("Carol", "agent", &[&desk.ben.widgets[0]]);
    for (name, status, refusal) in [("Olga", 404, "unknown-entry"), ("Carol", 403, "not-allowed")] {
        let colleague = desk.world.sign_in(name);
        let path = format!("/api/v1/monitor/{bodies}");
        let reply = colleague.request("POST", &path).json(&json!({"number": 1})).send(desk.world.port);
        assert_eq!((reply.status, reply.refusal().as_str()), (status, refusal), "{name}");
    }
    let path = format!("/api/v1/monitor/inspections/{id}");
    assert_eq!(desk.ben.request("DELETE", &path).send(desk.world.port).status, 200);
    assert_eq!(desk.ben.request("GET", &path).send(desk.world.port).refusal(), "unknown-entry");
}

#[test]
fn what_looks_like_a_credential_stays_hidden_and_what_was_too_much_is_counted() {
    let desk = Desk::start(&[]);
    let id = desk.inspect("news");
    let publish = |data: &Value| {
        let event = json!({"channel": "news", "event": "told", "data": data.to_string()});
        assert_eq!(desk.post("events", &event).status, 200);
    };
    publish(&json!({"token": "s3cr3t", "text": "hello"}));
    let body = desk.post(&format!("inspections/{id}/bodies"), &json!({"number": 1})).text();
    assert!(body.contains("hello") && !body.contains("s3cr3t"), "{body}");
    (0..510).for_each(|number| publish(&json!(number)));
    let seen = desk.get(&format!("inspections/{id}"));
    let events = seen["events"].as_array().unwrap();
    assert_eq!((events.len(), &seen["dropped"], &events[0]["number"]), (500, &json!(11), &json!(12)));
    let few: Vec<String> = (0..7).map(|number| desk.inspect(&format!("news-{number}"))).collect();
    assert_eq!(few.len(), 7);
    assert_eq!(desk.post("inspections", &json!({"channel": "more"})).refusal(), "too-many-requests");
}

#[test]
fn an_event_that_ben_makes_is_heard_and_says_by_how_many() {
    let desk = Desk::start(&[]);
    let mut sockets = [joined(&desk.world, &["news"]), joined(&desk.world, &["news"])];
    let event = |channel: &str, name: &str, data: &str| {
        desk.post("events", &json!({"channel": channel, "event": name, "data": data}))
    };
    assert_eq!(event("news", "sale", "{\"off\":20}").json()["heard"], 2);
    for socket in &mut sockets {
        assert_eq!(socket.expect("sale")["data"], json!({"off": 20}));
    }
    assert_eq!(event("nobody", "sale", "{}").json()["heard"], 0);
    for (channel, name, data, refusal) in [
        ("news", "sale", "{off}", "invalid-field"),
        ("news", "", "{}", "invalid-field"),
        ("no channel", "sale", "{}", "invalid-channel"),
        ("news", "sale", &format!("\"{}\"", "x".repeat(10_300)), "event-too-large"),
    ] {
        assert_eq!(event(channel, name, data).refusal(), refusal, "{channel} {name}");
    }
    let elsewhere = json!({"app": "none", "channel": "news", "event": "sale", "data": "{}"});
    assert_eq!(desk.post("events", &elsewhere).refusal(), "unknown-app");
}

fn queue(reply: &Value, kind: &str) -> Value {
    reply["queues"].as_array().unwrap().iter().find(|queue| queue["kind"] == kind).unwrap().clone()
}

#[test]
fn a_webhook_that_is_refused_waits_with_its_reason_and_is_delivered_when_tried_again() {
    let receiver = Receiver::start();
    receiver.answer(503);
    let desk = Desk::start(&[("FRONTDESK_OUTBOUND_ALLOW", "127.0.0.0/8")]);
    let hook = json!({"url": receiver.url("/hook?key=secret")});
    let made = desk.ben.request("POST", "/api/v1/webhooks").json(&hook).send(desk.world.port);
    assert_eq!(made.status, 201, "{}", made.text());
    let ana = desk.world.visitor("Ana");
    ana.write(&ana.start(), "Hello", "first");
    let failing = desk.until("queues", |reply| queue(reply, "chat_webhooks")["retrying"].as_u64() > Some(0));
    let destination = &failing["destinations"][0];
    assert_eq!(destination["failure"], "it answered 503");
    assert_eq!(destination["address"], receiver.url("/hook"), "without the query");
    assert!(destination["oldest_ms"].is_u64() && destination["failed_ms"].is_u64());
    receiver.answer(200);
    let retry = json!({"destination": destination["id"]});
    assert_eq!(desk.post("queues/retry", &retry).status, 200);
    let quiet = desk.until("queues", |reply| queue(reply, "chat_webhooks")["waiting"] == 0);
    assert_eq!(queue(&quiet, "chat_webhooks")["failure"], Value::Null, "it works again");
    assert!(receiver.calls().iter().any(|call| call.status == 200));
    for kind in ["app_webhooks", "mail", "index", "erasures", "files", "feed", "alerts"] {
        assert!(queue(&quiet, kind)["waiting"].is_u64(), "{kind}");
    }
}

#[test]
fn a_letter_that_was_given_up_lies_there_until_it_is_sent_after_all_or_dropped() {
    let receiver = Receiver::start();
    receiver.answer(500);
    let folder = fresh_folder();
    let text = format!(
        "[[webhooks]]\nurl = '{}'\nevents = ['channel_occupied']\nfilter_by_prefix = 'news'\nretry_for_s = 1",
        receiver.url("/")
    );
    let file = folder.join("frontdesk.toml");
    std::fs::write(&file, text).unwrap();
    let desk = Desk::start(&[
        ("FRONTDESK_CONFIG", file.to_str().unwrap()),
        ("FRONTDESK_OUTBOUND_ALLOW", "127.0.0.0/8"),
    ]);
    let _ana = joined(&desk.world, &["news-1", "news-2"]);
    let dead = desk.until("queues", |reply| reply["dead"].as_array().unwrap().len() == 2);
    assert_eq!(queue(&dead, "app_webhooks")["dead"], 2);
    let letter = &dead["dead"][0];
    assert_eq!(
        (&letter["event"], &letter["failure"]),
        (&json!("channel_occupied"), &json!("it answered 500"))
    );
    receiver.answer(200);
    assert_eq!(desk.post("dead-letters/retry", &json!({"ids": [letter["id"]]})).status, 200);
    receiver.until(|calls| calls.iter().any(|call| call.status == 200));
    let one = desk.until("queues", |reply| queue(reply, "app_webhooks")["waiting"] == 0);
    assert_eq!(one["dead"].as_array().unwrap().len(), 1);
    assert_eq!(desk.post("dead-letters/drop", &json!({"ids": [one["dead"][0]["id"]]})).status, 200);
    assert_eq!(desk.get("queues")["dead"], json!([]));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn every_node_is_listed_and_what_happens_on_one_is_seen_from_the_other() {
    let redis = Redis::start();
    let own = [("REVERB_APP_ID", "1"), ("REVERB_APP_KEY", "desk"), ("REVERB_APP_SECRET", "word")];
    let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let environment: Vec<(String, String)> = redis.environment().into_iter().chain(own).collect();
    let environment: Vec<(&str, &str)> = environment.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let here = Desk::start(&environment);
    let there = Desk::start(&environment);
    let both = here.until("nodes", |reply| {
        let nodes = reply["nodes"].as_array().unwrap();
        nodes.len() == 2 && nodes.iter().all(|node| node["node"]["link_lag_ms"].is_u64())
    });
    let (me, other) = (&both["nodes"][0]["node"], &both["nodes"][1]["node"]);
    assert_eq!(me["id"], both["me"]);
    assert_eq!(other["address"], format!("127.0.0.1:{}", there.world.port));
    for node in [me, other] {
        assert_eq!((&node["redis"], &node["database"]), (&json!("good"), &json!("good")));
        assert!(node["started_ms"].as_u64() > Some(1_600_000_000_000) && node["version"].is_string());
    }

    let id = here.inspect("news");
    let mut ana = joined(&there.world, &["news"]);
    here.until("channels?prefix=news", |reply| reply["channels"][0]["subscriptions"] == 1);
    here.until("overview", |reply| reply["connections"] == 1);
    here.until("nodes", |reply| reply["nodes"][1]["node"]["connections"] == 1);
    let told = json!({"channel": "news", "event": "told", "data": "{}"});
    assert_eq!(there.post("events", &told).json()["heard"], 1);
    ana.expect("told");
    let seen =
        here.until(&format!("inspections/{id}"), |reply| reply["events"].as_array().unwrap().len() == 1);
    assert_eq!(seen["events"][0]["name"], "told");

    drop(there);
    here.until("nodes", |reply| reply["nodes"].as_array().unwrap().len() == 1);
}
