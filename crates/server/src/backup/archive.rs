//! What a backup's file is: a gzipped tar of plain files, whose last one lists all others with size and
//! hash. Decides what may stand in it and whether it is whole; knows nothing of what the files mean.

use anyhow::{Context, Result, bail, ensure};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};

/// The number of this format; another one is not read.
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";
/// What an archive may hold at its top: these files, and anything below these folders.
const FILES: [&str; 4] = ["frontdesk.sqlite", "secrets.toml", "frontdesk.toml", MANIFEST];
const FOLDERS: [&str; 2] = ["files", "acme"];

/// The last file of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    format: u32,
    /// The release that made it.
    pub release: String,
    /// Version of the database's tables.
    pub schema: u64,
    /// When the database stood so.
    pub made_ms: u64,
    /// Every other file, by its path.
    pub files: BTreeMap<String, Fingerprint>,
}

/// What a file must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Its size.
    pub bytes: u64,
    /// Its hash, in hexadecimal.
    pub sha256: String,
}

/// An archive being written.
pub struct Packing {
    tar: tar::Builder<GzEncoder<File>>,
    files: BTreeMap<String, Fingerprint>,
}

impl Packing {
    /// Begins one. Fast rather than small: most bytes are pictures and sound, which do not shrink.
    pub fn new(file: File) -> Packing {
        let tar = tar::Builder::new(GzEncoder::new(file, Compression::fast()));
        Packing { tar, files: BTreeMap::new() }
    }

    /// Adds a file under this name. One that is gone meanwhile was deleted by somebody who may, and is
    /// left out.
    ///
    /// # Errors
    /// When it cannot be read, or the archive not be written.
    pub fn add(&mut self, name: &str, path: &Path) -> Result<()> {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            file => file.with_context(|| format!("{} cannot be read", path.display()))?,
        };
        let bytes = file.metadata()?.len();
        let mut reading = Hashing { inner: file.take(bytes), hash: Sha256::new() };
        self.tar
            .append_data(&mut header(bytes), name, &mut reading)
            .with_context(|| format!("{} cannot be packed", path.display()))?;
        ensure!(reading.inner.limit() == 0, "{} became shorter while it was read", path.display());
        self.files.insert(name.to_owned(), Fingerprint { bytes, sha256: reading.sha256() });
        Ok(())
    }

    /// Ends it with its list of files, and has it on the disk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self, schema: u64, made_ms: u64) -> Result<Manifest> {
        let release = env!("CARGO_PKG_VERSION").to_owned();
        let manifest = Manifest { format: FORMAT, release, schema, made_ms, files: self.files };
        let text = serde_json::to_vec_pretty(&manifest)?;
        self.tar.append_data(&mut header(text.len() as u64), MANIFEST, text.as_slice())?;
        let mut file = self.tar.into_inner()?.finish()?;
        file.flush()?;
        file.sync_all()?;
        Ok(manifest)
    }
}

fn header(bytes: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header
}

/// Unpacks an archive into an empty folder, and answers its list once everything is as it says.
///
/// # Errors
/// When the archive is cut off, changed or none of ours; what was unpacked is then worth nothing.
pub fn unpack(archive: &Path, into: &Path) -> Result<Manifest> {
    let file = File::open(archive).with_context(|| format!("{} cannot be read", archive.display()))?;
    let whole = read_all(file, into);
    whole.with_context(|| format!("{} is no whole backup, and nothing was restored", archive.display()))
}

fn read_all(file: File, into: &Path) -> Result<Manifest> {
    let mut tar = tar::Archive::new(GzDecoder::new(BufReader::new(file)));
    let (mut found, mut manifest) = (BTreeMap::new(), None);
    for entry in tar.entries()? {
        let mut entry = entry?;
        ensure!(manifest.is_none(), "something follows its list of files");
        let name = name_of(&entry)?;
        if name == MANIFEST {
            manifest = Some(read_manifest(&mut entry)?);
            continue;
        }
        let fingerprint = place(&mut entry, &into.join(&name))?;
        ensure!(found.insert(name, fingerprint).is_none(), "a file stands in it twice");
    }
    // Only the end of the stream holds its checksum.
    io::copy(&mut tar.into_inner(), &mut io::sink())?;
    let manifest = manifest.context("its list of files is missing")?;
    for (name, fingerprint) in &manifest.files {
        ensure!(found.get(name) == Some(fingerprint), "{name} is not as its list of files says");
    }
    ensure!(found.len() == manifest.files.len(), "it holds more than its list of files says");
    Ok(manifest)
}

fn read_manifest(entry: &mut impl Read) -> Result<Manifest> {
    let mut text = Vec::new();
    entry.read_to_end(&mut text)?;
    let manifest: Manifest = serde_json::from_slice(&text).context("its list of files cannot be read")?;
    ensure!(manifest.format == FORMAT, "its format {} is unknown to this release", manifest.format);
    Ok(manifest)
}

/// The entry's path, if it is a plain file in a place of ours: nothing can leave the folder.
fn name_of(entry: &tar::Entry<'_, impl Read>) -> Result<String> {
    let path = entry.path()?.into_owned();
    let said = path.display().to_string();
    ensure!(entry.header().entry_type() == tar::EntryType::Regular, "{said} is no plain file");
    let parts: Option<Vec<&str>> = path
        .components()
        .map(|part| match part {
            Component::Normal(name) => name.to_str(),
            Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => None,
        })
        .collect();
    match parts.as_deref() {
        Some([name]) if FILES.contains(name) => Ok(said),
        Some([folder, _, ..]) if FOLDERS.contains(folder) => Ok(said),
        Some(_) | None => bail!("{said} has no place in a backup"),
    }
}

fn place(entry: &mut impl Read, path: &PathBuf) -> Result<Fingerprint> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let mut reading = Hashing { inner: entry, hash: Sha256::new() };
    let bytes = io::copy(&mut reading, &mut file)?;
    file.sync_all()?;
    Ok(Fingerprint { bytes, sha256: reading.sha256() })
}

/// Hashes what is read through it.
struct Hashing<R> {
    inner: R,
    hash: Sha256,
}

impl<R> Hashing<R> {
    fn sha256(self) -> String {
        self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::secrets::random_word;

    fn folder() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("frontdesk-archive-{}", random_word(8)));
        std::fs::create_dir(&folder).unwrap();
        folder
    }

    /// An archive of one entry whose header is written as it is told, without a word of ours.
    fn with_entry(folder: &Path, path: &[u8], kind: tar::EntryType) -> PathBuf {
        let archive = folder.join("evil.tar.gz");
        let mut tar = tar::Builder::new(GzEncoder::new(File::create(&archive).unwrap(), Compression::fast()));
        let mut header = header(2);
        header.set_entry_type(kind);
        header.as_old_mut().name[..path.len()].copy_from_slice(path);
        if kind.is_symlink() {
            header.set_link_name("/etc/passwd").unwrap();
            header.set_size(0);
        }
        header.set_cksum();
        tar.append(&header, if kind.is_symlink() { &b""[..] } else { &b"hi"[..] }).unwrap();
        tar.into_inner().unwrap().finish().unwrap();
        archive
    }

    #[test]
    fn no_path_of_an_archive_leaves_the_folder() {
        let folder = folder();
        let refused = |path: &str, kind| {
            let archive = with_entry(&folder, path.as_bytes(), kind);
            let into = folder.join(random_word(8));
            std::fs::create_dir(&into).unwrap();
            let refused = format!("{:#}", unpack(&archive, &into).unwrap_err());
            assert_eq!(std::fs::read_dir(&into).unwrap().count(), 0, "{path} was written");
            refused
        };
        for path in ["../evil", "files/../../evil", "/etc/evil", "lock", "files", "./secrets.toml/x"] {
            let said = refused(path, tar::EntryType::Regular);
            assert!(said.contains("has no place in a backup"), "{path}: {said}");
        }
        for kind in [tar::EntryType::Symlink, tar::EntryType::Link, tar::EntryType::Fifo] {
            assert!(refused("files/link", kind).contains("is no plain file"));
        }
        // The premise: under a name of ours the very same archive lacks nothing but its list.
        let into = folder.join("good");
        std::fs::create_dir(&into).unwrap();
        let archive = with_entry(&folder, b"files/a/b", tar::EntryType::Regular);
        assert!(format!("{:#}", unpack(&archive, &into).unwrap_err()).contains("list of files is missing"));
        assert_eq!(std::fs::read(into.join("files/a/b")).unwrap(), b"hi");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn an_archive_that_lost_or_changed_a_byte_is_refused() {
        let folder = folder();
        let picture = folder.join("picture");
        std::fs::write(&picture, random_word(3_000)).unwrap();
        let archive = folder.join("backup.tar.gz");
        let mut packing = Packing::new(File::create(&archive).unwrap());
        packing.add("files/picture", &picture).unwrap();
        packing.add("files/gone", &folder.join("gone")).unwrap();
        let packed = packing.finish(4, 7).unwrap();
        assert_eq!(packed.files.len(), 1);
        let bytes = std::fs::read(&archive).unwrap();
        let unpacked = |bytes: &[u8]| {
            let (into, copy) = (folder.join(random_word(8)), folder.join("copy"));
            std::fs::create_dir(&into).unwrap();
            std::fs::write(&copy, bytes).unwrap();
            unpack(&copy, &into)
        };
        assert_eq!(unpacked(&bytes).unwrap(), packed);
        for length in (0..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
            assert!(unpacked(&bytes[..length]).is_err(), "cut after {length}");
        }
        // Behind the head of the stream, whose time and system nobody checks. A bit that says nothing may
        // change: what comes out is then the same.
        for at in (10..bytes.len()).step_by(61) {
            let mut changed = bytes.clone();
            changed[at] ^= 4;
            assert!(
                unpacked(&changed).is_ok_and(|same| same == packed) || unpacked(&changed).is_err(),
                "{at}"
            );
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
