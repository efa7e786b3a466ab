//! The backup over HTTP: an owner downloads the same archive that the command line makes. Decides what they show and
//! how it leaves; knows nothing of what belongs to it.

use super::{Last, hindrance, pack, remember};
use crate::arrival::Arrival;
use crate::caller::SignedAgent;
use crate::desk::{Desk, now_ms};
use crate::files;
use crate::idempotency;
use crate::rate::Bucket;
use crate::reply::{Answer, Json, No, ok};
use anyhow::{Context, Result};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{Semaphore, SemaphorePermit};
use wire::Refusal;
use wire::api::{AuditKind, BackupReply, BackupRequest};
use wire::time::rfc3339;

type Shared = State<Arc<Desk>>;

/// Each takes the room of a second database until it is packed.
static PLACES: Semaphore = Semaphore::const_new(1);
/// Somebody who waits for a place asks again after so long.
const AGAIN_S: u64 = 10;

/// `GET /api/v1/backup`: owners only.
pub async fn last(State(desk): Shared, _owner: SignedAgent) -> Answer {
    let made = Last::of(&desk.settings.data);
    let last_at = made.map(|last| rfc3339(last.made_ms));
    Ok(ok(&BackupReply { success: true, last_at, hindered: hindrance(&desk.settings) }))
}

/// `POST /api/v1/backup`: owners only, with their password. Answers the archive itself.
pub async fn download(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    arrival: Arrival,
    headers: HeaderMap,
    Json(BackupRequest { password }): Json<BackupRequest>,
) -> Answer {
    desk.rates.login(arrival.client)?;
    desk.chat.check_password(&agent, password).await?;
    // A reply that is kept for a retry is held in memory first, and this one may be larger than that.
    if idempotency::key(&headers).is_some() {
        return Err(Refusal::InvalidField.because("A backup takes no Idempotency-Key.").into());
    }
    if let Some(why) = hindrance(&desk.settings) {
        return Err(Refusal::BackupElsewhere.because(why).into());
    }
    let place = PLACES.try_acquire().map_err(|_| No::too_many(AGAIN_S))?;
    desk.rates.take(Bucket::Backups, &agent.id)?;
    let asked = desk.clone();
    let packed = holding(place, move || pack_for_download(&asked)).await;
    let (name, file, bytes) = packed.map_err(|error| {
        tracing::error!(%error, "a backup for an owner failed");
        Refusal::Internal
    })?;
    desk.chat.note_down(&agent, AuditKind::BackupTaken, &name).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/gzip".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CONTENT_LENGTH, bytes.to_string()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(files::from_disk(file, bytes))).into_response())
}

/// Works while it has the place, and gives it back only then: whoever breaks off ends the request, not the work.
async fn holding<T: Send + 'static>(
    place: SemaphorePermit<'static>,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(place);
        done
    });
    done.await.map_err(anyhow::Error::from).flatten()
}

/// The archive, opened, and gone from its folder already: whoever breaks off leaves nothing behind.
fn pack_for_download(desk: &Desk) -> Result<(String, File, u64)> {
    let at_ms = now_ms();
    let room = Folder::below(&desk.settings.data)?;
    let path = room.0.join(super::file_name(at_ms));
    let made = pack(&desk.settings, &path)?;
    let file = File::open(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    remember(&desk.settings.data, &Last { made_ms: made.manifest.made_ms, path: "downloaded".into() });
    Ok((super::file_name(at_ms), file, made.bytes))
}

/// A folder for what is being packed. One that a killed server left behind is emptied.
struct Folder(PathBuf);

impl Folder {
    fn below(data: &Path) -> Result<Folder> {
        let path = data.join("download");
        let _ = fs::remove_dir_all(&path);
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays is emptied by the next backup.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn who_breaks_off_leaves_the_place_to_the_work_until_that_is_done() {
        static PLACE: Semaphore = Semaphore::const_new(1);
        let ((has_begun, begun), (end, ended)) = (tokio::sync::oneshot::channel(), mpsc::channel());
        let asking = tokio::spawn(holding(PLACE.try_acquire().unwrap(), move || {
            has_begun.send(()).unwrap();
            Ok(ended.recv()?)
        }));
        begun.await.unwrap();
        asking.abort();
        assert!(asking.await.unwrap_err().is_cancelled());
        assert!(PLACE.try_acquire().is_err(), "it still works");
        end.send(()).unwrap();
        let _place = PLACE.acquire().await.unwrap();
    }
}
