//! SIGHUP on a running server: its apps are read again from the file, and no socket notices but those
//! of apps that are gone.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};
use testkit::http::{Reply, Request, signed};
use testkit::socket::Socket;
use testkit::world::{World, fresh_folder};

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");

/// A server with a configuration file that a test writes to.
struct Shops {
    world: World,
    file: PathBuf,
}

/// One app of the file, whose id, key and secret follow from its name.
fn entry(name: &str, more: &str) -> String {
    format!("[[apps]]\nid = \"{name}\"\nkey = \"{name}-key\"\nsecret = \"{name}-secret\"\n{more}\n")
}

impl Shops {
    fn start(text: &str) -> Shops {
        let file = fresh_folder().join("frontdesk.toml");
        std::fs::write(&file, text).unwrap();
        Shops { world: World::start_with(BINARY, &[("FRONTDESK_CONFIG", file.to_str().unwrap())]), file }
    }

    /// Writes the file, sends SIGHUP and waits until the log says so.
    fn reload(&self, text: &str, said: &str) {
        std::fs::write(&self.file, text).unwrap();
        let count = || self.world.log().matches(said).count();
        let before = count();
        let pid = self.world.pid().unwrap().to_string();
        assert!(Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
        let began = Instant::now();
        while count() == before {
            assert!(began.elapsed() < Duration::from_secs(20), "no {said} in {}", self.world.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn listener(&self, app: &str) -> Socket {
        let mut socket = Socket::open(self.world.port, &format!("{app}-key"));
        socket.subscribe("news", &Value::Null);
        socket.expect("pusher_internal:subscription_succeeded");
        socket
    }

    fn publish(&self, app: &str, data: &str) -> Reply {
        let body = json!({"name": "told", "channels": ["news"], "data": data}).to_string();
        let path = format!("/apps/{app}/events");
        let target = signed("POST", &path, &format!("{app}-key"), &format!("{app}-secret"), &body);
        Request::new("POST", &target).raw("application/json", body.into_bytes()).send(self.world.port)
    }
}

#[test]
fn apps_come_change_and_go_while_others_listen() {
    let shops = Shops::start(&(entry("blue", "") + &entry("red", "")));
    let (mut in_blue, mut in_red) = (shops.listener("blue"), shops.listener("red"));
    assert_eq!(shops.publish("green", "1").status, 404, "the premise");

    let changed = entry("blue", "max_event_size = 5") + &entry("green", "");
    shops.reload(&changed, "apps read again");
    let mut in_green = shops.listener("green");
    assert_eq!(shops.publish("green", "1").status, 200);
    assert_eq!(in_green.expect("told")["data"], 1);
    assert_eq!(shops.publish("blue", "12345").status, 200);
    assert_eq!(in_blue.expect("told")["data"], 12_345, "its socket was not touched");
    assert_eq!(shops.publish("blue", "123456").status, 413, "and its new limit holds");
    assert_eq!(in_red.expect_close(Duration::from_secs(20)), 4001);
    assert_eq!(shops.publish("red", "1").status, 404);

    shops.reload(&(entry("blue", "enabled = false") + &entry("green", "")), "apps read again");
    assert_eq!(in_blue.expect_close(Duration::from_secs(20)), 4003);
    assert_eq!(shops.publish("blue", "1").status, 403);
    assert_eq!(shops.publish("green", "2").status, 200);
    assert_eq!(in_green.expect("told")["data"], 2);
}

#[test]
fn a_broken_file_changes_nothing_and_the_log_says_why() {
    let shops = Shops::start(&entry("blue", ""));
    let mut in_blue = shops.listener("blue");
    for (text, why) in [
        (entry("blue", "max_conections = 3"), "line 5: unknown field `max_conections`"),
        (entry("green", "") + &entry("green", ""), "Two apps have the id green"),
        ("[[apps]".to_owned(), "frontdesk.toml, line 1:"),
    ] {
        shops.reload(&text, "apps stay as they were");
        assert!(shops.world.log().contains(why), "{why} in {}", shops.world.log());
        assert_eq!(shops.publish("blue", "1").status, 200);
        assert_eq!(in_blue.expect("told")["data"], 1);
    }
}

#[test]
fn contract_1_7_an_app_may_take_connections_over_tls_alone() {
    let shops = Shops::start(&[entry("open", ""), entry("strict", "tls_only = true")].concat());
    shops.listener("open");
    let refused = Socket::try_open(shops.world.port, "strict-key", &[]).err().unwrap();
    assert!(refused.contains(r#""code":4000"#), "{refused}");
    // The test's own address is a trusted proxy's.
    let behind = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https")];
    let mut admitted = Socket::try_open(shops.world.port, "strict-key", &behind).unwrap();
    admitted.subscribe("news", &Value::Null);
    admitted.expect("pusher_internal:subscription_succeeded");
}
