//! What owners do from the console over HTTP: download a backup, give a widget a new token, look at a preview.
#![allow(clippy::unwrap_used)]

use serde_json::json;
use std::process::Command;
use testkit::http::Reply;
use testkit::world::{Agent, PASSWORD, World, fresh_folder};

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");

fn download(world: &World, agent: &Agent, password: &str) -> Reply {
    agent.request("POST", "/api/v1/backup").json(&json!({"password": password})).send(world.port)
}

#[test]
fn ben_downloads_a_backup_that_restores_and_nothing_of_it_stays_behind() {
    let world = World::start(BINARY);
    let ben = world.owner("Ben");
    let ana = world.visitor("Ana");
    let id = ana.start();
    assert_eq!(ana.write(&id, "Hello", "c1").status, 201);
    let before = ben.request("GET", "/api/v1/backup").send(world.port).json();
    assert_eq!((&before["last_at"], &before["hindered"]), (&json!(null), &json!(null)));
    let reply = download(&world, &ben, PASSWORD);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/gzip"));
    assert_eq!(reply.header("content-length"), Some(reply.body.len().to_string().as_str()));
    let named = reply.header("content-disposition").unwrap();
    assert!(named.starts_with("attachment; filename=\"frontdesk-20"), "{named}");
    let after = ben.request("GET", "/api/v1/backup").send(world.port).json();
    assert!(after["last_at"].as_str().is_some_and(|at| at.starts_with("20")), "{after}");
    assert!(!world.data.join("download").exists());

    let folder = fresh_folder();
    let (archive, restored) = (folder.join("backup.tar.gz"), folder.join("restored"));
    std::fs::write(&archive, &reply.body).unwrap();
    let mut command = Command::new(BINARY);
    let output = command.arg("restore").arg(&archive).arg("--data").arg(&restored).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let database = rusqlite::Connection::open(restored.join("frontdesk.sqlite")).unwrap();
    let text: String = database.query_row("SELECT body FROM messages", [], |row| row.get(0)).unwrap();
    assert_eq!(text, "Hello");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_backup_needs_the_owners_password_and_is_not_made_again_and_again() {
    let world = World::start(BINARY);
    let ben = world.owner("Ben");
    ben.add("Carol", "agent", &[]);
    let carol = world.sign_in("Carol");
    assert_eq!(download(&world, &ben, "guessed password").refusal(), "wrong-password");
    assert_eq!(download(&world, &carol, PASSWORD).refusal(), "not-allowed");
    let keyed = ben.request("POST", "/api/v1/backup").header("idempotency-key", "once");
    assert_eq!(keyed.json(&json!({"password": PASSWORD})).send(world.port).refusal(), "invalid-field");
    for _ in 0..wire::limit::BACKUPS_PER_HOUR {
        assert_eq!(download(&world, &ben, PASSWORD).status, 200);
    }
    let once_more = download(&world, &ben, PASSWORD);
    assert_eq!(once_more.refusal(), "too-many-requests");
    assert!(once_more.header("retry-after").is_some());
}

#[test]
fn a_new_token_ends_the_old_one_at_once_or_after_a_while() {
    let world = World::start(BINARY);
    let ben = world.owner("Ben");
    let first = world.widget_token();
    let path = format!("/api/v1/widgets/{}/token", ben.widgets[0]);
    let rotate = |body: serde_json::Value| {
        let reply = ben.request("POST", &path).json(&body).send(world.port).json();
        reply["widget"]["token"].as_str().unwrap().to_owned()
    };
    let config = |token: &str| {
        let request = world.get("/api/chatbot/config").header("authorization", &format!("Bearer {token}"));
        request.send(world.port).status
    };
    let second = rotate(json!({}));
    assert_eq!((config(&first), config(&second)), (200, 200), "pages still carry the first");
    let third = rotate(json!({"overlap_s": 0}));
    assert_eq!((config(&first), config(&second), config(&third)), (401, 401, 200));
}

#[test]
fn a_preview_can_store_nothing_ask_nobody_and_stand_in_no_other_page() {
    let world = World::start(BINARY);
    let reply = world.get("/preview").send(world.port);
    assert_eq!(reply.status, 200);
    let policy = reply.header("content-security-policy").unwrap();
    for rule in [
        "default-src 'none'",
        "sandbox allow-scripts;",
        "frame-ancestors 'self'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert!(!policy.contains("connect-src") && !policy.contains("allow-same-origin"), "{policy}");
    let console = world.get("/").send(world.port);
    assert!(console.header("content-security-policy").unwrap().contains("frame-src 'self'"));
}
