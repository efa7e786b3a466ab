//! The page of worked examples, run as it stands: what `docs/api.md` shows works.
#![allow(clippy::unwrap_used)]

use std::process::Command;
use testkit::world::{World, fresh_folder};

const PAGE: &str = include_str!("../../../docs/api.md");

/// The page's blocks, one script: later ones use what earlier ones learned.
fn script() -> (String, usize) {
    let blocks: Vec<&str> =
        PAGE.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    (blocks.join("\n"), blocks.len())
}

#[test]
fn every_example_of_the_page_works() {
    let world = World::start(env!("CARGO_BIN_EXE_frontdesk"));
    let (ben, ana) = (world.owner("Ben"), world.visitor("Ana"));
    ana.write(&ana.start(), "Where is my parcel?", "c1");
    let (script, count) = script();
    assert!(count >= 8, "the page has its blocks");
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-xc", &script])
        .current_dir(fresh_folder())
        .env("SERVER", format!("http://127.0.0.1:{}", world.port))
        .env("COOKIE", &ben.token)
        .env("CSRF", &ben.csrf)
        .output()
        .expect("bash, curl and jq are there");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
