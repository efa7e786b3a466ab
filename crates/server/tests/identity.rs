//! Signed identity over real sockets: a page says who its user is, an owner rotates the secret, a
//! person is handed out and erased. Tokens are made here as a website's back end makes them.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use testkit::http::{Reply, Request};
use testkit::socket::Socket;
use testkit::world::{Agent, World};

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");
/// The sweep looks twice a second; a revocation is due within one.
const SOON: Duration = Duration::from_secs(3);

struct Site {
    world: World,
    ben: Agent,
    secret: String,
}

fn site() -> Site {
    let world = World::start(BINARY);
    let ben = world.owner("Ben");
    let path = format!("/api/v1/widgets/{}/identity", ben.widgets[0]);
    let reply = ben.request("POST", &path).json(&json!({})).send(world.port);
    assert_eq!(reply.status, 201, "{}", reply.text());
    let secret = reply.json()["secrets"][0]["secret"].as_str().unwrap().to_owned();
    Site { world, ben, secret }
}

impl Site {
    fn jwt(&self, sub: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let claims = json!({"sub": sub, "exp": now + 600, "name": sub.to_uppercase()});
        wire::identity::token(&self.secret, "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", &claims.to_string())
    }

    fn session(&self, body: &Value) -> Reply {
        let token = format!("Bearer {}", self.world.widget_token());
        let request = Request::new("POST", "/api/chatbot/session").header("authorization", &token);
        request.json(body).send(self.world.port)
    }

    /// A session whose token is this one.
    fn ask(&self, token: &str, method: &str, path: &str, body: &Value) -> Reply {
        let request = Request::new(method, path).header("authorization", &format!("Bearer {token}"));
        let request = if method == "GET" { request } else { request.json(body) };
        request.send(self.world.port)
    }

    fn joined(&self, token: &str, conversation: &str) -> Socket {
        let channel = format!("private-chat.conversation.{conversation}");
        let mut socket = self.world.socket();
        let body = json!({"socket_id": socket.socket_id, "channel_name": channel});
        let auth = self.ask(token, "POST", "/broadcasting/auth", &body);
        assert_eq!(auth.status, 200, "{}", auth.text());
        socket.subscribe(&channel, &auth.json());
        socket.expect("pusher_internal:subscription_succeeded");
        socket
    }

    fn command(&self, words: &[&str]) -> (bool, String) {
        let output = Command::new(BINARY)
            .args(words)
            .args(["--port", &self.world.port.to_string(), "--data"])
            .arg(&self.world.data)
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    }
}

fn word(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn a_page_says_who_its_user_is_and_the_history_comes_along() {
    let site = site();
    let laptop = site.session(&json!({"jwt": site.jwt("ana")})).json();
    assert_eq!((&laptop["visitor"]["name"], &laptop["visitor"]["verified"]), (&json!("ANA"), &json!(true)));
    let token = word(&laptop["token"]);
    let id =
        word(&site.ask(&token, "POST", "/api/chatbot/conversation", &json!({})).json()["conversation"]["id"]);
    let path = format!("/api/chatbot/conversation/{id}/messages");
    assert_eq!(site.ask(&token, "POST", &path, &json!({"message": "Hello"})).status, 201);
    // On the phone the chat is open already when the page learns who it is.
    let phone = site.world.visitor("somebody");
    let mut before = site.joined(&phone.token, &phone.start());
    assert_eq!(phone.read(&id, "").status, 404);
    let identified =
        site.ask(&phone.token, "POST", "/api/chatbot/identify", &json!({"jwt": site.jwt("ana")})).json();
    assert_eq!(before.expect_close(SOON), 4009, "what the session was before is over");
    assert_eq!(phone.read(&id, "").refusal(), "session-expired");
    let token = word(&identified["session"]["token"]);
    let list = site.ask(&token, "GET", "/api/chatbot/conversations", &Value::Null).json();
    assert_eq!(list["conversations"].as_array().unwrap().len(), 2);
    let mut socket = site.joined(&token, &id);
    assert_eq!(site.ben.write(&id, "Hi Ana", "text").status, 201);
    assert!(socket.expect("ChatMessageReceived")["data"].to_string().contains("Hi Ana"));
    // Signing out ends it all within a second.
    assert_eq!(site.ask(&token, "POST", "/api/chatbot/logout", &json!({})).status, 200);
    assert_eq!(socket.expect_close(SOON), 4009);
    let again = site.session(&json!({"secret": identified["session"]["secret"]})).json();
    assert_ne!(again["visitor"]["id"], identified["visitor"]["id"]);
}

#[test]
fn a_refusal_tells_the_website_why_and_nothing_else() {
    let site = site();
    let none = site.jwt("ana").replacen("eyJhbGciOiJIUzI1NiIs", "eyJhbGciOiJub25lIiwi", 1);
    for (body, why) in [
        (json!({"jwt": ""}), "The token is not three parts with dots between."),
        (json!({"jwt": none}), "The header is not JSON of the right shape."),
        (json!({"jwt": site.jwt("")}), "sub has to have 1 to 255 bytes, and no control characters."),
        (
            json!({"identity": {"id": "ana"}}),
            "identifier_hash is not of this id and this widget's hash secret.",
        ),
        (
            json!({"identity": {"id": "ana", "identifier_hash": "nope"}}),
            "identifier_hash is not 64 hexadecimal digits.",
        ),
    ] {
        let reply = site.session(&body);
        assert_eq!((reply.status, reply.refusal().as_str()), (401, "identity-refused"), "{body}");
        assert!(reply.text().contains(why), "{}", reply.text());
        assert!(!reply.text().contains(&site.secret));
    }
    let both = json!({"jwt": site.jwt("ana"), "identity": {"id": "ana", "identifier_hash": ""}});
    assert_eq!(site.session(&both).refusal(), "invalid-field");
    assert!(!site.world.log().contains(&site.secret) && !site.world.log().contains("eyJ"));
}

#[test]
fn an_owner_hands_out_and_erases_a_person_and_sockets_close() {
    let site = site();
    let ana = site.session(&json!({"jwt": site.jwt("ana")})).json();
    let token = word(&ana["token"]);
    let id =
        word(&site.ask(&token, "POST", "/api/chatbot/conversation", &json!({})).json()["conversation"]["id"]);
    let path = format!("/api/chatbot/conversation/{id}/messages");
    site.ask(&token, "POST", &path, &json!({"message": "My secret plan"}));
    let query = format!("/api/v1/contacts?visitor_id={}", word(&ana["visitor"]["id"]));
    let contact = word(&site.ben.request("GET", &query).send(site.world.port).json()["contacts"][0]["id"]);
    let path = format!("/api/v1/contacts/{contact}");
    let export = site.ben.request("GET", &format!("{path}/export")).send(site.world.port);
    assert_eq!(export.json()["conversations"][0]["events"][0]["data"]["message"], "My secret plan");
    let (worked, printed) = site.command(&["contact", "export", &contact]);
    assert!(worked);
    assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), export.json());
    let mut visitor = site.joined(&token, &id);
    let list = format!("private-agents.widget.{}", site.ben.widgets[0]);
    let mut agent = site.world.socket();
    let auth = site.ben.authorise(&agent.socket_id, &list).json();
    agent.subscribe(&list, &auth);
    agent.expect("pusher_internal:subscription_succeeded");
    let erased = site.ben.request("POST", &format!("{path}/erase")).json(&json!({})).send(site.world.port);
    assert_eq!(erased.json(), json!({"success": true, "conversations": 1}));
    let told = agent.expect("conversation.changed");
    let told = told["data"].as_str().map_or(told["data"].clone(), |text| serde_json::from_str(text).unwrap());
    assert_eq!((&told["last_message"], &told["visitor"]["name"]), (&Value::Null, &json!("Visitor")));
    assert_eq!(visitor.expect_close(SOON), 4009);
    let page = site.ben.request("GET", &format!("/api/v1/conversations/{id}")).send(site.world.port);
    assert!(!page.text().contains("secret plan") && page.status == 200);
    assert_eq!(site.ben.request("GET", &path).send(site.world.port).refusal(), "unknown-contact");
}

#[test]
fn the_command_line_erases_an_anonymous_visitor() {
    let site = site();
    let ana = site.world.visitor("Ana");
    let id = ana.start();
    ana.write(&id, "Hello", "c1");
    let (worked, said) = site.command(&["contact", "erase", &ana.id]);
    assert!(worked, "{said}");
    assert_eq!(said, "Erased, with 1 conversations. Backups made before still hold them.\n");
    assert_eq!(ana.read(&id, "").refusal(), "session-expired");
    let (worked, said) = site.command(&["contact", "erase", "ctc_none"]);
    assert!(!worked && said.contains("There is no such contact."), "{said}");
    let (worked, _) = site.command(&["contact", "export", "vis_none"]);
    assert!(!worked);
}

#[test]
fn retention_runs_by_itself() {
    let mut site = site();
    let path = format!("/api/v1/widgets/{}", site.ben.widgets[0]);
    let keep =
        |days: u32| site.ben.request("PATCH", &path).json(&json!({"settings": {"retention_days": days}}));
    assert_eq!(keep(0).send(site.world.port).refusal(), "invalid-field");
    assert_eq!(keep(30).send(site.world.port).status, 200);
    site.world.stop();
    let old = long_ago(&site);
    site.world.boot();
    let end = Instant::now() + Duration::from_secs(20);
    while !site.world.log().contains("retention: conversations are erased") {
        assert!(Instant::now() < end, "{}", site.world.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    let path = format!("/api/v1/conversations/{old}?after=0");
    loop {
        let page = site.ben.request("GET", &path).send(site.world.port);
        assert_eq!(page.status, 200, "{}", page.text());
        if !page.text().contains("Long ago") {
            break;
        }
        assert!(Instant::now() < end, "it is still there");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Writes, while no server runs, what a visitor wrote 31 days ago.
fn long_ago(site: &Site) -> String {
    let path = site.world.data.join("frontdesk.sqlite");
    let storage = chat::Storage::Sqlite { path, max_bytes: None };
    let chat = chat::Chat::open(storage, std::sync::Arc::new(|_| {})).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() - Duration::from_secs(31 * 24 * 3600);
    let then = u64::try_from(now.as_millis()).unwrap();
    let write = async {
        let session = chat.open_session(&site.ben.widgets[0], Default::default(), then).await.unwrap();
        let visitor = chat.visitor(&session.token, then).await.unwrap();
        let id = chat.start_conversation(&visitor, None, then).await.unwrap().0.conversation.id;
        let post = wire::api::PostMessage { message: "Long ago".into(), ..Default::default() };
        chat.visitor_post(&visitor, &id, post, then).await.unwrap();
        chat.close().await;
        id
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(write)
}
