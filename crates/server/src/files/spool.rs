//! Bytes on their way into the store: a file of its own for each upload, so that memory stays small
//! however large it is. Knows nothing of what the bytes are.

use crate::reply::Answer;
use crate::secrets::random_word;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use wire::{Refusal, Refused, limit};

/// Written to the file at once.
const GATHERED_BYTES: usize = 128 * 1024;
/// As long as no byte comes.
const SILENCE: Duration = Duration::from_secs(limit::UPLOAD_SILENCE_S);

/// What the server says when its disk does not do what it should.
pub fn trouble(error: &io::Error) -> Refused {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => Refusal::StorageFull.into(),
        kind => {
            tracing::error!(%kind, "a file cannot be stored or read");
            Refusal::FilesUnavailable.into()
        }
    }
}

/// Runs on a thread that may wait for the disk.
pub async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Refused> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| Refusal::Internal)?;
    done.map_err(|error| trouble(&error))
}

/// A file that goes when nobody wants it any more.
struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        // It was moved to where it stays, or the sweep finds it.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Bytes that are coming.
pub struct Spool {
    file: Option<File>,
    place: Place,
    gathered: Vec<u8>,
    bytes: u64,
}

/// All bytes, on disk.
pub struct Spooled {
    place: Place,
    /// How many there are.
    pub bytes: u64,
}

impl Spool {
    /// Begins a file in this folder.
    ///
    /// # Errors
    /// `storage-full` or `files-unavailable`, like all below.
    pub async fn begin(folder: &Path) -> Result<Spool, Refused> {
        Spool::at(folder.join(random_word(24))).await
    }

    async fn at(path: PathBuf) -> Result<Spool, Refused> {
        let opened = path.clone();
        let file =
            on_disk(move || File::options().write(true).create(true).truncate(true).open(opened)).await?;
        Ok(Spool { file: Some(file), place: Place(path), gathered: Vec::new(), bytes: 0 })
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// See [`Spool::begin`].
    pub async fn add(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        self.bytes += bytes.len() as u64;
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= GATHERED_BYTES { self.flush(false).await } else { Ok(()) }
    }

    async fn flush(&mut self, for_good: bool) -> Result<(), Refused> {
        let mut file = self.file.take().ok_or(Refusal::FilesUnavailable)?;
        let gathered = std::mem::take(&mut self.gathered);
        let written = on_disk(move || {
            file.write_all(&gathered)?;
            if for_good {
                file.sync_all()?;
            }
            Ok(file)
        });
        self.file = Some(written.await?);
        Ok(())
    }

    /// All bytes are on disk when this answers.
    ///
    /// # Errors
    /// See [`Spool::begin`].
    pub async fn end(mut self) -> Result<Spooled, Refused> {
        self.flush(true).await?;
        Ok(Spooled { bytes: self.bytes, place: self.place })
    }
}

impl Spooled {
    /// Where it is, until it is moved.
    pub fn path(&self) -> &Path {
        &self.place.0
    }

    /// At most so many bytes from its beginning.
    ///
    /// # Errors
    /// See [`Spool::begin`].
    pub async fn head(&self, most: u64) -> Result<Vec<u8>, Refused> {
        let path = self.path().to_owned();
        on_disk(move || {
            let mut head = Vec::new();
            File::open(path)?.take(most).read_to_end(&mut head)?;
            Ok(head)
        })
        .await
    }
}

/// Puts a body of so many bytes on disk. It may take as long as it likes while bytes come.
///
/// # Errors
/// `request-timeout`, `bad-request-head` when it ends early, and see [`Spool::begin`].
pub async fn body(folder: &Path, body: axum::body::Body, bytes: u64) -> Answer<Spooled> {
    let mut spool = Spool::begin(folder).await?;
    let mut stream = body.into_data_stream();
    let cut = || Refusal::BadRequestHead.because("The body did not arrive whole.");
    loop {
        let next = tokio::time::timeout(SILENCE, stream.next()).await.map_err(|_| Refusal::RequestTimeout)?;
        let Some(next) = next else { break };
        spool.add(&next.map_err(|_| cut())?).await?;
        if spool.bytes > bytes {
            return Err(Refusal::FileTooLarge.because(format!("{bytes} bytes were announced.")).into());
        }
    }
    if spool.bytes < bytes { Err(cut().into()) } else { Ok(spool.end().await?) }
}

/// Puts a stream on disk behind what is there.
///
/// # Errors
/// See [`Spool::begin`].
pub async fn append(
    spool: &mut Spool,
    mut stream: impl Stream<Item = io::Result<Bytes>> + Unpin,
) -> Result<(), Refused> {
    while let Some(bytes) = stream.next().await {
        spool.add(&bytes.map_err(|error| trouble(&error))?).await?;
    }
    Ok(())
}

/// Puts bytes on disk that are in memory.
///
/// # Errors
/// See [`Spool::begin`].
pub async fn bytes(folder: &Path, bytes: &[u8]) -> Result<Spooled, Refused> {
    let mut spool = Spool::begin(folder).await?;
    spool.add(bytes).await?;
    spool.end().await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn folder() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("frontdesk-spool-{}", random_word(8)));
        std::fs::create_dir(&folder).unwrap();
        folder
    }

    #[tokio::test]
    async fn a_full_disk_is_told_as_such() {
        // Never remove a device.
        let mut spool = std::mem::ManuallyDrop::new(Spool::at("/dev/full".into()).await.unwrap());
        let refused = spool.add(&vec![0; GATHERED_BYTES]).await.unwrap_err();
        assert_eq!(refused.refusal, Refusal::StorageFull);
    }

    #[tokio::test]
    async fn what_is_not_wanted_leaves_nothing_behind() {
        let folder = folder();
        let spooled = bytes(&folder, b"hello").await.unwrap();
        assert_eq!(spooled.head(4).await.unwrap(), b"hell");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
        drop(spooled);
        let long = body(&folder, "six by".into(), 5).await.err().unwrap();
        let short = body(&folder, "four".into(), 5).await.err().unwrap();
        assert!(
            format!("{long:?}").contains("FileTooLarge") && format!("{short:?}").contains("BadRequestHead")
        );
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        std::fs::remove_dir(folder).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_is_taken_and_a_silent_one_is_not() {
        let folder = folder();
        let step = SILENCE - Duration::from_secs(1);
        let slow = futures_util::stream::unfold(0, move |n| async move {
            tokio::time::sleep(step).await;
            (n < 10).then(|| (Ok::<_, io::Error>(Bytes::from_static(b"x")), n + 1))
        });
        assert_eq!(body(&folder, axum::body::Body::from_stream(slow), 10).await.unwrap().bytes, 10);
        let silent = futures_util::stream::pending::<io::Result<Bytes>>();
        let refused = body(&folder, axum::body::Body::from_stream(silent), 10).await.err().unwrap();
        assert!(format!("{refused:?}").contains("RequestTimeout"));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
