//! Has the chat's tests write the two dumps of a release into `crates/chat/tests/released`. Knows nothing
//! of databases.

use anyhow::{Context, Result, ensure};
use std::process::Command;

/// `release` is a tag, such as `v0.1.0`.
pub(crate) fn write(release: &str) -> Result<()> {
    let numbers: Vec<&str> =
        release.strip_prefix('v').context("a release is called vX.Y.Z")?.split('.').collect();
    let is_tag = numbers.len() == 3 && numbers.iter().all(|number| number.parse::<u32>().is_ok());
    ensure!(is_tag, "a release is called vX.Y.Z");
    let ran = Command::new(env!("CARGO"))
        .args(["test", "--profile", "ci", "-p", "chat", "--test", "suite", "released::"])
        .env("RELEASE", release)
        .status()?;
    ensure!(ran.success(), "the dumps were not written");
    Ok(())
}
