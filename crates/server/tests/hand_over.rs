//! A restart that nobody notices (ruling 19): a new process takes over from a running one while people
//! write, listen and are present, and everybody is asked what they saw of it.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixDatagram;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::time::{Duration, Instant};
use testkit::http::{self, Request};
use testkit::socket::Heard;
use testkit::world::{Visitor, World};

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");
const TICK: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(20);
const LISTENERS: u32 = 12;

fn until(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::yield_now();
    }
}

/// What one plain client of pusher-js's kind saw.
#[derive(Default)]
struct Seen {
    /// Close codes, each followed by a connection at once.
    closes: Vec<u16>,
    /// Numbers of the events heard, by subscription.
    heard: Vec<BTreeSet<u64>>,
    /// Members at the beginning of each subscription.
    members: Vec<u64>,
    /// Comings and goings told after everybody had come.
    flickers: Vec<Value>,
}

/// Everything the threads share.
struct Stage<'a> {
    world: &'a World,
    /// Listeners that have joined.
    joined: AtomicU32,
    is_over: AtomicBool,
}

impl Stage<'_> {
    fn is_full(&self) -> bool {
        self.joined.load(SeqCst) >= LISTENERS
    }

    fn is_over(&self) -> bool {
        self.is_over.load(SeqCst)
    }
}

/// A client without a cursor: it joins again whenever it is cut, and hears what it hears.
fn listen(stage: &Stage<'_>, number: u32) -> Seen {
    let mut seen = Seen::default();
    while !stage.is_over() {
        let mut socket = stage.world.socket();
        for channel in ["private-news", "presence-room"] {
            let user = json!({"user_id": format!("user-{number}")}).to_string();
            let user = channel.starts_with("presence").then_some(user);
            let World { key, secret, .. } = stage.world;
            let auth = wire::sign::channel_auth(key, secret, &socket.socket_id, channel, user.as_deref());
            socket.subscribe(channel, &json!({"auth": auth, "channel_data": user}));
        }
        seen.heard.push(BTreeSet::new());
        loop {
            match socket.hear(TICK) {
                Heard::Frame(frame) => note(&mut seen, &frame, stage),
                Heard::Silence if stage.is_over() => return seen,
                Heard::Silence => {}
                Heard::Closed(code) => {
                    seen.closes.push(code);
                    break;
                }
            }
        }
    }
    seen
}

fn note(seen: &mut Seen, frame: &Value, stage: &Stage<'_>) {
    match frame["event"].as_str().unwrap_or_default() {
        "numbered" => {
            let is_new = seen.heard.last_mut().unwrap().insert(frame["data"]["n"].as_u64().unwrap());
            assert!(is_new, "heard twice: {frame}");
        }
        "pusher_internal:subscription_succeeded" if frame["channel"] == "presence-room" => {
            seen.members.push(frame["data"]["presence"]["count"].as_u64().unwrap());
            if seen.closes.is_empty() {
                stage.joined.fetch_add(1, SeqCst);
            }
        }
        "pusher_internal:member_added" if stage.is_full() && !seen.closes.is_empty() => {
            seen.flickers.push(frame.clone());
        }
        // At the end they all leave.
        "pusher_internal:member_removed" if !stage.is_over() => seen.flickers.push(frame.clone()),
        "pusher:error" => assert_eq!(frame["data"]["code"], 4200, "{frame}"),
        _ => {}
    }
}

/// Publishes numbers one after the other, each by the signed API; answers how many, and the longest wait.
fn publish(stage: &Stage<'_>) -> (u64, Duration) {
    let World { key, secret, app_id, port, .. } = stage.world;
    let (mut number, mut longest) = (0, Duration::ZERO);
    while !stage.is_over() {
        number += 1;
        let data = json!({"n": number}).to_string();
        let body = json!({"name": "numbered", "channels": ["private-news"], "data": data}).to_string();
        let path = http::signed("POST", &format!("/apps/{app_id}/events"), key, secret, &body);
        let began = Instant::now();
        let reply = Request::new("POST", &path).raw("application/json", body.into_bytes()).try_send(*port);
        let reply = reply.unwrap_or_else(|error| panic!("event {number}: {error}; {}", stage.world.log()));
        assert_eq!(reply.status, 200, "event {number}: {}", reply.text());
        longest = longest.max(began.elapsed());
    }
    (number, longest)
}

/// Writes messages one after the other on one connection, as a browser does; answers how many, the
/// longest wait, and on how many connections they went.
fn write(stage: &Stage<'_>, ana: &Visitor, conversation: &str) -> (u64, Duration, u32) {
    let (mut number, mut longest, mut connections) = (0, Duration::ZERO, 0);
    while !stage.is_over() {
        let mut browser = Browser::open(stage.world.port);
        connections += 1;
        while !stage.is_over() && !browser.is_told_to_go {
            number += 1;
            let body =
                json!({"message": format!("m{number}"), "client_id": format!("c{number}")}).to_string();
            let path = format!("/api/chatbot/conversation/{conversation}/messages");
            let began = Instant::now();
            let (status, text) = browser.ask("POST", &path, &ana.token, &body);
            assert_eq!(status, 201, "message {number}: {text}");
            longest = longest.max(began.elapsed());
        }
    }
    (number, longest, connections)
}

/// A connection that is kept, as browsers keep theirs.
struct Browser {
    reader: BufReader<TcpStream>,
    is_told_to_go: bool,
}

impl Browser {
    fn open(port: u16) -> Browser {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Browser { reader: BufReader::new(stream), is_told_to_go: false }
    }

    fn ask(&mut self, method: &str, path: &str, bearer: &str, body: &str) -> (u16, String) {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {bearer}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        self.reader.get_mut().write_all(request.as_bytes()).unwrap();
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.reader.read_line(&mut line).unwrap(), 0, "cut instead of answered");
            if line == "\r\n" {
                break;
            }
            head.push(line.trim_end().to_ascii_lowercase());
        }
        self.is_told_to_go |= head.iter().any(|line| line == "connection: close");
        let length = head.iter().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let mut text = vec![0; length.parse().unwrap()];
        self.reader.read_exact(&mut text).unwrap();
        let status = head[0].split(' ').nth(1).unwrap().parse().unwrap();
        (status, String::from_utf8(text).unwrap())
    }
}

/// A widget: hears facts on its socket, and fetches by cursor whenever one is missing or it has joined.
/// Answers the texts by seq, and how often it was closed.
fn follow(stage: &Stage<'_>, ana: &Visitor, conversation: &str) -> (BTreeMap<u64, String>, Vec<u16>) {
    let (mut facts, mut closes) = (BTreeMap::new(), Vec::new());
    let catch_up = |facts: &mut BTreeMap<u64, String>| {
        loop {
            let cursor = facts.last_key_value().map_or(0, |(seq, _)| *seq);
            let reply = ana.read(conversation, &format!("?after={cursor}&limit=200"));
            assert_eq!(reply.status, 200, "{}", reply.text());
            let page = reply.json();
            let events = page["events"].as_array().unwrap().clone();
            for event in &events {
                take(facts, &event["data"]);
            }
            if events.is_empty() {
                return;
            }
        }
    };
    while !stage.is_over() {
        let mut socket = stage.world.socket();
        let channel = format!("private-chat.conversation.{conversation}");
        let auth = ana.authorise(&socket.socket_id, &channel);
        assert_eq!(auth.status, 200, "{}", auth.text());
        socket.subscribe(&channel, &auth.json());
        loop {
            match socket.hear(TICK) {
                Heard::Frame(frame) if frame["event"] == "pusher_internal:subscription_succeeded" => {
                    catch_up(&mut facts);
                }
                Heard::Frame(frame) if frame["event"] == "ChatMessageReceived" => {
                    let next = facts.last_key_value().map_or(0, |(seq, _)| *seq) + 1;
                    match frame["data"]["seq"].as_u64().unwrap() {
                        seq if seq == next => take(&mut facts, &frame["data"]),
                        seq if seq < next => {}
                        _ => catch_up(&mut facts),
                    }
                }
                Heard::Frame(_) => {}
                Heard::Silence if stage.is_over() => {
                    catch_up(&mut facts);
                    return (facts, closes);
                }
                Heard::Silence => {}
                Heard::Closed(code) => {
                    closes.push(code);
                    break;
                }
            }
        }
    }
    catch_up(&mut facts);
    (facts, closes)
}

fn take(facts: &mut BTreeMap<u64, String>, fact: &Value) {
    let text = fact["message"].as_str().or(fact["message"]["message"].as_str()).unwrap().to_owned();
    let before = facts.insert(fact["seq"].as_u64().unwrap(), text);
    assert_eq!(before, None, "a fact was taken twice: {fact}");
}

#[test]
fn ruling_19_two_restarts_while_events_flow_are_noticed_by_nobody() {
    let mut world =
        World::start_with(BINARY, &[("FRONTDESK_DRAIN_S", "1"), ("FRONTDESK_MESSAGES_PER_MINUTE", "0")]);
    let ana = world.visitor("Ana");
    let conversation = ana.start();
    let first = world.pid();
    let stage = Stage { world: &world, joined: AtomicU32::new(0), is_over: AtomicBool::new(false) };
    std::thread::scope(|threads| {
        let listeners: Vec<_> = (0..LISTENERS)
            .map(|number| {
                threads.spawn({
                    let stage = &stage;
                    move || listen(stage, number)
                })
            })
            .collect();
        let publisher = threads.spawn(|| publish(&stage));
        let writer = threads.spawn(|| write(&stage, &ana, &conversation));
        let follower = threads.spawn(|| follow(&stage, &ana, &conversation));
        until("everybody has come", || stage.is_full());
        for _ in 0..2 {
            world.hand_over();
        }
        stage.is_over.store(true, SeqCst);

        let (published, wait) = publisher.join().unwrap();
        let (written, longest, connections) = writer.join().unwrap();
        eprintln!(
            "{published} events and {written} messages; the longest waits were {wait:?} and {longest:?}"
        );
        assert!(connections <= 3, "told to go once for each restart at most: {connections}");
        for seen in listeners.into_iter().map(|listener| listener.join().unwrap()) {
            assert_eq!(seen.closes, [4200, 4200], "one reconnect for each restart");
            assert_eq!(seen.flickers, Vec::<Value>::new());
            assert_eq!(
                seen.members[1..],
                [u64::from(LISTENERS); 2],
                "everybody is present to whoever comes back"
            );
            for heard in &seen.heard {
                let (from, to) = (heard.first().unwrap(), heard.last().unwrap());
                assert_eq!(heard.len() as u64, to - from + 1, "lost while subscribed: {heard:?}");
            }
        }
        let (facts, closes) = follower.join().unwrap();
        assert_eq!(closes, [4200, 4200]);
        let texts: Vec<&String> = facts.values().collect();
        assert_eq!(
            texts,
            (1..=written).map(|n| format!("m{n}")).collect::<Vec<_>>().iter().collect::<Vec<_>>()
        );
    });
    assert_ne!(world.pid(), first);
    assert_eq!(world.stop(), Some(0));
}

fn status_of(browser: &mut Browser, world: &World) -> Value {
    let (status, text) = browser.ask("GET", "/operator/status", &world.operator_token, "");
    assert_eq!(status, 200);
    serde_json::from_str(&text).unwrap()
}

#[test]
fn an_idle_connection_goes_over_and_its_next_request_is_answered_by_the_new_process() {
    let folder = testkit::world::fresh_folder();
    let told = UnixDatagram::bind(folder.join("notify")).unwrap();
    told.set_read_timeout(Some(PATIENCE)).unwrap();
    let notify = folder.join("notify").display().to_string();
    let world = World::start_with(BINARY, &[("FRONTDESK_DRAIN_S", "0"), ("NOTIFY_SOCKET", &notify)]);
    let hear = || {
        let mut state = [0; 200];
        let size = told.recv(&mut state).unwrap();
        String::from_utf8(state[..size].to_vec()).unwrap()
    };
    let (mut browser, first) = (Browser::open(world.port), world.pid().unwrap());
    assert_eq!(status_of(&mut browser, &world)["pid"], first);
    assert_eq!(hear(), format!("READY=1\nMAINPID={first}"));
    world.hand_over();
    let second = status_of(&mut browser, &world)["pid"].as_u64().unwrap();
    assert_eq!((second as u32, hear()), (world.pid().unwrap(), format!("READY=1\nMAINPID={second}")));
    assert_ne!(second as u32, first);
    std::fs::remove_dir_all(folder).unwrap();
}

/// A world that runs the program at a path of its own, so that a test can install another there.
fn world_at(folder: &std::path::Path) -> World {
    let program = folder.join("frontdesk");
    symlink(BINARY, &program).unwrap();
    World::start_with(program, &[("FRONTDESK_DRAIN_S", "0")])
}

fn install(folder: &std::path::Path, script: &str) {
    let (program, new) = (folder.join("frontdesk"), folder.join("new"));
    std::fs::write(&new, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::rename(new, program).unwrap();
}

#[test]
fn a_new_process_that_fails_leaves_everything_as_it_was() {
    let folder = testkit::world::fresh_folder();
    let world = world_at(&folder);
    let (ana, first) = (world.visitor("Ana"), world.pid());
    let id = ana.start();
    let (mut socket, mut browser) = (world.socket(), Browser::open(world.port));
    assert_eq!(status_of(&mut browser, &world)["pid"], first.unwrap());
    let broken_database =
        format!("FRONTDESK_DATABASE_URL='host=/nowhere user=nobody dbname=none' exec {BINARY} \"$@\"");
    for (round, script) in ["exit 3", &broken_database].into_iter().enumerate() {
        install(&folder, script);
        world.signal("USR2");
        until("it says why not", || world.log().matches("not handed over").count() == round + 1);
        assert_eq!(ana.write(&id, "Hello", &format!("c{round}")).status, 201);
        assert_eq!(status_of(&mut browser, &world)["pid"], first.unwrap(), "the connection is kept");
    }
    assert_eq!(socket.hear(TICK), Heard::Silence, "and so is the socket");
    install(&folder, &format!("exec {BINARY} \"$@\""));
    world.hand_over();
    assert_ne!(world.pid(), first, "and then a good one is installed");
    assert_eq!(ana.write(&id, "Hello", "c9").status, 201);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn where_nodes_meet_on_redis_the_old_and_the_new_process_meet_there() {
    let redis = testkit::redis::Redis::start();
    let environment = redis.environment();
    let mut environment: Vec<(&str, &str)> =
        environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    environment.push(("FRONTDESK_DRAIN_S", "0"));
    let world = World::start_with(BINARY, &environment);
    let (mut socket, first) = (world.socket(), world.pid());
    world.hand_over();
    assert_ne!(world.pid(), first, "{}", world.log());
    assert_eq!(socket.expect_close(PATIENCE), 4200);
    let bus_is_up = || world.get("/metrics").send(world.port).text().contains("frontdesk_bus_up 1\n");
    until("the new process has met Redis", bus_is_up);
    assert!(!world.log().contains("not handed over"), "{}", world.log());
}
