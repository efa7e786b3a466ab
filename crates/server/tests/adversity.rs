//! Seven bad days, each on a real server: a full disk, a locked database, a damaged picture, a bomb, a clock
//! that was put back, 10 MB of JSON, a conversation of 100,000 messages. Whatever refuses does so by its row
//! of the refusal table, and what was acknowledged before is there after.
#![allow(clippy::unwrap_used)]

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use image::{DynamicImage, ImageFormat, RgbImage};
use serde_json::{Value, json};
use std::io::{Cursor, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use testkit::http::{Reply, Request, signed};
use testkit::postgres::Postgres;
use testkit::world::{Agent, Visitor, World};
use wire::Refusal;
use wire::api::{PostMessage, SessionRequest};
use wire::limit::PAGE_ITEMS_MAX;
use wire::refusal::Retry;

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");
/// Nothing that is bounded takes as long.
const DEADLINE: Duration = Duration::from_secs(30);
const MIB: u64 = 1024 * 1024;

/// A server, and the way into its database beside it.
struct Scene {
    world: World,
    database: Database,
}

#[derive(Clone)]
enum Database {
    Sqlite(PathBuf),
    Postgres(String),
}

/// Makes each test two: `sqlite::…` and `postgres::…`.
macro_rules! on_both_engines {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $test() {
                super::$test(&mut super::Scene::on_sqlite(&[]));
            })*
        }
        mod postgres {
            $(#[test]
            fn $test() {
                super::$test(&mut super::Scene::on_postgres());
            })*
        }
    };
}

on_both_engines!(
    a_locked_database_is_waited_for_no_longer_than_said,
    a_damaged_picture_is_refused_and_leaves_nothing,
    a_clock_that_is_put_back_loses_and_disorders_nothing,
    a_conversation_of_100_000_messages_is_read_page_by_page,
);

impl Scene {
    fn on_sqlite(settings: &[(&str, &str)]) -> Scene {
        let settings = [&[("FRONTDESK_DRAIN_S", "0"), ("FRONTDESK_MESSAGES_PER_MINUTE", "0")], settings];
        let world = World::start_with(BINARY, &settings.concat());
        let database = Database::Sqlite(world.data.join("frontdesk.sqlite"));
        Scene { world, database }
    }

    fn on_postgres() -> Scene {
        let url = Postgres::shared().fresh_database();
        let settings = [("FRONTDESK_DRAIN_S", "0"), ("FRONTDESK_DATABASE_URL", &url)];
        let world = World::start_with(BINARY, &settings);
        Scene { world, database: Database::Postgres(url) }
    }

    /// Notes what the server holds, and has the kernel note the most it ever holds from here on.
    fn quiet(&self) -> u64 {
        let quiet = self.memory("VmRSS");
        std::fs::write(format!("/proc/{}/clear_refs", self.world.pid().unwrap()), "5").unwrap();
        quiet
    }

    /// The most the server held since, over what it held then.
    fn grew(&self, quiet: u64) -> u64 {
        self.memory("VmHWM").saturating_sub(quiet)
    }

    /// A line of `/proc/PID/status`, in bytes.
    fn memory(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.world.pid().unwrap())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }

    fn send(&self, request: &Request) -> Reply {
        request.send(self.world.port)
    }

    /// What the server says of itself after all this.
    fn is_well(&self) {
        assert_eq!(self.send(&self.world.get("/up")).status, 200);
        assert!(!self.world.log().contains("panicked"), "{}", self.world.log());
    }
}

impl Database {
    /// Runs statements that answer nothing.
    fn run(&self, statements: &[&str]) {
        match self {
            Database::Sqlite(path) => {
                let connection = rusqlite::Connection::open(path).unwrap();
                connection.busy_timeout(DEADLINE).unwrap();
                statements.iter().for_each(|text| connection.execute_batch(text).unwrap());
            }
            Database::Postgres(url) => {
                let mut client = ::postgres::Client::connect(url, ::postgres::NoTls).unwrap();
                statements.iter().for_each(|text| client.batch_execute(text).unwrap());
            }
        }
    }

    fn count(&self, query: &str) -> i64 {
        match self {
            Database::Sqlite(path) => {
                let connection = rusqlite::Connection::open(path).unwrap();
                connection.query_row(query, [], |row| row.get(0)).unwrap()
            }
            Database::Postgres(url) => {
                let mut client = ::postgres::Client::connect(url, ::postgres::NoTls).unwrap();
                client.query_one(query, &[]).unwrap().get(0)
            }
        }
    }

    /// Another program takes the lock that every message needs; dropped, it gives it back.
    fn lock(&self) -> Box<dyn std::any::Any> {
        match self {
            Database::Sqlite(path) => {
                let other = rusqlite::Connection::open(path).unwrap();
                other.busy_timeout(DEADLINE).unwrap();
                other.execute_batch("BEGIN EXCLUSIVE").unwrap();
                Box::new(other)
            }
            Database::Postgres(url) => {
                let mut other = ::postgres::Client::connect(url, ::postgres::NoTls).unwrap();
                other.batch_execute("BEGIN; LOCK TABLE messages IN ACCESS EXCLUSIVE MODE").unwrap();
                Box::new(other)
            }
        }
    }

    fn storage(&self) -> chat::Storage {
        match self.clone() {
            Database::Sqlite(path) => chat::Storage::Sqlite { path, max_bytes: None },
            Database::Postgres(url) => chat::Storage::Postgres { url },
        }
    }
}

/// It is refused by this row of the table, with when to come back where that helps.
#[track_caller]
fn assert_refused(reply: &Reply, refusal: Refusal) {
    let row = refusal.row();
    assert_eq!((reply.status, reply.refusal().as_str()), (row.status, row.name), "{}", reply.text());
    assert_eq!(reply.header("retry-after").is_some(), row.retry == Retry::Later, "{}", row.name);
}

/// Texts of the newest page, in its order.
fn texts(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let messages = reply.json()["messages"].as_array().unwrap().clone();
    messages.iter().map(|message| message["message"].as_str().unwrap().to_owned()).collect()
}

/// Waits until it is so, with a deadline.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !is_so() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn now_ms() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

// 1. The disk is full. On PostgreSQL the disk is another machine's; its word for that is mapped in the chat.

#[test]
fn a_full_disk_refuses_and_keeps_what_was_acknowledged() {
    let mut scene = Scene::on_sqlite(&[("FRONTDESK_MAX_DATABASE_BYTES", "1000000")]);
    let ana = scene.world.visitor("Ana");
    let id = ana.start();
    let text = |n: usize| format!("{n} {}", "x".repeat(5_000));
    let full = |from: usize| {
        let write = |n: usize| (n, ana.write(&id, &text(n), &format!("c{n}")));
        (from..from + 1_000).map(write).find(|(_, reply)| reply.status != 201).expect("the limit is reached")
    };
    let (acknowledged, refused) = full(0);
    assert_refused(&refused, Refusal::StorageFull);
    assert!(acknowledged > 3, "the premise: some messages fitted");
    assert_refused(&ana.write(&id, &text(acknowledged), "again"), Refusal::StorageFull);
    let all = |count: usize| (0..count).map(text).collect::<Vec<_>>();
    assert_eq!(texts(&ana.read(&id, "?limit=200")), all(acknowledged), "nothing is half there");
    let facts = ana.read(&id, "?after=0&limit=200").json();
    assert_eq!(facts["seq"], acknowledged, "the counter has moved with the messages alone");
    scene.is_well();

    scene.world.stop();
    scene.world.set("FRONTDESK_MAX_DATABASE_BYTES", "4000000");
    scene.world.boot();
    let retried = ana.write(&id, &text(acknowledged), &format!("c{acknowledged}"));
    assert_eq!(retried.status, 201, "there is room again: {}", retried.text());
    assert_eq!(texts(&ana.read(&id, "?limit=200")), all(acknowledged + 1));
    let whole = "SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'";
    assert_eq!(scene.database.count(whole), 1);
}

// 2. The database is locked.

fn a_locked_database_is_waited_for_no_longer_than_said(scene: &mut Scene) {
    let ana = scene.world.visitor("Ana");
    let id = ana.start();
    assert_eq!(ana.write(&id, "before", "c0").status, 201);
    let lock = scene.database.lock();
    let asked = Instant::now();
    let posts: Vec<Reply> = std::thread::scope(|scope| {
        let post = |n: usize| {
            let (ana, id) = (&ana, &id);
            scope.spawn(move || ana.write(id, &format!("message {n}"), &format!("c{n}")))
        };
        let posts: Vec<_> = (1..=40).map(post).collect();
        assert_eq!(scene.send(&scene.world.get("/up")).status, 200, "what needs no database is served");
        posts.into_iter().map(|post| post.join().unwrap()).collect()
    });
    assert!(asked.elapsed() < DEADLINE, "forty did not wait one after the other: {:?}", asked.elapsed());
    posts.iter().for_each(|refused| assert_refused(refused, Refusal::StorageUnavailable));
    drop(lock);
    for n in [1, 1, 2] {
        let retried = ana.write(&id, &format!("message {n}"), &format!("c{n}"));
        assert!(matches!(retried.status, 200 | 201), "{}", retried.text());
    }
    assert_eq!(texts(&ana.read(&id, "")), ["before", "message 1", "message 2"], "each is there once");
    scene.is_well();
}

// 3. and 4. Pictures.

/// What an image of noise is as a file: nothing of it can be left out.
fn picture(format: ImageFormat) -> Vec<u8> {
    let dot = |x: u32, y: u32| (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) as u8;
    let image = DynamicImage::from(RgbImage::from_fn(300, 200, |x, y| {
        image::Rgb([dot(x, y), dot(y, x), dot(x + 1, y)])
    }));
    let mut bytes = Vec::new();
    image.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

fn upload(scene: &Scene, by: &Visitor, conversation: &str, name: &str, bytes: &[u8]) -> Reply {
    let path = format!("/api/chatbot/attachments?conversation_id={conversation}&name={name}");
    scene.send(&by.request("POST", &path).raw("application/octet-stream", bytes.to_vec()))
}

/// Files that are kept, or on their way.
fn files(scene: &Scene) -> usize {
    let folders = std::fs::read_dir(scene.world.data.join("files")).unwrap();
    folders.map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
}

fn a_damaged_picture_is_refused_and_leaves_nothing(scene: &mut Scene) {
    let ana = scene.world.visitor("Ana");
    let id = ana.start();
    let (png, jpeg) = (picture(ImageFormat::Png), picture(ImageFormat::Jpeg));
    let mut flipped = png.clone();
    flipped[png.len() / 2] ^= 0xff;
    let damaged: [(&str, &[u8]); 5] = [
        ("cut.png", &png[..png.len() / 2]),
        ("head.png", &png[..33]),
        ("flipped.png", &flipped),
        ("head.jpg", &jpeg[..300]),
        ("torn.jpg", &jpeg[..20]),
    ];
    for (name, bytes) in damaged {
        assert_refused(&upload(scene, &ana, &id, name, bytes), Refusal::ImageDamaged);
        assert_eq!(files(scene), 0, "{name}");
        assert_eq!(scene.database.count("SELECT COUNT(*) FROM attachments"), 0, "{name}");
    }
    assert_eq!(upload(scene, &ana, &id, "whole.png", &png).status, 201);
    scene.is_well();
}

/// A part of a PNG with its sum (ISO 3309).
fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let step = |sum: u32| if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 };
    let add = |sum: u32, byte: &u8| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum));
    let sum = !kind.iter().chain(data).fold(u32::MAX, add);
    let length = u32::try_from(data.len()).unwrap();
    [&length.to_be_bytes()[..], kind, data, &sum.to_be_bytes()].concat()
}

/// A PNG that says it has so many pixels a side, with these parts between head and end.
fn png(side: u32, parts: &[Vec<u8>]) -> Vec<u8> {
    let head = [&side.to_be_bytes()[..], &side.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let begin = [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &head)].concat();
    [begin, parts.concat(), chunk(b"IEND", b"")].concat()
}

/// So many MiB of nothing, in a thousandth of that.
fn deflated(mib: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    (0..mib).for_each(|_| encoder.write_all(&[0; 1024 * 1024]).unwrap());
    encoder.finish().unwrap()
}

#[test]
fn a_decompression_bomb_takes_no_memory() {
    let scene = Scene::on_sqlite(&[]);
    let ana = scene.world.visitor("Ana");
    let id = ana.start();
    // What decoding an honest picture takes is no growth.
    assert_eq!(upload(&scene, &ana, &id, "whole.png", &picture(ImageFormat::Png)).status, 201);
    let kept = files(&scene);
    let quiet = scene.quiet();
    let zeros = deflated(200);
    let huge = png(50_000, &[chunk(b"IDAT", &zeros)]);
    assert_refused(&upload(&scene, &ana, &id, "huge.png", &huge), Refusal::ImageTooLarge);
    assert_eq!(files(&scene), kept);
    // A small picture, of which a part unfolds.
    let named = |kind: &[u8; 4], name: &[u8]| chunk(kind, &[name, &zeros].concat());
    let pixels = chunk(b"IDAT", &deflated(1));
    for (name, parts) in [
        ("pixels.png", vec![chunk(b"IDAT", &zeros)]),
        ("profile.png", vec![named(b"iCCP", b"x\0\0"), pixels.clone()]),
        ("text.png", vec![named(b"zTXt", b"x\0\0"), pixels.clone()]),
        ("words.png", vec![named(b"iTXt", b"x\0\x01\0\0\0"), pixels]),
    ] {
        let reply = upload(&scene, &ana, &id, name, &png(16, &parts));
        assert!(matches!(reply.status, 201 | 422), "{name}: {}", reply.text());
        assert!(scene.grew(quiet) < 48 * MIB, "{name}: {} bytes", scene.grew(quiet));
    }
    let mut body = GzEncoder::new(Vec::new(), Compression::fast());
    body.write_all(json!({"message": "x".repeat(50_000_000)}).to_string().as_bytes()).unwrap();
    let folded = ana
        .request("POST", &format!("/api/chatbot/conversation/{id}/messages"))
        .header("content-encoding", "gzip")
        .raw("application/json", body.finish().unwrap()[..60_000].to_vec());
    assert_refused(&scene.send(&folded), Refusal::MalformedJson);
    assert!(scene.grew(quiet) < 48 * MIB, "{} bytes", scene.grew(quiet));
    scene.is_well();
}

// 5. The clock is put back.

/// Does what people did while the clock was an hour ahead; the server is down meanwhile.
fn while_the_clock_is_ahead(database: &Database, act: impl AsyncFnOnce(&chat::Chat, u64)) {
    let storage = database.storage();
    // PostgreSQL's client has a runtime of its own, so it is opened on no thread of another.
    let chat = chat::Chat::open(storage, Arc::new(|_| {})).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        act(&chat, now_ms() + 3_600_000).await;
        chat.close().await;
    });
}

fn said(words: &str, client_id: &str) -> PostMessage {
    PostMessage { message: words.into(), client_id: Some(client_id.into()), ..PostMessage::default() }
}

fn inbox(scene: &Scene, ben: &Agent, query: &str) -> Vec<String> {
    let list = scene.send(&ben.request("GET", &format!("/api/v1/conversations{query}"))).json();
    let rows = list["conversations"].as_array().unwrap();
    rows.iter().map(|row| row["conversation"]["id"].as_str().unwrap().to_owned()).collect()
}

fn a_clock_that_is_put_back_loses_and_disorders_nothing(scene: &mut Scene) {
    let (ben, ana, zoe) = (scene.world.owner("Ben"), scene.world.visitor("Ana"), scene.world.visitor("Zoe"));
    let (anas, zoes) = (ana.start(), zoe.start());
    assert_eq!(ana.write(&anas, "1 before", "c1").status, 201);
    scene.world.stop();
    let (mut eve, mut eves) = (None, String::new());
    while_the_clock_is_ahead(&scene.database, async |chat, ahead_ms| {
        let session = chat.open_session(&ben.widgets[0], SessionRequest::default(), ahead_ms).await.unwrap();
        let visitor = chat.visitor(&session.token, ahead_ms).await.unwrap();
        eves = chat.start_conversation(&visitor, None, ahead_ms).await.unwrap().0.conversation.id;
        chat.visitor_post(&visitor, &eves, said("Hello", "e1"), ahead_ms).await.unwrap();
        let ana = chat.visitor(&ana.token, now_ms()).await.unwrap();
        chat.visitor_post(&ana, &anas, said("2 ahead", "c2"), ahead_ms + 1).await.unwrap();
        let ben = chat.agent(&ben.token, ahead_ms).await.unwrap();
        chat.agent_post(&ben, &anas, said("3 ahead", "b3"), ahead_ms + 2).await.unwrap();
        assert!(chat.lease("outbox", "a server that is gone", ahead_ms, ahead_ms + 6_000).await.unwrap());
        eve = Some(session);
    });
    let eve = eve.unwrap();
    scene.world.boot();

    // Nobody is signed out, and nothing is lost or comes before what it answers.
    let eve_asks = |method: &str, path: &str| {
        Request::new(method, path).header("authorization", &format!("Bearer {}", eve.token))
    };
    let hers = scene.send(&eve_asks("GET", &format!("/api/chatbot/conversation/{eves}")));
    assert_eq!(texts(&hers), ["Hello"]);
    assert_eq!(zoe.write(&zoes, "Hello", "z1").status, 201);
    let posted = ana.write(&anas, "4 after", "c4");
    assert_eq!(posted.status, 201, "{}", posted.text());
    assert_eq!(ben.write(&anas, "5 after", "text").status, 201);
    let all = ["1 before", "2 ahead", "3 ahead", "4 after", "5 after"];
    assert_eq!(texts(&ana.read(&anas, "")), all);
    let asked = ben.request("GET", &format!("/api/v1/conversations/{anas}"));
    assert_eq!(texts(&scene.send(&asked)), all);
    let page = ana.read(&anas, "?after=0").json();
    let events = page["events"].as_array().unwrap();
    let field = |name: &str| events.iter().map(|event| event["data"][name].clone()).collect::<Vec<_>>();
    let numbers: Vec<Value> = (1..=events.len()).map(Value::from).collect();
    assert_eq!(field("seq"), numbers, "the order is by number");
    assert_eq!(page["seq"], events.len());
    let spoken = events.iter().filter(|event| event["data"]["message"].is_string());
    let times: Vec<&str> = spoken.map(|event| event["data"]["timestamp"].as_str().unwrap()).collect();
    assert!(times.len() == all.len() && times.is_sorted(), "{times:?}");
    assert_eq!(
        ana.read(&anas, &format!("?after={}", events.len() - 1)).json()["events"][0]["data"]["message"],
        "5 after"
    );

    // Where somebody writes does not sink in the list, page by page.
    assert_eq!(inbox(scene, &ben, ""), [anas.as_str(), &eves, &zoes]);
    let first = scene.send(&ben.request("GET", "/api/v1/conversations?limit=1")).json();
    let next = first["next"].as_str().unwrap();
    assert_eq!(inbox(scene, &ben, &format!("?limit=1&before={next}")), [eves.as_str()]);

    // What begins now is newer than what began ahead.
    let begun = scene.send(&eve_asks("POST", "/api/chatbot/conversation").json(&json!({}))).json();
    let session = Request::new("POST", "/api/chatbot/session")
        .header("authorization", &format!("Bearer {}", scene.world.widget_token()))
        .json(&json!({"secret": eve.secret}));
    assert_eq!(scene.send(&session).json()["conversation_id"], begun["conversation"]["id"]);

    // What sleeps wakes by the clock as it is now.
    let soon = wire::time::rfc3339(now_ms() + 1_500);
    let sleeping = format!("/api/v1/conversations/{anas}");
    let put_off = ben.request("PATCH", &sleeping).json(&json!({"status": "snoozed", "snoozed_until": soon}));
    assert_eq!(scene.send(&put_off).json()["conversation"]["status"], "snoozed");
    let status = || scene.send(&ben.request("GET", &sleeping)).json()["conversation"]["status"].clone();
    until("it wakes", || status() == "open");
    scene.is_well();
}

// 6. Ten megabytes of JSON.

/// A request that takes a body, which some are signed for.
type Way<'a> = &'a dyn Fn(&str) -> Request;

#[test]
fn ten_megabytes_of_json_are_refused_and_never_held() {
    let scene = Scene::on_sqlite(&[]);
    let (ben, ana) = (scene.world.owner("Ben"), scene.world.visitor("Ana"));
    let id = ana.start();
    let new_key = json!({"name": "Robot", "scopes": ["conversations:read", "conversations:write"]});
    let key = scene.send(&ben.request("POST", "/api/v1/keys").json(&new_key));
    assert_eq!(key.status, 201, "{}", key.text());
    let bearer = format!("Bearer {}", key.json()["secret"].as_str().unwrap());
    let messages = format!("/api/v1/conversations/{id}/messages");
    let app = format!("/apps/{}", scene.world.app_id);
    let by_app = |path: &str, body: &str| {
        let World { key, secret, .. } = &scene.world;
        Request::new("POST", &signed("POST", &format!("{app}{path}"), key, secret, body))
    };
    let ways: [(&str, Way<'_>); 7] = [
        ("a visitor's message", &|_| {
            ana.request("POST", &format!("/api/chatbot/conversation/{id}/messages"))
        }),
        ("a new session", &|_| {
            let bearer = format!("Bearer {}", scene.world.widget_token());
            Request::new("POST", "/api/chatbot/session").header("authorization", &bearer)
        }),
        ("an agent's note", &|_| ben.request("POST", &messages)),
        ("one that is named", &|_| ben.request("POST", &messages).header("idempotency-key", "once")),
        ("another program's", &|_| Request::new("POST", &messages).header("authorization", &bearer)),
        ("an event", &|body| by_app("/events", body)),
        ("a batch", &|body| by_app("/batch_events", body)),
    ];
    let large = json!({"message": "x".repeat(10_000_000)}).to_string();
    let nested = "[".repeat(100_000);
    let depth = 15_000;
    let closed = format!("{{\"x\": {}{}}}", "[".repeat(depth), "]".repeat(depth));
    let quiet = scene.quiet();
    for (what, request) in ways {
        for body in [&large, &nested] {
            let whole = request(body).raw("application/json", body.as_bytes().to_vec());
            // The whole of it can be sent, and the answer is read behind it.
            for sent in [whole.clone(), whole.chunked()] {
                let reply = sent.try_send(scene.world.port).unwrap_or_else(|error| panic!("{what}: {error}"));
                // A batch may be larger than this nest.
                if body == &large || reply.status == 413 {
                    assert_refused(&reply, Refusal::BodyTooLarge);
                } else {
                    assert!(matches!(reply.status, 400 | 422), "{what}: {}", reply.text());
                }
            }
        }
        // What is short enough and deep is read, and is nothing.
        let deep = scene.send(&request(&closed).raw("application/json", closed.as_bytes().to_vec()));
        let refused = matches!(deep.refusal().as_str(), "missing-field" | "bad-call" | "text-empty");
        assert!(refused || what == "a new session", "{what}: {}", deep.text());
        let open = "[".repeat(30_000);
        let deep = scene.send(&request(&open).raw("application/json", open.as_bytes().to_vec()));
        assert!(matches!(deep.status, 400 | 422), "{what}: {}", deep.text());
        assert_eq!(ana.write(&id, "Hello", what).status, 201, "the next one is served");
    }
    assert!(scene.grew(quiet) < 32 * MIB, "{} bytes", scene.grew(quiet));
    scene.is_well();
}

// 7. A conversation of 100,000 messages.

const LONG: usize = 100_000;

/// Ana has written all day. What the server would do later, it finds done.
fn write_all_day(database: &Database, ana: &str, id: &str, widget: &str) {
    let (numbers, message_id, begin, object, words) = match database {
        Database::Sqlite(_) => (
            format!(
                "(WITH RECURSIVE all_day(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM all_day WHERE n < {LONG}) SELECT n FROM all_day)"
            ),
            "printf('msg_%032x', n)",
            "PRAGMA synchronous = OFF; BEGIN IMMEDIATE",
            "json_object",
            format!("body || ' m_{widget}'"),
        ),
        Database::Postgres(_) => (
            format!("generate_series(1, {LONG}) AS numbers(n)"),
            "'msg_' || lpad(to_hex(n), 32, '0')",
            // Without the triggers, which would have all of it indexed again.
            "SET session_replication_role = replica; BEGIN",
            "json_build_object",
            format!("array_to_tsvector(string_to_array(body || ' m_{widget}', ' '))"),
        ),
    };
    let messages = format!(
        "INSERT INTO messages (id, conversation_id, seq, visitor_seq, client_id, sender_kind, sender_id, sender_name, \
         kind, body, visitor_messages, created_ms) SELECT {message_id}, '{id}', n, n, 'c' || n, 'visitor', '{ana}', \
         'Ana', 'text', 'number n' || n, n, 1700000000000 + n FROM {numbers}"
    );
    let facts = format!(
        "INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) \
         SELECT conversation_id, seq, seq, created_ms, 'message', id, CAST({object}('shared', {object}('message', \
         {object}('id', id, 'sender_type', 'visitor', 'sender_id', sender_id, 'sender_name', 'Ana', 'text', body, \
         'client_id', client_id))) AS TEXT) FROM messages WHERE conversation_id = '{id}' ORDER BY seq"
    );
    let conversation = format!(
        "UPDATE conversations SET last_seq = {LONG}, last_visitor_seq = {LONG}, visitor_messages = {LONG}, \
         last_message_ms = 1700000000000 + {LONG}, last_sender_kind = 'visitor', last_sender_name = 'Ana', \
         last_kind = 'text', last_text = 'number n{LONG}', \
         last_message_id = (SELECT id FROM messages WHERE conversation_id = '{id}' AND seq = {LONG}), \
         waiting_since_ms = 1700000000001 WHERE id = '{id}'"
    );
    let index =
        format!("INSERT INTO search_docs (ref_id, words) SELECT id, {words} FROM messages ORDER BY seq");
    database.run(&[
        begin,
        &messages,
        &facts,
        &conversation,
        &index,
        "DELETE FROM search_queue",
        "COMMIT",
        "ANALYZE",
    ]);
}

fn a_conversation_of_100_000_messages_is_read_page_by_page(scene: &mut Scene) {
    let (ben, ana) = (scene.world.owner("Ben"), scene.world.visitor("Ana"));
    let id = ana.start();
    scene.world.stop();
    write_all_day(&scene.database, &ana.id, &id, &ben.widgets[0]);
    scene.world.boot();
    let get = |path: &str| {
        let reply = scene.send(&ben.request("GET", path));
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply
    };
    let most = 512 * 1024;

    let opened = get(&format!("/api/v1/conversations/{id}"));
    assert!(opened.body.len() < most && opened.json()["more"] == true);
    assert_eq!(texts(&opened).last().unwrap(), &format!("number n{LONG}"));
    // An agent goes back to the first word, and a visitor who has nothing catches up; on PostgreSQL by leaps.
    let leap = match scene.database {
        Database::Sqlite(_) => 1,
        Database::Postgres(_) => 10,
    };
    let last = LONG - PAGE_ITEMS_MAX + 1;
    for from in (1..last).step_by(PAGE_ITEMS_MAX * leap).chain([last]) {
        let (after, to) = (from - 1, from + PAGE_ITEMS_MAX - 1);
        let before = to + 1;
        let back = get(&format!("/api/v1/conversations/{id}?before={before}&limit={PAGE_ITEMS_MAX}"));
        let on = ana.read(&id, &format!("?after={after}&limit={PAGE_ITEMS_MAX}"));
        assert!(back.body.len() < most && on.body.len() < most);
        let (back, on) = (back.json(), on.json());
        let (messages, events) = (&back["messages"], &on["events"]);
        for (list, seq) in [(messages, "/seq"), (events, "/data/seq")] {
            let list = list.as_array().unwrap();
            assert_eq!(list.len(), PAGE_ITEMS_MAX);
            let ends = (list[0].pointer(seq), list[PAGE_ITEMS_MAX - 1].pointer(seq));
            assert_eq!(ends, (Some(&json!(from)), Some(&json!(to))));
        }
        assert_eq!(
            (&back["more"], &on["more"], &on["seq"]),
            (&json!(from > 1), &json!(to < LONG), &json!(to))
        );
    }
    assert_eq!(inbox(scene, &ben, ""), [id.as_str()]);
    let found = get("/api/v1/search?q=n77777").json();
    assert_eq!(found["hits"].as_array().unwrap().len(), 1, "{found}");
    let common = get("/api/v1/search?q=number&limit=200");
    assert!(common.body.len() < most);
    assert_eq!(common.json()["hits"].as_array().unwrap().len(), PAGE_ITEMS_MAX);
    let written = ana.write(&id, "and one more", "last").json();
    assert_eq!(written["message"]["seq"], LONG + 1);

    let quiet = scene.quiet();
    let exported = get(&format!("/api/v1/contacts/{}/export", ana.id)).text();
    assert_eq!(exported.matches("\"number n").count(), LONG);
    assert!(exported.contains("and one more") && exported.ends_with("]}\n"));
    let (bytes, grew) = (exported.len() as u64, scene.grew(quiet));
    assert!(bytes > 16 * MIB && grew < 16 * MIB, "{grew} bytes for an export of {bytes}");
    scene.is_well();
}
