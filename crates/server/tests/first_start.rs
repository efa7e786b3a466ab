//! The first minute: what the server makes for itself, what it prints, the set-up link, the test
//! page, and one clear sentence when it cannot start.
#![allow(clippy::unwrap_used)]

use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};
use testkit::http::Request;
use testkit::world::{PASSWORD, World, free_port, fresh_folder};

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");

fn serve(arguments: &[&str]) -> Output {
    Command::new(BINARY).arg("serve").args(arguments).current_dir(fresh_folder()).output().unwrap()
}

fn sentence(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}

#[test]
fn ruling_17_standard_output_has_the_ready_line_alone_and_addresses_go_to_standard_error() {
    let mut world = World::start(BINARY);
    // World::start has read the ready line, which is the first and only one of standard output.
    for part in ["Console", "/#setup=", "/chatbot-test.html"] {
        assert!(world.greeting.contains(part), "{}", world.greeting);
    }
    assert_eq!(world.get("/up").send(world.port).json(), json!({"health": "OK"}));
    assert_eq!(world.stop(), Some(0));
}

#[test]
fn secrets_and_database_are_for_their_owner_alone() {
    let world = World::start(BINARY);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&world.data.join("secrets.toml")), 0o600);
    assert_eq!(mode(&world.data.join("frontdesk.sqlite")), 0o600);
}

#[test]
fn r40_the_first_widget_has_a_token_of_cbw_and_sixty_characters() {
    let world = World::start(BINARY);
    let token = world.widget_token();
    assert_eq!(token.len(), 64);
    assert!(
        token.strip_prefix("cbw_").unwrap().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    );
    assert_ne!(token, World::start(BINARY).widget_token());
}

#[test]
fn ruling_17_the_setup_link_works_once_and_only_while_no_agent_exists() {
    let world = World::start(BINARY);
    let ben = world.owner("Ben");
    assert_eq!(ben.request("GET", "/api/v1/me").send(world.port).json()["agent"]["name"], "Ben");
    let again = Request::new("POST", "/api/v1/setup")
        .json(&json!({"code": world.setup_code(), "name": "Eve", "email": "eve@desk.example", "password": PASSWORD}))
        .send(world.port);
    assert_eq!((again.status, again.refusal().as_str()), (410, "setup-link-invalid"));
}

#[test]
fn ruling_17_agent_reset_prints_a_new_link() {
    let world = World::start(BINARY);
    let reset = |arguments: &[&str]| {
        Command::new(BINARY)
            .args(["agent", "reset", "--data"])
            .arg(&world.data)
            .args(arguments)
            .output()
            .unwrap()
    };
    let printed = String::from_utf8(reset(&[]).stdout).unwrap();
    let code = printed.trim().split("#setup=").nth(1).unwrap().to_owned();
    let made = Request::new("POST", "/api/v1/setup")
        .json(&json!({"code": code, "name": "Ben", "email": "ben@desk.example", "password": PASSWORD}))
        .send(world.port);
    assert_eq!(made.status, 200, "{}", made.text());
    assert_eq!(reset(&[]).status.code(), Some(1));
    let lost = String::from_utf8(reset(&["--email", "ben@desk.example"]).stdout).unwrap();
    let code = lost.trim().split("#setup=").nth(1).unwrap().to_owned();
    let renewed = Request::new("POST", "/api/v1/setup")
        .json(&json!({"code": code, "name": "Ben", "email": "ben@desk.example", "password": "another good one"}))
        .send(world.port);
    assert_eq!(renewed.status, 200, "{}", renewed.text());
}

#[test]
fn ruling_10_the_test_page_has_the_strict_policy_and_embeds_the_widget() {
    let world = World::start(BINARY);
    let page = world.get("/chatbot-test.html").send(world.port);
    let policy = page.header("content-security-policy").unwrap();
    let origin = format!("http://localhost:{}", world.port);
    let nonce = page.text().split("nonce=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; script-src {origin} 'nonce-{nonce}'; connect-src {origin} ws://localhost:{}; \
             img-src {origin}; media-src {origin}; require-trusted-types-for 'script'; trusted-types 'none'",
            world.port
        )
    );
    for part in
        ["<h1>", "window.ChatbotConfig", "apiToken", "widgetUrl", "visitorName", "visitorEmail", "/widget.js"]
    {
        assert!(page.text().contains(part), "{part}");
    }
}

#[test]
fn ruling_17_strangers_see_the_test_page_only_in_demo_mode() {
    let from_afar = |world: &World| {
        world.get("/chatbot-test.html").header("x-forwarded-for", "203.0.113.7").send(world.port).status
    };
    assert_eq!(from_afar(&World::start(BINARY)), 404);
    assert_eq!(from_afar(&World::start_with(BINARY, &[("FRONTDESK_DEMO", "1")])), 200);
}

#[test]
fn ruling_18_both_seeds_env_and_port_work_as_they_stand() {
    let second = free_port().to_string();
    let world = World::start_with(
        BINARY,
        &[
            ("REVERB_APP_ID", "601452"),
            ("REVERB_APP_KEY", "seed-b-key"),
            ("REVERB_APP_SECRET", "seed-b-secret"),
            ("FRONTDESK_EXTRA_LISTEN", &format!("127.0.0.1:{second}")),
        ],
    );
    let port = second.parse().unwrap();
    assert_eq!(world.get("/chatbot-test.html").send(port).status, 200);
    let config = Request::new("GET", "/api/chatbot/config")
        .header("authorization", &format!("Bearer {}", world.widget_token()))
        .send(port)
        .json();
    assert_eq!(config["realtimeProvider"], "reverb");
    assert_eq!(config["reverb"]["key"], "seed-b-key");
    assert_eq!(config["reverb"]["port"], port);
    assert_eq!(config["pusher"], json!({"enabled": false}));
}

#[test]
fn a_taken_port_is_one_sentence_and_exit_code_1() {
    let world = World::start(BINARY);
    let data = fresh_folder();
    let output =
        serve(&["--host", "127.0.0.1", "--port", &world.port.to_string(), "--data", data.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        sentence(&output),
        format!("frontdesk: Port {} is taken by another program; choose another with --port.", world.port)
    );
    assert!(std::fs::read_dir(data).unwrap().next().is_none(), "nothing was written");
}

#[test]
fn a_folder_that_another_server_uses_is_one_sentence_and_exit_code_1() {
    let mut world = World::start(BINARY);
    let data = world.data.to_str().unwrap().to_owned();
    let again = || serve(&["--host", "127.0.0.1", "--port", &free_port().to_string(), "--data", &data]);
    let output = again();
    assert_eq!(output.status.code(), Some(1));
    let said = sentence(&output);
    assert!(
        said.starts_with("frontdesk: Another Frontdesk is running") && said.lines().count() == 1,
        "{said}"
    );
    world.kill();
    world.boot();
    assert_eq!(world.get("/up").send(world.port).status, 200, "a killed server leaves no lock behind");
}

#[test]
fn a_data_folder_that_cannot_be_written_is_one_sentence_and_exit_code_1() {
    let file = fresh_folder().join("a-file");
    std::fs::write(&file, "").unwrap();
    let below = file.join("data");
    let output = serve(&[
        "--host",
        "127.0.0.1",
        "--port",
        &free_port().to_string(),
        "--data",
        below.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(1));
    let said = sentence(&output);
    assert!(said.starts_with("frontdesk: The data folder") && said.lines().count() == 1, "{said}");
}
