//! Table test of the handshake: request heads in, verdicts out.

#![allow(clippy::unwrap_used)]
use super::*;
use proptest::prelude::*;
use std::sync::Arc;

fn core(prefix: &str) -> Core {
    let mut guarded = App::new("2", "guarded", "s");
    guarded.admit = Some(Arc::new(|head| {
        let fine = head.origin == Some("https://shop.example") && head.forwarded_for == Some("1.2.3.4");
        if fine { Ok(()) } else { Err(Refusal::OriginNotAllowed) }
    }));
    let apps = vec![App::new("1", "key", "s"), guarded];
    let path_prefix = prefix.to_owned();
    Core::new(Config { shards: 1, apps, path_prefix, max_connections: 9, outbox_bytes: 1 }).unwrap()
}

fn head(target: &str, more: &str) -> String {
    format!(
        "GET {target} HTTP/1.1\r\nHost: x\r\nupgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
    )
}

fn verdict(core: &Core, head: &str) -> String {
    match judge(core, [127, 0, 0, 1].into(), Way::Tcp, head.as_bytes()) {
        Verdict::Welcome { app, protocol, used, .. } => {
            assert_eq!(used, head.find("\r\n\r\n").unwrap() + 4);
            format!("welcome {app}, version {protocol}")
        }
        Verdict::Refuse { refusal, .. } => refusal.refusal.row().code.unwrap().to_string(),
        Verdict::Incomplete => "incomplete".into(),
        Verdict::TooLong => "too long".into(),
        Verdict::Plain => "plain".into(),
    }
}

#[test]
fn contract_1_1_and_1_7_each_target_has_its_answer() {
    let core = core("");
    for (target, expected) in [
        ("/app/key?protocol=7&client=js&version=8.6.0&flash=false", "welcome 0, version 7"),
        ("/app/key?client=java&version=2.2.1&protocol=5", "welcome 0, version 5"),
        ("/app/key?protocol=6", "welcome 0, version 6"),
        ("/app/key?protocol=7&version=7.0-beta.1", "welcome 0, version 7"),
        ("/app/nokey?protocol=7", "4001"),
        ("/app/key/more?protocol=7", "4005"),
        ("/app?protocol=7", "4005"),
        ("/app/?protocol=7", "4005"),
        ("/app/key?protocol=7&version=x", "4006"),
        ("/app/key?protocol=4", "4007"),
        ("/app/key?protocol=seven", "4007"),
        ("/app/key", "4008"),
        ("/app/key?protocol=", "4008"),
        ("/application?protocol=7", "plain"),
        ("/other?protocol=7", "plain"),
    ] {
        assert_eq!(verdict(&core, &head(target, "")), expected, "{target}");
    }
}

#[test]
fn the_apps_owner_decides_on_the_origin() {
    let core = core("");
    let ask = |more: &str| verdict(&core, &head("/app/guarded?protocol=7", more));
    assert_eq!(ask("Origin: https://shop.example\r\nX-Forwarded-For: 1.2.3.4\r\n"), "welcome 1, version 7");
    assert_eq!(ask("Origin: https://evil.example\r\nX-Forwarded-For: 1.2.3.4\r\n"), "4009");
    assert_eq!(ask(""), "4009");
}

#[test]
fn a_prefix_is_part_of_the_path() {
    let core = core("/ws/");
    assert_eq!(verdict(&core, &head("/ws/app/key?protocol=7", "")), "welcome 0, version 7");
    assert_eq!(verdict(&core, &head("/app/key?protocol=7", "")), "plain");
}

#[test]
fn what_is_no_upgrade_is_plain_and_what_is_cut_short_incomplete() {
    let core = core("");
    let whole = head("/app/key?protocol=7", "");
    for end in 0..whole.len() {
        assert_eq!(verdict(&core, &whole[..end]), "incomplete", "{end}");
    }
    assert_eq!(verdict(&core, &whole.replace("13", "8")), "plain");
    assert_eq!(verdict(&core, &whole.replace("GET", "POST")), "plain");
    assert_eq!(verdict(&core, &whole.replace("upgrade: WebSocket\r\n", "")), "plain");
    assert_eq!(verdict(&core, "nonsense\0\r\n\r\n"), "plain");
    let long = "x".repeat(limit::REQUEST_HEAD_BYTES);
    assert_eq!(verdict(&core, &format!("GET / HTTP/1.1\r\nX: {long}")), "too long");
    assert_eq!(verdict(&core, &head("/app/key?protocol=7", &format!("X: {long}\r\n"))), "too long");
}

#[test]
fn contract_1_1_the_hello_names_a_timeout_from_version_7_and_a_refusal_is_said_before_the_close() {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let app = App::new("1", "key", "s");
    for (version, names_timeout) in [(5, false), (6, false), (7, true)] {
        let hello = text(welcome("", &app, version, "1.2"));
        assert!(hello.contains(r#"\"socket_id\":\"1.2\""#), "{hello}");
        assert_eq!(hello.contains(r#"\"activity_timeout\":30"#), names_timeout, "{hello}");
    }
    let refused = text(refuse("", Compat::Pusher, &Refusal::UnsupportedProtocol.into()));
    assert!(refused.contains(
        r#"{"event":"pusher:error","data":{"message":"Unsupported protocol version.","code":4007}}"#
    ));
    assert!(refused.ends_with("Unsupported protocol version."), "the reason of the close: {refused}");
}

#[test]
fn the_committed_corpus_passes_the_fuzz_target() {
    for seed in include_str!("../corpus/head.esc").lines() {
        fuzz(seed.replace(r"\r", "\r").replace(r"\n", "\n").as_bytes());
    }
}

/// Heads of mostly the right lines, so that the property reaches behind the first check.
fn any_head() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        4 => Just("upgrade: websocket".to_owned()),
        4 => Just("Connection: Upgrade".to_owned()),
        4 => Just("Sec-WebSocket-Version: 13".to_owned()),
        4 => Just("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==".to_owned()),
        2 => "[ -~]{0,20}: ?[ -~]{0,20}",
        1 => ".{0,20}",
    ];
    let target = prop_oneof![
        Just("/app/key?protocol=7".to_owned()),
        r"/app/?[a-z/]{0,5}\?(protocol|version)=[0-9a-z.!]{0,3}",
        ".{0,20}",
    ];
    (any::<u8>(), target, prop::collection::vec(line, 0..8), any::<bool>()).prop_map(
        |(piece, target, lines, ends)| {
            let head = format!("GET {target} HTTP/1.1\r\n{}\r\n", lines.join("\r\n"));
            let end: &[u8] = if ends { b"\r\nmore" } else { b"" };
            [&[piece], head.as_bytes(), end].concat()
        },
    )
}

proptest! {
    #[test]
    fn a_head_is_judged_the_same_in_any_pieces(head in any_head()) {
        fuzz(&head);
    }

    #[test]
    fn no_bytes_make_the_judge_panic(bytes: Vec<u8>) {
        fuzz(&bytes);
    }
}
