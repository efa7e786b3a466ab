//! Webhooks as a back end receives them (contract 1.14): signed, once, in order, although either side
//! may be away or killed meanwhile.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use testkit::postgres::Postgres;
use testkit::receiver::{Call, Receiver};
use testkit::redis::Redis;
use testkit::socket::{Heard, Socket};
use testkit::world::{World, fresh_folder};
use wire::sign;

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");
const ALL: &str = "'channel_occupied', 'channel_vacated', 'member_added', 'member_removed', 'cache_miss', \
                   'client_event', 'subscription_count'";

/// A configuration file with apps that have a webhook each: id, address, and more of the file's text.
struct Config(PathBuf);

impl Config {
    fn new(apps: &[(&str, &str, &str)]) -> Config {
        let mut text = String::new();
        for (id, url, more) in apps {
            text.push_str(&format!(
                "[[apps]]\nid = '{id}'\nkey = '{id}-key'\nsecret = '{id}-secret'\n\
                 [[apps.webhooks]]\nurl = '{url}'\n{more}\n"
            ));
        }
        let folder = fresh_folder();
        std::fs::write(folder.join("frontdesk.toml"), text).unwrap();
        Config(folder)
    }

    fn world(&self, more: &[(&str, &str)]) -> World {
        let path = self.0.join("frontdesk.toml");
        let mut environment =
            vec![("FRONTDESK_CONFIG", path.to_str().unwrap()), ("FRONTDESK_OUTBOUND_ALLOW", "127.0.0.0/8")];
        environment.extend(more);
        World::start_with(BINARY, &environment)
    }
}

impl Drop for Config {
    fn drop(&mut self) {
        // A leftover folder harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn events(of: &str) -> String {
    format!("events = [{of}]")
}

/// Everything that calls told and that was acknowledged, one line for each event.
fn told(calls: &[Call]) -> Vec<String> {
    let accepted = calls.iter().filter(|call| call.status == 200);
    accepted
        .flat_map(|call| call.json()["events"].as_array().unwrap().clone())
        .map(|event| line(&event))
        .collect()
}

fn line(event: &Value) -> String {
    let fields = ["name", "channel", "user_id", "event", "data", "subscription_count"];
    let words = fields.iter().filter_map(|field| match &event[*field] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// What was told of one channel, in the order in which it came.
fn about(calls: &[Call], channel: &str) -> Vec<String> {
    told(calls).into_iter().filter(|line| line.split(' ').nth(1) == Some(channel)).collect()
}

fn has(line: &str) -> impl Fn(&[Call]) -> bool + use<> {
    let line = line.to_owned();
    move |calls| told(calls).contains(&line)
}

fn connect(world: &World, app: &str) -> Socket {
    Socket::open(world.port, &format!("{app}-key"))
}

fn join(socket: &mut Socket, app: &str, channel: &str, data: Option<&str>) {
    let (key, secret) = (format!("{app}-key"), format!("{app}-secret"));
    let auth = match channel.starts_with("pr") {
        true => sign::channel_auth(&key, &secret, &socket.socket_id, channel, data),
        false => String::new(),
    };
    socket.subscribe(channel, &json!({"auth": auth, "channel_data": data}));
    socket.expect("pusher_internal:subscription_succeeded");
}

fn leave(socket: &mut Socket, channel: &str) {
    socket.say(&json!({"event": "pusher:unsubscribe", "data": {"channel": channel}}));
}

#[test]
fn contract_1_14_everything_is_told_once_in_order_and_signed() {
    let receiver = Receiver::start();
    let more = format!("{}\nheaders = {{ Authorization = 'Bearer shop' }}", events(ALL));
    let config = Config::new(&[("shop", &receiver.url("/hooks?a=1"), &more)]);
    let world = config.world(&[]);
    let mut ana = connect(&world, "shop");
    join(&mut ana, "shop", "cache-news", None);
    join(&mut ana, "shop", "presence-room", Some(r#"{"user_id":"ana"}"#));
    ana.say(&json!({"event": "client-typing", "channel": "presence-room", "data": {"on": true}}));
    receiver.until(has(r#"client_event presence-room ana client-typing {"on":true}"#));
    let mut tab = connect(&world, "shop");
    join(&mut tab, "shop", "presence-room", Some(r#"{"user_id":"ana"}"#));
    drop(tab);
    leave(&mut ana, "cache-news");
    leave(&mut ana, "presence-room");
    let (news, room) = (has("channel_vacated cache-news"), has("channel_vacated presence-room"));
    let calls = receiver.until(|calls| news(calls) && room(calls));
    assert_eq!(
        about(&calls, "presence-room"),
        [
            "channel_occupied presence-room",
            "member_added presence-room ana",
            r#"client_event presence-room ana client-typing {"on":true}"#,
            "member_removed presence-room ana",
            "channel_vacated presence-room",
        ]
    );
    assert_eq!(
        about(&calls, "cache-news"),
        [
            "channel_occupied cache-news",
            "cache_miss cache-news",
            "subscription_count cache-news 1",
            "subscription_count cache-news 0",
            "channel_vacated cache-news",
        ]
    );
    for call in &calls {
        assert_eq!((call.path.as_str(), call.header("authorization")), ("/hooks?a=1", Some("Bearer shop")));
        assert_eq!(call.header("content-type"), Some("application/json"));
        assert_eq!(call.header("x-pusher-key"), Some("shop-key"));
        let signature = sign::webhook("shop-secret", call.body.as_bytes());
        assert_eq!(call.header("x-pusher-signature"), Some(signature.as_str()));
        assert_eq!(call.json()["events"].as_array().unwrap().len(), 1, "one event in a call");
        assert!(call.json()["time_ms"].as_u64().unwrap() > 1_700_000_000_000);
    }
    let client_event =
        &calls.iter().find(|call| call.body.contains("client_event")).unwrap().json()["events"][0];
    assert_eq!(client_event["socket_id"], ana.socket_id);
}

#[test]
fn contract_1_14_who_returns_in_time_was_never_gone() {
    let receiver = Receiver::start();
    let config = Config::new(&[("shop", &receiver.url("/"), &events(ALL))]);
    let world = config.world(&[]);
    let mut ana = connect(&world, "shop");
    let mut ben = connect(&world, "shop");
    join(&mut ana, "shop", "presence-a", Some(r#"{"user_id":"ana"}"#));
    join(&mut ben, "shop", "presence-b", Some(r#"{"user_id":"ben"}"#));
    receiver.until(|calls| {
        has("member_added presence-a ana")(calls) && has("member_added presence-b ben")(calls)
    });
    drop((ana, ben));
    let mut ana = connect(&world, "shop");
    join(&mut ana, "shop", "presence-a", Some(r#"{"user_id":"ana"}"#));
    let calls = receiver.until(has("channel_vacated presence-b"));
    assert_eq!(about(&calls, "presence-a"), ["channel_occupied presence-a", "member_added presence-a ana"]);
}

/// The chat's own app can have webhooks too, of the channels that one wants to know of.
#[test]
fn contract_1_14_the_chats_own_app_tells_of_the_channels_asked_for() {
    let receiver = Receiver::start();
    let folder = fresh_folder();
    let text = format!(
        "[[webhooks]]\nurl = '{}'\nevents = ['channel_occupied']\nfilter_by_prefix = 'private-chat.'",
        receiver.url("/")
    );
    std::fs::write(folder.join("frontdesk.toml"), text).unwrap();
    let config = Config(folder);
    let world = config.world(&[]);
    let ana = world.visitor("Ana");
    let channel = format!("private-chat.conversation.{}", ana.start());
    let mut socket = world.socket();
    socket.subscribe("news", &Value::Null);
    let auth = ana.authorise(&socket.socket_id, &channel).json();
    socket.subscribe(&channel, &auth);
    let calls = receiver.until(has(&format!("channel_occupied {channel}")));
    assert_eq!(told(&calls).len(), 1);
    assert_eq!(calls[0].header("x-pusher-key"), Some(world.key.as_str()));
}

#[test]
fn nothing_is_lost_and_nothing_told_twice_by_kill_9() {
    let receiver = Receiver::start();
    receiver.answer(500);
    let config = Config::new(&[(
        "shop",
        &receiver.url("/"),
        &events("'channel_occupied', 'channel_vacated', 'client_event'"),
    )]);
    let mut world = config.world(&[]);
    let mut ana = connect(&world, "shop");
    for channel in ["news", "private-room"] {
        join(&mut ana, "shop", channel, None);
    }
    ana.say(&json!({"event": "client-typing", "channel": "private-room", "data": {"on": true}}));
    receiver.until(|calls| {
        ["news", "private-room"].iter().all(|c| calls.iter().any(|call| call.body.contains(c)))
    });
    // The event of the room waits behind "occupied", which nobody has taken; it was written all the same.
    let waiting = |world: &World| {
        let file = world.data.join("frontdesk.sqlite");
        let open = std::fs::read(file.with_extension("sqlite-wal")).unwrap_or_default();
        open.windows(13).any(|window| window == b"client-typing")
    };
    let until = Instant::now() + Duration::from_secs(10);
    while !waiting(&world) {
        assert!(Instant::now() < until, "the client event is not written");
        std::thread::yield_now();
    }
    world.kill();
    receiver.answer(200);
    world.boot();
    let mut ana = connect(&world, "shop");
    join(&mut ana, "shop", "news", None);
    let calls = receiver
        .until(|calls| has("channel_vacated private-room")(calls) && has("channel_occupied news")(calls));
    assert_eq!(about(&calls, "news"), ["channel_occupied news"], "who came back was never gone");
    assert_eq!(
        about(&calls, "private-room"),
        [
            "channel_occupied private-room",
            r#"client_event private-room client-typing {"on":true}"#,
            "channel_vacated private-room",
        ]
    );
}

#[test]
fn a_receiver_that_was_down_gets_everything_in_order_when_it_is_up() {
    let port = testkit::world::free_port();
    let url = format!("http://127.0.0.1:{port}/");
    let config = Config::new(&[("shop", &url, &events("'client_event'"))]);
    let world = config.world(&[]);
    let mut ana = connect(&world, "shop");
    join(&mut ana, "shop", "private-room", None);
    for n in 0..8 {
        ana.say(&json!({"event": "client-said", "channel": "private-room", "data": n}));
    }
    let until = Instant::now() + Duration::from_secs(10);
    while !world.log().contains("a webhook call failed") {
        assert!(Instant::now() < until, "{}", world.log());
        std::thread::yield_now();
    }
    let receiver = Receiver::on(port);
    let calls = receiver.until(has("client_event private-room client-said 7"));
    let expected: Vec<String> =
        (0..8).map(|n| format!("client_event private-room client-said {n}")).collect();
    assert_eq!(told(&calls), expected);
}

#[test]
fn a_dead_receiver_delays_no_other_app() {
    let (dead, alive) = (Receiver::start(), Receiver::start());
    dead.answer(0);
    let config = Config::new(&[
        ("one", &dead.url("/"), &events("'channel_occupied'")),
        ("two", &alive.url("/"), &events("'channel_occupied'")),
    ]);
    let world = config.world(&[]);
    let mut ana = connect(&world, "one");
    for n in 0..50 {
        join(&mut ana, "one", &format!("c{n}"), None);
    }
    dead.until(|calls| calls.len() >= 6);
    let mut eve = connect(&world, "two");
    let began = Instant::now();
    join(&mut eve, "two", "news", None);
    alive.until(has("channel_occupied news"));
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert!(dead.calls().len() <= 8, "and it has no more calls at once than anybody");
}

#[test]
fn events_that_wait_together_go_in_one_call_and_never_with_another_apps() {
    let receiver = Receiver::start();
    receiver.answer(503);
    let batching = "events = ['channel_occupied']\nbatching = true";
    let config =
        Config::new(&[("one", &receiver.url("/one"), batching), ("two", &receiver.url("/two"), batching)]);
    let world = config.world(&[]);
    let (mut ana, mut eve) = (connect(&world, "one"), connect(&world, "two"));
    for n in 0..10 {
        join(&mut ana, "one", &format!("one-{n}"), None);
        join(&mut eve, "two", &format!("two-{n}"), None);
    }
    receiver.until(|calls| ["/one", "/two"].iter().all(|path| calls.iter().any(|call| call.path == *path)));
    receiver.answer(200);
    let calls = receiver.until(|calls| told(calls).len() == 20);
    assert!(calls.iter().filter(|call| call.status == 200).count() < 10, "they came together");
    for call in &calls {
        let other = if call.path == "/one" { "two-" } else { "one-" };
        assert!(!call.body.contains(other), "{} {}", call.path, call.body);
    }
}

#[test]
fn what_is_too_old_is_given_up_said_and_does_not_hold_up_what_comes_after() {
    let receiver = Receiver::start();
    receiver.answer(500);
    let more = "events = ['client_event']\nretry_for_s = 1";
    let config = Config::new(&[("shop", &receiver.url("/"), more)]);
    let world = config.world(&[]);
    let mut ana = connect(&world, "shop");
    join(&mut ana, "shop", "private-room", None);
    ana.say(&json!({"event": "client-said", "channel": "private-room", "data": "old"}));
    let until = Instant::now() + Duration::from_secs(20);
    while !world.log().contains("given up") {
        assert!(Instant::now() < until, "{}", world.log());
        std::thread::yield_now();
    }
    receiver.answer(200);
    ana.say(&json!({"event": "client-said", "channel": "private-room", "data": "new"}));
    let calls = receiver.until(|calls| !told(calls).is_empty());
    assert_eq!(told(&calls), ["client_event private-room client-said new"]);
}

#[test]
fn s18_a_webhook_into_a_private_network_is_refused_unless_allowed() {
    let receiver = Receiver::start();
    let url = format!("http://localhost:{}/", receiver.port);
    let config = Config::new(&[("shop", &url, &events("'channel_occupied'"))]);
    let world = config.world(&[("FRONTDESK_OUTBOUND_ALLOW", "10.0.0.0/8")]);
    let mut ana = connect(&world, "shop");
    join(&mut ana, "shop", "news", None);
    let until = Instant::now() + Duration::from_secs(10);
    while !world.log().contains("its address is private; FRONTDESK_OUTBOUND_ALLOW can allow it") {
        assert!(Instant::now() < until, "{}", world.log());
        std::thread::yield_now();
    }
    assert!(receiver.calls().is_empty());
}

#[test]
fn several_servers_on_one_database_tell_a_change_once_and_one_takes_over_from_another() {
    let receiver = Receiver::start();
    receiver.answer(500);
    let config = Config::new(&[("shop", &receiver.url("/"), &events("'channel_occupied'"))]);
    let url = Postgres::shared().fresh_database();
    let environment = [("FRONTDESK_DATABASE_URL", url.as_str())];
    let (mut one, two) = (config.world(&environment), config.world(&environment));
    let (mut ana, mut eve) = (connect(&one, "shop"), connect(&two, "shop"));
    join(&mut ana, "shop", "news", None);
    join(&mut eve, "shop", "news", None);
    join(&mut eve, "shop", "sport", None);
    receiver.until(|calls| ["news", "sport"].iter().all(|c| calls.iter().any(|call| call.body.contains(c))));
    one.kill();
    receiver.answer(200);
    let calls = receiver.until(|calls| told(calls).len() >= 2);
    let mut told = told(&calls);
    told.sort();
    assert_eq!(told, ["channel_occupied news", "channel_occupied sport"]);
    assert_eq!(eve.hear(Duration::from_millis(1)), Heard::Silence, "its clients notice nothing");
}

/// Events that this server has delivered and crossed out.
fn delivered(world: &World) -> u64 {
    let page = world.get("/metrics").send(world.port).text();
    let line = page.lines().find(|line| line.starts_with("frontdesk_webhooks_delivered_total "));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap()
}

#[test]
fn a_killed_nodes_channels_are_vacated_once_by_those_that_live() {
    let receiver = Receiver::start();
    let config = Config::new(&[(
        "shop",
        &receiver.url("/"),
        &events("'channel_occupied', 'channel_vacated', 'member_added', 'member_removed'"),
    )]);
    let (redis, url) = (Redis::start(), Postgres::shared().fresh_database());
    let redis = redis.environment();
    let mut environment = vec![("FRONTDESK_DATABASE_URL", url.as_str())];
    environment.extend(redis.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let own = [("REVERB_APP_ID", "1"), ("REVERB_APP_KEY", "desk"), ("REVERB_APP_SECRET", "word")];
    environment.extend(own);
    let (mut one, two) = (config.world(&environment), config.world(&environment));
    let (mut ana, mut tab) = (connect(&one, "shop"), connect(&two, "shop"));
    for (socket, channels) in [(&mut ana, ["presence-both", "news"]), (&mut tab, ["presence-both", "sport"])]
    {
        for channel in channels {
            let data = channel.starts_with("presence-").then_some(r#"{"user_id":"ana"}"#);
            join(socket, "shop", channel, data);
        }
    }
    // Acknowledged and crossed out: a kill between the two may repeat a call.
    let until = Instant::now() + Duration::from_secs(10);
    while delivered(&one) + delivered(&two) < 4 {
        assert!(Instant::now() < until, "{:?}", told(&receiver.calls()));
        std::thread::yield_now();
    }
    one.kill();
    receiver.until(has("channel_vacated news"));
    one.boot();
    leave(&mut tab, "sport");
    let calls = receiver.until(has("channel_vacated sport"));
    assert_eq!(about(&calls, "news"), ["channel_occupied news", "channel_vacated news"]);
    let both = ["channel_occupied presence-both", "member_added presence-both ana"];
    assert_eq!(about(&calls, "presence-both"), both, "she is still there, by her other tab");
}
