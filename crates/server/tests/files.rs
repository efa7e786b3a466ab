//! Files from one browser to the other, over real sockets: sent whole or in parts, cut and gone on with,
//! attached, delivered in ranges, refused when they are foreign, too large or not what they should be.
#![allow(clippy::unwrap_used)]

use image::{DynamicImage, ImageFormat, RgbImage};
use serde_json::{Value, json};
use std::io::{Cursor, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use testkit::http::{Reply, Request};
use testkit::world::{Agent, Visitor, World};

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");
const PART: usize = 512 * 1024;

/// The settings of a test.
fn start(environment: &[(&str, &str)]) -> (World, Visitor, String) {
    let world = World::start_with(BINARY, environment);
    let ana = world.visitor("Ana");
    let conversation = ana.start();
    (world, ana, conversation)
}

/// A photograph, 800 by 600.
fn photograph() -> Vec<u8> {
    let image = DynamicImage::from(RgbImage::from_fn(800, 600, |x, y| {
        image::Rgb([(x % 256) as u8, (y % 256) as u8, 9])
    }));
    let mut bytes = Vec::new();
    image.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Jpeg).unwrap();
    bytes
}

/// Bytes of no kind that differ from place to place.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 7_u32;
    let next = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let mut bytes: Vec<u8> = std::iter::repeat_with(next).take(length).collect();
    bytes[..4].copy_from_slice(b"PK\x03\x04");
    bytes
}

fn send_as(request: &dyn Fn(&str, &str) -> Request, base: &str, query: &str, bytes: &[u8]) -> Request {
    request("POST", &format!("{base}/attachments?{query}")).raw("application/octet-stream", bytes.to_vec())
}

fn send(world: &World, by: &Visitor, conversation: &str, name: &str, bytes: &[u8]) -> Reply {
    let query = format!("conversation_id={conversation}&name={name}");
    send_as(&|method, path| by.request(method, path), "/api/chatbot", &query, bytes).send(world.port)
}

fn agent_send(world: &World, by: &Agent, conversation: &str, name: &str, bytes: &[u8]) -> Reply {
    let query = format!("conversation_id={conversation}&name={name}");
    send_as(&|method, path| by.request(method, path), "/api/v1", &query, bytes).send(world.port)
}

/// The attachment of an upload that worked.
fn attachment(reply: &Reply) -> Value {
    assert!(matches!(reply.status, 200 | 201), "{}", reply.text());
    let attachment = reply.json()["attachment"].clone();
    assert!(attachment.is_object(), "{}", reply.text());
    attachment
}

fn post(world: &World, by: &Visitor, conversation: &str, ids: &[&str]) -> Reply {
    by.request("POST", &format!("/api/chatbot/conversation/{conversation}/messages"))
        .json(&json!({"message": "", "attachments": ids}))
        .send(world.port)
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn load(world: &World, url: &str) -> Reply {
    world.get(url).send(world.port)
}

/// Files below the folder of files, other than what is on its way.
fn kept(world: &World) -> Vec<String> {
    let mut names = Vec::new();
    for folder in std::fs::read_dir(world.data.join("files")).unwrap() {
        let folder = folder.unwrap();
        if folder.file_name() == "incoming" {
            continue;
        }
        let files = std::fs::read_dir(folder.path()).unwrap();
        names.extend(files.map(|file| file.unwrap().file_name().into_string().unwrap()));
    }
    names.sort();
    names
}

fn incoming(world: &World) -> usize {
    std::fs::read_dir(world.data.join("files/incoming")).unwrap().count()
}

/// Waits until it is so, with a deadline.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_photograph_reaches_the_agent_with_its_small_picture() {
    let (world, ana, conversation) = start(&[]);
    let ben = world.owner("Ben");
    let sent = attachment(&send(&world, &ana, &conversation, "K%C3%A4tzchen%201.jpg", &photograph()));
    assert_eq!((&sent["name"], &sent["media_type"]), (&json!("Kätzchen 1.jpg"), &json!("image/jpeg")));
    assert_eq!((&sent["width"], &sent["height"]), (&json!(800), &json!(600)));
    let posted = post(&world, &ana, &conversation, &[word(&sent["id"])]);
    assert_eq!(posted.status, 201, "{}", posted.text());
    let page = ben.request("GET", &format!("/api/v1/conversations/{conversation}")).send(world.port).json();
    let message = &page["messages"][0];
    assert_eq!(message["attachment_name"], "Kätzchen 1.jpg");
    let file = &message["attachments"][0];
    assert_eq!(file["url"], message["attachment_url"]);
    let whole = load(&world, word(&file["url"]));
    assert_eq!((whole.status, whole.header("content-type")), (200, Some("image/jpeg")));
    let shown = image::load_from_memory(&whole.body).unwrap();
    assert_eq!((shown.width(), shown.height()), (800, 600));
    let small = load(&world, word(&file["thumbnail_url"]));
    assert_eq!((small.status, small.header("content-type")), (200, Some("image/jpeg")));
    assert_eq!(image::load_from_memory(&small.body).unwrap().width(), 480);
    assert_eq!(incoming(&world), 0);
}

#[test]
fn an_agent_sends_what_they_like_and_nobody_runs_it() {
    let (world, ana, conversation) = start(&[]);
    let ben = world.owner("Ben");
    let page = b"<!DOCTYPE html><html><script>alert(1)</script></html>";
    let sent = attachment(&agent_send(&world, &ben, &conversation, "page.html", page));
    assert_eq!(sent["media_type"], "text/html");
    let posted = ben
        .request("POST", &format!("/api/v1/conversations/{conversation}/messages"))
        .json(&json!({"message": "Try this", "attachments": [sent["id"]]}))
        .send(world.port);
    assert_eq!(posted.status, 201, "{}", posted.text());
    let read = ana.read(&conversation, "").json();
    let delivered = load(&world, word(&read["messages"][0]["attachments"][0]["url"]));
    assert_eq!(delivered.body, page);
    for (header, value) in [
        ("content-type", "application/octet-stream"),
        ("content-disposition", "attachment; filename=\"page.html\"; filename*=UTF-8''page.html"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("access-control-allow-origin", "*"),
        ("cache-control", "private, max-age=86400"),
    ] {
        assert_eq!(delivered.header(header), Some(value), "{header}");
    }
}

#[test]
fn svg_is_saved_and_an_image_is_shown() {
    let (world, ana, conversation) = start(&[]);
    let svg = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let refused = send(&world, &ana, &conversation, "a.png", svg);
    assert_eq!(refused.refusal(), "file-type-not-allowed", "its name changes nothing");
    let ben = world.owner("Ben");
    let sent = attachment(&agent_send(&world, &ben, &conversation, "a.svg", svg));
    let disposition = |sent: &Value| {
        load(&world, word(&sent["url"]))
            .header("content-disposition")
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(disposition(&sent), "attachment");
    let sent = attachment(&send(&world, &ana, &conversation, "a.jpg", &photograph()));
    assert_eq!(disposition(&sent), "inline");
}

#[test]
fn voice_comes_with_its_measures_and_is_played() {
    let (world, ana, conversation) = start(&[]);
    let mut webm = b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm".to_vec();
    webm.resize(300, 0);
    let voice = |peaks: &str, bytes: &[u8]| {
        let query = format!(
            "conversation_id={conversation}&name=voice.webm&is_voice=true&duration_ms=2500&waveform={peaks}"
        );
        send_as(&|method, path| ana.request(method, path), "/api/chatbot", &query, bytes).send(world.port)
    };
    assert_eq!(voice("0,101", &webm).refusal(), "invalid-field");
    assert_eq!(voice("0,50", &photograph()).refusal(), "file-type-not-allowed", "a picture is no voice");
    let sent = attachment(&voice("0,50,100", &webm));
    assert_eq!((&sent["duration_ms"], &sent["waveform"]), (&json!(2500), &json!([0, 50, 100])));
    let delivered = load(&world, word(&sent["url"]));
    assert_eq!(delivered.header("content-type"), Some("audio/webm"));
    assert!(delivered.header("content-disposition").unwrap().starts_with("inline"));
    let posted = post(&world, &ana, &conversation, &[word(&sent["id"])]).json();
    assert_eq!(posted["message"]["is_voice"], true);
}

#[test]
fn a_large_file_goes_on_where_it_was_cut_and_after_a_kill() {
    let (mut world, ana, conversation) = start(&[]);
    let bytes = noise(6 * 1024 * 1024 + 17);
    assert!(refused_at_once(&world, &ana, &conversation, bytes.len()).contains("file-too-large"));
    let begun = ana
        .request("POST", "/api/chatbot/uploads")
        .json(&json!({"conversation_id": conversation, "name": "a.zip", "bytes": bytes.len()}))
        .send(world.port);
    assert_eq!(begun.status, 201, "{}", begun.text());
    assert_eq!(begun.json()["part_bytes"], PART);
    let path = format!("/api/chatbot/uploads/{}", word(&begun.json()["id"]));
    let offset = |world: &World| {
        ana.request("GET", &path).send(world.port).json()["offset"].as_u64().unwrap() as usize
    };
    let put = |world: &World, from: usize| {
        let part = bytes[from..(from + PART).min(bytes.len())].to_vec();
        ana.request("PUT", &format!("{path}?offset={from}"))
            .raw("application/octet-stream", part)
            .send(world.port)
    };
    for number in 0..3 {
        assert_eq!(put(&world, number * PART).json()["offset"], (number + 1) * PART);
    }
    cut_in_the_middle(&world, &ana, &format!("{path}?offset={}", 3 * PART));
    until("what was cut is gone", || incoming(&world) == 0);
    assert_eq!(offset(&world), 3 * PART);
    assert_eq!(put(&world, PART).refusal(), "wrong-offset");
    world.kill();
    world.boot();
    assert_eq!(offset(&world), 3 * PART);
    let mut from = 3 * PART;
    let last = loop {
        let reply = put(&world, from);
        assert_eq!(reply.status, 200, "{}", reply.text());
        from = (from + PART).min(bytes.len());
        if from == bytes.len() {
            break reply;
        }
    };
    let sent = attachment(&last);
    assert_eq!(attachment(&put(&world, 0)), sent, "a retry finds it whole");
    assert_eq!(load(&world, word(&sent["url"])).body, bytes);
    until("its parts are removed", || kept(&world) == [word(&sent["id"])]);
}

/// Announces a file of so many bytes, and answers what is said before the first of them is sent.
fn refused_at_once(world: &World, ana: &Visitor, conversation: &str, bytes: usize) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", world.port)).unwrap();
    let head = format!(
        "POST /api/chatbot/attachments?conversation_id={conversation}&name=a.zip HTTP/1.1\r\nhost: localhost\r\n\
         connection: close\r\nauthorization: Bearer {}\r\ncontent-length: {bytes}\r\n\r\n",
        ana.token
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    said
}

/// Sends half a part and hangs up.
fn cut_in_the_middle(world: &World, ana: &Visitor, path: &str) {
    let mut stream = TcpStream::connect(("127.0.0.1", world.port)).unwrap();
    let head = format!(
        "PUT {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\ncontent-length: {PART}\r\n\r\n",
        ana.token
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&vec![1; PART / 2]).unwrap();
    until("the server takes it", || incoming(world) == 1);
}

#[test]
fn what_was_finished_survives_a_kill_before_it_was_sent() {
    let (mut world, ana, conversation) = start(&[]);
    let sent = attachment(&send(&world, &ana, &conversation, "a.jpg", &photograph()));
    world.kill();
    world.boot();
    let posted = post(&world, &ana, &conversation, &[word(&sent["id"])]);
    assert_eq!(posted.status, 201, "{}", posted.text());
    let file = &posted.json()["message"]["attachments"][0];
    assert_eq!(file["url"], sent["url"], "the key is the same");
    assert_eq!(load(&world, word(&file["url"])).status, 200);
}

#[test]
fn files_are_read_in_ranges_and_not_twice() {
    let (world, ana, conversation) = start(&[]);
    let bytes = noise(300_000);
    let sent = attachment(&send(&world, &ana, &conversation, "a.zip", &bytes));
    let url = word(&sent["url"]);
    let with = |name: &str, value: &str| world.get(url).header(name, value);
    let whole = load(&world, url);
    assert_eq!((whole.status, whole.header("accept-ranges")), (200, Some("bytes")));
    assert_eq!(whole.body, bytes);
    let tag = whole.header("etag").unwrap();
    let part = with("range", "bytes=100-199").send(world.port);
    assert_eq!((part.status, part.header("content-range")), (206, Some("bytes 100-199/300000")));
    assert_eq!(part.body, bytes[100..200]);
    let end = with("range", "bytes=-5").send(world.port);
    assert_eq!(end.body, bytes[bytes.len() - 5..]);
    let beyond = with("range", "bytes=300000-").send(world.port);
    assert_eq!((beyond.status, beyond.header("content-range")), (416, Some("bytes */300000")));
    assert_eq!(beyond.refusal(), "range-not-satisfiable");
    let same = with("range", "bytes=0-9").header("if-range", tag).send(world.port);
    assert_eq!((same.status, same.body.len()), (206, 10));
    let other = with("range", "bytes=0-9").header("if-range", "\"other\"").send(world.port);
    assert_eq!((other.status, other.body.len()), (200, bytes.len()));
    let known = with("if-none-match", tag).send(world.port);
    assert_eq!((known.status, known.body.len()), (304, 0));
    let head = Request::new("HEAD", url).send(world.port);
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, Some("300000"), 0));
}

#[test]
fn a_forged_or_foreign_link_opens_nothing() {
    let (world, ana, conversation) = start(&[]);
    let sent = attachment(&send(&world, &ana, &conversation, "a.jpg", &photograph()));
    let other = attachment(&send(&world, &ana, &conversation, "b.jpg", &photograph()));
    let url = word(&sent["url"]);
    assert_eq!(load(&world, url).status, 200);
    let (path, query) = url.split_once('?').unwrap();
    let signature = query.split_once("&signature=").unwrap().1;
    for forged in [
        path.to_owned(),
        format!("{path}?expires=99999999999&signature={signature}"),
        url.replace(word(&sent["id"]), word(&other["id"])),
        format!("/thumbnails/{}?{query}", word(&sent["id"])),
        format!("/files/att_{}/a?{query}", "0".repeat(32)),
    ] {
        let refused = load(&world, &forged);
        assert_eq!((refused.status, refused.refusal()), (403, "link-invalid".to_owned()), "{forged}");
    }
}

#[test]
fn eve_finds_nothing_of_anas() {
    let (world, ana, conversation) = start(&[]);
    let eve = world.visitor("Eve");
    let sent = attachment(&send(&world, &ana, &conversation, "a.jpg", &photograph()));
    let id = word(&sent["id"]);
    assert_eq!(send(&world, &eve, &conversation, "a.jpg", &photograph()).refusal(), "unknown-conversation");
    let hers = eve.start();
    assert_eq!(post(&world, &eve, &hers, &[id]).refusal(), "unknown-attachment");
    let unknown = format!("att_{}", "0".repeat(32));
    for method in ["GET", "DELETE", "PUT"] {
        let ask =
            |id: &str| eve.request(method, &format!("/api/chatbot/uploads/{id}?offset=0")).send(world.port);
        let (foreign, nothing) = (ask(id), ask(&unknown));
        assert_eq!(foreign.refusal(), "unknown-attachment", "{method}");
        assert_eq!((foreign.status, foreign.body), (nothing.status, nothing.body), "ruling 8, {method}");
    }
    assert_eq!(post(&world, &ana, &conversation, &[id]).status, 201);
}

#[test]
fn a_widgets_limits_hold_and_the_quota_says_when_to_come_back() {
    let (world, ana, conversation) = start(&[("FRONTDESK_UPLOAD_KIB_PER_HOUR", "192")]);
    let ben = world.owner("Ben");
    let rules = json!({"settings": {"uploads": {"max_bytes": 2_000, "types": ["text/plain"]}}});
    let path = format!("/api/v1/widgets/{}", ben.widgets[0]);
    assert_eq!(ben.request("PATCH", &path).json(&rules).send(world.port).status, 200);
    let too_large = send(&world, &ana, &conversation, "a.txt", &[b'a'; 2_001]);
    assert_eq!((too_large.status, too_large.refusal()), (413, "file-too-large".to_owned()));
    let wrong = send(&world, &ana, &conversation, "a.txt", &noise(1_000));
    assert_eq!((wrong.status, wrong.refusal()), (415, "file-type-not-allowed".to_owned()));
    let empty = send(&world, &ana, &conversation, "a.txt", b"");
    assert_eq!((empty.status, empty.refusal()), (422, "file-empty".to_owned()));
    // Each counts as 64 KiB, the wrong one too.
    for _ in 0..2 {
        attachment(&send(&world, &ana, &conversation, "a.txt", b"Hello"));
    }
    let full = send(&world, &ana, &conversation, "a.txt", b"Hello");
    assert_eq!((full.status, full.refusal()), (429, "upload-quota".to_owned()));
    let wait: u64 = full.header("retry-after").unwrap().parse().unwrap();
    assert!((60..=3_600).contains(&wait), "{wait}");
    let begun = ana
        .request("POST", "/api/chatbot/uploads")
        .json(&json!({"conversation_id": conversation, "name": "a.txt", "bytes": 2_000}))
        .send(world.port);
    assert_eq!(begun.refusal(), "upload-quota");
    let eve = world.visitor("Eve");
    attachment(&send(&world, &eve, &eve.start(), "a.txt", b"Hello"));
}

#[test]
fn an_upload_given_up_is_removed() {
    let (world, ana, conversation) = start(&[]);
    let sent = attachment(&send(&world, &ana, &conversation, "a.jpg", &photograph()));
    assert_eq!(kept(&world).len(), 2, "the file and its small picture");
    let dropped =
        ana.request("DELETE", &format!("/api/chatbot/uploads/{}", word(&sent["id"]))).send(world.port);
    assert_eq!(dropped.status, 200);
    assert_eq!(load(&world, word(&sent["url"])).refusal(), "unknown-attachment");
    until("its bytes are removed", || kept(&world).is_empty());
}

#[test]
fn a_page_on_a_foreign_site_may_upload_and_load() {
    let (world, ana, conversation) = start(&[]);
    let ben = world.owner("Ben");
    let path = format!("/api/v1/widgets/{}", ben.widgets[0]);
    let origins = json!({"origins": ["https://shop.example"]});
    assert_eq!(ben.request("PATCH", &path).json(&origins).send(world.port).status, 200);
    let preflight = Request::new("OPTIONS", "/api/chatbot/uploads/att_1?offset=0")
        .header("origin", "https://shop.example")
        .header("access-control-request-method", "PUT")
        .send(world.port);
    assert_eq!(preflight.status, 204);
    assert!(preflight.header("access-control-allow-methods").unwrap().contains("PUT"));
    let query = format!("conversation_id={conversation}&name=a.jpg");
    let from = |origin: &str| {
        send_as(&|method, path| ana.request(method, path), "/api/chatbot", &query, &photograph())
            .header("origin", origin)
            .send(world.port)
    };
    assert_eq!(from("https://evil.example").refusal(), "origin-not-allowed");
    let sent = from("https://shop.example");
    assert_eq!(sent.header("access-control-allow-origin"), Some("https://shop.example"));
    let loaded =
        world.get(word(&attachment(&sent)["url"])).header("origin", "https://shop.example").send(world.port);
    assert_eq!(loaded.header("access-control-allow-origin"), Some("*"));
}

#[test]
fn a_socket_hears_of_the_file_with_a_link_that_opens_it() {
    let (world, ana, conversation) = start(&[]);
    let channel = format!("private-chat.conversation.{conversation}");
    let mut socket = world.socket();
    let auth = ana.authorise(&socket.socket_id, &channel);
    socket.subscribe(&channel, &auth.json());
    socket.expect("pusher_internal:subscription_succeeded");
    let sent = attachment(&send(&world, &ana, &conversation, "a.jpg", &photograph()));
    assert_eq!(post(&world, &ana, &conversation, &[word(&sent["id"])]).status, 201);
    let heard = socket.expect("ChatMessageReceived");
    let data = &heard["data"];
    assert_eq!(data["attachment_path"], sent["path"]);
    assert_eq!(load(&world, word(&data["attachments"][0]["url"])).status, 200);
}

#[test]
fn many_slow_uploads_leave_the_chat_quick() {
    let (world, ana, conversation) = start(&[]);
    let open: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut stream = TcpStream::connect(("127.0.0.1", world.port)).unwrap();
            let head = format!(
                "POST /api/chatbot/attachments?conversation_id={conversation}&name=a.txt HTTP/1.1\r\nhost: localhost\r\n\
                 authorization: Bearer {}\r\ncontent-length: 1000000\r\n\r\nsome",
                ana.token
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream
        })
        .collect();
    until("all are under way", || incoming(&world) == open.len());
    assert_eq!(ana.write(&conversation, "Hello", "c1").status, 201);
    for mut stream in open {
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        // It says that the body is not whole, or hangs up.
        let _ = stream.read(&mut [0; 64]);
    }
    until("nothing is left", || incoming(&world) == 0);
}
