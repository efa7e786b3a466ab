//! Files of the chat: how bytes that came become a file that is kept, and how what nobody needs goes.
//! Decides the order of bytes and rows; knows nothing of routes.
//!
//! A row stands before the first byte is kept, and says `kept` only after the last one is: a crash
//! leaves neither a row without bytes nor bytes that no row leads to.

pub mod bucket;
pub mod delivery;
pub mod kind;
pub mod picture;
pub mod spool;
pub mod store;
pub mod strip;
pub mod upload;

pub use store::BucketSettings;
pub(crate) use store::from_disk;

use crate::desk::{Desk, now_ms};
use crate::reply::Answer;
use crate::settings::Settings;
use anyhow::Result;
use chat::{Found, Remains, Upload, Uploader};
use spool::{Spool, Spooled, on_disk};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use store::{Piece, Store};
use tokio::sync::Semaphore;
use wire::file::Attachment;
use wire::monitor::QueueKind;
use wire::{Refusal, Refused, limit};

/// A file on its way that nobody has written to for so long is one that a crash left behind.
const FORGOTTEN: Duration = Duration::from_secs(3_600);

/// What is shared between uploads.
pub struct Files {
    store: Store,
    /// Where bytes are until they are kept.
    incoming: PathBuf,
    /// Uploads under way.
    places: Arc<Semaphore>,
    /// Images being looked at.
    easels: Arc<Semaphore>,
    sweeping: tokio::sync::Mutex<()>,
}

impl Files {
    /// Files as the settings say.
    ///
    /// # Errors
    /// When there is no place for them.
    pub fn open(settings: &Settings) -> Result<Files> {
        let folder = settings.data.join("files");
        let incoming = folder.join("incoming");
        store::prepare(&incoming)?;
        Ok(Files {
            store: Store::open(folder, settings.bucket.as_ref())?,
            incoming,
            places: Arc::new(Semaphore::new(limit::UPLOADS)),
            easels: Arc::new(Semaphore::new(limit::IMAGES_AT_ONCE)),
            sweeping: tokio::sync::Mutex::default(),
        })
    }

    /// All bytes of an upload that came in parts, in one file.
    async fn assemble(&self, upload: &Upload) -> Result<Spooled, Refused> {
        let mut spool = Spool::begin(&self.incoming).await?;
        for number in 0..store::parts(upload.file.bytes) {
            let from = number * limit::UPLOAD_PART_BYTES;
            let bytes = limit::UPLOAD_PART_BYTES.min(upload.file.bytes - from);
            let part = self.store.read(&upload.file.id, Piece::Part(number), 0..bytes).await?;
            spool::append(&mut spool, part).await?;
        }
        spool.end().await
    }

    /// Looks at an image; what is kept is the cleaned one.
    async fn look(&self, spooled: Spooled, media_type: &'static str) -> Result<(Spooled, Looked), Refused> {
        if spooled.bytes > limit::IMAGE_BYTES {
            let most = limit::IMAGE_BYTES;
            return Err(Refusal::ImageTooLarge.because(format!("The limit is {most} bytes.")));
        }
        let _easel = self.easels.acquire().await.map_err(|_| Refusal::Internal)?;
        let bytes = spooled.head(limit::IMAGE_BYTES).await?;
        drop(spooled);
        let looked = tokio::task::spawn_blocking(move || picture::look(media_type, &bytes));
        let picture = looked.await.map_err(|_| Refusal::ImageDamaged)??;
        let clean = spool::bytes(&self.incoming, &picture.clean).await?;
        let thumbnail = match picture.thumbnail {
            Some((bytes, media_type)) => Some((spool::bytes(&self.incoming, &bytes).await?, media_type)),
            None => None,
        };
        Ok((clean, Looked { pixels: (picture.width, picture.height), thumbnail }))
    }

    /// Removes bytes that no row needs.
    async fn remove(&self, remains: &Remains) -> Result<(), Refused> {
        for number in 0..store::parts(remains.part_bytes) {
            self.store.remove(&remains.id, Piece::Part(number)).await?;
        }
        if !remains.only_parts {
            self.store.remove(&remains.id, Piece::Thumbnail).await?;
            self.store.remove(&remains.id, Piece::Whole).await?;
        }
        Ok(())
    }
}

/// What an image showed.
struct Looked {
    pixels: (u32, u32),
    thumbnail: Option<(Spooled, &'static str)>,
}

/// Keeps a file all of whose bytes have come. One that is refused is dropped at once.
///
/// # Errors
/// What is wrong with it, or with the place where it should be kept.
async fn finish(desk: &Desk, by: &Uploader, upload: Upload, spooled: Spooled) -> Answer<Attachment> {
    let id = upload.file.id.clone();
    match keep(&desk.files, upload, spooled).await {
        Ok(found) => Ok(desk.chat.keep_upload(by, &id, found).await?),
        Err(refused) => {
            let for_good = refused.refusal.row().retry == wire::refusal::Retry::No;
            if for_good {
                desk.chat.drop_upload(by, &id).await?;
            }
            Err(refused.into())
        }
    }
}

async fn keep(files: &Files, upload: Upload, spooled: Spooled) -> Result<Found, Refused> {
    let head = spooled.head(kind::HEAD_BYTES as u64).await?;
    let (id, is_voice) = (&upload.file.id, upload.file.is_voice);
    let media_type = kind::sniff(&head, is_voice);
    if !kind::is_allowed(media_type, &upload.rules.types, is_voice) {
        return Err(Refusal::FileTypeNotAllowed.because(media_type));
    }
    let (spooled, looked) = match kind::is_shown_image(media_type) {
        true => files.look(spooled, media_type).await.map(|(clean, looked)| (clean, Some(looked)))?,
        false => (spooled, None),
    };
    let (bytes, pixels) = (spooled.bytes, looked.as_ref().map(|looked| looked.pixels));
    let mut thumbnail_type = None;
    if let Some((small, media_type)) = looked.and_then(|looked| looked.thumbnail) {
        files.store.keep(small, id, Piece::Thumbnail).await?;
        thumbnail_type = Some(media_type.to_owned());
    }
    files.store.keep(spooled, id, Piece::Whole).await?;
    Ok(Found { media_type: media_type.to_owned(), bytes, pixels, thumbnail_type })
}

/// Drops files that no message has had for a day, and removes what nobody needs. One round at a time.
pub async fn sweep(desk: &Desk) {
    let Ok(_alone) = desk.files.sweeping.try_lock() else { return };
    if let Err(refused) = swept(desk).await {
        tracing::warn!(reason = refused.refusal.row().name, "files not swept");
        desk.monitor.troubles.refused(QueueKind::Files, &refused);
    }
}

async fn swept(desk: &Desk) -> Result<(), Refused> {
    let day_ms = limit::LOOSE_FILE_H * 3_600_000;
    desk.chat.drop_loose_files(now_ms().saturating_sub(day_ms)).await?;
    for remains in desk.chat.remains().await? {
        desk.files.remove(&remains).await?;
        desk.chat.bury(&remains).await?;
    }
    let incoming = desk.files.incoming.clone();
    on_disk(move || forget(&incoming)).await
}

/// Removes what a crash left on its way.
fn forget(incoming: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(incoming)? {
        let entry = entry?;
        let age =
            entry.metadata().and_then(|about| about.modified()).map(|at| at.elapsed().unwrap_or_default());
        if age.is_ok_and(|age| age > FORGOTTEN) {
            // Somebody else may have been quicker.
            let _ = std::fs::remove_file(entry.path());
        }
    }
    Ok(())
}
