//! The HTTP fallback transports (contract 1.15) over raw HTTP, as pusher-js speaks them: everything
//! comes once and in order, whatever happens between two requests.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use testkit::http::{self, Reply, Request};
use testkit::world::World;

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");
/// pusher-js leaves a stream for the next one when it holds more characters than this.
const STREAM_CHARACTERS: usize = 256 * 1024;

/// A page with pusher-js, without WebSockets.
struct Page {
    port: u16,
    base: String,
    origin: Option<&'static str>,
    headers: Vec<(&'static str, &'static str)>,
    n: AtomicU32,
}

impl Page {
    fn new(world: &World) -> Page {
        Page::of(world, &world.key, "")
    }

    fn of(world: &World, key: &str, prefix: &str) -> Page {
        static WORD: AtomicU32 = AtomicU32::new(0);
        let word = format!("session{:02}", WORD.fetch_add(1, Ordering::Relaxed));
        let base = format!("{prefix}/pusher/app/{key}/7/{word}");
        Page { port: world.port, base, origin: None, headers: Vec::new(), n: AtomicU32::new(1) }
    }

    fn request(&self, method: &str, action: &str, query: &str) -> Request {
        let request = Request::new(method, &format!("{}/{action}?{query}", self.base));
        let request = self.headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        match self.origin {
            Some(origin) => request.header("origin", origin),
            None => request,
        }
    }

    fn query(&self) -> String {
        let n = self.n.fetch_add(1, Ordering::Relaxed);
        format!("protocol=7&client=js&version=8.6.0&t=1&n={n}")
    }

    fn poll(&self) -> Reply {
        self.request("POST", "xhr", &self.query()).send(self.port)
    }

    fn send(&self, frame: &Value) -> Reply {
        self.send_raw(&json!([frame.to_string()]).to_string())
    }

    fn send_raw(&self, body: &str) -> Reply {
        self.request("POST", "xhr_send", &self.query())
            .raw("application/json", body.as_bytes().to_vec())
            .send(self.port)
    }

    fn stream(&self) -> Stream {
        self.stream_of(&self.query())
    }

    fn stream_of(&self, query: &str) -> Stream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let path = format!("{}/xhr_streaming?{query}", self.base);
        let head = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).unwrap();
        }
        Stream { reader, text: String::new(), read: 0 }
    }

    fn subscribe(&self, channel: &str) {
        let frame = json!({"event": "pusher:subscribe", "data": {"auth": "", "channel": channel}});
        assert_eq!(self.send(&frame).status, 204);
    }
}

/// An answer that goes on.
struct Stream {
    reader: BufReader<TcpStream>,
    /// Everything so far: `responseText`.
    text: String,
    /// Bytes of it that were read as lines.
    read: usize,
}

impl Stream {
    /// The next line, or `None` at the end.
    fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.text[self.read..].find('\n') {
                let line = self.text[self.read..self.read + end].to_owned();
                self.read += end + 1;
                return Some(line);
            }
            let mut size = String::new();
            self.reader.read_line(&mut size).unwrap();
            let size = usize::from_str_radix(size.trim(), 16).unwrap();
            let mut chunk = vec![0; size + 2];
            self.reader.read_exact(&mut chunk).unwrap();
            if size == 0 {
                return None;
            }
            self.text.push_str(std::str::from_utf8(&chunk[..size]).unwrap());
        }
    }

    fn messages(&mut self) -> Vec<Value> {
        messages(&self.line().unwrap())
    }

    /// Would pusher-js leave it now?
    fn is_left(&self) -> bool {
        self.read == self.text.len() && self.text.encode_utf16().count() > STREAM_CHARACTERS
    }
}

fn messages(line: &str) -> Vec<Value> {
    let texts = line.strip_prefix('a').unwrap_or_else(|| panic!("expected messages, got {line}"));
    let texts: Vec<String> = serde_json::from_str(texts).unwrap();
    texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

/// The events of an answer to a poll.
fn events(reply: &Reply) -> Vec<Value> {
    assert_eq!(reply.status, 200);
    reply.text().lines().filter(|line| line.starts_with('a')).flat_map(messages).collect()
}

fn publish(world: &World, channel: &str, data: &str) {
    let body = json!({"name": "e", "channel": channel, "data": data}).to_string();
    let path =
        http::signed("POST", &format!("/apps/{}/events", world.app_id), &world.key, &world.secret, &body);
    let reply = Request::new("POST", &path).raw("application/json", body.into_bytes()).send(world.port);
    assert_eq!(reply.status, 200, "{}", reply.text());
}

fn opened(stream: &mut Stream) {
    assert_eq!(stream.line().unwrap(), "o{}");
    assert_eq!(stream.messages()[0]["event"], "pusher:connection_established");
}

/// The code that an answer closes with, right after opening.
fn refused(reply: &Reply) -> u64 {
    assert_eq!(reply.status, 200);
    let text = reply.text();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "o{}");
    let close: Value = serde_json::from_str(lines.last().unwrap().strip_prefix('c').unwrap()).unwrap();
    if lines.len() == 3 {
        assert_eq!(messages(lines[1])[0]["data"]["code"], close[0]);
    }
    close[0].as_u64().unwrap()
}

#[test]
fn a_stream_carries_a_whole_connection() {
    let world = World::start(BINARY);
    let ana = Page::new(&world);
    let mut stream = ana.stream();
    opened(&mut stream);
    ana.subscribe("news");
    assert_eq!(stream.messages()[0]["event"], "pusher_internal:subscription_succeeded");
    for n in 0..20 {
        publish(&world, "news", &n.to_string());
        assert_eq!(stream.messages()[0]["data"], n.to_string());
    }
    assert_eq!(ana.send_raw("[]").status, 204);
    assert_eq!(stream.line().unwrap(), "h", "a sign of life is answered");
    assert_eq!(ana.send_raw("[]").status, 204);
    publish(&world, "news", "end");
    assert_eq!(stream.messages()[0]["data"], "end", "the answer to a heartbeat is not");
    let mut world = world;
    let port = world.port;
    let stopped = std::thread::spawn(move || world.stop());
    assert_eq!(stream.messages()[0]["data"]["code"], 4200, "port {port}");
    assert!(stream.line().unwrap().starts_with("c[4200,"));
    assert_eq!(stream.line(), None);
    assert_eq!(stopped.join().unwrap(), Some(0));
}

#[test]
fn over_polls_every_event_comes_once_and_in_order() {
    const EVENTS: usize = 200;
    let world = World::start(BINARY);
    let ana = Page::new(&world);
    let first = ana.poll();
    assert!(first.text().starts_with("o{}\n"));
    assert_eq!(events(&first)[0]["event"], "pusher:connection_established");
    ana.subscribe("news");
    assert_eq!(events(&ana.poll())[0]["event"], "pusher_internal:subscription_succeeded");
    let heard = std::thread::scope(|scope| {
        scope.spawn(|| (0..EVENTS).for_each(|n| publish(&world, "news", &n.to_string())));
        let mut heard = Vec::new();
        while heard.len() < EVENTS {
            heard.extend(events(&ana.poll()));
        }
        heard
    });
    let data: Vec<_> = heard.iter().map(|event| event["data"].as_str().unwrap().to_owned()).collect();
    assert_eq!(data, (0..EVENTS).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[test]
fn nothing_is_lost_when_the_client_leaves_a_long_stream_for_the_next() {
    let world = World::start(BINARY);
    let ana = Page::new(&world);
    let mut stream = ana.stream();
    opened(&mut stream);
    ana.subscribe("news");
    stream.line();
    // Two bytes or four to the character, so that bytes, characters and UTF-16 units all differ.
    let long = "é😀".repeat(1_600);
    let (mut sent, mut heard, mut left) = (0, 0, 0);
    while left < 3 {
        publish(&world, "news", &format!("{sent} {long}"));
        sent += 1;
        let event = &stream.messages()[0];
        assert_eq!(*event["data"].as_str().unwrap(), format!("{heard} {long}"));
        heard += 1;
        if stream.is_left() {
            // What comes between the two streams waits for the second.
            publish(&world, "news", &format!("{sent} {long}"));
            sent += 1;
            let mut next = ana.stream();
            assert_eq!(stream.line(), None, "nothing follows on a stream that the client left");
            assert!(next.messages()[0]["data"].as_str().unwrap().starts_with(&format!("{heard} ")));
            heard += 1;
            (stream, left) = (next, left + 1);
        }
    }
}

#[test]
fn a_request_that_the_browser_repeats_is_taken_once() {
    let world = World::start(BINARY);
    let ana = Page::new(&world);
    ana.poll();
    let query = ana.query();
    let frame = json!({"event": "pusher:subscribe", "data": {"auth": "", "channel": "news"}});
    let body = json!([frame.to_string()]).to_string();
    let send = ana.request("POST", "xhr_send", &query).raw("application/json", body.into_bytes());
    assert_eq!((send.send(world.port).status, send.send(world.port).status), (204, 204));
    let poll = ana.request("POST", "xhr", &ana.query());
    let heard = events(&poll.send(world.port));
    assert_eq!((heard.len(), &heard[0]["event"]), (1, &json!("pusher_internal:subscription_succeeded")));
    assert_eq!(events(&poll.send(world.port)), heard, "the answer was lost on its way");
    publish(&world, "news", "after");
    assert_eq!(events(&ana.poll())[0]["data"], "after");
    // Nobody knows what was read of a stream that broke: a second opening tells the client to begin anew.
    let query = ana.query();
    let mut stream = ana.stream_of(&query);
    publish(&world, "news", "lost");
    assert_eq!(stream.messages()[0]["data"], "lost");
    opened(&mut ana.stream_of(&query));
}

#[test]
fn who_does_not_fetch_for_some_seconds_has_left() {
    let world = World::start(BINARY);
    let (ana, ben) = (Page::new(&world), Page::new(&world));
    let mut stream = ben.stream();
    opened(&mut stream);
    ana.poll();
    ana.subscribe("news");
    ana.poll();
    let connections = || {
        let path = http::signed(
            "GET",
            &format!("/apps/{}/connections", world.app_id),
            &world.key,
            &world.secret,
            "",
        );
        Request::new("GET", &path).send(world.port).json()["connections"].as_u64().unwrap()
    };
    assert_eq!(connections(), 2, "counted like sockets");
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while connections() == 2 {
        assert!(std::time::Instant::now() < deadline, "she is still there");
        std::thread::yield_now();
    }
    // Ben waits on his stream all the time and stays.
    assert_eq!(connections(), 1);
    assert_eq!(ana.send_raw("[]").status, 404);
    let late = ana.poll();
    assert!(late.text().starts_with("o{}\n"), "pusher-js reads a second opening as a session that is lost");
}

#[test]
fn who_may_not_come_in_is_told_with_the_codes_of_a_socket() {
    let world = World::start_with(BINARY, &[("FRONTDESK_MAX_CONNECTIONS", "1")]);
    assert_eq!(refused(&Page::of(&world, "nobody", "").poll()), 4001);
    let page = Page::new(&world);
    assert_eq!(refused(&page.request("POST", "xhr_streaming", "client=js").send(world.port)), 4008);
    assert_eq!(refused(&page.request("POST", "xhr", "protocol=4").send(world.port)), 4007);
    let mut foreign = Page::new(&world);
    foreign.origin = Some("https://evil.example");
    let reply = foreign.poll();
    assert_eq!(refused(&reply), 4009);
    assert_eq!(reply.header("access-control-allow-origin"), foreign.origin, "or the page would not know why");
    let ana = Page::new(&world);
    ana.poll();
    assert_eq!(refused(&Page::new(&world).poll()), 4100);
    let mut eve = Page::new(&world);
    (eve.base, eve.origin) = (ana.base.clone(), Some("http://localhost:3000"));
    assert_eq!(refused(&eve.poll()), 4009, "another page does not take her session over");
    assert_eq!(eve.send_raw("[]").status, 404);
    assert_eq!(ana.send_raw("[]").status, 204);
}

#[test]
fn origins_are_judged_as_for_sockets_behind_proxies_too() {
    let world = World::start(BINARY);
    let mut page = Page::new(&world);
    page.origin = Some("https://shop.example");
    assert_eq!(refused(&page.poll()), 4009);
    let preflight = page
        .request("OPTIONS", "xhr_send", "t=1&n=1")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type")
        .send(world.port);
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-origin"), Some("https://shop.example"));
    assert_eq!(preflight.header("access-control-allow-headers"), Some("Content-Type"));
    assert_eq!(preflight.header("access-control-allow-credentials"), None);
    // The proxy on this machine says that the page is our own.
    page.headers = vec![
        ("x-forwarded-for", "203.0.113.9"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "shop.example"),
    ];
    let reply = page.poll();
    assert!(reply.text().contains("connection_established"), "{}", reply.text());
    assert_eq!(reply.header("vary"), Some("Origin"));
}

#[test]
fn what_is_no_send_is_refused_and_the_session_goes_on() {
    let world = World::start(BINARY);
    let ana = Page::new(&world);
    ana.poll();
    for (body, status, name) in [
        ("", 400, "malformed-json"),
        ("[", 400, "malformed-json"),
        ("{}", 422, "invalid-body"),
        ("[7]", 422, "invalid-body"),
    ] {
        let reply = ana.send_raw(body);
        assert_eq!((reply.status, reply.refusal().as_str()), (status, name), "{body}");
    }
    let reply = ana.send_raw(&json!(["x".repeat(100_000)]).to_string());
    assert_eq!((reply.status, reply.refusal().as_str()), (413, "body-too-large"));
    let told = &events(&ana.poll())[0];
    assert!(told["data"]["message"].as_str().unwrap().contains("100004 bytes"), "{told}");
    ana.send(&json!({"event": "client-x", "data": "y".repeat(40_000), "channel": "private-x"}));
    let told = &events(&ana.poll())[0];
    assert!(told["data"]["message"].as_str().unwrap().contains("allowed are 32768"), "{told}");
    ana.subscribe("news");
    assert_eq!(events(&ana.poll())[0]["event"], "pusher_internal:subscription_succeeded");
    for path in ["/x/abcdefgh/xhr", "/7/short/xhr", "/7/ABCDEFGH/xhr"] {
        let path = format!("/pusher/app/{}{path}", world.key);
        assert_eq!(Request::new("POST", &path).send(world.port).status, 404, "{path}");
    }
}

#[test]
fn the_routes_stand_behind_the_prefix_and_can_name_a_host() {
    let world = World::start_with(
        BINARY,
        &[("REVERB_SERVER_PATH", "/ws"), ("FRONTDESK_FALLBACK_HOSTNAME", "node1.example")],
    );
    let page = Page::of(&world, &world.key, "/ws");
    assert!(page.poll().text().starts_with("o{\"hostname\":\"node1.example\"}\n"));
    assert_eq!(Page::new(&world).poll().status, 404);
}
