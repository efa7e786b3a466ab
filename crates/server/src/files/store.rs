//! Where files are kept: in a folder, or in a bucket. Decides when bytes are safe; knows nothing of what
//! they are and of who may read them.

use super::bucket::Bucket;
use super::spool::{Spooled, on_disk};
use anyhow::{Context, Result};
use bytes::Bytes;
use futures_util::stream::{Stream, unfold};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use wire::{Refused, limit};

/// Bytes as they are read.
pub type Bits = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// Read from a file at once.
const READ_BYTES: u64 = 128 * 1024;

/// A bucket that speaks S3, as `FRONTDESK_S3_*` and `AWS_*` name it.
#[derive(Clone)]
pub struct BucketSettings {
    /// Its name.
    pub bucket: String,
    /// Where it is, when not at Amazon.
    pub endpoint: Option<String>,
    /// Its region.
    pub region: String,
    /// `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`; without them the machine's own role is asked for.
    pub keys: Option<(String, String)>,
    /// `AWS_SESSION_TOKEN`.
    pub session_token: Option<String>,
}

impl std::fmt::Debug for BucketSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BucketSettings").field("bucket", &self.bucket).finish_non_exhaustive()
    }
}

impl BucketSettings {
    /// `None`: files are kept in a folder.
    ///
    /// # Errors
    /// When there is half a key.
    pub fn gather(get: &impl Fn(&str) -> Option<String>) -> Result<Option<BucketSettings>> {
        let Some(bucket) = get("FRONTDESK_S3_BUCKET") else { return Ok(None) };
        let keys = match (get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY")) {
            (Some(id), Some(secret)) => Some((id, secret)),
            (None, None) => None,
            _ => anyhow::bail!("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together"),
        };
        Ok(Some(BucketSettings {
            bucket,
            endpoint: get("FRONTDESK_S3_ENDPOINT"),
            region: get("FRONTDESK_S3_REGION").unwrap_or("us-east-1".to_owned()),
            keys,
            session_token: get("AWS_SESSION_TOKEN"),
        }))
    }
}

/// What of an upload is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The file.
    Whole,
    /// Its small picture.
    Thumbnail,
    /// A part of it while it comes, counted from 0.
    Part(u64),
}

/// The key under which a piece is kept. Ids end at random, so that folders fill evenly.
fn key(id: &str, piece: Piece) -> String {
    let folder = &id[id.len().saturating_sub(2)..];
    match piece {
        Piece::Whole => format!("{folder}/{id}"),
        Piece::Thumbnail => format!("{folder}/{id}.thumbnail"),
        Piece::Part(number) => format!("{folder}/{id}.part{number}"),
    }
}

/// How many parts make so many bytes.
pub fn parts(bytes: u64) -> u64 {
    bytes.div_ceil(limit::UPLOAD_PART_BYTES)
}

/// Where files are kept.
pub enum Store {
    /// A folder of this machine.
    Folder(Folder),
    /// A bucket.
    Bucket(Bucket),
}

impl Store {
    /// The bucket that is named, else the folder.
    ///
    /// # Errors
    /// When it cannot be.
    pub fn open(folder: PathBuf, bucket: Option<&BucketSettings>) -> Result<Store> {
        match bucket {
            Some(bucket) => Bucket::open(bucket).map(Store::Bucket),
            None => Ok(Store::Folder(Folder(folder))),
        }
    }

    /// Keeps a piece. When this answers, a power cut does not take it away.
    ///
    /// # Errors
    /// `storage-full` or `files-unavailable`, like all below.
    pub async fn keep(&self, spooled: Spooled, id: &str, piece: Piece) -> Result<(), Refused> {
        match self {
            Store::Folder(folder) => folder.keep(spooled, key(id, piece)).await,
            Store::Bucket(bucket) => bucket.keep(spooled, &key(id, piece)).await,
        }
    }

    /// Bytes of a piece, as far as it goes.
    ///
    /// # Errors
    /// See [`Store::keep`].
    pub async fn read(&self, id: &str, piece: Piece, range: Range<u64>) -> Result<Bits, Refused> {
        match self {
            Store::Folder(folder) => folder.read(key(id, piece), range).await,
            Store::Bucket(bucket) => bucket.read(&key(id, piece), range).await,
        }
    }

    /// Removes a piece; one that is not there is removed.
    ///
    /// # Errors
    /// See [`Store::keep`].
    pub async fn remove(&self, id: &str, piece: Piece) -> Result<(), Refused> {
        match self {
            Store::Folder(folder) => folder.remove(key(id, piece)).await,
            Store::Bucket(bucket) => bucket.remove(&key(id, piece)).await,
        }
    }
}

/// A folder, with a folder in it for each ending of an id.
pub struct Folder(PathBuf);

impl Folder {
    /// The bytes are synced already; then the names are.
    async fn keep(&self, spooled: Spooled, key: String) -> Result<(), Refused> {
        let (root, to) = (self.0.clone(), self.0.join(key));
        on_disk(move || {
            let folder = to.parent().unwrap_or(&root);
            if !folder.is_dir() {
                std::fs::create_dir_all(folder)?;
                sync_folder(&root)?;
            }
            std::fs::rename(spooled.path(), &to)?;
            sync_folder(folder)
        })
        .await
    }

    async fn read(&self, key: String, range: Range<u64>) -> Result<Bits, Refused> {
        let path = self.0.join(key);
        let open = on_disk(move || {
            let mut file = File::open(path)?;
            let end = range.end.min(file.metadata()?.len());
            file.seek(io::SeekFrom::Start(range.start))?;
            Ok((file, end.saturating_sub(range.start)))
        });
        Ok(Box::pin(unfold(Some(open.await?), next)))
    }

    async fn remove(&self, key: String) -> Result<(), Refused> {
        let path = self.0.join(key);
        on_disk(move || match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .await
    }
}

/// The bytes of an open file, as they are read.
pub(crate) fn from_disk(file: File, bytes: u64) -> Bits {
    Box::pin(unfold(Some((file, bytes)), next))
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The next bytes of a file, of which so many are left.
async fn next(left: Option<(File, u64)>) -> Option<(io::Result<Bytes>, Option<(File, u64)>)> {
    let (file, left) = left.filter(|(_, left)| *left > 0)?;
    let read = tokio::task::spawn_blocking(move || some(file, left.min(READ_BYTES)));
    match read.await.map_err(io::Error::other).flatten() {
        Ok((file, bytes)) => {
            let left = left - bytes.len() as u64;
            Some((Ok(bytes.into()), Some((file, left))))
        }
        Err(error) => Some((Err(error), None)),
    }
}

fn some(file: File, most: u64) -> io::Result<(File, Vec<u8>)> {
    let mut bytes = Vec::new();
    (&file).take(most).read_to_end(&mut bytes)?;
    if bytes.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok((file, bytes)) }
}

/// Makes the folders, for their owner alone.
///
/// # Errors
/// When it cannot.
pub fn prepare(folder: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("{} cannot be made", folder.display()))
}
