//! The signed Pusher HTTP API as a back end's SDK uses it, and what real sockets make of it: bodies
//! and statuses are hosted Pusher's (contract 1.13).
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::time::Duration;
use testkit::http::{Reply, Request, signed};
use testkit::socket::Socket;
use testkit::world::World;

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");

/// A call of the chat's app, signed; `path` stands behind `/apps/{id}`.
fn call(world: &World, method: &str, path: &str, body: Option<&Value>) -> Reply {
    let body = body.map(Value::to_string).unwrap_or_default();
    let path = format!("/apps/{}{path}", world.app_id);
    let target = signed(method, &path, &world.key, &world.secret, &body);
    Request::new(method, &target).raw("application/json", body.into_bytes()).send(world.port)
}

fn get(world: &World, path: &str) -> Reply {
    call(world, "GET", path, None)
}

fn post(world: &World, path: &str, body: &Value) -> Reply {
    call(world, "POST", path, Some(body))
}

/// A socket signed in as this user.
fn signed_in(world: &World, user_data: &Value) -> Socket {
    let mut socket = Socket::open(world.port, &world.key);
    socket.sign_in(&world.key, &world.secret, user_data);
    socket
}

fn listener(world: &World, channels: &[&str]) -> Socket {
    let mut socket = Socket::open(world.port, &world.key);
    for channel in channels {
        socket.subscribe(channel, &Value::Null);
        socket.expect("pusher_internal:subscription_succeeded");
    }
    socket
}

#[test]
fn contract_1_13_occupied_channels_are_listed_and_counted() {
    let world = World::start(BINARY);
    assert_eq!(get(&world, "/channels").json(), json!({"channels": {}}));
    let _ana = listener(&world, &["news", "sport"]);
    let _ben = listener(&world, &["news"]);
    for (path, body) in [
        ("/channels", json!({"channels": {"news": {}, "sport": {}}})),
        ("/channels?filter_by_prefix=ne", json!({"channels": {"news": {}}})),
        ("/channels?filter_by_prefix=presence-&info=user_count", json!({"channels": {}})),
        ("/channels/news", json!({"occupied": true})),
        ("/channels/news?info=subscription_count", json!({"occupied": true, "subscription_count": 2})),
        ("/channels/empty?info=subscription_count", json!({"occupied": false, "subscription_count": 0})),
        ("/connections", json!({"connections": 2})),
    ] {
        let reply = get(&world, path);
        assert_eq!((reply.status, reply.json()), (200, body), "{path}");
    }
}

#[test]
fn contract_1_13_what_cannot_be_asked_is_400_and_says_why() {
    let world = World::start(BINARY);
    for (path, why) in [
        ("/channels?info=user_count", "filter_by_prefix"),
        ("/channels/news?info=user_count", "presence"),
        ("/channels/news/users", "presence"),
        ("/channels/news?info=colour", "info should be a comma separated list of attributes"),
    ] {
        let reply = get(&world, path);
        assert_eq!(reply.status, 400, "{path}");
        assert!(reply.text().contains(why), "{path}: {}", reply.text());
    }
}

#[test]
fn contract_1_13_users_of_a_presence_channel_are_counted_once_and_named() {
    let world = World::start(BINARY);
    let join = |data: Value| {
        let mut socket = Socket::open(world.port, &world.key);
        let (key, secret, data) = (&world.key, &world.secret, data.to_string());
        let auth = wire::sign::channel_auth(key, secret, &socket.socket_id, "presence-room", Some(&data));
        socket.subscribe("presence-room", &json!({"auth": auth, "channel_data": data}));
        socket.expect("pusher_internal:subscription_succeeded");
        socket
    };
    assert_eq!(get(&world, "/channels/presence-room/users").json(), json!({"users": []}));
    let mut people = [json!({"user_id": 1}), json!({"user_id": "1"}), json!({"user_id": "2"})].map(join);
    let counts = json!({"user_count": 2, "subscription_count": 3});
    let info = "user_count,subscription_count";
    for (path, body) in [
        ("/channels/presence-room/users".into(), json!({"users": [{"id": "1"}, {"id": "2"}]})),
        (
            format!("/channels/presence-room?info={info}"),
            json!({"occupied": true, "user_count": 2, "subscription_count": 3}),
        ),
        (
            format!("/channels?filter_by_prefix=presence-&info={info}"),
            json!({"channels": {"presence-room": counts}}),
        ),
    ] {
        assert_eq!(get(&world, &path).json(), body, "{path}");
    }
    let event = json!({"name": "told", "data": "{}", "channel": "presence-room", "info": info});
    assert_eq!(post(&world, "/events", &event).json(), json!({"channels": {"presence-room": counts}}));
    people.iter_mut().for_each(|socket| drop(socket.expect("told")));
}

#[test]
fn contract_1_13_a_publish_can_ask_who_was_there() {
    let world = World::start(BINARY);
    let mut ana = listener(&world, &["news"]);
    let mut event = json!({"name": "told", "data": "{\"n\":1}", "channels": ["news", "empty"]});
    assert_eq!(post(&world, "/events", &event).json(), json!({}));
    event["info"] = "subscription_count".into();
    let counts = json!({"channels": {"news": {"subscription_count": 1}, "empty": {"subscription_count": 0}}});
    assert_eq!(post(&world, "/events", &event).json(), counts);
    for _ in 0..2 {
        assert_eq!(ana.expect("told")["data"], json!({"n": 1}));
    }
}

#[test]
fn contract_1_8_what_was_published_to_a_cache_channel_waits_for_whoever_comes() {
    let world = World::start(BINARY);
    let cached = || get(&world, "/channels/cache-news?info=cache").json();
    assert_eq!(cached(), json!({"occupied": false, "cache": null}));
    listener(&world, &["cache-news"]).expect("pusher:cache_miss");
    let event = json!({"name": "told", "data": "{\"n\":1}", "channel": "cache-news"});
    assert_eq!(post(&world, "/events", &event).json(), json!({}));
    let cache = cached()["cache"].clone();
    assert_eq!(cache["data"], "{\"n\":1}");
    assert!((1_700..=1_800).contains(&cache["ttl"].as_u64().unwrap()), "{cache}");
    assert_eq!(listener(&world, &["cache-news"]).expect("told")["data"], json!({"n": 1}));
}

#[test]
fn contract_1_13_a_batch_goes_out_in_order_and_whole_or_not_at_all() {
    let world = World::start(BINARY);
    let mut ana = listener(&world, &["news"]);
    let event = |n: u32| json!({"name": "told", "channel": "news", "data": n.to_string()});
    let mut asking = event(2);
    asking["info"] = "subscription_count".into();
    assert_eq!(post(&world, "/batch_events", &json!({"batch": [event(0), event(1)]})).json(), json!({}));
    assert_eq!(
        post(&world, "/batch_events", &json!({"batch": [asking, event(3)]})).json(),
        json!({"batch": [{"subscription_count": 1}, {}]})
    );
    let long = json!({"name": "told", "channel": "news", "data": "x".repeat(10_241)});
    let mut nowhere = event(9);
    nowhere["channel"] = "a b".into();
    for (batch, status) in [
        (vec![event(9), long], 413),
        (vec![event(9), nowhere], 400),
        (vec![event(9), json!({"name": "told", "channel": "news", "data": {"not": "text"}})], 400),
        (vec![event(9), json!({"name": "told", "channel": "presence-agents", "data": ""})], 403),
        ((0..11).map(event).collect(), 400),
    ] {
        assert_eq!(post(&world, "/batch_events", &json!({ "batch": batch })).status, status);
    }
    post(&world, "/batch_events", &json!({"batch": [event(4)]}));
    for n in 0..5 {
        assert_eq!(ana.expect("told")["data"], json!(n));
    }
}

#[test]
fn contract_1_13_a_back_end_speaks_to_one_user_wherever_signed_in() {
    let world = World::start(BINARY);
    let mut tabs = [0, 1].map(|_| signed_in(&world, &json!({"id": "ana"})));
    for socket in &mut tabs {
        socket.subscribe("#server-to-user-ana", &Value::Null);
        socket.expect("pusher_internal:subscription_succeeded");
    }
    let event = json!({"name": "told", "data": "1", "channels": ["#server-to-user-ana"]});
    assert_eq!(post(&world, "/events", &event).json(), json!({}));
    tabs.iter_mut().for_each(|socket| assert_eq!(socket.expect("told")["data"], 1));
}

#[test]
fn contract_1_13_terminate_ends_the_connections_signed_in_as_the_user_and_no_others() {
    let world = World::start(BINARY);
    let mut ben = signed_in(&world, &json!({"id": "ben", "watchlist": ["ana"]}));
    let mut tabs = [0, 1].map(|_| signed_in(&world, &json!({"id": "ana"})));
    ben.expect("pusher_internal:watchlist_events");
    let mut present = Socket::open(world.port, &world.key);
    let data = r#"{"user_id":"ana"}"#;
    let auth =
        wire::sign::channel_auth(&world.key, &world.secret, &present.socket_id, "presence-x", Some(data));
    present.subscribe("presence-x", &json!({"auth": auth, "channel_data": data}));
    present.expect("pusher_internal:subscription_succeeded");
    let reply = post(&world, "/users/ana/terminate_connections", &json!({}));
    assert_eq!((reply.status, reply.json()), (200, json!({})));
    for socket in &mut tabs {
        assert_eq!(socket.expect("pusher:error")["data"]["code"], 4009);
        assert_eq!(socket.expect_close(Duration::from_secs(2)), 4009);
    }
    let told = &ben.expect("pusher_internal:watchlist_events")["data"]["events"];
    assert_eq!(*told, json!([{"name": "offline", "user_ids": ["ana"]}]));
    let event = json!({"name": "told", "data": "1", "channel": "presence-x"});
    post(&world, "/events", &event);
    present.expect("told");
    assert_eq!(post(&world, "/users/a%20b/terminate_connections", &json!({})).status, 400);
}

#[test]
fn contract_1_13_the_routes_of_2012_publish_and_count() {
    let world = World::start(BINARY);
    let mut ana = listener(&world, &["news"]);
    let mut ben = listener(&world, &["news"]);
    let path = format!("/channels/news/events?name=told&socket_id={}", ben.socket_id);
    let reply = post(&world, &path, &json!({"n": 1}));
    assert_eq!((reply.status, reply.json()), (202, json!({})));
    let heard = ana.expect("told");
    assert_eq!((&heard["channel"], &heard["data"]), (&json!("news"), &json!({"n": 1})));
    assert_eq!(post(&world, "/channels/news/events?name=next", &json!(2)).status, 202);
    assert_eq!(ben.expect("next")["data"], 2, "the sender was left out before");
    assert_eq!(post(&world, "/channels/news/events", &json!(2)).status, 400, "an event has a name");
    for (path, body) in [
        ("/channels/news/stats", json!({"occupied": true, "connection_count": 2})),
        ("/channels/presence-x/stats", json!({"occupied": false, "connection_count": 0, "user_count": 0})),
    ] {
        assert_eq!(get(&world, path).json(), body, "{path}");
    }
}

#[test]
fn contract_1_13_what_a_publish_may_not_say_is_refused_with_the_limit_and_the_value() {
    let world = World::start(BINARY);
    let event = |change: Value| {
        let mut event = json!({"name": "told", "data": "1", "channels": ["news"]});
        event.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        event
    };
    let channels = |count: usize| (0..count).map(|n| format!("c{n}")).collect::<Vec<_>>();
    for (change, status, why) in [
        (json!({"data": {"not": "text"}}), 400, "Line 1"),
        (json!({"data": "x".repeat(10_241)}), 413, "The limit is 10240 bytes, this is 10241."),
        (json!({"name": ""}), 400, "name has 1 to 200 bytes, this has 0."),
        (json!({"name": "x".repeat(201)}), 400, "name has 1 to 200 bytes, this has 201."),
        (json!({"channels": channels(101)}), 400, "An event goes to 1 to 100 channels, these are 101."),
        (json!({"channels": []}), 400, "An event goes to 1 to 100 channels, these are 0."),
        (json!({"channels": ["x".repeat(201)]}), 400, "It has 201 bytes, allowed are 1 to 200."),
        (
            json!({"channels": ["private-encrypted-x", "news"]}),
            400,
            "An encrypted channel is published to alone",
        ),
        (json!({"socket_id": "1"}), 400, "socket_id is two numbers"),
        (json!({"info": "colour"}), 400, "info should be a comma separated list of attributes"),
    ] {
        let reply = post(&world, "/events", &event(change));
        assert_eq!(reply.status, status, "{why}");
        assert!(reply.text().contains(why), "{why}: {}", reply.text());
    }
    for change in [json!({"channels": channels(100)}), json!({"channels": ["private-encrypted-x"]})] {
        assert_eq!(post(&world, "/events", &event(change)).status, 200);
    }
    let reply = Request::new("PUT", &format!("/apps/{}/events", world.app_id)).send(world.port);
    assert_eq!(reply.status, 405);
    assert_eq!(get(&world, "/weather").status, 404);
}

#[test]
fn contract_1_13_user_counts_of_a_publish_are_given_for_presence_channels_alone() {
    let world = World::start(BINARY);
    let _ana = listener(&world, &["news"]);
    let info = "user_count,subscription_count";
    let event = json!({"name": "told", "data": "1", "channels": ["news", "presence-x"], "info": info});
    let counts =
        json!({"news": {"subscription_count": 1}, "presence-x": {"user_count": 0, "subscription_count": 0}});
    assert_eq!(post(&world, "/events", &event).json(), json!({"channels": counts}));
}

#[test]
fn contract_1_13_who_signed_wrongly_is_told_what_should_have_been_signed() {
    let world = World::start(BINARY);
    let path = format!("/apps/{}/channels", world.app_id);
    let target = signed("GET", &path, &world.key, "another secret", "");
    let reply = Request::new("GET", &target).send(world.port);
    assert_eq!(reply.status, 401);
    let detail = reply.json()["detail"].as_str().unwrap().to_owned();
    let signed = format!("You should have sent HmacSHA256Hex(\"GET\\n{path}\\nauth_key={}&", world.key);
    assert!(detail.starts_with(&signed), "{detail}");
    let sent = target.split("auth_signature=").nth(1).unwrap().split('&').next().unwrap();
    assert!(detail.ends_with(&format!("your_secret_key), but you sent \"{sent}\".")), "{detail}");
}
