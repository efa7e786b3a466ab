//! `frontdesk backup` and `frontdesk restore`: what belongs to a backup, and that it appears under its
//! name as a whole or not at all. Knows nothing of how an archive is written.
//!
//! The database is copied first, as it stands at one moment, and the attachments after it: their files
//! never change, so every row of the copy finds its bytes, whatever is written meanwhile.

pub mod archive;
pub mod route;

use crate::desk::now_ms;
use crate::serve::{is_served, storage};
use crate::settings::Settings;
use anyhow::{Context, Result, bail, ensure};
use archive::{Manifest, Packing};
use chat::{Schema, Storage};
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use wire::time::rfc3339;

/// A backup that was made.
pub struct Made {
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// What is in it.
    pub manifest: Manifest,
}

/// What the data folder remembers of its last backup.
#[derive(Serialize, Deserialize)]
pub struct Last {
    /// When it was made.
    pub made_ms: u64,
    /// Where it was put.
    pub path: PathBuf,
}

impl Last {
    /// The last backup of this folder, if there was one.
    pub fn of(data: &Path) -> Option<Last> {
        serde_json::from_slice(&fs::read(last(data)).ok()?).ok()
    }
}

fn last(data: &Path) -> PathBuf {
    data.join("last-backup.json")
}

/// Makes a backup, whether a server runs or not. A folder gets a file named after the time. Blocks.
///
/// # Errors
/// One sentence: what cannot be read or written, or which tool does it where this one does not.
pub fn backup(settings: &Settings, to: &Path) -> Result<Made> {
    let to = if to.is_dir() { to.join(file_name(now_ms())) } else { to.to_owned() };
    let made = pack(settings, &to)?;
    remember(&settings.data, &Last { made_ms: made.manifest.made_ms, path: fs::canonicalize(&to)? });
    Ok(made)
}

/// Why there can be no backup by this program, in a sentence; `None`: there can.
pub fn hindrance(settings: &Settings) -> Option<String> {
    if settings.bucket.is_some() {
        return Some(
            "This backup is for files in a folder. Yours are in a bucket: keep copies of that, and of the database."
                .to_owned(),
        );
    }
    match storage(settings) {
        Storage::Sqlite { .. } => None,
        Storage::Postgres { .. } => Some(format!(
            "This backup is for SQLite. The database is PostgreSQL: use pg_dump, and keep {} beside its dump.",
            settings.data.display()
        )),
    }
}

/// Packs everything into this file, which appears as a whole.
fn pack(settings: &Settings, to: &Path) -> Result<Made> {
    if let Some(why) = hindrance(settings) {
        bail!("{why}");
    }
    let Storage::Sqlite { path: database, .. } = storage(settings) else {
        bail!("There is no file to copy.")
    };
    ensure!(
        database.exists(),
        "There is no database in {}; name its folder with --data.",
        settings.data.display()
    );
    let made_ms = now_ms();
    let room = Room::beside(to)?;
    let snapshot = room.path.join("frontdesk.sqlite");
    chat::snapshot(&database, &snapshot)
        .with_context(|| format!("{} cannot be copied", database.display()))?;
    let schema = Schema::of(&Storage::Sqlite { path: snapshot.clone(), max_bytes: None })?.found;
    let packed = room.path.join("archive");
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&packed)?;
    let mut packing = Packing::new(file);
    packing.add("frontdesk.sqlite", &snapshot)?;
    packing.add("secrets.toml", &settings.data.join("secrets.toml"))?;
    if let Some(config) = &settings.config_file {
        packing.add("frontdesk.toml", config)?;
    }
    for folder in ["acme", "files"] {
        add_folder(&mut packing, folder, &settings.data.join(folder))?;
    }
    let manifest = packing.finish(schema, made_ms)?;
    let bytes = packed.metadata()?.len();
    fs::rename(&packed, to).with_context(|| format!("{} cannot be written", to.display()))?;
    sync_folder_of(to)?;
    Ok(Made { path: to.to_owned(), bytes, manifest })
}

/// `frontdesk-2026-11-22T105300Z.tar.gz`.
fn file_name(at_ms: u64) -> String {
    let time = rfc3339(at_ms).replace(':', "");
    format!("frontdesk-{}Z.tar.gz", time.split('.').next().unwrap_or_default())
}

/// Every plain file below a folder, in order.
fn add_folder(packing: &mut Packing, name: &str, folder: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    let mut entries: Vec<_> = entries.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let below = format!("{name}/{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            add_folder(packing, &below, &entry.path())?;
        } else if kind.is_file() {
            packing.add(&below, &entry.path())?;
        }
    }
    Ok(())
}

/// A hidden folder beside the backup for what is not finished. One that a killed backup left behind is
/// used again, so that they do not pile up.
struct Room {
    path: PathBuf,
    _lock: File,
}

impl Room {
    fn beside(to: &Path) -> Result<Room> {
        let name = to.file_name().with_context(|| format!("{} is no name for a file.", to.display()))?;
        let path = to.with_file_name(format!(".{}.part", name.to_string_lossy()));
        let failed = || format!("Nothing can be written beside {}", to.display());
        DirBuilder::new().recursive(true).mode(0o700).create(&path).with_context(failed)?;
        let lock = File::create(path.join("lock")).with_context(failed)?;
        ensure!(lock.try_lock().is_ok(), "Another backup to {} is being made.", to.display());
        for left in ["frontdesk.sqlite", "frontdesk.sqlite-journal", "archive"] {
            // Mostly they are not there; what cannot be removed shows itself at the next step.
            let _ = fs::remove_file(path.join(left));
        }
        Ok(Room { path, _lock: lock })
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // What stays is used by the next backup.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// A new name is on the disk only with its folder.
fn sync_folder_of(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(File::open(folder)?.sync_all()?)
}

/// The backup is made, whether it can be remembered or not.
fn remember(data: &Path, made: &Last) {
    if let Ok(text) = serde_json::to_vec(made) {
        let _ = fs::write(last(data), text);
    }
}

/// Makes a data folder from a backup. Blocks.
///
/// # Errors
/// One sentence: the folder is in use or not empty, the archive is not whole or of a later release.
pub fn restore(archive: &Path, data: &Path) -> Result<Manifest> {
    if is_served(data) {
        bail!(
            "A Frontdesk is running on {}; stop it first, or choose another folder with --data.",
            data.display()
        );
    }
    let is_empty = fs::read_dir(data).map_or(true, |mut entries| entries.next().is_none());
    if !is_empty || data.is_file() {
        bail!(
            "{} is not empty; choose another folder with --data, or move what is there away.",
            data.display()
        );
    }
    let name = data.file_name().with_context(|| format!("{} is no name for a folder.", data.display()))?;
    let unpacked = data.with_file_name(format!(".{}.restoring", name.to_string_lossy()));
    // Left behind by one that was killed.
    let _ = fs::remove_dir_all(&unpacked);
    DirBuilder::new().recursive(true).mode(0o700).create(&unpacked)?;
    let restored = unpack_and_check(archive, &unpacked).and_then(|manifest| {
        fs::rename(&unpacked, data).with_context(|| format!("{} cannot be made", data.display()))?;
        sync_folder_of(data)?;
        Ok(manifest)
    });
    if restored.is_err() {
        let _ = fs::remove_dir_all(&unpacked);
    }
    restored
}

fn unpack_and_check(archive: &Path, into: &Path) -> Result<Manifest> {
    let manifest = archive::unpack(archive, into)?;
    let Schema { found, known, .. } =
        Schema::of(&Storage::Sqlite { path: into.join("frontdesk.sqlite"), max_bytes: None })?;
    ensure!(found > 0, "{} holds no database.", archive.display());
    ensure!(
        found <= known,
        "{} was made by release {} and has schema version {found}; this release knows only {known}.",
        archive.display(),
        manifest.release
    );
    Ok(manifest)
}
