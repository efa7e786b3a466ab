//! How the command line reaches what it speaks of: the running server by one small request with the
//! operator's token, or the database by itself where no server has it. Knows nothing of words and texts.

use crate::chore::{Chore, Outcome, carry_out};
use crate::desk::now_ms;
use crate::secrets::Secrets;
use crate::serve::{self, is_served, lock_folder};
use crate::settings::Settings;
use anyhow::{Context, Result, bail};
use bytes::Bytes;
use chat::{Chat, Schema};
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use tokio::net::TcpStream;

/// Nobody answers where the settings say that the server listens.
#[derive(Debug, thiserror::Error)]
#[error("No server answers on port {0}.")]
pub struct NobodyThere(u16);

/// One request to the running server, with the operator's token.
///
/// # Errors
/// [`NobodyThere`], or the server's sentence.
pub async fn ask(settings: &Settings, method: Method, path: &str, body: Vec<u8>) -> Result<Bytes> {
    let secrets = Secrets::load_or_make(&settings.data)?;
    let host = own_host(settings);
    let stream = TcpStream::connect((host, settings.port)).await;
    let stream = stream.map_err(|_| NobodyThere(settings.port))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let _driver = tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", host)
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", secrets.operator_token))
        .body(Full::new(Bytes::from(body)))?;
    // A server that speaks TLS closes at the first plain word.
    let response = sender.send_request(request).await.map_err(|_| NobodyThere(settings.port))?;
    let refused = !response.status().is_success();
    let bytes = response.into_body().collect().await?.to_bytes();
    if refused {
        let answer: serde_json::Value = serde_json::from_slice(&bytes)?;
        let detail = answer["detail"].as_str().unwrap_or_default();
        let said = format!("{} {detail}", answer["title"].as_str().unwrap_or("The server refused."));
        bail!("{}", said.trim_end());
    }
    Ok(bytes)
}

/// Where the server is reached from this machine.
pub fn own_host(settings: &Settings) -> &str {
    match settings.host.as_str() {
        "0.0.0.0" | "::" => "127.0.0.1",
        host => host,
    }
}

/// Has a chore done by the server that has the database, or by ourselves when none has it.
///
/// # Errors
/// What was refused, or why nobody could be asked.
pub async fn have_done(settings: &Settings, chore: Chore) -> Result<Outcome> {
    if !is_served(&settings.data) {
        serve::prepare_folder(&settings.data)?;
        let _lock = lock_folder(&settings.data)?;
        return by_ourselves(settings, chore).await;
    }
    match ask(settings, Method::POST, "/operator/chore", serde_json::to_vec(&chore)?).await {
        Ok(bytes) => serde_json::from_slice(&bytes).context("The running server is of another release"),
        // It listens elsewhere, or over TLS alone; the database takes several writers.
        Err(error) if error.is::<NobodyThere>() => {
            let schema = look(settings).await?;
            if schema.found != schema.known {
                bail!(
                    "The running server is of another release, and does not answer on port {}.",
                    settings.port
                );
            }
            by_ourselves(settings, chore).await
        }
        Err(error) => Err(error),
    }
}

/// Which tables the database has.
///
/// # Errors
/// When it cannot be reached.
pub async fn look(settings: &Settings) -> Result<Schema> {
    let storage = serve::storage(settings);
    Ok(tokio::task::spawn_blocking(move || Schema::of(&storage)).await??)
}

async fn by_ourselves(settings: &Settings, chore: Chore) -> Result<Outcome> {
    let storage = serve::storage(settings);
    serve::prepare_database(&storage)?;
    let chat = tokio::task::spawn_blocking(move || Chat::open(storage, Arc::new(|_| {}))).await??;
    let done = carry_out(&chat, chore, now_ms()).await;
    chat.close().await;
    Ok(done?)
}
