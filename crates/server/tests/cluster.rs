//! Three servers and a Redis, all real: what one of them hears is so on all, also when one dies, is
//! paused, or Redis goes away (ruling 20).
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::process::Command;
use std::time::{Duration, Instant};
use testkit::http::{Reply, Request, signed};
use testkit::postgres::Postgres;
use testkit::redis::Redis;
use testkit::socket::{Heard, Socket};
use testkit::world::{World, fresh_folder};
use wire::sign;

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");
/// A back end's app, known to all nodes.
const SHOP: &str = "[[apps]]\nid = \"77\"\nkey = \"shop-key\"\nsecret = \"shop-secret\"\n";
const KEY: &str = "shop-key";
const SECRET: &str = "shop-secret";
/// How long the nodes may take to agree, and what must come to come.
const PATIENCE: Duration = Duration::from_secs(10);
/// What a killed node's members may take to leave (issue 3).
const LEAVES_WITHIN: Duration = Duration::from_secs(5);

struct Cluster {
    redis: Redis,
    environment: Vec<(String, String)>,
    nodes: Vec<World>,
}

impl Cluster {
    fn start(nodes: usize, more: &[(&str, &str)]) -> Cluster {
        let redis = Redis::start();
        let file = fresh_folder().join("frontdesk.toml");
        std::fs::write(&file, SHOP).unwrap();
        let own = [("REVERB_APP_ID", "1"), ("REVERB_APP_KEY", "desk"), ("REVERB_APP_SECRET", "word")];
        let own = own.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut environment: Vec<(String, String)> = redis.environment().into_iter().chain(own).collect();
        environment.push(("FRONTDESK_CONFIG".to_owned(), file.display().to_string()));
        let mut cluster = Cluster { redis, environment, nodes: Vec::new() };
        (0..nodes).for_each(|_| cluster.add());
        cluster
    }

    fn add(&mut self) {
        let environment: Vec<(&str, &str)> =
            self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.nodes.push(World::start_with(BINARY, &environment));
    }

    fn call(&self, at: usize, method: &str, path: &str, body: &str) -> Reply {
        let target = signed(method, &format!("/apps/77{path}"), KEY, SECRET, body);
        Request::new(method, &target)
            .raw("application/json", body.as_bytes().to_vec())
            .send(self.nodes[at].port)
    }

    /// Waits until every node in `nodes` answers so.
    fn all_answer(&self, nodes: &[usize], path: &str, body: &Value) {
        for at in nodes {
            let until = Instant::now() + PATIENCE;
            loop {
                let answer = self.call(*at, "GET", path, "").json();
                if answer == *body {
                    break;
                }
                assert!(Instant::now() < until, "node {at}, {path}: {answer}, not {body}");
                std::thread::yield_now();
            }
        }
    }

    fn publish(&self, at: usize, channel: &str, data: &str, but: Option<&Socket>) {
        let mut event = json!({"name": "told", "data": data, "channel": channel});
        if let Some(but) = but {
            event["socket_id"] = but.socket_id.as_str().into();
        }
        let reply = self.call(at, "POST", "/events", &event.to_string());
        assert_eq!(reply.status, 200, "{}", reply.text());
    }

    fn metric(&self, at: usize, name: &str) -> String {
        let page = self.nodes[at].get("/metrics").send(self.nodes[at].port).text();
        let line = page.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap_or_default();
        line.rsplit(' ').next().unwrap_or_default().to_owned()
    }

    /// Waits until a figure of these nodes reads so.
    fn all_show(&self, nodes: &[usize], name: &str, value: &str) {
        for at in nodes {
            let until = Instant::now() + PATIENCE;
            while self.metric(*at, name) != value {
                assert!(Instant::now() < until, "node {at}: {name} is {}", self.metric(*at, name));
                std::thread::yield_now();
            }
        }
    }

    fn listener(&self, at: usize, channel: &str) -> Socket {
        let mut socket = Socket::open(self.nodes[at].port, KEY);
        let auth = sign::channel_auth(KEY, SECRET, &socket.socket_id, channel, None);
        socket.subscribe(channel, &json!({ "auth": auth }));
        socket.expect("pusher_internal:subscription_succeeded");
        socket
    }

    fn signed_in(&self, at: usize, user: &str, watches: &[&str]) -> Socket {
        let mut socket = Socket::open(self.nodes[at].port, KEY);
        let data = json!({"id": user, "watchlist": watches}).to_string();
        let auth = sign::user_auth(KEY, SECRET, &socket.socket_id, &data);
        socket.say(&json!({"event": "pusher:signin", "data": {"auth": auth, "user_data": data}}));
        socket.expect("pusher:signin_success");
        let own = json!({"channel": format!("#server-to-user-{user}")});
        socket.say(&json!({"event": "pusher:subscribe", "data": own}));
        socket.expect("pusher_internal:subscription_succeeded");
        socket
    }

    /// Joins a presence channel; answers who is there.
    fn member(&self, at: usize, channel: &str, user: &str) -> (Socket, Value) {
        let mut socket = Socket::open(self.nodes[at].port, KEY);
        let data = json!({"user_id": user, "user_info": {"name": user}}).to_string();
        let auth = sign::channel_auth(KEY, SECRET, &socket.socket_id, channel, Some(&data));
        socket.subscribe(channel, &json!({"auth": auth, "channel_data": data}));
        let there =
            socket.expect("pusher_internal:subscription_succeeded")["data"]["presence"]["ids"].clone();
        (socket, there)
    }

    fn signal(&self, at: usize, signal: &str) {
        let pid = self.nodes[at].pid().unwrap().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }
}

/// The next frame, whatever it is, as event and data.
fn next(socket: &mut Socket, within: Duration) -> (String, Value) {
    match socket.hear(within) {
        Heard::Frame(frame) => {
            (frame["event"].as_str().unwrap_or_default().to_owned(), frame["data"].clone())
        }
        other => panic!("waited for a frame, heard {other:?}"),
    }
}

fn added(user: &str) -> (String, Value) {
    let data = json!({"user_id": user, "user_info": {"name": user}});
    ("pusher_internal:member_added".to_owned(), data)
}

fn removed(user: &str) -> (String, Value) {
    ("pusher_internal:member_removed".to_owned(), json!({ "user_id": user }))
}

fn told(data: impl Into<Value>) -> (String, Value) {
    ("told".to_owned(), data.into())
}

#[test]
fn events_reach_the_subscribers_of_all_nodes_once_and_in_order() {
    let cluster = Cluster::start(3, &[]);
    let mut ana = cluster.listener(0, "private-x");
    let mut ben = cluster.listener(1, "private-x");
    for n in 0..20 {
        cluster.publish(2, "private-x", &n.to_string(), None);
    }
    cluster.publish(2, "private-x", "20", Some(&ana));
    for n in 0..=20 {
        assert_eq!(next(&mut ben, PATIENCE), told(n));
    }
    ben.say(&json!({"event": "client-told", "data": {"on": true}, "channel": "private-x"}));
    for n in 0..20 {
        assert_eq!(next(&mut ana, PATIENCE), told(n));
    }
    let heard = next(&mut ana, PATIENCE);
    assert_eq!(
        heard,
        ("client-told".to_owned(), json!({"on": true})),
        "the one left out did not hear the last"
    );
    ana.say(&json!({"event": "client-told", "data": {"on": false}, "channel": "private-x"}));
    assert_eq!(
        next(&mut ben, PATIENCE),
        ("client-told".to_owned(), json!({"on": false})),
        "senders do not hear"
    );

    // Bytes of somebody else are counted and go no further (CVE-2026-23524 was Reverb's).
    let foreign = r#"{"type":"message","application":"O:8:\"stdClass\":0:{}"}"#;
    assert_eq!(cluster.redis.say(&["PUBLISH", "reverb:frontdesk:0", foreign]).as_deref(), Some(":3"));
    cluster.all_show(&[0, 1, 2], "frontdesk_bus_foreign_total", "1");
    cluster.publish(0, "private-x", "21", None);
    assert_eq!(next(&mut ben, PATIENCE), told(21));
}

#[test]
fn presence_counts_and_kept_events_are_those_of_all_nodes() {
    let mut cluster = Cluster::start(3, &[]);
    let (mut ana, there) = cluster.member(0, "presence-x", "ana");
    assert_eq!(there, json!(["ana"]));
    cluster.all_answer(&[0, 1, 2], "/channels/presence-x/users", &json!({"users": [{"id": "ana"}]}));
    let (ben, there) = cluster.member(1, "presence-x", "ben");
    assert_eq!(there, json!(["ana", "ben"]));
    assert_eq!(next(&mut ana, PATIENCE), added("ben"));
    let whole = json!({"occupied": true, "user_count": 2, "subscription_count": 2});
    cluster.all_answer(&[0, 1, 2], "/channels/presence-x?info=user_count,subscription_count", &whole);
    let (mut second, there) = cluster.member(2, "presence-x", "ben");
    assert_eq!(there, json!(["ana", "ben"]));
    let whole = json!({"occupied": true, "user_count": 2, "subscription_count": 3});
    cluster.all_answer(&[0, 1, 2], "/channels/presence-x?info=user_count,subscription_count", &whole);
    cluster.all_answer(&[0, 1, 2], "/connections", &json!({"connections": 3}));
    drop(ben);
    cluster.all_answer(&[0, 1, 2], "/connections", &json!({"connections": 2}));
    let (_carol, there) = cluster.member(1, "presence-x", "carol");
    assert_eq!(there, json!(["ana", "ben", "carol"]));
    assert_eq!(next(&mut ana, PATIENCE), added("carol"), "of Ben's second tab and its end nobody hears");
    assert_eq!(next(&mut second, PATIENCE), added("carol"));
    drop(second);
    assert_eq!(next(&mut ana, PATIENCE), removed("ben"));

    cluster.publish(0, "cache-news", "\"last\"", None);
    let cached = |at: usize| cluster.call(at, "GET", "/channels/cache-news?info=cache", "").json();
    let until = Instant::now() + PATIENCE;
    while cached(2)["cache"]["data"] != "\"last\"" {
        assert!(Instant::now() < until, "{}", cached(2));
    }
    let mut late = cluster.listener(2, "cache-news");
    assert_eq!(next(&mut late, PATIENCE), told("last"));
    // Whoever comes later knows it all before the first client does.
    cluster.add();
    let answer = cluster.call(3, "GET", "/channels?filter_by_prefix=presence-&info=user_count", "").json();
    assert_eq!(answer, json!({"channels": {"presence-x": {"user_count": 2}}}));
    let mut later = cluster.listener(3, "cache-news");
    assert_eq!(next(&mut later, PATIENCE), told("last"));
    assert_eq!(cluster.nodes[0].stop(), Some(0));
    cluster.all_answer(&[1, 2, 3], "/channels/presence-x/users", &json!({"users": [{"id": "carol"}]}));
}

#[test]
fn who_is_signed_in_is_known_to_watchers_of_all_nodes_and_terminated_from_any() {
    let mut cluster = Cluster::start(2, &[]);
    let mut ana = cluster.signed_in(0, "ana", &["ben", "carol"]);
    let mut ben = cluster.signed_in(1, "ben", &[]);
    let seen = |name: &str, user: &str| json!({"events": [{"name": name, "user_ids": [user]}]});
    let watch = |socket: &mut Socket| socket.expect("pusher_internal:watchlist_events")["data"].clone();
    assert_eq!(watch(&mut ana), seen("online", "ben"));
    let event = json!({"name": "told", "data": "1", "channel": "#server-to-user-ben"}).to_string();
    assert_eq!(cluster.call(0, "POST", "/events", &event).status, 200);
    assert_eq!(ben.expect("told")["data"], 1);
    let path = "/users/ben/terminate_connections";
    assert_eq!(cluster.call(0, "POST", path, "").json(), json!({}));
    assert_eq!(ben.expect_close(PATIENCE), 4009);
    assert_eq!(watch(&mut ana), seen("offline", "ben"));
    let _carol = cluster.signed_in(1, "carol", &[]);
    assert_eq!(watch(&mut ana), seen("online", "carol"));
    cluster.nodes[1].kill();
    assert_eq!(watch(&mut ana), seen("offline", "carol"));
}

#[test]
fn a_killed_nodes_members_leave_once_within_five_seconds_and_its_channels_are_vacated() {
    let mut cluster = Cluster::start(2, &[]);
    let (mut ben, _) = cluster.member(1, "presence-x", "ben");
    let (_ana, _) = cluster.member(0, "presence-x", "ana");
    let _alone = cluster.listener(0, "private-alone");
    assert_eq!(next(&mut ben, PATIENCE), added("ana"));
    cluster.all_answer(&[1], "/channels", &json!({"channels": {"presence-x": {}, "private-alone": {}}}));
    cluster.nodes[0].kill();
    assert_eq!(next(&mut ben, LEAVES_WITHIN), removed("ana"));
    cluster.all_answer(&[1], "/channels", &json!({"channels": {"presence-x": {}}}));
    cluster.all_answer(&[1], "/connections", &json!({"connections": 1}));
    cluster.nodes[0].boot();
    let (_ana, there) = cluster.member(0, "presence-x", "ana");
    assert_eq!(there, json!(["ana", "ben"]));
    assert_eq!(next(&mut ben, PATIENCE), added("ana"), "she left once, and came once");
}

/// Redis is taken away with `away` for longer than a lease, and given back.
fn nobody_leaves_while_redis_is_away(away: fn(&Redis), back: fn(&Redis)) {
    let cluster = Cluster::start(2, &[]);
    let (mut ben, _) = cluster.member(1, "presence-x", "ben");
    cluster.all_answer(&[0], "/channels/presence-x/users", &json!({"users": [{"id": "ben"}]}));
    let (mut ana, _) = cluster.member(0, "presence-x", "ana");
    let (carol, _) = cluster.member(0, "presence-x", "carol");
    for user in ["ana", "carol"] {
        assert_eq!(next(&mut ben, PATIENCE), added(user));
    }
    assert_eq!(next(&mut ana, PATIENCE), added("carol"));
    away(&cluster.redis);
    cluster.all_show(&[0, 1], "frontdesk_bus_up", "0");
    assert!(cluster.nodes[1].log().contains("the other nodes cannot be reached"));
    drop(carol);
    assert_eq!(next(&mut ana, PATIENCE), removed("carol"), "on her own node she leaves at once");
    cluster.publish(0, "presence-x", "\"here\"", None);
    assert_eq!(next(&mut ana, PATIENCE), told("here"), "local delivery goes on");
    assert_eq!(ben.hear(LEAVES_WITHIN), Heard::Silence, "nobody leaves while Redis is away");
    let count = json!({"occupied": true, "user_count": 3});
    cluster.all_answer(&[1], "/channels/presence-x?info=user_count", &count);
    back(&cluster.redis);
    cluster.all_show(&[0, 1], "frontdesk_bus_up", "1");
    assert_eq!(next(&mut ben, PATIENCE), removed("carol"), "the one true difference");
    cluster.publish(0, "presence-x", "\"everywhere\"", None);
    assert_eq!(next(&mut ben, PATIENCE), told("everywhere"), "and nothing else, and events flow again");
    assert!(cluster.nodes[1].log().contains("the way to the other nodes is open"));
}

#[test]
fn ruling_20_nobody_leaves_while_redis_is_restarted() {
    nobody_leaves_while_redis_is_away(Redis::stop, Redis::boot);
}

#[test]
fn ruling_20_nobody_leaves_while_redis_hangs() {
    nobody_leaves_while_redis_is_away(Redis::pause, Redis::resume);
}

#[test]
fn ruling_20_a_paused_node_has_left_and_joins_once_on_waking() {
    let cluster = Cluster::start(2, &[]);
    let (mut ben, _) = cluster.member(1, "presence-x", "ben");
    cluster.all_answer(&[0], "/channels/presence-x/users", &json!({"users": [{"id": "ben"}]}));
    let (mut ana, _) = cluster.member(0, "presence-x", "ana");
    assert_eq!(next(&mut ben, PATIENCE), added("ana"));
    cluster.signal(0, "-STOP");
    assert_eq!(next(&mut ben, LEAVES_WITHIN), removed("ana"));
    // Longer than a lease of its own, too.
    assert_eq!(ben.hear(Duration::from_secs(2)), Heard::Silence);
    cluster.signal(0, "-CONT");
    assert_eq!(next(&mut ben, PATIENCE), added("ana"));
    cluster.publish(1, "presence-x", "\"awake\"", None);
    assert_eq!(next(&mut ana, PATIENCE), told("awake"), "for her nobody has left");
    assert_eq!(next(&mut ben, PATIENCE), told("awake"), "and she came once");
}

#[test]
fn on_one_database_facts_typing_and_revocations_reach_sockets_and_polls_of_all_nodes() {
    let url = Postgres::shared().fresh_database();
    let cluster = Cluster::start(2, &[("FRONTDESK_DATABASE_URL", &url)]);
    let [here, there] = cluster.nodes.as_slice() else { unreachable!() };
    // Each node has printed a link, and each works until one is used.
    here.owner("Ben");
    let (ben, ana) = (there.sign_in("Ben"), here.visitor("Ana"));
    let id = ana.start();
    let channel = format!("private-chat.conversation.{id}");
    let mut hers = here.socket();
    hers.subscribe(&channel, &ana.authorise(&hers.socket_id, &channel).json());
    hers.expect("pusher_internal:subscription_succeeded");
    let mut his = there.socket();
    his.subscribe(&channel, &ben.authorise(&his.socket_id, &channel).json());
    his.expect("pusher_internal:subscription_succeeded");

    let seq = ana.read(&id, "").json()["seq"].as_u64().unwrap();
    let poll = {
        let (ana, id) = (ana.clone(), id.clone());
        std::thread::spawn(move || {
            let began = Instant::now();
            (ana.read(&id, &format!("?after={seq}&wait=20")), began.elapsed())
        })
    };
    assert_eq!(ben.write(&id, "Hi Ana", "text").status, 201);
    let heard = hers.expect("ChatMessageReceived");
    assert_eq!(heard["data"]["message"], "Hi Ana");
    let (page, took) = poll.join().unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(took < Duration::from_secs(15), "a poll is woken by what another node wrote: {took:?}");
    assert_eq!(ana.write(&id, "Hello Ben", "c1").status, 201);
    let mut facts = Vec::new();
    while !facts.contains(&json!("Hello Ben")) {
        let (event, data) = next(&mut his, PATIENCE);
        if event == "ChatMessageReceived" {
            facts.push(data["message"].clone());
        }
    }
    assert_eq!(facts, [json!("Hi Ana"), json!("Hello Ben")], "each fact once");

    let whisper = json!({"event": "client-typing", "data": {"on": true}, "channel": channel});
    his.say(&whisper);
    assert_eq!(hers.expect("client-typing")["data"], json!({"on": true}));
    let until = Instant::now() + PATIENCE;
    while ana.read(&id, "").json()["typing"].as_array().is_none_or(Vec::is_empty) {
        assert!(Instant::now() < until, "who types on another node is seen by whoever polls");
    }

    let out = ben.request("POST", "/api/v1/logout").json(&json!({})).send(here.port);
    assert!(out.status < 300, "{}", out.text());
    assert_eq!(his.expect_close(Duration::from_secs(5)), 4009, "his session ended on another node");
}
