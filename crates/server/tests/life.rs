//! The life of an installation, by the command line alone: backup and restore, migration, agents and
//! widgets, and that nobody starts with a secret everybody knows.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use testkit::http::Request;
use testkit::postgres::Postgres;
use testkit::world::{PASSWORD, World, free_port, fresh_folder};

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");

fn command(words: &[&str], data: &Path) -> Command {
    let mut command = Command::new(BINARY);
    command.args(words).arg("--data").arg(data).current_dir(data.parent().unwrap());
    command
}

fn frontdesk(words: &[&str], data: &Path) -> Output {
    command(words, data).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// What it printed, when it went well.
fn done(words: &[&str], data: &Path) -> String {
    let output = frontdesk(words, data);
    assert!(output.status.success(), "{words:?}: {}", sentence(&output));
    said(&output)
}

fn sentence(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}

/// One sentence and exit code 1.
fn refused(words: &[&str], data: &Path) -> String {
    let output = frontdesk(words, data);
    assert_eq!(output.status.code(), Some(1), "{words:?}: {}", said(&output));
    sentence(&output)
}

/// The very arguments of a command for the world's server.
fn at(world: &World, words: &[&str]) -> Vec<String> {
    let port = world.port.to_string();
    words.iter().map(|word| (*word).to_owned()).chain(["--port".to_owned(), port]).collect()
}

fn at_world(world: &World, words: &[&str]) -> Output {
    let words = at(world, words);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    frontdesk(&words, &world.data)
}

/// Uses a one-time link.
fn set_password(port: u16, link: &str) -> Value {
    let code = link.trim().split("#setup=").nth(1).unwrap();
    let reply = Request::new("POST", "/api/v1/setup")
        .json(&json!({"code": code, "name": "-", "email": "-@desk.example", "password": PASSWORD}))
        .send(port);
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

fn config_status(world: &World, token: &str) -> u16 {
    world
        .get("/api/chatbot/config")
        .header("authorization", &format!("Bearer {token}"))
        .send(world.port)
        .status
}

#[test]
fn a_backup_under_load_holds_every_message_acknowledged_before_it() {
    let mut world = World::start_with(BINARY, &[("FRONTDESK_MESSAGES_PER_MINUTE", "0")]);
    let ben = world.owner("Ben");
    let ana = world.visitor("Ana");
    let id = ana.start();
    std::fs::create_dir_all(world.data.join("files/ab")).unwrap();
    std::fs::write(world.data.join("files/ab/picture"), [7; 100_000]).unwrap();
    std::fs::write(world.data.join("frontdesk.toml"), "[env]\nFRONTDESK_LAME_DUCK_S = \"0\"\n").unwrap();
    let (folder, stop) = (fresh_folder(), AtomicBool::new(false));
    let (acknowledged, archive) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut written = 0;
            while !stop.load(Ordering::Relaxed) {
                assert_eq!(ana.write(&id, "Hello", &format!("load-{written}")).status, 201);
                written += 1;
            }
            written
        });
        let sure: Vec<String> = (0..30).map(|number| format!("sure-{number}")).collect();
        for client_id in &sure {
            assert_eq!(ana.write(&id, "Hello", client_id).status, 201);
        }
        let config = world.data.join("frontdesk.toml");
        let archive =
            done(&["backup", folder.to_str().unwrap(), "--config", config.to_str().unwrap()], &world.data);
        stop.store(true, Ordering::Relaxed);
        assert!(writer.join().unwrap() > 0, "there was load");
        (sure, PathBuf::from(archive))
    });
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&archive), 0o600);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "nothing unfinished is left");
    let again = folder.join("again");
    let restored = frontdesk(&["restore", archive.to_str().unwrap()], &again);
    assert!(restored.status.success(), "{}", sentence(&restored));
    for name in ["frontdesk.sqlite", "secrets.toml", "frontdesk.toml", "files/ab/picture"] {
        assert_eq!(mode(&again.join(name)), 0o600, "{name}");
    }
    assert_eq!(std::fs::read(again.join("files/ab/picture")).unwrap(), [7; 100_000]);
    // The same people go on over the restored folder.
    world.kill();
    std::fs::remove_dir_all(&world.data).unwrap();
    std::fs::rename(&again, &world.data).unwrap();
    world.boot();
    let page =
        ben.request("GET", &format!("/api/v1/conversations/{id}?after=0&limit=200")).send(world.port).json();
    let text = page.to_string();
    for client_id in acknowledged {
        assert!(
            text.contains(&format!("\"{client_id}\"")) || found_by_retry(&ana, &id, &client_id),
            "{client_id} is lost"
        );
    }
    assert!(
        refused(&["restore", archive.to_str().unwrap()], &world.data).contains("A Frontdesk is running on")
    );
    world.kill();
    assert!(refused(&["restore", archive.to_str().unwrap()], &world.data).contains("is not empty"));
    std::fs::remove_dir_all(folder).unwrap();
}

/// A message that is there already is answered with 200, a new one with 201.
fn found_by_retry(ana: &testkit::world::Visitor, id: &str, client_id: &str) -> bool {
    ana.write(id, "Hello", client_id).status == 200
}

#[test]
fn a_truncated_backup_restores_nothing() {
    let mut world = World::start(BINARY);
    world.stop();
    let folder = fresh_folder();
    let archive = folder.join("backup.tar.gz");
    done(&["backup", archive.to_str().unwrap()], &world.data);
    let bytes = std::fs::read(&archive).unwrap();
    std::fs::write(&archive, &bytes[..bytes.len() - 9]).unwrap();
    let again = folder.join("again");
    let said = refused(&["restore", archive.to_str().unwrap()], &again);
    assert!(
        said.contains("is no whole backup, and nothing was restored") && said.lines().count() == 1,
        "{said}"
    );
    assert!(!again.exists());
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "what was unpacked is gone");
    // The premise.
    std::fs::write(&archive, &bytes).unwrap();
    assert!(frontdesk(&["restore", archive.to_str().unwrap()], &again).status.success());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_backup_killed_in_the_middle_leaves_nothing_under_its_name_and_the_next_one_works() {
    let mut world = World::start(BINARY);
    world.stop();
    std::fs::create_dir_all(world.data.join("files")).unwrap();
    // Enough to be in the middle for a while.
    let noise: Vec<u8> =
        (0..4_000_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    for number in 0..8 {
        std::fs::write(world.data.join(format!("files/{number}")), &noise).unwrap();
    }
    let folder = fresh_folder();
    let archive = folder.join("backup.tar.gz");
    let unfinished = folder.join(".backup.tar.gz.part/archive");
    let mut child =
        command(&["backup", archive.to_str().unwrap()], &world.data).stderr(Stdio::null()).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    while std::fs::metadata(&unfinished).map_or(0, |file| file.len()) < 1_000_000 {
        assert!(Instant::now() < until && child.try_wait().unwrap().is_none(), "it was never in the middle");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(unfinished.exists() && !archive.exists());
    done(&["backup", archive.to_str().unwrap()], &world.data);
    assert!(archive.exists() && !unfinished.exists());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn ruling_29_on_postgres_backup_names_the_tool_to_use() {
    let url = Postgres::shared().fresh_database();
    let data = fresh_folder();
    let output = command(&["backup", "x.tar.gz"], &data).env("FRONTDESK_DATABASE_URL", url).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(sentence(&output).contains("pg_dump"), "{}", sentence(&output));
    std::fs::remove_dir_all(data).unwrap();
}

#[test]
fn migrate_says_what_it_would_do_and_then_does_it() {
    let url = Postgres::shared().fresh_database();
    for database in [None, Some(url.as_str())] {
        let data = fresh_folder();
        let run = |words: &[&str]| {
            let mut command = command(words, &data);
            command.envs(database.map(|url| ("FRONTDESK_DATABASE_URL", url))).output().unwrap()
        };
        let before = run(&["migrate", "--check"]);
        assert_eq!(before.status.code(), Some(1));
        assert!(
            said(&before).starts_with("The database has schema version 0, this release "),
            "{}",
            said(&before)
        );
        assert!(said(&before).lines().count() > 3, "each migration is named: {}", said(&before));
        assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0, "nothing was written");
        let migrated = run(&["migrate"]);
        assert!(migrated.status.success(), "{}", sentence(&migrated));
        assert!(said(&migrated).ends_with(", before 0."), "{}", said(&migrated));
        let after = run(&["migrate", "--check"]);
        assert_eq!((after.status.code(), said(&after).lines().count()), (Some(0), 1));
        std::fs::remove_dir_all(data).unwrap();
    }
}

#[test]
fn agents_and_widgets_are_kept_while_the_server_runs() {
    let world = World::start(BINARY);
    keep_agents_and_widgets(&world, |words| at_world(&world, words));
}

#[test]
fn agents_and_widgets_are_kept_while_no_server_runs() {
    let mut world = World::start(BINARY);
    // Each command works on the folder alone; the server looks between them.
    world.stop();
    let data = world.data.clone();
    let first = done(&["agent", "add", "--name", "Ben", "--email", "ben@desk.example"], &data);
    let widget = done(&["widget", "create", "--name", "Shop", "--origin", "https://Shop.example"], &data);
    let id = widget.lines().next().unwrap();
    let old = token_of(&widget);
    let new = token_of(&done(&["widget", "rotate", id, "--now"], &data));
    world.boot();
    assert_eq!(set_password(world.port, &first)["agent"]["role"], "owner");
    assert_eq!((config_status(&world, &old), config_status(&world, &new)), (401, 200));
}

#[test]
fn agents_and_widgets_are_kept_on_postgres() {
    let url = Postgres::shared().fresh_database();
    let world = World::start_with(BINARY, &[("FRONTDESK_DATABASE_URL", &url)]);
    keep_agents_and_widgets(&world, |words| at_world(&world, words));
}

fn token_of(snippet: &str) -> String {
    let from = snippet.find("cbw_").unwrap();
    snippet[from..from + 64].to_owned()
}

fn keep_agents_and_widgets(world: &World, run: impl Fn(&[&str]) -> Output) {
    let done = |words: &[&str]| {
        let output = run(words);
        assert!(output.status.success(), "{words:?}: {}", sentence(&output));
        said(&output)
    };
    let created = done(&["widget", "create", "--name", "Shop", "--origin", "https://Shop.example"]);
    let id = created.lines().next().unwrap().to_owned();
    let first = token_of(&created);
    assert!(created.contains(&format!("/widget.js?w={id}\" async></script>")), "{created}");
    // The server lets the new website in at once.
    let from_shop = |token: &str| {
        let request = world.get("/api/chatbot/config").header("origin", "https://shop.example");
        request.header("authorization", &format!("Bearer {token}")).send(world.port)
    };
    assert_eq!(from_shop(&first).header("access-control-allow-origin"), Some("https://shop.example"));

    let second = token_of(&done(&["widget", "rotate", &id]));
    assert_eq!((from_shop(&first).status, from_shop(&second).status), (200, 200), "both work for a while");
    let third = token_of(&done(&["widget", "rotate", &id, "--now"]));
    assert_eq!(
        (from_shop(&first).status, from_shop(&second).status, from_shop(&third).status),
        (401, 401, 200)
    );
    assert_eq!(token_of(&done(&["widget", "snippet", &id])), third);
    let list = done(&["widget", "list"]);
    assert!(list.contains(&id) && list.contains("https://shop.example") && !list.contains("cbw_"), "{list}");

    let none = run(&["agent", "add", "--name", "Ben", "--email", "ben@desk.example", "--role", "agent"]);
    assert!(sentence(&none).contains("The first agent must be an owner."), "{}", sentence(&none));
    let ben = done(&["agent", "add", "--name", "Ben", "--email", "ben@desk.example"]);
    assert_eq!(set_password(world.port, &ben)["agent"]["role"], "owner");
    let carol = done(&["agent", "add", "--name", "Carol", "--email", "carol@desk.example", "--widget", &id]);
    let carol = set_password(world.port, &carol);
    assert_eq!((&carol["agent"]["role"], &carol["agent"]["widgets"]), (&json!("agent"), &json!([id])));
    let list: Value = serde_json::from_str(&done(&["agent", "list", "--json"])).unwrap();
    assert_eq!(list.as_array().unwrap().len(), 2);
    for (words, told) in [
        (&["agent", "add", "--name", "C", "--email", "Carol@desk.example"][..], "exists already"),
        (
            &["agent", "add", "--name", "D", "--email", "d@desk.example", "--widget", "wgt_x"],
            "does not exist",
        ),
        (&["widget", "create", "--name", "S", "--origin", "shop.example"], "origin"),
        (&["widget", "rotate", "wgt_x"], "No widget has this id."),
        (&["widget", "snippet", "wgt_x"], "There is no widget wgt_x."),
    ] {
        let output = run(words);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        let heard = sentence(&output);
        assert!(heard.contains(told) && heard.lines().count() == 1, "{words:?}: {heard}");
    }
}

const SEED_B: [(&str, &str); 3] = [
    ("REVERB_APP_ID", "601452"),
    ("REVERB_APP_KEY", "ysgs6pjrsn52uowbeuv7"),
    ("REVERB_APP_SECRET", "rxwhpi87dw3zrebvtsbm"),
];

#[test]
fn s5_a_server_that_others_hear_does_not_start_with_a_secret_everybody_knows() {
    let data = fresh_folder();
    let port = free_port().to_string();
    let output =
        command(&["serve", "--host", "0.0.0.0", "--port", &port], &data).envs(SEED_B).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = sentence(&output);
    assert!(
        said.contains("REVERB_APP_SECRET") && said.lines().count() == 1 && !said.contains(SEED_B[2].1),
        "{said}"
    );
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0, "nothing was written");
    std::fs::remove_dir_all(data).unwrap();
}

#[test]
fn ruling_4_seed_bs_env_works_as_it_stands_on_this_machine() {
    let world = World::start_with(BINARY, &SEED_B);
    assert_eq!(world.get("/up").send(world.port).status, 200);
    world.socket();
}
