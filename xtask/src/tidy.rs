//! Keeps the tree as `ARCHITECTURE.md` says it is: floors, header comments, one place for limits.
//! Reads files as text and knows nothing of the compiler.

use crate::requirements;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which of our crates each crate may import outside its tests. A line for each crate, or it is refused.
const FLOORS: &[(&str, &[&str])] = &[
    ("crates/wire", &[]),
    ("crates/realtime", &["wire"]),
    ("crates/chat", &["wire"]),
    ("crates/server", &["wire", "realtime", "chat"]),
    ("crates/testkit", &["wire"]),
    ("fuzz", &["wire", "realtime", "server"]),
    ("xtask", &["wire"]),
];

/// Words that must not stand in a crate's sources, and the invariant that they would break.
const ABSENT: &[(&str, &[&str], &str)] = &[
    (
        "crates/wire/src",
        &["std::net", "std::fs", "std::env", "SystemTime", "Instant::now", "tokio::", "async fn"],
        "wire is pure: no I/O, no clock, no async",
    ),
    (
        "crates/realtime/src",
        &["rusqlite", "postgres", "axum", "/api/", "chat_channel", "wire::api", "wire::event"],
        "realtime knows no SQL, no HTTP routes and no chat",
    ),
    (
        "crates/chat/src",
        &["tokio::net", "TcpStream", "axum", "hyper", "StatusCode", "socket_id"],
        "chat knows no sockets and no HTTP",
    ),
    (
        "web/widget/src",
        &["innerHTML", "document.cookie", "from \"pusher-js\""],
        "the widget runs under the strict policy",
    ),
    ("web/console/src", &["innerHTML", "dangerouslySetInnerHTML"], "text is rendered as text nodes"),
];

/// Runs every rule; prints each finding and fails if there is one.
#[allow(clippy::print_stderr)]
pub(crate) fn check() -> Result<()> {
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files = tracked(&tree)?;
    let mut findings = floors(&tree, &files)?;
    for file in &files {
        let Ok(text) = std::fs::read_to_string(tree.join(file)) else { continue };
        findings.extend(header(file, &text));
        findings.extend(absent(file, &text));
        findings.extend(stray_limits(file, &text));
        findings.extend(left_undone(file, &text));
    }
    findings.extend(requirements::check(&tree));
    for finding in &findings {
        eprintln!("tidy: {finding}");
    }
    if !findings.is_empty() {
        bail!("{} findings", findings.len());
    }
    Ok(())
}

/// Files that git tracks or would track.
fn tracked(tree: &Path) -> Result<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(tree)
        .output()
        .context("git lists the files")?;
    let list = String::from_utf8(output.stdout).context("paths are UTF-8")?;
    Ok(list.lines().map(str::to_owned).collect())
}

/// Imports only go down.
fn floors(tree: &Path, files: &[String]) -> Result<Vec<String>> {
    let ours = ["wire", "realtime", "chat", "server", "testkit"];
    let mut findings = Vec::new();
    for manifest in files.iter().filter(|file| file.ends_with("/Cargo.toml")) {
        let folder = manifest.trim_end_matches("/Cargo.toml");
        let Some((_, allowed)) = FLOORS.iter().find(|(name, _)| *name == folder) else {
            findings
                .push(format!("{manifest}: a new crate needs a line in FLOORS that says what it may import"));
            continue;
        };
        let text = std::fs::read_to_string(tree.join(manifest))?;
        let imports = text
            .lines()
            .skip_while(|line| *line != "[dependencies]")
            .skip(1)
            .take_while(|line| !line.starts_with('['))
            .filter_map(|line| line.split(['.', ' ', '=']).next());
        for import in imports.filter(|name| ours.contains(name) && !allowed.contains(name)) {
            findings.push(format!("{manifest}: {folder} may not import {import}"));
        }
    }
    Ok(findings)
}

/// Every source file opens by saying what it decides.
fn header(file: &str, text: &str) -> Option<String> {
    let opening = match PathBuf::from(file).extension()?.to_str()? {
        "rs" => ["//!", "//!"],
        "ts" | "tsx" | "mjs" => ["//", "/*"],
        "css" => ["/*", "/*"],
        "sql" => ["--", "--"],
        "sh" => ["#!", "#"],
        _ => return None,
    };
    let opens = opening.iter().any(|word| text.trim_start().starts_with(word));
    (!opens).then(|| format!("{file}: opens without a header comment"))
}

fn absent(file: &str, text: &str) -> Vec<String> {
    // Tests may name what the product may not: they prove that it is absent.
    let rules =
        ABSENT.iter().filter(|(folder, _, _)| file.starts_with(folder) && !file.ends_with("_tests.rs"));
    rules
        .flat_map(|(_, words, why)| {
            let stands = |word: &&&str| code_lines(text).any(|line| line.contains(**word));
            words.iter().filter(stands).map(move |word| format!("{file}: `{word}` stands here, but {why}"))
        })
        .collect()
}

/// Lines that are neither comments nor in a test module.
fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]"))
        .filter(|line| !line.trim_start().starts_with("//"))
}

/// A bound on what a peer may send stands in `wire::limit` and nowhere else.
fn stray_limits(file: &str, text: &str) -> Vec<String> {
    let ours = ["crates/chat/src", "crates/realtime/src", "crates/server/src"];
    if !ours.iter().any(|folder| file.starts_with(folder)) {
        return Vec::new();
    }
    let names_a_limit = |line: &str| {
        let Some(rest) = line
            .trim_start()
            .trim_start_matches("pub ")
            .trim_start_matches("(crate) ")
            .strip_prefix("const ")
        else {
            return false;
        };
        let name = rest.split(':').next().unwrap_or_default();
        name.starts_with("MAX_")
            || name.ends_with("_MAX")
            || name.contains("LIMIT")
            || name.contains("_PER_MINUTE")
    };
    code_lines(text)
        .filter(|line| names_a_limit(line))
        .map(|line| format!("{file}: a limit outside wire::limit: {}", line.trim()))
        .collect()
}

fn left_undone(file: &str, text: &str) -> Vec<String> {
    if file.starts_with("xtask/")
        || !(file.ends_with(".rs") || file.ends_with(".ts") || file.ends_with(".tsx"))
    {
        return Vec::new();
    }
    let words = [
        "TODO",
        "FIXME",
        "#[ignore",
        "test.only(",
        "it.only(",
        "describe.only(",
        "test.skip(",
        "it.skip(",
        "describe.skip(",
    ];
    words
        .iter()
        .filter(|word| text.contains(**word))
        .map(|word| format!("{file}: `{word}` was left behind"))
        .collect()
}
