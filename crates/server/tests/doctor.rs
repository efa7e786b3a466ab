//! `frontdesk doctor` through the binary: a healthy server has no failure, each trouble is found by its
//! name, and every line of the seeds' lists and every hole has a check (R38, 1.9).
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use testkit::postgres::Postgres;
use testkit::world::{World, free_port, fresh_folder};

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");

/// Exit code, and verdict with sentence of each check.
fn doctor(data: &Path, port: u16, env: &[(&str, &str)]) -> (i32, BTreeMap<String, (String, String)>) {
    let port = port.to_string();
    let output = Command::new(BINARY)
        .args(["doctor", "--json", "--port", &port, "--data"])
        .arg(data)
        .current_dir(data)
        .envs(env.iter().copied())
        .output()
        .unwrap();
    let findings: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = findings.as_array().unwrap().iter().map(|finding| {
        let advice = finding["advice"].as_str();
        assert_eq!(advice.is_none(), finding["verdict"] == "ok", "{finding}");
        (word(&finding["name"]), (word(&finding["verdict"]), word(&finding["found"])))
    });
    (output.status.code().unwrap(), findings.collect())
}

fn names(findings: &BTreeMap<String, (String, String)>, verdict: &str) -> Vec<String> {
    findings.iter().filter(|(_, (is, _))| is == verdict).map(|(name, _)| name.clone()).collect()
}

/// Assets are built by the web build, which not every run of these tests has before it.
fn without_assets(names: Vec<String>) -> Vec<String> {
    let assets = ["console-policy", "permissions", "widget-script", "vendor-copies"];
    names.into_iter().filter(|name| !assets.contains(&name.as_str())).collect()
}

#[test]
fn a_healthy_server_has_no_failure() {
    let postgres = Postgres::shared().fresh_database();
    for env in [&[][..], &[("FRONTDESK_DATABASE_URL", postgres.as_str())]] {
        let world = World::start_with(BINARY, env);
        world.owner("Ben");
        let env = [env, &[("REVERB_SERVER_HOST", "127.0.0.1")]].concat();
        let (code, findings) = doctor(&world.data, world.port, &env);
        assert_eq!(without_assets(names(&findings, "fail")), [""; 0], "{findings:#?}");
        for name in [
            "server",
            "websocket",
            "channel-auth",
            "whispers",
            "delivery",
            "fallback",
            "foreign-origin",
            "config-reply",
            "schema",
            "agents",
        ] {
            assert_eq!(findings[name].0, "ok", "{name}: {}", findings[name].1);
        }
        assert_eq!(code == 0, names(&findings, "fail").is_empty());
    }
}

#[test]
fn without_a_server_the_doctor_says_so_and_makes_nothing() {
    let data = fresh_folder();
    let (code, findings) = doctor(&data, free_port(), &[]);
    assert_eq!((code, findings["server"].0.as_str()), (1, "fail"));
    assert_eq!(findings["delivery"].0, "warn");
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0);
    std::fs::remove_dir_all(data).unwrap();
}

#[test]
fn each_trouble_is_found_by_its_name() {
    let data = fresh_folder();
    for (env, name, verdict) in [
        (
            &[("REVERB_APP_ID", "1"), ("REVERB_APP_KEY", "alsernet-app-key"), ("REVERB_APP_SECRET", "x")][..],
            "sample-secrets",
            "fail",
        ),
        (&[("REVERB_HOST", "chat.example"), ("REVERB_SCHEME", "http")], "encryption", "fail"),
        (&[("REVERB_HOST", "a.example"), ("VITE_REVERB_HOST", "b.example")], "environment", "warn"),
        (&[("BROADCAST_DRIVER", "reverb")], "broadcast", "warn"),
        (&[("FRONTDESK_TRUSTED_PROXIES", "0.0.0.0/0")], "proxies", "fail"),
        (&[("FRONTDESK_OUTBOUND_ALLOW", "0.0.0.0/0")], "outbound", "fail"),
        (&[("FRONTDESK_LOGINS_PER_MINUTE", "0")], "limits", "fail"),
        (&[("FRONTDESK_DEMO", "1"), ("FRONTDESK_PUBLIC_URL", "https://chat.example")], "demo", "fail"),
        (&[("FRONTDESK_DEBUG_BODIES", "1")], "debug-bodies", "fail"),
        (
            &[("REVERB_SCALING_ENABLED", "true"), ("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", "1")],
            "redis",
            "fail",
        ),
        (
            &[("FRONTDESK_SMTP_URL", "smtp://127.0.0.1:1"), ("FRONTDESK_MAIL_FROM", "chat@shop.example")],
            "mail",
            "fail",
        ),
        (&[("REVERB_SERVER_HOST", "127.0.0.1")], "port", "warn"),
        (&[("REVERB_SERVER_PORT", "many")], "settings", "fail"),
        (&[("FRONTDESK_DATABASE_URL", "host=/nowhere dbname=x")], "schema", "fail"),
    ] {
        // The flag would win over the variable that is to be wrong.
        let findings = if name == "settings" { wrong_settings(&data, env) } else { doctor(&data, 1, env).1 };
        assert_eq!(findings[name].0, verdict, "{name}: {}", findings[name].1);
    }
    std::fs::remove_dir_all(data).unwrap();
}

fn wrong_settings(data: &Path, env: &[(&str, &str)]) -> BTreeMap<String, (String, String)> {
    let output = Command::new(BINARY)
        .args(["doctor", "--json"])
        .current_dir(data)
        .envs(env.iter().copied())
        .output()
        .unwrap();
    let findings: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    findings.iter().map(|f| (text(&f["name"]), (text(&f["verdict"]), text(&f["found"])))).collect()
}

#[test]
fn what_lies_in_the_folder_is_looked_at() {
    let mut world = World::start(BINARY);
    world.stop();
    let look = |name: &str| doctor(&world.data, 1, &[]).1[name].clone();
    assert_eq!((look("secrets-file").0.as_str(), look("backup").0.as_str()), ("ok", "warn"));
    let secrets = world.data.join("secrets.toml");
    std::fs::set_permissions(&secrets, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(look("secrets-file").0, "fail");
    let made = Command::new(BINARY)
        .args(["backup", "backup.tar.gz", "--data"])
        .arg(&world.data)
        .current_dir(&world.data)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert_eq!(look("backup").0, "ok");
    let database = std::fs::File::options().append(true).open(world.data.join("frontdesk.sqlite")).unwrap();
    database.set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(3_600)).unwrap();
    assert_eq!(look("clock").0, "fail");
}

/// The bullets of both seeds' troubleshooting lists, and the holes of 1.9.
fn troubles() -> BTreeSet<String> {
    let a = [265, 266, 267, 268, 271, 272, 273, 274, 277, 278, 279].map(|line| format!("A:{line}"));
    let b = [454, 455, 456, 459, 460, 463, 464, 465, 466, 469, 470, 471].map(|line| format!("B:{line}"));
    let s = (1..=20).map(|row| format!("S{row}"));
    a.into_iter().chain(b).chain(s).collect()
}

#[test]
fn r38_every_line_of_the_seeds_lists_and_every_hole_has_a_check() {
    let page = include_str!("../../../docs/doctor.md");
    let data = fresh_folder();
    let checks: BTreeSet<String> = doctor(&data, 1, &[]).1.into_keys().collect();
    std::fs::remove_dir_all(data).unwrap();
    let (mut looked_for, mut explained) = (BTreeSet::new(), BTreeSet::new());
    for line in page.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let named: Vec<String> =
            cells.iter().flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect();
        if troubles().contains(cells[0]) {
            assert!(named.iter().any(|name| checks.contains(name)), "{} has no check", cells[0]);
            looked_for.insert(cells[0].to_owned());
        } else if let Some(name) = named.first().filter(|name| checks.contains(*name)) {
            explained.insert(name.clone());
        }
    }
    assert_eq!(looked_for, troubles());
    assert_eq!(explained, checks, "docs/doctor.md explains every check");
}
