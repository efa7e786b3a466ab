//! Peers who mean harm: what each does costs the server a bounded amount of memory, and those who use
//! it meanwhile notice nothing. Memory is read from the kernel, for the server's process alone.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use testkit::http::{Request, signed};
use testkit::socket::Socket;
use testkit::world::World;
use wire::sign;
use wire::websocket::client_frame;

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");
/// Nothing here takes as long; what does has failed.
const DEADLINE: Duration = Duration::from_secs(30);
const MASK: [u8; 4] = [7, 1, 8, 2];
const MIB: u64 = 1024 * 1024;

/// Ana, who only wants to hear her channel while Eve is at work.
struct Scene {
    world: World,
    ana: Socket,
    told: u64,
    /// Bytes that the server held when all was quiet.
    quiet: u64,
}

impl Scene {
    fn new() -> Scene {
        let world = World::start(BINARY);
        let mut ana = world.socket();
        ana.subscribe("news", &Value::Null);
        ana.expect("pusher_internal:subscription_succeeded");
        let mut scene = Scene { world, ana, told: 0, quiet: 0 };
        scene.ana_hears();
        scene.quiet = scene.memory("VmRSS");
        // From here on the kernel notes the most the process ever held.
        std::fs::write(format!("/proc/{}/clear_refs", scene.world.pid().unwrap()), "5").unwrap();
        scene
    }

    /// A back end publishes, and Ana hears exactly that next.
    fn ana_hears(&mut self) {
        self.told += 1;
        self.publish("news", &self.told.to_string());
        let heard = self.ana.expect("told");
        assert_eq!(heard["data"], self.told, "nothing is lost and nothing is late");
    }

    fn publish(&self, channel: &str, data: &str) {
        let body = json!({"name": "told", "channel": channel, "data": data});
        assert_eq!(self.call("POST", "/events", &body.to_string()).0, 200);
    }

    fn call(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let World { app_id, key, secret, port, .. } = &self.world;
        let target = signed(method, &format!("/apps/{app_id}{path}"), key, secret, body);
        let reply = Request::new(method, &target).raw("application/json", body.into()).send(*port);
        (reply.status, reply.json())
    }

    /// A line of `/proc/PID/status`, in bytes.
    fn memory(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.world.pid().unwrap())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }

    /// The most the server held since the scene began, over what it held then.
    fn peak(&self) -> u64 {
        self.memory("VmHWM").saturating_sub(self.quiet)
    }

    fn until(&self, what: &str, holds: impl Fn(&Scene) -> bool) {
        let began = Instant::now();
        while !holds(self) {
            assert!(began.elapsed() < DEADLINE, "{what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn connections(&self) -> u64 {
        self.call("GET", "/connections", "").1["connections"].as_u64().unwrap()
    }

    fn channels(&self) -> usize {
        self.call("GET", "/channels", "").1["channels"].as_object().unwrap().len()
    }

    /// A raw connection of which nothing has been sent.
    fn stranger(&self) -> Eve {
        let stream = TcpStream::connect(("127.0.0.1", self.world.port)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        Eve { stream, socket_id: String::new() }
    }

    /// A raw connection that has had its hello.
    fn eve(&self) -> Eve {
        let mut eve = self.stranger();
        let head = format!("GET /app/{}?protocol=7 HTTP/1.1\r\nHost: x\r\n{UPGRADE}\r\n", self.world.key);
        eve.stream.write_all(head.as_bytes()).unwrap();
        let hello = eve.read_until("activity_timeout");
        let id = hello.split(r#"socket_id\":\""#).nth(1).unwrap();
        eve.socket_id = id.split('\\').next().unwrap().to_owned();
        eve
    }

    /// `pusher:subscribe` of a presence channel as this user, signed.
    fn join_as(&self, socket_id: &str, channel: &str, user: &str) -> Vec<u8> {
        let data = json!({"user_id": user}).to_string();
        let auth = sign::channel_auth(&self.world.key, &self.world.secret, socket_id, channel, Some(&data));
        say(
            &json!({"event": "pusher:subscribe", "data": {"channel": channel, "auth": auth, "channel_data": data}}),
        )
    }
}

const UPGRADE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// A frame of a client that says this.
fn say(frame: &Value) -> Vec<u8> {
    client_frame(0x81, frame.to_string().as_bytes(), MASK)
}

fn subscribe(channel: &str) -> Vec<u8> {
    say(&json!({"event": "pusher:subscribe", "data": {"channel": channel}}))
}

/// A connection without manners.
struct Eve {
    stream: TcpStream,
    socket_id: String,
}

impl Eve {
    fn read_until(&mut self, text: &str) -> String {
        let mut read = Vec::new();
        let mut part = vec![0; 64 * 1024];
        loop {
            let count = self.stream.read(&mut part).unwrap();
            assert!(count > 0, "closed before {text:?}: {}", brief(&read));
            read.extend_from_slice(&part[..count]);
            let tail = &read[read.len().saturating_sub(count + text.len())..];
            if tail.windows(text.len()).any(|window| window == text.as_bytes()) {
                return String::from_utf8_lossy(&read).into_owned();
            }
        }
    }

    /// Sends and answers all that came back for it.
    fn round(&mut self, bytes: &[u8]) -> String {
        self.stream.write_all(bytes).unwrap();
        self.stream.write_all(&say(&json!({"event": "pusher:ping"}))).unwrap();
        self.read_until("pusher:pong")
    }

    /// Reads to the end and answers the close code, if one was said.
    fn close_code(&mut self) -> Option<u16> {
        let mut rest = Vec::new();
        // An end by reset is an end.
        let _ = self.stream.read_to_end(&mut rest);
        let at = rest.iter().rposition(|byte| *byte == 0x88)?;
        Some(u16::from_be_bytes(rest.get(at + 2..at + 4)?.try_into().ok()?))
    }
}

/// The first and last of what was read.
fn brief(read: &[u8]) -> String {
    let text = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
    format!("{} … {}", text(&read[..read.len().min(300)]), text(&read[read.len().saturating_sub(300)..]))
}

#[test]
fn a_hundred_thousand_channels_on_one_connection_end_at_the_limit() {
    let mut scene = Scene::new();
    let mut eve = scene.eve();
    let (mut joined, mut refused) = (0, 0);
    for batch in 0..200 {
        let asks: Vec<u8> = (0..500).flat_map(|n| subscribe(&format!("c{}", batch * 500 + n))).collect();
        let replies = eve.round(&asks);
        joined += replies.matches("subscription_succeeded").count();
        refused += replies.matches(r#""type":"too-many-channels""#).count();
        if batch == 199 {
            assert!(replies.contains("10000"), "the refusal names the limit: {}", &replies[..400]);
        }
        if batch % 20 == 0 {
            scene.ana_hears();
        }
    }
    assert_eq!((joined, refused), (10_000, 90_000));
    assert_eq!(scene.channels(), 10_001);
    assert!(scene.peak() < 24 * MIB, "{} MiB", scene.peak() / MIB);
    drop(eve);
    scene.until("all are vacated", |scene| scene.channels() == 1);
    scene.ana_hears();
}

#[test]
fn a_flood_of_subscribing_and_unsubscribing_leaves_nothing_behind() {
    let mut scene = Scene::new();
    let mut eves: Vec<Eve> = (0..4).map(|_| scene.eve()).collect();
    for batch in 0..100 {
        for (who, eve) in eves.iter_mut().enumerate() {
            let asks: Vec<u8> = (0..250)
                .flat_map(|n| {
                    let channel = format!("c{who}-{}", batch * 250 + n);
                    let leave = say(&json!({"event": "pusher:unsubscribe", "data": {"channel": channel}}));
                    [subscribe(&channel), leave].concat()
                })
                .collect();
            let replies = eve.round(&asks);
            assert_eq!(replies.matches("subscription_succeeded").count(), 250);
        }
        if batch % 10 == 0 {
            scene.ana_hears();
        }
    }
    assert_eq!(scene.channels(), 1);
    assert!(scene.peak() < 16 * MIB, "{} MiB", scene.peak() / MIB);
}

#[test]
fn a_flood_of_presence_joins_fills_the_room_and_no_more() {
    let mut scene = Scene::new();
    let mut eves: Vec<Eve> = Vec::new();
    let mut full = 0;
    for n in 0..500 {
        let mut eve = scene.eve();
        let join = scene.join_as(&eve.socket_id, "presence-room", &format!("eve-{n}"));
        full += usize::from(eve.round(&join).contains("The limit is 100 members"));
        eves.push(eve);
    }
    assert_eq!(full, 400, "a hundred members are the limit");
    scene.ana_hears();
    // One of those inside comes and goes, and everybody else must be told each time.
    let mut restless = eves.swap_remove(0);
    let leave = say(&json!({"event": "pusher:unsubscribe", "data": {"channel": "presence-room"}}));
    let join = scene.join_as(&restless.socket_id, "presence-room", "eve-0");
    for round in 0..100 {
        restless.round(&[leave.clone(), join.clone()].concat().repeat(5));
        if round % 10 == 0 {
            scene.ana_hears();
        }
    }
    let users = scene.call("GET", "/channels/presence-room/users", "").1;
    assert_eq!(users["users"].as_array().unwrap().len(), 100);
    assert!(scene.peak() < 48 * MIB, "{} MiB", scene.peak() / MIB);
    drop((eves, restless));
    scene.until("the room is empty", |scene| scene.channels() == 1);
}

#[test]
fn readers_who_never_read_are_cut_within_their_bound() {
    let mut scene = Scene::new();
    let eves: Vec<Eve> = (0..30)
        .map(|_| {
            let mut eve = scene.eve();
            eve.round(&subscribe("loud"));
            eve
        })
        .collect();
    let shout = "x".repeat(10_000);
    let began = Instant::now();
    while scene.connections() > 1 {
        assert!(began.elapsed() < DEADLINE, "{} are left", scene.connections());
        (0..20).for_each(|_| scene.publish("loud", &shout));
        scene.ana_hears();
    }
    // 30 outboxes of 256 KiB, and what was being written.
    assert!(scene.peak() < 32 * MIB, "{} MiB", scene.peak() / MIB);
    drop(eves);
}

#[test]
fn messages_announced_larger_than_the_limit_are_never_held() {
    let mut scene = Scene::new();
    let mut eve = scene.eve();
    let big = client_frame(0x81, &vec![b'x'; 50_000], MASK);
    let replies = eve.round(&big.repeat(20));
    assert_eq!(replies.matches("allowed are").count(), 20, "each is named, and the connection stays");
    // Half an exabyte, of which 64 MiB come.
    let head = [&[0x81, 0x80 | 127][..], &(1_u64 << 59).to_be_bytes(), &MASK].concat();
    eve.stream.write_all(&head).unwrap();
    let junk = vec![0xAB; MIB as usize];
    for _ in 0..64 {
        eve.stream.write_all(&junk).unwrap();
        scene.ana_hears();
    }
    assert!(scene.peak() < 8 * MIB, "{} MiB", scene.peak() / MIB);
}

#[test]
fn fragments_without_end_are_bounded_in_number_and_in_size() {
    let mut scene = Scene::new();
    let start = client_frame(0x01, &[b'x'; 1_000], MASK);
    let more = client_frame(0x00, &[b'x'; 1_000], MASK);
    let mut eves: Vec<Eve> = (0..200).map(|_| scene.eve()).collect();
    for eve in &mut eves {
        // A ping between fragments is answered, and proves that all before it were read.
        eve.round_with_ping(&[start.clone(), more.repeat(30)].concat());
    }
    scene.ana_hears();
    // 200 messages of 31 KB that nobody finishes.
    assert!(scene.peak() < 24 * MIB, "{} MiB", scene.peak() / MIB);
    for eve in &mut eves {
        eve.stream.write_all(&more.repeat(10)).unwrap();
        assert_eq!(eve.close_code(), Some(1002));
    }
    let mut eve = scene.eve();
    let empty = client_frame(0x00, b"", MASK);
    // The server may have closed before all is written.
    let _ = eve.stream.write_all(&[client_frame(0x01, b"", MASK), empty.repeat(10_000)].concat());
    assert_eq!(eve.close_code(), Some(1002));
    scene.ana_hears();
}

impl Eve {
    fn round_with_ping(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
        self.stream.write_all(&client_frame(0x89, b"still here", MASK)).unwrap();
        self.read_until("still here");
    }
}

#[test]
fn half_a_frame_holds_its_own_bytes_and_no_more() {
    let mut scene = Scene::new();
    let pong = client_frame(0x8A, b"", MASK);
    let mut eves: Vec<Eve> = (0..800).map(|_| scene.eve()).collect();
    let many = pong.repeat(10_000);
    for eve in &mut eves {
        eve.stream.write_all(&pong[..1]).unwrap();
    }
    scene.ana_hears();
    // The rest of this frame comes in front of ten thousand others, and the last is cut short again.
    for eve in &mut eves {
        eve.stream.write_all(&[&pong[1..], &many, &pong[..1]].concat()).unwrap();
    }
    for eve in &mut eves {
        eve.round(&pong[1..]);
        eve.stream.write_all(&pong[..1]).unwrap();
    }
    scene.ana_hears();
    assert!(scene.peak() < 16 * MIB, "{} MiB", scene.peak() / MIB);
}

#[test]
fn deep_nesting_and_huge_names_are_refused_and_nothing_falls() {
    let mut scene = Scene::new();
    let mut eve = scene.eve();
    let deep = "[".repeat(15_000) + &"]".repeat(15_000);
    let objects = r#"{"a":"#.repeat(5_000) + "1" + &"}".repeat(5_000);
    let id = eve.socket_id.clone();
    let auth =
        sign::channel_auth(&scene.world.key, &scene.world.secret, &id, "presence-deep", Some(&objects));
    for frame in [
        deep.clone(),
        format!(r#"{{"event":"pusher:subscribe","data":{deep}}}"#),
        format!(r#"{{"event":"pusher:ping","data":{deep}}}"#),
        format!(r#"{{"event":"client-x","channel":"private-x","data":{objects}}}"#),
        json!({"event": "pusher:subscribe", "data": objects}).to_string(),
        json!({"event": "pusher:subscribe", "data": {"channel": "presence-deep", "auth": auth, "channel_data": objects}}).to_string(),
        json!({"event": "pusher:subscribe", "data": {"channel": "n".repeat(30_000)}}).to_string(),
        json!({"event": "n".repeat(30_000)}).to_string(),
    ] {
        let frame = client_frame(0x81, frame.as_bytes(), MASK);
        assert!(!eve.round(&frame).contains("succeeded"));
    }
    let auth = sign::user_auth(&scene.world.key, &scene.world.secret, &eve.socket_id, &deep);
    eve.stream
        .write_all(&say(&json!({"event": "pusher:signin", "data": {"auth": auth, "user_data": deep}})))
        .unwrap();
    assert_eq!(eve.close_code(), Some(4009), "a user who cannot be read is not signed in");
    for body in [
        deep.clone(),
        format!(r#"{{"name":"a","channel":"news","data":{deep}}}"#),
        format!(r#"{{"batch":[{deep}]}}"#),
    ] {
        for path in ["/events", "/batch_events"] {
            let (status, _) = scene.call("POST", path, &body);
            assert!((400..500).contains(&status), "{status}");
        }
    }
    let unknown = format!(r#"{{"name":"a","channel":"other","data":"1","more":{objects}}}"#);
    assert_eq!(scene.call("POST", "/events", &unknown).0, 200, "fields nobody knows are passed over");
    scene.ana_hears();
    assert!(scene.peak() < 16 * MIB, "{} MiB", scene.peak() / MIB);
}

#[test]
fn garbage_before_and_after_the_upgrade_ends_that_peer_alone() {
    let mut scene = Scene::new();
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut garbage = || -> Vec<u8> {
        let word = |seed: &mut u64| {
            *seed ^= *seed << 13;
            *seed ^= *seed >> 7;
            *seed ^= *seed << 17;
            seed.to_le_bytes()
        };
        (0..2_000).flat_map(|_| word(&mut seed)).collect()
    };
    for n in 0..200 {
        let mut eve = if n % 2 == 0 { scene.eve() } else { scene.stranger() };
        let _ = eve.stream.write_all(&garbage());
        let _ = eve.stream.shutdown(std::net::Shutdown::Write);
        let code = eve.close_code();
        assert!(n % 2 == 1 || matches!(code, None | Some(1002 | 1003 | 1007)), "{code:?}");
    }
    scene.ana_hears();
    scene.until("all are gone", |scene| scene.connections() == 1);
    assert!(scene.peak() < 16 * MIB, "{} MiB", scene.peak() / MIB);
}

#[test]
fn an_upgrade_behind_another_request_is_answered_and_not_waited_for() {
    let scene = Scene::new();
    let mut eve = scene.stranger();
    let plain = "GET /up HTTP/1.1\r\nHost: x\r\n\r\n";
    let head = format!("GET /app/{}?protocol=7 HTTP/1.1\r\nHost: x\r\n{UPGRADE}\r\n", scene.world.key);
    eve.stream.write_all(format!("{plain}{plain}{head}").as_bytes()).unwrap();
    let replies = eve.read_until("not-found");
    assert_eq!(replies.matches("HTTP/1.1 200 ").count(), 2, "{replies}");
    assert_eq!(replies.matches("HTTP/1.1 404 ").count(), 1, "{replies}");
    // A thousand frames right behind the head are all taken.
    let mut eager = scene.stranger();
    let frames: Vec<u8> = (0..1_000).flat_map(|n| subscribe(&format!("c{n}"))).collect();
    let replies = eager.round(&[head.as_bytes(), &frames].concat());
    assert_eq!(replies.matches("subscription_succeeded").count(), 1_000);
}

#[test]
fn slow_heads_and_slow_bodies_are_given_up_while_others_are_served() {
    let mut scene = Scene::new();
    let began = Instant::now();
    let mut heads: Vec<Eve> = (0..1_000).map(|_| scene.stranger()).collect();
    let mut bodies: Vec<Eve> = (0..200).map(|_| scene.stranger()).collect();
    let app = scene.world.app_id.clone();
    for eve in &mut bodies {
        let head = format!("POST /apps/{app}/events HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n");
        eve.stream.write_all(head.as_bytes()).unwrap();
    }
    let line = b"GET /app/x?protocol=7 HTTP/1.1\r\nHost: a\r\nX-Slow: and slower and slower and slower\r\n";
    let mut sent = 0;
    // A byte now and then, for as long as the server takes it.
    while began.elapsed() < Duration::from_secs(9) {
        for eve in heads.iter_mut().chain(&mut bodies) {
            let _ = eve.stream.write_all(&line[sent % line.len()..=sent % line.len()]);
        }
        sent += 1;
        scene.ana_hears();
        std::thread::sleep(Duration::from_millis(250));
    }
    for eve in &mut heads {
        let mut reply = Vec::new();
        let _ = eve.stream.read_to_end(&mut reply);
        assert!(reply.starts_with(b"HTTP/1.1 408 "), "{}", String::from_utf8_lossy(&reply));
    }
    for eve in &mut bodies {
        let mut reply = [0; 12];
        eve.stream.read_exact(&mut reply).unwrap();
        assert_eq!(&reply, b"HTTP/1.1 408");
    }
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    assert!(scene.peak() < 48 * MIB, "{} MiB", scene.peak() / MIB);
    scene.ana_hears();
}

#[test]
fn without_descriptors_newcomers_wait_and_those_inside_go_on() {
    let mut scene = Scene::new();
    let pid = scene.world.pid().unwrap();
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count();
    let limit = format!("--nofile={0}:{0}", open + 30);
    let limited = std::process::Command::new("prlimit").args(["--pid", &pid.to_string(), &limit]).status();
    assert!(limited.unwrap().success());
    let line = say(&json!({"event": "pusher:ping"}));
    let mut eves: Vec<Eve> = (0..100).map(|_| scene.stranger()).collect();
    let head = format!("GET /app/{}?protocol=7 HTTP/1.1\r\nHost: x\r\n{UPGRADE}\r\n", scene.world.key);
    for eve in &mut eves {
        eve.stream.write_all(&[head.as_bytes(), &line].concat()).unwrap();
    }
    eves[0].read_until("pusher:pong");
    // No descriptor is left for an HTTP call: Ana's own connection must do.
    for _ in 0..20 {
        scene.ana.say(&json!({"event": "pusher:ping"}));
        scene.ana.expect("pusher:pong");
    }
    drop(eves);
    scene.until("there is room again", |scene| scene.world.get("/up").try_send(scene.world.port).is_ok());
    scene.ana_hears();
}

impl Scene {
    /// A session over the HTTP fallback whose stream is open and has brought its hello.
    fn stream(&self, n: usize) -> Eve {
        let mut eve = self.stranger();
        let path = self.fallback(n, "xhr_streaming");
        let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
        eve.stream.write_all(head.as_bytes()).unwrap();
        eve.read_until("activity_timeout");
        eve
    }

    fn fallback(&self, n: usize, what: &str) -> String {
        let key = &self.world.key;
        format!("/pusher/app/{key}/{}/evesword{n}/{what}?protocol=7&client=js&version=8.6.0&n=1", n % 1_000)
    }
}

#[test]
fn fallback_streams_that_nobody_reads_are_cut_within_their_bound() {
    let mut scene = Scene::new();
    let eves: Vec<Eve> = (0..30).map(|n| scene.stream(n)).collect();
    for n in 0..30 {
        let frame = json!({"event": "pusher:subscribe", "data": {"channel": "loud"}}).to_string();
        let body = json!([frame]).to_string().into_bytes();
        let sent = Request::new("POST", &scene.fallback(n, "xhr_send")).raw("text/plain", body);
        assert!(sent.send(scene.world.port).status < 300);
    }
    let shout = "x".repeat(10_000);
    let began = Instant::now();
    while scene.connections() > 1 {
        assert!(began.elapsed() < DEADLINE, "{} are left", scene.connections());
        (0..20).for_each(|_| scene.publish("loud", &shout));
        scene.ana_hears();
    }
    // Each has an outbox of 256 KiB and a piece or two on its way.
    assert!(scene.peak() < 40 * MIB, "{} MiB", scene.peak() / MIB);
    drop(eves);
}

#[test]
fn a_thousand_fallback_sessions_that_are_left_at_once_are_over_soon() {
    let mut scene = Scene::new();
    for n in 0..1_000 {
        scene.stream(n);
        if n % 100 == 0 {
            scene.ana_hears();
        }
    }
    // They may come back for ten seconds.
    scene.until("all are over", |scene| scene.connections() == 1);
    scene.ana_hears();
    assert!(scene.peak() < 32 * MIB, "{} MiB", scene.peak() / MIB);
}
