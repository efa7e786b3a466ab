//! What the data folder says: database, disk, secrets, clock and backup. Asks no server and changes
//! nothing that stays.

use super::{Finding, fail, ok, warn};
use crate::backup::Last;
use crate::desk::now_ms;
use crate::samples;
use crate::secrets::Secrets;
use crate::serve::storage;
use crate::settings::Settings;
use chat::{Schema, Storage};
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant, UNIX_EPOCH};

/// Below this much room the next days may end with a full disk.
const ROOM_BYTES: u64 = 1_000_000_000;
/// A write-ahead log that is longer says that something keeps it from being copied back.
const LOG_BYTES: u64 = 256_000_000;
/// Writes with fsync per second below which a busy desk waits for its disk.
const SYNCS_PER_S: f64 = 50.0;
/// Days after which a backup is old.
const BACKUP_DAYS: u64 = 7;
/// Noon of 1 January 2026, before which this program was not written.
const NOT_BEFORE_MS: u64 = 1_767_268_800_000;

pub(super) fn look(settings: &Settings, last: Option<Last>) -> Vec<Finding> {
    vec![
        schema(settings),
        disk(&settings.data),
        syncs(&settings.data),
        log(settings),
        secrets_file(&settings.data),
        clock(settings),
        backup(settings, last),
    ]
}

fn schema(settings: &Settings) -> Finding {
    match Schema::of(&storage(settings)) {
        Err(error) => fail("schema", format!("The database cannot be read: {error}."), "Look at its log."),
        Ok(Schema { found, known, .. }) if found == known => {
            ok("schema", format!("Version {found} is this release's."))
        }
        Ok(Schema { found: 0, .. }) => warn("schema", "There is no database yet.", "Start the server once."),
        Ok(Schema { found, known, .. }) if found < known => warn(
            "schema",
            format!("The database has version {found}, this release {known}."),
            "The next start brings it up; `frontdesk migrate --check` says what that does.",
        ),
        Ok(Schema { found, known, .. }) => fail(
            "schema",
            format!("A later release wrote the database: version {found}, and this one knows {known}."),
            "Use that release, or restore the backup made before it.",
        ),
    }
}

fn disk(data: &Path) -> Finding {
    let probe = data.join(".writable");
    if let Err(error) = fs::write(&probe, b"").and_then(|()| fs::remove_file(&probe)) {
        let found = format!("The data folder {} cannot be written: {error}.", data.display());
        return fail("disk", found, "Give it to the user that runs the server.");
    }
    let Ok(system) = rustix::fs::statvfs(data) else { return ok("disk", "The data folder can be written.") };
    let room = system.f_bavail * system.f_frsize;
    let found = format!("{} MB are free.", room / 1_000_000);
    if room < ROOM_BYTES {
        warn("disk", found, "Make room, or set FRONTDESK_MAX_DATABASE_BYTES.")
    } else {
        ok("disk", found)
    }
}

/// How often a second the disk can promise that something is kept.
fn syncs(data: &Path) -> Finding {
    let probe = data.join(".synced");
    let measure = || -> std::io::Result<f64> {
        let mut file = fs::File::create(&probe)?;
        let began = Instant::now();
        let mut count = 0.0;
        while count < 20.0 && began.elapsed() < Duration::from_secs(2) {
            file.write_all(&[0; 4096])?;
            file.sync_data()?;
            count += 1.0;
        }
        Ok(count / began.elapsed().as_secs_f64())
    };
    let measured = measure();
    // It may not even have been made.
    let _ = fs::remove_file(&probe);
    match measured {
        Ok(rate) if rate >= SYNCS_PER_S => ok("fsync", format!("The disk keeps {rate:.0} writes a second.")),
        Ok(rate) => {
            warn("fsync", format!("The disk keeps only {rate:.0} writes a second."), "Use a faster disk.")
        }
        Err(error) => fail("fsync", format!("Nothing can be kept: {error}."), "Look at the disk."),
    }
}

fn log(settings: &Settings) -> Finding {
    let Storage::Sqlite { path, .. } = storage(settings) else {
        return ok("write-ahead-log", "PostgreSQL keeps its own.");
    };
    let bytes = fs::metadata(path.with_extension("sqlite-wal")).map_or(0, |file| file.len());
    let found = format!("The write-ahead log has {} MB.", bytes / 1_000_000);
    if bytes > LOG_BYTES {
        return warn(
            "write-ahead-log",
            found,
            "A long read holds it: end other programs that have the file open.",
        );
    }
    ok("write-ahead-log", found)
}

fn secrets_file(data: &Path) -> Finding {
    let path = data.join("secrets.toml");
    let Ok(there) = fs::metadata(&path) else {
        return warn("secrets-file", "There are no secrets yet.", "Start the server once.");
    };
    let mode = there.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let found = format!("secrets.toml can be read by others (mode {mode:o}).");
        return fail("secrets-file", found, format!("chmod 600 {}", path.display()));
    }
    match Secrets::load_or_make(data) {
        Err(error) => fail("secrets-file", format!("{error:#}."), "Restore it from a backup."),
        Ok(secrets)
            if [&secrets.app_key, &secrets.app_secret].into_iter().any(|word| samples::is_sample(word)) =>
        {
            fail("secrets-file", "secrets.toml holds a secret that was printed in public.", "Take it out.")
        }
        Ok(_) => ok("secrets-file", "secrets.toml is for its owner alone."),
    }
}

/// Ids, sessions and signatures go by the clock.
fn clock(settings: &Settings) -> Finding {
    let now = now_ms();
    let written = fs::metadata(settings.data.join("frontdesk.sqlite")).and_then(|file| file.modified()).ok();
    let written_ms =
        written.and_then(|at| at.duration_since(UNIX_EPOCH).ok()).map_or(0, |since| since.as_millis());
    if now < NOT_BEFORE_MS || u128::from(now) + 60_000 < written_ms {
        return fail("clock", "The clock is behind what was written already.", "Set it, and keep it by NTP.");
    }
    ok("clock", format!("It is {}.", wire::time::rfc3339(now)))
}

fn backup(settings: &Settings, last: Option<Last>) -> Finding {
    if let Storage::Postgres { .. } = storage(settings) {
        let found = "PostgreSQL has its own backups, which cannot be seen from here.";
        return ok("backup", found);
    }
    let Some(last) = last else {
        return warn("backup", "There was no backup yet.", "Run `frontdesk backup FOLDER` every day.");
    };
    let days = now_ms().saturating_sub(last.made_ms) / 86_400_000;
    let found = format!("The last backup is {days} days old: {}.", last.path.display());
    if days > BACKUP_DAYS {
        warn("backup", found, "Run `frontdesk backup FOLDER` every day.")
    } else {
        ok("backup", found)
    }
}
