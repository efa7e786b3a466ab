//! A conversation over real sockets and HTTP: who hears what, in which shape and order, and what
//! is heard no more after a revocation.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use testkit::http::Request;
use testkit::socket::{Heard, Socket};
use testkit::world::{Agent, PASSWORD, Visitor, World};

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");
/// Within which a revoked socket must be closed (ruling 5), with room for a busy machine.
const SOON: Duration = Duration::from_secs(3);

fn joined(world: &World, authorise: impl Fn(&str) -> testkit::http::Reply, channel: &str) -> Socket {
    let mut socket = world.socket();
    let auth = authorise(&socket.socket_id);
    assert_eq!(auth.status, 200, "{}", auth.text());
    socket.subscribe(channel, &auth.json());
    socket.expect("pusher_internal:subscription_succeeded");
    socket
}

fn as_visitor(world: &World, visitor: &Visitor, channel: &str) -> Socket {
    joined(world, |socket_id| visitor.authorise(socket_id, channel), channel)
}

fn as_agent(world: &World, agent: &Agent, channel: &str) -> Socket {
    joined(world, |socket_id| agent.authorise(socket_id, channel), channel)
}

fn canonical(id: &str) -> String {
    format!("private-chat.conversation.{id}")
}

fn alias(id: &str) -> String {
    format!("private-conversation.{id}")
}

#[test]
fn both_seeds_channels_carry_their_own_shapes() {
    let world = World::start(BINARY);
    let (ben, ana) = (world.owner("Ben"), world.visitor("Ana"));
    let id = ana.start();
    ana.write(&id, "Hello", "c1");
    let mut seed_b = as_visitor(&world, &ana, &canonical(&id));
    let mut seed_a = as_visitor(&world, &ana, &alias(&id));
    assert_eq!(ben.write(&id, "Hi Ana", "text").status, 201);

    let joined = seed_b.expect("agent.joined")["data"].clone();
    assert_eq!(joined["agent"]["name"], "Ben");
    let message = seed_b.expect("ChatMessageReceived")["data"].clone();
    assert_eq!(message["message"], "Hi Ana");
    assert_eq!((&message["sender_type"], &message["sender_name"]), (&json!("agent"), &json!("Ben")));
    assert_eq!(message["seq"], joined["seq"].as_u64().unwrap() + 1);

    let joined = seed_a.expect("agent.joined")["data"].clone();
    assert_eq!(joined, json!({"conversationId": id, "agent": {"id": ben.id, "name": "Ben", "avatar": null}}));
    let sent = seed_a.expect("message.sent")["data"].clone();
    assert_eq!(
        sent,
        json!({"message": {
            "id": message["id"], "content": "Hi Ana", "author": "agent", "created_at": message["timestamp"],
        }})
    );
}

#[test]
fn a_visitor_cannot_speak_as_somebody_else() {
    let world = World::start(BINARY);
    let ana = world.visitor("Ana");
    let id = ana.start();
    let post = |body: &Value| {
        ana.request("POST", &format!("/api/chatbot/conversation/{id}/messages")).json(body).send(world.port)
    };
    let reply = post(&json!({"message": "I am Ben", "sender_type": "agent", "sender_name": "Ben"})).json();
    assert_eq!(post(&json!({"message": "A note", "kind": "note"})).refusal(), "not-allowed");
    let message = &reply["message"];
    assert_eq!((&message["sender_type"], &message["sender_name"]), (&json!("visitor"), &json!("Ana")));
}

#[test]
fn ruling_1_notes_neither_reach_nor_stall_the_visitor() {
    let world = World::start(BINARY);
    let (ben, ana) = (world.owner("Ben"), world.visitor("Ana"));
    let id = ana.start();
    ana.write(&id, "Before", "c1");
    let mut socket = as_visitor(&world, &ana, &canonical(&id));
    let before = ana.read(&id, "");
    for n in 0..100 {
        assert_eq!(ben.write(&id, &format!("Note {n}"), "note").status, 201);
    }
    let after = ana.read(&id, "");
    assert_eq!(before.header("etag"), after.header("etag"));
    assert_eq!(before.body, after.body);
    ana.write(&id, "After", "c2");
    let Heard::Frame(next) = socket.hear(SOON) else { panic!("nothing heard") };
    assert_eq!(next["event"], "ChatMessageReceived");
    assert_eq!(next["data"]["seq"], before.json()["seq"].as_u64().unwrap() + 1);
    let agents = ben.request("GET", &format!("/api/v1/conversations/{id}")).send(world.port).json();
    assert!(agents["seq"].as_u64().unwrap() > 100);
}

#[test]
fn ruling_2_a_sender_leaves_out_its_own_socket_and_no_other() {
    let world = World::start(BINARY);
    let (ana, eve) = (world.visitor("Ana"), world.visitor("Eve"));
    let id = ana.start();
    let (mut one, mut two) =
        (as_visitor(&world, &ana, &canonical(&id)), as_visitor(&world, &ana, &canonical(&id)));
    let foreign = as_visitor(&world, &eve, &canonical(&eve.start()));
    let post = |text: &str, socket_id: &str| {
        ana.request("POST", &format!("/api/chatbot/conversation/{id}/messages"))
            .header("x-socket-id", socket_id)
            .json(&json!({"message": text}))
            .send(world.port)
    };
    assert_eq!(post("first", &one.socket_id).status, 201);
    assert_eq!(post("second", &foreign.socket_id).status, 201);
    assert_eq!(two.expect("ChatMessageReceived")["data"]["message"], "first");
    assert_eq!(one.expect("ChatMessageReceived")["data"]["message"], "second");
}

#[test]
fn ruling_3_typing_crosses_between_both_channels_sockets_and_polls() {
    let world = World::start(BINARY);
    let (ben, ana) = (world.owner("Ben"), world.visitor("Ana"));
    let id = ana.start();
    ana.write(&id, "Hello", "c1");
    let mut visitor = as_visitor(&world, &ana, &canonical(&id));
    let mut agent = as_agent(&world, &ben, &alias(&id));

    visitor.say(&json!({"event": "client-typing", "channel": canonical(&id), "data": {"on": true}}));
    let heard = agent.expect("client-typing");
    assert_eq!((&heard["user_id"], &heard["data"]), (&json!(ana.id), &json!({"on": true})));
    assert_eq!(heard["channel"], alias(&id));
    let page = ben.request("GET", &format!("/api/v1/conversations/{id}")).send(world.port).json();
    assert_eq!(page["typing"], json!([{"user_id": ana.id}]));

    let tag = ana.read(&id, "").header("etag").unwrap().to_owned();
    let typing =
        ben.request("POST", &format!("/api/v1/conversations/{id}/typing")).json(&json!({"on": true}));
    assert_eq!(typing.send(world.port).status, 200);
    let heard = visitor.expect("client-typing");
    assert_eq!((&heard["user_id"], &heard["data"]), (&json!(ben.id), &json!({"on": true})));
    let poll = ana.read(&id, "");
    assert_eq!(poll.json()["typing"], json!([{"user_id": ben.id}]));
    assert_eq!(poll.header("etag").unwrap(), tag);
}

#[test]
fn ruling_5_a_removed_agents_open_socket_is_closed() {
    let world = World::start(BINARY);
    let (ben, ana) = (world.owner("Ben"), world.visitor("Ana"));
    ben.add("Carol", "agent", &[&ben.widgets[0]]);
    let carol = world.sign_in("Carol");
    let id = ana.start();
    let mut socket = as_agent(&world, &carol, &canonical(&id));
    let started = Instant::now();
    assert_eq!(ben.request("DELETE", &format!("/api/v1/agents/{}", carol.id)).send(world.port).status, 200);
    assert_eq!(socket.expect_close(SOON), 4009);
    assert!(started.elapsed() < SOON);
    assert_eq!(carol.authorise("1.2", &canonical(&id)).status, 401);
}

#[test]
fn ruling_5_signing_out_closes_the_sockets_of_that_session_alone() {
    let world = World::start(BINARY);
    let (desk, phone, ana) = (world.owner("Ben"), world.sign_in("Ben"), world.visitor("Ana"));
    let channel = canonical(&ana.start());
    let (mut at_desk, mut on_phone) = (as_agent(&world, &desk, &channel), as_agent(&world, &phone, &channel));
    assert_eq!(desk.request("POST", "/api/v1/logout").json(&json!({})).send(world.port).status, 200);
    assert_eq!(at_desk.expect_close(SOON), 4009);
    on_phone.say(&json!({"event": "pusher:ping", "data": {}}));
    on_phone.expect("pusher:pong");
}

#[test]
fn agents_hear_every_fact_and_their_list_changes() {
    let world = World::start(BINARY);
    let (ben, ana) = (world.owner("Ben"), world.visitor("Ana"));
    let mut list = as_agent(&world, &ben, &format!("private-agents.widget.{}", ben.widgets[0]));
    let id = ana.start();
    let mut facts = as_agent(&world, &ben, &format!("private-agents.conversation.{id}"));
    ana.write(&id, "Hello", "c1");
    let changed = list.expect("conversation.changed")["data"].clone();
    assert_eq!((&changed["id"], &changed["visitor"]["name"]), (&json!(id), &json!("Ana")));
    assert_eq!(
        (&changed["last_message"]["text"], &changed["visitor_messages"]),
        (&json!("Hello"), &json!(1))
    );
    ben.write(&id, "Just for us", "note");
    let first = facts.expect("message.created")["data"].clone();
    let note = facts.expect("message.created")["data"].clone();
    assert_eq!((&first["kind"], &note["kind"]), (&json!("text"), &json!("note")));
    assert_eq!(note["seq"], first["seq"].as_u64().unwrap() + 1);
}

#[test]
fn a_long_poll_answers_when_something_happens() {
    let world = World::start(BINARY);
    let (ben, ana) = (world.owner("Ben"), world.visitor("Ana"));
    let id = ana.start();
    ana.write(&id, "Hello", "c1");
    let seq = ana.read(&id, "").json()["seq"].as_u64().unwrap();
    let (waiting, waited) = {
        let (ana, polled) = (ana.clone(), id.clone());
        let started = Instant::now();
        let poll = std::thread::spawn(move || {
            (ana.read(&polled, &format!("?after={seq}&wait=25")), started.elapsed())
        });
        ben.write(&id, "Hi", "text");
        poll.join().unwrap()
    };
    let events = waiting.json()["events"].clone();
    assert!(waited < Duration::from_secs(20), "{waited:?}");
    assert_eq!(events[0]["event"], "agent.joined");
    assert_eq!(events[0]["data"]["seq"], seq + 1);
}

#[test]
fn a_poll_with_the_same_state_is_304() {
    let world = World::start(BINARY);
    let ana = world.visitor("Ana");
    let id = ana.start();
    ana.write(&id, "Hello", "c1");
    let tag = ana.read(&id, "").header("etag").unwrap().to_owned();
    let poll = |tag: &str| {
        ana.request("GET", &format!("/api/chatbot/conversation/{id}"))
            .header("if-none-match", tag)
            .send(world.port)
    };
    assert_eq!(poll(&tag).status, 304);
    ana.write(&id, "More", "c2");
    assert_eq!(poll(&tag).status, 200);
}

#[test]
fn a_poll_that_is_answered_from_memory_misses_nothing() {
    let world = World::start(BINARY);
    let (ben, ana, eve) = (world.owner("Ben"), world.visitor("Ana"), world.visitor("Eve"));
    let id = ana.start();
    ana.write(&id, "Hello", "c1");
    let poll = |after: u64| ana.read(&id, &format!("?after={after}"));
    for _ in 0..3 {
        assert_eq!(poll(1).json()["events"], json!([]));
    }
    assert_eq!(eve.read(&id, "?after=1").status, 404);
    ben.write(&id, "Hello Ana", "text");
    let heard = poll(1).json();
    assert_eq!(heard["events"][1]["data"]["message"], "Hello Ana", "{heard}");
    let seq = heard["seq"].as_u64().unwrap();
    for _ in 0..3 {
        assert_eq!(poll(seq).json()["events"], json!([]));
    }
    assert_eq!(ana.request("POST", "/api/chatbot/logout").send(world.port).status, 200);
    assert_eq!(poll(seq).status, 401);
}

#[test]
fn r31_the_command_line_sends_a_real_message() {
    let world = World::start(BINARY);
    let ana = world.visitor("Ana");
    let id = ana.start();
    let mut socket = as_visitor(&world, &ana, &canonical(&id));
    let run = |arguments: &[&str]| {
        let place =
            ["--data", world.data.to_str().unwrap(), "--port", &world.port.to_string()].map(str::to_owned);
        std::process::Command::new(BINARY).args(arguments).args(place).output().unwrap()
    };
    let output = run(&["message", "send", &id, "From the command line"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let heard = socket.expect("ChatMessageReceived")["data"].clone();
    assert_eq!(
        (&heard["message"], &heard["sender_type"]),
        (&json!("From the command line"), &json!("system"))
    );
    assert_eq!(ana.read(&id, "").json()["messages"].as_array().unwrap().len(), 1);

    socket.subscribe("news", &json!(null));
    socket.expect("pusher_internal:subscription_succeeded");
    assert!(run(&["trigger", "news", "flash", r#"{"n":1}"#]).status.success());
    assert_eq!(socket.expect("flash")["data"], json!({"n": 1}));
    assert_eq!(run(&["message", "send", "cnv_none", "x"]).status.code(), Some(1));
}

#[test]
fn nothing_secret_stands_in_the_log() {
    let world = World::start_with(BINARY, &[("FRONTDESK_DEBUG", "1")]);
    let (ben, ana) = (world.owner("Ben"), world.visitor("Ana"));
    let id = ana.start();
    let mut socket = as_visitor(&world, &ana, &canonical(&id));
    ana.write(&id, "my card number is 4111", "c1");
    ben.write(&id, "please never send that", "text");
    socket.expect("agent.joined");
    let log: String = world.log().lines().filter(|line| !line.contains("#setup=")).collect();
    let secrets: [&str; 7] = [
        &ana.token,
        &ana.secret,
        &ben.token,
        &ben.csrf,
        &world.secret,
        &world.operator_token,
        &world.widget_token(),
    ];
    for secret in secrets {
        assert!(!log.contains(secret));
    }
    assert!(!log.contains("4111") && !log.contains("never send that"));
}

#[test]
fn ruling_4_the_signed_api_reaches_conversations_and_never_the_agents_channels() {
    let world = World::start(BINARY);
    let ana = world.visitor("Ana");
    let id = ana.start();
    let mut socket = as_visitor(&world, &ana, &alias(&id));
    let publish = |channel: &str| {
        publish(&world, &json!({"name": "message.sent", "channels": [channel], "data": "{\"n\":1}"}))
    };
    assert_eq!(publish(&alias(&id)).json(), json!({}));
    assert_eq!(socket.expect("message.sent")["data"], json!({"n": 1}));
    for channel in
        ["private-agents.widget.x", "private-agents.conversation.x", "presence-agents", "cache-widget.x"]
    {
        assert_eq!(publish(channel).refusal(), "channel-reserved", "{channel}");
    }
    assert_eq!(ana.read(&id, "").json()["messages"], json!([]), "such events never become facts");
}

#[test]
fn ruling_5_agents_see_who_is_online_and_a_removed_one_leaves() {
    let world = World::start(BINARY);
    let ben = world.owner("Ben");
    ben.add("Carol", "agent", &[]);
    let carol = world.sign_in("Carol");
    let mut bens = as_agent(&world, &ben, "presence-agents");
    let mut carols = world.socket();
    carols
        .subscribe("presence-agents", &carol.authorise(&carols.socket_id.clone(), "presence-agents").json());
    let roster = carols.expect("pusher_internal:subscription_succeeded")["data"]["presence"].clone();
    assert_eq!(roster["hash"], json!({&ben.id: {"name": "Ben"}, &carol.id: {"name": "Carol"}}));
    assert_eq!(
        bens.expect("pusher_internal:member_added")["data"],
        json!({"user_id": carol.id, "user_info": {"name": "Carol"}})
    );
    assert_eq!(ben.request("DELETE", &format!("/api/v1/agents/{}", carol.id)).send(world.port).status, 200);
    assert_eq!(bens.expect("pusher_internal:member_removed")["data"], json!({"user_id": carol.id}));
    assert_eq!(carols.expect_close(SOON), 4009);
}

fn publish(world: &World, body: &Value) -> testkit::http::Reply {
    let body = body.to_string();
    let path = format!("/apps/{}/events", world.app_id);
    Request::new("POST", &testkit::http::signed("POST", &path, &world.key, &world.secret, &body))
        .raw("application/json", body.into_bytes())
        .send(world.port)
}

#[test]
fn ruling_7_an_agent_has_a_channel_of_their_own_until_their_session_ends() {
    let world = World::start(BINARY);
    let ben = world.owner("Ben");
    let ana = world.visitor("Ana");
    let user_auth = |request: Request, socket: &Socket| {
        let reply = request.json(&json!({"socket_id": socket.socket_id})).send(world.port);
        assert_eq!(reply.status, 200, "{}", reply.text());
        json!({"event": "pusher:signin", "data": reply.json()})
    };
    let (mut desk, mut widget) = (world.socket(), world.socket());
    desk.say(&user_auth(ben.request("POST", "/broadcasting/user-auth"), &desk));
    widget.say(&user_auth(ana.request("POST", "/broadcasting/user-auth"), &widget));
    for socket in [&mut desk, &mut widget] {
        socket.expect("pusher:signin_success");
        socket.subscribe(&format!("#server-to-user-{}", ben.id), &Value::Null);
    }
    desk.expect("pusher_internal:subscription_succeeded");
    widget.expect("pusher:subscription_error");
    assert_eq!(ben.request("POST", "/api/v1/logout").json(&json!({})).send(world.port).status, 200);
    assert_eq!(desk.expect_close(SOON), 4009);
}

/// What a visitor and Ben did 31 days ago, written while no server runs; answers the visitor's secret, the
/// conversation and the last seq.
fn long_ago(world: &World, ben: &Agent) -> (String, String, u64) {
    let path = world.data.join("frontdesk.sqlite");
    let chat = chat::Chat::open(chat::Storage::Sqlite { path, max_bytes: None }, std::sync::Arc::new(|_| {}))
        .unwrap();
    let then = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() - Duration::from_secs(31 * 24 * 3600);
    let at_ms = u64::try_from(then.as_millis()).unwrap();
    let post = |words: &str| wire::api::PostMessage { message: words.into(), ..Default::default() };
    let write = async {
        let session = chat.open_session(&ben.widgets[0], Default::default(), at_ms).await.unwrap();
        let visitor = chat.visitor(&session.token, at_ms).await.unwrap();
        let login = wire::api::LoginRequest {
            email: "ben@desk.example".into(),
            password: PASSWORD.into(),
            code: None,
        };
        let ben = chat.login(login, at_ms).await.unwrap().agent;
        let id = chat.start_conversation(&visitor, None, at_ms).await.unwrap().0.conversation.id;
        chat.visitor_post(&visitor, &id, post("Long ago"), at_ms).await.unwrap();
        let answer = chat.agent_post(&ben, &id, post("In those days"), at_ms).await.unwrap().0;
        chat.visitor_reached(&visitor, &id, &answer.id, chat::Reached::Read, at_ms).await.unwrap();
        let last = chat.visitor_post(&visitor, &id, post("Bye"), at_ms).await.unwrap().0;
        chat.close().await;
        (session.secret, id, last.seq)
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(write)
}

#[test]
fn a_client_that_was_away_longer_than_the_log_is_kept_starts_over_and_goes_on() {
    let mut world = World::start_with(BINARY, &[("FRONTDESK_LOG_DAYS", "30")]);
    let ben = world.owner("Ben");
    world.kill();
    let (secret, id, last) = long_ago(&world, &ben);
    world.boot();
    let session = Request::new("POST", "/api/chatbot/session")
        .header("authorization", &format!("Bearer {}", world.widget_token()))
        .json(&json!({"secret": secret}))
        .send(world.port)
        .json();
    let read = |query: &str| {
        Request::new("GET", &format!("/api/chatbot/conversation/{id}{query}"))
            .header("authorization", &format!("Bearer {}", session["token"].as_str().unwrap()))
            .send(world.port)
    };
    let until = Instant::now() + Duration::from_secs(20);
    let gone = loop {
        let reply = read("?after=1");
        if reply.status != 200 || Instant::now() > until {
            break reply;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!((gone.status, gone.refusal().as_str()), (410, "start-over"));
    let path = format!("/api/v1/conversations/{id}");
    assert_eq!(ben.request("GET", &format!("{path}?after=1")).send(world.port).refusal(), "start-over");
    // Starting over: the page as it is, and on from its seq without a gap.
    let page = read("").json();
    let said: Vec<_> =
        page["messages"].as_array().unwrap().iter().map(|one| one["message"].clone()).collect();
    assert_eq!(said, ["Long ago", "In those days", "Bye"]);
    assert_eq!((&page["seq"], &page["joins"][0]["agent"]["name"]), (&json!(last), &json!("Ben")));
    assert_eq!(ben.write(&id, "Welcome back", "text").status, 201);
    let news = read(&format!("?after={last}")).json();
    assert_eq!((news["events"].as_array().unwrap().len(), &news["seq"]), (1, &json!(last + 1)));
    assert_eq!(news["events"][0]["data"]["message"], "Welcome back");
}

#[test]
fn where_a_visitor_writes_from_reaches_agents_alone_while_the_owner_wants_it() {
    let world = World::start(BINARY);
    let (ben, ana) = (world.owner("Ben"), world.visitor("Ana"));
    let id = ana.start();
    let mut hers = as_visitor(&world, &ana, &canonical(&id));
    let mut agents = as_agent(&world, &ben, &format!("private-agents.conversation.{id}"));
    let says = |words: &str, page: &str| {
        let here = json!({"page": page, "title": "Shoes", "referrer": "https://search.example/?q=shoes"});
        let firefox = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0";
        ana.request("POST", &format!("/api/chatbot/conversation/{id}/messages"))
            .header("user-agent", firefox)
            .header("accept-language", "de-AT,de;q=0.9")
            .json(&json!({"message": words, "here": here}))
            .send(world.port)
    };
    let reply = says("Hello", "http://localhost:3000/shoes?token=secret#key=secret");
    assert_eq!(reply.status, 201, "{}", reply.text());
    assert!(!reply.text().contains("shoes"), "{}", reply.text());
    let told = agents.expect("conversation.updated")["data"].clone();
    assert_eq!(
        (&told["changed"], &told["here"]),
        (
            &json!(["here"]),
            &json!({
                "page": "http://localhost:3000/shoes",
                "title": "Shoes",
                "referrer": "https://search.example/",
                "device": "Firefox on Windows",
                "language": "de-AT",
            })
        )
    );
    assert_eq!(says("From elsewhere", "https://evil.example/cart").status, 201);
    let path = format!("/api/v1/conversations/{id}");
    let here = || ben.request("GET", &path).send(world.port).json()["conversation"]["here"].clone();
    assert_eq!(here()["page"], "http://localhost:3000/shoes", "no page of this widget's websites");
    ben.write(&id, "Hi Ana", "text");
    assert_eq!(hers.expect("agent.joined")["data"]["seq"], 3, "next to her messages, for her");

    let widgets = ben.request("GET", "/api/v1/widgets").send(world.port).json()["widgets"].clone();
    assert_eq!(widgets[0]["settings"]["whereabouts"], true, "unless an owner says otherwise");
    let widget = format!("/api/v1/widgets/{}", widgets[0]["id"].as_str().unwrap());
    let off = json!({"settings": {"whereabouts": false}});
    assert_eq!(ben.request("PATCH", &widget).json(&off).send(world.port).status, 200);
    let until = Instant::now() + Duration::from_secs(10);
    let bearer = format!("Bearer {}", world.widget_token());
    let config = Request::new("GET", "/api/chatbot/config").header("authorization", &bearer).send(world.port);
    assert_eq!(config.json()["whereabouts"], false, "the widget says no more");
    // What stands in memory of a widget is looked at once a second.
    let mut page = 0;
    loop {
        page += 1;
        assert_eq!(says("And now?", &format!("http://localhost:3000/{page}")).status, 201);
        if here()["page"] != format!("http://localhost:3000/{page}").as_str() {
            break;
        }
        assert!(Instant::now() < until, "it is still kept");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn what_the_page_says_reaches_agents_alone_and_a_page_that_floods_has_to_wait() {
    let world = World::start(BINARY);
    let (ben, ana) = (world.owner("Ben"), world.visitor("Ana"));
    let id = ana.start();
    ana.write(&id, "Hello", "c1");
    let mut hers = as_visitor(&world, &ana, &canonical(&id));
    let mut agents = as_agent(&world, &ben, &format!("private-agents.conversation.{id}"));
    let path = format!("/api/chatbot/conversation/{id}/website");
    let says = |body: Value| ana.request("POST", &path).json(&body).send(world.port);
    let event = |n: usize| json!({"client_id": format!("e{n}"), "name": "viewed_pricing", "props": {"n": n}});
    let first = says(json!({"visitor": {"plan": "pro"}, "events": [event(0)]}));
    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!(agents.expect("conversation.updated")["data"]["website"]["visitor"], json!({"plan": "pro"}));
    let told = agents.expect("visitor.tracked")["data"].clone();
    assert_eq!((&told["props"], &told["verified"]), (&json!({"n": 0}), &json!(false)));
    ben.write(&id, "Hi Ana", "text");
    assert_eq!(hers.expect("agent.joined")["data"]["seq"], 2, "next to her message, for her");

    let twenty = |from: usize| json!({"events": (from..from + 20).map(event).collect::<Vec<_>>()});
    let replies = [1, 21, 41, 61, 81].map(|from| says(twenty(from)));
    assert_eq!(replies[0].status, 200);
    let full = replies.iter().find(|reply| reply.status == 429).expect("a full bucket");
    assert!(full.header("retry-after").is_some());
    assert_eq!(ana.write(&id, "I can still write", "c2").status, 201);
}
