//! Alerts reach an agent whose console is closed: by a push that only their browser can read, over a real push
//! service on loopback, and by mail. What did not arrive is told, with its reason.
#![allow(clippy::unwrap_used)]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::SystemRandom;
use ring::signature::{self, ECDSA_P256_SHA256_FIXED};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testkit::http::Request;
use testkit::mailbox::Mailbox;
use testkit::postgres::Postgres;
use testkit::receiver::{Call, Receiver};
use testkit::world::{Agent, Visitor, World};

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");
const PATIENCE: Duration = Duration::from_secs(30);

/// A push service on loopback.
fn push_service() -> Receiver {
    let service = Receiver::start();
    service.answer(201);
    service
}

fn pushes(service: &Receiver, count: usize) -> Vec<Call> {
    service.until(|calls| calls.len() >= count)
}

/// A browser that takes one push: ring lets a key agree once.
struct Browser {
    key: EphemeralPrivateKey,
    public: Vec<u8>,
    auth: [u8; 16],
}

struct Bytes(usize);

impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

impl Browser {
    fn new() -> Browser {
        let key = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).unwrap();
        let public = key.compute_public_key().unwrap().as_ref().to_vec();
        Browser { key, public, auth: *b"sixteen  letters" }
    }

    fn subscribe(&self, agent: &Agent, world: &World, endpoint: &str) -> Value {
        let device = json!({
            "endpoint": endpoint,
            "p256dh": URL_SAFE_NO_PAD.encode(&self.public),
            "auth": URL_SAFE_NO_PAD.encode(self.auth),
            "name": "Firefox on Linux",
        });
        let reply = agent.request("POST", "/api/v1/me/devices").json(&device).send(world.port);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    }

    /// RFC 8291 from the other side.
    fn read(self, body: &[u8]) -> Value {
        let (salt, rest) = body.split_at(16);
        let (size, rest) = rest.split_at(4);
        assert!(u32::from_be_bytes(size.try_into().unwrap()) >= u32::try_from(body.len()).unwrap());
        let (id, record) = rest[1..].split_at(usize::from(rest[0]));
        let derive = |salt: &[u8], input: &[u8], info: &[&[u8]], bytes: usize| {
            let mut out = vec![0; bytes];
            let key = Salt::new(HKDF_SHA256, salt).extract(input);
            key.expand(info, Bytes(bytes)).unwrap().fill(&mut out).unwrap();
            out
        };
        let theirs = UnparsedPublicKey::new(&ECDH_P256, id);
        let input = agree_ephemeral(self.key, &theirs, |shared| {
            derive(&self.auth, shared, &[b"WebPush: info\0", &self.public, id], 32)
        })
        .unwrap();
        let key = derive(salt, &input, &[b"Content-Encoding: aes128gcm\0"], 16);
        let nonce = derive(salt, &input, &[b"Content-Encoding: nonce\0"], 12);
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).unwrap());
        let mut record = record.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(&nonce).unwrap();
        let plain = key.open_in_place(nonce, Aad::empty(), &mut record).unwrap();
        assert_eq!(plain.last(), Some(&2), "the last record");
        serde_json::from_slice(&plain[..plain.len() - 1]).unwrap()
    }
}

fn world(more: &[(&str, &str)]) -> World {
    let mut all = vec![("FRONTDESK_OUTBOUND_ALLOW", "127.0.0.0/8")];
    all.extend(more);
    World::start_with(BINARY, &all)
}

fn ana_writes(world: &World, words: &str) -> (Visitor, String) {
    let ana = world.visitor("Ana");
    let id = ana.start();
    assert_eq!(ana.write(&id, words, "c1").status, 201);
    (ana, id)
}

fn set_ladder(ben: &Agent, world: &World, steps: &Value) {
    let path = format!("/api/v1/widgets/{}/escalation", ben.widgets[0]);
    let reply = ben.request("PUT", &path).json(&json!({"steps": steps})).send(world.port);
    assert_eq!(reply.status, 200, "{}", reply.text());
}

fn own(ben: &Agent, world: &World) -> Value {
    ben.request("GET", "/api/v1/me/alerts").send(world.port).json()
}

/// Waits until so many alerts are down as missed.
fn missed(ben: &Agent, world: &World, count: usize) -> Vec<Value> {
    let until = Instant::now() + PATIENCE;
    loop {
        let missed = own(ben, world)["missed"].as_array().unwrap().clone();
        if missed.len() >= count {
            return missed;
        }
        assert!(Instant::now() < until, "only these were missed: {missed:?}");
        std::thread::yield_now();
    }
}

#[test]
fn a_push_is_read_by_the_browser_alone_signed_by_the_server_and_replaced_by_the_next() {
    let service = push_service();
    let world = world(&[]);
    let ben = world.owner("Ben");
    let browser = Browser::new();
    let endpoint = service.url("/push/ben?x=1");
    let key = browser.subscribe(&ben, &world, &endpoint)["push_key"].as_str().unwrap().to_owned();
    let (ana, id) = ana_writes(&world, "Is it back?");
    let push = pushes(&service, 1).remove(0);
    assert_eq!(push.path, "/push/ben?x=1");
    assert!(!push.body.contains("back"));
    assert_eq!(
        ["ttl", "urgency", "content-encoding"].map(|name| push.header(name).unwrap()),
        ["3600", "high", "aes128gcm"]
    );
    let said = push.header("authorization").unwrap();
    let (token, sent_key) = said.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
    assert_eq!(sent_key, key);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    signature::UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decoded(&key))
        .verify(signed.as_bytes(), &decoded(signature))
        .unwrap();
    let claims: Value = serde_json::from_slice(&decoded(signed.split('.').nth(1).unwrap())).unwrap();
    assert_eq!(claims["aud"], json!(service.url("")));
    let message = browser.read(&push.bytes);
    assert_eq!(message, json!({"conversation_id": id, "title": "Ana", "text": "Is it back?"}));
    // Of one conversation a push service keeps only the newest, and another's is another's.
    assert_eq!(ben.write(&id, "Yes", "text").status, 201);
    assert_eq!(ana.write(&id, "Thanks. And the other?", "c2").status, 201);
    pushes(&service, 2);
    ana_writes(&world, "Hello");
    let topics: Vec<String> =
        pushes(&service, 3).iter().map(|push| push.header("topic").unwrap().to_owned()).collect();
    assert!(topics[0] == topics[1] && topics[0] != topics[2] && topics[0].len() == 32, "{topics:?}");
}

#[test]
fn the_servers_keys_and_a_waiting_step_outlive_a_kill() {
    let service = push_service();
    let mut world = world(&[]);
    let ben = world.owner("Ben");
    set_ladder(&ben, &world, &json!([{"after_s": 3, "whom": "members", "ways": ["push"]}]));
    let key = own(&ben, &world)["push_key"].clone();
    Browser::new().subscribe(&ben, &world, &service.url("/push"));
    ana_writes(&world, "Is it back?");
    world.kill();
    world.boot();
    pushes(&service, 1);
    assert_eq!(own(&ben, &world)["push_key"], key);
}

#[test]
fn a_busy_push_service_is_asked_again_when_it_says_and_a_browser_that_is_gone_is_forgotten() {
    let service = push_service();
    service.answer_next(&[(429, Some(1)), (503, Some(1))]);
    let world = world(&[]);
    let ben = world.owner("Ben");
    Browser::new().subscribe(&ben, &world, &service.url("/push"));
    ana_writes(&world, "Is it back?");
    pushes(&service, 3);
    assert_eq!(own(&ben, &world)["missed"], json!([]));
    service.answer_next(&[(410, None)]);
    ana_writes(&world, "Anybody?");
    pushes(&service, 4);
    let missed = missed(&ben, &world, 1);
    assert!(missed[0]["reason"].as_str().unwrap().contains("410"), "{missed:?}");
    assert_eq!(own(&ben, &world)["devices"], json!([]));
    // The next one says that there is none.
    ana_writes(&world, "Nobody?");
    let missed = self::missed(&ben, &world, 2);
    assert!(missed[0]["reason"].as_str().unwrap().contains("No browser"), "{missed:?}");
    let all = ben.request("GET", "/api/v1/alerts/missed").send(world.port).json();
    assert_eq!(all["missed"], json!(missed));
}

#[test]
fn a_push_service_that_says_to_wait_for_ever_has_missed_the_alert() {
    let service = push_service();
    service.answer_next(&[(503, Some(u64::MAX))]);
    let world = world(&[]);
    let ben = world.owner("Ben");
    Browser::new().subscribe(&ben, &world, &service.url("/push"));
    ana_writes(&world, "Is it back?");
    let missed = missed(&ben, &world, 1);
    assert!(missed[0]["reason"].as_str().unwrap().contains("503"), "{missed:?}");
}

#[test]
fn s18_a_subscription_cannot_make_the_server_call_its_own_network() {
    let service = push_service();
    let world = World::start(BINARY);
    let ben = world.owner("Ben");
    Browser::new().subscribe(&ben, &world, &service.url("/push"));
    ana_writes(&world, "Is it back?");
    let missed = missed(&ben, &world, 1);
    assert!(missed[0]["reason"].as_str().unwrap().contains("private"), "{missed:?}");
    assert!(service.calls().is_empty());
    for bad in ["http://push.example/x", "file:///etc/passwd", "https://a:b@push.example/", "push"] {
        let device = json!({"endpoint": bad, "p256dh": "", "auth": "", "name": "x"});
        let reply = ben.request("POST", "/api/v1/me/devices").json(&device).send(world.port);
        assert_eq!((reply.status, reply.refusal().as_str()), (422, "invalid-field"), "{bad}");
    }
}

#[test]
fn a_test_push_says_at_once_what_the_push_service_said() {
    let service = push_service();
    let world = world(&[]);
    let ben = world.owner("Ben");
    let browser = Browser::new();
    let reply = browser.subscribe(&ben, &world, &service.url("/push"));
    let test = json!({"way": "push", "device_id": reply["devices"][0]["id"], "token": "t1"});
    let send = || ben.request("POST", "/api/v1/me/alerts/test").json(&test).send(world.port);
    assert_eq!(send().json()["sent"], json!(true));
    let message = browser.read(&pushes(&service, 1)[0].bytes);
    assert_eq!((&message["token"], &message["conversation_id"]), (&json!("t1"), &json!("")));
    service.answer_next(&[(404, None)]);
    let said = send().json();
    assert!(said["sent"] == json!(false) && said["word"].as_str().unwrap().contains("404"), "{said}");
    assert_eq!(send().refusal(), "unknown-entry");
}

#[test]
fn who_does_not_answer_is_mailed_with_a_link_and_a_refusal_of_the_mail_server_is_told() {
    let mailbox = Mailbox::on(0);
    let mail = Mailbox::settings(mailbox.port, "300");
    let mail: Vec<(&str, &str)> = mail.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let world = world(&mail);
    let ben = world.owner("Ben");
    set_ladder(&ben, &world, &json!([{"after_s": 1, "whom": "members", "ways": ["mail"]}]));
    let (_, id) = ana_writes(&world, "Is it back?");
    let mail = mailbox.wait_for(1).remove(0);
    assert_eq!(mail.to, ["ben@desk.example"]);
    assert_eq!(mail.header("Subject").as_deref(), Some("Ana waits for an answer"));
    let text = mail.text.replace("=\n", "").replace("=3D", "=");
    assert!(text.contains("Is it back?") && text.contains(&format!("/#/c/{id}")), "{text}");
    let test = ben.request("POST", "/api/v1/me/alerts/test").json(&json!({"way": "mail"})).send(world.port);
    assert_eq!(test.json()["word"], json!("ben@desk.example"));
    mailbox.wait_for(2);
    // Words of the visitor are left out where the agent wants that.
    let hide = ben.request("PATCH", "/api/v1/me/alerts").json(&json!({"hide_words": true})).send(world.port);
    assert_eq!(hide.json()["rules"]["hide_words"], json!(true));
    ana_writes(&world, "My card number is 4242");
    assert!(!mailbox.wait_for(3)[2].text.contains("4242"));
}

#[test]
fn without_a_mail_server_every_mail_is_missed_and_says_why() {
    let world = world(&[]);
    let ben = world.owner("Ben");
    assert_eq!(own(&ben, &world)["sends_mail"], json!(false));
    set_ladder(&ben, &world, &json!([{"after_s": 0, "whom": "owners", "ways": ["mail"]}]));
    ana_writes(&world, "Is it back?");
    let missed = missed(&ben, &world, 1);
    assert!(missed[0]["reason"].as_str().unwrap().contains("FRONTDESK_SMTP_URL"), "{missed:?}");
    let test = ben.request("POST", "/api/v1/me/alerts/test").json(&json!({"way": "mail"})).send(world.port);
    assert_eq!(test.json()["sent"], json!(false));
}

#[test]
fn two_servers_on_one_database_push_once() {
    let service = push_service();
    let url = Postgres::shared().fresh_database();
    let database = [("FRONTDESK_DATABASE_URL", url.as_str())];
    let (first, second) = (world(&database), world(&database));
    // The one that started last has the set-up link that works.
    let ben = second.owner("Ben");
    assert_eq!(own(&ben, &first)["push_key"], own(&ben, &second)["push_key"]);
    Browser::new().subscribe(&ben, &second, &service.url("/push"));
    for number in 1..=5 {
        ana_writes(if number % 2 == 0 { &first } else { &second }, "Is it back?");
    }
    let pushes = pushes(&service, 5);
    let topics: std::collections::HashSet<&str> =
        pushes.iter().map(|push| push.header("topic").unwrap()).collect();
    assert_eq!((pushes.len(), topics.len()), (5, 5));
}

#[test]
fn the_worker_is_served_at_the_root_under_a_policy_of_its_own() {
    let world = World::start(BINARY);
    let reply = Request::new("GET", "/sw.js").send(world.port);
    assert_eq!(reply.status, 200);
    let header = |name: &str| reply.header(name).unwrap_or_default().to_owned();
    assert!(header("content-type").starts_with("text/javascript"), "{}", header("content-type"));
    assert_eq!(header("cache-control"), "no-cache");
    assert!(header("content-security-policy").starts_with("default-src 'none'"));
}

#[test]
fn the_console_is_an_app_whose_icons_are_there() {
    let world = World::start(BINARY);
    let page = Request::new("GET", "/").send(world.port);
    assert!(page.header("content-security-policy").unwrap().contains("manifest-src 'self'"));
    assert!(page.text().contains("href=\"/manifest.webmanifest\""), "{}", page.text());
    let reply = Request::new("GET", "/manifest.webmanifest").send(world.port);
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/manifest+json")));
    let manifest = reply.json();
    let icons = manifest["icons"].as_array().unwrap();
    assert_eq!(icons.len(), 3);
    for icon in icons {
        let drawn = Request::new("GET", icon["src"].as_str().unwrap()).send(world.port);
        assert_eq!((drawn.status, drawn.header("content-type")), (200, Some("image/png")), "{icon}");
    }
}
