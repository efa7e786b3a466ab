//! `frontdesk doctor`: everything that could keep people from being heard, or let strangers in, looked at
//! one by one (R38, 1.9). Decides the order and the words well, doubtful and broken; `docs/doctor.md` says
//! which trouble is looked for where.

mod line;
mod outside;
mod people;
mod place;
mod running;
mod setup;

use crate::backup::Last;
use crate::settings::{Flags, Settings, read_dotenv, words};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Well.
    Ok,
    /// To be looked at by somebody.
    Warn,
    /// Broken, or open to strangers.
    Fail,
}

impl Verdict {
    /// As people and programs read it.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Warn => "warn",
            Verdict::Fail => "fail",
        }
    }
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The check, as `docs/doctor.md` calls it.
    pub name: String,
    /// How it is.
    pub verdict: Verdict,
    /// One sentence.
    pub found: String,
    /// What to do, unless it is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

fn ok(name: &str, found: impl Into<String>) -> Finding {
    Finding { name: name.to_owned(), verdict: Verdict::Ok, found: found.into(), advice: None }
}

fn warn(name: &str, found: impl Into<String>, advice: impl Into<String>) -> Finding {
    Finding { verdict: Verdict::Warn, advice: Some(advice.into()), ..ok(name, found) }
}

fn fail(name: &str, found: impl Into<String>, advice: impl Into<String>) -> Finding {
    Finding { verdict: Verdict::Fail, advice: Some(advice.into()), ..ok(name, found) }
}

/// A check that answers yes or no.
fn either(name: &str, well: bool, found: [&str; 2], advice: &str) -> Finding {
    if well { ok(name, found[0]) } else { fail(name, found[1], advice) }
}

/// Looks at everything, as a server started with these flags here would be. Never fails: what cannot be
/// looked at is a finding.
pub async fn examine(flags: &Flags) -> Vec<Finding> {
    let env = |name: &str| std::env::var(name).ok();
    let gathered = read_dotenv(Path::new(".env")).and_then(|dotenv| {
        let settings = Settings::gather(flags, env, &dotenv)?;
        Ok((settings, setup::read_laravel(words(flags, env, &dotenv)?)))
    });
    let (settings, laravel) = match gathered {
        Ok(both) => both,
        Err(error) => {
            return vec![fail("settings", format!("{error:#}."), "Nothing else can be looked at before.")];
        }
    };
    let mut findings = vec![ok("settings", "All settings can be read.")];
    findings.extend(laravel);
    findings.extend(setup::look(&settings));
    findings.extend(place::look(&settings, Last::of(&settings.data)));
    findings.push(outside::redis(&settings).await);
    findings.extend(people::look(&settings).await);
    findings.extend(running::look(&settings).await);
    findings.push(outside::mail(&settings).await);
    findings.push(outside::port(&settings).await);
    findings.push(outside::public_address(&settings).await);
    findings
}
