//! Where hosted Pusher and Laravel Reverb differ (contract 1.16 and 2): the same deeds on an app of each
//! kind, on a running server, and what Reverb's command line and variables do.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::time::Duration;
use testkit::http::{Reply, Request, signed};
use testkit::socket::Socket;
use testkit::world::{World, fresh_folder};

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");
const SOON: Duration = Duration::from_secs(20);
/// Both kinds, in the order of the tables' columns.
const KINDS: [&str; 2] = ["pusher", "reverb"];

/// A server with one app of each kind, whose id is the kind's name.
fn both(more: &str) -> World {
    let entry = |kind: &str| {
        format!(
            "[[apps]]\nid = \"{kind}\"\nkey = \"{kind}-key\"\nsecret = \"hush\"\ncompat = \"{kind}\"\n{more}\n"
        )
    };
    let file = fresh_folder().join("frontdesk.toml");
    std::fs::write(&file, KINDS.map(entry).concat()).unwrap();
    World::start_with(BINARY, &[("FRONTDESK_CONFIG", file.to_str().unwrap())])
}

fn call(world: &World, app: &str, method: &str, path: &str, body: Option<&Value>) -> Reply {
    let body = body.map(Value::to_string).unwrap_or_default();
    let path = format!("/apps/{app}{path}");
    let target = signed(method, &path, &format!("{app}-key"), "hush", &body);
    Request::new(method, &target).raw("application/json", body.into_bytes()).send(world.port)
}

fn member(world: &World, app: &str, channel: &str, data: &Value) -> Socket {
    let (mut socket, data) = (Socket::open(world.port, &format!("{app}-key")), data.to_string());
    let auth =
        wire::sign::channel_auth(&format!("{app}-key"), "hush", &socket.socket_id, channel, Some(&data));
    socket.subscribe(channel, &json!({"auth": auth, "channel_data": data}));
    socket.expect("pusher_internal:subscription_succeeded");
    socket
}

#[test]
fn contract_1_16_each_kind_of_app_answers_calls_in_its_own_way() {
    let world = both("");
    let event = |more: Value| {
        let mut event = json!({"name": "told", "channel": "news", "data": "{}"});
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Some(event)
    };
    let nobody = json!({"users": []});
    for (method, path, body, [pusher, reverb]) in [
        ("POST", "/events", event(json!({})), [(200, Some(json!({}))), (200, Some(json!({})))]),
        (
            "POST",
            "/batch_events",
            Some(json!({"batch": [event(json!({}))]})),
            [(200, Some(json!({}))), (200, Some(json!({"batch": {}})))],
        ),
        ("POST", "/events", event(json!({"channel": "App Models:1"})), [(400, None), (200, Some(json!({})))]),
        ("POST", "/events", event(json!({"data": {"not": "text"}})), [(400, None), (422, None)]),
        (
            "POST",
            "/events",
            Some(json!({"name": "told", "channel": "news"})),
            [(400, None), (422, Some(json!({"data": ["A required field is missing. The field is data."]})))],
        ),
        (
            "POST",
            "/events",
            event(json!({"socket_id": "1"})),
            [
                (400, None),
                (422, Some(json!({"socket_id": ["socket_id is two numbers with a dot between."]}))),
            ],
        ),
        (
            "GET",
            "/channels",
            None,
            [(200, Some(json!({"channels": {}}))), (200, Some(json!({"channels": {}})))],
        ),
        ("GET", "/channels?info=user_count", None, [(400, None), (200, Some(json!({"channels": {}})))]),
        (
            "GET",
            "/channels/news?info=user_count",
            None,
            [(400, None), (200, Some(json!({"occupied": false})))],
        ),
        ("GET", "/channels/presence-room/users", None, [(200, Some(nobody)), (404, Some(json!({})))]),
        (
            "GET",
            "/connections",
            None,
            [(200, Some(json!({"connections": 0}))), (200, Some(json!({"connections": 0})))],
        ),
        ("POST", "/users/7/terminate_connections", None, [(200, Some(json!({}))), (200, Some(json!({})))]),
    ] {
        for (kind, (status, answer)) in KINDS.into_iter().zip([pusher, reverb]) {
            let reply = call(&world, kind, method, path, body.as_ref());
            let said = format!("{kind} {method} {path} {body:?}: {}", reply.text());
            assert_eq!(reply.status, status, "{said}");
            assert!(answer.is_none_or(|answer| reply.json() == answer), "{said}");
        }
    }
}

#[test]
fn contract_2_3_reverbs_texts_stand_where_a_signature_or_a_size_is_wrong() {
    let world = both("");
    let forged = |app: &str| {
        let path = format!("/apps/{app}/events");
        let target = signed("POST", &path, &format!("{app}-key"), "guess", "{}");
        Request::new("POST", &target).raw("application/json", b"{}".to_vec()).send(world.port)
    };
    assert_eq!((forged("pusher").status, forged("reverb").status), (401, 401));
    assert_eq!(forged("reverb").text(), "Authentication signature invalid.");
    // Reverb counts the whole body, hosted Pusher the data.
    for (kind, bytes, status) in
        [("pusher", 10_240, 200), ("pusher", 10_241, 413), ("reverb", 9_900, 200), ("reverb", 10_000, 413)]
    {
        let event = json!({"name": "told", "channel": "news", "data": "x".repeat(bytes)});
        let reply = call(&world, kind, "POST", "/events", Some(&event));
        assert_eq!(reply.status, status, "{kind} {bytes}");
        match (kind, status) {
            ("pusher", 413) => assert!(reply.text().contains("The limit is 10240 bytes, this is 10241.")),
            ("reverb", 413) => assert_eq!(reply.text(), "Payload too large."),
            _ => {}
        }
    }
}

/// The frame that answers this text, as it stands.
fn answer(world: &World, app: &str, text: &str) -> String {
    let mut socket = Socket::open(world.port, &format!("{app}-key"));
    socket.say_text(text);
    socket.hear_text(SOON)
}

#[test]
fn contract_1_16_each_kind_of_app_refuses_on_its_sockets_in_its_own_way() {
    let world = both("");
    let whisper = r#"{"event":"client-hi","channel":"news","data":{}}"#;
    let forged = r#"{"event":"pusher:subscribe","data":{"channel":"private-x","auth":"reverb-key:00"}}"#;
    let loose = r#"{"event":"pusher:subscribe","data":{"channel":"App Models:1"}}"#;
    for (text, [pusher, reverb]) in [
        (
            "hello",
            [
                r#"{"event":"pusher:error","data":{"message":"This is not valid JSON.","code":null}}"#,
                r#"{"event":"pusher:error","data":"{\"message\":\"Invalid message format\",\"code\":4200}"}"#,
            ],
        ),
        (
            whisper,
            [
                r#"{"event":"pusher:error","data":{"message":"Client event rejected - only supported on private and presence channels","code":null}}"#,
                r#"{"event":"pusher:error","data":"{\"message\":\"The client is not a member of the specified channel.\",\"code\":4009}"}"#,
            ],
        ),
        (
            loose,
            [
                r#"{"event":"pusher:error","data":{"message":"The channel name is not valid. Allowed are letters, digits and _-=@,.; only.","code":null}}"#,
                r#"{"event":"pusher_internal:subscription_succeeded","channel":"App Models:1","data":"{}"}"#,
            ],
        ),
    ] {
        assert_eq!(answer(&world, "pusher", text), pusher);
        assert_eq!(answer(&world, "reverb", text), reverb);
    }
    for kind in KINDS {
        // Said twice: as the peer does, and so that the channel's own listeners can hear it.
        let mut socket = Socket::open(world.port, &format!("{kind}-key"));
        socket.say_text(forged);
        let error: Value = serde_json::from_str(&socket.hear_text(SOON)).unwrap();
        assert_eq!(error["event"], "pusher:error");
        assert_eq!(error["data"].is_string(), kind == "reverb");
        let error = socket.expect("pusher:subscription_error");
        assert_eq!((&error["channel"], &error["data"]["status"]), (&json!("private-x"), &json!(401)));
        socket.say_text(r#"{"event":"pusher:ping"}"#);
        socket.expect("pusher:pong");
    }
}

#[test]
fn contract_1_16_rows_on_which_both_kinds_agree() {
    let world = both("max_connections = 2\nallowed_origins = [\"*.shop.example\"]");
    for kind in KINDS {
        let key = format!("{kind}-key");
        let from = |origin| Socket::try_open(world.port, &key, &[("origin", origin)]);
        assert!(from("https://evil.example").err().unwrap().contains("4009"));
        let mut ana = from("https://www.shop.example").unwrap();
        let auth = |socket: &Socket, channel: &str, data: &str| {
            let auth = wire::sign::channel_auth(&key, "hush", &socket.socket_id, channel, Some(data));
            json!({"auth": auth, "channel_data": data})
        };
        let signed = auth(&ana, "private-x", r#"{"user_id":"1"}"#);
        ana.subscribe("private-x", &signed);
        ana.expect("pusher_internal:subscription_succeeded");
        let mut ben = member(&world, kind, "presence-room", &json!({"user_id": 7}));
        assert_eq!(
            call(&world, kind, "GET", "/channels/presence-room/users", None).json(),
            json!({"users": [{"id": "7"}]})
        );
        // Full: 4100 lets the client come back, 4004 would not (contract 1.7).
        let full = Socket::try_open(world.port, &key, &[]).err().unwrap();
        assert!(full.contains("4100") && full.contains("limit is 2 connections"), "{full}");
        assert_eq!(call(&world, kind, "POST", "/users/7/terminate_connections", None).status, 200);
        if kind == "reverb" {
            assert_eq!(ben.expect_close(SOON), 4009, "Reverb ends who is present, Pusher who is signed in");
        } else {
            ben.say(&json!({"event": "pusher:ping"}));
            ben.expect("pusher:pong");
        }
    }
    assert!(Socket::try_open(world.port, "no-such-key", &[]).err().unwrap().contains("4001"));
}

#[test]
fn ruling_21_an_oversized_frame_is_named_by_one_kind_and_ends_the_connection_of_the_other() {
    let world = both("max_message_size = 100");
    let long = format!(r#"{{"event":"client-hi","channel":"private-x","data":"{}"}}"#, "x".repeat(100));
    let mut ana = Socket::open(world.port, "pusher-key");
    ana.say_text(&long);
    let error = ana.expect("pusher:error");
    assert_eq!(error["data"]["code"], Value::Null);
    assert!(error["data"]["message"].as_str().unwrap().contains("allowed are 100"), "{error}");
    ana.say_text(r#"{"event":"pusher:ping"}"#);
    ana.expect("pusher:pong");
    let mut ben = Socket::open(world.port, "reverb-key");
    ben.say_text(&long);
    assert_eq!(ben.expect_close(SOON), 1009);
}

#[test]
fn reverb_1_8_members_whisper_on_public_channels_and_are_named_where_they_signed() {
    let world = both("");
    let join = || {
        let mut socket = Socket::open(world.port, "reverb-key");
        socket.subscribe("lobby", &Value::Null);
        socket.expect("pusher_internal:subscription_succeeded");
        socket
    };
    let (mut ana, mut ben) = (join(), join());
    // More than hosted Pusher's ten a second: Reverb has no rate of its own for these.
    for n in 0..15 {
        ana.say(&json!({"event": "client-moved", "channel": "lobby", "data": n}));
    }
    for n in 0..15 {
        assert_eq!(ben.expect("client-moved")["data"], n);
    }
    let mut eve = member(&world, "reverb", "private-x", &json!({"user_id": "9"}));
    let mut dan = member(&world, "reverb", "private-x", &json!({"user_id": "4"}));
    eve.say(&json!({"event": "client-hi", "channel": "private-x", "data": {}, "user_id": "4"}));
    assert_eq!(dan.expect("client-hi")["user_id"], "9");
}

/// The environment of a Laravel project that ran Reverb.
const LARAVEL: [(&str, &str); 4] = [
    ("REVERB_APP_ID", "654321"),
    ("REVERB_APP_KEY", "laravel-key"),
    ("REVERB_APP_SECRET", "hush"),
    ("REVERB_APP_MAX_CONNECTIONS", "1"),
];

#[test]
fn ruling_4_the_app_of_reverbs_variables_is_the_chats_in_reverbs_mode_with_strict_whispers() {
    let world = World::start_with(BINARY, &LARAVEL);
    let mut ana = Socket::open(world.port, "laravel-key");
    ana.say_text("hello");
    assert!(ana.hear_text(SOON).contains("Invalid message format"));
    ana.subscribe("lobby", &Value::Null);
    ana.expect("pusher_internal:subscription_succeeded");
    ana.say(&json!({"event": "client-typing", "channel": "lobby", "data": {"on": true}}));
    let error = ana.expect("pusher:error");
    assert!(error["data"]["message"].as_str().unwrap().contains("only supported on private"), "{error}");
    let full = Socket::try_open(world.port, "laravel-key", &[]).err().unwrap();
    assert!(full.contains("limit is 1 connections"), "{full}");
}

#[test]
fn an_app_of_reverbs_variables_can_stand_beside_the_chats() {
    let own =
        [&LARAVEL[..3], &[("FRONTDESK_REVERB_APP", "own"), ("REVERB_MAX_REQUEST_SIZE", "200")]].concat();
    let world = World::start_with(BINARY, &own);
    let config = Request::new("GET", "/api/chatbot/config")
        .header("authorization", &format!("Bearer {}", world.widget_token()))
        .send(world.port)
        .json();
    assert_ne!(config["reverb"]["key"], "laravel-key", "the chat has keys of its own");
    let join = || {
        let headers = [("origin", "https://shop.example")];
        let mut socket = Socket::try_open(world.port, "laravel-key", &headers).unwrap();
        socket.subscribe("lobby", &Value::Null);
        socket.expect("pusher_internal:subscription_succeeded");
        socket
    };
    let (mut ana, mut ben) = (join(), join());
    ana.say(&json!({"event": "client-anything", "channel": "lobby", "data": {}}));
    ben.expect("client-anything");
    let event = json!({"name": "told", "channel": "lobby", "data": "x".repeat(200)}).to_string();
    let target = signed("POST", "/apps/654321/events", "laravel-key", "hush", &event);
    let reply = Request::new("POST", &target).raw("application/json", event.into_bytes()).send(world.port);
    assert_eq!((reply.status, reply.text().as_str()), (413, "Payload too large."));
}

#[test]
fn reverbs_path_holds_its_routes_and_up() {
    let world = World::start_with(BINARY, &[("REVERB_SERVER_PATH", "/ws")]);
    for path in ["/up", "/ws/up"] {
        let up = world.get(path).send(world.port);
        assert_eq!((up.status, up.json()), (200, json!({"health": "OK"})), "{path}");
    }
    let path = format!("/apps/{}/connections", world.app_id);
    let target = signed("GET", &path, &world.key, &world.secret, "");
    assert_eq!(Request::new("GET", &format!("/ws{target}")).send(world.port).status, 200);
    assert_eq!(Request::new("GET", &target).send(world.port).status, 404);
}
