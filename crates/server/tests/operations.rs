//! What whoever runs the server sees of it: frames in the debug log, metrics, and the command line.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::process::Command;
use std::time::{Duration, Instant};
use testkit::http::{self, Reply, Request};
use testkit::socket::Socket;
use testkit::world::World;

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");

/// Waits until the log has a line with all these words.
fn logged(world: &World, words: &[&str]) -> String {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let log = world.log();
        if let Some(line) = log.lines().find(|line| words.iter().all(|word| line.contains(word))) {
            return line.to_owned();
        }
        assert!(Instant::now() < until, "no line with {words:?} in:\n{log}");
        std::thread::yield_now();
    }
}

/// Ana's socket on her conversation, with the signature that let it in.
fn joined(world: &World, conversation: &str, ana: &testkit::world::Visitor) -> (Socket, Value) {
    let mut socket = world.socket();
    let channel = format!("private-chat.conversation.{conversation}");
    let auth = ana.authorise(&socket.socket_id, &channel).json();
    socket.subscribe(&channel, &auth);
    socket.expect("pusher_internal:subscription_succeeded");
    (socket, auth)
}

#[test]
fn s20_debug_prints_each_frame_without_signature_and_message() {
    let world = World::start_with(BINARY, &[("FRONTDESK_DEBUG", "1")]);
    let ana = world.visitor("Ana");
    let id = ana.start();
    let (mut socket, auth) = joined(&world, &id, &ana);
    // No digits: those of a socket's id may be the same.
    ana.write(&id, "my card is of tangerine", "c1");
    socket.expect("ChatMessageReceived");
    let socket_id = socket.socket_id.clone();
    let asked = logged(&world, &["in {", "pusher:subscribe", &id, &socket_id, &world.app_id]);
    assert!(asked.contains("[redacted]") && asked.contains(&ana.id), "{asked}");
    logged(&world, &["out {", "subscription_succeeded", &id, &socket_id]);
    let said = logged(&world, &["out {", "ChatMessageReceived", &socket_id]);
    assert!(said.contains(" bytes]"), "{said}");
    let log = world.log();
    let signature = auth["auth"].as_str().unwrap().split(':').nth(1).unwrap();
    assert!(!log.contains("tangerine") && !log.contains(signature));
}

#[test]
fn s20_bodies_are_shown_to_whoever_asks_for_them() {
    let world = World::start_with(BINARY, &[("FRONTDESK_DEBUG", "1"), ("FRONTDESK_DEBUG_BODIES", "1")]);
    let ana = world.visitor("Ana");
    let id = ana.start();
    let (mut socket, auth) = joined(&world, &id, &ana);
    ana.write(&id, "Is the blue one back?", "c1");
    socket.expect("ChatMessageReceived");
    logged(&world, &["out {", "Is the blue one back?", &socket.socket_id]);
    assert!(!world.log().contains(auth["auth"].as_str().unwrap().split(':').nth(1).unwrap()));
}

/// The samples of a page, by name and labels as written; fails where the text is not in the format.
fn samples(page: &str) -> HashMap<String, f64> {
    let mut samples = HashMap::new();
    let (mut kinds, mut family) = (HashMap::new(), "");
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# ") {
            let [word, name, text] = rest.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{line}");
            match word {
                "HELP" => assert!(text.ends_with('.'), "{line}"),
                "TYPE" => assert!(kinds.insert(name, text).is_none(), "{name} has two types"),
                _ => panic!("{line}"),
            }
            family = name;
            continue;
        }
        let (name, value) = line.rsplit_once(' ').unwrap();
        let bare = name.split('{').next().unwrap();
        let ends: &[&str] = match kinds.get(family) {
            Some(&"histogram") => &["_bucket", "_sum", "_count"],
            Some(&("counter" | "gauge")) => &[""],
            other => panic!("{family} is a {other:?}"),
        };
        assert!(ends.iter().any(|end| bare == format!("{family}{end}")), "{line} stands under {family}");
        assert_eq!(bare.ends_with("_total"), kinds[family] == "counter", "{line}");
        if let Some(labels) = name.strip_prefix(bare).and_then(|rest| rest.strip_prefix('{')) {
            let labels = labels.strip_suffix('}').unwrap();
            for label in labels.split(',') {
                let (_, text) = label.split_once('=').unwrap();
                assert!(text.len() >= 2 && text.starts_with('"') && text.ends_with('"'), "{line}");
            }
        }
        assert!(samples.insert(name.to_owned(), value.parse().unwrap()).is_none(), "{name} stands twice");
    }
    samples
}

fn page(world: &World) -> HashMap<String, f64> {
    let reply = world.get("/metrics").send(world.port);
    assert_eq!(reply.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    samples(&reply.text())
}

fn publish(world: &World, channel: &str) -> Reply {
    let body = json!({"name": "told", "channels": [channel], "data": "{}"}).to_string();
    let path = format!("/apps/{}/events", world.app_id);
    let path = http::signed("POST", &path, &world.key, &world.secret, &body);
    Request::new("POST", &path).raw("application/json", body.into_bytes()).send(world.port)
}

#[test]
fn metrics_read_as_prometheus_has_it_and_count_what_happened() {
    let world = World::start(BINARY);
    let before = page(&world);
    let ana = world.visitor("Ana");
    let id = ana.start();
    let (mut socket, _) = joined(&world, &id, &ana);
    ana.write(&id, "Hello", "c1");
    socket.expect("ChatMessageReceived");
    socket.say(&json!({"event": "client-typing", "channel": "news", "data": {}}));
    socket.expect("pusher:error");
    assert_eq!(publish(&world, "news").status, 200);
    assert_eq!(publish(&world, "presence-agents").status, 403);
    let after = page(&world);
    let grew = |name: &str| after.get(name).unwrap_or(&0.0) - before.get(name).unwrap_or(&0.0);
    let app = &world.app_id;
    for (name, by) in [
        (format!("frontdesk_connections{{app=\"{app}\"}}"), 1.0),
        (format!("frontdesk_channels{{app=\"{app}\"}}"), 1.0),
        ("frontdesk_frames_received_total".to_owned(), 2.0),
        ("frontdesk_chat_facts_total".to_owned(), 1.0),
        ("frontdesk_signed_api_seconds_count".to_owned(), 2.0),
        ("frontdesk_signed_api_seconds_bucket{le=\"+Inf\"}".to_owned(), 2.0),
        ("frontdesk_http_requests_total{area=\"signed\",status=\"2xx\"}".to_owned(), 1.0),
        ("frontdesk_http_requests_total{area=\"signed\",status=\"4xx\"}".to_owned(), 1.0),
        ("frontdesk_refusals_total{name=\"channel-reserved\",over=\"http\"}".to_owned(), 1.0),
        ("frontdesk_refusals_total{name=\"client-event-channel\",over=\"socket\"}".to_owned(), 1.0),
        ("frontdesk_slow_readers_total".to_owned(), 0.0),
    ] {
        assert_eq!(grew(&name), by, "{name}");
    }
    assert!(grew(&format!("frontdesk_published_events_total{{app=\"{app}\"}}")) >= 2.0);
    assert!(after["process_resident_memory_bytes"] > 1e6 && after["process_open_fds"] > 5.0);
    assert!(after["process_cpu_seconds_total"] >= 0.0 && after["process_start_time_seconds"] > 1.6e9);
}

#[test]
fn metrics_are_for_this_machine_or_for_whoever_holds_the_token() {
    let world = World::start(BINARY);
    let from = |world: &World, headers: &[(&str, &str)]| {
        let request = headers.iter().fold(world.get("/metrics"), |r, (name, value)| r.header(name, value));
        let reply = request.send(world.port);
        (reply.status, if reply.status == 200 { String::new() } else { reply.refusal() })
    };
    let nothing = (404, "not-found".to_owned());
    assert_eq!(from(&world, &[]).0, 200);
    assert_eq!(
        from(&world, &[("x-forwarded-for", "203.0.113.7")]),
        nothing,
        "through a proxy on this machine"
    );
    let world = World::start_with(BINARY, &[("FRONTDESK_METRICS_TOKEN", "scrape-me")]);
    let bearer = ("authorization", "Bearer scrape-me");
    assert_eq!(from(&world, &[bearer, ("x-forwarded-for", "203.0.113.7")]).0, 200);
    assert_eq!(from(&world, &[("authorization", "Bearer scrape-mf")]), nothing);
    assert_eq!(from(&world, &[]), nothing, "where there is a token, being local is not enough");
}

/// What the command line prints about a running server.
fn frontdesk(world: &World, words: &[&str]) -> (bool, String) {
    let output = Command::new(BINARY)
        .args(words)
        .arg("--data")
        .arg(&world.data)
        .args(["--port", &world.port.to_string()])
        .current_dir(&world.data)
        .output()
        .unwrap();
    let text = if output.status.success() { output.stdout } else { output.stderr };
    (output.status.success(), String::from_utf8(text).unwrap())
}

fn frontdesk_json(world: &World, words: &[&str]) -> Value {
    let (done, text) = frontdesk(world, &[words, &["--json"]].concat());
    assert!(done, "{text}");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn r30_the_command_line_shows_how_the_server_does() {
    let world = World::start(BINARY);
    let ana = world.visitor("Ana");
    let id = ana.start();
    let (socket, _) = joined(&world, &id, &ana);
    let status = frontdesk_json(&world, &["status"]);
    assert_eq!((&status["connections"], &status["channels"]), (&json!(1), &json!(1)));
    assert_eq!((&status["pid"], &status["database"]), (&json!(world.pid().unwrap()), &json!("sqlite")));
    assert_eq!((&status["apps"][0]["id"], &status["bus"]), (&json!(world.app_id), &Value::Null));
    assert!(status["memory_bytes"].as_u64().unwrap() > 1_000_000);

    let channel = format!("private-chat.conversation.{id}");
    let connections = frontdesk_json(&world, &["connections", "--channel", &channel]);
    let one = &connections["connections"][0];
    assert_eq!((&connections["total"], &one["socket_id"]), (&json!(1), &json!(socket.socket_id)));
    assert_eq!((&one["users"], &one["channels"]), (&json!([ana.id]), &json!(1)));
    assert!(one["peer"].as_str().unwrap().starts_with("127.0.0.1:"));
    let channels = frontdesk_json(&world, &["channels", "--prefix", "private-"]);
    assert_eq!(channels["channels"][0]["name"], channel);
    assert_eq!(frontdesk_json(&world, &["channels", "--prefix", "presence-"])["total"], 0);

    for (words, shows) in [
        (&["status"][..], vec!["Frontdesk", "1 connection", "SQLite", &world.app_id]),
        (&["connections"], vec!["SOCKET", &socket.socket_id, &ana.id, "1 connection"]),
        (&["channels"], vec!["SUBSCRIPTIONS", &channel, "1 channel"]),
    ] {
        let (done, text) = frontdesk(&world, words);
        assert!(done && shows.iter().all(|word| text.contains(word)), "{text}");
        for secret in [&world.secret, &world.key, &world.operator_token, &ana.token] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    let (done, text) = frontdesk(&world, &["channels", "--app", "none"]);
    assert!(!done && text.contains("There is no app with this id."), "{text}");
}

#[test]
fn lists_end_at_their_limit_and_say_how_many_there_are() {
    let world = World::start(BINARY);
    let mut socket = world.socket();
    let names: HashSet<String> = (0..12).map(|n| format!("news-{n:02}")).collect();
    for name in &names {
        socket.subscribe(name, &Value::Null);
        socket.expect("pusher_internal:subscription_succeeded");
    }
    let channels = frontdesk_json(&world, &["channels", "--limit", "5"]);
    let listed: Vec<&str> =
        channels["channels"].as_array().unwrap().iter().filter_map(|c| c["name"].as_str()).collect();
    assert_eq!(
        (listed, &channels["total"]),
        (vec!["news-00", "news-01", "news-02", "news-03", "news-04"], &json!(12))
    );
    let (_, text) = frontdesk(&world, &["channels", "--limit", "5"]);
    assert!(text.ends_with("5 of 12 channels; --limit shows more\n"), "{text}");
}

#[test]
fn trigger_reaches_the_app_it_is_told() {
    let folder = testkit::world::fresh_folder();
    let file = folder.join("apps.toml");
    std::fs::write(&file, "[[apps]]\nid = \"7\"\nkey = \"shop-key\"\nsecret = \"s\"\n").unwrap();
    let world = World::start_with(BINARY, &[("FRONTDESK_CONFIG", file.to_str().unwrap())]);
    let mut shop = Socket::open(world.port, "shop-key");
    let mut chat = world.socket();
    for socket in [&mut shop, &mut chat] {
        socket.subscribe("news", &Value::Null);
        socket.expect("pusher_internal:subscription_succeeded");
    }
    assert!(frontdesk(&world, &["trigger", "news", "told", "{\"to\":\"shop\"}", "--app", "7"]).0);
    assert_eq!(shop.expect("told")["data"], json!({"to": "shop"}));
    assert!(frontdesk(&world, &["trigger", "news", "told", "{\"to\":\"chat\"}"]).0);
    assert_eq!(
        chat.expect("told")["data"],
        json!({"to": "chat"}),
        "and the other app's event never came here"
    );
    let (done, text) = frontdesk(&world, &["trigger", "news", "told", "{}", "--app", "8"]);
    assert!(!done && text.contains("There is no app with this id."), "{text}");
    std::fs::remove_dir_all(folder).unwrap();
}
