//! The whole server on PostgreSQL: a conversation, and a database that goes away and comes back.
#![allow(clippy::unwrap_used)]

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use testkit::postgres::Postgres;
use testkit::world::{World, fresh_folder};

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");

/// The way to a database, which the test can take away: a link to the folder of the server's socket.
struct Road {
    link: PathBuf,
    folder: String,
    url: String,
}

impl Road {
    fn to_fresh_database() -> Road {
        let url = Postgres::shared().fresh_database();
        let folder = url.split("host=").nth(1).unwrap().split(' ').next().unwrap().to_owned();
        let link = fresh_folder().join("way");
        let road = Road { url: url.replace(&folder, link.to_str().unwrap()), link, folder };
        road.open();
        road
    }

    fn open(&self) {
        symlink(&self.folder, &self.link).unwrap();
    }

    fn close(&self) {
        std::fs::remove_file(&self.link).unwrap();
        Postgres::shared().cut_connections();
    }
}

#[test]
fn a_conversation_runs_on_postgresql_and_survives_a_database_that_was_away() {
    let road = Road::to_fresh_database();
    let world = World::start_with(BINARY, &[("FRONTDESK_DATABASE_URL", &road.url)]);
    let (ben, ana) = (world.owner("Ben"), world.visitor("Ana"));
    let id = ana.start();
    assert_eq!(ana.write(&id, "Hello", "c1").status, 201);
    assert_eq!(ben.write(&id, "Hi Ana", "text").status, 201);

    road.close();
    let refused = ana.write(&id, "Anybody?", "c2");
    assert_eq!((refused.status, refused.refusal().as_str()), (503, "storage-unavailable"));
    assert!(refused.header("retry-after").is_some());
    assert_eq!(world.get("/up").send(world.port).status, 200, "what needs no database is served");

    road.open();
    let until = Instant::now() + Duration::from_secs(20);
    let accepted = loop {
        let reply = ana.write(&id, "Anybody?", "c2");
        if reply.status < 400 || Instant::now() > until {
            break reply;
        }
    };
    assert!(accepted.status < 400, "{}", accepted.text());
    let page = ana.read(&id, "").json();
    let texts: Vec<_> = page["messages"].as_array().unwrap().iter().map(|m| m["message"].clone()).collect();
    assert_eq!(texts, ["Hello", "Hi Ana", "Anybody?"]);
}

#[test]
fn a_database_that_is_not_there_is_one_sentence_and_exit_code_1() {
    let output = std::process::Command::new(BINARY)
        .args(["serve", "--host", "127.0.0.1", "--port", &testkit::world::free_port().to_string(), "--data"])
        .arg(fresh_folder())
        .env("FRONTDESK_DATABASE_URL", "postgres://nobody:secret-word@127.0.0.1:1/none")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("database") && !said.contains("secret-word"), "{said}");
}
