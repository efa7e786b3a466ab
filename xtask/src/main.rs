//! Chores of the tree that need to know the code: generated types, tidiness, the sum of
//! all test runs. Knows nothing of how the product runs.

mod release_schema;
mod requirements;
mod tidy;
mod types;

use anyhow::{Result, bail};
use std::process::ExitCode;

#[allow(clippy::print_stderr)]
fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["types"] => types::write(),
        ["types", "--check"] => types::check(),
        ["tidy"] => tidy::check(),
        ["release-schema", release] => release_schema::write(release),
        _ => bail!("usage: xtask types [--check] | tidy | release-schema vX.Y.Z"),
    }
}
