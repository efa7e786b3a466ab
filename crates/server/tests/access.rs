//! Route x actor: who may call what, over the one list of routes. Fails when a route is missing
//! here, so that no route is added without saying who may see it.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use server::routes::{Needs, ROUTES, Route, Who};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use testkit::http::{self, Reply, Request};
use testkit::socket::Heard;
use testkit::world::{Agent, PASSWORD, Visitor, World};
use wire::integration::Scope;

/// The cast: everybody who may knock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Actor {
    Nobody,
    WidgetToken,
    Ana,
    Eve,
    Ben,
    /// An admin.
    Alma,
    Carol,
    /// A viewer of Ben's widget.
    Vera,
    Removed,
    /// A program whose key has exactly the scope that the route names.
    KeyWithScope,
    /// One whose key has every other scope.
    KeyWithout,
    /// One whose key has the scope, but was revoked.
    RevokedKey,
    BackEnd,
    Operator,
}

const ACTORS: [Actor; 14] = [
    Actor::Nobody,
    Actor::WidgetToken,
    Actor::Ana,
    Actor::Eve,
    Actor::KeyWithScope,
    Actor::KeyWithout,
    Actor::RevokedKey,
    Actor::Vera,
    Actor::Alma,
    Actor::Ben,
    Actor::Carol,
    Actor::Removed,
    Actor::BackEnd,
    Actor::Operator,
];

/// A conversation of Ana's with Ben.
struct Talk {
    conversation: String,
    /// Ana's first message, and one to take back.
    message: String,
    second: String,
    /// Ben's.
    answer: String,
    /// Ana's upload that is under way, and Ben's.
    uploads: [String; 2],
    /// Links to a photograph of Ana's, and to its small picture.
    links: [String; 2],
}

/// Ana writes to Ben, who owns the desk. Eve is another visitor; Alma an admin; Vera a viewer; Carol an
/// agent without this widget; Dora an agent whom Ben removed.
struct Cast {
    world: World,
    widget_token: String,
    ana: Visitor,
    eve: Visitor,
    ben: Agent,
    alma: Agent,
    carol: Agent,
    vera: Agent,
    removed: Agent,
    /// By scope: a key with it, one with all others, and a revoked one.
    keys: HashMap<Scope, [String; 3]>,
    webhook: String,
    delivery: String,
    talk: Talk,
    /// Ana's, since Ben recognised her.
    contact: String,
}

fn cast() -> Cast {
    let world = World::start_with(env!("CARGO_BIN_EXE_frontdesk"), &[("FRONTDESK_LOGINS_PER_MINUTE", "0")]);
    let ben = world.owner("Ben");
    ben.add("Carol", "agent", &[]);
    ben.add("Dora", "agent", &[]);
    ben.add("Alma", "admin", &[]);
    ben.add("Vera", "viewer", &[&ben.widgets[0]]);
    let (alma, vera) = (world.sign_in("Alma"), world.sign_in("Vera"));
    let (carol, removed) = (world.sign_in("Carol"), world.sign_in("Dora"));
    assert_eq!(ben.request("DELETE", &format!("/api/v1/agents/{}", removed.id)).send(world.port).status, 200);
    let (ana, eve) = (world.visitor("Ana"), world.visitor("Eve"));
    let talk = Talk::begin(&world, &ana, &ben);
    let widget_token = world.widget_token();
    let recognise = |visitor: &Visitor| {
        let path = format!("/api/v1/visitors/{}/contact", visitor.id);
        let reply = ben.request("POST", &path).json(&json!({"name": "Ana"})).send(world.port);
        reply.json()["contact"]["id"].as_str().unwrap().to_owned()
    };
    let contact = recognise(&ana);
    let keys = Scope::ALL.iter().map(|scope| (*scope, keys(&ben, world.port, *scope))).collect();
    let webhook = make(&ben, world.port, "webhooks", &json!({"url": "http://127.0.0.1:1/hook"}));
    let webhook = webhook["webhook"]["id"].as_str().unwrap().to_owned();
    let tested = ben.request("POST", &format!("/api/v1/webhooks/{webhook}/test")).send(world.port).json();
    let delivery = tested["delivery"]["id"].as_str().unwrap().to_owned();
    Cast {
        world,
        widget_token,
        ana,
        eve,
        ben,
        alma,
        carol,
        vera,
        removed,
        keys,
        webhook,
        delivery,
        talk,
        contact,
    }
}

impl Talk {
    fn begin(world: &World, ana: &Visitor, ben: &Agent) -> Talk {
        let conversation = ana.start();
        let id = |reply: Reply| reply.json()["message"]["id"].as_str().unwrap().to_owned();
        let message = id(ana.write(&conversation, "Hello", "first"));
        let second = id(ana.write(&conversation, "Never mind", "second"));
        let answer = id(ben.write(&conversation, "Hello", "text"));
        let new = json!({"conversation_id": conversation, "name": "a.txt", "bytes": 5});
        let begin =
            |request: Request| request.json(&new).send(world.port).json()["id"].as_str().unwrap().to_owned();
        let uploads = [
            begin(ana.request("POST", "/api/chatbot/uploads")),
            begin(ben.request("POST", "/api/v1/uploads")),
        ];
        let links = photograph(world, ana, &conversation);
        Talk { conversation, message, second, answer, uploads, links }
    }
}

/// Somebody whom Ben has recognised: a contact who may be erased and merged.
fn recognised(cast: &Cast) -> String {
    let path = format!("/api/v1/visitors/{}/contact", cast.world.visitor("Kim").id);
    let reply = cast.ben.request("POST", &path).json(&json!({"name": "Kim"})).send(cast.world.port);
    reply.json()["contact"]["id"].as_str().unwrap().to_owned()
}

/// An address that nobody has.
fn new_email() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("new-{}@desk.example", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Somebody who may be changed and removed.
fn new_colleague(cast: &Cast) -> String {
    let email = new_email();
    let new = json!({"name": "Fred", "email": email, "password": PASSWORD, "role": "agent"});
    let reply = cast.ben.request("POST", "/api/v1/agents").json(&new).send(cast.world.port).json();
    let all = reply["agents"].as_array().unwrap();
    all.iter().find(|agent| agent["email"] == *email).unwrap()["id"].as_str().unwrap().to_owned()
}

/// What an owner makes: a key, a webhook, a block.
fn make(owner: &Agent, port: u16, what: &str, body: &Value) -> Value {
    let reply = owner.request("POST", &format!("/api/v1/{what}")).json(body).send(port);
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()
}

fn keys(owner: &Agent, port: u16, scope: Scope) -> [String; 3] {
    let key = |scopes: Vec<Scope>| make(owner, port, "keys", &json!({"name": "Shop", "scopes": scopes}));
    let secret = |reply: &Value| reply["secret"].as_str().unwrap().to_owned();
    let others = Scope::ALL.iter().copied().filter(|other| *other != scope).collect();
    let (with, without, revoked) = (key(vec![scope]), key(others), key(vec![scope]));
    let id = revoked["key"]["id"].as_str().unwrap();
    assert_eq!(owner.request("DELETE", &format!("/api/v1/keys/{id}")).send(port).status, 200);
    [secret(&with), secret(&without), secret(&revoked)]
}

/// Links to a photograph that somebody uploaded, and to its small picture.
fn photograph(world: &World, by: &Visitor, conversation: &str) -> [String; 2] {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(600, 400).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    let path = format!("/api/chatbot/attachments?conversation_id={conversation}&name=a.png");
    let sent = by.request("POST", &path).raw("image/png", bytes.into_inner()).send(world.port).json();
    ["url", "thumbnail_url"].map(|link| sent["attachment"][link].as_str().unwrap().to_owned())
}

/// A request that would succeed for the right caller.
fn sample(cast: &Cast, method: &str, path: &str) -> Option<(String, Option<Value>)> {
    let widget = || cast.ben.widgets[0].clone();
    let concrete = |id: &str| path.replace("{id}", id);
    let conversation = || concrete(&cast.talk.conversation);
    let fred = || new_colleague(cast);
    let fresh = |what: &str, field: &str, body: Value| {
        make(&cast.ben, cast.world.port, what, &body)[field]["id"].as_str().unwrap().to_owned()
    };
    let post = Some(json!({"message": "Hi"}));
    let contact = || concrete(&cast.contact);
    Some(match (method, path) {
        ("POST", "/api/chatbot/identify") => (path.into(), Some(identity(cast))),
        ("POST", "/api/chatbot/logout") => (path.into(), Some(json!({}))),
        ("GET", "/api/chatbot/conversations") => (path.into(), None),
        ("GET", "/api/v1/widgets/{id}/identity") => (concrete(&widget()), None),
        ("POST", "/api/v1/widgets/{id}/identity") => (concrete(&widget()), Some(json!({}))),
        ("GET", "/api/v1/contacts") => (path.into(), None),
        ("GET", "/api/v1/contacts/{id}" | "/api/v1/contacts/{id}/export") => (contact(), None),
        ("PATCH", "/api/v1/contacts/{id}") => (contact(), Some(json!({"phone": "+34 600"}))),
        ("POST", "/api/v1/contacts/{id}/merge") => {
            (concrete(&recognised(cast)), Some(json!({"into": cast.contact})))
        }
        ("POST", "/api/v1/contacts/{id}/erase") => (concrete(&cast.world.visitor("Kim").id), Some(json!({}))),
        ("POST" | "DELETE", "/api/v1/visitors/{id}/contact") => {
            (concrete(&cast.world.visitor("Kim").id), Some(json!({"name": "Kim"})))
        }
        ("GET", "/operator/contact/export") => (format!("{path}?id={}", cast.contact), None),
        ("POST", "/operator/contact/erase") => {
            (path.into(), Some(json!({"id": cast.world.visitor("Kim").id})))
        }
        ("GET", "/preview" | "/api/v1/replies" | "/api/v1/backup") => (path.into(), None),
        ("POST", "/api/v1/backup") => (path.into(), Some(json!({"password": PASSWORD}))),
        ("POST", "/api/v1/widgets") => (path.into(), Some(json!({"name": "Second"}))),
        ("DELETE", "/api/v1/widgets/{id}") => {
            (concrete(&fresh("widgets", "widget", json!({"name": "Unused"}))), None)
        }
        ("POST", "/api/v1/widgets/{id}/token") => (concrete(&widget()), Some(json!({}))),
        ("POST", "/api/v1/replies") => (path.into(), Some(json!({"shortcut": "hello", "text": "Hello!"}))),
        ("PATCH" | "DELETE", "/api/v1/replies/{id}") => {
            let own =
                make(&cast.ben, cast.world.port, "replies", &json!({"shortcut": method, "text": "Goodbye!"}));
            let shortcut = json!(method.to_lowercase());
            let all = own["replies"].as_array().unwrap();
            let id = &all.iter().find(|reply| reply["shortcut"] == shortcut).unwrap()["id"];
            (concrete(id.as_str().unwrap()), Some(json!({"text": "Bye!"})))
        }
        ("PATCH" | "DELETE", "/api/v1/tags/{tag}") => {
            let tagged = format!("/api/v1/conversations/{}", cast.talk.conversation);
            cast.ben.request("PATCH", &tagged).json(&json!({"tags": ["vip"]})).send(cast.world.port);
            (path.replace("{tag}", "vip"), Some(json!({"name": "vip"})))
        }
        ("GET", "/" | "/sw.js" | "/manifest.webmanifest" | "/widget.js" | "/favicon.ico" | "/up") => {
            (path.into(), None)
        }
        ("GET", "/chatbot-test.html") => (path.into(), None),
        ("GET", "/assets/{*file}") => ("/assets/none.js".into(), None),
        ("GET", "/vendor/{file}") => ("/vendor/none.js".into(), None),
        ("GET", "/compat/{file}") => ("/compat/none.js".into(), None),
        ("GET", "/chat/{id}") => (concrete(&widget()), None),
        ("POST", "/api/chatbot/popout") => (path.into(), Some(json!({}))),
        ("GET", "/api/chatbot/config") => (path.into(), None),
        ("POST", "/api/chatbot/session") => (path.into(), Some(json!({}))),
        ("POST", "/api/chatbot/conversation") => (path.into(), Some(json!({"client_id": "one"}))),
        ("GET", "/api/chatbot/conversation/{id}") => (conversation(), None),
        ("POST", "/api/chatbot/conversation/{id}/messages") => (conversation(), post),
        ("POST", "/api/chatbot/conversation/{id}/typing") => (conversation(), Some(json!({"on": true}))),
        ("POST", "/api/chatbot/conversation/{id}/read") => {
            (conversation(), Some(json!({"message_id": cast.talk.message})))
        }
        ("POST", "/api/chatbot/conversation/{id}/delivered" | "/api/v1/conversations/{id}/delivered") => {
            (conversation(), Some(json!({"message_id": cast.talk.message})))
        }
        ("POST", "/api/chatbot/conversation/{id}/close") => (conversation(), Some(json!({}))),
        ("POST", "/api/chatbot/conversation/{id}/website") => {
            (conversation(), Some(json!({"visitor": {"plan": "pro"}})))
        }
        ("POST", "/api/chatbot/conversation/{id}/rating") => (conversation(), Some(json!({"score": 5}))),
        // Ana's own message for her, Ben's for him: nobody changes what another one wrote.
        ("PATCH", "/api/chatbot/messages/{id}") => {
            (concrete(&cast.talk.message), Some(json!({"message": "Hey"})))
        }
        ("DELETE", "/api/chatbot/messages/{id}") => (concrete(&cast.talk.second), None),
        ("PUT" | "DELETE", "/api/chatbot/messages/{id}/reactions/{emoji}") => {
            (concrete(&cast.talk.message).replace("{emoji}", "%F0%9F%91%8D"), None)
        }
        ("PATCH", "/api/v1/messages/{id}") => {
            (concrete(&cast.talk.answer), Some(json!({"message": "Hello Ana"})))
        }
        ("DELETE", "/api/v1/messages/{id}") => (concrete(&cast.talk.second), None),
        ("GET", "/api/v1/messages/{id}/versions") => (concrete(&cast.talk.message), None),
        ("PUT" | "DELETE", "/api/v1/messages/{id}/reactions/{emoji}") => {
            (concrete(&cast.talk.message).replace("{emoji}", "%F0%9F%91%8D"), None)
        }
        ("PATCH", "/api/v1/conversations/{id}") => (conversation(), Some(json!({"priority": "high"}))),
        ("POST", "/api/v1/conversations/{id}/leave") => (conversation(), Some(json!({}))),
        ("PUT" | "DELETE", "/api/v1/conversations/{id}/participants/{agent}") => {
            (conversation().replace("{agent}", &cast.ben.id), None)
        }
        ("GET", "/api/v1/tags") => (path.into(), None),
        ("POST", "/api/chatbot/attachments" | "/api/v1/attachments") => {
            (format!("{path}?conversation_id={}&name=a.txt", cast.talk.conversation), Some(json!("Hello")))
        }
        ("POST", "/api/chatbot/uploads" | "/api/v1/uploads") => (
            path.into(),
            Some(json!({"conversation_id": cast.talk.conversation, "name": "a.txt", "bytes": 5})),
        ),
        ("GET" | "DELETE", "/api/chatbot/uploads/{id}") => (concrete(&cast.talk.uploads[0]), None),
        ("GET" | "DELETE", "/api/v1/uploads/{id}") => (concrete(&cast.talk.uploads[1]), None),
        // Five bytes.
        ("PUT", "/api/chatbot/uploads/{id}") => {
            (concrete(&cast.talk.uploads[0]) + "?offset=0", Some(json!("cat")))
        }
        ("PUT", "/api/v1/uploads/{id}") => {
            (concrete(&cast.talk.uploads[1]) + "?offset=0", Some(json!("cat")))
        }
        ("GET", "/files/{id}/{name}") => (cast.talk.links[0].clone(), None),
        ("GET", "/thumbnails/{id}") => (cast.talk.links[1].clone(), None),
        ("GET", "/api/v1/search") => (format!("{path}?q=hello"), None),
        ("POST", "/broadcasting/auth") => {
            let channel = format!("private-chat.conversation.{}", cast.talk.conversation);
            (path.into(), Some(json!({"socket_id": "1.2", "channel_name": channel})))
        }
        ("POST", "/broadcasting/user-auth") => (path.into(), Some(json!({"socket_id": "1.2"}))),
        ("POST", "/api/v1/setup") => (
            path.into(),
            Some(json!({"code": "used", "name": "Mallory", "email": "m@desk.example", "password": PASSWORD})),
        ),
        ("POST", "/api/v1/login") => {
            (path.into(), Some(json!({"email": "ben@desk.example", "password": "guessed password"})))
        }
        ("POST", "/api/v1/logout") => (path.into(), Some(json!({}))),
        (
            "GET",
            "/api/v1/me"
            | "/api/v1/conversations"
            | "/api/v1/widgets"
            | "/api/v1/agents"
            | "/api/v1/events"
            | "/api/v1/keys"
            | "/api/v1/webhooks"
            | "/api/v1/blocks"
            | "/api/v1/monitor/overview"
            | "/api/v1/monitor/channels"
            | "/api/v1/monitor/queues"
            | "/api/v1/monitor/nodes"
            | "/openapi.json",
        ) => (path.into(), None),
        ("POST", "/api/v1/monitor/events") => {
            (path.into(), Some(json!({"channel": "news", "event": "e", "data": "{}"})))
        }
        ("POST", "/api/v1/monitor/inspections") => (path.into(), Some(json!({"channel": "news"}))),
        ("GET" | "DELETE", "/api/v1/monitor/inspections/{id}") => (concrete(&inspection(cast)), None),
        ("POST", "/api/v1/monitor/inspections/{id}/bodies") => {
            (concrete(&inspection(cast)), Some(json!({"number": 1})))
        }
        ("POST", "/api/v1/monitor/queues/retry") => (path.into(), Some(json!({"destination": "chat/none"}))),
        (
            "POST",
            "/api/v1/monitor/dead-letters/retry"
            | "/api/v1/monitor/dead-letters/drop"
            | "/api/v1/monitor/dead-alerts/retry"
            | "/api/v1/monitor/dead-alerts/drop",
        ) => (path.into(), Some(json!({"ids": []}))),
        ("GET", "/api/v1/widgets/{id}" | "/api/v1/widgets/{id}/visitors") => (concrete(&widget()), None),
        ("GET", "/api/v1/me/alerts" | "/api/v1/alerts/missed") => (path.into(), None),
        ("PATCH", "/api/v1/me/alerts") => (path.into(), Some(json!({"hide_words": false}))),
        ("POST", "/api/v1/me/alerts/missed") => (
            path.into(),
            Some(json!({"conversation_id": cast.talk.conversation, "kind": "mine", "trouble": "silent"})),
        ),
        ("POST", "/api/v1/me/alerts/test") => (path.into(), Some(json!({"way": "mail"}))),
        ("POST", "/api/v1/me/devices") => (path.into(), Some(device())),
        ("DELETE", "/api/v1/me/devices/{id}") => {
            let reply = cast.ben.request("POST", "/api/v1/me/devices").json(&device()).send(cast.world.port);
            (concrete(reply.json()["devices"][0]["id"].as_str().unwrap()), None)
        }
        ("GET", "/api/v1/widgets/{id}/escalation") => (concrete(&widget()), None),
        ("PUT", "/api/v1/widgets/{id}/escalation") => {
            let step = json!({"after_s": 0, "whom": "members", "ways": ["push"]});
            (concrete(&widget()), Some(json!({"steps": [step]})))
        }
        ("PUT", "/api/v1/me/presence") => (path.into(), Some(json!({"status": "online"}))),
        ("POST", "/api/v1/keys") => (path.into(), Some(json!({"name": "Bot", "scopes": ["agents:read"]}))),
        ("DELETE", "/api/v1/keys/{id}") => {
            (concrete(&fresh("keys", "key", json!({"name": "Old", "scopes": ["agents:read"]}))), None)
        }
        ("POST", "/api/v1/webhooks") => (path.into(), Some(json!({"url": "https://shop.example/hook"}))),
        ("GET", "/api/v1/webhooks/{id}") => (concrete(&cast.webhook), None),
        ("PATCH", "/api/v1/webhooks/{id}") => (concrete(&cast.webhook), Some(json!({"is_active": false}))),
        ("DELETE", "/api/v1/webhooks/{id}") => {
            (concrete(&fresh("webhooks", "webhook", json!({"url": "https://shop.example/old"}))), None)
        }
        ("GET", "/api/v1/webhooks/{id}/deliveries") => (concrete(&cast.webhook), None),
        ("POST", "/api/v1/webhooks/{id}/deliveries/{delivery}/replay") => {
            (concrete(&cast.webhook).replace("{delivery}", &cast.delivery), Some(json!({})))
        }
        ("POST", "/api/v1/webhooks/{id}/test") => (concrete(&cast.webhook), Some(json!({}))),
        ("POST", "/api/v1/blocks") => {
            (path.into(), Some(json!({"kind": "address", "value": "203.0.113.0/24"})))
        }
        ("DELETE", "/api/v1/blocks/{id}") => {
            let made = make(
                &cast.ben,
                cast.world.port,
                "blocks",
                &json!({"kind": "address", "value": "198.51.100.7"}),
            );
            (concrete(made["blocks"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap()), None)
        }
        ("GET", "/api/v1/conversations/{id}") => (conversation(), None),
        ("POST", "/api/v1/conversations/{id}/messages") => (conversation(), post),
        ("POST", "/api/v1/conversations/{id}/join") => (conversation(), Some(json!({}))),
        ("POST", "/api/v1/conversations/{id}/read") => {
            (conversation(), Some(json!({"message_id": cast.talk.message})))
        }
        ("POST", "/api/v1/conversations/{id}/typing") => (conversation(), Some(json!({"on": true}))),
        ("PATCH", "/api/v1/widgets/{id}") => (concrete(&widget()), Some(json!({"greeting": "Hello"}))),
        ("POST", "/api/v1/agents") => (
            path.into(),
            Some(json!({"name": "Gus", "email": new_email(), "password": PASSWORD, "role": "agent"})),
        ),
        ("DELETE", "/api/v1/agents/{id}" | "/api/v1/agents/{id}/two-factor") => (concrete(&fred()), None),
        ("PATCH", "/api/v1/agents/{id}") => (concrete(&fred()), Some(json!({"role": "viewer"}))),
        ("GET", "/api/v1/team" | "/api/v1/audit" | "/api/v1/account") => (path.into(), None),
        ("PUT", "/api/v1/team/two-factor") => (path.into(), Some(json!({"demanded": false}))),
        ("PATCH", "/api/v1/widgets/{id}/agents") => (concrete(&widget()), Some(json!({"join": [fred()]}))),
        ("POST", "/api/v1/invitations") => (path.into(), Some(json!({"role": "agent"}))),
        ("DELETE", "/api/v1/invitations/{id}") => {
            let made = make(&cast.ben, cast.world.port, "invitations", &json!({"role": "agent"}));
            (concrete(made["invitations"][0]["id"].as_str().unwrap()), None)
        }
        ("POST", "/api/v1/invitation") => (path.into(), Some(json!({"code": "used"}))),
        ("POST", "/api/v1/join") => (
            path.into(),
            Some(json!({"code": "used", "name": "Mallory", "email": "m@desk.example", "password": PASSWORD})),
        ),
        ("PATCH", "/api/v1/account") => (path.into(), Some(json!({}))),
        ("DELETE", "/api/v1/account/sessions") => (path.into(), None),
        ("POST", "/api/v1/account/two-factor") => (path.into(), Some(json!({}))),
        ("PUT", "/api/v1/account/two-factor") => (path.into(), Some(json!({"code": "no code"}))),
        ("POST", "/api/v1/account/two-factor/off") => (path.into(), Some(json!({"proof": "guessed"}))),
        ("POST", "/apps/{id}/events") => {
            (concrete(&cast.world.app_id), Some(json!({"name": "e", "data": "{}", "channels": ["news"]})))
        }
        ("POST", "/apps/{id}/batch_events") => (
            concrete(&cast.world.app_id),
            Some(json!({"batch": [{"name": "e", "data": "{}", "channel": "news"}]})),
        ),
        ("GET", "/apps/{id}/channels" | "/apps/{id}/connections") => (concrete(&cast.world.app_id), None),
        ("POST", "/apps/{id}/channels/{channel}/events") => {
            (concrete(&cast.world.app_id).replace("{channel}", "news") + "?name=e", Some(json!("data")))
        }
        ("GET", "/apps/{id}/channels/{channel}" | "/apps/{id}/channels/{channel}/stats") => {
            (concrete(&cast.world.app_id).replace("{channel}", "news"), None)
        }
        ("GET", "/apps/{id}/channels/{channel}/users") => {
            (concrete(&cast.world.app_id).replace("{channel}", "presence-x"), None)
        }
        ("POST", "/apps/{id}/users/{user}/terminate_connections") => {
            (concrete(&cast.world.app_id).replace("{user}", "nobody"), Some(json!({})))
        }
        // With a key of no app: a stream that is refused ends.
        ("POST", path) if path.starts_with("/pusher/app/{key}/{number}/{word}/") => {
            (path.replace("{key}", "none").replace("{number}", "7").replace("{word}", "abcdefgh"), None)
        }
        ("POST", "/operator/message") => (
            path.into(),
            Some(json!({"conversation_id": cast.talk.conversation, "message": "From the desk"})),
        ),
        ("POST", "/operator/chore") => (path.into(), Some(json!({"chore": "list_widgets"}))),
        ("POST", "/operator/trigger") => {
            (path.into(), Some(json!({"channel": "news", "event": "e", "data": "{}"})))
        }
        ("GET", "/operator/status" | "/operator/connections" | "/operator/channels" | "/metrics") => {
            (path.into(), None)
        }
        _ => return None,
    })
}

/// A browser that takes pushes.
fn device() -> Value {
    json!({
        "endpoint": "https://push.example/ben",
        "p256dh": format!("BA{}", "A".repeat(85)),
        "auth": "A".repeat(22),
        "name": "Firefox on Linux",
    })
}

/// Ben looks on at a channel on which something was just said.
fn inspection(cast: &Cast) -> String {
    let made = make(&cast.ben, cast.world.port, "monitor/inspections", &json!({"channel": "news"}));
    let told = json!({"channel": "news", "event": "e", "data": "{}"});
    let reply = cast.ben.request("POST", "/api/v1/monitor/events").json(&told).send(cast.world.port);
    assert_eq!(reply.status, 200, "{}", reply.text());
    made["id"].as_str().unwrap().to_owned()
}

/// What proves by a hash that somebody is Ana.
fn identity(cast: &Cast) -> Value {
    let path = format!("/api/v1/widgets/{}/identity", cast.ben.widgets[0]);
    let reply = cast.ben.request("POST", &path).json(&json!({})).send(cast.world.port).json();
    let secret = reply["secrets"][0]["hash_secret"].as_str().unwrap();
    json!({"identity": {"id": "ana", "identifier_hash": wire::sign::digest(secret, b"ana")}})
}

fn knock(cast: &Cast, actor: Actor, route: &Route, path: &str, body: Option<&Value>) -> Reply {
    let method = route.method.as_str();
    // Where no key will do, any shows it.
    let keys = &cast.keys[&route.needs.0.unwrap_or(Scope::ConversationsRead)];
    let bearer = |token: &str| Request::new(method, path).header("authorization", &format!("Bearer {token}"));
    let request = match actor {
        Actor::Nobody => Request::new(method, path),
        Actor::WidgetToken => bearer(&cast.widget_token),
        Actor::Ana => bearer(&cast.ana.token),
        Actor::Eve => bearer(&cast.eve.token),
        Actor::Ben => cast.ben.request(method, path),
        Actor::Alma => cast.alma.request(method, path),
        Actor::Carol => cast.carol.request(method, path),
        Actor::Vera => cast.vera.request(method, path),
        Actor::Removed => cast.removed.request(method, path),
        Actor::KeyWithScope => bearer(&keys[0]),
        Actor::KeyWithout => bearer(&keys[1]),
        Actor::RevokedKey => bearer(&keys[2]),
        Actor::BackEnd => Request::new(method, &signed(cast, method, path, body)),
        Actor::Operator => bearer(&cast.world.operator_token),
    };
    match body {
        Some(body) => request.json(body).send(cast.world.port),
        None => request.send(cast.world.port),
    }
}

/// The path with the query of a call signed by the chat's app.
fn signed(cast: &Cast, method: &str, path: &str, body: Option<&Value>) -> String {
    let body = body.map(Value::to_string).unwrap_or_default();
    http::signed(method, path, &cast.world.key, &cast.world.secret, &body)
}

/// What a caller should hear: `None` is success, else status and refusal.
fn expected(route: &Route, actor: Actor) -> Option<(u16, &'static str)> {
    let Route { who, needs, path, .. } = *route;
    let about_conversation = path.contains("conversation/{id}") || path.contains("conversations/{id}");
    let not_signed_in = Some((401, "not-signed-in"));
    let about_message = path.contains("messages/{id}").then_some((404, "unknown-message"));
    let foreign = match path {
        _ if about_conversation
            || path == "/api/v1/me/alerts/missed"
            || path.ends_with("/attachments")
            || path.ends_with("/uploads") =>
        {
            Some((404, "unknown-conversation"))
        }
        _ if path == "/api/v1/me/devices/{id}" => Some((404, "unknown-entry")),
        _ if path.contains("/uploads/{id}") => Some((404, "unknown-attachment")),
        _ if path.starts_with("/api/v1/contacts/{id}") => Some((404, "unknown-contact")),
        _ if path == "/api/v1/replies/{id}" => Some((404, "unknown-entry")),
        _ if path.starts_with("/api/v1/visitors/{id}") => Some((404, "unknown-visitor")),
        _ => about_message,
    };
    match (who, actor) {
        (Who::Anyone | Who::Loopback | Who::Scraper, _) => match path {
            "/api/v1/setup" => Some((410, "setup-link-invalid")),
            "/api/v1/login" => Some((401, "wrong-password")),
            "/api/v1/invitation" | "/api/v1/join" => Some((410, "invitation-invalid")),
            "/assets/{*file}" | "/vendor/{file}" | "/compat/{file}" => Some((404, "not-found")),
            _ => None,
        },
        // The link is the right.
        (Who::LinkHolder, _) => None,
        (who, Actor::RevokedKey) if who.is_team() => Some((401, "key-invalid")),
        (who, Actor::KeyWithout) if who.is_team() => Some((403, "scope-missing")),
        (who, Actor::KeyWithScope) if who.is_team() && needs == Needs(None) => Some((403, "scope-missing")),
        // A key is an agent of its own, and these are Ben's.
        (Who::Agent, Actor::KeyWithScope | Actor::Alma) if path == "/api/v1/uploads/{id}" => {
            Some((404, "unknown-attachment"))
        }
        (Who::Agent, Actor::KeyWithScope | Actor::Alma)
            if (route.method.as_str(), path) == ("PATCH", "/api/v1/messages/{id}") =>
        {
            Some((403, "not-allowed"))
        }
        // Everybody's devices are their own, and these replies are Ben's.
        (Who::Agent, Actor::Alma) if matches!(path, "/api/v1/me/devices/{id}" | "/api/v1/replies/{id}") => {
            Some((404, "unknown-entry"))
        }
        // Only owners take back what others wrote.
        (Who::Agent, Actor::Alma) if (route.method.as_str(), path) == ("DELETE", "/api/v1/messages/{id}") => {
            Some((403, "not-allowed"))
        }
        (Who::SignedIn | Who::Viewer | Who::Agent | Who::Admin | Who::Owner, Actor::KeyWithScope) => None,
        (Who::Agent | Who::Admin | Who::Owner, Actor::Vera) => Some((403, "not-allowed")),
        (Who::Owner, Actor::Alma) | (Who::Admin | Who::Owner, Actor::Carol) => Some((403, "not-allowed")),
        (who, Actor::Ben | Actor::Alma | Actor::Vera | Actor::Carol)
            if who.is_team() && path.contains("/two-factor") && who != Who::Owner =>
        {
            second_step(route.method.as_str(), path)
        }
        (Who::KeyHolder, _) => path.ends_with("/xhr_send").then_some((404, "not-found")),
        (Who::WidgetHolder, Actor::WidgetToken) => None,
        (Who::Visitor | Who::Person, Actor::Ana)
        | (Who::SignedIn, Actor::Ben | Actor::Alma | Actor::Vera | Actor::Carol)
        | (Who::Viewer | Who::Agent | Who::Admin | Who::Owner | Who::Person, Actor::Ben)
        | (Who::Viewer | Who::Agent | Who::Admin | Who::Person, Actor::Alma)
        | (Who::Viewer | Who::Person, Actor::Vera) => None,
        (Who::Viewer, Actor::Carol) if path.starts_with("/api/v1/widgets/{id}") => {
            Some((404, "unknown-entry"))
        }
        (Who::Visitor, Actor::Eve) | (Who::Viewer | Who::Agent, Actor::Carol) => foreign,
        // Everybody may say who they are.
        (Who::Person, Actor::Eve | Actor::Carol) if path == "/broadcasting/user-auth" => None,
        (Who::Person, Actor::Eve | Actor::Carol) => Some((403, "channel-forbidden")),
        (
            Who::SignedIn | Who::Viewer | Who::Agent | Who::Admin | Who::Owner | Who::Person,
            Actor::Removed,
        ) => Some((401, "session-expired")),
        (Who::SignedApp, Actor::BackEnd) | (Who::Operator, Actor::Operator) => None,
        (Who::SignedApp, _) => Some((401, "wrong-signature")),
        _ => not_signed_in,
    }
}

/// Everybody has asked for a key before, and shows no code of it.
fn second_step(method: &str, path: &str) -> Option<(u16, &'static str)> {
    match (method, path) {
        ("POST", "/api/v1/account/two-factor") => None,
        ("PUT", _) => Some((403, "code-wrong")),
        _ => Some((409, "second-step-state")),
    }
}

#[test]
fn every_route_answers_each_actor_as_the_table_says() {
    let mut cast = cast();
    let mut wrong = Vec::new();
    for route in ROUTES {
        let method = route.method.as_str();
        let request = |cast: &Cast| {
            sample(cast, method, route.path)
                .unwrap_or_else(|| panic!("{method} {} has no sample: say here who may call it", route.path))
        };
        let (mut path, mut body) = request(&cast);
        // Ben last but for the command line: what he removes or ends is not needed after.
        for actor in ACTORS {
            if matches!(actor, Actor::Alma | Actor::Ben)
                && (route.needs != Needs(None) || route.who == Who::Admin)
            {
                // Somebody before has removed, merged or linked the first.
                (path, body) = request(&cast);
            }
            let reply = knock(&cast, actor, route, &path, body.as_ref());
            let heard = (reply.status >= 400).then(|| (reply.status, reply.refusal()));
            let should = expected(route, actor).map(|(s, name)| (s, name.to_owned()));
            if heard != should {
                wrong.push(format!(
                    "{method} {} as {actor:?}: heard {heard:?}, should {should:?}",
                    route.path
                ));
            }
            if (method, route.path) == ("POST", "/api/v1/logout")
                && matches!(actor, Actor::Ben | Actor::Alma | Actor::Carol | Actor::Vera)
            {
                cast.ben = cast.world.sign_in("Ben");
                cast.alma = cast.world.sign_in("Alma");
                cast.carol = cast.world.sign_in("Carol");
                cast.vera = cast.world.sign_in("Vera");
            }
            // Whoever identifies or signs out has another session after, or none.
            if ["/api/chatbot/identify", "/api/chatbot/logout"].contains(&route.path) && actor == Actor::Eve {
                cast.ana = cast.world.visitor("Ana");
                cast.eve = cast.world.visitor("Eve");
                cast.talk = Talk::begin(&cast.world, &cast.ana, &cast.ben);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_agents_writing_request_without_csrf_token_is_refused() {
    let cast = cast();
    for route in ROUTES.iter().filter(|route| route.who.is_team()) {
        if route.method.is_safe() {
            continue;
        }
        let (path, body) = sample(&cast, route.method.as_str(), route.path).unwrap();
        let reply = Request::new(route.method.as_str(), &path)
            .header("cookie", &format!("frontdesk_session={}", cast.ben.token))
            .json(&body.unwrap_or(json!({})))
            .send(cast.world.port);
        assert_eq!(reply.refusal(), "csrf-missing", "{} {}", route.method, route.path);
    }
}

#[test]
fn ruling_8_foreign_and_unknown_ids_read_alike() {
    let cast = cast();
    let unknown = format!("cnv_{}", "0".repeat(32));
    let bodies: Vec<_> = [&cast.talk.conversation, &unknown]
        .iter()
        .map(|id| {
            let reply = cast.eve.read(id, "");
            let channel = format!("private-chat.conversation.{id}");
            let auth = cast.eve.authorise("1.2", &channel);
            (reply.status, reply.body, auth.status, auth.body)
        })
        .collect();
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!((bodies[0].0, bodies[0].2), (404, 403));
}

#[test]
fn channels_are_signed_for_those_who_may_join_and_nobody_else() {
    let cast = cast();
    let (id, widget) = (&cast.talk.conversation, &cast.ben.widgets[0]);
    let conversation = [format!("private-chat.conversation.{id}"), format!("private-conversation.{id}")];
    let agents_only = [
        format!("private-agents.conversation.{id}"),
        format!("private-agents.widget.{widget}"),
        format!("presence-agents.conversation.{id}"),
    ];
    for channel in conversation.iter().chain(&agents_only) {
        let shared = conversation.contains(channel);
        let shows_presence = channel.starts_with("presence-");
        assert_eq!(cast.ben.authorise("1.2", channel).status, 200, "Ben, {channel}");
        assert_eq!(cast.alma.authorise("1.2", channel).status, 200, "Alma, {channel}");
        // Being there would say that she answers.
        let vera = if shows_presence { 403 } else { 200 };
        assert_eq!(cast.vera.authorise("1.2", channel).status, vera, "Vera, {channel}");
        assert_eq!(
            cast.ana.authorise("1.2", channel).status,
            if shared { 200 } else { 403 },
            "Ana, {channel}"
        );
        assert_eq!(cast.eve.authorise("1.2", channel).status, 403, "Eve, {channel}");
        assert_eq!(cast.carol.authorise("1.2", channel).status, 403, "Carol, {channel}");
        assert_eq!(cast.removed.authorise("1.2", channel).status, 401, "Dora, {channel}");
    }
    for channel in ["private-orders.1", "private-chat.conversation.", "private-agents", "news", ""] {
        assert_eq!(cast.ana.authorise("1.2", channel).status, 403, "Ana, {channel}");
    }
}

#[test]
fn who_only_looks_on_hears_everything_and_whispers_nothing() {
    let cast = cast();
    let (id, channel) =
        (&cast.talk.conversation, format!("private-chat.conversation.{}", cast.talk.conversation));
    let joined = |by: &dyn Fn(&str) -> Value| {
        let mut socket = cast.world.socket();
        let auth = by(&socket.socket_id);
        socket.subscribe(&channel, &auth);
        socket.expect("pusher_internal:subscription_succeeded");
        socket
    };
    let mut ben = joined(&|socket| cast.ben.authorise(socket, &channel).json());
    let mut vera = joined(&|socket| cast.vera.authorise(socket, &channel).json());
    let typing = json!({"event": "client-typing", "channel": channel, "data": {"on": true}});
    ben.say(&typing);
    vera.expect("client-typing");
    vera.say(&typing);
    vera.expect("pusher:error");
    cast.ana.write(id, "Are you there?", "third");
    let next = ben.hear(Duration::from_secs(10));
    // Nothing of what Vera said comes before it.
    let is_message =
        |frame: &Value| matches!(frame["event"].as_str(), Some("message.created" | "ChatMessageReceived"));
    assert!(matches!(&next, Heard::Frame(frame) if is_message(frame)), "{next:?}");
    assert_eq!(cast.vera.authorise("1.2", "presence-agents").status, 403);
    assert_eq!(cast.alma.authorise("1.2", "presence-agents").status, 200);
}

#[test]
fn a_colleague_whose_role_is_lowered_follows_at_once() {
    let cast = cast();
    let (id, widget) = (&cast.talk.conversation, &cast.ben.widgets[0]);
    cast.ben.add("Gil", "agent", &[widget]);
    let gil = cast.world.sign_in("Gil");
    assert_eq!(gil.write(id, "Hello", "text").status, 201);
    let channel = format!("private-agents.conversation.{id}");
    let mut socket = cast.world.socket();
    let auth = gil.authorise(&socket.socket_id, &channel).json();
    socket.subscribe(&channel, &auth);
    socket.expect("pusher_internal:subscription_succeeded");
    let change = |body: Value| {
        cast.ben.request("PATCH", &format!("/api/v1/agents/{}", gil.id)).json(&body).send(cast.world.port)
    };
    assert_eq!(change(json!({"role": "viewer"})).status, 200);
    assert_eq!(socket.expect_close(Duration::from_secs(5)), 4009);
    assert_eq!(gil.write(id, "Hello again", "text").refusal(), "not-allowed");
    assert_eq!(gil.request("GET", &format!("/api/v1/conversations/{id}")).send(cast.world.port).status, 200);
    assert_eq!(change(json!({"widgets": []})).status, 200);
    assert_eq!(gil.request("GET", &format!("/api/v1/conversations/{id}")).send(cast.world.port).status, 404);
}

/// What an authenticator app with this key shows now.
fn app_code(key: &str) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    wire::totp::code(&wire::totp::from_base32(key).unwrap(), wire::totp::step(now.as_secs()))
}

/// Sets the second step up, as the console does.
fn sets_it_up(agent: &Agent, port: u16) {
    let path = "/api/v1/account/two-factor";
    let begun = agent.request("POST", path).json(&json!({})).send(port);
    assert_eq!(begun.status, 201, "{}", begun.text());
    let code = app_code(begun.json()["key"].as_str().unwrap());
    let confirmed = agent.request("PUT", path).json(&json!({"code": code})).send(port);
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
}

/// Ben, who has it, demands the second step of everybody.
fn demand(cast: &Cast) {
    let put = || {
        let path = "/api/v1/team/two-factor";
        cast.ben.request("PUT", path).json(&json!({"demanded": true})).send(cast.world.port)
    };
    assert_eq!(put().refusal(), "second-step-state", "he would lock himself out");
    sets_it_up(&cast.ben, cast.world.port);
    assert_eq!(put().status, 200);
}

#[test]
fn whoever_owes_the_second_step_gets_nowhere_but_to_setting_it_up() {
    let cast = cast();
    let port = cast.world.port;
    demand(&cast);
    let owes = |agent: &Agent| agent.request("GET", "/api/v1/me").send(port).json();
    assert_eq!(owes(&cast.ben)["two_factor_owed"], false);
    let me = owes(&cast.alma);
    assert_eq!((&me["two_factor_owed"], &me["widgets"]), (&json!(true), &json!([])), "nothing of the desk");
    let mut open = Vec::new();
    // Alma is an admin; of what is for owners she hears no more than of the rest.
    for route in ROUTES.iter().filter(|route| route.who.is_team() || route.who == Who::Person) {
        let method = route.method.as_str();
        if (method, route.path) == ("POST", "/api/v1/logout") {
            continue;
        }
        let (path, body) = sample(&cast, method, route.path).unwrap();
        let reply = cast.alma.request(method, &path).json(&body.unwrap_or(json!({}))).send(port);
        if reply.status < 400 || reply.refusal() != "second-step-owed" {
            open.push(format!("{method} {}", route.path));
        }
        let named = cast.alma.request(method, &path).header("idempotency-key", "once").json(&json!({}));
        if route.who != Who::SignedIn {
            assert_eq!(named.send(port).refusal(), "second-step-owed", "{method} {}", route.path);
        }
    }
    let may = [
        "GET /api/v1/me",
        "GET /api/v1/account",
        "PATCH /api/v1/account",
        "POST /api/v1/account/two-factor",
        "PUT /api/v1/account/two-factor",
    ];
    assert_eq!(open, may);
    // A program is nobody who could hold a telephone.
    let [key, ..] = &cast.keys[&Scope::ConversationsRead];
    let keyed =
        Request::new("GET", "/api/v1/conversations").header("authorization", &format!("Bearer {key}"));
    assert_eq!(keyed.send(port).status, 200);
    // With it she goes on where she was.
    sets_it_up(&cast.alma, port);
    assert_eq!(cast.alma.request("GET", "/api/v1/team").send(port).status, 200);
    assert_eq!(cast.carol.request("POST", "/api/v1/logout").json(&json!({})).send(port).status, 200);
}

#[test]
fn sockets_and_polls_that_are_open_follow_the_demand_at_once() {
    let cast = cast();
    let (id, port) = (&cast.talk.conversation, cast.world.port);
    let channel = format!("private-agents.conversation.{id}");
    let joined = |agent: &Agent| {
        let mut socket = cast.world.socket();
        let auth = agent.authorise(&socket.socket_id, &channel).json();
        socket.subscribe(&channel, &auth);
        socket.expect("pusher_internal:subscription_succeeded");
        (socket, auth)
    };
    let ((mut ben, _), (mut vera, _)) = (joined(&cast.ben), joined(&cast.vera));
    let seq = |agent: &Agent| {
        agent.request("GET", &format!("/api/v1/conversations/{id}")).send(port).json()["seq"]
            .as_u64()
            .unwrap()
    };
    let after = seq(&cast.vera);
    let next = cast.vera.request("GET", "/api/v1/events").send(port).json()["next"].clone();
    let next = next.as_str().unwrap().to_owned();
    let polls = [
        format!("/api/v1/conversations/{id}?after={after}&wait=20"),
        format!("/api/v1/events?after={next}&wait=20"),
    ];
    std::thread::scope(|scope| {
        let waiting: Vec<_> =
            polls.iter().map(|path| scope.spawn(|| cast.vera.request("GET", path).send(port))).collect();
        let both = || cast.world.get("/metrics").send(port).text().contains("frontdesk_long_polls 2\n");
        let until = std::time::Instant::now() + Duration::from_secs(10);
        while !both() {
            assert!(std::time::Instant::now() < until, "the polls never waited");
        }
        demand(&cast);
        assert_eq!(vera.expect_close(Duration::from_secs(5)), 4009);
        assert_eq!(cast.vera.authorise("1.2", &channel).refusal(), "second-step-owed");
        cast.ana.write(id, "Is anybody there?", "third");
        for poll in waiting {
            let reply = poll.join().unwrap();
            assert_eq!(reply.refusal(), "second-step-owed", "{}", reply.text());
        }
    });
    ben.expect("message.created");
    sets_it_up(&cast.vera, port);
    joined(&cast.vera);
    // Whose telephone is lost is asked to begin anew, and held until then.
    let reset = cast.ben.request("DELETE", &format!("/api/v1/agents/{}/two-factor", cast.vera.id)).send(port);
    assert_eq!(reset.status, 200, "{}", reset.text());
    assert_eq!(cast.vera.authorise("1.2", &channel).refusal(), "second-step-owed");
}

#[test]
fn who_is_put_on_a_widget_or_off_it_follows_at_once() {
    let cast = cast();
    let (id, widget) = (&cast.talk.conversation, &cast.ben.widgets[0]);
    let change = |body: Value| {
        let path = format!("/api/v1/widgets/{widget}/agents");
        let reply = cast.ben.request("PATCH", &path).json(&body).send(cast.world.port);
        assert_eq!(reply.status, 200, "{}", reply.text());
    };
    let sees = |agent: &Agent| {
        let path = format!("/api/v1/conversations/{id}");
        agent.request("GET", &path).send(cast.world.port).status
    };
    assert_eq!((sees(&cast.carol), sees(&cast.vera)), (404, 200));
    let channel = format!("private-agents.conversation.{id}");
    let mut socket = cast.world.socket();
    let auth = cast.vera.authorise(&socket.socket_id, &channel).json();
    socket.subscribe(&channel, &auth);
    socket.expect("pusher_internal:subscription_succeeded");
    change(json!({"join": [cast.carol.id], "leave": [cast.vera.id]}));
    assert_eq!((sees(&cast.carol), sees(&cast.vera)), (200, 404));
    assert_eq!(socket.expect_close(Duration::from_secs(5)), 4009);
}
