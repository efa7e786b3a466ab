//! What the server tells a page about real time, and what it keeps apart: providers, other back
//! ends' apps, and people who only say who they are.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use testkit::http::{Reply, Request};
use testkit::socket::Socket;
use testkit::world::{PASSWORD, World, fresh_folder};

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");

/// A Laravel back end's own app, as the configuration file names it.
const SHOP: (&str, &str, &str) = ("shop", "shop-key", "shop-secret");

fn with_widget_token(world: &World, method: &str, path: &str) -> Request {
    Request::new(method, path).header("authorization", &format!("Bearer {}", world.widget_token()))
}

fn world_with_a_shop() -> World {
    let file = fresh_folder().join("frontdesk.toml");
    let (id, key, secret) = SHOP;
    std::fs::write(&file, format!("[[apps]]\nid = \"{id}\"\nkey = \"{key}\"\nsecret = \"{secret}\"\n"))
        .unwrap();
    World::start_with(BINARY, &[("FRONTDESK_CONFIG", file.to_str().unwrap())])
}

/// A publish to one app, signed with the key and secret of this or another one.
fn publish(world: &World, app: &str, key: &str, secret: &str, channel: &str) -> Reply {
    let body =
        json!({"name": "told", "channels": [channel], "data": format!("{{\"by\":\"{app}\"}}")}).to_string();
    let path = format!("/apps/{app}/events");
    Request::new("POST", &testkit::http::signed("POST", &path, key, secret, &body))
        .raw("application/json", body.into_bytes())
        .send(world.port)
}

fn listener(world: &World, key: &str, channel: &str) -> Socket {
    let mut socket = Socket::open(world.port, key);
    socket.subscribe(channel, &Value::Null);
    socket.expect("pusher_internal:subscription_succeeded");
    socket
}

#[test]
fn ruling_12_config_names_the_enabled_provider_and_says_no_more_of_the_other() {
    let world = World::start(BINARY);
    let config = with_widget_token(&world, "GET", "/api/chatbot/config").send(world.port).json();
    assert_eq!(config["success"], true);
    assert_eq!(config["realtimeProvider"], "reverb");
    assert_eq!(config["providers"], json!(["reverb"]));
    assert_eq!(
        config["reverb"],
        json!({"enabled": true, "key": world.key, "host": "localhost", "port": world.port, "scheme": "http"})
    );
    assert_eq!(config["pusher"], json!({"enabled": false}));
    for secret in [&world.secret, &world.operator_token] {
        assert!(!config.to_string().contains(secret.as_str()));
    }
}

#[test]
fn ruling_4_an_app_of_the_configuration_file_is_isolated_from_the_chats() {
    let world = world_with_a_shop();
    let (id, key, secret) = SHOP;
    let mut in_shop = listener(&world, key, "news");
    let mut in_chat = listener(&world, &world.key, "news");
    let by_shop = || assert_eq!(publish(&world, id, key, secret, "news").status, 200);
    by_shop();
    assert_eq!(publish(&world, &world.app_id, &world.key, &world.secret, "news").status, 200);
    by_shop();
    // In order: had one app heard the other's event, it would stand first or between.
    for _ in 0..2 {
        assert_eq!(in_shop.expect("told")["data"], json!({"by": id}));
    }
    assert_eq!(in_chat.expect("told")["data"], json!({"by": world.app_id}));

    assert_eq!(publish(&world, &world.app_id, key, secret, "news").refusal(), "wrong-signature");
    assert_eq!(
        publish(&world, id, key, secret, "private-agents.widget.x").status,
        200,
        "reserved on the chat's app alone"
    );
}

#[test]
fn ruling_6_other_apps_take_any_client_event_as_it_is() {
    let world = world_with_a_shop();
    let (_, key, secret) = SHOP;
    let join = || {
        let mut socket = Socket::open(world.port, key);
        let auth = wire::sign::channel_auth(key, secret, &socket.socket_id, "private-orders.1", None);
        socket.subscribe("private-orders.1", &json!({"auth": auth}));
        socket.expect("pusher_internal:subscription_succeeded");
        socket
    };
    let (mut one, mut other) = (join(), join());
    one.say(&json!({"event": "client-moved", "channel": "private-orders.1", "data": {"to": "shelf 7"}}));
    let heard = other.expect("client-moved");
    assert_eq!((&heard["data"], heard.get("user_id")), (&json!({"to": "shelf 7"}), None));
}

#[test]
fn s3_a_name_and_an_address_alone_open_nothing_of_their_owner() {
    let world = World::start(BINARY);
    let session = |body: &Value| {
        with_widget_token(&world, "POST", "/api/chatbot/session").json(body).send(world.port).json()
    };
    let label = json!({"name": "Ana", "email": "ana@shop.example"});
    let ana = session(&label);
    let bearer = format!("Bearer {}", ana["token"].as_str().unwrap());
    let started = Request::new("POST", "/api/chatbot/conversation")
        .header("authorization", &bearer)
        .json(&json!({}))
        .send(world.port);
    assert_eq!(started.status, 201);
    let again = session(&json!({"secret": ana["secret"]}));
    assert_eq!(
        again["conversation_id"],
        started.json()["conversation"]["id"],
        "the premise: the secret opens it"
    );

    let eve = session(&label);
    assert_ne!(eve["visitor"]["id"], ana["visitor"]["id"]);
    assert_eq!(eve["conversation_id"], Value::Null);
    assert_eq!(eve["visitor"]["verified"], false);
}

#[test]
fn s14_guessing_passwords_and_minting_sessions_are_stopped_with_retry_after() {
    let limits = [("FRONTDESK_LOGINS_PER_MINUTE", "3"), ("FRONTDESK_SESSIONS_PER_MINUTE", "3")];
    let world = World::start_with(BINARY, &limits);
    let guess = || {
        Request::new("POST", "/api/v1/login")
            .json(&json!({"email": "ben@desk.example", "password": PASSWORD}))
            .send(world.port)
    };
    let mint = || with_widget_token(&world, "POST", "/api/chatbot/session").json(&json!({})).send(world.port);
    let last_of_four = |ask: &dyn Fn() -> Reply| (0..4).map(|_| ask()).last().unwrap();
    for last in [last_of_four(&guess), last_of_four(&mint)] {
        assert_eq!((last.status, last.refusal().as_str()), (429, "too-many-requests"));
        assert!(last.header("retry-after").is_some());
    }
}
