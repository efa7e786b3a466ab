//! Files in a bucket that speaks S3, through `object_store`. Knows nothing of what they are.

use super::spool::{Spooled, on_disk, trouble};
use super::store::{Bits, BucketSettings};
use anyhow::{Context, Result};
use bytes::Bytes;
use futures_util::StreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{
    ClientOptions, GetOptions, GetRange, ObjectStore, ObjectStoreExt, RetryConfig, WriteMultipart,
};
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::time::Duration;
use wire::{Refused, limit};

/// Sent at once, and in memory while it is; S3 takes no smaller pieces of a larger file.
const PIECE_BYTES: u64 = 8 * 1024 * 1024;
/// Pieces under way at once.
const PIECES: usize = 2;
/// Everything of ours in the bucket begins so.
const PREFIX: &str = "files";

/// A bucket.
pub struct Bucket(AmazonS3);

impl Bucket {
    /// The bucket as the settings name it. Nothing is asked of it yet.
    pub(super) fn open(settings: &BucketSettings) -> Result<Bucket> {
        // Whoever has chosen one before has chosen the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let plain = settings.endpoint.as_ref().is_some_and(|url| url.starts_with("http://"));
        let options = ClientOptions::new()
            .with_allow_http(plain)
            .with_connect_timeout(Duration::from_secs(limit::OUTBOUND_S))
            // For a whole file on its way to a reader: as slow as the reader.
            .with_timeout_disabled();
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_retry(RetryConfig {
                max_retries: 2,
                retry_timeout: Duration::from_secs(limit::OUTBOUND_S),
                ..RetryConfig::default()
            })
            .with_client_options(options);
        if let Some(endpoint) = &settings.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        if let Some((id, secret)) = &settings.keys {
            builder = builder.with_access_key_id(id).with_secret_access_key(secret);
        }
        if let Some(token) = &settings.session_token {
            builder = builder.with_token(token);
        }
        builder.build().map(Bucket).context("the bucket of FRONTDESK_S3_BUCKET cannot be used")
    }

    pub(super) async fn keep(&self, spooled: Spooled, key: &str) -> Result<(), Refused> {
        let path = Path::from_iter([PREFIX].into_iter().chain(key.split('/')));
        if spooled.bytes <= PIECE_BYTES {
            let bytes = spooled.head(PIECE_BYTES).await?;
            return self.0.put(&path, bytes.into()).await.map(|_| ()).map_err(away);
        }
        let upload = self.0.put_multipart(&path).await.map_err(away)?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PIECE_BYTES as usize);
        let opened = spooled.path().to_owned();
        let mut file = on_disk(move || File::open(opened)).await?;
        loop {
            upload.wait_for_capacity(PIECES).await.map_err(away)?;
            let (rest, piece) = on_disk(move || {
                let mut piece = Vec::new();
                (&mut file).take(PIECE_BYTES).read_to_end(&mut piece)?;
                Ok((file, piece))
            })
            .await?;
            if piece.is_empty() {
                return upload.finish().await.map(|_| ()).map_err(away);
            }
            (file, _) = (rest, upload.put(piece.into()));
        }
    }

    pub(super) async fn read(&self, key: &str, range: Range<u64>) -> Result<Bits, Refused> {
        let path = Path::from_iter([PREFIX].into_iter().chain(key.split('/')));
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        let found = self.0.get_opts(&path, options).await.map_err(away)?;
        let stream =
            found.into_stream().map(|bytes: object_store::Result<Bytes>| bytes.map_err(io::Error::other));
        Ok(Box::pin(stream))
    }

    pub(super) async fn remove(&self, key: &str) -> Result<(), Refused> {
        let path = Path::from_iter([PREFIX].into_iter().chain(key.split('/')));
        match self.0.delete(&path).await {
            Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(away(error)),
        }
    }
}

/// Its text may name keys and addresses: only what kind of error it is goes into the log.
#[allow(clippy::needless_pass_by_value)]
fn away(error: object_store::Error) -> Refused {
    trouble(&match error {
        object_store::Error::NotFound { .. } => io::ErrorKind::NotFound.into(),
        object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
            io::ErrorKind::PermissionDenied.into()
        }
        _ => io::Error::other("the bucket does not answer"),
    })
}
